"""Trainings and imports as child processes: their progress, their end, and that nothing is left of them.

A child is the command line itself, with the user's own environment, and tells by JSON lines (`app.job_child`). It ends
when its standard input does: so it cannot outlive the app, however that ends. No Qt.
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import app
from app import console
from app.job_child import END_S, JSON
from recognizers.errors import MudraError
from recognizers.privacy import user_environment
from recognizers.training_news import Epoch, Phase

TRAIN, IMPORT = "train", "import"
"""The kinds of jobs: the commands' own words."""
_NAMES = {TRAIN: "training", IMPORT: "import"}
MUDRA = (sys.executable, "-m", "app")
_PLACE = Path(app.__file__).parents[1]
_TAIL = 10_000
"""Of what a child printed as errors, so many bytes are looked at."""


class JobStatus(enum.Enum):
    """How a job is doing; the last three are for good."""

    RUNNING = "running"
    CANCELLING = "cancelling"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether it is for good."""
        return self not in (JobStatus.RUNNING, JobStatus.CANCELLING)


@dataclass(frozen=True, slots=True)
class JobState:
    """All there is to say of a job at one moment.

    Attributes:
        kind: TRAIN or IMPORT.
        status: how it is doing.
        folder: where the result will stand, or stands; None until it is known.
        phase: of a training, the part that it is in; None before the first and of imports.
        message: the newest line of text, or empty.
        epochs: what the network has learned by, epoch by epoch: the curves.
        refit: the same of the second fitting, with the examples that chose when to stop.
        done, total: of an import, how many parts are done, and of how many; None where that is not known.
        unit: what these are, such as `pictures`.
        warnings: what was odd or could not be read though the result stands: sentence and remedy, the newest 100.
        figures: of a finished job: accuracy and the like of a training, clips and the like of an import.
        problem, remedy: of a failed job, what went wrong and what to do: a sentence each, or empty.
    """

    kind: str
    status: JobStatus = JobStatus.RUNNING
    folder: Path | None = None
    phase: Phase | None = None
    message: str = ""
    epochs: tuple[Epoch, ...] = ()
    refit: tuple[Epoch, ...] = ()
    done: int = 0
    total: int | None = None
    unit: str = ""
    warnings: tuple[tuple[str, str], ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    remedy: str = ""


Tell = Callable[["Job"], None]
MOST_WARNINGS = 100


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
            raise MudraError(f"the {_NAMES[kind]} cannot be started: {reason}", remedy="Close other programs") from None
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


def taken(state: JobState, line: Mapping[str, Any]) -> JobState:
    """Return the state after a line of the child; one that is not understood changes nothing.

    Args:
        state: before it.
        line: a JSON object of `app.job_child`.

    Raises:
        KeyError, TypeError, ValueError: it is no such object.
    """
    kind = line["kind"]
    if kind == "epoch":
        epoch = Epoch(**{each.name: line[each.name] for each in fields(Epoch)})
        if state.phase is Phase.REFIT:
            return replace(state, refit=(*state.refit, epoch))
        return replace(state, epochs=(*state.epochs, epoch))
    if kind == "warning":
        warnings = (*state.warnings, (str(line["text"]), str(line["remedy"])))
        return replace(state, warnings=warnings[-MOST_WARNINGS:])
    if kind not in _CONVERTERS:
        return state
    told = {name: convert(line[key]) for name, key, convert in _CONVERTERS[kind]}
    return replace(state, **told)


_CONVERTERS: Mapping[str, tuple[tuple[str, str, Callable[[Any], Any]], ...]] = {
    "begin": (("folder", "folder", Path),),
    "phase": (("phase", "phase", Phase),),
    "message": (("message", "text", str),),
    "progress": (
        ("done", "done", int),
        ("total", "total", lambda total: None if total is None else int(total)),
        ("unit", "unit", str),
    ),
    "result": (("folder", "folder", Path), ("figures", "figures", dict)),
    "error": (("problem", "text", str), ("remedy", "remedy", str)),
}
"""By the kind of a line: what of the state it sets, from which value, and how that is converted."""


def ended(state: JobState, code: int, printed: str) -> JobState:
    """Return the last state of a job whose process has ended.

    Args:
        state: before that.
        code: the exit code, negative where a signal ended it.
        printed: the end of what it printed as errors.
    """
    if state.figures and not state.problem:
        return replace(state, status=JobStatus.FINISHED)
    if state.status is JobStatus.CANCELLING:
        return replace(state, status=JobStatus.CANCELLED, problem="", remedy="")
    if not state.problem:
        problem, remedy = _cause(_NAMES[state.kind], code, printed)
        state = replace(state, problem=problem, remedy=remedy)
    return replace(state, status=JobStatus.FAILED)


def _cause(what: str, code: int, printed: str) -> tuple[str, str]:
    """Return the problem and the remedy of a child that could not tell them itself."""
    if code == -getattr(signal, "SIGKILL", 9):
        problem = f"The {what} was ended by the system, most often because memory ran out"
        return problem, "Close other programs, or take less data at once, and start it again"
    told = [line.removeprefix("mudra: ") for line in printed.splitlines() if line.startswith("mudra: ")]
    told = [line for line in told if not line.startswith("warning: ")]
    if told:
        return told[-1], ""
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"The {what} ended unexpectedly ({how})", "The log file tells more: mudra doctor names it"


def _apart() -> dict[str, Any]:
    """Keep it out of our Ctrl-C, and in a group that can be ended as one."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _waited(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process's end, end what it may have left, and return its exit code."""
    if hasattr(os, "waitid"):
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
                raise MudraError(f"another {_NAMES[kind]} is under way", remedy="Wait until it is done, or cancel it")
            job = self._jobs[kind] = Job(kind, words, self._tell, self._program)
            return job
