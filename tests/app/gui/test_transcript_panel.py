"""The transcript's table and buttons."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QTableView
from pytestqt.qtbot import QtBot

from app.gui import transcript as transcript_module
from app.gui.transcript_panel import TranscriptPanel
from tests.app.gui.stage import event, press

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(qtbot: QtBot) -> TranscriptPanel:
    made = TranscriptPanel()
    qtbot.addWidget(made)
    made.resize(360, 300)
    made.show()
    qtbot.waitExposed(made)
    QGuiApplication.clipboard().setText("before")
    return made


def table(panel: TranscriptPanel) -> QTableView:
    return panel.findChildren(QTableView)[0]


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_everything_is_copied_unless_something_is_selected(panel: TranscriptPanel, qtbot: QtBot) -> None:
    panel.take([event("palm", t_s=1), event("fist", t_s=2)], live=False)
    press(qtbot, panel, "Copy")
    assert clipboard() == panel.transcript.text() and clipboard().count("\n") == 1
    table(panel).selectRow(1)
    press(qtbot, panel, "Copy")
    assert clipboard() == panel.transcript.text([1])


def test_clear_forgets_everything(panel: TranscriptPanel, qtbot: QtBot) -> None:
    panel.take([event()], live=False)
    press(qtbot, panel, "Clear")
    assert panel.transcript.rowCount() == 0


@pytest.mark.parametrize("name", ["a.csv", "a", "a.txt", "A.TXT"])
def test_it_is_saved_as_the_name_says(
    panel: TranscriptPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    panel.take([event("grüße")], live=False)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), ""))
    press(qtbot, panel, "Save…")
    is_text = name.lower().endswith(".txt")
    wanted = panel.transcript.text() + "\n" if is_text else panel.transcript.csv()
    assert (tmp_path / name).read_text("utf-8") == wanted and "grüße" in wanted


def test_a_dialog_that_is_cancelled_saves_nothing(
    panel: TranscriptPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    press(qtbot, panel, "Save…")
    assert list(tmp_path.glob("*.csv")) == []


def test_a_file_that_cannot_be_written_is_told(panel: TranscriptPanel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.take([event()], live=False)
    with qtbot.waitSignal(panel.failed) as told:
        panel.save_to(tmp_path / "nowhere" / "a.csv")
    assert told.args is not None and "a.csv: cannot be written" in told.args[0] and told.args[1]


def test_the_newest_label_stays_in_view_unless_somebody_scrolled_away(panel: TranscriptPanel, qtbot: QtBot) -> None:
    panel.take([event(t_s=each) for each in range(100)], live=False)
    bar = table(panel).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(3)
    panel.take([event(t_s=101)], live=False)
    assert bar.value() == 3
    bar.setValue(bar.maximum())
    panel.take([event(t_s=102)], live=False)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())


def test_tab_leaves_the_table(panel: TranscriptPanel, qtbot: QtBot) -> None:
    panel.take([event()], live=False)
    panel.activateWindow()
    table(panel).setFocus()
    qtbot.waitUntil(table(panel).hasFocus)
    qtbot.keyClick(table(panel), Qt.Key.Key_Tab)
    assert not table(panel).hasFocus()


def test_a_label_more_costs_little_however_many_there_are(panel: TranscriptPanel, qtbot: QtBot) -> None:
    """A full transcript must not hold the picture up: some thousand rows may not be measured for each new one."""
    calls = 0
    whole = transcript_module.Row.cells

    def counted(row: transcript_module.Row) -> tuple[str, ...]:
        nonlocal calls
        calls += 1
        return whole(row)

    panel.take([event(t_s=each) for each in range(3000)], live=False)
    qtbot.wait(50)
    transcript_module.Row.cells = counted  # type: ignore[method-assign, assignment]
    try:
        begin = time.perf_counter()
        for number in range(10):
            panel.take([event(t_s=number)], live=False)
            qtbot.wait(1)
        print(f"{(time.perf_counter() - begin) * 100:.1f} ms a label, {calls / 10:.0f} cells read")
    finally:
        transcript_module.Row.cells = whole  # type: ignore[method-assign]
    assert calls / 10 < 500
