"""The mesh between two looks: it goes along with the six points."""

from __future__ import annotations

import numpy as np

from recognizers.face_mesh import Mesh, MeshFollower
from recognizers.types import FloatArray

SIZE = (640, 480)
RNG = np.random.default_rng(0)
MESH = Mesh(RNG.uniform(0.3, 0.6, (478, 3)).astype(np.float32), RNG.random(52).astype(np.float32))
SIX: FloatArray = RNG.uniform(0.3, 0.6, (6, 2)).astype(np.float32)
NOTHING: FloatArray = np.full((6, 2), np.nan, np.float32)


def test_before_the_first_look_there_is_none() -> None:
    assert MeshFollower().now(SIX, SIZE) is None


def test_it_turns_grows_and_moves_with_the_points_at_the_true_aspect() -> None:
    follower = MeshFollower()
    follower.found(MESH, SIX)
    turn = 1.3 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])

    def moved(points: np.ndarray) -> np.ndarray:
        return ((points * SIZE) @ turn.T + (31, -12)) / SIZE

    found = follower.now(moved(SIX).astype(np.float32), SIZE)
    assert found is not None
    np.testing.assert_allclose(found.points[:, :2], moved(MESH.points[:, :2]), atol=1e-5)
    np.testing.assert_allclose(found.points[:, 2], 1.3 * MESH.points[:, 2], rtol=1e-4)
    np.testing.assert_array_equal(found.blendshapes, MESH.blendshapes)


def test_it_stays_where_the_points_stay() -> None:
    follower = MeshFollower()
    follower.found(MESH, SIX)
    found = follower.now(SIX.copy(), SIZE)
    assert found is not None and found.points is MESH.points


def test_a_lost_face_has_no_mesh_and_one_found_again_has_its_own() -> None:
    follower = MeshFollower()
    follower.found(MESH, SIX)
    lost = follower.now(NOTHING, SIZE)
    assert lost is not None and np.isnan(lost.points).all() and np.isnan(lost.blendshapes).all()
    back = follower.now(SIX, SIZE)
    assert back is not None and np.isfinite(back.points).all()


def test_without_six_points_it_stays_as_it_was_seen() -> None:
    follower = MeshFollower()
    follower.found(MESH, NOTHING)
    assert follower.now(NOTHING.copy(), SIZE) is MESH
