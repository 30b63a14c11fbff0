"""Fitting a network to crops of faces: changed anew in every epoch, on a falling rate, resumable after every epoch.

What costs time is arithmetic, so it is saved where it tells least: the first epochs see smaller pictures (Tan and Le,
"EfficientNetV2", ICML 2021), and on processors that have instructions for it numbers of 16 bits are multiplied.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.face_crop import SIDE, FaceReading, place_of_middle
from recognizers.muon import muon
from recognizers.networks import MEMBER, Network, keras, members_of, seed_everything
from recognizers.training_news import Epoch, News, Say
from recognizers.types import FloatArray, ImageArray

BATCH, LEAST_BATCH, STEPS = 256, 16, 24
"""Pictures a step: at most, at least, and in between as many as give an epoch so many steps."""
RATE, REST = 0.02, 0.15
"""The highest of `muon`'s rates, and what Adam's are of it."""
SMOOTHING = 0.1
"""Of the labels: people agree on two thirds of these pictures, so nothing is certain. Not where a teacher says so."""
TEACHER = 0.5
"""So much of what a picture shall be taken for is a teacher's answer, the rest its label."""
MANY = 5_000
"""From so many pictures on a training lasts long enough to learn them by heart, and mixes them against that."""
MIXED, MIXED_SHARE = 0.2, 0.85
"""In this share of the epochs pictures are mixed in pairs, in shares from a Beta distribution with this parameter."""
SIDES = ((32 / 44, 0.5), (1.0, 0.5))
"""How large pictures are, as a share of what the network will read, in which share of the epochs. While they are
smallest the rate is high; then it falls to 0."""
RARE = 0.35
"""A label weighs (mean count / its count) to this power: 1 would let the rarest shout, 0 would let it vanish."""
TURN_DEGREES, SCALE, SHIFT = 12.0, 0.12, 2.5
"""How far a copy is turned, scaled and shifted (in pixels) at most: about as far as the face's points stray."""
COVERED = (6, 17)
"""In every second copy a box with sides of so many pixels is covered: no single feature may decide alone."""
TOLD_FILE, LEARNED_FILE = "epochs.jsonl", "learned.weights.h5"
"""In the memory of each member: what was told of the epochs so far, and once it has learned all, its weights."""
RECIPE = 5
"""Of all that stands here: a training that was interrupted goes on only with the same."""


class Pictures(NamedTuple):
    """Crops, uint8 (n, 48, 48), their label numbers (n,), and a teacher's probabilities, float32 (n, C), or None."""

    crops: ImageArray
    y: npt.NDArray[np.int64]
    told: FloatArray | None = None


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
    """Fit a network's members one after the other, each with other copies of the pictures.

    Tells loss and accuracy of every epoch, also of those before an interruption.
    """
    k = keras()
    outputs = members_of(network)
    for number, output in enumerate(outputs):
        member = k.Model(network.input, output)
        kept = None if plan.memory is None else plan.memory / f"{MEMBER}{number}"
        seed_everything(plan.seed + number)

        def tell(news: News, before: int = number * plan.epochs) -> None:
            if isinstance(news, Epoch):
                news = replace(news, number=news.number + before, of=len(outputs) * plan.epochs)
            say(news)

        fit_member(member, learned, validation, replace(plan, seed=plan.seed + number, memory=kept), tell)
    if plan.memory is not None:
        shutil.rmtree(plan.memory, ignore_errors=True)


def fit_member(member: Network, learned: Pictures, validation: Pictures, plan: FitPlan, say: Say) -> None:
    """Fit a network without members; what it learned stays in the memory."""
    k = keras()
    classes = member.output_shape[-1]
    learner = _learner(member)
    ends = np.round(np.cumsum([0.0, *(share for _, share in SIDES)]) * plan.epochs).astype(int).tolist()
    sides = [round(size * plan.reading.read) for size, _ in SIDES]
    batches = [_batches(learned, classes, plan, side) for side in sides]
    steps = len(batches[0])
    learner.compile(
        optimizer=muon(_rates(steps, ends[1] * steps, plan.epochs * steps), REST),
        loss=k.losses.CategoricalCrossentropy(label_smoothing=SMOOTHING if learned.told is None else 0.0),
        metrics=["accuracy"],
    )
    for epoch in _told(plan.memory):
        say(epoch)
    learned_file = None if plan.memory is None else plan.memory / LEARNED_FILE
    if learned_file is not None and learned_file.is_file():
        member.load_weights(learned_file)
        return
    truth = np.eye(classes, dtype=np.float32)[validation.y]
    for part, side, (first, end) in zip(batches, sides, pairwise(ends), strict=True):
        if first == end:
            continue
        learner.fit(
            part,
            initial_epoch=first,
            epochs=end,
            shuffle=False,
            verbose=0,
            validation_data=(_at_size(validation.crops, plan.reading, side), truth),
            validation_batch_size=BATCH,
            callbacks=_callbacks(part, plan, say),
        )
    member.set_weights(learner.get_weights())
    if learned_file is not None:
        member.save_weights(learned_file)


