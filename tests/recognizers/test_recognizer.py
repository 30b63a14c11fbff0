"""One mode's recognizer: ticks, windows, gaps, hands that go, clips, and cameras of different rates."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.bundle import Bundle
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import BundleError
from recognizers.examples import features_of, gather
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.recognizer import SURE, Recognizer
from recognizers.types import LEFT, RIGHT, FloatArray, Frame, LabelEvent, Landmarks
from tests.recognizers import tiny_bundles as tiny

SECOND = 1_000_000_000
SIZE = (640, 480)
FACE = np.array([(0.47, 0.2), (0.53, 0.2), (0.5, 0.23), (0.5, 0.28), (0.44, 0.21), (0.56, 0.21)], np.float32)
Scene = Callable[[float], Landmarks]


def hand(pose: str, side: int = RIGHT, wrist: tuple[float, float] = (0.5, 0.7)) -> FloatArray:
    return project(hand_points(poses()[pose], side), View(SIZE, wrist=wrist))


def seen(
    t_ns: int = 0, right: FloatArray | None = None, left: FloatArray | None = None, face: bool = True
) -> Landmarks:
    hands = np.full((2, 21, 3), np.nan, np.float32)
    if right is not None:
        hands[RIGHT] = right
    if left is not None:
        hands[LEFT] = left
    points = FACE if face else np.full((6, 2), np.nan, np.float32)
    return Landmarks(t_ns, hands=hands, face_points=points, image_size=SIZE)


def stream(scene: Scene, seconds: float, rate: float = 30, start: float = 0) -> Iterator[Landmarks]:
    """Yield what a camera of this rate sees, from `start` on."""
    for index in range(round(seconds * rate)):
        t = start + index / rate
        yield dataclasses.replace(scene(t), t_ns=round(t * SECOND))


def showing(pose: str, side: int = RIGHT) -> Scene:
    points = hand(pose, side)
    return lambda t: seen(**{"right" if side == RIGHT else "left": points})


def nothing(t: float) -> Landmarks:
    return seen()


def poses_in_turn(*names: str, each: float = 1.0) -> Scene:
    """Show one pose after the other; `-` is no hand."""
    hands = {name: hand(name) for name in names if name != "-"}
    return lambda t: seen(right=hands.get(names[min(int(t / each + 1e-9), len(names) - 1)]))


def swinging(t: float) -> Landmarks:
    """Rest, go right, rest, go left: 0.4 of the picture's width, 3.3 face widths, in 1.2 s."""
    share = [0.0, *np.clip([(t - 1.5) / 1.2, -(t - 4.2) / 1.2], [0, -1], [1, 0])]
    return seen(right=hand("palm", wrist=(0.3 + 0.4 * sum(share), 0.7)))


def events_of(recognizer: Recognizer, landmarks: Iterable[Landmarks], finish: bool = True) -> list[LabelEvent]:
    events = [
        event for index, one in enumerate(landmarks) for event in recognizer.update(None, one, "camera", index).events
    ]
    return [*events, *(recognizer.finish() if finish else ())]


def ended(events: Iterable[LabelEvent]) -> list[tuple[str, float, float]]:
    return [(event.label, event.t_ns / SECOND, (event.duration_ns or 0) / SECOND) for event in events if event.ended]


# --- stills in a stream -----------------------------------------------------------------------------------


def test_a_held_gesture_is_one_event_from_the_third_tick_on() -> None:
    events = events_of(Recognizer(tiny.still_bundle()), stream(showing("palm"), 2))
    assert [(event.label, event.ended, event.mode, event.source) for event in events] == [
        ("palm", False, "gesture", "camera"),
        ("palm", True, "gesture", "camera"),
    ]
    assert events[0].t_ns == pytest.approx(0.2 * SECOND, abs=1000) and events[0].frame == 6
    assert events[1].duration_ns == pytest.approx(1.7 * SECOND, abs=1000)


def test_one_gesture_after_another() -> None:
    found = ended(events_of(Recognizer(tiny.still_bundle()), stream(poses_in_turn("palm", "fist"), 2)))
    assert [label for label, _, _ in found] == ["palm", "fist"]
    assert found[0] == pytest.approx(("palm", 0.2, 0.7), abs=1e-3)
    assert found[1] == pytest.approx(("fist", 1.2, 0.7), abs=1e-3)


def test_the_same_again_after_a_release_is_a_second_event() -> None:
    scene = poses_in_turn("palm", "-", "palm")
    found = ended(events_of(Recognizer(tiny.still_bundle()), stream(scene, 3)))
    assert found == [pytest.approx(("palm", 0.2, 0.7), abs=1e-3), pytest.approx(("palm", 2.2, 0.7), abs=1e-3)]


