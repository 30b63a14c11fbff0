"""What is to be known of answers beside how many are right: what would be said, how sure, and which went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recognizers.bundle_info import BundleInfo
from recognizers.calibration import calibration
from recognizers.types import FloatArray

BACKGROUNDS = ("none", "idle")
"""Labels that mean that nothing is shown, also where a bundle does not know them."""
MOST_CONFUSIONS = 12
MOST_CLIPS = 6
"""So many clips of a confusion are named, the surest first."""
MOST_MISTAKEN = 300
"""So many clips are named that a bundle takes for something else as a whole."""


def backgrounds_of(info: BundleInfo) -> set[str]:
    """Return the labels of clips in which a bundle should report nothing."""
    return {*info.background, *(label for label in BACKGROUNDS if label not in info.labels)}


def answer_figures(
    info: BundleInfo, truth: Sequence[str], scores: FloatArray, names: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return `calibration`, `at_thresholds`, `worst` and `mistaken` of answers that are already there.

    Args:
        info: of the bundle that answered; its thresholds count.
        truth: the n true labels.
        scores: (n, C) probabilities.
        names: of the n clips, for people; None where nobody knows them.

    Returns:
        plain values, for a report.
    """
    if not len(truth):
        return {}
    answers, sure = scores.argmax(axis=1), scores.max(axis=1)
    said = [info.labels[answer] for answer in answers]
    right = np.array([one == other for one, other in zip(said, truth, strict=True)], bool)
    return {
        "calibration": calibration(sure, right),
        "at_thresholds": _at_thresholds(info, truth, said, sure),
        "worst": _worst(truth, said, sure, names),
        "mistaken": _mistaken(info, truth, scores, names or ()),
    }


def _at_thresholds(info: BundleInfo, truth: Sequence[str], said: Sequence[str], sure: FloatArray) -> dict[str, Any]:
    """Return by label what would be reported: rightly, wrongly, or nothing.

    Nothing is the right thing to report of a background.
    """
    rows: dict[str, dict[str, int]] = {}
    backgrounds = backgrounds_of(info)
    for true, label, probability in zip(truth, said, sure, strict=True):
        row = rows.setdefault(true, {"right": 0, "wrong": 0, "unsure": 0})
        reported = label not in info.background and probability >= info.thresholds.get(label, info.default_threshold)
        silent = "right" if true in backgrounds else "unsure"
        row[("right" if label == true else "wrong") if reported else silent] += 1
    whole = {name: sum(row[name] for row in rows.values()) for name in ("right", "wrong", "unsure")}
    limits = {label: info.thresholds.get(label, info.default_threshold) for label in info.labels}
    return {**whole, "per_class": rows, "thresholds": limits}


def _worst(
    truth: Sequence[str], said: Sequence[str], sure: FloatArray, names: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Return the pairs of labels that are confused most often, with the clips in which they are."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for number, (true, label) in enumerate(zip(truth, said, strict=True)):
        if true != label:
            found.setdefault((true, label), []).append((float(sure[number]), names[number] if names else ""))
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))[:MOST_CONFUSIONS]
    return [
        {"truth": true, "answer": label, "n": len(cases), "clips": _surest(cases)} for (true, label), cases in ordered
    ]


def _surest(cases: Sequence[tuple[float, str]]) -> list[dict[str, Any]]:
    """Return clips by name, each once, with the highest probability of the wrong answer; the surest first."""
    best: dict[str, float] = {}
    for probability, name in cases:
        best[name] = max(probability, best.get(name, 0.0))
    best.pop("", None)
    ordered = sorted(best.items(), key=lambda each: (-each[1], each[0]))
    return [{"name": name, "probability": round(probability, 4)} for name, probability in ordered[:MOST_CLIPS]]


def _mistaken(info: BundleInfo, truth: Sequence[str], scores: FloatArray, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the clips whose answers are wrong on average, the surest mistake first; none where they have no names.

    To take one background for another is no mistake.
    """
    rows: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        rows.setdefault(name, []).append(number)
    backgrounds, found = backgrounds_of(info), []
    for name, own in rows.items():
        mean = scores[own].mean(axis=0)
        best, true = int(mean.argmax()), truth[own[0]]
        answer = info.labels[best]
        if answer != true and not {answer, true} <= backgrounds:
            about = {"name": name, "truth": true, "answer": answer, "probability": round(float(mean[best]), 4)}
            found.append((-float(mean[best]), name, about))
    return [about for _, _, about in sorted(found, key=lambda each: each[:2])[:MOST_MISTAKEN]]
