"""The course of what is said: which word now, which one next, and what becomes of the voice's processes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.voice.phrases import LONGEST, Phrases
from app.voice.status import VoiceSettings, VoiceState, VoiceStatus, status_of
from app.voice.voices import Voice, VoiceFault
from app.voice.worker import Answer, VoicePair, VoiceWorker

INTERRUPT_S = 1.2
"""A newer label waits until the one being said is this old, and then interrupts it. Nearly all phrases that ship are
shorter at 170 words a minute (espeak-ng: 0.65 to 1.42 s), so words are rarely cut."""
REPEAT_S = 2.0
"""A label that was not released is not said again within this time."""
STALE_S = 5.0
"""A label older than this, because the voice was starting, is no longer worth saying."""
START_S = 20.0
SAY_S, SAY_PER_CHARACTER_S = 10.0, 0.25
"""How long a start, and a text, may take before the voice counts as hanging."""
RESTARTS, RESTARTS_S = 4, 60.0
"""After more broken processes than this within that time, the voice stays quiet."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Something to say.

    Attributes:
        mode: the label's mode; empty for a test.
        label: the label; empty for a test.
        born: when the label began, in seconds, monotonic.
        released: when the same label had last ended before.
        text: what to say; None while the label's phrase has not been looked up.
    """

    mode: str
    label: str
    born: float
    released: float = 0.0
    text: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells labels apart."""
        return self.mode, self.label


@dataclass(frozen=True, slots=True)
class _Word:
    """What is being said."""

    wish: Wish
    number: int
    begun: float
    limit: float


