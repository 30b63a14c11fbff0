"""Training, from top to bottom: clips -> examples -> split -> augmentation -> network -> thresholds -> bundle.

Seeded throughout: the same clips, options and machine give the same weights.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from recognizers import networks
from recognizers.augmentation import varied
from recognizers.bundle import Bundle, BundleInfo
from recognizers.bundle_writer import check_place, save_bundle
from recognizers.card import write_card
from recognizers.clips import PIXELS, Clip, iter_clips
from recognizers.datasets import dataset_info, is_dataset
from recognizers.errors import TrainingError, UsageError
from recognizers.evaluate import Report, measure, write_report
from recognizers.examples import (
    Example,
    Gathered,
    MotionExample,
    Split,
    feature_set_of,
    features_of,
    gather,
    split_gathered,
)
from recognizers.export import as_function, to_litert, weights_of
from recognizers.features import FEATURE_SETS
from recognizers.fitting import Data, fit, refit
from recognizers.generated import generated_hands
from recognizers.idle import IDLE, idle_examples
from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.train_options import TrainOptions, data_of, licence_of, made_of
from recognizers.train_pictures import train_pictures
from recognizers.training_news import Phase, Say
from recognizers.types import FloatArray

__all__ = ["TrainOptions", "train"]

_LOG = logging.getLogger(__name__)
BACKGROUND_LABELS = ("none", IDLE)
MIN_EXAMPLES = 5
FALSE_FIRE_RATE = 0.001
"""A label's threshold lets at most this share of the validation examples of all other labels through."""


def train(options: TrainOptions, say: Say = _LOG.info) -> tuple[Bundle, Report]:
    """Train a bundle, measure it on what was held out, and write it with its card and report.

    Raises:
        TrainingError: the data cannot give an honest model.
        UsageError: the options do not fit each other or the data.
        FormatError: a clip cannot be read.
        OutputError: the bundle cannot be written, or something else stands in its place.
    """
    check_place(options.out)
    _check_modes(options)
    rng = np.random.default_rng(options.seed)
    say(Phase.READ)
    clips = [clip for path in options.datasets for clip in iter_clips(path)]
    kind = options.kind or _kind_of(clips)
    _check_options(options, kind)
    if kind == "face":
        return train_pictures(options, clips, say)
    gathered = gather(clips, kind)
    parts, undetected = _checked_split(gathered, options)
    say(f"{len(gathered.examples)} examples, split by {parts.kind}: {_counts(gathered, parts)}")
    train_set, validation_set, test_set = _with_idle(gathered, parts, options, rng)
    labels = tuple(sorted({example.origin.label for example in train_set}))
    learning = [*train_set, *_varied_copies(train_set, options, rng)]
    learning += generated_hands(labels, options.generated, rng) if options.generated else []
    features = features_of(learning)
    info = _info(options, kind, labels, features, gathered)
    networks.seed_everything(options.seed)
    as_data = _Preparer(info)
    learned, validation = as_data(learning, features), as_data(validation_set)

    def fresh() -> networks.Network:
        return networks.build(info.network, info.input_shape, len(labels), options.network_parameters)

    network = fresh()
    say(Phase.FIT)
    rates = fit(network, learned, validation, options.epochs, say)
    thresholds = _thresholds(labels, as_function(network)(validation.x), validation.y)
    info = replace(info, thresholds=thresholds)
    if options.refit:
        more = as_data([*validation_set, *_varied_copies(validation_set, options, rng)])
        network = fresh()
        say(Phase.REFIT)
        refit(
            network,
            Data(np.concatenate([learned.x, more.x]), np.concatenate([learned.y, more.y])),
            rates,
            say,
        )
    return _finish(options, info, network, undetected=undetected, parts=parts, test=as_data(test_set), say=say)


def _varied_copies(examples: Sequence[Example], options: TrainOptions, rng: np.random.Generator) -> list[Example]:
    return [varied(example, rng) for _ in range(options.copies) for example in examples]


def _finish(
    options: TrainOptions,
    info: BundleInfo,
    network: networks.Network,
    *,
    undetected: Mapping[str, int],
    parts: Split,
    test: Data,
    say: Say,
) -> tuple[Bundle, Report]:
    """Measure what will run, the exported model, and write everything."""
    say(Phase.SAVE)
    model, run = to_litert(network), as_function(network)
    trial = Bundle(info, model, options.out)
    truth = [info.labels[number] for number in test.y]
    report = measure(
        trial,
        truth,
        trial.run(test.x),
        undetected,
        split=parts.note,
        seed=options.seed,
        command=options.command,
        extra={"parts": {"train": len(parts.train), "validation": len(parts.validation), "test": len(parts.test)}},
    )
    metrics = {key: getattr(report, key) for key in ("accuracy", "macro_f1", "split", "n")}
    info = replace(info, metrics=metrics)
    card = write_card(info, report, options.description)
    bundle = save_bundle(options.out, info, model=model, weights=weights_of(network), card=card, reference=run)
    write_report(report, options.out)
    say(f"saved {options.out}: accuracy {report.accuracy:.4f} on {report.n} held-out examples")
    return bundle, report


class _Preparer:
    """Turns examples into what the network reads, with the bundle's own normalisation."""

    def __init__(self, info: BundleInfo) -> None:
        self._index = {label: number for number, label in enumerate(info.labels)}
        self._mean = np.array(info.mean, np.float32)
        self._deviation = np.array(info.deviation, np.float32)

    def __call__(self, examples: Sequence[Example], features: FloatArray | None = None) -> Data:
        known = [one for one in examples if one.origin.label in self._index]
        raw = features_of(known) if features is None else features
        x = np.nan_to_num((raw - self._mean) / self._deviation, nan=0.0).astype(np.float32)
        return Data(x, np.array([self._index[example.origin.label] for example in known]))


