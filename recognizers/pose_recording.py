"""The .pose format of sign language processing: points of people over time, in named parts. Versions 0.1 and 0.2.

What of it is read and written is told in docs/formats/pose-exchange.md. All numbers are little-endian; a text is its
length in bytes (uint16) and UTF-8.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizers.array_files import replacing
from recognizers.errors import FormatError, TooNewError
from recognizers.media import check_file, unreadable
from recognizers.types import FloatArray

WRITTEN_VERSION = 0.2
MAX_BYTES = 512 * 1024**2
MAX_FRAMES = 100_000
MAX_SIDE = 65_535
_COLOUR = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class PosePart:
    """One named part of a person.

    Attributes:
        name: such as `LEFT_HAND_LANDMARKS`.
        points: the names of its points.
        axes: which coordinates it tells, `XY` or `XYZ`.
        limbs: pairs of points that viewers join by a line.
    """

    name: str
    points: tuple[str, ...]
    axes: str = "XYZ"
    limbs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PoseRecording:
    """A recording.

    Attributes:
        size: width and height of the picture in pixels.
        fps: frames a second.
        parts: what a person consists of, in the order of the points.
        data: float32 (T, people, P, D): x and y in pixels, z as its maker stored it.
        confidence: float32 (T, people, P), from 0, which is missing, to 1.
        depth: the third side of the space, 0 where there is none.
    """

    size: tuple[int, int]
    fps: float
    parts: tuple[PosePart, ...]
    data: FloatArray
    confidence: FloatArray
    depth: int = 0


def read_pose(path: Path) -> PoseRecording:
    """Read a .pose file.

    Raises:
        SourceError: it is missing or cannot be read.
        TooNewError: it is of a newer version.
        FormatError: it is damaged, of an older version, or no such file.
    """
    check_file(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FormatError("the file is too large", where=path, expected=f"at most {MAX_BYTES:,} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    return parse_pose(content, path)


def parse_pose(content: bytes, where: object) -> PoseRecording:
    """Read a recording from the bytes of a .pose file; like `read_pose`, which is about files."""
    reader = _Reader(content, where)
    version = reader.number("<f")
    _check_version(version, where)
    width, height, depth, count = reader.shorts(4)
    parts = tuple(_part(reader) for _ in range(count))
    if not width or not height or not sum(len(part.points) for part in parts):
        found = f"{width} x {height}, {len(parts)} parts"
        raise FormatError("is no recording", where=where, expected="a picture's size, and points", found=found)
    fps, stated = _times(reader, old=version < WRITTEN_VERSION - 0.05)
    (people,) = reader.shorts(1)
    axes = max(len(part.axes) for part in parts)
    frame_bytes = people * sum(len(part.points) for part in parts) * (axes + 1) * 4
    frames = stated if stated is not None else reader.left // frame_bytes if frame_bytes else 0
    if not frames or not people or frames * frame_bytes != reader.left:
        expected = f"{frames} frames of {people} people, {frames * frame_bytes:,} bytes"
        raise FormatError("is cut off or damaged", where=where, expected=expected, found=f"{reader.left:,} bytes")
    if frames > MAX_FRAMES:
        raise FormatError("is too long", where=where, expected=f"at most {MAX_FRAMES:,} frames", found=f"{frames:,}")
    shape = (frames, people, frame_bytes // people // (axes + 1) // 4)
    data = reader.floats((*shape, axes))
    return PoseRecording((width, height), fps, parts, data, reader.floats(shape), depth)


def _check_version(version: float, where: object) -> None:
    if any(math.isclose(version, known, abs_tol=1e-3) for known in (0.1, 0.2)):
        return
    problem = "is no .pose file, or of a version that is not read"
    if 0.2 < version < 10:
        remedy = "Update Mudra, or save it again as version 0.2"
        raise TooNewError(
            "is of a newer version", where=where, expected="0.1 or 0.2", found=f"{version:g}", remedy=remedy
        )
    expected = "version 0.1 or 0.2, as other programs save it"
    raise FormatError(problem, where=where, expected=expected, found=f"{version:g}")


def _times(reader: _Reader, *, old: bool) -> tuple[float, int | None]:
    """Return frames a second and how many frames; None in version 0.1, whose number is too small for long ones."""
    fps = reader.number("<H" if old else "<f")
    frames = int(reader.number("<H" if old else "<I"))
    if not math.isfinite(fps) or not 1e-3 <= fps <= 1e5:
        raise FormatError("wrong frames a second", where=reader.where, expected="0.001 to 100,000", found=f"{fps:g}")
    return fps, None if old else frames


def _part(reader: _Reader) -> PosePart:
    name, letters = reader.text(), reader.text()
    points, limbs, colours = reader.shorts(3)
    names = tuple(reader.text() for _ in range(points))
    joined = [reader.shorts(2) for _ in range(limbs)]
    reader.skip(6 * colours)
    if letters not in ("XYC", "XYZC"):
        raise FormatError(f"wrong part '{name[:40]}'", where=reader.where, expected="XYC or XYZC", found=letters[:40])
    return PosePart(name, names, letters[:-1], tuple((one, other) for one, other in joined))


class _Reader:
    """Takes values off the start of some bytes; a value that is not whole raises a `FormatError`."""

    def __init__(self, content: bytes, where: object) -> None:
        self.where = where
        self._content, self._place = content, 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._content) - self._place

    def skip(self, count: int) -> int:
        """Leave bytes out; return where they began."""
        if count > self.left:
            raise FormatError("is cut off, or no .pose file", where=self.where)
        self._place += count
        return self._place - count

    def number(self, form: str) -> float:
        """Return a number of a form of `struct`."""
        (value,) = struct.unpack_from(form, self._content, self.skip(struct.calcsize(form)))
        return float(value)

    def shorts(self, count: int) -> tuple[int, ...]:
        """Return whole numbers of 16 bits."""
        return struct.unpack_from(f"<{count}H", self._content, self.skip(2 * count))

    def text(self) -> str:
        """Return a text after its length."""
        (length,) = self.shorts(1)
        start = self.skip(length)
        try:
            return self._content[start : self._place].decode()
        except UnicodeDecodeError:
            raise FormatError("a name is not UTF-8", where=self.where) from None

    def floats(self, shape: Sequence[int]) -> FloatArray:
        """Return an array of float32."""
        count = math.prod(shape)
        start = self.skip(4 * count)
        return np.frombuffer(self._content, "<f4", count, start).astype(np.float32).reshape(shape)


def write_pose(path: Path, recording: PoseRecording) -> None:
    """Write a .pose file of version 0.2 as a whole or not at all.

    Raises:
        FormatError: the recording does not fit the format.
        OutputError: it cannot be written.
    """
    points = sum(len(part.points) for part in recording.parts)
    axes = max((len(part.axes) for part in recording.parts), default=0)
    frames, people = recording.data.shape[:2]
    sizes = (*recording.size, recording.depth, len(recording.parts), people, points)
    if not all(0 <= size <= MAX_SIDE for size in sizes) or recording.data.shape[2:] != (points, axes):
        raise FormatError("the recording does not fit a .pose file", where=path, found=f"{recording.data.shape}")
    head = struct.pack("<f4H", WRITTEN_VERSION, *recording.size, recording.depth, len(recording.parts))
    head += b"".join(map(_part_bytes, recording.parts))
    head += struct.pack("<fIH", recording.fps, frames, people)
    with replacing(path) as file:
        file.write(head + _float_bytes(recording.data) + _float_bytes(recording.confidence))


def _part_bytes(part: PosePart) -> bytes:
    texts = [_text_bytes(name) for name in part.points]
    limbs = [struct.pack("<2H", *limb) for limb in part.limbs]
    counts = struct.pack("<3H", len(texts), len(limbs), 1)
    start = _text_bytes(part.name) + _text_bytes(f"{part.axes}C") + counts
    return start + b"".join(texts) + b"".join(limbs) + struct.pack("<3H", *_COLOUR)


def _text_bytes(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<H", len(content)) + content


def _float_bytes(values: npt.NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(values, "<f4").tobytes()
