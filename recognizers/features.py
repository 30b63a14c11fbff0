"""From landmarks to the numbers that the networks read. Pure numpy.

Every length and angle is measured at the picture's true aspect: x and z are scaled by the width, y by the height.
A hand is described by relations between its own points only, so where it is and how large it looks do not matter;
how it is turned does, because `like` and `dislike` differ by nothing else. A left hand is mirrored into a right one.

The relational still features (distances from the finger tips, directions of the bones, both in two dimensions) carry
over between people better than coordinates do; the landmarker's depth is a guess and enters only through the palm's
length and the joint angles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.types import FINGER_TIPS, HAND_PARENTS, HAND_POINTS, LEFT, FloatArray, Landmarks

FEATURES_VERSION = 1
"""Raised whenever a number below changes its meaning; a bundle of another version is refused."""

ASSUMED_SIZE = (640, 480)
"""The picture size assumed where an imported recording does not tell: what webcams gave for twenty years."""

_CHILDREN = np.arange(1, HAND_POINTS)
_PARENTS = np.array(HAND_PARENTS[1:])
_TIPS = np.array(FINGER_TIPS)
_PALM_ENDS = np.array([5, 9, 17])
# The 15 joints between consecutive bones of each finger, as (bone before, bone after), bones numbered by their end.
_JOINTS = np.array([(b, b + 1) for finger in range(5) for b in range(4 * finger + 1, 4 * finger + 4)])
_RIGHT_EYE, _LEFT_EYE, _RIGHT_EAR, _LEFT_EAR = 0, 1, 4, 5

BONE_COUNT = 20
ANGLE_COUNT = 15


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """One way of describing a moment.

    Attributes:
        name: the word written into bundles.
        kind: `still` for one hand, `sequence` for one step of a movement, `face` for the crop of one.
        count: how many numbers.
        weights: how large each enters a network after it was standardised, or empty for all alike.
    """

    name: str
    kind: Literal["still", "sequence", "face"]
    count: int
    weights: tuple[float, ...] = ()


_SHAPE_WEIGHT, _PLACE_WEIGHT = 1.5, 2.0
_HAND_WEIGHTS = [
    _PLACE_WEIGHT,
    *[_SHAPE_WEIGHT / (2 * BONE_COUNT) ** 0.5] * (2 * BONE_COUNT),
    *[_SHAPE_WEIGHT / ANGLE_COUNT**0.5] * ANGLE_COUNT,
    *[_PLACE_WEIGHT] * 3,
]

_TIP_PAIRS = np.triu_indices(len(FINGER_TIPS), 1)
_PLACED = np.array([9, 8, 4])
_SIGN_COUNT = len(_TIP_PAIRS[0]) + len(FINGER_TIPS) + 1 + 2 * len(_PLACED) + 4

HAND = FeatureSet("hand", "still", len(FINGER_TIPS) * HAND_POINTS + 2 * BONE_COUNT + ANGLE_COUNT + 1)
FLAT = FeatureSet("flat", "still", HAND.count, (*[1.0] * (HAND.count - ANGLE_COUNT - 1), *[1e-6] * ANGLE_COUNT, 1.0))
"""`hand` with joint angles that do not count, for what is learned from generated hands.