def _rates(rise: int, fall: int, end: int) -> Any:
    """Return a schedule that rises along a line until the step `rise`, stays, and falls along one from `fall` to `end`.

    Up to where they fall, a short training and a long one are the same.
    """
    k = keras()
    schedule: Any = k.optimizers.schedules.LearningRateSchedule

    class Rates(schedule):  # type: ignore[misc]
        """The rate of each step."""

        def __call__(self, step: Any) -> Any:
            now = k.ops.cast(step, "float32")
            shares = k.ops.minimum((now + 1) / rise, (end - now) / max(1, end - fall))
            return RATE * k.ops.minimum(shares, 1.0)

        def get_config(self) -> dict[str, int]:
            """Return the arguments."""
            return {"rise": rise, "fall": fall, "end": end}

    return Rates()


def _callbacks(batches: Any, plan: FitPlan, say: Say) -> list[Any]:
    k = keras()

    def begin(epoch: int, _: object) -> None:
        batches.epoch = epoch

    def tell(epoch: int, logs: dict[str, float]) -> None:
        say(Epoch.of_logs(epoch, plan.epochs, logs))

    callbacks = [k.callbacks.LambdaCallback(on_epoch_begin=begin, on_epoch_end=tell)]
    if plan.memory is not None:
        memory = plan.memory

        def note(epoch: int, logs: dict[str, float]) -> None:
            with (memory / TOLD_FILE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(Epoch.of_logs(epoch, plan.epochs, logs))) + "\n")

        # Noted once the state is kept, so that nothing is told twice that is learned twice.
        callbacks.append(k.callbacks.BackupAndRestore(str(memory), delete_checkpoint=False))
        callbacks.append(k.callbacks.LambdaCallback(on_epoch_end=note))
    return callbacks


def _told(memory: Path | None) -> list[Epoch]:
    """Return the epochs that a training told before it was interrupted."""
    try:
        lines = [] if memory is None else (memory / TOLD_FILE).read_text(encoding="utf-8").splitlines()
        return [Epoch(**json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError):
        return []  # then the curve begins later; the weights are none the worse


def _learner(network: Network) -> Network:
    """Return the same network for pictures of any size, with weights of its own, which start the same.

    Where the processor multiplies numbers of 16 bits its layers do that, all but the answer. Weights keep 32.
    """
    k = keras()
    policy = "mixed_bfloat16" if multiplies_halves() else "float32"

    def twin(layer: Any) -> Any:
        config = layer.get_config()
        if layer is not network.layers[-1]:
            config["dtype"] = policy
        return type(layer).from_config(config)

    picture = k.Input((None, None, network.input_shape[-1]))
    learner = k.models.clone_model(network, input_tensors=picture, clone_function=twin)
    learner.set_weights(network.get_weights())
    return learner


def multiplies_halves() -> bool:
    """Return whether the processor has instructions for products of bfloat16; without them they take much longer."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def label_weights(y: npt.NDArray[np.int64], classes: int) -> FloatArray:
    """Return how much an example of each label counts, float32 (classes,)."""
    counts = np.maximum(np.bincount(y, minlength=classes), 1)
    weights: FloatArray = ((counts.mean() / counts) ** RARE).astype(np.float32)
    return weights


def varied_pictures(
    crops: ImageArray, reading: FaceReading, rng: np.random.Generator, mirrored: npt.NDArray[np.bool_], side: int
) -> FloatArray:
    """Return copies of crops as the network reads them: turned, scaled, shifted, mirrored, covered.

    Args:
        crops: (n, 48, 48).
        reading: how crops are read.
        rng: what decides.
        mirrored: (n,), which of them to mirror.
        side: of the copies, which show the same part of a crop at any size.
    """
    import cv2

    size = side / reading.read
    pictures = np.empty((len(crops), side, side), np.uint8)
    for index, crop in enumerate(crops):
        degrees, scale = rng.uniform(-TURN_DEGREES, TURN_DEGREES), size * rng.uniform(1 - SCALE, 1 + SCALE)
        shift = size * rng.uniform(-SHIFT, SHIFT, 2)
        place = place_of_middle(degrees, side, scale=scale, mirrored=bool(mirrored[index]), shift=shift)
        cv2.warpAffine(crop, place, (side, side), dst=pictures[index], borderMode=cv2.BORDER_REPLICATE)
    inputs = reading.inputs_of(pictures)
    for one in inputs:
        if rng.random() < 1 / 2:
            height, width = np.minimum(size * rng.integers(*COVERED, 2), side).astype(int)
            top, left = rng.integers(0, side - height + 1), rng.integers(0, side - width + 1)
            one[top : top + height, left : left + width] = 0
    return inputs


def _at_size(crops: ImageArray, reading: FaceReading, side: int) -> FloatArray:
    """Return crops as the network reads them, (n, side, side, 1), all of what it reads at another size."""
    import cv2

    if side == reading.read:
        return reading.inputs(crops)
    edge = (SIDE - reading.read) // 2
    middles = crops[:, edge : edge + reading.read, edge : edge + reading.read]
    return reading.inputs_of(np.stack([cv2.resize(middle, (side, side)) for middle in middles]))


def soften(network: Network, probabilities: FloatArray, y: npt.NDArray[np.int64]) -> float:
    """Divide the network's logits by the temperature that makes its probabilities fit what happens, and return it.

    After Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. The last layers' weights take it in, so the
    network stays the same to everyone who runs it.

    Args:
        network: its last layer, or that of each member, is dense with a softmax.
        probabilities: (views, n, C), what its members give for n examples seen in one or more ways; the mean is the
            answer.
        y: (n,), the true labels.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))
    temperatures = np.geomspace(0.3, 3.0, 93)
    temperature = float(min(temperatures, key=lambda one: _surprise(logits / one, y)))
    for layer in network.layers:
        if layer.name.startswith(MEMBER):
            layer.set_weights([weights / temperature for weights in layer.get_weights()])
    return temperature


