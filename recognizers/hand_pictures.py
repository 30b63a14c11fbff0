"""Pictures of generated hands, each with another skin, sleeve, background, distance, blur and grain.

They are for the landmarker: what it finds in them has its own errors, those of hidden thumbs among them, which no noise
that is added to landmarks can imitate.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognizers.hand_drawing import Colour, capsule, draw_hand, fill
from recognizers.types import FloatArray, ImageArray

Array = npt.NDArray[np.float64]

SIDE = 320
"""Width and height of a picture in pixels."""
_PALM = (55.0, 95.0)
"""Wrist to middle knuckle in pixels, facing the camera."""
_FILLED = 0.62
"""No hand reaches over more of the picture, so that the palm detector has room around it."""
_LIGHT, _DARK = np.array((245.0, 205.0, 175.0)), np.array((96.0, 60.0, 42.0))


def picture_of(points: npt.NDArray[np.floating], side: int, rng: np.random.Generator) -> tuple[ImageArray, FloatArray]:
    """Draw one hand with its arm.

    Args:
        points: (21, 3) in image axes and palm units, as `handmodel.hand_points` gives them.
        side: LEFT or RIGHT.
        rng: for everything else.

    Returns:
        uint8 (SIDE, SIDE, 3) RGB, and float32 (21, 3): where the hand is, in fractions of the picture.
    """
    spots, palm = _placed(np.asarray(points, np.float64), rng)
    skin = _skin(rng)
    image = _background(rng)
    _draw_arm(image, spots[:, :2], palm, skin, rng)
    draw_hand(image, spots, palm, skin, side)
    soft: Any = cv2.GaussianBlur(image, (0, 0), palm * rng.uniform(0.014, 0.035))
    if rng.random() < 0.5:
        soft = soft + rng.normal(0, rng.uniform(1, 6), soft.shape)
    return np.clip(soft, 0, 255).astype(np.uint8), (spots / SIDE).astype(np.float32)


def _placed(points: Array, rng: np.random.Generator) -> tuple[Array, float]:
    """Return a hand in pixels near the middle, seen from afar or from 4 to 12 palms away, and its palm."""
    if rng.random() < 0.6:
        distance = rng.uniform(4, 12)
        points = np.concatenate((points[:, :2] * distance / (distance + points[:, 2:]), points[:, 2:]), axis=1)
    palm = min(float(rng.uniform(*_PALM)), _FILLED * SIDE / float(np.ptp(points[:, :2], axis=0).max()))
    spots: Array = points * palm
    middle = (spots[:, :2].min(axis=0) + spots[:, :2].max(axis=0)) / 2
    spots[:, :2] += SIDE / 2 - middle + rng.normal(0, SIDE / 32, 2)
    return spots, palm


def _skin(rng: np.random.Generator) -> Colour:
    share = rng.beta(1.2, 2)
    colour = (_LIGHT * (1 - share) + _DARK * share) * rng.uniform(0.8, 1.05) + rng.normal(0, 6, 3)
    red, green, blue = np.clip(colour, 0, 255).tolist()
    return red, green, blue


def _background(rng: np.random.Generator) -> ImageArray:
    """Return a dark wall, a light one, or patches of colour."""
    kind = rng.random()
    if kind < 0.5:
        colour = rng.uniform(0, 30) if kind < 0.25 else (rng.uniform(150, 255, 3) + rng.uniform(150, 255)) / 2
        return np.full((SIDE, SIDE, 3), np.asarray(colour), np.uint8)
    count = int(rng.integers(3, 12))
    patches = rng.uniform(0, 255, (count, count, 1)) * 0.7 + rng.uniform(0, 255, (count, count, 3)) * 0.3
    image: Any = cv2.resize(patches.astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(image, np.uint8)


def _draw_arm(image: ImageArray, spots: Array, palm: float, skin: Colour, rng: np.random.Generator) -> None:
    """Draw an arm from the wrist out of the picture, half on from the hand and half down, mostly with a sleeve."""
    back = spots[0] - spots[9]
    length = float(np.hypot(*back))
    down = np.array((rng.normal(0, 0.5), 1.0))
    ahead = (back / length if length > 5 else down) + rng.uniform(0.2, 0.8) * down
    ahead = ahead / (float(np.hypot(*ahead)) + 1e-6)
    wrist, end = spots[0], spots[0] + ahead * SIDE
    red, green, blue = skin
    fill(image, capsule(wrist, end, 0.20 * palm, 0.33 * palm), (0.85 * red, 0.85 * green, 0.85 * blue))
    fill(image, capsule(wrist, end, 0.16 * palm, 0.28 * palm), skin)
    if rng.random() < 0.6:
        red, green, blue = rng.uniform(0, 255, 3).tolist()
        cuff = wrist + ahead * palm * rng.uniform(0.3, 1.2)
        fill(image, capsule(cuff, end, 0.30 * palm, 0.44 * palm), (red, green, blue))
