"""Recordings of kairess/gesture-recognition: `raw_*.npy` (N, 100) and `seq_*.npy` (N, 30, 100).

A row is 21 joints of (x, y, z, visibility), 15 angles in degrees and the label's number. The angles follow
from the joints and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.array_files import read_array
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, SourceError
from recognizers.importers import ASSUMED_FPS, ImportOptions, natural_key
from recognizers.media import unreadable
from recognizers.types import HAND_POINTS, RIGHT, FloatArray

SOURCE_NOTE = (
    "Recorded from a mirrored picture and turned round here (x became 1 - x). Which hand it was is not "
    "stored: it stands in slot 1, with sides_known false. The frame's size is unknown. 30 frames a second "
    "are assumed. Frames without a hand were never stored, so time may be missing between two frames."
)

_COLUMNS = 100
_JOINTS = HAND_POINTS * 4
_NAME = re.compile(r"(?:raw|seq)_(?:(?P<label>.+)_)?(?P<session>\d+)")

Rows = npt.NDArray[np.float64]


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield one clip for each continuous recording of a label.

    Args:
        path: a file, or a folder of them. A `seq_` file of windows beside the `raw_` file that they were cut
            from is left out.
        options: see `ImportOptions`.

    Raises:
        SourceError: there is no such file.
        FormatError: a file is wrong and `options.report` is None.
    """
    files = _files(path)
    for number, file in enumerate(files):
        try:
            recordings = _recordings(read_array(file), file)
        except FormatError as problem:
            options.broken(problem)
            recordings = []
        for part, rows in enumerate(recordings):
            clip = _clip(rows, file, part if len(recordings) > 1 else None, options)
            if options.wants(clip.header.label):
                yield clip
        options.done(number + 1, len(files))


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            path.stat()
            return [path]
        files = sorted(path.glob("*.npy"), key=lambda file: natural_key(file.name))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    raw = {file.name for file in files if file.name.startswith("raw_")}
    files = [
        file
        for file in files
        if file.name in raw or (file.name.startswith("seq_") and f"raw_{file.name[4:]}" not in raw)
    ]
    if not files:
        raise SourceError("there is no recording", where=path, expected="raw_*.npy or seq_*.npy")
    return files


def _recordings(array: npt.NDArray[Any], file: Path) -> list[Rows]:
    """Return the continuous recordings in a file, each of one label."""
    fits = array.dtype.kind in "fiu" and array.ndim in (2, 3) and array.shape[-1] == _COLUMNS and array.size > 0
    if not fits:
        raise FormatError(
            "is no kairess recording",
            where=file,
            expected=f"numbers (N, {_COLUMNS}) or (N, 30, {_COLUMNS})",
            found=f"{array.dtype} {array.shape}",
        )
    values = array.astype(np.float64)
    pieces = [values] if values.ndim == 2 else _joined_windows(values)
    recordings = []
    for piece in pieces:
        _check_rows(piece, file)
        breaks = np.flatnonzero(np.diff(piece[:, -1])) + 1
        recordings += np.split(piece, breaks)
    return recordings


def _joined_windows(windows: npt.NDArray[np.float64]) -> list[Rows]:
    """Undo the cutting of a recording into windows that each start one frame later.

    Windows that do not overlap so stay apart. Without this, one frame would stand in 30 clips, and in both
    halves of a split.
    """
    apart = [
        index + 1
        for index in range(len(windows) - 1)
        if not np.array_equal(windows[index][1:], windows[index + 1][:-1])
    ]
    runs = np.split(windows, apart)
    return [np.concatenate([run[0], run[1:, -1]]) for run in runs]


def _check_rows(rows: Rows, file: Path) -> None:
    wrong = ~np.isfinite(rows).all(axis=1)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise FormatError("a value is not a finite number", where=f"{file}, row {row}")
    labels = rows[:, -1]
    wrong = (labels != np.rint(labels)) | (labels < 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise FormatError(
            "wrong label", where=f"{file}, row {row}", expected="a whole number", found=f"{labels[row]:g}"
        )


def _clip(rows: Rows, file: Path, part: int | None, options: ImportOptions) -> Clip:
    number = int(rows[0, -1])
    told = _NAME.fullmatch(file.stem)
    label = (told and told["label"]) or str(number)
    session = options.session or (told["session"] if told else None)
    extra: dict[str, object] = {"label_number": number, "fps_assumed": True, "unmirrored": True}
    if part is not None:
        extra["part"] = part
    header = ClipHeader(
        label=label,
        mode=options.mode,
        signer=options.signer,
        session=session,
        fps=ASSUMED_FPS,
        source=f"kairess: {file.name}",
        sides_known=False,
        extra=extra,
    )
    times = np.rint(np.arange(len(rows)) * 1e9 / ASSUMED_FPS).astype(np.int64)
    hands = np.full((len(rows), 2, HAND_POINTS, 3), np.nan, np.float32)
    hands[:, RIGHT] = _hands(rows)
    missing = np.full_like(hands, np.nan)
    face_points = np.full((len(rows), 6, 2), np.nan, np.float32)
    arrays = {"t_ns": times, "hands": hands, "hands_world": missing, "face_points": face_points}
    return Clip.of_arrays(header, arrays, file)


def _hands(rows: Rows) -> FloatArray:
    """Return float32 (N, 21, 3), turned round; NaN where a row is all zeros."""
    points = rows[:, :_JOINTS].reshape(-1, HAND_POINTS, 4)[..., :3].astype(np.float32)
    nothing = (points == 0).all(axis=(1, 2))
    points[..., 0] = 1 - points[..., 0]
    points[nothing] = np.nan
    return points
