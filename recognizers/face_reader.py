"""From frames with a face to probabilities that do not flicker: crop, network, and a mean over the last moments."""

from __future__ import annotations

import math

import numpy as np

from recognizers.bundle import Bundle
from recognizers.face_calibration import FaceCalibration
from recognizers.face_crop import face_crop
from recognizers.types import FloatArray, Frame, Landmarks

SMOOTHING_S = 0.4
"""A reading's weight in the mean falls to 1/e in so many seconds. A blink or a spoken word lasts 0.1 to 0.4, an
expression that is meant half a second and more."""


class FaceReader:
    """Reads faces with one bundle.

    Args:
        bundle: its input is `face`.

    Attributes:
        calibration: to somebody's resting face, of this bundle; None to give the answers as they are.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.calibration: FaceCalibration | None = None
        self._bundle = bundle
        self._mean: FloatArray | None = None
        self._t_ns = 0

    def reset(self) -> None:
        """Forget the readings so far."""
        self._mean = None

    def read(self, frame: Frame | None, landmarks: Landmarks) -> FloatArray | None:
        """Return the probabilities of one picture alone, float32 (C,); None without picture or face."""
        scores = self._read(frame, landmarks)
        return None if scores is None else self._calibrated(scores)

    def read_on(self, frame: Frame | None, landmarks: Landmarks) -> FloatArray | None:
        """Return the mean of this reading and those before, the newest weighing most; None where nothing is read."""
        scores = self._read(frame, landmarks)
        if scores is None:
            return None
        if self._mean is None:
            self._mean = scores
        else:
            share = -math.expm1(-max(landmarks.t_ns - self._t_ns, 0) / (SMOOTHING_S * 1e9))
            self._mean = np.asarray(self._mean + np.float32(share) * (scores - self._mean), np.float32)
        self._t_ns = landmarks.t_ns
        return self._calibrated(self._mean)

    def _read(self, frame: Frame | None, landmarks: Landmarks) -> FloatArray | None:
        crop = None if frame is None else face_crop(frame.image, landmarks.face_points)
        return None if crop is None else self._bundle.predict(crop[None])[0]

    def _calibrated(self, scores: FloatArray) -> FloatArray:
        # The mean is of answers as they are: so another calibration counts at once, for what was seen before, too.
        return scores if self.calibration is None else self.calibration.apply(scores)
