"""The real voice, where the system has one: what it renders and plays. Sound cards are stood in for by a script."""

from __future__ import annotations

import os
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from app.system import LINUX, NEEDS
from app.voice.voices import Pyttsx3Voice, SilentVoice, VoiceFault
from app.voice.worker import VoiceWorker, ask_once

MANNER: dict[str, object] = {"voice": "", "rate": 170, "volume": 1.0}


@pytest.fixture
def spoken() -> None:
    """Skip where the system cannot speak; on CI it must."""
    if not LINUX or os.environ.get("CI"):
        return
    lacking = [need.name for need in NEEDS if need.why == "voice" and not need.present]
    if "libespeak-ng.so.1" in lacking:
        pytest.skip("espeak-ng is not installed")


def samples(path: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.int16]], float]:
    """Return the samples of a WAV file, and its length in seconds."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        values = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return values, file.getnframes() / file.getframerate()


def player(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let a script be the only program that plays sound; only Linux plays with a program."""
    if not LINUX:
        return
    programs = folder / "programs"
    programs.mkdir()
    (programs / "aplay").write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    (programs / "aplay").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))


@pytest.mark.usefixtures("spoken")
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS writes AIFF")
def test_an_utterance_is_rendered_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, "exit 0")
    path = tmp_path / "victory.wav"
    ask_once(Pyttsx3Voice(), 60, "save", text="Victory!", path=str(path), **MANNER)
    values, seconds = samples(path)
    assert 0.3 < seconds < 3
    assert np.abs(values.astype(int)).max() > 3000, "it is not silent"


@pytest.mark.usefixtures("spoken")
@pytest.mark.skipif(not LINUX, reason="elsewhere the system plays by itself")
def test_rate_and_volume_are_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, f'cp "$2" "{tmp_path}/$$.wav"; mv "{tmp_path}/$$.wav" "{tmp_path}/played.wav"')
    heard = {}
    for rate, volume in ((170, 1.0), (340, 1.0), (170, 0.2)):
        ask_once(Pyttsx3Voice(), 60, "say", text="See you later!", voice="", rate=rate, volume=volume)
        values, seconds = samples(tmp_path / "played.wav")
        heard[rate, volume] = seconds, int(np.abs(values.astype(int)).max())
    assert heard[340, 1.0][0] < 0.75 * heard[170, 1.0][0]
    assert heard[170, 0.2][1] < 0.5 * heard[170, 1.0][1]


@pytest.mark.usefixtures("spoken")
@pytest.mark.skipif(not LINUX, reason="elsewhere the system plays by itself")
def test_what_the_player_complains_of_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, "echo ALSA is unhappy >&2; echo no card >&2; exit 1")
    for do in ("try", "say"):
        with pytest.raises(VoiceFault) as caught:
            ask_once(Pyttsx3Voice(), 60, do, text="Hello", **MANNER)
        assert caught.value.code == "sound" and caught.value.text


@pytest.mark.usefixtures("spoken")
@pytest.mark.skipif(not LINUX, reason="elsewhere the system plays by itself")
def test_another_player_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, "exit 1")
    (tmp_path / "programs" / "paplay").write_text(f'#!/bin/sh\n/bin/cp "$1" "{tmp_path}/played.wav"\n')
    (tmp_path / "programs" / "paplay").chmod(0o755)
    ask_once(Pyttsx3Voice(), 60, "say", text="Hello", **MANNER)
    assert samples(tmp_path / "played.wav")[1] > 0.3


@pytest.mark.usefixtures("spoken")
@pytest.mark.skipif(not LINUX, reason="elsewhere the system plays by itself")
def test_without_a_player_it_refuses_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VoiceFault) as caught:
        ask_once(Pyttsx3Voice(), 60, "try")
    assert caught.value.code == "player"


@pytest.mark.usefixtures("spoken")
@pytest.mark.skipif(not LINUX, reason="elsewhere the system plays by itself")
def test_the_player_is_ended_with_the_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, f'echo $$ > "{tmp_path}/pid"; exec sleep 600')
    worker = VoiceWorker(Pyttsx3Voice(), lambda worker, answer: None)
    worker.ask("say", text="Hello", **MANNER)
    begin = time.monotonic()
    while not (tmp_path / "pid").exists() or not (number := (tmp_path / "pid").read_text().strip()):
        assert time.monotonic() - begin < 60
        time.sleep(0.01)
    worker.end()
    while Path(f"/proc/{number}").exists() and "Z" not in Path(f"/proc/{number}/stat").read_text().split(")")[1]:
        assert time.monotonic() - begin < 60, "the player goes on"
        time.sleep(0.01)


@pytest.mark.usefixtures("spoken")
@pytest.mark.skipif(not LINUX, reason="elsewhere the system plays by itself")
def test_odd_texts_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, "exit 0")
    for text in ("...", "\U0001f600", "नमस्ते", "a\0b", "\ud800", "<speak>", "-v"):
        answer = ask_once(Pyttsx3Voice(), 60, "say", text=text, voice="no such voice", rate=400, volume=0.0)
        assert answer["note"] == "this machine has no voice 'no such voice': its own is used"


@pytest.mark.usefixtures("spoken")
def test_the_systems_voices_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, "exit 0")
    rows = ask_once(Pyttsx3Voice(), 60, "voices")["voices"]
    assert rows and all(row["id"] and row["name"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("raise ImportError('no pyttsx3')", "package"),
        ("def init():\n    raise RuntimeError('no eSpeak')", "engine"),
        ("def init():\n    raise OSError('no speech')", "engine"),
    ],
)
def test_what_is_missing_is_found_at_the_start(
    body: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyttsx3.py").write_text(body + "\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(VoiceFault) as caught:
        ask_once(Pyttsx3Voice(), 60, "voices")
    assert caught.value.code == code


def test_the_silent_voice_writes_a_silent_file(tmp_path: Path) -> None:
    ask_once(SilentVoice(), 60, "save", text="x", path=str(tmp_path / "x.wav"), **MANNER)
    values, seconds = samples(tmp_path / "x.wav")
    assert 0.04 < seconds <= 0.05 and not values.any()
