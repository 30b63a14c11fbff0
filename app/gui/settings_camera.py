"""The camera that Mudra starts with: the first one found, one of those that are there, or a number or address."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPushButton

from app.camera import STREAM_SCHEMES, is_address, is_camera_number
from app.cameras.listing import CameraInfo, list_cameras
from app.gui.background import Background
from app.gui.inputs import CalmList
from app.gui.settings_keeper import SettingsKeeper
from app.gui.settings_page import Page, show_line
from app.settings import Settings

FIRST = "The first camera that is found"
OTHER = "Another number or a stream address"
WRONG = f"Neither a number from 0 to 99 nor an address that begins with {', '.join(STREAM_SCHEMES[:-1])}" + (
    f" or {STREAM_SCHEMES[-1]}, and ://. The setting stays as it was."
)
_OTHER = object()
"""Stands for OTHER in the list; None stands for FIRST."""


class CameraPage(Page):
    """The camera to start with.

    Args:
        keeper: holds the settings.
        background: asks the system for cameras.
    """

    wanted = Signal(str)
    """The user wants to watch this camera now: a word as `--source` takes it."""

    def __init__(self, keeper: SettingsKeeper, background: Background) -> None:
        super().__init__("Camera", keeper)
        self._background = background
        self._found: Sequence[CameraInfo] = ()
        self._typing = False
        self.camera = CalmList()
        self.camera.activated.connect(self._choose)
        self.add_row("Start with", self.camera, "Mudra begins with this camera at its next start.")
        self.address = QLineEdit()
        self.address.setPlaceholderText("1, or rtsp://camera.local/stream")
        self.address.editingFinished.connect(self._typed)
        self.add_row("Number or address", self.address, "An address is kept as you write it, with its password.")
        self.line = self.add_line("What is wrong with the address")
        self.now = QPushButton("Watch it now")
        self.now.clicked.connect(self._watch)
        self.add_button(self.now)

    def show_settings(self, settings: Settings) -> None:
        """Show the settings as they are now."""
        super().show_settings(settings)
        self._fill(settings.camera)

    def opened(self) -> None:
        """Look for cameras."""
        self._background.run(list_cameras, self._take)

    def _take(self, found: Sequence[CameraInfo]) -> None:
        self._found = found
        self._fill(self.keeper.settings.camera)

    def _fill(self, chosen: int | str | None) -> None:
        known = [camera.number for camera in self._found]
        other = self._typing or (chosen is not None and chosen not in known)
        self.camera.clear()
        self.camera.addItem(FIRST, None)
        for camera in self._found:
            self.camera.addItem(str(camera), camera.number)
        self.camera.addItem(OTHER, _OTHER)
        row = self.camera.count() - 1 if other else 0
        self.camera.setCurrentIndex(1 + known.index(chosen) if not other and chosen in known else row)
        self.address.setEnabled(other)
        if not self.address.hasFocus():
            self.address.setText(str(chosen) if other and chosen is not None else "")
        self.now.setEnabled(chosen is not None or bool(self._found))
        show_line(self.line, "")

    def _choose(self, row: int) -> None:
        data = self.camera.itemData(row)
        self._typing = data is _OTHER
        if self._typing:
            self.address.setEnabled(True)
            self.address.setFocus()
            return
        self.keeper.change("camera", data)
        self._fill(data)

    def _typed(self) -> None:
        text = self.address.text().strip()
        if not text:
            return
        if not (is_camera_number(text) or is_address(text)):
            show_line(self.line, WRONG, problem=True)
            return
        self._typing = False
        self.keeper.change("camera", int(text) if is_camera_number(text) else text)
        self._fill(self.keeper.settings.camera)

    def _watch(self) -> None:
        chosen = self.keeper.settings.camera
        number = self._found[0].number if chosen is None and self._found else chosen
        if number is not None:
            self.wanted.emit(str(number))
