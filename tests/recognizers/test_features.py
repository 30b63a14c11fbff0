"""Features: angles against numbers worked out by hand, and what must not matter does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.features import (
    ASSUMED_SIZE,
    BODY,
    FEATURE_SETS,
    FLAT,
    HAND,
    SIGNS,
    bone_directions,
    hand_features,
    joint_angles,
    motion_features,
    palm_length,
    scaled_points,
    sequence_features,
)
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.types import HAND_POINTS, LEFT, RIGHT, FloatArray, Landmarks

SIZE = (640, 480)
few = settings(max_examples=30, deadline=None)
NAMES = sorted(poses())
seeds = st.integers(0, 2**32 - 1)
shifts = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
ONE_HAND = 1 + 40 + 15 + 3
PLACE = slice(56, 59)
"""Within one hand's numbers: the wrist's x and y and the palm's length, all in face widths."""


def straight_hand() -> FloatArray:
    """Return a hand whose five fingers all run straight up from the wrist, in pixels."""
    hand = np.zeros((HAND_POINTS, 3), np.float32)
    for finger in range(5):
        for bone in range(4):
            hand[1 + 4 * finger + bone, 1] = -10.0 * (bone + 1)
    return hand


def real_hand(seed: int, side: int = RIGHT, size: tuple[int, int] = SIZE) -> FloatArray:
    """Return a generated hand in a generated pose, in image fractions of a picture of this size."""
    rng = np.random.default_rng(seed)
    points = hand_points(poses()[NAMES[seed % len(NAMES)]], side, rng)
    return project(points, View(size, palm=0.2, wrist=(0.5, 0.6)))


def face(size: tuple[int, int] = SIZE, centre: tuple[float, float] = (320, 100), width: float = 80) -> FloatArray:
    """Return six face points in image fractions: eyes 0.45 face widths apart, ears one."""
    x, y = centre
    pixels = [(-0.225, 0), (0.225, 0), (0, 0.2), (0, 0.45), (-0.5, 0.1), (0.5, 0.1)]
    return np.array([((x + a * width) / size[0], (y + b * width) / size[1]) for a, b in pixels], np.float32)


def scene(seed: int) -> tuple[FloatArray, FloatArray]:
    """Return both hands (3, 2, 21, 3) and the face (3, 6, 2) of three steps."""
    hands = np.stack([[real_hand(seed + i, LEFT), real_hand(seed + i + 1)] for i in range(3)])
    hands[:, LEFT, :, 0] -= 0.2
    return hands.astype(np.float32), np.stack([face()] * 3)


def close(one: FloatArray, other: FloatArray, tolerance: float = 2e-3) -> bool:
    return bool(np.allclose(one, other, atol=tolerance, equal_nan=True))


# --- joint angles -----------------------------------------------------------------------------------------


def test_straight_fingers_have_angles_of_zero() -> None:
    assert joint_angles(straight_hand()).tolist() == [0.0] * 15


def test_a_right_angle_is_half_pi_where_it_is_bent_and_nowhere_else() -> None:
    hand = straight_hand()
    hand[7] = hand[6] + (10, 0, 0)  # the index finger turns at its second joint and goes on that way
    hand[8] = hand[7] + (10, 0, 0)
    expected = np.zeros(15)
    expected[4] = np.pi / 2  # thumb 0-2; index: joints at 5, 6, 7 are numbers 3, 4, 5
    assert joint_angles(hand) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("toward", "angle"), [((0, 10, 0), np.pi), ((0, 0, 10), np.pi / 2), ((10, -10, 0), np.pi / 4)])
def test_bends_of_a_finger_tip(toward: tuple[float, ...], angle: float) -> None:
    hand = straight_hand()
    hand[20] = hand[19] + np.array(toward, np.float32)  # folded back, towards the camera, half to the side
    expected = np.zeros(15)
    expected[14] = angle
    assert joint_angles(hand) == pytest.approx(expected, abs=1e-6)


def test_angles_are_those_of_the_kairess_recorder() -> None:
    """What it does: unit bones from parent to child; arccos of the dot products of these pairs of bones."""
    parents = [0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19]
    first = [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18]
    second = [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19]
    for seed in range(30):
        hand = real_hand(seed)
        bones = hand[1:] - hand[parents]
        bones /= np.linalg.norm(bones, axis=1, keepdims=True)
        dots = (bones[first] * bones[second]).sum(axis=1).clip(-1, 1)
        assert joint_angles(hand) == pytest.approx(np.arccos(dots), abs=2e-3)


