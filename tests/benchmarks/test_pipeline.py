"""The benchmark programs: that they run and tell the truth, not what they measure."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from benchmarks import pipeline, processes
from benchmarks.others import Others
from benchmarks.seed_loop import angles
from benchmarks.tables import Budget, Times, budgets_table, times_table


def test_medians_ratios_and_the_95th_of_100() -> None:
    base, other = Times(range(1, 101)), Times([150.0] * 100)
    assert (base.median, base.p95, base.mean) == (50.5, 95, 50.5)
    other.extend(Times([150.0]))
    assert len(other.wall) == 101
    assert "| other | 150.0 | 150.0 | 150.0 |  | 2.97 | 2.97 |" in times_table({"bare": base, "other": other}, "bare")


def test_a_budget_is_met_or_not_or_not_measured() -> None:
    budgets = [Budget("a", 1.1, 1.1, "x"), Budget("b", 1.1, 1.11, "x"), Budget("c", 1.1, None, "x", "why")]
    lines = budgets_table(budgets).splitlines()
    assert lines[2:] == [
        "| a | 1.1 x | 1.1 x | met |  |",
        "| b | 1.1 x | 1.11 x | **not met** |  |",
        "| c | 1.1 x |  | not measured | why |",
    ]


def test_a_straight_finger_has_no_angle_and_a_bent_one_has() -> None:
    points = np.zeros((21, 3))
    for finger in range(5):
        points[4 * finger + 1 : 4 * finger + 5, 0] = [1, 2, 3, 4]
    points[8] = [3, 1, 0]
    bends = angles(points)
    assert bends.shape == (15,)
    np.testing.assert_allclose(bends, [0, 0, 0, 0, 0, np.pi / 2] + [0] * 9, atol=1e-3)


def test_processes_tell_code_time_label_and_memory() -> None:
    program = "import time; print('no', flush=True); time.sleep(0.3); print('label 3', flush=True); time.sleep({})"
    whole = processes.measure("-c", program.format(0) + "; raise SystemExit(3)", label="label")
    assert (whole.code, whole.last) == (3, "label 3")
    assert whole.first_label is not None
    assert 0.3 <= whole.first_label <= whole.seconds
    assert 5 < whole.peak_mb < 100
    cut = processes.measure("-c", program.format(60), label="label", until_label=True)
    assert cut.seconds < 30
    assert processes.measure("-c", "pass", label="label").first_label is None


def test_the_peak_memory_is_the_childs_not_ours() -> None:
    held = np.ones(300_000_000, np.uint8)
    assert processes.measure("-c", "pass").peak_mb < 100
    assert held[-1]
    assert processes.measure("-c", "a = b'x' * 200_000_000").peak_mb > 180


def test_modules_that_a_command_loads_are_told() -> None:
    assert processes.heavy_modules("--version") == []


def test_our_own_work_is_not_taken_for_others() -> None:
    watch = Others()
    end = time.perf_counter() + 0.3
    while time.perf_counter() < end:
        pass
    cores = watch.cores()
    assert cores is None or 0.0 <= cores < 64


def test_every_frame_budget_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    pipeline.main(["--frames", "12", "--without-seed", "--without-processes"])
    printed = capsys.readouterr().out
    for what in ("gesture mode over", "sign mode with face points over", "two-hand mode", "window to probabilities"):
        (row,) = [line for line in printed.splitlines() if line.startswith(f"| {what}")]
        assert re.search(r"\| [\d.]+ (x|ms) \| (met|\*\*not met\*\*) \|", row), row
    assert "bare MediaPipe, one hand" in printed


def test_every_process_budget_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """With processes that need no time: whole ones are measured by the tests above, and cost a quarter of a minute."""
    outcome = processes.Outcome(0, 1.5, 1.25, 200.0, "")
    large = outcome._replace(peak_mb=351.0, first_label=None)
    monkeypatch.setattr(processes, "mudra", lambda *words, **_: large if "sign" in words else outcome)
    monkeypatch.setattr(processes, "heavy_modules", lambda *words: ["keras"])
    section, budgets = pipeline._whole_processes(seed=False)
    assert [(budget.measured, budget.verdict) for budget in budgets] == [
        (1.25, "met"),
        (351.0, "**not met**"),
        (1.5, "**not met**"),
        (1, "**not met**"),
    ]
    assert "| `mudra recognize --mode sign`, whole video |  | 1.50 s | 351 MB |" in section
