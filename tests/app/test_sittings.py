"""Which sitting a recording belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.sample_files import SITTING
from app.sittings import GOES_ON_S, sitting

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_sitting_goes_on_while_somebody_records(tmp_path: Path) -> None:
    first = sitting(tmp_path, "Ann", NOW)
    assert first.startswith("20260501T120000Z-")
    assert sitting(tmp_path, "Ann", after(GOES_ON_S - 1)) == first
    assert sitting(tmp_path, "Ann", after(2 * GOES_ON_S - 2)) == first
    assert sitting(tmp_path, "Ann", after(3 * GOES_ON_S)) != first


def test_another_signer_or_a_clock_that_was_set_back_begins_a_new_one(tmp_path: Path) -> None:
    first = sitting(tmp_path, "Ann", NOW)
    assert sitting(tmp_path, None, after(1)) != first
    second = sitting(tmp_path, "Ann", after(2))
    assert second != first and sitting(tmp_path, "Ann", after(-60)) != second


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"session": 1, "signer": "Ann", "last": 1}'])
def test_a_damaged_note_begins_a_new_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SITTING).write_bytes(content)
    name = sitting(tmp_path, "Ann", NOW)
    assert sitting(tmp_path, "Ann", after(1)) == name
