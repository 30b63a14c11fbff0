"""MediaPipe Holistic keypoints as many sign language tutorials store them.

Either a folder `label/sequence/frame.npy` of 1662 values a frame, or one `.npz` with `X` (N, T, 1662 or 258),
`y` (N,), and optionally `seq` (N,) and `length` (N,). A frame is pose 33 x (x, y, z, visibility), face 468 x
(x, y, z) (left out in the short form), left hand and right hand 21 x (x, y, z); what was not found is zeros.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.array_files import AnyArray, read_array, read_arrays
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, SourceError
from recognizers.importers import ASSUMED_FPS, ImportOptions, natural_key
from recognizers.importers.holistic import face_points_of_pose, whole_mesh
from recognizers.media import unreadable
from recognizers.types import FloatArray

SOURCE_NOTE = (
    "MediaPipe Holistic keypoints, taken as not mirrored, as the tutorials record them: the left hand stands "
    "in slot 0. The frame's size is unknown, so angles suffer from its aspect. 30 frames a second are "
    "assumed. The six face points come from the pose's nose, eyes, mouth and ears. There are no world "
    "coordinates."
)

LONG, SHORT = 1662, 258
MAX_BYTES = 4 * 1024**3
"""An .npz that claims to unpack to more is refused."""

_POSE, _FACE, _HAND = 33 * 4, 468 * 3, 21 * 3


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip for each sequence; in a folder sorted by label and by the sequence's number.

    Args:
        path: the folder, the .npz, or a folder that holds one .npz.
        options: see `ImportOptions`.

    Raises:
        SourceError: it is missing or neither of the two forms.
        FormatError: a part is wrong and `options.report` is None, or the .npz is wrong as a whole.
    """
    try:
        path.stat()
        archives = sorted(path.glob("*.npz")) if path.is_dir() else [path]
        folders = path.is_dir() and any(entry.is_dir() for entry in path.iterdir())
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if len(archives) == 1 and not folders:
        return _read_archive(archives[0], options)
    if not folders:
        raise SourceError("no MP_Data here", where=path, expected="label/sequence/frame.npy, or one .npz")
    return _read_folders(path, options)


def _read_folders(path: Path, options: ImportOptions) -> Iterator[Clip]:
    sequences = [
        (label, sequence)
        for label in _inner_folders(path)
        if options.wants(label.name)
        for sequence in _inner_folders(label)
    ]
    if not sequences:
        raise SourceError("no sequence here", where=path, expected="label/sequence/frame.npy")
    for number, (label, sequence) in enumerate(sequences):
        frames = _frames(sequence, options)
        if frames:
            indices, rows = zip(*frames, strict=True)
            yield _clip(
                np.stack(rows),
                np.array(indices) - indices[0],
                label=label.name,
                sequence=sequence.name,
                source=f"{label.name}/{sequence.name}",
                options=options,
            )
        options.done(number + 1, len(sequences))


