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
from recognizers.steadiness import velocity
from recognizers.traces import Matcher, Trace, smooth_track, without_spikes
from recognizers.types import FINGER_TIPS, LEFT, WRIST, FloatArray, Landmarks

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
SETTLED_NS, NEAR = 400_000_000, 0.25
"""A shape with which a sign begins means something of its own after so long with the tip in one place, within so many
palm lengths: people stop for a moment before they draw."""
DRAWS = 0.8
"""A tip that is faster than so many palm lengths a second may be drawing."""
LOOKS = 8
"""At so many moments along a path the hand's shape is asked for."""
BEGIN = 0.35
"""One of those in this share of the path's time shows the shape that it begins with."""
APART, BENT = 1.0, 0.5
"""So far the tip that drew goes from the end of a sign, or any tip moves beside its wrist, in palm lengths, before the
hand's shape means something of its own again."""


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
    """One sight of a hand.

    Attributes:
        t_ns, hand, size: of the frame.
        tips: (M, 2) for each matcher the tip that draws, in picture widths, as a right hand's.
        beside: (5, 2) all finger tips from the wrist, in palm lengths.
        palm: the palm's length in picture widths.
        scores: of the network's labels, once they were asked for.
    """

    t_ns: int
    hand: FloatArray
    size: tuple[int, int] | None
    tips: FloatArray
    beside: FloatArray
    palm: float
    scores: FloatArray | None = None


@dataclass(slots=True)
class _Hand:
    """A hand that is followed: what it may have drawn, and what it has drawn, with its first sight after that."""

    moments: deque[_Moment] = field(default_factory=deque)
    pending: Drawn | None = None
    told: int | None = None
    after: _Moment | None = None


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
        """Return whether a hand may show a label only because it draws, or because it has just drawn."""
        for hand in self._hands:
            for number, matcher in enumerate(self._matchers):
                begins = label in matcher.trace.begins
                if not begins and label not in matcher.trace.shapes:
                    continue
                if hand.told == number or hand.pending is not None or _speed(hand, number) >= DRAWS:
                    return True
                if begins and not _settled(hand, number):
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
        if drawer.moments:
            drawer.told = next(number for number, each in enumerate(self._matchers) if each.trace is best.trace)
            drawer.after = drawer.moments[0]
        return best

    def _see(self, hand: _Hand, slot: int, landmarks: Landmarks) -> None:
        t_ns, points = landmarks.t_ns, scaled_points(landmarks.hands[slot], landmarks.image_size)
        palm = max(float(palm_length(points)), 1e-6)
        if slot == LEFT:
            points[:, 0] *= -1
        tips = points[self._tips, :2]
        beside = (points[FINGER_TIPS, :2] - points[WRIST, :2]) / palm
        hand.moments.append(_Moment(t_ns, landmarks.hands[slot], landmarks.image_size, tips, beside, palm))
        while hand.moments[0].t_ns < t_ns - self._keep_ns:
            hand.moments.popleft()
        if hand.told is not None and _left(hand, hand.told):
            hand.told = None
        for number in range(len(self._matchers)):
            if _went_on(hand, number, WAIT_NS):
                self._match(hand, slot, number)

    def _match(self, hand: _Hand, slot: int, number: int) -> None:
        """Look whether a tip that moves has just drawn its sign, and keep what fits better than before."""
        trace = self._matchers[number].trace
        seen = np.array([moment.t_ns for moment in hand.moments])
        seconds: Array = (seen - seen[-1]) / SECOND
        if -seconds[0] < trace.seconds[0]:
            return
        times = np.arange(int(seconds[0] / STEP_S), 1, dtype=np.float64) * STEP_S
        tips = np.array([moment.tips[number] for moment in hand.moments])
        palm = float(np.median([moment.palm for moment in hand.moments]))
        tips = without_spikes(seconds, tips, palm)
        even = np.stack([np.interp(times, seconds, tips[:, axis]) for axis in (0, 1)], axis=1) / palm
        fit = self._matchers[number].fit(times, smooth_track(even, SMOOTHED))
        if fit is None:
            return
        begin, end = int(seen[-1] + round(float(times[fit.first]) * SECOND)), int(seen[-1])
        if self._share(hand, slot, number, begin) < trace.least_share:
            return
        drawn, before = Drawn(trace, fit.probability, slot, begin, end), hand.pending
        if before is not None and not _went_on(hand, number, end - before.end_ns):
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
        if not len(begins) or begins.max() < self._matchers[number].trace.least_share:
            return 0.0
        return float(scores[:, self._shapes[number]].sum(axis=1).mean())

    def _scores(self, moment: _Moment, slot: int) -> FloatArray:
        if moment.scores is None:
            moment.scores = self._read(moment.hand, slot, moment.size)
        return moment.scores


def _places(wanted: Collection[str], labels: Sequence[str]) -> list[int]:
    return [place for place, label in enumerate(labels) if label in wanted]


def _left(hand: _Hand, number: int) -> bool:
    """Return whether a hand has gone on from where and how it ended a sign."""
    last = hand.moments[-1]
    assert hand.after is not None
    away = float(np.linalg.norm(last.tips[number] - hand.after.tips[number]))
    bent = float(np.linalg.norm(last.beside - hand.after.beside, axis=1).max())
    return away > APART * last.palm or bent > BENT


def _settled(hand: _Hand, number: int) -> bool:
    """Return whether a tip has been in one place for `SETTLED_NS`; one of a hand that is not there holds nothing up."""
    if not hand.moments:
        return True
    known = hand.moments[-1].t_ns - hand.moments[0].t_ns >= SETTLED_NS
    return known and not _went_on(hand, number, SETTLED_NS, NEAR)


def _went_on(hand: _Hand, number: int, lately_ns: int, way: float = RESTS) -> bool:
    """Return whether a tip has left a place in which it was lately, by so many palm lengths."""
    last = hand.moments[-1]
    newest = [hand.moments[-1 - back].tips[number] for back in range(min(SMOOTHED, len(hand.moments)))]
    x, y = (sum(float(tip[axis]) for tip in newest) / len(newest) for axis in (0, 1))
    least = (way * last.palm) ** 2
    for moment in reversed(hand.moments):
        if moment.t_ns < last.t_ns - lately_ns:
            break
        if (moment.tips[number, 0] - x) ** 2 + (moment.tips[number, 1] - y) ** 2 >= least:
            return True
    return False


def _speed(hand: _Hand, number: int) -> float:
    """Return how fast a tip moves in palm lengths a second, by a line through the last moments; 0 where unknown."""
    if len(hand.moments) < 2:
        return 0.0
    last = hand.moments[-1]
    lately = [moment for moment in hand.moments if last.t_ns - moment.t_ns <= WAIT_NS]
    lately = lately if len(lately) > 1 else [hand.moments[-2], last]
    tips = np.stack([moment.tips[number] for moment in lately])
    return float(np.linalg.norm(velocity([moment.t_ns for moment in lately], tips))) / last.palm
