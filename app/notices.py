"""What the watch tells whoever drives it, as values. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.calibrating import CalibrationStatus
from recognizers.errors import MudraError
from recognizers.face_calibration import FaceCalibration

MODELS, SOURCE = "models", "source"
"""What the watch is busy with."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A source begins.

    Attributes:
        spec: the word that names it, as it was asked for.
        name: its name for people.
        demonstration: whether it stands in for a camera that is not there.
    """

    spec: str
    name: str
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The source has come to its end, by itself or because of the problem that was told before.

    Attributes:
        spec: the word that names it, as it was asked for.
        stills: whether its last picture is a still, which goes on being what is seen.
    """

    spec: str
    stills: bool = False


@dataclass(frozen=True, slots=True)
class Busy:
    """Something takes a while; an empty text means that this task is done. Several tasks may be under way."""

    text: str
    task: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something went wrong; the watch goes on as far as it can."""

    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """Something to know that keeps nothing from going on."""

    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Watching:
    """From now on the engine watches in these modes, each with this bundle.

    Attributes:
        mode: the word that was asked for: a mode's name, or all.
        bundles: ids by mode.
        thresholds: by mode, from each label that can be reported to where it begins to count by the bundle's own word.
        previous: by mode, the name of the bundle that `Watch.previous_bundle` goes back to; modes without one are left
            out. Two notices that differ in this alone count as equal.
        calibrated: by mode, the resting face that is taken out of its answers; modes without one are left out.
    """

    mode: str
    bundles: dict[str, str]
    thresholds: dict[str, dict[str, float]] = field(default_factory=dict)
    previous: dict[str, str] = field(default_factory=dict, compare=False)
    calibrated: dict[str, FaceCalibration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Swapped:
    """Another bundle has been chosen for a mode; whoever writes settings remembers it. `Watching` follows.

    Attributes:
        mode: whose bundle it is.
        name: its name or path, as it is looked up.
        before: the same of the one before, or None.
    """

    mode: str
    name: str
    before: str | None


Notice = Opened | Ended | Busy | Problem | Aside | Watching | Swapped | CalibrationStatus


def problem_of(error: MudraError) -> Problem:
    """Return what is told of an error: the sentence, and the remedy apart."""
    return Problem(error.sentence, error.remedy or "")
