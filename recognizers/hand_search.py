"""When to look for a second hand.

A landmarker that looks for two hands runs its palm detector on every frame in which it does not follow two
already, and that nearly doubles its cost. So a landmarker for one hand does the work, and five times a
second the palm detector alone looks beside it whether there is another palm; only then a landmarker for two
hands takes over, until one of the hands is gone. See docs/decisions/0004-two-hands.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from recognizers.handedness import Hand
from recognizers.types import FloatArray, ImageArray

SEARCH_MS = 200
"""While one hand is in view, another palm is looked for this often, in milliseconds of the source's time.

The looks stand on a grid from the source's first frame on, as recognizers' ticks and looks for the face do: what falls
on the same frames leaves the others free.
"""
LINGER_MS = 300
"""How long after two hands were last seen both are still looked for in every frame."""
FIRST_DOUBT_MS, LAST_DOUBT_MS = 300, 4800
"""How long a palm that turned out to be none is left alone, unless it becomes clearer: twice as long each time.
A hand that was caught while it still moved into view is found at the next look; a face's shadow is soon left alone."""
FAST = 0.2
"""How far, in palm sizes, a hand may move between two frames before it is looked at once more: the landmarker looks
where the hand was a frame ago, and at 15 frames a second a hand that is raised is half out of that."""
CLEARER = 0.1
"""By how much more probable a doubted palm must become to be looked at at once."""
APART = 0.8
"""How far, in palm sizes, another palm must be from the hand; MediaPipe takes nearer ones for the same."""

_PALM = np.array([0, 1, 2, 5, 9, 13, 17])
_WRIST, _MIDDLE = 0, 4
"""Where the wrist and the middle finger's knuckle stand among them."""

Palm = tuple[float, float, float, float]
"""Centre and size in pixels, probability."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame for the detectors.

    Attributes:
        native: the image as MediaPipe takes it.
        pixels: uint8 (H, W, 3) RGB.
    """

    native: Any
    pixels: ImageArray


