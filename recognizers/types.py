"""The values that flow through Mudra. Frozen and slotted; arrays are never written to after they are made.

Missing points are NaN everywhere; zeros stand for "missing" only at a network's door.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
ImageArray = npt.NDArray[np.uint8]

HAND_POINTS = 21
FACE_POINTS = 6
LEFT, RIGHT = 0, 1
"""The slots of `Landmarks.hands`: the signer's own left and right hand."""

WRIST = 0
FINGER_TIPS = (4, 8, 12, 16, 20)
HAND_PARENTS = (-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
"""The landmark before each of the 21, along its finger; -1 for the wrist (MediaPipe's hand topology)."""


class SourceKind(enum.Enum):
    """What a source promises about its frames."""

    LIVE = "live"
    """The newest frame wins; a late one is dropped and counted."""
    RECORDED = "recorded"
    """Every frame, in order; the same events every time."""
    STILLS = "stills"
    """Every frame stands alone: no tracking, no sequence, no vote."""
    LANDMARKS = "landmarks"
    """Landmarks in order, without images."""


class SourceState(enum.Enum):
    """How a source is doing."""

    WAITING = "waiting"
    OK = "ok"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The state of a source, with a message and what to do about it, both one sentence or empty.

    `cause` is one word for programs, such as busy or dark (`Cause` in app/cameras/causes.py), or empty.
    """

    state: SourceState
    message: str = ""
    remedy: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Attributes:
        image: uint8 (H, W, 3), RGB, never mirrored.
        t_ns: when it was grabbed, in nanoseconds; monotonic within a source. Recorded sources start at 0.
        index: its number within the source, from 0; of a folder, its index in sorted order.
        name: of a still, the file's name; otherwise the source's name.
        landmarks: what the picture shows, where its source knows that; then no landmarker looks at it.
    """

    image: ImageArray
    t_ns: int
    index: int
    name: str = ""
    landmarks: Landmarks | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]


def _missing(*shape: int) -> FloatArray:
    return np.full(shape, np.nan, np.float32)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The points found in one frame.

    Attributes:
        t_ns: the frame's time in nanoseconds.
        hands: float32 (2, 21, 3): x and y as fractions of the image's width and height, z scaled by the width;
            slot 0 is the signer's left hand, slot 1 the right. NaN where a hand was not found.
        hands_world: float32 (2, 21, 3): metres around the hand's centre; NaN where missing.
        face_points: float32 (6, 2): image fractions of the person's right eye, left eye, nose tip, mouth, right
            ear and left ear; NaN where missing.
        image_size: width and height in pixels, or None where an imported file does not tell.
        face: float32 (478, 3) mesh in image fractions, or None where it was not asked for; NaN where not found.
        blendshapes: float32 (52,) in 0..1, or None; NaN where not found.
        pose: float32 (33, 4) x, y, z, visibility, or None.
        sides_known: False where an imported file does not tell left from right; a lone hand then stands in slot 1.
    """

    t_ns: int
    hands: FloatArray = field(default_factory=lambda: _missing(2, HAND_POINTS, 3))
    hands_world: FloatArray = field(default_factory=lambda: _missing(2, HAND_POINTS, 3))
    face_points: FloatArray = field(default_factory=lambda: _missing(FACE_POINTS, 2))
    image_size: tuple[int, int] | None = None
    face: FloatArray | None = None
    blendshapes: FloatArray | None = None
    pose: FloatArray | None = None
    sides_known: bool = True

    def __post_init__(self) -> None:
        for name, shape in (("hands", (2, 21, 3)), ("hands_world", (2, 21, 3)), ("face_points", (6, 2))):
            if getattr(self, name).shape != shape:
                raise ValueError(f"Landmarks.{name}: expected shape {shape}, found {getattr(self, name).shape}")

    @property
    def hands_found(self) -> npt.NDArray[np.bool_]:
        """bool (2,): whether the left and the right hand are there."""
        found: npt.NDArray[np.bool_] = np.asarray(np.isfinite(self.hands).all(axis=(1, 2)))
        return found

    @property
    def face_found(self) -> bool:
        """Whether the six face points are there."""
        return bool(np.isfinite(self.face_points).all())


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one recognizer thinks at one tick, before any threshold or vote.

    Attributes:
        mode: the mode's name.
        bundle: the bundle's id.
        labels: the C labels, in the order of `scores`.
        label: the most probable one.
        probability: its probability, 0..1.
        scores: float32 (C,), sums to 1.
        t_ns: the tick's time in nanoseconds.
        background: True where the label means "nothing to report" (none, idle).
    """

    mode: str
    bundle: str
    labels: tuple[str, ...]
    label: str
    probability: float
    scores: FloatArray
    t_ns: int
    background: bool = False


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """One label, held for a while.

    Attributes:
        mode: the mode's name.
        label: what was seen.
        probability: the highest over the event so far, 0..1.
        t_ns: the onset in nanoseconds of the source's time.
        duration_ns: how long it was held; None when the event is announced at its onset, and for a still.
        frame: the index of the frame at the onset.
        source: the name of the source, or of the photo within a folder.
        ended: False for the announcement at the onset, True for the whole event.
    """

    mode: str
    label: str
    probability: float
    t_ns: int
    duration_ns: int | None = None
    frame: int = 0
    source: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures of a running engine; times are moving medians in milliseconds."""

    frames: int = 0
    dropped: int = 0
    frames_per_second: float = 0.0
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    latency_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a screen needs to show one moment.

    Attributes:
        t_ns: the moment, in nanoseconds of the source's time.
        index: the frame's number within the source.
        frame: the picture, or None for a landmark source.
        landmarks: what was found in it.
        predictions: the newest prediction by mode name; a mode without one is absent.
        held: the event that each mode is holding now, by mode name.
        status: how the source is doing.
        modes: the active modes' names.
        bundles: the active bundles' ids by mode name.
        recording: whether clips are being recorded.
        mesh: whether the face's mesh is looked for; otherwise its six points at most.
        landmarker: the identity of what found the landmarks, for clips of them; None where the source had them.
        stats: figures for the heads-up line.
    """

    t_ns: int
    index: int
    frame: Frame | None
    landmarks: Landmarks
    predictions: Mapping[str, Prediction]
    held: Mapping[str, LabelEvent]
    status: SourceStatus
    modes: tuple[str, ...]
    bundles: Mapping[str, str]
    recording: bool = False
    mesh: bool = False
    landmarker: str | None = None
    stats: Stats = field(default_factory=Stats)
