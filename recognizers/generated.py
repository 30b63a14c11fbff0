"""Training examples from the kinematic hand: as many people as one likes, none of them real.

The recipe is the hand model's; here its poses meet labels by name. Generated hands only ever train, they never measure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognizers.examples import HandExample, Origin
from recognizers.handmodel import generate, poses
from recognizers.types import LEFT, RIGHT

STAND_FOR_NONE = ("relaxed",)
"""Poses that are shown as background."""
_SIZE = (640, 480)


def generated_hands(labels: Sequence[str], count: int, rng: np.random.Generator) -> list[HandExample]:
    """Return `count` hands for each label that has a pose of the same name, and as many relaxed ones for `none`.

    Args:
        labels: of the bundle; those without a pose are passed over.
        count: hands a label, half of them left.
        rng: for people, views and the landmarker's noise.
    """
    known = poses()
    pairs = [(label, label) for label in labels if label in known]
    if "none" in labels:
        pairs += [("none", pose) for pose in STAND_FOR_NONE if pose in known]
    examples = []
    for label, pose in pairs:
        for number in range(count):
            side = LEFT if number % 2 else RIGHT
            hand = generate(known[pose], rng, side, _SIZE)
            origin = Origin(label, None, None, f"generated-{label}-{number}", 0)
            examples.append(HandExample(origin, hand, side, _SIZE))
    return examples
