"""Training on faces: clips of pixels -> crops -> split -> network -> temperature and thresholds -> bundle."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers import networks
from recognizers.bundle import Bundle, BundleInfo
from recognizers.bundle_writer import save_bundle
from recognizers.card import write_card
from recognizers.clips import Clip
from recognizers.errors import TrainingError
from recognizers.evaluate import Report, measure, picture_extras, write_report
from recognizers.examples import Split
from recognizers.export import as_function, to_litert, weights_of
from recognizers.face_crop import FACE, FACE_CROP_VERSION, FaceReading
from recognizers.overlap import clip_name, record_of
from recognizers.picture_fitting import RECIPE, FitPlan, Pictures, fit_pictures, soften
from recognizers.pictures import PictureExample, crops_of, gather_pictures, split_pictures
from recognizers.train_options import TrainOptions, data_of, licence_of, made_of
from recognizers.training_news import Phase, Say
from recognizers.training_record import Course, TrainingRecord, write_record
from recognizers.types import FloatArray

MIN_EXAMPLES = 5
EPOCHS = 60
LOWEST, HIGHEST = 0.4, 0.8
"""Between these each label's threshold is set."""
PRECISION = 0.7
"""A label is said from the probability on at which at least this share of the validation pictures agree."""


def train_pictures(
    options: TrainOptions, clips: Sequence[Clip], names: Sequence[str], say: Course
) -> tuple[Bundle, Report]:
    """Train a bundle that reads faces, measure it on what was held out, and write it with its card and report.

    Args:
        options: what to train.
        clips: of pixels.
        names: of the clips, for people.
        say: who is told, and who keeps the epochs.

    Raises:
        TrainingError: the data cannot give an honest model.
        UsageError: there is no such split.
        FormatError: a clip is of landmarks.
        OutputError: the bundle cannot be written.
    """
    examples = gather_pictures(clips)
    labels = _checked_labels(examples)
    parts = split_pictures(examples, options.split, options.seed)
    say(
        f"{len(examples)} faces, split by {parts.kind}: {len(parts.train)} to train, {len(parts.validation)} to set "
        f"thresholds, {len(parts.test)} to measure"
    )
    learned, validation, test = (
        _pictures(examples, part, labels) for part in (parts.train, parts.validation, parts.test)
    )
    if missing := sorted(set(labels) - {labels[number] for number in learned.y}):
        raise TrainingError(
            f"a split by {parts.kind} leaves no training example of: {', '.join(missing)}",
            remedy="Record more of them, or choose another --split",
        )
    learned = _with_teacher(options, learned, labels)
    info = _info(options, labels, sorted({clip.header.landmarker for clip in clips if clip.header.landmarker}))
    reading = info.face or FaceReading()
    networks.seed_everything(options.seed)
    network = networks.build(info.network, info.input_shape, len(labels), options.network_parameters)
    memory = options.out.with_name(f".{options.out.name}.training-{_digest(options, learned)}")
    say(Phase.FIT)
    fit_pictures(network, learned, validation, FitPlan(reading, options.epochs or EPOCHS, options.seed, memory), say)
    views = reading.views(validation.crops)
    temperature = soften(network, _answers(network, views), validation.y)
    info = replace(info, thresholds=_thresholds(labels, _answers(network, views).mean(axis=0), validation.y))
    info = replace(info, made={**info.made, "temperature": round(temperature, 3)})
    record = record_of([examples[i] for part in (parts.train, parts.validation) for i in part], say.rows)
    tested = [examples[i] for i in parts.test]
    called = [clip_name(example.origin, names) for example in tested]
    return _finish(options, info, network, parts=parts, test=test, tested=tested, names=called, record=record, say=say)


def _finish(
    options: TrainOptions,
    info: BundleInfo,
    network: networks.Network,
    *,
    parts: Split,
    test: Pictures,
    tested: Sequence[PictureExample],
    names: Sequence[str],
    record: TrainingRecord,
    say: Say,
) -> tuple[Bundle, Report]:
    """Measure what will run, the exported model, and write everything."""
    say(Phase.SAVE)
    plain, model = to_litert(network), to_litert(network, rounded=True)
    trial = Bundle(info, model, options.out)
    truth = [info.labels[number] for number in test.y]
    scores = trial.predict(test.crops)
    sizes = {"train": len(parts.train), "validation": len(parts.validation), "test": len(parts.test)}
    report = measure(
        trial,
        truth,
        scores,
        {},
        split=parts.note,
        seed=options.seed,
        command=options.command,
        extra={
            "parts": sizes,
            **picture_extras(info, truth, scores, [one.aligned for one in tested]),
            "history": list(record.history),
        },
        names=names,
    )
    metrics: dict[str, Any] = {key: getattr(report, key) for key in ("accuracy", "macro_f1", "split", "n")}
    info = replace(info, metrics=metrics)
    card = write_card(info, report, options.description)
    bundle = save_bundle(
        options.out,
        info,
        model=plain,
        rounded=model,
        weights=weights_of(network, rounded=True),
        card=card,
        reference=as_function(network),
    )
    write_record(record, options.out)
    write_report(report, options.out)
    say(f"saved {options.out}: accuracy {report.accuracy:.4f} on {report.n} held-out examples")
    return bundle, report