The landmarker guesses depth in a way of its own: the curled fingers of people bend by 40, 122 and 20 degrees in it, not
by 75, 105 and 55. A network that sees the difference takes generated hands for another kind of hand.
"""
# The 55 numbers of a hand's shape would outvote the 4 that tell where it is: with equal weights a hello beside the face
# was taken for a thanks at the chest whenever the fingers were as straight.
BODY = FeatureSet("body", "sequence", 2 * len(_HAND_WEIGHTS) + 1, (*_HAND_WEIGHTS, *_HAND_WEIGHTS, 1.0))
SIGNS = FeatureSet("signs", "sequence", BODY.count + 2 * _SIGN_COUNT + 2)
"""What `body` tells, and more of fingers, places and paths; networks of movements are trained on it by default."""
FEATURE_SETS: Mapping[str, FeatureSet] = {set_.name: set_ for set_ in (HAND, FLAT, BODY, SIGNS)}


def scaled_points(points: npt.NDArray[np.floating], image_size: tuple[int, int] | None) -> FloatArray:
    """Return points at the picture's true aspect, in units of its width.

    Args:
        points: (..., 2) or (..., 3) image fractions; NaN stays NaN.
        image_size: width and height in pixels, or None for the assumed 4:3.
    """
    width, height = image_size or ASSUMED_SIZE
    scaled: FloatArray = np.array(points, np.float32)
    scaled[..., 1] *= height / width
    return scaled


def palm_length(hand: FloatArray) -> FloatArray:
    """Return the mean 3D length from the wrist to the index, middle and little knuckle of scaled hands (..., 21, 3)."""
    lengths: FloatArray = np.linalg.norm(hand[..., _PALM_ENDS, :] - hand[..., :1, :], axis=-1).mean(axis=-1)
    return lengths


def joint_angles(hand: FloatArray) -> FloatArray:
    """Return the 15 bends between consecutive bones, float32 (..., 15) in radians; 0 is straight, pi folded back.

    Three a finger from thumb to little finger, from the knuckle outwards; the first bone of each finger starts at the
    wrist. The angles of kairess/gesture-recognition, here from 3D points at true aspect.

    Args:
        hand: float32 (..., 21, 3), scaled; NaN gives NaN.
    """
    bones = np.zeros_like(hand)
    bones[..., 1:, :] = hand[..., _CHILDREN, :] - hand[..., _PARENTS, :]
    before, after = bones[..., _JOINTS[:, 0], :], bones[..., _JOINTS[:, 1], :]
    # atan2 of the cross and the dot product keeps its precision near 0 and pi, where arccos loses it.
    (a, b, c), (d, e, f) = np.moveaxis(before, -1, 0), np.moveaxis(after, -1, 0)
    sine = np.sqrt((b * f - c * e) ** 2 + (c * d - a * f) ** 2 + (a * e - b * d) ** 2)
    cosine = (before * after).sum(axis=-1)
    angles: FloatArray = np.arctan2(sine, cosine).astype(np.float32)
    return angles


def bone_directions(hand: FloatArray) -> FloatArray:
    """Return the 2D unit directions of the 20 bones of scaled hands, float32 (..., 20, 2); a bone of no length is 0."""
    bones = hand[..., _CHILDREN, :2] - hand[..., _PARENTS, :2]
    lengths = np.linalg.norm(bones, axis=-1, keepdims=True)
    directions: FloatArray = np.divide(bones, lengths, out=np.zeros_like(bones), where=lengths != 0)
    return directions


def hand_features(hand: npt.NDArray[np.floating], image_size: tuple[int, int] | None, side: int) -> FloatArray:
    """Describe the shape and turn of one hand.

    Args:
        hand: (21, 3) image fractions, z scaled by the width.
        image_size: width and height in pixels, or None where it is not known.
        side: LEFT or RIGHT; a left hand is mirrored.

    Returns:
        float32 (161,): the 2D distances from the five tips to all points in palm lengths (105), the 2D bone
        directions (40), the joint angles in radians (15), and the cross product of the directions from the wrist to
        the index and to the little knuckle in square palm lengths (1), which tells the palm from the back. All NaN
        where the hand is missing.
    """
    points = scaled_points(hand, image_size)
    if side == LEFT:
        points[:, 0] *= -1
    flat = points[:, :2] / max(float(palm_length(points)), 1e-6)
    distances = np.linalg.norm(flat[_TIPS, None] - flat[None, :], axis=-1)
    index, little = flat[5] - flat[0], flat[17] - flat[0]
    facing = index[0] * little[1] - index[1] * little[0]
    features: FloatArray = np.concatenate(
        [distances.ravel(), bone_directions(points).ravel(), joint_angles(points), [facing]]
    ).astype(np.float32)
    if not np.isfinite(points).all():
        features[:] = np.nan
    return features


def motion_features(
    hands: npt.NDArray[np.floating], face_points: npt.NDArray[np.floating], image_size: tuple[int, int] | None
) -> FloatArray:
    """Describe both hands and their place beside the face, for every step of a movement.

    The place is measured from between the eyes in face widths: the larger of the distance between the ears and twice
    that between the eyes, since seen from the side one of them shrinks.

    Args:
        hands: (..., S, 2, 21, 3) image fractions; NaN where missing.
        face_points: (..., S, 6, 2) image fractions; NaN where missing.
        image_size: width and height in pixels, or None where it is not known.

    Returns:
        float32 (..., S, 119). For the left hand, then the right: presence 0 or 1 (1), 2D bone directions (40), joint
        angles in radians (15), wrist in face widths (2), palm length in face widths (1). Last the presence of the face.
        A missing hand or face is NaN, except for its presence.
    """
    points, found = _whole(scaled_points(hands, image_size))
    face, face_found = _whole(scaled_points(face_points, image_size))
    return _body(points, found, face, face_found)


def _body(
    points: FloatArray, found: npt.NDArray[np.bool_], face: FloatArray, face_found: npt.NDArray[np.bool_]
) -> FloatArray:
    origin, width = _head(face)
    place = (points[..., 0, :2] - origin[..., None, :]) / width[..., None, None]
    size = palm_length(points)[..., None] / width[..., None, None]
    directions = bone_directions(points).reshape(*points.shape[:-2], -1)
    each = np.concatenate([found[..., None], directions, joint_angles(points), place, size], axis=-1)
    flat = each.reshape(*each.shape[:-2], -1)
    features: FloatArray = np.concatenate([flat, face_found[..., None]], axis=-1, dtype=np.float32)
    return features


def _head(face: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the point between the eyes (..., 2) and the face's width (...) of scaled face points (..., 6, 2)."""
    origin: FloatArray = (face[..., _RIGHT_EYE, :] + face[..., _LEFT_EYE, :]) * np.float32(0.5)
    ears = np.linalg.norm(face[..., _RIGHT_EAR, :] - face[..., _LEFT_EAR, :], axis=-1)
    eyes = np.linalg.norm(face[..., _RIGHT_EYE, :] - face[..., _LEFT_EYE, :], axis=-1)
    return origin, np.asarray(np.maximum(np.maximum(ears, 2 * eyes), 1e-6), np.float32)


