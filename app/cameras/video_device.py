"""A webcam or a network stream as a device, through OpenCV."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from app.cameras.causes import CameraError
from app.cameras.checks import allowed, why_not
from app.cameras.listing import PLATFORM, CameraInfo, list_cameras
from app.cameras.stream_checks import why_no_stream
from app.cameras.v4l2 import CameraFormat
from app.devices import CameraWish, public_address
from recognizers.types import ImageArray

_ANSWER_MS = 5000


def best_format(formats: Sequence[CameraFormat], wish: CameraWish) -> CameraFormat | None:
    """Return the format of a camera that comes nearest to a wish; None where it tells of none that we read.

    First the rate is to be reached, then the size, then the pixels: uncompressed ones cost less than MJPG,
    but USB 2 carries them only for small pictures, and then the camera says so by a low rate.

    Args:
        formats: what it can give.
        wish: what is wanted.
    """

    def distance(each: CameraFormat) -> tuple[float, float, bool]:
        slow = max(0.0, wish.rate - (each.rate or wish.rate)) / wish.rate
        size = _off(each.width / wish.width) + _off(each.height / wish.height)
        return (round(slow, 1), size, each.pixels != "YUYV")

    readable = [each for each in formats if each.pixels in ("YUYV", "MJPG")]
    return min(readable, key=distance, default=None)


def _off(ratio: float) -> float:
    """Return how bad a length is at this ratio to the wished one; too large costs time, and counts twice."""
    return 2 * (ratio - 1) if ratio > 1 else 1 - ratio


class VideoDevice:
    """A webcam by its number or a stream by its address.

    Args:
        address: the camera's number, or an address such as rtsp://host/path.
        wish: the size and rate to ask a webcam for; a stream comes as it is.

    Attributes:
        name: what messages call it; an address without user name and password.
        asked: what was asked of it when it was opened last, or None.
        given: what it then said that it gives, or None.
    """

    def __init__(self, address: int | str, wish: CameraWish | None = None) -> None:
        self._address = address
        self._wish = wish or CameraWish()
        self._capture: Any = None
        self._info: CameraInfo | None = None
        self._worked = False
        self.name = f"camera {address}" if isinstance(address, int) else public_address(address)
        self.asked: CameraFormat | None = None
        self.given: CameraFormat | None = None

    def open(self) -> None:
        """Open it; a stream has five seconds to answer.

        Raises:
            SourceError: it is not there, is in use, is not allowed, or does not answer.
        """
        import cv2

        try:
            if isinstance(self._address, int):
                self._open_camera(self._address)
            else:
                limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _ANSWER_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _ANSWER_MS]
                limits += [cv2.CAP_PROP_N_THREADS, 2]
                self._capture = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)
            opened = self._capture.isOpened()
        except cv2.error:
            opened = False
        if not opened:
            raise self._reason()
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self.given = self._picture()

    def _open_camera(self, number: int) -> None:
        import cv2

        number = self._number_now(number)
        if PLATFORM == "darwin":
            # OpenCV may ask for permission on the main thread alone, and this is another.
            os.environ.setdefault("OPENCV_AVFOUNDATION_SKIP_AUTH", "1")
        if not allowed():
            raise why_not(number, was_there=self._worked)
        backend = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION, "linux": cv2.CAP_V4L2}
        self._capture = cv2.VideoCapture(number, backend.get(PLATFORM, cv2.CAP_ANY))
        if self._capture.isOpened():
            self._ask()

    def _number_now(self, number: int) -> int:
        """Return where the camera is now: plugged in again, it may have got another number.

        It is known by its name; of several with that name, the one in the same plug.
        """
        there = list_cameras()
        before = self._info
        if before is None:
            self._info = next((info for info in there if info.number == number), None)
            return number
        same = [info for info in there if info.name == before.name]
        if not same:
            return number
        self._info = min(same, key=lambda info: (info.place != before.place, info.number != before.number))
        return self._info.number

    def _ask(self) -> None:
        """Ask for the wished size and rate; what the camera makes of it is in `given`."""
        import cv2

        wish = self._wish
        best = best_format(self._info.formats if self._info else (), wish)
        self.asked = CameraFormat(wish.width, wish.height, wish.rate, "MJPG")
        if best is not None:
            self.asked = CameraFormat(best.width, best.height, best.rate or wish.rate, best.pixels)
        before = self._picture()
        # Each of these may start the camera anew, which takes a moment: only what differs is set.
        if PLATFORM != "darwin" and before.pixels != self.asked.pixels:  # there the system chooses the pixels
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*self.asked.pixels))
        if (before.width, before.height) != (self.asked.width, self.asked.height):
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.asked.width)
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.asked.height)
        if before.rate != self.asked.rate:
            self._capture.set(cv2.CAP_PROP_FPS, self.asked.rate)

    def _picture(self) -> CameraFormat:
        import cv2

        code = int(self._capture.get(cv2.CAP_PROP_FOURCC))
        letters = "".join(chr(code >> shift & 0xFF) for shift in (0, 8, 16, 24)) if code > 0 else ""
        # What a stream's header says of its rate is often a guess of the decoder, and no promise.
        rate = float(self._capture.get(cv2.CAP_PROP_FPS)) if isinstance(self._address, int) else 0.0
        return CameraFormat(
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            rate if 0 < rate <= 1000 else 0.0,
            letters if letters.isprintable() else "",
        )

    def _reason(self) -> CameraError:
        if isinstance(self._address, int):
            number = self._info.number if self._info is not None else self._address
            return why_not(number, was_there=self._worked)
        return why_no_stream(self._address, was_there=self._worked)

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
                self._worked = True
                rgb: ImageArray = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                return rgb
            count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
            position = capture.get(cv2.CAP_PROP_POS_FRAMES)
        except cv2.error:
            count = position = 0
        if isinstance(self._address, str) and 0 < count <= position:
            return None
        self.close()
        raise self._reason()

    def close(self) -> None:
        """Release it."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None
