"""Takes a resting face from what is watched: a countdown, a few seconds of looking, and what came of it.

All by the stream's time, so that a recording gives the same as a camera.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.face_calibrations import today
from recognizers.errors import CalibrationError, MudraError
from recognizers.frames import Source
from recognizers.types import LabelEvent, Snapshot, SourceState

if TYPE_CHECKING:
    from recognizers.face_calibration import FaceCalibration
    from recognizers.resting_face import RestingFace

SECONDS = 3.0
"""So long a face is looked at, if all looks are good."""
PATIENCE = 4.0
"""Looks that are no good are made up for until this many times as long is over."""


class Phase(enum.Enum):
    """What is going on."""

    IDLE = "idle"
    COUNTDOWN = "countdown"
    LOOKING = "looking"
    DONE = "done"
    FAILED = "failed"

    @property
    def active(self) -> bool:
        """Whether something goes on."""
        return self in (Phase.COUNTDOWN, Phase.LOOKING)


@dataclass(frozen=True, slots=True)
class CalibrationStatus:
    """How a calibration is doing.

    Attributes:
        phase: what is going on.
        seconds_left: of the countdown, whole seconds; of the looking, what is still needed of good looks.
        wrong: what is wrong with what is seen now, a clause; empty where it is good.
        calibration: the result, once it is DONE.
        error: why there is none, once it has FAILED.
    """

    phase: Phase = Phase.IDLE
    seconds_left: float = 0.0
    wrong: str = ""
    calibration: FaceCalibration | None = None
    error: MudraError | None = None


class Calibrator:
    """A consumer that takes a resting face when it is asked to.

    The recognizer must give its answers as they are meanwhile, without an earlier calibration.

    Args:
        tell: is called with every change, in the thread that hands over the snapshots; must not block.
    """

    def __init__(self, tell: Callable[[CalibrationStatus], None]) -> None:
        self._tell = tell
        self._lock = threading.RLock()
        self._resting: RestingFace | None = None
        self._seconds = self._countdown = 0.0
        self._begin: int | None = None
        self._status = CalibrationStatus()

    def start(self, resting: RestingFace, *, seconds: float = SECONDS, countdown_s: float = 0.0) -> None:
        """Begin with the next frame; what is under way is dropped.

        Args:
            resting: what collects the readings.
            seconds: how long the face is looked at.
            countdown_s: how long to wait before, so that people can compose themselves.
        """
        with self._lock:
            self._resting, self._begin = resting, None
            self._seconds, self._countdown = seconds, countdown_s
            self._say(CalibrationStatus(Phase.COUNTDOWN if countdown_s else Phase.LOOKING, countdown_s or seconds))

    def stop(self) -> None:
        """Drop what is under way."""
        with self._lock:
            if self._resting is not None:
                self._resting = None
                self._say(CalibrationStatus())

    def on_source(self, source: Source) -> None:
        """Another source begins: what was collected from the one before counts no more."""
        self._fail_if_begun("another source was chosen")

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Look at a moment."""
        with self._lock:
            resting = self._resting
            if resting is None or (self._begin is None and snapshot.status.state is not SourceState.OK):
                return  # a camera that is still being opened costs nobody's patience
            if self._begin is None:
                self._begin = snapshot.t_ns
            passed = (snapshot.t_ns - self._begin) / 1e9
            if passed < self._countdown:
                self._say(CalibrationStatus(Phase.COUNTDOWN, float(-int(-(self._countdown - passed) // 1))))
                return
            self._look(resting, snapshot, passed - self._countdown)

    def on_event(self, event: LabelEvent) -> None:
        """Labels do not matter here."""

    def on_source_end(self, *, complete: bool, last: bool) -> None:
        """Make of it what there is."""
        with self._lock:
            if self._resting is not None and self._begin is not None:
                self._finish(self._resting)

    def close(self, *, keep: bool = True) -> None:
        """Nothing more comes."""
        self._fail_if_begun("the source ended")

    def _look(self, resting: RestingFace, snapshot: Snapshot, passed: float) -> None:
        mode = resting.bundle.info.mode
        prediction = snapshot.predictions.get(mode)
        if snapshot.bundles.get(mode, resting.bundle.id) != resting.bundle.id:
            self._fail(CalibrationError("another model was chosen", remedy="Calibrate that one"))
            return
        resting.add(snapshot.landmarks, prediction)
        left = self._seconds - resting.good / resting.bundle.info.rate_hz
        if left <= 0 or passed >= PATIENCE * self._seconds:
            self._finish(resting)
        else:
            self._say(CalibrationStatus(Phase.LOOKING, round(left, 1), resting.wrong))

    def _finish(self, resting: RestingFace) -> None:
        try:
            calibration = resting.calibration(today())
        except MudraError as error:
            self._fail(error)
        else:
            self._resting = None
            self._say(CalibrationStatus(Phase.DONE, calibration=calibration))

    def _fail_if_begun(self, why: str) -> None:
        with self._lock:
            if self._resting is not None and self._begin is not None:
                self._fail(CalibrationError(f"your resting face could not be taken: {why}", remedy="Try again"))

    def _fail(self, error: MudraError) -> None:
        self._resting = None
        self._say(CalibrationStatus(Phase.FAILED, error=error))

    def _say(self, status: CalibrationStatus) -> None:
        if status != self._status:
            self._status = status
            self._tell(status)
