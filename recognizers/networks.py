"""The networks by name. Each takes normalised features and gives probabilities; none uses Lambda layers.

Keras is imported when a network is built, because the rest of the program must never pay for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from recognizers.errors import UsageError

Network = Any
"""A `keras.Model`; Keras ships no types."""


def keras() -> Any:
    """Import Keras quietly and return it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras as module

    return module


def seed_everything(seed: int) -> None:
    """Make a training repeatable: same data, seed and machine, same weights."""
    import tensorflow

    keras().utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()


def lstm(
    shape: tuple[int, ...],
    classes: int,
    *,
    units: int = 64,
    dense: int = 32,
    dropout: float = 0.3,
    noise: float = 0.2,
) -> Network:
    """Return one LSTM layer over the steps, a dense layer and a softmax: the first seed's network.

    Unrolled, because LiteRT runs the rolled loop only with TensorFlow's own kernels.
    """
    k = keras()
    steps = k.Input(shape)
    x = k.layers.GaussianNoise(noise)(steps)
    x = k.layers.SpatialDropout1D(0.1)(x)
    x = k.layers.LSTM(units, unroll=True)(x)
    x = k.layers.Dropout(dropout)(x)
    x = k.layers.Dense(dense, activation="relu")(x)
    return k.Model(steps, k.layers.Dense(classes, activation="softmax")(x))


def mlp(
    shape: tuple[int, ...],
    classes: int,
    *,
    units: tuple[int, ...] = (256, 128),
    dropout: float = 0.3,
    decay: float = 1e-4,
) -> Network:
    """Return a multilayer perceptron for one moment's features."""
    k = keras()
    features = k.Input(shape)
    x = k.layers.Flatten()(features) if len(shape) > 1 else features
    for width in units:
        x = k.layers.Dense(width, use_bias=False, kernel_regularizer=k.regularizers.L2(decay))(x)
        x = k.layers.BatchNormalization()(x)
        x = k.layers.Activation("relu")(x)
        x = k.layers.Dropout(dropout)(x)
    return k.Model(features, k.layers.Dense(classes, activation="softmax")(x))


def linear(shape: tuple[int, ...], classes: int) -> Network:
    """Return a softmax over the mean of the steps: the baseline that any network must beat."""
    k = keras()
    features = k.Input(shape)
    x = k.layers.GlobalAveragePooling1D()(features) if len(shape) > 1 else features
    return k.Model(features, k.layers.Dense(classes, activation="softmax")(x))


def cnn(
    shape: tuple[int, ...],
    classes: int,
    *,
    widths: tuple[int, int, int, int] = (32, 48, 96, 192),
    dropouts: tuple[float, float, float] = (0.05, 0.1, 0.3),
) -> Network:
    """Return a small convolutional network for a grey picture.

    The first convolution skips every second pixel, and channels grow as the picture shrinks: a fifth of the work of
    three blocks of two convolutions at full size, and as good within the same time.
    """
    k = keras()

    def convolution(x: Any, width: int, size: int = 3, stride: int = 1) -> Any:
        x = k.layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False)(x)
        return k.layers.Activation("relu")(k.layers.BatchNormalization()(x))

    first, second, third, fourth = widths
    picture = k.Input(shape)
    x = convolution(convolution(picture, first, 5, 2), second)
    x = k.layers.Dropout(dropouts[0])(k.layers.MaxPooling2D()(x))
    x = convolution(convolution(x, third), third)
    x = k.layers.Dropout(dropouts[1])(k.layers.MaxPooling2D()(x))
    x = k.layers.GlobalAveragePooling2D()(convolution(convolution(x, fourth), fourth))
    x = k.layers.Dropout(dropouts[2])(x)
    return k.Model(picture, k.layers.Dense(classes, activation="softmax")(x))


NETWORKS: Mapping[str, Callable[..., Network]] = {"cnn": cnn, "lstm": lstm, "mlp": mlp, "linear": linear}
DEFAULTS = {"still": "mlp", "sequence": "lstm", "face": "cnn"}


def build(name: str, shape: tuple[int, ...], classes: int, parameters: Mapping[str, Any] | None = None) -> Network:
    """Return a fresh network.

    Raises:
        UsageError: there is none of this name, or it does not fit the input.
    """
    check(name, {1: "still", 2: "sequence"}.get(len(shape), "face"))
    return NETWORKS[name](shape, classes, **(parameters or {}))


def check(name: str, kind: str) -> None:
    """Check that there is such a network and that it reads a `still`, a `sequence` or a `face`.

    Raises:
        UsageError: there is none of this name, or it does not fit the input.
    """
    if name not in NETWORKS:
        raise UsageError("there is no such network", where=name, expected=f"one of {', '.join(NETWORKS)}")
    if (name == "cnn") != (kind == "face"):
        what = "the cnn reads pictures of faces" if name == "cnn" else "pictures of faces are for the cnn"
        raise UsageError(what, where=name, expected=DEFAULTS[kind])
    if name == "lstm" and kind != "sequence":
        raise UsageError(
            "the lstm reads movements", where=name, expected="a sequence", found="stills", remedy="Use mlp"
        )
