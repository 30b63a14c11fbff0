"""The settings: a list of pages beside the page that is chosen. What is changed counts at once."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.background import Background
from app.gui.dialogs import open_beside
from app.gui.settings_camera import CameraPage
from app.gui.settings_captions import AppearancePage, CaptionsPage
from app.gui.settings_keeper import SettingsKeeper
from app.gui.settings_page import Page, show_line
from app.gui.settings_privacy import PrivacyPage
from app.gui.settings_recognition import RecognitionPage
from app.gui.settings_voice import VoicePage
from app.gui.texts import muted
from app.settings import KEYS, Settings
from app.speech import Speaker
from app.voice.status import VoiceStatus

KEPT = ("mode", "bundles", "previous_bundles", "welcomed")
"""Settings that are not in this dialog, and that restoring leaves alone."""

SECTION_ROOM = 12
"""Pixels on each side of the sections' names, beyond what they need."""


class SettingsDialog(QDialog):
    """The settings. It is not modal: the picture beside it shows what a change does.

    Args:
        parent: the window.
        keeper: holds the settings.
        speaker: says the sample and knows the voices.
        background: runs what may take long.
    """

    camera_wanted = Signal(str)
    """The user wants to watch this camera now: a word as `--source` takes it."""

    def __init__(
        self, parent: QWidget | None, keeper: SettingsKeeper, speaker: Speaker, background: Background
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.keeper = keeper
        self.recognition = RecognitionPage(keeper, background)
        self.captions = CaptionsPage(keeper, background)
        self.voice = VoicePage(keeper, speaker, background)
        self.camera = CameraPage(keeper, background)
        self.appearance = AppearancePage(keeper)
        self.privacy = PrivacyPage(keeper)
        self.pages: tuple[Page, ...] = (
            self.recognition,
            self.captions,
            self.voice,
            self.camera,
            self.appearance,
            self.privacy,
        )
        self._build()
        self.sections.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.camera.wanted.connect(self.camera_wanted)
        self.restore.clicked.connect(self.ask_to_restore)
        self.close_button.clicked.connect(self.close)
        keeper.changed.connect(self._show)
        keeper.failed.connect(self._show_failure)
        self._show(keeper.settings)
        self.sections.setCurrentRow(0)

    def _build(self) -> None:
        self.sections = QListWidget()
        self.sections.setObjectName("sections")
        self.sections.ensurePolished()  # before it has rows: their height is the theme's
        self.sections.setAccessibleName("Sections")
        self._stack = QStackedWidget()
        for page in self.pages:
            self.sections.addItem(page.title)
            self._stack.addWidget(_scrolled(page))
        widest = self.sections.sizeHintForColumn(0) + 2 * self.sections.frameWidth()
        self.sections.setFixedWidth(widest + 2 * SECTION_ROOM)
        self.sections.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.failure = muted(wrap=True)
        self.failure.setTextFormat(Qt.TextFormat.PlainText)
        self.failure.setAccessibleName("What could not be kept")
        self.failure.hide()
        self.restore = QPushButton("Restore defaults…")
        self.close_button = QPushButton("Close")
        middle = QHBoxLayout()
        middle.addWidget(self.sections)
        middle.addWidget(self._stack, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.restore)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.addLayout(middle, 1)
        layout.addWidget(self.failure)
        layout.addLayout(buttons)
        for button in (self.restore, self.close_button):
            button.setAutoDefault(False)
        self.resize(640, 540)

    def open_at_front(self) -> None:
        """Show it, or bring it to the front where it is open already."""
        open_beside(self)

    def show_thresholds(self, thresholds: Mapping[str, Mapping[str, float]]) -> None:
        """Take the models' own thresholds, by mode and label."""
        self.recognition.show_thresholds(thresholds)

    def show_voice(self, status: VoiceStatus) -> None:
        """Show how the voice is."""
        self.voice.show_voice(status)

    def ask_to_restore(self) -> None:
        """Ask whether everything in this dialog is to have its default again."""
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Restore defaults")
        box.setText("Give every setting in this dialog its default again?")
        box.setInformativeText("Models, recordings and phrases stay as they are.")
        box.setStandardButtons(buttons.RestoreDefaults | buttons.Cancel)
        box.setDefaultButton(buttons.Cancel)
        box.button(buttons.RestoreDefaults).clicked.connect(self.restore_defaults)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def restore_defaults(self) -> None:
        """Give every setting in this dialog its default again."""
        settings, defaults = self.keeper.settings, Settings()
        for mode in tuple(settings.thresholds):
            self.keeper.change(f"thresholds.{mode}", None)
        for name in KEYS:
            if name not in (*KEPT, "thresholds") and getattr(settings, name) != getattr(defaults, name):
                self.keeper.change(name, None)

    def showEvent(self, event: QShowEvent) -> None:
        """Look anew at what may have changed outside of the dialog."""
        super().showEvent(event)
        if not event.spontaneous():
            for page in self.pages:
                page.opened()

    def _show_failure(self, line: str) -> None:
        show_line(self.failure, f"Not kept: {line}", problem=True)

    def _show(self, settings: Settings) -> None:
        show_line(self.failure, "")
        for page in self.pages:
            page.show_settings(settings)


def _scrolled(page: Page) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    area.setMinimumWidth(page.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
    return area
