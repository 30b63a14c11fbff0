"""The whole window with fakes behind it: tabs, keys, buttons, sources, problems, and what it shows of them."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from tests.app.gui.stage import image_of, share_of
from tests.app.planned import RED, WAIT_MS

pytestmark = pytest.mark.gui


def test_the_picture_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: share_of(image_of(window.view), RED) > 0.3, timeout=WAIT_MS)


@pytest.mark.parametrize(("key", "mode"), [("1", "sign"), ("2", "gesture"), ("3", "emotion"), ("4", "all")])
def test_keys_choose_modes(window: MainWindow, qtbot: QtBot, key: str, mode: str) -> None:
    qtbot.keyClick(window.view, key)
    qtbot.waitUntil(lambda: window.keeper.settings.mode == mode, timeout=WAIT_MS)