def test_between_ticks_the_newest_prediction_stands_while_the_hand_does() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    palm, fist = hand("palm"), hand("fist")
    first = recognizer.update(None, seen(0, palm)).prediction
    between = recognizer.update(None, seen(33_000_000, fist)).prediction
    assert first is not None and between is first
    assert recognizer.update(None, seen(66_000_000)).prediction is None
    at_tick = recognizer.update(None, seen(100_000_000, fist)).prediction
    assert at_tick is not None and at_tick.label == "fist" and at_tick.t_ns == 100_000_000


def test_a_prediction_says_all_about_itself() -> None:
    prediction = Recognizer(tiny.still_bundle()).update(None, seen(5, hand("palm"))).prediction
    assert prediction is not None
    assert (prediction.mode, prediction.bundle, prediction.labels) == ("gesture", "tiny", tiny.LABELS)
    assert prediction.label == "palm" and prediction.probability == float(prediction.scores[1])
    assert prediction.scores.sum() == pytest.approx(1, abs=1e-5) and not prediction.background


def test_nothing_seen_is_no_prediction_and_no_event() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    assert all(recognizer.update(None, one).prediction is None for one in stream(nothing, 1))
    assert recognizer.finish() == ()


def test_the_frame_tells_its_number() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    image = np.zeros((4, 4, 3), np.uint8)
    events = [
        event
        for index, one in enumerate(stream(showing("palm"), 1))
        for event in recognizer.update(Frame(image, one.t_ns, 100 + index), one).events
    ]
    assert [event.frame for event in events] == [106]


# --- which hand -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_either_hand_is_understood(side: int) -> None:
    found = ended(events_of(Recognizer(tiny.still_bundle()), stream(showing("fist", side), 1)))
    assert [label for label, _, _ in found] == ["fist"]


@pytest.mark.parametrize("poses_", [("palm", "fist"), ("fist", "palm"), ("peace", "fist"), ("fist", "peace")])
def test_of_two_hands_the_one_that_says_something_is_heard(poses_: tuple[str, str]) -> None:
    bundle = tiny.still_bundle(background=("fist",))
    both = seen(0, hand(poses_[0]), hand(poses_[1], LEFT, (0.2, 0.7)))
    prediction = Recognizer(bundle).still(None, both)  # a peace sign looks half like a palm, less sure than a fist
    assert prediction is not None and prediction.label == "palm" and not prediction.background


def test_of_two_hands_that_say_something_the_surer_is_heard() -> None:
    bundle = tiny.still_bundle()
    unsure, sure = hand("rock"), hand("fist", LEFT, (0.2, 0.7))
    alone = [Recognizer(bundle).still(None, one) for one in (seen(0, unsure), seen(0, None, sure))]
    both = Recognizer(bundle).still(None, seen(0, unsure, sure))
    assert alone[0] is not None and alone[1] is not None and both is not None
    assert alone[0].probability < alone[1].probability
    assert both.scores.tolist() == alone[1].scores.tolist()


def test_of_two_hands_at_rest_something_is_said_of_the_background() -> None:
    bundle = tiny.still_bundle(background=("fist",))
    both = Recognizer(bundle).still(None, seen(0, hand("fist"), hand("fist", LEFT)))
    assert both is not None and both.background and both.label == "fist"


# --- a second look at a still -----------------------------------------------------------------------------


def test_a_still_that_leaves_a_doubt_is_looked_at_again_and_both_looks_count() -> None:
    recognizer, asked = Recognizer(tiny.still_bundle()), []
    doubtful, clear = seen(0, hand("peace")), seen(0, hand("fist"))

    def again() -> Landmarks:
        asked.append(True)
        return clear

    alone, other = recognizer.still(None, doubtful), recognizer.still(None, clear)
    assert alone is not None and other is not None and alone.probability < SURE <= other.probability
    both = recognizer.still(None, doubtful, again)
    assert both is not None and both.scores == pytest.approx((alone.scores + other.scores) / 2)
    assert both.label == "fist" != alone.label and asked == [True]
    sure = recognizer.still(None, clear, again)
    assert sure is not None and sure.scores.tolist() == other.scores.tolist() and asked == [True]
    assert recognizer.still(None, seen(), again) is None and asked == [True]


def test_what_the_second_look_finds_elsewhere_or_not_at_all_does_not_count() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    doubtful = seen(0, hand("peace"))
    alone = recognizer.still(None, doubtful)
    assert alone is not None
    for second in (seen(), seen(0, hand("fist", wrist=(0.9, 0.7)))):
        found = recognizer.still(None, doubtful, lambda second=second: second)  # type: ignore[misc]
        assert found is not None and found.scores.tolist() == alone.scores.tolist()


