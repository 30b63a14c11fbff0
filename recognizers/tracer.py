"""Follows the finger tips of a stream and tells when one has drawn a sign.

A path ends where it fits best: what comes after it fits worse, or nothing comes. So a sign is told `WAIT_NS` after its
end, without a vote, and one that stops half way is not told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
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
"""For so long a path must not go on before it counts."""
STEP_S = 1 / 30
"""Tracks are looked at in steps of so long, whatever the camera's rate."""
LEAST_NS = 20_000_000
"""Of a faster camera some frames are left out: at least so long lies between two that are looked at."""
SMOOTHED = 3
"""Over so many steps a track is smoothed: the landmarker trembles."""
RESTS = 0.1
"""A tip that has moved less in `WAIT_NS`, in palm lengths, has come to rest."""
LOOKS = 8
"""At so many moments along a path the hand's shape is asked for."""
BEGIN = 0.35
"""Those in this share of the path's time tell what shape it begins with."""
APART = 1.0
"""So far a tip goes from the end of a sign, in palm lengths, before its shape is a letter of its own again."""


class Drawn(NamedTuple):
    """A sign that was drawn.

    Attributes:
        trace: which.
        probability: 0 to 1; see `Trace`.
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
    """One sight of a hand: its `tips` (M, 2) at true aspect, as a right hand's; `scores` where they were asked for."""

    t_ns: int
    hand: FloatArray
    size: tuple[int, int] | None
    tips: FloatArray
    palm: float
    scores: FloatArray | None = None


@dataclass(slots=True)
class _Hand:
    """A hand that is followed; `pending` may go on yet, and after `told` its tip was at `told_at` (2,)."""

    moments: deque[_Moment] = field(default_factory=deque)
    pending: Drawn | None = None
    told: Trace | None = None
    told_at: FloatArray | None = None