def test_tiny_bends_are_not_lost() -> None:
    hand = straight_hand()
    hand[8] += (1e-3, 0, 0)
    assert joint_angles(hand)[5] == pytest.approx(1e-4, rel=1e-2)  # arccos of float32 would say 0


def test_angles_of_a_missing_hand_are_missing() -> None:
    assert np.isnan(joint_angles(np.full((21, 3), np.nan, np.float32))).all()


def test_angles_of_many_hands_at_once() -> None:
    hands = np.stack([[real_hand(i), real_hand(i + 7)] for i in range(3)])
    angles = joint_angles(hands)
    assert angles.shape == (3, 2, 15)
    assert angles[2, 1].tolist() == joint_angles(hands[2, 1]).tolist()


def test_bones_of_no_length_have_no_direction() -> None:
    assert bone_directions(np.zeros((21, 3), np.float32)).tolist() == [[0.0, 0.0]] * 20


def test_the_palm_is_the_mean_of_three_lengths() -> None:
    hand = np.zeros((21, 3), np.float32)
    hand[5], hand[9], hand[17] = (3, 4, 0), (0, 0, 2), (0, 11, 0)
    assert palm_length(hand) == 6.0


# --- one hand ---------------------------------------------------------------------------------------------


def test_what_the_numbers_of_a_hand_are() -> None:
    """Straight, parallel fingers 30 long, on knuckles 30 above the wrist and 10 apart, in square pixels."""
    hand = np.zeros((21, 3), np.float32)
    for finger, x in enumerate((20, 10, 0, -10, -20)):
        for bone, y in enumerate((-30, -40, -50, -60)):
            hand[1 + 4 * finger + bone] = (x, y, 0)
    features = hand_features(hand / 100, (100, 100), RIGHT)
    palm = (np.hypot(10, 30) + 30 + np.hypot(20, 30)) / 3
    assert features.shape == (HAND.count,) == (161,) and features.dtype == np.float32
    tip_to_wrist = [np.hypot(x, 60) / palm for x in (20, 10, 0, -10, -20)]
    assert features[:105].reshape(5, 21)[:, 0] == pytest.approx(tip_to_wrist, rel=1e-5)
    assert features[:105].reshape(5, 21)[1, 20] == pytest.approx(30 / palm, rel=1e-5)  # index tip to little tip
    directions = features[105:145].reshape(20, 2)
    assert directions[5] == pytest.approx((0, -1)) and directions[4] == pytest.approx((10 / 1000**0.5, -30 / 1000**0.5))
    assert features[145:160] == pytest.approx(joint_angles(hand), abs=1e-5)
    assert features[160] == pytest.approx((10 * -30 - -30 * -20) / palm**2, rel=1e-5)


@few
@given(seeds, shifts)
def test_where_a_hand_is_does_not_matter(seed: int, shift: tuple[float, float]) -> None:
    hand = real_hand(seed)
    moved = hand + np.array([*shift, 0], np.float32)
    assert close(hand_features(moved, SIZE, RIGHT), hand_features(hand, SIZE, RIGHT))


@few
@given(seeds, st.floats(0.3, 3))
def test_how_large_a_hand_looks_does_not_matter(seed: int, scale: float) -> None:
    hand = real_hand(seed)
    scaled = (hand - hand[0]) * np.float32(scale) + hand[0]
    assert close(hand_features(scaled, SIZE, RIGHT), hand_features(hand, SIZE, RIGHT))


@few
@given(seeds, st.integers(1, 8))
def test_the_number_of_pixels_does_not_matter(seed: int, times: int) -> None:
    hand = real_hand(seed)
    larger = (SIZE[0] * times, SIZE[1] * times)
    assert close(hand_features(hand, larger, RIGHT), hand_features(hand, SIZE, RIGHT), 1e-5)


@few
@given(seeds, st.sampled_from([(1280, 720), (480, 640), (100, 100), (1920, 800)]))
def test_the_same_hand_in_a_picture_of_another_shape_is_the_same(seed: int, size: tuple[int, int]) -> None:
    pixels = real_hand(seed) * (640, 480, 640)
    fractions = (pixels / (size[0], size[1], size[0])).astype(np.float32)
    assert close(hand_features(fractions, size, RIGHT), hand_features(real_hand(seed), SIZE, RIGHT))


def test_forgetting_the_shape_of_the_picture_would_show() -> None:
    pixels = real_hand(3) * (640, 480, 640)
    wide = (pixels / (1280, 720, 1280)).astype(np.float32)
    right, wrong = hand_features(wide, (1280, 720), RIGHT), hand_features(wide, SIZE, RIGHT)
    assert np.abs(right - wrong).max() > 0.1


