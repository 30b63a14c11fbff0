"""A stand-in for the kernel's V4L2: answers the questions that `VideoNode` asks about plain files."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from app.cameras import v4l2


@dataclass
class Camera:
    """One video device.

    Attributes:
        card: its name.
        captures: whether it gives pictures; a webcam's second device gives metadata alone.
        sizes: by four letters and (width, height), the seconds between pictures.
        limits: by four letters, (least width, most width, least height, most height) instead of sizes.
        taken: whether another program holds its buffers.
        asked: the requests that came.
    """

    card: str
    captures: bool = True
    sizes: Mapping[str, Mapping[tuple[int, int], Sequence[Fraction]]] = field(default_factory=dict)
    limits: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    taken: bool = False
    asked: list[int] = field(default_factory=list)


class Driver:
    """Plays the kernel for the devices in a folder.

    Args:
        folder: where the devices are made, as plain files.
        cameras: by number.
    """

    def __init__(self, folder: Path, cameras: Mapping[int, Camera]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._by_inode: dict[int, Camera] = {}
        for number, camera in cameras.items():
            path = folder / f"video{number}"
            path.touch()
            self._by_inode[path.stat().st_ino] = camera

    def __call__(self, descriptor: int, request: int, question: bytes) -> bytes:
        """Answer as `fcntl.ioctl` does."""
        camera = self._by_inode.get(os.fstat(descriptor).st_ino)
        if camera is None:
            raise OSError(errno.ENOTTY, "not a video device")
        camera.asked.append(request)
        answer = _ANSWERS[request](camera, question)
        if answer is None:
            raise OSError(errno.EINVAL, "the list ends here")
        assert len(answer) == len(question) == request >> 16 & 0x3FFF, "the size is part of the request"
        return answer


def _capabilities(camera: Camera, question: bytes) -> bytes:
    whole, own = 0x84A00001, 0x04200001 if camera.captures else 0x04A00000
    name = camera.card.encode()[:31]
    return struct.pack("=16s32s32sIII12x", b"uvcvideo", name, b"usb-1", 6 << 16, whole, own)


def _letters(camera: Camera) -> list[str]:
    return [*camera.sizes, *camera.limits]


def _format(camera: Camera, question: bytes) -> bytes | None:
    index, kind = struct.unpack_from("=II", question)
    assert kind == 1, "pictures are asked for"
    if index >= len(_letters(camera)):
        return None
    letters = _letters(camera)[index]
    return struct.pack("=III32s4sI12x", index, kind, 0, b"in words", letters.encode(), 0)


def _size(camera: Camera, question: bytes) -> bytes | None:
    index, code = struct.unpack_from("=I4s", question)
    letters = code.decode()
    if letters in camera.limits:
        least_w, most_w, least_h, most_h = camera.limits[letters]
        return struct.pack("=I4sI6I8x", index, code, 3, least_w, most_w, 2, least_h, most_h, 2)
    sizes = list(camera.sizes.get(letters, {}))
    if index >= len(sizes):
        return None
    return struct.pack("=I4sIII24x", index, code, 1, *sizes[index])


def _interval(camera: Camera, question: bytes) -> bytes | None:
    index, code, width, height = struct.unpack_from("=I4sII", question)
    pauses = camera.sizes.get(code.decode(), {}).get((width, height), ())
    if index >= len(pauses):
        return None
    pause = pauses[index]
    return struct.pack("=I4sIIIII24x", index, code, width, height, 1, pause.numerator, pause.denominator)


def _buffers(camera: Camera, question: bytes) -> bytes:
    assert struct.unpack_from("=III", question) == (0, 1, 1), "no buffer may be asked for"
    if camera.taken:
        raise OSError(errno.EBUSY, "Device or resource busy")
    return question


_ANSWERS = {
    v4l2.QUERYCAP: _capabilities,
    v4l2.ENUM_FMT: _format,
    v4l2.ENUM_FRAMESIZES: _size,
    v4l2.ENUM_FRAMEINTERVALS: _interval,
    v4l2.REQBUFS: _buffers,
}
WEBCAM = {
    "MJPG": {
        (1280, 720): [Fraction(1, 30), Fraction(1, 15)],
        (640, 480): [Fraction(1, 30)],
    },
    "YUYV": {(640, 480): [Fraction(1, 30)], (1280, 720): [Fraction(1, 10)]},
}
"""The formats of a usual webcam."""