def _surprise(logits: npt.NDArray[np.float64], y: npt.NDArray[np.int64]) -> float:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    mean = (powers / powers.sum(axis=-1, keepdims=True)).mean(axis=0)
    return float(-np.log(mean[np.arange(len(y)), y]).mean())


def _batches(learned: Pictures, classes: int, plan: FitPlan, side: int) -> Any:
    k = keras()
    targets, weights = _targets(learned, classes), label_weights(learned.y, classes)
    size = max(LEAST_BATCH, min(BATCH, len(learned.y) // STEPS))
    first = np.random.default_rng(plan.seed).random(len(learned.y)) < 0.5
    mixed_until = round(MIXED_SHARE * plan.epochs) if len(learned.y) >= MANY else 0

    dataset: Any = k.utils.PyDataset

    class Batches(dataset):  # type: ignore[misc]
        """Changed copies, other ones in every epoch; which ones depends on seed, epoch and batch alone.

        Each picture is mirrored in every other epoch, so that both sides are seen equally often (Jordan, "94% on
        CIFAR-10", 2024).
        """

        epoch = 0

        def __len__(self) -> int:
            return max(1, len(learned.y) // size)

        def __getitem__(self, index: int) -> tuple[FloatArray, FloatArray, FloatArray]:
            order = np.random.default_rng((plan.seed, self.epoch)).permutation(len(learned.y))
            rows = order[index * size : (index + 1) * size]
            rng = np.random.default_rng((plan.seed, self.epoch, index))
            mirrored = first[rows] ^ bool(self.epoch % 2)
            inputs = varied_pictures(learned.crops[rows], plan.reading, rng, mirrored, side)
            batch = inputs, targets[rows], weights[learned.y[rows]]
            return mixed(batch, rng) if self.epoch < mixed_until else batch

    return Batches()


def _targets(learned: Pictures, classes: int) -> FloatArray:
    """Return what each picture shall be taken for, float32 (n, C).

    A network that learns from the answers of one like it as well as from labels, of which many are wrong, ends better
    than its teacher: Furlanello et al., "Born-Again Neural Networks", ICML 2018.
    """
    labels = np.eye(classes, dtype=np.float32)[learned.y]
    return labels if learned.told is None else (1 - TEACHER) * labels + TEACHER * learned.told


def mixed(
    batch: tuple[FloatArray, FloatArray, FloatArray], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return inputs, targets and weights of which each is laid over another: Zhang et al., "mixup", ICLR 2018.

    Args:
        batch: three arrays whose first axis has one length.
        rng: what decides.
    """
    count = len(batch[0])
    others, shares = rng.permutation(count), rng.beta(MIXED, MIXED, count).astype(np.float32)

    def mix(values: FloatArray) -> FloatArray:
        share = shares.reshape(-1, *[1] * (values.ndim - 1))
        return share * values + (1 - share) * values[others]

    inputs, targets, weights = batch
    return mix(inputs), mix(targets), mix(weights)
