from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.handedness import FORGET_NS, Hand, HandFollower
from recognizers.types import LEFT, RIGHT, FloatArray

SIZE = (1000, 500)
PALM = 0.1
STEP = 33_333_333


def hand(x: float, label: str = "Right", score: float = 0.95, y: float = 0.5) -> Hand:
    """A hand whose palm is `PALM` of the width long, around (x, y) in fractions."""
    points = np.zeros((21, 3), np.float32)
    spread = np.random.default_rng(1).normal(0, 0.2, (21, 2))
    spread[[0, 5, 9, 13, 17]] = [(0, 0.6), (-0.3, -0.3), (0, -0.4), (0.1, -0.3), (0.3, -0.2)]
    points[:, 0] = x + spread[:, 0] * PALM
    points[:, 1] = y + spread[:, 1] * PALM * SIZE[0] / SIZE[1]
    return points, points / 10, label, score


def run(frames: list[list[Hand]], step: int = STEP) -> list[FloatArray]:
    follower = HandFollower()
    return [follower.update(i * step, hands, SIZE)[0] for i, hands in enumerate(frames)]


def sides(slots: FloatArray) -> tuple[bool, bool]:
    left, right = np.isfinite(slots).all(axis=(1, 2))
    return bool(left), bool(right)


def test_a_still_takes_the_label_as_it_is() -> None:
    points, world, *_ = seen = hand(0.4, "Right")
    slots, worlds = HandFollower().update(0, [seen], SIZE)
    assert sides(slots) == (False, True)
    np.testing.assert_array_equal(slots[RIGHT], points)
    np.testing.assert_array_equal(worlds[RIGHT], world)
    assert np.isnan(worlds[LEFT]).all()
    assert sides(HandFollower().update(0, [hand(0.4, "Left")], None)[0]) == (True, False)


def test_nothing_seen_fills_no_slot() -> None:
    slots, worlds = HandFollower().update(0, [], SIZE)
    assert slots.shape == worlds.shape == (2, 21, 3)
    assert slots.dtype == worlds.dtype == np.float32
    assert np.isnan(slots).all()
    assert np.isnan(worlds).all()


def test_a_still_with_two_right_hands_gives_the_surer_one_the_side() -> None:
    slots, _ = HandFollower().update(0, [hand(0.3, "Right", 0.6), hand(0.7, "Right", 0.99)], SIZE)
    assert slots[RIGHT, 9, 0] == pytest.approx(0.7)
    assert slots[LEFT, 9, 0] == pytest.approx(0.3)


@pytest.mark.parametrize("label", ["Right", "Left"])
def test_two_alike_are_told_apart_by_their_place(label: str) -> None:
    """Of a person who faces the camera, the right hand is on the picture's left."""
    for first, second in itertools.permutations((0.3, 0.7)):
        slots, _ = HandFollower().update(0, [hand(first, label), hand(second, label)], SIZE)
        assert slots[RIGHT, 9, 0] == pytest.approx(0.3)


def test_flickering_labels_do_not_move_a_hand() -> None:
    labels = ["Right"] * 10 + ["Left", "Right", "Left", "Left", "Right"] * 6
    frames = [[hand(0.3 + 0.005 * i, label, 0.9 if label == "Right" else 0.7)] for i, label in enumerate(labels)]
    assert {sides(slots) for slots in run(frames)} == {(False, True)}


def test_a_wrong_first_label_is_soon_put_right() -> None:
    frames = [[hand(0.5, "Left", 0.8)]] + [[hand(0.5, "Right", 0.95)]] * 9
    found = [sides(slots) for slots in run(frames)]
    assert found[0] == (True, False)
    assert found[5:] == [(False, True)] * 5
    assert sum(a != b for a, b in itertools.pairwise(found)) == 1


