"""What a bundle says of itself: the content of `bundle.json`, written and checked.

Preprocessing travels with the weights: what does not fit this program is refused, never guessed around. The format is
docs/formats/bundle.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recognizers.errors import BundleError, TooNewError
from recognizers.face_crop import FACE, FACE_CROP_VERSION, POINTS, SIDE, FaceReading
from recognizers.features import FEATURE_SETS, FEATURES_VERSION
from recognizers.fields import Fields
from recognizers.modes import MODE_NAMES
from recognizers.traces import Trace, read_trace

FORMAT = "mudra-bundle"
VERSION = 1
INPUTS = ("sequence", "still", "face", "frame")
INFO_FILE, MODEL_FILE, WEIGHTS_FILE, CARD_FILE = (
    "bundle.json",
    "model.tflite",
    "network.weights.h5",
    "card.md",
)
REMEDY = "Train it again, or get the bundle anew"
_MAX_LABELS, _MAX_TRACES = 10_000, 100


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What `bundle.json` says.

    Attributes:
        id: the bundle's name.
        mode: the mode it serves.
        input: `still` (one hand), `sequence` (a window of steps), `face` (an aligned crop), later `frame`.
        labels: the C labels, in the order of the scores.
        background: the labels that mean "nothing to report".
        features: the feature set's name; `features_version` and `feature_count` must fit this program's.
        window_steps, window_seconds: the window of a sequence; 1 and 0 for a still.
        rate_hz: how often it predicts.
        mean, deviation: F numbers each; a feature x enters the network as (x - mean) / deviation, a missing one as 0.
            None of a face: `face` tells how its crop is read.
        thresholds: the least probability by label; `default_threshold` for the others.
        network: the network's name and `network_parameters`, for more training.
        metrics: figures of its evaluation.
        data: what it was trained on: name, licence, people.
        licence: the bundle's own.
        landmarker: the identity of the landmarker whose landmarks it was trained on.
        made: how: program version, command, seed, date.
        face: how a face's crop is read; None for other inputs.
        traces: signs that a finger tip draws, told in streams beside the network's labels; of a still only.
    """

    id: str
    mode: str
    input: str
    labels: tuple[str, ...]
    background: tuple[str, ...]
    features: str
    feature_count: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    thresholds: Mapping[str, float]
    default_threshold: float
    network: str
    network_parameters: Mapping[str, Any]
    data: tuple[Mapping[str, Any], ...]
    licence: str
    features_version: int = FEATURES_VERSION
    window_steps: int = 1
    window_seconds: float = 0.0
    rate_hz: float = 10.0
    landmarker: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    face: FaceReading | None = None
    traces: tuple[Trace, ...] = ()

    @property
    def all_labels(self) -> tuple[str, ...]:
        """The network's labels, and after them those of what fingers draw."""
        return (*self.labels, *(trace.label for trace in self.traces))

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input: (F,) of a still, (steps, F) of a sequence, (side, side, 1) of a face."""
        if self.face is not None:
            return (self.face.read, self.face.read, 1)
        return (self.window_steps, self.feature_count) if self.input == "sequence" else (self.feature_count,)

    def to_json(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Return the object of `bundle.json`, its checksum included.

        Args:
            files: the SHA-256 of every other file, by name.
        """
        values: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "id": self.id,
            "mode": self.mode,
            "input": self.input,
            "labels": list(self.labels),
            "background": list(self.background),
            "features": {"set": self.features, "version": self.features_version, "count": self.feature_count},
            "window": {"steps": self.window_steps, "seconds": self.window_seconds},
            "rate_hz": self.rate_hz,
            "normalisation": {"mean": list(self.mean), "deviation": list(self.deviation)},
            "thresholds": {"default": self.default_threshold, "labels": dict(self.thresholds)},
            "network": {"name": self.network, "parameters": dict(self.network_parameters)},
            "metrics": dict(self.metrics),
            "data": [dict(item) for item in self.data],
            "licence": self.licence,
            "landmarker": self.landmarker,
            "made": dict(self.made),
            "files": dict(files),
        }
        if self.face is not None:
            values["face"] = self.face.to_json()
        if self.traces:
            values["traces"] = [trace.to_json() for trace in self.traces]
        values["checksum"] = checksum(values)
        return values


