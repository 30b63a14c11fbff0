"""`keypoint.csv` of Kinivi's hand gesture app and of those made after it: one hand a row, as shape alone.

A row is the label's number and 21 pairs (x, y) in MediaPipe's order: pixels from the wrist, divided by the largest of
them. The names of the labels stand in `keypoint_classifier_label.csv` beside it, one a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.importers import ImportOptions
from recognizers.importers.tables import LabelNames, Row, numbers_of, rows_of, table_in
from recognizers.types import HAND_POINTS, RIGHT, FloatArray, Landmarks

SOURCE_NOTE = (
    "Recorded from a mirrored picture and turned round here. Only the shape of a hand was stored, in pixels from its "
    "wrist over the largest of them: where it was, how large, and which hand are unknown. It stands in the middle of a "
    "square picture, in slot 1, with sides_known false; angles are true, since pixels are square. There was no depth: "
    "z is 0 (extra: flat). Pictures were stored one after another, so neighbours are nearly equal: hold out blocks."
)

TABLE, NAMES = "keypoint.csv", "keypoint_classifier_label.csv"
SIDE = 1000
"""The side of the square that hands are put into; the largest distance from the wrist becomes a quarter of it."""
_SHARE = 0.25
_VALUES = 2 * HAND_POINTS
_TOLERANCE = 1e-6
_EVERY = 256


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip of one frame for each row, in order.

    Args:
        path: the table, or the folder that holds `keypoint.csv`.
        options: see `ImportOptions`.

    Raises:
        SourceError: it is missing or no such table.
        FormatError: a row is wrong and `options.report` is None.
    """
    table = table_in(path, TABLE)
    names = LabelNames(table.with_name(NAMES))
    count = 0
    for count, row in enumerate(rows_of(table), 1):
        if count % _EVERY == 0:
            options.done(count, None)
        try:
            number, label = names.name(row.fields[0], row.where(table))
            hand = _hand(row, table)
        except MudraError as problem:
            options.broken(problem)
            continue
        if options.wants(label):
            yield _clip(hand, options, number=number, label=label, row=row.number, table=table)
    if not count:
        raise SourceError("there is no row in it", where=table, expected=f"a label and {_VALUES} numbers a row")
    options.done(count, count)


def _hand(row: Row, table: Path) -> FloatArray:
    """Return a row's shape as float32 (21, 3) image fractions, turned round.

    Raises:
        FormatError: it is none.
    """
    where = row.where(table)
    if len(row.fields) != 1 + _VALUES:
        expected = f"a label and {_VALUES} numbers"
        raise FormatError("is no row of keypoints", where=where, expected=expected, found=f"{len(row.fields)} fields")
    shape = numbers_of(row.fields[1:], where).reshape(HAND_POINTS, 2)
    if np.abs(shape[0]).max() > _TOLERANCE:
        raise FormatError("the first point is not the wrist", where=where, expected="0, 0", found=shape[0].tolist())
    largest = float(np.abs(shape).max())
    if abs(largest - 1) > _TOLERANCE:
        raise FormatError(
            "the hand is not brought to size", where=where, expected="a largest value of 1", found=largest
        )
    hand = np.zeros((HAND_POINTS, 3), np.float32)
    hand[:, 0] = 0.5 - _SHARE * shape[:, 0]
    hand[:, 1] = 0.5 + _SHARE * shape[:, 1]
    return hand


def _clip(hand: FloatArray, options: ImportOptions, *, number: int, label: str, row: int, table: Path) -> Clip:
    size = (SIDE, SIDE)
    header = ClipHeader(
        label=label,
        mode=options.mode,
        signer=options.signer,
        session=options.session,
        source=f"keypoints: {table.name}, row {row}",
        image_size=size,
        sides_known=False,
        extra={"sequence": row, "label_number": number, "flat": True, "unmirrored": True},
    )
    hands = np.full((2, HAND_POINTS, 3), np.nan, np.float32)
    hands[RIGHT] = hand
    return Clip.of(header, [Landmarks(0, hands, image_size=size, sides_known=False)])
