"""Kaggle's "Isolated Sign Language Recognition" (Google, 2023): MediaPipe Holistic points of 250 signs by 21 signers.

A folder with `train.csv` (path, participant_id, sequence_id, sign) and the recordings that it names as Parquet files:
columns frame, type (face, left_hand, pose, right_hand), landmark_index, x, y and z, 543 rows a frame, NaN where
missing. Reading Parquet needs pyarrow, which is not installed with the rest: see docs/importing.md.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.array_files import AnyArray
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.importers import ASSUMED_FPS, ImportOptions
from recognizers.importers.holistic import GISLR_POINTS, GISLR_STARTS, gislr_arrays
from recognizers.importers.tables import Row, file_inside, rows_of, table_in
from recognizers.media import check_file
from recognizers.types import FloatArray

SOURCE_NOTE = (
    "MediaPipe Holistic points of Kaggle's 'Isolated Sign Language Recognition' (Deaf Professional Arts Network and "
    "Georgia Institute of Technology, CC BY 4.0). Nobody says whether the phones' pictures were mirrored: taken as not "
    "mirrored, the left hand in slot 0. Signers use either hand. The frame's size is unknown, so angles suffer from "
    "its aspect; 30 frames a second are assumed. The six face points come from the body, else from the face's mesh. "
    "There are no world coordinates and no visibility."
)

TABLE = "train.csv"
COLUMNS = ("path", "participant_id", "sequence_id", "sign")
MAX_FRAMES = 20_000
"""A recording of one sign that claims more is refused."""

_NAMED = 3
_LONGEST = 1_000_000
_COLUMNS = ("frame", "type", "landmark_index", "x", "y", "z")


class _Recording(NamedTuple):
    row: Row
    file: Path
    participant: str
    sequence: str
    sign: str


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip for each recording of `train.csv`, in its order.

    Args:
        path: the folder, or its `train.csv`.
        options: see `ImportOptions`; `signer` stands for all participants where it is given.

    Raises:
        SourceError: it is missing or no such folder.
        FormatError: a row or a recording is wrong and `options.report` is None.
        MudraError: pyarrow is not installed.
    """
    table = table_in(path, TABLE)
    recordings = [recording for recording in _recordings(table, options) if options.wants(recording.sign)]
    parquet = _parquet()
    missing = [recording.file for recording in recordings if not recording.file.is_file()]
    for number, recording in enumerate(recordings, 1):
        if recording.file.is_file():
            try:
                yield _clip(recording, _points(recording.file, parquet), options)
            except (FormatError, SourceError) as problem:
                options.broken(problem)
        options.done(number, len(recordings))
    if missing:
        options.broken(_not_there(missing, len(recordings), table))


