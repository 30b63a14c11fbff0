"""The dialogs that stay with the window: made when they are first wanted, told what they need to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.gui.background import Background
from app.gui.feed import Feed
from app.gui.settings_keeper import SettingsKeeper
from app.speech import Speaker
from app.voice.status import VoiceStatus

if TYPE_CHECKING:
    from app.gui.doctor_dialog import DoctorDialog
    from app.gui.settings_dialog import SettingsDialog


class DialogShelf:
    """Settings and camera doctor.

    Args:
        window: they open beside it.
        feed: the camera doctor's source.
        keeper: the settings.
        speaker: says what the settings try out.
        background: runs what may take long.

    Attributes:
        settings: the settings, or None before they were first opened.
        doctor: the camera doctor, or None before it was first opened.
    """

    def __init__(
        self, window: QWidget, feed: Feed, keeper: SettingsKeeper, speaker: Speaker, *, background: Background
    ) -> None:
        self.settings: SettingsDialog | None = None
        self.doctor: DoctorDialog | None = None
        self._window, self._feed, self._keeper, self._speaker = window, feed, keeper, speaker
        self._background = background

    def open_settings(
        self, thresholds: Mapping[str, Mapping[str, float]], watch_source: Callable[[str], object]
    ) -> None:
        """Open the settings beside the picture, or bring them to the front."""
        if self.settings is None:
            from app.gui.settings_dialog import SettingsDialog

            self.settings = SettingsDialog(self._window, self._keeper, self._speaker, self._background)
            self.settings.camera_wanted.connect(watch_source)
            self.settings.show_thresholds(thresholds)
        self.settings.open_at_front()

    def open_doctor(self, choose_source: Callable[[], object]) -> None:
        """Open the camera doctor, or bring it to the front."""
        if self.doctor is None:
            from app.gui.doctor_dialog import DoctorDialog

            self.doctor = DoctorDialog(self._window, self._feed)
            self.doctor.source_wanted.connect(choose_source)
        self.doctor.open_at_front()

    def show_thresholds(self, thresholds: Mapping[str, Mapping[str, float]]) -> None:
        """Tell the settings where the models' own labels begin to count."""
        if self.settings is not None:
            self.settings.show_thresholds(thresholds)

    def show_voice(self, status: VoiceStatus) -> None:
        """Tell the settings how the voice is."""
        if self.settings is not None:
            self.settings.show_voice(status)

    def close(self) -> None:
        """Close what is open."""
        for dialog in (self.settings, self.doctor):
            if dialog is not None:
                dialog.close()
