"""Whether a hand looks like anything that a bundle has learned, or like nothing it knows.

A network must choose one of its labels, also for a shape of which it never heard, and is often sure. So a bundle may
remember how its examples lie: the mean of each label and how all scatter about theirs. Two distances tell of a new one
how far from all of it is: to the nearest mean in the scatter within labels (Mahalanobis; Lee et al., "A Simple Unified
Framework for Detecting Out-of-Distribution Samples", NeurIPS 2018), and by how much that mean is nearer than the whole
(Ren et al., "A Simple Fix to Mahalanobis Distance for Improving Near-OOD Detection", 2021), in which what is unusual
about all hands of a person or a landmarker cancels out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.array_files import pack_arrays, parse_arrays
from recognizers.errors import BundleError, FormatError
from recognizers.fields import Fields
from recognizers.types import FloatArray

FAMILIAR_FILE = "familiar.npz"
DOUBT = 0.1
"""What remains of an answer to a strange input; the rest is spread over all labels."""
_MAX_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an input may be from what was learned; the field `familiar` of `bundle.json`.

    Attributes:
        share: the share of true examples that each limit was allowed to refuse.
        distance: the most by the first distance, squared; None where it does not count.
        relative: the most by the second.
    """

    share: float
    distance: float | None
    relative: float | None

    def to_json(self) -> dict[str, float | None]:
        """Return plain values."""
        return {"share": self.share, "distance": self.distance, "relative": self.relative}


def read_limits(values: Fields) -> Limits:
    """Return the limits in a bundle's object.

    Raises:
        BundleError: one is missing or wrong.
    """
    given = {
        name: None if name in values.values and values.values[name] is None else values.number(name)
        for name in ("distance", "relative")
    }
    return Limits(values.number("share", 0, 1), **given)


class Distances(NamedTuple):
    """How far inputs are from what was learned, float32 (n,) each; see the module."""

    distance: FloatArray
    relative: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """How the examples of a bundle lie. Its axes are such that those of each label scatter by one along all of them.

    Attributes:
        middle: float32 (F,), the mean of all, as the network takes inputs.
        projection: float32 (F, F), from there to the axes; labels differ along the first A of them alone.
        centres: float32 (C, A), the mean of each label.
        spread: float32 (A,), the variance of all along these axes.
    """

    middle: FloatArray
    projection: FloatArray
    centres: FloatArray
    spread: FloatArray

    def distances(self, inputs: FloatArray) -> Distances:
        """Return how far normalised inputs (n, F) are."""
        places = (inputs - self.middle) @ self.projection
        axes = len(self.spread)
        known, rest = places[:, :axes], places[:, axes:]
        near = ((known[:, None] - self.centres) ** 2).sum(axis=-1).min(axis=1)
        whole = (known**2 / self.spread).sum(axis=1)
        return Distances(near + (rest**2).sum(axis=1), near - whole)

    def strange(self, inputs: FloatArray, limits: Limits) -> npt.NDArray[np.bool_]:
        """Return which of the normalised inputs (n, F) are further than the limits allow."""
        found = np.zeros(len(inputs), bool)
        for far, most in zip(self.distances(inputs), (limits.distance, limits.relative), strict=True):
            if most is not None:
                found |= far > most
        return found

    def to_bytes(self) -> bytes:
        """Return the content of `familiar.npz`."""
        return pack_arrays({each.name: getattr(self, each.name) for each in fields(self)}, compress=False)


def doubted(scores: FloatArray, strange: npt.NDArray[np.bool_]) -> FloatArray:
    """Return probabilities (n, C) of which those of strange inputs (n,) are next to even: the best stays the best."""
    even = np.float32((1 - DOUBT) / scores.shape[1])
    result: FloatArray = np.where(strange[:, None], scores * np.float32(DOUBT) + even, scores)
    return result


def read_familiarity(data: bytes, count: int, labels: int, where: object) -> Familiarity:
    """Return what a `familiar.npz` holds.

    Args:
        data: its content.
        count: F, how many numbers an input has.
        labels: C.
        where: the file, for errors.

    Raises:
        BundleError: it is damaged, or does not fit.
    """
    try:
        arrays: dict[str, Any] = parse_arrays(data, where, _MAX_BYTES)
    except FormatError as problem:
        raise BundleError("what the bundle remembers of its examples is damaged", where=where, found=problem) from None
    axes = len(arrays["spread"]) if "spread" in arrays and arrays["spread"].ndim == 1 else 0
    expected = {"middle": (count,), "projection": (count, count), "centres": (labels, axes), "spread": (axes,)}
    found = {name: array.shape for name, array in arrays.items()}
    whole = found == expected and all(
        array.dtype == np.float32 and np.isfinite(array).all() for array in arrays.values()
    )
    if not whole or axes > count or (arrays["spread"] <= 0).any():
        raise BundleError(
            "what the bundle remembers of its examples does not fit it",
            where=where,
            expected=f"finite float32 arrays of {expected}",
            found=found,
        )
    return Familiarity(**arrays)
