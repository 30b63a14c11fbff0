"""A trained model in a folder, with everything it needs to be run right: load, check, run.

The folder holds `bundle.json`, `model.tflite` for running, `network.weights.h5` for more training, and `card.md`.
Preprocessing travels with the weights: what does not fit this program is refused, never guessed around. Nothing in a
bundle executes: LiteRT's built-in operators only, no pickle, no Python. The format is docs/formats/bundle.md.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.errors import BundleError, TooNewError
from recognizers.features import FEATURE_SETS, FEATURES_VERSION
from recognizers.fields import Fields
from recognizers.home import models_folder
from recognizers.modes import MODE_NAMES
from recognizers.types import FloatArray

FORMAT = "mudra-bundle"
VERSION = 1
INPUTS = ("sequence", "still", "face", "frame")
INFO_FILE, MODEL_FILE, WEIGHTS_FILE, CARD_FILE = (
    "bundle.json",
    "model.tflite",
    "network.weights.h5",
    "card.md",
)
_REMEDY = "Train it again, or get the bundle anew"
_MAX_LABELS = 10_000


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What `bundle.json` says.

    Attributes:
        id: the bundle's name.
        mode: the mode it serves.
        input: `still` (one hand), `sequence` (a window of steps), later `face` or `frame`.
        labels: the C labels, in the order of the scores.
        background: the labels that mean "nothing to report".
        features: the feature set's name; `features_version` and `feature_count` must fit this program's.
        window_steps, window_seconds: the window of a sequence; 1 and 0 for a still.
        rate_hz: how often it predicts.
        mean, deviation: F numbers each; a feature x enters the network as (x - mean) / deviation, a missing one as 0.
        thresholds: the least probability by label; `default_threshold` for the others.
        network: the network's name and `network_parameters`, for more training.
        metrics: figures of its evaluation.
        data: what it was trained on: name, licence, people.
        licence: the bundle's own.
        landmarker: the identity of the landmarker whose landmarks it was trained on.
        made: how: program version, command, seed, date.
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

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input: (F,) of a still, (steps, F) of a sequence."""
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
        values["checksum"] = checksum(values)
        return values


