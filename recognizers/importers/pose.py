"""The .pose files of sign language processing, with MediaPipe Holistic's points: in folders by label, or by a table.

Folders are `label/recording.pose` or `label/signer/recording.pose`; a table is a .csv with the columns path, label and,
if wanted, signer. See docs/formats/pose-exchange.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recognizers.array_files import AnyArray
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, SourceError
from recognizers.importers import ImportOptions
from recognizers.importers.by_label import LabelledFile, files_by_label
from recognizers.importers.holistic import POSE_POINTS, WHOLE_MESH, face_points_of
from recognizers.importers.tables import file_inside, rows_of
from recognizers.pose_exchange import (
    BODY,
    BODY_NAMES,
    FACE,
    FACE_POINT_NAMES,
    FACE_POINTS,
    HAND_NAMES,
    HANDS,
    WORLD_HANDS,
)
from recognizers.pose_recording import PosePart, PoseRecording, read_pose
from recognizers.types import WRIST, FloatArray

SOURCE_NOTE = (
    "Points of MediaPipe Holistic in .pose files, taken as not mirrored: the format does not tell. The picture's size "
    "and the rate are known. Of several people the one seen best is taken. The six face points come from the body, "
    "else from the face's mesh, unless Mudra wrote the file. Where a file has no depth, z is 0 (extra: flat)."
)

SUFFIX = ".pose"
COLUMNS = ("path", "label")
_MESH_NAMES = tuple(map(str, range(WHOLE_MESH)))
_RIGHT_EYE, _LEFT_EYE, _NOSE, _MOUTH = 0, 1, 2, 3


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip for each file, sorted by label, signer and name, or in the table's order.

    Args:
        path: the folder whose folders are the labels, or the table.
        options: see `ImportOptions`; `signer` stands for all where it is given.

    Raises:
        SourceError: there is no such folder or table, or no file.
        FormatError: a file is wrong and `options.report` is None.
    """
    files = _files(path, options)
    root = path if path.is_dir() else path.parent
    for number, file in enumerate(files, 1):
        try:
            yield _clip(read_pose(file.path), file, root, options)
        except (FormatError, SourceError) as problem:
            options.broken(problem)
        options.done(number, len(files))


def _files(path: Path, options: ImportOptions) -> list[LabelledFile]:
    if path.is_dir():
        return files_by_label(
            path, options, lambda entry: entry.suffix.lower() == SUFFIX, what=".pose file", example="recording.pose"
        )
    if path.suffix.lower() == SUFFIX:
        raise SourceError(
            "a .pose file does not tell its label", where=path, expected="label/recording.pose, or a table"
        )
    return [file for file in _listed(path, options) if options.wants(file.label)]


def _listed(table: Path, options: ImportOptions) -> Iterator[LabelledFile]:
    rows = rows_of(table)
    head = next(rows, None)
    names = () if head is None else tuple(field.lower() for field in head.fields)
    if not set(COLUMNS) <= set(names):
        raise SourceError(
            "is no table of .pose files", where=table, expected="path, label, signer", found=names or None
        )
    any_row = False
    for row in rows:
        any_row = True
        where = row.where(table)
        try:
            if len(row.fields) < len(names):
                raise FormatError("a field is missing", where=where, expected=f"{len(names)}", found=len(row.fields))
            fields = dict(zip(names, row.fields, strict=False))
            file = file_inside(table.parent, fields["path"], where)
            if not fields["label"]:
                raise FormatError("the label is missing", where=where)
        except FormatError as problem:
            options.broken(problem)
            continue
        yield LabelledFile(file, fields["label"], fields.get("signer") or None)
    if not any_row:
        raise SourceError("the table names no file", where=table)


def _clip(recording: PoseRecording, file: LabelledFile, root: Path, options: ImportOptions) -> Clip:
    person = int((recording.confidence > 0).sum(axis=(0, 2)).argmax())
    parts = _parts(recording, person, file.path)
    extra: dict[str, Any] = {"file": file.path.name}
    if recording.data.shape[1] > 1:
        extra["people"] = recording.data.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        arrays = _arrays(parts, np.array([*recording.size, 1], np.float32), len(recording.data), extra)
    arrays["t_ns"] = np.rint(np.arange(len(recording.data)) * 1e9 / recording.fps).astype(np.int64)
    header = ClipHeader(
        label=file.label,
        mode=options.mode,
        signer=options.signer or file.signer,
        session=options.session,
        fps=recording.fps,
        source=f"pose: {file.path.relative_to(root).as_posix()}",
        image_size=recording.size,
        extra=extra,
    )
    return Clip.of_arrays(header, arrays, file.path)


