"""From a training's examples to what a bundle remembers of them, and to limits that few true examples exceed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recognizers.familiarity import Familiarity, Limits
from recognizers.types import FloatArray

SHARE = 0.01
"""The share of what taught a label that its limit refuses.

Much of that are copies, changed more than people differ: of photos of others it refuses a third as many."""
RIDGE = 1e-3
"""So much of the mean variance is added to every direction: in none the examples may seem to be all alike."""
ROOM = 2.0
"""How far the limits of few examples reach beyond the furthest that was held out, in what that one is beyond the one in
the middle."""
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


def fit_limits(
    familiarity: Familiarity,
    inputs: FloatArray,
    answers: npt.NDArray[np.int64],
    labels: Mapping[int, str],
    *,
    relative: bool,
    share: float = SHARE,
) -> Limits:
    """Return limits that refuse a stated share of what taught each label; see `widened`.

    Args:
        familiarity: of these examples.
        inputs, answers: as for `fit_familiarity`.
        labels: by number, the names of those that get a limit.
        relative: whether the relative distance counts: where all examples were generated, from which people differ.
        share: what each limit refuses.
    """
    far = familiarity.distances(inputs, answers, relative=relative)
    known = {number: far[answers == number] for number in labels}
    limits = {labels[number]: float(np.quantile(own, 1 - share)) for number, own in known.items() if len(own)}
    return Limits(share, relative, limits)


def widened(
    limits: Limits,
    familiarity: Familiarity,
    inputs: FloatArray,
    answers: npt.NDArray[np.int64],
    labels: Mapping[int, str],
) -> Limits:
    """Return limits that are wide enough for true examples that taught nothing.

    What was learned from few lies nearer to its own means than anything else ever will. So where more than the stated
    share of other examples exceed their limits, all are widened by one factor, and where these are too few to show
    such a share, beyond the furthest of them.

    Args:
        limits, familiarity: from the examples that taught; those of relative distances stay as they are.
        inputs, answers: (n, F) and (n,), the others.
        labels: by number, the names of labels.
    """
    known = [number for number, label in labels.items() if label in limits.labels]
    chosen = np.isin(answers, known)
    if limits.relative or not chosen.any():
        return limits
    most = np.array([limits.labels[labels[int(number)]] for number in answers[chosen]])
    ratios = familiarity.distances(inputs[chosen], answers[chosen], relative=False) / np.maximum(most, _SLIGHT)
    factor = float(np.quantile(ratios, 1 - limits.share))
    if len(ratios) * limits.share < 1:
        furthest = float(ratios.max())
        factor = furthest + ROOM * (furthest - float(np.median(ratios)))
    return replace(limits, labels={label: limit * max(factor, 1.0) for label, limit in limits.labels.items()})
