"""What other processes take of the machine meanwhile: their noise lengthens all times, and not evenly."""

from __future__ import annotations

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")
_IDLE, _WAITING, _COUNTED = 3, 4, 8


class Others:
    """Measures, on Linux, how much of the processors others take."""

    def __init__(self) -> None:
        self._last = self._now()

    def cores(self) -> float | None:
        """Return how many cores others kept busy since the last call, or None where that cannot be told."""
        (clock, busy, own), self._last = self._last, self._now()
        now_clock, now_busy, now_own = self._last
        if busy is None or now_busy is None:
            return None
        return max(0.0, (now_busy - busy - (now_own - own)) / (now_clock - clock))

    @staticmethod
    def _now() -> tuple[float, float | None, float]:
        """Return the clock, the busy time of all processors and our own processor time, in seconds."""
        return time.perf_counter(), _busy(), time.process_time()


def _busy() -> float | None:
    try:
        ticks = [int(word) for word in _STAT.read_text(encoding="ascii").split()[1 : 1 + _COUNTED]]
    except (OSError, ValueError):
        return None
    return (sum(ticks) - ticks[_IDLE] - ticks[_WAITING]) / os.sysconf("SC_CLK_TCK")
