"""Carries what the engine's thread produces into the window's thread: one slot for snapshots, a queue for the rest."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from app.camera import LiveSource
from app.voice.status import VoiceStatus
from app.watch import Notice, Opened
from recognizers.frames import Source
from recognizers.types import LabelEvent, Snapshot, SourceKind

SHORTEST_MS = 16
"""The window is woken at most once in so many milliseconds: some sixty times a second."""
MOST_EVENTS = 10_000
"""Labels that wait while the window does not come to read them; beyond, the oldest are lost."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came since the last one.

    Attributes:
        snapshot: the newest, or None where none came.
        grabbed_ns: when its frame was grabbed, on `time.monotonic_ns`; None where that has no meaning.
        live: whether its source is live.
        events: in order.
        notices: in order.
        voice: how the voice is, where that has changed.
    """

    snapshot: Snapshot | None
    grabbed_ns: int | None
    live: bool
    events: tuple[LabelEvent, ...]
    notices: tuple[Notice, ...]
    voice: VoiceStatus | None = None


class Feed(QObject):
    """A consumer of the watch that wakes the window; belongs to the window's thread."""

    delivered = Signal(object)
    """A `Delivery`, in the window's thread."""
    source_changed = Signal()
    """Another source begins; see `source`."""
    _woken = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._source: Source | None = None
        self._events: deque[LabelEvent] = deque(maxlen=MOST_EVENTS)
        self._notices: deque[Notice] = deque()
        self._voice: VoiceStatus | None = None
        self._pending = False
        self._last = 0.0
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._deliver)
        self._woken.connect(self._soon)

    def on_source(self, source: Source) -> None:
        """Remember where the snapshots come from."""
        with self._lock:
            self._source = source
        self.source_changed.emit()

    @property
    def source(self) -> Source | None:
        """Where the snapshots come from, or came from last."""
        with self._lock:
            return self._source

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest moment; one that was not shown yet is overwritten."""
        with self._lock:
            self._snapshot = snapshot
        self._wake()

    def on_event(self, event: LabelEvent) -> None:
        """Take a label."""
        with self._lock:
            self._events.append(event)
        self._wake()

    def on_notice(self, notice: Notice) -> None:
        """Take a notice, from any thread."""
        with self._lock:
            if isinstance(notice, Opened):
                self._snapshot = None  # of the source before
            self._notices.append(notice)
        self._wake()

    def on_voice(self, status: VoiceStatus) -> None:
        """Take how the voice is, from any thread."""
        with self._lock:
            self._voice = status
        self._wake()

    def close(self, *, keep: bool = True) -> None:
        """Nothing is left to do."""

    def _wake(self) -> None:
        with self._lock:
            if self._pending:
                return
            self._pending = True
        self._woken.emit()

    def _soon(self) -> None:
        wait = SHORTEST_MS - (time.monotonic() - self._last) * 1e3
        if wait > 1:
            self._later.start(round(wait))
        else:
            self._deliver()

    def _deliver(self) -> None:
        self._last = time.monotonic()
        with self._lock:
            self._pending = False
            snapshot, self._snapshot = self._snapshot, None
            events, notices = tuple(self._events), tuple(self._notices)
            self._events.clear()
            self._notices.clear()
            voice, self._voice = self._voice, None
            source = self._source
        live = source is not None and source.kind is SourceKind.LIVE
        grabbed = None
        if snapshot is not None and isinstance(source, LiveSource) and snapshot.frame is not None:
            grabbed = source.origin_ns + snapshot.t_ns
        self.delivered.emit(Delivery(snapshot, grabbed, live, events, notices, voice))
