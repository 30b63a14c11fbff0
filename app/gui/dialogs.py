"""Opens dialogs that stay open beside the picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

MARGIN = 12
"""Pixels between the dialog's right edge and the window's."""


def open_beside(dialog: QDialog) -> None:
    """Show a dialog at the right of its window, where it leaves most of the picture free, or bring it to the front."""
    if dialog.isHidden():
        window = dialog.parentWidget()
        if window is not None and not dialog.testAttribute(Qt.WidgetAttribute.WA_Moved):
            dialog.ensurePolished()
            size = dialog.size().expandedTo(dialog.minimumSizeHint())
            area = window.geometry()
            left = max(area.left(), area.right() - MARGIN - size.width())
            dialog.move(left, max(area.top(), area.center().y() - size.height() // 2))
        dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def ask(parent: QWidget, title: str, text: str, yes: str, then: Callable[[], object]) -> QMessageBox:
    """Ask before something is done that cannot be undone; the picture goes on meanwhile.

    Args:
        parent: over what it opens.
        title, text: what is asked.
        yes: the word on the button that does it; the other one, which has the focus, cancels.
        then: is called where the user wants it.
    """
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, parent=parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    button = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    button.clicked.connect(lambda _checked=False: then())
    box.open()
    return box
