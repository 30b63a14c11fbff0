"""From a training's examples to what a bundle remembers of them, and to limits that few true examples exceed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recognizers.familiarity import Familiarity, Limits
from recognizers.types import FloatArray

SHARE = 0.005
"""The share of true examples that each limit may refuse."""
RIDGE = 1e-3
"""So much of the mean variance is added to every direction: in none the examples may seem to be all alike."""
ROOM = 2.0
"""How far the limit of few examples is beyond the furthest, in what that is beyond the one in the middle.

Of four labels with 10 or 20 photos each by different people it refuses 4 % of true ones and 60 % of other gestures; of
10 to 50 pictures of one person 2 to 4 % of those taken later, and nine in ten letters that were not among the four."""
_SLIGHT = 1e-6


def fit_familiarity(inputs: FloatArray, answers: npt.NDArray[np.int64], labels: int) -> Familiarity:
    """Return how examples lie.

    Args:
        inputs: (n, F), as the network takes them; changed copies among them.
        answers: (n,) the label's number of each.
        labels: C; one of which there is no example has the middle for its mean.
    """
    x = np.asarray(inputs, np.float64)
    middle = x.mean(axis=0)
    means = np.tile(middle, (labels, 1))
    for label in np.unique(answers):
        means[label] = x[answers == label].mean(axis=0)
    own = x - means[answers]
    within = own.T @ own / len(x)
    within += (RIDGE * np.trace(within) / len(within) + _SLIGHT**2) * np.eye(len(within))
    variances, directions = np.linalg.eigh(within)
    whitening = directions / np.sqrt(variances)
    shares = np.bincount(answers, minlength=labels) / len(x)
    offsets = (means - middle) @ whitening
    between, axes = np.linalg.eigh((offsets * shares[:, None]).T @ offsets)
    order = np.argsort(between)[::-1]
    count = int((between > _SLIGHT * max(float(between.max()), _SLIGHT)).sum())
    projection = whitening @ axes[:, order]
    single = np.float32
    return Familiarity(
        middle.astype(single),
        projection.astype(single),
        ((means - middle) @ projection[:, :count]).astype(single),
        (1 + between[order[:count]]).astype(single),
    )


def fit_limits(familiarity: Familiarity, inputs: FloatArray, *, lifelike: bool, share: float = SHARE) -> Limits | None:
    """Return limits that refuse a stated share of true examples, or None where there is none to tell.

    Args:
        familiarity: of other examples.
        inputs: (n, F) true examples of labels that mean something, which were answered rightly.
        lifelike: whether they are real. Of generated ones the first distance tells nothing: all people are further.
        share: what each limit may refuse. Where examples are too few to show it, the first distance alone counts, up
            to well beyond the furthest of them.
    """
    if not len(inputs):
        return None
    far = familiarity.distances(inputs)
    if len(inputs) * share >= 1:
        distance, relative = (float(np.quantile(each, 1 - share)) for each in far)
        return Limits(share, distance if lifelike else None, relative)
    furthest = float(far.distance.max())
    return Limits(share, furthest + ROOM * (furthest - float(np.median(far.distance))), None) if lifelike else None