# --- thresholds -------------------------------------------------------------------------------------------


def test_thresholds_are_the_bundles_own_unless_one_is_given() -> None:
    bundle = tiny.still_bundle(thresholds={"palm": 0.95}, default_threshold=0.3)
    own, given_ = Recognizer(bundle), Recognizer(bundle, 0.5)
    assert (own.threshold_of("palm"), own.threshold_of("fist")) == (0.95, 0.3)
    assert (given_.threshold_of("palm"), given_.threshold_of("fist")) == (0.5, 0.5)
    prediction = own.still(None, seen(0, hand("peace")))
    assert prediction is not None and 0.5 < prediction.probability < 0.95
    assert not own.accepts(prediction) and given_.accepts(prediction)
    assert events_of(own, stream(showing("peace"), 1)) == []
    assert [event.label for event in events_of(given_, stream(showing("peace"), 1))] == ["palm", "palm"]


# --- gaps and resets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gap", "count"), [(0.29, 1), (0.35, 2), (5.0, 2)])
def test_a_gap_in_time_ends_what_is_held(gap: float, count: int) -> None:
    recognizer = Recognizer(tiny.still_bundle())
    before = list(stream(showing("palm"), 1))
    after = list(stream(showing("palm"), 1, start=before[-1].t_ns / SECOND + gap))
    found = ended(events_of(recognizer, [*before, *after]))
    assert [label for label, _, _ in found] == ["palm"] * count
    if count == 2:
        assert found[0][1] + found[0][2] <= before[-1].t_ns / SECOND
        assert found[1][1] >= after[0].t_ns / SECOND + 0.1


@pytest.mark.parametrize("rate", [5, 10, 15, 30, 60])
@pytest.mark.parametrize(("away", "count"), [(0.2, 1), (0.38, 2), (0.45, 2), (2.0, 2)])
def test_a_hand_that_is_gone_for_longer_than_a_moment_was_released(rate: int, away: float, count: int) -> None:
    palm = hand("palm")
    scene: Scene = lambda t: seen(right=None if 1.0 <= t < 1.0 + away else palm)  # noqa: E731
    found = ended(events_of(Recognizer(tiny.still_bundle()), stream(scene, 3.5, rate)))
    assert len(found) == count


def test_reset_is_as_new() -> None:
    used, new = Recognizer(tiny.still_bundle()), Recognizer(tiny.still_bundle())
    events_of(used, stream(showing("fist"), 1.05, start=3), finish=False)
    assert used.held is not None
    used.reset()
    assert used.held is None
    frames = list(stream(showing("palm"), 1))
    assert events_of(used, frames) == events_of(new, frames)


def test_finish_tells_what_was_held_once() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    events_of(recognizer, stream(showing("palm"), 1), finish=False)
    (event,) = recognizer.finish()
    assert event.ended and event.label == "palm" and recognizer.held is None
    assert recognizer.finish() == ()


# --- movements --------------------------------------------------------------------------------------------


def test_there_is_no_prediction_before_a_window_is_full() -> None:
    recognizer = Recognizer(tiny.move_bundle())
    first = next(one.t_ns for one in stream(swinging, 2) if recognizer.update(None, one).prediction is not None)
    assert first == pytest.approx(SECOND, abs=SECOND // 30)


def test_movements_are_told_by_their_direction() -> None:
    found = ended(events_of(Recognizer(tiny.move_bundle()), stream(swinging, 6.5)))
    assert [label for label, _, _ in found] == ["right", "left"]


@pytest.mark.parametrize("bundle", [tiny.still_bundle, tiny.move_bundle])
@pytest.mark.parametrize("rate", [12, 15, 20, 24, 29.97, 60, 120])
def test_cameras_of_all_rates_tell_the_same(bundle: Callable[[], Bundle], rate: float) -> None:
    scene = swinging if bundle is tiny.move_bundle else poses_in_turn("palm", "fist", "-", "fist", "palm")
    one, other = (ended(events_of(Recognizer(bundle()), stream(scene, 6.5, each))) for each in (30.0, rate))
    assert len(one) >= 2 and [label for label, _, _ in one] == [label for label, _, _ in other]
    for (_, onset, duration), (_, other_onset, other_duration) in zip(one, other, strict=True):
        assert abs(onset - other_onset) <= 0.15
        assert abs(onset + duration - other_onset - other_duration) <= 0.2


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_unsteady_camera_tells_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.3, 1.7, 195) / 30)
    frames = [dataclasses.replace(swinging(t), t_ns=round(t * SECOND)) for t in times]
    steady = ended(events_of(Recognizer(tiny.move_bundle()), stream(swinging, 6.5)))
    unsteady = ended(events_of(Recognizer(tiny.move_bundle()), frames))
    assert [label for label, _, _ in steady] == [label for label, _, _ in unsteady]
    for (_, onset, _), (_, other, _) in zip(steady, unsteady, strict=True):
        assert abs(onset - other) <= 0.15