def _kind_of(clips: Sequence[Clip]) -> Literal["still", "sequence", "face"]:
    if not clips:
        raise TrainingError("there are no clips to train on", remedy="Record or import some first")
    if any(clip.header.kind == PIXELS for clip in clips):
        return "face"
    return "still" if all(len(clip.t_ns) == 1 for clip in clips) else "sequence"


def _check_modes(options: TrainOptions) -> None:
    for path in options.datasets:
        if is_dataset(path) and (mode := dataset_info(path).mode) != options.mode:
            raise UsageError(
                "the dataset is for another mode",
                where=path,
                expected=f"{options.mode} mode",
                found=f"{mode} mode",
                remedy=f"Train with --mode {mode}, or import it again with --mode {options.mode}",
            )


def _check_options(options: TrainOptions, kind: str) -> None:
    networks.check(options.network or networks.DEFAULTS[kind], kind)
    if options.idle and kind != "sequence":
        raise UsageError("idle examples are movements", expected="clips of movements", found="pictures")
    if options.generated and kind != "still":
        found = "movements" if kind == "sequence" else "faces"
        raise UsageError("generated hands are pictures of hands", expected="clips of one hand", found=found)


def _checked_split(gathered: Gathered, options: TrainOptions) -> tuple[Split, dict[str, int]]:
    counts = Counter(example.origin.label for example in gathered.examples)
    if len(counts) + options.idle < 2:
        raise TrainingError(
            "one label cannot be told from nothing",
            expected="at least two labels with hands in them",
            found=", ".join(counts) or "none",
            remedy="Record another label, or a background",
        )
    unseen = {label: 0 for label in gathered.undetected if label not in BACKGROUND_LABELS}
    few = {label: count for label, count in {**unseen, **counts}.items() if count < MIN_EXAMPLES}
    if few:
        raise TrainingError(
            "too few examples to train, stop and measure on",
            expected=f"at least {MIN_EXAMPLES} a label",
            found=", ".join(f"{label}: {count}" for label, count in sorted(few.items())),
            remedy="Record more of these",
        )
    parts, undetected = split_gathered(gathered, options.split, options.seed)
    trained = {gathered.examples[index].origin.label for index in parts.train}
    if missing := set(counts) - trained:
        raise TrainingError(
            f"a split by {parts.kind} leaves no training example of: {', '.join(sorted(missing))}",
            remedy="Record more of them, or choose another --split",
        )
    return parts, undetected


def _counts(gathered: Gathered, parts: Split) -> str:
    undetected = sum(gathered.undetected.values())
    return (
        f"{len(parts.train)} to train, {len(parts.validation)} to choose when to stop, {len(parts.test)} to measure; "
        f"{undetected} clips showed no hand"
    )


def _with_idle(
    gathered: Gathered, parts: Split, options: TrainOptions, rng: np.random.Generator
) -> tuple[list[Example], list[Example], list[Example]]:
    """The three parts, each with idle examples made from its own signs only where they are asked for."""
    sets = []
    for indices in (parts.train, parts.validation, parts.test):
        part = [gathered.examples[index] for index in indices]
        if options.idle:
            motions = [example for example in part if isinstance(example, MotionExample)]
            part += idle_examples(motions, 2 * len(motions), rng)
        sets.append(part)
    return sets[0], sets[1], sets[2]


def _info(
    options: TrainOptions, kind: str, labels: tuple[str, ...], features: FloatArray, gathered: Gathered
) -> BundleInfo:
    flat = features.reshape(-1, features.shape[-1])
    with warnings.catch_warnings():  # what was never seen, such as a left hand, has no mean
        warnings.simplefilter("ignore", RuntimeWarning)
        mean, deviation = np.nan_to_num(np.nanmean(flat, axis=0)), np.nan_to_num(np.nanstd(flat, axis=0))
    # A feature that hardly moves must not become a magnifying glass for noise.
    deviation = np.maximum(deviation, 1e-3)
    feature_set = FEATURE_SETS[feature_set_of(kind)]
    deviation = deviation / np.array(feature_set.weights or 1.0)
    data = data_of(options)
    steps = features.shape[1] if kind == "sequence" else 1
    return BundleInfo(
        id=options.out.name,
        mode=options.mode,
        input=kind,
        labels=labels,
        background=tuple(label for label in BACKGROUND_LABELS if label in labels),
        features=feature_set.name,
        feature_count=feature_set.count,
        mean=tuple(float(value) for value in mean),
        deviation=tuple(float(value) for value in deviation),
        thresholds={},
        default_threshold=DEFAULT_THRESHOLD,
        network=options.network or networks.DEFAULTS[kind],
        network_parameters=options.network_parameters,
        data=tuple(data),
        licence=licence_of(data),
        window_steps=steps,
        window_seconds=1.0 if kind == "sequence" else 0.0,
        landmarker=", ".join(gathered.landmarkers) or None,
        made=made_of(options),
    )


def _thresholds(labels: Sequence[str], scores: FloatArray, truth: npt.NDArray[np.int64]) -> dict[str, float]:
    """The lowest threshold of each label, from the default up, that keeps to the false-fire rate on validation."""
    answers, sure = scores.argmax(axis=1), scores.max(axis=1)
    thresholds = {}
    for number, label in enumerate(labels):
        others = truth != number
        false = np.sort(sure[others & (answers == number)])
        allowed = int(FALSE_FIRE_RATE * others.sum())
        worst = float(false[-allowed - 1]) if len(false) > allowed else 0.0
        thresholds[label] = round(float(np.clip(worst + 0.005, DEFAULT_THRESHOLD, 0.9)), 3)
    return thresholds
