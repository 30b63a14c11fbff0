"""Fitting a network to crops of faces: changed anew in every epoch, on a falling rate, resumable after every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.face_crop import SIDE, FaceReading
from recognizers.networks import Network, keras
from recognizers.training_news import Epoch, Say
from recognizers.types import FloatArray, ImageArray

BATCH = 128
RATE, FIRST_RATE = 2e-3, 1e-4
"""The rate rises from the second to the first during the first epoch and falls to 0 along a cosine."""
SMOOTHING = 0.1
"""Of the labels: people agree on two thirds of these pictures, so nothing is certain."""
DECAY = 1e-2
RARE = 0.35
"""A label weighs (mean count / its count) to this power: 1 would let the rarest shout, 0 would let it vanish."""
TURN_DEGREES, SCALE, SHIFT = 12.0, 0.12, 2.5
"""How far a copy is turned, scaled and shifted (in pixels) at most: about as far as the face's points stray."""
COVERED = (6, 17)
"""In every third copy a box with sides of so many pixels is covered: no single feature may decide alone."""


class Pictures(NamedTuple):
    """Crops, uint8 (n, 48, 48), and their label numbers (n,)."""

    crops: ImageArray
    y: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FitPlan:
    """How to fit.

    Attributes:
        reading: how crops are read.
        epochs: how many.
        seed: of everything random.
        memory: a folder that keeps the state after every epoch and is removed at the end; None for none.
    """

    reading: FaceReading
    epochs: int
    seed: int
    memory: Path | None = None


def fit_pictures(network: Network, learned: Pictures, validation: Pictures, plan: FitPlan, say: Say) -> None:
    """Fit; tells loss and accuracy of every epoch."""
    k = keras()
    classes = network.output_shape[-1]
    batches = _batches(learned, classes, plan)
    steps = len(batches)
    schedule = k.optimizers.schedules.CosineDecay(
        FIRST_RATE, max(1, (plan.epochs - 1) * steps), warmup_target=RATE, warmup_steps=steps
    )
    network.compile(
        optimizer=k.optimizers.AdamW(schedule, weight_decay=DECAY),
        loss=k.losses.CategoricalCrossentropy(label_smoothing=SMOOTHING),
        metrics=["accuracy"],
    )

    def begin(epoch: int, _: object) -> None:
        batches.epoch = epoch

    def tell(epoch: int, logs: dict[str, float]) -> None:
        say(Epoch.of_logs(epoch, plan.epochs, logs))

    callbacks = [k.callbacks.LambdaCallback(on_epoch_begin=begin, on_epoch_end=tell)]
    if plan.memory is not None:
        callbacks.append(k.callbacks.BackupAndRestore(str(plan.memory)))
    network.fit(
        batches,
        epochs=plan.epochs,
        shuffle=False,
        verbose=0,
        validation_data=(plan.reading.inputs(validation.crops), np.eye(classes, dtype=np.float32)[validation.y]),
        validation_batch_size=256,
        callbacks=callbacks,
    )


def label_weights(y: npt.NDArray[np.int64], classes: int) -> FloatArray:
    """Return how much an example of each label counts, float32 (classes,)."""
    counts = np.maximum(np.bincount(y, minlength=classes), 1)
    weights: FloatArray = ((counts.mean() / counts) ** RARE).astype(np.float32)
    return weights


def varied_pictures(crops: ImageArray, reading: FaceReading, rng: np.random.Generator) -> FloatArray:
    """Return copies of crops (n, 48, 48) as the network reads them: turned, scaled, shifted, mirrored, covered."""
    import cv2

    side = reading.read
    pictures = np.empty((len(crops), side, side), np.uint8)
    for index, crop in enumerate(crops):
        angle = np.deg2rad(rng.uniform(-TURN_DEGREES, TURN_DEGREES))
        scale = rng.uniform(1 - SCALE, 1 + SCALE)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        if rng.random() < 0.5:
            turn[:, 0] *= -1
        shift = (side - 1) / 2 + rng.uniform(-SHIFT, SHIFT, 2) - turn @ np.full(2, (SIDE - 1) / 2)
        place = np.column_stack([turn, shift])
        cv2.warpAffine(crop, place, (side, side), dst=pictures[index], borderMode=cv2.BORDER_REPLICATE)
    inputs = reading.inputs_of(pictures)
    for one in inputs:
        if rng.random() < 1 / 3:
            height, width = np.minimum(rng.integers(*COVERED, 2), side)
            top, left = rng.integers(0, side - height + 1), rng.integers(0, side - width + 1)
            one[top : top + height, left : left + width] = 0
    return inputs


def soften(network: Network, probabilities: FloatArray, y: npt.NDArray[np.int64]) -> float:
    """Divide the network's logits by the temperature that makes its probabilities fit what happens, and return it.

    After Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. The last layer's weights take it in, so the
    network stays the same to everyone who runs it.

    Args:
        network: its last layer is dense with a softmax.
        probabilities: (views, n, C), what it gives for n examples seen in one or more ways, whose mean is the answer.
        y: (n,), the true labels.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))
    temperatures = np.geomspace(0.3, 3.0, 93)
    temperature = float(min(temperatures, key=lambda one: _surprise(logits / one, y)))
    last = network.layers[-1]
    last.set_weights([weights / temperature for weights in last.get_weights()])
    return temperature


def _surprise(logits: npt.NDArray[np.float64], y: npt.NDArray[np.int64]) -> float:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    mean = (powers / powers.sum(axis=-1, keepdims=True)).mean(axis=0)
    return float(-np.log(mean[np.arange(len(y)), y]).mean())


def _batches(learned: Pictures, classes: int, plan: FitPlan) -> Any:
    k = keras()
    one_hot, weights = np.eye(classes, dtype=np.float32), label_weights(learned.y, classes)

    dataset: Any = k.utils.PyDataset

    class Batches(dataset):  # type: ignore[misc]
        """Changed copies, other ones in every epoch; which ones depends on seed, epoch and batch alone."""

        epoch = 0

        def __len__(self) -> int:
            return max(1, len(learned.y) // BATCH)

        def __getitem__(self, index: int) -> tuple[FloatArray, FloatArray, FloatArray]:
            order = np.random.default_rng((plan.seed, self.epoch)).permutation(len(learned.y))
            rows = order[index * BATCH : (index + 1) * BATCH]
            rng = np.random.default_rng((plan.seed, self.epoch, index))
            y = learned.y[rows]
            return varied_pictures(learned.crops[rows], plan.reading, rng), one_hot[y], weights[y]

    return Batches()
