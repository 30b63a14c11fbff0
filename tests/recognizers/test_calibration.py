"""The reliability curve against numbers worked out by hand."""

from __future__ import annotations

import numpy as np

from recognizers.calibration import calibration


def test_a_curve_worked_out_by_hand() -> None:
    sure = np.array([0.55, 0.55, 0.95, 0.95, 0.95, 0.95], np.float32)
    found = calibration(sure, np.array([True, False, True, True, True, True]))
    assert found["bins"] == [
        {"low": 0.5, "high": 0.6, "n": 2, "probability": 0.55, "accuracy": 0.5},
        {"low": 0.9, "high": 1.0, "n": 4, "probability": 0.95, "accuracy": 1.0},
    ]
    assert found["ece"] == round((2 * 0.05 + 4 * 0.05) / 6, 4)


def test_certainty_falls_into_the_last_bin() -> None:
    (only,) = calibration(np.array([1.0], np.float32), np.array([False]))["bins"]
    assert (only["low"], only["high"], only["accuracy"]) == (0.9, 1.0, 0.0)


def test_no_answers_have_no_error() -> None:
    assert calibration(np.zeros(0, np.float32), np.zeros(0, bool)) == {"ece": None, "bins": []}
