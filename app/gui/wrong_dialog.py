"""That was wrong: what the last label should have been."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from app.captions import shown_label
from app.gui.texts import muted
from recognizers.types import LabelEvent

NOTHING = "It was nothing"
KEPT = "The points of these seconds become a clip for the next training, marked as a correction. No picture is kept."


class WrongDialog(QDialog):
    """Asks for the right label of an event.

    Args:
        parent: the window.
        event: what was said.
        labels: those that it could have been.
    """

    answered = Signal(object, object)
    """The `LabelEvent`, and its right label or None for nothing."""

    def __init__(self, parent: QWidget, event: LabelEvent, labels: Sequence[str]) -> None:
        super().__init__(parent)
        self.event_shown = event
        self.setWindowTitle("That was wrong")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.nothing = QPushButton(NOTHING)
        self.nothing.setAccessibleDescription("It is not to be said when I do this")
        self.nothing.clicked.connect(lambda _checked=False: self._answer(None))
        self.label = QComboBox(editable=True)
        self.label.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.label.setAccessibleName("It was")
        self.label.addItems([each for each in labels if each != event.label])
        self.label.setCurrentIndex(-1)
        self.other = QPushButton("It was this")
        self.other.setEnabled(False)
        self.label.editTextChanged.connect(lambda text: self.other.setEnabled(bool(text.strip())))
        self.other.clicked.connect(lambda _checked=False: self._answer(self.label.currentText().strip()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        question = QLabel(f"Mudra said <b>{_plain(shown_label(event.label))}</b>. What was it?")
        for part in (question, self.nothing, self.label, self.other, muted(KEPT, wrap=True), buttons):
            layout.addWidget(part)
        self.nothing.setFocus()
        self.resize(360, self.sizeHint().height())

    def _answer(self, label: str | None) -> None:
        self.answered.emit(self.event_shown, label)
        self.accept()


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
