"""Frames from files: a video, a photo, a folder of photos.

Every source is read in order, the same each time; nothing here runs in a thread. What a source yields and
what that promises is its `kind` (see `SourceKind`).
"""

from __future__ import annotations

import abc
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from recognizers.errors import MudraError, SourceError
from recognizers.media import Media, check_file, media_of
from recognizers.photos import read_photo
from recognizers.types import Frame, ImageArray, Landmarks, SourceKind

READABLE_SHARE = 0.9
"""A video that yields a smaller share of the frames it states gets a warning."""
ASSUMED_FRAME_RATE = 30.0
"""Frames a second of a video that states no plausible rate and no times."""


class Source(abc.ABC):
    """Something that yields frames or landmarks.

    Attributes:
        name: what events and messages call it.
        kind: what it yields, and what that promises.
        frame_rate: frames a second as stated, or None where nothing is.
        frame_count: how many items are expected, or None where nobody knows.
        warnings: appended to while iterating: one line each; the results stand.
        problems: appended to while iterating: parts that could not be read; the rest stands.
    """

    def __init__(
        self, name: str, kind: SourceKind, *, frame_rate: float | None = None, frame_count: int | None = None
    ) -> None:
        self.name = name
        self.kind = kind
        self.frame_rate = frame_rate
        self.frame_count = frame_count
        self.warnings: list[str] = []
        self.problems: list[MudraError] = []

    @abc.abstractmethod
    def items(self) -> Iterator[Frame | Landmarks]:
        """Yield everything in order: landmarks for the kind LANDMARKS, frames for all others.

        Raises:
            SourceError: it cannot be read at all, or it was closed.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Give back what is open. May be called at any time and more than once."""

    def __iter__(self) -> Iterator[Frame | Landmarks]:
        return self.items()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class VideoSource(Source):
    """Every frame of a video file, in order, timed by its container.

    Args:
        path: the file; a GIF with several pictures is a video too.
        name: what events call it; the file's name where None.
        deferred: open it only when it is read, and note what goes wrong in `problems` instead of raising; for
            a video among many.

    Raises:
        SourceError: not deferred, and it cannot be opened or holds no frame.
    """

    def __init__(self, path: Path | str, name: str | None = None, *, deferred: bool = False) -> None:
        self.path = Path(path)
        super().__init__(self.path.name if name is None else name, SourceKind.RECORDED)
        self._deferred = deferred
        self._decoder: _Decoder | None = None
        self._closed = False
        if not deferred:
            self._decoder = self._open()

    def _open(self) -> _Decoder:
        decoder = _Decoder(self.path)
        self.frame_rate = decoder.frame_rate
        self.frame_count = decoder.frame_count
        return decoder

    def items(self) -> Iterator[Frame]:
        """Yield every frame; a second call starts over."""
        if self._closed:
            raise SourceError("the video was closed", where=self.name)
        try:
            decoder = self._decoder if self._decoder is not None and not self._decoder.begun else self._open()
        except SourceError as problem:
            if not self._deferred:
                raise
            self.problems.append(problem)
            return
        self._release()
        self._decoder = decoder
        count = 0
        try:
            while not decoder.closed and (grabbed := decoder.read()) is not None:
                yield Frame(grabbed[0], grabbed[1], count, self.name)
                count += 1
            if not decoder.closed:
                self._check_count(count)
        finally:
            decoder.close()

    def _check_count(self, count: int) -> None:
        if self.frame_count is not None and count < READABLE_SHARE * self.frame_count:
            name = " ".join(self.name.split())
            self.warnings.append(
                f"{name}: only {count} of the {self.frame_count} frames that it states could be read; "
                "the results cover these"
            )

    def _release(self) -> None:
        if self._decoder is not None and self._decoder.begun:
            self._decoder.close()

    def close(self) -> None:
        """Close the file; an iteration under way ends."""
        self._closed = True
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None


_LAST_NS = 2**62
"""No video is longer than these 146 years; such a time is a mistake."""


class FrameTimes:
    """The times of a video's frames: the container's where they increase, else one frame after the last.

    Args:
        frame_rate: frames a second.
    """

    def __init__(self, frame_rate: float) -> None:
        self._step_ns = max(1, round(1e9 / frame_rate))
        self._first_ms: float | None = None
        self._last_ns = 0

    def next(self, milliseconds: float) -> int:
        """Return a frame's time in nanoseconds from the container's in milliseconds; the first is 0."""
        if self._first_ms is None:
            self._first_ms = milliseconds if math.isfinite(milliseconds) else 0.0
            return 0
        stated = (milliseconds - self._first_ms) * 1e6
        usable = abs(stated) < _LAST_NS and round(stated) > self._last_ns
        self._last_ns = round(stated) if usable else self._last_ns + self._step_ns
        return self._last_ns


