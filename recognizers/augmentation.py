"""Changes that a camera, a body or a landmarker makes and that a label survives, done to landmarks before features.

Everything is done at true aspect: image fractions are stretched to square units first and back afterwards.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recognizers.examples import Example, HandExample, MotionExample
from recognizers.features import ASSUMED_SIZE
from recognizers.handmodel import ALONG_FINGER
from recognizers.motion_batches import Movements, Variety, mirrored_movements, stacked, varied_movements
from recognizers.types import FloatArray

ROLL_DEGREES = 10.0
SCALE = 0.15
STRETCH = 0.12
HAND_NOISE = 0.02
DEPTH_NOISE = 0.05


def varied(example: Example, rng: np.random.Generator) -> Example:
    """Return a changed copy of an example."""
    if isinstance(example, HandExample):
        return _varied_hand(example, rng)
    return _varied_motion(example, rng)


def mirrored(example: MotionExample) -> MotionExample:
    """Return the movement as the other hand would make it, seen in a mirror: x flipped, left and right exchanged."""
    hands, face = mirrored_movements(Movements(example.hands[None], example.face_points[None]))
    return replace(example, hands=hands[0], face_points=face[0])


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


def _jitter(shape: tuple[int, ...], palm: float, rng: np.random.Generator) -> FloatArray:
    """The landmarker's noise: per point, and a shift common to each finger that grows towards its tip; palm lengths."""
    noise = rng.normal(size=shape) * [HAND_NOISE, HAND_NOISE, DEPTH_NOISE]
    fingers = rng.normal(size=(*shape[:-2], 5, 1, 3)) * [HAND_NOISE, HAND_NOISE, DEPTH_NOISE] * 1.2
    noise[..., 1:, :] += (fingers * ALONG_FINGER).reshape(*shape[:-2], 20, 3)
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
    units = _units(example.image_size)
    hands, face = varied_movements(stacked([example]), Variety(), rng)
    return replace(example, hands=hands[0] / units, face_points=face[0] / units[:2])
