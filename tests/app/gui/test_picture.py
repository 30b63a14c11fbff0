"""From a snapshot to the picture that is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.gui.picture import fitted, picture_of, resized
from recognizers.types import RIGHT, ImageArray, Landmarks
from tests.app.gui.stage import colour_at, share_of, snapshot
from tests.app.planned import BLUE, RED, plain

pytestmark = pytest.mark.gui


def halves(size: tuple[int, int] = (64, 48)) -> ImageArray:
    """Return a picture that is red on its left and blue on its right."""
    image = plain(RED, size)
    image[:, size[0] // 2 :] = BLUE
    return image


def hand_at(x: float) -> Landmarks:
    """Return a right hand, all of whose points stand at one place in the middle of the height."""
    hands = np.full((2, 21, 3), np.nan, np.float32)
    hands[RIGHT] = (x, 0.5, 0.0)
    return Landmarks(0, hands=hands, image_size=(64, 48))


@pytest.mark.parametrize(
    ("size", "room", "wanted"),
    [
        ((640, 480), (640, 480), (640, 480)),
        ((640, 480), (1000, 480), (640, 480)),
        ((640, 480), (320, 1000), (320, 240)),
        ((1280, 720), (820, 615), (820, 461)),
        ((480, 640), (820, 640), (480, 640)),
        ((4000, 1), (100, 100), (100, 1)),
        ((640, 480), (1, 1), (1, 1)),
    ],
)
def test_it_is_as_large_as_the_room_allows(
    size: tuple[int, int], room: tuple[int, int], wanted: tuple[int, int]
) -> None:
    assert fitted(size, room) == wanted


@pytest.mark.parametrize("mirrored", [False, True])
def test_left_is_left_unless_it_is_mirrored(mirrored: bool) -> None:
    image = picture_of(snapshot(halves()), (640, 480), mirrored=mirrored, points=False)
    assert (image.width(), image.height()) == (640, 480)
    left, right = colour_at(image, 0.1, 0.5).getRgb()[:3], colour_at(image, 0.9, 0.5).getRgb()[:3]
    assert (left, right) == ((BLUE, RED) if mirrored else (RED, BLUE))


@pytest.mark.parametrize("mirrored", [False, True])
def test_points_are_drawn_where_the_hand_is(mirrored: bool) -> None:
    moment = replace(snapshot(plain(BLUE)), landmarks=hand_at(0.25))
    bare = picture_of(moment, (640, 480), mirrored=mirrored, points=False)
    drawn = picture_of(moment, (640, 480), mirrored=mirrored, points=True)
    assert share_of(bare, BLUE, 2) == 1.0
    assert colour_at(drawn, 0.75 if mirrored else 0.25, 0.5).getRgb()[:3] != BLUE
    assert colour_at(drawn, 0.25 if mirrored else 0.75, 0.5).getRgb()[:3] == BLUE


def test_the_frame_itself_is_never_drawn_on() -> None:
    frame = plain(BLUE)
    moment = replace(snapshot(frame), landmarks=hand_at(0.5))
    for mirrored in (False, True):
        for room in ((64, 48), (32, 24), (640, 480)):
            picture_of(moment, room, mirrored=mirrored, points=True)
    assert (frame == plain(BLUE)).all()


def test_without_a_frame_points_stand_on_black() -> None:
    image = picture_of(snapshot(landmarks=hand_at(0.5)), (640, 480), mirrored=False, points=True)
    assert share_of(image, (0, 0, 0), 1) > 0.9 and colour_at(image, 0.5, 0.5).getRgb()[:3] != (0, 0, 0)


def test_the_picture_owns_its_pixels() -> None:
    image: QImage = picture_of(snapshot(plain(RED)), (640, 480), mirrored=True, points=False)
    for _ in range(50):
        picture_of(snapshot(plain(BLUE)), (640, 480), mirrored=True, points=False)
    assert share_of(image, RED, 1) == 1.0


@pytest.mark.parametrize("size", [(1280, 720), (820, 461), (640, 360), (641, 361), (400, 225), (90, 51), (1, 1)])
def test_shrinking_leaves_nothing_out(size: tuple[int, int]) -> None:
    """Fine stripes become grey, never a pattern of stripes that is not there: every pixel of the source counts."""
    stripes = np.zeros((720, 1280, 3), np.uint8)
    stripes[:, ::2] = 255
    image = resized(stripes, size)
    assert image.shape == (size[1], size[0], 3) and image.dtype == np.uint8
    assert abs(float(image.mean()) - 127.5) < 4
    if size[0] <= 640 and size[0] > 1:
        assert image.std() < 40


@pytest.mark.parametrize("source", [(64, 48), (63, 47), (1, 1), (3, 200), (200, 3)])
def test_any_size_becomes_any_other(source: tuple[int, int]) -> None:
    for size in ((1, 1), (7, 5), (64, 48), (300, 2)):
        image = resized(plain(RED, source), size)
        assert image.shape == (size[1], size[0], 3) and (image == RED).all()
