"""A still looked at once more, in the mirror: where one look errs, the other often does not.

Most mistakes of a model of stills are the landmarker's: a finger that it did not see, or saw where none is. Shown the
mirror image it errs in another place (benchmarks/models.md tells how often). A stream has its next frame for that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from recognizers.features import palm_length, scaled_points
from recognizers.types import FloatArray, Frame, Landmarks

Look = Callable[[], Landmarks]
NEAR = 1.0
"""Hands of two looks whose middles are at most so many palm lengths apart are one."""


def second_look(frame: Frame, detect: Callable[[Frame], Landmarks]) -> Look:
    """Return what looks at the mirror image when it is first called, and remembers; landmarks are those of `frame`.

    Args:
        frame: a still.
        detect: finds landmarks in it.
    """

    def look() -> Landmarks:
        image = np.ascontiguousarray(frame.image[:, ::-1])
        return from_mirror(detect(Frame(image, frame.t_ns, frame.index, frame.name)))

    return functools.cache(look)


def from_mirror(found: Landmarks) -> Landmarks:
    """Return hands that were found in a mirror image where they really are, left and right exchanged; nothing else."""
    hands = found.hands[::-1].copy()
    hands[..., 0] = 1 - hands[..., 0]
    world = found.hands_world[::-1] * np.array((-1, 1, 1), np.float32)
    return Landmarks(t_ns=found.t_ns, hands=hands, hands_world=world, image_size=found.image_size)


def same_hands(first: Landmarks, second: Landmarks) -> dict[int, int]:
    """Return by slot of the first look the slot of the same hand in the second; sides may differ, places may not."""
    pairs = {}
    for slot in np.flatnonzero(first.hands_found).tolist():
        here, palm = _middle(first, slot), _palm(first, slot)
        others = np.flatnonzero(second.hands_found).tolist()
        away = {other: float(np.linalg.norm(_middle(second, other) - here)) for other in others}
        nearest = min(away, key=away.__getitem__, default=None)
        if nearest is not None and away[nearest] <= NEAR * palm:
            pairs[slot] = nearest
    return pairs


def _middle(found: Landmarks, slot: int) -> npt.NDArray[np.floating]:
    middle: FloatArray = scaled_points(found.hands[slot], found.image_size)[:, :2].mean(axis=0)
    return middle


def _palm(found: Landmarks, slot: int) -> float:
    return float(palm_length(scaled_points(found.hands[slot], found.image_size)))
