"""What a training learns from: features of examples and of their changed copies, as the bundle will read them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recognizers.augmentation import varied
from recognizers.bundle import BundleInfo
from recognizers.examples import Example, MotionExample, features_of
from recognizers.features import FEATURE_SETS
from recognizers.fitting import Data
from recognizers.generated import generated_hands
from recognizers.motion_batches import Variety, copies, described, stacked
from recognizers.train_options import TrainOptions
from recognizers.types import FloatArray

STILL_COPIES = 6
SAMPLES = 4000
"""Mean and deviation are taken from about so many examples, evenly chosen."""
MOVEMENT_COPIES = (1, 48)
"""The fewest and the most copies of a movement."""
ENOUGH_MOVEMENTS = 16_000
"""So many copies of all movements together suffice; 10 kilobytes each."""


class Lesson(NamedTuple):
    """Features, raw (n, ...), and the label of each."""

    features: FloatArray
    labels: tuple[str, ...]


def lesson(examples: Sequence[Example], options: TrainOptions, features: str, rng: np.random.Generator) -> Lesson:
    """Return what is learned from examples: of stills they themselves and copies, of movements copies alone.

    A network that is taught a movement as it was recorded, too, learns the recording.
    """
    motions = [example for example in examples if isinstance(example, MotionExample)]
    if motions:
        count = options.copies or min(max(ENOUGH_MOVEMENTS // len(motions), MOVEMENT_COPIES[0]), MOVEMENT_COPIES[1])
        variety = Variety(mirror=0.5 if options.mirror else 0.0)
        made = copies(stacked(motions), count, features, variety, rng)
        return Lesson(made, tuple(example.origin.label for example in motions) * count)
    count = STILL_COPIES if options.copies is None else options.copies
    learning = [*examples, *(varied(example, rng) for _ in range(count) for example in examples)]
    return Lesson(features_of(learning), tuple(example.origin.label for example in learning))


def generated_lesson(labels: Sequence[str], count: int, rng: np.random.Generator) -> Lesson:
    """Return what generated hands teach, `count` for each label and pose that shows it."""
    made = generated_hands(labels, count, rng)
    return Lesson(features_of(made), tuple(example.origin.label for example in made))


def joined_lessons(*lessons: Lesson) -> Lesson:
    """Return all that these teach."""
    features = np.concatenate([one.features for one in lessons])
    return Lesson(features, tuple(label for one in lessons for label in one.labels))


def normalisation(features: FloatArray, name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation of each feature, as a bundle of the feature set `name` keeps them; (n, ..., F)."""
    some = features[:: max(1, len(features) // SAMPLES)]
    flat = some.reshape(-1, features.shape[-1])
    with warnings.catch_warnings():  # what was never seen, such as a left hand, has no mean
        warnings.simplefilter("ignore", RuntimeWarning)
        mean, deviation = (
            np.nan_to_num(np.nanmean(flat, axis=0, dtype=np.float64)),
            np.nan_to_num(np.nanstd(flat, axis=0, dtype=np.float64)),
        )
    # A feature that hardly moves must not become a magnifying glass for noise.
    deviation = np.maximum(deviation, 1e-3) / np.array(FEATURE_SETS[name].weights or 1.0)
    return tuple(float(value) for value in mean), tuple(float(value) for value in deviation)


class Preparer:
    """Turns lessons and examples into what the network reads, with the bundle's own normalisation."""

    def __init__(self, info: BundleInfo) -> None:
        self._index = {label: number for number, label in enumerate(info.labels)}
        self._mean = np.array(info.mean, np.float32)
        self._deviation = np.array(info.deviation, np.float32)
        self._features = info.features

    def taught(self, one: Lesson) -> Data:
        """Return a lesson as inputs."""
        x = np.nan_to_num((one.features - self._mean) / self._deviation, nan=0.0)
        return Data(x.astype(one.features.dtype), np.array([self._index[label] for label in one.labels], np.int64))

    def plain(self, examples: Sequence[Example]) -> Data:
        """Return examples as they are; those of labels that the network does not know are left out."""
        known = [example for example in examples if example.origin.label in self._index]
        motions = [example for example in known if isinstance(example, MotionExample)]
        raw = described(stacked(motions), self._features) if motions else features_of(known, self._features)
        return self.taught(Lesson(raw, tuple(example.origin.label for example in known)))
