"""Changes that a camera, a body or a landmarker makes and that a label survives, done to landmarks before features.

Everything is done at true aspect: image fractions are stretched to square units first and back afterwards.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recognizers.examples import Example, HandExample, MotionExample
from recognizers.features import ASSUMED_SIZE
from recognizers.types import LEFT, RIGHT, FloatArray

ROLL_DEGREES = 10.0
SCALE = 0.15
STRETCH = 0.12
HAND_TURN_DEGREES = 15.0
PLACE_NOISE = 0.4
HAND_NOISE = 0.02
DEPTH_NOISE = 0.05
_FACE_MIRRORED = [1, 0, 2, 3, 5, 4]


def varied(example: Example, rng: np.random.Generator) -> Example:
    """Return a changed copy of an example."""
    if isinstance(example, HandExample):
        return _varied_hand(example, rng)
    return _varied_motion(example, rng)


def mirrored(example: MotionExample) -> MotionExample:
    """Return the movement as the other hand would make it, seen in a mirror: x flipped, left and right exchanged."""
    flip = np.array([-1, 1, 1], np.float32), np.array([1, 0, 0], np.float32)
    hands = example.hands[:, ::-1] * flip[0] + flip[1]
    face = example.face_points[:, _FACE_MIRRORED] * flip[0][:2] + flip[1][:2]
    return replace(example, hands=hands, face_points=face)


def _units(image_size: tuple[int, int] | None) -> FloatArray:
    width, height = image_size or ASSUMED_SIZE
    return np.array([1, height / width, 1], np.float32)


def _turn(rng: np.random.Generator) -> FloatArray:
    """A roll of the camera, a size, and the stretch that a slightly turned hand or camera shows; (3, 3)."""
    angle = np.radians(rng.normal(0, ROLL_DEGREES))
    cosine, sine = np.cos(angle), np.sin(angle)
    roll = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    stretch = np.diag([np.exp(rng.normal(0, STRETCH)), np.exp(rng.normal(0, STRETCH)), rng.uniform(0.65, 1.15)])
    result: FloatArray = (roll @ stretch * np.exp(rng.normal(0, SCALE))).astype(np.float32)
    return result


def _hand_turn(rng: np.random.Generator) -> FloatArray:
    """A small rotation in three dimensions, (3, 3), by Rodrigues' formula."""
    x, y, z = np.radians(rng.normal(0, HAND_TURN_DEGREES, 3))
    angle = max(float(np.sqrt(x * x + y * y + z * z)), 1e-9)
    axis = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) / angle
    result: FloatArray = (np.eye(3) + np.sin(angle) * axis + (1 - np.cos(angle)) * axis @ axis).astype(np.float32)
    return result


def _jitter(shape: tuple[int, ...], palm: float, rng: np.random.Generator) -> FloatArray:
    """The landmarker's noise: per point, and a shift common to each finger that grows towards its tip; palm lengths."""
    noise = rng.normal(size=shape) * [HAND_NOISE, HAND_NOISE, DEPTH_NOISE]
    fingers = rng.normal(size=(*shape[:-2], 5, 1, 3)) * [HAND_NOISE, HAND_NOISE, DEPTH_NOISE] * 1.2
    along = np.array([0.3, 0.6, 0.9, 1.2])[:, None]
    noise[..., 1:, :] += (fingers * along).reshape(*shape[:-2], 20, 3)
    result: FloatArray = (noise * palm).astype(np.float32)
    return result


def _palm(hands: npt.NDArray[np.floating]) -> float:
    lengths = np.linalg.norm(hands[..., 9, :2] - hands[..., 0, :2], axis=-1)
    return float(np.nanmedian(lengths)) if np.isfinite(lengths).any() else 0.1


def _varied_hand(example: HandExample, rng: np.random.Generator) -> HandExample:
    units = _units(example.image_size)
    points = example.hand * units
    points = (points - points[0]) @ _turn(rng).T + points[0]
    points = points + _jitter(points.shape, _palm(points), rng)
    return replace(example, hand=(points / units).astype(np.float32))


def _varied_motion(example: MotionExample, rng: np.random.Generator) -> MotionExample:
    if rng.random() < 0.5:
        example = mirrored(example)
    units = _units(example.image_size)
    hands, face = _warp_time(example.hands * units, rng), example.face_points * units[:2]
    turn = _turn(rng)
    centre = np.nanmean(face, axis=(0, 1)) if np.isfinite(face).any() else np.array([0.5, 0.375])
    middle = np.array([*centre, 0], np.float32)
    hands = np.asarray((hands - middle) @ turn.T + middle, np.float32)
    face = (face - middle[:2]) @ turn[:2, :2].T + middle[:2]
    palm = _palm(hands)
    # Each hand is held and placed a little differently throughout, nearer to or farther from the face.
    for slot in (LEFT, RIGHT):
        wrists = hands[:, slot, :1]
        hands[:, slot] = (hands[:, slot] - wrists) @ _hand_turn(rng).T + wrists
    place = rng.normal(0, PLACE_NOISE * palm, (1, 2, 1, 3)).astype(np.float32)
    hands = hands + place + _jitter(hands.shape, palm, rng)
    _drop(hands, face, rng)
    return replace(example, hands=(hands / units).astype(np.float32), face_points=(face / units[:2]).astype(np.float32))


def _warp_time(hands: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Play a part of the window at another, changing speed; the nearest step stands for each new one."""
    steps = len(hands)
    speed = np.exp(rng.normal(0, 0.25, 4)).repeat(-(-steps // 4))[:steps]
    times = np.cumsum(speed)
    times = (times - times[0]) / (times[-1] - times[0]) * (steps - 1)
    length = rng.uniform(0.75, 1)
    start = rng.uniform(0, 1 - length) * (steps - 1)
    index = np.clip(np.rint(start + times * length), 0, steps - 1).astype(int)
    result: FloatArray = hands[index]
    return result


def _drop(hands: npt.NDArray[np.floating], face: npt.NDArray[np.floating], rng: np.random.Generator) -> None:
    """Lose a hand for some steps, or the face altogether, as landmarkers do."""
    steps = len(hands)
    if rng.random() < 0.3:
        start, length = rng.integers(0, steps), rng.integers(1, steps // 3 + 1)
        hands[start : start + length, rng.choice([LEFT, RIGHT])] = np.nan
    if rng.random() < 0.05:
        face[:] = np.nan
