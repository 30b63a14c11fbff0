"""Words as rows of data: what `assets/words.toml` says of how people sign them."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.errors import FormatError
from recognizers.handmodel import poses

Array = npt.NDArray[np.float64]
HANDS = ("one", "both")
_FIELDS = {"weight", "hands", "stroke", "rounds", "core", "sway", "keys"}


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """One way of signing a word; of a right-handed signer, in face widths from between the eyes and degrees.

    Attributes:
        weight: how often people choose it, relative to the word's others.
        hands: `one`, or `both`, which are mirror images.
        stroke: seconds of one round, from and to.
        rounds: how often the stroke is repeated, from and to.
        core: the part of a round that must be seen, as shares of it.
        sway: (2,) standard deviations of where people sign it, x and y.
        times: (K,) shares of the round from 0 to 1.
        poses: for each key the poses of which a person takes one.
        places: (K, 3) of the middle knuckle.
        turns: (K, 3) yaw, pitch, roll.
    """

    weight: float
    hands: str
    stroke: tuple[float, float]
    rounds: tuple[int, int]
    core: tuple[float, float]
    sway: Array
    times: Array
    poses: tuple[tuple[str, ...], ...]
    places: Array
    turns: Array


@functools.cache
def words() -> Mapping[str, tuple[Style, ...]]:
    """Return the styles of the words of `assets/words.toml` by word.

    Raises:
        FormatError: the file is damaged.
    """
    text = resources.files("assets").joinpath("words.toml").read_text(encoding="utf-8")
    return MappingProxyType(read_words(text, "assets/words.toml", poses()))


def read_words(text: str, where: str, known: Mapping[str, object]) -> dict[str, tuple[Style, ...]]:
    """Return the words in a text.

    Args:
        text: TOML with an array of styles for each word.
        where: the file, for messages.
        known: the names of the poses that there are.

    Raises:
        FormatError: it is not TOML, or a row is wrong.
    """
    try:
        rows = tomllib.loads(text)["words"]
        items = [(name, list(styles)) for name, styles in rows.items()]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise FormatError("this is not a file of words", where=where, found=error) from None
    found = {}
    for name, styles in items:
        try:
            found[name] = tuple(_style(style, known) for style in styles)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            told = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise FormatError(f"the word {name!r} is wrong", where=where, found=told) from None
    return found


def _style(row: Mapping[str, Any], known: Mapping[str, object]) -> Style:
    if unknown := sorted(set(row) - _FIELDS):
        raise ValueError(f"unknown {unknown[0]!r}")
    keys = row["keys"]
    times = np.array([float(key["at"]) for key in keys])
    if len(times) < 2 or times[0] != 0 or times[-1] != 1 or (np.diff(times) <= 0).any():
        raise ValueError("keys must go from 0 to 1, one after another")
    choices = tuple(_poses(key["pose"], known) for key in keys)
    hands = row.get("hands", "one")
    if hands not in HANDS:
        raise ValueError(f"hands {hands!r}, where {' or '.join(HANDS)} was expected")
    first, last = (float(value) for value in _numbers(row.get("core", (0, 1)), (2,)))
    if not 0 <= first < last <= 1:
        raise ValueError(f"the core {first} to {last} is no part of a round")
    low, high = (float(value) for value in _numbers(row["stroke"], (2,)))
    if not 0 < low <= high:
        raise ValueError(f"a stroke of {low} to {high} seconds")
    fewest, most = (int(value) for value in row.get("rounds", (1, 1)))
    if not 1 <= fewest <= most:
        raise ValueError(f"{fewest} to {most} rounds")
    return Style(
        weight=float(row.get("weight", 1)),
        hands=hands,
        stroke=(low, high),
        rounds=(fewest, most),
        core=(first, last),
        sway=_numbers(row.get("sway", (0.2, 0.25)), (2,)),
        times=times,
        poses=choices,
        places=np.stack([_numbers(key["place"], (3,)) for key in keys]),
        turns=np.stack([_numbers(key.get("turn", (0, 0, 0)), (3,)) for key in keys]),
    )


def _poses(value: Any, known: Mapping[str, object]) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value)
    for name in names:
        if name not in known:
            raise ValueError(f"there is no pose {name!r}")
    if not names:
        raise ValueError("a key without a pose")
    return names


def _numbers(value: Any, shape: tuple[int, ...]) -> Array:
    numbers = np.array(value, np.float64)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise ValueError(f"{value!r} where {shape[-1]} numbers were expected")
    return numbers
