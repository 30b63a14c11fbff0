"""The row of buttons below the picture, and the line of figures above them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.gui.figures_line import FiguresLine
from app.settings import Settings
from app.voice.status import VoiceState, VoiceStatus

SPEAK = "Say labels aloud"


class ControlBar(QWidget):
    """Buttons for what is done often; each says its key."""

    def __init__(self) -> None:
        super().__init__()
        self.pause = _button("Pause (P)", "Look at nothing until you go on")
        self.speak = _button("Speak (S)", SPEAK, checkable=True)
        self.large = _button("Large captions (L)", "Captions to be read from afar", checkable=True)
        self.full = _button("Full screen (F)", "Only the picture and its captions; Esc leaves it")
        self.teach = _button("Teach (T)", "Show Mudra something new, and train it")
        self.figures = FiguresLine()
        self.settings = _button("Settings", "Ctrl+,")
        self.keys = _button("Keys (F1)", "Every key and what it does")
        row = QHBoxLayout()
        for button in (self.pause, self.speak, self.large, self.full):
            row.addWidget(button)
        row.addStretch()
        for button in (self.teach, self.settings, self.keys):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.figures)
        layout.addLayout(row)

    def connect_to(self, actions: Mapping[str, Callable[[], object]]) -> None:
        """Let the buttons do what the keys do; `actions` are by the names in `keys`."""
        for button, name in (
            (self.pause, "pause"),
            (self.speak, "speak"),
            (self.large, "large"),
            (self.full, "full_screen"),
            (self.teach, "teach"),
            (self.settings, "settings"),
            (self.keys, "keys"),
        ):
            button.clicked.connect(lambda _checked=False, name=name: actions[name]())

    def show_settings(self, settings: Settings) -> None:
        """Show what is switched on."""
        self.speak.setChecked(settings.speak)
        self.large.setChecked(settings.large_captions)

    def show_paused(self, paused: bool) -> None:
        """Show whether anything is looked at."""
        self.pause.setText("Go on (P)" if paused else "Pause (P)")

    def show_voice(self, status: VoiceStatus) -> None:
        """Show whether labels are heard."""
        wrong = status.state in (VoiceState.MISSING, VoiceState.FAILED)
        self.speak.setText("Speak: silent (S)" if wrong else "Speak (S)")
        self.speak.setToolTip(status.line or SPEAK)
        self.speak.setAccessibleDescription(status.line or SPEAK)


def _button(text: str, tip: str, *, checkable: bool = False) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    # A screen reader says the words on it, as they are at that moment.
    button.setAccessibleDescription(tip)
    button.setCheckable(checkable)
    button.setAutoDefault(True)  # Enter presses it, too
    return button
