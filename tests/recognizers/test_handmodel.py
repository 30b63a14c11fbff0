from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers import handmodel
from recognizers.errors import FormatError
from recognizers.handmodel import MEAN_ANATOMY, Orientation, Pose, View, poses
from recognizers.pose_file import read_poses
from recognizers.types import HAND_PARENTS, LEFT, RIGHT

NEEDED = [
    "palm",
    "fist",
    "like",
    "dislike",
    "peace",
    "one",
    "ok",
    "rock",
    "call",
    "stop",
    "stop_inverted",
    "loser",
    "three",
    "four",
    "two_up",
    "relaxed",
]
ROW = """
[shapes.straight]
bend = [0, 0, 0]
range = [0, 0, 0]
[poses.flat]
fingers = {{ index = "straight", middle = "straight", ring = "straight", little = "straight" }}
thumb = {{ at = {{ {landmark} = 1.0 }}, offset = {offset} }}
{more}
"""


def flat(landmark: str = "5", offset: str = "[0, 0, 0]", more: str = "") -> Pose:
    return read_poses(ROW.format(landmark=landmark, offset=offset, more=more), "poses.toml")["flat"]


def lengths(points: np.ndarray) -> np.ndarray:
    return np.array([np.linalg.norm(points[i] - points[HAND_PARENTS[i]]) for i in range(1, 21)])


def test_the_poses_of_the_gestures_are_there() -> None:
    assert set(NEEDED) <= set(poses())
    assert all(pose.name == name for name, pose in poses().items())


def test_a_straight_finger_is_the_sum_of_its_bones() -> None:
    points = handmodel.skeleton(flat())
    assert points[8] == pytest.approx((0.30, 0.98 + 0.46 + 0.29 + 0.23, 0.0))
    assert points[20] == pytest.approx((-0.38, 0.81 + 0.36 + 0.22 + 0.21, 0.03))


def test_bends_add_up_along_the_finger_towards_the_palm() -> None:
    pose = flat()
    bends = np.zeros((4, 3))
    bends[1] = (90, 90, 0)
    points = handmodel.skeleton(replace(pose, bends=bends))
    # The middle finger's curl plane is not twisted: straight out of the palm, then straight back.
    assert points[10] == pytest.approx((0.06, 1.0, -0.04 + 0.51))
    assert points[12] == pytest.approx((0.06, 1.0 - 0.33 - 0.25, -0.04 + 0.51))


def test_a_spread_is_towards_the_thumb_and_shrinks_with_the_bend() -> None:
    pose = replace(flat(), spreads=np.array((30.0, 0, 0, 0)))
    points = handmodel.skeleton(pose)
    assert points[6] - points[5] == pytest.approx((0.46 * 0.5, 0.46 * math.cos(math.radians(30)), 0))
    bends = np.zeros((4, 3))
    bends[0] = (60, -60, 0)
    points = handmodel.skeleton(replace(pose, bends=bends))
    assert points[7][0] - points[6][0] == pytest.approx(0.29 * math.sin(math.radians(15)))


@pytest.mark.parametrize("name", NEEDED)
def test_bones_keep_their_lengths_in_every_pose(name: str) -> None:
    points = handmodel.skeleton(poses()[name])
    bones = np.concatenate((MEAN_ANATOMY.thumb_bones, MEAN_ANATOMY.bones.ravel()))
    inner = [i - 1 for i in range(1, 21) if HAND_PARENTS[i] != 0]
    assert lengths(points)[inner] == pytest.approx(bones)


def test_the_thumb_meets_the_index_finger_in_ok_and_lies_on_the_fingers_of_a_fist() -> None:
    points = handmodel.skeleton(poses()["ok"])
    assert np.linalg.norm(points[4] - points[8]) < 0.02
    fist = handmodel.skeleton(poses()["fist"])
    assert np.linalg.norm(fist[4] - ((fist[10] + fist[11]) / 2 + (0, 0.02, 0.11))) < 0.02


def test_a_thumb_target_out_of_reach_is_pointed_at() -> None:
    points = handmodel.skeleton(flat(offset="[5, 0, 0]"))
    target, base = np.array((5.30, 0.98, 0)), points[1]
    ahead = (target - base) / np.linalg.norm(target - base)
    assert points[4] == pytest.approx(base + ahead * (0.38 + 0.34 + 0.29), abs=1e-3)