def test_after_a_gap_a_window_must_fill_anew() -> None:
    recognizer = Recognizer(tiny.move_bundle())
    for one in stream(swinging, 2):
        recognizer.update(None, one)
    after = stream(swinging, 2, start=2.4)
    empty = [one.t_ns for one in after if recognizer.update(None, one).prediction is None]
    assert empty[0] == 2.4 * SECOND and empty[-1] == pytest.approx(3.4 * SECOND, abs=SECOND // 15)


@pytest.mark.parametrize(("away", "kept"), [(0.2, True), (0.4, False)])
def test_a_hand_lost_for_a_moment_does_not_break_a_movement(away: float, kept: bool) -> None:
    recognizer = Recognizer(tiny.move_bundle())
    scene: Scene = lambda t: seen() if 2 <= t < 2 + away else swinging(t)  # noqa: E731
    predictions = [recognizer.update(None, one).prediction for one in stream(scene, 2 + away + 0.2)]
    assert (predictions[-1] is not None) is kept


def test_what_streams_is_what_was_trained_on() -> None:
    """The same recording gives the same numbers live and in a training, with hands and faces lost and found."""
    rng = np.random.default_rng(4)
    frames = []
    for index in range(75):
        t_ns = round((index + rng.uniform(-0.3, 0.3)) * SECOND / 25) + SECOND
        left = hand("fist", LEFT, (0.2, 0.6)) if rng.random() < 0.7 else None
        one = swinging(t_ns / SECOND)
        frames.append(seen(t_ns, one.hands[RIGHT] if rng.random() < 0.9 else None, left, bool(rng.random() < 0.8)))
    asked: list[FloatArray] = []
    bundle = tiny.move_bundle(rate_hz=1000.0)
    predict = bundle.predict
    bundle.predict = lambda rows: (asked.append(rows), predict(rows))[1]  # type: ignore[method-assign]
    recognizer = Recognizer(bundle)
    for one in frames:
        recognizer.update(None, one)
    clip = Clip.of(ClipHeader("idle", "sign", image_size=SIZE), frames)
    trained = features_of(gather([clip], "sequence").examples)
    live = np.concatenate(asked)
    # A training takes a window of idling every quarter of a second from the first one on; live ones end at frames.
    ends = [one.t_ns for one in frames][-len(live) :]
    again = features_of([example for end in ends for example in gather([cut(clip, end)], "sequence").examples[-1:]])
    assert len(trained) > 3 and len(again) == len(live) > 30
    assert np.allclose(live, again, atol=1e-3, equal_nan=True)


def cut(clip: Clip, end: int) -> Clip:
    """Return the last second of a clip up to `end`, with the frame before it."""
    keep = np.flatnonzero(clip.t_ns <= end)
    span = 29 * round(SECOND / 30)
    first = np.flatnonzero(clip.t_ns <= end - span)[-1]
    rows = list(clip.landmarks())[first : keep[-1] + 1]
    # A window begins exactly where the clip does, so the clip's start is interpolated to be there.
    start = end - span
    if rows[0].t_ns < start:
        a, b = rows[0], rows[1]
        weight = np.float32((start - a.t_ns) / (b.t_ns - a.t_ns))

        def mixed(one: FloatArray, other: FloatArray) -> FloatArray:
            between = one * (1 - weight) + other * weight
            return np.where(np.isnan(one), other, np.where(np.isnan(other), one, between)).astype(np.float32)

        middle = Landmarks(
            start,
            hands=mixed(a.hands, b.hands),
            face_points=mixed(a.face_points, b.face_points),
            image_size=SIZE,
        )
        rows = [middle, *rows[1:]]
    return Clip.of(clip.header, rows)


# --- clips ------------------------------------------------------------------------------------------------


def clip_of(frames: Iterable[Landmarks]) -> Clip:
    return Clip.of(ClipHeader("x", "gesture", image_size=SIZE), frames)


@pytest.mark.parametrize("bundle", [tiny.still_bundle, tiny.move_bundle])
def test_a_clip_gives_what_its_stream_gives(bundle: Callable[[], Bundle]) -> None:
    scene = swinging if bundle is tiny.move_bundle else poses_in_turn("palm", "fist", "-", "palm")
    frames = list(stream(scene, 6))
    whole = [event for event in events_of(Recognizer(bundle()), frames) if event.ended]
    found = Recognizer(bundle()).predict_clip(clip_of(frames))
    assert len(found) >= 2 and [dataclasses.replace(event, source="camera") for event in found] == whole
    assert Recognizer(bundle()).predict_clip(iter(frames)) == found


def test_a_clip_leaves_a_clean_state_behind_and_needs_none() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    clip = clip_of(stream(showing("palm"), 1))
    first = recognizer.predict_clip(clip)
    events_of(recognizer, stream(showing("fist"), 0.8, start=7), finish=False)
    assert first != [] and recognizer.predict_clip(clip) == first == recognizer.predict_clip(clip)
    assert recognizer.held is None
    assert recognizer.update(None, seen(0)).prediction is None


def test_a_clip_without_anything_has_no_events() -> None:
    assert Recognizer(tiny.move_bundle()).predict_clip(clip_of([seen(0)])) == []
    assert Recognizer(tiny.still_bundle()).predict_clip([]) == []


# --- stills and other inputs ------------------------------------------------------------------------------


def test_a_still_needs_no_time_and_leaves_no_trace() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    for _ in range(5):
        prediction = recognizer.still(None, seen(0, hand("palm")))
        assert prediction is not None and prediction.label == "palm"
    assert recognizer.held is None and recognizer.finish() == ()
    assert recognizer.still(None, seen()) is None


def test_a_movement_cannot_be_seen_in_a_still() -> None:
    assert Recognizer(tiny.move_bundle()).still(None, swinging(0)) is None


def test_what_a_recognizer_needs() -> None:
    assert (Recognizer(tiny.still_bundle()).needs_hands, Recognizer(tiny.still_bundle()).needs_face) == (2, False)
    assert (Recognizer(tiny.move_bundle()).needs_hands, Recognizer(tiny.move_bundle()).needs_face) == (2, True)


@pytest.mark.parametrize("kind", ["frame"])
def test_an_input_that_this_version_cannot_feed_is_refused(kind: str) -> None:
    info = tiny.info_of(input=kind)
    bundle = Bundle(info, tiny.tiny_model(*tiny.hand_weights(), (161,)), Path("tiny"))
    with pytest.raises(BundleError, match=f"'{kind}' input"):
        Recognizer(bundle)


def test_times_far_from_zero_change_nothing() -> None:
    frames = list(stream(swinging, 6))
    later = [dataclasses.replace(one, t_ns=one.t_ns + 2**61) for one in frames]
    near, far = (events_of(Recognizer(tiny.move_bundle()), each) for each in (frames, later))
    assert [(event.label, event.t_ns) for event in near] == [(event.label, event.t_ns - 2**61) for event in far]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["palm", "fist", "-"]), st.floats(0.01, 0.6)), max_size=40))
