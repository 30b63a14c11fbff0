"""That was wrong: from a label that was said wrongly to a clip with the right one, for the next training."""

from __future__ import annotations

import datetime
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from app.recording_plan import BACKGROUND, RecordingPlan
from app.recording_take import Looker, Row, Take, clips_of
from app.sample_files import mode_folder, save_sample
from app.sample_index import CORRECTION
from app.sittings import sitting
from recognizers.errors import UsageError
from recognizers.frames import Source
from recognizers.types import LabelEvent, Snapshot, SourceKind, SourceState

SECONDS = 10.0
"""So far back goes the memory, in the stream's time."""
LEAD_S: Mapping[str, float] = {"sign": 1.3, "gesture": 0.4, "emotion": 0.4}
"""By mode, what a label was made of before its onset: the window of a second, and the ticks of the vote."""
_MOST_ROWS = 2400


class Corrections:
    """A consumer that remembers the last seconds, and makes clips of labels that were wrong.

    Memory: some 10 kB a frame with the face's mesh, 2 kB without.

    Args:
        seconds: how far back it remembers.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._span_ns = round(seconds * 1e9)
        self._lock = threading.Lock()
        self._rows: deque[Row] = deque(maxlen=_MOST_ROWS)
        self._looker = Looker()
        self._source = ""
        self._remembers = True
        self._writer = ThreadPoolExecutor(1, "corrections")

    def mark(self, event: LabelEvent, label: str | None, *, signer: str | None = None) -> Future[Path]:
        """Write what an event was made of as a sample of its right label. From any thread; returns at once.

        Args:
            event: as it was announced, or as it ended; the newest source's.
            label: what it was; None for nothing, the mode's background label.
            signer: who showed it, or None.

        Returns:
            The new sample's path, when it is written; or the OutputError that it could not be.

        Raises:
            UsageError: what it was made of is not remembered any more, or the label is none.
        """
        right = BACKGROUND[event.mode] if label is None else label
        plan = RecordingPlan(right, event.mode, signer=signer)
        with self._lock:
            rows = self._rows_of(event)
            source = self._source
        if not rows:
            raise UsageError(
                "it is too long ago to be corrected",
                where=event.label,
                expected=f"a label of the last {self._span_ns / 1e9:g} seconds",
            )
        return self._writer.submit(self._write, Take(rows, 1, source), plan, event)

    def _rows_of(self, event: LabelEvent) -> tuple[Row, ...]:
        """Return the frames that an event was made of; none where its onset is forgotten."""
        begin = event.t_ns - round(LEAD_S.get(event.mode, 0.0) * 1e9)
        end = None if event.duration_ns is None else event.t_ns + event.duration_ns
        rows = tuple(row for row in self._rows if begin <= row.t_ns and (end is None or row.t_ns <= end))
        return rows if rows and rows[0].t_ns <= event.t_ns <= rows[-1].t_ns else ()

    @staticmethod
    def _write(take: Take, plan: RecordingPlan, event: LabelEvent) -> Path:
        folder = mode_folder(plan.mode)
        now = datetime.datetime.now(datetime.UTC)
        about = {
            CORRECTION: True,
            "said": event.label,
            "probability": round(event.probability, 4),
            "recorded": now.isoformat(timespec="seconds"),
        }
        clip, _, _ = clips_of(take, plan, sitting(folder, plan.signer), about)
        return save_sample(folder, clip, None, now)

    def on_source(self, source: Source) -> None:
        """Another source begins: what the one before showed is forgotten."""
        with self._lock:
            self._rows.clear()
            self._source = source.name
            self._remembers = source.kind is not SourceKind.STILLS

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Remember a frame's landmarks."""
        if not self._remembers or snapshot.status.state is not SourceState.OK:
            return
        look = None if snapshot.frame is None else self._looker.look(snapshot.frame.image, snapshot.t_ns)
        row = Row(snapshot.landmarks, look, None, snapshot.stats.dropped, snapshot.landmarker)
        with self._lock:
            if self._rows and row.t_ns <= self._rows[-1].t_ns:
                self._rows.clear()  # it began anew
            self._rows.append(row)
            while row.t_ns - self._rows[0].t_ns > self._span_ns:
                self._rows.popleft()

    def on_event(self, event: LabelEvent) -> None:
        """Whoever shows the events says which was wrong."""

    def close(self, *, keep: bool = True) -> None:
        """Wait until what was marked is written, and forget the rest."""
        self._writer.shutdown()
        with self._lock:
            self._rows.clear()
