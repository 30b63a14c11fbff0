"""From MediaPipe's results to arrays; nothing of MediaPipe is imported for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recognizers.handedness import Hand
from recognizers.types import FloatArray

FACE_MESH_POINTS = 478
BLENDSHAPES = 52


def hands_of(result: Any) -> list[Hand]:
    """Return the hands of a HandLandmarkerResult."""
    return [
        (_points(points), _points(world), side[0].category_name, side[0].score)
        for points, world, side in zip(
            result.hand_landmarks, result.hand_world_landmarks, result.handedness, strict=True
        )
    ]


def mesh_of(result: Any) -> tuple[FloatArray, FloatArray]:
    """Return mesh (478, 3) and blendshapes (52,) of a FaceLandmarkerResult, NaN where there is no face."""
    if not result.face_landmarks:
        return np.full((FACE_MESH_POINTS, 3), np.nan, np.float32), np.full(BLENDSHAPES, np.nan, np.float32)
    scores = [category.score for category in result.face_blendshapes[0]]
    return _points(result.face_landmarks[0]), np.array(scores, np.float32)


def _points(landmarks: Sequence[Any]) -> FloatArray:
    return np.array([(point.x, point.y, point.z) for point in landmarks], np.float32)
