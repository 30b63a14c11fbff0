"""What watching costs on this machine: the app's own engine over a source, every frame timed. No Qt."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.engine import Engine, Step
from app.ports import FindsLandmarks, LandmarkerOpener, Needs, Recognizes
from app.session import Session
from recognizers.errors import MudraError
from recognizers.frames import Source
from recognizers.types import Frame, Landmarks, SourceKind

WARMING = 30
"""So many frames come before those that count: models load, and the landmarker finds what it then follows."""
PARTS = ("source", "landmarks", "recognizer", "whole")


@dataclass(frozen=True, slots=True)
class Times:
    """How long one part took, in milliseconds: of half of the frames at most `p50`, of all but a twentieth `p95`."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one mode costs.

    Attributes:
        mode: a mode, or `all`.
        bundles: the models by mode.
        frames: how many counted.
        size: width and height of a frame in pixels, or None of landmarks without pictures.
        frames_per_second: how many were done a second, with the time that the source took. A live source gives no more
            than it does.
        seen: the share of frames with a hand or a face: finding costs more than following, and nothing the least.
        times: by part: `source` (reading or drawing a frame, or waiting for it), `landmarks`, `recognizer` (features,
            model and vote), and `whole`, which is both of these.
    """

    mode: str
    bundles: Mapping[str, str]
    frames: int
    size: tuple[int, int] | None
    frames_per_second: float
    seen: float
    times: Mapping[str, Times]


class _Timed:
    """A landmarker that notes how long it looks.

    Args:
        landmarker: it.
    """

    def __init__(self, landmarker: FindsLandmarks) -> None:
        self._landmarker = landmarker
        self.took = 0.0

    @property
    def stage_ms(self) -> Mapping[str, float]:
        """The last frame's times by stage."""
        return self._landmarker.stage_ms

    def detect(self, frame: Frame) -> Landmarks:
        """Find the landmarks of one frame."""
        begin = time.perf_counter()
        found = self._landmarker.detect(frame)
        self.took = time.perf_counter() - begin
        return found

    def watch(self, *, hands: int, face: bool, mesh: bool) -> None:
        """Look for something else."""
        self._landmarker.watch(hands=hands, face=face, mesh=mesh)

    def reset(self) -> None:
        """Forget the frames before."""
        self._landmarker.reset()

    def close(self) -> None:
        """Free the models."""
        self._landmarker.close()


class _TimedEngine(Engine):
    """An engine that times each frame, and ends the session when it has seen enough."""

    def __init__(self, recognizers: Sequence[Recognizes], opener: LandmarkerOpener, frames: int) -> None:
        self._timed: _Timed | None = None
        self.stop = threading.Event()
        self.rows: list[tuple[float, float, float, float]] = []
        self.seen: list[bool] = []
        self.size: tuple[int, int] | None = None
        self.span = 0.0
        self._frames, self._number = frames, 0
        self._ended = 0.0
        self._inner = opener
        super().__init__(recognizers, opener=self._open)

    def _open(self, needs: Needs) -> FindsLandmarks:
        self._timed = _Timed(self._inner(needs))
        return self._timed

    def process(self, item: Frame | Landmarks, kind: SourceKind, source: str = "", **more: Any) -> Step:
        """Take one frame, and note what it took."""
        begin = time.perf_counter()
        waited = begin - self._ended
        if self._timed is not None:
            self._timed.took = 0.0
        step = super().process(item, kind, source, **more)
        self._ended = time.perf_counter()
        self._number += 1
        if self._number > WARMING:
            whole, looked = self._ended - begin, 0.0 if self._timed is None else self._timed.took
            self.rows.append((waited, looked, whole - looked, whole))
            self.span += waited + whole
            landmarks = step.snapshot.landmarks
            self.seen.append(bool(landmarks.hands_found.any()) or landmarks.face_found)
            self.size = item.size if isinstance(item, Frame) else None
        if len(self.rows) >= self._frames:
            self.stop.set()
        return step


def measure(
    recognizers: Sequence[Recognizes],
    sources: Sequence[Source],
    frames: int,
    opener: LandmarkerOpener,
    mode: str,
) -> Cost:
    """Let recognizers watch a source, as fast as they can, and return what a frame costs.

    Args:
        recognizers: one for each mode that is watched at once.
        sources: are closed.
        frames: how many count at most, after `WARMING` others.
        opener: opens the landmarker.
        mode: what this is called.

    Raises:
        MudraError: the source cannot be read, or is too short.
    """
    engine = _TimedEngine(recognizers, opener, frames)
    session = Session(engine, stop=engine.stop)
    try:
        session.run(sources)
    finally:
        engine.close()
    if session.problems:
        raise session.problems[0]
    if not engine.rows:
        raise MudraError(
            "there is too little to measure",
            where=sources[0].name,
            expected=f"more than {WARMING} frames",
            found=session.frames,
        )
    table = np.array(engine.rows) * 1e3
    middle, slow = (np.percentile(table, share, axis=0) for share in (50, 95))
    return Cost(
        mode,
        engine.bundles,
        len(table),
        engine.size,
        round(len(table) / engine.span, 1),
        round(float(np.mean(engine.seen)), 3),
        {name: Times(round(float(middle[i]), 3), round(float(slow[i]), 3)) for i, name in enumerate(PARTS)},
    )


def memory_mb() -> tuple[float | None, float | None]:
    """Return how much memory this process has, and the most that it had, in MB; None where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        found = {line.partition(":")[0]: line.split() for line in lines}
        return round(int(found["VmRSS"][1]) / 1024, 1), round(int(found["VmHWM"][1]) / 1024, 1)
    except (OSError, LookupError, ValueError):
        return None, _peak_mb()


def _peak_mb() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 1024), 1)
