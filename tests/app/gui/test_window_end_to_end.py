"""The window with nothing faked but the voice and the list of cameras: MediaPipe, the models that ship, the signer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import speech
from app.gui import application
from app.gui.application import Parts, Wishes
from app.gui.main_window import MainWindow
from app.gui.settings_keeper import SettingsKeeper
from app.settings import Settings
from app.voice.voices import SilentVoice
from recognizers.synthetic import SyntheticSource
from tests.app.planned import Plan

pytestmark = pytest.mark.gui

LONG_MS = 60_000
"""Libraries and models load at first use."""
Open = Callable[..., MainWindow]


@pytest.fixture
def real_window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setattr(speech, "Pyttsx3Voice", lambda: SilentVoice(log=str(tmp_path / "said.jsonl")))
    opened: list[Parts] = []

    def open_it(wishes: Wishes, **settings: object) -> MainWindow:
        made = replace(Settings(), welcomed=True, **settings)  # type: ignore[arg-type]
        parts = Parts(SettingsKeeper(made), wishes)
        opened.append(parts)
        parts.window.show()
        application._begin(parts.window, wishes)
        return parts.window

    yield open_it
    for parts in opened:
        parts.window.close()
        parts.deleteLater()
        parts.window.deleteLater()
    QApplication.processEvents()


def text(window: MainWindow) -> str:
    return window.side.transcript.transcript.text()


def test_the_signer_is_understood_in_one_mode_after_the_other(real_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    window = real_window(Wishes(source="synthetic:palm:600"), speak=True, show_figures=True)
    qtbot.waitUntil(lambda: "\tpalm\t" in text(window), timeout=LONG_MS)
    qtbot.waitUntil(lambda: window.view.accessibleDescription() == "palm", timeout=LONG_MS)
    qtbot.waitUntil(lambda: Plan(tmp_path / "said.jsonl").said() == ["Hello!"], timeout=LONG_MS)
    qtbot.waitUntil(lambda: "hands " in window.controls.figures.text(), timeout=LONG_MS)
    assert window.controls.figures.shown_ms is not None
    for key, modes in (("1", ("sign",)), ("2", ("gesture",))):
        qtbot.keyClick(window.view, key)
        qtbot.waitUntil(
            lambda modes=modes: window.snapshot is not None and window.snapshot.modes == modes, timeout=LONG_MS
        )
    qtbot.keyClick(window.view, "4")
    qtbot.waitUntil(lambda: window.snapshot is not None and len(window.snapshot.modes) >= 2, timeout=LONG_MS)
    qtbot.waitUntil(lambda: "palm" in window.view.accessibleDescription(), timeout=LONG_MS)


def test_a_video_is_played_to_its_end(real_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "signer.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (640, 480))
    for frame in SyntheticSource("peace:2").items():
        writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    writer.release()
    window = real_window(Wishes(source=str(path)))
    qtbot.waitUntil(lambda: "R plays it again" in window.view._veil, timeout=LONG_MS)
    assert "\tpeace\t" in text(window) and text(window).startswith("0:0") and text(window).endswith(" s")


def test_a_lost_source_comes_back(real_window: Open, qtbot: QtBot) -> None:
    window = real_window(Wishes(source="synthetic:palm:600,lost@1.5s:3s"))
    qtbot.waitUntil(
        lambda: "lost" in window.view._words[0].lower() or "No new picture" in window.view._words[0], timeout=LONG_MS
    )
    assert window.snapshot is None or window.snapshot.frame is None
    qtbot.waitUntil(
        lambda: (
            text(window).count("\tpalm\t") >= 1 and window.snapshot is not None and window.snapshot.frame is not None
        ),
        timeout=LONG_MS,
    )