def sign_features(
    hands: npt.NDArray[np.floating], face_points: npt.NDArray[np.floating], image_size: tuple[int, int] | None
) -> FloatArray:
    """Describe a movement as `motion_features` does, and more of its fingers, places and paths.

    Args:
        hands, face_points, image_size: as for `motion_features`; S is the whole window.

    Returns:
        float32 (..., S, 173): those of `motion_features` (119); then for the left hand and the right: the distances
        between finger tips (10) and from the wrist to each (5), in palm lengths; the cross product that tells palm from
        back (1); middle knuckle, index tip and thumb tip in face widths from between the eyes (6); and in the window's
        median palm lengths the middle knuckle from its mean over the window (2) and its way from the step before to
        the one after (2). Last the way from the left middle knuckle to the right one, in the mean palm length (2).
    """
    points, found = _whole(scaled_points(hands, image_size))
    face, face_found = _whole(scaled_points(face_points, image_size))
    origin, width = _head(face)
    flat, palm = points[..., :2], palm_length(points)
    tips = flat[..., _TIPS, :]
    apart = np.linalg.norm(tips[..., _TIP_PAIRS[0], :] - tips[..., _TIP_PAIRS[1], :], axis=-1) / palm[..., None]
    reach = np.linalg.norm(tips - flat[..., :1, :], axis=-1) / palm[..., None]
    index, little = flat[..., 5, :] - flat[..., 0, :], flat[..., 17, :] - flat[..., 0, :]
    facing = (index[..., 0] * little[..., 1] - index[..., 1] * little[..., 0]) / palm**2
    places = (flat[..., _PLACED, :] - origin[..., None, None, :]) / width[..., None, None, None]
    centre = flat[..., 9, :]
    usual = _median_over_steps(palm)[..., None]
    path = (centre - _mean_over_steps(centre)) / usual
    way = np.full_like(centre, np.nan)
    way[..., 1:-1, :, :] = centre[..., 2:, :, :] - centre[..., :-2, :, :]
    each = np.concatenate(
        [apart, reach, facing[..., None], places.reshape(*palm.shape, -1), path, way / usual], axis=-1
    )
    between = (centre[..., 1, :] - centre[..., 0, :]) / palm.mean(axis=-1, keepdims=True)
    body = _body(points, found, face, face_found)
    parts = [body, each.reshape(*each.shape[:-2], -1), between]
    features: FloatArray = np.concatenate(parts, axis=-1, dtype=np.float32)
    return features


