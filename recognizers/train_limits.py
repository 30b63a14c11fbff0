"""What a training sets beside its network: from when on a label counts, and which hands are too strange for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recognizers.bundle_info import BundleInfo
from recognizers.examples import Origin
from recognizers.familiarity import Familiarity
from recognizers.familiarity_fit import fit_familiarity, fit_limits, widened
from recognizers.fitting import Data
from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.types import FloatArray

FALSE_FIRE_RATE = 0.001
"""A label's threshold lets at most this share of the validation examples of all other labels through."""


def limited(
    info: BundleInfo,
    taught: Data,
    validation: Data,
    run: Callable[[FloatArray], FloatArray],
    origins: Sequence[Origin],
) -> tuple[BundleInfo, Familiarity | None]:
    """Return a bundle with its thresholds; one of stills also with how its examples lie, and how far others may be.

    No limit is set to backgrounds, of which nothing is said anyway.

    Args:
        info: of the bundle.
        taught: what it has learned from, changed copies among it.
        validation: other examples.
        run: from inputs to probabilities; what is answered wrongly does not tell how far a label reaches.
        origins: of the examples, without copies.
    """
    info = replace(info, thresholds=thresholds_of(info.labels, run(np.asarray(validation.x)), validation.y))
    if info.input != "still":
        return info, None
    familiarity = fit_familiarity(taught.x, taught.y, len(info.labels))
    limits = fit_limits(
        familiarity,
        *_right(taught, run),
        {number: label for number, label in enumerate(info.labels) if label not in info.background},
        relative=all(origin.made for origin in origins),
    )
    limits = widened(limits, familiarity, *_right(validation, run), dict(enumerate(info.labels)))
    return replace(info, familiar=limits), familiarity


def _right(data: Data, run: Callable[[FloatArray], FloatArray]) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return inputs and labels of what is answered rightly."""
    x = np.asarray(data.x, np.float32)
    right = run(x).argmax(axis=1) == data.y
    return x[right], data.y[right]


def thresholds_of(labels: Sequence[str], scores: FloatArray, truth: npt.NDArray[np.int64]) -> dict[str, float]:
    """The lowest threshold of each label, from the default up, that keeps to the false-fire rate on validation."""
    answers, sure = scores.argmax(axis=1), scores.max(axis=1)
    thresholds = {}
    for number, label in enumerate(labels):
        others = truth != number
        false = np.sort(sure[others & (answers == number)])
        allowed = int(FALSE_FIRE_RATE * others.sum())
        worst = float(false[-allowed - 1]) if len(false) > allowed else 0.0
        thresholds[label] = round(float(np.clip(worst + 0.005, DEFAULT_THRESHOLD, 0.9)), 3)
    return thresholds
