"""Signs that a finger draws, through the recognizer of a bundle that has them: events, still labels, clips, figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pytest

from recognizers.bundle import Bundle, find_bundle
from recognizers.clips import Clip, ClipHeader
from recognizers.evaluation import evaluate_clips
from recognizers.event_figures import EventCounter
from recognizers.generated_traces import drawn_stream, moved_stream
from recognizers.recognizer import Recognizer
from recognizers.sequence import SECOND
from recognizers.types import LEFT, RIGHT, LabelEvent, Landmarks
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.drawn_hands import ELL, SIZE, at, drawing, seen

TWO_SHAPES = dataclasses.replace(ELL, shapes=("fist",))


def bundle(**changed: object) -> Bundle:
    return tiny.still_bundle(**{"traces": (TWO_SHAPES,), **changed})


def events(frames: Iterable[Landmarks], recognizer: Recognizer | None = None) -> list[LabelEvent]:
    recognizer = recognizer or Recognizer(bundle())
    found = [event for index, one in enumerate(frames) for event in recognizer.update(None, one, "x", index).events]
    return [*found, *recognizer.finish()]


def labels(frames: Iterable[Landmarks]) -> list[str]:
    return [event.label for event in events(frames) if event.ended]


def whole(label: str, frames: Iterable[Landmarks]) -> Clip:
    return Clip.of(ClipHeader(label, "gesture", image_size=SIZE), frames)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_who_goes_straight_into_it_says_that_alone(fps: float) -> None:
    first, last = events(drawing(fps=fps, before=0.3, after=1.5))
    assert (first.label, first.ended, last.label, last.ended) == ("ell", False, "ell", True)
    assert first.mode == "gesture" and first.source == "x" and first.probability > 0.85
    assert first.t_ns == last.t_ns == pytest.approx(1.2 * SECOND, abs=0.1 * SECOND)
    assert first.frame == round(first.t_ns / SECOND * fps)
    assert last.duration_ns == pytest.approx(0.45 * SECOND, abs=0.06 * SECOND)


def test_a_shape_that_was_held_before_ends_where_the_drawing_begins() -> None:
    held, told = [event for event in events(drawing(before=1.5)) if event.ended]
    assert (held.label, told.label) == ("palm", "ell")
    assert held.t_ns + (held.duration_ns or 0) == pytest.approx(1.5 * SECOND, abs=0.15 * SECOND)


def test_without_traces_the_same_hand_is_held() -> None:
    plain = Recognizer(bundle(traces=()))
    assert [event.label for event in events(drawing(before=0.3, after=1.5), plain) if event.ended] == ["palm"]


def test_what_is_told_is_held_for_a_moment() -> None:
    recognizer = Recognizer(bundle())
    held = []
    for frame in drawing(after=1.5):
        recognizer.update(None, frame)
        held.append(recognizer.held.label if recognizer.held else None)
    assert set(held) == {None, "ell"}
    assert 15 <= held.count("ell") <= 24, "half a second, and until a tick tells that it is over"


def test_the_shape_counts_again_once_the_hand_has_moved_on() -> None:
    there = [seen(2.2 + step / 30, at("palm", (-0.6, 0.0))) for step in range(60)]
    assert labels(drawing(after=1.4) + there) == ["ell", "palm"]


def test_a_source_that_ends_and_a_gap_lose_nothing() -> None:
    frames = drawing(after=0.05)
    assert labels(frames) == ["ell"]
    after = [event for event in events([*frames, seen(9, at("palm", (0, 0)))]) if event.ended]
    assert [event.label for event in after] == ["ell"]
    assert after[0].t_ns == frames[-1].t_ns, "it is told of when it was, not of when the next frame came"


def test_a_reset_forgets_it() -> None:
    recognizer = Recognizer(bundle())
    for frame in drawing(after=0.05):
        recognizer.update(None, frame)
    recognizer.reset()
    assert recognizer.finish() == () and recognizer.held is None


def test_a_threshold_counts_for_it_as_for_others() -> None:
    wobbling = drawing([(0, 0), (0.1, 0.5), (-0.1, 1), (0.8, 1.1)], after=0.8)
    [sure] = [event for event in events(wobbling) if event.label == "ell" and event.ended]
    assert sure.probability < 0.99
    strict = Recognizer(bundle(), threshold=0.995)
    assert "ell" not in [event.label for event in events(wobbling, strict)]
    assert Recognizer(bundle(thresholds={"ell": 0.9})).threshold_of("ell") == 0.9


def test_photos_know_nothing_of_it() -> None:
    recognizer = Recognizer(bundle())
    for frame in drawing():
        prediction = recognizer.still(None, frame)
        assert prediction is not None and prediction.label == "palm" and prediction.labels == tiny.LABELS
    assert recognizer.finish() == ()


def test_clips_of_it_are_counted_by_events_and_not_by_moments() -> None:
    clips = [
        whole("ell", drawing()),
        whole("ell", drawing([(0, 0), (0, 1)])),
        whole("palm", drawing([(0, 0), (0.001, 0)], seconds=1.0)),
    ]
    counter = EventCounter(bundle())
    for clip in clips:
        counter.add(clip)
    signs = counter.figures()["signs"]["per_class"]
    assert signs["ell"] == {"clips": 2, "hits": 1, "misses": 1, "doubles": 0, "others": signs["ell"]["others"]}
    assert signs["palm"]["hits"] == 1
    # Of "palm" every third moment is looked at, of the drawn sign none.
    report = evaluate_clips(bundle(), [(str(number), clip) for number, clip in enumerate(clips)], split="none")
    assert report.labels == tiny.LABELS and report.n == 17
    assert report.accuracy == 1.0 and not any("does not know" in line for line in report.extra["warnings"])
    assert report.extra["events"]["signs"]["per_class"]["ell"]["hits"] == 1


# --- the letters that ship ---------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["J", "Z"])
@pytest.mark.parametrize("fps", [12, 20])
def test_made_up_strangers_draw_letters(label: str, fps: float) -> None:
    recognizer, rng = Recognizer(Bundle.load(find_bundle("letters"))), np.random.default_rng(40)
    found = [[event.label for event in recognizer.predict_clip(drawn_stream(label, rng, fps=fps))] for _ in range(20)]
    assert sum(label in each for each in found) >= 17
    assert sum(each.count(label) > 1 for each in found) <= 1
    assert not any(other in each for each in found for other in "JZ" if other != label)


def test_letters_shown_here_and_there_are_no_drawing() -> None:
    recognizer, rng = Recognizer(Bundle.load(find_bundle("letters"))), np.random.default_rng(41)
    shown = [[str(letter) for letter in rng.choice(list("abcdefghiklmnopqrstuvwxy") + ["i"] * 6, 5)] for _ in range(10)]
    found = [event.label for poses in shown for event in recognizer.predict_clip(moved_stream(poses, rng, fps=20))]
    assert len(found) >= 12
    assert sum(label in "JZ" for label in found) <= 1


def test_made_up_people_use_either_hand_and_stay_in_the_picture() -> None:
    rng, sides = np.random.default_rng(5), {LEFT: 0, RIGHT: 0}
    for _ in range(12):
        stream = drawn_stream("Z", rng, fps=30)
        hands = np.stack([landmarks.hands for landmarks in stream])
        side = LEFT if np.isfinite(hands[:, LEFT]).any() else RIGHT
        sides[side] += 1
        assert not np.isfinite(hands[:, 1 - side]).any()
        times = np.array([landmarks.t_ns for landmarks in stream])
        assert (np.diff(times) > 0).all() and np.median(np.diff(times)) == pytest.approx(SECOND / 30, rel=0.05)
    assert min(sides.values()) >= 2
    first, again = (drawn_stream("J", np.random.default_rng(6), fps=20) for _ in range(2))
    assert all(np.array_equal(one.hands, other.hands, equal_nan=True) for one, other in zip(first, again, strict=True))
