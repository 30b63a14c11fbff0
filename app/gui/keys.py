"""The keys: one list that makes the shortcuts and the page that explains them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from app.gui.texts import heading


class Key(NamedTuple):
    """What one or more keys do: the action's name, the keys, and the words for people."""

    action: str
    keys: tuple[str, ...]
    words: str


KEYS = (
    Key("modes", ("1", "2", "3", "4"), "Signs, gestures, emotions, all at once"),
    Key("pause", ("P", "Space"), "Pause and go on"),
    Key("speak", ("S",), "Say labels aloud, or be silent"),
    Key("large", ("L",), "Large captions, to be read from afar"),
    Key("full_screen", ("F", "F11"), "Full screen: only the picture and its captions; Esc leaves it"),
    Key("panel", ("B",), "Hide or show scores and transcript"),
    Key("figures", ("H",), "The line with frames a second and times"),
    Key("points", ("K",), "Hide or show the points on hands and face"),
    Key("mirror", ("M",), "Mirror the picture, or not"),
    Key("source", ("C",), "Choose a camera or another source"),
    Key("open", ("O", "Ctrl+O"), "Open a video, a photo or a clip"),
    Key("replay", ("R",), "Play a recording again; try a lost camera again"),
    Key("doctor", ("D",), "Camera doctor: what is wrong with the picture"),
    Key("copy", ("Ctrl+C",), "Copy the transcript, or what is selected in it"),
    Key("wrong", ("X",), "That was wrong: say what the last label should have been"),
    Key("teach", ("T",), "Teach: record, review and train"),
    Key("record", ("G",), "While teaching: record, stop; or hold it while you show it"),
    Key("undo", ("U",), "While teaching: take the newest clip back"),
    Key("calibrate", ("N",), "Emotions: calibrate my neutral face; again, stop"),
    Key("before", ("Z",), "Back to the model before; again, forth"),
    Key("settings", ("Ctrl+,",), "Settings"),
    Key("keys", ("F1", "?"), "This page"),
    Key("quit", ("Ctrl+Q",), "Leave Mudra"),
)
"""Those of the modes belong to the tabs, and the space bar to whatever has the focus first."""


def bind(window: QWidget, actions: Mapping[str, Callable[[], object]]) -> None:
    """Make the shortcuts of a window.

    Args:
        window: where they count.
        actions: what to do, by the actions' names; keys whose action is not here are left out.
    """
    for key in KEYS:
        if key.action not in actions:
            continue
        for word in key.keys:
            if word != "Space":
                shortcut = QShortcut(QKeySequence(word), window)
                shortcut.activated.connect(lambda name=key.action: actions[name]())
                shortcut.setAutoRepeat(False)


class KeysDialog(QDialog):
    """The page of the keys."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rows = QFormLayout()
        rows.setHorizontalSpacing(28)
        for key in KEYS:
            name = heading(" or ".join(key.keys) if key.action != "modes" else "1 to 4")
            rows.addRow(name, QLabel(key.words))
        rows.addRow(heading("Tab"), QLabel("Go from one control to the next"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(rows)
        layout.addWidget(buttons)
