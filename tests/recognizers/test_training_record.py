"""What a bundle remembers of its training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizers.errors import OutputError
from recognizers.training_news import Epoch, News, Phase
from recognizers.training_record import (
    RECORD_FILE,
    Course,
    TrainingRecord,
    fingerprint,
    fingerprints,
    read_record,
    write_record,
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    record = TrainingRecord(({"phase": "fit", "number": 1, "loss": 0.5},), frozenset({"aa", "bb"}), frozenset({"cc"}))
    assert write_record(record, tmp_path) == tmp_path / RECORD_FILE
    assert read_record(tmp_path) == record


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "seen": 3, "history": []}'])
def test_what_cannot_be_read_is_not_remembered(content: str, tmp_path: Path) -> None:
    (tmp_path / RECORD_FILE).write_text(content)
    assert read_record(tmp_path) is None
    assert read_record(tmp_path / "nowhere") is None


def test_a_record_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"training\.json.*cannot be written"):
        write_record(TrainingRecord(), tmp_path / "nowhere")


def test_a_course_passes_on_and_keeps_the_epochs() -> None:
    heard: list[News] = []
    course = Course(heard.append)
    news: list[News] = ["a line", Phase.FIT, Epoch(1, 2, 0.5, 0.7, 0.6, 0.65), Phase.REFIT, Epoch(1, 1, 0.4, 0.8)]
    for each in news:
        course(each)
    assert heard == news
    assert [(row["phase"], row["number"], row["validation_loss"]) for row in course.rows] == [
        ("fit", 1, 0.6),
        ("refit", 1, None),
    ]


def test_fingerprints_tell_whether_things_are_the_same() -> None:
    one = np.arange(6, dtype=np.float32)
    assert fingerprint(one) == fingerprint(one.copy()) != fingerprint(one + 1)
    assert len(fingerprint("anna")) == 10 and fingerprints(["anna", "anna", "ben"]) == {
        fingerprint("anna"),
        fingerprint("ben"),
    }
