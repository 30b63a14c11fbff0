"""What Linux tells about a video device, asked through V4L2 without switching the camera on.

The numbers and layouts are those of the kernel's linux/videodev2.h, which never change; every structure is
the same on 32 and 64 bits.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

Ioctl = Callable[[int, int, bytes], bytes]
"""As `fcntl.ioctl`: descriptor, request, the structure in; the structure out, or OSError."""

QUERYCAP = 0x80685600
ENUM_FMT = 0xC0405602
ENUM_FRAMESIZES = 0xC02C564A
ENUM_FRAMEINTERVALS = 0xC034564B
REQBUFS = 0xC0145608
_CAPTURE = 0x1
_HAS_DEVICE_CAPS = 0x80000000
_DISCRETE = 1
_MMAP = 1
_MOST = 64
"""No camera lists more formats, sizes or rates than this; a driver that never says EINVAL ends here."""
_USUAL_SIZES = ((640, 480), (1280, 720), (1920, 1080))
"""What is named of a camera that takes any size within limits."""


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """What a camera can give: width and height in pixels, pictures a second, four letters for the pixels.

    A rate of 0 and empty letters mean that the system does not tell.
    """

    width: int
    height: int
    rate: float
    pixels: str

    def __str__(self) -> str:
        size = f"{self.width}x{self.height}"
        rate = f" at {self.rate:.3g} a second" if self.rate else ""
        return f"{size}{rate}{f' ({self.pixels})' if self.pixels else ''}"


class VideoNode:
    """One /dev/videoN, open for questions. Opening it neither starts the camera nor keeps others from it.

    Args:
        path: the device.
        ioctl: for tests; the system's own otherwise.

    Raises:
        OSError: it is not there, or may not be opened.
    """

    def __init__(self, path: Path, ioctl: Ioctl | None = None) -> None:
        if ioctl is None:
            import fcntl

            ioctl = fcntl.ioctl
        self._ioctl: Ioctl = ioctl
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def _ask(self, request: int, question: bytes) -> bytes | None:
        """Return the driver's answer, or None where it has none: the end of a list, or no such question."""
        try:
            return self._ioctl(self._descriptor, request, question)
        except OSError:
            return None

    def card(self) -> str | None:
        """Return the camera's name, or None for what does not capture, such as a webcam's metadata."""
        # v4l2_capability: driver 16, card 32, bus_info 32, version, capabilities, device_caps, 3 reserved
        answer = self._ask(QUERYCAP, bytes(104))
        if answer is None:
            return None
        whole, own = struct.unpack_from("=II", answer, 84)
        if not (own if whole & _HAS_DEVICE_CAPS else whole) & _CAPTURE:
            return None
        return answer[16:48].split(b"\0")[0].decode("utf-8", "replace").strip()

    def formats(self) -> Iterator[CameraFormat]:
        """Yield what it can give, in the driver's order."""
        for number in range(_MOST):
            # v4l2_fmtdesc: index, type, flags, description 32, pixelformat, mbus_code, 3 reserved
            answer = self._ask(ENUM_FMT, struct.pack("=II56x", number, _CAPTURE))
            if answer is None:
                return
            code = answer[44:48]
            for width, height in self._sizes(code):
                for rate in self._rates(code, width, height):
                    yield CameraFormat(width, height, rate, code.decode("latin-1").strip())

    def _sizes(self, code: bytes) -> Iterator[tuple[int, int]]:
        for number in range(_MOST):
            # v4l2_frmsizeenum: index, pixel_format, type, then width and height, or limits and steps
            answer = self._ask(ENUM_FRAMESIZES, struct.pack("=I4s36x", number, code))
            if answer is None:
                return
            kind, first, second = struct.unpack_from("=III", answer, 8)
            if kind == _DISCRETE:
                yield first, second
                continue
            low_w, high_w, _, low_h, high_h, _ = struct.unpack_from("=6I", answer, 12)
            yield from ((w, h) for w, h in _USUAL_SIZES if low_w <= w <= high_w and low_h <= h <= high_h)
            return

    def _rates(self, code: bytes, width: int, height: int) -> Iterator[float]:
        told = False
        for number in range(_MOST):
            # v4l2_frmivalenum: index, pixel_format, width, height, type, then seconds as a fraction
            answer = self._ask(ENUM_FRAMEINTERVALS, struct.pack("=I4sII36x", number, code, width, height))
            if answer is None:
                break
            kind, above, below = struct.unpack_from("=III", answer, 16)
            told = True
            yield round(below / above, 2) if above else 0.0
            if kind != _DISCRETE:  # the shortest of a range of intervals: the highest rate
                return
        if not told:
            yield 0.0

    def is_taken(self) -> bool:
        """Return whether another program holds the camera's buffers, which only one can.

        Asking for no buffers at all changes nothing and starts nothing.
        """
        # v4l2_requestbuffers: count, type, memory, capabilities, flags and reserved
        try:
            self._ioctl(self._descriptor, REQBUFS, struct.pack("=III8x", 0, _CAPTURE, _MMAP))
        except OSError as error:
            return error.errno == errno.EBUSY
        return False


def numbers(folder: Path) -> list[int]:
    """Return N of every videoN in a folder, sorted."""
    names = [path.name[5:] for path in folder.glob("video*")]
    return sorted(int(name) for name in names if name.isascii() and name.isdigit() and str(int(name)) == name)
