"""Movements that are no sign, made from movements that are: what a program that always answers gets wrong first.

Four kinds: hands resting low; a relaxed, generated hand wandering anywhere, as when somebody scratches a nose; a hand
on its way up to a sign or down from it; and the end of one sign running into another. A sign held still is not among
them, because many signs are held still. They are a start where nobody has recorded a background, and are said so in
the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recognizers.examples import MotionExample
from recognizers.features import ASSUMED_SIZE
from recognizers.handmodel import generate, poses
from recognizers.types import LEFT, RIGHT, FloatArray

IDLE = "idle"
_LOOSE = ("relaxed", "fist")


def idle_examples(examples: Sequence[MotionExample], count: int, rng: np.random.Generator) -> list[MotionExample]:
    """Return `count` movements without a sign, made from `examples`, labelled `idle`; all four kinds in turn."""
    if not examples:
        return []
    kinds = (_resting, _wandering, _on_its_way, _running_into)
    # A still sign running into itself is that sign, so the other one bears another label where there is one.
    labels = {example.origin.label for example in examples}
    by_other = {
        label: [example for example in examples if example.origin.label != label] or examples for label in labels
    }
    made = []
    for number in range(count):
        one = examples[int(rng.integers(len(examples)))]
        others = by_other[one.origin.label]
        other = others[int(rng.integers(len(others)))]
        hands = kinds[number % len(kinds)](one, other, rng)
        origin = replace(one.origin, label=IDLE)
        made.append(replace(one, hands=hands.astype(np.float32), origin=origin))
    return made


def _drift(steps: int, rng: np.random.Generator, size: float) -> FloatArray:
    """A random walk of each hand as a whole, (steps, 2, 1, 3) image fractions, `size` long on average."""
    walk = np.cumsum(rng.normal(0, size / np.sqrt(steps), (steps, 2, 1, 3)), axis=0)
    walk[..., 2] = 0
    result: FloatArray = (walk - walk[:1]).astype(np.float32)
    return result


def _step_with_hand(hands: FloatArray, rng: np.random.Generator) -> FloatArray:
    """One step in which a hand is seen, (2, 21, 3)."""
    found = np.asarray(np.isfinite(hands).all(axis=(2, 3)))
    seen = np.flatnonzero(found.any(axis=1))
    step: FloatArray = hands[int(rng.choice(seen))]
    return step


def _lowered(rng: np.random.Generator) -> FloatArray:
    return np.array([rng.normal(0, 0.08), rng.uniform(0.3, 0.6), 0], np.float32)


def _resting(one: MotionExample, other: MotionExample, rng: np.random.Generator) -> FloatArray:
    steps = len(one.hands)
    held: FloatArray = np.repeat(_step_with_hand(one.hands, rng)[None], steps, axis=0)
    return held + _lowered(rng) + _drift(steps, rng, rng.choice([0.005, 0.05]))


def _wandering(one: MotionExample, other: MotionExample, rng: np.random.Generator) -> FloatArray:
    """A generated hand, relaxed or loosely closed, somewhere in the picture; sometimes both."""
    steps = len(one.hands)
    wrists = one.hands[..., 0, :2]
    palm = float(np.nanmedian(np.linalg.norm(one.hands[..., 9, :2] - one.hands[..., 0, :2], axis=-1)))
    hands = np.full((steps, 2, 21, 3), np.nan, np.float32)
    for side in ([LEFT, RIGHT], [LEFT], [RIGHT])[int(rng.integers(3))]:
        pose = poses()[_LOOSE[int(rng.choice(2, p=(0.8, 0.2)))]]
        hand = generate(pose, rng, side, one.image_size or ASSUMED_SIZE)
        hand = (hand - hand[0]) * palm / max(float(np.linalg.norm((hand[9] - hand[0])[:2])), 0.02)
        place = np.append(np.nanmean(wrists, axis=(0, 1)) + rng.normal(0, 0.2, 2), 0)
        hands[:, side] = hand + place
    return hands + _drift(steps, rng, rng.choice([0.005, 0.05, 0.15]))


def _on_its_way(one: MotionExample, other: MotionExample, rng: np.random.Generator) -> FloatArray:
    """A hand rising to the first moments of a sign, or sinking from its last."""
    steps = len(one.hands)
    part = int(rng.integers(0, steps // 6 + 1))
    hands = one.hands if rng.random() < 0.5 else one.hands[::-1]
    index = np.maximum(np.arange(steps) - (steps - part), 0)
    share = np.clip(1 - np.arange(steps) / max(steps - part - 1, 1), 0, 1).astype(np.float32)
    moved: FloatArray = hands[index] + share[:, None, None, None] * _lowered(rng)
    return moved if hands is one.hands else moved[::-1]


def _running_into(one: MotionExample, other: MotionExample, rng: np.random.Generator) -> FloatArray:
    """The last moments of one sign moving to the first of another; most of the window is the way between."""
    steps = len(one.hands)
    head, tail = rng.integers(1, steps // 4 + 1, 2)
    before, after = one.hands[-head:], other.hands[:tail]
    bridge = steps - head - tail
    weight = np.linspace(0, 1, bridge, dtype=np.float32)[:, None, None, None]
    between = before[-1:] * (1 - weight) + after[:1] * weight
    return np.concatenate([before, between, after])
