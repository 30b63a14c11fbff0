"""The networks by name. Each takes normalised features and gives probabilities; none uses Lambda layers.

Keras is imported when a network is built, because the rest of the program must never pay for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.errors import UsageError
from recognizers.features import mirroring
from recognizers.types import FloatArray

Network = Any
"""A `keras.Model`; Keras ships no types."""
MEMBER = "member"
"""How the last layers of a network's members are named."""
MEANS_SIZE = 0.5
"""How large the weights of a last layer that begins with means are for each label: sure of little."""
CORE = "core"
"""How the part is named that looks at a movement and at its mirror image, and that is taught."""


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
    activation: str = "tanh",
) -> Network:
    """Return one LSTM layer over the steps, a dense layer and a softmax: the first seed's network, held back by noise.

    The seed's own has `activation` relu and neither noise nor dropout. Unrolled, because LiteRT runs the rolled loop
    only with TensorFlow's own kernels.
    """
    k = keras()
    steps = k.Input(shape)
    x = k.layers.GaussianNoise(noise)(steps) if noise else steps
    x = k.layers.SpatialDropout1D(0.1)(x) if noise else x
    x = k.layers.LSTM(units, activation=activation, unroll=True)(x)
    x = k.layers.Dropout(dropout)(x) if dropout else x
    x = k.layers.Dense(dense, activation="relu")(x)
    return k.Model(steps, k.layers.Dense(classes, activation="softmax")(x))


def conv(
    shape: tuple[int, ...],
    classes: int,
    *,
    members: int = 1,
    width: int = 96,
    blocks: int = 3,
    kernel: int = 5,
    heads: int = 0,
    dropout: float = 0.3,
    mirrored: str = "",
) -> Network:
    """Return convolutions over time that look at one feature each, between dense layers that mix the features.

    Separating the two (Chollet, "Xception", CVPR 2017) takes a fifth of the weights of whole convolutions. The answer
    is read from the mean and the maximum over the steps, so that a sign counts wherever in the window it comes.

    Args:
        shape, classes: of input and output.
        members: so many networks of this kind, each with its own weights; the answer is the mean of theirs.
        width: features inside; `blocks`: how often convolutions and mixing follow each other; `kernel`: their steps.
        heads: of one layer of attention after the convolutions; 0 for none.
        dropout: share of the features that are dropped before the answer; half of it inside.
        mirrored: the feature set's name where either hand may make a movement: the answer is then the mean of those to
            the movement and to its mirror image. Both halves of the normalisation must be alike, see `lessons`.
    """
    k = keras()
    steps = k.Input(shape)
    answers = [
        k.layers.Dense(classes, activation="softmax", name=f"{MEMBER}{number}")(
            _convolved(steps, width=width, blocks=blocks, kernel=kernel, heads=heads, dropout=dropout)
        )
        for number in range(members)
    ]
    answer = k.layers.Average()(answers) if members > 1 else answers[0]
    if not mirrored:
        return k.Model(steps, answer)
    order, signs = mirroring(mirrored)
    core, seen = k.Model(steps, answer, name=CORE), k.Input(shape)
    return k.Model(seen, k.layers.Average()([core(seen), core(k.ops.take(seen, order, axis=-1) * signs)]))


def transformer(shape: tuple[int, ...], classes: int, *, heads: int = 4, **parameters: Any) -> Network:
    """Return `conv` with one layer of attention, by which each step sees all others (Vaswani et al., NIPS 2017)."""
    return conv(shape, classes, heads=heads, **parameters)


def _convolved(steps: Any, *, width: int, blocks: int, kernel: int, heads: int, dropout: float) -> Any:
    k = keras()

    def even(values: Any) -> Any:
        # Few recordings make few steps, in which statistics must catch up; Keras's 0.99 would judge by those of before.
        return k.layers.BatchNormalization(momentum=0.95)(values)

    # A landmarker that errs wildly for one step shall not shout the others down.
    x = k.layers.SpatialDropout1D(0.1)(k.ops.clip(steps, -6.0, 6.0))
    x = even(k.layers.Dense(width, use_bias=False)(x))
    x = k.layers.Activation("swish")(x)
    for _ in range(blocks):
        y = k.layers.DepthwiseConv1D(kernel, padding="same", use_bias=False)(x)
        y = k.layers.Activation("swish")(even(y))
        y = even(k.layers.Dense(width, use_bias=False)(y))
        x = k.layers.Activation("swish")(k.layers.Add()([x, k.layers.Dropout(dropout / 2)(y)]))
    if heads:
        y = k.layers.LayerNormalization()(x)
        y = k.layers.MultiHeadAttention(heads, width // heads)(y, y)
        x = k.layers.Add()([x, k.layers.Dropout(dropout / 2)(y)])
    x = k.layers.Concatenate()([k.layers.GlobalAveragePooling1D()(x), k.layers.GlobalMaxPooling1D()(x)])
    return k.layers.Dropout(dropout)(x)


def taught_part(network: Network) -> Network:
    """Return the part of a network that learns: the whole, or what looks at a movement from either side."""
    return next((layer for layer in network.layers if layer.name == CORE), network)


def members_of(network: Network) -> list[Any]:
    """Return the outputs of a network's members, whose mean is its answer; of one without members its own."""
    return [layer.output for layer in network.layers if layer.name.startswith(MEMBER)] or [network.output]


def inner_weights(network: Network) -> list[Any]:
    """Return the weights of all layers of the part that learns but the last or its members' last, in order."""
    return [weight for layer in _inner(network) for weight in layer.get_weights()]


def start_from(network: Network, weights: Sequence[FloatArray]) -> None:
    """Give all layers of the part that learns but the last these weights, as `inner_weights` returns them.

    Raises:
        UsageError: they are of another network.
    """
    own = inner_weights(network)
    if [one.shape for one in own] != [one.shape for one in weights]:
        raise UsageError("these weights are of another network", expected=f"{len(own)} of its shapes")
    rest = iter(weights)
    for layer in _inner(network):
        layer.set_weights([next(rest) for _ in layer.get_weights()])


def _inner(network: Network) -> list[Any]:
    layers: list[Any] = taught_part(network).layers
    inner = [layer for layer in layers if not layer.name.startswith(MEMBER)]
    return inner if len(inner) < len(layers) else layers[:-1]


def begin_with_means(network: Network, x: npt.NDArray[np.floating], y: npt.NDArray[np.int64]) -> None:
    """Let the last layer of a network without members begin as a comparison with each label's mean place before it.

    What the layers before know is then used from the first step on, instead of unlearned while the last one begins at
    random: a softmax over distances to means is nearly such a layer (Snell et al., NeurIPS 2017).

    Args:
        network: whose layers but the last have learned something.
        x, y: what it will be taught, (n, ...), and the label number of each (n,). A label without any begins with 0.
    """
    last = network.layers[-1]
    places = np.asarray(keras().Model(network.input, last.input)(x, training=False))
    shown = np.eye(last.units, dtype=np.float32)[y].T
    counts = shown.sum(axis=1, keepdims=True)
    middle = (shown @ places / np.maximum(counts, 1)).sum(axis=0) / max(int((counts > 0).sum()), 1)
    ways = (shown @ places - counts * middle) / np.maximum(counts, 1)
    ways *= MEANS_SIZE / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-6)
    last.set_weights([ways.T, -(ways @ middle)])


