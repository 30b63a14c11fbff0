"""Faces that rest, for tests: a tiny bundle that knows `neutral`, and what it reads where."""

from __future__ import annotations

import numpy as np

from recognizers.bundle import Bundle
from recognizers.face_calibration import FaceCalibration
from recognizers.types import FloatArray, Landmarks, Prediction
from tests.recognizers import tiny_bundles as tiny

LABELS = ("bright", "dark", "neutral")
SIZE = (320, 240)
POINTS: FloatArray = np.array([(130, 100), (170, 100), (150, 120), (150, 145), (105, 105), (195, 105)], np.float32)
"""The six points of a face that looks into the camera, in pixels; 40 between the eyes."""


def bundle(labels: tuple[str, ...] = LABELS) -> Bundle:
    """Return a bundle that tells bright eyes, a bright mouth and neither of them."""
    return Bundle(tiny.face_info(labels=labels), tiny.face_bundle_model(), tiny.Path("tiny"))


def calibration(of: Bundle, rest: tuple[float, ...] = (0.05, 0.6, 0.35)) -> FaceCalibration:
    """Return the calibration to somebody who looks dark at rest."""
    return FaceCalibration(of.id, of.model_hash, of.info.labels, rest, 30, "2026-11-22")


def landmarks(t_ns: int = 0, points: FloatArray | None = POINTS, size: tuple[int, int] | None = SIZE) -> Landmarks:
    """Return the landmarks of a face in pixels; None for no face."""
    if points is None:
        return Landmarks(t_ns=t_ns, image_size=size)
    return Landmarks(t_ns=t_ns, face_points=(points / SIZE).astype(np.float32), image_size=size)


def reading(of: Bundle, t_ns: int = 0, scores: tuple[float, ...] = (0.05, 0.6, 0.35)) -> Prediction:
    """Return what a bundle has read."""
    best = int(np.argmax(scores))
    labels = of.info.labels
    return Prediction(
        "emotion", of.id, labels, labels[best], scores[best], np.array(scores, np.float32), t_ns, background=False
    )
