"""The course of one recording, by the stream's own time: countdown, clips and pauses. No threads, no files."""

from __future__ import annotations

from app.recording_plan import LONGEST_CLIP_S, Phase, Recorded, RecorderStatus, RecordingPlan
from app.recording_take import Row, Take
from recognizers.errors import MudraError
from recognizers.types import SourceKind

SHORTEST_HELD_S = 0.15
"""A key that was held for less was not meant."""
_RATE = 30.0


class Run:
    """One recording: told what the source does, it says which frames are a clip.

    Args:
        plan: what is recorded.
        from_next: whether the source that runs now is passed over, and the recording begins with the next one.
    """

    def __init__(self, plan: RecordingPlan, *, from_next: bool = False) -> None:
        self.plan = plan
        self._passing = from_next
        self.recorded: list[Recorded] = []
        self._phase = Phase.WAITING
        self._until_ns: int | None = None
        self._now_ns: int | None = None
        self._rows: list[Row] = []
        self._held = False
        self._source, self._kind = "", SourceKind.LIVE
        self._of_source = 0
        self._note = ""
        self._error: MudraError | None = None

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self._phase.active

    @property
    def status(self) -> RecorderStatus:
        """How it is doing."""
        written = len(self.recorded)
        number = written + 1 if self.active else written
        return RecorderStatus(
            phase=self._phase,
            number=number,
            of=self.plan.clips,
            seconds_left=self._seconds_left(),
            label=self.plan.label,
            last=self.recorded[-1] if self.recorded else None,
            written=written,
            flagged=sum(not each.verdict.good for each in self.recorded),
            hint=self.plan.hint(number) if self.active else "",
            note=self._note,
            error=self._error,
        )

    def _seconds_left(self) -> float:
        if self._now_ns is None:
            return 0.0
        if self._phase is Phase.RECORDING:
            end = self._rows[0].t_ns + self._length_ns
        elif self._until_ns is not None and self._phase in (Phase.COUNTDOWN, Phase.PAUSE):
            end = self._until_ns
        else:
            return 0.0
        return round(max(0.0, (end - self._now_ns) / 1e9), 1)

    @property
    def _length_ns(self) -> int:
        return round((LONGEST_CLIP_S if self.plan.held else self.plan.seconds) * 1e9)

    def source_began(self, name: str, kind: SourceKind) -> None:
        """Another source gives the frames from now on; a clip that is under way is of the one before, and dropped."""
        self._passing = False
        if self._rows:
            self._drop("The source was switched")
        self._source, self._kind, self._of_source = name, kind, 0
        self._now_ns = None
        if self.active:
            self._phase = Phase.WAITING

    def source_lost(self, message: str) -> None:
        """The source gives no pictures; a clip that is under way is dropped."""
        if self._passing:
            return
        if self._rows:
            self._drop(message or "The source was lost")
        if self.active:
            self._phase = Phase.WAITING

    def source_ended(self, *, complete: bool, last: bool) -> Take | None:
        """The source gives nothing more; return the clip that its end completes.

        Args:
            complete: whether all of it was seen.
            last: whether no other source follows.
        """
        if self._passing:
            return None
        take = None
        recorded = self._kind in (SourceKind.RECORDED, SourceKind.LANDMARKS)
        if self._rows and complete and recorded:
            whole = self._of_source == 0 and not self._is_complete()
            if whole or self.plan.held or self._is_complete():
                take = self._taken(whole=whole and not self.plan.held)
            else:
                seconds = (self._rows[-1].t_ns - self._rows[0].t_ns) / 1e9
                self._rows, self._note = [], f"The last {seconds:.1f} s of {self._source} are less than a clip"
        elif self._rows:
            self._drop("The source came to an end")
        if self.active:
            self._phase = Phase.WAITING
            if last and complete and recorded:
                self._phase = Phase.DONE
        return take

    def row(self, row: Row) -> Take | None:
        """Take the next frame; return the clip that is complete with it."""
        if not self.active or self._passing:
            return None
        if self._now_ns is not None and row.t_ns <= self._now_ns:
            if self._rows:
                self._drop("The source began anew")
            self._begin_again()
        self._now_ns = row.t_ns
        if self._phase is Phase.WAITING:
            self._begin_again()
        take = None
        if self._phase is Phase.RECORDING and row.t_ns >= self._rows[0].t_ns + self._length_ns:
            take = self._taken(lost_after=row.lost)
            self._held = False
            self._next(row.t_ns)
        if self._is_due(row.t_ns):
            self._phase, self._note = Phase.RECORDING, ""
            self._rows = [row]
        elif self._phase is Phase.RECORDING:
            self._rows.append(row)
        return take

    def hold(self, pressed: bool) -> Take | None:
        """The key is pressed or released; return the clip that the release completes."""
        if not self.plan.held or not self.active:
            return None
        self._held = pressed
        if pressed or self._phase is not Phase.RECORDING:
            return None
        if self._rows[-1].t_ns - self._rows[0].t_ns < SHORTEST_HELD_S * 1e9:
            self._drop("The key was held too briefly")
            self._phase = Phase.READY
            return None
        take = self._taken()
        self._next(take.rows[-1].t_ns)
        return take

    def stop(self) -> None:
        """End it; a clip that is under way is dropped."""
        if not self.active:
            return
        if self._rows:
            self._drop("Stopped")
        self._phase = Phase.STOPPED

    def fail(self, error: MudraError) -> None:
        """End it because of an error."""
        self._rows, self._phase, self._error = [], Phase.FAILED, error

    def written(self, recorded: Recorded) -> None:
        """A clip that was returned is written. What it says counts from now on."""
        self.recorded.append(recorded)
        if self.active and self.plan.clips is not None and len(self.recorded) >= self.plan.clips:
            self._rows, self._phase = [], Phase.DONE

    def undone(self, note: str) -> None:
        """The newest clip was taken back; where it goes on, it is recorded once more."""
        self.recorded.pop()
        self._note = note

    def _begin_again(self) -> None:
        self._phase = Phase.READY if self.plan.held else Phase.COUNTDOWN
        self._until_ns, self._held = None, False

    def _is_due(self, t_ns: int) -> bool:
        """Tell whether a clip begins now."""
        if self._phase is Phase.READY:
            return self._held
        if self._phase not in (Phase.COUNTDOWN, Phase.PAUSE):
            return False
        if self._until_ns is None:
            self._until_ns = t_ns + round(self.plan.countdown_s * 1e9)
        return t_ns >= self._until_ns

    def _next(self, t_ns: int) -> None:
        """Wait for the next clip; whether there is one is known when this one is written."""
        self._phase = Phase.READY if self.plan.held else Phase.PAUSE
        self._until_ns = t_ns + round(self.plan.pause_s * 1e9)

    def _taken(self, *, whole: bool = False, lost_after: int = 0) -> Take:
        take = Take(tuple(self._rows), len(self.recorded) + 1, self._source, whole, lost_after)
        self._rows = []
        self._of_source += 1
        return take

    def _is_complete(self) -> bool:
        """Tell whether the frames span a clip; a frame may be short, since recorders count frames, not time."""
        span = self._rows[-1].t_ns - self._rows[0].t_ns
        step = span / (len(self._rows) - 1) if len(self._rows) > 1 else 1e9 / _RATE
        return span + 1.5 * step >= self.plan.seconds * 1e9

    def _drop(self, why: str) -> None:
        self._rows = []
        self._note = f"{why}: clip {len(self.recorded) + 1} was dropped"
