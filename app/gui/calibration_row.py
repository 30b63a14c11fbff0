"""Below the scores in emotion mode: whether a resting face is taken out, and the buttons that take and forget one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.gui.texts import muted
from recognizers.face_calibration import FaceCalibration

TAKE, AGAIN = "Calibrate my neutral face (N)", "Calibrate again (N)"
STOP, FORGET = "Stop (N)", "Forget calibration"
WHAT_FOR = "Some faces look cross or sad at rest. Show yours for three seconds, and it is read as neutral from then on."


class CalibrationRow(QWidget):
    """A sign and two buttons."""

    wanted = Signal()
    """The user wants to show a resting face, or to stop while it is looked at."""
    forget_wanted = Signal()
    """The user wants the answers as they are again."""

    def __init__(self) -> None:
        super().__init__()
        self.sign = muted(wrap=True)
        self.sign.hide()
        self.take = QPushButton(TAKE)
        self.take.setToolTip(WHAT_FOR)
        self.take.setAccessibleDescription(WHAT_FOR)
        self.take.clicked.connect(lambda _checked=False: self.wanted.emit())
        self.forget = QPushButton(FORGET)
        self.forget.setToolTip("Also for whoever sits here next")
        self.forget.setAccessibleDescription("Emotions are read as the model gives them again")
        self.forget.clicked.connect(lambda _checked=False: self.forget_wanted.emit())
        self.forget.hide()
        buttons = QHBoxLayout()
        for button in (self.take, self.forget):
            button.setAutoDefault(True)  # Enter presses it, too
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.sign)
        layout.addLayout(buttons)

    def show_calibration(self, calibration: FaceCalibration | None) -> None:
        """Show what is taken out of the answers; None for nothing."""
        if calibration is not None:
            self.sign.setText(f"● Calibrated: your resting face was read as {calibration.words()}")
        self.sign.setVisible(calibration is not None)
        self.take.setText(TAKE if calibration is None else AGAIN)
        self.forget.setVisible(calibration is not None)

    def show_active(self, active: bool, calibration: FaceCalibration | None) -> None:
        """Show that a face is being looked at, or what came of it."""
        self.show_calibration(None if active else calibration)
        if active:
            self.take.setText(STOP)
