"""Finger tips in streams: what is told, when, once, and of which hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from recognizers.sequence import SECOND
from recognizers.tracer import WAIT_NS, Drawn, Tracer
from recognizers.types import LEFT, RIGHT, FloatArray, Landmarks
from tests.recognizers.drawn_hands import ELL, L_SHAPE, at, drawing, seen

LABELS = ("none", "palm", "fist")
LINE = ((0.0, 0.0), (0.0, 1.0))


def reader(label: str, sure: float = 0.9, last: str | None = None):  # type: ignore[no-untyped-def]
    """Return a network that says one label of every hand, or another of hands that are low in the picture."""

    def read(hand: FloatArray, side: int, size: tuple[int, int] | None) -> FloatArray:
        told = last if last is not None and hand[0, 1] > 0.7 else label
        return np.array([sure if name == told else (1 - sure) / 2 for name in LABELS], np.float32)

    return read


def told(frames: Iterable[Landmarks], tracer: Tracer | None = None) -> list[tuple[Drawn, int]]:
    """Return what is told, each with the time of the frame at which it is; None's is -1."""
    tracer = tracer or Tracer((ELL,), LABELS, reader("palm"))
    found = [(drawn, frame.t_ns) for frame in frames if (drawn := tracer.add(frame)) is not None]
    drawn = tracer.finish()
    return found + ([(drawn, -1)] if drawn is not None else [])


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_a_path_is_told_once_and_soon(fps: float, side: int) -> None:
    [(drawn, t_ns)] = told(drawing(fps=fps, side=side, before=0.4, seconds=0.8))
    assert drawn.trace is ELL and drawn.slot == side and drawn.probability > 0.85
    assert drawn.begin_ns == pytest.approx(0.4 * SECOND, abs=0.25 * SECOND)
    assert drawn.end_ns == pytest.approx(1.2 * SECOND, abs=0.2 * SECOND)
    assert WAIT_NS <= t_ns - drawn.end_ns <= WAIT_NS + 1.1 * SECOND / fps
    assert t_ns <= 1.6 * SECOND


@pytest.mark.parametrize("seconds", [0.3, 1.5])
@pytest.mark.parametrize("size", [1.0, 3.0])
@pytest.mark.parametrize("roll", [-15, 15])
def test_size_speed_and_a_camera_askew_do_not_matter(seconds: float, size: float, roll: float) -> None:
    [(drawn, _)] = told(drawing(seconds=seconds, size=size, roll=roll, jitter=0.02))
    assert drawn.probability > 0.8


def test_frames_may_be_lost_for_a_moment() -> None:
    frames = drawing(seconds=1.0)
    lost = [seen(frame.t_ns / 1e9) if 10 <= number < 17 else frame for number, frame in enumerate(frames)]
    assert [drawn.probability > 0.8 for drawn, _ in told(lost)] == [True]
    assert [drawn.probability > 0.8 for drawn, _ in told(frames[:10] + frames[17:])] == [True]


def test_a_landmarker_may_be_astray_for_a_frame() -> None:
    frames = drawing(seconds=1.0)
    [(right, _)] = told(frames)
    for astray in (10, 16, 22):
        wild = frames[astray].hands + np.float32(0.06)
        [(drawn, _)] = told([*frames[:astray], replace(frames[astray], hands=wild), *frames[astray + 1 :]])
        assert drawn.probability > right.probability - 0.05


def test_a_hand_that_is_lost_for_longer_starts_anew() -> None:
    frames = drawing(seconds=1.0)
    lost = [seen(frame.t_ns / 1e9) if 10 <= number < 22 else frame for number, frame in enumerate(frames)]
    assert told(lost) == []
    later = [replace(frame, t_ns=frame.t_ns + (number >= 12) * SECOND) for number, frame in enumerate(frames)]
    assert all(drawn.probability < 0.7 for drawn, _ in told(later))


def test_the_mirror_image_of_a_hand_draws_the_mirror_image() -> None:
    mirrored = [(-x, y) for x, y in L_SHAPE]
    assert told(drawing(mirrored, side=RIGHT)) == []
    assert told(drawing(mirrored, side=LEFT)) == []


def test_a_path_that_stops_half_way_is_none() -> None:
    assert told(drawing(LINE)) == []
    assert told(drawing([(0, 0), (0, 0.5)], size=1.5)) == []


