"""Live sources. One thread grabs from a device (see `devices`) into one slot that is overwritten.

A live source is waiting until its first picture comes, ok while new pictures come, lost when they stop; it
then tries again on its own, at growing intervals. It never shows a picture that it does not have, and never an
old one as new.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.cameras.causes import CameraError, Cause, cause_of, remedy_of
from app.cameras.light import PictureWatch
from app.cameras.listing import list_cameras
from app.cameras.v4l2 import CameraFormat
from app.cameras.video_device import VideoDevice
from app.devices import CameraWish, Device
from recognizers.errors import SourceError
from recognizers.frames import Source
from recognizers.types import Frame, ImageArray, SourceKind, SourceState, SourceStatus

STALE_S = 1.0
"""Without a new picture for this long, a camera is lost."""
OPEN_TIMEOUT_S = 8.0
"""A camera that has given no picture after this long does not answer."""
RETRY_S = (0.5, 5.0)
"""The first and the longest pause before a lost camera is tried again; each is twice the one before."""
JOIN_S = 0.8
"""A thread that has not ended this long after the source was closed hangs in a driver, and is left behind."""
STREAM_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "udp", "tcp", "srt")
_PATIENCE_S = 0.1
_SILENCES_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
"""How long nothing came is said in these steps: a line that changed every second would be noise."""

Tap = Callable[[ImageArray, int], None]
"""Told of every picture, also those that nobody takes: the picture and its time in nanoseconds."""


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """A new picture, or a change of state without one.

    Attributes:
        frame: the newest picture, or None where only the state changed.
        status: how the source is doing; with a picture always ok, perhaps with a cause such as too dark.
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
        join_s: how long closing waits for the thread.

    Attributes:
        abandoned: whether the thread hung in a driver when the source was closed, and was left to end by itself;
            it never keeps the process from ending.
    """

    def __init__(
        self,
        device: Device,
        *,
        persistent: bool = False,
        stale_s: float = STALE_S,
        open_timeout_s: float = OPEN_TIMEOUT_S,
        retry_s: tuple[float, float] = RETRY_S,
        join_s: float = JOIN_S,
    ) -> None:
        super().__init__(device.name, SourceKind.LIVE)
        self.abandoned = False
        self._device = device
        self._persistent = persistent
        self._stale_s = stale_s
        self._open_timeout_s = open_timeout_s
        self._retry_s = retry_s
        self._join_s = join_s
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._taps: tuple[Tap, ...] = ()
        self._origin_ns = 0
        self._slot: Frame | None = None
        self._status = SourceStatus(SourceState.WAITING, f"Opening {device.name}", "", Cause.OPENING)
        self._good = SourceStatus(SourceState.OK)
        self._grabbed = 0
        self._dropped = 0
        self._last_grab_ns = 0
        self._error: SourceError | None = None
        self._defect: BaseException | None = None

    @property
    def status(self) -> SourceStatus:
        """How it is doing now."""
        with self._news:
            self._notice_silence()
            return self._status

    @property
    def asked(self) -> CameraFormat | None:
        """What was asked of the device when it was opened last; None where nothing was."""
        return self._device.asked

    @property
    def given(self) -> CameraFormat | None:
        """What the device said that it gives; None before it is open, or where it does not tell."""
        return self._device.given

    def tap(self, listener: Tap) -> Callable[[], None]:
        """Let somebody see every picture as it is grabbed, such as the camera doctor; return how to stop that.

        The listener is called in the thread that grabs, and must be quick.
        """
        with self._news:
            self._taps = (*self._taps, listener)

        def untap() -> None:
            with self._news:
                self._taps = tuple(each for each in self._taps if each is not listener)

        return untap

    @property
    def origin_ns(self) -> int:
        """When it was started, on `time.monotonic_ns`: where the frames' times count from."""
        return self._origin_ns

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
            frame, good, status, dropped = self._wait(told)
            now = time.monotonic_ns() - self._origin_ns
            if frame is not None:
                # A picture is good news, whatever came after it; that is told next.
                told = good
                yield LiveUpdate(frame, told, frame.t_ns, dropped, (now - frame.t_ns) / 1e6)
            elif status != told:
                if status.state is SourceState.LOST and self._grabbed == 0 and not self._persistent:
                    raise self._error or CameraError(Cause(status.cause), status.message, status.remedy)
                told = status
                yield LiveUpdate(None, status, now, dropped)
                if status.state is SourceState.ENDED:
                    return

    def close(self) -> None:
        """Stop grabbing and wait for the thread, for a second at most; see `abandoned`."""
        self._stop.set()
        with self._news:
            self._news.notify_all()
            thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.join(self._join_s)
        if thread.is_alive():
            self.abandoned = True
            self.warnings.append(f"{self.name} hangs and was left behind; unplug it where it cannot be opened again")

    def _start(self) -> None:
        with self._news:
            if self._thread is not None or self._stop.is_set():
                return
            self._origin_ns = time.monotonic_ns()
            self._thread = threading.Thread(target=self._run, name=f"grab {self.name}", daemon=True)
            self._thread.start()

    def _wait(self, told: SourceStatus | None) -> tuple[Frame | None, SourceStatus, SourceStatus, int]:
        """Wait for a picture or a change, not longer than somebody who wants to stop would like."""
        with self._news:
            if self._slot is None and self._status == told and not self._stop.is_set():
                self._news.wait(_PATIENCE_S)
            if self._defect is not None:
                raise self._defect
            self._notice_silence()
            frame, self._slot = self._slot, None
            return frame, self._good, self._status, self._dropped

    def _notice_silence(self) -> None:
        """Call a source lost that has become silent. The caller holds the lock."""
        silence = (time.monotonic_ns() - self._origin_ns - self._last_grab_ns) / 1e9
        if self._slot is not None or self._thread is None:
            return
        state, cause = self._status.state, self._status.cause
        frozen = state is SourceState.LOST and cause == Cause.FROZEN
        if (state is SourceState.OK or frozen) and silence > self._stale_s:
            seconds = max((each for each in _SILENCES_S if each <= silence), default=self._stale_s)
            text = f"No new picture from {self.name} for {seconds:.2g} s; trying again"
            self._status = SourceStatus(SourceState.LOST, text, remedy_of(Cause.FROZEN), Cause.FROZEN)
        elif state is SourceState.WAITING and silence > self._open_timeout_s:
            self._status = self._lost(CameraError(Cause.SILENT, f"{self.name} does not answer"))

    def _lost(self, error: SourceError) -> SourceStatus:
        """Return the state lost, as a sentence, with what is done about it."""
        problem = error.problem
        text = problem if "://" in problem.split(" ")[0] else problem[:1].upper() + problem[1:]
        trying = "; trying again" if self._persistent or self._grabbed else ""
        return SourceStatus(SourceState.LOST, text + trying, error.remedy or "", cause_of(error))

    def _run(self) -> None:
        try:
            pause = self._retry_s[0]
            while not self._stop.is_set():
                count = self._grabbed
                if self._grab_until_lost() or not (self._persistent or self._grabbed):
                    return  # It has ended, or never began: then its error stands.
                if self._grabbed > count:
                    pause = self._retry_s[0]
                self._stop.wait(pause)
                pause = min(2 * pause, self._retry_s[1])
        except Exception as defect:
            with self._news:
                self._defect = defect
                self._news.notify_all()

    def _grab_until_lost(self) -> bool:
        """Open the device and grab; return True when the stream has ended or is to stop."""
        try:
            self._device.open()
            given = self._device.given
            watch = PictureWatch((given.rate if given else 0) or None, self._stale_s)
            while not self._stop.is_set():
                image = self._device.read()
                if image is None:
                    self._tell(SourceStatus(SourceState.ENDED, f"{self.name} has ended"))
                    return True
                self._put(image, watch)
        except SourceError as error:
            self._error = error
            self._tell(self._lost(error))
            return False
        finally:
            self._device.close()
        return True

    def _put(self, image: ImageArray, watch: PictureWatch) -> None:
        if self._stop.is_set():
            return  # the source was closed meanwhile: nobody is to hear of it any more
        t_ns = time.monotonic_ns() - self._origin_ns
        new = watch.is_new(image, t_ns)
        for tap in self._taps:
            tap(image, t_ns)
        with self._news:
            if self._stop.is_set():
                return
            if not new:
                # The same picture again and again is silence, since it changed last.
                self._last_grab_ns = watch.changed_ns
            else:
                self._dropped += self._slot is not None
                self._slot = Frame(image, t_ns, self._grabbed, self.name)
                self._grabbed += 1
                self._last_grab_ns = t_ns
                self._status = self._good = watch.status
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


