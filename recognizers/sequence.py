"""Time, for recognizers: the window of steps and the ticks. Both go by timestamps, never by counting frames."""

from __future__ import annotations

from collections import deque

import numpy as np

from recognizers.types import FACE_POINTS, HAND_POINTS, FloatArray

SECOND = 1_000_000_000
_HAND_VALUES = 2 * HAND_POINTS * 3
MAX_GAP_NS = 300_000_000
"""A longer silence between two frames, or without a hand, breaks a movement in two."""


class SequenceWindow:
    """The last moments, resampled to evenly spaced steps that end at a given time.

    A camera of 15 frames a second and one of 60 fill the same window with the same movement: steps are linear
    interpolations between the frames around them.

    Args:
        steps: how many steps a window has.
        seconds: how long it is; step i stands at `end - (steps - 1 - i) * seconds / steps`.
    """

    def __init__(self, steps: int = 30, seconds: float = 1.0) -> None:
        self.steps = steps
        self._offsets = (np.arange(steps) - (steps - 1)) * round(seconds * SECOND / steps)
        self._span = int(-self._offsets[0])
        self._times: deque[int] = deque()
        self._features: deque[FloatArray] = deque()

    def reset(self) -> None:
        """Forget everything."""
        self._times.clear()
        self._features.clear()

    def add(self, t_ns: int, features: FloatArray) -> None:
        """Add one frame's values (F,), NaN where missing; a gap over 0.3 s starts anew, an older time is ignored."""
        if self._times and t_ns - self._times[-1] > MAX_GAP_NS:
            self.reset()
        if self._times and t_ns <= self._times[-1]:
            return
        self._times.append(t_ns)
        self._features.append(features)
        # One frame older than the window stays, to interpolate its first step.
        while len(self._times) > 2 and self._times[1] <= t_ns - self._span:
            self._times.popleft()
            self._features.popleft()

    def window(self, t_ns: int) -> FloatArray | None:
        """Return the steps that end at `t_ns`, float32 (steps, F), or None before the frames span the whole time."""
        if not self._times or self._times[0] > t_ns - self._span or t_ns > self._times[-1]:
            return None
        return resample(np.array(self._times), np.stack(self._features), t_ns + self._offsets)


def resample(times: np.ndarray, values: FloatArray, at: np.ndarray) -> FloatArray:
    """Interpolate rows linearly in time; where one neighbour is missing (NaN) the other stands alone.

    Args:
        times: int64 (T,) increasing.
        values: float32 (T, F).
        at: int64 (N,) within the first and last time.

    Returns:
        float32 (N, F); NaN where both neighbours are missing.
    """
    after = (
        np.clip(np.searchsorted(times, at, side="left"), 1, len(times) - 1)
        if len(times) > 1
        else np.zeros(len(at), int)
    )
    before = np.maximum(after - 1, 0)
    gaps = np.maximum(times[after] - times[before], 1)
    weight = np.clip((at - times[before]) / gaps, 0, 1)[:, None].astype(np.float32)
    first, second = values[before], values[after]
    mixed = first * (1 - weight) + second * weight
    mixed = np.where(np.isnan(first), second, np.where(np.isnan(second), first, mixed))
    result: FloatArray = mixed.astype(np.float32)
    return result


def joined(hands: FloatArray, face_points: FloatArray) -> FloatArray:
    """Return the rows that a window of a movement holds, float32 (T, 138): points, so that features come last.

    Args:
        hands: (T, 2, 21, 3) image fractions; NaN where missing.
        face_points: (T, 6, 2) image fractions; NaN where missing.
    """
    count = len(hands)
    rows: FloatArray = np.concatenate([hands.reshape(count, -1), face_points.reshape(count, -1)], axis=1)
    return rows


def parted(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the hands (T, 2, 21, 3) and the face points (T, 6, 2) of joined rows."""
    return rows[:, :_HAND_VALUES].reshape(-1, 2, HAND_POINTS, 3), rows[:, _HAND_VALUES:].reshape(-1, FACE_POINTS, 2)


class Ticker:
    """Says at which frames a recognizer runs: the first at or after each tick, so at most `rate_hz` times a second.

    Ticks stand on a grid from the first frame on, so faster cameras do not tick more often.
    """

    def __init__(self, rate_hz: float = 10.0) -> None:
        self._period = SECOND / rate_hz
        self._start: int | None = None
        self._last = -1

    def reset(self) -> None:
        """Begin a new grid at the next frame."""
        self._start, self._last = None, -1

    def due(self, t_ns: int) -> bool:
        """Return whether a tick has come since the last frame; one frame never answers for two ticks."""
        if self._start is None:
            self._start = t_ns
        # Half a microsecond of grace: container timestamps are rounded.
        tick = int((t_ns - self._start + 500) / self._period)
        if tick <= self._last:
            return False
        self._last = tick
        return True
