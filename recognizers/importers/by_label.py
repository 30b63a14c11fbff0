"""Files in folders that are their labels: `label/file`, or by signer `label/signer/file`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from recognizers.errors import SourceError
from recognizers.importers import ImportOptions, natural_key
from recognizers.media import unreadable


class LabelledFile(NamedTuple):
    """A file, the label that its folder stands for, and its signer where a folder in between tells."""

    path: Path
    label: str
    signer: str | None


def files_by_label(
    path: Path, options: ImportOptions, fits: Callable[[Path], bool], *, what: str, example: str
) -> list[LabelledFile]:
    """Return the files of a folder of labels, sorted by label, signer and name; hidden ones are left out.

    Args:
        path: the folder.
        options: which labels are wanted, and who is told of folders too deep.
        fits: tells which files count.
        what: what they are, in a word or two, for errors.
        example: the name of one.

    Raises:
        SourceError: there is no such folder, or no such file in it.
    """
    try:
        if not path.is_dir():
            path.stat()
            raise SourceError("is not a folder of labels", where=path, expected=f"label/{example}")
        files: list[LabelledFile] = []
        deep: list[Path] = []
        for label in folders_in(path):
            if not options.wants(label.name):
                continue
            files += [LabelledFile(file, label.name, None) for file in _files_in(label, fits)]
            for signer in folders_in(label):
                files += [LabelledFile(file, label.name, signer.name) for file in _files_in(signer, fits)]
                deep += [signer] if folders_in(signer) else []
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not files:
        expected = f"label/{example} or label/signer/{example}"
        raise SourceError(f"there is no {what} in folders that are labels", where=path, expected=expected)
    for folder in deep:
        expected = f"label/signer/{example}"
        options.broken(SourceError("the folder of a signer holds folders", where=folder, expected=expected))
    return files


def folders_in(path: Path) -> list[Path]:
    """Return the folders in a folder, sorted, without hidden ones."""
    folders = [entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    return sorted(folders, key=lambda folder: natural_key(folder.name))


def _files_in(folder: Path, fits: Callable[[Path], bool]) -> list[Path]:
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".") and fits(entry)]
    return sorted(entries, key=lambda entry: natural_key(entry.name))
