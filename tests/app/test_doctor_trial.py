"""The doctor's trial of the landmarker, in a process of its own."""

from __future__ import annotations

import pytest

from app import checks


def test_the_landmarker_runs() -> None:
    assert checks._trial().state == "ok"


@pytest.mark.parametrize(
    "program", ["import os; os.abort()", "raise RuntimeError('no library')", "import time; time.sleep(9)"]
)
def test_a_landmarker_that_crashes_or_hangs_is_a_finding(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TRIAL", program)
    monkeypatch.setattr(checks, "TRIAL_TIMEOUT_S", 2)
    finding = checks._trial()
    assert finding.state == "fail" and "\n" not in finding.text
