"""Draws a hand from its 21 points: tapered capsules over a palm hull, back to front, softly shaded."""

from __future__ import annotations

import functools
import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognizers.types import FINGER_TIPS, HAND_PARENTS, RIGHT, ImageArray

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
_EDGE, _BACK_EDGE = 0.80, 0.90
"""How bright the rim of a part is against its middle, from the palm's side and from the back."""
_SUBPIXEL = 4
_FAINT = 0.92
_NAIL: Colour = (206, 134, 118)
_THENAR = 2
"""The bone to this landmark lies within the palm: its rim is drawn faintly."""
_PROXIMAL = (6, 10, 14, 18)
"""The bones to these landmarks go on from the back of the hand without an edge in a straight finger."""


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


def draw_hand(
    image: ImageArray, points: npt.NDArray[np.floating], palm: float, skin: Colour, side: int = RIGHT
) -> None:
    """Draw a hand into an image, in place.

    Args:
        image: uint8 (H, W, 3), RGB.
        points: (21, 3) in pixels; z grows away from the camera.
        palm: the length from wrist to middle knuckle facing the camera, in pixels.
        skin: RGB, 0..255.
        side: LEFT or RIGHT; decides where the nails are.
    """
    spots = np.asarray(points, np.float64)
    radii = _RADII * palm
    radial, dorsal = _axes(spots, side)
    edge = _BACK_EDGE if dorsal[2] < -0.3 else _EDGE
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
            _draw_palm(image, spots, radii, (tint, _shade(tint, edge)))
            if dorsal[2] > 0.3:
                _draw_creases(image, spots[:, :2], float(radii[0]), _shade(tint, 0.88))
            continue
        parent = HAND_PARENTS[child]
        ends = spots[parent, :2], spots[child, :2], float(radii[parent]), float(radii[child])
        on_back = child in _PROXIMAL and dorsal[2] < -0.3 and _straight(spots, parent)
        fill(
            image,
            capsule(*ends),
            _shade(tint, 0.98 if on_back else max(edge, _FAINT) if child == _THENAR else edge),
        )
        fill(image, capsule(*ends[:2], ends[2] * 0.72, ends[3] * 0.72), tint)
        if child in FINGER_TIPS:
            up = 0.6 * radial + 0.8 * dorsal if child == FINGER_TIPS[0] else dorsal
            _draw_nail(image, (spots[parent], spots[child]), up, float(radii[child]), _shade(tint, 0.75))


def _straight(spots: Array, knuckle: int) -> bool:
    """Whether a finger goes on as the palm does."""
    palm, finger = spots[knuckle] - spots[0], spots[knuckle + 1] - spots[knuckle]
    return float(palm @ finger) > 0.8 * float(np.linalg.norm(palm) * np.linalg.norm(finger))


def _axes(spots: Array, side: int) -> tuple[Array, Array]:
    """Return the unit directions radial and dorsal of a hand."""
    radial = spots[5] - spots[17]
    dorsal = np.cross(spots[9] - spots[0], radial)
    dorsal *= (1.0 if side == RIGHT else -1.0) / (float(np.linalg.norm(dorsal)) + 1e-9)
    return radial / (float(np.linalg.norm(radial)) + 1e-9), dorsal


def _draw_nail(image: ImageArray, bone: tuple[Array, Array], up: Array, radius: float, rim: Colour) -> None:
    """Draw a nail where the back of the fingertip turns to the camera."""
    tip = bone[1]
    ahead = tip - bone[0]
    ahead = ahead / (float(np.linalg.norm(ahead)) + 1e-9)
    up = up - ahead * float(up @ ahead)
    up = up / (float(np.linalg.norm(up)) + 1e-9)
    if up[2] > -0.25:
        return
    across = np.cross(ahead, up)
    middle = tip - 0.1 * radius * ahead + 0.6 * radius * up
    turns = np.linspace(0, 2 * math.pi, 14, endpoint=False)[:, None]
    ring = middle + radius * (0.74 * np.cos(turns) * across + 1.02 * np.sin(turns) * ahead)
    fill(image, ring[:, :2], rim)
    rise = 0.12 * radius * ahead
    ring = middle + rise + radius * (0.6 * np.cos(turns) * across + 0.86 * np.sin(turns) * ahead)
    fill(image, ring[:, :2], _NAIL)


def _draw_palm(image: ImageArray, spots: Array, radii: Array, colours: tuple[Colour, Colour]) -> None:
    ring = np.concatenate((_arc(), -_arc()))
    for share, colour in ((1.0, colours[1]), (0.8, colours[0])):
        circles = [spots[i, :2] + ring * radii[i] * share for i in _PALM]
        cloud = np.concatenate(circles).astype(np.float32)
        hull: Any = cv2.convexHull(cloud)
        fill(image, hull[:, 0], colour)


def _draw_creases(image: ImageArray, spots: Array, radius: float, colour: Colour) -> None:
    """Draw the lines of a palm that faces the camera."""
    across = spots[5] - spots[17]
    down = spots[0] - spots[9]
    heart = (
        spots[17] + 0.22 * down - 0.05 * across,
        spots[13] + 0.24 * down,
        spots[9] + 0.12 * down + 0.3 * across,
    )
    head = (
        spots[5] + 0.22 * down + 0.02 * across,
        spots[9] + 0.36 * down,
        spots[13] + 0.52 * down - 0.2 * across,
    )
    life = (
        spots[5] + 0.24 * down,
        spots[9] + 0.5 * down + 0.1 * across,
        spots[0] - 0.12 * down + 0.12 * across,
    )
    for first, second, third in (heart, head, life):
        fill(image, capsule(first, second, 0.05 * radius, 0.09 * radius), colour)
        fill(image, capsule(second, third, 0.09 * radius, 0.05 * radius), colour)
