"""What the window's tests stand on: an offscreen Qt, and a whole window whose every outer part is a fake.

No camera, model, MediaPipe, loudspeaker or real file dialog is ever touched by it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import speech
from app import watch as watch_module
from app.cameras.listing import CameraInfo
from app.devices import FakeDevice, Show
from app.gui import application, source_button
from app.gui.application import Parts, Wishes
from app.gui.main_window import MainWindow
from app.gui.settings_keeper import SettingsKeeper
from app.settings import Settings
from app.voice.voices import SilentVoice
from tests.app.gui.stage import OpenWindow
from tests.app.planned import RED, WAIT_MS, Plan, plain


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """Draw into memory, unless the environment wants a screen (the suite also runs under Xvfb)."""
    return ["mudra tests"] if os.environ.get("QT_QPA_PLATFORM") else ["mudra tests", "-platform", "offscreen"]


@pytest.fixture(autouse=True)
def same_look(qapp: QApplication) -> Iterator[None]:
    """Every test begins with Qt's Fusion style, the default font and no theme."""
    qapp.setStyle("Fusion")
    font = qapp.font()
    yield
    # What was to be deleted later is deleted now: a theme styles every widget that is still there.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setFont(font)
    qapp.setProperty("mudra theme", None)


@pytest.fixture(autouse=True)
def cameras(monkeypatch: pytest.MonkeyPatch) -> list[CameraInfo]:
    """The cameras that there are: none, until a test adds some to this list."""
    found: list[CameraInfo] = []
    for module in (application, source_button):
        monkeypatch.setattr(module, "list_cameras", lambda: list(found))
    monkeypatch.setattr(watch_module, "probe_cameras", lambda: [each.number for each in found])
    return found


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plan:
    """The fakes, put in the places of what they stand for."""
    made = Plan(tmp_path / "said.jsonl")
    made.install(monkeypatch)
    monkeypatch.setattr(application, "landmarker_opener", lambda *_: made.opener)
    monkeypatch.setattr(speech, "Pyttsx3Voice", lambda: made.voice or SilentVoice(log=str(made.spoken)))
    return made


@pytest.fixture
def open_window(qtbot: QtBot, plan: Plan) -> Iterator[OpenWindow]:
    """Return what opens a shown window: `open_window(Settings(...), Wishes(...), begin=True)`; all are closed."""
    opened: list[Parts] = []

    def opener(settings: Settings | None = None, wishes: Wishes | None = None, *, begin: bool = True) -> MainWindow:
        wishes = wishes or Wishes()
        parts = Parts(SettingsKeeper(settings or replace(Settings(), welcomed=True)), wishes)
        opened.append(parts)
        parts.window.show()
        if begin:
            application._begin(parts.window, wishes)
        parts.window.activateWindow()
        qtbot.waitUntil(parts.window.isActiveWindow, timeout=WAIT_MS)
        return parts.window

    yield opener
    for parts in opened:
        parts.window.close()
        parts.window.deleteLater()
        parts.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def window(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> MainWindow:
    """A window that watches a red picture from a fake camera, thirty times a second, in gesture mode."""
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 30)]))
    made = open_window(wishes=Wishes(source="0"))
    qtbot.waitUntil(lambda: made.snapshot is not None and bool(made.snapshot.modes), timeout=WAIT_MS)
    return made