def open_live(spec: str, *, persistent: bool = False, wish: CameraWish | None = None) -> LiveSource:
    """Return the live source that a camera number or a stream address names; nothing is opened yet.

    Args:
        spec: the number or address.
        persistent: whether to keep trying where it cannot be opened at all.
        wish: the size and rate to ask a webcam for.

    Raises:
        SourceError: it is neither.
    """
    if is_camera_number(spec):
        return LiveSource(VideoDevice(int(spec), wish), persistent=persistent)
    if is_address(spec):
        return LiveSource(VideoDevice(spec, wish), persistent=persistent)
    raise SourceError("not a live source", where=spec, expected="a camera number or a stream address")


def named_or_first(spec: str | None, chosen: int | str | None) -> str | None:
    """Return which source to open: the one that was named, else the chosen camera, else the first that is found.

    Args:
        spec: what was named; None for nothing.
        chosen: the settings' camera.

    Returns:
        a source, or None where there is no camera.
    """
    if spec is not None or chosen is not None:
        return spec if spec is not None else str(chosen)
    cameras = probe_cameras()
    return str(cameras[0]) if cameras else None


def probe_cameras() -> list[int]:
    """Return the numbers of the webcams that seem to be there; none is switched on (see `list_cameras`)."""
    return [info.number for info in list_cameras()]
