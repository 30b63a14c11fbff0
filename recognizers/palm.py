"""Finds palms in a picture with the detector inside the hand model, without looking for fingers.

MediaPipe offers the palm detector only together with the hand's 21 points. To notice that a second hand came
into view, the palms alone are enough and cost half.
"""

from __future__ import annotations

import numpy as np

from recognizers.anchors import AnchorNetwork
from recognizers.types import FloatArray, ImageArray

SCORE = 0.5
"""The least probability of a palm; MediaPipe's own default."""
_POINTS = 7


class PalmDetector:
    """Finds palms; not safe to be called by two threads at once.

    Args:
        model: the content of hand_detector.tflite.

    Raises:
        ValueError: it is no such network.
        RuntimeError: LiteRT refuses it.
    """

    def __init__(self, model: bytes) -> None:
        self._network = AnchorNetwork(model, _POINTS, 0.0, 1.0)

    def detect(self, image: ImageArray) -> FloatArray:
        """Return the palms in a picture, the surest first.

        Args:
            image: uint8 (H, W, 3) RGB.

        Returns:
            float32 (n, 4): the centre's x and y and the palm's side, in pixels; the probability.
        """
        probabilities, found = self._network.look(image, SCORE)
        sides = found[:, 2:4].max(axis=1, keepdims=True)
        return _apart(np.concatenate([found[:, :2], sides, probabilities[:, None]], axis=1))


def _apart(palms: FloatArray) -> FloatArray:
    """Keep the surest of those that lie on each other."""
    kept: list[int] = []
    for index, (x, y, side, _) in enumerate(palms):
        if all(np.hypot(x - palms[k, 0], y - palms[k, 1]) > 0.5 * max(side, palms[k, 2]) for k in kept):
            kept.append(index)
    return palms[kept]
