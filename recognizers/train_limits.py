"""From when on a label counts: thresholds from a rate of false fires among the examples that chose when to stop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.types import FloatArray

FALSE_FIRE_RATE = 0.001
"""A label's threshold lets at most this share of the validation examples of all other labels through."""


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
