"""The camera doctor in the window: it measures the camera that is watched, says what to change, and lets go of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.camera import LiveSource
from app.cameras.doctor import CameraExaminer, CameraReport
from app.cameras.v4l2 import CameraFormat
from app.devices import FakeDevice, Freeze, Lose, Show
from app.findings import Finding
from app.gui import examination, theme
from app.gui.doctor_dialog import DRAWN, LOOKING, NO_CAMERA, NOTHING, DoctorDialog
from app.gui.doctor_words import FIGURES, figures_of, report_html, report_text, verdict
from app.gui.main_window import MainWindow
from recognizers.types import ImageArray
from tests.app.gui.stage import OpenWindow, press
from tests.app.planned import WAIT_MS, Frames, Plan

pytestmark = pytest.mark.gui

MEASURED = replace(
    CameraExaminer().measured(),
    width=1280,
    height=720,
    pictures=150,
    rate=29.94,
    longest_gap_ms=41.4,
    brightness=120.0,
    contrast=160.0,
    noise=1.52,
)
GIVEN = CameraFormat(640, 480, 30.0, "MJPG")


def squares(seed: int = 0) -> ImageArray:
    """Return a picture with sharp edges in good light, uint8 (480, 648, 3)."""
    values = np.random.default_rng(seed).integers(40, 215, (20, 27))
    grey = np.kron(values, np.ones((24, 24))).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither get used to the light for a second, nor wait long for figures."""
    monkeypatch.setattr(examination, "WARM_UP_S", 0.05)
    monkeypatch.setattr(examination, "TELL_MS", 30)


def opened(window: MainWindow, seconds: float = 0.7, patience_s: float = 15.0) -> DoctorDialog:
    window.open_doctor()
    dialog = window.dialogs.doctor
    assert dialog is not None
    dialog._seconds, dialog._patience_s = seconds, patience_s
    dialog.examine()
    return dialog


def watching(open_window: OpenWindow, plan: Plan, device: FakeDevice, qtbot: QtBot) -> MainWindow:
    plan.live("0", device)
    window = open_window()
    window.watch_source("0")
    qtbot.waitUntil(lambda: window.snapshot is not None, timeout=WAIT_MS)
    return window


def taps(window: MainWindow) -> int:
    source = window.feed.source
    assert isinstance(source, LiveSource)
    return len(source._taps)