@pytest.mark.parametrize("rate", [15, 30, 60, 120])
def test_the_vote_really_changing_changes_the_side_at_any_rate(rate: int) -> None:
    frames = [[hand(0.5, "Right")]] * rate + [[hand(0.5, "Left")]] * rate
    found = [sides(slots) for slots in run(frames, 1_000_000_000 // rate)]
    assert found[:rate] == [(False, True)] * rate
    changed = found.index((True, False)) / rate - 1.0
    assert 0.2 < changed < 0.5
    assert sum(a != b for a, b in itertools.pairwise(found)) == 1


def test_both_called_right_are_two_hands_and_stay_what_they_were() -> None:
    apart = [[hand(0.3, "Right"), hand(0.7, "Left")]] * 10
    alike = [[hand(0.7, "Right", 0.99), hand(0.3, "Right", 0.9)]] * 30
    for slots in run(apart + alike + apart):
        assert slots[RIGHT, 9, 0] == pytest.approx(0.3)
        assert slots[LEFT, 9, 0] == pytest.approx(0.7)


def test_swapped_labels_for_good_swap_the_hands_once() -> None:
    frames = [[hand(0.3, "Right"), hand(0.7, "Left")]] * 15 + [[hand(0.3, "Left"), hand(0.7, "Right")]] * 30
    places = [float(slots[RIGHT, 9, 0]) for slots in run(frames)]
    assert places[0] == pytest.approx(0.3)
    assert places[-1] == pytest.approx(0.7)
    assert sum(abs(a - b) > 0.1 for a, b in itertools.pairwise(places)) == 1


@pytest.mark.parametrize("label", ["true", "Right"])
@pytest.mark.parametrize("gap", [0.0, 0.06])
def test_hands_that_cross_stay_themselves(label: str, gap: float) -> None:
    """They pass each other, one a little above the other, over 1.3 s; the labels may be no help."""
    frames = []
    for i in range(40):
        x = 0.2 + 0.6 * i / 39
        right = hand(x, "Right", y=0.5 - gap)
        left = hand(1.0 - x, "Left" if label == "true" else "Right", y=0.5 + gap)
        together = abs(x - 0.5) < 0.02  # MediaPipe then finds one hand
        frames.append([right] if together else [left, right] if i % 2 else [right, left])
    found = run(frames[:5] + frames)  # at rest first
    assert found[0][RIGHT, 9, 0] == pytest.approx(0.2, abs=0.02)
    assert found[-1][RIGHT, 9, 0] == pytest.approx(0.8, abs=0.02)
    assert found[-1][LEFT, 9, 0] == pytest.approx(0.2, abs=0.02)


def test_a_hand_lost_for_a_moment_is_the_same_hand() -> None:
    frames = [[hand(0.3, "Right")]] * 20 + [[]] * 7 + [[hand(0.34, "Left")]] * 3
    found = run(frames)
    assert [sides(slots) for slots in found[20:27]] == [(False, False)] * 7
    assert [sides(slots) for slots in found[27:]] == [(False, True)] * 3


def test_a_hand_gone_for_longer_is_a_new_hand() -> None:
    gone = FORGET_NS // STEP + 1
    frames = [[hand(0.3, "Right")]] * 20 + [[]] * gone + [[hand(0.3, "Left")]]
    assert sides(run(frames)[-1]) == (True, False)


def test_a_hand_far_away_is_another_hand() -> None:
    frames = [[hand(0.1, "Right")]] * 20 + [[hand(0.9, "Left")]]
    assert sides(run(frames)[-1]) == (True, False)


def test_a_hand_left_alone_keeps_the_side_it_had() -> None:
    both = [[hand(0.3, "Right"), hand(0.7, "Right", 0.9)]] * 20
    alone = [[hand(0.7, "Left", 0.9)]] * 20
    assert {sides(slots) for slots in run(both + alone)[20:]} == {(True, False)}


def test_a_fast_hand_is_followed() -> None:
    """Two palm sizes a frame, as in a quick wave."""
    frames = [[hand(0.1 + 0.0 * i, "Right")] for i in range(20)]
    frames += [[hand(0.1 + 0.5 * abs(np.sin(i / 3)), "Left", 0.7)] for i in range(6)]
    assert {sides(slots) for slots in run(frames)} == {(False, True)}


def test_one_hand_found_twice_is_one_hand() -> None:
    slots, _ = HandFollower().update(0, [hand(0.5, "Right", 0.8), hand(0.505, "Left", 0.9)], SIZE)
    assert sides(slots) == (True, False)


def test_points_that_are_no_numbers_are_left_out() -> None:
    broken = hand(0.3)
    broken[0][3] = np.nan
    assert sides(HandFollower().update(0, [broken, hand(0.7)], SIZE)[0]) == (False, True)


def test_going_back_in_time_and_reset_forget() -> None:
    follower = HandFollower()
    for i in range(20):
        follower.update(1_000_000_000 + i * STEP, [hand(0.3, "Right")], SIZE)
    assert sides(follower.update(0, [hand(0.3, "Left")], SIZE)[0]) == (True, False)
    follower.reset()
    assert sides(follower.update(STEP, [hand(0.3, "Right")], SIZE)[0]) == (False, True)


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.floats(0, 1),
                st.sampled_from(["Right", "Left", "", "?"]),
                st.floats(-1, 2),
                st.floats(0, 1),
            ),
            max_size=4,
        ),
        max_size=25,
    ),
    st.integers(0, 400_000_000),
    st.sampled_from([SIZE, None, (1, 1)]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_seen_each_slot_holds_a_hand_that_was_seen(
    frames: list[list[tuple[float, str, float, float]]], step: int, size: tuple[int, int] | None
) -> None:
    once, again = HandFollower(), HandFollower()
    for i, frame in enumerate(frames):
        hands = [hand(x, label, score, y) for x, label, score, y in frame]
        slots, worlds = once.update(i * step, hands, size)
        there = [side for side in (LEFT, RIGHT) if np.isfinite(slots[side]).all()]
        assert len(there) <= min(2, len(hands))
        assert not hands or there
        for side in there:
            assert any((slots[side] == points).all() for points, *_ in hands)
            assert np.isfinite(worlds[side]).all()
        if len(there) == 2:
            assert (slots[LEFT] != slots[RIGHT]).any()
        np.testing.assert_array_equal(again.update(i * step, hands, size)[0], slots)
