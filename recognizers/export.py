"""From a Keras network to the files of a bundle."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from recognizers.bundle_info import WEIGHTS_FILE
from recognizers.networks import Network
from recognizers.types import FloatArray

_LOG = logging.getLogger(__name__)


def to_litert(network: Network, *, rounded: bool = False) -> bytes:
    """Return the network as a LiteRT model with a batch of one.

    Args:
        network: what is exported.
        rounded: whether weights are rounded to 8 bits, by channel, and multiplied with inputs that are rounded to 8
            bits as they come (LiteRT's dynamic range quantization): a quarter of the size and of the time. Answers
            then differ by a hundredth or two.

    A fixed batch lets LiteRT plan its memory once. The weights are made constants before the conversion: with Keras 3,
    `from_concrete_functions` silently drops variables. `from_keras_model` keeps them, too, but writes the whole network
    to a folder and reads it back first, which takes four times as long.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    answer = tf.function(lambda one: network(one, training=False))
    shape = tf.TensorSpec((1, *network.input_shape[1:]), tf.float32)
    constant = convert_variables_to_constants_v2(answer.get_concrete_function(shape))
    # What the converter lists on standard output on the way would stand among our own lines.
    with contextlib.redirect_stdout(io.StringIO()) as told:
        converter = tf.lite.TFLiteConverter.from_concrete_functions([constant], tf.Module())
        if rounded:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        model: bytes = converter.convert()
    _LOG.debug("%s", told.getvalue())
    return model


def weights_of(network: Network, *, rounded: bool = False) -> bytes:
    """Return the network's weights as HDF5, for more training.

    Without the optimizer's state, which is twice as large: a training with other examples starts with a fresh one.

    Args:
        network: whose weights.
        rounded: whether to keep 16 bits of each instead of 32.
    """
    from recognizers.networks import keras

    bare = keras().Model(network.inputs, network.outputs, name=network.name)  # the same layers, never compiled
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WEIGHTS_FILE
        bare.save_weights(path)
        if rounded:
            _halve(path, path.with_suffix(".halves"))
            path = path.with_suffix(".halves")
        return path.read_bytes()


def _halve(source: Path, target: Path) -> None:
    """Copy an HDF5 file with 16 bits for each number, into a new one: what is deleted in one leaves a gap there."""
    import h5py

    with h5py.File(source) as whole, h5py.File(target, "w") as halves:

        def copy(name: str, item: Any) -> None:
            copied = halves.create_dataset(name, data=item[()].astype(np.float16)) if hasattr(item, "dtype") else None
            for key, value in item.attrs.items():
                (halves.require_group(name) if copied is None else copied).attrs[key] = value

        halves.attrs.update(whole.attrs)
        whole.visititems(copy)


def as_function(network: Network) -> Callable[[FloatArray], FloatArray]:
    """Return the network as a plain function from inputs (n, ...) to probabilities (n, C)."""

    def run(inputs: FloatArray) -> FloatArray:
        return np.asarray(network(inputs, training=False), np.float32)

    return run
