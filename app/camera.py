"""Live sources. One thread grabs from a device (see `devices`) into one slot that is overwritten.

A live source is waiting until its first picture comes, ok while pictures come, lost when they stop; it then
tries again on its own, at growing intervals. It never shows a picture that it does not have.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.devices import Device, VideoDevice
from app.system import LINUX, linux_cameras
from recognizers.errors import SourceError
from recognizers.frames import Source
from recognizers.types import Frame, ImageArray, SourceKind, SourceState, SourceStatus

STALE_S = 1.0
"""Without a new picture for this long, a camera is lost."""
OPEN_TIMEOUT_S = 8.0
"""A camera that has given no picture after this long does not answer."""
RETRY_S = (0.25, 5.0)
"""The first and the longest pause before a lost camera is tried again; each is twice the one before."""
STREAM_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "udp", "tcp", "srt")
_PATIENCE_S = 0.1
_JOIN_S = 2.0


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """A new picture, or a change of state without one.

    Attributes:
        frame: the newest picture, or None where only the state changed.
        status: how the source is doing.
        t_ns: the moment, in nanoseconds since the source was started.
        dropped: how many pictures were overwritten before anybody took them.
        age_ms: how long ago the picture was grabbed.
    """

    frame: Frame | None
    status: SourceStatus
    t_ns: int
    dropped: int = 0
    age_ms: float = 0.0


class LiveSource(Source):
    """A live stream from a device; grabbing starts with the first update.

    Args:
        device: what gives pictures.
        persistent: whether to keep trying where the device cannot be opened at all; otherwise that is an
            error.
        stale_s: without a new picture for this long, it is lost.
        open_timeout_s: how long the first picture may take.
        retry_s: the first and the longest pause between two tries.
    """

    def __init__(
        self,
        device: Device,
        *,
        persistent: bool = False,
        stale_s: float = STALE_S,
        open_timeout_s: float = OPEN_TIMEOUT_S,
        retry_s: tuple[float, float] = RETRY_S,
    ) -> None:
        super().__init__(device.name, SourceKind.LIVE)
        self._device = device
        self._persistent = persistent
        self._stale_s = stale_s
        self._open_timeout_s = open_timeout_s
        self._retry_s = retry_s
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._origin_ns = 0
        self._slot: Frame | None = None
        self._status = SourceStatus(SourceState.WAITING, f"Opening {device.name}")
        self._grabbed = 0
        self._dropped = 0
        self._last_grab_ns = 0
        self._defect: BaseException | None = None

    @property
    def status(self) -> SourceStatus:
        """How it is doing now."""
        with self._news:
            return self._status

    def items(self) -> Iterator[Frame]:
        """Yield the newest pictures, without the changes of state, until the stream ends or is closed."""
        for update in self.updates():
            if update.frame is not None:
                yield update.frame

    def updates(self, over: Callable[[], bool] = lambda: False) -> Iterator[LiveUpdate]:
        """Yield the newest pictures and every change of state, until the stream ends.

        Args:
            over: asked now and then, also while no picture comes; True ends the iteration.

        Raises:
            SourceError: the device cannot be opened, and the source is not persistent.
        """
        self._start()
        told: SourceStatus | None = None
        while not (over() or self._stop.is_set()):
            frame, status, dropped = self._wait(told)
            now = time.monotonic_ns() - self._origin_ns
            if frame is not None:
                # A picture is good news, whatever came after it; that is told next.
                told = SourceStatus(SourceState.OK)
                yield LiveUpdate(frame, told, frame.t_ns, dropped, (now - frame.t_ns) / 1e6)
            elif status != told:
                if status.state is SourceState.LOST and self._grabbed == 0 and not self._persistent:
                    raise SourceError(status.message, remedy=status.remedy or None)
                told = status
                yield LiveUpdate(None, status, now, dropped)
                if status.state is SourceState.ENDED:
                    return

    def close(self) -> None:
        """Stop grabbing and wait for the thread; one that hangs in a driver is left to end by itself."""
        self._stop.set()
        with self._news:
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
            self._thread = None

    def _start(self) -> None:
        if self._thread is not None or self._stop.is_set():
            return
        self._origin_ns = time.monotonic_ns()
        self._thread = threading.Thread(target=self._run, name=f"grab {self.name}", daemon=True)
        self._thread.start()

    def _wait(self, told: SourceStatus | None) -> tuple[Frame | None, SourceStatus, int]:
        """Wait for a picture or a change, not longer than somebody who wants to stop would like."""
        with self._news:
            if self._slot is None and self._status == told:
                self._news.wait(_PATIENCE_S)
            if self._defect is not None:
                raise self._defect
            self._notice_silence()
            frame, self._slot = self._slot, None
            return frame, self._status, self._dropped

    def _notice_silence(self) -> None:
        silence = (time.monotonic_ns() - self._origin_ns - self._last_grab_ns) / 1e9
        if self._slot is not None:
            return
        if self._status.state is SourceState.OK and silence > self._stale_s:
            self._status = SourceStatus(
                SourceState.LOST,
                f"{self.name} gives no pictures any more",
                "Check its plug and whether another program uses it",
            )
        elif self._status.state is SourceState.WAITING and silence > self._open_timeout_s:
            self._status = SourceStatus(
                SourceState.LOST,
                f"{self.name} does not answer",
                "Check its plug, its address and the network",
            )

    def _run(self) -> None:
        try:
            pause = self._retry_s[0]
            while not self._stop.is_set():
                count = self._grabbed
                if self._grab_until_lost() or not (self._persistent or self._grabbed):
                    return  # It has ended, or never began: then its error stands.
                pause = self._retry_s[0] if self._grabbed > count else min(2 * pause, self._retry_s[1])
                self._stop.wait(pause)
        except Exception as defect:
            with self._news:
                self._defect = defect
                self._news.notify_all()

    def _grab_until_lost(self) -> bool:
        """Open the device and grab; return True when the stream has ended or is to stop."""
        try:
            self._device.open()
            while not self._stop.is_set():
                image = self._device.read()
                if image is None:
                    self._tell(SourceStatus(SourceState.ENDED, f"{self.name} has ended"))
                    return True
                self._put(image)
        except SourceError as error:
            self._tell(SourceStatus(SourceState.LOST, error.problem, error.remedy or ""))
            return False
        finally:
            self._device.close()
        return True

    def _put(self, image: ImageArray) -> None:
        t_ns = time.monotonic_ns() - self._origin_ns
        with self._news:
            self._dropped += self._slot is not None
            self._slot = Frame(image, t_ns, self._grabbed, self.name)
            self._grabbed += 1
            self._last_grab_ns = t_ns
            self._status = SourceStatus(SourceState.OK)
            self._news.notify_all()

    def _tell(self, status: SourceStatus) -> None:
        with self._news:
            self._status = status
            self._news.notify_all()


def is_address(spec: str) -> bool:
    """Return whether a word names a network stream."""
    scheme, mark, _ = spec.partition("://")
    return bool(mark) and scheme.lower() in STREAM_SCHEMES


def is_camera_number(spec: str) -> bool:
    """Return whether a word is a webcam's number."""
    return re.fullmatch(r"[0-9]{1,2}", spec) is not None


def open_live(spec: str, *, persistent: bool = False) -> LiveSource:
    """Return the live source that a camera number or a stream address names; nothing is opened yet.

    Raises:
        SourceError: it is neither.
    """
    if is_camera_number(spec):
        return LiveSource(VideoDevice(int(spec)), persistent=persistent)
    if is_address(spec):
        return LiveSource(VideoDevice(spec), persistent=persistent)
    raise SourceError("not a live source", where=spec, expected="a camera number or a stream address")


def probe_cameras() -> list[int]:
    """Return the numbers of the webcams that seem to be there, without switching one on where that can be
    told.

    On Linux the system is asked what its video devices can do; elsewhere camera 0 is tried, for two seconds
    at most.
    """
    if LINUX:
        return linux_cameras()
    found: list[int] = []

    def attempt() -> None:
        device = VideoDevice(0)
        try:
            device.open()
            found.append(0)
        except SourceError:
            pass
        finally:
            device.close()

    thread = threading.Thread(target=attempt, name="probe camera 0", daemon=True)
    thread.start()
    thread.join(2.0)
    return list(found)