@few
@given(seeds)
def test_a_left_hand_is_a_mirrored_right_hand(seed: int) -> None:
    hand = real_hand(seed)
    mirrored = hand * np.array([-1, 1, 1], np.float32) + np.array([1, 0, 0], np.float32)
    assert close(hand_features(mirrored, SIZE, LEFT), hand_features(hand, SIZE, RIGHT))


@few
@given(seeds, st.floats(-15, 15))
def test_a_camera_that_hangs_askew_turns_the_directions_and_nothing_else(seed: int, degrees: float) -> None:
    points = hand_points(poses()[NAMES[seed % len(NAMES)]], RIGHT, np.random.default_rng(seed))
    level, askew = (
        hand_features(project(points, View(SIZE, roll=roll)), SIZE, RIGHT).astype(np.float64) for roll in (0, degrees)
    )
    directions = slice(105, 145)
    assert close(np.delete(askew, directions), np.delete(level, directions))
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turned = level[directions].reshape(-1, 2) @ np.array([[cosine, sine], [-sine, cosine]])
    assert close(askew[directions], turned.ravel())


def test_the_side_matters() -> None:
    hand = real_hand(3)
    assert not close(hand_features(hand, SIZE, LEFT), hand_features(hand, SIZE, RIGHT), 0.1)


@pytest.mark.parametrize("pose", NAMES)
def test_a_hand_turned_by_a_quarter_is_another(pose: str) -> None:
    """`like` and `dislike` differ by nothing else; the shape itself stays."""
    points = hand_points(poses()[pose])
    upright, turned = (hand_features(project(points, View(roll=roll)), SIZE, RIGHT) for roll in (0, 90))
    assert np.abs(upright - turned)[105:145].max() > 0.9
    assert close(upright[145:], turned[145:]) and close(upright[:105], turned[:105])


def test_the_palm_and_the_back_of_a_hand_are_told_apart() -> None:
    palm, back = hand_points(poses()["palm"]), hand_points(poses()["palm"]) * np.array([-1, 1, 1], np.float32)
    first, second = (hand_features(project(points, View()), SIZE, RIGHT)[160] for points in (palm, back))
    assert first == pytest.approx(-second, abs=1e-4) and abs(first) > 0.2


def test_an_unknown_size_is_taken_as_four_to_three() -> None:
    hand = real_hand(5)
    assert hand_features(hand, None, RIGHT).tolist() == hand_features(hand, ASSUMED_SIZE, RIGHT).tolist()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("places", [slice(None), 7])
def test_a_hand_with_anything_missing_is_missing(value: float, places: slice | int) -> None:
    hand = real_hand(1)
    hand[places] = value
    with np.errstate(invalid="ignore"):
        assert np.isnan(hand_features(hand, SIZE, RIGHT)).all()


@few
@given(seeds)
def test_the_input_is_left_alone(seed: int) -> None:
    hand = real_hand(seed)
    before = hand.copy()
    hand_features(hand, SIZE, LEFT)
    hands, faces = scene(seed)
    kept = hands.copy(), faces.copy()
    motion_features(hands, faces, SIZE)
    assert (hand == before).all() and (hands == kept[0]).all() and (faces == kept[1]).all()


def test_a_hand_shrunk_to_a_point_gives_finite_numbers() -> None:
    assert np.isfinite(hand_features(np.full((21, 3), 0.5, np.float32), SIZE, RIGHT)).all()


# --- a movement's steps -----------------------------------------------------------------------------------


def test_what_the_numbers_of_a_step_are() -> None:
    hands, faces = scene(11)
    features = motion_features(hands, faces, SIZE)
    assert features.shape == (3, BODY.count) == (3, 119) and features.dtype == np.float32
    for side in (LEFT, RIGHT):
        mine = features[0, ONE_HAND * side : ONE_HAND * (side + 1)]
        pixels = hands[0, side] * (640, 480, 640)
        assert mine[0] == 1
        assert mine[1:41].reshape(20, 2) == pytest.approx(bone_directions(scaled_points(hands[0, side], SIZE)))
        assert mine[41:56] == pytest.approx(joint_angles(pixels.astype(np.float32)), abs=2e-3)
        expected = [(pixels[0, 0] - 320) / 80, (pixels[0, 1] - 100) / 80, palm_length(pixels) / 80]
        assert mine[PLACE] == pytest.approx(expected, abs=1e-3)
    assert features[0, -1] == 1