class HandDetector(Protocol):
    """Finds hands in pictures that come in order, and follows them."""

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        """Return the hands at a time in milliseconds, which grows from call to call."""

    def close(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Palms that turned out to be none, until when they are left alone, and for how long that is."""

    palms: FloatArray
    until_ms: int
    span_ms: int


class HandSearch:
    """Finds up to two hands for little more than the cost of one.

    It decides by the source's time and by what is seen, never by the clock, so that a recording gives the
    same hands every time.

    Args:
        one: finds at most one hand.
        open_pair: makes a detector for two hands that has seen nothing yet.
        palms: returns the palms in a picture, (n, 4): centre and side in pixels, probability.
        beside: runs `palms` while `one` works.
    """

    def __init__(
        self,
        one: HandDetector,
        open_pair: Callable[[], HandDetector],
        palms: Callable[[ImageArray], FloatArray],
        beside: Executor,
    ) -> None:
        self._one = one
        self._one_ms: int | None = None
        self._one_place: Palm | None = None
        self._open_pair = open_pair
        self._pair: HandDetector | None = None
        self._palms = palms
        self._beside = beside
        self._hand_in_view = True
        self._last_search: int | None = None
        self._two_ms = 0
        self._doubted: _Doubt | None = None

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        """Return the hands in a picture; `ms` grows from call to call."""
        if self._pair is not None:
            return self._follow_two(self._pair, picture, ms)
        due = self._hand_in_view and _search_of(ms) != self._last_search
        palms_soon = self._beside.submit(self._palms, picture.pixels) if due else None
        hands = self._follow_one(picture, ms)
        self._hand_in_view = bool(hands)
        if palms_soon is not None:
            self._last_search = _search_of(ms)
            others = self._other_palms(palms_soon.result(), hands, picture, ms)
            if len(others):
                return self._try_two(others, picture, ms) or hands
        return hands

    def close(self) -> None:
        """Let go of the detectors."""
        self._one.close()
        self._close_pair()

    def _follow_one(self, picture: Picture, ms: int) -> list[Hand]:
        hands = self._detect_one(picture, ms)
        place = _place(hands[0], picture) if hands else None
        before = self._one_place
        if before is not None and (place is None or _moved_fast(before, place)):
            # It looked only where the hand was; now it looks where the hand is, or everywhere.
            hands = self._detect_one(picture, ms) or hands
            place = _place(hands[0], picture) if hands else None
        self._one_place = place
        return hands

    def _detect_one(self, picture: Picture, ms: int) -> list[Hand]:
        self._one_ms = ms if self._one_ms is None else max(ms, self._one_ms + 1)
        return self._one.detect(picture, self._one_ms)

    def _follow_two(self, pair: HandDetector, picture: Picture, ms: int) -> list[Hand]:
        hands = pair.detect(picture, ms)
        if len(hands) > 1:
            self._two_ms = ms
        elif ms - self._two_ms > LINGER_MS:
            self._close_pair()
            self._last_search = _search_of(ms)
        return hands

    def _try_two(self, others: FloatArray, picture: Picture, ms: int) -> list[Hand] | None:
        """Look for two hands; None, and the palms are doubted for a while, where there are none."""
        self._pair = self._open_pair()
        hands = self._pair.detect(picture, ms)
        if len(hands) > 1:
            self._two_ms = ms
            return hands
        self._close_pair()
        self._doubted = _doubt(self._doubted, others, ms)
        return None

    def _other_palms(self, palms: FloatArray, hands: Sequence[Hand], picture: Picture, ms: int) -> FloatArray:
        """Return the palms that are neither the hand's own nor a doubted one."""
        if not hands:
            return palms[:0]
        known: list[Palm | FloatArray] = [_place(hands[0], picture)]
        if self._doubted is not None and ms <= self._doubted.until_ms:
            known.extend(self._doubted.palms)
        return np.array([p for p in palms if all(_is_other(p, k) for k in known)], np.float32).reshape(-1, 4)

    def _close_pair(self) -> None:
        if self._pair is not None:
            self._pair.close()
            self._pair = None


def _place(hand: Hand, picture: Picture) -> Palm:
    """Return a hand as the palm detector would: centre and size in pixels, probability 1."""
    height, width = picture.pixels.shape[:2]
    # Plain numbers: for seven points they are several times quicker than arrays.
    palm = [(x * width, y * height) for x, y, _ in hand[0][_PALM].tolist()]
    x, y = (sum(values) / len(palm) for values in zip(*palm, strict=True))
    return x, y, math.dist(palm[_WRIST], palm[_MIDDLE]), 1.0


def _moved_fast(before: Palm, now: Palm) -> bool:
    return math.dist(before[:2], now[:2]) > FAST * max(before[2], now[2])


def _doubt(before: _Doubt | None, palms: FloatArray, ms: int) -> _Doubt:
    """Doubt palms, for twice as long as before where they are no others and did not stay away."""
    span = FIRST_DOUBT_MS
    if before is not None and ms <= before.until_ms + LAST_DOUBT_MS:
        stayed = any(not _apart(palm, known) for palm in palms for known in before.palms)
        span = min(2 * before.span_ms, LAST_DOUBT_MS) if stayed else span
    return _Doubt(palms, ms + span, span)


def _apart(palm: FloatArray, known: Palm | FloatArray) -> bool:
    return bool(np.hypot(palm[0] - known[0], palm[1] - known[1]) > APART * max(palm[2], known[2]))


def _is_other(palm: FloatArray, known: Palm | FloatArray) -> bool:
    return bool(palm[3] > known[3] + CLEARER) or _apart(palm, known)


def _search_of(ms: int) -> int:
    """Return the number of the look that belongs to a time; a millisecond of grace, since times are rounded down."""
    return (ms + 1) // SEARCH_MS
