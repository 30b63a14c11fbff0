"""Still gestures that nobody uses, out of the parts of those that ship: what a base for stills may learn from.

Each finger bends as one of some pose does, the thumb goes where another pose's does, and the hand is turned as a third
one is, or a quarter or a half round. What is held by other hands, from other sides, stays the same gesture.
"""

from __future__ import annotations

import numpy as np

from recognizers.features import hand_features
from recognizers.handmodel import generate, poses
from recognizers.pose_file import Orientation, Pose
from recognizers.types import LEFT, RIGHT, FloatArray

SIZE = (640, 480)
AS_ITS_NEIGHBOUR, AS_ANOTHER_FINGER, OF_ITS_OWN = 0.4, 0.3, 0.25
"""How often a finger is from its neighbour's pose, bends as another finger of its pose does, or as none of them."""
CURLED = np.array((80.0, 100.0, 55.0))
OWN_RANGE = np.array((14.0, 16.0, 10.0))
TURNS = ((0, 0, 0, 180, 75, -75), (0, 0, 0, 30, -30), (0, 0, 0, 90, -90, 180, 45, -45))
TURN_RANGE = (10.0, 8.0, 10.0)


def made_up_poses(count: int, rng: np.random.Generator) -> list[Pose]:
    """Return `count` poses."""
    return [_pose(f"made-up-{number}", rng) for number in range(count)]


def made_up_hands(count: int, each: int, rng: np.random.Generator) -> tuple[FloatArray, list[str]]:
    """Return features of `each` hands of `count` made-up gestures, every second one a left one, and their names."""
    features, names = [], []
    for pose in made_up_poses(count, rng):
        for number in range(each):
            side = LEFT if number % 2 else RIGHT
            features.append(hand_features(generate(pose, rng, side, SIZE), SIZE, side))
            names.append(pose.name)
    return np.stack(features), names


def _pose(name: str, rng: np.random.Generator) -> Pose:
    known = list(poses().values())

    def any_pose() -> Pose:
        return known[int(rng.integers(len(known)))]

    bends, ranges, spreads, spread_ranges = np.zeros((4, 3)), np.zeros((4, 3)), np.zeros(4), np.zeros(4)
    like = any_pose()
    for finger in range(4):
        like = like if finger and rng.random() < AS_ITS_NEIGHBOUR else any_pose()
        bend = int(rng.integers(4)) if rng.random() < AS_ANOTHER_FINGER else finger
        bends[finger], ranges[finger] = like.bends[bend] + rng.normal(0, 6, 3), like.bend_ranges[bend]
        if rng.random() < OF_ITS_OWN:
            bends[finger], ranges[finger] = CURLED * rng.uniform(0, 1) * rng.uniform(0.6, 1.2, 3), OWN_RANGE
        spreads[finger], spread_ranges[finger] = like.spreads[finger], like.spread_ranges[finger]
    thumb, turned = any_pose(), any_pose().orientation
    if rng.random() < 0.5:
        yaw, pitch, roll = (float(rng.choice(turns)) for turns in TURNS)
        turned = Orientation((yaw, pitch, roll), TURN_RANGE)
    offset = thumb.thumb_offset + rng.normal(0, 0.1, 3)
    return Pose(name, bends, ranges, spreads, spread_ranges, thumb.thumb_weights, offset, thumb.thumb_range, (turned,))
