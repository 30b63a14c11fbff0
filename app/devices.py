"""What gives live pictures: the interface, the synthetic signer, a scripted fake (webcams: `cameras.video_device`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from app.cameras.causes import CameraError, Cause
from app.cameras.v4l2 import CameraFormat
from recognizers.errors import SourceError
from recognizers.types import Frame, ImageArray


@dataclass(frozen=True, slots=True)
class CameraWish:
    """The size and rate to ask a webcam for; it gives what comes nearest.

    The default is the whole view of a usual webcam: asked for 640x480, many cut off the sides, where the hands
    of a signer are.
    """

    width: int = 1280
    height: int = 720
    rate: float = 30.0


class Device(Protocol):
    """What gives pictures. All calls come from one thread.

    Attributes:
        name: what messages call it.
        asked: what was asked of it when it was opened last, or None where nothing is asked.
        given: what it then said that it gives, or None where it does not tell.
    """

    name: str
    asked: CameraFormat | None
    given: CameraFormat | None

    def open(self) -> None:
        """Start it.

        Raises:
            SourceError: it is not there, or refuses.
        """

    def read(self) -> ImageArray | None:
        """Wait for the next picture, RGB, not mirrored; None where the stream has ended for good.

        Raises:
            SourceError: it is lost.
        """

    def close(self) -> None:
        """Stop it; also after a failed `open`."""


@dataclass(frozen=True, slots=True)
class Show:
    """The fake camera gives one picture `count` times, `rate` a second.

    With `grain`, no two of them are quite alike, as from a real camera; `brightness` is multiplied in.
    """

    image: ImageArray
    count: int = 1
    rate: float = 30.0
    brightness: float = 1.0
    grain: bool = False

    def picture(self, number: int) -> ImageArray:
        """Return the picture of this number: uint8 (H, W, 3)."""
        if self.brightness == 1.0 and not self.grain:
            return self.image
        image: ImageArray = np.minimum(self.image * np.float32(self.brightness), 255).astype(np.uint8)
        if self.grain:
            image[0, 0] = image[0, 0] & 0xFE | number & 1
        return image


@dataclass(frozen=True, slots=True)
class Hang:
    """The fake camera hangs while it is opened, the next time, and then opens."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Refuse:
    """The fake camera cannot be opened, the next time."""

    message: str = "the fake camera cannot be opened"
    cause: Cause = Cause.FAILED


@dataclass(frozen=True, slots=True)
class Lose:
    """The fake camera is lost while it is read."""

    message: str = "the fake camera gives no pictures any more"
    cause: Cause = Cause.FAILED


@dataclass(frozen=True, slots=True)
class Freeze:
    """The fake camera hangs without a word."""

    seconds: float


Act = Show | Hang | Refuse | Lose | Freeze
_CHANGE = "Change its script"


class FakeDevice:
    """A camera that plays a script, for tests and for trying out what the app does when a camera fails.

    Args:
        acts: what happens, in this order; at the end the stream ends.
        name: its name.
        given: the size and rate that it promises.
    """

    def __init__(self, acts: list[Act], name: str = "the fake camera", given: CameraFormat | None = None) -> None:
        self.name = name
        self.asked: CameraFormat | None = None
        self.given = given
        self.is_open = False
        self._acts = list(acts)
        self._shown = 0
        self._number = 0

    def open(self) -> None:
        """Open it, unless the script says otherwise now.

        Raises:
            SourceError: a `Refuse` was next.
        """
        first = self._acts[0] if self._acts else None
        if isinstance(first, Hang):
            del self._acts[0]
            time.sleep(first.seconds)
        first = self._acts[0] if self._acts else None
        if isinstance(first, Refuse):
            del self._acts[0]
            raise CameraError(first.cause, first.message, _CHANGE)
        self.is_open = True

    def read(self) -> ImageArray | None:
        """Play the next moment of the script.

        Raises:
            SourceError: a `Lose`, or what belongs to opening, was next.
        """
        while self._acts:
            act = self._acts[0]
            if isinstance(act, Show) and self._shown < act.count:
                time.sleep(1 / act.rate)
                self._shown += 1
                self._number += 1
                return act.picture(self._number)
            if isinstance(act, Refuse | Hang):
                raise CameraError(Cause.FAILED, f"{self.name} gives no pictures any more", _CHANGE)
            self._shown = 0
            self._acts.pop(0)
            if isinstance(act, Freeze):
                time.sleep(act.seconds)
            if isinstance(act, Lose):
                raise CameraError(act.cause, act.message, _CHANGE)
        return None

    def close(self) -> None:
        """Close it."""
        self.is_open = False


class SyntheticDevice:
    """The synthetic signer as a camera: paced by the clock, with the faults of its script.

    Args:
        script: see docs/synthetic-signer.md; empty for the demo.

    Raises:
        UsageError: the script is wrong.
    """

    def __init__(self, script: str = "") -> None:
        from recognizers.synthetic import SyntheticSource

        self._signer = SyntheticSource(script, realtime=True)
        self._frames: Iterator[Frame] | None = None
        self.name = self._signer.name
        script_read = self._signer.script
        self.asked: CameraFormat | None = None
        self.given: CameraFormat | None = CameraFormat(*script_read.size, script_read.fps, "")

    def open(self) -> None:
        """Begin the script; after a loss for good there is nothing to open.

        Raises:
            SourceError: the script lost it for good.
        """
        if self._signer.problems:
            raise self._lost()
        self._frames = self._frames or self._signer.items()

    def read(self) -> ImageArray | None:
        """Wait for the next picture.

        Raises:
            SourceError: the script loses it for good.
        """
        frame = None if self._frames is None else next(self._frames, None)
        if frame is None and self._signer.problems:
            raise self._lost()
        return None if frame is None else self._grainy(frame)

    def _grainy(self, frame: Frame) -> ImageArray:
        """Return the picture with a trace of grain: a camera's pictures differ unless they are frozen."""
        faults = self._signer.script.faults
        if any(fault.kind == "freeze" and fault.covers(frame.t_ns / 1e9) for fault in faults):
            return frame.image
        image = frame.image.copy()
        image[0, 0] ^= frame.index & 1
        return image

    def _lost(self) -> SourceError:
        problem = self._signer.problems[0]
        return SourceError(problem.problem, remedy=problem.remedy)

    def close(self) -> None:
        """Leave the script where it is: it goes on when the camera is opened again."""


def public_address(address: str) -> str:
    """Return an address without user name and password: it is printed and written into files."""
    try:
        parts = urlsplit(address)
    except ValueError:  # it has no parts that could be shown one by one
        return address.partition("://")[0] + "://..."
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
