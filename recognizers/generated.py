"""Training examples from the kinematic hand: as many people as one likes, none of them real.

The recipe is the hand model's; here its poses meet labels by name. Generated hands only ever train, they never measure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognizers.examples import HandExample, Origin
from recognizers.handmodel import generate, poses
from recognizers.types import LEFT, RIGHT

MORE_POSES = {
    "none": ("relaxed", "holding", "hanging", "three", "four", "loser"),
    "fist": ("loose_fist",),
    "b": ("b_beside",),
    "g": ("g_forward",),
    "h": ("h_forward",),
    "i": ("i_beside", "i_across"),
    "q": ("q_bent",),
}
"""By label, poses of other names that also show it; a pose that is a label itself never stands for another."""
ALIKE = {"three": "w", "four": "b", "loser": "l"}
"""Gestures that are a letter, too."""
_SIZE = (640, 480)


def generated_hands(labels: Sequence[str], count: int, rng: np.random.Generator) -> list[HandExample]:
    """Return `count` hands for each label and pose that shows it.

    Args:
        labels: of the bundle, in capitals or not; those without a pose are passed over.
        count: hands a label and pose, half of them left.
        rng: for people, views and the landmarker's noise.
    """
    known = poses()
    named = {label.lower() for label in labels}
    pairs = [
        (label, pose) for label in labels for pose in (label.lower(), *_others(label.lower(), named)) if pose in known
    ]
    examples = []
    for label, pose in pairs:
        for number in range(count):
            side = LEFT if number % 2 else RIGHT
            hand = generate(known[pose], rng, side, _SIZE)
            origin = Origin(label, None, None, f"generated-{label}-{number}", 0)
            examples.append(HandExample(origin, hand, side, _SIZE))
    return examples


def _others(label: str, named: set[str]) -> list[str]:
    return [pose for pose in MORE_POSES.get(label, ()) if not named & {pose, ALIKE.get(pose)}]
