"""Every key and button of the window, and what the settings keep of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QTableView
from pytestqt.qtbot import QtBot

from app.devices import FakeDevice, Show
from app.gui.application import Wishes
from app.gui.keys import KeysDialog
from app.gui.main_window import MainWindow
from app.settings import load_settings
from tests.app.gui.stage import OpenWindow, press
from tests.app.planned import RED, WAIT_MS, Frames, Plan, plain

pytestmark = pytest.mark.gui

SWITCHES = [
    ("s", "speak", lambda window: window.controls.speak.isChecked()),
    ("l", "large_captions", lambda window: window.view.large and window.controls.large.isChecked()),
    ("h", "show_figures", lambda window: window.controls.figures.isVisible()),
    ("k", "show_points", lambda window: window.view.points),
    ("m", "mirrored", lambda window: window.view.mirrored),
]


def rows(window: MainWindow) -> int:
    return window.side.transcript.transcript.rowCount()


@pytest.mark.parametrize(("key", "name", "shown"), SWITCHES)
def test_keys_switch_and_the_settings_keep_it(
    window: MainWindow, qtbot: QtBot, key: str, name: str, shown: Callable[[MainWindow], bool]
) -> None:
    before = getattr(window.keeper.settings, name)
    assert bool(shown(window)) is before
    qtbot.keyClick(window.view, key)
    assert getattr(window.keeper.settings, name) is not before and bool(shown(window)) is not before
    window.close()
    assert getattr(load_settings(), name) is not before


@pytest.mark.parametrize(("key", "mode"), [("1", "sign"), ("2", "gesture"), ("3", "emotion"), ("4", "all")])
def test_keys_choose_modes_and_the_settings_keep_the_one_that_runs(
    window: MainWindow, qtbot: QtBot, key: str, mode: str
) -> None:
    qtbot.keyClick(window.view, "1" if key != "1" else "2")
    qtbot.keyClick(window.view, key)
    qtbot.waitUntil(lambda: window.keeper.settings.mode == mode, timeout=WAIT_MS)
    window.close()
    assert load_settings().mode == mode


def test_the_window_comes_back_as_it_was_left(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 30)]))
    first = open_window(wishes=Wishes(source="0"))
    for key in ("s", "l", "h", "k", "m"):
        qtbot.keyClick(first.view, key)
    first.close()
    second = open_window(replace(load_settings(), welcomed=True))
    assert [bool(shown(second)) for _, _, shown in SWITCHES] == [True, True, True, False, False]


@pytest.mark.parametrize("keys", [("p", "p"), (" ", " "), ("p", " ")])
def test_pause_by_key(window: MainWindow, qtbot: QtBot, keys: tuple[str, str]) -> None:
    for key, paused in zip(keys, (True, False), strict=True):
        qtbot.keyClick(window.view, key)
        assert window.paused is paused


def test_the_space_bar_belongs_to_what_has_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    window.controls.large.setFocus()
    qtbot.keyClick(window.controls.large, Qt.Key.Key_Space)
    assert window.view.large and not window.paused


@pytest.mark.parametrize("key", [Qt.Key.Key_F, Qt.Key.Key_F11])
def test_full_screen_and_back(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(window.view, key)
    qtbot.waitUntil(window.isFullScreen, timeout=WAIT_MS)
    assert not (window.header.isVisible() or window.side.isVisible() or window.controls.isVisible())
    qtbot.waitUntil(lambda: window.view.size() == window.size(), timeout=WAIT_MS)
    assert window.view.hasFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen(), timeout=WAIT_MS)
    assert window.header.isVisible() and window.side.isVisible() and window.controls.isVisible()
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert window.isVisible(), "it leaves the full screen and nothing else"


def test_a_panel_that_was_hidden_stays_so_after_full_screen(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window.view, "b")
    assert not window.side.isVisible()
    qtbot.keyClick(window.view, "f")
    qtbot.keyClick(window.view, "f")
    assert not window.side.isVisible()
    qtbot.keyClick(window.view, "b")
    assert window.side.isVisible()


def test_the_transcript_is_copied_from_anywhere(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: rows(window) == 1, timeout=WAIT_MS)
    table = window.side.findChildren(QTableView)[0]
    for widget in (window.view, table, window.controls.pause):
        QGuiApplication.clipboard().setText("before")
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert "\tpalm\t" in QGuiApplication.clipboard().text(), widget


def test_letters_mean_the_same_wherever_the_focus_is(window: MainWindow, qtbot: QtBot) -> None:
    table = window.side.findChildren(QTableView)[0]
    large = False
    for widget in (window.view, window.tabs, window.source, table, window.controls.pause, window.side.transcript.copy):
        widget.setFocus()
        qtbot.keyClick(widget, "l")
        large = not large
        assert window.view.large is large, widget


def test_replay_by_key(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    opened: list[str] = []

    def film() -> Frames:
        opened.append("again")
        return Frames(count=100_000)

    plan.sources["film.mp4"] = film
    window = open_window(wishes=Wishes(source="film.mp4"))
    qtbot.waitUntil(lambda: window.snapshot is not None, timeout=WAIT_MS)
    qtbot.keyClick(window.view, "r")
    qtbot.waitUntil(lambda: len(opened) == 2 and window.snapshot is not None, timeout=WAIT_MS)


@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier])
def test_a_file_is_opened_by_key(
    window: MainWindow, plan: Plan, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, modifier: Qt.KeyboardModifier
) -> None:
    plan.sources["film.mp4"] = Frames
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("film.mp4", ""))
    qtbot.keyClick(window.view, Qt.Key.Key_O, modifier)
    qtbot.waitUntil(lambda: window.spec == "film.mp4" and window.snapshot is not None, timeout=WAIT_MS)


def test_the_source_menu_opens_by_key(window: MainWindow, qtbot: QtBot) -> None:
    seen: list[bool] = []

    def look() -> None:
        seen.append(window.source.menu().isVisible())
        window.source.menu().close()

    QTimer.singleShot(200, look)
    qtbot.keyClick(window.view, "c")
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT_MS)
    assert seen == [True]


@pytest.mark.parametrize("key", ["?", Qt.Key.Key_F1])
def test_the_page_of_keys(window: MainWindow, qtbot: QtBot, key: str | Qt.Key) -> None:
    qtbot.keyClick(window.view, key)
    (page,) = window.findChildren(KeysDialog)
    assert page.isVisible()
    page.close()


def test_settings_and_doctor_open_beside_the_picture(window: MainWindow, qtbot: QtBot) -> None:
    for key, modifier, name in (
        (Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier, "settings"),
        (Qt.Key.Key_D, Qt.KeyboardModifier.NoModifier, "doctor"),
    ):
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
        qtbot.keyClick(window.view, key, modifier)
        dialog = getattr(window.dialogs, name)
        assert dialog.isVisible() and not dialog.isModal()
        before = window.snapshot
        qtbot.waitUntil(lambda before=before: window.snapshot is not before, timeout=WAIT_MS)
        dialog.close()


def test_ctrl_q_leaves(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window.view, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()


def test_buttons_do_what_their_keys_do(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, "Pause (P)")
    assert window.paused
    press(qtbot, window, "Go on (P)")
    assert not window.paused
    press(qtbot, window, "Large captions (L)")
    assert window.view.large
    press(qtbot, window, "Speak (S)")
    assert window.keeper.settings.speak and window.speaker.settings.enabled
    press(qtbot, window, "Full screen (F)")
    assert window.isFullScreen()
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    press(qtbot, window, "Keys (F1)")
    (page,) = window.findChildren(KeysDialog)
    page.close()
    press(qtbot, window, "Settings")
    assert window.dialogs.settings is not None and window.dialogs.settings.isVisible()


def test_settings_take_effect_while_it_runs(window: MainWindow, plan: Plan, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: rows(window) == 1, timeout=WAIT_MS)
    window.keeper.change("thresholds.gesture", 0.95)
    plan.says = ("fist", 0.9)
    qtbot.waitUntil(lambda: window.snapshot is not None and not window.snapshot.held, timeout=WAIT_MS)
    window.keeper.change("thresholds.gesture", None)
    qtbot.waitUntil(lambda: rows(window) == 2, timeout=WAIT_MS)
    window.keeper.change("caption_seconds", 7.0)
    assert window.presenter.captions.linger_s == 7.0
    window.keeper.change("speech_rate", 240)
    assert window.speaker.settings.rate == 240


@pytest.mark.parametrize(("theme", "light"), [("light", True), ("dark", False)])
def test_themes(window: MainWindow, qtbot: QtBot, theme: str, light: bool) -> None:
    window.keeper.change("theme", theme)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    assert (application.palette().window().color().lightness() > 128) is light
    window.close()
    assert load_settings().theme == theme