def _mean_over_steps(values: FloatArray) -> FloatArray:
    """Return the mean of what is there of (..., S, 2, 2) over the steps, keeping the axis; NaN where nothing is."""
    found = np.isfinite(values)
    total, count = np.where(found, values, 0).sum(axis=-3, keepdims=True), found.sum(axis=-3, keepdims=True)
    result: FloatArray = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
    return result


def _median_over_steps(values: FloatArray) -> FloatArray:
    """Return the lower median of what is there of (..., S, 2) over the steps, keeping the axis; else NaN."""
    count = np.isfinite(values).sum(axis=-2, keepdims=True)
    ordered = np.sort(values, axis=-2)  # the missing come last
    return np.asarray(np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=-2), np.float32)


def _whole(points: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return (..., P, D) points with NaN for all of a hand or face that lacks any, and which are there (...)."""
    found: npt.NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=(-2, -1)))
    whole: FloatArray = np.where(found[..., None, None], points, np.float32(np.nan))
    return whole, found


def sequence_features(landmarks: Landmarks) -> FloatArray:
    """Describe one step of a movement, float32 (119,); see `motion_features`."""
    one: FloatArray = motion_features(landmarks.hands[None], landmarks.face_points[None], landmarks.image_size)[0]
    return one


MOVEMENT_FEATURES: Mapping[str, Callable[..., FloatArray]] = {BODY.name: motion_features, SIGNS.name: sign_features}
"""By feature set, what describes a window: called with hands, face points and picture size."""


class Mirroring(NamedTuple):
    """How the features of a step follow from those of the same step in a mirror: `signs * features[..., order]`.

    Attributes:
        order: int64 (F,), where each stands in the mirror: that of the other hand.
        signs: float32 (F,), -1 where left and right tell them apart, else 1.
    """

    order: npt.NDArray[np.int64]
    signs: FloatArray


def mirroring(name: str) -> Mirroring:
    """Return how the features of the set `name`, `body` or `signs`, look when the other hand makes the movement."""
    sideways = [-1.0, 1.0]
    hand = [1.0, *sideways * BONE_COUNT, *[1.0] * ANGLE_COUNT, *sideways, 1.0]
    groups = [hand, hand, [1.0]]
    order = [1, 0, 2]
    if name == SIGNS.name:
        more = [1.0] * (len(_TIP_PAIRS[0]) + len(FINGER_TIPS)) + [-1.0] + sideways * (len(_PLACED) + 2)
        # From the left hand to the right: mirrored, it is turned round as well.
        groups += [more, more, [1.0, -1.0]]
        order += [4, 3, 5]
    starts = np.cumsum([0, *map(len, groups)])
    places = [np.arange(starts[group], starts[group + 1]) for group in order]
    return Mirroring(np.concatenate(places), np.array([sign for group in groups for sign in group], np.float32))