def test_a_good_camera(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    device = FakeDevice([Show(squares(), 100_000, 30, grain=True)], "the desk's webcam")
    window = watching(open_window, plan, device, qtbot)
    dialog = opened(window)
    assert dialog.name.text() == "The desk's webcam" and dialog.note.text() == LOOKING
    assert dialog.name.textFormat() == dialog.note.textFormat() == Qt.TextFormat.PlainText
    assert dialog.examining and dialog.bar.isVisible() and not dialog.copy.isEnabled()
    qtbot.waitUntil(lambda: dialog.figures["Size"] == "648 x 480" and dialog.bar.value() > 0, timeout=WAIT_MS)
    assert dialog.report is None
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert dialog.report is not None
    assert {"rate", "light", "sharpness", "size"} <= {finding.name for finding in dialog.report.findings}
    assert "640x480" not in dialog.findings.toPlainText() and "648x480" in dialog.findings.toPlainText()
    assert not dialog.examining and not dialog.bar.isVisible()
    assert window.feed.source is not None and window.snapshot is not None
    assert taps(window) == 0  # it listens no more


def test_a_bad_one_is_told_what_to_change(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    device = FakeDevice([Show(squares(), 100_000, 30, brightness=0.2, grain=True)])
    dialog = opened(watching(open_window, plan, device, qtbot))
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert dialog.report is not None
    light = next(finding for finding in dialog.report.findings if finding.name == "light")
    assert light.state == "warn"
    words = dialog.findings.toPlainText()
    assert "Too dark" in words and light.remedy in words and "Change" in words
    assert dialog.note.text() == verdict(dialog.report) != ""


def test_a_camera_that_is_lost_meanwhile(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    device = FakeDevice([Show(squares(), 12, 30), Lose("the cable was pulled"), *[Lose("no camera")] * 1000])
    dialog = opened(watching(open_window, plan, device, qtbot), seconds=5.0, patience_s=-4.0)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert "It was lost" in dialog.findings.toPlainText()


def test_a_camera_that_hangs_is_not_waited_for_for_ever(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    device = FakeDevice([Show(squares(), 1, 30), Freeze(1.0), Show(squares(), 100_000, 0.5)])
    dialog = opened(watching(open_window, plan, device, qtbot), seconds=0.3, patience_s=0.2)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert "pictures came" in dialog.findings.toPlainText() and "Broken" in dialog.findings.toPlainText()


def test_the_synthetic_signer_is_said_to_be_no_camera(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    device = FakeDevice([Show(squares(), 100_000, 30, grain=True)], "synthetic")
    dialog = opened(watching(open_window, plan, device, qtbot))
    assert dialog.name.text() == "Synthetic signer" and dialog.note.text() == DRAWN
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert DRAWN in dialog.note.text()
    dialog.copy_report()
    assert DRAWN in QApplication.clipboard().text()


def test_a_recording_is_no_camera(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.sources["film.mp4"] = Frames
    window = open_window()
    window.watch_source("film.mp4")
    qtbot.waitUntil(lambda: window.snapshot is not None, timeout=WAIT_MS)
    dialog = opened(window)
    assert dialog.note.text() == NO_CAMERA
    assert not dialog.examining and not dialog.again.isEnabled() and not dialog.bar.isVisible()
    with qtbot.waitSignal(dialog.source_wanted, timeout=WAIT_MS):
        dialog.source_wanted.disconnect(window.source.showMenu)  # a menu would wait for the user
        press(qtbot, dialog, "Choose a source")


def test_nothing_at_all(open_window: OpenWindow) -> None:
    dialog = opened(open_window(begin=False))
    assert dialog.note.text() == NOTHING and not dialog.examining
    assert set(dialog.figures) == set(FIGURES) and set(dialog.figures.values()) == {"–"}


def test_another_source_is_examined_from_the_beginning(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.live("1", FakeDevice([Show(squares(1)[:240, :320], 100_000, 30, grain=True)], "the other"))
    window = watching(open_window, plan, FakeDevice([Show(squares(), 100_000, 30, grain=True)]), qtbot)
    dialog = opened(window)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    window.watch_source("1")
    qtbot.waitUntil(lambda: dialog.name.text() == "The other", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: dialog.report is not None and dialog.report.measured.width == 320, timeout=WAIT_MS)
    assert "small" in dialog.findings.toPlainText()


def test_run_again(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    window = watching(open_window, plan, FakeDevice([Show(squares(), 100_000, 30, grain=True)]), qtbot)
    dialog = opened(window)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    first = dialog.report
    press(qtbot, dialog, "Run again")
    assert dialog.report is None and dialog.examining and dialog.findings.toPlainText() == ""
    press(qtbot, dialog, "Run again")  # while it runs
    assert taps(window) == 1
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert dialog.report is not first


def test_the_report_is_copied(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    device = FakeDevice([Show(squares(), 100_000, 30, grain=True)], "the desk's webcam", GIVEN)
    dialog = opened(watching(open_window, plan, device, qtbot))
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert dialog.report is not None
    press(qtbot, dialog, "Copy report")
    text = QApplication.clipboard().text()
    assert text.startswith("Camera doctor: The desk's webcam\n") and "promised 640x480" in text
    for finding in dialog.report.findings:
        assert str(finding) in text


@pytest.mark.parametrize("how", ["escape", "button", "window"])
def test_it_lets_go_of_the_camera_when_it_is_closed(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot, how: str
) -> None:
    window = watching(open_window, plan, FakeDevice([Show(squares(), 100_000, 30, grain=True)]), qtbot)
    dialog = opened(window, seconds=100.0)
    assert taps(window) == 1
    if how == "escape":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    elif how == "button":
        press(qtbot, dialog, "Close")
    else:
        window.close()
    assert dialog.isHidden() and not dialog.examining and taps(window) == 0


def test_there_is_one_doctor_and_it_begins_anew_when_opened(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    window = watching(open_window, plan, FakeDevice([Show(squares(), 100_000, 30, grain=True)]), qtbot)
    dialog = opened(window, seconds=100.0)
    window.open_doctor()
    assert window.findChildren(DoctorDialog) == [dialog] and taps(window) == 1 and not dialog.isModal()
    dialog.close()
    window.open_doctor()
    assert window.dialogs.doctor is dialog and dialog.examining and taps(window) == 1


def test_the_findings_take_the_colours_of_another_theme(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    window = watching(open_window, plan, FakeDevice([Show(squares(), 100_000, 30, grain=True)]), qtbot)
    window.keeper.change("theme", "dark")
    dialog = opened(window)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    assert theme.DARK.muted in dialog.findings.toHtml()
    window.keeper.change("theme", "light")
    qtbot.waitUntil(lambda: theme.LIGHT.muted in dialog.findings.toHtml(), timeout=WAIT_MS)
    assert theme.DARK.muted not in dialog.findings.toHtml()


def test_every_part_has_a_name_for_screen_readers(open_window: OpenWindow) -> None:
    dialog = opened(open_window(begin=False))
    parts = (dialog.bar, dialog.findings, dialog.again, dialog.copy, dialog.choose, dialog.close_button)
    for part in (*parts, *dialog._values.values()):
        assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
    assert dialog.height() <= 680


def test_figures_in_words() -> None:
    assert figures_of(None) == ("–",) * len(FIGURES)
    assert figures_of(replace(MEASURED, pictures=0)) == ("–",) * len(FIGURES)
    expected = ("29.9", "1280 x 720", "41 ms", "120 of 255", "160 of 255", "–", "1.5 of 255")
    assert figures_of(MEASURED) == expected


def test_verdicts() -> None:
    fine, bad = Finding("size", "ok", "fine"), Finding("light", "warn", "dark", "Switch a light on")
    for findings, words in (
        ((fine,), "Nothing needs to be changed."),
        ((bad, fine), "One thing needs a change."),
        ((bad, bad, fine), "2 things need a change."),
    ):
        assert verdict(CameraReport(MEASURED, None, None, findings)) == words


def test_names_of_cameras_and_streams_are_no_markup() -> None:
    finding = Finding("loss", "warn", "<b>it</b> & co", "Check <i>it</i>")
    report = CameraReport(MEASURED, None, GIVEN, (finding,))
    html = report_html(report, theme.DARK)
    assert "<b>it</b>" not in html and "&lt;b&gt;it&lt;/b&gt; &amp; co" in html and "<i>" not in html
    text = report_text("<b>", "", report)
    assert text.splitlines()[:2] == ["Camera doctor: <b>", f"Asked for nothing, promised {GIVEN}"]
    assert "Rate" not in text and "Pictures a second: 29.9" in text
