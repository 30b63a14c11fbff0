"""Finds the six points of the face with the network of MediaPipe's face detector.

The same points as from MediaPipe's FaceDetector (a test holds it to that) in half the time: the picture is read where
it lies, without a copy of it and without another thread. See docs/decisions/0005-face-ten-times-a-second.md.
"""

from __future__ import annotations

import numpy as np

from recognizers.anchors import AnchorNetwork
from recognizers.types import FACE_POINTS, FloatArray, ImageArray

SCORE = 0.5
"""The least probability of a face; MediaPipe's own default."""
OVERLAP = 0.3
"""Boxes that share more than this of what both cover are one face; MediaPipe's own default."""


class FaceDetector:
    """Finds the largest face; not safe to be called by two threads at once.

    Args:
        model: the content of face_detection_short_range.tflite.

    Raises:
        ValueError: it is no such network.
        RuntimeError: LiteRT refuses it.
    """

    def __init__(self, model: bytes) -> None:
        self._network = AnchorNetwork(model, FACE_POINTS, -1.0, 1.0)

    def detect(self, image: ImageArray) -> FloatArray:
        """Return the points of the largest face.

        Args:
            image: uint8 (H, W, 3) RGB.

        Returns:
            float32 (6, 2) image fractions, in the order of `Landmarks.face_points`; NaN where there is no face.
        """
        probabilities, found = self._network.look(image, SCORE)
        if not len(found):
            return np.full((FACE_POINTS, 2), np.nan, np.float32)
        faces = _merged(probabilities, found)
        largest = faces[np.argmax(faces[:, 2] * faces[:, 3])]
        points: FloatArray = largest[4:].reshape(FACE_POINTS, 2) / np.array(
            [image.shape[1], image.shape[0]], np.float32
        )
        return points


def _merged(probabilities: FloatArray, found: FloatArray) -> FloatArray:
    """Return one row a face: the mean of the rows whose boxes overlap the surest one's, weighted by probability.

    Args:
        probabilities: (n,), falling.
        found: (n, 16): the box's centre and size, then the points.
    """
    faces = []
    while len(found):
        same = _overlaps(found[0], found) > OVERLAP
        same[0] = True
        weights = probabilities[same]
        faces.append(weights @ found[same] / weights.sum())
        probabilities, found = probabilities[~same], found[~same]
    return np.array(faces)


def _overlaps(one: FloatArray, boxes: FloatArray) -> FloatArray:
    """Return how much of what two boxes cover both do, for one box and each of (n, 4 or more)."""
    low = np.maximum(one[:2] - one[2:4] / 2, boxes[:, :2] - boxes[:, 2:4] / 2)
    high = np.minimum(one[:2] + one[2:4] / 2, boxes[:, :2] + boxes[:, 2:4] / 2)
    shared = np.maximum(high - low, 0).prod(axis=1)
    covered = one[2:4].prod() + boxes[:, 2:4].prod(axis=1) - shared
    overlaps: FloatArray = np.divide(shared, covered, out=np.zeros_like(shared), where=covered > 0)
    return overlaps