@pytest.mark.parametrize("name", NEEDED)
def test_the_mean_hand_is_the_same_every_time_and_the_left_is_its_mirror_image(name: str) -> None:
    points = handmodel.hand_points(poses()[name])
    assert points.dtype == np.float32
    assert points.shape == (21, 3)
    assert np.array_equal(points, handmodel.hand_points(poses()[name]))
    assert points[0] == pytest.approx((0, 0, 0))
    assert np.linalg.norm(points[9]) == pytest.approx(1)
    assert handmodel.hand_points(poses()[name], LEFT) == pytest.approx(points * (-1, 1, 1))


def test_directions_in_the_picture() -> None:
    palm = handmodel.hand_points(poses()["palm"])
    assert palm[12, 1] < -1.5  # fingers up
    assert palm[4, 0] > 0.5  # a right thumb to the right of the unmirrored picture
    assert handmodel.hand_points(poses()["stop_inverted"])[4, 0] < 0
    like, dislike = (handmodel.hand_points(poses()[name]) for name in ("like", "dislike"))
    assert like[:, 1].argmin() == 4
    assert dislike[:, 1].argmax() == 4
    assert handmodel.hand_points(poses()["fist"])[8, 2] < 0  # the palm, with the curled tips, to the camera


def test_rotations_turn_as_they_say() -> None:
    up, out = np.array((0, -1, 0)), np.array((0, 0, -1))
    assert handmodel.rotation(0, 0, 90) @ up == pytest.approx((1, 0, 0))
    assert handmodel.rotation(0, 30, 0) @ up == pytest.approx((0, -math.cos(math.pi / 6), -0.5))
    assert handmodel.rotation(-90, 0, 0) @ out == pytest.approx((1, 0, 0))
    assert handmodel.rotation(0, 90, 90) @ up == pytest.approx((0, 0, -1))


def test_projection_against_numbers_by_hand() -> None:
    points = np.zeros((21, 3))
    points[8] = (0.5, -1, -2)
    flat_view = View((800, 400), palm=0.25, wrist=(0.5, 0.75))
    seen = handmodel.project(points, flat_view)
    assert seen[0] == pytest.approx((0.5, 0.75, 0))
    assert seen[8] == pytest.approx((0.5 + 50 / 800, 0.75 - 100 / 400, -200 / 800))
    near = handmodel.project(points, replace(flat_view, distance=4.0))
    assert near[8] == pytest.approx((0.5 + 100 / 800, 0.75 - 200 / 400, -200 / 800))
    turned = handmodel.project(points, replace(flat_view, roll=90.0))
    assert turned[8] == pytest.approx((0.5 + 100 / 800, 0.75 + 50 / 400, -200 / 800))


def test_people_differ_by_the_recipes_standard_deviations() -> None:
    rng = np.random.default_rng(5)
    hands = [handmodel.vary_anatomy(rng) for _ in range(600)]
    width = np.array([hand.knuckles[0, 0] - hand.knuckles[3, 0] for hand in hands])
    # Two knuckles err by .03 each, the whole width of .68 by 8%.
    assert width.mean() == pytest.approx(0.68, abs=0.01)
    assert width.std() == pytest.approx(math.hypot(0.68 * 0.08, 0.03 * math.sqrt(2)), rel=0.15)
    bone = np.array([hand.bones[1, 0] for hand in hands]) / 0.51
    assert bone.std() == pytest.approx(0.05 * math.sqrt(3), rel=0.15)


def test_a_pose_varies_within_its_ranges_and_among_its_orientations() -> None:
    rng = np.random.default_rng(6)
    many = [handmodel.vary_pose(poses()["fist"], rng) for _ in range(200)]
    bends = np.array([pose.bends for pose in many])
    assert (np.abs(bends - poses()["fist"].bends) <= poses()["fist"].bend_ranges + 1e-9).all()
    assert bends.std(axis=0).min() > 2
    turns = (Orientation((0.0, 0.0, 0.0), weight=3), Orientation((0.0, 0.0, 180.0)))
    both = replace(flat(), orientations=turns)
    rolls = np.array([handmodel.vary_pose(both, rng).orientation.angles[2] for _ in range(400)])
    assert np.mean(rolls > 90) == pytest.approx(0.25, abs=0.08)


