"""The trash of a mode's samples: what was deleted, until it is put back or the trash is emptied."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from app.sample_files import INDEX, TRASH, locked, mode_folder, move_sample, remove_sample
from app.sample_index import Sample, list_samples
from recognizers.clips import label_of_folder


class Trash:
    """The deleted clips of one mode; several processes may use it at once.

    Args:
        mode: the mode's name.
        folder: the folder of the mode's samples; the user's where None.
    """

    def __init__(self, mode: str, folder: Path | None = None) -> None:
        self._root = mode_folder(mode) if folder is None else folder
        self.folder = self._root / TRASH

    def list(self) -> tuple[Sample, ...]:
        """Return what is in it, by label and time."""
        return list_samples(self.folder)

    def put(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        """Take clips of the mode's samples, in order; return where they are now.

        Raises:
            OutputError: one is gone, or cannot be moved; those before it are in the trash.
        """
        return tuple(move_sample(path, self.folder, label_of_folder(path.parent), self._root) for path in paths)

    def restore(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        """Put clips of the trash back under their labels, in order; return where they are now.

        Raises:
            OutputError: one is gone, or cannot be moved; those before it are back.
        """
        return tuple(move_sample(path, self._root, label_of_folder(path.parent), self._root) for path in paths)

    def empty(self) -> int:
        """Remove everything in it for good; return how many clips that were.

        Raises:
            OutputError: one cannot be removed.
        """
        samples = self.list()
        for sample in samples:
            remove_sample(sample.path, self._root)
        with locked(self._root), contextlib.suppress(OSError):
            (self.folder / INDEX).unlink(missing_ok=True)
            self.folder.rmdir()  # not where something has been deleted just now
        return len(samples)