def test_a_hand_that_leaves_has_drawn_all_the_same() -> None:
    frames = drawing(after=0.0)
    gone = [seen(frames[-1].t_ns / 1e9 + step / 30) for step in range(1, 10)]
    [(drawn, t_ns)] = told(frames + gone)
    assert drawn.probability > 0.85 and t_ns - frames[-1].t_ns == pytest.approx(WAIT_NS, abs=0.04 * SECOND)
    assert [t_ns for _, t_ns in told(frames)] == [-1], "nor does a source that ends keep it"


def test_a_path_is_not_told_before_it_is_over() -> None:
    """A short foot is an L, too; what goes on is waited for."""
    trace = replace(ELL, paths=(L_SHAPE, ((0, 0), (0, 1), (0.4, 1))))
    tracer = Tracer((trace,), LABELS, reader("palm"))
    [(drawn, _)] = told(drawing(seconds=1.8), tracer)
    assert drawn.end_ns >= 1.6 * SECOND


def test_a_tip_that_trembles_at_its_end_does_not_hold_it_up() -> None:
    [(_, t_ns)] = told(drawing(jitter=0.04, after=1.5))
    assert 0 < t_ns <= 1.2 * SECOND


def test_the_shape_must_be_right_from_the_beginning() -> None:
    frames = drawing()
    assert told(frames, Tracer((ELL,), LABELS, reader("fist"))) == []
    assert told(frames, Tracer((ELL,), LABELS, reader("palm", sure=0.4))) == []
    loose = replace(ELL, shapes=("fist",))
    assert told(frames, Tracer((loose,), LABELS, reader("fist"))) == []
    assert len(told(frames, Tracer((loose,), LABELS, reader("palm", last="fist")))) == 1
    assert told(frames, Tracer((replace(ELL, least_share=0.8),), LABELS, reader("palm", last="none"))) == []


def test_of_two_hands_either_draws() -> None:
    still = at("palm", (-2.5, 0), RIGHT)
    frames = [replace(frame, hands=np.stack([frame.hands[LEFT], still])) for frame in drawing(side=LEFT, jitter=0.01)]
    assert [drawn.slot for drawn, _ in told(frames)] == [LEFT]


def test_two_hands_that_draw_at_once_are_told_once() -> None:
    both = [
        replace(right, hands=np.stack([left.hands[LEFT], right.hands[RIGHT]]))
        for left, right in zip(drawing(side=LEFT), drawing(side=RIGHT), strict=True)
    ]
    assert len(told(both)) == 1


def test_the_same_again_is_told_again() -> None:
    back = drawing([(0.8, 1), (0, 0)], start=1.4, seconds=0.5, after=0.2)
    frames = drawing(after=0.6) + back + drawing(start=2.2)
    assert len(told(frames)) == 2


# --- what still shapes mean meanwhile -------------------------------------------------------------------------


def busy(frames: Iterable[Landmarks], label: str, tracer: Tracer | None = None) -> list[bool]:
    tracer = tracer or Tracer((ELL,), LABELS, reader("palm"))
    found = []
    for frame in frames:
        tracer.add(frame)
        found.append(tracer.busy_with(label))
    return found


def test_a_hand_that_draws_is_busy_and_one_that_stands_is_not() -> None:
    frames = drawing(before=1.0, seconds=0.7, after=0.3)
    found = busy(frames, "palm")
    assert not any(found[15:30])
    assert all(found[36:])
    assert not any(busy(frames, "fist")), "a shape that no sign has"


def test_trembling_is_no_drawing() -> None:
    assert not any(busy(drawing(before=2.0, seconds=0.1, after=0, size=0.01, jitter=0.03), "palm")[15:])


def test_after_a_sign_its_shape_means_nothing_until_the_hand_moves_on() -> None:
    drawn = drawing(after=1.5)
    assert busy(drawn, "palm")[-1]
    there = [seen(3 + step / 30, at("palm", (1.2, 1.5 - 1.6))) for step in range(30)]
    assert not busy(drawn + there, "palm")[-1]
    changed = [seen(2.3 + step / 30, at("fist", (1.2, 1.5))) for step in range(30)]
    assert not busy(drawn + changed, "palm")[-1]


def test_a_reset_forgets_what_waits() -> None:
    tracer = Tracer((ELL,), LABELS, reader("palm"))
    for frame in drawing(after=0.1):
        assert tracer.add(frame) is None
    tracer.reset()
    assert tracer.finish() is None
