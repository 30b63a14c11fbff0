"""Hands that are held and hands on their way: at any rate, distance and aspect, in either slot, trembling or not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from recognizers.features import palm_length, scaled_points
from recognizers.handmodel import View, blend, hand_points, posed, poses, project
from recognizers.recognizer import Recognizer
from recognizers.steadiness import MOST_CHANGE, MOST_TRAVEL, Motion, Steadiness
from recognizers.types import LEFT, RIGHT, FloatArray, Landmarks
from tests.recognizers import tiny_bundles as tiny

SECOND = 1_000_000_000
SIZE = (640, 480)
RATES = (8, 10, 15, 24, 30, 60, 120)
Hands = Callable[[float], dict[int, FloatArray]]


def hand(pose: str = "palm", wrist: tuple[float, float] = (0.5, 0.7), *, size: tuple[int, int] = SIZE) -> FloatArray:
    return project(hand_points(poses()[pose], RIGHT), View(size, wrist=wrist))


def watched(hands: Hands, seconds: float, rate: float, size: tuple[int, int] = SIZE) -> Iterator[Landmarks]:
    for index in range(round(seconds * rate) + 1):
        both = np.full((2, 21, 3), np.nan, np.float32)
        for slot, points in hands(index / rate).items():
            both[slot] = points
        yield Landmarks(round(index / rate * SECOND), hands=both, image_size=size)


def motion_of(hands: Hands, rate: float = 30, size: tuple[int, int] = SIZE, slot: int = RIGHT) -> Motion:
    steadiness = Steadiness()
    for one in watched(hands, 0.5, rate, size):
        steadiness.add(one)
    motion = steadiness.motion(slot)
    assert motion is not None
    return motion


def moved(points: FloatArray, speed: float, seconds: float, size: tuple[int, int] = SIZE) -> FloatArray:
    """Return a hand that has gone to the right for so long, at so many palm lengths a second."""
    palm = float(palm_length(scaled_points(points, size)))
    return points + np.array((speed * palm * seconds, 0, 0), np.float32)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (720, 1280)])
def test_travel_is_told_in_palm_lengths_a_second(rate: float, size: tuple[int, int]) -> None:
    points = hand(size=size)
    far = points * np.float32(0.4)  # further away
    for each in (points, far):
        motion = motion_of(lambda t, each=each: {RIGHT: moved(each, 3.0, t, size)}, rate, size)  # type: ignore[misc]
        assert motion.travel == pytest.approx(3.0, rel=0.01) and motion.change == pytest.approx(0, abs=0.01)
        assert not motion.steady


def test_upwards_is_as_fast_as_sideways() -> None:
    for size in ((1280, 720), (720, 1280)):
        points = hand(size=size)
        down = np.array((0, 0.4 * size[0] / size[1], 0), np.float32)  # 0.4 picture widths a second
        motion = motion_of(lambda t, p=points, d=down: {RIGHT: p + np.float32(t) * d}, size=size)  # type: ignore[misc]
        assert motion.travel == pytest.approx(0.4 / float(palm_length(scaled_points(points, size))), rel=0.01)


@pytest.mark.parametrize("rate", [15, 30, 60])
def test_fingers_that_open_change_a_hand_that_stays(rate: float) -> None:
    known = poses()
    shape = lambda t: posed(blend(known["fist"], known["palm"], min(t / 0.5, 1)), RIGHT)  # noqa: E731
    motion = motion_of(lambda t: {RIGHT: project(shape(t), View(SIZE))}, rate)
    assert motion.change > MOST_CHANGE and motion.change > 2 * motion.travel and not motion.steady


@pytest.mark.parametrize("rate", [10, 15, 30, 60])
def test_a_trembling_landmarker_does_not_move_a_hand(rate: float) -> None:
    rng = np.random.default_rng(3)
    points = hand()
    noise = 0.015 * float(palm_length(scaled_points(points, SIZE)))
    trembling: Hands = lambda t: {RIGHT: points + rng.normal(0, noise, (21, 3)).astype(np.float32)}  # noqa: E731
    motions = [motion_of(trembling, rate) for _ in range(20)]
    assert all(motion.steady for motion in motions)
    assert np.median([motion.travel for motion in motions]) < 0.2 * MOST_TRAVEL


def test_a_hand_keeps_its_motion_when_it_changes_its_slot() -> None:
    """Of two hands one moves; the landmarker takes them for each other in every other frame."""
    still, going = hand(wrist=(0.25, 0.7)), hand("fist", wrist=(0.6, 0.7))
    turns = itertools.cycle([(LEFT, RIGHT), (RIGHT, LEFT)])
    steadiness = Steadiness()

    def both(t: float) -> dict[int, FloatArray]:
        one, other = next(turns)
        return {one: still, other: moved(going, 3.0, t)}

    for number, one in enumerate(watched(both, 0.5, 30)):
        steadiness.add(one)
        if number > 5:
            resting = LEFT if number % 2 == 0 else RIGHT
            assert steadiness.is_steady(resting) and not steadiness.is_steady(1 - resting)


def test_a_hand_that_was_seen_once_is_not_held_yet() -> None:
    steadiness = Steadiness()
    first, second = watched(lambda t: {RIGHT: hand()}, 1 / 30, 30)
    steadiness.add(first)
    assert steadiness.motion(RIGHT) is None and not steadiness.is_steady(RIGHT)
    assert steadiness.motion(LEFT) is None
    steadiness.add(second)
    assert steadiness.is_steady(RIGHT)
    steadiness.reset()
    assert steadiness.motion(RIGHT) is None


@pytest.mark.parametrize(("away", "known"), [(0.2, True), (0.4, False)])
def test_a_hand_out_of_sight_is_known_again_for_a_moment(away: float, known: bool) -> None:
    steadiness = Steadiness()
    for one in watched(lambda t: {} if 0.5 <= t < 0.5 + away - 1e-6 else {RIGHT: hand()}, 0.5 + away, 30):
        steadiness.add(one)
    assert (steadiness.motion(RIGHT) is not None) is known


def test_another_hand_elsewhere_is_another() -> None:
    steadiness = Steadiness()
    for one in watched(lambda t: {RIGHT: hand(wrist=(0.2, 0.5) if t < 0.5 else (0.9, 0.9))}, 0.5, 30):
        steadiness.add(one)
    assert steadiness.motion(RIGHT) is None


# --- in a recognizer --------------------------------------------------------------------------------------


def onsets(hands: Hands, seconds: float, rate: float) -> list[tuple[str, float, float]]:
    recognizer = Recognizer(tiny.still_bundle())
    events = recognizer.predict_clip(watched(hands, seconds, rate))
    return [(event.label, event.t_ns / SECOND, (event.duration_ns or 0) / SECOND) for event in events]


@pytest.mark.parametrize("rate", [15, 30, 60])
def test_a_shape_is_meant_when_its_hand_stops(rate: float) -> None:
    """A palm crosses the picture for a second, then it is held: it is said when it stands, not three ticks later."""
    far = moved(hand(wrist=(0.1, 0.7)), 4.0, 1.0)
    [(label, onset, duration)] = onsets(
        lambda t: {RIGHT: moved(hand(wrist=(0.1, 0.7)), 4.0, t) if t < 1 else far}, 2.5, rate
    )
    assert label == "palm" and 1.0 <= onset <= 1.15 and duration > 1.2


def test_a_shape_that_only_passes_is_not_meant() -> None:
    assert onsets(lambda t: {RIGHT: moved(hand(wrist=(0.1, 0.7)), 4.0, t)}, 1.5, 30) == []


def test_what_is_held_may_be_waved() -> None:
    start = hand(wrist=(0.1, 0.7))
    [(label, onset, duration)] = onsets(lambda t: {RIGHT: moved(start, 4.0, max(t - 1, 0))}, 2.0, 30)
    assert (label, round(onset, 2)) == ("palm", 0.2) and duration == pytest.approx(1.8, abs=0.01)


def test_a_photo_needs_no_motion() -> None:
    [photo] = watched(lambda t: {RIGHT: hand()}, 0, 30)
    prediction = Recognizer(tiny.still_bundle()).still(None, photo)
    assert prediction is not None and prediction.label == "palm"
