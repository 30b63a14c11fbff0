"""The teaching panel: three steps below one another, one of them open, each with a line that says how it stands."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.gui.teach_record import RecordStep
from app.gui.teach_review import ReviewStep
from app.gui.teach_train import TrainStep
from app.gui.texts import heading, level, muted

WIDTH = 400


class Step(QFrame):
    """One step: a button with its number and name, a line on how it stands, and below them its page.

    Args:
        number: from 1.
        title: its name.
        page: what is shown while it is open.
    """

    opened = Signal(object)
    """The user wants this step."""

    def __init__(self, number: int, title: str, page: QWidget) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.page = page
        self.button = QPushButton(f"{number}  {title}")
        self.button.setCheckable(True)
        self.button.setAutoDefault(True)
        self.button.clicked.connect(lambda _checked=False: self.opened.emit(self))
        self._line = muted()
        self._line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.addWidget(self.button)
        head.addWidget(self._line, 1)
        self._room = QScrollArea()
        self._room.setWidgetResizable(True)
        self._room.setFrameShape(QFrame.Shape.NoFrame)
        self._room.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._room.setWidget(page)
        for each in (self._room.viewport(), page):
            each.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.addLayout(head)
        layout.addWidget(self._room, 1)

    def show_line(self, text: str) -> None:
        """Show how the step stands."""
        self._line.setText(text)
        self.button.setAccessibleDescription(text)

    @property
    def line(self) -> str:
        """How the step stands."""
        return self._line.text()

    @property
    def open(self) -> bool:
        """Whether its page is shown."""
        return not self._room.isHidden()

    def set_open(self, is_open: bool) -> None:
        """Show its page, or hide it."""
        self.button.setChecked(is_open)
        self._room.setVisible(is_open)
        vertical = QSizePolicy.Policy.Expanding if is_open else QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Preferred, vertical)


class TeachPanel(QWidget):
    """Record, review, train."""

    closed = Signal()
    """The panel is to go."""

    def __init__(self) -> None:
        super().__init__()
        self.record = RecordStep()
        self.train = TrainStep()
        self.review = ReviewStep()
        self.steps = (Step(1, "Record", self.record), Step(2, "Review", self.review), Step(3, "Train", self.train))
        head = QHBoxLayout()
        head.addWidget(heading("Teach Mudra something new"))
        head.addStretch()
        self.close_button = QPushButton("Close (T)")
        self.close_button.setAutoDefault(True)
        self.close_button.clicked.connect(lambda _checked=False: self.closed.emit())
        head.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        for step in self.steps:
            layout.addWidget(step)
            step.opened.connect(self.open_step)
        self.setFixedWidth(WIDTH)
        self.open_step(self.steps[0])

    def showEvent(self, event: QShowEvent) -> None:
        """Put the forms' names level with their fields, as soon as these know their sizes."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._level)

    def _level(self) -> None:
        for form in self.findChildren(QFormLayout):
            level(form)

    def open_step(self, wanted: Step) -> None:
        """Open one step and close the others."""
        for step in self.steps:
            step.set_open(step is wanted)
