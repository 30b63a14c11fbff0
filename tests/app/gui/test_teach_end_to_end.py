"""As a new user: record two invented gestures, throw one clip away, train, use it, and see both recognized live.

Nothing is faked but the voice and the rests between clips: MediaPipe and TensorFlow are real. The gestures are videos
of the synthetic signer, of which every frame is seen, however busy the machine is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import speech
from app.gui import application, teach_record
from app.gui.application import Parts, Wishes
from app.gui.main_window import MainWindow
from app.gui.settings_keeper import SettingsKeeper
from app.gui.teach_panel import TeachPanel
from app.jobs import JobStatus
from app.recording_plan import Phase
from app.samples import Samples
from app.settings import Settings
from app.voice.voices import SilentVoice
from recognizers.synthetic import SyntheticSource
from tests.app.gui.stage import press

pytestmark = [pytest.mark.gui, pytest.mark.slow]

LONG_MS = 600_000
"""Libraries load, and a training takes as long as the machine is busy."""
CLIPS, FILM_S = 8, 13


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setattr(speech, "Pyttsx3Voice", lambda: SilentVoice(log=str(tmp_path / "said.jsonl")))
    monkeypatch.setattr(teach_record, "COUNTDOWN_S", 0.5)
    monkeypatch.setattr(teach_record, "PAUSE_S", 0.2)
    wishes = Wishes(source=str(film(tmp_path, "three")))
    film(tmp_path, "loser")
    parts = Parts(SettingsKeeper(Settings(welcomed=True)), wishes)
    parts.window.show()
    application._begin(parts.window, wishes)
    yield parts.window
    parts.window.close()
    parts.deleteLater()
    parts.window.deleteLater()
    QApplication.processEvents()


def film(folder: Path, pose: str) -> Path:
    """Write a video of the signer who holds a pose."""
    path = folder / f"{pose}.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (640, 480))
    for frame in SyntheticSource(f"{pose}:{FILM_S}").items():
        writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def watch(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    window.watch_source(str(path))
    qtbot.waitUntil(lambda: window.snapshot is None, timeout=LONG_MS)
    qtbot.waitUntil(
        lambda: window.snapshot is not None and bool(window.snapshot.landmarks.hands_found.any()), timeout=LONG_MS
    )


def record(window: MainWindow, panel: TeachPanel, qtbot: QtBot, label: str) -> None:
    step = panel.record
    step.label.setEditText(label)
    step.clips.setValue(CLIPS)
    step.seconds.setValue(1.0)
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: step.status.label == label and step.status.phase is Phase.DONE, timeout=LONG_MS)


def test_two_gestures_are_taught_and_recognized(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    watch(window, qtbot, tmp_path / "three.mp4")
    qtbot.keyClick(window.view, "t")
    panel = window.teach.panel
    assert panel is not None
    record(window, panel, qtbot, "hook")
    watch(window, qtbot, tmp_path / "loser.mp4")
    record(window, panel, qtbot, "claw")

    panel.open_step(panel.steps[1])
    qtbot.waitUntil(lambda: panel.review.table.clips.rowCount() == 2 * CLIPS, timeout=LONG_MS)
    panel.review.table.selectRow(0)
    press(qtbot, panel.review, "Delete")
    qtbot.waitUntil(lambda: len(Samples("gesture").list().samples) == 2 * CLIPS - 1, timeout=LONG_MS)

    panel.open_step(panel.steps[2])
    qtbot.waitUntil(lambda: panel.train.start.isEnabled() and bool(panel.train.name.text()), timeout=LONG_MS)
    press(qtbot, panel, "Train")
    qtbot.waitUntil(lambda: panel.train.state is not None and panel.train.state.status.over, timeout=LONG_MS)
    assert panel.train.state is not None and panel.train.state.status is JobStatus.FINISHED, panel.train.state
    press(qtbot, panel, "Use it now")
    qtbot.waitUntil(lambda: "now read by my-gestures" in window.strip.text, timeout=LONG_MS)

    for pose, label in (("loser", "claw"), ("three", "hook")):
        watch(window, qtbot, tmp_path / f"{pose}.mp4")
        qtbot.waitUntil(lambda label=label: window.view.accessibleDescription() == label, timeout=LONG_MS)
