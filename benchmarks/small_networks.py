"""The network of stills (`networks.mlp`) in numpy, several side by side, for comparisons that fit hundreds of them.

Forty fits of some hundred hands take Keras half an hour, most of it to build and to begin; here they take seconds. Same
layers, same start, same steps (Adam; Kingma and Ba, ICLR 2015), same loss; few_hands.md has both figures of one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

Array = npt.NDArray[np.float32]
UNITS = (256, 128)
EPSILON = np.float32(1e-3)
CLOSE = 1e-3


class Base(NamedTuple):
    """What a network starts from: its normalisation, and for each inner layer weights, scale, shift, mean, variance."""

    mean: Array
    deviation: Array
    layers: tuple[tuple[Array, ...], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """How to fit.

    Attributes:
        rate: of learning; `falls`: along a cosine to nothing.
        batch: examples a step.
        dropout: share of the features dropped behind each layer.
        smoothing: of the labels; `decay`: of the inner weights.
        momentum: how slowly the kept statistics follow those of the batches.
        frozen: whether only the last layer learns.
        still: whether the statistics stay those of the base.
        heads: how large the last layer begins, made of the labels' mean places; 0 for at random.
    """

    rate: float = 1e-3
    falls: bool = False
    batch: int = 64
    dropout: float = 0.3
    smoothing: float = 0.05
    decay: float = 1e-4
    momentum: float = 0.99
    frozen: bool = False
    still: bool = False
    heads: float = 0.0


@dataclass(slots=True)
class Networks:
    """Networks side by side; the first axis of everything tells them apart.

    Attributes:
        mean, deviation: (n, 1, F), of what they read.
        inner: of each inner layer weights (n, F, U), scale and shift (n, 1, U), kept mean and variance (n, 1, U).
        last: weights (n, U, C) and shift (n, 1, C).
    """

    mean: Array
    deviation: Array
    inner: list[list[Array]]
    last: list[Array]
    _moments: dict[int, tuple[Array, Array]] = field(default_factory=dict)
    _steps: int = 0

    def embedded(self, features: Array) -> Array:
        """Return (n, m, U) of raw features (n, m, F) or (m, F)."""
        x = np.nan_to_num((features - self.mean) / self.deviation).astype(np.float32)
        for weights, scale, shift, mean, variance in self.inner:
            x = np.maximum((x @ weights - mean) / np.sqrt(variance + EPSILON) * scale + shift, 0)
        return x

    def answers(self, features: Array) -> npt.NDArray[np.int64]:
        """Return the label numbers (n, m)."""
        weights, shift = self.last
        best: npt.NDArray[np.int64] = (self.embedded(features) @ weights + shift).argmax(axis=-1)
        return best

    def learn(self, x: Array, targets: Array, weight: Array, *, rate: float, way: Way, rng: Generator) -> None:
        """Take a step on normalised features (n, b, F) with targets (n, b, C) and weights (n, b)."""
        kept = []
        for layer in self.inner:
            x, memory = _forward(layer, x, way, rng)
            kept.append(memory)
        weights, shift = self.last
        scores = x @ weights + shift
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        error = (scores / scores.sum(axis=-1, keepdims=True) - targets) * (weight[..., None] / x.shape[1])
        gradients = [(weights, x.swapaxes(1, 2) @ error), (shift, error.sum(axis=1, keepdims=True))]
        error = error @ weights.swapaxes(1, 2)
        for layer, memory in [] if way.frozen else zip(reversed(self.inner), reversed(kept), strict=True):
            more, error = _backward(layer, memory, error, way)
            gradients += more
        self._steps += 1
        for parameter, gradient in gradients:
            self._adam(parameter, gradient, rate)

    def _adam(self, parameter: Array, gradient: Array, rate: float) -> None:
        first, second = self._moments.setdefault(id(parameter), (np.zeros_like(parameter), np.zeros_like(parameter)))
        first += np.float32(0.1) * (gradient - first)
        second += np.float32(0.001) * (gradient**2 - second)
        pace = rate * np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps)
        parameter -= np.float32(pace) * first / (np.sqrt(second) + np.float32(1e-7))


def _forward(layer: list[Array], x: Array, way: Way, rng: Generator) -> tuple[Array, tuple[Array, ...]]:
    weights, scale, shift, mean, variance = layer
    raw = x @ weights
    now, spread = mean, variance
    if not (way.frozen or way.still):
        now, spread = raw.mean(axis=1, keepdims=True), raw.var(axis=1, keepdims=True)
        mean += np.float32(1 - way.momentum) * (now - mean)
        variance += np.float32(1 - way.momentum) * (spread - variance)
    inverse = 1 / np.sqrt(spread + EPSILON)
    even = (raw - now) * inverse
    y = even * scale + shift
    keep = ((y > 0) & (rng.random(y.shape, dtype=np.float32) >= way.dropout)) / np.float32(1 - way.dropout)
    return y * keep, (x, even, inverse, keep)


def _backward(
    layer: list[Array], memory: tuple[Array, ...], error: Array, way: Way
) -> tuple[list[tuple[Array, Array]], Array]:
    weights, scale, shift = layer[:3]
    x, even, inverse, keep = memory
    error = error * keep
    gradients = [(scale, (error * even).sum(axis=1, keepdims=True)), (shift, error.sum(axis=1, keepdims=True))]
    error = error * scale * inverse
    if not way.still:
        error = error - error.mean(axis=1, keepdims=True) - even * (error * even).mean(axis=1, keepdims=True)
    gradients.append((weights, x.swapaxes(1, 2) @ error + np.float32(2 * way.decay) * weights))
    return gradients, error @ weights.swapaxes(1, 2)


def fitted(
    features: Array, labels: npt.NDArray[np.int64], classes: int, epochs: int, way: Way, *, base: Base | None, seed: int
) -> Networks:
    """Return networks that have learned, each from its own examples.

    Args:
        features: raw, (n, m, F).
        labels: numbers, (n, m).
        classes: how many labels there are.
        epochs: how often each example is seen.
        way: how to fit.
        base: what the networks start from, or None for nothing.
        seed: of everything random.
    """
    networks = _fresh(features, classes, base, np.random.default_rng(seed))
    if way.heads:
        _begin_with_means(networks, features, labels, way.heads)
    x = np.nan_to_num((features - networks.mean) / networks.deviation).astype(np.float32)
    targets = np.eye(classes, dtype=np.float32)[labels] * (1 - way.smoothing) + np.float32(way.smoothing / classes)
    counts = np.stack([np.bincount(row, minlength=classes) for row in labels])
    weights = labels.shape[1] / (classes * np.take_along_axis(np.maximum(counts, 1), labels, axis=1))
    rng, every = np.random.default_rng(seed), np.arange(len(x))[:, None]
    starts = range(0, x.shape[1], way.batch)
    for epoch in range(epochs):
        order = rng.random(labels.shape).argsort(axis=1)
        for number, start in enumerate(starts):
            done = (epoch * len(starts) + number) / (epochs * len(starts))
            rate = way.rate * (0.5 + 0.5 * np.cos(np.pi * done) if way.falls else 1)
            rows = order[:, start : start + way.batch]
            some = weights[every, rows].astype(np.float32)
            networks.learn(x[every, rows], targets[every, rows], some, rate=rate, way=way, rng=rng)
    return networks


def base_of(networks: Networks) -> Base:
    """Return what others may start from: all of the first network but its last layer."""
    layers = tuple((layer[0][0].copy(), *(part[0, 0].copy() for part in layer[1:])) for layer in networks.inner)
    return Base(networks.mean[0, 0], networks.deviation[0, 0], layers)


def _fresh(features: Array, classes: int, base: Base | None, rng: Generator) -> Networks:
    count = len(features)

    def drawn(inputs: int, outputs: int) -> Array:
        most = (6 / (inputs + outputs)) ** 0.5  # Glorot and Bengio, AISTATS 2010, as in Keras
        return rng.uniform(-most, most, (count, inputs, outputs)).astype(np.float32)

    def repeated(values: Array) -> Array:
        part = values if values.ndim == 2 else values[None]
        return np.repeat(part[None], count, axis=0).astype(np.float32)

    last = [drawn(UNITS[-1], classes), np.zeros((count, 1, classes), np.float32)]
    if base is not None:
        inner = [[repeated(part) for part in layer] for layer in base.layers]
        return Networks(repeated(base.mean), repeated(base.deviation), inner, last)
    inner = []
    for inputs, outputs in zip((features.shape[-1], *UNITS), UNITS, strict=False):
        ones, none = np.ones((count, 1, outputs), np.float32), np.zeros((count, 1, outputs), np.float32)
        inner.append([drawn(inputs, outputs), ones, none, none.copy(), ones.copy()])
    mean = features.mean(axis=1, keepdims=True)
    return Networks(mean, np.maximum(features.std(axis=1, keepdims=True), CLOSE), inner, last)


def _begin_with_means(networks: Networks, features: Array, labels: npt.NDArray[np.int64], size: float) -> None:
    """Let the last layer begin as a comparison with each label's mean place, seen from the mean of all."""
    weights, shift = networks.last
    for places, own, out, off in zip(networks.embedded(features), labels, weights, shift, strict=True):
        means = label_means(places, own, out.shape[1])
        middle = means.mean(axis=0)
        ways = means - middle
        ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), CLOSE)
        out[:] = ways.T * size
        off[:] = -(middle @ ways.T) * size


def label_means(places: Array, labels: npt.NDArray[np.int64], classes: int) -> Array:
    """Return the mean place (C, U) of each label."""
    return np.stack([places[labels == number].mean(axis=0) for number in range(classes)])


def nearest_mean(places: Array, labels: npt.NDArray[np.int64], asked: Array, classes: int) -> Sequence[int]:
    """Return for each place that is asked for the label whose mean lies in the most alike direction."""
    means = label_means(places / np.linalg.norm(places, axis=1, keepdims=True), labels, classes)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return list((asked @ means.T).argmax(axis=1))