def mlp(
    shape: tuple[int, ...],
    classes: int,
    *,
    members: int = 1,
    units: tuple[int, ...] = (256, 128),
    dropout: float = 0.3,
    decay: float = 1e-4,
) -> Network:
    """Return a multilayer perceptron for one moment's features; of several `members` the answers are averaged."""
    k = keras()
    features = k.Input(shape)

    def inner() -> Any:
        x = k.layers.Flatten()(features) if len(shape) > 1 else features
        for width in units:
            x = k.layers.Dense(width, use_bias=False, kernel_regularizer=k.regularizers.L2(decay))(x)
            x = k.layers.BatchNormalization()(x)
            x = k.layers.Activation("relu")(x)
            x = k.layers.Dropout(dropout)(x)
        return x

    answers = [
        k.layers.Dense(classes, activation="softmax", name=f"{MEMBER}{number}")(inner()) for number in range(members)
    ]
    return k.Model(features, k.layers.Average()(answers) if members > 1 else answers[0])


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
    members: int = 1,
    widths: tuple[int, int, int, int] = (32, 48, 96, 176),
    dropout: float = 0.3,
) -> Network:
    """Return small residual networks (He et al., CVPR 2016) for a grey picture.

    The first convolution skips every second pixel, and channels grow as the picture shrinks: a third of the work of
    three blocks of two convolutions at full size. Sides may be None, for pictures of any size.

    Args:
        shape, classes: of input and output.
        members: so many networks of this kind, each with its own weights; the answer is the mean of theirs.
        widths: channels of the first two convolutions, then of the two blocks of three.
        dropout: share of the channels that are dropped before the answer.
    """
    k = keras()
    picture = k.Input(shape)
    answers = [
        k.layers.Dense(classes, activation="softmax", name=f"{MEMBER}{number}")(
            k.layers.Dropout(dropout)(_seen(picture, widths))
        )
        for number in range(members)
    ]
    return k.Model(picture, k.layers.Average()(answers) if members > 1 else answers[0])


def _seen(picture: Any, widths: tuple[int, int, int, int]) -> Any:
    k = keras()

    def convolution(x: Any, width: int, size: int = 3, stride: int = 1) -> Any:
        x = k.layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False)(x)
        return k.layers.BatchNormalization(momentum=0.95)(x)

    def relu(x: Any) -> Any:
        return k.layers.Activation("relu")(x)

    def block(x: Any, width: int) -> Any:
        x = relu(convolution(k.layers.MaxPooling2D()(x), width))
        y = convolution(relu(convolution(x, width)), width)
        return relu(k.layers.Add()([x, y]))

    first, second, third, fourth = widths
    x = relu(convolution(relu(convolution(picture, first, 5, 2)), second))
    return k.layers.GlobalAveragePooling2D()(block(block(x, third), fourth))


NETWORKS: Mapping[str, Callable[..., Network]] = {
    "cnn": cnn,
    "conv": conv,
    "linear": linear,
    "lstm": lstm,
    "mlp": mlp,
    "transformer": transformer,
}
DEFAULTS = {"still": "mlp", "sequence": "transformer", "face": "cnn"}
FEW_MOVEMENTS = 150
"""Up to so many, a network without attention is as good and learned in half of the time."""
WITH_MEMBERS = ("cnn", "conv", "mlp", "transformer")
"""Those that may be several, whose answers are averaged."""
MOVEMENTS_ONLY = ("conv", "lstm", "transformer")
EITHER_HAND = ("conv", "transformer")
"""Those that can look at a movement's mirror image as well."""


def default_of(kind: str, examples: int) -> str:
    """Return the name of the network that suits so many examples of a `still`, a `sequence` or a `face`."""
    return "conv" if kind == "sequence" and examples <= FEW_MOVEMENTS else DEFAULTS[kind]


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
    if name in MOVEMENTS_ONLY and kind != "sequence":
        raise UsageError(
            f"the {name} reads movements", where=name, expected="a sequence", found="stills", remedy="Use mlp"
        )
