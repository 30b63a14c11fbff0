"""Records clips while the engine runs: a consumer that keeps landmarks, and a thread of its own that writes them.

The engine's thread only puts a row for each frame into a bounded queue; the recorder's thread follows the course of the
recording and writes the clips. A queue that runs over, since the disk is slow, marks the clip. Recorded sources wait
instead: of them nothing is ever lost.
"""

from __future__ import annotations

import dataclasses
import datetime
import secrets
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from app import console
from app.recording_plan import Recorded, RecorderStatus, RecordingPlan
from app.recording_run import Run
from app.recording_take import Looker, Row, Take, clips_of, small_picture
from app.sample_files import mode_folder, save_sample
from app.sittings import sitting
from app.trash import Trash
from app.under_way import RECORDING, UnderWay
from recognizers.errors import MudraError, UsageError
from recognizers.frames import Source
from recognizers.types import LabelEvent, Snapshot, SourceKind, SourceState

QUEUE_ROWS = 600
"""Some twenty seconds of a camera: a disk that takes longer for a clip is too slow."""
CLOSE_S = 5.0
"""How long closing waits for what is being written."""

Do = Callable[[], None]


class Recorder:
    """Records what the engine sees, hands-free, into the user's samples.

    Add it to a session's or a watch's consumers and start recordings with `start`, from any thread. The engine must be
    told what to look for: post `app.engine.Record(mode)` before, and `Record(None)` afterwards.

    Args:
        on_status: called with every change of the status, and about ten times a second of the stream while something
            counts down; in the recorder's own thread, so a window hands it on and returns at once.
        queue_rows: how many frames may wait for the disk.
    """

    def __init__(
        self, on_status: Callable[[RecorderStatus], None] | None = None, *, queue_rows: int = QUEUE_ROWS
    ) -> None:
        self._on_status = on_status
        self._inbox = _Inbox(queue_rows)
        self._thread: threading.Thread | None = None
        self._status = RecorderStatus()
        self._lock = threading.Lock()
        self._plan: RecordingPlan | None = None
        self._started = 0
        self._looker = Looker()
        self._source: tuple[str, SourceKind] = ("", SourceKind.LIVE)
        # Of the recorder's own thread:
        self._run: Run | None = None
        self._number = 0
        self._session, self._about = "", ""
        self._under_way: UnderWay | None = None
        self._ended = False

    @property
    def status(self) -> RecorderStatus:
        """How it is doing now."""
        return self._status

    def start(self, plan: RecordingPlan, *, from_next: bool = False) -> None:
        """Begin a recording; one that is under way ends as by `stop`. From any thread.

        Args:
            plan: what is recorded.
            from_next: begin with the first frame of the next source, not with the next frame of this one.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
            self._thread.start()
        with self._lock:
            self._started += 1
            number, self._plan, self._looker = self._started, plan, Looker()
        self._inbox.put(lambda: self._begin(plan, number, from_next))

    def stop(self) -> None:
        """End the recording; a clip that is not complete is dropped. From any thread."""
        self._say(lambda: self._stop("stop"))

    def hold(self, pressed: bool) -> None:
        """Tell that the key is pressed or released, where the plan says `held`. From any thread."""
        self._say(lambda: self._hold(pressed))

    def undo_last(self) -> None:
        """Put the newest clip of this recording into the trash; while it goes on, that clip is recorded once more.

        From any thread; does nothing where there is none.
        """
        self._say(self._undo)

    def on_source(self, source: Source) -> None:
        """Another source begins; a clip of the one before is dropped."""
        self._source = name, kind = source.name, source.kind
        self._say(lambda: self._source_began(name, kind))

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a frame's landmarks, where a recording is under way."""
        plan = self._plan
        if plan is None:
            return
        if snapshot.status.state is not SourceState.OK:
            message = snapshot.status.message
            self._inbox.put(lambda: self._run_or_none(lambda run: run.source_lost(message)))
            return
        look = picture = None
        if snapshot.frame is not None:
            image = snapshot.frame.image
            look = self._looker.look(image, snapshot.t_ns)
            picture = small_picture(image, snapshot.landmarks, plan.mode) if plan.keep_pixels else None
        row = Row(snapshot.landmarks, look, picture, snapshot.stats.dropped, snapshot.landmarker)
        self._inbox.put_row(row, wait=self._source[1] is not SourceKind.LIVE)

    def on_event(self, event: LabelEvent) -> None:
        """What is recognized meanwhile is not recorded."""

    def on_source_end(self, *, complete: bool, last: bool) -> None:
        """The source gives nothing more: a recorded one may complete a clip by that."""
        self._say(lambda: self._source_ended(complete, last))

    def close(self, *, keep: bool = True) -> None:
        """End the recording and wait until what is complete is written."""
        self._say(lambda: self._stop("close"))
        if self._thread is not None:
            self._thread.join(CLOSE_S)

    def _say(self, do: Do) -> None:
        if self._thread is not None:
            self._inbox.put(do)

    # What follows is done in the recorder's own thread.

    def _work(self) -> None:
        while not self._ended:
            item = self._inbox.get()
            try:
                if isinstance(item, Row):
                    self._row(item)
                else:
                    item()
            except MudraError as error:
                self._fail(error)
            except Exception as defect:
                console.report_defect(defect)
                self._fail(MudraError(f"this is a defect of Mudra: {defect}"))
            self._tell()
        self._inbox.close()

    def _row(self, row: Row) -> None:
        self._run_or_none(lambda run: self._write(run.row(row)))

    def _run_or_none(self, do: Callable[[Run], Any]) -> None:
        if self._run is not None and self._run.active:
            do(self._run)

    def _begin(self, plan: RecordingPlan, number: int, from_next: bool) -> None:
        self._stop("start")
        self._tell()
        self._run, self._number = Run(plan, from_next=from_next), number
        if not from_next:
            self._run.source_began(*self._source)
        self._about = secrets.token_hex(4)
        self._under_way = UnderWay(RECORDING, plan.mode, plan.label)
        self._session = plan.session or sitting(mode_folder(plan.mode), plan.signer)
        self._check_source()

    def _source_began(self, name: str, kind: SourceKind) -> None:
        self._run_or_none(lambda run: run.source_began(name, kind))
        self._check_source()

    def _check_source(self) -> None:
        if self._run is not None and self._run.active and self._source[1] is SourceKind.STILLS:
            raise UsageError(
                "photos cannot be recorded", where=self._source[0], remedy="Use `mudra import images` for them"
            )

    def _source_ended(self, complete: bool, last: bool) -> None:
        self._run_or_none(lambda run: self._write(run.source_ended(complete=complete, last=last)))

    def _hold(self, pressed: bool) -> None:
        self._run_or_none(lambda run: self._write(run.hold(pressed)))

    def _stop(self, why: str) -> None:
        self._run_or_none(lambda run: run.stop())
        self._ended = self._ended or why == "close"

    def _undo(self) -> None:
        run = self._run
        if run is None or not run.recorded:
            return
        last = run.recorded[-1]
        there = last.path.exists()  # or else somebody has taken it back already, in the list
        if there:
            Trash(run.plan.mode).put([last.path])
        run.undone(f"Clip {last.number} is in the trash" if there else f"Clip {last.number} is not there any more")

    def _write(self, take: Take | None) -> None:
        run = self._run
        if take is None or run is None:
            return
        now = datetime.datetime.now(datetime.UTC)
        about = {"run": self._about, "recorded": now.isoformat(timespec="seconds")}
        clip, pixels, verdict = clips_of(take, run.plan, self._session, about)
        path = save_sample(mode_folder(run.plan.mode), clip, pixels, now)
        run.written(Recorded(path, verdict, take.number))

    def _fail(self, error: MudraError) -> None:
        if self._run is not None:
            self._run.fail(error)

    def _tell(self) -> None:
        if self._run is None:
            return
        status = self._run.status
        if not status.phase.active:
            if self._under_way is not None:
                self._under_way.close()
            with self._lock:
                if self._number == self._started:
                    self._plan = None
        if status != self._status:
            self._status = status
            if self._on_status is not None:
                self._on_status(status)


