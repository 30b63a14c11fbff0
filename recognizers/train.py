"""Training, from top to bottom: clips -> examples -> split -> augmentation -> network -> thresholds -> bundle.

Seeded throughout: the same clips, options and machine give the same weights.
"""

from __future__ import annotations

import datetime
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from recognizers import networks
from recognizers.augmentation import varied
from recognizers.bundle import Bundle, BundleInfo
from recognizers.bundle_writer import save_bundle
from recognizers.card import write_card
from recognizers.clips import Clip, iter_clips
from recognizers.datasets import dataset_info, is_dataset
from recognizers.errors import TrainingError
from recognizers.evaluate import Report, measure, write_report
from recognizers.examples import (
    Example,
    Gathered,
    MotionExample,
    Split,
    feature_set_of,
    features_of,
    gather,
    split,
)
from recognizers.export import as_function, to_litert, weights_of
from recognizers.generated import generated_hands
from recognizers.idle import IDLE, idle_examples
from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.types import FloatArray
from recognizers.version import VERSION

_LOG = logging.getLogger(__name__)
BACKGROUND_LABELS = ("none", IDLE)
MIN_EXAMPLES = 5
FALSE_FIRE_RATE = 0.002
"""A label's threshold lets at most this share of the validation examples of all other labels through."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What to train, from what, to where.

    Attributes:
        mode: the mode that the bundle will serve.
        datasets: clips, sample folders or dataset folders.
        out: the bundle's folder; its name is the bundle's.
        kind: `still` or `sequence`; None asks the data: clips of one frame are stills.
        network: its name, or None for the default of the kind; `network_parameters` go to it.
        split: how to hold examples apart; see `recognizers.examples.split`.
        seed: of everything that is random.
        copies: changed copies of each training example.
        generated: generated hands for each label whose pose ships, added to the training only; stills.
        idle: whether to add an idle label made from the signs themselves; sequences.
        epochs: at most; training stops early.
        description: what the bundle is for, a sentence for its card.
        command: the command line, for card and report.
    """

    mode: str
    datasets: tuple[Path, ...]
    out: Path
    kind: Literal["still", "sequence"] | None = None
    network: str | None = None
    network_parameters: dict[str, Any] = field(default_factory=dict)
    split: str = "auto"
    seed: int = 0
    copies: int = 6
    generated: int = 0
    idle: bool = False
    epochs: int = 60
    description: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class _Data:
    """Normalised inputs and label numbers of one part of the split."""

    x: FloatArray
    y: np.ndarray


def train(options: TrainOptions, say: Say = _LOG.info) -> tuple[Bundle, Report]:
    """Train a bundle, measure it on what was held out, and write it with its card and report.

    Raises:
        TrainingError: the data cannot give an honest model.
    """
    networks.seed_everything(options.seed)
    rng = np.random.default_rng(options.seed)
    clips = [clip for path in options.datasets for clip in iter_clips(path)]
    kind = options.kind or _kind_of(clips)
    gathered = gather(clips, kind)
    parts = _checked_split(gathered, options)
    say(f"{len(gathered.examples)} examples, split by {parts.kind}: {_counts(gathered, parts)}")
    train_set, validation_set, test_set = _with_idle(gathered, parts, options, rng)
    labels = tuple(sorted({example.origin.label for example in train_set}))
    copies = [varied(example, rng) for _ in range(options.copies) for example in train_set]
    made = generated_hands(labels, options.generated, rng) if options.generated else []
    train_features = features_of([*train_set, *copies, *made])
    info = _info(options, kind, labels, train_features, gathered)
    name, shape = info.network, info.input_shape
    network = networks.build(name, shape, len(labels), options.network_parameters)
    as_data = _Preparer(info)
    learned = as_data([*train_set, *copies, *made], train_features)
    validation = as_data(validation_set)
    _fit(network, learned, validation, options, say)
    run = as_function(network)
    info = replace(info, thresholds=_thresholds(labels, run(validation.x), validation.y))
    return _finish(options, info, network, gathered, parts, test_set, as_data, say)


def _finish(
    options: TrainOptions,
    info: BundleInfo,
    network: networks.Network,
    gathered: Gathered,
    parts: Split,
    test_set: Sequence[Example],
    as_data: _Preparer,
    say: Say,
) -> tuple[Bundle, Report]:
    """Measure what will run, the exported model, and write everything."""
    model, run = to_litert(network), as_function(network)
    trial = Bundle(info, model, options.out)
    test = as_data(test_set)
    truth = [info.labels[number] for number in test.y]
    report = measure(
        trial,
        truth,
        trial.run(test.x),
        gathered.undetected,
        split=parts.note,
        seed=options.seed,
        command=options.command,
        extra={
            "parts": {"train": len(parts.train), "validation": len(parts.validation), "test": len(parts.test)}
        },
    )
    metrics = {key: getattr(report, key) for key in ("accuracy", "macro_f1", "split", "n")}
    info = replace(info, metrics=metrics)
    card = write_card(info, report, options.description)
    bundle = save_bundle(
        options.out, info, model=model, weights=weights_of(network), card=card, reference=run
    )
    write_report(report, options.out)
    say(f"saved {options.out}: accuracy {report.accuracy:.4f} on {report.n} held-out examples")
    return bundle, report


