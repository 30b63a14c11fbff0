"""Training, from top to bottom: clips -> examples -> split -> augmentation -> network -> thresholds -> bundle.

Seeded throughout: the same clips, options and machine give the same weights.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Literal, NamedTuple

import numpy as np

from recognizers import networks
from recognizers.bundle import Bundle, BundleInfo
from recognizers.bundle_writer import check_place, save_bundle
from recognizers.card import write_card
from recognizers.clips import PIXELS, Clip
from recognizers.encoder import Encoder, start_of
from recognizers.evaluate import Report, measure, write_report
from recognizers.examples import (
    BACKGROUND_LABELS,
    Example,
    Gathered,
    MotionExample,
    Split,
    feature_set_of,
    gather,
    window_seconds_of,
)
from recognizers.export import as_function, to_litert, weights_of
from recognizers.features import FEATURE_SETS
from recognizers.fitting import Data, FitPlan, falling, fit, refit
from recognizers.idle import idle_examples
from recognizers.lessons import (
    GENERATED_COPIES,
    MOVEMENT_COPIES,
    Asked,
    Preparer,
    generated_lesson,
    generated_movements,
    joined_lessons,
    lesson,
    normalisation,
)
from recognizers.modes import GESTURE
from recognizers.overlap import clip_name, record_of
from recognizers.quality import judge
from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.trace_file import traces_for
from recognizers.train_checks import check_modes, check_options, checked_split
from recognizers.train_clips import measured_elsewhere, read_clips
from recognizers.train_limits import thresholds_of
from recognizers.train_options import TrainOptions, data_of, licence_of, made_of
from recognizers.train_pictures import train_pictures
from recognizers.training_news import Phase, Say
from recognizers.training_record import Course, TrainingRecord, write_record
from recognizers.types import FloatArray

__all__ = ["TrainOptions", "train"]

_LOG = logging.getLogger(__name__)
FEW = 3000
"""Below so many examples none is wasted: the network that is kept learns from those that measured it, too."""
EPOCHS = {"still": 60, "sequence": 40}
FEW_EPOCHS = 30
"""Of few movements, so that fifty clips take half a minute, and of few stills that start from what ships."""
HELD_OUT = 400
"""Where generated movements teach, so many others of each word choose when to stop and set thresholds, too."""
MANY_EPOCHS = 16
"""Over so many the rate falls where stills are many."""
MOVES = 1.2
"""Palm lengths a second from which a recorded gesture is a movement: hands that hold a pose move 0.1 to 1.1 with their
arrival, those that sign 1.0 to 8 (see docs/recording.md)."""
MOTION_CLIPS = 100
"""How many clips are asked about it, at most twice as many."""
EPOCH = (192, 10_000)
"""The most movements an epoch, of few and of many."""
WHOLE_NOTE = (
    "The figures are those of a network that never saw what measured it; the one in the bundle has learned from all"
)
ONE_SESSION = (
    "All examples come from one session or one that nobody named: the figures say how well that is repeated, not how "
    "well it goes on another day, in another light or with another person. Record once more, tomorrow."
)


def train(options: TrainOptions, say: Say = _LOG.info) -> tuple[Bundle, Report]:
    """Train a bundle, measure it on what was held out, and write it with its card and report.

    Raises:
        TrainingError: the data cannot give an honest model.
        UsageError: the options do not fit each other or the data.
        FormatError: a clip cannot be read.
        OutputError: the bundle cannot be written, or something else stands in its place.
    """
    check_place(options.out)
    check_modes(options)
    rng = np.random.default_rng(options.seed)
    say(Phase.READ)
    named = read_clips(options, options.datasets, say)
    names, clips = [name for name, _ in named], [clip for _, clip in named]
    course = Course(say)
    kind = options.kind or _kind_of(clips, options.mode)
    check_options(options, kind)
    if kind == "face":
        return train_pictures(options, clips, names, course)
    seconds = window_seconds_of(clip for clip in clips if clip.header.label not in BACKGROUND_LABELS)
    gathered = gather(clips, kind, seconds=seconds)
    options, few = _suited(options, kind, gathered)
    parts, undetected = checked_split(gathered, options)
    warning = _tell_split(gathered, parts, say)
    sets = _with_idle(gathered, parts, options, rng)
    if options.measure:
        sets, parts, undetected, names = measured_elsewhere(options, sets, parts, say)
    labels = tuple(sorted({example.origin.label for example in sets[0]} | set(options.also)))
    features = options.features or feature_set_of(kind)
    first = lesson(sets[0], options, features, rng)
    if options.generated:
        first = joined_lessons(first, generated_lesson(labels, options, Asked(kind, features, seconds), rng))
    start = start_of(options, kind, features, say, few=few)
    info = _info(options, kind, labels, first.features, landmarkers=gathered.landmarkers, seconds=seconds, start=start)
    networks.seed_everything(options.seed)
    made = len(first.labels) // GENERATED_COPIES if options.generated else 0
    prepare, plan = Preparer(info), _plan(options, kind, len(sets[0]) + made, few, started=start is not None)
    aside = generated_movements(labels, HELD_OUT, rng, seconds) if options.generated and kind == "sequence" else []
    validation, test = prepare.plain([*sets[1], *aside]), prepare.plain(sets[2])
    taught = prepare.taught(first)
    network = _fresh(info, options, start, taught)
    say(Phase.FIT)
    rates = fit(network, taught, validation, plan, course)
    run = as_function(network)
    info = replace(info, thresholds=thresholds_of(labels, run(validation.x), validation.y))
    whole = _is_whole(options, gathered) and not options.measure
    scores = run(test.x) if whole else None
    if more := [example for part in sets[1 : 3 if whole else 2] for example in part] if whole or options.refit else []:
        everything = prepare.taught(joined_lessons(first, lesson(more, options, features, rng)))
        network = _fresh(info, options, start, everything)
        course(Phase.REFIT)
        say(f"once more with what {'was held out' if whole else 'chose when to stop'}")
        again = falling(plan.rate, plan.epochs) if plan.falls or kind == "sequence" else rates
        plan = _plan(options, kind, len(sets[0]) + len(more) + made, few)
        refit(network, everything, again, plan, course)
    record = record_of([example for part in sets[: 3 if whole else 2] for example in part], course.rows)
    tested = [clip_name(example.origin, names) for example in sets[2]]
    measured = _Measured(test, undetected, parts, scores, warning, tested, record)
    return _finish(options, info, network, measured, say)


def _tell_split(gathered: Gathered, parts: Split, say: Say) -> str:
    say(f"{len(gathered.examples)} examples, split by {parts.kind}: {_counts(gathered, parts)}")
    if warning := _warning(gathered, parts):
        say(warning)
    return warning


def _suited(options: TrainOptions, kind: str, gathered: Gathered) -> tuple[TrainOptions, bool]:
    """Return the options with the network and the copies that suit the data, and whether recordings are few.

    Recordings count, not windows: a long background makes many of these. Of few no more copies are made than are seen.
    """
    recordings = len({example.origin.unit for example in gathered.examples})
    few = recordings <= networks.FEW_MOVEMENTS and not options.generated
    copies = options.copies
    if few and kind == "sequence" and copies is None:
        copies = min(MOVEMENT_COPIES[1], 1 + EPOCH[0] * FEW_EPOCHS // len(gathered.examples))
    return replace(options, network=options.network or networks.default_of(kind, recordings), copies=copies), few


def _fresh(info: BundleInfo, options: TrainOptions, start: Encoder | None, taught: Data) -> networks.Network:
    networks.seed_everything(options.seed)
    network = networks.build(info.network, info.input_shape, len(info.labels), info.network_parameters)
    if start is not None:
        networks.start_from(network, start.weights)
        if info.input == "still":
            networks.begin_with_means(network, taught.x, taught.y)
    return network


def _plan(options: TrainOptions, kind: str, examples: int, few: bool, *, started: bool = False) -> FitPlan:
    """Return how to fit; movements come in many copies, of which an epoch sees some."""
    soon = few and (started or kind == "sequence")
    epochs = options.epochs or (FEW_EPOCHS if soon else EPOCHS[kind])
    if kind == "still":
        if examples < FEW:
            return FitPlan(epochs, seed=options.seed, logs=options.logs)
        # Where there are many, larger steps at a rate that falls reach in a fifth of the time what a plateau does.
        epochs = options.epochs or MANY_EPOCHS
        return FitPlan(epochs, rate=3e-3, batch=256, falls=True, seed=options.seed, logs=options.logs)
    batch = 32 if few else 64
    return FitPlan(
        epochs,
        rate=2e-3,
        decay=1e-2,
        smoothing=0.1,
        batch=batch,
        patience=10,
        plateau=4,
        steps=math.ceil(_movements_an_epoch(examples, few) / batch),
        seed=options.seed,
        logs=options.logs,
    )


def _movements_an_epoch(examples: int, few: bool) -> int:
    """Return how many copies an epoch sees: fifteen of each, of few fewer so that a minute is not spent on fifty clips.

    From benchmarks/sequence_networks.py: to see each a third as often costs points where there are hundreds.
    """
    return min(15 * examples, EPOCH[0] if few else max(EPOCH[1], examples))


def _is_whole(options: TrainOptions, gathered: Gathered) -> bool:
    few = len(gathered.examples) < FEW and not options.refit
    return few if options.whole is None else options.whole


def _warning(gathered: Gathered, parts: Split) -> str:
    """Return what is to be known of the figures before they are believed, or nothing."""
    known = {(example.origin.signer, example.origin.session) for example in gathered.examples}
    return ONE_SESSION if len(known) == 1 and parts.kind in ("block", "random") else ""


class _Measured(NamedTuple):
    """What measures: the test, what was missed in it, the split, the scores where they are there, a warning; the names
    of the test's clips, and what the bundle shall remember.
    """

    test: Data
    undetected: Mapping[str, int]
    parts: Split
    scores: FloatArray | None
    warning: str
    names: Sequence[str]
    record: TrainingRecord


def _finish(
    options: TrainOptions, info: BundleInfo, network: networks.Network, measured: _Measured, say: Say
) -> tuple[Bundle, Report]:
    """Measure what will run, the exported model, and write everything."""
    say(Phase.SAVE)
    model, run = to_litert(network), as_function(network)
    trial = Bundle(info, model, options.out)
    test, parts = measured.test, measured.parts
    scores = trial.run(test.x) if measured.scores is None else measured.scores
    notes = [parts.note, *([] if measured.scores is None else [WHOLE_NOTE]), *filter(None, [measured.warning])]
    report = measure(
        trial,
        [info.labels[number] for number in test.y],
        scores,
        measured.undetected,
        split=". ".join(notes),
        seed=options.seed,
        command=options.command,
        extra={
            "parts": {"train": len(parts.train), "validation": len(parts.validation), "test": len(parts.test)},
            "warnings": [measured.warning] if measured.warning else [],
            "history": list(measured.record.history),
        },
        names=measured.names,
    )
    metrics = {key: getattr(report, key) for key in ("accuracy", "macro_f1", "split", "n")}
    info = replace(info, metrics=metrics)
    card = write_card(info, report, options.description)
    bundle = save_bundle(
        options.out,
        info,
        model=model,
        weights=weights_of(network),
        card=card,
        reference=run,
    )
    write_record(measured.record, options.out)
    write_report(report, options.out)
    say(f"saved {options.out}: accuracy {report.accuracy:.4f} on {report.n} held-out examples")
    return bundle, report


def _kind_of(clips: Sequence[Clip], mode: str) -> Literal["still", "sequence", "face"]:
    """Ask the data: pictures are faces, single frames stills, and so are gestures of hands that keep still."""
    if any(clip.header.kind == PIXELS for clip in clips):
        return "face"
    if all(len(clip.t_ns) == 1 for clip in clips):
        return "still"
    if mode != GESTURE.name:
        return "sequence"
    shown = [clip for clip in clips if clip.header.label not in BACKGROUND_LABELS] or clips
    speeds = [judge(clip).figures.motion for clip in shown[:: max(1, len(shown) // MOTION_CLIPS)]]
    known = [speed for speed in speeds if speed is not None]
    return "still" if known and median(known) < MOVES else "sequence"


def _counts(gathered: Gathered, parts: Split) -> str:
    undetected = sum(gathered.undetected.values())
    return (
        f"{len(parts.train)} to train, {len(parts.validation)} to choose when to stop, {len(parts.test)} to measure; "
        f"{undetected} clips showed no hand"
    )


def _with_idle(
    gathered: Gathered, parts: Split, options: TrainOptions, rng: np.random.Generator
) -> tuple[list[Example], list[Example], list[Example]]:
    """The three parts, each with idle examples made from its own signs.

    Where nobody asked and nobody recorded a background, some idle ones teach that not everything is a sign, and choose
    when to stop; the test then holds what was recorded and nothing else.
    """
    labels = {example.origin.label for example in gathered.examples}
    unasked = options.idle is None and not labels & set(BACKGROUND_LABELS)
    sets = []
    for number, indices in enumerate((parts.train, parts.validation, parts.test)):
        part = [gathered.examples[index] for index in indices]
        motions = [example for example in part if isinstance(example, MotionExample)]
        if options.idle:
            part += idle_examples(motions, 2 * len(motions), rng)
        elif unasked and motions and number < 2:
            part += idle_examples(motions, max(len(motions) // 4, 3 * len(motions) // len(labels)), rng)
        sets.append(part)
    return sets[0], sets[1], sets[2]


def _info(
    options: TrainOptions,
    kind: str,
    labels: tuple[str, ...],
    features: FloatArray,
    *,
    landmarkers: Sequence[str],
    seconds: float,
    start: Encoder | None = None,
) -> BundleInfo:
    feature_set = FEATURE_SETS[options.features or feature_set_of(kind)]
    network = options.network or networks.DEFAULTS[kind]
    either = kind == "sequence" and options.mirror and network in networks.EITHER_HAND
    mean, deviation = normalisation(features, feature_set.name, mirrored=either)
    if start is not None:  # its weights are for inputs of this kind
        mean, deviation = (tuple(map(float, part)) for part in (start.mean, start.deviation))
    data = data_of(options)
    background = tuple(label for label in BACKGROUND_LABELS if label in labels)
    return BundleInfo(
        id=options.out.name,
        mode=options.mode,
        input=kind,
        labels=labels,
        background=background,
        features=feature_set.name,
        feature_count=feature_set.count,
        mean=mean,
        deviation=deviation,
        thresholds={},
        default_threshold=DEFAULT_THRESHOLD,
        network=network,
        network_parameters={**({"mirrored": feature_set.name} if either else {}), **options.network_parameters},
        data=tuple(data),
        licence=licence_of(data),
        window_steps=features.shape[1] if kind == "sequence" else 1,
        window_seconds=seconds if kind == "sequence" else 0.0,
        landmarker=", ".join(landmarkers) or None,
        traces=traces_for(options.traces, set(labels) - set(background)),
        made={**made_of(options), **({} if start is None else {"encoder": start.made})},
    )