def _inner_folders(path: Path) -> list[Path]:
    try:
        folders = [entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError as error:
        raise unreadable(path, error) from error
    return sorted(folders, key=lambda folder: natural_key(folder.name))


def _frames(sequence: Path, options: ImportOptions) -> list[tuple[int, AnyArray]]:
    """Return number and values of every frame that can be read, sorted by number."""
    frames: dict[int, AnyArray] = {}
    for file in sorted(sequence.glob("*.npy"), key=lambda file: natural_key(file.name)):
        try:
            if not file.stem.isascii() or not file.stem.isdigit() or len(file.stem) > 9:
                raise FormatError("the file's name is not a frame's number", where=file)
            if int(file.stem) in frames:
                raise FormatError("there is another file of this frame", where=file)
            values = read_array(file)
            if values.shape not in ((LONG,), (SHORT,)) or values.dtype.kind not in "fiu":
                raise FormatError(
                    "is no frame of MP_Data",
                    where=file,
                    expected=f"{LONG} or {SHORT} numbers",
                    found=f"{values.dtype} {values.shape}",
                )
            if frames and len(values) != len(next(iter(frames.values()))):
                raise FormatError("has another length than the frames before it", where=file, found=len(values))
            frames[int(file.stem)] = _finite(values, file)
        except FormatError as problem:
            options.broken(problem)
    if not frames:
        options.broken(FormatError("the sequence has no frame that can be read", where=sequence))
    return sorted(frames.items())


def _read_archive(path: Path, options: ImportOptions) -> Iterator[Clip]:
    arrays = read_arrays(path, MAX_BYTES)
    values, labels = _checked(arrays, path)
    names = arrays.get("seq", np.arange(len(labels)))
    lengths = arrays.get("length", np.full(len(labels), values.shape[1]))
    for name, array, kinds in (("seq", names, "iuU"), ("length", lengths, "iu")):
        if array.shape != labels.shape or array.dtype.kind not in kinds:
            raise FormatError(
                f"wrong '{name}'",
                where=path,
                expected=f"{len(labels)} of them",
                found=f"{array.dtype} {array.shape}",
            )
    order = sorted(range(len(labels)), key=lambda row: (str(labels[row]), natural_key(str(names[row]))))
    for count, row in enumerate(order):
        label, length = str(labels[row]), int(lengths[row])
        if options.wants(label):
            try:
                where = f"{path}, row {row}"
                if not 0 < length <= values.shape[1]:
                    raise FormatError("wrong length", where=where, expected=f"1 to {values.shape[1]}", found=length)
                rows = _finite(values[row, :length], where)
            except FormatError as problem:
                options.broken(problem)
            else:
                yield _clip(
                    rows,
                    np.arange(length),
                    label=label,
                    sequence=str(names[row]),
                    source=f"{path.name}, row {row}",
                    options=options,
                )
        options.done(count + 1, len(order))


def _checked(arrays: dict[str, AnyArray], path: Path) -> tuple[AnyArray, AnyArray]:
    missing = {"X", "y"} - arrays.keys()
    if missing:
        raise FormatError(f"'{min(missing)}' is missing", where=path, expected="the arrays X and y")
    values, labels = arrays["X"], arrays["y"]
    fits = values.dtype.kind in "fiu" and values.ndim == 3 and values.shape[2] in (LONG, SHORT) and values.size
    if not fits:
        raise FormatError(
            "wrong 'X'",
            where=path,
            expected=f"numbers (N, T, {LONG} or {SHORT})",
            found=f"{values.dtype} {values.shape}",
        )
    if labels.shape != (len(values),) or labels.dtype.kind not in "iuU":
        raise FormatError(
            "wrong 'y'",
            where=path,
            expected=f"{len(values)} texts or whole numbers",
            found=f"{labels.dtype} {labels.shape}",
        )
    return values, labels


def _finite(values: npt.NDArray[Any], where: object) -> FloatArray:
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise FormatError("a value is not a finite number", where=where)
    return numbers


def _clip(
    rows: FloatArray,
    indices: npt.NDArray[np.int64],
    *,
    label: str,
    sequence: str,
    source: str,
    options: ImportOptions,
) -> Clip:
    numbered = sequence.isascii() and sequence.isdigit() and len(sequence) < 10
    header = ClipHeader(
        label=label,
        mode=options.mode,
        signer=options.signer,
        session=options.session,
        fps=ASSUMED_FPS,
        source=f"mp-data: {source}",
        extra={"sequence": int(sequence) if numbered else sequence, "fps_assumed": True},
    )
    pose, face, left, right = _parts(rows)
    hands = np.stack([left, right], axis=1)
    arrays: dict[str, npt.NDArray[Any]] = {
        "t_ns": np.rint(indices * 1e9 / ASSUMED_FPS).astype(np.int64),
        "hands": hands,
        "hands_world": np.full_like(hands, np.nan),
        "face_points": face_points_of_pose(pose),
        "pose": pose,
    }
    if face is not None:
        arrays["face"] = face
    return Clip.of_arrays(header, arrays, source)


def _parts(rows: FloatArray) -> tuple[FloatArray, FloatArray | None, FloatArray, FloatArray]:
    """Return pose (T, 33, 4), face (T, 478, 3) or None, left and right hand (T, 21, 3), zeros as NaN."""
    sizes = [_POSE, _FACE, _HAND, _HAND] if rows.shape[1] == LONG else [_POSE, 0, _HAND, _HAND]
    ends = list(itertools.accumulate(sizes))
    pose, face, left, right, _ = np.split(rows, ends, axis=1)
    mesh = whole_mesh(_found(face).reshape(-1, 468, 3)) if face.shape[1] else None
    shaped = [_found(hand).reshape(-1, 21, 3) for hand in (left, right)]
    return _found(pose).reshape(-1, 33, 4), mesh, shaped[0], shaped[1]


def _found(part: FloatArray) -> FloatArray:
    part = part.copy()
    part[(part == 0).all(axis=1)] = np.nan
    return part
