"""Where the synthetic signer's hands are and what they do: a function of time alone."""

from __future__ import annotations

import bisect
import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.errors import FormatError
from recognizers.handmodel import MEAN_ANATOMY, Anatomy, Pose, blend, poses, vary_anatomy
from recognizers.signer_script import Item, Script

Array = npt.NDArray[np.float64]

MOVE_SECONDS = 0.25
"""How long a hand takes from one pose to the next."""
RAISE_SECONDS = 0.4
"""How long it takes into view and out of it."""
_AXES = ("x", "y", "yaw", "pitch", "roll")
_DOWN = np.array((0.0, 4.2, 0.0, 0.0, 0.0))
_DRIFT = np.array((0.03, 0.03, 2.5, 2.0, 1.8))


@dataclass(frozen=True, slots=True, eq=False)
class HandState:
    """One hand at one time.

    Attributes:
        pose: its joints, somewhere between two poses while it moves.
        offset: (5,) x and y in palms off its usual place, yaw, pitch and roll in degrees.
    """

    pose: Pose
    offset: Array


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Poses carried along keys that repeat; `values` (n, 5) are x, y (palms), yaw, pitch, roll (degrees)."""

    poses: tuple[str, ...]
    period: float
    times: Array
    values: Array

    def at(self, seconds: float, known: Mapping[str, Pose]) -> HandState:
        """Return the hand at a time since the motion began."""
        now = seconds % self.period
        last = int(np.searchsorted(self.times, now, side="right")) - 1
        following = (last + 1) % len(self.times)
        span = (float(self.times[following]) - float(self.times[last])) % self.period or self.period
        share = smooth((now - float(self.times[last])) / span)
        pose = blend(known[self.poses[last]], known[self.poses[following]], share)
        return HandState(pose, self.values[last] + (self.values[following] - self.values[last]) * share)


def smooth(share: float) -> float:
    """Return 0..1 with a soft start and end; outside it stays at the ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def read_motions(text: str, where: str, known: Mapping[str, Pose]) -> dict[str, Motion]:
    """Return the motions in a text.

    Raises:
        FormatError: it is not TOML, or a row is wrong.
    """
    try:
        rows = tomllib.loads(text)["motions"]
        return {name: _motion(row, known) for name, row in rows.items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError("this is not a file of motions", where=where, found=error) from None


def _motion(row: Mapping[str, Any], known: Mapping[str, Pose]) -> Motion:
    keys = row["keys"]
    times = np.array([float(key["at"]) for key in keys])
    period = float(row["period"])
    names = tuple(key.get("pose", row["pose"]) for key in keys)
    for name in (row["pose"], *names):
        if name not in known:
            raise ValueError(f"the pose {name!r}, which there is not")
    if not len(times) or times[0] != 0 or not (np.diff(times) > 0).all() or not times[-1] < period:
        raise ValueError(f"keys at {times.tolist()}: they start at 0, rise, and end before the period")
    return Motion(names, period, times, np.array([[float(key.get(axis, 0)) for axis in _AXES] for key in keys]))


@functools.cache
def motions() -> Mapping[str, Motion]:
    """Return the motions of `assets/motions.toml` by name."""
    text = resources.files("assets").joinpath("motions.toml").read_text(encoding="utf-8")
    return MappingProxyType(read_motions(text, "assets/motions.toml", poses()))


class Timeline:
    """What both hands of a script do at any time."""

    def __init__(self, script: Script) -> None:
        self._items = script.items
        self._ends = np.cumsum([item.seconds for item in script.items]).tolist()
        self._loop = script.loop
        rng = np.random.default_rng(script.seed)
        self.anatomy: Anatomy = MEAN_ANATOMY if script.seed == 0 else vary_anatomy(rng)
        self._waves = rng.uniform(0, 2 * math.pi, (3, 2, 17))
        self._rates = rng.uniform(0.15, 0.7, (3, 2, 17))

    def item(self, seconds: float) -> tuple[Item, float, Item | None]:
        """Return the item at a time, the seconds since it began, and the item before it or None."""
        total = self._ends[-1]
        rounds, now = divmod(seconds, total) if self._loop else (0.0, seconds)
        index = min(bisect.bisect_right(self._ends, now), len(self._ends) - 1)
        began = self._ends[index - 1] if index else 0.0
        before = self._items[index - 1] if index or rounds else None
        return self._items[index], now - began, before

    def settled(self, seconds: float) -> bool:
        """Whether every hand has arrived at what the item says."""
        item, since, before = self.item(seconds)
        return all(since >= self._travel(item, before, side) for side in (0, 1))

    def hand(self, side: int, seconds: float) -> HandState | None:
        """Return one hand at a time, or None while it is out of view."""
        item, since, before = self.item(seconds)
        came = before.sides if before is not None else ()
        if side not in item.sides and (side not in came or since >= self._travel(item, before, side)):
            return None
        state = self._still(item if side in item.sides else before, item, side, since)
        travel = self._travel(item, before, side)
        if since < travel:
            start = self._still(before if side in came else item, before, side, before.seconds if before else 0.0)
            share = smooth(since / travel)
            state = HandState(
                blend(start.pose, state.pose, share), start.offset + (state.offset - start.offset) * share
            )
        return self._drift(state, side, seconds)

    @staticmethod
    def _travel(item: Item, before: Item | None, side: int) -> float:
        shown, was_shown = side in item.sides, before is not None and side in before.sides
        if not shown and not was_shown:
            return 0.0
        return min(MOVE_SECONDS if shown and was_shown else RAISE_SECONDS, item.seconds)

    @staticmethod
    def _still(shape: Item | None, item: Item | None, side: int, since: float) -> HandState:
        """Return the hand as an item has it, below the picture where the item does not show it."""
        assert shape is not None
        motion = motions().get(shape.name)
        shown = item is not None and side in item.sides
        if motion is not None:
            state = motion.at(since if shown else 0.0, poses())
            return state if shown else HandState(state.pose, _DOWN)
        return HandState(poses()[shape.name], np.zeros(5) if shown else _DOWN)

    def _drift(self, state: HandState, side: int, seconds: float) -> HandState:
        """Nobody holds a hand quite still: add a slow tremble of place, turn and joints."""
        turns = np.sin(2 * math.pi * self._rates[:, side] * seconds + self._waves[:, side]).sum(axis=0) / 2
        bends = state.pose.bends + 1.2 * turns[5:].reshape(4, 3)
        return HandState(replace(state.pose, bends=bends), state.offset + _DRIFT * turns[:5])