class _Inbox:
    """What waits for the recorder's thread: every word that is said to it, and so many rows.

    Args:
        rows: how many rows may wait.
    """

    def __init__(self, rows: int) -> None:
        self._most = rows
        self._news = threading.Condition()
        self._items: deque[Row | Do] = deque()
        self._rows = self._lost = 0
        self._closed = False

    def put(self, do: Do) -> None:
        """Add a word."""
        with self._news:
            self._items.append(do)
            self._news.notify_all()

    def put_row(self, row: Row, *, wait: bool) -> None:
        """Add a row; without room wait for it, or else count it as lost and tell with the next one."""
        with self._news:
            if wait:
                self._news.wait_for(lambda: self._rows < self._most or self._closed)
            if self._rows >= self._most:
                self._lost += 1
                return
            self._items.append(dataclasses.replace(row, lost=self._lost) if self._lost else row)
            self._rows, self._lost = self._rows + 1, 0
            self._news.notify_all()

    def get(self) -> Row | Do:
        """Wait for the next item and take it."""
        with self._news:
            self._news.wait_for(lambda: bool(self._items))
            item = self._items.popleft()
            if isinstance(item, Row):
                self._rows -= 1
                self._news.notify_all()
            return item

    def close(self) -> None:
        """Nobody takes anything any more; nobody waits either."""
        with self._news:
            self._closed = True
            self._news.notify_all()
