"""What is stored and what is sent, and the one thing about it that can be changed."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from app.gui.places import open_place
from app.gui.settings_keeper import SettingsKeeper
from app.gui.settings_page import Page, show_line
from recognizers import home

STORED = (
    "Stored: your settings, and what you record, train or save yourself. The camera's picture is looked at and "
    "forgotten; a recording holds the points of hands and face, not the picture."
)
SENT = (
    "Sent: nothing. Pictures, points and labels stay on this computer. The network is used to fetch missing model "
    "files, and for a camera that has a stream address."
)
REPORTS = (
    "MediaPipe, the library that finds hands and faces, would report its use to Google. Mudra blocks these reports "
    "unless you allow them here. Takes effect at the next start."
)


class PrivacyPage(Page):
    """What is stored and sent, and where the user's folder is."""

    def __init__(self, keeper: SettingsKeeper) -> None:
        super().__init__("Privacy", keeper)
        self.add_text(STORED)
        self.add_text(SENT)
        self.reports = self.add_flag("usage_reports", "Let MediaPipe report its usage to Google", REPORTS)
        self.folder_line = self.add_line("Your folder")
        show_line(self.folder_line, f"Your folder: {home.home()}")
        self.folder = QPushButton("Open your folder")
        self.folder.setAccessibleDescription("Settings, phrases, recordings, models and the log file")
        self.folder.clicked.connect(self._open)
        self.add_button(self.folder)

    def _open(self) -> None:
        problem = open_place(home.home())
        show_line(self.folder_line, problem or f"Your folder: {home.home()}", problem=bool(problem))