class Tracer:
    """Follows both hands of a stream.

    Args:
        traces: what may be drawn.
        labels: of the network.
        read: the network.
    """

    def __init__(self, traces: Sequence[Trace], labels: Sequence[str], read: Read) -> None:
        self._read = read
        self._matchers = [Matcher(trace) for trace in traces]
        self._tips = [trace.tip for trace in traces]
        self._begins = [_places(trace.begins, labels) for trace in traces]
        self._shapes = [_places({*trace.begins, *trace.shapes}, labels) for trace in traces]
        self._keep_ns = round(SECOND * (0.3 + max((trace.seconds[1] for trace in traces), default=0)))
        self._hands = (_Hand(), _Hand())

    def reset(self) -> None:
        """Forget everything."""
        self._hands = (_Hand(), _Hand())

    def add(self, landmarks: Landmarks) -> Drawn | None:
        """Take the next frame and return the sign whose end is known now; times must increase."""
        found = landmarks.hands_found
        for slot, hand in enumerate(self._hands):
            gap = landmarks.t_ns - hand.moments[-1].t_ns if hand.moments else 0
            if gap > MAX_GAP_NS:
                hand.moments.clear()
                hand.told = None
            if found[slot] and (not hand.moments or gap >= LEAST_NS):
                self._see(hand, slot, landmarks)
        return self._over(landmarks.t_ns)

    def finish(self) -> Drawn | None:
        """Return what waits, as at the end of a source, and forget everything."""
        drawn = self._over(None)
        self.reset()
        return drawn

    def busy_with(self, label: str) -> bool:
        """Return whether a hand that shows a label shows it only because it draws, is about to have drawn, or just has."""
        for hand in self._hands:
            for number, matcher in enumerate(self._matchers):
                trace = matcher.trace
                if label not in trace.begins and label not in trace.shapes:
                    continue
                if hand.told is trace or hand.pending is not None or _goes_on(hand, number):
                    return True
        return False

    def _over(self, t_ns: int | None) -> Drawn | None:
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
        drawer = self._hands[best.slot]
        drawer.told = best.trace
        drawer.told_at = drawer.moments[0].tips[self._number(best.trace)] if drawer.moments else None
        return best

    def _number(self, trace: Trace) -> int:
        return next(number for number, matcher in enumerate(self._matchers) if matcher.trace is trace)

    def _see(self, hand: _Hand, slot: int, landmarks: Landmarks) -> None:
        t_ns, points = landmarks.t_ns, scaled_points(landmarks.hands[slot], landmarks.image_size)
        palm = max(float(palm_length(points)), 1e-6)
        tips = points[self._tips, :2]
        if slot == LEFT:
            tips[:, 0] *= -1
        hand.moments.append(_Moment(t_ns, landmarks.hands[slot], landmarks.image_size, tips, palm))
        while hand.moments[0].t_ns < t_ns - self._keep_ns:
            hand.moments.popleft()
        if hand.told is not None:
            self._forget_told(hand)
        moving = [_goes_on(hand, number) for number in range(len(self._matchers))]
        for number, goes_on in enumerate(moving):
            if goes_on:
                self._match(hand, slot, number)

    def _forget_told(self, hand: _Hand) -> None:
        assert hand.told is not None
        last = hand.moments[-1]
        if hand.told_at is None:
            hand.told_at = last.tips[self._number(hand.told)]
        away = float(np.linalg.norm(last.tips[self._number(hand.told)] - hand.told_at))
        if away > APART * last.palm:
            hand.told = None

    def _match(self, hand: _Hand, slot: int, number: int) -> None:
        """Look whether a tip that moves has just drawn its sign, and keep what fits better than before."""
        trace = self._matchers[number].trace
        seen = np.array([moment.t_ns for moment in hand.moments])
        seconds = (seen - seen[-1]) / SECOND
        if -seconds[0] < trace.seconds[0]:
            return
        times = np.arange(int(seconds[0] / STEP_S), 1) * STEP_S
        tips = np.array([moment.tips[number] for moment in hand.moments])
        palm = float(np.median([moment.palm for moment in hand.moments]))
        even = np.stack([np.interp(times, seconds, tips[:, axis]) for axis in (0, 1)], axis=1) / palm
        fit = self._matchers[number].fit(times, smooth_track(even, SMOOTHED))
        if fit is None:
            return
        begin, end = int(seen[-1] + round(float(times[fit.first]) * SECOND)), int(seen[-1])
        if self._share(hand, slot, number, begin) < trace.least_share:
            return
        drawn, before = Drawn(trace, fit.probability, slot, begin, end), hand.pending
        if before is not None and not _went_on(hand, number, before.end_ns):
            # At rest a path fits a little better or worse by chance; it is over all the same.
            drawn = drawn._replace(end_ns=before.end_ns)
        if before is None or drawn.probability > before.probability:
            hand.pending = drawn
        elif before.trace is trace:  # it goes on, though no better: it is not over yet
            hand.pending = before._replace(end_ns=drawn.end_ns)

    def _share(self, hand: _Hand, slot: int, number: int, begin: int) -> float:
        """Return how sure the network is of the trace's shapes from a moment on, 0 where it begins with another."""
        moments = [moment for moment in hand.moments if moment.t_ns >= begin]
        chosen = [moments[int(at)] for at in np.unique(np.linspace(0, len(moments) - 1, LOOKS).round())]
        first = [moment.t_ns - begin <= BEGIN * (moments[-1].t_ns - begin) for moment in chosen]
        scores = np.stack([self._scores(moment, slot) for moment in chosen])
        begins = scores[first][:, self._begins[number]].sum(axis=1)
        if not len(begins) or begins.mean() < self._matchers[number].trace.least_share:
            return 0.0
        return float(scores[:, self._shapes[number]].sum(axis=1).mean())

    def _scores(self, moment: _Moment, slot: int) -> FloatArray:
        if moment.scores is None:
            moment.scores = self._read(moment.hand, slot, moment.size)
        return moment.scores


def _places(wanted: Collection[str], labels: Sequence[str]) -> list[int]:
    return [place for place, label in enumerate(labels) if label in wanted]


def _goes_on(hand: _Hand, number: int) -> bool:
    """Return whether a tip moves, or did a moment ago."""
    return bool(hand.moments) and _went_on(hand, number, hand.moments[-1].t_ns - WAIT_NS)


def _went_on(hand: _Hand, number: int, since_ns: int) -> bool:
    """Return whether a tip has left where it was at any moment from a time on."""
    last = hand.moments[-1]
    for moment in reversed(hand.moments):
        if moment.t_ns < since_ns:
            break
        x, y = last.tips[number] - moment.tips[number]
        if float(x * x + y * y) ** 0.5 >= RESTS * last.palm:
            return True
    return False
