"""A still's second look: in the mirror, once, back where things are; and which hand is which."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.features import hand_features
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.second_look import from_mirror, same_hands, second_look
from recognizers.types import LEFT, RIGHT, FloatArray, Frame, Landmarks

SIZE = (640, 480)


def hand(side: int, x: float = 0.3) -> FloatArray:
    return project(hand_points(poses()["peace"], side), View(SIZE, wrist=(x, 0.7)))


def found(**hands: FloatArray) -> Landmarks:
    both = np.full((2, 21, 3), np.nan, np.float32)
    for side, points in hands.items():
        both[LEFT if side == "left" else RIGHT] = points
    return Landmarks(7, hands=both, image_size=SIZE)


def test_it_is_taken_in_the_mirror_once_and_only_when_asked_for() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    shown: list[Frame] = []

    def detect(frame: Frame) -> Landmarks:
        shown.append(frame)
        return found(left=hand(LEFT))

    look = second_look(Frame(image, 7, 3, "a.jpg"), detect)
    assert shown == []
    first = look()
    assert look() is first and len(shown) == 1
    assert shown[0].image.tolist() == image[:, ::-1].tolist() and shown[0].image.flags.c_contiguous
    assert (shown[0].t_ns, shown[0].index, shown[0].name) == (7, 3, "a.jpg")
    assert first.hands_found.tolist() == [False, True]  # the mirror's left hand is the right one


def test_what_the_mirror_shows_is_the_same_hand_where_it_is() -> None:
    right = found(right=hand(RIGHT))
    shown = hand(RIGHT)
    shown[:, 0] = 1 - shown[:, 0]
    back = from_mirror(found(left=shown))
    assert back.hands[RIGHT] == pytest.approx(right.hands[RIGHT], abs=1e-6)
    assert not back.hands_found[LEFT] and (back.t_ns, back.image_size) == (7, SIZE)
    seen_there = hand_features(shown, SIZE, LEFT)
    assert hand_features(back.hands[RIGHT], SIZE, RIGHT) == pytest.approx(seen_there, abs=1e-4)


def test_hands_are_paired_by_their_place_whatever_their_side() -> None:
    first = found(right=hand(RIGHT, 0.2), left=hand(LEFT, 0.8))
    assert same_hands(first, first) == {LEFT: LEFT, RIGHT: RIGHT}
    assert same_hands(first, found(left=hand(RIGHT, 0.21))) == {RIGHT: LEFT}
    assert same_hands(first, found(left=hand(LEFT, 0.5))) == {}
    assert same_hands(found(), first) == {} and same_hands(first, found()) == {}
