"""Many movements at once: varied as cameras, bodies and landmarkers vary them, and described as one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.examples import MotionExample, Origin
from recognizers.features import SIGNS, mirroring, motion_features, sign_features
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.motion_batches import (
    CHUNK,
    Movements,
    Variety,
    copies,
    described,
    mirrored_movements,
    palms,
    stacked,
    varied_movements,
)
from recognizers.types import LEFT, RIGHT

STEPS = 30
STILL = Variety(
    mirror=0,
    warp=0,
    crop=1,
    wait=0,
    roll=0,
    hand_turn=0,
    scale=0,
    stretch=0,
    place=0,
    noise=0,
    lose_hand=0,
    lose_face=0,
    flicker=0,
)
FACE = np.array([(0.47, 0.2), (0.53, 0.2), (0.5, 0.23), (0.5, 0.28), (0.44, 0.21), (0.56, 0.21)], np.float32)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)


def example(
    size: tuple[int, int] | None = (640, 480), hands: tuple[int, ...] = (RIGHT,), pose: str = "palm", wide: float = 0.3
) -> MotionExample:
    """Return hands that go from one side to the other below a face."""
    points = np.full((STEPS, 2, 21, 3), np.nan, np.float32)
    for side in hands:
        for step in range(STEPS):
            wrist = (0.35 + 0.2 * side + wide * (step / STEPS - 0.5), 0.7)
            points[step, side] = project(hand_points(poses()[pose], side), View(size or (640, 480), wrist=wrist))
    return MotionExample(Origin("a", None, None, "u", 0), points, np.tile(FACE, (STEPS, 1, 1)), size)


def some(count: int = 5, **parts: object) -> Movements:
    return stacked([example(**parts) for _ in range(count)])  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (480, 640), None])
def test_what_is_described_together_is_what_is_described_alone(size: tuple[int, int] | None) -> None:
    examples = [example(size), example(size, (LEFT, RIGHT)), example(size, (LEFT,), "fist")]
    for name, alone in (("body", motion_features), ("signs", sign_features)):
        together = described(stacked(examples), name)
        for one, row in zip(examples, together, strict=True):
            expected = alone(one.hands, one.face_points, size)
            assert np.allclose(row, expected, atol=1e-3, equal_nan=True)
    assert described(stacked(examples), "signs").shape == (3, STEPS, SIGNS.count)


def test_more_than_a_chunk_loses_nothing_and_keeps_the_order() -> None:
    examples = [example(wide=0.3 if number % 2 else -0.3) for number in range(CHUNK + 3)]
    together = described(stacked(examples), "signs")
    assert len(together) == CHUNK + 3
    assert np.array_equal(together[0], together[CHUNK], equal_nan=True)
    assert not np.array_equal(together[0], together[CHUNK + 1], equal_nan=True)


def test_without_any_variety_a_copy_is_the_movement_itself() -> None:
    before = stacked([example(hands=(LEFT, RIGHT)), example()])
    depth = Movements(before.hands.copy(), before.face_points.copy())
    after = varied_movements(before, STILL, np.random.default_rng(0))
    flat, same = after.hands[..., :2], depth.hands[..., :2]
    assert np.allclose(flat, same, atol=1e-5, equal_nan=True)
    assert np.allclose(after.face_points, depth.face_points, atol=1e-5)


@few
@given(seeds, st.sampled_from([(LEFT, RIGHT), (RIGHT,), (LEFT,), ()]))
def test_copies_are_finite_leave_the_movement_alone_and_never_lose_every_hand(
    seed: int, hands: tuple[int, ...]
) -> None:
    before = some(8, hands=hands)
    kept = before.hands.copy(), before.face_points.copy()
    after = varied_movements(before, Variety(lose_hand=1, flicker=1), np.random.default_rng(seed))
    assert np.array_equal(before.hands, kept[0], equal_nan=True)
    assert np.array_equal(before.face_points, kept[1], equal_nan=True)
    assert after.hands.shape == kept[0].shape and after.hands.dtype == after.face_points.dtype == np.float32
    assert not np.isinf(after.hands).any() and not np.isinf(after.face_points).any()
    found = np.isfinite(after.hands).all(axis=(3, 4))
    assert found.any(axis=(1, 2)).all() == bool(hands)
    assert (found.any(axis=1).sum(axis=1) <= len(hands)).all()  # no hand comes from nowhere


def test_the_same_seed_gives_the_same_copies_and_another_gives_others() -> None:
    before = some()
    one, same, other = (copies(before, 3, "signs", Variety(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == (15, STEPS, SIGNS.count) and one.dtype == np.float16
    assert np.array_equal(one, same, equal_nan=True) and not np.array_equal(one, other, equal_nan=True)
    assert not np.array_equal(one[:5], one[5:10], equal_nan=True)


@pytest.mark.parametrize(("share", "sides"), [(0.0, {RIGHT}), (1.0, {LEFT}), (0.5, {LEFT, RIGHT})])
def test_either_hand_signs_where_it_may(share: float, sides: set[int]) -> None:
    after = varied_movements(some(40), Variety(mirror=share), np.random.default_rng(0))
    seen = np.isfinite(after.hands[..., 0, 0]).any(axis=1)
    assert {side for side in (LEFT, RIGHT) if seen[:, side].any()} == sides
    assert (seen.sum(axis=1) == 1).all()


def test_a_copy_may_wait_before_and_after_the_movement() -> None:
    before = some(40)
    waiting = varied_movements(before, replace(STILL, crop=2, wait=1), np.random.default_rng(0)).hands[
        :, :, RIGHT, 0, 0
    ]
    first, last = before.hands[0, 0, RIGHT, 0, 0], before.hands[0, -1, RIGHT, 0, 0]
    held = np.isclose(waiting, first, atol=1e-4) | np.isclose(waiting, last, atol=1e-4)
    assert held.sum(axis=1) == pytest.approx(np.full(40, STEPS / 2), abs=2)
    assert np.allclose(waiting.min(axis=1), first, atol=1e-4) and np.allclose(waiting.max(axis=1), last, atol=1e-4)


@pytest.mark.parametrize("name", ["body", "signs"])
@pytest.mark.parametrize("hands", [(LEFT, RIGHT), (RIGHT,)])
def test_features_in_a_mirror_are_those_of_the_mirrored_movement(name: str, hands: tuple[int, ...]) -> None:
    before = varied_movements(some(8, hands=hands), Variety(), np.random.default_rng(1))
    order, signs = mirroring(name)
    found, expected = described(before, name)[..., order] * signs, described(mirrored_movements(before), name)
    assert np.allclose(found, expected, atol=1e-3, equal_nan=True)
    assert sorted(order) == list(range(len(signs)))


def test_in_a_mirror_twice_is_not_in_a_mirror() -> None:
    before = some(2, hands=(LEFT, RIGHT))
    back = mirrored_movements(mirrored_movements(before))
    assert np.allclose(back.hands, before.hands, atol=1e-6)
    assert np.allclose(back.face_points, before.face_points, atol=1e-6)


def test_a_turned_camera_turns_hands_and_face_alike_and_keeps_lengths() -> None:
    before = some(20, hands=(LEFT, RIGHT))
    rolled = Variety(**{**{name: getattr(STILL, name) for name in STILL.__slots__}, "roll": 20})
    after = varied_movements(before, rolled, np.random.default_rng(0))

    def apart(movements: Movements) -> np.ndarray:
        return np.linalg.norm(movements.hands[:, :, RIGHT, 0, :2] - movements.face_points[:, :, 2], axis=-1)

    assert apart(after) == pytest.approx(apart(before), rel=1e-3)
    assert np.abs(after.face_points - before.face_points).max() > 0.01


def test_the_palm_of_a_movement_is_its_usual_length() -> None:
    movements = stacked([example(), example(hands=())])
    one = movements.hands[0, 0, RIGHT]
    expected = np.linalg.norm(one[9, :2] - one[0, :2])
    assert palms(movements.hands) == pytest.approx([expected, 0.1], rel=1e-3)


# --- features of signs ------------------------------------------------------------------------------------


def described_as(one: MotionExample, hands: np.ndarray, face: np.ndarray) -> np.ndarray:
    return sign_features(hands, face, one.image_size)


@few
@given(st.floats(0.6, 1.6), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_signs_are_the_same_nearer_and_elsewhere_in_the_picture(scale: float, x: float, y: float) -> None:
    one = example(hands=(LEFT, RIGHT))
    shift = np.array([x, y, 0], np.float32)
    factor = np.array([scale, scale, scale], np.float32)
    there = described_as(one, one.hands * factor + shift, one.face_points * factor[:2] + shift[:2])
    here = described_as(one, one.hands, one.face_points)
    assert np.allclose(there, here, atol=5e-3, equal_nan=True)


def test_signs_are_the_same_in_pictures_of_another_shape() -> None:
    wide, high = example((1280, 720)), example((1280, 720))
    squeezed = np.array([1, 720 / 1280, 1], np.float32)
    other = sign_features(high.hands * squeezed, high.face_points * squeezed[:2], (1280, 1280))
    assert np.allclose(sign_features(wide.hands, wide.face_points, (1280, 720)), other, atol=1e-3, equal_nan=True)


def test_without_a_face_paths_and_fingers_stay_known() -> None:
    one = example()
    features = sign_features(one.hands, np.full_like(one.face_points, np.nan), one.image_size)
    right = features[:, 119 + 26 : 119 + 52]
    assert np.isfinite(right[:, :16]).all() and np.isnan(right[:, 16:22]).all()
    assert np.isfinite(right[:, 22:24]).all() and np.isfinite(right[1:-1, 24:]).all()
    assert np.isnan(features[:, 119 : 119 + 26]).all()  # the left hand


def test_paths_tell_where_a_hand_goes() -> None:
    there, back = (sign_features(one.hands, one.face_points, one.image_size) for one in (example(), example(wide=-0.3)))
    place = 119 + 26 + 22
    assert (np.diff(there[:, place]) > 0).all() and (np.diff(back[:, place]) < 0).all()
    assert (there[1:-1, place + 2] > 0).all() and (back[1:-1, place + 2] < 0).all()
