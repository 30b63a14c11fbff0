"""From a Keras network to the files of a bundle."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from recognizers.bundle_info import WEIGHTS_FILE
from recognizers.networks import Network
from recognizers.types import FloatArray

_LOG = logging.getLogger(__name__)


def to_litert(network: Network) -> bytes:
    """Return the network as a LiteRT model with a batch of one.

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
        model: bytes = tf.lite.TFLiteConverter.from_concrete_functions([constant], tf.Module()).convert()
    _LOG.debug("%s", told.getvalue())
    return model


def weights_of(network: Network) -> bytes:
    """Return the network's weights as HDF5, for more training.

    Without the optimizer's state, which is twice as large: a training with other examples starts with a fresh one.
    """
    from recognizers.networks import keras

    bare = keras().Model(network.inputs, network.outputs, name=network.name)  # the same layers, never compiled
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WEIGHTS_FILE
        bare.save_weights(path)
        return path.read_bytes()


def as_function(network: Network) -> Callable[[FloatArray], FloatArray]:
    """Return the network as a plain function from inputs (n, ...) to probabilities (n, C)."""

    def run(inputs: FloatArray) -> FloatArray:
        return np.asarray(network(inputs, training=False), np.float32)

    return run
