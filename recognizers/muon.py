"""Muon, an optimizer for the kernels of convolutions: every direction of a kernel learns at the same pace.

After Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024), and the use of it on small
pictures in Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU" (2024): the running mean of a kernel's gradients,
written as a matrix, is replaced by the nearest matrix whose singular values are all about 1. So no direction is left
behind because its gradients are small. Keras's own Muon does this for dense layers alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from recognizers.networks import keras

MEMORY = 0.95
"""How much of the running mean of gradients is kept at each step."""
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""A polynomial that brings singular values between 0 and 1 near to 1, by Jordan et al."""
TURNS = 5
"""How often it is applied."""
REST_MEMORY = (0.9, 0.99)
"""Of Adam's means of gradients and of their squares."""


def muon(rate: Any, rest: float) -> Any:
    """Return the optimizer.

    Kernels of convolutions that read more than one channel keep their size, which means nothing where a normalisation
    follows: only their direction learns. Everything else, such as biases and the answer, goes by Adam (Kingma and Ba,
    ICLR 2015).

    Args:
        rate: a Keras schedule: how far a kernel turns at each step, as a share of its size.
        rest: Adam's rate is so many times that.
    """
    k = keras()
    base: Any = k.optimizers.Optimizer

    class Muon(base):  # type: ignore[misc]
        """Orthogonal steps for kernels, Adam's for the rest."""

        def build(self, variables: Sequence[Any]) -> None:
            """Make room for the running means; called once."""
            if self.built:
                return
            super().build(variables)
            self._means = [self.add_variable_from_reference(one, name="mean") for one in variables]
            self._squares = [
                None if _is_kernel(one) else self.add_variable_from_reference(one, name="square") for one in variables
            ]

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            """Change one variable."""
            index = self._get_variable_index(variable)
            mean, square = self._means[index], self._squares[index]
            rate = k.ops.cast(learning_rate, variable.dtype)
            if square is None:
                self.assign(mean, mean * MEMORY + gradient * (1 - MEMORY))
                ahead = mean * MEMORY + gradient * (1 - MEMORY)
                self.assign(variable, _turned(variable, ahead, rate))
                return
            first, second = REST_MEMORY
            step = k.ops.cast(self.iterations + 1, variable.dtype)
            self.assign(mean, mean * first + gradient * (1 - first))
            self.assign(square, square * second + k.ops.square(gradient) * (1 - second))
            size = k.ops.sqrt(square / (1 - k.ops.power(second, step))) + 1e-8
            self.assign_sub(variable, rest * rate * mean / (1 - k.ops.power(first, step)) / size)

    return Muon(learning_rate=rate)


def _is_kernel(variable: Any) -> bool:
    return len(variable.shape) == 4 and variable.shape[2] > 1


def _turned(kernel: Any, direction: Any, rate: Any) -> Any:
    """Return a kernel (height, width, in, out) turned away from a direction of the same shape, its size as it was."""
    ops = keras().ops
    rows, outputs = math.prod(kernel.shape[:-1]), kernel.shape[-1]
    matrix = ops.reshape(kernel, (rows, outputs))
    step = nearest_orthogonal(ops.reshape(direction, (rows, outputs)))
    before = ops.norm(matrix)
    # The size of a matrix whose singular values are all 1.
    moved = matrix - step * (rate * before / math.sqrt(min(rows, outputs)))
    return ops.reshape(moved * (before / ops.norm(moved)), kernel.shape)


def nearest_orthogonal(matrix: Any) -> Any:
    """Return a matrix (m, n) with its singular values brought to about 1, from 0.7 to 1.2, and the rest as it is."""
    ops = keras().ops
    a, b, c = NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if tall else matrix
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(TURNS):
        square = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * square + c * ops.matmul(square, square), x)
    return ops.transpose(x) if tall else x
