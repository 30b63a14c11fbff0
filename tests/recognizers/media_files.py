"""Small real media, written for a test."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np

from recognizers.types import ImageArray

WIDTH, HEIGHT, FRAMES, RATE = 80, 60, 20, 25
TIFF_TURNED = b"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
"""EXIF that says: turn this picture by 90 degrees."""


def picture(shift: int = 0, width: int = WIDTH, height: int = HEIGHT) -> ImageArray:
    """RGB: red at the left, blue at the right, moved round by `shift`."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2] = (255, 0, 0)
    image[:, width // 2 :] = (0, 0, 255)
    return np.roll(image, shift, axis=1)


def write_video(path: Path, codec: str = "mp4v", frames: int = FRAMES) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), RATE, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for index in range(frames):
        writer.write(picture(3 * index)[..., ::-1])
    writer.release()
    return path


def write_gif(path: Path, frames: int) -> Path:
    animation = cv2.Animation()
    animation.frames = [picture(5 * index)[..., ::-1].copy() for index in range(frames)]
    animation.durations = [100] * frames
    assert cv2.imwriteanimation(str(path), animation)
    return path


def encoded(image: np.ndarray, suffix: str = ".jpg") -> bytes:
    """An RGB (or RGBA, or grey) array as the bytes of a picture file."""
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(image.shape[2] if image.ndim == 3 else 0)
    written, data = cv2.imencode(suffix, image if order is None else np.ascontiguousarray(image[..., order]))
    assert written
    return data.tobytes()


def write_photo(path: Path, image: np.ndarray | None = None, suffix: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(picture() if image is None else image, suffix or path.suffix))
    return path


def turned_jpeg(image: ImageArray) -> bytes:
    """A JPEG whose EXIF says that it is to be shown turned by 90 degrees."""
    data = encoded(image)
    exif = b"Exif\x00\x00" + TIFF_TURNED
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def turn_video(path: Path) -> None:
    """Write a display matrix of 90 degrees into an MP4's track header."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -(1 << 16), 0, 0, HEIGHT << 16, 0, 1 << 30)
    path.write_bytes(data)
