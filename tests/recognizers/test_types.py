"""The values: what they refuse, and what missing means."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from recognizers import types
from recognizers.types import LEFT, RIGHT, Frame, LabelEvent, Landmarks, Snapshot, SourceState, SourceStatus

VALUES = [
    each
    for each in vars(types).values()
    if isinstance(each, type) and dataclasses.is_dataclass(each) and each.__module__ == types.__name__
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_values_are_frozen_slotted_and_say_what_they_hold(value: type) -> None:
    parameters = value.__dataclass_params__
    assert parameters.frozen and "__slots__" in vars(value)
    assert value.__doc__ and not value.__doc__.startswith(f"{value.__name__}(")
    told = value.__doc__.partition("Attributes:")[2]
    if told:
        assert not [field.name for field in dataclasses.fields(value) if f"{field.name}:" not in told]


def test_nothing_found_is_missing_everywhere() -> None:
    nothing = Landmarks(0)
    for array in (nothing.hands, nothing.hands_world, nothing.face_points):
        assert array.dtype == np.float32 and np.isnan(array).all()
    assert nothing.hands_found.tolist() == [False, False] and not nothing.face_found
    assert nothing.image_size is None and nothing.face is None and nothing.pose is None


def test_two_landmarks_share_no_arrays() -> None:
    assert Landmarks(0).hands is not Landmarks(0).hands


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_a_hand_is_found_where_all_of_it_is_there(side: int) -> None:
    hands = np.full((2, 21, 3), np.nan, np.float32)
    hands[side] = 0.5
    found = Landmarks(0, hands=hands).hands_found
    assert found[side] and not found[1 - side]
    hands[side, 20, 2] = np.nan
    assert not Landmarks(0, hands=hands).hands_found.any()


def test_a_face_is_found_where_all_six_points_are_there() -> None:
    points = np.zeros((6, 2), np.float32)
    assert Landmarks(0, face_points=points).face_found
    points[5, 1] = np.inf
    assert not Landmarks(0, face_points=points).face_found


@pytest.mark.parametrize(
    ("name", "shape"),
    [("hands", (21, 3)), ("hands", (2, 21, 2)), ("hands_world", (1, 21, 3)), ("face_points", (6, 3))],
)
def test_arrays_of_another_shape_are_a_defect_at_once(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=rf"Landmarks\.{name}: expected shape"):
        Landmarks(0, **{name: np.zeros(shape, np.float32)})


def test_the_size_of_a_frame_is_width_and_height() -> None:
    assert Frame(np.zeros((480, 640, 3), np.uint8), 0, 0).size == (640, 480)


def test_values_travel_between_processes() -> None:
    event = LabelEvent("gesture", "palm", 0.9, 5, 7, 1, "a.mp4", True)
    assert pickle.loads(pickle.dumps(event)) == event
    landmarks = Landmarks(3, image_size=(640, 480))
    snapshot = Snapshot(3, 0, None, landmarks, {}, {}, SourceStatus(SourceState.OK), ("gesture",), {})
    assert pickle.loads(pickle.dumps(snapshot)).landmarks.t_ns == 3


def test_the_topology_is_a_tree_from_the_wrist() -> None:
    parents = types.HAND_PARENTS
    assert len(parents) == types.HAND_POINTS and parents[types.WRIST] == -1
    assert all(0 <= parent < child for child, parent in enumerate(parents) if child)
    assert set(range(21)) - set(parents) == set(types.FINGER_TIPS)
