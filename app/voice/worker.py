"""The app's end of the voice's process: starts it, tells it what to do, hears its answers, ends it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import app
from app.voice.voices import Voice, VoiceFault
from recognizers.privacy import user_environment

Answer = dict[str, Any]
_PLACE = Path(app.__file__).parents[1]
_END_S = 1.0


class VoiceWorker:
    """One process with one voice.

    Args:
        voice: which voice it is to use; only its arguments are used here.
        on_answer: called with each answer, and with None when the process has ended, in a thread of its own.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, voice: Voice, on_answer: Callable[[VoiceWorker, Answer | None], None]) -> None:
        self._on_answer = on_answer
        self._numbers = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.voice.process", *voice.arguments()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=user_environment(),
            cwd=_PLACE,
            **_apart(),
        )
        self._reader = threading.Thread(target=self._read, daemon=True, name="voice answers")
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, do: str, **details: object) -> int:
        """Tell it to do something; return the number that its answer will bear. A process that is gone says so."""
        self._numbers += 1
        line = json.dumps({"number": self._numbers, "do": do, **details}) + "\n"
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        return self._numbers

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                with contextlib.suppress(ValueError):
                    self._on_answer(self, json.loads(line))
        self._on_answer(self, None)

    def kill(self) -> None:
        """Kill the process and its player, in the middle of a word if need be; `end` must follow."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                # Until it has been waited for, its number is not given to another.
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def end(self) -> None:
        """Kill the process and its player, and clear up after them."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self._reader.join(_END_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()


def _apart() -> dict[str, Any]:
    """Keep it out of our Ctrl-C, and in a group that can be ended as one."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def ask_once(voice: Voice, timeout_s: float, do: str, /, **details: object) -> Answer:
    """Start a process for one request, and end it; blocks until the answer is there.

    Raises:
        VoiceFault: the voice's own, or `other` when it did not answer in time or ended.
    """
    answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
    try:
        worker = VoiceWorker(voice, lambda _, answer: answers.put(answer))
    except OSError as error:
        raise VoiceFault("other", f"no process can be started: {error.strerror or error}") from None
    try:
        worker.ask(do, **details)
        answer: Answer | None = {"number": 0}
        while answer is not None and answer["number"] == 0 and "fault" not in answer:
            answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise VoiceFault("other", f"it did not answer within {timeout_s:g} s") from None
    finally:
        worker.end()
    if answer is None:
        raise VoiceFault("other", "its process ended")
    if "fault" in answer:
        raise VoiceFault(answer["fault"], answer["text"])
    return answer


class VoicePair:
    """The process that speaks, and a second one that stands by, ready to take over.

    Args:
        voice: which voice they use.
        on_answer: as in `VoiceWorker`.
    """

    def __init__(self, voice: Voice, on_answer: Callable[[VoiceWorker, Answer | None], None]) -> None:
        self._voice, self._on_answer = voice, on_answer
        self._workers: list[VoiceWorker] = []
        self._started: dict[VoiceWorker, float] = {}
        self._ready: set[VoiceWorker] = set()

    def __contains__(self, worker: VoiceWorker) -> bool:
        return worker in self._workers

    @property
    def speaker(self) -> VoiceWorker | None:
        """The one that speaks, if it is ready."""
        return self._workers[0] if self._workers and self._workers[0] in self._ready else None

    @property
    def starting_since(self) -> float | None:
        """When the one that is to speak was started, while it is not ready; seconds, monotonic."""
        return self._started[self._workers[0]] if self._workers and self.speaker is None else None

    def fill(self) -> None:
        """Start what is missing; the one that stands by only when the other is ready, not to slow it down.

        Raises:
            OSError: no process can be started.
        """
        while not self._workers or (self.speaker is not None and len(self._workers) < 2):
            worker = VoiceWorker(self._voice, self._on_answer)
            self._started[worker] = time.monotonic()
            self._workers.append(worker)

    def is_ready(self, worker: VoiceWorker) -> None:
        """Note that it has started."""
        self._ready.add(worker)

    def drop(self, worker: VoiceWorker | None = None) -> None:
        """End one of them, by default the one that speaks: the other takes its place."""
        if worker is None and self._workers:
            worker = self._workers[0]
        if worker in self._workers:
            self._workers.remove(worker)
            self._ready.discard(worker)
            del self._started[worker]
            worker.end()

    def end(self) -> None:
        """End both."""
        for worker in self._workers:
            worker.kill()
        while self._workers:
            self.drop()
