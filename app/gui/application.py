"""Opens the window and runs it until it is closed."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from app import console
from app.calibrating import Calibrator
from app.cameras.listing import list_cameras
from app.gui.feed import Feed
from app.gui.main_window import MainWindow
from app.gui.settings_keeper import SettingsKeeper
from app.gui.teaching import Teaching
from app.memory import stay_small
from app.ports import FindsLandmarks, Needs
from app.recognizing import landmarker_opener
from app.settings import Settings
from app.speech import Speaker
from app.voice.status import VoiceSettings, VoiceStatus
from app.watch import Busy, Notice, Problem, Watch

WELCOME = (
    "Mudra looks at your camera's picture on this computer and says which signs, gestures and expressions it sees. "
    "Nothing is stored unless you record it yourself. Nothing is sent to anybody."
)

LONGEST_MS = 2**31 - 1
"""The longest time that Qt's timers know: 24 days."""
LANDMARKERS = "landmarkers"
"""The task of fetching model files."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for.

    Attributes:
        source: what to watch, or None for a camera.
        mode: the mode to start with, or None for the settings'.
        model: a bundle in place of its mode's active one, or None.
        speak: whether to say labels, whatever the settings say.
        seconds: after how many seconds to end, or None.
        calibrated: whether the user's resting faces are taken out of the answers.
    """

    source: str | None = None
    mode: str | None = None
    model: str | None = None
    speak: bool = False
    seconds: float | None = None
    calibrated: bool = True


def run_window(wishes: Wishes, settings: Settings, stop: threading.Event) -> int:
    """Open the window and return the exit code when it is closed.

    Args:
        wishes: what the command line asks for.
        settings: the user's, as they were read.
        stop: is set when the process is asked to end, by Ctrl-C for example.
    """
    application = make_application()
    keeper = SettingsKeeper(replace(settings, speak=settings.speak or wishes.speak))
    parts = Parts(keeper, wishes)
    window = parts.window
    with _signals(window, stop):
        window.show()
        QTimer.singleShot(0, lambda: _begin(window, wishes))
        if wishes.seconds is not None:
            QTimer.singleShot(min(round(wishes.seconds * 1e3), LONGEST_MS), window.close)
        application.exec()
        window.close()
    return 1 if parts.failed else 0


class Parts(QObject):
    """The window and all that it is wired to.

    Args:
        keeper: holds the settings.
        wishes: what the command line asks for.

    Attributes:
        window: the main window, not shown yet.
        failed: whether a source that the command line named could not be shown at all.
    """

    def __init__(self, keeper: SettingsKeeper, wishes: Wishes) -> None:
        super().__init__()
        self.feed = Feed()
        self.speaker = Speaker(VoiceSettings.of(keeper.settings), on_status=self._voice)
        self._open = landmarker_opener(keeper.settings, self._fetching)
        self.teaching = Teaching()
        calibrator = Calibrator(self.feed.on_notice)
        consumers = (self.feed, self.speaker, self.teaching.recorder, self.teaching.corrections, calibrator)
        self.watch = Watch(
            keeper.settings,
            consumers,
            self._notice,
            opener=self._opener,
            model=wishes.model,
            calibrated=wishes.calibrated,
        )
        self.teaching.attach(self.watch.post)
        self.window = MainWindow(
            self.feed, self.watch, self.speaker, keeper, teaching=self.teaching, calibrator=calibrator
        )
        self.failed = False
        self._named = wishes.source is not None

    def _notice(self, notice: Notice) -> None:
        """Take a notice, in the watch's threads."""
        if isinstance(notice, Problem) and self._named and self.window.snapshot is None:
            self.failed = True
            console.print_line(f"mudra: {notice.text}. {notice.remedy}")
        self.feed.on_notice(notice)

    def _voice(self, status: VoiceStatus) -> None:
        self.feed.on_voice(status)

    def _fetching(self, line: str, done: int, total: int | None) -> None:
        self.feed.on_notice(Busy(f"{line} {done / total:.0%}" if total else line, LANDMARKERS))

    def _opener(self, needs: Needs) -> FindsLandmarks:
        try:
            return self._open(needs)
        finally:
            self.feed.on_notice(Busy("", LANDMARKERS))


def make_application() -> QApplication:
    """Return the running application, in the style that the theme is made for; make it where there is none yet."""
    stay_small()
    # cv2 points Qt at the plugins of a Qt of its own, which this one cannot load.
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Mudra")
    application.setDesktopFileName("mudra")
    application.setStyle("Fusion")
    return application


def _begin(window: MainWindow, wishes: Wishes) -> None:
    """Start to watch; before the first-run page has been read no camera is switched on that nobody asked for."""
    window.watch.set_mode(wishes.mode)
    settings = window.keeper.settings
    if settings.welcomed or wishes.source is not None:
        window.watch_source(wishes.source)
    elif settings.camera is not None:
        window.wait_for_start()
    else:
        window.background.run(
            list_cameras, lambda found: window.wait_for_start() if found else window.watch_source(None)
        )
    if not settings.welcomed:
        window.welcome(WELCOME)
    window.teach.begin()


@contextmanager
def _signals(window: MainWindow, stop: threading.Event) -> Iterator[None]:
    """Close the window when the process is asked to end; Python sees signals only when something wakes it."""
    ours, kernels = socket.socketpair()
    for end in (ours, kernels):
        end.setblocking(False)
    before = signal.set_wakeup_fd(kernels.fileno())
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)

    def woken() -> None:
        ours.recv(64)
        if stop.is_set():
            window.close()

    notifier.activated.connect(woken)
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(before)
        ours.close()
        kernels.close()
