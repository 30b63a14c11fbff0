"""What the voice is told and what it says of itself: settings, states, and faults with their remedies."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import Enum

from app import system
from app.settings import SPEECH_RATE, SPEECH_VOLUME, Settings
from app.voice.voices import Manner, Pyttsx3Voice, Voice, VoiceFault, VoiceInfo
from app.voice.worker import ask_once
from recognizers.errors import MudraError, UsageError

TIMEOUT_S = 15.0
"""How long a process may take to list the voices; espeak-ng takes 0.2 s, the first start on Windows some seconds."""

INSTALLED = {
    "package": ("the package pyttsx3", ""),
    "engine": ("espeak-ng, which speaks,", "libespeak-ng.so.1"),
    "player": ("aplay, which plays what is said,", "aplay"),
}
"""By a fault's code, what must be installed, and its name in `system.NEEDS`."""


class VoiceError(MudraError):
    """The voice cannot be used."""


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How labels are said.

    Attributes:
        enabled: whether they are said at all.
        voice: the voice's id; empty for the system's own.
        rate: words a minute, 80 to 400.
        volume: 0 to 1.
        muted: the names of the modes that are not said.

    Raises:
        UsageError: a rate or volume outside of its range.
    """

    enabled: bool = False
    voice: str = ""
    rate: int = 170
    volume: float = 1.0
    muted: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for what, value, (least, most) in (
            ("rate of speech", self.rate, SPEECH_RATE),
            ("volume of speech", self.volume, SPEECH_VOLUME),
        ):
            if not least <= value <= most:
                raise UsageError(f"wrong {what}", expected=f"{least:g} to {most:g}", found=value)

    @classmethod
    def of(cls, settings: Settings, *, enabled: bool | None = None) -> VoiceSettings:
        """Return what the user's settings say; `enabled` overrules them."""
        on = settings.speak if enabled is None else enabled
        return cls(on, settings.voice, settings.speech_rate, settings.speech_volume)

    @property
    def manner(self) -> Manner:
        """How an utterance is said."""
        return Manner(self.voice, self.rate, self.volume)


class VoiceState(Enum):
    """Whether labels are heard."""

    OFF = "off"
    OK = "ok"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class VoiceStatus:
    """How the voice is.

    Attributes:
        state: off (switched off), ok, missing (something must be installed), failed (it is there and does not work).
        message: what a person should know, a clause without a full stop; empty when there is nothing. With `ok` it
            is a hint: another voice is used, the user's phrases are wrong.
        remedy: what to do about it; or empty.
    """

    state: VoiceState
    message: str = ""
    remedy: str = ""

    @property
    def line(self) -> str:
        """Message and remedy as one line; empty when there is nothing to say."""
        return ". ".join(part for part in (self.message, self.remedy) if part)


def status_of(fault: VoiceFault) -> VoiceStatus:
    """Return what a fault means and what to do about it."""
    if fault.code in INSTALLED:
        what, name = INSTALLED[fault.code]
        command = system.install_command(name) if name else f"{sys.executable} -m pip install pyttsx3"
        if system.LINUX or not name:
            return VoiceStatus(VoiceState.MISSING, f"{what} is missing", f"Run: {command}")
    if fault.code == "sound":
        return VoiceStatus(
            VoiceState.FAILED,
            f"no sound comes out ({fault.text})" if fault.text else "no sound comes out",
            "Connect loudspeakers or headphones and choose them in the system's sound settings",
        )
    if fault.code == "engine":
        problem = f"the system's speech does not start ({fault.text})"
        return VoiceStatus(VoiceState.FAILED, problem, "Look at the system's settings of speech")
    return VoiceStatus(VoiceState.FAILED, f"the voice failed ({fault.text})", "Switch it off and on again")


def list_voices(voice: Voice | None = None, timeout_s: float = TIMEOUT_S) -> list[VoiceInfo]:
    """Return the voices to choose from, asked in a process of its own; blocks, so call it in a thread.

    Raises:
        VoiceError: what is missing, with the remedy.
    """
    try:
        rows = ask_once(voice or Pyttsx3Voice(), timeout_s, "voices")["voices"]
    except VoiceFault as fault:
        status = status_of(fault)
        raise VoiceError(status.message, remedy=status.remedy or None) from None
    return [VoiceInfo(row["id"], row["name"], tuple(row["languages"])) for row in rows]


def try_voice(voice: Voice | None = None, timeout_s: float = TIMEOUT_S) -> VoiceStatus:
    """Return whether labels would be heard, tried without a noise; blocks, so call it in a thread."""
    try:
        ask_once(voice or Pyttsx3Voice(), timeout_s, "try")
    except VoiceFault as fault:
        return status_of(fault)
    return VoiceStatus(VoiceState.OK)
