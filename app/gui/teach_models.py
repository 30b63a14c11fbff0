"""Joins the train step to trainings and to the watch: starts and follows trainings, swaps what is watched with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.bundle_store import check_bundle_name, free_name, use_changes
from app.gui.background import Background
from app.gui.settings_keeper import SettingsKeeper
from app.gui.teach_train import Training, TrainStep
from app.gui.teaching import Teaching
from app.jobs import JobState, JobStatus
from app.watch import Swapped, Watch, Watching
from recognizers import home
from recognizers.errors import MudraError
from recognizers.modes import mode_named


class TeachModels(QObject):
    """Trainings and what is watched with.

    Args:
        teaching: trains.
        watch: is told what to watch with.
        keeper: remembers it.
        set_mode: lets the window watch in another mode.

    Attributes:
        mode: the mode that is taught.
    """

    failed = Signal(object)
    """The `MudraError` that something could not be done."""
    told = Signal(str)
    """What has happened, as a sentence."""
    changed = Signal()
    """How the training stands has changed."""
    finished = Signal(str)
    """A training has made a bundle, in this folder."""

    def __init__(
        self,
        teaching: Teaching,
        watch: Watch,
        keeper: SettingsKeeper,
        background: Background,
        set_mode: Callable[[str], object],
    ) -> None:
        super().__init__(teaching)
        self.mode = "gesture"
        self._teaching, self._watch, self._keeper, self._background = teaching, watch, keeper, background
        self._set_mode = set_mode
        self._step: TrainStep | None = None
        self._trained: str | None = None
        self._watched: tuple[str, ...] = ()
        self._in_use: dict[str, str] = {}
        self._previous: dict[str, str] = {}
        teaching.training.connect(self._take)

    def join(self, step: TrainStep) -> None:
        """Show everything on a step from now on."""
        self._step = step
        step.show_networks(self.mode)
        step.wanted.connect(self.train)
        step.cancelled.connect(self.cancel)
        step.use.connect(self.use)
        step.back.connect(self.back)
        step.page.connect(self._open_page)
        self._show_previous()
        self._propose_name()

    def show_mode(self, mode: str) -> None:
        """Another mode is taught."""
        self.mode = mode
        if self._step is not None:
            self._step.forget()
            self._step.show_networks(mode)
            self._show_previous()
            self._propose_name()

    def train(self, training: Training) -> None:
        """Start a training on the mode's samples."""
        try:
            name = check_bundle_name(training.name)
            words = ["--mode", self.mode, "--out", str(home.models_folder().absolute() / name)]
            if training.network is not None:
                words += ["--network", training.network]
            self._teaching.train(words)
        except MudraError as error:
            self.failed.emit(error)
        else:
            self._trained = self.mode

    def cancel(self) -> None:
        """End the training."""
        job = self._teaching.jobs.running()
        if job is not None:
            job.cancel()

    def use(self, folder: Path) -> None:
        """Watch with a bundle that was trained, from the next picture on, in its mode."""
        own = folder.parent == home.models_folder().absolute()
        self._watch.use_bundle(folder.name if own else folder, self._trained)
        if self._trained is not None and self._trained not in self._watched:
            self._set_mode(self._trained)

    def back(self) -> None:
        """Watch with the bundle before; the next time with the newer one again."""
        self._watch.previous_bundle(self.mode)

    def take_swap(self, notice: Swapped) -> None:
        """Remember what a mode is watched with."""
        for name, value in use_changes(self._keeper.settings, notice.mode, notice.name).items():
            self._keeper.change(name, value)
        self._in_use[notice.mode] = Path(notice.name).name
        self._show_previous()
        title = mode_named(notice.mode).title
        self.told.emit(f"{title} are now read by {Path(notice.name).name}. Z goes back")

    def watching(self, notice: Watching) -> None:
        """The window watches in another mode, or with another bundle."""
        self._watched, self._previous = tuple(notice.bundles), dict(notice.previous)
        self._show_previous()

    def _take(self, state: JobState) -> None:
        if self._step is None:
            return
        self._step.show_state(state)
        self._step.show_in_use(self._in_use.get(self.mode))
        self.changed.emit()
        if state.status is JobStatus.FINISHED:
            self._propose_name()
            if state.folder is not None and self._trained == self.mode:
                self.finished.emit(str(state.folder))

    def _show_previous(self) -> None:
        if self._step is not None:
            self._step.show_previous(self._previous.get(self.mode))
            self._step.show_in_use(self._in_use.get(self.mode))

    def _open_page(self, path: Path) -> None:
        """Open a report in the user's browser; where there is none, say where it lies."""
        if not (path.is_file() and QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))):
            self.told.emit(f"The report lies at {path}")

    def _propose_name(self) -> None:
        mode = self.mode
        self._background.run(lambda: free_name(f"my-{mode}s"), self._take_name)

    def _take_name(self, name: str) -> None:
        if self._step is not None:
            self._step.show_name(name)