@few
@given(seeds, shifts)
def test_moving_everything_does_not_matter(seed: int, shift: tuple[float, float]) -> None:
    hands, faces = scene(seed)
    moved = hands + np.array([*shift, 0], np.float32), faces + np.array(shift, np.float32)
    assert close(motion_features(*moved, SIZE), motion_features(hands, faces, SIZE))


@few
@given(seeds, st.floats(0.3, 3))
def test_coming_nearer_does_not_matter(seed: int, scale: float) -> None:
    hands, faces = scene(seed)
    nearer = hands * np.float32(scale), faces * np.float32(scale)
    assert close(motion_features(*nearer, SIZE), motion_features(hands, faces, SIZE))


@few
@given(seeds, st.sampled_from([(1280, 720), (480, 640)]))
def test_the_same_scene_in_a_picture_of_another_shape_is_the_same(seed: int, size: tuple[int, int]) -> None:
    hands, faces = scene(seed)
    ratio = np.array([640 / size[0], 480 / size[1], 640 / size[0]])
    other = (hands * ratio).astype(np.float32), (faces * ratio[:2]).astype(np.float32)
    assert close(motion_features(*other, size), motion_features(hands, faces, SIZE))


def test_moving_the_hand_alone_matters() -> None:
    hands, faces = scene(2)
    lower = hands + np.array([0, 0.1, 0], np.float32)
    difference = motion_features(lower, faces, SIZE) - motion_features(hands, faces, SIZE)
    assert difference[:, ONE_HAND + 57] == pytest.approx(48 / 80, abs=1e-3)
    assert np.abs(np.delete(difference, [57, ONE_HAND + 57], axis=1)).max() < 1e-3


def test_without_a_face_the_place_is_missing_and_the_shape_is_not() -> None:
    hands, faces = scene(4)
    faces[1] = np.nan
    features = motion_features(hands, faces, SIZE)
    for side in (LEFT, RIGHT):
        mine = features[:, ONE_HAND * side : ONE_HAND * (side + 1)]
        assert np.isnan(mine[1, PLACE]).all() and np.isfinite(mine[1, :56]).all()
        assert np.isfinite(mine[[0, 2]]).all()
    assert features[:, -1].tolist() == [1, 0, 1]


@pytest.mark.parametrize("points", [slice(None), slice(3, 5)])
def test_a_missing_hand_is_absent_and_nothing_else(points: slice) -> None:
    hands, faces = scene(4)
    hands[1, LEFT, points] = np.nan
    features = motion_features(hands, faces, SIZE)
    assert features[:, 0].tolist() == [1, 0, 1]
    assert np.isnan(features[1, 1:ONE_HAND]).all()
    assert np.isfinite(features[[0, 2]]).all() and np.isfinite(features[1, ONE_HAND:]).all()


def test_a_face_with_a_missing_point_is_missing() -> None:
    hands, faces = scene(4)
    faces[1, 2] = np.nan
    features = motion_features(hands, faces, SIZE)
    assert features[:, -1].tolist() == [1, 0, 1]
    assert np.isnan(features[1, PLACE]).all()


def test_a_face_seen_from_the_side_keeps_its_width() -> None:
    """From the side the ears fall together, from elsewhere the eyes do; the larger measure holds."""
    hands, faces = scene(4)
    aside = faces.copy()
    aside[:, [4, 5], 0] = faces[:, [2, 2], 0]
    features, turned = motion_features(hands, faces, SIZE), motion_features(hands, aside, SIZE)
    assert turned[:, PLACE] == pytest.approx(features[:, PLACE] / 0.9, rel=1e-3)


def test_one_step_is_a_movement_of_one_step() -> None:
    hands, faces = scene(8)
    landmarks = Landmarks(0, hands=hands[2], face_points=faces[2], image_size=SIZE)
    assert sequence_features(landmarks).tolist() == motion_features(hands, faces, SIZE)[2].tolist()


def test_nothing_seen_is_nothing_but_absence() -> None:
    features = sequence_features(Landmarks(0))
    present = [0, ONE_HAND, 118]
    assert features[present].tolist() == [0, 0, 0] and np.isnan(np.delete(features, present)).all()


def test_feature_sets_are_found_by_name() -> None:
    assert FEATURE_SETS == {"hand": HAND, "flat": FLAT, "body": BODY, "signs": SIGNS}
    assert [FLAT.weights[number] < 1e-3 for number in (0, 144, 145, 159, 160)] == [False, False, True, True, False]
    assert (HAND.kind, BODY.kind) == ("still", "sequence")
