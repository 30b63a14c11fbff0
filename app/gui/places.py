"""Shows the user's folder in the system's file manager, and a file in its editor."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def open_place(path: Path) -> str:
    """Open a folder or file with what the system has for it; a folder that is not there yet is made.

    Returns:
        an empty text, or in words why it could not be opened.
    """
    try:
        if not path.suffix:
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{path} cannot be made: {error.strerror}"
    if not path.exists():
        return f"{path} is not there"
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        return f"The system has nothing to open {path} with"
    return ""
