"""Teaching in the window: opens the panel beside the picture, and joins it to what records, trains and corrects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.gui import teach_words
from app.gui.correcting import Correcting
from app.gui.recording_overlay import RecordingOverlay
from app.gui.teach_models import TeachModels
from app.gui.teaching import Teaching
from app.recording_plan import RecorderStatus, RecordingPlan
from app.samples import Listing
from app.under_way import interrupted
from app.watch import Swapped, Watching
from recognizers.errors import MudraError
from recognizers.modes import MODE_NAMES
from recognizers.types import LabelEvent, SourceKind

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.teach_panel import TeachPanel
    from app.gui.teach_record import RecordStep
    from app.gui.teach_samples import TeachSamples


class TeachRoom(QObject):
    """What the window does to teach.

    Args:
        window: the window.
        teaching: records, corrects and trains.

    Attributes:
        panel: the panel, or None before it was first opened.
        mode: the mode that is taught.
        overlay: what lies over the picture while something is recorded.
        models: trainings and swaps.
        correcting: labels that were wrong.
    """

    def __init__(self, window: MainWindow, teaching: Teaching) -> None:
        super().__init__(window)
        self.window, self.teaching = window, teaching
        self.panel: TeachPanel | None = None
        self.mode = "gesture"
        self.overlay = RecordingOverlay(window.view)
        keeper = window.keeper
        self.models = TeachModels(teaching, window.watch, keeper, window.background, window.set_mode)
        self.correcting = Correcting(window, teaching.corrections, self._labels, lambda: keeper.settings.signer)
        self._samples: TeachSamples | None = None
        self._plan: RecordingPlan | None = None
        self._written = 0
        self._full = False
        teaching.recording.connect(self._take_recording)
        for each in (self.models, self.correcting):
            each.failed.connect(self.problem)
            each.told.connect(window.notices.tell)
        self.models.changed.connect(self._show_lines)
        self.models.finished.connect(self._mark_mistakes)
        self.correcting.kept.connect(self.refresh)

    @property
    def open(self) -> bool:
        """Whether the panel is open; also while the picture alone is shown on the full screen."""
        return self.panel is not None and (self._full or not self.panel.isHidden())

    def begin(self) -> None:
        """Tell what a crash or a kill has ended since the window was last open."""
        self.window.background.run(interrupted, self._tell_interrupted)

    def _tell_interrupted(self, told: list[str]) -> None:
        if told:
            self.window.notices.tell(". ".join(told))

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
        if self.panel is not None and self.open:
            self._full = full
            self.panel.setHidden(full)

    def _made(self) -> TeachPanel:
        if self.panel is None:
            from app.gui.teach_panel import TeachPanel
            from app.gui.teach_samples import TeachSamples

            window = self.window
            self.panel = panel = TeachPanel()
            window.add_beside(panel)
            panel.closed.connect(self.toggle)
            self._join_record(panel.record)
            panel.review.player.mirrored = window.keeper.settings.mirrored
            self._samples = TeachSamples(panel.review, window.background, self._bundle_of, self.mode)
            self._samples.failed.connect(self.problem)
            self._samples.told.connect(window.notices.tell)
            self._samples.listed.connect(self._take_listing)
            self.models.join(panel.train)
        return self.panel

    def _join_record(self, record: RecordStep) -> None:
        record.signer.setText(self.window.keeper.settings.signer)
        record.show_mode(self.mode)
        record.wanted.connect(self.record)
        record.stopped.connect(self.stop)
        record.undo.connect(self.undo)
        record.held.connect(self.teaching.recorder.hold)
        record.refused.connect(self.problem)
        record.mode_chosen.connect(self._choose_mode)
        record.signer_changed.connect(self._keep_signer)

    # Recording.

    def record(self, plan: RecordingPlan) -> None:
        """Begin a recording of what is watched: of a camera after a countdown, of a video all of it, from its start."""
        window = self.window
        if window.snapshot is None:
            self.tell("There is no picture to record", "Choose a camera, a file or the synthetic signer (C)")
            return
        if window.paused:
            window.toggle_pause()
        source = window.feed.source
        recorded = source is not None and source.kind in (SourceKind.RECORDED, SourceKind.LANDMARKS)
        whole = recorded and not plan.held
        if whole:
            plan = replace(plan, countdown_s=0.0, pause_s=0.0)
        self._plan, self._written = plan, 0
        self.teaching.record(plan, from_next=whole)
        if whole:
            window.watch_source(window.spec)
        window.view.setFocus()  # the keys mean what they always mean

    def stop(self) -> None:
        """End the recording, if there is one."""
        self.teaching.recorder.stop()

    def undo(self) -> None:
        """Take the newest clip back."""
        self.teaching.recorder.undo_last()

    def record_key(self) -> None:
        """The key of recording is pressed; its release is waited for, since it may be held."""
        application = QApplication.instance()
        if self.panel is None or not self.open or application is None:
            return
        self.panel.record.press_key(True)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the release of the key of recording."""
        if event.type() == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_G:
            application = QApplication.instance()
            if not event.isAutoRepeat() and application is not None and self.panel is not None:
                application.removeEventFilter(self)
                self.panel.record.press_key(False)
        return False

    def _take_recording(self, status: RecorderStatus) -> None:
        seconds = 0.0 if self._plan is None or self._plan.held else self._plan.seconds
        self.overlay.show_status(status, seconds)
        self.window.presenter.silence(status.phase.active)
        if self.panel is not None:
            self.panel.record.show_status(status)
            self._show_lines()
        if status.written != self._written:
            self._written = status.written
            self.refresh()

    # Samples, modes and settings.

    def refresh(self) -> None:
        """Read anew what samples there are."""
        if self._samples is not None:
            self._samples.refresh()

    def _take_listing(self, listing: Listing) -> None:
        if self.panel is not None:
            self.panel.record.show_listing(listing)
            self.panel.train.show_listing(listing, self.mode)
            self._show_lines()

    def _show_lines(self) -> None:
        """Show beside the name of each step how it stands."""
        if self.panel is None or self._samples is None:
            return
        recorded = teach_words.progress_words(self.teaching.status) or "Show it to the camera"
        lines = (recorded, teach_words.summary(self._samples.listing), self.panel.train.summary())
        for step, line in zip(self.panel.steps, lines, strict=True):
            step.show_line(line)

    def _mark_mistakes(self, bundle: str) -> None:
        """Mark the clips that a bundle takes for something else."""
        if self._samples is not None:
            self._samples.show_model(bundle)

    def _labels(self, mode: str) -> set[str]:
        """Return the labels that a correction of a mode can have."""
        known = set(self.window.labels_of(mode))
        if self._samples is not None and self._samples.mode == mode:
            known |= {each.label for each in self._samples.listing.labels}
        return known

    def _bundle_of(self, mode: str) -> str | None:
        return self.window.keeper.settings.bundle_of(mode)

    def watching(self, notice: Watching) -> None:
        """The window watches in another mode, or with another bundle; in all at once the mode before is taught."""
        self._show_mode(notice.mode)
        self.models.watching(notice)

    def take_swap(self, notice: Swapped) -> None:
        """A mode has another bundle."""
        self.models.take_swap(notice)
        if notice.mode == self.mode:
            self._mark_mistakes(notice.name)

    def take_events(self, events: tuple[LabelEvent, ...]) -> None:
        """Note what was said, since it may be wrong."""
        self.correcting.take(events)

    def opened(self) -> None:
        """Another source begins."""
        self.correcting.forget()

    def _show_mode(self, mode: str) -> None:
        if mode not in MODE_NAMES or mode == self.mode:
            return
        self.mode = mode
        self.models.show_mode(mode)
        if self.panel is not None and self._samples is not None:
            self.panel.record.show_mode(mode)
            self._samples.show_mode(mode)

    def _choose_mode(self, mode: str) -> None:
        self._show_mode(mode)
        self.window.set_mode(mode)

    def _keep_signer(self, name: str) -> None:
        if name != self.window.keeper.settings.signer:
            self.window.keeper.change("signer", name)

    def problem(self, error: MudraError) -> None:
        """Tell of an error in the strip."""
        self.tell(error.sentence, error.remedy or "")

    def tell(self, text: str, remedy: str = "") -> None:
        """Tell of a problem in the strip."""
        self.window.notices.problem(text[:1].upper() + text[1:], remedy, with_source=False)

    def close(self) -> None:
        """End what is under way."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.teaching.close()
