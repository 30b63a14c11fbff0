"""Fitting a network: when to stop, and once more with what chose when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.board import board
from recognizers.networks import Network, keras, members_of, taught_part
from recognizers.training_news import Epoch, Say
from recognizers.types import FloatArray

LEAST_RATE = 1e-5


class Data(NamedTuple):
    """Normalised inputs (n, ...), float32 or float16, and label numbers (n,)."""

    x: npt.NDArray[np.floating]
    y: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FitPlan:
    """How to fit.

    Attributes:
        epochs: at most.
        rate: the first learning rate; it is halved where the validation loss stands still for `plateau` epochs.
        decay: of the weights, towards 0.
        smoothing: of the labels: so much of each is given to all.
        batch: examples a step.
        patience: so many epochs after the best one it stops.
        falls: whether the rate falls along a cosine over all epochs instead, and nothing stops early.
        steps: steps an epoch; 0 for as many as all examples take. Where copies of few recordings are many, an epoch of
            all of them is too long to be told of.
        seed: of the order of the examples.
        logs: a folder for TensorBoard, or None.
    """

    epochs: int
    rate: float = 1e-3
    decay: float = 0.0
    smoothing: float = 0.05
    batch: int = 64
    patience: int = 8
    plateau: int = 3
    falls: bool = False
    steps: int = 0
    seed: int = 0
    logs: Path | None = None


def fit(network: Network, learned: Data, validation: Data, plan: FitPlan, say: Say) -> list[float]:
    """Fit with a lower rate on a plateau and an early stop, keep the best weights; rare labels weigh more.

    Returns:
        the learning rate of every epoch up to the best one.
    """
    k = keras()
    learner = _compiled(network, plan)
    rates = falling(plan.rate, plan.epochs)
    pace = (
        k.callbacks.LearningRateScheduler(lambda epoch, _: rates[epoch])
        if plan.falls
        else k.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=plan.plateau, min_lr=LEAST_RATE)
    )
    patience = plan.epochs if plan.falls else plan.patience
    history = learner.fit(
        **_inputs(network, learned, plan),
        validation_data=(validation.x, _one_hot(network, validation)),
        validation_batch_size=256,
        epochs=plan.epochs,
        callbacks=[
            pace,
            k.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True),
            _teller(plan, plan.epochs, "fit", say),
        ],
    ).history
    best = int(np.argmin(history["val_loss"]))
    return [float(rate) for rate in history["learning_rate"][: best + 1]]


def refit(network: Network, learned: Data, rates: Sequence[float], plan: FitPlan, say: Say) -> None:
    """Fit a fresh network on more examples, at these rates, one an epoch."""
    k = keras()
    learner = _compiled(network, plan)
    schedule = k.callbacks.LearningRateScheduler(lambda epoch, _: rates[epoch])
    callbacks = [schedule, _teller(plan, len(rates), "refit", say)]
    learner.fit(**_inputs(network, learned, plan), epochs=len(rates), callbacks=callbacks)


def falling(rate: float, epochs: int) -> list[float]:
    """Return a learning rate for each epoch: a short rise, then down along a cosine nearly to nothing."""
    rise = min(3, epochs // 4)
    down = np.cos(np.linspace(0, np.pi, epochs - rise)) / 2 + 0.5
    rates = np.concatenate([np.linspace(0.2, 1, rise, endpoint=False), down])
    return [float(one) for one in np.maximum(rates * rate, LEAST_RATE)]


def _compiled(network: Network, plan: FitPlan) -> Any:
    """Return what learns: the network, or where it is the mean of several, all of them side by side.

    Each member learns for itself. Were their mean taught, they would lean on each other, and such a mean is no better
    than one.
    """
    k, part = keras(), taught_part(network)
    members = members_of(part)
    several = len(members) > 1
    learner = k.Model(part.inputs, k.ops.stack(members, axis=1)) if several else part
    plain = k.losses.CategoricalCrossentropy(label_smoothing=plan.smoothing)

    def loss(truth: Any, answers: Any) -> Any:
        return sum(plain(truth, answers[:, number]) for number in range(len(members))) / len(members)

    def accuracy(truth: Any, answers: Any) -> Any:
        return k.metrics.categorical_accuracy(truth, k.ops.mean(answers, axis=1))

    learner.compile(
        optimizer=k.optimizers.AdamW(plan.rate, weight_decay=plan.decay)
        if plan.decay
        else k.optimizers.Adam(plan.rate),
        loss=loss if several else plain,
        metrics=[accuracy] if several else ["accuracy"],
    )
    return learner


def _teller(plan: FitPlan, epochs: int, part: str, say: Say) -> Any:
    """Return what tells every epoch, and writes it into TensorBoard's logs where they are wanted."""
    written = None if plan.logs is None else board(plan.logs / part)

    def tell(index: int, logs: dict[str, float]) -> None:
        epoch = Epoch.of_logs(index, epochs, logs)
        if written is not None:
            written.write(epoch)
        say(epoch)

    def end(_: object) -> None:
        if written is not None:
            written.close()

    return keras().callbacks.LambdaCallback(on_epoch_end=tell, on_train_end=end)


def _inputs(network: Network, learned: Data, plan: FitPlan) -> dict[str, Any]:
    classes = network.output_shape[-1]
    counts = np.bincount(learned.y, minlength=classes)
    weights = {number: len(learned.y) / (classes * max(int(count), 1)) for number, count in enumerate(counts)}
    if plan.steps and plan.steps * plan.batch < len(learned.y):
        return {"x": _in_parts(network, learned, plan, weights), "verbose": 0}
    return {
        "x": learned.x,
        "y": _one_hot(network, learned),
        "batch_size": plan.batch,
        "class_weight": weights,
        "verbose": 0,
    }


def _in_parts(network: Network, learned: Data, plan: FitPlan, weights: dict[int, float]) -> Any:
    """Return the examples in a random order, a part of them an epoch, until all were seen; then in another order."""
    one_hot, dataset = _one_hot(network, learned), keras().utils.PyDataset
    weight = np.array([weights[number] for number in learned.y.tolist()], np.float32)
    count = len(learned.y)

    class Parts(dataset):  # type: ignore[misc, valid-type]
        """Batches; which ones depends on the plan's seed, the epoch and the batch alone."""

        epoch = 0

        def __len__(self) -> int:
            return plan.steps

        def on_epoch_end(self) -> None:
            self.epoch += 1

        def __getitem__(self, index: int) -> tuple[FloatArray, FloatArray, FloatArray]:
            turn, part = divmod(self.epoch * plan.steps + index, count // plan.batch)
            order = np.random.default_rng((plan.seed, turn)).permutation(count)
            rows = order[part * plan.batch : (part + 1) * plan.batch]
            return learned.x[rows].astype(np.float32), one_hot[rows], weight[rows]

    return Parts()


def _one_hot(network: Network, data: Data) -> FloatArray:
    rows: FloatArray = np.eye(network.output_shape[-1], dtype=np.float32)[data.y]
    return rows
