"""From a word on the command line to sources: a file, a folder, a recorded clip, or the synthetic signer.

Camera numbers and stream addresses are live and belong to the application.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from recognizers.clip_pictures import PicturesSource, holds_pictures, pictures_beside
from recognizers.clip_source import ClipSource
from recognizers.clips import PICTURES_SUFFIX
from recognizers.errors import SourceError
from recognizers.frames import FolderSource, PhotoSource, Source, VideoSource
from recognizers.media import (
    CLIP_SUFFIX,
    PHOTO_SUFFIXES,
    VIDEO_SUFFIXES,
    Media,
    check_file,
    media_of,
    unreadable,
)
from recognizers.modes import EMOTION

SYNTHETIC = "synthetic"
DATASET_FILE = "dataset.json"


def open_sources(spec: str) -> list[Source]:
    """Open what `spec` names.

    Args:
        spec: `synthetic` or `synthetic:SCRIPT`, a video, a photo, a recorded clip, or a folder. A folder's
            photos, also those of folders in it, become one source of stills in sorted order; its videos
            follow, then its clips, each a source of its own by sorted name; the pictures of faces that were kept with
            a clip come after it. Hidden files are left out.

    Returns:
        At least one source; the caller closes them.

    Raises:
        SourceError: missing, empty, unreadable, of a wrong type, or a folder without media.
        FormatError: a clip whose content is wrong.
        UsageError: a wrong script for the synthetic signer.
    """
    if spec == SYNTHETIC or spec.startswith(f"{SYNTHETIC}:"):
        from recognizers.synthetic import SyntheticSource

        return [SyntheticSource(spec[len(SYNTHETIC) + 1 :])]
    if not spec.strip():
        raise SourceError("no source is named", expected="a file, a folder, a camera number or synthetic")
    path = Path(spec)
    with contextlib.suppress(RuntimeError):  # there is no such user: then it is a file's name
        path = path.expanduser()
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return _open_folder(path) if is_folder else _open_file(path)


def _open_file(path: Path) -> list[Source]:
    check_file(path)
    kind = media_of(path)
    if kind is Media.CLIP or path.suffix.lower() == CLIP_SUFFIX:
        return list(_clip_sources(path, path.parent, deferred=False))
    return [_open_medium(path, kind)]


def _open_medium(path: Path, kind: Media) -> Source:
    if kind is Media.PHOTO or kind is Media.HEIC:
        return PhotoSource(path)
    if kind is Media.UNKNOWN and path.suffix.lower() in PHOTO_SUFFIXES:
        return PhotoSource(path)
    if kind is Media.TEXT and path.suffix.lower() not in VIDEO_SUFFIXES | PHOTO_SUFFIXES:
        raise SourceError("is not a video, a photo or a clip", where=path, found="a text file")
    if kind is Media.TEXT and path.suffix.lower() in PHOTO_SUFFIXES:
        raise SourceError("is not a photo", where=path, found="a text file")
    return VideoSource(path)


def _open_folder(folder: Path) -> list[Source]:
    if (folder / DATASET_FILE).is_file():
        raise SourceError("is a dataset, not media", where=folder, remedy="Use it with train or evaluate")
    photos: list[Path] = []
    videos: list[Path] = []
    clips: list[Path] = []
    for path in _files(folder):
        kind = _kind_in_folder(path)
        {Media.PHOTO: photos, Media.VIDEO: videos, Media.CLIP: clips}.get(kind, []).append(path)
    sources: list[Source] = []
    if photos:
        sources.append(FolderSource(folder, photos, folder.absolute().name))
    sources += [VideoSource(path, _name(path, folder), deferred=True) for path in videos]
    sources += [source for path in clips for source in _clip_sources(path, folder, deferred=True)]
    if not sources:
        raise SourceError("the folder holds no photo, video or clip", where=folder)
    return sources


def _clip_sources(path: Path, folder: Path, *, deferred: bool) -> Iterator[Source]:
    """Yield what a clip holds: its landmarks, and of a face the pictures beside them, which alone tell it."""
    if holds_pictures(path):
        yield PicturesSource(path, _name(path, folder), deferred=deferred)
        return
    yield ClipSource(path, _name(path, folder), deferred=deferred)
    pictures = pictures_beside(path)
    if pictures.is_file() and holds_pictures(pictures, EMOTION.name):
        yield PicturesSource(pictures, _name(pictures, folder), deferred=deferred)


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _files(folder: Path) -> list[Path]:
    """Return all files below, hidden ones left out, sorted by their names relative to the folder."""

    def refuse(error: OSError) -> None:
        if Path(error.filename or folder) == folder:
            raise unreadable(folder, error) from error

    def walk() -> Iterator[Path]:
        for parent, folders, files in os.walk(folder, onerror=refuse):
            folders[:] = [name for name in folders if not name.startswith(".")]
            shown = (name for name in files if not name.startswith(".") and not name.endswith(PICTURES_SUFFIX))
            yield from (Path(parent, name) for name in shown)

    return sorted(walk(), key=lambda path: _name(path, folder))


def _kind_in_folder(path: Path) -> Media:
    """Say what a file counts as. What only its extension calls media counts, to be named as broken."""
    suffix = path.suffix.lower()
    try:
        check_file(path)
        kind = media_of(path)
    except SourceError:
        kind = Media.UNKNOWN
    if kind is Media.HEIC:
        return Media.PHOTO
    if kind is Media.CLIP and suffix != CLIP_SUFFIX:
        return Media.UNKNOWN  # any zip archive starts alike
    if kind in (Media.TEXT, Media.UNKNOWN):
        if suffix in PHOTO_SUFFIXES:
            return Media.PHOTO
        if suffix in VIDEO_SUFFIXES:
            return Media.VIDEO
        if suffix == CLIP_SUFFIX:
            return Media.CLIP
    return kind
