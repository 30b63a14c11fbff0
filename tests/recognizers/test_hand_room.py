"""Hands that fill their picture are found all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizers.canvas import HAND_CANVASES
from recognizers.hand_room import MOST, HandRoom
from recognizers.hand_search import Picture
from recognizers.handedness import Hand
from recognizers.landmarker import Landmarker
from recognizers.photos import read_photo
from recognizers.types import Frame, ImageArray

SIZE = (200, 100)


class Finder:
    """Finds one hand at a place that it is told, once it is shown a picture as large as it wants."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.seen: list[tuple[int, int]] = []
        self.closed = False

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        height, width = picture.pixels.shape[:2]
        self.seen.append((width, height))
        if width < self.least:
            return []
        points = np.full((21, 3), 0.5, np.float32)
        return [(points, points, "Right", 0.9)]

    def close(self) -> None:
        self.closed = True


def looked(least: int, size: tuple[int, int]) -> tuple[Finder, list[Hand]]:
    finder = Finder(least)
    room = HandRoom(finder, lambda pixels: Picture(None, pixels))
    image: ImageArray = np.zeros((size[1], size[0], 3), np.uint8)
    return finder, room.detect(Picture(None, image), 0)


def test_the_middle_of_a_canvas_is_the_middle_of_the_picture() -> None:
    finder, [hand] = looked(0, SIZE)
    assert finder.seen == [(500, 500)]
    assert hand[0][:, :2] == pytest.approx(0.5, abs=0.01)
    assert hand[0][0, 2] == pytest.approx(0.5 * 500 / 200), "z is scaled by the picture's own width"
    assert hand[2:] == ("Right", 0.9)


def test_a_larger_picture_is_looked_at_as_it_is_first() -> None:
    finder, hands = looked(0, (640, 480))
    assert finder.seen == [(640, 480)]
    assert hands[0][0] == pytest.approx(0.5)


def test_a_strip_is_looked_at_as_it_is_alone() -> None:
    finder, hands = looked(100_000, (900, 30))
    assert hands == [] and finder.seen == [(900, 30)]


def test_where_nothing_is_found_all_is_tried_and_nothing_is_huge() -> None:
    finder, hands = looked(100_000, (4000, 3000))
    assert hands == []
    assert finder.seen[0] == (4000, 3000)
    assert len(finder.seen) == 2 * (1 + len(HAND_CANVASES)) + 9
    assert max(max(size) for size in finder.seen[1 : 1 + len(HAND_CANVASES)]) <= 3.5 * MOST
    assert set(finder.seen[1 + len(HAND_CANVASES) :][:9]) == {(3000, 2250)}
    assert finder.seen[-1 - len(HAND_CANVASES) :] == finder.seen[: 1 + len(HAND_CANVASES)]


class Corner(Finder):
    """Finds a hand in the middle of a picture as soon as that has a bright corner there."""

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        height, width = picture.pixels.shape[:2]
        return super().detect(picture, ms) if picture.pixels[height // 2, width // 2].max() else []


def test_what_is_found_in_a_part_is_where_it_is_in_the_whole() -> None:
    image: ImageArray = np.zeros((600, 800, 3), np.uint8)
    image[370:380, 495:505] = 255  # the middle of the part that begins at 200, 150
    [hand] = HandRoom(Corner(0), lambda pixels: Picture(None, pixels)).detect(Picture(None, image), 0)
    assert hand[0][:, :2] * (800, 600) == pytest.approx(np.tile((500, 375), (21, 1)), abs=1)
    assert hand[0][0, 2] == pytest.approx(0.5 * 0.75)


class OneWay(Finder):
    """Finds a right hand at the left of pictures that are brighter there than at the right."""

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        middle = picture.pixels.shape[1] // 2
        if picture.pixels[:, :middle].mean() <= picture.pixels[:, middle:].mean():
            return []
        points = np.full((21, 3), 0.5, np.float32)
        points[:, 0] = 0.45
        return [(points, points, "Right", 0.9)]


def test_what_the_mirror_alone_shows_is_on_the_other_side_and_of_the_other_side() -> None:
    image: ImageArray = np.zeros((100, 100, 3), np.uint8)
    image[:, 60:] = 200
    [hand] = HandRoom(OneWay(0), lambda pixels: Picture(None, pixels)).detect(Picture(None, image), 0)
    assert hand[0][:, 0] == pytest.approx(1 - (0.45 * 250 - 75) / 100) and hand[0][:, 1] == pytest.approx(0.5)
    assert hand[1][0].tolist() == pytest.approx([-0.45, 0.5, 0.5]) and hand[2:] == ("Left", 0.9)


def test_tight_crops_of_hands_are_found(shared_data: Path) -> None:
    crops = sorted((shared_data / "poses/hagrid_crops/images/fist").iterdir())[:12]
    frames = [Frame(read_photo(crop), 0, 0) for crop in crops]
    found = {}
    for room in (False, True):
        with Landmarker(stills=True, hands=1, room=room) as landmarker:
            hands = [landmarker.detect(frame).hands for frame in frames]
        found[room] = sum(bool(np.isfinite(one).all(axis=(1, 2)).any()) for one in hands)
        middles = [np.nanmean(one[..., :2], axis=(0, 1)) for one in hands if np.isfinite(one).any()]
        assert all(np.abs(middle - 0.5).max() < 0.4 for middle in middles), "in fractions of the crop"
    assert found[False] <= 6 and found[True] >= 10, found


def test_the_detector_is_closed_with_it() -> None:
    finder = Finder(0)
    HandRoom(finder, lambda pixels: Picture(None, pixels)).close()
    assert finder.closed