def _not_there(missing: Sequence[Path], total: int, table: Path) -> SourceError:
    """Return one error for all recordings that are missing: parts of this large set are handed on."""
    names = ", ".join(file.name for file in missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    problem = f"{len(missing):,} of the {total:,} recordings that it names are not there"
    return SourceError(problem, where=table, found=f"nothing at {names}")


def _recordings(table: Path, options: ImportOptions) -> Iterator[_Recording]:
    rows = rows_of(table)
    head = next(rows, Row(1, ()))
    places = {name: head.fields.index(name) for name in COLUMNS if name in head.fields}
    if len(places) < len(COLUMNS):
        found = ", ".join(field[:20] for field in head.fields[:5]) or "nothing"
        raise SourceError("is no table of recordings", where=table, expected=", ".join(COLUMNS), found=found)
    any_row = False
    for row in rows:
        any_row = True
        try:
            yield _recording(row, places, table)
        except FormatError as problem:
            options.broken(problem)
    if not any_row:
        raise SourceError("the table names no recording", where=table)


def _recording(row: Row, places: Mapping[str, int], table: Path) -> _Recording:
    where = row.where(table)
    if len(row.fields) <= max(places.values()):
        raise FormatError("a field is missing", where=where, expected=f"{len(places)} fields", found=len(row.fields))
    file, participant, sequence, sign = (row.fields[places[name]] for name in COLUMNS)
    if not participant or not sign:
        raise FormatError("the participant or the sign is missing", where=where)
    return _Recording(row, file_inside(table.parent, file, where), participant, sequence, sign)


def _parquet() -> Any:
    try:
        return importlib.import_module("pyarrow.parquet")
    except (ImportError, OSError) as error:
        reason = None if isinstance(error, ModuleNotFoundError) else error
        remedy = "Install it with: pip install pyarrow"
        raise MudraError("reading Parquet files needs pyarrow", found=reason, remedy=remedy) from None


class _Points(NamedTuple):
    """float32 (T, 543, 3) in the order of `GISLR_PARTS`, and the frames' numbers, int64 (T,)."""

    points: FloatArray
    frames: npt.NDArray[np.int64]


def _points(file: Path, parquet: Any) -> _Points:
    """Read a recording.

    Raises:
        SourceError: it cannot be read.
        FormatError: its content is wrong.
    """
    check_file(file)
    try:
        with parquet.ParquetFile(file) as content:
            rows, names = content.metadata.num_rows, content.schema_arrow.names
            _check_extent(rows, names, file)
            table = content.read(columns=list(_COLUMNS))
            columns = {name: _column(table, name) for name in _COLUMNS}
    except (MudraError, MemoryError):
        raise
    except Exception as error:  # for damaged files pyarrow raises a dozen kinds
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise FormatError("cannot be read as Parquet", where=file, found=reason) from None
    return _in_order(columns, file)


def _check_extent(rows: int, names: Sequence[str], file: Path) -> None:
    missing = [name for name in _COLUMNS if names.count(name) != 1]
    if missing:
        raise FormatError(f"not one column '{missing[0]}'", where=file, expected=", ".join(_COLUMNS))
    if not 0 < rows <= MAX_FRAMES * GISLR_POINTS or rows % GISLR_POINTS:
        expected = f"{GISLR_POINTS} for each of 1 to {MAX_FRAMES:,} frames"
        raise FormatError("wrong number of rows", where=file, expected=expected, found=f"{rows:,}")


def _column(table: Any, name: str) -> AnyArray:
    """Return a column; of the types, where each one's points start among all, or a large negative number."""
    column = table[name].combine_chunks()
    if name != "type":
        return np.asarray(column.to_numpy(zero_copy_only=False))
    encoded = column if hasattr(column, "dictionary") else column.dictionary_encode()
    words = [*encoded.dictionary.to_pylist(), None]
    starts = np.array([GISLR_STARTS.get(word, -(2**40)) for word in words], np.int64)
    numbers: AnyArray = starts[encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)]
    return numbers


def _in_order(columns: Mapping[str, AnyArray], file: Path) -> _Points:
    """Bring the rows of a recording into the order of frames and points."""
    for name, array in columns.items():
        whole = name in ("frame", "type", "landmark_index")
        if array.dtype.kind not in ("iu" if whole else "f"):
            expected = "whole numbers" if whole else "numbers"
            raise FormatError(f"wrong column '{name}'", where=file, expected=expected, found=array.dtype)
    places = columns["type"] + columns["landmark_index"].astype(np.int64)
    frames = columns["frame"].astype(np.int64)
    order = np.lexsort((places, frames))
    places, frames = places[order].reshape(-1, GISLR_POINTS), frames[order].reshape(-1, GISLR_POINTS)
    whole_frames = (frames == frames[:, :1]).all() and (places == np.arange(GISLR_POINTS)).all()
    if not whole_frames or int(frames[-1, 0]) - int(frames[0, 0]) > _LONGEST:
        expected = f"each of {GISLR_POINTS} points once a frame"
        raise FormatError("the frames are not whole", where=file, expected=expected)
    with np.errstate(over="ignore"):
        points = np.stack([columns[name][order] for name in "xyz"], axis=1).astype(np.float32)
    if np.isinf(points).any():
        raise FormatError("a coordinate is infinite", where=file, remedy="NaN stands for missing")
    return _Points(points.reshape(-1, GISLR_POINTS, 3), frames[:, 0])


def _clip(recording: _Recording, content: _Points, options: ImportOptions) -> Clip:
    sequence = recording.sequence
    numbered = sequence.isascii() and sequence.isdigit() and len(sequence) < 16
    source = f"gislr: {recording.participant}/{recording.file.name}"
    header = ClipHeader(
        label=recording.sign,
        mode=options.mode,
        signer=options.signer or recording.participant,
        session=options.session,
        fps=ASSUMED_FPS,
        source=source,
        extra={"sequence": int(sequence) if numbered else sequence, "fps_assumed": True},
    )
    seconds = (content.frames - content.frames[0]) / ASSUMED_FPS
    t_ns = np.rint(seconds * 1e9).astype(np.int64)
    return Clip.of_arrays(header, gislr_arrays(content.points, t_ns), recording.file)
