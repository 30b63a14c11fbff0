"""Fitting a network: when to stop, and once more with what chose when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.networks import Network, keras
from recognizers.training_news import Epoch, Say
from recognizers.types import FloatArray

BATCH = 64
FIRST_RATE = 1e-3
PATIENCE = 8


class Data(NamedTuple):
    """Normalised inputs (n, ...) and label numbers (n,)."""

    x: FloatArray
    y: npt.NDArray[np.int64]


def fit(network: Network, learned: Data, validation: Data, epochs: int, say: Say) -> list[float]:
    """Fit with a lower rate on a plateau and an early stop, keep the best weights; rare labels weigh more.

    Returns:
        the learning rate of every epoch up to the best one.
    """
    k = keras()
    _compile(network)

    def tell(epoch: int, logs: dict[str, float]) -> None:
        say(Epoch.of_logs(epoch, epochs, logs))

    history = network.fit(
        **_inputs(network, learned),
        validation_data=(validation.x, _one_hot(network, validation)),
        epochs=epochs,
        callbacks=[
            k.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=3, min_lr=1e-5),
            k.callbacks.EarlyStopping(monitor="val_loss", patience=PATIENCE, restore_best_weights=True),
            k.callbacks.LambdaCallback(on_epoch_end=tell),
        ],
    ).history
    best = int(np.argmin(history["val_loss"]))
    return [float(rate) for rate in history["learning_rate"][: best + 1]]


def refit(network: Network, learned: Data, rates: Sequence[float], say: Say) -> None:
    """Fit a fresh network on everything but the test, at the rates and for as many epochs as served before."""
    k = keras()
    _compile(network)
    say(f"once more with what chose when to stop: {len(rates)} epochs")
    schedule = k.callbacks.LearningRateScheduler(lambda epoch, _: rates[epoch])
    tell = k.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: say(Epoch.of_logs(epoch, len(rates), logs)))
    network.fit(**_inputs(network, learned), epochs=len(rates), callbacks=[schedule, tell])


def _compile(network: Network) -> None:
    k = keras()
    network.compile(
        optimizer=k.optimizers.Adam(FIRST_RATE),
        loss=k.losses.CategoricalCrossentropy(label_smoothing=0.05),
        metrics=["accuracy"],
    )


def _inputs(network: Network, learned: Data) -> dict[str, Any]:
    classes = network.output_shape[-1]
    counts = np.bincount(learned.y, minlength=classes)
    weights = {number: len(learned.y) / (classes * max(int(count), 1)) for number, count in enumerate(counts)}
    return {
        "x": learned.x,
        "y": _one_hot(network, learned),
        "batch_size": BATCH,
        "class_weight": weights,
        "verbose": 0,
    }


def _one_hot(network: Network, data: Data) -> FloatArray:
    rows: FloatArray = np.eye(network.output_shape[-1], dtype=np.float32)[data.y]
    return rows
