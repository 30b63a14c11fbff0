"""One photo file to one RGB array."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recognizers.errors import SourceError
from recognizers.media import Media, check_file, sniff, unreadable
from recognizers.types import ImageArray

LONGEST_SIDE = 1920
"""Larger photos are reduced to this many pixels on their long side.

The landmarker looks at a reduced picture anyway, landmarks are fractions, and a 12-megapixel photo is then as
quick and as small in memory as a frame of a video.
"""


def read_photo(path: Path) -> ImageArray:
    """Read a photo as it is meant to be seen.

    The orientation that a camera notes (EXIF) is applied, except to a photo with transparent parts; those
    parts become white, 16 bits become 8, grey becomes RGB, and a photo larger than `LONGEST_SIDE` is reduced.

    Returns:
        uint8 (H, W, 3), RGB, contiguous.

    Raises:
        SourceError: it is missing, empty, unreadable, or no photo.
    """
    check_file(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return decode_photo(data, path)


def decode_photo(data: bytes, where: object) -> ImageArray:
    """Decode a photo's bytes; like `read_photo`, which is about files."""
    import cv2

    kind = sniff(data[:4096])
    if kind is Media.HEIC:
        raise SourceError("HEIC photos cannot be read", where=where, remedy="Save it as JPEG or PNG")
    if kind not in (Media.PHOTO, Media.GIF):
        raise SourceError("is not a photo", where=where, found=kind.value)
    try:
        image = _decode(data)
    except (cv2.error, MemoryError) as error:
        raise SourceError("the photo cannot be decoded", where=where, found=_first_line(error)) from error
    if image is None:
        raise SourceError("the photo is damaged", where=where, remedy="Save it again from the original")
    height, width = image.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(image)


def _decode(data: bytes) -> ImageArray | None:
    import cv2

    buffer = np.frombuffer(data, np.uint8)
    if not data.startswith(b"\xff\xd8"):  # a JPEG has no transparent parts
        raw = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
        if raw is None:
            return None
        if raw.ndim == 3 and raw.shape[2] == 4 and raw.dtype in (np.uint8, np.uint16):
            return _on_white(raw)
    image = cv2.imdecode(buffer, cv2.IMREAD_COLOR)
    return None if image is None else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def _on_white(bgra: np.ndarray[tuple[int, ...], np.dtype[np.uint8 | np.uint16]]) -> ImageArray:
    full = float(np.iinfo(bgra.dtype).max)
    alpha = bgra[..., 3:].astype(np.float32) / full
    rgb = bgra[..., 2::-1].astype(np.float32) / full
    white: ImageArray = np.rint(255 * (rgb * alpha + (1 - alpha))).astype(np.uint8)
    return white


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
