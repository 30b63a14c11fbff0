"""One kinematic hand: poses written as rows of data become 21 landmarks.

The hand is built in its own frame (radial, distal, palmar), in units of the palm: wrist to middle knuckle.
Its pictures use the image's axes: x to the right, y down, z away from the camera. With no yaw, pitch or
roll a right hand shows its palm to the camera, fingers up, thumb to the right of the picture (unmirrored);
a left hand is its mirror image. Measures and spreads were found by trial: a letters classifier trained on
such hands alone reads strangers' photos.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from recognizers.pose_file import Orientation, Pose, read_poses
from recognizers.types import HAND_POINTS, LEFT, RIGHT, FloatArray

__all__ = [
    "ALONG_FINGER",
    "MEAN_ANATOMY",
    "POINT_ERROR",
    "Anatomy",
    "Orientation",
    "Pose",
    "View",
    "blend",
    "generate",
    "hand_points",
    "landmarker_noise",
    "posed",
    "poses",
    "project",
    "rotation",
    "sample_view",
    "skeleton",
    "vary_anatomy",
    "vary_pose",
]

Array = npt.NDArray[np.float64]

_VIEW_SD = (18.0, 14.0, 11.0)
"""How far people turn a hand off the pose's orientation: standard deviations of yaw, pitch, roll, degrees."""
POINT_ERROR = np.array((0.022, 0.022, 0.05))
"""Standard deviations of a landmarker's errors of a point, x, y and z in palm units."""
ALONG_FINGER = np.array((0.3, 0.6, 0.9, 1.2))[:, None]
"""How much of an error that is common to a finger its points have, from the first to the tip."""
_THUMB_STEPS = 14
_THUMB_MOST = math.radians(80)


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The measures of one hand in palm units; axes radial, distal, palmar.

    Attributes:
        knuckles: (4, 3) the knuckles from index to little finger.
        bones: (4, 3) lengths of the three phalanges of each finger.
        thumb_base: (3,) landmark 1.
        thumb_bones: (3,) lengths of the thumb's bones.
        twists: (4,) degrees by which each finger's curl plane turns from palmar towards radial.
    """

    knuckles: Array
    bones: Array
    thumb_base: Array
    thumb_bones: Array
    twists: Array


MEAN_ANATOMY = Anatomy(
    knuckles=np.array([(0.30, 0.98, 0.0), (0.06, 1.0, -0.04), (-0.17, 0.93, -0.02), (-0.38, 0.81, 0.03)]),
    bones=np.array([(0.46, 0.29, 0.23), (0.51, 0.33, 0.25), (0.47, 0.31, 0.25), (0.36, 0.22, 0.21)]),
    thumb_base=np.array((0.28, 0.25, 0.12)),
    thumb_bones=np.array((0.38, 0.34, 0.29)),
    twists=np.array((-4.0, 0.0, 7.0, 14.0)),
)


@functools.cache
def poses() -> Mapping[str, Pose]:
    """Return the poses of `assets/poses.toml` by name.

    Raises:
        FormatError: the file is damaged.
    """
    text = resources.files("assets").joinpath("poses.toml").read_text(encoding="utf-8")
    return MappingProxyType(read_poses(text, "assets/poses.toml"))


def vary_anatomy(rng: np.random.Generator) -> Anatomy:
    """Return somebody's hand: the mean one with people's standard deviations."""
    mean = MEAN_ANATOMY
    stretch = np.array((rng.normal(1, 0.08), rng.normal(1, 0.03), 1.0))
    hand = rng.normal(1, 0.05)
    fingers = rng.normal(1, 0.05, (4, 1)) * rng.normal(1, 0.05, (4, 3))
    thumb = rng.normal(1, 0.06) * rng.normal(1, 0.06, 3)
    return Anatomy(
        knuckles=mean.knuckles * stretch + rng.normal(0, 0.03, (4, 3)),
        bones=mean.bones * hand * fingers,
        thumb_base=mean.thumb_base * stretch + rng.normal(0, 0.03, 3),
        thumb_bones=mean.thumb_bones * hand * thumb,
        twists=mean.twists + rng.normal(0, 4.0, 4),
    )


def vary_pose(pose: Pose, rng: np.random.Generator) -> Pose:
    """Return one person's way of holding a pose: bends, spreads, thumb, orientation within their ranges."""
    whole_hand, fingers = rng.uniform(-1, 1), rng.uniform(-1, 1, (4, 3))
    weights = np.array([orientation.weight for orientation in pose.orientations])
    chosen = pose.orientations[int(rng.choice(len(weights), p=weights / weights.sum()))]
    angles = np.array(chosen.angles) + np.array(chosen.ranges) * rng.uniform(-1, 1, 3)
    yaw, pitch, roll = angles + rng.normal(0, _VIEW_SD)
    return replace(
        pose,
        bends=pose.bends + pose.bend_ranges * (0.6 * fingers + 0.4 * whole_hand),
        spreads=pose.spreads + pose.spread_ranges * rng.uniform(-1, 1, 4),
        thumb_offset=pose.thumb_offset + pose.thumb_range * rng.uniform(-1, 1, 3),
        orientations=(Orientation((float(yaw), float(pitch), float(roll))),),
    )


