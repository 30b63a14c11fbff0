"""Poses as rows of data: what `assets/poses.toml` says of bends, spreads, thumb and orientation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.errors import FormatError
from recognizers.types import HAND_POINTS

Array = npt.NDArray[np.float64]

FINGERS = ("index", "middle", "ring", "little")


@dataclass(frozen=True, slots=True)
class Orientation:
    """One way of turning a pose to the camera.

    Attributes:
        angles: yaw, pitch and roll in degrees.
        ranges: half ranges of the three around it.
        weight: how often people choose this one, relative to the pose's others.
    """

    angles: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ranges: tuple[float, float, float] = (0.0, 0.0, 0.0)
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """What one hand does; angles in degrees, fingers from index to little.

    Attributes:
        name: its name in the file.
        bends: (4, 3) at knuckle, middle and end joint; 0 = straight, positive = towards the palm.
        bend_ranges: (4, 3) half ranges.
        spreads: (4,) positive = towards the thumb.
        spread_ranges: (4,) half ranges.
        thumb_weights: (21,) the thumb's tip goes to this mixture of landmarks of the fingers ...
        thumb_offset: (3,) ... plus this, in palm units: radial, distal, palmar.
        thumb_range: (3,) half ranges of the offset.
        orientations: the ways of turning it to the camera, the usual one first.
    """

    name: str
    bends: Array
    bend_ranges: Array
    spreads: Array
    spread_ranges: Array
    thumb_weights: Array
    thumb_offset: Array
    thumb_range: Array
    orientations: tuple[Orientation, ...] = (Orientation(),)

    @property
    def orientation(self) -> Orientation:
        """The usual orientation."""
        return self.orientations[0]


def read_poses(text: str, where: str) -> dict[str, Pose]:
    """Return the poses in a text.

    Args:
        text: TOML with a table `shapes` (how one finger bends) and a table `poses`.
        where: the file, for messages.

    Raises:
        FormatError: it is not TOML, or a row is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatError("this is not a file of poses", where=where, found=error) from None
    shapes: Mapping[str, Any] = document.get("shapes", {})
    found = {}
    for name, row in document.get("poses", {}).items():
        try:
            found[name] = _pose(name, row, shapes)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FormatError(f"the pose {name!r} is wrong", where=where, found=_told(error)) from None
    return found


def _told(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _numbers(value: Any, shape: tuple[int, ...]) -> Array:
    numbers = np.array(value, np.float64)
    if numbers.shape != shape:
        raise ValueError(f"{value!r} where {shape[-1]} numbers were expected")
    return numbers


def _pose(name: str, row: Mapping[str, Any], shapes: Mapping[str, Any]) -> Pose:
    used = [shapes[row["fingers"][finger]] for finger in FINGERS]
    spread = {finger: _numbers(value, (2,)) for finger, value in row.get("spread", {}).items()}
    unknown = sorted(set(spread) - set(FINGERS)) + sorted(
        set(row) - {"fingers", "spread", "thumb", "orientation", "orientations"}
    )
    if unknown:
        raise ValueError(f"unknown {unknown[0]!r}")
    spreads = np.array([spread.get(finger, np.zeros(2)) for finger in FINGERS])
    thumb = row["thumb"]
    weights = np.zeros(HAND_POINTS)
    for landmark, weight in thumb["at"].items():
        if int(landmark) not in range(5, HAND_POINTS):
            raise ValueError(f"landmark {landmark} for the thumb, where 5 to 20 were expected")
        weights[int(landmark)] = weight
    turns = row.get("orientations", [row.get("orientation", {})])
    return Pose(
        name=name,
        bends=np.array([_numbers(shape["bend"], (3,)) for shape in used]),
        bend_ranges=np.array([_numbers(shape["range"], (3,)) for shape in used]),
        spreads=spreads[:, 0],
        spread_ranges=spreads[:, 1],
        thumb_weights=weights,
        thumb_offset=_numbers(thumb.get("offset", (0, 0, 0)), (3,)),
        thumb_range=_numbers(thumb.get("range", (0.08, 0.08, 0.08)), (3,)),
        orientations=tuple(_orientation(turn) for turn in turns),
    )


def _orientation(row: Mapping[str, Any]) -> Orientation:
    def three(prefix: str) -> tuple[float, float, float]:
        yaw, pitch, roll = (float(row.get(axis + prefix, 0.0)) for axis in ("yaw", "pitch", "roll"))
        return yaw, pitch, roll

    return Orientation(three(""), three("_range"), float(row.get("weight", 1.0)))
