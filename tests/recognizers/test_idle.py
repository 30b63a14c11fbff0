"""Movements that are no sign: finite where a hand is, labelled, of the same shape, and never the sign itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.examples import MotionExample, Origin
from recognizers.idle import IDLE, idle_examples
from recognizers.types import LEFT, RIGHT
from tests.recognizers.test_augmentation import motion_example

BOTH = [
    motion_example(),
    dataclasses.replace(motion_example(hands=(RIGHT,)), origin=Origin("b", None, None, "v", 7)),
]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 24))
def test_as_many_as_asked_for_labelled_and_of_the_same_shape(seed: int, count: int) -> None:
    made = idle_examples(BOTH, count, np.random.default_rng(seed))
    assert len(made) == count
    for example in made:
        assert example.origin.label == IDLE and example.origin.unit in ("u", "v")
        assert example.hands.shape == (30, 2, 21, 3) and example.hands.dtype == np.float32
        assert not np.isinf(example.hands).any()
        found = np.isfinite(example.hands).all(axis=(2, 3))
        assert (np.isnan(example.hands).all(axis=(2, 3)) == ~found).all()  # a hand is there or is not
        assert found.any()
        features = example.features()
        assert features.shape == (30, 119) and not np.isinf(features).any()


def test_the_signs_are_left_alone() -> None:
    before = [example.hands.copy() for example in BOTH]
    idle_examples(BOTH, 40, np.random.default_rng(0))
    assert all(np.array_equal(a, b.hands, equal_nan=True) for a, b in zip(before, BOTH, strict=True))


def test_the_same_seed_gives_the_same_movements() -> None:
    one, same, other = (idle_examples(BOTH, 8, np.random.default_rng(seed)) for seed in (1, 1, 2))
    pairs = list(zip(one, same, other, strict=True))
    assert all(np.array_equal(a.hands, b.hands, equal_nan=True) for a, b, _ in pairs)
    assert not all(np.array_equal(a.hands, c.hands, equal_nan=True) for a, _, c in pairs)


def test_nothing_is_made_from_nothing() -> None:
    assert idle_examples([], 5, np.random.default_rng(0)) == []


@pytest.mark.parametrize("hands", [(LEFT,), (RIGHT,)])
def test_one_sign_with_one_hand_is_enough(hands: tuple[int, ...]) -> None:
    made = idle_examples([motion_example(hands=hands, face=False)], 12, np.random.default_rng(3))
    assert len(made) == 12 and all(np.isfinite(example.hands).any() for example in made)


def test_no_idle_movement_is_a_sign_held_in_its_place() -> None:
    """Holding still is how many signs are made; an idle example must differ from all of them at some step."""
    sign: MotionExample = motion_example()
    made = idle_examples([sign], 100, np.random.default_rng(4))
    wrists = sign.hands[:, :, 0, :2]
    moved = [np.nanmax(np.abs(example.hands[:, :, 0, :2] - wrists)) for example in made]
    assert min(moved) > 0.02


def test_a_hand_seen_only_for_a_moment_is_enough() -> None:
    sign = motion_example(hands=(RIGHT,))
    sign.hands[:-1] = np.nan
    made = idle_examples([sign], 40, np.random.default_rng(5))
    assert len(made) == 40
