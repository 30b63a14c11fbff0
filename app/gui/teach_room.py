"""Teaching in the window: opens the panel beside the picture, and joins it to what records, trains and swaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.gui import teach_words
from app.gui.recording_overlay import RecordingOverlay
from app.gui.teaching import Teaching
from app.recording_plan import Phase, RecorderStatus, RecordingPlan
from app.samples import Listing, Samples
from recognizers.errors import MudraError
from recognizers.modes import MODE_NAMES

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.teach_panel import TeachPanel


class TeachRoom(QObject):
    """What the window does to teach.

    Args:
        window: the window.
        teaching: records, corrects and trains.

    Attributes:
        panel: the panel, or None before it was first opened.
        mode: the mode that is taught.
        overlay: what lies over the picture while something is recorded.
    """

    def __init__(self, window: MainWindow, teaching: Teaching) -> None:
        super().__init__(window)
        self.window, self.teaching = window, teaching
        self.panel: TeachPanel | None = None
        self.mode = "gesture"
        self.overlay = RecordingOverlay(window.view)
        self._plan: RecordingPlan | None = None
        self._written = -1
        self._listings = 0
        self._full = False
        teaching.recording.connect(self._take_recording)

    @property
    def open(self) -> bool:
        """Whether the panel is open; also while the picture alone is shown on the full screen."""
        return self.panel is not None and (self._full or not self.panel.isHidden())

    def toggle(self) -> None:
        """Open the panel in place of scores and transcript, or close it."""
        if self._full:
            return
        opening = not self.open
        panel = self._made() if opening else self.panel
        assert panel is not None
        self.window.side.setVisible(not opening)
        panel.setVisible(opening)
        if opening:
            self.refresh()
            panel.steps[0].button.setFocus()
        else:
            self.stop()
            self.window.view.setFocus()

    def full_screen(self, full: bool) -> None:
        """Hide the panel while the picture has the whole screen."""
        if self.panel is not None and (self._full or not self.panel.isHidden()):
            self._full = full
            self.panel.setHidden(full)

    def _made(self) -> TeachPanel:
        if self.panel is None:
            from app.gui.teach_panel import TeachPanel

            self.panel = panel = TeachPanel()
            self.window.add_beside(panel)
            panel.closed.connect(self.toggle)
            record = panel.record
            record.signer.setText(self.window.keeper.settings.signer)
            record.show_mode(self.mode)
            record.wanted.connect(self.record)
            record.stopped.connect(self.stop)
            record.undo.connect(self.undo)
            record.held.connect(self.teaching.recorder.hold)
            record.refused.connect(self.problem)
            record.mode_chosen.connect(self._choose_mode)
            record.signer_changed.connect(self._keep_signer)
        return self.panel

    # Recording.

    def record(self, plan: RecordingPlan) -> None:
        """Begin a recording of what is watched."""
        window = self.window
        if window.snapshot is None:
            self.tell("There is no picture to record", "Choose a camera, a file or the synthetic signer (C)")
            return
        if window.paused:
            window.toggle_pause()
        self._plan, self._written = plan, 0
        self.teaching.record(plan)
        window.view.setFocus()  # keys mean what they always mean

    def stop(self) -> None:
        """End the recording, if there is one."""
        self.teaching.recorder.stop()

    def undo(self) -> None:
        """Take the newest clip back."""
        self.teaching.recorder.undo_last()

    def record_key(self) -> None:
        """The key of recording is pressed; its release is waited for where it is to be held."""
        if not self.open or self.panel is None:
            return
        self.panel.record.press_key(True)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the release of the key of recording."""
        released = event.type() == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent)
        if released and event.key() == Qt.Key.Key_G and not event.isAutoRepeat():  # type: ignore[attr-defined]
            application = QApplication.instance()
            if application is not None:
                application.removeEventFilter(self)
            if self.panel is not None:
                self.panel.record.press_key(False)
        return False

    def _take_recording(self, status: RecorderStatus) -> None:
        seconds = 0.0 if self._plan is None or self._plan.held else self._plan.seconds
        self.overlay.show_status(status, seconds)
        self.window.presenter.silence(status.phase.active)
        if self.panel is not None:
            self.panel.record.show_status(status)
        if status.written != self._written or status.phase in (Phase.DONE, Phase.STOPPED, Phase.FAILED):
            self._written = status.written
            self.refresh()

    # Samples.

    def refresh(self) -> None:
        """Read anew what samples there are."""
        if self.panel is None:
            return
        mode = self.mode
        self._listings += 1
        number = self._listings
        self.window.background.run(
            lambda: Samples(mode).list(), lambda listing: self._take_listing(number, listing), self.problem
        )

    def _take_listing(self, number: int, listing: Listing) -> None:
        if self.panel is None or number != self._listings:
            return
        self.panel.record.show_listing(listing)
        self.panel.steps[0].show_line(teach_words.summary(listing))

    # Modes and settings.

    def show_mode(self, mode: str) -> None:
        """The window watches in another mode; in all modes the one before goes on being taught."""
        if mode not in MODE_NAMES or mode == self.mode:
            return
        self.mode = mode
        if self.panel is not None:
            self.panel.record.show_mode(mode)
            self.refresh()

    def _choose_mode(self, mode: str) -> None:
        self.mode = mode
        self.refresh()
        self.window.set_mode(mode)

    def _keep_signer(self, name: str) -> None:
        if name != self.window.keeper.settings.signer:
            self.window.keeper.change("signer", name)

    def problem(self, error: MudraError) -> None:
        """Tell of an error in the strip."""
        self.tell(error.sentence, error.remedy or "")

    def tell(self, text: str, remedy: str = "") -> None:
        """Tell something in the strip."""
        self.window.notices.problem(text, remedy, with_source=False)

    def close(self) -> None:
        """End what is under way."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.teaching.close()
