"""Muon: steps of about the same length in every direction, kernels that keep their size, and Adam for the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recognizers import muon as module
from recognizers import networks
from recognizers.muon import muon, nearest_orthogonal


@pytest.mark.parametrize("shape", [(40, 12), (12, 40), (16, 16)])
def test_singular_values_become_about_one_and_directions_stay(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    left, values, right = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    matrix = (left * np.geomspace(10, 0.1, len(values))) @ right
    found = np.asarray(nearest_orthogonal(networks.keras().ops.convert_to_tensor(matrix.astype(np.float32))))
    assert found.shape == shape
    assert (np.linalg.svd(found, compute_uv=False) > 0.6).all()
    assert (np.linalg.svd(found, compute_uv=False) < 1.3).all()
    back = left.T @ found @ right.T
    assert np.abs(back - np.diag(np.diag(back))).max() < 1e-3, "the singular vectors are those of before"


def stepped(shape: tuple[int, ...], gradient: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a variable before and after one step."""
    k = networks.keras()
    start = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    variable: Any = k.Variable(start)
    optimizer = muon(rate, 0.5)
    optimizer.build([variable])
    optimizer.apply([k.ops.convert_to_tensor(gradient.astype(np.float32))], [variable])
    return start, np.asarray(variable.value)


def test_a_kernel_turns_by_the_rate_and_keeps_its_size() -> None:
    gradient = np.random.default_rng(2).normal(size=(3, 3, 8, 16))
    before, after = stepped(gradient.shape, gradient, 0.1)
    size = np.linalg.norm(before)
    assert np.linalg.norm(after) == pytest.approx(size, rel=1e-5)
    assert 0.07 < np.linalg.norm(after - before) / size < 0.13
    along = -((after - before) * gradient).sum()
    assert along > 0.5 * np.linalg.norm(after - before) * np.linalg.norm(gradient), "downhill"


def test_a_weak_gradient_steps_as_far_as_a_strong_one() -> None:
    gradient = np.random.default_rng(3).normal(size=(3, 3, 8, 16))
    (before, weak), (_, strong) = (stepped(gradient.shape, gradient * scale, 0.1) for scale in (1e-2, 1e4))
    assert not np.array_equal(before, weak)
    np.testing.assert_allclose(weak, strong, atol=1e-4)


@pytest.mark.parametrize("shape", [(7,), (20, 7), (5, 5, 1, 8)])
def test_biases_answers_and_kernels_of_one_channel_go_by_adam(shape: tuple[int, ...]) -> None:
    gradient = np.random.default_rng(4).normal(size=shape)
    before, after = stepped(shape, gradient, 0.1)
    # Adam's first step is the rate in each number, against the gradient's sign.
    np.testing.assert_allclose(before - after, 0.05 * np.sign(gradient), rtol=1e-3)


def test_the_mean_of_gradients_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    k = networks.keras()
    rng = np.random.default_rng(5)
    first, second = (k.ops.convert_to_tensor(rng.normal(size=(3, 3, 4, 4)).astype(np.float32)) for _ in range(2))

    def end() -> np.ndarray:
        variable = k.Variable(np.random.default_rng(6).normal(size=(3, 3, 4, 4)).astype(np.float32))
        optimizer = muon(0.1, 0.5)
        optimizer.build([variable])
        optimizer.apply([first], [variable])
        optimizer.apply([second], [variable])
        return np.asarray(variable.value)

    kept = end()
    monkeypatch.setattr(module, "MEMORY", 0.0)
    assert np.abs(kept - end()).max() > 1e-2
