"""Follows each hand by its place and settles which side it is.

MediaPipe labels every frame anew: a label can flicker from one frame to the next, and two hands can both be
called 'Right'. Here each hand is followed from frame to frame by position, its labels are summed up as a
vote, and the vote decides the slot, never two hands in one. On unmirrored frames 'Right' is the person's own
right hand.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recognizers.types import HAND_POINTS, LEFT, RIGHT, FloatArray

FORGET_NS = 300_000_000
"""How long a hand that is out of sight is remembered, in nanoseconds."""

VOTE_RATE = 30.0
"""Votes a second: a label counts for the time since the last frame, whatever the frame rate."""
VOTE_LIMIT = 8.0
"""Where the vote stops growing: about 0.27 s of sure contrary labels bring it back to nothing."""
VOTE_MARGIN = 2.0
"""How far the vote must lean to the other side before a settled side changes."""
_LONGEST_STEP_S = 0.1
_LEAST_WEIGHT = 0.05

_PALM = np.array([0, 5, 9, 13, 17])
_GATE = 1.5
_GATE_SPEED = 10.0
_GATE_LIMIT = 4.0
_LABEL_COST = 0.25
_SAME_HAND = 0.15

Place = tuple[float, float]
Hand = tuple[FloatArray, FloatArray, str, float]
"""Points (21, 3) in image fractions, world points (21, 3) in metres, MediaPipe's label, its score 0.5..1."""


@dataclass(slots=True)
class _Track:
    """A hand that is being followed.

    Attributes:
        place: the palm's centre, x and y in pixels.
        velocity: in x and y, pixels a second.
        size: the palm's length, in pixels.
        t_ns: when it was last seen.
        vote: the sum of its labels: above zero for right, below for left.
        side: the slot it has settled in.
    """

    place: Place
    velocity: Place
    size: float
    t_ns: int
    vote: float
    side: int


@dataclass(frozen=True, slots=True)
class _Seen:
    place: Place
    size: float
    vote: float


class HandFollower:
    """Puts the hands of each frame into the slots left and right, steadily.

    A hand is the one it was before when it is within a few palm sizes of where it was heading, up to 0.3 s
    after it was last seen. Its side is the sign of the sum of its labels, each weighted by its score and the
    time it stands for; once settled it changes only when the sum leans clearly to the other side. Of two
    hands in view, the one that leans more to the right is the right hand; where they lean the same, it is
    the one further left in the picture, as for a person who faces the camera.
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._t_ns: int | None = None

    def reset(self) -> None:
        """Forget every hand, as for a new source."""
        self._tracks = []
        self._t_ns = None

    def update(
        self, t_ns: int, hands: Sequence[Hand], image_size: tuple[int, int] | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the hands of one frame in their slots.

        Args:
            t_ns: the frame's time in nanoseconds; going back in time forgets every hand.
            hands: what was found, at most two are kept; points that are not finite are left out.
            image_size: width and height in pixels, or None where unknown (the picture then counts as square).

        Returns:
            float32 (2, 21, 3) image fractions and float32 (2, 21, 3) metres; NaN where a slot is empty.
        """
        if self._t_ns is not None and t_ns < self._t_ns:
            self.reset()
        self._t_ns = t_ns
        self._tracks = [track for track in self._tracks if t_ns - track.t_ns <= FORGET_NS]
        size = image_size or (1, 1)
        kept = _distinct([(hand, _see(hand, *size)) for hand in hands if np.isfinite(hand[0]).all()])
        followed = self._follow(t_ns, [seen for _, seen in kept])
        _settle(followed)
        points, world = np.full((2, 2, HAND_POINTS, 3), np.nan, np.float32)
        for (hand, _), track in zip(kept, followed, strict=True):
            points[track.side], world[track.side] = hand[0], hand[1]
        return points, world

    def _follow(self, t_ns: int, seen: Sequence[_Seen]) -> list[_Track]:
        """Return the track of each hand, moved to where it is now; new hands get new tracks."""
        choices: list[_Track | None] = [*self._tracks, *([None] * len(seen))]
        best: tuple[_Track | None, ...]
        if len(seen) == 1:  # By far the most frames: no need to try out orders.
            best = (min(choices, key=lambda track: _cost(track, seen[0], t_ns)),)
        else:
            best = min(
                itertools.permutations(choices, len(seen)),
                key=lambda order: sum(_cost(track, hand, t_ns) for track, hand in zip(order, seen, strict=True)),
            )
        return [self._move(track, hand, t_ns) for track, hand in zip(best, seen, strict=True)]

    def _move(self, track: _Track | None, hand: _Seen, t_ns: int) -> _Track:
        if track is None:
            side = RIGHT if hand.vote >= 0 else LEFT
            track = _Track(hand.place, (0.0, 0.0), hand.size, t_ns, hand.vote, side)
            self._tracks.append(track)
            return track
        step = (t_ns - track.t_ns) / 1e9
        if step > 0:
            track.velocity = (
                0.5 * track.velocity[0] + 0.5 * (hand.place[0] - track.place[0]) / step,
                0.5 * track.velocity[1] + 0.5 * (hand.place[1] - track.place[1]) / step,
            )
        track.vote += hand.vote * VOTE_RATE * min(step, _LONGEST_STEP_S)
        track.vote = min(max(track.vote, -VOTE_LIMIT), VOTE_LIMIT)
        track.place, track.size, track.t_ns = hand.place, hand.size, t_ns
        return track


