"""Opens dialogs that stay open beside the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

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
