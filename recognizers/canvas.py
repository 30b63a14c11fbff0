"""Putting a small picture in the middle of a larger square: detectors need room around what they shall find."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recognizers.types import ImageArray

SMALL = 320
"""Pictures whose long side is shorter than this many pixels are taken for tight crops."""


class Canvas(NamedTuple):
    """A square around a picture: its side in the picture's long sides, and what fills it: border, mean or black."""

    factor: float
    fill: str

    @property
    def name(self) -> str:
        """What clips remember of it."""
        return f"{self.factor:g}x {self.fill}"


HAND_CANVASES = (Canvas(2.5, "border"), Canvas(2.5, "black"), Canvas(3.0, "mean"), Canvas(3.5, "border"))
"""What a small picture of a hand is looked at on, in this order; measured in `recognizers.importers.canvases`."""


def margins(size: tuple[int, int], canvas: Canvas) -> tuple[int, int, int]:
    """Return a canvas's side and its left and top margin in pixels, for a picture's width and height."""
    width, height = size
    side = int(max(height, width) * canvas.factor)
    return side, (side - width) // 2, (side - height) // 2


def on_canvas(image: ImageArray, canvas: Canvas) -> ImageArray:
    """Return a picture, uint8 (H, W, 3), in the middle of a canvas."""
    import cv2

    height, width = image.shape[:2]
    side, left, top = margins((width, height), canvas)
    edges = (top, side - height - top, left, side - width - left)
    if canvas.fill == "border":
        return np.asarray(cv2.copyMakeBorder(image, *edges, cv2.BORDER_REPLICATE), np.uint8)
    colour = image.reshape(-1, 3).mean(axis=0).tolist() if canvas.fill == "mean" else [0.0, 0.0, 0.0]
    return np.asarray(cv2.copyMakeBorder(image, *edges, cv2.BORDER_CONSTANT, value=colour), np.uint8)
