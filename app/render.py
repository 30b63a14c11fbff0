"""Draws what was seen into a video, or into a picture where the source is one photo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.names import shown_name
from app.outputs import Target, cannot_write
from app.overlay import draw
from recognizers.errors import OutputError, UsageError
from recognizers.frames import Source
from recognizers.types import ImageArray, LabelEvent, Snapshot, SourceKind

VIDEO_ENDINGS = (".mp4", ".m4v", ".mov")
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg")
ASSUMED_RATE = 30.0
SLOWEST, FASTEST = 1.0, 240.0
STILL_S = 1.0
"""How long each photo stays, in a video of several."""
LONGEST_GAP_S = 10.0
"""A longer gap in the source's time is cut to this."""


def open_render(path: Path, sources: Sequence[Source]) -> VideoRender | PictureRender:
    """Return what draws into a file, by its ending.

    Raises:
        UsageError: an ending that we do not write, or a picture for something else than one photo.
        OutputError: the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending in VIDEO_ENDINGS:
        return VideoRender(path)
    if ending not in PICTURE_ENDINGS:
        expected = f"a name that ends with {', '.join(VIDEO_ENDINGS + PICTURE_ENDINGS)}"
        raise UsageError("--render cannot write this kind of file", where=path, expected=expected)
    one_photo = len(sources) == 1 and sources[0].kind is SourceKind.STILLS and sources[0].frame_count == 1
    if not one_photo:
        raise UsageError("--render writes a picture only of one photo", where=path, expected="a name such as seen.mp4")
    return PictureRender(path)


class VideoRender:
    """An MPEG-4 video of every frame, as large as the first, never mirrored.

    It keeps the source's time: a frame that a camera dropped is filled with the one before.

    Args:
        path: the file.

    Raises:
        OutputError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._target = _writable_target(path)
        self._writer: Any = None
        self._size = (0, 0)
        self._rate = ASSUMED_RATE
        self._kind = SourceKind.RECORDED
        self._written = self._base = 0
        self._start_ns: int | None = None
        self._last: ImageArray | None = None

    def on_source(self, source: Source) -> None:
        """Go on with the next source where the last one ended."""
        if self._writer is None:
            self._rate = min(max(source.frame_rate or ASSUMED_RATE, SLOWEST), FASTEST)
        self._kind = source.kind
        self._base, self._start_ns = self._written, None

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Draw a frame, at its time.

        Raises:
            OutputError: the video cannot be written.
        """
        if snapshot.frame is None and self._kind is not SourceKind.LANDMARKS:
            return
        image = draw(snapshot)
        if self._writer is None:
            self._open(image)
        image = self._fit(image)
        if self._kind is SourceKind.STILLS:
            self._write(image, max(1, round(STILL_S * self._rate)))
            return
        self._start_ns = snapshot.t_ns if self._start_ns is None else self._start_ns
        due = self._base + round((snapshot.t_ns - self._start_ns) / 1e9 * self._rate)
        missing = min(due - self._written, round(LONGEST_GAP_S * self._rate))
        if missing > 0:
            self._write(image if self._last is None else self._last, missing)
            self._base += self._written - due
        self._write(image, 1)

    def on_event(self, event: LabelEvent) -> None:
        """Labels are drawn from the snapshots."""

    def close(self, *, keep: bool = True) -> None:
        """End the video and put it in its place; without a single frame there is none.

        Raises:
            OutputError: it cannot be put there.
        """
        keep = keep and self._written > 0
        if self._writer is not None:
            self._writer.release()
        if keep and not _is_whole(self._target.partial, self._written):
            self._target.settle(keep=False)
            raise OutputError(
                "the video could not be written completely",
                where=self._target.path,
                remedy="Make sure that its disk has space left",
            )
        self._target.settle(keep=keep)

    def _open(self, image: ImageArray) -> None:
        height, width = image.shape[:2]
        self._size = width + width % 2, height + height % 2  # MPEG-4 halves the colour's resolution
        code = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(self._target.partial), cv2.CAP_FFMPEG, code, self._rate, self._size)
        if not self._writer.isOpened():
            raise OutputError(
                "the video cannot be written", where=self._target.path, found=f"a size of {width} x {height}"
            )

    def _fit(self, image: ImageArray) -> ImageArray:
        """Bring a frame to the video's size, with black beside it where its shape differs."""
        width, height = self._size
        if image.shape[:2] == (height, width):
            return image
        share = min(width / image.shape[1], height / image.shape[0], 1e9)
        if (image.shape[1] + image.shape[1] % 2, image.shape[0] + image.shape[0] % 2) == self._size:
            share = 1.0
        size = max(1, round(image.shape[1] * share)), max(1, round(image.shape[0] * share))
        scaled = image if share == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        canvas = np.zeros((height, width, 3), np.uint8)
        top, left = (height - size[1]) // 2, (width - size[0]) // 2
        canvas[top : top + size[1], left : left + size[0]] = scaled
        return canvas

    def _write(self, image: ImageArray, times: int) -> None:
        self._last = image
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        for _ in range(times):
            self._writer.write(bgr)
        self._written += times


class PictureRender:
    """A picture of one photo.

    Args:
        path: the file, a PNG or JPEG.

    Raises:
        OutputError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._target = _writable_target(path)
        self._drawn = False

    def on_source(self, source: Source) -> None:
        """There is one source."""

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the photo.

        Raises:
            OutputError: it cannot be written.
        """
        encoded, data = cv2.imencode(self._target.path.suffix, cv2.cvtColor(draw(snapshot), cv2.COLOR_RGB2BGR))
        if not encoded:
            raise OutputError("the picture cannot be encoded", where=self._target.path)
        try:
            self._target.partial.write_bytes(data.tobytes())
        except OSError as error:
            raise cannot_write(self._target.path, error) from None
        self._drawn = True

    def on_event(self, event: LabelEvent) -> None:
        """Labels are drawn from the snapshot."""

    def close(self, *, keep: bool = True) -> None:
        """Put the picture in its place.

        Raises:
            OutputError: it cannot be put there.
        """
        self._target.settle(keep=keep and self._drawn)


def _is_whole(path: Path, frames: int) -> bool:
    """Return whether a video holds what was written: FFmpeg's writer tells nobody that the disk is full."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened() or capture.get(cv2.CAP_PROP_FRAME_COUNT) < frames:
            return False
        capture.set(cv2.CAP_PROP_POS_FRAMES, frames - 1)
        return bool(capture.grab())
    finally:
        capture.release()


def _writable_target(path: Path) -> Target:
    target = Target(path)
    try:
        str(target.partial).encode()
    except UnicodeEncodeError:  # the binding would crash on it
        raise OutputError("its name is not valid Unicode", where=shown_name(str(path)), remedy="Rename it") from None
    try:
        target.partial.touch()
    except OSError as error:
        raise cannot_write(path, error) from None
    return target