class Talk:
    """Says one word at a time; the newest wins.

    It is used by one thread alone and never waits. What has to happen later is a moment that `go_on` returns.

    Args:
        voice: what speaks.
        phrases: what is said for a label.
        heard: called with each answer of a process, in another thread; it is to reach `hear` in this one.
        tell: called with how the voice is, whenever that is known anew.
    """

    def __init__(
        self,
        voice: Voice,
        phrases: Phrases,
        heard: Callable[[VoiceWorker, Answer | None], None],
        tell: Callable[[VoiceStatus], None],
    ) -> None:
        self._phrases, self._tell = phrases, tell
        self._pair = VoicePair(voice, heard)
        self._word: _Word | None = None
        self._next: Wish | None = None
        self._said: dict[tuple[str, str], tuple[float, Wish]] = {}
        self._broken: deque[float] = deque(maxlen=RESTARTS + 1)
        self._quiet = self._on = self._told = False

    @property
    def silent(self) -> bool:
        """Whether nothing is being said and nothing waits."""
        return self._quiet or (self._word is None and self._next is None)

    def begin_again(self) -> None:
        """Give a voice that had given up another chance."""
        self._quiet = self._told = False
        self._broken.clear()

    def end(self) -> None:
        """End the processes."""
        self._word = self._next = None
        self._pair.end()

    def wants(self, wish: Wish) -> bool:
        """Take a wish in place of the one that waited; False where it is not worth saying."""
        said_at, said = self._said.get(wish.key, (-REPEAT_S, wish))
        if said is not wish and time.monotonic() - said_at < REPEAT_S and wish.released <= said.born:
            return False
        text = self._phrases.phrase(wish.mode, wish.label) if wish.mode else (wish.text or "").strip()[:LONGEST]
        if text:
            self._next = replace(wish, text=text)
        return bool(text)

    def hear(self, worker: VoiceWorker, answer: Answer | None) -> None:
        """Take what a process answered; None: it has ended."""
        if worker not in self._pair:
            return
        fault = None if answer is None or "fault" not in answer else VoiceFault(answer["fault"], answer["text"])
        if answer is None:
            self._breaks(worker, "its process ended")
        elif answer["number"] == 0 and fault is not None:
            self._give_up(status_of(fault))
        elif answer["number"] == 0:
            self._pair.is_ready(worker)
            if not self._told:  # A new process knows nothing of what came to light while speaking.
                self._report(self._fine())
        elif self._word is not None and answer["number"] == self._word.number:
            self._word = None
            if fault is None:
                self._report(self._fine(answer["note"]))
            elif fault.code == "sound":
                self._report(status_of(fault))
            else:
                self._breaks(worker, fault.text)

    def _fine(self, note: str = "") -> VoiceStatus:
        problem = self._phrases.problem
        return VoiceStatus(VoiceState.OK, note or ("" if problem is None else str(problem).rstrip(".")))

    def _give_up(self, status: VoiceStatus) -> None:
        self._quiet = True
        self.end()
        self._report(status)

    def _report(self, status: VoiceStatus) -> None:
        self._told = status.state is not VoiceState.OFF
        self._tell(status)

    def _breaks(self, worker: VoiceWorker | None, why: str) -> None:
        """Replace a process that is of no use, unless that happened too often."""
        if worker is None or worker is self._pair.speaker:
            self._word = None
        self._pair.drop(worker)
        now = time.monotonic()
        self._broken.append(now)
        if len(self._broken) > RESTARTS and now - self._broken[0] < RESTARTS_S:
            self._give_up(status_of(VoiceFault("other", f"{len(self._broken)} times within a minute: {why}")))

    def go_on(self, settings: VoiceSettings) -> float | None:
        """Do what is due; return when there is more to do, or None for when something happens."""
        now = time.monotonic()
        self._forget(settings, now)
        if self._word is not None and now >= self._word.limit:
            self._breaks(None, "it did not answer")
        since = self._pair.starting_since
        if since is not None and now >= since + START_S:
            self._breaks(None, "it did not start")
        was_on, self._on = self._on, settings.enabled
        if not settings.enabled and self.silent:
            self._pair.end()
            if was_on or not self._quiet:  # What a test found stays said.
                self._report(VoiceStatus(VoiceState.OFF))
            return None
        if self._quiet:
            return None
        try:
            self._pair.fill()
            self._speak(settings, now)
            self._pair.fill()
        except OSError as error:
            self._give_up(status_of(VoiceFault("other", f"no process can be started: {error.strerror or error}")))
        return self._deadline()

    def _forget(self, settings: VoiceSettings, now: float) -> None:
        """Drop what is not wanted any more: old labels, and all labels when switched off."""
        wish = self._next
        unwanted = wish is not None and wish.mode and (not settings.enabled or wish.mode in settings.muted)
        if wish is not None and (unwanted or now >= wish.born + STALE_S):
            self._next = None
        if self._word is not None and self._word.wish.mode and not settings.enabled:
            self._interrupt()

    def _interrupt(self) -> None:
        self._word = None
        self._pair.drop()

    def _speak(self, settings: VoiceSettings, now: float) -> None:
        wish, word = self._next, self._word
        if wish is None:
            return
        if word is not None and (not wish.mode or (word.wish.key != wish.key and now >= word.begun + INTERRUPT_S)):
            self._interrupt()
        if self._word is None and (worker := self._pair.speaker) is not None:
            text, manner = wish.text or "", settings.manner
            number = worker.ask("say", text=text, voice=manner.voice, rate=manner.rate, volume=manner.volume)
            self._word = _Word(wish, number, now, now + SAY_S + SAY_PER_CHARACTER_S * len(text))
            self._next = None
            self._said = {key: each for key, each in self._said.items() if now - each[0] < REPEAT_S}
            if wish.mode:
                self._said[wish.key] = now, wish

    def _deadline(self) -> float | None:
        moments = []
        if self._word is not None:
            moments.append(self._word.limit)
            if self._next is not None and self._next.key != self._word.wish.key:
                moments.append(self._word.begun + INTERRUPT_S)
        if self._next is not None:
            moments.append(self._next.born + STALE_S)
        if (since := self._pair.starting_since) is not None:
            moments.append(since + START_S)
        return min(moments, default=None)