def test_the_landmarkers_noise_has_the_recipes_size_and_moves_whole_fingers() -> None:
    rng = np.random.default_rng(7)
    noise = np.array([handmodel.landmarker_noise(np.zeros((21, 3)), rng) for _ in range(1500)])
    assert noise[:, 0, 0].std() == pytest.approx(0.022, rel=0.1)
    assert noise[:, 8, 1].std() == pytest.approx(0.022 * math.hypot(1, 1.2 * 1.2), rel=0.1)
    assert noise[:, 8, 2].std() == pytest.approx(0.05 * math.hypot(1, 1.2 * 1.2), rel=0.1)
    assert np.corrcoef(noise[:, 8, 0], noise[:, 7, 0])[0, 1] > 0.4
    assert abs(np.corrcoef(noise[:, 8, 0], noise[:, 12, 0])[0, 1]) < 0.1


def test_generated_samples_come_from_their_seed_and_are_in_image_fractions() -> None:
    def sample(seed: int, side: int = RIGHT) -> np.ndarray:
        return handmodel.generate(poses()["peace"], np.random.default_rng(seed), side, (1280, 720))

    assert np.array_equal(sample(1), sample(1))
    assert not np.array_equal(sample(1), sample(2))
    many = np.array([sample(seed) for seed in range(60)])
    assert many.dtype == np.float32
    assert np.isfinite(many).all()
    assert ((many[:, 0, :2] > 0.2) & (many[:, 0, :2] < 0.8)).all()
    left = np.array([sample(seed, LEFT) for seed in range(60)])
    assert (many[:, 5, 0] - many[:, 17, 0]).mean() > 0 > (left[:, 5, 0] - left[:, 17, 0]).mean()
    pixels = (many[:, 9, :2] - many[:, 0, :2]) * (1280, 720)
    assert np.linalg.norm(pixels, axis=1).mean() == pytest.approx(0.2 * 720, rel=0.25)


def test_a_blend_begins_and_ends_with_its_poses() -> None:
    first, second = poses()["fist"], poses()["palm"]
    for share, pose in ((0.0, first), (1.0, second)):
        mixed = handmodel.hand_points(handmodel.blend(first, second, share))
        assert mixed == pytest.approx(handmodel.hand_points(pose), abs=1e-6)
    middle = handmodel.blend(first, second, 0.5)
    assert middle.bends == pytest.approx((first.bends + second.bends) / 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("not toml", "not a file of poses"),
        (ROW.format(landmark="3", offset="[0, 0, 0]", more=""), "landmark 3"),
        (ROW.format(landmark="5", offset="[0, 0]", more=""), "3 numbers"),
        (ROW.format(landmark="5", offset="[0, 0, 0]", more="spread = { thumb = [1, 1] }"), "'thumb'"),
        (ROW.format(landmark="5", offset="[0, 0, 0]", more="hue = 3"), "'hue'"),
        (ROW.format(landmark="5", offset="[0, 0, 0]", more="").replace('"straight" }', '"bent" }'), "'bent'"),
    ],
)
def test_a_wrong_row_is_named(text: str, found: str) -> None:
    with pytest.raises(FormatError, match=r"poses\.toml: ") as caught:
        read_poses(text, "poses.toml")
    assert found in str(caught.value)


@given(
    st.recursive(
        st.none() | st.integers(-99, 99) | st.text("ab'\"", max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["at", "5", "offset"]), inner),
        max_leaves=6,
    )
)
def test_any_other_thumb_gives_a_pose_or_a_format_error(thumb: object) -> None:
    text = ROW.replace("thumb = {{ at = {{ {landmark} = 1.0 }}, offset = {offset} }}", "thumb = " + toml(thumb))
    try:
        pose = read_poses(text.format(more=""), "poses.toml")["flat"]
    except FormatError:
        return
    assert pose.thumb_weights.shape == (21,)


def toml(value: object) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {toml(item)}" for key, item in value.items())
        return "{{" + inner + "}}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return "true" if value is None else str(value) if isinstance(value, int) else f'"{value}"'
