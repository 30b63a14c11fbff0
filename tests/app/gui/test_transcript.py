"""The transcript's rows."""

from __future__ import annotations

import csv
import io
import re

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.gui import transcript as transcript_module
from app.gui.transcript import HEADINGS, Transcript, recording_time
from recognizers.types import LabelEvent
from tests.app.gui.stage import event

pytestmark = pytest.mark.gui


@pytest.fixture
def transcript(qtbot: QtBot) -> Transcript:
    made = Transcript()
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    return made


def cell(transcript: Transcript, row: int, column: int) -> str:
    return str(transcript.data(transcript.index(row, column)))


def test_a_label_is_a_row_that_is_completed_at_its_end(transcript: Transcript) -> None:
    assert transcript.take([event("two_up", t_s=61.25)], live=False) == 1
    assert [cell(transcript, 0, column) for column in range(5)] == ["1:01.2", "Gestures", "two up", "90%", ""]
    assert transcript.take([LabelEvent("gesture", "two_up", 0.97, 0, 1_240_000_000, ended=True)], live=False) == 0
    assert [cell(transcript, 0, column) for column in range(5)] == ["1:01.2", "Gestures", "two up", "97%", "1.2 s"]
    assert transcript.rowCount() == 1


def test_live_labels_have_the_time_of_the_clock(transcript: Transcript) -> None:
    transcript.take([event()], live=True)
    assert re.fullmatch(r"[0-2]\d:[0-5]\d:[0-5]\d", cell(transcript, 0, 0))


def test_ends_find_their_own_beginnings(transcript: Transcript) -> None:
    transcript.take([event("palm", "sign"), event("palm", "gesture"), event("fist", "sign")], live=False)
    transcript.take([event("palm", "gesture", lasted_s=2.0)], live=False)
    assert [cell(transcript, row, 4) for row in range(3)] == ["", "2.0 s", ""]
    transcript.take([event("palm", "sign", lasted_s=3.0), event("fist", "sign", lasted_s=1.0)], live=False)
    assert [cell(transcript, row, 4) for row in range(3)] == ["3.0 s", "2.0 s", "1.0 s"]


def test_an_end_without_a_beginning_is_a_row_of_its_own(transcript: Transcript) -> None:
    assert transcript.take([event(lasted_s=0.5)], live=False) == 1
    assert cell(transcript, 0, 4) == "0.5 s"


def test_a_photo_stands_under_its_name(transcript: Transcript) -> None:
    photo = LabelEvent("gesture", "palm", 0.8, 0, None, source="holiday.jpg", ended=True)
    transcript.take([photo], live=False)
    assert cell(transcript, 0, 0) == "holiday.jpg" and cell(transcript, 0, 4) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (9.96, "0:10.0"), (59.96, "1:00.0"), (61.2, "1:01.2"), (3600, "60:00.0")]
)
def test_times_in_a_recording(seconds: float, text: str) -> None:
    assert recording_time(event(t_s=seconds)) == text


def test_it_is_bounded(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript_module, "MOST_ROWS", 3)
    transcript.take([event(t_s=each) for each in range(5)], live=False)
    assert [cell(transcript, row, 0) for row in range(transcript.rowCount())] == ["0:02.0", "0:03.0", "0:04.0"]


def test_text_is_lines_with_tabs(transcript: Transcript) -> None:
    assert transcript.text() == ""
    transcript.take([event(t_s=1), event("fist", t_s=2, lasted_s=0.5)], live=False)
    assert transcript.text() == "0:01.0\tGestures\tpalm\t90%\t\n0:02.0\tGestures\tfist\t90%\t0.5 s"
    assert transcript.text([1]) == "0:02.0\tGestures\tfist\t90%\t0.5 s"


def test_csv_holds_any_label_and_source(transcript: Transcript) -> None:
    odd = 'a "quoted", label\nof two lines'
    transcript.take([event(odd, t_s=1, lasted_s=0.25)], live=False)
    transcript.take([LabelEvent("sign", "two_up", 0.5, 0, None, source='a, "b".jpg', ended=True)], live=False)
    rows = list(csv.reader(io.StringIO(transcript.csv())))
    assert rows[0] == ["time", "mode", "label", "probability", "seconds"]
    assert rows[1] == ["0:01.0", "gesture", odd, "0.9000", "0.250"]
    assert rows[2] == ['a, "b".jpg', "sign", "two_up", "0.5000", ""]


def test_cleared_it_is_empty(transcript: Transcript) -> None:
    transcript.take([event()], live=False)
    transcript.clear()
    assert transcript.rowCount() == 0 and transcript.csv().count("\n") == 1
    transcript.take([event(lasted_s=1.0)], live=False)
    assert transcript.rowCount() == 1


def test_headings_and_what_a_screen_reader_reads(transcript: Transcript) -> None:
    shown = [transcript.headerData(column, Qt.Orientation.Horizontal) for column in range(transcript.columnCount())]
    assert tuple(shown) == HEADINGS
    transcript.take([event(lasted_s=1.0)], live=False)
    spoken = transcript.data(transcript.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "0:01.0 Gestures palm 90% 1.0 s"
    assert transcript.rowCount(transcript.index(0, 0)) == 0 and transcript.data(QModelIndex()) is None
