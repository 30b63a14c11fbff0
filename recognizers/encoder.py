"""What a training may start from: the weights of a network that has learned made-up signs or gestures.

It has seen what stays the same when other people show them, from other places, before other cameras. Its last layer,
which names what it was taught, is left out. One for still hands ships, and trainings of few start from it:
benchmarks/few_hands.py made it, and few_hands.md tells what it gains. benchmarks/encoder.py makes one for movements,
which does not ship: sequence_networks.md tells that it gains on made-up signs and loses on real ones.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from recognizers.array_files import read_arrays
from recognizers.errors import FormatError, MudraError
from recognizers.features import FEATURE_SETS, FEATURES_VERSION
from recognizers.networks import DEFAULTS
from recognizers.train_options import TrainOptions
from recognizers.training_news import Say
from recognizers.types import FloatArray

ENCODER_VERSION = 1
MAX_BYTES = 16 * 1024**2
SHIPPED = {"still": "hands.npz"}
"""By kind, what ships in `assets/`."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """A start for networks.

    Attributes:
        features, features_version: what it reads.
        network, parameters: how to build what it fits into; nothing about members or mirror images.
        mean, deviation: float32 (F,), the normalisation that it has learned with.
        weights: of its layers, in order, without the last one.
        made: how.
    """

    features: str
    features_version: int
    network: str
    parameters: Mapping[str, Any]
    mean: FloatArray
    deviation: FloatArray
    weights: tuple[FloatArray, ...]
    made: str = ""

    def misfit(self, features: str, network: str, parameters: Mapping[str, Any]) -> str:
        """Return why a training cannot start from it, or nothing where it can.

        Args:
            features: the name of the feature set that the training reads.
            network, parameters: what it builds.
        """
        if (self.features, self.features_version) != (features, FEATURES_VERSION):
            found = f"'{self.features}' version {self.features_version}"
            return f"it reads features {found}, not '{features}' version {FEATURES_VERSION}"
        shape = {key: value for key, value in parameters.items() if key not in ("dropout", "mirrored")}
        if (self.network, dict(self.parameters)) != (network, shape):
            return f"it fits into {self.network} {dict(self.parameters) or ''}, not {network} {shape or ''}".rstrip()
        return ""


def start_of(options: TrainOptions, kind: str, features: str, say: Say, *, few: bool = False) -> Encoder | None:
    """Return what a training starts from, or None for nothing; where what it was told to does not fit, that is said.

    Args:
        options: of the training.
        kind: of what it reads.
        features: the name of the feature set that it reads.
        say: who is told.
        few: whether it has few recordings: then it starts from what ships for its kind, unless it was told otherwise.

    Raises:
        FormatError: it cannot be read.
    """
    if options.encoder is None:
        return _shipped_start(options, kind, features) if few and options.start else None
    encoder = read_encoder(options.encoder)
    why = encoder.misfit(features, options.network or DEFAULTS[kind], options.network_parameters)
    if why:
        say(f"learned from nothing, without the encoder: {why}")
    return None if why else encoder


def _shipped_start(options: TrainOptions, kind: str, features: str) -> Encoder | None:
    encoder = shipped_encoder(kind)
    network = options.network or DEFAULTS[kind]
    return None if encoder is None or encoder.misfit(features, network, options.network_parameters) else encoder


def shipped_encoder(kind: str) -> Encoder | None:
    """Return what ships for a kind, `still` or `sequence`, or None.

    Raises:
        FormatError: it is missing or damaged.
    """
    if kind not in SHIPPED:
        return None
    with resources.as_file(resources.files("assets").joinpath(SHIPPED[kind])) as path:
        return read_encoder(path)


def read_encoder(path: Path) -> Encoder:
    """Read an encoder.

    Raises:
        FormatError: it is missing, damaged, or of another version.
    """
    arrays = read_arrays(path, MAX_BYTES)
    try:
        about = json.loads(arrays["about"].tobytes())
        if about["version"] != ENCODER_VERSION:
            raise FormatError("an encoder of another version", where=path, expected=ENCODER_VERSION)
        weights = tuple(np.array(arrays[f"weight{number}"], np.float32) for number in range(about["weights"]))
        mean, deviation = (np.array(arrays[name], np.float32) for name in ("mean", "deviation"))
        if any(part.shape != (FEATURE_SETS[about["features"]].count,) for part in (mean, deviation)):
            raise FormatError("the normalisation is not that of its features", where=path)
        if not all(np.isfinite(part).all() for part in (*weights, mean, deviation)) or not (deviation > 0).all():
            raise FormatError("a number is not finite", where=path)
        return Encoder(
            about["features"],
            about["features_version"],
            about["network"],
            dict(about["parameters"]),
            mean,
            deviation,
            weights,
            str(about["made"]),
        )
    except MudraError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        raise FormatError("is no encoder", where=path, found=str(problem)[:80]) from None


def encoder_bytes(encoder: Encoder) -> bytes:
    """Return the content of an encoder's file, which `read_encoder` reads; weights keep three digits."""
    about = {
        "version": ENCODER_VERSION,
        "features": encoder.features,
        "features_version": encoder.features_version,
        "network": encoder.network,
        "parameters": dict(encoder.parameters),
        "weights": len(encoder.weights),
        "made": encoder.made,
    }
    arrays = {f"weight{number}": weight.astype(np.float16) for number, weight in enumerate(encoder.weights)}
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, allow_pickle=False, about=text, mean=encoder.mean, deviation=encoder.deviation, **arrays
    )
    return buffer.getvalue()
