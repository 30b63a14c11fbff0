"""Draws a hand from its 21 points: tapered capsules over a palm hull, back to front, softly shaded."""

from __future__ import annotations

import functools
import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognizers.types import HAND_PARENTS, ImageArray

Array = npt.NDArray[np.float64]
Colour = tuple[float, float, float]

_RADII = np.array(
    [
        *(0.20, 0.17, 0.145, 0.125, 0.095),
        *(0.135, 0.115, 0.102, 0.082),
        *(0.135, 0.118, 0.105, 0.084),
        *(0.130, 0.112, 0.100, 0.080),
        *(0.120, 0.098, 0.088, 0.072),
    ]
)
"""Half the thickness at each landmark in palm units."""
_PALM = (0, 1, 2, 5, 9, 13, 17)
_EDGE = 0.80
"""How bright the rim of a part is against its middle."""
_SUBPIXEL = 4


@functools.cache
def _arc(count: int = 7) -> Array:
    turns = np.linspace(-math.pi / 2, math.pi / 2, count)
    return np.stack((np.cos(turns), np.sin(turns)), -1)


def fill(image: ImageArray, outline: npt.NDArray[np.floating], colour: Colour) -> None:
    """Fill a convex outline (n, 2) in pixels, in place."""
    corners = np.round(outline * 2**_SUBPIXEL).astype(np.int32)
    canvas: Any = image
    cv2.fillConvexPoly(canvas, corners, colour, cv2.LINE_8, _SUBPIXEL)


def capsule(start: Array, end: Array, first: float, last: float) -> Array:
    """Return the outline (n, 2) of a bone with round ends of radius `first` and `last`."""
    ahead = end - start
    length = float(np.hypot(ahead[0], ahead[1]))
    if length < abs(first - last) + 1e-6:
        centre, radius = (start, first) if first > last else (end, last)
        circle: Array = centre + radius * np.concatenate((_arc(), -_arc()))
        return circle
    cos, sin = ahead / length
    turn = np.array(((cos, sin), (-sin, cos)))
    tip = _arc() @ turn
    result: Array = np.concatenate((end + last * tip, start - first * tip))
    return result


def _shade(colour: Colour, share: float) -> Colour:
    red, green, blue = colour
    # Skin in shadow turns redder, not grey.
    return red * (0.35 + 0.65 * share), green * share, blue * share


def draw_hand(image: ImageArray, points: npt.NDArray[np.floating], palm: float, skin: Colour) -> None:
    """Draw a hand into an image, in place.

    Args:
        image: uint8 (H, W, 3), RGB.
        points: (21, 3) in pixels; z grows away from the camera.
        palm: the length from wrist to middle knuckle facing the camera, in pixels.
        skin: RGB, 0..255.
    """
    spots = np.asarray(points, np.float64)
    radii = _RADII * palm
    parts: list[tuple[float, int]] = [(float(spots[list(_PALM), 2].mean()), 0)]
    parts += [
        (float(spots[[HAND_PARENTS[child], child], 2].mean()), child)
        for child in range(1, 21)
        if HAND_PARENTS[child] != 0
    ]
    nearest, farthest = spots[:, 2].min(), spots[:, 2].max()
    span = max(farthest - nearest, 0.5 * palm)
    for depth, child in sorted(parts, reverse=True):
        tint = _shade(skin, 1.0 - 0.16 * (depth - nearest) / span)
        if child == 0:
            _draw_palm(image, spots, radii, tint)
        else:
            parent = HAND_PARENTS[child]
            ends = spots[parent, :2], spots[child, :2], float(radii[parent]), float(radii[child])
            fill(image, capsule(*ends), _shade(tint, _EDGE))
            fill(image, capsule(*ends[:2], ends[2] * 0.72, ends[3] * 0.72), tint)


def _draw_palm(image: ImageArray, spots: Array, radii: Array, tint: Colour) -> None:
    ring = np.concatenate((_arc(), -_arc()))
    for share, colour in ((1.0, _shade(tint, _EDGE)), (0.8, tint)):
        circles = [spots[i, :2] + ring * radii[i] * share for i in _PALM]
        cloud = np.concatenate(circles).astype(np.float32)
        fill(image, cv2.convexHull(cloud)[:, 0], colour)
