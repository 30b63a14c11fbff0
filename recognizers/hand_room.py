"""Room around hands in pictures that stand alone: a hand that fills its picture hides from the palm detector."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from recognizers.canvas import HAND_CANVASES, SMALL, Canvas, margins, on_canvas
from recognizers.hand_search import HandDetector, Picture
from recognizers.handedness import Hand
from recognizers.types import FloatArray, ImageArray

SLIMMEST = 8
"""No hand is looked for anew in a picture that is so many times as long as it is wide."""
PART = 0.75
"""How large a share of width and height the parts have."""
OTHER_SIDE = {"Left": "Right", "Right": "Left"}
MOST = 640
"""Larger pictures are made as small as that, in pixels of the longer side, before they get room."""


class HandRoom:
    """Finds hands in stills: small pictures get canvases first, others canvases and parts where none was found.

    What shows nothing is in the end looked at in the mirror: of the tight crops in which nothing else found a hand, two
    in five show it there.

    Args:
        detector: finds hands in one picture at a time.
        picture_of: makes pixels, uint8 (H, W, 3), a picture for it.
    """

    def __init__(self, detector: HandDetector, picture_of: Callable[[ImageArray], Picture]) -> None:
        self._detector = detector
        self._picture_of = picture_of

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        """Return the hands, in fractions of the picture also where it was looked at on a canvas."""
        if max(picture.pixels.shape[:2]) > SLIMMEST * min(picture.pixels.shape[:2]):
            return self._detector.detect(picture, ms)
        found = self._with_room(picture, ms) or self._in_parts(picture, ms)
        if found:
            return found
        mirrored = self._picture_of(np.ascontiguousarray(picture.pixels[:, ::-1]))
        return [_from_mirror(hand) for hand in self._with_room(mirrored, ms)]

    def _with_room(self, picture: Picture, ms: int) -> list[Hand]:
        """Look at the picture as it is and on canvases, in fractions of the picture, until hands are found."""
        pixels = _lessened(picture.pixels)
        height, width = pixels.shape[:2]
        for canvas in _in_turn(max(height, width) < SMALL):
            if canvas is None:
                found = self._detector.detect(picture, ms)
            else:
                larger = self._picture_of(on_canvas(pixels, canvas))
                found = [_moved(hand, (width, height), canvas) for hand in self._detector.detect(larger, ms)]
            if found:
                return found
        return []

    def _in_parts(self, picture: Picture, ms: int) -> list[Hand]:
        """Look at parts of a large picture: a hand that is far away, or in a tall picture, is small in the whole."""
        height, width = picture.pixels.shape[:2]
        if max(height, width) < SMALL:
            return []
        side, tall = int(PART * width), int(PART * height)
        for left, top in itertools.product(np.linspace(0, width - side, 3), np.linspace(0, height - tall, 3)):
            x, y = int(left), int(top)
            part = self._picture_of(np.ascontiguousarray(picture.pixels[y : y + tall, x : x + side]))
            if found := self._detector.detect(part, ms):
                return [_placed(hand, (side, tall), (x, y), (width, height)) for hand in found]
        return []

    def close(self) -> None:
        """Close the detector."""
        self._detector.close()


def _lessened(pixels: ImageArray) -> ImageArray:
    """Return a picture whose canvases are not huge; fractions of it are those of the picture."""
    import cv2

    share = MOST / max(pixels.shape[:2])
    return (
        pixels
        if share >= 1
        else np.asarray(cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
    )


def _in_turn(small: bool) -> Iterator[Canvas | None]:
    if small:
        yield from HAND_CANVASES
        yield None
    else:
        yield None
        yield from HAND_CANVASES


def _moved(hand: Hand, size: tuple[int, int], canvas: Canvas) -> Hand:
    points, world, side, score = hand
    width, height = size
    edge, left, top = margins(size, canvas)
    moved: FloatArray = (points * edge - (left, top, 0)) / np.array((width, height, width))
    return moved.astype(np.float32), world, side, score


def _from_mirror(hand: Hand) -> Hand:
    points, world, side, score = hand
    turned: FloatArray = points * np.array((-1, 1, 1), np.float32) + np.array((1, 0, 0), np.float32)
    flipped: FloatArray = world * np.array((-1, 1, 1), np.float32)
    return turned, flipped, OTHER_SIDE.get(side, side), score


def _placed(hand: Hand, part: tuple[int, int], corner: tuple[int, int], size: tuple[int, int]) -> Hand:
    points, world, side, score = hand
    scale = np.array((part[0], part[1], part[0]))
    placed: FloatArray = (points * scale + (*corner, 0)) / np.array((size[0], size[1], size[0]))
    return placed.astype(np.float32), world, side, score
