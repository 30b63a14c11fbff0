"""Whether a hand looks like the label that it is taken for, or like nothing that a bundle has learned.

A network must choose one of its labels, also for a shape of which it never heard, and is often sure. So a bundle may
remember how its examples lie: the mean of each label, and how all scatter about theirs. How far a new one is from a
mean in that scatter is Mahalanobis' distance (Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution
Samples", NeurIPS 2018). By how much it is nearer to that mean than to the whole is the relative distance (Ren et al.,
"A Simple Fix to Mahalanobis Distance for Improving Near-OOD Detection", 2021): what is unusual about all hands of a
person, or about people for a bundle that learned from generated hands, cancels out in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

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
    """How far from its label an input may be; the field `familiar` of `bundle.json`.

    Attributes:
        share: the share of what taught a label that is further from it.
        relative: whether the relative distance counts.
        labels: the most by label, squared where the distance counts; a label without one is never doubted.
    """

    share: float
    relative: bool
    labels: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"share": self.share, "relative": self.relative, "labels": dict(self.labels)}


def read_limits(values: Fields, labels: Collection[str]) -> Limits:
    """Return the limits in the object of a bundle with these labels.

    Raises:
        BundleError: one is missing or wrong.
    """
    relative, limits = values.values.get("relative"), values.number_map("labels")
    if not isinstance(relative, bool):
        raise values.wrong("relative", "true or false", relative)
    if not set(limits) <= set(labels):
        raise values.wrong("labels", "labels of the bundle", sorted(set(limits) - set(labels)))
    return Limits(values.number("share", 0, 1), relative, limits)


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

    def distances(self, inputs: FloatArray, answers: npt.NDArray[np.integer], *, relative: bool) -> FloatArray:
        """Return how far normalised inputs (n, F) are from the labels (n,) that they are taken for, float32 (n,)."""
        places = (inputs - self.middle) @ self.projection
        axes = len(self.spread)
        known, rest = places[:, :axes], places[:, axes:]
        near = ((known - self.centres[answers]) ** 2).sum(axis=1)
        # What lies beside the axes is as far from the label as from the whole.
        other = -(known**2 / self.spread).sum(axis=1) if relative else (rest**2).sum(axis=1)
        return np.asarray(near + other, np.float32)

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
