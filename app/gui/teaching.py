"""What teaching needs behind the window: recorder, corrections and trainings, told to the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.corrections import Corrections
from app.engine import Command, Record
from app.jobs import MUDRA, Job, Jobs
from app.recorder import Recorder
from app.recording_plan import Phase, RecorderStatus, RecordingPlan
from app.under_way import TRAINING, UnderWay


class Teaching(QObject):
    """Records, corrects and trains; what comes of it is told as signals in the window's thread.

    Args:
        program: what runs a training; `mudra` itself but in trials.

    Attributes:
        recorder: a consumer of the watch.
        corrections: another one.
        jobs: the trainings.
        status: how the recording is doing.
    """

    recording = Signal(object)
    """A `RecorderStatus`, with every change of it."""
    training = Signal(object)
    """A `JobState`, with every change of it."""
    _recorder_told = Signal(object)
    _job_told = Signal(object)

    def __init__(self, program: Sequence[str] = MUDRA) -> None:
        super().__init__()
        self.recorder = Recorder(self._from_recorder)
        self.corrections = Corrections()
        self.jobs = Jobs(self._from_job, program)
        self.status = RecorderStatus()
        self.mode = ""
        self._post: Callable[[Command], None] | None = None
        self._marked: Record | None = None
        self._trained: UnderWay | None = None
        self._recorder_told.connect(self._take_status)
        self._job_told.connect(self.training)

    def attach(self, post: Callable[[Command], None]) -> None:
        """Tell how the engine is given commands; called once, before anything is recorded."""
        self._post = post

    def record(self, plan: RecordingPlan, *, from_next: bool = False) -> None:
        """Begin a recording, with `from_next` where the next source begins; one that is under way ends."""
        self.mode = plan.mode
        self._mark(Record(plan.mode))
        self.recorder.start(plan, from_next=from_next)

    def train(self, words: Sequence[str]) -> Job:
        """Start a training; `words` stand after `mudra train`, `--mode` and `--out` with a path among them.

        Raises:
            MudraError: one is under way, or no process can be started.
        """
        job = self.jobs.train(words)
        folder = Path(words[words.index("--out") + 1])
        self._trained = UnderWay(TRAINING, words[words.index("--mode") + 1], str(folder))
        if job.state.status.over:
            self._trained.close()
        return job

    def close(self) -> None:
        """End what is under way; the watch closes the consumers."""
        self.jobs.close()

    def _from_recorder(self, status: RecorderStatus) -> None:
        """Take a status, in the recorder's thread: what the engine is to look for is not to wait for the window."""
        active = status.phase.active
        self._mark(Record(self.mode if active else None, active and status.phase is Phase.RECORDING))
        self._recorder_told.emit(status)

    def _mark(self, command: Record) -> None:
        if self._post is not None and command != self._marked:
            self._marked = command
            self._post(command)

    def _from_job(self, job: Job) -> None:
        if job.state.status.over and self._trained is not None:
            self._trained.close()
        self._job_told.emit(job.state)

    def _take_status(self, status: RecorderStatus) -> None:
        self.status = status
        self.recording.emit(status)