def checksum(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a bundle's object without its own `checksum`, in canonical JSON."""
    plain = {key: value for key, value in values.items() if key != "checksum"}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_info(fields: Fields, where: object) -> BundleInfo:
    """Check the object of a `bundle.json` and return what it says.

    Args:
        fields: the object, its checksum included.
        where: the bundle, for errors.

    Raises:
        BundleError: a field is missing or wrong, or the checksum is not that of the object.
        TooNewError: it was made by a newer Mudra.
    """
    fields.one_of("format", (FORMAT,))
    version = fields.integer("version", 1)
    if version > VERSION:
        raise TooNewError(
            "the bundle was made by a newer Mudra",
            where=where,
            expected=f"bundle version {VERSION} or older",
            found=version,
            remedy="Update Mudra, or train the bundle with this one",
        )
    if fields.text("checksum") != checksum(fields.values):
        raise BundleError(f"{INFO_FILE} was changed after the bundle was made", where=where, remedy=REMEDY)
    return _info(fields)


def _info(fields: Fields) -> BundleInfo:
    labels = fields.texts("labels")
    background = fields.texts("background")
    if not 2 <= len(labels) <= _MAX_LABELS or len(set(labels)) != len(labels):
        raise fields.wrong("labels", f"2 to {_MAX_LABELS} different labels", list(labels))
    if not set(background) < set(labels):
        raise fields.wrong("background", "some of the labels, not all", list(background))
    kind = fields.one_of("input", INPUTS)
    name, count = _checked_features(fields.fields("features"), kind)
    window = fields.fields("window")
    seconds = window.number("seconds", 0, 60)
    if kind == "sequence" and not seconds:
        raise window.wrong("seconds", "more than 0 for a sequence", seconds)
    normalisation = fields.fields("normalisation")
    numbers = 0 if kind == "face" else count
    deviation = normalisation.numbers("deviation", numbers)
    if deviation and min(deviation) <= 0:
        raise normalisation.wrong("deviation", "numbers above 0", min(deviation))
    thresholds, network = fields.fields("thresholds"), fields.fields("network")
    data = fields.values.get("data")
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise fields.wrong("data", "a list of objects", data)
    return BundleInfo(
        id=fields.text("id"),
        mode=fields.one_of("mode", MODE_NAMES),
        input=kind,
        labels=labels,
        background=background,
        features=name,
        feature_count=count,
        window_steps=window.integer("steps", 1, 10_000),
        window_seconds=seconds,
        rate_hz=fields.number("rate_hz", 0.1, 1000),
        mean=normalisation.numbers("mean", numbers),
        deviation=deviation,
        thresholds=thresholds.number_map("labels", 0, 1),
        default_threshold=thresholds.number("default", 0, 1),
        network=network.text("name"),
        network_parameters=network.plain("parameters"),
        metrics=fields.plain("metrics"),
        data=tuple(data),
        licence=fields.text("licence"),
        landmarker=fields.optional_text("landmarker"),
        made=fields.plain("made"),
        face=_face_reading(fields.fields("face")) if kind == "face" else None,
        traces=_traces(fields, kind, labels, background),
    )


def _traces(fields: Fields, kind: str, labels: tuple[str, ...], background: tuple[str, ...]) -> tuple[Trace, ...]:
    rows = fields.values.get("traces", [])
    if not isinstance(rows, list) or len(rows) > _MAX_TRACES:
        raise fields.wrong("traces", f"a list of at most {_MAX_TRACES} objects", rows)
    if rows and kind != "still":
        raise fields.wrong("traces", "none, since only a bundle of still hands has them", f"{len(rows)} of a {kind}")
    found: list[Trace] = []
    for number, row in enumerate(rows):
        one = Fields(row, fields.where, BundleError, f"traces[{number}].")
        trace = read_trace(one)
        if trace.label in labels or trace.label in [before.label for before in found]:
            raise one.wrong("label", "one that no other sign has", trace.label)
        for name, wanted in (("begins", trace.begins), ("shapes", trace.shapes)):
            if unknown := set(wanted) - (set(labels) - set(background)):
                raise one.wrong(name, "labels of the bundle that are not background", sorted(unknown)[0])
        found.append(trace)
    return tuple(found)


def _face_reading(face: Fields) -> FaceReading:
    if face.integer("side") != SIDE or face.values.get("points") != [list(point) for point in POINTS]:
        raise BundleError(
            "the bundle was trained on other crops of faces than this Mudra cuts",
            where=face.where,
            expected=f"{SIDE} pixels with eyes and mouth at {POINTS}",
            found=f"{face.values.get('side')} pixels with them at {face.values.get('points')}",
            remedy="Train it again with this Mudra",
        )
    read = face.integer("read", 8, SIDE)
    if (SIDE - read) % 2:
        raise face.wrong("read", "an even number of pixels", read)
    mirrored, softened = face.values.get("mirrored_too"), face.values.get("softened", False)
    for name, value in (("mirrored_too", mirrored), ("softened", softened)):
        if not isinstance(value, bool):
            raise face.wrong(name, "true or false", value)
    turned = face.number("turned", 0.0, 45.0) if "turned" in face.values else 0.0
    return FaceReading(read, face.number("least_deviation", 0.01, 255), bool(mirrored), bool(softened), turned)


def _checked_features(features: Fields, kind: str) -> tuple[str, int]:
    name, version = features.text("set"), features.integer("version", 1)
    count = features.integer("count", 1, 100_000)
    known = {**FEATURE_SETS, FACE.name: FACE}.get(name)
    current = FACE_CROP_VERSION if name == FACE.name else FEATURES_VERSION
    if known is None:
        raise features.wrong("set", f"one of {', '.join((*FEATURE_SETS, FACE.name))}", name)
    if known.kind != kind:
        raise features.wrong("set", f"features of a {kind}", f"{name}, features of a {known.kind}")
    if version > current:
        raise TooNewError(
            f"the bundle reads features of version {version}",
            where=features.where,
            expected=f"version {current}",
            remedy="Update Mudra",
        )
    if (version, count) != (current, known.count):
        raise BundleError(
            "the bundle was trained on other features than this Mudra computes",
            where=features.where,
            expected=f"version {current} with {known.count} numbers",
            found=f"version {version} with {count}",
            remedy="Train it again with this Mudra",
        )
    return name, count
