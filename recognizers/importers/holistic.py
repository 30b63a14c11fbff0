"""What importers of MediaPipe Holistic's points share: the six face points, the whole mesh, a recording's arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recognizers.array_files import AnyArray
from recognizers.types import HAND_POINTS, FloatArray

POSE_POINTS, MESH_POINTS, WHOLE_MESH = 33, 468, 478
"""The body; the older face mesh; the newer one, which ends with ten points of the irises."""

# The order of Landmarks.face_points: right eye, left eye, nose tip, mouth, right ear, left ear.
_RIGHT_EYE, _LEFT_EYE, _NOSE, _RIGHT_EAR, _LEFT_EAR = 5, 2, 0, 8, 7
_MOUTH_CORNERS = (9, 10)
# The same on the mesh: both corners of each eye, the tip of the nose, both lips, and the cheek before each ear.
_ON_MESH = ((33, 133), (263, 362), (1,), (13, 14), (234,), (454,))


def face_points_of_pose(pose: FloatArray) -> FloatArray:
    """Return float32 (T, 6, 2) from the body's points (T, 33, 2 or more); NaN where they are missing."""
    places = pose[:, :, :2]
    mouth = places[:, _MOUTH_CORNERS].mean(axis=1)
    points = [places[:, _RIGHT_EYE], places[:, _LEFT_EYE], places[:, _NOSE], mouth]
    return np.stack([*points, places[:, _RIGHT_EAR], places[:, _LEFT_EAR]], axis=1)


def face_points_of_mesh(mesh: FloatArray) -> FloatArray:
    """Return float32 (T, 6, 2) from the mesh (T, 468 or 478, 2 or more); NaN where it is missing."""
    return np.stack([mesh[:, points, :2].mean(axis=1) for points in _ON_MESH], axis=1)


def face_points_of(pose: FloatArray, mesh: FloatArray) -> FloatArray:
    """Return float32 (T, 6, 2) from the body, where it is missing from the mesh."""
    of_pose = face_points_of_pose(pose)
    found = np.asarray(np.isfinite(of_pose).all(axis=(1, 2)))
    points: FloatArray = np.where(found[:, None, None], of_pose, face_points_of_mesh(mesh))
    return points


def whole_mesh(mesh: FloatArray) -> FloatArray:
    """Return float32 (T, 478, 3) from the older mesh (T, 468, 3), which lacks the points of the irises."""
    whole = np.full((len(mesh), WHOLE_MESH, 3), np.nan, np.float32)
    whole[:, : mesh.shape[1]] = mesh
    return whole


def whole_or_missing(part: FloatArray) -> FloatArray:
    """Return a part's points (T, P, D) with NaN for all of a frame that lacks any."""
    found = np.asarray(np.isfinite(part).all(axis=(1, 2)))
    whole: FloatArray = np.where(found[:, None, None], part, np.float32(np.nan))
    return whole


def holistic_arrays(
    face: FloatArray, left: FloatArray, pose: FloatArray, right: FloatArray, t_ns: npt.NDArray[np.int64]
) -> dict[str, AnyArray]:
    """Return the arrays of a clip.

    Args:
        face: float32 (T, 468, 3), image fractions; NaN where missing, as for the others.
        left, right: float32 (T, 21, 3).
        pose: float32 (T, 33, 3), without the visibility, which becomes NaN.
        t_ns: int64 (T,).
    """
    parts = [whole_or_missing(part.astype(np.float32)) for part in (face, left, pose, right)]
    mesh, left, body, right = parts
    hands = np.stack([left, right], axis=1)
    visibility = np.full((len(body), POSE_POINTS, 1), np.nan, np.float32)
    return {
        "t_ns": t_ns,
        "hands": hands,
        "hands_world": np.full((len(hands), 2, HAND_POINTS, 3), np.nan, np.float32),
        "face_points": face_points_of(body, mesh),
        "face": whole_mesh(mesh),
        "pose": np.concatenate([body, visibility], axis=2),
    }
