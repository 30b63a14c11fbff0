"""The main window: puts the parts in their places and carries what comes from the watch to them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from app.calibrating import CalibrationStatus, Calibrator
from app.engine import Tune, UseMesh
from app.gui import theme
from app.gui.background import Background
from app.gui.calibration_room import CalibrationRoom
from app.gui.control_bar import ControlBar
from app.gui.dialog_shelf import DialogShelf
from app.gui.feed import Delivery, Feed
from app.gui.keys import KeysDialog, bind
from app.gui.live_view import LiveView
from app.gui.mode_tabs import ModeTabs
from app.gui.notice_strip import NoticeStrip
from app.gui.notices import Notices
from app.gui.presenter import Presenter
from app.gui.settings_keeper import SettingsKeeper
from app.gui.side_panel import SidePanel
from app.gui.source_button import SourceButton
from app.gui.teach_room import TeachRoom
from app.gui.teaching import Teaching
from app.gui.texts import muted
from app.recognizing import mesh_wanted
from app.settings import Settings
from app.speech import Speaker
from app.voice.status import VoiceSettings, VoiceStatus
from app.watch import Aside, Busy, Ended, Notice, Opened, Problem, Swapped, Watch, Watching
from recognizers.modes import MODE_NAMES
from recognizers.types import Snapshot


class MainWindow(QMainWindow):
    """Mudra's window.

    Args:
        feed: brings what the watch produces.
        watch: is told what to watch.
        speaker: says labels; the watch's consumer, switched on and off here.
        keeper: holds the settings.
        teaching: records, corrects and trains.
        calibrator: takes resting faces.
    """

    def __init__(
        self,
        feed: Feed,
        watch: Watch,
        speaker: Speaker,
        keeper: SettingsKeeper,
        *,
        teaching: Teaching,
        calibrator: Calibrator,
    ) -> None:
        super().__init__()
        self.feed, self.watch, self.speaker, self.keeper = feed, watch, speaker, keeper
        self.background = Background()
        self.dialogs = DialogShelf(self, feed, keeper, speaker, background=self.background)
        self.spec: str | None = None
        self.paused = False
        self._waiting = self._demonstration = False
        self._opening = self._still = self._closed = False
        self._busy: dict[str, str] = {}
        self._chosen_mode: str | None = None
        self._side_hidden = False
        self._taken: Settings | None = None
        self._thresholds: dict[str, dict[str, float]] = {}
        self._build()
        self.teach = TeachRoom(self, teaching)
        self.calibration = CalibrationRoom(self, calibrator)
        self._connect()
        self._take_settings(keeper.settings)
        feed.delivered.connect(self._take)

    @property
    def snapshot(self) -> Snapshot | None:
        """What is shown; None while there is nothing."""
        return self.presenter.snapshot

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
        self.notices = Notices(self.strip, self.source, self.replay)
        self.presenter = Presenter(self.view, self.side, self.controls.figures, self._threshold_of)
        self.header = QWidget()
        header = QHBoxLayout(self.header)
        header.setContentsMargins(0, 0, 0, 0)
        for part in (self.tabs, self.busy):
            header.addWidget(part)
        header.addStretch()
        header.addWidget(self.source)
        self._middle = QHBoxLayout()
        self._middle.addWidget(self.view, 1)
        self._middle.addWidget(self.side)
        self._page = QWidget()
        self._layout = QVBoxLayout(self._page)
        for row in (self.header, self.strip):
            self._layout.addWidget(row)
        self._layout.addLayout(self._middle, 1)
        self._layout.addWidget(self.controls)
        self.setCentralWidget(self._page)
        room = self.screen().availableGeometry()
        self.resize(min(1440, round(0.94 * room.width())), min(880, round(0.94 * room.height())))
        self.view.setFocus()

    def _connect(self) -> None:
        self.tabs.chosen.connect(self.set_mode)
        self.source.chosen.connect(self.choose_source)
        self.source.doctor_wanted.connect(self.open_doctor)
        self.side.transcript.failed.connect(self._tell)
        self.side.scores.threshold_of = self._threshold_of
        self.keeper.changed.connect(self._take_settings)
        self.keeper.failed.connect(lambda line: self._tell(line, ""))
        actions: dict[str, Callable[[], object]] = {
            "pause": self.toggle_pause,
            "speak": lambda: self._toggle("speak"),
            "large": lambda: self._toggle("large_captions"),
            "full_screen": self.toggle_full_screen,
            "panel": self.toggle_panel,
            "figures": lambda: self._toggle("show_figures"),
            "points": lambda: self._toggle("show_points"),
            "mirror": lambda: self._toggle("mirrored"),
            "source": self.source.showMenu,
            "open": self.source.open_file,
            "replay": self.replay,
            "doctor": self.open_doctor,
            "copy": self.side.transcript.copy_text,
            "teach": self.teach.toggle,
            "record": self.teach.record_key,
            "undo": self.teach.undo,
            "before": self.teach.models.back,
            "calibrate": self.calibration.toggle,
            "wrong": self.teach.correcting.ask,
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
        if self.notices.welcoming:
            self.notices.answered()
            self.keeper.change("welcomed", True)
        self.notices.clear()
        self.watch_source(spec)

    def watch_source(self, spec: str | None) -> None:
        """Watch another source; None for a camera, or the synthetic signer where there is none."""
        self.spec = spec
        self._opening, self._waiting, self._still = True, False, False
        self._pause(False)
        self.presenter.forget("Opening the source")
        self.watch.show(spec)

    def set_mode(self, mode: str) -> None:
        """Watch in another mode, and keep it for the next start if its model can be loaded."""
        self.presenter.captions.clear()
        self._chosen_mode = mode
        self.watch.set_mode(mode)

    def toggle_pause(self) -> None:
        """Look at nothing, or go on."""
        self._pause(not self.paused)

    def _pause(self, paused: bool) -> None:
        self.paused = paused
        self.watch.pause(paused)
        self.presenter.pause(paused)
        self.controls.show_paused(paused)

    def toggle_panel(self) -> None:
        """Hide or show scores and transcript; they take the place of the teaching panel."""
        if self.teach.open:
            self.teach.toggle()
        else:
            self.side.setVisible(self.side.isHidden())

    def add_beside(self, widget: QWidget) -> None:
        """Put something beside the picture."""
        self._middle.addWidget(widget)

    def toggle_full_screen(self) -> None:
        """Show only the picture and its captions on the whole screen, or everything again."""
        full = not self.isFullScreen()
        if full:
            self._side_hidden = self.side.isHidden()
        for part in (self.header, self.controls):
            part.setHidden(full)
        self.side.setHidden(full or self._side_hidden)
        self.teach.full_screen(full)
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
        """Open the settings beside the picture."""
        self.dialogs.open_settings(self._thresholds, self.choose_source)

    def open_doctor(self) -> None:
        """Open the camera doctor beside the picture."""
        self.dialogs.open_doctor(self.source.showMenu)

    def wait_for_start(self) -> None:
        """Show that the camera is off until the user starts."""
        self.presenter.forget("The camera is off", "Start switches it on")
        self._waiting = True

    def welcome(self, text: str) -> None:
        """Show the first-run page."""
        self.notices.welcome(text, "Start the camera" if self._waiting else "Good", self._start)

    def _start(self) -> None:
        self.keeper.change("welcomed", True)
        self.notices.answered()
        if self._waiting:
            self.watch_source(None)
        elif self._demonstration:
            self.notices.offer()
        self.notices.catch_up()
        self.view.setFocus()

    # What comes from the watch.

    def _take(self, delivery: Delivery) -> None:
        if self._closed:
            return
        # Labels first: those that a new source has ended are not to linger over its picture.
        if delivery.events:
            self.presenter.take_events(delivery.events, live=delivery.live)
            self.teach.take_events(delivery.events)
        ended: Ended | None = None
        for notice in delivery.notices:
            self._take_notice(notice)
            ended = notice if isinstance(notice, Ended) else None if isinstance(notice, Opened) else ended
        if delivery.voice is not None:
            self.show_voice(delivery.voice)
        if delivery.snapshot is not None and not self._opening:
            self.presenter.take_snapshot(delivery)
        elif delivery.events:
            self.presenter.show_captions()
        if ended is not None:
            self._ended(ended)  # after its last picture

    def _take_notice(self, notice: Notice) -> None:
        if isinstance(notice, Busy):
            self._busy[notice.task] = notice.text
            doing = [text for text in self._busy.values() if text]
            self.busy.setText(f"{doing[-1]}…" if doing else "")
        elif isinstance(notice, Problem):
            self.notices.problem(notice.text, notice.remedy, again=self.spec is not None)
        elif isinstance(notice, Watching):
            self._thresholds = notice.thresholds
            self.dialogs.show_thresholds(notice.thresholds)
            self.teach.watching(notice)
            self.calibration.watching(notice)
            self._watching(notice.mode)
        elif isinstance(notice, Opened):
            self._opened(notice)
        elif isinstance(notice, Swapped):
            self.teach.take_swap(notice)
        elif isinstance(notice, CalibrationStatus):
            self.calibration.take(notice)
        elif isinstance(notice, Aside):
            self._tell(notice.text, notice.remedy)

    def _watching(self, mode: str) -> None:
        self.tabs.show_mode(mode)
        if mode == self._chosen_mode:
            self._chosen_mode = None
            self.keeper.change("mode", mode)
        if self._still:
            self.replay()

    def _opened(self, notice: Opened) -> None:
        self._opening = False
        self.teach.opened()
        self.presenter.begin()
        self.spec = notice.spec
        self.source.show_source(notice.spec, notice.name)
        self._demonstration = notice.demonstration
        if notice.demonstration and self.keeper.settings.welcomed:
            self.notices.offer()

    def _ended(self, notice: Ended) -> None:
        self._still = notice.stills and self.snapshot is not None
        if self._still or self.presenter.end():
            return
        if not self.strip.isHidden():
            self.presenter.forget("Nothing is watched", "Choose a camera, a file or the synthetic signer (C)")

    def _tell(self, text: str, remedy: str) -> None:
        """Show a problem that has nothing to do with the source."""
        self.notices.problem(text, remedy, with_source=False)

    def show_voice(self, status: VoiceStatus) -> None:
        """Show how the voice is; what is missing is told once."""
        self.controls.show_voice(status)
        self.dialogs.show_voice(status)
        self.notices.voice(status)

    # Settings and states.

    def _take_settings(self, settings: Settings) -> None:
        self.presenter.take_settings(settings)
        self.controls.show_settings(settings)
        application = QApplication.instance()
        if isinstance(application, QApplication) and settings.theme != application.property("mudra theme"):
            application.setProperty("mudra theme", settings.theme)
            theme.apply(application, settings.theme)
        voice = VoiceSettings.of(settings)
        if voice != self.speaker.settings:
            self.notices.forget_voice()
            self.speaker.settings = voice
        before, self._taken = self._taken, settings
        if before is None or (before.thresholds, before.hold_seconds) != (settings.thresholds, settings.hold_seconds):
            for mode in MODE_NAMES:
                self.watch.tune(Tune(mode, settings.thresholds.get(mode), settings.hold_seconds))
        if before is None or before.face_mesh != settings.face_mesh:
            self.background.run(lambda: mesh_wanted(settings), lambda wanted: self.watch.post(UseMesh(wanted)))

    def labels_of(self, mode: str) -> tuple[str, ...]:
        """Return what can be reported in a mode, as far as it is watched."""
        return tuple(self._thresholds.get(mode, ()))

    def _threshold_of(self, mode: str, label: str) -> float | None:
        own = self._thresholds.get(mode, {})
        return self.keeper.settings.thresholds.get(mode, own[label]) if label in own else None

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
        self.dialogs.close()
        self.teach.close()
        self.background.close()
        self.presenter.close()
        self.watch.close()
        self.speaker.close(keep=False)
        self.keeper.close()
        event.accept()
