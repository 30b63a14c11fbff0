"""What there is to say of a job at one moment, and how a line of its child, or the child's end, changes that."""

from __future__ import annotations

import enum
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from recognizers.training_news import Epoch, Phase

TRAIN, IMPORT = "train", "import"
"""The kinds of jobs: the commands' own words."""
NAMES = {TRAIN: "training", IMPORT: "import"}
MOST_WARNINGS = 100


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
        problem, remedy = _cause(NAMES[state.kind], code, printed)
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
