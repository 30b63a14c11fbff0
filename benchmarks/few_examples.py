"""Few examples of still hands: drawn at random from photos of many people and from the frames of one signer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.clips import iter_clips
from recognizers.examples import HandExample, features_of, gather, split_gathered
from recognizers.features import ASSUMED_SIZE, palm_length, scaled_points
from recognizers.handmodel import ALONG_FINGER, POINT_ERROR, rotation
from recognizers.types import FloatArray

Numbers = npt.NDArray[np.int64]
Vary = Callable[[HandExample, np.random.Generator], HandExample]
BUILT = Path("build/models")
TURN = (15.0, 12.0, 10.0)
"""Standard deviations of yaw, pitch and roll of a hand that is turned in space, degrees."""
CLIP_FRAMES = 20
"""Hands of a clip of two seconds."""


class Known(NamedTuple):
    """Hands by label, to learn from and to ask for."""

    labels: tuple[str, ...]
    taught: dict[str, list[HandExample]]
    asked: list[HandExample]

    def only(self, labels: Sequence[str]) -> Known:
        """Return those of these labels."""
        asked = [example for example in self.asked if example.origin.label in labels]
        return Known(tuple(labels), {label: self.taught[label] for label in labels}, asked)

    def truth(self) -> Numbers:
        """Return the label number of what is asked for."""
        return np.array([self.labels.index(example.origin.label) for example in self.asked], np.int64)


def gestures() -> Known:
    """Return the photos of gestures; a fifth, by photo, is asked for: what `--split random --seed 1` holds out."""
    whole = gather(iter_clips(BUILT / "hagrid-crops"), "still")
    parts, _ = split_gathered(whole, "random", 1)
    examples = [example for example in whole.examples if isinstance(example, HandExample)]
    shown = [examples[int(index)] for part in (parts.train, parts.validation) for index in part]
    return _known(shown, [examples[int(index)] for index in parts.test])


def letters() -> Known:
    """Return the one signer's letters; of each the last two fifths are asked for, the first half teaches."""
    by_label: dict[str, list[HandExample]] = {}
    for example in gather(iter_clips(BUILT / "letters-one-signer"), "still").examples:
        if isinstance(example, HandExample):
            by_label.setdefault(example.origin.label, []).append(example)
    shown = [example for own in by_label.values() for example in own[: len(own) // 2]]
    return _known(shown, [example for own in by_label.values() for example in own[len(own) * 6 // 10 :: 4]])


def _known(shown: Sequence[HandExample], asked: list[HandExample]) -> Known:
    taught: dict[str, list[HandExample]] = {}
    for example in shown:
        taught.setdefault(example.origin.label, []).append(example)
    return Known(tuple(sorted(taught)), taught, asked)


def draws(known: Known, count: int, times: int, frames: int = 1) -> Iterator[list[HandExample]]:
    """Yield `times` choices of `count` photos of each label, or of as many clips of consecutive frames."""
    for seed in range(times):
        rng = np.random.default_rng((count, frames, seed))
        chosen = []
        for label in known.labels:
            own = known.taught[label]
            for start in rng.choice(len(own) - frames + 1, count, replace=False):
                chosen += own[int(start) : int(start) + frames]
        yield chosen


def drawn_hands() -> tuple[list[HandExample], list[str]]:
    """Return the drawn hands of `make models`, and the name of the pose of each."""
    found, names = [], []
    for folder in ("generated-gestures", "generated-letters"):
        for clip in iter_clips(BUILT / folder):
            for example in gather([clip], "still").examples:
                if isinstance(example, HandExample):
                    found.append(example)
                    names.append(clip.header.source.removeprefix("generated: "))
    return found, names


def with_copies(
    examples: Sequence[HandExample], count: int, vary: Vary, rng: np.random.Generator
) -> tuple[FloatArray, list[str]]:
    """Return features and labels of examples and of `count` changed copies of each."""
    learning = [*examples, *(vary(example, rng) for _ in range(count) for example in examples)]
    return features_of(learning), [example.origin.label for example in learning]


def turned(example: HandExample, rng: np.random.Generator) -> HandExample:
    """Return a copy as `augmentation.varied` makes one, but turned in space, by the landmarker's depth, and seen from a
    distance of 4 to 12 palms.
    """
    width, height = example.image_size or ASSUMED_SIZE
    points = scaled_points(example.hand, example.image_size)
    palm, centre = float(palm_length(points)), points[9]
    shape = (points - centre) * (1, 1, rng.uniform(0.65, 1.15))
    yaw, pitch, roll = rng.normal(0, TURN)
    shape = shape @ rotation(yaw, pitch, roll).T
    away = palm * rng.uniform(4, 12)
    shape[:, :2] *= (away / np.maximum(away + shape[:, 2:], 0.2 * away)) * np.exp(rng.normal(0, 0.06, 2))
    noise = rng.normal(size=shape.shape) * POINT_ERROR
    noise[1:] += (rng.normal(size=(5, 1, 3)) * POINT_ERROR * ALONG_FINGER).reshape(-1, 3)
    hand = (shape + noise * palm + centre) / (1, height / width, 1)
    return replace(example, hand=hand.astype(np.float32))
