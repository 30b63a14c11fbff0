"""The keys and the page that explains them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from app.gui.keys import KEYS, KeysDialog, bind

pytestmark = pytest.mark.gui


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def words_of(dialog: KeysDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_no_key_means_two_things() -> None:
    keys = [QKeySequence(word).toString() for key in KEYS for word in key.keys]
    assert len(set(keys)) == len(keys) and "" not in keys


@pytest.mark.parametrize(
    ("action", "key", "modifier"),
    [
        ("pause", Qt.Key.Key_P, Qt.KeyboardModifier.NoModifier),
        ("full_screen", Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier),
        ("open", Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier),
        ("settings", Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier),
        ("keys", Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier),
        ("keys", Qt.Key.Key_Question, Qt.KeyboardModifier.NoModifier),
        ("quit", Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier),
    ],
)
def test_keys_do_their_actions(
    window: QMainWindow, qtbot: QtBot, action: str, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    done: list[str] = []
    bind(window, {each.action: lambda name=each.action: done.append(name) for each in KEYS})
    qtbot.keyClick(window, key, modifier)
    assert done == [action]


def test_what_has_no_action_is_left_out(window: QMainWindow, qtbot: QtBot) -> None:
    done: list[str] = []
    bind(window, {"pause": lambda: done.append("pause")})
    for key in ("S", "L", "P"):
        qtbot.keyClick(window, key)
    assert done == ["pause"]


def test_the_page_names_every_key(window: QMainWindow, qtbot: QtBot) -> None:
    dialog = KeysDialog(window)
    dialog.open()
    text = words_of(dialog)
    for key in KEYS:
        assert key.words in text
        assert all(word in text for word in key.keys) or key.action == "modes"
    close = dialog.findChildren(QDialogButtonBox)[0].button(QDialogButtonBox.StandardButton.Close)
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()


def test_the_page_closes_with_escape_and_leaves_nothing(window: QMainWindow, qtbot: QtBot) -> None:
    for _ in range(3):
        dialog = KeysDialog(window)
        dialog.open()
        qtbot.waitExposed(dialog)
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChildren(KeysDialog) == [])
