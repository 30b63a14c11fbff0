"""The button that says what is watched, and its menu."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QInputDialog
from pytestqt.qtbot import QtBot

from app.cameras.listing import CameraInfo
from app.gui.background import Background
from app.gui.source_button import LONGEST, SourceButton
from tests.app.planned import WAIT_MS

pytestmark = pytest.mark.gui

WEBCAM = CameraInfo(0, "HD Pro Webcam C920")
OTHER = CameraInfo(2, "Q&A cam")


@pytest.fixture
def button(qtbot: QtBot, cameras: list[CameraInfo]) -> Iterator[SourceButton]:
    background = Background()
    made = SourceButton(background)
    qtbot.addWidget(made)
    made.show()
    yield made
    background.close()


def actions(button: SourceButton, qtbot: QtBot) -> dict[str, QAction]:
    """Open the menu, let it learn which cameras there are, and return what it offers."""
    menu = button.menu()
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    qtbot.waitUntil(lambda: "Looking for cameras…" not in [each.text() for each in menu.actions()], timeout=WAIT_MS)
    found = {each.text().partition("\t")[0]: each for each in menu.actions() if not each.isSeparator()}
    return found


def chosen(button: SourceButton, qtbot: QtBot, words: str) -> str:
    action = actions(button, qtbot)[words]
    with qtbot.waitSignal(button.chosen) as signal:
        action.trigger()
    button.menu().close()
    assert signal.args is not None
    return str(signal.args[0])


def test_it_offers_the_cameras_that_are_there(button: SourceButton, qtbot: QtBot, cameras: list[CameraInfo]) -> None:
    assert not actions(button, qtbot)["No camera found"].isEnabled()
    button.menu().close()
    cameras += [WEBCAM, OTHER]
    button.refresh()
    qtbot.waitUntil(lambda: len(button.cameras) == 2, timeout=WAIT_MS)
    assert "No camera found" not in actions(button, qtbot)
    assert chosen(button, qtbot, "HD Pro Webcam C920 (0)") == "0"
    assert chosen(button, qtbot, "Q&&A cam (2)") == "2", "an ampersand is no underline"


def test_an_open_menu_learns_of_a_new_camera(button: SourceButton, qtbot: QtBot, cameras: list[CameraInfo]) -> None:
    actions(button, qtbot)
    cameras.append(WEBCAM)
    button.refresh()
    qtbot.waitUntil(lambda: str(WEBCAM) in [each.text() for each in button.menu().actions()], timeout=WAIT_MS)
    button.menu().close()


def test_the_synthetic_signer_is_always_there(button: SourceButton, qtbot: QtBot) -> None:
    assert chosen(button, qtbot, "Synthetic signer") == "synthetic"


def test_a_file_and_a_folder(button: SourceButton, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/films/a.mp4", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/films")
    assert chosen(button, qtbot, "Open file…") == "/films/a.mp4"
    assert chosen(button, qtbot, "Open folder…") == "/films"


def test_an_address(button: SourceButton, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("  rtsp://a/b \n", True))
    assert chosen(button, qtbot, "Other camera or stream address…") == "rtsp://a/b"


@pytest.mark.parametrize("answer", [("", True), ("  ", True), ("rtsp://a/b", False)])
def test_a_dialog_that_is_left_chooses_nothing(
    button: SourceButton, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, answer: tuple[str, bool]
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: answer)
    offered = actions(button, qtbot)
    with qtbot.assertNotEmitted(button.chosen):
        for words in ("Open file…", "Open folder…", "Other camera or stream address…"):
            offered[words].trigger()
    button.menu().close()


def test_the_doctor(button: SourceButton, qtbot: QtBot) -> None:
    action = actions(button, qtbot)["Camera doctor…"]
    with qtbot.waitSignal(button.doctor_wanted):
        action.trigger()
    button.menu().close()


def test_it_says_what_is_watched(button: SourceButton, qtbot: QtBot, cameras: list[CameraInfo]) -> None:
    button.show_source("synthetic:palm:2", "synthetic:palm:2")
    assert button.text().startswith("Synthetic signer") and button.accessibleDescription() == "Synthetic signer"
    button.show_source("a & b.mp4", "a & b.mp4")
    assert button.text().startswith("a && b.mp4") and "a & b.mp4" in button.toolTip()
    button.show_source("x", "y" * 200)
    assert len(button.text()) < LONGEST + 5 and "y" * 199 in button.toolTip()


def test_a_camera_has_its_name_as_soon_as_it_is_known(
    button: SourceButton, qtbot: QtBot, cameras: list[CameraInfo]
) -> None:
    button.show_source("0", "camera 0")
    assert button.text().startswith("Camera 0")
    cameras.append(WEBCAM)
    button.refresh()
    qtbot.waitUntil(lambda: button.text().startswith("HD Pro Webcam C920"), timeout=WAIT_MS)


def test_what_is_watched_is_ticked(button: SourceButton, qtbot: QtBot, cameras: list[CameraInfo]) -> None:
    cameras.append(WEBCAM)
    button.refresh()
    qtbot.waitUntil(lambda: len(button.cameras) == 1, timeout=WAIT_MS)
    button.show_source("0", "camera 0")
    offered = actions(button, qtbot)
    assert offered[str(WEBCAM)].isChecked() and not offered["Synthetic signer"].isChecked()
    button.menu().close()
    button.show_source("synthetic:loop", "the synthetic signer")
    offered = actions(button, qtbot)
    assert offered["Synthetic signer"].isChecked() and not offered[str(WEBCAM)].isChecked()
    button.menu().close()
