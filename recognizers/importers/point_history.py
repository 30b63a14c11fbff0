"""`point_history.csv` of Kinivi's hand gesture app and of those made after it: the trail of one finger tip.

A row is the label's number and 16 pairs (x, y): where the index finger's tip was in 16 pictures, as fractions of the
picture from where it was in the first. The app writes a row for every picture, so a row repeats most points of the one
before, and the rows of a recording are put together again. While the finger does not point, the app
stores the picture's corner: those points are missing here, and they tell where in the picture the trail was.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.importers import ASSUMED_FPS, ImportOptions
from recognizers.importers.tables import LabelNames, numbers_of, rows_of, table_in
from recognizers.types import FINGER_TIPS, HAND_POINTS, RIGHT

SOURCE_NOTE = (
    "Trails of the index finger's tip alone: all other points of the hand are missing, so Mudra's own features, which "
    "need a whole hand, find nothing to train on; the clips are for programs that read trails. Recorded from a "
    "mirrored picture and turned round here, so that a circle called clockwise, as the person saw it, runs the other "
    "way. Which hand it was is unknown: slot 1, sides_known false. The frame's size is unknown, there is no depth "
    "(z is 0), and 30 frames a second are assumed."
)

TABLE, NAMES = "point_history.csv", "point_history_classifier_label.csv"
POINTS = 16
JUMP = 0.25
"""A finger tip does not move by this share of the picture from one picture to the next."""
OVERLAP = 4
"""A row continues a trail where so many points are the same."""
_TIP = FINGER_TIPS[1]
_SAME = 5e-6
"""How far apart equal points may be: values are rounded to nine digits."""

Trail = npt.NDArray[np.float64]


class _Recording(NamedTuple):
    """Rows of one label that continue each other: the first and last row's number, and the trail (T, 2)."""

    number: int
    label: str
    first: int
    last: int
    trail: Trail


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip for each continuous recording, in order.

    Args:
        path: the table, or the folder that holds `point_history.csv`.
        options: see `ImportOptions`.

    Raises:
        SourceError: it is missing or no such table.
        FormatError: a row is wrong and `options.report` is None.
    """
    table = table_in(path, TABLE)
    done = 0
    for recording in _recordings(table, options):
        done = recording.last
        options.done(done, None)
        if options.wants(recording.label):
            yield _clip(recording, table, options)
    options.done(done, done)


def _recordings(table: Path, options: ImportOptions) -> Iterator[_Recording]:
    names = LabelNames(table.with_name(NAMES))
    under_way: _Recording | None = None
    tail: list[Trail] = []
    any_row = False
    for row in rows_of(table):
        any_row = True
        where = row.where(table)
        try:
            number, label = names.name(row.fields[0], where)
            points = _points(row.fields[1:], where)
        except MudraError as problem:
            options.broken(problem)
            continue
        more = None if under_way is None or under_way.number != number else _continuation(tail, points)
        if under_way is not None and more is not None:
            tail.extend(more)
            under_way = under_way._replace(last=row.number)
            continue
        if under_way is not None:
            yield under_way._replace(trail=np.array(tail))
        under_way = _Recording(number, label, row.number, row.number, points)
        tail = list(points)
    if under_way is not None:
        yield under_way._replace(trail=np.array(tail))
    elif not any_row:
        raise SourceError("there is no row in it", where=table, expected=f"a label and {2 * POINTS} numbers a row")


def _points(fields: tuple[str, ...], where: str) -> Trail:
    if len(fields) != 2 * POINTS:
        expected = f"a label and {2 * POINTS} numbers"
        raise FormatError("is no row of a trail", where=where, expected=expected, found=f"{1 + len(fields)} fields")
    points = numbers_of(fields, where).reshape(POINTS, 2)
    if np.abs(points[0]).max() > _SAME:
        raise FormatError("the trail does not start at 0, 0", where=where, found=points[0].tolist())
    if np.abs(points).max() > 1 + _SAME:
        raise FormatError("a point is outside of the picture", where=where, expected="fractions from -1 to 1")
    return points


def _continuation(tail: list[Trail], points: Trail) -> Trail | None:
    """Return the points (k, 2) that a row adds to a trail, or None where the row does not continue it.

    A row mostly adds one; where rows were left out between, it adds more.
    """
    for added in range(1, POINTS - OVERLAP + 1):
        known = np.array(tail[added - POINTS :])
        shift = known[0] - points[0]
        if np.abs(points[:-added] + shift - known).max() < _SAME:
            more: Trail = points[-added:] + shift
            return more
    return None


def placed(trail: Trail) -> tuple[Trail, bool]:
    """Return a trail where it was in the picture (T, 2), with NaN where the finger did not point.

    The picture's corner, stored in place of a finger that does not point, is told by jumps to one same spot from
    which all other points lie to the right and below.

    Returns:
        The trail as fractions of the picture, and whether its place is known; where not, it starts in the middle.
    """
    jumps = np.abs(np.diff(trail, axis=0)).max(axis=1) > JUMP
    pieces = np.split(np.arange(len(trail)), np.flatnonzero(jumps) + 1)
    for piece in pieces:
        spot = trail[piece[0]]
        away = np.abs(trail - spot).max(axis=1) > _SAME * len(trail)
        fits = len(pieces) > 1 and not away[piece].any() and ((trail - spot)[away] >= 0).all()
        if fits and ((trail - spot) <= 1 + _SAME * len(trail)).all():
            whole: Trail = np.where(away[:, None], trail - spot, np.nan)
            return whole, True
    return trail - trail[0] + 0.5, False


def _clip(recording: _Recording, table: Path, options: ImportOptions) -> Clip:
    trail, known = placed(recording.trail)
    rows = f"{recording.first}" if recording.first == recording.last else f"{recording.first} to {recording.last}"
    header = ClipHeader(
        label=recording.label,
        mode=options.mode,
        signer=options.signer,
        session=options.session,
        fps=ASSUMED_FPS,
        source=f"point-history: {table.name}, row {rows}",
        sides_known=False,
        extra={
            "sequence": recording.first,
            "label_number": recording.number,
            "place_known": known,
            "flat": True,
            "fps_assumed": True,
            "unmirrored": True,
        },
    )
    hands = np.full((len(trail), 2, HAND_POINTS, 3), np.nan, np.float32)
    hands[:, RIGHT, _TIP, 0] = 1 - trail[:, 0]
    hands[:, RIGHT, _TIP, 1] = trail[:, 1]
    hands[:, RIGHT, _TIP, 2] = np.where(np.isfinite(trail[:, 0]), 0, np.nan)
    arrays = {
        "t_ns": np.rint(np.arange(len(trail)) * 1e9 / ASSUMED_FPS).astype(np.int64),
        "hands": hands,
        "hands_world": np.full_like(hands, np.nan),
        "face_points": np.full((len(hands), 6, 2), np.nan, np.float32),
    }
    return Clip.of_arrays(header, arrays, table)