class _Part:
    """The points of one part, by the names of a list of ours; NaN where missing."""

    def __init__(self, part: PosePart, data: FloatArray, seen: FloatArray) -> None:
        self.flat = part.axes == "XY"
        self._places = {name: place for place, name in enumerate(part.points)}
        self._points = np.zeros((*data.shape[:2], 3), np.float32)
        axes = min(len(part.axes), data.shape[2])
        self._points[..., :axes] = data[..., :axes]
        found = (seen > 0) & np.isfinite(self._points).all(axis=2)
        self._points[~found] = np.nan
        self._seen = np.where(found, seen, np.nan)

    def points(self, names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Return the points (T, n, 3) and how surely each was seen (T, n)."""
        points = np.full((len(self._points), len(names), 3), np.nan, np.float32)
        seen = np.full(points.shape[:2], np.nan, np.float32)
        known = [(place, self._places[name]) for place, name in enumerate(names) if name in self._places]
        if known:
            ours, theirs = map(list, zip(*known, strict=True))
            points[:, ours], seen[:, ours] = self._points[:, theirs], self._seen[:, theirs]
        return points, seen


def _parts(recording: PoseRecording, person: int, where: Path) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    start = 0
    for part in recording.parts:
        stop = start + len(part.points)
        data = recording.data[:, person, start:stop]
        parts.setdefault(part.name, _Part(part, data, recording.confidence[:, person, start:stop]))
        start = stop
    if not parts.keys() & {BODY, FACE, *HANDS}:
        found = ", ".join(name[:30] for name in list(parts)[:5])
        raise FormatError("holds no points of MediaPipe Holistic", where=where, expected=", ".join(HANDS), found=found)
    return parts


def _arrays(parts: Mapping[str, _Part], scale: FloatArray, frames: int, extra: dict[str, Any]) -> dict[str, AnyArray]:
    """Return the arrays of a clip but its times; note in `extra` what is odd about them."""

    def of(name: str, names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        if name in parts:
            return parts[name].points(names)
        return np.full((frames, len(names), 3), np.nan, np.float32), np.full((frames, len(names)), np.nan, np.float32)

    hands = np.stack([of(name, HAND_NAMES)[0] / scale for name in HANDS], axis=1)
    hands[..., 2] -= hands[:, :, WRIST : WRIST + 1, 2]  # as MediaPipe counts it; some programs shift it
    body, seen = of(BODY, BODY_NAMES)
    mesh = of(FACE, _MESH_NAMES)[0] / scale
    body /= scale
    if any(parts[name].flat for name in HANDS if name in parts):
        extra["flat"] = True
    if FACE_POINTS in parts:
        face_points = of(FACE_POINTS, FACE_POINT_NAMES)[0][..., :2] / scale[:2]
    else:
        face_points = _with_nose(face_points_of(body, mesh), extra)
    arrays: dict[str, AnyArray] = {
        "hands": hands,
        "hands_world": np.stack([of(name, HAND_NAMES)[0] for name in WORLD_HANDS], axis=1),
        "face_points": face_points,
    }
    if BODY in parts:
        arrays["pose"] = np.concatenate([body, seen.reshape(frames, POSE_POINTS, 1)], axis=2)
    if FACE in parts:
        arrays["face"] = mesh
    return arrays


def _with_nose(points: FloatArray, extra: dict[str, Any]) -> FloatArray:
    """Return face points whose nose, where it alone is missing, stands between eyes and mouth.

    Files that were made smaller keep the outlines of a face but not its nose, and without it a face counts as missing.
    """
    lacks = np.asarray(np.isnan(points).any(axis=2))
    lone = np.asarray(lacks[:, _NOSE] & (lacks.sum(axis=1) == 1))
    if lone.any():
        extra["nose_estimated"] = True
        eyes = points[:, [_RIGHT_EYE, _LEFT_EYE]].mean(axis=1)
        points = points.copy()
        points[lone, _NOSE] = (eyes + points[:, _MOUTH])[lone] / 2
    return points
