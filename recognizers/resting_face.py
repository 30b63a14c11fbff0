"""Takes a resting face from a stream: good readings are kept, the others say why they are none."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from recognizers.bundle import Bundle
from recognizers.errors import CalibrationError
from recognizers.face_calibration import LEAST, NEUTRAL, FaceCalibration, calibrated, check_calibratable
from recognizers.types import FloatArray, Landmarks, Prediction

LEAST_READINGS = 10
"""A second's worth, at ten a second; fewer are no resting face but a moment."""
LEAST_EYES = 16.0
"""Pixels between the eyes: as many as the crop has. A smaller face is blurred in it, and blurred faces look sad."""
TILT = 15.0
"""Degrees by which the line through the eyes may lean."""
TURN = 0.3
"""How far the nose may be beside the middle of the eyes, in distances between them; at a turn of some 25 degrees."""
MOVE = 0.15
"""How far a face may go from one reading to the next, in distances between its eyes; ten readings a second."""
JUMP = 1.5
"""What goes farther, or changes its size by half, is another face: of several, the largest counts."""

CHANGE = 0.7
"""How far the odds between `neutral` and a label that matters may vary while one expression is held: the deviation of
their logarithm. A face that begins to smile passes 1."""

MATTERS = 0.1
"""A label matters from this mean probability on."""

NO_FACE, SMALL, TILTED, TURNED, MOVED, OTHER = (
    "no face is in view",
    "the face is too small: come nearer",
    "the head is tilted: keep your eyes level",
    "the head is turned: look into the camera",
    "the face moves: keep still",
    "several faces take turns: only yours should be in view",
)


class RestingFace:
    """Collects readings of one resting face.

    Args:
        bundle: what reads it; uncalibrated.

    Attributes:
        wrong: what is wrong with the newest reading, a clause for people; empty where it was good.

    Raises:
        UsageError: the bundle cannot be calibrated.
    """

    def __init__(self, bundle: Bundle) -> None:
        check_calibratable(bundle)
        self.bundle = bundle
        self.wrong = NO_FACE
        self._readings: list[FloatArray] = []
        self._faults: Counter[str] = Counter()
        self._before: FloatArray | None = None
        self._last_t: int | None = None

    @property
    def good(self) -> int:
        """How many good readings there are."""
        return len(self._readings)

    def add(self, landmarks: Landmarks, prediction: Prediction | None) -> None:
        """Take a frame; one whose prediction was taken before, as between two ticks, counts no second time.

        Args:
            landmarks: with the face's six points, and the picture's size.
            prediction: what the bundle read last; None where it read nothing.
        """
        if prediction is not None and prediction.t_ns == self._last_t and landmarks.face_found:
            return
        eyes = _eyes(landmarks)
        self.wrong = NO_FACE if prediction is None or eyes is None else self._fault(landmarks, eyes)
        self._before = eyes
        self._last_t = None if prediction is None else prediction.t_ns
        if self.wrong:
            self._faults[self.wrong] += 1
        elif prediction is not None:
            self._readings.append(prediction.scores)

    def calibration(self, made: str = "") -> FaceCalibration:
        """Return the calibration to what was collected.

        Args:
            made: the day, for people.

        Raises:
            CalibrationError: there are too few good readings, for the reason that most of the others had; or they are
                too far from neutral.
        """
        if self.good < LEAST_READINGS:
            reason = self._faults.most_common(1)[0][0] if self._faults else NO_FACE
            raise CalibrationError(
                f"your resting face could not be taken: {reason}",
                expected=f"at least {LEAST_READINGS} good looks at it",
                found=str(self.good),
                remedy="Sit before the camera, look into it with a relaxed face, and try again",
            )
        if self._changed():
            raise CalibrationError(
                "your expression changed while it was looked at", remedy="Keep your face relaxed and try again"
            )
        return calibrated(self.bundle, self._readings, made)

    def _changed(self) -> bool:
        """Return whether the readings are not of one expression."""
        readings = np.maximum(np.stack(self._readings), LEAST)
        odds = np.log(readings) - np.log(readings[:, [self.bundle.info.labels.index(NEUTRAL)]])
        matters = readings.mean(axis=0) >= MATTERS
        return bool((odds.std(axis=0)[matters] > CHANGE).any())

    def _fault(self, landmarks: Landmarks, eyes: FloatArray) -> str:
        """Return what is wrong with a face; `eyes` are the right and the left one in pixels, (2, 2)."""
        apart = eyes[1] - eyes[0]
        distance = float(np.hypot(*apart))
        if distance < LEAST_EYES:
            return SMALL
        if abs(math.degrees(math.atan2(apart[1], apart[0]))) > TILT:
            return TILTED
        nose = _pixels(landmarks)[2] - eyes.mean(axis=0)
        if abs(float(nose @ apart)) / distance**2 > TURN:
            return TURNED
        if self._before is None:
            return ""
        way = float(np.hypot(*(eyes - self._before).mean(axis=0))) / distance
        size = float(np.hypot(*(self._before[1] - self._before[0]))) / distance
        if way > JUMP or not 2 / 3 < size < 3 / 2:
            return OTHER
        return MOVED if way > MOVE else ""


def _pixels(landmarks: Landmarks) -> FloatArray:
    size = landmarks.image_size or (1, 1)
    return np.asarray(landmarks.face_points * np.array(size), np.float32)


def _eyes(landmarks: Landmarks) -> FloatArray | None:
    """Return the right and the left eye in pixels, (2, 2); None without a face or where the size is not known."""
    if not landmarks.face_found or landmarks.image_size is None:
        return None
    return _pixels(landmarks)[:2]
