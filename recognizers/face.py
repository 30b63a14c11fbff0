"""Finds the six points of the face with the network of MediaPipe's face detector.

The same points as from MediaPipe's FaceDetector (a test holds it to that) in half the time: the picture is read where
it lies, without a copy of it and without another thread. See docs/decisions/0005-face-ten-times-a-second.md, which also
tells why it is not looked for in every frame.
"""

from __future__ import annotations

import numpy as np

from recognizers.anchors import AnchorNetwork
from recognizers.canvas import SMALL, Canvas, margins, on_canvas
from recognizers.sequence import Ticker
from recognizers.types import FACE_POINTS, FloatArray, ImageArray

SCORE = 0.5
"""The least probability of a face; MediaPipe's own default."""
OVERLAP = 0.3
"""Boxes that share more than this of what both cover are one face; MediaPipe's own default."""

MOVING_HZ, STILL_HZ = 10.0, 5.0
"""How often a second the face is looked for beside hands: while it moves, and while it keeps still or is not there."""
STILL = 0.02
"""A face keeps still while its middle moves less than this from look to look, in widths of the face."""


ROOM = (Canvas(2.0, "mean"), None, Canvas(1.5, "black"))
"""What a small picture is looked at on, in this order; None is the picture as it is."""


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


def find_in_still(detector: FaceDetector, image: ImageArray) -> FloatArray:
    """Return the points of the largest face of a picture that stands alone; a tight crop gets room around it first.

    A face that fills its picture hides from the detector. Of 1,500 crops of 48 x 48 pixels (FER2013, training part) it
    finds 93.7 % as they are, 99.3 % on the first of the canvases, 99.6 % on any of them.

    Args:
        detector: finds faces.
        image: uint8 (H, W, 3) RGB.

    Returns:
        float32 (6, 2) fractions of the picture, also where it was looked at on a canvas; NaN where there is no face.
    """
    size = (image.shape[1], image.shape[0])
    if max(size) >= SMALL:
        return detector.detect(image)
    points = np.full((FACE_POINTS, 2), np.nan, np.float32)
    for canvas in ROOM:
        if canvas is None:
            points = detector.detect(image)
        else:
            side, left, top = margins(size, canvas)
            found = detector.detect(on_canvas(image, canvas))
            points = ((found * side - (left, top)) / size).astype(np.float32)
        if np.isfinite(points).all():
            break
    return points


class FaceLooks:
    """Says in which frames of a stream to look for the face, by their times and by what was found."""

    def __init__(self) -> None:
        self._moving, self._still = Ticker(MOVING_HZ), Ticker(STILL_HZ)
        self._points: FloatArray | None = None
        self._moves = True

    def due(self, t_ns: int) -> bool:
        """Return whether to look now; ask once for every frame."""
        moving, still = self._moving.due(t_ns), self._still.due(t_ns)
        return still or (moving and self._moves)

    def found(self, points: FloatArray) -> None:
        """Take what the look found: float32 (6, 2), in any unit that is the same in x and y; NaN where no face is."""
        before, self._points = self._points, points
        self._moves = before is None or _moved(before, points)


def _moved(before: FloatArray, now: FloatArray) -> bool:
    there = np.isfinite(before).all(), np.isfinite(now).all()
    if not all(there):
        return any(there)
    width = max(float(np.ptp(now[:, 0])), float(np.ptp(now[:, 1])))
    return float(np.hypot(*(now - before).mean(axis=0))) > STILL * width


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
