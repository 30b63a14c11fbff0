"""A trained model in a folder, with everything it needs to be run right: load, check, run.

The folder, or a zip of it, holds `bundle.json`, `model.tflite` for running, `network.weights.h5` for more training, and
`card.md`. Preprocessing travels with the weights: what does not fit this program is refused, never guessed around.
Nothing in a bundle executes: LiteRT's built-in operators only, no pickle, no Python. The format is
docs/formats/bundle.md.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.bundle_files import SEE_LIST, WHAT, BundleFiles, is_plain_name, open_bundle_files
from recognizers.bundle_info import INFO_FILE, MODEL_FILE, REMEDY, BundleInfo, read_info
from recognizers.errors import BundleError
from recognizers.fields import Fields
from recognizers.home import models_folder
from recognizers.types import FloatArray

__all__ = ["Bundle", "BundleInfo", "find_bundle", "shipped_bundles", "user_bundles"]


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
        self._model = model
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
                remedy=REMEDY,
            )

    @classmethod
    def load(cls, folder: Path) -> Bundle:
        """Read, check and prepare a bundle.

        Args:
            folder: its folder, or a zip of it.

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

    @functools.cached_property
    def model_hash(self) -> str:
        """The SHA-256 of the model, which only calibrations ask for."""
        return hashlib.sha256(self._model).hexdigest()

    def normalise(self, features: npt.NDArray[Any]) -> FloatArray:
        """Return features as the network takes them: standardised, and 0 where they are missing."""
        if self.info.face is not None:
            return self.info.face.inputs(features)
        standard = (np.asarray(features, np.float32) - self._mean) / self._deviation
        result: FloatArray = np.nan_to_num(standard, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
        return result

    def predict(self, features: npt.NDArray[Any]) -> FloatArray:
        """Return the probabilities of the labels.

        Args:
            features: (n, F) or (n, steps, F), raw; NaN where missing. Of faces the crops, uint8 (n, 48, 48).

        Returns:
            float32 (n, C).
        """
        if self.info.face is None:
            return self.run(self.normalise(features))
        answers = [self.run(view) for view in self.info.face.views(features)]
        return np.asarray(np.mean(answers, axis=0), np.float32)

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
            (self._input,) = self._interpreter.get_input_details()
            (self._output,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError, IndexError) as problem:
            raise BundleError("not a model that LiteRT runs", where=where, found=problem, remedy=REMEDY) from None
        kinds = {np.dtype(self._input["dtype"]).name, np.dtype(self._output["dtype"]).name}
        if kinds != {"float32"}:
            found = ", ".join(sorted(kinds))
            raise BundleError("wrong numbers in the model", where=where, expected="float32", found=found, remedy=REMEDY)

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
    with open_bundle_files(folder) as files:
        info, contents = checked_contents(files, folder)
    return info, contents[MODEL_FILE]


def checked_contents(files: BundleFiles, folder: Path) -> tuple[BundleInfo, dict[str, bytes]]:
    """Read what a bundle says of itself, and all files that it lists, and check them against their hashes.

    Args:
        files: where they are read from.
        folder: the bundle, for errors.

    Returns:
        what it says, and what its files hold, by name; `bundle.json` is one of them.

    Raises:
        BundleError: it is no bundle, a file is missing or damaged, or no model is listed.
        TooNewError: it was made by a newer Mudra.
    """
    if not files.has(INFO_FILE):
        raise BundleError("not a bundle", where=folder, expected=WHAT, remedy=SEE_LIST)
    contents = {INFO_FILE: files.read(INFO_FILE)}
    fields = Fields.of_bytes(contents[INFO_FILE], folder / INFO_FILE, BundleError)
    info = read_info(fields, folder)
    listed = fields.fields("files")
    for name in listed.values:
        expected = listed.text(name)
        if not is_plain_name(name):
            raise listed.wrong(name, "a file name without a folder", name)
        content = files.read(name)
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise BundleError(
                "the file is damaged or was changed",
                where=folder / name,
                expected=f"SHA-256 {expected[:12]}…",
                found=f"{found[:12]}…",
                remedy=REMEDY,
            )
        contents[name] = content
    if MODEL_FILE not in contents:
        raise BundleError("the bundle lists no model", where=folder, expected=MODEL_FILE, remedy=REMEDY)
    return info, contents


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
    # Hidden folders are those that are still being written.
    return sorted(entry for entry in folder.iterdir() if entry.name[0] != "." and (entry / INFO_FILE).is_file())


def find_bundle(name: str) -> Path:
    """Return the folder, or the zip, of a bundle, given by path, or by the name of the user's own or of a shipped one.

    Raises:
        BundleError: there is none.
    """
    try:
        path = Path(name).expanduser()
        zipped = path.suffix.lower() == ".zip" and path.is_file()
        there, is_bundle = path.exists(), zipped or (path / INFO_FILE).is_file()
    except (OSError, RuntimeError):  # a name that is too long, the home of nobody
        there = is_bundle = False
    if is_bundle:
        return path
    for folder in (*user_bundles(), *shipped_bundles()):
        if folder.name == name:
            return folder
    if there:
        raise BundleError("not a bundle", where=name, expected=WHAT, remedy=SEE_LIST)
    raise BundleError("there is no such bundle", where=name, remedy=SEE_LIST)
