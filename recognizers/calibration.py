"""Whether a probability means what it says: of the answers with 0.8, four in five should be right.

Expected calibration error as in Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
Binning" (AAAI 2015): the mean distance of probability and accuracy over bins of equal width, by their answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.types import FloatArray

BINS = 10


def calibration(sure: FloatArray, right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return the reliability curve of answers and its error.

    Args:
        sure: (n,) the probability of each answer, 0..1.
        right: (n,) whether it was right.

    Returns:
        `ece`, the expected calibration error, 0..1, None where there is no answer; and `bins`, those that are not
        empty: `low` and `high`, `n`, and the mean `probability` and `accuracy` of the answers in it.
    """
    places = np.minimum((np.asarray(sure, np.float64) * BINS).astype(int), BINS - 1)
    bins = []
    for place in np.unique(places):
        inside = places == place
        bins.append(
            {
                "low": round(place / BINS, 2),
                "high": round((place + 1) / BINS, 2),
                "n": int(inside.sum()),
                "probability": round(float(sure[inside].mean()), 4),
                "accuracy": round(float(right[inside].mean()), 4),
            }
        )
    distances = [each["n"] * abs(each["probability"] - each["accuracy"]) for each in bins]
    return {"ece": round(sum(distances) / len(sure), 4) if len(sure) else None, "bins": bins}
