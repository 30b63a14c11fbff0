"""The settings while the window is open."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.gui import settings_keeper
from app.gui.settings_keeper import SettingsKeeper
from app.settings import Settings, load_settings
from app.settings_file import Value
from recognizers import home
from tests.app.planned import WAIT_MS

pytestmark = pytest.mark.gui


@pytest.fixture
def keeper(qtbot: QtBot) -> Iterator[SettingsKeeper]:
    made = SettingsKeeper(Settings())
    yield made
    made.close()


def test_a_change_holds_at_once_and_is_told(keeper: SettingsKeeper, qtbot: QtBot) -> None:
    with qtbot.waitSignal(keeper.changed) as told:
        keeper.change("theme", "dark")
    assert keeper.settings.theme == "dark" and told.args == [keeper.settings]


def test_a_change_is_written_soon(keeper: SettingsKeeper, qtbot: QtBot) -> None:
    keeper.change("theme", "dark")
    qtbot.waitUntil(lambda: load_settings().theme == "dark", timeout=WAIT_MS)


def test_what_is_not_written_yet_is_written_at_the_end(qtbot: QtBot) -> None:
    keeper = SettingsKeeper(Settings())
    keeper.change("theme", "light")
    assert load_settings().theme == "system"
    keeper.close()
    assert load_settings().theme == "light"
    keeper.close()
    keeper.change("theme", "dark")
    qtbot.wait(2 * settings_keeper.WRITE_AFTER_MS)
    assert load_settings().theme == "light"


def test_a_slider_is_written_once_when_it_rests(
    keeper: SettingsKeeper, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[dict[str, Value]] = []
    monkeypatch.setattr(settings_keeper, "change_settings", lambda changes: written.append(dict(changes)))
    for step in range(50):
        keeper.change("thresholds.gesture", step / 100)
    keeper.change("speech_rate", 200)
    qtbot.waitUntil(lambda: bool(written), timeout=WAIT_MS)
    assert written == [{"thresholds.gesture": 0.49, "speech_rate": 200}]


def test_tables_change_key_by_key(keeper: SettingsKeeper) -> None:
    keeper.change("thresholds.gesture", 0.7)
    keeper.change("thresholds.sign", 0.8)
    assert keeper.settings.thresholds == {"gesture": 0.7, "sign": 0.8}
    keeper.change("thresholds.gesture", None)
    assert keeper.settings.thresholds == {"sign": 0.8}


def test_none_is_the_default(keeper: SettingsKeeper) -> None:
    keeper.change("camera", 3)
    keeper.change("hold_seconds", 1.0)
    keeper.change("camera", None)
    keeper.change("hold_seconds", None)
    assert keeper.settings == Settings()


def test_the_same_again_is_not_told(keeper: SettingsKeeper, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(keeper.changed):
        keeper.change("theme", "system")


@pytest.mark.parametrize("content", ['them = "dark"', "theme =", 'mode = "gesture"\nmode = "sign"'])
def test_a_file_that_is_wrong_is_told_and_left_alone(keeper: SettingsKeeper, qtbot: QtBot, content: str) -> None:
    home.settings_file().parent.mkdir(parents=True, exist_ok=True)
    home.settings_file().write_text(content)
    here = threading.current_thread()
    threads: list[threading.Thread] = []
    keeper.failed.connect(lambda _: threads.append(threading.current_thread()))
    with qtbot.waitSignal(keeper.failed, timeout=WAIT_MS) as told:
        keeper.change("theme", "dark")
    assert told.args is not None and str(home.settings_file()) in told.args[0] and "\n" not in told.args[0]
    assert threads == [here]
    assert keeper.settings.theme == "dark" and home.settings_file().read_text() == content


def test_a_folder_that_cannot_be_written_is_told(keeper: SettingsKeeper, qtbot: QtBot) -> None:
    home.settings_file().parent.parent.mkdir(parents=True, exist_ok=True)
    home.settings_file().parent.write_text("a file in the folder's place")
    with qtbot.waitSignal(keeper.failed, timeout=WAIT_MS) as told:
        keeper.change("theme", "dark")
    assert told.args is not None and "cannot be written" in told.args[0]