def checksum(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a bundle's object without its own `checksum`, in canonical JSON."""
    plain = {key: value for key, value in values.items() if key != "checksum"}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Bundle:
    """A loaded bundle, ready to run on one thread.

    Use `Bundle.load`; the constructor is for models that were never on disk.

    Args:
        info: what the bundle says of itself.
        model: the content of `model.tflite`.
        folder: where it lies, for messages.
    """

    def __init__(self, info: BundleInfo, model: bytes, folder: Path) -> None:
        self.info, self.folder = info, folder
        self._mean = np.array(info.mean, np.float32)
        self._deviation = np.array(info.deviation, np.float32)
        self._runner = _Runner(model, folder / MODEL_FILE)
        expected = (1, *info.input_shape), (1, len(info.labels))
        if self._runner.shapes != expected:
            raise BundleError(
                "the model does not fit its bundle.json",
                where=folder,
                expected=f"input and output of {expected[0]} and {expected[1]}",
                found=f"{self._runner.shapes[0]} and {self._runner.shapes[1]}",
                remedy=_REMEDY,
            )

    @classmethod
    def load(cls, folder: Path) -> Bundle:
        """Read, check and prepare a bundle.

        Raises:
            BundleError: it is missing, damaged, tampered with, or made for other features.
            TooNewError: it was made by a newer Mudra.
        """
        info, model = _read(Path(folder))
        return cls(info, model, Path(folder))

    @property
    def id(self) -> str:
        """The bundle's name."""
        return self.info.id

    def normalise(self, features: npt.NDArray[np.floating]) -> FloatArray:
        """Return features as the network takes them: standardised, and 0 where they are missing."""
        standard = (np.asarray(features, np.float32) - self._mean) / self._deviation
        result: FloatArray = np.nan_to_num(standard, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
        return result

    def predict(self, features: npt.NDArray[np.floating]) -> FloatArray:
        """Return the probabilities of the labels.

        Args:
            features: (n, F) or (n, steps, F), raw; NaN where missing.

        Returns:
            float32 (n, C).
        """
        return self.run(self.normalise(features))

    def run(self, inputs: FloatArray) -> FloatArray:
        """Return the probabilities (n, C) for inputs (n, *input_shape) that are already normalised."""
        return self._runner.run(inputs)


class _Runner:
    """LiteRT on one thread, one input at a time: a window costs well under a millisecond."""

    def __init__(self, model: bytes, where: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_content=model, num_threads=1)
            self._interpreter.allocate_tensors()
            self._input = self._interpreter.get_input_details()[0]
            self._output = self._interpreter.get_output_details()[0]
        except (ValueError, RuntimeError, IndexError) as problem:
            raise BundleError("not a model that LiteRT runs", where=where, found=problem, remedy=_REMEDY) from None

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return tuple(map(int, self._input["shape"])), tuple(map(int, self._output["shape"]))

    def run(self, inputs: FloatArray) -> FloatArray:
        outputs = np.empty((len(inputs), self.shapes[1][1]), np.float32)
        for row, one in enumerate(inputs):
            self._interpreter.set_tensor(self._input["index"], one[None])
            self._interpreter.invoke()
            outputs[row] = self._interpreter.get_tensor(self._output["index"])[0]
        return outputs


def _read(folder: Path) -> tuple[BundleInfo, bytes]:
    path = folder / INFO_FILE
    if not path.is_file():
        raise BundleError("not a bundle", where=folder, expected=f"a folder with a {INFO_FILE}", remedy=_see_list())
    fields = Fields.of_file(path, BundleError)
    fields.one_of("format", (FORMAT,))
    version = fields.integer("version", 1)
    if version > VERSION:
        raise TooNewError(
            "the bundle was made by a newer Mudra",
            where=folder,
            expected=f"bundle version {VERSION} or older",
            found=version,
            remedy="Update Mudra, or train the bundle with this one",
        )
    if fields.text("checksum") != checksum(fields.values):
        raise BundleError(f"{INFO_FILE} was changed after the bundle was made", where=folder, remedy=_REMEDY)
    info = _info(fields)
    model = _checked_files(folder, fields.fields("files"))
    return info, model


def _checked_files(folder: Path, files: Fields) -> bytes:
    contents: dict[str, bytes] = {}
    for name in files.values:
        expected = files.text(name)
        if Path(name).name != name:
            raise files.wrong(name, "a file name without a folder", name)
        try:
            content = (folder / name).read_bytes()
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise BundleError(f"cannot be read: {reason}", where=folder / name, remedy=_REMEDY) from None
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise BundleError(
                "the file is damaged or was changed",
                where=folder / name,
                expected=f"SHA-256 {expected[:12]}…",
                found=f"{found[:12]}…",
                remedy=_REMEDY,
            )
        contents[name] = content
    if MODEL_FILE not in contents:
        raise BundleError("the bundle lists no model", where=folder, expected=MODEL_FILE, remedy=_REMEDY)
    return contents[MODEL_FILE]


def _info(fields: Fields) -> BundleInfo:
    labels = fields.texts("labels")
    background = fields.texts("background")
    if not 2 <= len(labels) <= _MAX_LABELS or len(set(labels)) != len(labels):
        raise fields.wrong("labels", f"2 to {_MAX_LABELS} different labels", list(labels))
    if not set(background) < set(labels):
        raise fields.wrong("background", "some of the labels, not all", list(background))
    features = fields.fields("features")
    name, count = _checked_features(features)
    window = fields.fields("window")
    normalisation = fields.fields("normalisation")
    deviation = normalisation.numbers("deviation", count)
    if min(deviation) <= 0:
        raise normalisation.wrong("deviation", "numbers above 0", min(deviation))
    thresholds, network = fields.fields("thresholds"), fields.fields("network")
    data = fields.values.get("data")
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise fields.wrong("data", "a list of objects", data)
    return BundleInfo(
        id=fields.text("id"),
        mode=fields.one_of("mode", MODE_NAMES),
        input=fields.one_of("input", INPUTS),
        labels=labels,
        background=background,
        features=name,
        feature_count=count,
        window_steps=window.integer("steps", 1, 10_000),
        window_seconds=window.number("seconds", 0, 60),
        rate_hz=fields.number("rate_hz", 0.1, 1000),
        mean=normalisation.numbers("mean", count),
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
    )


def _checked_features(features: Fields) -> tuple[str, int]:
    name, version, count = (
        features.text("set"),
        features.integer("version", 1),
        features.integer("count", 1, 100_000),
    )
    known = FEATURE_SETS.get(name)
    if known is None:
        raise features.wrong("set", f"one of {', '.join(FEATURE_SETS)}", name)
    if version > FEATURES_VERSION:
        raise TooNewError(
            f"the bundle reads features of version {version}",
            where=features.where,
            expected=f"version {FEATURES_VERSION}",
            remedy="Update Mudra",
        )
    if (version, count) != (FEATURES_VERSION, known.count):
        raise BundleError(
            "the bundle was trained on other features than this Mudra computes",
            where=features.where,
            expected=f"version {FEATURES_VERSION} with {known.count} numbers",
            found=f"version {version} with {count}",
            remedy="Train it again with this Mudra",
        )
    return name, count


def shipped_bundles() -> list[Path]:
    """Return the folders of the bundles that ship, sorted by name."""
    with importlib.resources.as_file(importlib.resources.files("models")) as folder:
        return _bundles_in(folder)


def user_bundles() -> list[Path]:
    """Return the folders of the user's own bundles, sorted by name."""
    return _bundles_in(models_folder())


def _bundles_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if (entry / INFO_FILE).is_file())


def find_bundle(name: str) -> Path:
    """Return the folder of a bundle, given by path, or by the name of the user's own or of a shipped one.

    Raises:
        BundleError: there is none.
    """
    path = Path(name).expanduser()
    if path.is_dir() and (path / INFO_FILE).is_file():
        return path
    for folder in (*user_bundles(), *shipped_bundles()):
        if folder.name == name:
            return folder
    if path.exists():
        raise BundleError("not a bundle", where=name, expected=f"a folder with a {INFO_FILE}", remedy=_see_list())
    raise BundleError("there is no such bundle", where=name, remedy=_see_list())


def _see_list() -> str:
    return "`mudra models list` shows the bundles there are"
