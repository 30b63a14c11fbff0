"""Follows the finger tips of a stream and tells when one has drawn a sign.

A sign is over when its path fits best: what comes after it fits worse, or nothing comes. So it is told `WAIT_NS` after
its end, without a vote, and a sign that stops half way is not told.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.features import palm_length, scaled_points
from recognizers.sequence import MAX_GAP_NS, SECOND
from recognizers.traces import Matcher, Trace, smooth_track
from recognizers.types import LEFT, FloatArray, Landmarks

Array = npt.NDArray[np.float64]
Read = Callable[[FloatArray, int, tuple[int, int] | None], FloatArray]
"""From a hand (21, 3), its side and the picture's size to the probabilities of the network's labels (C,)."""

WAIT_NS = 200_000_000
"""For so long a path must not become better before it counts."""
STEP_S = 1 / 30
"""Tracks are looked at in steps of so long, whatever the camera's rate."""
SMOOTHED = 3
"""Over so many steps a track is smoothed: the landmarker trembles."""
LOOKS = 8
"""At so many moments along a path the hand's shape is asked for."""
BEGIN = 0.35
"""The first of them, as a share of the path's time, must show how the sign begins."""
DRAWS = 1.5
"""A tip that moves so fast, in palm lengths a second, may be drawing."""
_MOVING_S = 0.15
RESTS = 0.1
"""A tip that moves less in `WAIT_NS`, in palm lengths, has come to rest."""


class Drawn(NamedTuple):
    """A sign that was drawn.

    Attributes:
        trace: which.
        probability: 0 to 1: how sure the network is of the hand's shape along the way, times how well the path fits.
        slot: the hand's.
        begin_ns, end_ns: when the path began and ended.
    """

    trace: Trace
    probability: float
    slot: int
    begin_ns: int
    end_ns: int


@dataclass(slots=True)
class _Moment:
    """One sight of a hand; `scores` only where they were asked for."""

    t_ns: int
    hand: FloatArray
    size: tuple[int, int] | None
    points: FloatArray
    scores: FloatArray | None = None


@dataclass(slots=True)
class _Hand:
    moments: deque[_Moment] = field(default_factory=deque)
    pending: Drawn | None = None


