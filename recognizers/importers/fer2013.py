"""FER2013, facial expressions: 48 x 48 grey faces with one of seven labels, as a .csv or as an .npz.

The .csv has the columns `emotion` (0 to 6), `pixels` (2,304 numbers with spaces between) and `Usage`; the .npz has
`X` (N, 48, 48) uint8, `y` (N,) label names or numbers, and optionally `usage` (N,). `Usage` tells the challenge's own
parts: Training, PublicTest, PrivateTest. It is kept, and `mudra train --split usage` goes by it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from recognizers.array_files import AnyArray, read_arrays
from recognizers.clips import Clip
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.importers import ImportOptions
from recognizers.importers.faces import FACE_NOTE, FaceCropper
from recognizers.media import check_file, unreadable
from recognizers.types import ImageArray

SOURCE_NOTE = (
    "FER2013 (Goodfellow et al., 'Challenges in representation learning', ICML 2013 workshop): pictures from the web, "
    "labelled by few people and noisily; some stand in more than one part. " + FACE_NOTE
)

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""By their numbers in the .csv."""
USAGES = ("Training", "PublicTest", "PrivateTest")
SIDE = 48
_MAX_BYTES = 2 * 1024**3
_MAX_FIELD = 100_000
_EVERY = 256


class _Picture(NamedTuple):
    row: int
    label: str
    usage: str | None
    pixels: ImageArray


class _Columns(NamedTuple):
    pixels: ImageArray
    labels: AnyArray
    usages: AnyArray | None


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip of one aligned picture for each row, in order.

    Args:
        path: the .csv or .npz.
        options: see `ImportOptions`.

    Raises:
        SourceError: it is missing, or neither of the two forms.
        FormatError: a row is wrong and `options.report` is None, or the file is wrong as a whole.
        LandmarkerFileError: the face detector's file is missing and cannot be fetched.
    """
    check_file(path)
    pictures: Iterator[_Picture]
    total = None
    if path.suffix.lower() == ".npz":
        columns = _checked(read_arrays(path, _MAX_BYTES), path)
        pictures, total = _of_archive(columns, path, options), len(columns.pixels)
    else:
        pictures = _of_table(path, options)
    cropper: FaceCropper | None = None
    row = 0
    for picture in pictures:
        row = picture.row
        if row % _EVERY == 0:
            options.done(row, total)
        if not options.wants(picture.label):
            continue
        cropper = cropper or FaceCropper()
        image = np.repeat(picture.pixels[..., None], 3, axis=2)
        extra: dict[str, Any] = {"row": row}
        if picture.usage is not None:
            extra["usage"] = picture.usage
        yield cropper.clip(image, picture.label, f"fer2013: {path.name}, row {row}", options, extra)
    if not row:
        raise SourceError("there is no picture in it", where=path, expected="FER2013 as .csv or .npz")
    options.done(row if total is None else total, row if total is None else total)


def _of_table(path: Path, options: ImportOptions) -> Iterator[_Picture]:
    """Rows count from 1, the first below the head."""
    csv.field_size_limit(_MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            columns = _columns(next(lines, []), path)
            for row, fields in enumerate(lines, 1):
                if not fields:
                    continue
                try:
                    yield _of_fields(row, fields, columns, f"{path}, row {row}")
                except MudraError as problem:
                    options.broken(problem)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    except csv.Error as error:
        raise SourceError("is not a table of FER2013", where=path, found=error) from None


def _columns(head: list[str], path: Path) -> dict[str, int]:
    columns = {name.strip().lower(): place for place, name in enumerate(head)}
    if not {"emotion", "pixels"} <= columns.keys():
        raise SourceError(
            "is not a table of FER2013",
            where=path,
            expected="the columns emotion, pixels and Usage",
            found=", ".join(name.strip()[:20] for name in head[:5]) or "nothing",
        )
    return columns


def _of_fields(row: int, fields: list[str], columns: dict[str, int], where: str) -> _Picture:
    if len(fields) <= max(columns.values()):
        raise FormatError("a field is missing", where=where, expected=f"{len(columns)} fields", found=len(fields))
    words = fields[columns["pixels"]].split()
    if len(words) != SIDE * SIDE:
        raise FormatError("wrong number of pixels", where=where, expected=SIDE * SIDE, found=len(words))
    if not all(word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= 255 for word in words):
        raise FormatError("a pixel is no grey value", where=where, expected="whole numbers from 0 to 255")
    pixels = np.array(words, np.int64).astype(np.uint8).reshape(SIDE, SIDE)
    usage = fields[columns["usage"]] if "usage" in columns else None
    return _Picture(row, _label(fields[columns["emotion"]], where), _usage(usage, where), pixels)


def _of_archive(columns: _Columns, path: Path, options: ImportOptions) -> Iterator[_Picture]:
    for index, pixels in enumerate(columns.pixels):
        where = f"{path}, row {index + 1}"
        try:
            label = _label(str(columns.labels[index]), where)
            usage = None if columns.usages is None else _usage(str(columns.usages[index]), where)
        except MudraError as problem:
            options.broken(problem)
            continue
        yield _Picture(index + 1, label, usage, pixels)


def _checked(arrays: dict[str, AnyArray], path: Path) -> _Columns:
    pictures, labels, usages = (arrays.get(name) for name in ("X", "y", "usage"))
    if pictures is None or labels is None:
        raise FormatError("is not FER2013", where=path, expected="X, y and usage", found=", ".join(arrays) or "nothing")
    if pictures.dtype != np.uint8 or pictures.ndim != 3 or pictures.shape[1:] != (SIDE, SIDE):
        found = f"{pictures.dtype} {pictures.shape}"
        raise FormatError("wrong 'X'", where=path, expected=f"uint8 (N, {SIDE}, {SIDE})", found=found)
    for name, array in (("y", labels), ("usage", usages)):
        if array is not None and (array.shape != (len(pictures),) or array.dtype.kind not in "Uiu"):
            found = f"{array.dtype} {array.shape}"
            raise FormatError(f"wrong '{name}'", where=path, expected=f"{len(pictures)} texts or numbers", found=found)
    return _Columns(pictures, labels, usages)


def _label(word: str, where: str) -> str:
    word = word.strip()
    if word in LABELS:
        return word
    if word.isascii() and word.isdigit() and int(word) < len(LABELS):
        return LABELS[int(word)]
    expected = f"0 to {len(LABELS) - 1}, or one of {', '.join(LABELS)}"
    raise FormatError("unknown emotion", where=where, expected=expected, found=word[:40] or "nothing")


def _usage(word: str | None, where: str) -> str | None:
    word = None if word is None else word.strip()
    if word and word not in USAGES:
        raise FormatError("unknown Usage", where=where, expected=", ".join(USAGES), found=word[:40])
    return word or None
