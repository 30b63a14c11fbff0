"""Importers: one module a foreign format, each turning a file or folder into clips.

An importer module has `read(path, options) -> Iterator[Clip]`, which yields clips one by one in a fixed
order, and `SOURCE_NOTE`, which says in words what is odd about the format: mirroring, aspect, assumed rates.
Nothing heavy is imported here: `mudra import --help` reads the names.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from recognizers.errors import MudraError, UsageError

if TYPE_CHECKING:
    from recognizers.clips import Clip

FORMATS: Mapping[str, str] = {
    "fer2013": "recognizers.importers.fer2013",
    "generated": "recognizers.importers.generated",
    "gislr": "recognizers.importers.gislr",
    "gislr-hdf5": "recognizers.importers.gislr_hdf5",
    "images": "recognizers.importers.images",
    "kairess": "recognizers.importers.kairess",
    "keypoints": "recognizers.importers.keypoints",
    "mp-data": "recognizers.importers.mp_data",
    "point-history": "recognizers.importers.point_history",
    "pose": "recognizers.importers.pose",
    "videos": "recognizers.importers.videos",
}
"""The module of each format."""

ASSUMED_FPS = 30.0
"""Frames a second of recordings whose files do not tell."""

PADDINGS = ("auto", "none")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an importer is told.

    Attributes:
        mode: the mode that the clips are for.
        signer: who shows them, where the user says so.
        session: what was recorded in one go, where the user says so.
        workers: how many processes may work at a time; 1 is this one alone.
        labels: take only these; all where empty.
        padding: of `images`: `auto` puts small pictures on larger canvases, `none` leaves them.
        progress: is told how much is done, and of how much where that is known.
        report: is told of each part that cannot be read, the rest going on; where None, the first one raises.
        cache: a folder for finished parts, so that an interrupted import goes on where it stopped.
    """

    mode: str
    signer: str | None = None
    session: str | None = None
    workers: int = 1
    labels: tuple[str, ...] = ()
    padding: str = "auto"
    progress: Callable[[int, int | None], None] | None = None
    report: Callable[[MudraError], None] | None = None
    cache: Path | None = None

    def wants(self, label: str) -> bool:
        """Tell whether clips of a label are wanted."""
        return not self.labels or label in self.labels

    def broken(self, problem: MudraError) -> None:
        """Report a part that cannot be read, or raise where nobody listens."""
        if self.report is None:
            raise problem
        self.report(problem)

    def done(self, count: int, total: int | None) -> None:
        """Tell how far it is."""
        if self.progress is not None:
            self.progress(count, total)


class Importer(Protocol):
    """What an importer module has."""

    SOURCE_NOTE: str

    def read(self, path: Path, options: ImportOptions) -> Iterator[Clip]:
        """Yield the clips of a file or folder.

        Raises:
            SourceError: it is missing or not of this format.
            FormatError: a part of it is wrong and `options.report` is None.
        """


def importer(name: str) -> Importer:
    """Return the importer of a format.

    Raises:
        UsageError: there is none.
    """
    if name not in FORMATS:
        raise UsageError(f"no format '{name}'", expected=", ".join(sorted(FORMATS)))
    return cast(Importer, importlib.import_module(FORMATS[name]))


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts numbers in names as numbers: 2 before 10."""
    parts: list[tuple[int, int, str]] = []
    for character in name:
        if character in "0123456789":
            before = parts.pop() if parts and parts[-1][0] == 0 else (0, 0, "")
            parts.append((0, before[1] * 10 + int(character), before[2] + character))
        else:
            parts.append((1, 0, character))
    return tuple(parts)
