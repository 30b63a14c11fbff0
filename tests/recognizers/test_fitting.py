"""Fitting: it learns, stops, keeps the best, lowers its rate, and does the same again with the same seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recognizers.fitting import LEAST_RATE, falling

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder, and what several fittings told."""
    folder = tmp_path_factory.mktemp("fitted")
    done = subprocess.run(
        [sys.executable, "-m", "tests.recognizers.fit_networks", str(folder)],
        cwd=ROOT,
        env={**os.environ, "MUDRA_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, json.loads((folder / "told.json").read_text())


def test_it_learns_also_what_is_rare(fitted: tuple[Path, dict[str, Any]]) -> None:
    one = fitted[1]["one"]
    assert one["accuracy"] > 0.9 and one["rare"] > 0.6


def test_the_best_weights_are_kept(fitted: tuple[Path, dict[str, Any]]) -> None:
    for name in ("one", "other"):
        found = fitted[1][name]
        fits = [loss for loss in found["losses"] if loss is not None]
        assert len(found["rates"]) == fits.index(min(fits)) + 1
        # The loss that was watched is the members' mean; that of their mean answer is never larger.
        assert found["loss"] <= min(fits) + 1e-3


def test_the_rate_never_rises_and_the_same_seed_gives_the_same_weights(fitted: tuple[Path, dict[str, Any]]) -> None:
    told = fitted[1]
    assert told["one"] == told["same"]
    assert told["one"]["weights"] != told["other"]["weights"]
    assert all(b <= a for a, b in zip(told["one"]["rates"], told["one"]["rates"][1:], strict=False))


def test_every_epoch_is_told(fitted: tuple[Path, dict[str, Any]]) -> None:
    logged = fitted[1]["logged"]
    assert len(logged["losses"]) == 3 + 4 and logged["losses"][3:] == [None] * 4 and logged["told"] == 0


def test_tensorboards_logs_hold_every_epochs_figures(fitted: tuple[Path, dict[str, Any]]) -> None:
    logs = fitted[0] / "logs"
    for part in ("fit", "refit"):
        (file,) = (logs / part).iterdir()
        content = file.read_bytes()
        assert content.count(b"loss/training") == (3 if part == "fit" else 4)
        assert content.count(b"loss/validation") == (3 if part == "fit" else 0)


@pytest.mark.parametrize("epochs", [1, 2, 5, 40])
def test_a_falling_rate_rises_shortly_and_ends_at_next_to_nothing(epochs: int) -> None:
    rates = falling(1e-2, epochs)
    assert len(rates) == epochs and max(rates) == pytest.approx(1e-2)
    top = rates.index(max(rates))
    assert top <= 3 and rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert epochs == 1 or rates[-1] == LEAST_RATE