class Tracer:
    """Follows both hands of a stream.

    Args:
        traces: what may be drawn.
        labels: of the network.
        read: the network.
    """

    def __init__(self, traces: Sequence[Trace], labels: Sequence[str], read: Read) -> None:
        self._matchers = [Matcher(trace) for trace in traces]
        self._read = read
        self._begins = [_places(trace.begins, labels) for trace in traces]
        self._shapes = [_places({*trace.begins, *trace.shapes}, labels) for trace in traces]
        self._keep_ns = round(SECOND * (0.3 + max((trace.seconds[1] for trace in traces), default=0)))
        self._hands = (_Hand(), _Hand())

    def reset(self) -> None:
        """Forget everything."""
        self._hands = (_Hand(), _Hand())

    @property
    def waiting(self) -> bool:
        """Whether a path fits that may become better yet."""
        return any(hand.pending is not None for hand in self._hands)

    def add(self, landmarks: Landmarks) -> Drawn | None:
        """Take the next frame and return the sign whose end is known now; times must increase."""
        t_ns = landmarks.t_ns
        found = landmarks.hands_found
        for slot, hand in enumerate(self._hands):
            if found[slot]:
                self._see(hand, slot, landmarks)
            elif hand.moments and t_ns - hand.moments[-1].t_ns > MAX_GAP_NS:
                hand.moments.clear()
        return self._told(t_ns)

    def finish(self) -> Drawn | None:
        """Return what waits, as at the end of a source, and forget everything."""
        drawn = self._told(None)
        self.reset()
        return drawn

    def draws(self, labels: Sequence[str] | str) -> bool:
        """Return whether a tip moves that draws a sign of which the hand's shape is one."""
        wanted = {labels} if isinstance(labels, str) else set(labels)
        tips = {each.trace.tip for each in self._matchers if wanted & {*each.trace.begins, *each.trace.shapes}}
        return any(_speed(hand, tip) >= DRAWS for hand in self._hands for tip in tips)

    def _told(self, t_ns: int | None) -> Drawn | None:
        ready = [
            hand.pending
            for hand in self._hands
            if hand.pending is not None and (t_ns is None or t_ns - hand.pending.end_ns >= WAIT_NS)
        ]
        if not ready:
            return None
        best = max(ready, key=lambda each: each.probability)
        for hand in self._hands:
            hand.pending = None
            while hand.moments and hand.moments[0].t_ns < best.end_ns:
                hand.moments.popleft()
        return best

    def _see(self, hand: _Hand, slot: int, landmarks: Landmarks) -> None:
        t_ns, points = landmarks.t_ns, scaled_points(landmarks.hands[slot], landmarks.image_size)
        if hand.moments and t_ns - hand.moments[-1].t_ns > MAX_GAP_NS:
            hand.moments.clear()
        if slot == LEFT:
            points[:, 0] *= -1
        hand.moments.append(_Moment(t_ns, landmarks.hands[slot], landmarks.image_size, points))
        while hand.moments[0].t_ns < t_ns - self._keep_ns:
            hand.moments.popleft()
        for number in range(len(self._matchers)):
            self._match(hand, slot, number)

    def _match(self, hand: _Hand, slot: int, number: int) -> None:
        matcher = self._matchers[number]
        trace = matcher.trace
        if len(hand.moments) < 4:
            return
        seen = np.array([moment.t_ns for moment in hand.moments])
        seconds = (seen - seen[-1]) / SECOND
        if -seconds[0] < trace.seconds[0]:
            return
        times = np.arange(-math.floor(-seconds[0] / STEP_S), 1) * STEP_S
        tips = np.stack([moment.points[trace.tip, :2] for moment in hand.moments])
        palm = float(np.median([palm_length(moment.points) for moment in hand.moments]))
        even = np.stack([np.interp(times, seconds, tips[:, axis]) for axis in (0, 1)], axis=1) / max(palm, 1e-6)
        fit = matcher.fit(times, smooth_track(even, SMOOTHED))
        if fit is None or fit.distance > trace.most_distance:
            return
        if hand.pending is not None and hand.pending.trace is trace and self._goes_on(times, even):
            hand.pending = hand.pending._replace(end_ns=int(seen[-1]))
        quality = 1 - 0.5 * (fit.distance / trace.most_distance) ** 2
        if hand.pending is not None and quality <= hand.pending.probability:
            return
        begin = seen[-1] + round(float(times[fit.first]) * SECOND)
        share = self._share(hand, slot, number, begin)
        drawn = Drawn(trace, quality * share, slot, int(begin), int(seen[-1]))
        if share >= trace.least_share and (hand.pending is None or drawn.probability > hand.pending.probability):
            hand.pending = drawn

    @staticmethod
    def _goes_on(times: Array, even: Array) -> bool:
        """Return whether a tip has not come to rest yet."""
        lately = even[times >= -WAIT_NS / SECOND]
        return float(np.linalg.norm(np.diff(lately[[0, -1]], axis=0))) >= RESTS

    def _share(self, hand: _Hand, slot: int, number: int, begin: int) -> float:
        """Return how sure the network is of the trace's shapes from a moment on, 0 where it begins with another."""
        moments = [moment for moment in hand.moments if moment.t_ns >= begin]
        chosen = [moments[int(at)] for at in np.unique(np.linspace(0, len(moments) - 1, LOOKS).round())]
        for moment in chosen:
            if moment.scores is None:
                moment.scores = self._read(moment.hand, slot, moment.size)
        scores = np.stack([moment.scores for moment in chosen if moment.scores is not None])
        first = [moment.t_ns - begin <= BEGIN * (moments[-1].t_ns - begin) for moment in chosen]
        begins = float(scores[first][:, self._begins[number]].sum(axis=1).mean()) if any(first) else 0.0
        whole = float(scores[:, self._shapes[number]].sum(axis=1).mean())
        return whole if begins >= 0.5 * self._matchers[number].trace.least_share else 0.0


def _places(wanted: Sequence[str] | set[str], labels: Sequence[str]) -> list[int]:
    return [place for place, label in enumerate(labels) if label in wanted]


def _speed(hand: _Hand, tip: int) -> float:
    """Return how fast a tip moved in the last moments, in palm lengths a second; 0 where that is not known."""
    if len(hand.moments) < 2:
        return 0.0
    last = hand.moments[-1]
    before = next((moment for moment in hand.moments if last.t_ns - moment.t_ns <= _MOVING_S * SECOND), last)
    if before is last:
        before = hand.moments[-2]
    way = float(np.linalg.norm(last.points[tip, :2] - before.points[tip, :2]))
    palm = max(float(palm_length(last.points)), 1e-6)
    return way / palm * SECOND / (last.t_ns - before.t_ns)
