"""The tabs of the modes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from app.gui.mode_tabs import TABS, ModeTabs

pytestmark = pytest.mark.gui


@pytest.fixture
def tabs(qtbot: QtBot) -> ModeTabs:
    window = QMainWindow()
    qtbot.addWidget(window)
    made = ModeTabs(window)
    window.setCentralWidget(made)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    made.keep = window  # type: ignore[attr-defined]  # alive for as long as the tabs
    return made


@pytest.mark.parametrize(("number", "name"), [(0, "sign"), (1, "gesture"), (2, "emotion"), (3, "all")])
def test_click_and_key_choose(tabs: ModeTabs, qtbot: QtBot, number: int, name: str) -> None:
    for act in ("click", "key"):
        tabs.show_mode("all" if name == "sign" else "sign")
        with qtbot.waitSignal(tabs.chosen) as chosen:
            if act == "click":
                qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(number).center())
            else:
                qtbot.keyClick(tabs, str(number + 1))
        assert chosen.args == [name] and tabs.currentIndex() == number


def test_the_arrows_choose_too(tabs: ModeTabs, qtbot: QtBot) -> None:
    tabs.show_mode("sign")
    tabs.setFocus()
    with qtbot.waitSignal(tabs.chosen) as chosen:
        qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert chosen.args == ["gesture"]


def test_what_is_shown_is_not_chosen(tabs: ModeTabs, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(tabs.chosen):
        for name, _ in TABS:
            tabs.show_mode(name)


def test_a_key_chooses_again_what_could_not_be_loaded(tabs: ModeTabs, qtbot: QtBot) -> None:
    tabs.show_mode("sign")
    with qtbot.waitSignal(tabs.chosen) as chosen:
        qtbot.keyClick(tabs, "1")
    assert chosen.args == ["sign"]


def test_each_has_a_name_with_its_key(tabs: ModeTabs) -> None:
    for number, (_, title) in enumerate(TABS):
        assert tabs.accessibleTabName(number) == f"{title}, key {number + 1}"
        assert title in tabs.tabText(number) and str(number + 1) in tabs.tabText(number)
