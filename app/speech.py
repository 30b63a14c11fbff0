"""Says labels aloud as they begin. The newest wins, nothing piles up, and nobody waits for a voice.

The voice speaks in a process of its own, since speaking blocks and cannot be interrupted: to silence it, the
process is ended. A second process stands by, so that the next word does not wait for a start.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from app.voice.phrases import Phrases
from app.voice.status import VoiceSettings, VoiceState, VoiceStatus, list_voices
from app.voice.talk import Talk, Wish
from app.voice.voices import Pyttsx3Voice, Voice, VoiceInfo
from app.voice.worker import Answer, VoiceWorker
from recognizers.frames import Source
from recognizers.types import LabelEvent, Snapshot

CLOSE_S = 2.0
"""`close` waits no longer for the thread; ending the processes takes some hundredths of a second."""
WAITING = 16
"""How many of the newest labels wait to be looked at; of these one is said."""


class Speaker:
    """A consumer of a session that says labels.

    Args:
        settings: how; switched off, it has neither thread nor process.
        voice: what speaks; None for the system's own.
        phrases: what is said; None for those that ship with the user's laid over them.
        on_status: called with each new status, in a thread of the speaker's.
        patience_s: how long `close` lets the last word go on.
    """

    def __init__(
        self,
        settings: VoiceSettings | None = None,
        *,
        voice: Voice | None = None,
        phrases: Phrases | None = None,
        on_status: Callable[[VoiceStatus], None] | None = None,
        patience_s: float = 0.0,
    ) -> None:
        self._settings = settings or VoiceSettings()
        self._voice = voice or Pyttsx3Voice()
        self._phrases = phrases or Phrases()
        self._on_status = on_status
        self._patience_s = patience_s
        self._status = VoiceStatus(VoiceState.OFF)
        self._wake = threading.Condition()
        self._wishes: deque[Wish] = deque(maxlen=WAITING)
        self._answers: deque[tuple[VoiceWorker, Answer | None]] = deque()
        self._released: dict[tuple[str, str], float] = {}
        self._source_began = 0.0
        self._thread: threading.Thread | None = None
        self._news = self._again = False
        self._closing: float | None = None
        if self._settings.enabled:
            with self._wake:
                self._notify()

    # What the session calls.

    def on_source(self, source: Source) -> None:
        """A new source begins: every label may be said."""
        with self._wake:
            self._released.clear()
            self._source_began = time.monotonic()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Pictures are not said."""

    def on_event(self, event: LabelEvent) -> None:
        """Take a label that begins, or a photo's; returns at once."""
        key, now = (event.mode, event.label), time.monotonic()
        with self._wake:
            if event.ended and event.duration_ns is not None:
                self._released[key] = now
            elif self._settings.enabled and event.mode not in self._settings.muted:
                self._wishes.append(Wish(*key, now, self._released.get(key, self._source_began)))
                self._notify()

    def close(self, *, keep: bool = True) -> None:
        """End the processes, within a second and `patience_s`; nothing is said afterwards."""
        with self._wake:
            thread, self._thread = self._thread, None
            if self._closing is None:
                self._closing = time.monotonic() + (self._patience_s if keep else 0.0)
            self._news = True
            self._wake.notify_all()
        if thread is not None and thread is not threading.current_thread():
            # Not for ever: the thread may be in a callback that waits for the caller.
            thread.join(self._patience_s + CLOSE_S)

    # What the window calls, from any thread.

    @property
    def status(self) -> VoiceStatus:
        """How the voice is now."""
        return self._status

    @property
    def settings(self) -> VoiceSettings:
        """How labels are said now; to change it, set it, or use `change`."""
        return self._settings

    @settings.setter
    def settings(self, settings: VoiceSettings) -> None:
        with self._wake:
            self._again = self._again or (settings.enabled and not self._settings.enabled)
            self._settings = settings
            if not settings.enabled:
                self._wishes = deque((wish for wish in self._wishes if not wish.mode), WAITING)
            if settings.enabled or self._thread is not None:
                self._notify()

    def change(self, **fields: object) -> None:
        """Change some of the settings: `change(enabled=True, rate=140)`.

        Raises:
            UsageError: a value outside of its range.
        """
        with self._wake:
            self.settings = replace(self._settings, **fields)  # type: ignore[arg-type]

    def test(self, text: str) -> None:
        """Say a text at once, in place of what is being said, whether switched on or off."""
        with self._wake:
            self._again = True
            self._wishes.append(Wish("", "", time.monotonic(), text=text))
            self._notify()

    def voices(self) -> list[VoiceInfo]:
        """Return the voices to choose from; blocks some tenths of a second, so call it in a thread.

        Raises:
            VoiceError: what is missing, with the remedy.
        """
        return list_voices(self._voice)

    # Inside.

    def _notify(self) -> None:
        """Wake the thread, or start it; the lock is held."""
        if self._closing is not None:
            return
        self._news = True
        if self._thread is None:
            talk = Talk(self._voice, self._phrases, self._heard, self._tell)
            self._thread = threading.Thread(target=self._run, args=(talk,), daemon=True, name="speech")
            self._thread.start()
        self._wake.notify_all()

    def _heard(self, worker: VoiceWorker, answer: Answer | None) -> None:
        with self._wake:
            self._answers.append((worker, answer))
            self._news = True
            self._wake.notify_all()

    def _tell(self, status: VoiceStatus) -> None:
        if status != self._status:
            self._status = status
            if self._on_status is not None:
                self._on_status(status)

    def _run(self, talk: Talk) -> None:
        deadline: float | None = None
        try:
            while True:
                with self._wake:
                    if not self._news:
                        self._wake.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
                    self._news = False
                    closing, settings = self._closing, self._settings
                    if self._again:
                        talk.begin_again()
                    self._again = False
                    answers, wishes = tuple(self._answers), tuple(self._wishes)
                    self._answers.clear()
                    self._wishes.clear()
                for worker, answer in answers:
                    talk.hear(worker, answer)
                next(filter(talk.wants, reversed(wishes)), None)
                if closing is not None and (time.monotonic() >= closing or talk.silent):
                    return
                deadline = talk.go_on(settings)
                if closing is not None:
                    deadline = min(closing, deadline or closing)
        finally:
            talk.end()
