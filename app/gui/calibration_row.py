"""Below the scores in emotion mode: whether a resting face is taken out, and the buttons that take and forget one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.gui.texts import muted
from recognizers.face_calibration import FaceCalibration

TAKE, AGAIN, STOP, FORGET = "Calibrate my neutral face (N)", "Again (N)", "Stop (N)", "Forget calibration"
SIGN = "● Calibrated"
WHAT_FOR = "Some faces look cross or sad at rest. Show yours for three seconds, and it is read as neutral from then on."


class CalibrationRow(QWidget):
    """A sign and two buttons."""

    wanted = Signal()
    """The user wants to show a resting face, or to stop while it is looked at."""
    forget_wanted = Signal()
    """The user wants the answers as they are again."""

    def __init__(self) -> None:
        super().__init__()
        self.sign = muted(SIGN)
        self.take = _button(TAKE, WHAT_FOR)
        self.take.clicked.connect(lambda _checked=False: self.wanted.emit())
        self.forget = _button(FORGET, "Read emotions as the model gives them again, as for whoever sits here next")
        self.forget.clicked.connect(lambda _checked=False: self.forget_wanted.emit())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.sign, self.take, self.forget):
            layout.addWidget(part)
        layout.addStretch()
        self.show_calibration(None)

    def show_calibration(self, calibration: FaceCalibration | None, *, active: bool = False) -> None:
        """Show what is taken out of the answers.

        Args:
            calibration: it; None for nothing.
            active: whether a face is being looked at just now; nothing is taken out meanwhile.
        """
        shown = calibration is not None and not active
        if calibration is not None:
            words = f"Calibrated: your resting face was read as {calibration.words()}"
            self.sign.setToolTip(words)
            self.sign.setAccessibleName(words)
        for part in (self.sign, self.forget):
            part.setVisible(shown)
        self.take.setText(STOP if active else AGAIN if shown else TAKE)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAccessibleDescription(tip)
    button.setAutoDefault(True)  # Enter presses it, too
    return button
