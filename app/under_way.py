"""What is under way, so that the next start can tell what a crash, a kill or a power cut has ended.

    <home>/under-way/<random>.json      one file a recording or training; whoever does it holds it open and locked

The system lets go of the lock when the process is gone, however it ended: a file that nobody holds was interrupted.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from app.sample_files import NEW, is_sample, mode_folder
from app.sample_tables import shown
from recognizers import home
from recognizers.clips import label_folder
from recognizers.errors import MudraError

RECORDING, TRAINING = "recording", "training"
FOLDER = "under-way"
_STALE_S = 3600.0
"""What was being written, and nobody has touched for so long, is left over."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work.

    Attributes:
        kind: RECORDING or TRAINING.
        mode: the mode that it is for.
        name: the label that is recorded, or the name or folder of the bundle that is trained.
        begun: when, UTC, as in the names of clips.
    """

    kind: str
    mode: str
    name: str
    begun: str


class UnderWay:
    """Says that something is under way until it is closed; without a word where that cannot be written.

    Args:
        kind, mode, name: as for `Work`.
    """

    def __init__(self, kind: str, mode: str, name: str) -> None:
        begun = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}"
        self._path = _folder() / f"{secrets.token_hex(8)}.json"
        self._descriptor: int | None = None
        with contextlib.suppress(OSError):  # it is a convenience
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            _try_lock(self._descriptor)
            os.write(self._descriptor, json.dumps(asdict(Work(kind, mode, name, begun))).encode())

    def close(self) -> None:
        """It is over, well or not, and whoever wanted it knows. May be called more than once."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        with contextlib.suppress(OSError):
            if os.name != "nt":  # there an open file stays
                self._path.unlink(missing_ok=True)
            os.close(descriptor)
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def interrupted() -> list[str]:
    """Return what was interrupted since this was asked last, as sentences, and clear up after it."""
    told = []
    for path in sorted(_folder().glob("*.json")):
        work = _taken(path)
        if work is not None:
            _clear_up(work)
            told.append(_sentence(work))
    return told


def _folder() -> Path:
    return home.home() / FOLDER


def _taken(path: Path) -> Work | None:
    """Remove a file that nobody holds any more, and return what it says; None where somebody does."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        if not _try_lock(descriptor):
            return None
        content = os.read(descriptor, 65536)
    finally:
        os.close(descriptor)
    try:
        path.unlink()
    except OSError:  # on Windows: it is held; elsewhere: another process has told it
        return None
    try:
        values = json.loads(content)
        work = Work(*(str(values[name]) for name in ("kind", "mode", "name", "begun")))
        mode_folder(work.mode), label_folder(mode_folder(work.mode), work.name)
    except (ValueError, LookupError, TypeError, MudraError):
        return None
    return work


def _try_lock(descriptor: int) -> bool:
    if os.name == "nt":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nobody can tell, so nobody is disturbed
        return False
    return True


def _clear_up(work: Work) -> None:
    if work.kind == TRAINING:
        from recognizers.bundle_writer import clear_leftovers

        clear_leftovers(home.models_folder() / work.name)
        return
    with contextlib.suppress(OSError):
        for left in (mode_folder(work.mode) / NEW).iterdir():
            if time.time() - left.stat().st_mtime > _STALE_S:
                left.unlink(missing_ok=True)


def _sentence(work: Work) -> str:
    if work.kind == TRAINING:
        return f"The training of {shown(Path(work.name).name)} was interrupted: nothing was changed. Start it again"
    folder = label_folder(mode_folder(work.mode), work.name)
    kept = 0
    with contextlib.suppress(OSError):
        kept = sum(is_sample(each.name) and each.name >= work.begun for each in folder.iterdir())
    clips = "1 clip is" if kept == 1 else f"{kept} clips are"
    return f"The recording of {shown(work.name)} was interrupted: {clips} complete and kept, the one under way is lost"
