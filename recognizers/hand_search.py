"""When to look for a second hand.

A landmarker that looks for two hands runs its palm detector on every frame in which it does not follow two already,
and that nearly doubles its cost. So two landmarkers take turns: one follows one hand on most frames, the other looks
for two, five times a second and for as long as two are in view. See docs/decisions/0004-two-hands.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recognizers.handedness import Hand

SEARCH_MS = 200
"""While at most one hand is in view, a second one is looked for this often, in milliseconds of the source's time."""
LINGER_MS = 150
"""How long after two hands were last seen both are still looked for in every frame."""
STALE_MS = 300
"""A landmarker that rested this long remembers a place where the hand no longer is."""

Detect = Callable[[Any, int], list[Hand]]
"""Finds the hands in an image at a time in milliseconds, which must grow from call to call."""


class HandSearch:
    """Chooses, frame by frame, between looking for one hand and looking for two; by the source's time alone.

    Args:
        one: finds at most one hand.
        pair: finds at most two.
    """

    def __init__(self, one: Detect, pair: Detect) -> None:
        self._one = _Follower(one)
        self._pair = _Follower(pair)
        self._searched_ms: int | None = None
        self._two_ms: int | None = None

    def detect(self, image: Any, ms: int) -> list[Hand]:
        """Return the hands in a frame; `ms` grows from call to call."""
        if _within(self._two_ms, ms, LINGER_MS) or not _within(self._searched_ms, ms, SEARCH_MS - 1):
            hands = self._pair.detect(image, ms)
            self._searched_ms = ms
            if len(hands) > 1:
                self._two_ms = ms
            return hands
        rested = not _within(self._one.ms, ms, STALE_MS)
        hands = self._one.detect(image, ms)
        if not hands and rested:  # It looked where the hand was before it rested; now it looks everywhere.
            hands = self._one.detect(image, ms)
        return hands


class _Follower:
    """A detector that may be called twice for one frame: its own clock then moves on by a millisecond."""

    def __init__(self, detect: Detect) -> None:
        self._detect = detect
        self.ms: int | None = None

    def detect(self, image: Any, ms: int) -> list[Hand]:
        self.ms = ms if self.ms is None else max(ms, self.ms + 1)
        return self._detect(image, self.ms)


def _within(since: int | None, ms: int, span: int) -> bool:
    return since is not None and ms - since <= span
