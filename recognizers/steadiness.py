"""How still the hands are held: how fast each travels and how fast its fingers move, from the last moments.

A gesture or a still letter is meant while a hand holds it. Hands of people who talk pass through every shape there is,
but on their way to somewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.features import palm_length, scaled_points
from recognizers.sequence import MAX_GAP_NS, SECOND
from recognizers.types import FINGER_TIPS, FloatArray, Landmarks

SPAN_NS = 150_000_000
"""Motion is that of so long: the landmarker's trembling is as large as what a slow hand moves from frame to frame."""
REACH = 3.0
"""In palm lengths: what is found further from where a hand was is another hand."""
MOST_TRAVEL = 1.2
"""The fastest that a hand may travel when a still label begins, in palm lengths a second.

Held ones go up to 1.0 as the landmarker sees them at 15 frames a second; of eight false events on the clips of people
who sign and wave, seven began faster (benchmarks/no_sign.py)."""
MOST_CHANGE = 1.2
"""The fastest that its finger tips may move beside its palm on average, in palm lengths a second."""
_PALM = np.array([0, 5, 9, 13, 17])
_TIPS = np.array(FINGER_TIPS)


class Motion(NamedTuple):
    """How a hand moves, in palm lengths a second.

    Attributes:
        travel: the speed of its palm's middle in the picture.
        change: the mean speed of its finger tips beside the palm's middle: fingers that move, or a hand that turns.
    """

    travel: float
    change: float

    @property
    def steady(self) -> bool:
        """Whether the hand is held still enough to mean what it shows."""
        return self.travel <= MOST_TRAVEL and self.change <= MOST_CHANGE


@dataclass(slots=True)
class _Track:
    """A hand that is being followed: its times, its points (P, 2) at true aspect, palm first, and its palm's length."""

    times: deque[int] = field(default_factory=deque)
    points: deque[FloatArray] = field(default_factory=deque)
    palms: deque[float] = field(default_factory=deque)

    def add(self, t_ns: int, points: FloatArray, palm: float) -> None:
        self.times.append(t_ns)
        self.points.append(points)
        self.palms.append(palm)
        # Of a slow camera two frames at least.
        while len(self.times) > 2 and self.times[0] < t_ns - SPAN_NS:
            self.times.popleft()
            self.points.popleft()
            self.palms.popleft()

    def motion(self) -> Motion | None:
        """Return the motion by lines through all moments, which single errors hardly bend; None of a single one."""
        if len(self.times) < 2:
            return None
        speeds = velocity(self.times, np.stack(self.points)) / max(float(np.median(self.palms)), 1e-6)
        return Motion(float(np.linalg.norm(speeds[0])), float(np.linalg.norm(speeds[1:], axis=-1).mean()))


def velocity(times: Sequence[int], points: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return how fast points move, by the line that fits all moments best.

    Args:
        times: T nanoseconds, two different ones at least.
        points: (T, ...).

    Returns:
        (...), a second.
    """
    seconds = (np.array(times) - times[-1]) / SECOND
    away = seconds - seconds.mean()
    found: npt.NDArray[np.float64] = np.tensordot(away / (away**2).sum(), points, axes=1)
    return found


class Steadiness:
    """Follows the hands of a stream, by place, since a hand may change its slot.

    Call `add` for every frame; `motion` tells of the last one.
    """

    def __init__(self) -> None:
        self._tracks: dict[int, _Track] = {}

    def reset(self) -> None:
        """Forget everything."""
        self._tracks = {}

    def add(self, landmarks: Landmarks) -> None:
        """Take the next frame; times must increase."""
        t_ns = landmarks.t_ns
        known = [track for track in self._tracks.values() if t_ns - track.times[-1] <= MAX_GAP_NS]
        found = {int(slot): _seen(landmarks, int(slot)) for slot in np.flatnonzero(landmarks.hands_found)}
        mine = _matched([points[0] for points, _ in found.values()], [palm for _, palm in found.values()], known)
        now = dict(zip(found, mine, strict=True))
        # A hand that is out of sight for a moment keeps its place, in the slot that is free.
        for track in known:
            if not any(track is each for each in now.values()):
                free = next((slot for slot in (0, 1) if slot not in now), None)
                if free is not None:
                    now[free] = track
        for slot, (points, palm) in found.items():
            now[slot].add(t_ns, points, palm)
        self._tracks = now

    def motion(self, slot: int) -> Motion | None:
        """Return how the hand in a slot of the last frame moves; None while it was seen only once."""
        track = self._tracks.get(slot)
        return None if track is None else track.motion()

    def is_steady(self, slot: int) -> bool:
        """Return whether the hand in a slot of the last frame is held; one that was seen only once is not."""
        motion = self.motion(slot)
        return motion is not None and motion.steady


def _seen(landmarks: Landmarks, slot: int) -> tuple[FloatArray, float]:
    """Return the palm's middle and the tips from it (6, 2), and the palm's length, in picture widths."""
    scaled = scaled_points(landmarks.hands[slot], landmarks.image_size)
    middle = scaled[_PALM, :2].mean(axis=0)
    points: FloatArray = np.concatenate([middle[None], scaled[_TIPS, :2] - middle])
    return points, float(palm_length(scaled))


def _matched(middles: Sequence[FloatArray], palms: Sequence[float], known: Sequence[_Track]) -> list[_Track]:
    """Return the track of each hand that was found: the nearest, the nearest pair first; a new one where none is."""
    pairs = sorted(
        (float(np.linalg.norm(middle - track.points[-1][0])) / max(palm, 1e-6), hand, place)
        for hand, (middle, palm) in enumerate(zip(middles, palms, strict=True))
        for place, track in enumerate(known)
    )
    chosen: dict[int, int] = {}
    for distance, hand, place in pairs:
        if distance <= REACH and hand not in chosen and place not in chosen.values():
            chosen[hand] = place
    return [known[chosen[hand]] if hand in chosen else _Track() for hand in range(len(middles))]
