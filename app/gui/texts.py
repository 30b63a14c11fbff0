"""Labels and frames in the few manners that the theme knows."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QFrame, QLabel


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


def level(form: QFormLayout) -> None:
    """Let each name of a form stand level with its field; only when it is shown are the sizes known."""
    for row in range(form.rowCount()):
        parts = [form.itemAt(row, role) for role in (QFormLayout.ItemRole.LabelRole, QFormLayout.ItemRole.FieldRole)]
        name, field = (None if part is None else part.widget() for part in parts)
        if name is not None and field is not None:
            name.setMinimumHeight(field.sizeHint().height())
