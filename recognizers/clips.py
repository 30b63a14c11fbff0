"""Recorded samples and datasets: one door to all clips.

A clip is a file; samples are a tree of such files, sortable by hand; a dataset is a folder with many clips in
a few files. `iter_clips` reads all three alike.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from recognizers.clip_files import load_clip, save_clip
from recognizers.clip_values import CLIP_VERSION, LANDMARKS, PIXELS, Clip, ClipHeader
from recognizers.datasets import DatasetInfo, dataset_info, is_dataset, iter_dataset, write_dataset
from recognizers.errors import FormatError, MudraError
from recognizers.label_folders import (
    escape_label,
    label_folder,
    label_folders,
    label_of_folder,
    label_root,
    new_sample_path,
    unescape_label,
)
from recognizers.modes import MODE_NAMES

PICTURES_SUFFIX = ".pixels.npz"
"""How the name of a clip of pictures ends that stands beside the clip of landmarks that it belongs to."""

__all__ = [
    "CLIP_VERSION",
    "LANDMARKS",
    "PICTURES_SUFFIX",
    "PIXELS",
    "Clip",
    "ClipHeader",
    "DatasetInfo",
    "dataset_info",
    "escape_label",
    "is_dataset",
    "iter_clips",
    "iter_named_clips",
    "label_folder",
    "label_folders",
    "label_of_folder",
    "load_clip",
    "load_sample",
    "mode_of_folder",
    "new_sample_path",
    "save_clip",
    "unescape_label",
    "write_dataset",
]


def iter_clips(
    path: Path | str, problems: list[MudraError] | None = None, *, kind: str | None = None
) -> Iterator[Clip]:
    """Yield all clips of a clip's file, a folder of samples, or a dataset.

    A folder of samples may be a label's, a mode's, or the whole tree, and decides its clips' labels. Hidden
    files are left out.

    Args:
        path: the file or folder.
        problems: where clips that cannot be read are noted, the rest going on; where None, the first raises.
        kind: only clips of landmarks, or of pixels; None for all, but for the pictures that belong to a clip of
            landmarks beside them.

    Raises:
        FormatError: it is missing, there is no clip, or (without `problems`) one cannot be read.
    """
    for _, clip in iter_named_clips(path, problems, kind=kind):
        yield clip


def iter_named_clips(
    path: Path | str, problems: list[MudraError] | None = None, *, kind: str | None = None
) -> Iterator[tuple[str, Clip]]:
    """Yield what `iter_clips` yields, each with a name by which people find it again.

    That is the path of its file below the folder; in a dataset its place, from 1, and what it was imported from where
    that is known.
    """
    for name, clip in _all_clips(Path(path), problems, with_pictures=kind == PIXELS):
        if kind in (None, clip.header.kind):
            yield name, clip


def _all_clips(path: Path, problems: list[MudraError] | None, *, with_pictures: bool) -> Iterator[tuple[str, Clip]]:
    if is_dataset(path):
        for number, clip in enumerate(iter_dataset(path), 1):
            image = clip.header.extra.get("image")
            yield f"{path.name} {number}" + (f" ({image})" if isinstance(image, str) else ""), clip
        return
    if not path.is_dir():
        yield path.name, load_clip(path)
        return
    files = sorted(file for file in path.rglob("*.npz") if not _is_hidden(file.relative_to(path)))
    files = [file for file in files if with_pictures or not file.name.endswith(PICTURES_SUFFIX)]
    if not files:
        raise FormatError("there is no clip", where=path)
    for file in files:
        try:
            alone = file.parent == path and mode_of_folder(path) is None
            clip = load_clip(file) if alone else load_sample(file)
        except FormatError as problem:
            if problems is None:
                raise
            problems.append(problem)
            continue
        yield file.relative_to(path).as_posix(), clip


def load_sample(path: Path) -> Clip:
    """Read a clip from a folder of samples: the folder decides its label, and its mode where it names one.

    Raises:
        FormatError: it cannot be read.
    """
    clip = load_clip(path)
    folder = path.absolute().parent
    label, mode = label_of_folder(folder), mode_of_folder(folder) or clip.header.mode
    if (label, mode) == (clip.header.label, clip.header.mode):
        return clip
    return dataclasses.replace(clip, header=dataclasses.replace(clip.header, label=label, mode=mode))


def mode_of_folder(folder: Path) -> str | None:
    """Return the mode that a label's folder stands in, or None where it stands elsewhere."""
    name = label_root(folder.absolute()).parent.name
    return name if name in MODE_NAMES else None


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)