def blend(start: Pose, end: Pose, share: float) -> Pose:
    """Return the pose at `share` (0..1) of the way between two, joint by joint; it bears the end's name."""

    def mix(first: Array, second: Array) -> Array:
        return first + (second - first) * share

    angles = np.array(start.orientation.angles)
    turn = (np.array(end.orientation.angles) - angles + 180) % 360 - 180  # the short way round
    yaw, pitch, roll = (angles + turn * share).tolist()
    return replace(
        end,
        bends=mix(start.bends, end.bends),
        spreads=mix(start.spreads, end.spreads),
        thumb_weights=mix(start.thumb_weights, end.thumb_weights),
        thumb_offset=mix(start.thumb_offset, end.thumb_offset),
        orientations=(Orientation((yaw, pitch, roll)),),
    )


def skeleton(pose: Pose, anatomy: Anatomy = MEAN_ANATOMY) -> Array:
    """Return the 21 landmarks in the hand's own frame: (21, 3) radial, distal, palmar, in palm units."""
    points = np.zeros((HAND_POINTS, 3))
    bends = np.radians(pose.bends)
    spreads = np.radians(pose.spreads) * np.maximum(0.3, np.cos(bends[:, 0]))
    twists = np.radians(anatomy.twists)
    along = np.cumsum(bends, axis=1)[..., None]
    straight = np.stack((np.sin(spreads), np.cos(spreads), np.zeros(4)), -1)[:, None]
    inward = np.stack((np.sin(twists), np.zeros(4), np.cos(twists)), -1)[:, None]
    inward = inward - straight * (inward * straight).sum(-1, keepdims=True)
    inward /= np.linalg.norm(inward, axis=-1, keepdims=True)
    steps = (np.cos(along) * straight + np.sin(along) * inward) * anatomy.bones[..., None]
    fingers = points[5:].reshape(4, 4, 3)
    fingers[:, 0] = anatomy.knuckles
    fingers[:, 1:] = anatomy.knuckles[:, None] + np.cumsum(steps, axis=1)
    target = pose.thumb_weights @ points + pose.thumb_offset
    points[1:5] = _thumb(anatomy.thumb_base, anatomy.thumb_bones, target)
    return points


def _thumb(base: Array, bones: Array, target: Array) -> Array:
    """Return landmarks 1 to 4: the thumb, equally bent at both joints, bowed radially, its tip at the target.

    A target beyond its reach is pointed at.
    """
    chord = target - base
    distance = float(np.linalg.norm(chord))
    ahead = chord / distance if distance > 1e-6 else np.array((0.0, 1.0, 0.0))
    bow = np.array((1.0, 0.0, 0.15))
    bow -= ahead * (bow @ ahead)
    length = float(np.linalg.norm(bow))
    bow = bow / length if length > 1e-6 else np.array((0.0, -1.0, 0.0))
    low, high = 0.0, _THUMB_MOST
    for _ in range(_THUMB_STEPS):
        bend = (low + high) / 2
        reach = abs(sum(bone * complex(math.cos(i * bend), math.sin(i * bend)) for i, bone in enumerate(bones)))
        low, high = (bend, high) if reach > distance else (low, bend)
    flat = np.cumsum([bone * complex(math.cos(i * low), math.sin(i * low)) for i, bone in enumerate(bones)])
    flat = flat * (abs(flat[-1]) / flat[-1])  # the tip onto the chord; the joints come to lie on one side of it
    joints = base + flat.real[:, None] * ahead - flat.imag[:, None] * bow
    return np.vstack((base, joints))


def rotation(yaw: float, pitch: float, roll: float) -> Array:
    """Return the (3, 3) matrix Rz(roll) Rx(pitch) Ry(yaw) in image axes, angles in degrees.

    Positive roll turns the picture clockwise, positive pitch tilts upright fingers towards the camera, and
    negative yaw turns a palm from the camera to the right of the picture.
    """
    (cy, sy), (cp, sp), (cr, sr) = ((math.cos(a), math.sin(a)) for a in map(math.radians, (yaw, pitch, roll)))
    about_y = np.array(((cy, 0, sy), (0, 1, 0), (-sy, 0, cy)))
    about_x = np.array(((1, 0, 0), (0, cp, -sp), (0, sp, cp)))
    about_z = np.array(((cr, -sr, 0), (sr, cr, 0), (0, 0, 1)))
    result: Array = about_z @ about_x @ about_y
    return result


