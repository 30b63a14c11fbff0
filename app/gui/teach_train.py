"""The last step of teaching: what will be learned from, the training with its curves, the figures, and the swap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.commands.train import NETWORKS
from app.gui import teach_words
from app.gui.curves import Curves
from app.gui.inputs import CalmList
from app.gui.settings_page import show_line
from app.gui.texts import muted
from app.jobs import JobState, JobStatus
from app.samples import Listing
from recognizers.modes import EMOTION
from recognizers.report_page import PAGE_FILE
from recognizers.training_news import Phase

DEFAULT_NETWORK = "chosen for the data"
PHASES = {
    None: "Starting",
    Phase.READ: "Reading the clips",
    Phase.FIT: "Learning",
    Phase.REFIT: "Learning once more, from everything",
    Phase.SAVE: "Measuring and saving",
}
FACES = "cnn"
"""The network that reads faces, and nothing else."""
NETWORK_WORDS = {
    "mlp": "mlp: for single pictures",
    "conv": "conv: for movements",
    "lstm": "lstm: for movements, slower",
    "transformer": "transformer: for movements, many clips",
    "linear": "linear: the simplest",
    "cnn": "cnn: for faces",
}


@dataclass(frozen=True, slots=True)
class Training:
    """What is to be trained.

    Attributes:
        name: the new model's.
        network: its network, or None for the default.
    """

    name: str
    network: str | None


class TrainStep(QWidget):
    """Shows what a training would learn from, starts and follows it, and offers its result."""

    wanted = Signal(object)
    """A `Training` that is to be started."""
    cancelled = Signal()
    use = Signal(object)
    """The folder of a bundle that is to be used now."""
    back = Signal()
    """The bundle before is to be used again."""
    page = Signal(object)
    """A report's page that is to be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.state: JobState | None = None
        self.listing = Listing(())
        self._make()
        form = QFormLayout()
        form.setVerticalSpacing(6)
        form.addRow("Name", self.name)
        form.addRow("Network", self.network)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.cancel)
        swap = QHBoxLayout()
        swap.addWidget(self.use_it, 1)
        swap.addWidget(self.report)
        swap.addWidget(self.go_back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addWidget(self.about)
        layout.addWidget(self.warnings)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.bar)
        layout.addWidget(self.line)
        layout.addWidget(self.curves)
        layout.addWidget(self.result)
        layout.addWidget(self.problems)
        layout.addLayout(swap)
        layout.addStretch()

    def _make(self) -> None:
        self.about = QLabel(wordWrap=True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.warnings = _line("What could be better")
        self.name = QLineEdit(maxLength=80)
        self.name.setAccessibleName("The new model's name")
        self.network = CalmList()
        self.network.setAccessibleName("Network")
        self.show_networks("gesture")
        self.start = _button("Train", "Makes a model of your clips; the one in use goes on meanwhile")
        self.start.clicked.connect(lambda _checked=False: self._start())
        self.cancel = _button("Cancel", "Ends the training; nothing is left of it")
        self.cancel.clicked.connect(lambda _checked=False: self.cancelled.emit())
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName("Training")
        self.line = _line("Training")
        self.curves = Curves()
        self.result = _line("Result")
        self.result.setObjectName("")
        self.problems = _line("What went wrong")
        self.use_it = _button("Use it now", "From the next picture on; the model before stays")
        self.use_it.setObjectName("wanted")
        self.use_it.clicked.connect(lambda _checked=False: self._use())
        self.report = _button("Report", "Opens all figures and plots in your browser")
        self.report.clicked.connect(lambda _checked=False: self._open_report())
        self.go_back = _button("Back (Z)", "Watch with the model that was used before")
        self.go_back.clicked.connect(lambda _checked=False: self.back.emit())
        for part in (self.bar, self.curves, self.use_it, self.report, self.cancel):
            part.hide()
        self.go_back.setEnabled(False)

    @property
    def running(self) -> bool:
        """Whether a training is under way."""
        return self.state is not None and not self.state.status.over

    # What others tell.

    def show_listing(self, listing: Listing, mode: str) -> None:
        """Show what there is to learn from."""
        self.listing = listing
        self.about.setText(teach_words.learned_from(listing))
        show_line(self.warnings, "\n".join(teach_words.training_warnings(listing, mode)), problem=True)
        self._show_buttons()

    def show_networks(self, mode: str) -> None:
        """Offer the networks that a mode can have."""
        self.network.clear()
        self.network.addItem(DEFAULT_NETWORK, None)
        for each in NETWORKS:
            if (each == FACES) is (mode == EMOTION.name):
                self.network.addItem(NETWORK_WORDS.get(each, each), each)

    def show_name(self, name: str) -> None:
        """Propose a name for the next model."""
        if not self.running:
            self.name.setText(name)

    def show_state(self, state: JobState) -> None:
        """Show how the training is doing."""
        self.state = state
        running = not state.status.over
        self.bar.setVisible(running)
        epochs = state.refit or state.epochs
        known = running and bool(epochs) and state.phase in (Phase.FIT, Phase.REFIT)
        self.bar.setRange(0, epochs[-1].of if known else 0)
        self.bar.setValue(epochs[-1].number if known else 0)
        self.curves.setVisible(bool(state.epochs))
        self.curves.show_epochs(state.epochs)
        show_line(self.line, self._doing(state))
        done = state.status is JobStatus.FINISHED
        show_line(self.result, teach_words.result_words(state.figures) if done else "")
        about = teach_words.split_words(state.figures) if done else ""
        self.result.setToolTip(about)
        self.result.setAccessibleDescription(about)
        told = [f"{state.problem.rstrip('.')}. {state.remedy}"] if state.status is JobStatus.FAILED else []
        told += [" ".join(each for each in warning if each) for warning in state.warnings]
        show_line(self.problems, "\n".join(told), problem=True)
        self._show_buttons()

    def show_in_use(self, name: str | None) -> None:
        """Show whether the model that was trained is the one that is watched with.

        Args:
            name: the bundle in use.
        """
        folder = None if self.state is None else self.state.folder
        in_use = folder is not None and folder.name == name
        self.use_it.setText("In use" if in_use else "Use it now")
        self.use_it.setEnabled(not in_use)

    def show_previous(self, name: str | None) -> None:
        """Show which model can be gone back to."""
        self.go_back.setEnabled(name is not None)
        words = "Watch with the model that was used before"
        self.go_back.setAccessibleDescription(words if name is None else f"{words}: {Path(name).name}")
        self.go_back.setToolTip(self.go_back.accessibleDescription())

    def forget(self) -> None:
        """Forget what was trained: another mode is taught."""
        if not self.running:
            self.state = None
            for part in (self.bar, self.curves, self.line, self.result, self.problems):
                part.hide()
            self._show_buttons()

    def summary(self) -> str:
        """Return how this step stands in a line."""
        if self.state is None:
            return "Ready" if teach_words.can_train(self.listing) else teach_words.needed(self.listing)
        if self.state.status is JobStatus.FINISHED:
            return f"Done: {float(self.state.figures.get('accuracy', 0)):.0%} right"
        epochs = self.state.refit or self.state.epochs
        if self.running and epochs and self.state.phase in (Phase.FIT, Phase.REFIT):
            return f"Learning: round {epochs[-1].number} of {epochs[-1].of}"
        return self._doing(self.state)

    def _doing(self, state: JobState) -> str:
        if state.status is JobStatus.RUNNING:
            epochs = state.refit if state.phase is Phase.REFIT else state.epochs
            number = f", round {epochs[-1].number} of at most {epochs[-1].of}" if epochs else ""
            fitting = state.phase in (Phase.FIT, Phase.REFIT)
            return f"{PHASES.get(state.phase, '')}{number if fitting else ''}"
        return {
            JobStatus.CANCELLING: "Cancelling",
            JobStatus.CANCELLED: "Cancelled; nothing was changed",
            JobStatus.FAILED: "It failed",
            JobStatus.FINISHED: f"{state.folder.name if state.folder else 'The model'} is ready",
        }[state.status]

    def _start(self) -> None:
        self.wanted.emit(Training(self.name.text().strip(), self.network.currentData()))

    def _use(self) -> None:
        if self.state is not None and self.state.folder is not None:
            self.use.emit(self.state.folder)

    def _open_report(self) -> None:
        if self.state is not None and self.state.folder is not None:
            self.page.emit(self.state.folder / PAGE_FILE)

    def _show_buttons(self) -> None:
        running = self.running
        self.start.setEnabled(not running and teach_words.can_train(self.listing))
        self.cancel.setVisible(running)
        for each in (self.name, self.network):
            each.setEnabled(not running)
        done = self.state is not None and self.state.status is JobStatus.FINISHED
        for button in (self.use_it, self.report):
            button.setVisible(done)


def _line(name: str) -> QLabel:
    label = muted(wrap=True)
    label.setAccessibleName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.hide()
    return label


def _button(text: str, about: str) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(True)
    button.setToolTip(about)
    button.setAccessibleDescription(about)
    return button
