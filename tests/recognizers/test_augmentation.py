"""Changed copies: still the same label, finite, different, and what must not change does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.augmentation import mirrored, varied
from recognizers.examples import HandExample, MotionExample, Origin
from recognizers.features import hand_features, joint_angles, scaled_points
from recognizers.generated import generated_hands
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.types import LEFT, RIGHT

ORIGIN = Origin("a", "Ann", "s", "u", 3)
SIZES = [(640, 480), (1280, 720), None]
few = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def hand_example(size: tuple[int, int] | None = (640, 480), pose: str = "peace", side: int = RIGHT) -> HandExample:
    points = project(hand_points(poses()[pose], side), View(size or (640, 480)))
    return HandExample(ORIGIN, points, side, size)


def motion_example(
    size: tuple[int, int] | None = (640, 480), hands: tuple[int, ...] = (LEFT, RIGHT), face: bool = True
) -> MotionExample:
    points = np.full((30, 2, 21, 3), np.nan, np.float32)
    for side in hands:
        for step in range(30):
            wrist = (0.3 + 0.3 * side + step / 200, 0.7)
            points[step, side] = project(hand_points(poses()["palm"], side), View(size or (640, 480), wrist=wrist))
    face_points = np.full((30, 6, 2), np.nan, np.float32)
    if face:
        face_points[:] = [(0.47, 0.2), (0.53, 0.2), (0.5, 0.23), (0.5, 0.28), (0.44, 0.21), (0.56, 0.21)]
    return MotionExample(ORIGIN, points, face_points, size)


@few
@given(seeds, st.sampled_from(SIZES), st.sampled_from([LEFT, RIGHT]))
def test_a_changed_hand_is_finite_different_and_still_itself(
    seed: int, size: tuple[int, int] | None, side: int
) -> None:
    example = hand_example(size, side=side)
    before = example.hand.copy()
    copy = varied(example, np.random.default_rng(seed))
    assert isinstance(copy, HandExample)
    assert (copy.origin, copy.side, copy.image_size) == (ORIGIN, side, size)
    assert copy.hand.shape == (21, 3) and copy.hand.dtype == np.float32 and np.isfinite(copy.hand).all()
    assert (example.hand == before).all() and not np.allclose(copy.hand, before, atol=1e-4)


def test_most_changes_leave_the_shape_recognisable() -> None:
    rng = np.random.default_rng(0)
    names = ["palm", "fist", "peace", "rock"]
    own = np.stack([hand_example(pose=name).features() for name in names])
    right = 0
    for index, name in enumerate(names):
        for _ in range(50):
            features = varied(hand_example(pose=name), rng).features()
            right += int(np.abs(own - features).mean(axis=1).argmin() == index)
    assert right > 180  # of 200


def test_a_hand_is_turned_at_true_aspect() -> None:
    """In a wide picture the same change must not shear the hand: its angles change as little as in a square one."""
    changes = []
    for size in ((480, 480), (1280, 480)):
        rng = np.random.default_rng(5)
        example = hand_example(size)
        before = joint_angles(scaled_points(example.hand, size))
        after = [
            joint_angles(scaled_points(copy.hand, size))
            for copy in (varied(example, rng) for _ in range(100))
            if isinstance(copy, HandExample)
        ]
        changes.append(np.abs(np.stack(after) - before).mean())
    assert changes[1] == pytest.approx(changes[0], rel=0.2)


@few
@given(seeds, st.sampled_from(SIZES), st.sampled_from([(LEFT, RIGHT), (RIGHT,), (LEFT,), ()]), st.booleans())
def test_a_changed_movement_has_its_shape_and_nothing_infinite(
    seed: int, size: tuple[int, int] | None, hands: tuple[int, ...], face: bool
) -> None:
    example = motion_example(size, hands, face)
    before = example.hands.copy(), example.face_points.copy()
    copy = varied(example, np.random.default_rng(seed))
    assert isinstance(copy, MotionExample) and copy.origin == ORIGIN and copy.image_size == size
    assert copy.hands.shape == (30, 2, 21, 3) and copy.hands.dtype == np.float32
    assert copy.face_points.shape == (30, 6, 2) and copy.face_points.dtype == np.float32
    assert not np.isinf(copy.hands).any() and not np.isinf(copy.face_points).any()
    assert np.array_equal(example.hands, before[0], equal_nan=True)
    assert np.array_equal(example.face_points, before[1], equal_nan=True)
    found = np.isfinite(copy.hands).all(axis=(2, 3))
    assert (found.sum(axis=0) > 0).sum() <= len(hands)  # no hand comes from nowhere
    assert (found.any(axis=1).sum() >= 15) or len(hands) < 2
    assert copy.features().shape == (30, 119)


def test_a_mirrored_movement_is_the_other_hands() -> None:
    example = motion_example(hands=(RIGHT,))
    copy = mirrored(example)
    assert np.isnan(copy.hands[:, RIGHT]).all() and np.isfinite(copy.hands[:, LEFT]).all()
    there, back = example.features(), mirrored(copy).features()
    assert np.allclose(there, back, atol=1e-4, equal_nan=True)
    other = copy.features()
    # Directions and places are mirrored (x of opposite sign), angles, sizes and presences exchanged.
    left, right = other[:, :59].copy(), there[:, 59:118]
    left[:, 1:41:2] *= -1
    left[:, 56] *= -1
    assert np.allclose(left, right, atol=1e-3)
    assert (other[:, 118] == 1).all()


def test_the_face_is_mirrored_to_the_persons_other_side() -> None:
    face = mirrored(motion_example()).face_points[0]
    assert face[0, 0] < face[1, 0] and face[4, 0] < face[5, 0]  # right eye and ear still on the picture's left
    assert face[2] == pytest.approx((0.5, 0.23))


@pytest.mark.parametrize("example", [hand_example(), motion_example()])
def test_the_same_seed_gives_the_same_copy(example: HandExample | MotionExample) -> None:
    one, same, other = (varied(example, np.random.default_rng(seed)).features() for seed in (1, 1, 2))
    assert np.array_equal(one, same, equal_nan=True) and not np.array_equal(one, other, equal_nan=True)


# --- generated hands --------------------------------------------------------------------------------------


def test_generated_hands_bear_the_labels_that_have_a_pose() -> None:
    made = generated_hands(("fist", "none", "unheard-of", "palm"), 10, np.random.default_rng(0))
    labels = [example.origin.label for example in made]
    assert set(labels) == {"fist", "none", "palm"} and labels.count("palm") == 10
    assert all(labels.count(label) % 10 == 0 for label in labels)  # of every pose that shows it
    assert {example.side for example in made} == {LEFT, RIGHT}
    assert all(np.isfinite(example.features()).all() for example in made)


def test_generated_hands_resemble_their_poses() -> None:
    made = generated_hands(("fist", "palm"), 40, np.random.default_rng(0))
    own = {
        name: hand_features(project(hand_points(poses()[name]), View()), (640, 480), RIGHT)[:105]
        for name in ("fist", "palm")
    }
    right = [
        min(own, key=lambda name: float(np.abs(own[name] - example.features()[:105]).mean())) == example.origin.label
        for example in made
    ]
    assert sum(right) > 70  # of 80


def test_no_labels_no_hands() -> None:
    assert generated_hands((), 5, np.random.default_rng(0)) == []
    assert generated_hands(("palm",), 0, np.random.default_rng(0)) == []
