"""Pictures in folders that are their labels: `label/picture.jpg`, each a clip of one frame.

In emotion mode a picture becomes the aligned crop of its largest face. In the other modes pictures are landmarked by
our own landmarker, in several processes where wanted, in chunks that a cache keeps: an import that was interrupted,
even killed, goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from recognizers import landmarker_files
from recognizers.canvas import SMALL
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import SourceError
from recognizers.importers import ImportOptions, natural_key
from recognizers.importers.chunks import Chunk, Found, landmark_chunks
from recognizers.importers.faces import FACE_NOTE, FaceCropper
from recognizers.media import PHOTO_SUFFIXES, Media, media_of, unreadable
from recognizers.modes import EMOTION
from recognizers.photos import read_photo
from recognizers.types import ImageArray, Landmarks

SOURCE_NOTE = (
    "Pictures as taken, not mirrored here. Points are fractions of the canvas that a small picture was put "
    "on (extra: canvas), whose size is image_size. A picture in which no hand was found is kept without "
    "points. In emotion mode: " + FACE_NOTE
)

SQUARE = 0.2
"""By what share of the longer side the sides of a crop of a face may differ."""
CHUNK = 64
"""Pictures that are worked on, and kept, as one."""


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip for each picture, sorted by label and name; hidden files and other kinds are left out.

    Args:
        path: the folder whose folders are the labels.
        options: see `ImportOptions`.

    Raises:
        SourceError: there is no such folder, no picture, or one is broken and `options.report` is None.
        LandmarkerFileError: the landmark model is missing and cannot be fetched.
    """
    pictures = _pictures(path, options)
    if options.mode == EMOTION.name:
        yield from _faces(pictures, options)
        return
    landmarker_files.ensure("hand")  # once, before several processes want it
    chunks = [
        Chunk(tuple(batch), options.padding, _key(path, batch, options))
        for batch in (pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK))
    ]
    done = 0
    for chunk, result in zip(chunks, landmark_chunks(chunks, options.workers, options.cache), strict=True):
        for picture, found in zip(chunk.pictures, result.found, strict=True):
            if isinstance(found, Found):
                yield _clip(picture, found, result.landmarker, options)
            else:
                options.broken(found)
        done += len(chunk.pictures)
        options.done(done, len(pictures))


def _faces(pictures: Sequence[Path], options: ImportOptions) -> Iterator[Clip]:
    cropper = FaceCropper()
    for done, picture in enumerate(pictures, 1):
        label = picture.parent.name
        try:
            image = read_photo(picture)
            source = f"images: {label}/{picture.name}"
            clip = cropper.clip(image, label, source, options, {"image": picture.name})
            if not clip.header.extra["aligned"] and not _may_be_a_crop(image):
                raise SourceError("no face was found", where=picture, expected="one whose eyes and mouth are seen")
            yield clip
        except SourceError as problem:
            options.broken(problem)
        options.done(done, len(pictures))


def _may_be_a_crop(image: ImageArray) -> bool:
    """Return whether a picture without a face that was found is small and square enough to be taken for one."""
    height, width = image.shape[:2]
    return bool(max(height, width) < SMALL and abs(height - width) <= SQUARE * max(height, width))


def _pictures(path: Path, options: ImportOptions) -> list[Path]:
    try:
        if not path.is_dir():
            path.stat()
            raise SourceError("is not a folder of labels", where=path, expected="label/picture.jpg")
        labels = [folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
        labels = sorted((folder for folder in labels if options.wants(folder.name)), key=lambda label: label.name)
        by_label = {label: _pictures_of(label) for label in labels}
        nested = [label for label in labels if not by_label[label] and any(entry.is_dir() for entry in label.iterdir())]
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    pictures = [picture for label in labels for picture in by_label[label]]
    for label in nested:
        problem = SourceError(
            "the folder of a label holds folders instead of pictures",
            where=label,
            remedy="Name the folder whose folders are the labels",
        )
        if not pictures:
            raise problem
        options.broken(problem)
    if not pictures:
        raise SourceError("there is no picture in folders that are labels", where=path, expected="label/picture.jpg")
    return pictures


def _pictures_of(folder: Path) -> list[Path]:
    pictures = [entry for entry in folder.iterdir() if not entry.name.startswith(".") and _is_picture(entry)]
    return sorted(pictures, key=lambda picture: natural_key(picture.name))


def _is_picture(path: Path) -> bool:
    if path.suffix.lower() in PHOTO_SUFFIXES:
        return True
    try:
        return path.suffix == "" and path.is_file() and media_of(path) is Media.PHOTO
    except SourceError:
        return False


def _key(root: Path, pictures: Sequence[Path], options: ImportOptions) -> str:
    """Return a name made of what the results depend on: the pictures, the landmarker, the padding."""
    facts = [
        (picture.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns)
        for picture in pictures
        for status in [picture.lstat()]
    ]
    landmarker = (metadata.version("mediapipe"), landmarker_files.file_named("hand").identity)
    text = json.dumps([1, facts, landmarker, options.padding])
    return hashlib.sha256(text.encode()).hexdigest()


def _clip(picture: Path, found: Found, landmarker: str, options: ImportOptions) -> Clip:
    label = picture.parent.name
    header = ClipHeader(
        label=label,
        mode=options.mode,
        signer=options.signer,
        session=options.session,
        source=f"images: {label}/{picture.name}",
        landmarker=landmarker,
        image_size=found.size,
        extra={"image": picture.name, "canvas": found.canvas},
    )
    return Clip.of(header, [Landmarks(0, found.hands, found.hands_world, image_size=found.size)])
