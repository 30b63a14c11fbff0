"""Examines the camera that is being watched: listens to its pictures, tells how far it is, and ends with a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.camera import LiveSource
from app.cameras.advice import Measured
from app.cameras.doctor import SECONDS, WARM_UP_S, CameraExaminer, CameraReport
from app.findings import Finding
from recognizers.types import ImageArray, SourceState

TELL_MS = 250
"""Between two looks at the figures; people cannot read faster."""
PATIENCE_S = 6.0
"""How much longer than planned a camera is waited for; then it is judged by what has come."""


class Examination(QObject):
    """One examination of a live source; belongs to the window's thread.

    The source is neither opened nor disturbed: its pictures are looked at in the thread that grabs them, also
    those that nobody else takes.

    Args:
        source: the camera, running.
        seconds: how long it is measured, after a moment in which it gets used to the light.
        patience_s: how much longer to wait for it.
        parent: ends the examination with itself.
    """

    progressed = Signal(float, object)
    """How much is done, 0 to 1, and the figures so far: a `Measured`."""
    finished = Signal(object)
    """A `CameraReport`."""

    def __init__(
        self,
        source: LiveSource,
        seconds: float = SECONDS,
        patience_s: float = PATIENCE_S,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.source = source
        self._examiner = CameraExaminer(seconds=seconds)
        self._gate = _Gate(self._examiner)
        self._losses: list[str] = []
        self._untap: Callable[[], None] | None = source.tap(self._gate.take)
        self._looks = 0
        self._most_looks = round((WARM_UP_S + seconds + patience_s) * 1e3 / TELL_MS)
        self._timer = QTimer(self, interval=TELL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        """End it without a report."""
        self._timer.stop()
        if self._untap is not None:
            self._untap()
            self._untap = None

    def measured(self) -> Measured:
        """Return the figures so far."""
        return self._examiner.measured()

    def _look(self) -> None:
        self._looks += 1
        status = self.source.status
        if status.state is SourceState.LOST and status.message not in self._losses:
            self._losses.append(status.message)
        progress = self._examiner.progress
        self.progressed.emit(progress, self.measured())
        if progress >= 1.0 or self._looks >= self._most_looks:
            self.stop()
            self.finished.emit(self._report())

    def _report(self) -> CameraReport:
        self._examiner.asked, self._examiner.given = self.source.asked, self.source.given
        report = self._examiner.report()
        lines = [
            Finding("loss", "warn", f"it was lost: {text}", "Check its plug and its cable") for text in self._losses
        ]
        return replace(report, findings=(*lines, *report.findings))


class _Gate:
    """Lets pictures through to an examiner once the first is a moment old; called in the thread that grabs."""

    def __init__(self, examiner: CameraExaminer) -> None:
        self._examiner = examiner
        self._began_ns: int | None = None

    def take(self, image: ImageArray, t_ns: int) -> None:
        self._began_ns = t_ns if self._began_ns is None else self._began_ns
        if t_ns - self._began_ns >= WARM_UP_S * 1e9:
            self._examiner.add(image, t_ns)
