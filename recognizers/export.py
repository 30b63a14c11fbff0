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

    A fixed batch lets LiteRT plan its memory once. The conversion goes through `from_keras_model`: with Keras 3,
    `from_concrete_functions` silently drops the weights.
    """
    import tensorflow as tf

    from recognizers.networks import keras

    k = keras()
    one = k.Input(batch_shape=(1, *network.input_shape[1:]))
    converter = tf.lite.TFLiteConverter.from_keras_model(k.Model(one, network(one)))
    # Keras lists endpoints and addresses on standard output on the way, where they would stand among our own lines.
    with contextlib.redirect_stdout(io.StringIO()) as told:
        model: bytes = converter.convert()
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