def test_whatever_comes_events_are_in_order_and_never_overlap(shown: list[tuple[str, float]]) -> None:
    recognizer = Recognizer(tiny.still_bundle())
    hands = {"palm": hand("palm"), "fist": hand("fist")}
    t, events = 0.0, []
    for pose, pause in shown:
        t += pause
        events += recognizer.update(None, seen(round(t * SECOND), hands.get(pose))).events
    events += recognizer.finish()
    assert [event.ended for event in events] == [False, True] * (len(events) // 2)
    spans = [(event.t_ns, event.t_ns + (event.duration_ns or 0)) for event in events if event.ended]
    assert all(a <= b for a, b in spans)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
    assert not math.isnan(sum(event.probability for event in events))


def test_hold_and_threshold_are_the_bundles_own_until_told_otherwise() -> None:
    recognizer = Recognizer(tiny.still_bundle(thresholds={"palm": 0.9}), hold_s=1.0)
    assert (recognizer.threshold_of("palm"), recognizer.threshold_of("fist")) == (0.9, 0.6)
    recognizer.tune(0.3)
    assert recognizer.threshold_of("palm") == recognizer.threshold_of("fist") == 0.3
    recognizer.tune()
    assert recognizer.threshold_of("palm") == 0.9


@pytest.mark.parametrize(("hold_s", "ticks"), [(None, 3), (0.0, 3), (0.3, 3), (0.6, 6), (2.0, 20)])
def test_the_hold_counts_ticks_of_the_bundles_rate(hold_s: float | None, ticks: int) -> None:
    recognizer = Recognizer(tiny.still_bundle(), hold_s=hold_s)
    assert recognizer._smoother._votes == ticks
