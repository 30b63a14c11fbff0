"""The session: sources through the engine to consumers, and what is left when something fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from app.camera import LiveSource
from app.devices import FakeDevice, Lose, Show, SyntheticDevice
from app.engine import Engine, Pause
from app.fakes import ScriptedLandmarker, ScriptedRecognizer
from app.session import Session, open_inputs
from recognizers.errors import MudraError, OutputError, SourceError
from recognizers.frames import Source
from recognizers.synthetic import SyntheticSource
from recognizers.types import Frame, LabelEvent, Snapshot, SourceKind, SourceState

HAND = np.full((24, 32, 3), 200, np.uint8)


class Frames(Source):
    """So many frames at ten a second, and then perhaps an error."""

    def __init__(self, count: int, name: str = "a.mp4", error: MudraError | None = None) -> None:
        super().__init__(name, SourceKind.RECORDED)
        self.closed = False
        self._count, self._error = count, error

    def items(self) -> Iterator[Frame]:
        for index in range(self._count):
            if index == 1:
                self.warnings.append(f"{self.name}: odd")
                self.problems.append(SourceError("a part is broken", where=self.name))
            yield Frame(HAND, index * 100_000_000, index, self.name)
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.closed = True


class Log:
    """A consumer that remembers; it can fail at a given call."""

    def __init__(self, fail_at: str = "", error: BaseException | None = None) -> None:
        self.calls: list[str] = []
        self.snapshots: list[Snapshot] = []
        self.events: list[LabelEvent] = []
        self.kept: bool | None = None
        self._fail_at, self._error = fail_at, error

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self._fail_at and self._error is not None:
            raise self._error

    def on_source(self, source: Source) -> None:
        self._call("source")

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)
        self._call("snapshot")

    def on_event(self, event: LabelEvent) -> None:
        self.events.append(event)
        self._call("ended" if event.ended else "begun")

    def close(self, *, keep: bool = True) -> None:
        self.kept = keep
        self._call("close")


def engine() -> Engine:
    return Engine([ScriptedRecognizer(lambda landmarks: ("palm", 0.9))], ScriptedLandmarker())


def test_everything_arrives_in_order() -> None:
    log, source = Log(), Frames(4)
    told: list[object] = []
    session = Session(engine(), [log], on_warning=told.append, on_problem=told.append)
    session.run([source])
    assert log.calls == ["source", *["snapshot"] * 3, "begun", "snapshot", "ended", "close"]
    assert log.kept is True and source.closed
    assert session.warnings == ["a.mp4: odd"] and [str(p) for p in session.problems] == ["a.mp4: a part is broken."]
    assert told == [*session.warnings, *session.problems]
    assert session.frames == 4


def test_sources_do_not_know_of_each_other() -> None:
    log = Log()
    Session(engine(), [log]).run([Frames(4, "a.mp4"), Frames(4, "b.mp4")])
    onsets = [(event.source, event.t_ns) for event in log.events if event.ended]
    assert onsets == [("a.mp4", 200_000_000), ("b.mp4", 200_000_000)]


def test_a_source_that_fails_leaves_the_others_and_what_it_gave() -> None:
    log, session = Log(), Session(engine())
    session = Session(engine(), [log])
    session.run([Frames(3, "bad.mp4", SourceError("broke off", where="bad.mp4")), Frames(3, "good.mp4")])
    assert [event.source for event in log.events if event.ended] == ["bad.mp4", "good.mp4"]
    assert "bad.mp4: broke off." in [str(problem) for problem in session.problems]
    assert log.kept is True


def test_nothing_read_is_nothing_kept() -> None:
    log = Log()
    Session(engine(), [log]).run([Frames(0, error=SourceError("not one frame"))])
    assert log.kept is False


def test_nothing_to_read_is_kept() -> None:
    log = Log()
    Session(engine(), [log]).run([Frames(0)])
    assert log.kept is True


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (KeyboardInterrupt(), True),
        (BrokenPipeError(), True),
        (OutputError("disk full"), True),
        (ZeroDivisionError(), False),
    ],
)
def test_a_failing_consumer_ends_the_run_and_all_are_closed(error: BaseException, kept: bool) -> None:
    other, source = Log(), Frames(5)
    with pytest.raises(type(error)):
        Session(engine(), [Log("begun", error), other]).run([source])
    assert other.kept is kept and source.closed


def test_a_consumer_that_cannot_close_does_not_keep_the_others_open() -> None:
    other = Log()
    with pytest.raises(OutputError):
        Session(engine(), [Log("close", OutputError("no")), other]).run([Frames(1)])
    assert other.kept is True


def test_stop_ends_between_two_frames_and_ends_what_is_held() -> None:
    stop, log = threading.Event(), Log()

    class Stopper(Log):
        def on_event(self, event: LabelEvent) -> None:
            stop.set()

    Session(engine(), [log, Stopper()], stop=stop).run([Frames(1000), Frames(1000)])
    assert log.calls == ["source", *["snapshot"] * 3, "begun", "ended", "close"]


def test_a_limit_ends_a_long_source() -> None:
    log, begin = Log(), time.monotonic()
    Session(engine(), [log], limit_s=0.3, pace=True).run([Frames(1000)])
    assert 2 <= len(log.snapshots) <= 5 and time.monotonic() - begin < 2


def test_a_demonstration_runs_at_its_own_speed() -> None:
    begin = time.monotonic()
    Session(engine(), pace=True).run([Frames(4)])
    assert time.monotonic() - begin >= 0.3


def test_commands_are_carried_out_between_frames() -> None:
    log = Log()
    session = Session(engine(), [log])
    session.post(Pause())
    session.run([Frames(6)])
    assert log.events == [] and len(log.snapshots) == 6


def test_a_live_source_is_watched_until_it_ends() -> None:
    log, told = Log(), []
    device = FakeDevice([Show(HAND, 5, rate=20), Lose("unplugged"), Show(HAND, 5, rate=20)])
    source = LiveSource(device, retry_s=(0.02, 0.1))
    Session(engine(), [log], on_problem=told.append).run([source])
    shown = [snapshot.status.state for snapshot in log.snapshots]
    assert SourceState.LOST in shown and shown[-1] is SourceState.ENDED
    assert [event.ended for event in log.events] == [False, True, False, True]
    assert told == [] and not device.is_open


def test_a_live_source_that_never_comes_is_a_problem() -> None:
    session = Session(engine())
    session.run([LiveSource(FakeDevice([Lose("gone")]), retry_s=(0.01, 0.01))])
    assert [problem.problem for problem in session.problems] == ["gone"]


def test_inputs_by_word() -> None:
    assert isinstance(open_inputs("0")[0], LiveSource)
    assert isinstance(open_inputs("rtsp://a/b")[0], LiveSource)
    assert isinstance(open_inputs("synthetic:palm:1")[0], SyntheticSource)
    (source,) = open_inputs("synthetic:palm:1", live=True)
    assert isinstance(source, LiveSource) and isinstance(source._device, SyntheticDevice)
    with pytest.raises(SourceError):
        open_inputs("nothing-there.mp4")


def test_who_wants_to_know_is_told_how_a_source_ended() -> None:
    class Knows(Log):
        def __init__(self) -> None:
            super().__init__()
            self.ends: list[tuple[bool, bool]] = []

        def on_source_end(self, *, complete: bool, last: bool) -> None:
            self._call("end")
            self.ends.append((complete, last))

    knows, stop = Knows(), threading.Event()
    Session(engine(), [knows, Log()]).run([Frames(2), Frames(1, "bad", SourceError("no")), Frames(1)])
    assert knows.ends == [(True, False), (False, False), (True, True)]
    assert knows.calls[:4] == ["source", "snapshot", "snapshot", "end"] and knows.calls[-2:] == ["end", "close"]
    stopped = Knows()
    stop.set()
    Session(engine(), [stopped], stop=stop).run([Frames(2)])
    assert stopped.ends == []

    class Stops(Log):
        def on_snapshot(self, snapshot: Snapshot) -> None:
            stop.set()

    stop.clear()
    Session(engine(), [stopped, Stops()], stop=stop).run([Frames(2)])
    assert stopped.ends == [(False, True)]