def posed(pose: Pose, side: int = RIGHT, anatomy: Anatomy = MEAN_ANATOMY) -> Array:
    """Return (21, 3) in image axes and palm units, wrist at the origin, turned as the pose says."""
    points = skeleton(pose, anatomy)
    points /= np.linalg.norm(points[9])
    turned: Array = points * (1, -1, -1) @ rotation(*pose.orientation.angles).T
    if side == LEFT:
        turned[:, 0] *= -1
    return turned


def hand_points(pose: Pose, side: int = RIGHT, rng: np.random.Generator | None = None) -> FloatArray:
    """Return a hand in a pose.

    Args:
        pose: one of `poses()`.
        side: LEFT or RIGHT.
        rng: None for the mean hand in the mean pose; otherwise somebody's hand posed that person's way.

    Returns:
        float32 (21, 3) in image axes (x right, y down, z away from the camera) and palm units from the wrist.
    """
    if rng is None:
        return posed(pose, side).astype(np.float32)
    return posed(vary_pose(pose, rng), side, vary_anatomy(rng)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class View:
    """A camera and where the hand is in its picture.

    Attributes:
        image_size: width and height in pixels.
        palm: the length from wrist to middle knuckle, facing the camera, as a fraction of the image's height.
        wrist: x and y of the wrist in image fractions.
        distance: from the camera to the wrist in palm units; None for an orthographic picture.
        yaw: degrees by which the hand is turned on top of its own orientation; likewise pitch and roll.
    """

    image_size: tuple[int, int] = (640, 480)
    palm: float = 0.2
    wrist: tuple[float, float] = (0.5, 0.6)
    distance: float | None = None
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


def sample_view(rng: np.random.Generator, image_size: tuple[int, int] = (640, 480)) -> View:
    """Return a view as webcams have it: half orthographic, half from 4 to 12 palms away.

    The turn of the hand is not drawn here: `hand_points` with a generator has it already.
    """
    distance = float(rng.uniform(4, 12)) if rng.random() < 0.5 else None
    wrist = (float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.45, 0.75)))
    return View(image_size, float(rng.uniform(0.1, 0.3)), wrist, distance)


def project(points: npt.NDArray[np.floating], view: View) -> FloatArray:
    """Return a hand as the landmarker would give it.

    Args:
        points: (21, 3) in image axes and palm units, wrist at the origin.
        view: the camera.

    Returns:
        float32 (21, 3): x and y as fractions of the image's width and height, z from the wrist, scaled by
        the width.
    """
    turned = np.asarray(points, np.float64)
    if view.yaw or view.pitch or view.roll:
        turned = turned @ rotation(view.yaw, view.pitch, view.roll).T
    width, height = view.image_size
    if view.distance is not None:
        near = view.distance / np.maximum(view.distance + turned[:, 2:], 0.2 * view.distance)
        turned = np.concatenate((turned[:, :2] * near, turned[:, 2:]), axis=1)
    scaled = turned * (view.palm * height) / (width, height, width)
    scaled[:, :2] += view.wrist
    result: FloatArray = scaled.astype(np.float32)
    return result


def landmarker_noise(points: npt.NDArray[np.floating], rng: np.random.Generator) -> FloatArray:
    """Return a hand with the landmarker's errors: squeezed depth, errors of points, shifts of whole fingers.

    Args:
        points: (21, 3) in palm units; the camera's direction is z.
        rng: where the errors come from.
    """
    flat = np.asarray(points, np.float64) * (1, 1, rng.uniform(0.65, 1.15))
    noisy = flat + rng.normal(0, 1, (HAND_POINTS, 3)) * POINT_ERROR
    shifts = rng.normal(0, 1, (5, 1, 3)) * POINT_ERROR * 1.2
    noisy[1:] += (shifts * ALONG_FINGER).reshape(-1, 3)
    result: FloatArray = noisy.astype(np.float32)
    return result


def generate(
    pose: Pose,
    rng: np.random.Generator,
    side: int = RIGHT,
    image_size: tuple[int, int] = (640, 480),
    noise: bool = True,
) -> FloatArray:
    """Return one made-up sample of a pose, as the landmarker would have found it.

    Returns:
        float32 (21, 3): x and y in image fractions, z scaled by the image's width.
    """
    points: npt.NDArray[np.floating] = hand_points(pose, side, rng)
    view = sample_view(rng, image_size)
    if view.distance is not None:  # the landmarker errs in the picture, after perspective
        near = view.distance / (view.distance + points[:, 2:])
        points = np.concatenate((points[:, :2] * near, points[:, 2:]), axis=1)
    if noise:
        points = landmarker_noise(points, rng)
    return project(points, replace(view, distance=None))
