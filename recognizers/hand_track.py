"""One hand over time as rows of moments, between which all moves smoothly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizers.handmodel import rotation

Array = npt.NDArray[np.float64]

KNUCKLE = 9
"""The landmark that is placed, and about which a hand is turned."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A right hand over time; rows are moments, between which all moves smoothly.

    Attributes:
        times: (K,) seconds, rising.
        shapes: (K, 21, 3) hands in palm units, palm to the camera.
        places: (K, 3) of the middle knuckle, face widths from between the eyes.
        turns: (K, 3) yaw, pitch, roll in degrees.
    """

    times: Array
    shapes: Array
    places: Array
    turns: Array

    def at(self, moments: Array, palm: float) -> Array:
        """Return the hand at moments (S,), (S, 21, 3) in face widths; before and after the track it keeps still."""
        last = np.clip(np.searchsorted(self.times, moments, side="right") - 1, 0, len(self.times) - 2)
        span = np.maximum(self.times[last + 1] - self.times[last], 1e-6)
        share = np.clip((moments - self.times[last]) / span, 0, 1)
        share = share * share * (3 - 2 * share)

        def between(values: Array) -> Array:
            weight = share.reshape(-1, *[1] * (values.ndim - 1))
            mixed: Array = values[last] * (1 - weight) + values[last + 1] * weight
            return mixed

        turned = np.stack(
            [hand @ rotation(*turn).T for hand, turn in zip(between(self.shapes), between(self.turns), strict=True)]
        )
        turned -= turned[:, KNUCKLE : KNUCKLE + 1]
        placed: Array = turned * palm + between(self.places)[:, None]
        return placed


class TrackBuilder:
    """The moments of a track while it is being made."""

    def __init__(self) -> None:
        self.now = 0.0
        self._rows: list[tuple[float, Array, Array, Array]] = []

    def add(self, after: float, shape: Array, place: Array, turn: Array) -> None:
        """Add a moment so many seconds after the last one."""
        self.now += after
        self._rows.append((self.now, shape, place, turn))

    def track(self) -> Track:
        """Return what was added."""
        times, shapes, places, turns = zip(*self._rows, strict=True)
        return Track(np.array(times), np.stack(shapes), np.stack(places), np.stack(turns))
