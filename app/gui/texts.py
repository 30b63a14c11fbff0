"""Labels and frames in the few manners that the theme knows."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel


def heading(text: str) -> QLabel:
    """Return a label that names what stands beside or below it."""
    label = QLabel(text)
    label.setObjectName("heading")
    return label


def muted(text: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label for what matters less."""
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(wrap)
    return label


def panel() -> QFrame:
    """Return a frame around things that belong together."""
    frame = QFrame()
    frame.setObjectName("panel")
    return frame
