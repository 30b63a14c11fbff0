"""The list of a mode's samples, quick for tens of thousands: headers are read once and remembered in a small file.

A remembered entry counts as long as its file has the same size, time and number in the file system; anything else is
read again. The file is a cache: it may be removed, be damaged or be written by several processes, and nothing is lost.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.sample_files import INDEX, PIXELS_SUFFIX, SUFFIX, is_sample
from recognizers.array_files import replacing
from recognizers.clip_heads import read_head
from recognizers.clip_values import CLIP_VERSION
from recognizers.clips import label_of_folder
from recognizers.errors import FormatError, MudraError
from recognizers.quality import flags_of
from recognizers.version import VERSION

_FORMAT = 1
CORRECTION = "correction"
"""Where a clip's header says, in `extra`, that it came from a label that was wrong."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip in a list.

    Attributes:
        path: its file.
        label: what it stands for, by its folder.
        frames: how many frames it has; 0 where it cannot be read, or has not been yet.
        seconds: from the first to the last.
        signer, session: by its header, or None.
        flags: the codes of what is wrong with it (`recognizers.quality.CODES`); None where it was never judged.
        pixels: whether small pictures are kept with it, or it is made of them.
        correction: whether it came from a label that was wrong.
        size: bytes of its file and its pictures' file.
        problem: why it cannot be read, or empty.
    """

    path: Path
    label: str
    frames: int = 0
    seconds: float = 0.0
    signer: str | None = None
    session: str | None = None
    flags: tuple[str, ...] | None = None
    pixels: bool = False
    correction: bool = False
    size: int = 0
    problem: str = ""

    @property
    def name(self) -> str:
        """The file's name without its ending: when it was recorded (UTC), such as 20240501T120000.000250Z."""
        return self.path.name.removesuffix(SUFFIX)

    @property
    def pending(self) -> bool:
        """Whether its header has not been read yet: only name, label and size are known."""
        return self.frames == 0 and not self.problem


def list_samples(folder: Path, most_reads: int | None = None) -> tuple[Sample, ...]:
    """Return all clips below a mode's folder, or its trash, by label and time; none where there is no folder.

    What cannot be read is listed with its reason. Hidden files and files of other kinds are left out.

    Args:
        folder: the mode's, or its trash.
        most_reads: read so many clips' headers at most, and list the rest as `pending`, so that a list of thousands
            is there at once; None for all.

    Raises:
        OutputError, FormatError: the folder cannot be listed at all.
    """
    known = _read(folder / INDEX)
    entries: dict[str, list[Any]] = {}
    samples, reads = [], 0
    for label, name, stat, pixels in _files(folder):
        path = folder / name
        mark = [stat.st_mtime_ns, stat.st_size, stat.st_ino]
        entry = known.get(name)
        if not _fits(entry, mark):
            reads += 1
            if most_reads is not None and reads > most_reads:
                samples.append(Sample(path, label, size=stat.st_size, pixels=pixels is not None))
                continue
            entry = [*mark, *_look(path)]
        assert entry is not None
        if not entry[10]:  # what could not be read may be readable next time
            entries[name] = entry
        samples.append(_sample(path, label, entry, pixels))
    if entries != known and (most_reads is None or reads <= most_reads):
        _write(folder / INDEX, entries)
    return tuple(samples)


def _files(folder: Path) -> Iterator[tuple[str, str, os.stat_result, int | None]]:
    """Yield each clip: its label, its path below the folder, its state, and the size of its pictures or None."""
    pending = [""]
    found = []
    while pending:
        below = pending.pop()
        try:
            entries = list(os.scandir(folder / below))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise FormatError(f"cannot be listed: {error.strerror or error}", where=folder / below) from error
        pixels: dict[str, int] = {}
        files: dict[str, os.stat_result] = {}
        for entry in entries:
            if entry.name.startswith("."):
                continue
            with contextlib.suppress(OSError):  # it has gone meanwhile
                if entry.is_dir():
                    pending.append(f"{below}{entry.name}/")
                elif entry.name.endswith(PIXELS_SUFFIX):
                    pixels[entry.name.removesuffix(PIXELS_SUFFIX)] = entry.stat().st_size
                elif is_sample(entry.name) and below:
                    files[entry.name] = entry.stat()
        label = label_of_folder(folder / below) if files else ""
        found += [
            (label, f"{below}{name}", stat, pixels.get(name.removesuffix(SUFFIX))) for name, stat in files.items()
        ]
    yield from sorted(found, key=lambda each: (each[0], each[1]))


def _fits(entry: list[Any] | None, mark: list[int]) -> bool:
    return isinstance(entry, list) and len(entry) == 11 and entry[:3] == mark


def _look(path: Path) -> list[Any]:
    try:
        head = read_head(path)
    except MudraError as error:
        return [0, 0.0, None, None, None, False, False, _reason(error, path)]
    header = head.header
    flags = flags_of(header.extra)
    return [
        head.frames,
        round(head.seconds, 3),
        header.signer,
        header.session,
        None if flags is None else list(flags),
        header.kind != "landmarks",
        bool(header.extra.get(CORRECTION)),
        "",
    ]


def _reason(error: MudraError, path: Path) -> str:
    return str(error).removeprefix(f"{path}: ")


def _sample(path: Path, label: str, entry: list[Any], pixels: int | None) -> Sample:
    _, size, _, frames, seconds, signer, session, flags, of_pixels, correction, problem = entry
    return Sample(
        path=path,
        label=label,
        frames=frames,
        seconds=seconds,
        signer=signer,
        session=session,
        flags=None if flags is None else tuple(flags),
        pixels=of_pixels or pixels is not None,
        correction=correction,
        size=size + (pixels or 0),
        problem=problem,
    )


def _about() -> list[Any]:
    return [_FORMAT, VERSION, CLIP_VERSION]


def _read(path: Path) -> dict[str, list[Any]]:
    """Return what is remembered; nothing where the file is missing, damaged, or of another version of Mudra."""
    try:
        values = json.loads(path.read_bytes())
        entries = values["entries"] if values["about"] == _about() else {}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}
    sound = isinstance(entries, dict) and all(_sound(entry) for entry in entries.values())
    return entries if sound else {}


def _sound(entry: object) -> bool:
    if not isinstance(entry, list) or len(entry) != 11:
        return False
    _, size, _, frames, seconds, signer, session, flags, of_pixels, correction, problem = entry
    texts = all(value is None or isinstance(value, str) for value in (signer, session))
    listed = flags is None or (isinstance(flags, list) and all(isinstance(code, str) for code in flags))
    numbers = isinstance(size, int) and isinstance(frames, int) and isinstance(seconds, (int, float))
    return texts and listed and numbers and of_pixels in (True, False) and correction in (True, False) and not problem


def _write(path: Path, entries: dict[str, list[Any]]) -> None:
    if not path.parent.is_dir():
        return
    with contextlib.suppress(MudraError), replacing(path) as file:  # a cache that cannot be written is none
        file.write(json.dumps({"about": _about(), "entries": entries}).encode())
