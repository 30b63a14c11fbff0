"""What a training learns from: features of examples and of their changed copies, as the bundle will read them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recognizers.augmentation import varied
from recognizers.bundle import BundleInfo
from recognizers.examples import BACKGROUND_LABELS, Example, MotionExample, features_of
from recognizers.features import FEATURE_SETS, mirroring
from recognizers.fitting import Data
from recognizers.generated import generated_hands
from recognizers.generated_idling import generated_idling
from recognizers.generated_signs import generated_signs
from recognizers.motion_batches import Variety, copies, described, stacked
from recognizers.train_options import TrainOptions
from recognizers.types import FloatArray

STILL_COPIES = 6
SAMPLES = 4000
"""Mean and deviation are taken from about so many examples, evenly chosen."""
MOVEMENT_COPIES = (1, 48)
"""The fewest and the most copies of a movement."""
GENERATED_COPIES = 3
"""Each generated movement is somebody else's already."""
ENOUGH_MOVEMENTS = 16_000
"""So many copies of all movements together suffice; 10 kilobytes each."""


class Asked(NamedTuple):
    """What a bundle reads: `still` or `sequence`, the feature set's name, and the seconds of a window."""

    kind: str
    features: str
    seconds: float


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


def generated_lesson(labels: Sequence[str], options: TrainOptions, info: Asked, rng: np.random.Generator) -> Lesson:
    """Return what generated hands or movements teach.

    Args:
        labels: of the bundle.
        options: `generated` hands for each label and pose that shows it; or as many movements for each label that is a
            word, and three times as many that are none where the bundle has a background.
        info: what the bundle reads.
        rng: for people, cameras and the landmarker's errors.
    """
    if info.kind == "still":
        hands = generated_hands(labels, options.generated, rng)
        return Lesson(features_of(hands), tuple(example.origin.label for example in hands))
    made = generated_movements(labels, options.generated, rng, info.seconds)
    return lesson(made, replace(options, copies=GENERATED_COPIES), info.features, rng)


def generated_movements(
    labels: Sequence[str], count: int, rng: np.random.Generator, seconds: float
) -> list[MotionExample]:
    """Return `count` generated movements of each label that is a word, and thrice as many that are none of the labels,
    where there is a label for that.
    """
    made = generated_signs(labels, count, rng, seconds=seconds)
    backgrounds = [label for label in labels if label in BACKGROUND_LABELS]
    if backgrounds:
        made += generated_idling(labels, 3 * count, rng, background=backgrounds[0], seconds=seconds)
    return made


def joined_lessons(*lessons: Lesson) -> Lesson:
    """Return all that these teach."""
    features = np.concatenate([one.features for one in lessons])
    return Lesson(features, tuple(label for one in lessons for label in one.labels))


def normalisation(
    features: FloatArray, name: str, *, mirrored: bool = False
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation of each feature.

    Args:
        features: (n, ..., F), NaN where missing.
        name: of the feature set, whose weights count.
        mirrored: whether a movement and its mirror image are to be normalised alike.
    """
    some = features[:: max(1, len(features) // SAMPLES)]
    flat = some.reshape(-1, features.shape[-1])
    with warnings.catch_warnings():  # what was never seen, such as a left hand, has no mean
        warnings.simplefilter("ignore", RuntimeWarning)
        mean, deviation = (
            np.nan_to_num(np.nanmean(flat, axis=0, dtype=np.float64)),
            np.nan_to_num(np.nanstd(flat, axis=0, dtype=np.float64)),
        )
    if mirrored:
        order, signs = mirroring(name)
        mean, deviation = (mean + signs * mean[order]) / 2, (deviation + deviation[order]) / 2
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
