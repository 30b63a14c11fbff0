"""What importers of MediaPipe Holistic's points share: the six face points, the whole mesh, a recording's arrays."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from recognizers.array_files import AnyArray
from recognizers.types import HAND_POINTS, FloatArray

POSE_POINTS, MESH_POINTS, WHOLE_MESH = 33, 468, 478
"""The body; the older face mesh; the newer one, which ends with ten points of the irises."""

GISLR_PARTS: Mapping[str, int] = {"face": MESH_POINTS, "left_hand": HAND_POINTS, "pose": 33, "right_hand": HAND_POINTS}
"""The order of the points of a frame in Kaggle's "Isolated Sign Language Recognition", and how many each part has."""
GISLR_POINTS = sum(GISLR_PARTS.values())
GISLR_STARTS: Mapping[str, int] = dict(zip(GISLR_PARTS, itertools.accumulate([0, *GISLR_PARTS.values()]), strict=False))
"""Where each part starts among them."""

# The order of Landmarks.face_points: right eye, left eye, nose tip, mouth, right ear, left ear.
_RIGHT_EYE, _LEFT_EYE, _NOSE, _RIGHT_EAR, _LEFT_EAR = 5, 2, 0, 8, 7
_MOUTH_CORNERS = (9, 10)
# The same on the mesh: both corners of each eye, the tip of the nose, both lips, and the cheek before each ear.
_ON_MESH = ((33, 133), (263, 362), (1,), (13, 14), (234,), (454,))


def face_points_of_pose(pose: FloatArray) -> FloatArray:
    """Return float32 (T, 6, 2) from the body's points (T, 33, 2 or more); NaN where they are missing."""
    places = pose[:, :, :2]
    with np.errstate(over="ignore"):
        mouth = places[:, _MOUTH_CORNERS].mean(axis=1)
    points = [places[:, _RIGHT_EYE], places[:, _LEFT_EYE], places[:, _NOSE], mouth]
    return np.stack([*points, places[:, _RIGHT_EAR], places[:, _LEFT_EAR]], axis=1)


def face_points_of_mesh(mesh: FloatArray) -> FloatArray:
    """Return float32 (T, 6, 2) from the mesh (T, 468 or 478, 2 or more); NaN where it is missing."""
    with np.errstate(over="ignore"):
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


def gislr_parts(points: FloatArray) -> dict[str, FloatArray]:
    """Return the parts of frames (T, 543, 3) by name."""
    return {name: points[:, GISLR_STARTS[name] : GISLR_STARTS[name] + count] for name, count in GISLR_PARTS.items()}


def gislr_arrays(points: FloatArray, t_ns: npt.NDArray[np.int64]) -> dict[str, AnyArray]:
    """Return the arrays of a clip.

    Args:
        points: float32 (T, 543, 3), image fractions, in the order of `GISLR_PARTS`; NaN where missing.
        t_ns: int64 (T,).
    """
    mesh, left, body, right = (whole_or_missing(part) for part in gislr_parts(points).values())
    hands = np.stack([left, right], axis=1)
    visibility = np.full((len(body), POSE_POINTS, 1), np.nan, np.float32)
    return {
        "t_ns": t_ns,
        "hands": hands,
        "hands_world": np.full_like(hands, np.nan),
        "face_points": face_points_of(body, mesh),
        "face": whole_mesh(mesh),
        "pose": np.concatenate([body, visibility], axis=2),
    }
