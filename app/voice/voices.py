"""What turns text into sound: pyttsx3, and a silent stand-in. Both run in a process of their own.

The app itself never calls `start`, `say` or `voices` here: `voice.process` does, in the child, and `voice.worker`
tells it what to do. Only the standard library is needed to import this file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.system import LINUX

PLAYERS = ("aplay -q", "pw-play", "paplay")
"""What plays a WAV file on Linux, in the order in which they are tried."""
SILENCE_MS = 50
"""How long the silence lasts that tries whether sound comes out at all."""


class VoiceFault(Exception):
    """A voice that cannot do what was asked.

    Attributes:
        code: package (pyttsx3 is missing), engine (the system's speech is missing), player (nothing plays sound),
            sound (no sound card), or other.
        text: what the library or player said.
    """

    def __init__(self, code: str, text: str = "") -> None:
        self.code, self.text = code, text
        super().__init__(code, text)


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is said.

    Attributes:
        voice: the voice's id; empty for the system's own.
        rate: words a minute.
        volume: 0 to 1.
    """

    voice: str = ""
    rate: int = 170
    volume: float = 1.0


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One of the system's voices: its id, its name for people, and its languages, such as en-gb."""

    id: str
    name: str
    languages: tuple[str, ...] = ()


class Voice(Protocol):
    """Says text. Everything but `arguments` happens in the child process, in its main thread, and may block."""

    def arguments(self) -> list[str]:
        """Return what tells the child to use this voice."""

    def start(self) -> None:
        """Get ready, and stay so.

        Raises:
            VoiceFault: something is missing.
        """

    def say(self, text: str, manner: Manner) -> str:
        """Say it, to the end; return a note for the user, or nothing.

        Raises:
            VoiceFault: it could not be said.
        """

    def voices(self) -> list[VoiceInfo]:
        """Return the voices to choose from."""

    def save(self, text: str, manner: Manner, path: Path) -> None:
        """Write the utterance to a sound file (WAV; AIFF on macOS) instead of saying it.

        Raises:
            VoiceFault: nothing was written.
        """

    def try_sound(self) -> None:
        """Try, without a noise, whether sound comes out.

        Raises:
            VoiceFault: it does not.
        """


class Pyttsx3Voice:
    """The system's own speech: espeak-ng on Linux, NSSpeechSynthesizer on macOS, SAPI 5 on Windows.

    On Linux an utterance is rendered into memory and played by a program, because pyttsx3 hides whether its own
    playing failed and leaves files behind when it is ended.
    """

    def __init__(self) -> None:
        self._engine: Any = None
        self._errors: list[Exception] = []
        self._own_voice: str | None = None
        self._known: frozenset[str] | None = None
        self._sound = _Sound()

    def arguments(self) -> list[str]:
        """Return nothing: this is the child's default."""
        return []

    def start(self) -> None:
        """Load pyttsx3 and the system's speech."""
        try:
            import pyttsx3
        except ImportError as error:
            raise VoiceFault("package", str(error)) from None
        try:
            self._engine = pyttsx3.init()
        except Exception as error:
            # pyttsx3 raises whatever its driver does: RuntimeError, OSError, ImportError, COM errors.
            raise VoiceFault("engine", f"{type(error).__name__}: {error}") from None
        self._engine.connect("error", self._failed)
        self._own_voice = self._engine.getProperty("voice")
        if LINUX and not self._sound.players:
            raise VoiceFault("player", "no program plays sound")

    def _failed(self, name: str | None, exception: Exception) -> None:
        self._errors.append(exception)

    def say(self, text: str, manner: Manner) -> str:
        """Say it, to the end."""
        note = self._take(manner)
        if LINUX:
            with self._sound.memory() as path:
                self._engine.save_to_file(text, path)
                self._run()
                self._sound.play(path)
        else:
            self._engine.say(text)
            self._run()
        return note

    def _take(self, manner: Manner) -> str:
        voice, note = manner.voice or self._own_voice, ""
        if manner.voice and manner.voice not in self._ids():
            voice, note = self._own_voice, f"this machine has no voice '{manner.voice}': its own is used"
        if voice:
            self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", manner.rate)
        self._engine.setProperty("volume", manner.volume)
        return note

    def _ids(self) -> frozenset[str]:
        if self._known is None:
            self._known = frozenset(each.id for each in self.voices())
        return self._known

    def _run(self) -> None:
        self._errors.clear()
        self._engine.runAndWait()
        if self._errors:
            raise VoiceFault("other", f"{type(self._errors[0]).__name__}: {self._errors[0]}")

    def voices(self) -> list[VoiceInfo]:
        """Return the system's voices."""
        found = self._engine.getProperty("voices")
        return [
            VoiceInfo(str(each.id), str(each.name), tuple(str(code) for code in each.languages or () if code))
            for each in found
        ]

    def save(self, text: str, manner: Manner, path: Path) -> None:
        """Write the utterance to a file; the process is of no use for `say` afterwards."""
        self._take(manner)
        self._engine.save_to_file(text, str(path))
        self._run()

    def try_sound(self) -> None:
        """Play a short silence; macOS and Windows always have something that plays."""
        if LINUX:
            with self._sound.memory() as path:
                _write_silence(path)
                self._sound.play(path)


class _Sound:
    """Plays WAV files on Linux, from memory: nothing lies on a disk, and nothing is left when this process is ended."""

    def __init__(self) -> None:
        found = [player.split() for player in PLAYERS]
        self.players = [player for player in found if shutil.which(player[0])]

    @contextlib.contextmanager
    def memory(self) -> Iterator[str]:
        """Yield the path of a file that exists in memory alone."""
        # Called by name: other systems' type stubs lack it.
        descriptor: int = getattr(os, "memfd_create")("utterance")  # noqa: B009
        try:
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)

    def play(self, path: str) -> None:
        """Play it to the end, with the first program that can.

        Raises:
            VoiceFault: none can.
        """
        said = []
        for player in tuple(self.players):
            done = subprocess.run(
                [*player, path],
                pass_fds=(int(path.rpartition("/")[2]),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
            )
            if done.returncode == 0:
                self.players.remove(player)
                self.players.insert(0, player)
                return
            said.append(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
        raise VoiceFault("sound", said[0] if said else "")


def _write_silence(path: str) -> None:
    import wave

    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(bytes(2 * 22050 * SILENCE_MS // 1000))


@dataclass(frozen=True, slots=True)
class SilentVoice:
    """A voice for tests and trials: says nothing, and writes down what it was asked. Some texts make it misbehave.

    Attributes:
        log: a file that gets a JSON line as each utterance begins and ends: pid, do (say, said), text, voice, rate,
            volume, t (seconds, monotonic); or empty.
        seconds: how long an utterance takes.
        start_seconds: how long it takes to get ready.
        fault: the code of a `VoiceFault` with which it refuses to start; or empty.
        hang_on: while this text is said, it hangs.
        die_on: at this text, its process ends.
        no_sound_on: at this text, it finds no sound card.
    """

    log: str = ""
    seconds: float = 0.0
    start_seconds: float = 0.0
    fault: str = ""
    hang_on: str = "hang"
    die_on: str = "die"
    no_sound_on: str = "no sound"

    def arguments(self) -> list[str]:
        """Return what tells the child to use this voice."""
        return ["--silent", json.dumps(dataclasses.asdict(self))]

    def start(self) -> None:
        """Take `start_seconds`, or refuse."""
        time.sleep(self.start_seconds)
        if self.fault:
            raise VoiceFault(self.fault, "so it was asked")

    def say(self, text: str, manner: Manner) -> str:
        """Take `seconds`, or misbehave."""
        self._note("say", text, manner)
        if text == self.die_on:
            os._exit(3)
        if text == self.no_sound_on:
            raise VoiceFault("sound", "so it was asked")
        time.sleep(1e6 if text == self.hang_on else self.seconds)
        self._note("said", text, manner)
        return ""

    def voices(self) -> list[VoiceInfo]:
        """Return two voices."""
        return [VoiceInfo("silent", "Silent", ("en",)), VoiceInfo("quiet", "Leise", ("de", "de-at"))]

    def save(self, text: str, manner: Manner, path: Path) -> None:
        """Write a short silence."""
        self._note("save", text, manner)
        _write_silence(str(path))

    def try_sound(self) -> None:
        """Everything is fine."""

    def _note(self, done: str, text: str, manner: Manner) -> None:
        if self.log:
            row = {"pid": os.getpid(), "do": done, "text": text, "t": time.monotonic(), **dataclasses.asdict(manner)}
            with Path(self.log).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
