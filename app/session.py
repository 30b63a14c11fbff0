"""Wires sources, engine and consumers together; the same for the window and headless.

Recorded sources are pulled in order, in the caller's thread. Live sources grab in a thread of their own into
one slot that is overwritten, so the engine always takes the newest frame.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

from app.camera import LiveSource, is_address, is_camera_number, open_live
from app.devices import SyntheticDevice
from app.engine import Command, Engine, Step
from recognizers.errors import MudraError
from recognizers.frames import Source
from recognizers.sources import SYNTHETIC, open_sources
from recognizers.types import LabelEvent, Snapshot, SourceKind

_PATIENCE_S = 0.1


def open_inputs(spec: str, *, live: bool = False, persistent: bool = False) -> list[Source]:
    """Open what a word names: a camera number, a stream address, or anything that `open_sources` takes.

    Args:
        spec: the word.
        live: whether the synthetic signer stands in for a camera, with its losses and dropped frames,
            instead of yielding every frame.
        persistent: whether to keep trying a camera that cannot be opened, and to show the demonstration again and
            again.

    Raises:
        SourceError: it cannot be opened.
        UsageError: a wrong script.
        FormatError: a clip with a wrong content.
    """
    if is_camera_number(spec) or is_address(spec):
        return [open_live(spec, persistent=persistent)]
    name, _, script = spec.partition(":")
    if live and name == SYNTHETIC:
        return [LiveSource(SyntheticDevice(script or "loop" if persistent else script))]
    return open_sources(spec)


class Consumer(Protocol):
    """Takes what comes out of the engine, in order, in the engine's thread; must not block for long."""

    def on_source(self, source: Source) -> None:
        """A new source begins."""

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """A frame was looked at, or a live source's state changed (a snapshot without a frame)."""

    def on_event(self, event: LabelEvent) -> None:
        """A label began (not `ended`) or ended."""

    def close(self, *, keep: bool = True) -> None:
        """Nothing more comes; without `keep` the output is worth nothing."""


@runtime_checkable
class KnowsEnds(Protocol):
    """A consumer that is also told when a source has come to its end."""

    def on_source_end(self, *, complete: bool, last: bool) -> None:
        """The source gives nothing more.

        Args:
            complete: whether all of it was seen; False where the run was stopped, or the source failed.
            last: whether no other source follows in this run.
        """


