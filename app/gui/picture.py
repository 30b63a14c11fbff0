"""From a snapshot to a picture of the size that the window shows, with its points drawn on it."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtGui import QImage

from app import overlay
from recognizers.types import Snapshot

POINTS_PX = 620
"""The shorter side, in pixels, of a picture on which the points have their nominal size."""


def fitted(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """Return the largest width and height with the same aspect that fit into a room; at least 1."""
    scale = min(room[0] / size[0], room[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def picture_of(snapshot: Snapshot, room: tuple[int, int], *, mirrored: bool, points: bool) -> QImage:
    """Return a snapshot's picture, scaled before anything is drawn on it, so that lines stay fine.

    Args:
        snapshot: without a frame the points stand on black.
        room: width and height that the picture must fit into, in pixels of the screen.
        mirrored: flip left and right.
        points: whether to draw landmarks.
    """
    frame, landmarks = snapshot.frame, snapshot.landmarks
    size = fitted(frame.size if frame is not None else landmarks.image_size or overlay.CANVAS, room)
    if frame is None:
        canvas = np.zeros((size[1], size[0], 3), np.uint8)
    else:
        smaller = size[0] < frame.size[0]
        canvas = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        canvas = cv2.flip(canvas, 1) if mirrored else canvas
    if points:
        overlay.draw_points(canvas, landmarks, mirrored, min(size) / POINTS_PX)
    # Qt draws 32 bits a pixel without converting them once more; the bytes lie as B, G, R, unused.
    pixels = cv2.cvtColor(canvas, cv2.COLOR_RGB2BGRA)
    image = QImage(pixels.data, size[0], size[1], 4 * size[0], QImage.Format.Format_RGB32)
    image._pixels = pixels  # type: ignore[attr-defined]  # the image does not own them
    return image
