"""From predictions to events: threshold, vote, hold, release."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.smoothing import DEFAULT_THRESHOLD, Smoother
from recognizers.types import LabelEvent, Prediction

LABELS = ("none", "a", "b")
TICK = 100_000_000


def prediction(label: str, probability: float = 0.9, t_ns: int = 0) -> Prediction:
    return Prediction("gesture", "x", LABELS, label, probability, np.zeros(3, np.float32), t_ns, label == "none")


def smoother(votes: int = 3, **thresholds: float) -> Smoother:
    return Smoother("gesture", thresholds, ("none",), votes=votes)


def play(one: Smoother, ticks: str, first: int = 0) -> list[LabelEvent]:
    """Feed a tick a letter: a capital is sure, a small one unsure, `n` the background, `-` nothing seen."""
    events: list[LabelEvent] = []
    for number, letter in enumerate(ticks, first):
        seen = {"-": None, "n": prediction("none", 0.99)}.get(
            letter, prediction(letter.lower(), 0.9 if letter.isupper() else 0.3)
        )
        events += one.update(seen, number * TICK, 3 * number, "camera")
    return events


def spans(events: list[LabelEvent]) -> list[tuple[str, int, int]]:
    """Return label, first and last tick of the ended events."""
    return [(one.label, one.t_ns // TICK, (one.t_ns + (one.duration_ns or 0)) // TICK) for one in events if one.ended]


def test_three_sure_ticks_in_a_row_begin_an_event() -> None:
    one = smoother()
    assert play(one, "AA") == [] and one.held is None
    assert play(one, "A", 2) == [LabelEvent("gesture", "a", 0.9, 2 * TICK, None, 6, "camera", False)]
    assert one.held is not None and one.held.label == "a"


@pytest.mark.parametrize("ticks", ["", "A", "AA", "AABB", "AA-AA", "AAnAA", "ABABABAB", "aaaaaa", "nnnnnn", "------"])
def test_anything_less_does_not(ticks: str) -> None:
    one = smoother()
    assert play(one, ticks) == [] and list(one.finish()) == []


def test_what_is_less_than_sure_takes_more_votes() -> None:
    one = Smoother("gesture", {"a": 0.5}, ("none",), unsure_votes=5)

    def onset(*probabilities: float) -> int | None:
        one.finish()
        for number, probability in enumerate(probabilities):
            if one.update(prediction("a", probability), number * TICK, number):
                return number
        return None

    assert onset(0.95, 0.95, 0.95) == 2 == onset(0.8, 0.95, 0.95)
    assert onset(0.8, 0.8, 0.8, 0.8) is None and onset(0.8, 0.8, 0.8, 0.8, 0.8) == 4
    assert onset(0.6, 0.6, 0.95, 0.95, 0.95) == 4 and onset(0.3, 0.95, 0.95, 0.95) == 3
    assert onset(0.4, 0.4, 0.4, 0.6, 0.6) is None and onset(0.4, 0.4, 0.4, 0.6, 0.6, 0.6) == 5


def test_a_long_vote_ends_as_soon_as_a_short_one() -> None:
    one = Smoother("gesture", {}, ("none",), unsure_votes=5)
    assert spans(play(one, "AAAAAA---")) == [("a", 2, 5)]
    assert spans(play(one, "AAABBB---")) == [("a", 2, 2), ("b", 5, 5)]
    one.tune({}, 0.7, 2)
    assert spans(play(one, "AA--")) == [("a", 1, 1)]


def test_the_onset_is_told_once_and_the_end_once() -> None:
    one = smoother()
    events = play(one, "AAAAAAA----")
    assert [(event.ended, event.duration_ns) for event in events] == [(False, None), (True, 4 * TICK)]
    assert events[0].t_ns == events[1].t_ns == 2 * TICK
    assert (events[1].frame, events[1].source) == (6, "camera")


def test_the_end_is_the_last_tick_that_supported_it() -> None:
    assert spans(play(smoother(), "AAAAA-A---")) == [("a", 2, 6)]


@pytest.mark.parametrize("release", ["---", "nnn", "aaa", "b-n", "BnB"])
def test_three_ticks_without_support_release(release: str) -> None:
    one = smoother()
    assert spans(play(one, "AAAA" + release)) == [("a", 2, 3)]
    assert one.held is None


@pytest.mark.parametrize("doubt", ["-", "--", "nn", "aa", "BB", "-A--A", "BBA"])
def test_short_doubts_do_not(doubt: str) -> None:
    one = smoother()
    assert play(one, "AAA" + doubt + "A")[1:] == []
    assert one.held is not None


def test_the_same_after_a_release_is_a_second_event() -> None:
    one = smoother()
    events = play(one, "AAAA---AAA") + list(one.finish())
    assert spans(events) == [("a", 2, 3), ("a", 9, 9)]


def test_another_label_takes_over_at_once_ending_the_first() -> None:
    one = smoother()
    events = play(one, "AAAABBBB")
    assert [(event.label, event.ended) for event in events] == [("a", False), ("a", True), ("b", False)]
    assert spans(events + list(one.finish())) == [("a", 2, 3), ("b", 6, 7)]


def test_the_probability_is_the_highest_of_the_whole_event() -> None:
    one = smoother()
    chances = [0.8, 0.75, 0.9, 0.95, 0.71, 0.2]
    events = [
        event
        for number, chance in enumerate(chances)
        for event in one.update(prediction("a", chance), number * TICK, number)
    ]
    assert [event.probability for event in events] == [0.9]
    assert one.held is not None and one.held.probability == 0.95
    assert [event.probability for event in one.finish()] == [0.95]


def test_a_tick_that_does_not_count_does_not_raise_the_probability() -> None:
    one = smoother()
    play(one, "AAA")
    one.update(prediction("b", 0.99), 3 * TICK, 9)
    assert one.held is not None and one.held.probability == 0.9


def test_a_threshold_is_met_where_it_is_reached() -> None:
    one = smoother(a=0.5)
    assert one.threshold_of("a") == 0.5 and one.threshold_of("b") == DEFAULT_THRESHOLD
    assert one.accepts(prediction("a", 0.5)) and not one.accepts(prediction("a", 0.4999))
    assert one.accepts(prediction("b", DEFAULT_THRESHOLD))
    assert not one.accepts(prediction("b", DEFAULT_THRESHOLD - 1e-6))
    assert not one.accepts(prediction("a", float("nan")))


def test_the_background_is_never_an_event() -> None:
    one = Smoother("gesture", {"none": 0.0}, ("none",))
    assert play(one, "nnnnnn") == [] and not one.accepts(prediction("none", 1.0))


def test_a_default_threshold_of_ones_own() -> None:
    one = Smoother("gesture", {}, default_threshold=0.2)
    assert play(one, "aaa") != []


def test_finish_ends_what_is_held_and_forgets_the_ballots() -> None:
    one = smoother()
    play(one, "AAAAA")
    assert spans(list(one.finish())) == [("a", 2, 4)]
    assert list(one.finish()) == [] and one.held is None
    assert play(one, "AA", 5) == []  # the vote begins anew


def test_one_vote_is_none() -> None:
    assert spans(play(smoother(votes=1), "A-BBA-")) == [("a", 0, 0), ("b", 2, 3), ("a", 4, 4)]


ticks = st.lists(st.none() | st.tuples(st.sampled_from(LABELS), st.floats(0, 1)), max_size=80)


@settings(max_examples=200, deadline=None)
@given(ticks, st.lists(st.integers(0, 80), max_size=3), st.integers(1, 4))
def test_whatever_is_seen_events_are_told_once_ended_once_and_never_overlap(
    seen: list[tuple[str, float] | None], breaks: list[int], votes: int
) -> None:
    one = smoother(votes)
    events: list[LabelEvent] = []
    for number, each in enumerate(seen):
        if number in breaks:
            events += one.finish()
        events += one.update(prediction(*each) if each else None, number * TICK, number)
    events += one.finish()
    begun = [event for event in events if not event.ended]
    ended = [event for event in events if event.ended]
    assert [event.ended for event in events] == [False, True] * len(begun)  # one at a time, in order
    for start, end in zip(begun, ended, strict=True):
        assert (start.label, start.t_ns, start.frame) == (end.label, end.t_ns, end.frame)
        assert start.duration_ns is None and end.duration_ns is not None and end.duration_ns >= 0
        assert start.label != "none" and end.probability >= start.probability >= DEFAULT_THRESHOLD
    for before, after in itertools.pairwise(ended):
        assert before.t_ns + (before.duration_ns or 0) < after.t_ns


def test_a_longer_vote_begins_later_and_ends_as_soon() -> None:
    assert spans(play(smoother(votes=5), "AAAA-AAAAAA---")) == [("a", 9, 10)]


def test_another_vote_goes_on_from_what_is_held() -> None:
    one = smoother()
    events = play(one, "AAAA")
    one.tune({}, 0.7, votes=10)
    assert one.held is not None and one.held.label == "a"
    assert [event.label for event in events] == ["a"]
    assert [event.ended for event in play(one, "A---")] == [True], "three ticks without it end it, as ever"


def test_a_lower_threshold_counts_for_the_ballots_that_are_there() -> None:
    one = smoother(a=1.0)
    assert play(one, "AA") == []
    one.tune({}, 0.1, votes=3)
    assert [event.label for event in play(one, "A")] == ["a"]


def test_what_is_told_needs_no_vote_and_ends_what_is_held() -> None:
    one = smoother()
    play(one, "AAAA")
    ended, begun = one.tell("drawn", 0.8, 4 * TICK, 12, "camera")
    assert (ended.label, ended.ended, spans([ended])) == ("a", True, [("a", 2, 3)])
    assert begun == LabelEvent("gesture", "drawn", 0.8, 4 * TICK, None, 12, "camera", False) == one.held
    assert spans(play(one, "nAAAA", 5)) == []
    assert spans(play(one, "n", 10)) == [("drawn", 4, 9)], "whatever is seen, for half a second"


def test_what_is_told_ends_the_held_where_it_began_to_be_made() -> None:
    one = smoother()
    play(one, "AAAAAAAA")
    assert spans(list(one.tell("drawn", 0.8, 8 * TICK, 24, since_ns=5 * TICK))) == [("a", 2, 5)]
    one = smoother()
    play(one, "AAAA")
    assert spans(list(one.tell("drawn", 0.8, 4 * TICK, 12, since_ns=TICK))) == [("a", 2, 2)], "never before its onset"


def test_after_what_was_told_a_label_needs_its_whole_vote() -> None:
    one = smoother()
    play(one, "AA")
    one.tell("drawn", 0.8, 2 * TICK, 6)
    found = play(one, "nnnnAAA", 3)
    assert [(event.label, event.t_ns // TICK, event.ended) for event in found] == [("drawn", 2, True), ("a", 9, False)]
    assert spans(found) == [("drawn", 2, 7)]


def test_what_is_told_ends_with_its_source() -> None:
    one = smoother()
    one.tell("drawn", 0.8, 2 * TICK, 6)
    play(one, "n", 3)
    assert spans(list(one.finish())) == [("drawn", 2, 3)]
    assert [event.label for event in play(one, "AAA", 4)] == ["a"]
    assert spans(play(one, "nnn", 7)) == [("a", 6, 6)], "what comes after does not stay"