class Session:
    """One run over some sources.

    Args:
        engine: the engine; it stays the caller's and is not closed here.
        consumers: who takes the snapshots and events; they are closed at the end.
        stop: set it, from any thread, to end between two frames.
        limit_s: end after this many seconds of the clock; None for no limit.
        pace: whether recorded streams run at their own speed, as a demonstration, instead of as fast as
            they can; they also stand still while the engine is paused.
        commands: the queue that `post` fills, where somebody else keeps one; those in it are carried out first.
        on_warning: called with each warning, as it comes.
        on_problem: called with each problem, as it comes.

    Attributes:
        warnings: what was odd though the results stand.
        problems: what could not be read; the rest stands.
        frames: how many frames were looked at.
    """

    def __init__(
        self,
        engine: Engine,
        consumers: Iterable[Consumer] = (),
        *,
        stop: threading.Event | None = None,
        limit_s: float | None = None,
        pace: bool = False,
        commands: queue.SimpleQueue[Command] | None = None,
        on_warning: Callable[[str], None] | None = None,
        on_problem: Callable[[MudraError], None] | None = None,
    ) -> None:
        self.warnings: list[str] = []
        self.problems: list[MudraError] = []
        self.frames = 0
        self._engine = engine
        self._consumers = tuple(consumers)
        self._stop = stop or threading.Event()
        self._limit_s = limit_s
        self._pace = pace
        self._on_warning = on_warning
        self._on_problem = on_problem
        self._commands = commands if commands is not None else queue.SimpleQueue()
        self._deadline: float | None = None

    def post(self, command: Command) -> None:
        """Hand the engine a command, from any thread; it is carried out between two frames."""
        self._commands.put(command)

    def run(self, sources: Sequence[Source]) -> None:
        """Go through the sources one after the other, and close them and the consumers.

        A source that fails is a problem; those after it still run. Results are kept unless nothing could be
        read, or a defect shows up.
        """
        self._deadline = None if self._limit_s is None else time.monotonic() + self._limit_s
        keep = False
        try:
            for source in sources:
                if self._over():
                    break
                self._one(source, last=source is sources[-1])
            keep = self.frames > 0 or not self.problems
        except (KeyboardInterrupt, BrokenPipeError, MudraError):
            keep = self.frames > 0
            raise
        finally:
            for source in sources:
                source.close()
            self._close_consumers(keep)

    def _close_consumers(self, keep: bool) -> None:
        failed: Exception | None = None
        for consumer in self._consumers:
            try:
                consumer.close(keep=keep)
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def _one(self, source: Source, *, last: bool) -> None:
        self._engine.reset()
        for consumer in self._consumers:
            consumer.on_source(source)
        seen, complete = [0, 0], False
        try:
            if isinstance(source, LiveSource):
                self._live(source)
            else:
                self._in_order(source, seen)
            complete = not self._over()
        except SourceFailure as failure:
            self._problem(failure.error)
        finally:
            self._deliver(self._engine.finish())
            source.close()  # first: that a camera hung in its driver is known only then
            self._collect(source, seen)
            for consumer in self._consumers:
                if isinstance(consumer, KnowsEnds):
                    consumer.on_source_end(complete=complete, last=last)

    def _in_order(self, source: Source, seen: list[int]) -> None:
        begin = time.monotonic_ns()
        items = iter(source.items())
        self._obey()
        while not self._over():
            try:
                item = next(items, None)
            except MudraError as error:
                raise SourceFailure(error) from None
            if item is None:
                return
            if self._pace:
                begin += self._pause()
                if source.kind is not SourceKind.STILLS:
                    self._stop.wait(max(0.0, (begin + item.t_ns - time.monotonic_ns()) / 1e9))
            self._step(self._engine.process(item, source.kind, source.name))
            self._collect(source, seen)

    def _live(self, source: LiveSource) -> None:
        self._obey()
        self._engine.prepare(SourceKind.LIVE)
        updates = source.updates(self._over_or_obey)
        while True:
            try:
                update = next(updates, None)
            except MudraError as error:
                raise SourceFailure(error) from None
            if update is None:
                return
            if update.frame is None:
                self._take(self._engine.source_changed(update.status, update.t_ns))
            else:
                step = self._engine.process(
                    update.frame,
                    SourceKind.LIVE,
                    source.name,
                    status=update.status,
                    dropped=update.dropped,
                    age_ms=update.age_ms,
                )
                self._step(step)

    def _step(self, step: Step) -> None:
        self.frames += 1
        self._take(step)

    def _take(self, step: Step) -> None:
        for consumer in self._consumers:
            consumer.on_snapshot(step.snapshot)
        self._deliver(step.events)
        self._obey()

    def _obey(self) -> None:
        while not self._commands.empty():
            self._deliver(self._engine.apply(self._commands.get()))

    def _over_or_obey(self) -> bool:
        """Say whether to end; a live source asks also while it gives no picture, and commands are obeyed then, too."""
        self._obey()
        return self._over()

    def _pause(self) -> int:
        """Wait while the engine is paused, and return for how many nanoseconds."""
        begin = time.monotonic_ns()
        while self._engine.paused and not self._over():
            with contextlib.suppress(queue.Empty):
                self._deliver(self._engine.apply(self._commands.get(timeout=_PATIENCE_S)))
        return time.monotonic_ns() - begin

    def _deliver(self, events: Iterable[LabelEvent]) -> None:
        for event in events:
            for consumer in self._consumers:
                consumer.on_event(event)

    def _collect(self, source: Source, seen: list[int]) -> None:
        for text in source.warnings[seen[0] :]:
            self.warnings.append(text)
            if self._on_warning is not None:
                self._on_warning(text)
        for problem in source.problems[seen[1] :]:
            self._problem(problem)
        seen[:] = len(source.warnings), len(source.problems)

    def _problem(self, problem: MudraError) -> None:
        self.problems.append(problem)
        if self._on_problem is not None:
            self._on_problem(problem)

    def _over(self) -> bool:
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return late or self._stop.is_set()


class Lasting:
    """A consumer that outlives the session that it is lent to."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def on_source(self, source: Source) -> None:
        """Pass it on."""
        self._consumer.on_source(source)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Pass it on."""
        self._consumer.on_snapshot(snapshot)

    def on_event(self, event: LabelEvent) -> None:
        """Pass it on."""
        self._consumer.on_event(event)

    def on_source_end(self, *, complete: bool, last: bool) -> None:
        """Pass it on to a consumer that wants to know."""
        if isinstance(self._consumer, KnowsEnds):
            self._consumer.on_source_end(complete=complete, last=last)

    def close(self, *, keep: bool = True) -> None:
        """Wait for the next session."""


class SourceFailure(Exception):
    """A source that cannot go on; errors of the engine or of a consumer, in contrast, end the run."""

    def __init__(self, error: MudraError) -> None:
        self.error = error
        super().__init__(str(error))