def _checked_labels(examples: Sequence[PictureExample]) -> tuple[str, ...]:
    counts = Counter(example.origin.label for example in examples)
    if len(counts) < 2:
        raise TrainingError(
            "one label cannot be told from nothing",
            expected="at least two labels with faces",
            found=", ".join(counts) or "none",
            remedy="Import another label, such as neutral",
        )
    if few := {label: count for label, count in counts.items() if count < MIN_EXAMPLES}:
        raise TrainingError(
            "too few examples to train, set thresholds and measure on",
            expected=f"at least {MIN_EXAMPLES} a label",
            found=", ".join(f"{label}: {count}" for label, count in sorted(few.items())),
            remedy="Import more of these",
        )
    return tuple(sorted(counts))


def _pictures(examples: Sequence[PictureExample], part: npt.NDArray[np.int64], labels: Sequence[str]) -> Pictures:
    index = {label: number for number, label in enumerate(labels)}
    chosen = [examples[number] for number in part]
    return Pictures(crops_of(chosen), np.array([index[example.origin.label] for example in chosen]))


def _with_teacher(options: TrainOptions, learned: Pictures, labels: Sequence[str]) -> Pictures:
    """Return the pictures with what the teacher, where there is one, answers to them."""
    if options.teacher is None:
        return learned
    teacher = Bundle.load(options.teacher)
    if teacher.info.face is None or sorted(teacher.info.labels) != sorted(labels):
        raise TrainingError(
            "this bundle cannot teach",
            where=options.teacher,
            expected=f"one that reads faces, with the labels {', '.join(labels)}",
            found=f"one that reads {teacher.info.input}, with {', '.join(teacher.info.labels)}",
            remedy="Train the teacher on the same datasets, without --teacher",
        )
    order = [teacher.info.labels.index(label) for label in labels]
    return learned._replace(told=teacher.predict(learned.crops)[:, order])


def _info(options: TrainOptions, labels: tuple[str, ...], landmarkers: Iterable[str]) -> BundleInfo:
    data = data_of(options)
    return BundleInfo(
        id=options.out.name,
        mode=options.mode,
        input="face",
        labels=labels,
        background=(),
        features=FACE.name,
        feature_count=FACE.count,
        features_version=FACE_CROP_VERSION,
        landmarker=", ".join(landmarkers) or None,
        mean=(),
        deviation=(),
        thresholds={},
        default_threshold=HIGHEST,
        network=options.network or networks.DEFAULTS["face"],
        network_parameters=options.network_parameters,
        data=tuple(data),
        licence=licence_of(data),
        made=made_of(options),
        face=FaceReading(),
    )


def _answers(network: networks.Network, views: Sequence[FloatArray]) -> FloatArray:
    """Return probabilities (views x members, n, C): of each member for what is seen in each way, (n, R, R, 1)."""
    members = networks.keras().Model(network.input, networks.members_of(network))
    shape = (-1, len(views[0]), network.output_shape[-1])
    return np.concatenate(
        [np.reshape(members.predict(view, batch_size=256, verbose=0), shape) for view in views], dtype=np.float32
    )


def _thresholds(labels: Sequence[str], scores: FloatArray, truth: npt.NDArray[np.int64]) -> dict[str, float]:
    """The lowest threshold of each label at which enough of the pictures that it is said of agree."""
    answers, sure = scores.argmax(axis=1), scores.max(axis=1)
    thresholds = {}
    for number, label in enumerate(labels):
        tried = np.arange(LOWEST, HIGHEST + 1e-9, 0.01)
        said = [(answers == number) & (sure >= threshold) for threshold in tried]
        enough = [
            float(one)
            for one, who in zip(tried, said, strict=True)
            if who.any() and (truth[who] == number).mean() >= PRECISION
        ]
        thresholds[label] = round(enough[0] if enough else HIGHEST, 2)
    return thresholds


def _digest(options: TrainOptions, learned: Pictures) -> str:
    """Return a name made of what the weights depend on, so that only the same training goes on where it stopped."""
    parameters = sorted(options.network_parameters.items())
    facts = (RECIPE, options.network, parameters, options.seed, options.epochs, options.split)
    whole = hashlib.sha256(repr(facts).encode())
    whole.update(learned.crops.tobytes())
    whole.update(learned.y.tobytes())
    whole.update(b"" if learned.told is None else learned.told.tobytes())
    return whole.hexdigest()[:12]
