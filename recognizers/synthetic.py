"""The synthetic signer: a source that draws hands really detected by the landmarker, from a script.

It stands in for a camera where there is none, and gives tests and trainings pictures of known truth.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizers import handmodel
from recognizers.errors import SourceError
from recognizers.frames import Source
from recognizers.signer_figure import Figure
from recognizers.signer_motion import Timeline, motions
from recognizers.signer_script import NOTHING, Fault, Script, read_script
from recognizers.types import HAND_POINTS, LEFT, RIGHT, FloatArray, Frame, ImageArray, SourceKind

SLOW_RATE = 5.0
"""Frames a second while the source is slow."""
_REST = (-188.0, 292.0)
"""Where the middle of the right palm rests: x from the signer's middle, y from the top, height 480."""
_PALM_POINTS = (0, 5, 9, 13, 17)
_DISTANCE = 9.0
_DARKNESS = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a picture of the synthetic signer shows.

    Attributes:
        label: the item's name, "none" where no hand is meant to be in view; None while nothing can be seen.
        settled: whether the hands have arrived at it; False while they move there.
        hands: float32 (2, 21, 3) in image fractions, slot 0 = the signer's left hand; NaN where out of view.
    """

    label: str | None
    settled: bool
    hands: FloatArray


class SyntheticSource(Source):
    """Pictures of a signer who follows a script.

    Args:
        script: see docs/synthetic-signer.md; empty for a demo of about eighteen seconds.
        realtime: paced by the clock as a camera is (kind LIVE) instead of as fast as it is read (RECORDED).

    Raises:
        UsageError: the script is wrong.
    """

    def __init__(self, script: str = "", *, realtime: bool = False) -> None:
        self.script: Script = read_script(script, (*handmodel.poses(), *motions()))
        drops = any(fault.kind in ("lost", "slow") for fault in self.script.faults)
        self._grid = None if self.script.loop else math.ceil(self.script.seconds * self.script.fps - 1e-9)
        super().__init__(
            "synthetic",
            SourceKind.LIVE if realtime else SourceKind.RECORDED,
            frame_rate=self.script.fps,
            frame_count=None if drops else self._grid,
        )
        self._timeline = Timeline(self.script)
        self._figure = Figure(self.script.size, self.script.face)
        self._closed = threading.Event()

    def items(self) -> Iterator[Frame]:
        """Yield the frames; a second call starts over. Numbers of frames lost to a fault stay free."""
        if self._closed.is_set():
            raise SourceError("the synthetic signer was closed", where=self.name)
        frozen: tuple[float, ImageArray] | None = None
        for index in self._indices():
            seconds = index / self.script.fps
            if self._lost_for_good(seconds):
                self.problems.append(
                    SourceError(
                        f"the source was lost at {seconds:.2f} s, as its script says",
                        where=self.name,
                        remedy="Give the lost fault a length, as in lost@3s:1s, for a source that comes back",
                    )
                )
                return
            if self._fault("lost", seconds) or self._skipped(index):
                continue
            shown = self._shown(seconds)
            if shown == seconds:
                image = self.picture(shown)
            else:
                if frozen is None or frozen[0] != shown:
                    frozen = shown, self.picture(shown)
                image = frozen[1]
            if self._fault("dark", seconds):
                image = (image * _DARKNESS).astype(np.uint8)
            yield Frame(image, round(index / self.script.fps * 1e9), index, self.name)

    def _indices(self) -> Iterator[int]:
        """Yield frame numbers until the end; in real time each at its moment, late ones left out."""
        began, index = time.monotonic(), 0
        while not self._closed.is_set() and (self._grid is None or index < self._grid):
            if self.kind is SourceKind.LIVE:
                ahead = began + index / self.script.fps - time.monotonic()
                if ahead > 0 and self._closed.wait(ahead):
                    return
                index += max(0, math.floor(-ahead * self.script.fps))
                if self._grid is not None and index >= self._grid:
                    return
            yield index
            index += 1

    def _fault(self, kind: str, seconds: float) -> Fault | None:
        return next((f for f in self.script.faults if f.kind == kind and f.covers(seconds)), None)

    def _lost_for_good(self, seconds: float) -> bool:
        fault = self._fault("lost", seconds)
        return fault is not None and fault.seconds is None

    def _skipped(self, index: int) -> bool:
        """Whether a slow source leaves this frame out: only the first in each fifth of a second comes."""
        fps = self.script.fps
        if not self._fault("slow", index / fps) or index == 0:
            return False
        return math.floor(index * SLOW_RATE / fps + 1e-9) == math.floor((index - 1) * SLOW_RATE / fps + 1e-9)

    def _shown(self, seconds: float) -> float:
        """Return the time that the picture shows: earlier than now while it is frozen."""
        fault = self._fault("freeze", seconds)
        return seconds if fault is None else fault.start

    def picture(self, seconds: float) -> ImageArray:
        """Return the picture at a time, without faults: uint8 (H, W, 3), RGB."""
        hands = {side: self._hand(side, seconds) for side in (LEFT, RIGHT)}
        return self._figure.draw({side: hand for side, hand in hands.items() if hand is not None})

    def _hand(self, side: int, seconds: float) -> npt.NDArray[np.float64] | None:
        """Return (21, 3) pixels, or None while the hand is out of view."""
        state = self._timeline.hand(side, seconds)
        if state is None:
            return None
        x, y, yaw, pitch, roll = state.offset.tolist()
        outward = 1.0 if side == RIGHT else -1.0
        width, height = self.script.size
        view = handmodel.View(
            self.script.size,
            self._figure.palm / height,
            (0.0, 0.0),
            _DISTANCE,
            yaw * outward,
            pitch,
            roll * outward,
        )
        points = handmodel.posed(state.pose, side, self._timeline.anatomy)
        pixels = handmodel.project(points, view).astype(np.float64) * (width, height, width)
        palm = self._figure.palm
        spot = self._figure.place(_REST[0] * outward, _REST[1]) + np.array((x * outward, y)) * palm
        pixels[:, :2] += spot - pixels[list(_PALM_POINTS), :2].mean(axis=0)
        return pixels

    def truth(self, t_ns: int) -> Truth:
        """Return what the picture at a time shows: the model's own landmarks, for tests and training."""
        seconds = t_ns / 1e9
        hands = np.full((2, HAND_POINTS, 3), np.nan, np.float32)
        if self._fault("lost", seconds) or self._fault("dark", seconds):
            return Truth(None, False, hands)
        shown = self._shown(seconds)
        width, height = self.script.size
        for side in (LEFT, RIGHT):
            points = self._hand(side, shown)
            if points is not None:
                hands[side] = points / (width, height, width)
        return Truth(self._timeline.item(shown)[0].name, self._timeline.settled(shown), hands)

    def close(self) -> None:
        """End an iteration under way."""
        self._closed.set()


__all__ = ["NOTHING", "SyntheticSource", "Truth"]
