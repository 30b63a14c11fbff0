"""Taking a resting face: which looks at it are good, and why others are not."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.errors import CalibrationError, UsageError
from recognizers.resting_face import (
    LEAST_READINGS,
    MOVED,
    NO_FACE,
    OTHER,
    SMALL,
    TILTED,
    TURNED,
    RestingFace,
)
from recognizers.types import FloatArray
from tests.recognizers import resting_faces as rest
from tests.recognizers import tiny_bundles as tiny

TICK = 100_000_000
MIDDLE = rest.POINTS.mean(axis=0)


def turned_in_the_plane(degrees: float) -> FloatArray:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return ((rest.POINTS - MIDDLE) @ turn.T + MIDDLE).astype(np.float32)


def nose_aside(share: float) -> FloatArray:
    points = rest.POINTS.copy()
    points[2, 0] += share * 40
    return points


def fault(*looks: FloatArray | None) -> str:
    """Return what is wrong with the last of some looks, a tenth of a second apart."""
    bundle = rest.bundle()
    face = RestingFace(bundle)
    for number, points in enumerate(looks):
        t_ns = number * TICK
        face.add(rest.landmarks(t_ns, points), None if points is None else rest.reading(bundle, t_ns))
    return face.wrong


@pytest.mark.parametrize(
    ("points", "wrong"),
    [
        (rest.POINTS, ""),
        (None, NO_FACE),
        ((rest.POINTS - MIDDLE) * 0.41 + MIDDLE, ""),
        ((rest.POINTS - MIDDLE) * 0.38 + MIDDLE, SMALL),
        (turned_in_the_plane(13), ""),
        (turned_in_the_plane(17), TILTED),
        (turned_in_the_plane(-17), TILTED),
        (nose_aside(0.25), ""),
        (nose_aside(0.35), TURNED),
        (nose_aside(-0.35), TURNED),
    ],
)
def test_one_look(points: FloatArray | None, wrong: str) -> None:
    assert fault(points) == wrong


@pytest.mark.parametrize(
    ("way", "size", "wrong"),
    [(4.0, 1.0, ""), (8.0, 1.0, MOVED), (70.0, 1.0, OTHER), (0.0, 1.6, OTHER), (0.0, 0.6, OTHER), (0.0, 1.1, "")],
)
def test_from_one_look_to_the_next(way: float, size: float, wrong: str) -> None:
    after = (rest.POINTS - MIDDLE) * size + MIDDLE + (way, 0)
    assert fault(rest.POINTS, after.astype(np.float32)) == wrong


def test_where_the_size_is_not_known_nothing_can_be_said() -> None:
    bundle = rest.bundle()
    face = RestingFace(bundle)
    face.add(rest.landmarks(0, rest.POINTS, None), rest.reading(bundle))
    assert (face.good, face.wrong) == (0, NO_FACE)


def filled(scores: list[tuple[float, ...]]) -> RestingFace:
    bundle = rest.bundle()
    face = RestingFace(bundle)
    for number, each in enumerate(scores):
        for between in range(3):  # three frames a tick, with the same prediction
            t_ns = number * TICK + between * TICK // 3
            face.add(rest.landmarks(t_ns), rest.reading(bundle, number * TICK, each))
    return face


def test_every_tick_counts_once() -> None:
    face = filled([(0.05, 0.6, 0.35)] * LEAST_READINGS)
    assert face.good == LEAST_READINGS
    made = face.calibration("2026-11-22")
    assert (made.readings, made.made) == (LEAST_READINGS, "2026-11-22")
    np.testing.assert_allclose(made.rest, (0.05, 0.6, 0.35), rtol=1e-4)


def test_a_frame_that_lost_the_face_is_no_repetition() -> None:
    bundle = rest.bundle()
    face = RestingFace(bundle)
    face.add(rest.landmarks(0), rest.reading(bundle, 0))
    face.add(rest.landmarks(TICK, None), rest.reading(bundle, 0))
    assert (face.good, face.wrong) == (1, NO_FACE)


def test_too_few_good_looks_say_what_most_others_had() -> None:
    bundle = rest.bundle()
    face = RestingFace(bundle)
    for number in range(30):
        points = rest.POINTS if number < 5 else turned_in_the_plane(20)
        face.add(rest.landmarks(number * TICK, points), rest.reading(bundle, number * TICK))
    with pytest.raises(CalibrationError, match=r"tilted.*found 5"):
        face.calibration()
    with pytest.raises(CalibrationError, match="no face"):
        RestingFace(bundle).calibration()


def test_an_expression_that_changes_is_no_resting_face() -> None:
    smile = [(0.05, 0.1, 0.85)] * 8 + [(0.05, 0.3, 0.65)] * 3 + [(0.05, 0.75, 0.2)] * 8
    with pytest.raises(CalibrationError, match="changed"):
        filled(smile).calibration()
    flicker = [(0.05, 0.55, 0.4), (0.05, 0.45, 0.5)] * 10
    assert filled(flicker).calibration().readings == 20


def test_a_bundle_without_neutral_is_refused_before_anybody_sits_still() -> None:
    with pytest.raises(UsageError, match="no label 'neutral'"):
        RestingFace(tiny.face_bundle())