def _see(hand: Hand, width: int, height: int) -> _Seen:
    points, _, label, score = hand
    # Plain numbers: for five points they are several times quicker than arrays.
    palm = [(x * width, y * height) for x, y, _ in points[_PALM].tolist()]
    wrist, index, middle, _, little = palm
    size = max(math.dist(wrist, middle), math.dist(index, little), math.dist(wrist, index), 1e-6)
    place = sum(x for x, _ in palm) / len(palm), sum(y for _, y in palm) / len(palm)
    weight = min(max(2.0 * score - 1.0, _LEAST_WEIGHT), 1.0)
    vote = {"right": weight, "left": -weight}.get(label.lower(), 0.0)
    return _Seen(place, size, vote)


def _distinct(hands: list[tuple[Hand, _Seen]]) -> list[tuple[Hand, _Seen]]:
    """Return at most two hands, the surest first; a second finding of the same hand is left out."""
    kept: list[tuple[Hand, _Seen]] = []
    for hand, seen in sorted(hands, key=lambda pair: -pair[0][3]):
        if len(kept) < 2 and all(math.dist(seen.place, other.place) > _SAME_HAND * other.size for _, other in kept):
            kept.append((hand, seen))
    return kept


def _cost(track: _Track | None, hand: _Seen, t_ns: int) -> float:
    """Return how unlikely it is that this hand is that track: 0 to 1 within the gate, 1 for a new hand."""
    if track is None:
        return 1.0
    step = (t_ns - track.t_ns) / 1e9
    gate = max(track.size, hand.size) * min(_GATE + _GATE_SPEED * step, _GATE_LIMIT)
    # The farther back it was last seen, the less its speed says.
    reach = min(step, _LONGEST_STEP_S)
    ahead = track.place[0] + track.velocity[0] * reach, track.place[1] + track.velocity[1] * reach
    distance = min(math.dist(hand.place, ahead), math.dist(hand.place, track.place) + 0.1 * gate)
    if distance > gate:
        return float("inf")
    contrary = max(0.0, -hand.vote * track.vote / VOTE_LIMIT)
    return distance / gate * (1.0 - _LABEL_COST) + _LABEL_COST * contrary


def _settle(tracks: Sequence[_Track]) -> None:
    """Give each hand in view its side; two hands never get the same one."""
    if len(tracks) == 1:
        track = tracks[0]
        if _lean(track) < -VOTE_MARGIN:
            track.side = LEFT if track.side == RIGHT else RIGHT
    elif len(tracks) == 2:
        one, two = tracks
        if one.side == two.side:
            right = one if _more_right(one, two) else two
            one.side, two.side = (RIGHT, LEFT) if right is one else (LEFT, RIGHT)
        elif _lean(one) + _lean(two) < -VOTE_MARGIN:
            one.side, two.side = two.side, one.side
        for track, other in ((one, two), (two, one)):
            # What a hand is called while the other one rightly has that side is no evidence against its own.
            if _lean(track) < 0 <= _lean(other):
                track.vote = 0.0


def _lean(track: _Track) -> float:
    """Return how much the vote speaks for the side it has; negative where it speaks against."""
    return track.vote if track.side == RIGHT else -track.vote


def _more_right(one: _Track, two: _Track) -> bool:
    if one.vote != two.vote:
        return one.vote > two.vote
    return one.place[0] <= two.place[0]
