"""Settings of the voice, its states, and every fault with its remedy."""

from __future__ import annotations

import pytest

from app import system
from app.settings import Settings
from app.voice import status as voice_status
from app.voice.status import VoiceError, VoiceSettings, VoiceState, list_voices, status_of, try_voice
from app.voice.voices import SilentVoice, VoiceFault, VoiceInfo
from recognizers.errors import UsageError


def test_settings_are_taken_over() -> None:
    settings = Settings(speak=True, voice="anna", speech_rate=120, speech_volume=0.5)
    assert VoiceSettings.of(settings) == VoiceSettings(True, "anna", 120, 0.5)
    assert not VoiceSettings.of(settings, enabled=False).enabled


@pytest.mark.parametrize("wrong", [{"rate": 79}, {"rate": 401}, {"volume": -0.1}, {"volume": 1.01}])
def test_what_is_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="expected"):
        VoiceSettings(**wrong)  # type: ignore[arg-type]


def test_what_is_missing_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "package_manager", lambda: "apt-get")
    monkeypatch.setattr(system, "LINUX", True)
    wanted = {"engine": "espeak-ng", "player": "alsa-utils", "package": "pip install pyttsx3"}
    for code, words in wanted.items():
        status = status_of(VoiceFault(code, "x"))
        assert status.state is VoiceState.MISSING and status.remedy.startswith("Run: ")
        assert status.remedy.endswith(words) and status.line == f"{status.message}. {status.remedy}"


def test_what_fails_is_told_with_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "LINUX", False)
    for code in ("engine", "sound", "other"):
        status = status_of(VoiceFault(code, "the cause"))
        assert status.state is VoiceState.FAILED and "the cause" in status.message and status.remedy


def test_voices_are_listed_by_a_process_of_their_own() -> None:
    assert list_voices(SilentVoice())[1] == VoiceInfo("quiet", "Leise", ("de", "de-at"))
    with pytest.raises(VoiceError, match=r"aplay.*is missing.*Run: "):
        list_voices(SilentVoice(fault="player"))
    with pytest.raises(VoiceError, match=r"did not answer within 0\.2 s"):
        list_voices(SilentVoice(start_seconds=60), timeout_s=0.2)


def test_the_voice_is_tried() -> None:
    assert try_voice(SilentVoice()).state is VoiceState.OK
    assert try_voice(SilentVoice(fault="sound")).state is VoiceState.FAILED


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    assert "no process can be started" in voice_status.try_voice(SilentVoice()).message
