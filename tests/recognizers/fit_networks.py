"""Fits tiny networks, for test_fitting.py; a program of its own, since TensorFlow is large."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from recognizers import networks
from recognizers.export import as_function
from recognizers.fitting import Data, FitPlan, falling, fit, refit
from recognizers.training_news import Epoch, News

SHAPE = (6, 10)


def data(count: int, seed: int) -> Data:
    """Return movements of which one feature rises or falls; four in five rise."""
    rng = np.random.default_rng(seed)
    y = (rng.random(count) < 0.2).astype(np.int64)
    x = rng.normal(0, 0.3, (count, *SHAPE)).astype(np.float32)
    x[:, :, 3] += np.linspace(-1, 1, SHAPE[0]) * np.where(y, -1, 1)[:, None]
    return Data(x.astype(np.float16), y)


def trained(seed: int, plan: FitPlan, members: int) -> dict[str, Any]:
    """Fit once and once more, and return what is to be known of it."""
    told: list[News] = []
    networks.seed_everything(seed)
    network = networks.build("conv", SHAPE, 2, {"width": 8, "blocks": 1, "members": members})
    validation = data(60, 1)
    rates = fit(network, data(200, 0), validation, plan, told.append)
    answers = as_function(network)(validation.x.astype(np.float32))
    clipped = np.clip(answers[np.arange(len(validation.y)), validation.y], 1e-7, 1)
    networks.seed_everything(seed)
    again = networks.build("conv", SHAPE, 2, {"width": 8, "blocks": 1, "members": members})
    refit(again, data(200, 0), falling(plan.rate, 4), plan, told.append)
    epochs = [one for one in told if isinstance(one, Epoch)]
    return {
        "rates": rates,
        "losses": [one.validation_loss for one in epochs],
        "accuracy": float((answers.argmax(axis=1) == validation.y).mean()),
        "rare": float((answers.argmax(axis=1) == validation.y)[validation.y == 1].mean()),
        "loss": float(-np.log(clipped).mean()),
        "told": len(told) - len(epochs),
        "weights": [float(np.abs(w).sum()) for w in [*network.get_weights(), *again.get_weights()]],
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    plan = FitPlan(24, rate=5e-3, batch=16, patience=8, plateau=3, steps=10, smoothing=0.0)
    cases = {
        "one": trained(1, plan, 2),
        "same": trained(1, plan, 2),
        "other": trained(2, plan, 2),
        "logged": trained(1, FitPlan(3, steps=3, batch=16, logs=folder / "logs"), 1),
    }
    (folder / "told.json").write_text(json.dumps(cases))
