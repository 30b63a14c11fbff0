"""The row of buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.gui.control_bar import ControlBar
from app.settings import Settings
from app.voice.status import VoiceState, VoiceStatus

pytestmark = pytest.mark.gui

ACTIONS = ("pause", "speak", "large", "full_screen", "settings", "keys")


@pytest.fixture
def bar(qtbot: QtBot) -> ControlBar:
    made = ControlBar()
    qtbot.addWidget(made)
    made.show()
    return made


def button(bar: ControlBar, action: str) -> QPushButton:
    found = getattr(bar, {"full_screen": "full"}.get(action, action))
    assert isinstance(found, QPushButton)
    return found


def spoken(button: QPushButton) -> str:
    """Return what a screen reader says."""
    return QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name)


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_each_button_does_its_action_once(bar: ControlBar, qtbot: QtBot, key: Qt.Key | None) -> None:
    done: list[str] = []
    bar.connect_to({name: lambda name=name: done.append(name) for name in ACTIONS})
    for name in ACTIONS:
        if key is None:
            qtbot.mouseClick(button(bar, name), Qt.MouseButton.LeftButton)
        else:
            button(bar, name).setFocus()
            qtbot.keyClick(button(bar, name), key)
    assert tuple(done) == ACTIONS


def test_it_shows_what_is_switched_on(bar: ControlBar) -> None:
    bar.show_settings(replace(Settings(), speak=True, large_captions=True))
    assert bar.speak.isChecked() and bar.large.isChecked()
    bar.show_settings(Settings())
    assert not bar.speak.isChecked() and not bar.large.isChecked()


def test_a_pause_is_shown_and_said(bar: ControlBar) -> None:
    assert bar.pause.text() == spoken(bar.pause) == "Pause (P)"
    bar.show_paused(True)
    assert bar.pause.text() == spoken(bar.pause) == "Go on (P)"
    bar.show_paused(False)
    assert bar.pause.text() == spoken(bar.pause) == "Pause (P)"


@pytest.mark.parametrize("state", [VoiceState.MISSING, VoiceState.FAILED])
def test_a_voice_that_is_not_heard_is_shown_and_said(bar: ControlBar, state: VoiceState) -> None:
    bar.show_voice(VoiceStatus(state, "aplay is missing", "Run: apt install"))
    assert bar.speak.text() == spoken(bar.speak) == "Speak: silent (S)"
    assert "aplay is missing" in bar.speak.toolTip() and "apt install" in bar.speak.accessibleDescription()
    bar.show_voice(VoiceStatus(VoiceState.OK))
    assert bar.speak.text() == spoken(bar.speak) == "Speak (S)" and bar.speak.toolTip() == "Say labels aloud"