class _Preparer:
    """Turns examples into what the network reads, with the bundle's own normalisation."""

    def __init__(self, info: BundleInfo) -> None:
        self._index = {label: number for number, label in enumerate(info.labels)}
        self._mean = np.array(info.mean, np.float32)
        self._deviation = np.array(info.deviation, np.float32)

    def __call__(self, examples: Sequence[Example], features: FloatArray | None = None) -> _Data:
        known = [one for one in examples if one.origin.label in self._index]
        raw = features_of(known) if features is None else features
        x = np.nan_to_num((raw - self._mean) / self._deviation, nan=0.0).astype(np.float32)
        return _Data(x, np.array([self._index[example.origin.label] for example in known]))


def _kind_of(clips: Sequence[Clip]) -> Literal["still", "sequence"]:
    if not clips:
        raise TrainingError("there are no clips to train on", remedy="Record or import some first")
    return "still" if all(len(clip.t_ns) == 1 for clip in clips) else "sequence"


def _checked_split(gathered: Gathered, options: TrainOptions) -> Split:
    counts = Counter(example.origin.label for example in gathered.examples)
    if len(counts) + options.idle < 2:
        raise TrainingError(
            "one label cannot be told from nothing",
            expected="at least two labels with hands in them",
            found=", ".join(counts) or "none",
            remedy="Record another label, or a background",
        )
    few = {label: count for label, count in counts.items() if count < MIN_EXAMPLES}
    if few:
        raise TrainingError(
            "too few examples to train, stop and measure on",
            expected=f"at least {MIN_EXAMPLES} a label",
            found=", ".join(f"{label}: {count}" for label, count in sorted(few.items())),
            remedy="Record more of these",
        )
    parts = split([example.origin for example in gathered.examples], options.split, options.seed)
    trained = {gathered.examples[index].origin.label for index in parts.train}
    if missing := set(counts) - trained:
        raise TrainingError(
            f"a split by {parts.kind} leaves no training example of: {', '.join(sorted(missing))}",
            remedy="Record more of them, or choose another --split",
        )
    return parts


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
    mean = np.nan_to_num(np.nanmean(flat, axis=0))
    # A feature that hardly moves must not become a magnifying glass for noise.
    deviation = np.maximum(np.nan_to_num(np.nanstd(flat, axis=0)), 1e-3)
    data = [_data_summary(path) for path in options.datasets if is_dataset(path)]
    steps = features.shape[1] if kind == "sequence" else 1
    return BundleInfo(
        id=options.out.name,
        mode=options.mode,
        input=kind,
        labels=labels,
        background=tuple(label for label in BACKGROUND_LABELS if label in labels),
        features=feature_set_of(kind),
        feature_count=features.shape[-1],
        mean=tuple(float(value) for value in mean),
        deviation=tuple(float(value) for value in deviation),
        thresholds={},
        default_threshold=DEFAULT_THRESHOLD,
        network=options.network or networks.DEFAULTS[kind],
        network_parameters=options.network_parameters,
        data=tuple(data),
        licence=", ".join(sorted({str(item["licence"]) for item in data if item["licence"]}))
        or "the recorder's own",
        window_steps=steps,
        window_seconds=1.0 if kind == "sequence" else 0.0,
        landmarker=", ".join(gathered.landmarkers) or None,
        made={
            "mudra": VERSION,
            "command": options.command,
            "seed": options.seed,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        },
    )


def _data_summary(path: Path) -> dict[str, Any]:
    info = dataset_info(path)
    return {
        "name": path.name,
        "source": info.source,
        "licence": info.licence,
        "notes": info.notes,
        "clips": info.clips,
    }


def _fit(
    network: networks.Network, learned: _Data, validation: _Data, options: TrainOptions, say: Say
) -> None:
    """Adam, a lower rate on a plateau, an early stop, the best weights kept, rare labels weighing more."""
    k = networks.keras()
    classes = network.output_shape[-1]
    network.compile(
        optimizer=k.optimizers.Adam(1e-3),
        loss=k.losses.CategoricalCrossentropy(label_smoothing=0.05),
        metrics=["accuracy"],
    )
    counts = np.bincount(learned.y, minlength=classes)
    weights = {number: len(learned.y) / (classes * max(int(count), 1)) for number, count in enumerate(counts)}

    def tell(epoch: int, logs: dict[str, float]) -> None:
        say(f"epoch {epoch + 1}: loss {logs['loss']:.4f}, validation accuracy {logs['val_accuracy']:.4f}")

    network.fit(
        learned.x,
        np.eye(classes, dtype=np.float32)[learned.y],
        validation_data=(validation.x, np.eye(classes, dtype=np.float32)[validation.y]),
        epochs=options.epochs,
        batch_size=64,
        class_weight=weights,
        verbose=0,
        callbacks=[
            k.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=3, min_lr=1e-5),
            k.callbacks.EarlyStopping(monitor="val_loss", patience=8, restore_best_weights=True),
            k.callbacks.LambdaCallback(on_epoch_end=tell),
        ],
    )


def _thresholds(labels: Sequence[str], scores: FloatArray, truth: np.ndarray) -> dict[str, float]:
    """The lowest threshold of each label, from the default up, that keeps to the false-fire rate on validation."""
    answers, sure = scores.argmax(axis=1), scores.max(axis=1)
    thresholds = {}
    for number, label in enumerate(labels):
        others = truth != number
        false = np.sort(sure[others & (answers == number)])
        allowed = int(FALSE_FIRE_RATE * others.sum())
        worst = float(false[-allowed - 1]) if len(false) > allowed else 0.0
        thresholds[label] = round(float(np.clip(worst + 0.005, DEFAULT_THRESHOLD, 0.9)), 3)
    return cast(dict[str, float], thresholds)
