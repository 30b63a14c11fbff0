"""The button that says what is watched, and its menu to choose something else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QPushButton, QWidget

from app.cameras.listing import DEVICES, CameraInfo, list_cameras
from app.gui.background import Background
from app.system import LINUX
from recognizers.sources import SYNTHETIC

LONGEST = 40
"""A longer name is cut in the button; its tool tip has it whole."""


class SourceButton(QPushButton):
    """Shows the source; its menu offers cameras, addresses, files and the synthetic signer.

    Args:
        background: runs what asks the system for cameras.
        parent: the window.
    """

    chosen = Signal(str)
    """The user wants this source: a word as `--source` takes it."""
    doctor_wanted = Signal()
    """The user wants to examine the camera."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__("Source", parent)
        self._background = background
        self._cameras: Sequence[CameraInfo] | None = None
        self._current = self._name = ""
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        self.setAccessibleName("Source")
        if LINUX:
            # The kernel makes and removes device files as cameras come and go.
            self._watcher = QFileSystemWatcher([str(DEVICES)], self)
            self._watcher.directoryChanged.connect(self.refresh)
        self.refresh()

    @property
    def cameras(self) -> Sequence[CameraInfo]:
        """The cameras that were found when last looked for."""
        return self._cameras or ()

    def show_source(self, spec: str, name: str) -> None:
        """Show what is watched."""
        self._current, self._name = spec, name
        known = {str(camera.number): str(camera) for camera in self.cameras}
        text = "Synthetic signer" if _is_synthetic(spec) else known.get(spec, name)
        if text != Path(spec).name:  # a file keeps its name
            text = text[:1].upper() + text[1:]
        self.setToolTip(f"{text}. Choose another source (C)")
        self.setAccessibleDescription(text)
        short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        self.setText(f"{short}  ▾".replace("&", "&&"))

    def refresh(self) -> None:
        """Look for cameras again, in the background."""
        self._background.run(list_cameras, self._found)

    def open_file(self) -> None:
        """Let the user choose a file."""
        kinds = "Videos, photos, clips (*.mp4 *.mov *.avi *.mkv *.webm *.gif *.jpg *.jpeg *.png *.webp *.npz);;All (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Open a video, photo or clip", "", kinds)
        if name:
            self.chosen.emit(name)

    def _open_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Open a folder of photos or videos")
        if name:
            self.chosen.emit(name)

    def _enter_address(self) -> None:
        text, wanted = QInputDialog.getText(
            self, "Camera number or stream address", "A number, or an address such as rtsp://camera.local/stream:"
        )
        if wanted and text.strip():
            self.chosen.emit(text.strip())

    def _found(self, cameras: Sequence[CameraInfo]) -> None:
        if self._cameras == cameras:
            return
        self._cameras = cameras
        if self._current:
            self.show_source(self._current, self._name)
        if self._menu.isVisible():
            self._fill()

    def _fill(self) -> None:
        if self.sender() is self._menu:
            self.refresh()
        self._menu.clear()
        for camera in self.cameras:
            self._add(str(camera), str(camera.number))
        if not self.cameras:
            words = "Looking for cameras…" if self._cameras is None else "No camera found"
            self._menu.addAction(words).setEnabled(False)
        self._menu.addAction("Other camera or stream address…", self._enter_address)
        self._menu.addSeparator()
        self._menu.addAction("Open file…\tO", self.open_file)
        self._menu.addAction("Open folder…", self._open_folder)
        self._add("Synthetic signer", SYNTHETIC)
        self._menu.addSeparator()
        self._menu.addAction("Camera doctor…\tD", self.doctor_wanted.emit)

    def _add(self, text: str, spec: str) -> None:
        action: QAction = self._menu.addAction(text.replace("&", "&&"), lambda: self.chosen.emit(spec))
        action.setCheckable(True)
        action.setChecked(spec == self._current or (spec == SYNTHETIC and _is_synthetic(self._current)))


def _is_synthetic(spec: str) -> bool:
    return spec.partition(":")[0] == SYNTHETIC
