"""Trainings and imports as child processes: their progress, their end, and that nothing is left of them.

A child is the command line itself, with the user's own environment, and tells by JSON lines (`app.job_child`). It ends
when its standard input does: so it cannot outlive the app, however that ends. No Qt.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import app
from app import console
from app.job_child import END_S, JSON
from app.job_state import IMPORT, NAMES, TRAIN, JobState, JobStatus, ended, taken
from recognizers.errors import MudraError
from recognizers.privacy import user_environment

__all__ = ["IMPORT", "MUDRA", "TRAIN", "Job", "JobState", "JobStatus", "Jobs"]

MUDRA = (sys.executable, "-m", "app")
_PLACE = Path(app.__file__).parents[1]
_TAIL = 10_000
"""Of what a child printed as errors, so many bytes are looked at."""


Tell = Callable[["Job"], None]


class Job:
    """One training or import in a process of its own.

    Args:
        kind: TRAIN or IMPORT.
        words: what stands after `mudra train` or `mudra import`; paths must be absolute.
        tell: is called with the job after each change of its state, in a thread of its own; must not block. The last
            call is with a state that is over, and then nothing is left of the process.
        program: what is run, before kind and words; `mudra` itself but in trials.

    Raises:
        MudraError: no process can be started.
    """

    def __init__(self, kind: str, words: Sequence[str], tell: Tell, program: Sequence[str] = MUDRA) -> None:
        self.kind, self._tell = kind, tell
        self._lock = threading.Lock()
        self._state = JobState(kind)
        self._killer: threading.Timer | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the job is over
        try:
            self._process = subprocess.Popen(
                [*program, kind, *words, "--progress", JSON],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=user_environment(),
                cwd=_PLACE,
                **_apart(),
            )
        except OSError as error:
            self._errors.close()
            reason = error.strerror or error
            raise MudraError(f"the {NAMES[kind]} cannot be started: {reason}", remedy="Close other programs") from None
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"{kind} progress")
        self._reader.start()
        threading.Thread(target=self._wait, daemon=True, name=f"{kind} end").start()

    @property
    def state(self) -> JobState:
        """How it is doing now."""
        return self._state

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def cancel(self) -> None:
        """Ask it to end; where it does not within a few seconds, it is killed. Nothing half is left either way."""
        with self._lock:
            if self._killer is not None or self._state.status.over:
                return
            self._state = replace(self._state, status=JobStatus.CANCELLING)
            self._killer = threading.Timer(END_S + 1, self._kill)
            self._killer.daemon = True
            self._killer.start()
        self._close_input()
        self._told()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is over, and return whether it is."""
        return self._over.wait(timeout_s)

    def kill(self) -> None:
        """End it at once; `wait` tells when nothing is left."""
        self.cancel()
        self._kill()

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.close()

    def _kill(self) -> None:
        if self._process.returncode is None:
            _end_all(self._process)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                if self._takes(line):
                    self._told()

    def _takes(self, line: bytes) -> bool:
        """Take a line; return whether it was understood and changed anything."""
        with self._lock, contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
            before, self._state = self._state, taken(self._state, json.loads(line))
            return self._state is not before
        return False

    def _told(self) -> None:
        """Tell the state; what goes wrong there must not let the child's lines pile up."""
        try:
            self._tell(self)
        except Exception as defect:
            console.report_defect(defect)

    def _wait(self) -> None:
        code = _waited(self._process)
        self._reader.join()
        if self._killer is not None:
            self._killer.cancel()
        self._close_input()
        if self._process.stdout is not None:
            self._process.stdout.close()
        with self._errors as errors:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
            printed = errors.read().decode("utf-8", "replace")
        if code < 0:
            self._clear_up()
        with self._lock:
            self._state = ended(self._state, code, printed)
        self._over.set()
        self._told()

    def _clear_up(self) -> None:
        folder = self._state.folder
        if self.kind == TRAIN and folder is not None:
            from recognizers.bundle_writer import clear_leftovers

            clear_leftovers(folder)


def _apart() -> dict[str, Any]:
    """Keep it out of our Ctrl-C, and in a group that can be ended as one."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _waited(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process's end, end what it may have left, and return its exit code."""
    if not hasattr(os, "waitid"):
        code = process.wait()
        _end_all(process)
        return code
    # Until it has been waited for, its number, which is its group's, is not given to another.
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        _end_all(process)
    return process.wait()


def _end_all(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


class Jobs:
    """The jobs of one app: one training and one import at a time.

    Args:
        tell, program: as for `Job`.
    """

    def __init__(self, tell: Tell, program: Sequence[str] = MUDRA) -> None:
        self._tell, self._program = tell, program
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._closed = False

    def train(self, words: Sequence[str]) -> Job:
        """Start a training; `words` are those after `mudra train`, with absolute paths.

        Raises:
            MudraError: one is under way, or no process can be started.
        """
        return self._start(TRAIN, words)

    def import_(self, words: Sequence[str]) -> Job:
        """Start an import; `words` are those after `mudra import`, with absolute paths.

        Raises:
            MudraError: one is under way, or no process can be started.
        """
        return self._start(IMPORT, words)

    def running(self, kind: str = TRAIN) -> Job | None:
        """Return the job of a kind that is under way, or None."""
        job = self._jobs.get(kind)
        return None if job is None or job.state.status.over else job

    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel everything and wait for it, for a while; what is still there then is killed."""
        with self._lock:
            self._closed = True
            jobs = tuple(self._jobs.values())
        for job in jobs:
            job.cancel()
        for job in jobs:
            if not job.wait(timeout_s):
                job.kill()
                job.wait(timeout_s)

    def _start(self, kind: str, words: Sequence[str]) -> Job:
        with self._lock:
            if self._closed:
                raise MudraError("Mudra is being closed")
            if self.running(kind) is not None:
                raise MudraError(f"another {NAMES[kind]} is under way", remedy="Wait until it is done, or cancel it")
            job = self._jobs[kind] = Job(kind, words, self._tell, self._program)
            return job
