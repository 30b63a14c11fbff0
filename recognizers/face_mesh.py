"""The face's mesh between two looks for it.

The mesh costs more than all other points of the face together, so in a stream it is looked for ten times a second. In
between it goes along with the six points, which are quicker to find: turned, scaled and shifted as they are, so that it
lies on the face and not where the face was.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recognizers.face_crop import similarity
from recognizers.types import FACE_POINTS, FloatArray

MESH_HZ = 10.0
"""How often a second the mesh is looked for in a stream."""


class Mesh(NamedTuple):
    """A mesh, float32 (478, 3) image fractions, and blendshapes, float32 (52,); NaN where no face was found."""

    points: FloatArray
    blendshapes: FloatArray


class MeshFollower:
    """Carries the newest mesh along with the six points of the face."""

    def __init__(self) -> None:
        self._mesh: Mesh | None = None
        self._anchor: FloatArray | None = None

    def found(self, mesh: Mesh, face_points: FloatArray) -> None:
        """Take a look's mesh and the six points (6, 2) that were found with it; NaN where they were not looked for."""
        self._mesh, self._anchor = mesh, face_points

    def now(self, face_points: FloatArray, size: tuple[int, int]) -> Mesh | None:
        """Return the mesh for where the six points are now; None before the first look.

        Args:
            face_points: float32 (6, 2) image fractions; NaN where there is no face.
            size: the picture's width and height, by which fractions become lengths.
        """
        if self._mesh is None or self._anchor is None or face_points is self._anchor:
            return self._mesh
        if not np.isfinite(self._anchor).all():
            return self._mesh  # nothing to go along with
        if not np.isfinite(face_points).all():
            return Mesh(np.full_like(self._mesh.points, np.nan), np.full_like(self._mesh.blendshapes, np.nan))
        return Mesh(_moved(self._mesh.points, self._anchor, face_points, size), self._mesh.blendshapes)


def _moved(mesh: FloatArray, before: FloatArray, now: FloatArray, size: tuple[int, int]) -> FloatArray:
    if np.array_equal(before, now):
        return mesh
    place = similarity(before * size, now * size)
    moved = mesh.copy()
    moved[:, :2] = ((mesh[:, :2] * size) @ place[:, :2].T + place[:, 2]) / size
    moved[:, 2] *= np.hypot(place[0, 0], place[1, 0])
    return moved


NO_POINTS: FloatArray = np.full((FACE_POINTS, 2), np.nan, np.float32)
