"""The settings of the voice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QPushButton

from app.gui.background import Background
from app.gui.inputs import CalmList
from app.gui.places import open_place
from app.gui.settings_keeper import SettingsKeeper
from app.gui.settings_page import Page, show_line
from app.settings import SPEECH_RATE, SPEECH_VOLUME, Settings
from app.speech import Speaker
from app.voice.phrases import user_phrases
from app.voice.phrases_file import ensure_phrases
from app.voice.status import VoiceState, VoiceStatus
from app.voice.voices import VoiceInfo
from recognizers.errors import MudraError

SAMPLE = "Hello! This is how labels are said."
SYSTEM = "The system's own"


class VoicePage(Page):
    """Whether and how labels are said.

    Args:
        keeper: holds the settings.
        speaker: says the sample and knows the voices.
        background: asks for the voices, which takes some tenths of a second.
    """

    def __init__(self, keeper: SettingsKeeper, speaker: Speaker, background: Background) -> None:
        super().__init__("Voice", keeper)
        self._speaker, self._background = speaker, background
        self._found: Sequence[VoiceInfo] = ()
        self._said_wrong = False
        self.speak = self.add_flag("speak", "Say labels aloud", "The newest label is said; nothing piles up (S).")
        self.voice = CalmList()
        self.voice.activated.connect(lambda _index: keeper.change("voice", self.voice.currentData() or None))
        self.add_row("Voice", self.voice)
        self.rate = self.add_number("speech_rate", "Words a minute", SPEECH_RATE, 10, lambda value: f"{value:.0f}")
        self.volume = self.add_number("speech_volume", "Volume", SPEECH_VOLUME, 0.05, lambda value: f"{value:.0%}")
        self.test = QPushButton("Test")
        self.test.setAccessibleName("Test the voice")
        self.test.setAccessibleDescription(SAMPLE)
        self.test.clicked.connect(lambda: speaker.test(SAMPLE))
        self.add_button(self.test)
        self.status_line = self.add_line("State of the voice")
        self.phrases_line = self.add_line("Phrases")
        self.phrases = QPushButton("Edit the phrases")
        self.phrases.setAccessibleDescription("What is said for each label; opens the file with your own phrases")
        self.phrases.clicked.connect(self._edit_phrases)
        self.add_button(self.phrases)
        show_line(self.phrases_line, f"What is said for each label can be changed in {user_phrases()}")

    def show_settings(self, settings: Settings) -> None:
        """Show the settings as they are now."""
        super().show_settings(settings)
        self._fill(settings.voice)

    def opened(self) -> None:
        """Ask for the voices, and show how the voice is."""
        self.show_voice(self._speaker.status)
        self._background.run(self._speaker.voices, self._take_voices, self._failed)

    def show_voice(self, status: VoiceStatus) -> None:
        """Show how the voice is; a voice that has failed says more than that the voices cannot be listed."""
        wrong = status.state in (VoiceState.MISSING, VoiceState.FAILED)
        self._said_wrong = wrong
        show_line(self.status_line, f"Labels are not heard: {status.line}" if wrong else status.line, problem=wrong)

    def _take_voices(self, found: Sequence[VoiceInfo]) -> None:
        self._found = found
        self._fill(self.keeper.settings.voice)

    def _failed(self, error: MudraError) -> None:
        """Say what is missing; the speaker itself knows only once something is to be said."""
        if not self._said_wrong:
            show_line(self.status_line, f"Labels cannot be said: {error}", problem=True)

    def _fill(self, chosen: str) -> None:
        entries = [(SYSTEM, ""), *((voice_words(voice), voice.id) for voice in self._found)]
        if chosen not in (data for _, data in entries):
            entries.append((chosen, chosen))
        if entries == [(self.voice.itemText(row), self.voice.itemData(row)) for row in range(self.voice.count())]:
            self.voice.show_data(chosen)
            return
        self.voice.clear()
        for text, data in entries:
            self.voice.addItem(text, data)
        self.voice.show_data(chosen)

    def _edit_phrases(self) -> None:
        self._background.run(ensure_phrases, self._open_phrases, self._no_phrases)

    def _open_phrases(self, path: Path) -> None:
        problem = open_place(path)
        opened = f"{path} has been opened. What you change counts once it is saved."
        show_line(self.phrases_line, problem or opened, problem=bool(problem))

    def _no_phrases(self, error: MudraError) -> None:
        show_line(self.phrases_line, str(error), problem=True)


def voice_words(voice: VoiceInfo) -> str:
    """Return a voice's name and languages."""
    languages = ", ".join(language for language in voice.languages if language)
    return f"{voice.name} ({languages})" if languages else voice.name