class _Decoder:
    """One pass over a video. The first frame is read at once: a video without one is no video."""

    def __init__(self, path: Path) -> None:
        import cv2

        self.begun = False
        self.closed = False
        self._capture: Any = _capture_of(path)
        self.frame_rate = _plausible(self._capture.get(cv2.CAP_PROP_FPS), 0.1, 1000.0)
        self._times = FrameTimes(self.frame_rate or ASSUMED_FRAME_RATE)
        count = _plausible(self._capture.get(cv2.CAP_PROP_FRAME_COUNT), 1, 1e9)
        self.frame_count = None if count is None else int(count)
        self._pending = self._grab()
        if self._pending is None:
            self.close()
            raise SourceError("not one frame of the video can be read", where=path)

    def read(self) -> tuple[ImageArray, int] | None:
        """Return the next picture and its time in nanoseconds, or None at the end."""
        if not self.begun:
            self.begun = True
            pending, self._pending = self._pending, None
            return pending
        return None if self.closed else self._grab()

    def _grab(self) -> tuple[ImageArray, int] | None:
        import cv2

        try:
            grabbed, image = self._capture.read()
            if not grabbed or image is None or image.size == 0:
                return None
            rgb = np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
        except cv2.error:
            return None  # a damaged rest ends the video; the frames' count tells
        return rgb, self._times.next(float(self._capture.get(cv2.CAP_PROP_POS_MSEC)))

    def close(self) -> None:
        self.closed = True
        self._pending = None
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _capture_of(path: Path) -> Any:
    """Open a video after a look at what it really is: FFmpeg would follow a playlist named .mp4 anywhere."""
    import cv2

    check_file(path)
    kind = media_of(path)
    if kind is Media.TEXT:
        raise SourceError("is not a video", where=path, found="a text file")
    if kind in (Media.PHOTO, Media.HEIC, Media.CLIP):
        raise SourceError("is not a video", where=path, found=kind.value)
    try:
        name = str(path.absolute())
        name.encode()
    except UnicodeEncodeError as error:  # the binding would crash on it
        raise SourceError(
            "the video's file name is not valid Unicode",
            where=repr(path.name),
            remedy="Rename it",
        ) from error
    # Every decoding thread holds pictures of its own: two are as quick as sixteen here, and far smaller.
    capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 2])
    if not capture.isOpened():
        capture.release()
        found = "a damaged or unsupported video" if kind is Media.VIDEO else kind.value
        raise SourceError(
            "the video cannot be opened", where=path, found=found, remedy="It may be cut off: copy it again"
        )
    return capture


def _plausible(value: float, low: float, high: float) -> float | None:
    return value if math.isfinite(value) and low <= value <= high else None


class FolderSource(Source):
    """The photos of a folder, each alone, in the order given.

    A photo that cannot be read is noted in `problems`, and the rest goes on; its index stays free.

    Args:
        folder: what the names are relative to.
        photos: the files, in order.
        name: what messages call it; the folder's name where None.
    """

    def __init__(self, folder: Path | str, photos: Sequence[Path], name: str | None = None) -> None:
        self.folder = Path(folder)
        self.photos = tuple(photos)
        super().__init__(self.folder.name if name is None else name, SourceKind.STILLS, frame_count=len(self.photos))
        self._closed = False

    def items(self) -> Iterator[Frame]:
        """Yield every photo that can be read; each has the time 0."""
        if self._closed:
            raise SourceError("the folder was closed", where=self.name)
        for index, path in enumerate(self.photos):
            if self._is_closed():
                return
            try:
                image = read_photo(path)
            except SourceError as problem:
                self.problems.append(problem)
                continue
            yield Frame(image, 0, index, path.relative_to(self.folder).as_posix())

    def _is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """End an iteration under way; nothing stays open between photos."""
        self._closed = True


class PhotoSource(Source):
    """One photo.

    Raises:
        SourceError: it cannot be read.
    """

    def __init__(self, path: Path | str, name: str | None = None) -> None:
        self.path = Path(path)
        super().__init__(self.path.name if name is None else name, SourceKind.STILLS, frame_count=1)
        self._image: ImageArray | None = read_photo(self.path)

    def items(self) -> Iterator[Frame]:
        """Yield the photo, with the time 0."""
        if self._image is None:
            raise SourceError("the photo was closed", where=self.name)
        yield Frame(self._image, 0, 0, self.name)

    def close(self) -> None:
        """Forget the picture."""
        self._image = None
