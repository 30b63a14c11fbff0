"""The main window: puts the parts in their places and carries what comes from the watch to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from app.captions import Captions, hint, shown_label
from app.engine import Tune, UseMesh
from app.gui import theme
from app.gui.background import Background
from app.gui.control_bar import ControlBar
from app.gui.feed import Delivery, Feed
from app.gui.keys import KeysDialog, bind
from app.gui.live_view import LiveView
from app.gui.mode_tabs import ModeTabs
from app.gui.notice_strip import Button, NoticeStrip
from app.gui.settings_keeper import SettingsKeeper
from app.gui.side_panel import SidePanel
from app.gui.source_button import SourceButton
from app.gui.texts import muted
from app.recognizing import mesh_wanted
from app.settings import Settings
from app.speech import Speaker
from app.voice_status import VoiceSettings, VoiceState, VoiceStatus
from app.watch import Busy, Ended, Notice, Opened, Problem, Watch, Watching
from recognizers.modes import MODE_NAMES
from recognizers.types import LabelEvent, Snapshot, SourceState, SourceStatus

if TYPE_CHECKING:
    from app.gui.doctor_dialog import DoctorDialog
    from app.gui.settings_dialog import SettingsDialog

STALE_MS = 1500
"""A live picture that is older than this is taken away: it is not live any more."""


class MainWindow(QMainWindow):
    """Mudra's window.

    Args:
        feed: brings what the watch produces.
        watch: is told what to watch.
        speaker: says labels; the watch's consumer, switched on and off here.
        keeper: holds the settings.
    """

    def __init__(self, feed: Feed, watch: Watch, speaker: Speaker, keeper: SettingsKeeper) -> None:
        super().__init__()
        self.watch, self.speaker, self.keeper = watch, speaker, keeper
        self.background = Background(self)
        self._feed = feed
        self.settings_dialog: SettingsDialog | None = None
        self.doctor_dialog: DoctorDialog | None = None
        self.captions = Captions(keeper.settings.caption_seconds)
        self.spec: str | None = None
        self.snapshot: Snapshot | None = None
        self.paused = False
        self._waiting = self._demonstration = self._welcoming = False
        self._opening = self._still = self._closed = False
        self._busy: dict[str, str] = {}
        self._chosen_mode: str | None = None
        self._after_welcome: tuple[str, list[Button], bool] | None = None
        self._side_hidden = False
        self._taken: Settings | None = None
        self._grabbed_ns: int | None = None
        self._voice_told = ""
        self._thresholds: dict[str, dict[str, float]] = {}
        self._stale = QTimer(self, singleShot=True, interval=STALE_MS)
        self._stale.timeout.connect(self._go_stale)
        self._linger = QTimer(self, singleShot=True)
        self._linger.timeout.connect(self._show_captions)
        self._build()
        self._connect()
        self._take_settings(keeper.settings)
        feed.delivered.connect(self._take)

    def _build(self) -> None:
        self.setWindowTitle("Mudra")
        self.tabs = ModeTabs(self)
        self.tabs.show_mode(self.keeper.settings.mode)
        self.busy = muted()
        self.source = SourceButton(self.background)
        self.strip = NoticeStrip()
        self.view = LiveView()
        self.side = SidePanel()
        self.controls = ControlBar()
        self.header = QWidget()
        header = QHBoxLayout(self.header)
        header.setContentsMargins(0, 0, 0, 0)
        for part in (self.tabs, self.busy):
            header.addWidget(part)
        header.addStretch()
        header.addWidget(self.source)
        middle = QHBoxLayout()
        middle.addWidget(self.view, 1)
        middle.addWidget(self.side)
        self._page = QWidget()
        self._layout = QVBoxLayout(self._page)
        for row in (self.header, self.strip):
            self._layout.addWidget(row)
        self._layout.addLayout(middle, 1)
        self._layout.addWidget(self.controls)
        self.setCentralWidget(self._page)
        room = self.screen().availableGeometry()
        self.resize(min(1440, round(0.94 * room.width())), min(880, round(0.94 * room.height())))
        self.view.setFocus()

    def _connect(self) -> None:
        self.tabs.chosen.connect(self.set_mode)
        self.source.chosen.connect(self.choose_source)
        self.source.doctor_wanted.connect(self.open_doctor)
        self.view.painted.connect(self._painted)
        self.side.transcript.failed.connect(self._show_problem)
        self.side.scores.threshold_of = self._threshold_of
        self.keeper.changed.connect(self._take_settings)
        self.keeper.failed.connect(lambda line: self._show_problem(line, ""))
        actions: dict[str, Callable[[], object]] = {
            "pause": self.toggle_pause,
            "speak": lambda: self._toggle("speak"),
            "large": lambda: self._toggle("large_captions"),
            "full_screen": self.toggle_full_screen,
            "panel": lambda: self.side.setVisible(self.side.isHidden()),
            "figures": lambda: self._toggle("show_figures"),
            "points": lambda: self._toggle("show_points"),
            "mirror": lambda: self._toggle("mirrored"),
            "source": self.source.showMenu,
            "open": self.source.open_file,
            "replay": self.replay,
            "doctor": self.open_doctor,
            "copy": self.side.transcript.copy_text,
            "settings": self.open_settings,
            "keys": lambda: KeysDialog(self).open(),
            "quit": self.close,
        }
        bind(self, actions)
        self.controls.connect_to(actions)

    def _toggle(self, name: str) -> None:
        self.keeper.change(name, not getattr(self.keeper.settings, name))

    # What the user does.

    def choose_source(self, spec: str | None) -> None:
        """Watch what the user has chosen; who chooses needs no first-run page any more."""
        if self._welcoming:
            self._welcoming = False
            self.keeper.change("welcomed", True)
        self.watch_source(spec)

    def watch_source(self, spec: str | None) -> None:
        """Watch another source; None for a camera, or the synthetic signer where there is none."""
        if not self._welcoming:
            self.strip.hide()
        self.spec = spec
        self._opening, self._waiting, self._still = True, False, False
        self.paused = False
        self.watch.pause(False)
        self._forget_picture("Opening the source")
        self.watch.show(spec)
        self._show_state()

    def set_mode(self, mode: str) -> None:
        """Watch in another mode, and keep it for the next start if its model can be loaded."""
        self.captions.clear()
        self._chosen_mode = mode
        self.watch.set_mode(mode)

    def toggle_pause(self) -> None:
        """Look at nothing, or go on."""
        self.paused = not self.paused
        self.watch.pause(self.paused)
        self.captions.clear()
        self._show_state()

    def toggle_full_screen(self) -> None:
        """Show only the picture and its captions on the whole screen, or everything again."""
        full = not self.isFullScreen()
        if full:
            self._side_hidden = self.side.isHidden()
        for part in (self.header, self.controls):
            part.setHidden(full)
        self.side.setHidden(full or self._side_hidden)
        margin = 0 if full else 9
        self._layout.setContentsMargins(margin, margin, margin, margin)
        if full:
            self.showFullScreen()
        else:
            self.showNormal()
        self.view.setFocus()

    def replay(self) -> None:
        """Begin the source anew."""
        self.choose_source(self.spec)

    def open_settings(self) -> None:
        """Open the settings beside the picture, or bring them to the front."""
        if self.settings_dialog is None:
            from app.gui.settings_dialog import SettingsDialog

            self.settings_dialog = SettingsDialog(self, self.keeper, self.speaker, self.background)
            self.settings_dialog.camera_wanted.connect(self.choose_source)
            self.settings_dialog.show_thresholds(self._thresholds)
        self.settings_dialog.open_at_front()

    def open_doctor(self) -> None:
        """Open the camera doctor, or bring it to the front."""
        if self.doctor_dialog is None:
            from app.gui.doctor_dialog import DoctorDialog

            self.doctor_dialog = DoctorDialog(self, self._feed)
            self.doctor_dialog.source_wanted.connect(self.source.showMenu)
        self.doctor_dialog.open_at_front()

    def wait_for_start(self) -> None:
        """Show that the camera is off until the user starts."""
        self._forget_picture("The camera is off", "Start switches it on")
        self._waiting = True

    def welcome(self, text: str) -> None:
        """Show the first-run page."""
        self._welcoming = True
        words = "Start the camera" if self._waiting else "Good"
        self.strip.show_notice(text, [(words, self._start)])
        self.strip.buttons[words].setFocus()

    def _start(self) -> None:
        waited, told = self._waiting, self._after_welcome
        self._welcoming, self._after_welcome = False, None
        self.keeper.change("welcomed", True)
        self.strip.hide()
        if waited:
            self.watch_source(None)
        elif self._demonstration:
            self._show_offer()
        if told is not None:
            self._show_notice(*told)
        self.view.setFocus()

    # What comes from the watch.

    def _take(self, delivery: Delivery) -> None:
        if self._closed:
            return
        # Labels first: those that a new source has ended are not to linger over its picture.
        if delivery.events:
            self.side.transcript.take(delivery.events, live=delivery.live)
            self.captions.take(delivery.events, time.monotonic())
            self._announce(delivery.events)
        ended: Ended | None = None
        for notice in delivery.notices:
            self._take_notice(notice)
            ended = notice if isinstance(notice, Ended) else None if isinstance(notice, Opened) else ended
        if delivery.voice is not None:
            self.show_voice(delivery.voice)
        if delivery.snapshot is not None and not self._opening:
            self._take_snapshot(delivery.snapshot, delivery.grabbed_ns, delivery.live)
        elif delivery.events:
            self._show_captions()
        if ended is not None:
            self._ended(ended)  # after its last picture

    def _take_snapshot(self, snapshot: Snapshot, grabbed_ns: int | None, live: bool) -> None:
        self.snapshot = snapshot
        self._grabbed_ns = grabbed_ns
        self.view.show_snapshot(snapshot)
        self._show_captions()
        if not self.side.isHidden():
            self.side.show_snapshot(snapshot)
        self.controls.figures.show_snapshot(snapshot)
        if live and snapshot.frame is not None:
            self._stale.start()
        else:
            self._stale.stop()

    def _show_captions(self) -> None:
        if self.snapshot is None:
            self.view.show_captions(())
            return
        shown = self.captions.at(self.snapshot, time.monotonic())
        self.view.show_captions(shown, hint(self.snapshot, self._threshold_of))
        if any(not caption.held for caption in shown):
            self._linger.start(round(self.captions.linger_s * 1e3))

    def _painted(self) -> None:
        if self._grabbed_ns is not None:
            self.controls.figures.painted((time.monotonic_ns() - self._grabbed_ns) / 1e6)
            self._grabbed_ns = None

    def _go_stale(self) -> None:
        if not self.paused:
            self._forget_picture("No new picture", "Mudra is busy, or the camera hangs; it goes on by itself")

    def _forget_picture(self, message: str, remedy: str = "") -> None:
        self.captions.clear()
        status = SourceStatus(SourceState.WAITING, message, remedy)
        self.snapshot = None
        self.view.show_status(status)
        self.view.show_captions(())

    def _take_notice(self, notice: Notice) -> None:
        if isinstance(notice, Busy):
            self._busy[notice.task] = notice.text
            doing = [text for text in self._busy.values() if text]
            self.busy.setText(f"{doing[-1]}…" if doing else "")
        elif isinstance(notice, Problem):
            self._show_problem(notice.text, notice.remedy)
        elif isinstance(notice, Watching):
            self._thresholds = notice.thresholds
            if self.settings_dialog is not None:
                self.settings_dialog.show_thresholds(notice.thresholds)
            self._watching(notice.mode)
        elif isinstance(notice, Opened):
            self._opened(notice)

    def _watching(self, mode: str) -> None:
        self.tabs.show_mode(mode)
        if mode == self._chosen_mode:
            self._chosen_mode = None
            self.keeper.change("mode", mode)
        if self._still:
            self.replay()

    def _opened(self, notice: Opened) -> None:
        self._opening = False
        self.captions.clear()
        self.spec = notice.spec
        self.source.show_source(notice.spec, notice.name)
        self.controls.figures.reset()
        self.view.show_veil("")
        self._demonstration = notice.demonstration
        if notice.demonstration and self.keeper.settings.welcomed:
            self._show_offer()

    def _show_offer(self) -> None:
        text = "No camera was found, so you see the synthetic signer. Connect a camera and choose it, or open a file."
        buttons: list[Button] = [("Choose a camera", self.source.showMenu), ("Open a file", self.source.open_file)]
        self._show_notice(text, buttons, problem=False)

    def _ended(self, notice: Ended) -> None:
        self._stale.stop()
        self._still = notice.stills and self.snapshot is not None
        if self._still:
            return
        if self.snapshot is not None and self.snapshot.status.state is SourceState.OK:
            self.view.show_veil("The recording has ended. R plays it again.")
        elif not self.strip.isHidden():
            self._forget_picture("Nothing is watched", "Choose a camera, a file or the synthetic signer (C)")

    def _show_problem(self, text: str, remedy: str) -> None:
        words = ". ".join(part.rstrip(".") for part in (text, remedy) if part) + "."
        again: list[Button] = [("Try again", self.replay)] if self.spec is not None else []
        buttons: list[Button] = [("Choose another source", self.source.showMenu), ("Dismiss", self.strip.hide)]
        self._show_notice(words, again + buttons, problem=True)

    def _show_notice(self, text: str, buttons: list[Button], problem: bool) -> None:
        """Show a notice in the strip; the first-run page stays until it has been answered."""
        if self._welcoming:
            self._after_welcome = text, buttons, problem
        else:
            self.strip.show_notice(text, buttons, problem=problem)

    def show_voice(self, status: VoiceStatus) -> None:
        """Show how the voice is; what is missing is told once."""
        self.controls.show_voice(status)
        if self.settings_dialog is not None:
            self.settings_dialog.show_voice(status)
        wrong = status.state in (VoiceState.MISSING, VoiceState.FAILED)
        if wrong and status.line != self._voice_told:
            self._voice_told = status.line
            words = f"Labels are not heard: {status.line}."
            self._show_notice(words, [("Dismiss", self.strip.hide)], problem=True)

    def _announce(self, events: tuple[LabelEvent, ...]) -> None:
        """Tell a screen reader what begins; it speaks for itself, so not while Mudra does."""
        if self.keeper.settings.speak:
            return
        for event in events:
            if not event.ended:
                words = QAccessibleAnnouncementEvent(self.view, shown_label(event.label))
                QAccessible.updateAccessibility(words)

    # Settings and states.

    def _take_settings(self, settings: Settings) -> None:
        self.view.mirrored, self.view.points = settings.mirrored, settings.show_points
        self.view.large = settings.large_captions
        self.captions.linger_s = settings.caption_seconds
        self.controls.figures.setVisible(settings.show_figures)
        self.controls.show_settings(settings)
        application = QApplication.instance()
        if isinstance(application, QApplication) and settings.theme != application.property("mudra theme"):
            application.setProperty("mudra theme", settings.theme)
            theme.apply(application, settings.theme)
        voice = VoiceSettings.of(settings)
        if voice != self.speaker.settings:
            self._voice_told = ""
            self.speaker.settings = voice
        before, self._taken = self._taken, settings
        if before is None or (before.thresholds, before.hold_seconds) != (settings.thresholds, settings.hold_seconds):
            for mode in MODE_NAMES:
                self.watch.tune(Tune(mode, settings.thresholds.get(mode), settings.hold_seconds))
        if before is None or before.face_mesh != settings.face_mesh:
            self.background.run(lambda: mesh_wanted(settings), lambda wanted: self.watch.post(UseMesh(wanted)))
        self.view.update()

    def _threshold_of(self, mode: str, label: str) -> float | None:
        own = self._thresholds.get(mode, {})
        return self.keeper.settings.thresholds.get(mode, own[label]) if label in own else None

    def _show_state(self) -> None:
        self.controls.show_paused(self.paused)
        self.view.show_veil("Paused. Nothing is looked at." if self.paused else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pause with the space bar, where nothing that has the focus takes it; leave full screen with Esc."""
        if event.key() == Qt.Key.Key_Space:
            self.toggle_pause()
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.toggle_full_screen()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End everything: the watch, the voice, and what is not written yet."""
        self._closed = True
        self.hide()
        for dialog in (self.settings_dialog, self.doctor_dialog):
            if dialog is not None:
                dialog.close()
        self.background.close()
        self._stale.stop()
        self.watch.close()
        self.speaker.close(keep=False)
        self.keeper.close()
        event.accept()
