"""What the engine can be told to do, as values; it obeys between two frames."""

from __future__ import annotations

from dataclasses import dataclass

from app.ports import Recognizes
from recognizers.face_calibration import FaceCalibration


@dataclass(frozen=True, slots=True)
class SetModes:
    """Watch in these modes from the next frame on; each needs a recognizer. Their state starts anew.

    What is found in the pictures is followed on, so that a change of mode is quick and shows no gap.
    """

    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetRecognizer:
    """Use this recognizer for its mode from the next frame on. That mode starts anew, the others go on."""

    recognizer: Recognizes


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop or go on recognizing; while paused, frames pass through unlooked at."""

    paused: bool = True


@dataclass(frozen=True, slots=True)
class Tune:
    """Let a mode's labels count from another threshold or after another while; what is seen and held goes on.

    Attributes:
        mode: whose recognizer, active or not.
        threshold: the least probability of every label, 0 to 1; None for the bundle's own.
        hold_s: how many seconds a label must be seen before it counts; None for the least, three ticks.
    """

    mode: str
    threshold: float | None = None
    hold_s: float | None = None


@dataclass(frozen=True, slots=True)
class Calibrate:
    """Take a resting face out of a mode's answers, or no longer; what is seen and held goes on.

    Attributes:
        mode: whose recognizer, active or not.
        calibration: of that recognizer's bundle, or it is refused; None to give the answers as they are.
    """

    mode: str
    calibration: FaceCalibration | None = None


@dataclass(frozen=True, slots=True)
class UseMesh:
    """Look for the face's mesh in the modes that it belongs to, or no longer; its model file must be installed."""

    use: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """Look for all that clips of a mode hold, whatever the recognizers need, and mark snapshots as recorded.

    Attributes:
        mode: the mode that is recorded for; None to look for no more than the recognizers need.
        on: whether a clip is being recorded just now, for the snapshots.
    """

    mode: str | None
    on: bool = False


Command = SetModes | SetRecognizer | Pause | Tune | Calibrate | UseMesh | Record
