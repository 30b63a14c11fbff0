"""Figures that cannot flatter: what was measured on whom, with the undetected counted and told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recognizers.answers import answer_figures
from recognizers.array_files import replacing
from recognizers.bundle import Bundle, BundleInfo
from recognizers.clips import Clip
from recognizers.errors import FormatError
from recognizers.examples import Example, features_of, gather
from recognizers.pictures import PictureExample, crops_of, gather_pictures
from recognizers.report_page import PAGE_FILE, report_page
from recognizers.types import FloatArray

REPORT_FILE = "report.json"
About = Callable[[Sequence[Example | PictureExample]], tuple[Sequence[str], Mapping[str, Any]]]
"""From the examples to their clips' names, and to what else the report shall tell."""


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one evaluation; the fields of `report.json`.

    Attributes:
        bundle: the bundle's id.
        accuracy: share right among the examples in which a hand was found, at no threshold.
        accuracy_with_undetected: the same with every undetected example counted as background: right only where its
            label is background.
        macro_f1: the mean F1 of the labels that occur.
        labels: the rows and columns of `confusion`.
        confusion: counts; rows are the truth, columns the answer.
        per_class: by label precision, recall, f1, support, undetected.
        split: how the examples were held apart from the training, in words.
        n: examples measured; n_undetected: how many more showed nothing.
        seed, command: to do it again.
        extra: what else was measured.
    """

    bundle: str
    accuracy: float
    accuracy_with_undetected: float
    macro_f1: float
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    per_class: Mapping[str, Mapping[str, float]]
    split: str
    n: int
    n_undetected: int
    seed: int | None = None
    command: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def measure(
    bundle: Bundle,
    truth: Sequence[str],
    scores: FloatArray,
    undetected: Mapping[str, int],
    *,
    split: str,
    seed: int | None = None,
    command: str = "",
    extra: Mapping[str, Any] | None = None,
    names: Sequence[str] | None = None,
) -> Report:
    """Return the figures of answers that are already there.

    Args:
        bundle: whose answers they are.
        truth: the n true labels; a label that the bundle does not know is always a miss.
        scores: (n, C) probabilities.
        undetected: by true label, how many examples showed nothing.
        split: how they were held apart, in words.
        seed, command, extra: see `Report`.
        names: of the n clips, for people.
    """
    labels = tuple(dict.fromkeys([*bundle.info.labels, *truth, *undetected]))
    index = {label: place for place, label in enumerate(labels)}
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (np.array([index[t] for t in truth], int), scores.argmax(axis=1)), 1)
    right, support, answered = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    precision = right / np.maximum(answered, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(support + answered, 1)
    missed = sum(undetected.values())
    right_by_absence = sum(count for label, count in undetected.items() if label in bundle.info.background)
    return Report(
        bundle=bundle.id,
        accuracy=round(float(right.sum() / max(len(truth), 1)), 4),
        accuracy_with_undetected=round(float((right.sum() + right_by_absence) / max(len(truth) + missed, 1)), 4),
        macro_f1=round(float(f1[support > 0].mean()), 4) if len(truth) else 0.0,
        labels=labels,
        confusion=tuple(tuple(map(int, row)) for row in confusion),
        per_class={
            label: {
                "precision": round(float(precision[i]), 4),
                "recall": round(float(recall[i]), 4),
                "f1": round(float(f1[i]), 4),
                "support": int(support[i]),
                "undetected": int(undetected.get(label, 0)),
            }
            for i, label in enumerate(labels)
        },
        split=split,
        n=len(truth),
        n_undetected=missed,
        seed=seed,
        command=command,
        extra={**answer_figures(bundle.info, truth, scores, names), **(extra or {})},
    )


def evaluate_bundle(
    bundle: Bundle, clips: Iterable[Clip], *, split: str, command: str = "", about: About | None = None
) -> Report:
    """Measure a bundle on recorded clips.

    Args:
        bundle: what to measure.
        clips: with true labels.
        split: how these clips were held apart from the training, in words.
        command: to do it again.
        about: tells the clips' names and more.

    Raises:
        FormatError: there is nothing in the clips to measure on.
    """
    info = bundle.info
    if info.face is not None:
        return _evaluate_faces(bundle, clips, split, command, about)
    gathered = gather(
        clips, "sequence" if info.input == "sequence" else "still", info.window_steps, info.window_seconds
    )
    if not gathered.examples:
        raise FormatError("no hands to measure on", found=f"{sum(gathered.undetected.values())} clips without any")
    scores = bundle.predict(features_of(gathered.examples, info.features))
    truth = [example.origin.label for example in gathered.examples]
    names, extra = (None, None) if about is None else about(gathered.examples)
    return measure(bundle, truth, scores, gathered.undetected, split=split, command=command, extra=extra, names=names)


def _evaluate_faces(
    bundle: Bundle, clips: Iterable[Clip], split: str, command: str, about: About | None = None
) -> Report:
    examples = gather_pictures(clips)
    if not examples:
        raise FormatError("no pictures of faces to measure on")
    scores = bundle.predict(crops_of(examples))
    truth = [example.origin.label for example in examples]
    names, more = (None, {}) if about is None else about(examples)
    extra = {**picture_extras(bundle.info, truth, scores, [example.aligned for example in examples]), **more}
    return measure(bundle, truth, scores, {}, split=split, command=command, extra=extra, names=names)


def picture_extras(
    info: BundleInfo, truth: Sequence[str], scores: FloatArray, aligned: Sequence[bool]
) -> dict[str, Any]:
    """Return what is to be known of a measurement on pictures beside the figures at no threshold.

    Args:
        info: whose thresholds count.
        truth: the n true labels.
        scores: (n, C).
        aligned: whether each face was found and aligned; the others were read as they are.

    Returns:
        how many faces were not aligned, how large a share reaches its label's threshold, and the accuracy of these.
    """
    answers = scores.argmax(axis=1)
    limits = np.array([info.thresholds.get(label, info.default_threshold) for label in info.labels])
    said = scores.max(axis=1) >= limits[answers]
    right = np.array([info.labels[answer] == label for answer, label in zip(answers, truth, strict=True)], bool)
    return {
        "not_aligned": len(aligned) - sum(aligned),
        "said": round(float(said.mean()), 4),
        "accuracy_of_said": round(float(right[said].mean()), 4) if said.any() else None,
    }


def write_report(report: Report, folder: Path) -> Path:
    """Write `report.json` and `report.html` into a folder, mostly a bundle's own; return the first one's path.

    Each takes the place of an older one as a whole.

    Raises:
        OutputError: one cannot be written; an older `report.json` is then untouched.
    """
    values = report.to_json()
    path = folder / REPORT_FILE
    with replacing(path) as file:
        file.write((json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode())
        with replacing(folder / PAGE_FILE) as page:
            page.write(report_page(values).encode())
    return path


def report_lines(report: Report) -> list[str]:
    """Return the figures as lines for a terminal."""
    width = max(map(len, report.labels))
    lines = [
        f"{report.bundle}: accuracy {report.accuracy:.4f} on {report.n} examples ({report.split}), macro F1 "
        f"{report.macro_f1:.4f}",
        f"nothing found in {report.n_undetected} more; counting those as background: "
        f"{report.accuracy_with_undetected:.4f}",
        f"{'label':<{width}}  precision  recall  f1      n     undetected",
    ]
    for label, row in report.per_class.items():
        lines.append(
            f"{label:<{width}}  {row['precision']:.3f}      {row['recall']:.3f}   {row['f1']:.3f}  "
            f"{row['support']:>5}  {row['undetected']:>5}"
        )
    return lines
