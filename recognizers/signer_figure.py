"""Draws the synthetic signer: a soft picture of an upper body, drawn once, with arms drawn in each frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognizers.hand_drawing import Colour, capsule, draw_hand, fill
from recognizers.types import ImageArray

Array = npt.NDArray[np.float64]

PALM = 86.0
"""Wrist to middle knuckle, in units of which the picture's height has 480."""
BLUR = 2.4
"""Standard deviation of the softening, in the same units."""

_SKIN: Colour = (226, 172, 138)
_SHADOW: Colour = (200, 138, 108)
_HAIR: Colour = (72, 52, 46)
_SHIRT: Colour = (72, 126, 138)
_SHIRT_DARK: Colour = (58, 106, 118)
_CHEEK: Colour = (228, 158, 130)
_LIP: Colour = (176, 92, 88)
_EYE: Colour = (58, 42, 38)
_WHITE: Colour = (246, 244, 240)
_TOP = np.array((238.0, 240.0, 241.0))
_BOTTOM = np.array((216.0, 222.0, 226.0))


class Figure:
    """One signer in one size of picture.

    Args:
        size: width and height of the picture in pixels.
        face: whether to draw head and body; without, only hands and sleeves.
    """

    def __init__(self, size: tuple[int, int], face: bool = True) -> None:
        self.size = size
        width, height = size
        self.scale = min(width / 640, height / 480)
        self._origin = np.array((width / 2, height - 480 * self.scale))
        self._sigma = BLUR * self.scale
        self._crisp = self._background(face)
        self._soft = self._soften(self._crisp)

    @property
    def palm(self) -> float:
        """Wrist to middle knuckle in pixels, facing the camera."""
        return PALM * self.scale

    def place(self, x: float, y: float) -> Array:
        """Return pixels (2,) of a place: x from the signer's middle, y from the top, picture height 480."""
        spot: Array = self._origin + np.array((x, y)) * self.scale
        return spot

    def draw(self, hands: Mapping[int, npt.NDArray[np.floating]]) -> ImageArray:
        """Return a picture.

        Args:
            hands: (21, 3) in pixels, by side.

        Returns:
            uint8 (H, W, 3), RGB, new.
        """
        image = self._soft.copy()
        for side, points in hands.items():
            self._draw_arm(image, np.asarray(points, np.float64), side)
        return image

    def _draw_arm(self, image: ImageArray, points: Array, side: int) -> None:
        width, height = self.size
        wrist, elbow = points[0, :2], self._elbow(points)
        reach = 0.35 * self.palm
        cloud = np.vstack((points[:, :2], elbow))
        margin = math.ceil(3 * self._sigma) + 1
        low = np.floor(cloud.min(axis=0) - reach).astype(int) - 2 * margin
        high = np.ceil(cloud.max(axis=0) + reach).astype(int) + 2 * margin
        left, top = max(int(low[0]), 0), max(int(low[1]), 0)
        right, bottom = min(int(high[0]), width), min(int(high[1]), height)
        if left >= right or top >= bottom:
            return
        part = self._crisp[top:bottom, left:right].copy()
        corner = np.array((left, top))
        self._sleeve(part, wrist - corner, elbow - corner, points)
        draw_hand(part, points - (left, top, 0), self.palm, _SKIN, side)
        soft = self._soften(part)
        # The rim of the part was softened without its surroundings: it stays as the background has it.
        inner = (
            slice(margin if top else 0, (bottom - top) - (margin if bottom < height else 0)),
            slice(margin if left else 0, (right - left) - (margin if right < width else 0)),
        )
        image[top:bottom, left:right][inner] = soft[inner]

    def _soften(self, image: ImageArray) -> ImageArray:
        soft: Any = cv2.GaussianBlur(image, (0, 0), self._sigma)
        return np.asarray(soft, np.uint8)

    def _elbow(self, points: Array) -> Array:
        """Return where the arm leaves the picture: half straight on from the hand, half down."""
        back = points[0, :2] - points[9, :2]
        back = back / (float(np.hypot(*back)) + 1e-6)
        ahead = 0.55 * back + (0.0, 1.0)
        ahead = ahead / (float(np.hypot(*ahead)) + 1e-6)
        distance = (self.size[1] + 0.6 * self.palm - points[0, 1]) / max(float(ahead[1]), 0.4)
        elbow: Array = points[0, :2] + ahead * max(distance, self.palm)
        return elbow

    def _sleeve(self, image: ImageArray, wrist: Array, elbow: Array, points: Array) -> None:
        palm = self.palm
        ahead = elbow - wrist
        ahead = ahead / (float(np.hypot(*ahead)) + 1e-6)
        cuff = wrist + ahead * 0.36 * palm
        fill(image, capsule(wrist, cuff, 0.2 * palm, 0.23 * palm), _SHADOW)
        fill(image, capsule(wrist, cuff, 0.15 * palm, 0.17 * palm), _SKIN)
        fill(image, capsule(cuff, elbow, 0.30 * palm, 0.44 * palm), _SHIRT_DARK)
        fill(image, capsule(cuff, elbow, 0.23 * palm, 0.36 * palm), _SHIRT)

    def _background(self, face: bool) -> ImageArray:
        width, height = self.size
        rows = np.linspace(0, 1, height)[:, None]
        shades = _TOP * (1 - rows) + _BOTTOM * rows
        image = np.ascontiguousarray(np.broadcast_to(shades[:, None], (height, width, 3)).round().astype(np.uint8))
        if face:
            self._draw_body(image)
            self._draw_head(image)
        return image

    def _ellipse(
        self, image: ImageArray, spot: tuple[float, float], radii: tuple[float, float], colour: Colour
    ) -> None:
        turns = np.linspace(0, 2 * math.pi, 48, endpoint=False)
        ring = np.stack((np.cos(turns), np.sin(turns)), -1) * radii * self.scale
        fill(image, self.place(*spot) + ring, colour)

    def _bone(
        self,
        image: ImageArray,
        ends: tuple[tuple[float, float], tuple[float, float]],
        radii: tuple[float, float],
        colour: Colour,
    ) -> None:
        first, last = (radius * self.scale for radius in radii)
        fill(image, capsule(self.place(*ends[0]), self.place(*ends[1]), first, last), colour)

    def _draw_body(self, image: ImageArray) -> None:
        for shrink, colour in ((0.0, _SHIRT_DARK), (9.0, _SHIRT)):
            corners = []
            for x, y, radius in (
                (-98, 318, 50),
                (98, 318, 50),
                (-128, 540, 30),
                (128, 540, 30),
                (0, 286, 46),
            ):
                turns = np.linspace(0, 2 * math.pi, 32, endpoint=False)
                ring = np.stack((np.cos(turns), np.sin(turns)), -1) * (radius - shrink) * self.scale
                corners.append(self.place(x, y) + ring)
            hull: Any = cv2.convexHull(np.concatenate(corners).astype(np.float32))
            fill(image, hull[:, 0], colour)

    def _draw_head(self, image: ImageArray) -> None:
        self._ellipse(image, (0, 126), (76, 90), _HAIR)
        self._bone(image, ((0, 190), (0, 256)), (30, 34), _SHADOW)
        self._ellipse(image, (0, 262), (44, 20), _SHADOW)
        for side in (-1, 1):
            self._ellipse(image, (side * 64, 150), (10, 17), _SHADOW)
        self._ellipse(image, (0, 146), (64, 80), _SHADOW)
        self._ellipse(image, (0, 145), (60, 75), _SKIN)
        self._ellipse(image, (-14, 80), (52, 27), _HAIR)
        self._ellipse(image, (34, 84), (30, 24), _HAIR)
        for side in (-1, 1):
            self._ellipse(image, (side * 38, 168), (13, 9), _CHEEK)
            self._ellipse(image, (side * 25, 138), (11.5, 6), _WHITE)
            self._ellipse(image, (side * 25, 138), (6.3, 6), _EYE)
            self._ellipse(image, (side * 25 - 2, 135.5), (2, 2), (236, 232, 228))
            self._bone(image, ((side * 15, 119), (side * 26, 115)), (2.0, 2.6), _HAIR)
            self._bone(image, ((side * 26, 115), (side * 37, 119)), (2.6, 1.8), _HAIR)
        self._bone(image, ((0, 144), (0, 163)), (4.0, 7.5), (208, 150, 118))
        self._smile(image)

    def _smile(self, image: ImageArray) -> None:
        turns = np.linspace(-1.0, 1.0, 9)
        spots = [(26 * math.sin(turn), 164 + 26 * math.cos(turn)) for turn in turns]
        widths = 2.6 + 3.6 * np.cos(turns)
        for i in range(len(spots) - 1):
            self._bone(image, (spots[i], spots[i + 1]), (widths[i], widths[i + 1]), _LIP)
        self._ellipse(image, (0, 187), (15, 3.6), _WHITE)
