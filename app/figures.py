"""Figures of a running engine: moving medians, so that one slow frame does not shake the display."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from statistics import median

from recognizers.types import Stats

WINDOW = 61
"""Over how many frames the figures are medians: two seconds of a usual camera."""
REFRESH = 8
"""Medians are worked out for one frame of so many; nobody reads them quicker."""


class Figures:
    """Moving medians of what frames cost."""

    def __init__(self) -> None:
        self._done: deque[float] = deque(maxlen=WINDOW)
        self._stages: dict[str, deque[float]] = {}
        self._latency: deque[float] = deque(maxlen=WINDOW)
        self._age = REFRESH
        self._newest = Stats()

    def add(self, done: float, stages: Mapping[str, float], latency: float) -> None:
        """Count one frame: when it was done, in seconds; its stages and its latency, in milliseconds."""
        self._age += 1
        self._done.append(done)
        self._latency.append(latency)
        for name, value in stages.items():
            self._stages.setdefault(name, deque(maxlen=WINDOW)).append(value)

    def stats(self, frames: int, dropped: int) -> Stats:
        """Return the figures after at least one frame."""
        if self._age >= REFRESH:
            self._newest, self._age = self._worked_out(), 0
        newest = self._newest
        return Stats(frames, dropped, newest.frames_per_second, newest.stage_ms, newest.latency_ms)

    def _worked_out(self) -> Stats:
        span = self._done[-1] - self._done[0]
        return Stats(
            frames_per_second=(len(self._done) - 1) / span if span > 0 else 0.0,
            stage_ms={name: median(values) for name, values in self._stages.items()},
            latency_ms=median(self._latency),
        )
