"""Teaching in the window: opens the panel beside the picture, and joins it to what records, trains and swaps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.bundle_store import check_bundle_name, free_name, use_changes
from app.gui import teach_words
from app.gui.recording_overlay import RecordingOverlay
from app.gui.settings_page import show_line
from app.gui.teaching import Teaching
from app.jobs import JobState, JobStatus
from app.mistakes import mistakes
from app.recording_plan import Phase, RecorderStatus, RecordingPlan
from app.samples import Listing, Removed, Sample, Samples
from app.watch import Swapped, Watching
from recognizers import home
from recognizers.clip_values import LANDMARKS
from recognizers.errors import MudraError
from recognizers.modes import MODE_NAMES, mode_named
from recognizers.types import Landmarks

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.teach_panel import TeachPanel
    from app.gui.teach_review import ReviewStep, Trim
    from app.gui.teach_train import Training


Result = TypeVar("Result")


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
        self._listing = Listing(())
        self._trained: str | None = None
        self._watched: tuple[str, ...] = ()
        self._previous: dict[str, str] = {}
        teaching.training.connect(self._take_training)
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
            self._join_review(panel.review)
            train = panel.train
            train.wanted.connect(self.train)
            train.cancelled.connect(self.cancel_training)
            train.use.connect(self.use_bundle)
            train.back.connect(self.previous_bundle)
            train.show_previous(self._previous.get(self.mode))
            self._propose_name()
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
            lambda: (Samples(mode).list(), Samples(mode).trash.list()),
            lambda found: self._take_listing(number, *found),
            self.problem,
        )

    def _take_listing(self, number: int, listing: Listing, trashed: tuple[Sample, ...]) -> None:
        if self.panel is None or number != self._listings:
            return
        self.panel.record.show_listing(listing)
        self.panel.review.show_listing(listing, trashed)
        self.panel.train.show_listing(listing, self.mode)
        self._listing = listing
        self._show_lines()

    def _show_lines(self) -> None:
        """Show beside the name of each step how it stands."""
        if self.panel is not None:
            recorded = teach_words.progress_words(self.teaching.status) or "Show it to the camera"
            lines = (recorded, teach_words.summary(self._listing), self.panel.train.summary())
            for step, line in zip(self.panel.steps, lines, strict=True):
                step.show_line(line)

    def _join_review(self, review: ReviewStep) -> None:
        review.load.connect(self._load_clip)
        review.delete.connect(lambda paths: self._change(lambda samples: samples.delete(paths)))
        review.restore.connect(lambda paths: self._change(lambda samples: samples.trash.restore(paths)))
        review.relabel.connect(lambda paths, label: self._change(lambda samples: samples.move(paths, label)))
        review.trim.connect(self._trim)
        review.empty.connect(lambda: self._change(lambda samples: samples.trash.empty()))
        review.delete_all.connect(lambda: self._change(lambda samples: samples.delete_all(), self._all_deleted))
        review.check.connect(self._check)
        review.player.mirrored = self.window.keeper.settings.mirrored

    def _change(self, work: Callable[[Samples], Result], then: Callable[[Result], object] | None = None) -> None:
        """Change the samples aside, and read them anew, also where that failed half-way."""
        mode = self.mode

        def done(result: Result) -> None:
            self.refresh()
            if then is not None:
                then(result)

        def failed(error: MudraError) -> None:
            self.refresh()
            self.problem(error)

        self.window.background.run(lambda: work(Samples(mode)), done, failed)

    def _trim(self, trim: Trim) -> None:
        self._change(lambda samples: samples.trim(trim.path, trim.start_s, trim.end_s))

    def _all_deleted(self, removed: Removed) -> None:
        left = f" {len(removed.left)} files are not Mudra's and were left" if removed.left else ""
        self.window.notices.tell(f"{teach_words.clips(removed.clips)} deleted for good.{left}")

    def _load_clip(self, sample: Sample) -> None:
        mode, panel = self.mode, self.panel
        if panel is None:
            return

        def load() -> tuple[Landmarks, ...]:
            clip = Samples(mode).load(sample.path)
            return tuple(clip.landmarks()) if clip.header.kind == LANDMARKS else ()

        review = panel.review
        self.window.background.run(
            load,
            lambda rows: review.show_clip(sample, rows, "" if rows else "Pictures alone, without points"),
            lambda error: review.show_clip(sample, (), error.sentence),
        )

    def _check(self) -> None:
        mode = self.mode
        name = self.window.keeper.settings.bundle_of(mode)
        if name is None or self.panel is None:
            self.tell("There is no model that could check these clips", "Train one first")
            return
        paths = [sample.path for sample in self._listing.samples if not sample.problem]
        review = self.panel.review
        show_line(review.about, f"Asking {Path(name).name} about {teach_words.clips(len(paths))} …")
        self.window.background.run(lambda: mistakes(mode, name, paths), review.show_mistakes, self.problem)

    # Training and swapping.

    def train(self, training: Training) -> None:
        """Start a training on the mode's samples."""
        try:
            name = check_bundle_name(training.name)
            words = ["--mode", self.mode, "--out", str(home.models_folder().absolute() / name)]
            if training.network is not None:
                words += ["--network", training.network]
            self._trained = self.mode
            self.teaching.train(words)
        except MudraError as error:
            self.problem(error)

    def cancel_training(self) -> None:
        """End the training."""
        job = self.teaching.jobs.running()
        if job is not None:
            job.cancel()

    def _take_training(self, state: JobState) -> None:
        if self.panel is None:
            return
        self.panel.train.show_state(state)
        self._show_lines()
        if state.status is JobStatus.FINISHED:
            self._propose_name()
            self.panel.train.use_it.setFocus()
        elif state.status is JobStatus.FAILED:
            self.tell(state.problem, state.remedy)

    def use_bundle(self, folder: Path) -> None:
        """Watch with a bundle that was trained, from the next picture on."""
        name = folder.name if folder.parent == home.models_folder().absolute() else str(folder)
        self.window.watch.use_bundle(name, self._trained)
        if self._trained is not None and self._trained not in self._watched:
            self.window.set_mode(self._trained)

    def previous_bundle(self) -> None:
        """Watch with the bundle before; the next time with the newer one again."""
        self.window.watch.previous_bundle(self.mode)

    def take_swap(self, notice: Swapped) -> None:
        """Remember another bundle in the settings."""
        keeper = self.window.keeper
        for name, value in use_changes(keeper.settings, notice.mode, notice.name).items():
            keeper.change(name, value)
        title = mode_named(notice.mode).title.lower()
        self.window.notices.tell(f"From now on {title} are read by {Path(notice.name).name}")

    def watching(self, notice: Watching) -> None:
        """The window watches in another mode, or with another bundle."""
        self._watched = tuple(notice.bundles)
        self._previous = dict(notice.previous)
        self._show_mode(notice.mode)
        if self.panel is not None:
            self.panel.train.show_previous(self._previous.get(self.mode))

    def _propose_name(self) -> None:
        mode = self.mode
        self.window.background.run(lambda: free_name(f"my-{mode}s"), self._take_name)

    def _take_name(self, name: str) -> None:
        if self.panel is not None:
            self.panel.train.show_name(name)

    # Modes and settings.

    def _show_mode(self, mode: str) -> None:
        """In all modes at once the one before goes on being taught."""
        if mode not in MODE_NAMES or mode == self.mode:
            return
        self.mode = mode
        if self.panel is not None:
            self.panel.record.show_mode(mode)
            self.panel.train.forget()
            self.panel.review.show_mode()
            self._propose_name()
            self.refresh()

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
        """Tell something in the strip."""
        self.window.notices.problem(text, remedy, with_source=False)

    def close(self) -> None:
        """End what is under way."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.teaching.close()
