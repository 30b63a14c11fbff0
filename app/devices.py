"""What gives live pictures: a webcam or a stream through OpenCV, the synthetic signer, a scripted fake."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from recognizers.errors import SourceError
from recognizers.types import Frame, ImageArray


class Device(Protocol):
    """What gives pictures. All calls come from one thread."""

    name: str

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


class VideoDevice:
    """A webcam by its number or a stream by its address, through OpenCV.

    Args:
        address: the camera's number, or an address such as rtsp://host/path.
    """

    def __init__(self, address: int | str) -> None:
        self._address = address
        self._capture: Any = None
        self.name = f"camera {address}" if isinstance(address, int) else public_address(address)

    def open(self) -> None:
        """Open it; a stream has five seconds to answer.

        Raises:
            SourceError: it is not there, is in use, or does not answer.
        """
        import cv2

        try:
            if isinstance(self._address, int):
                self._capture = cv2.VideoCapture(self._address)
            else:
                limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 5000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 5000]
                limits += [cv2.CAP_PROP_N_THREADS, 2]
                self._capture = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)
            opened = self._capture.isOpened()
        except cv2.error:
            opened = False
        if not opened:
            raise SourceError(f"{self.name} cannot be opened", remedy=self._remedy())
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def _remedy(self) -> str:
        if isinstance(self._address, int):
            return "Check that it is plugged in, that you may use it, and that no other program does"
        return "Check the address and the network"

    def read(self) -> ImageArray | None:
        """Wait for the next picture; None at the end of a recording that is served as a stream.

        Raises:
            SourceError: no picture came.
        """
        import cv2

        capture = self._capture
        try:
            grabbed, image = capture.read()
            if grabbed and image is not None and image.size:
                rgb: ImageArray = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                return rgb
            count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
            position = capture.get(cv2.CAP_PROP_POS_FRAMES)
        except cv2.error:
            count = position = 0
        if isinstance(self._address, str) and 0 < count <= position:
            return None
        raise SourceError(f"{self.name} gives no pictures any more", remedy=self._remedy())

    def close(self) -> None:
        """Release it."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None


@dataclass(frozen=True, slots=True)
class Show:
    """The fake camera gives one picture `count` times, `rate` a second."""

    image: ImageArray
    count: int = 1
    rate: float = 30.0


@dataclass(frozen=True, slots=True)
class Refuse:
    """The fake camera cannot be opened, the next time."""

    message: str = "the fake camera cannot be opened"


@dataclass(frozen=True, slots=True)
class Lose:
    """The fake camera is lost while it is read."""

    message: str = "the fake camera gives no pictures any more"


@dataclass(frozen=True, slots=True)
class Freeze:
    """The fake camera hangs without a word."""

    seconds: float


Act = Show | Refuse | Lose | Freeze


class FakeDevice:
    """A camera that plays a script, for tests and for trying out what the app does when a camera fails.

    Args:
        acts: what happens, in this order; at the end the stream ends.
        name: its name.
    """

    def __init__(self, acts: list[Act], name: str = "the fake camera") -> None:
        self.name = name
        self.is_open = False
        self._acts = list(acts)
        self._shown = 0

    def open(self) -> None:
        """Open it, unless the script says otherwise now.

        Raises:
            SourceError: a `Refuse` was next.
        """
        first = self._acts[0] if self._acts else None
        if isinstance(first, Refuse):
            del self._acts[0]
            raise SourceError(first.message, remedy="Change its script")
        self.is_open = True

    def read(self) -> ImageArray | None:
        """Play the next moment of the script.

        Raises:
            SourceError: a `Lose` or a `Refuse` was next.
        """
        while self._acts:
            act = self._acts[0]
            if isinstance(act, Show) and self._shown < act.count:
                time.sleep(1 / act.rate)
                self._shown += 1
                return act.image
            if isinstance(act, Refuse):
                raise SourceError(f"{self.name} gives no pictures any more", remedy="Change its script")
            self._shown = 0
            self._acts.pop(0)
            if isinstance(act, Freeze):
                time.sleep(act.seconds)
            if isinstance(act, Lose):
                raise SourceError(act.message, remedy="Change its script")
        return None

    def close(self) -> None:
        """Close it."""
        self.is_open = False


class SyntheticDevice:
    """The synthetic signer as a camera: paced by the clock, with the faults of its script.

    Args:
        script: see docs/synthetic-signer.md; empty for the demo.
        repeated: whether the script begins anew at its end.

    Raises:
        UsageError: the script is wrong.
    """

    def __init__(self, script: str = "", *, repeated: bool = False) -> None:
        from recognizers.synthetic import SyntheticSource

        self._again = partial(SyntheticSource, script, realtime=True) if repeated else None
        self._signer = SyntheticSource(script, realtime=True)
        self._frames: Iterator[Frame] | None = None
        self.name = self._signer.name

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
        if frame is None and self._again is not None:
            self._signer = self._again()
            self._frames = self._signer.items()
            frame = next(self._frames, None)
        return None if frame is None else frame.image

    def _lost(self) -> SourceError:
        problem = self._signer.problems[0]
        return SourceError(problem.problem, remedy=problem.remedy)

    def close(self) -> None:
        """Leave the script where it is: it goes on when the camera is opened again."""


def public_address(address: str) -> str:
    """Return an address without user name and password: it is printed and written into files."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
