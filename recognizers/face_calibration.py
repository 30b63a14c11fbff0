"""One person's resting face, and answers from which what it always adds is taken out.

Some people look cross or sad while they rest, and a model that knows only pictures of strangers then says so all day.
Their resting face, shown once, tells by how much: labels that it gives more of than an ordinary neutral face does are
lowered by that much in every later answer, and none is raised. With m the mean log-probabilities of the resting face,

    answer = softmax(log p - shift),    shift = clip((m - m[neutral]) - ordinary, 0, MOST),    shift[neutral] = 0

Then the resting face itself is read as an ordinary neutral face is, one that was read so before changes nothing, and no
label is lowered by more than MOST, so that a clear expression still comes through. benchmarks/neutral_face.md has what
it gains and costs, and what other forms did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from recognizers.bundle import Bundle
from recognizers.errors import CalibrationError, FormatError, UsageError
from recognizers.fields import Fields
from recognizers.types import FloatArray
from recognizers.versions import upgrade

FORMAT, VERSION = "mudra-resting-face", 1
NEUTRAL = "neutral"
"""The label that a resting face is to be read as; a bundle without it cannot be calibrated."""
ORDINARY: Mapping[str, float] = MappingProxyType(
    {"angry": -2.3, "disgust": -4.7, "fear": -2.4, "happy": -2.9, "sad": -1.6, "surprise": -3.8}
)
"""Log-probability of each label less that of `neutral`: the mean over neutral pictures that a model has not learned.
Of the model that ships; the two before it had up to 0.2 more, of disgust and surprise, the least, up to 0.9."""
ORDINARY_OTHER = -2.9
"""The same for a label of somebody's own, about the mean of those above."""
MOST = 2.0
"""A label's log-probability is lowered by this much at most: its odds fall to 1 in 7.4 of what they were."""
LEAST = 1e-3
"""Probabilities below this count as this: how far below says nothing."""


@dataclass(frozen=True, slots=True)
class FaceCalibration:
    """What a resting face was read as by one model; the answers of another cannot be calibrated with it.

    Attributes:
        bundle: the model's bundle, by its id.
        model: the SHA-256 of its `model.tflite`.
        labels: the C labels, in the order of the scores.
        rest: C probabilities: what the resting face was read as, in the geometric mean.
        readings: how many readings that is the mean of.
        made: the day, UTC, as 2026-11-22; empty where that is not known.
    """

    bundle: str
    model: str
    labels: tuple[str, ...]
    rest: tuple[float, ...]
    readings: int
    made: str = ""

    @property
    def shift(self) -> FloatArray:
        """By how much each label's log-probability is lowered, float32 (C,), 0 to MOST."""
        rest = _logarithms(np.array(self.rest))
        neutral = self.labels.index(NEUTRAL)
        ordinary = np.array([ORDINARY.get(label, ORDINARY_OTHER) for label in self.labels])
        shift = np.clip(rest - rest[neutral] - ordinary, 0.0, MOST)
        shift[neutral] = 0.0
        return np.asarray(shift, np.float32)

    def apply(self, scores: FloatArray) -> FloatArray:
        """Return calibrated probabilities, float32 (..., C), of those that the model gives."""
        powers = scores * np.exp(-self.shift)
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)

    def fits(self, bundle: Bundle) -> bool:
        """Return whether it is of this bundle's model."""
        return self.model == bundle.model_hash and self.labels == bundle.info.labels

    def words(self) -> str:
        """Say what the resting face was read as: `angry 48%, sad 20%`; labels under a twentieth are left out."""
        ordered = sorted(zip(self.rest, self.labels, strict=True), reverse=True)
        named = [pair for pair in ordered if pair[0] >= 0.05] or ordered[:1]
        return ", ".join(f"{label} {probability:.0%}" for probability, label in named[:3])

    def neutral_after(self) -> float:
        """Return the probability of `neutral` of the calibrated resting face."""
        return float(self.apply(np.array(self.rest, np.float32))[self.labels.index(NEUTRAL)])

    def to_json(self) -> dict[str, Any]:
        """Return the object of its file."""
        rest = {label: round(value, 6) for label, value in zip(self.labels, self.rest, strict=True)}
        return {
            "format": FORMAT,
            "version": VERSION,
            "bundle": self.bundle,
            "model": self.model,
            "labels": list(self.labels),
            "rest": rest,
            "readings": self.readings,
            "made": self.made,
        }

    @classmethod
    def read(cls, fields: Fields) -> FaceCalibration:
        """Check the object of a file and return what it says.

        Raises:
            FormatError: a field is missing or wrong.
            TooNewError: it was written by a newer Mudra.
        """
        fields.one_of("format", (FORMAT,))
        upgrade(None, fields.values.get("version"), VERSION, {}, what="resting face", where=fields.where)
        labels, rest = fields.texts("labels"), fields.number_map("rest", 0, 1)
        if NEUTRAL not in labels or set(rest) != set(labels) or len(rest) != len(labels):
            raise fields.wrong("rest", f"a number for each label, {NEUTRAL} among them", sorted(rest))
        if sum(rest.values()) < 0.5:
            raise fields.wrong("rest", "probabilities whose sum is 1", sum(rest.values()))
        ordered = tuple(rest[label] for label in labels)
        readings, made = fields.integer("readings", 1), fields.optional_text("made") or ""
        return cls(fields.text("bundle"), fields.text("model"), labels, ordered, readings, made)


def check_calibratable(bundle: Bundle) -> None:
    """Look whether a bundle's answers can be calibrated at all.

    Raises:
        UsageError: it reads no faces, or does not know `neutral`.
    """
    if bundle.info.input != "face":
        raise UsageError(
            "only a model that reads faces can be calibrated to a resting face",
            where=bundle.id,
            expected="input face",
            found=f"input {bundle.info.input}",
        )
    if NEUTRAL not in bundle.info.labels:
        raise UsageError(
            f"this model has no label '{NEUTRAL}', so there is nothing that a resting face should be read as",
            where=bundle.id,
            found=", ".join(bundle.info.labels),
            remedy=f"Train it with pictures of resting faces, labelled {NEUTRAL}",
        )


def calibrated(bundle: Bundle, readings: Sequence[FloatArray], made: str = "") -> FaceCalibration:
    """Return the calibration to a resting face.

    Args:
        bundle: what read it.
        readings: its uncalibrated probabilities, (C,) each, at least one.
        made: the day, for people.

    Raises:
        UsageError: the bundle cannot be calibrated.
        CalibrationError: the face was read as something so far from neutral that it may not be taken out.
    """
    check_calibratable(bundle)
    powers = np.exp(_logarithms(np.stack(readings)).mean(axis=0))
    rest = tuple(float(value) for value in powers / powers.sum())
    found = FaceCalibration(bundle.id, bundle.model_hash, bundle.info.labels, rest, len(readings), made)
    after = found.apply(np.array(rest, np.float32))
    if found.labels[int(after.argmax())] != NEUTRAL:
        raise CalibrationError(
            "this face is too far from neutral to be taken for a resting one",
            found=f"it was read as {found.words()}",
            remedy="Let your face rest, look into the camera in even light, and try again",
        )
    return found


def refused(bundle: Bundle, calibration: FaceCalibration) -> FormatError:
    """Return what there is to say of a calibration that was made with another model."""
    return FormatError(
        "the resting face was taken with another model, and is not used",
        where=bundle.id,
        expected=f"model {bundle.model_hash[:12]}…",
        found=f"{calibration.model[:12]}…",
        remedy=f"Take it again: mudra models calibrate {bundle.id}",
    )


def _logarithms(scores: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(scores, LEAST)), np.float64)
