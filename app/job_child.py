"""The child's end of a job: what `mudra train` and `mudra import` tell, to people or to the app that started them.

With `--progress json`, which is the app's own business, a command writes one JSON object a line on standard output:

    {"kind": "begin", "folder": "/home/anna/.local/share/mudra/models/mine"}
    {"kind": "phase", "phase": "read"}                       read, fit, refit, save
    {"kind": "message", "text": "60 examples, split by session: ..."}
    {"kind": "epoch", "number": 3, "of": 60, "loss": 0.41, "accuracy": 0.9, "validation_loss": ..., ...}
    {"kind": "progress", "done": 64, "total": 200, "unit": "pictures"}
    {"kind": "warning", "text": "...", "remedy": "..."}      the results stand
    {"kind": "result", "folder": "...", "figures": {"accuracy": 0.97, ...}}
    {"kind": "error", "text": "...", "remedy": "..."}        the last line where it failed

and ends as soon as its standard input does: nothing is left when the app was killed.
"""

from __future__ import annotations

import _thread
import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Protocol, Self

from app import console
from app.progress import Progress
from recognizers.errors import MudraError
from recognizers.training_news import Epoch, News, Phase

if TYPE_CHECKING:
    import argparse

TEXT, JSON = "text", "json"
END_S = 5.0
"""How long a job that is no longer wanted may take to clear up before it is cut off."""
_NICE = 5
"""How far a job gives way to the live picture, of 19."""
_FIRST_TO_GO = b"500"
"""Of 1000: where memory runs out, the system is to end the job, not the window."""


class Progressing(Protocol):
    """What shows how far a piece of work is: `app.progress.Progress` or its like."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Tell that `done` of `total` is done."""

    def clear(self) -> None:
        """Make room for a line."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""


class Teller(Protocol):
    """Who a long command tells what it does."""

    def begin(self, folder: Path) -> None:
        """Tell where the result will stand."""

    def say(self, news: News) -> None:
        """Tell what a training tells."""

    def progress(self, title: str, unit: str) -> Progressing:
        """Return what shows how far the work is."""

    def warn(self, text: str) -> None:
        """Tell what is odd though the results stand."""

    def problem(self, error: MudraError) -> None:
        """Tell what could not be read; the rest goes on."""

    def result(self, folder: Path, lines: Iterable[str], figures: Mapping[str, Any]) -> None:
        """Tell what came of it: lines for people, figures for programs."""


class TextTeller:
    """Tells people: lines on standard output, warnings and bars on standard error."""

    def begin(self, folder: Path) -> None:
        """Say nothing: the result tells it."""

    def say(self, news: News) -> None:
        """Print it; phases speak for themselves."""
        if not isinstance(news, Phase):
            print(news, flush=True)

    def progress(self, title: str, unit: str) -> Progressing:
        """Return a bar, or lines where there is no terminal."""
        return Progress(title, unit)

    def warn(self, text: str) -> None:
        """Print it."""
        console.print_warning(text)

    def problem(self, error: MudraError) -> None:
        """Print it."""
        console.print_error(error)

    def result(self, folder: Path, lines: Iterable[str], figures: Mapping[str, Any]) -> None:
        """Print the lines."""
        print("\n".join(lines))


class JsonTeller:
    """Tells a program, one JSON object a line.

    Args:
        stream: where to.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def tell(self, kind: str, **values: Any) -> None:
        """Write one object."""
        line = json.dumps({"kind": kind, **values}, ensure_ascii=True, default=str)
        # Who no longer listens has closed our standard input, too, and that ends the job.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    def begin(self, folder: Path) -> None:
        """Tell where the result will stand."""
        self.tell("begin", folder=str(folder))

    def say(self, news: News) -> None:
        """Tell a phase, an epoch or a message."""
        if isinstance(news, Phase):
            self.tell("phase", phase=news.value)
        elif isinstance(news, Epoch):
            self.tell("epoch", **dataclasses.asdict(news))
        else:
            self.tell("message", text=news)

    def progress(self, title: str, unit: str) -> Progressing:
        """Return what tells how far the work is, a few times a second at most."""
        return _JsonProgress(self, unit)

    def warn(self, text: str) -> None:
        """Tell it."""
        self.tell("warning", text=text, remedy="")

    def problem(self, error: MudraError) -> None:
        """Tell it."""
        self.tell("warning", text=error.sentence, remedy=error.remedy or "")

    def result(self, folder: Path, lines: Iterable[str], figures: Mapping[str, Any]) -> None:
        """Tell the figures."""
        self.tell("result", folder=str(folder), figures=dict(figures))

    def failed(self, error: MudraError) -> None:
        """Tell why it failed."""
        self.tell("error", text=error.sentence, remedy=error.remedy or "")


class _JsonProgress:
    """Tells how far the work is: the first and the last word, and others now and then."""

    EVERY_S = 0.25

    def __init__(self, teller: JsonTeller, unit: str) -> None:
        self._teller, self._unit = teller, unit
        self._told_at = float("-inf")

    def __call__(self, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if now - self._told_at < self.EVERY_S and (total is None or done < total):
            return
        self._told_at = now
        self._teller.tell("progress", done=done, total=total, unit=self._unit)

    def clear(self) -> None:
        """There is nothing in the way."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to take away."""


def add_progress_argument(parser: argparse.ArgumentParser) -> None:
    """Add --progress, which is the app's own and not listed."""
    import argparse

    parser.add_argument("--progress", choices=(TEXT, JSON), default=TEXT, help=argparse.SUPPRESS)


def own_words() -> list[str]:
    """Return the words of this command line as a person would repeat them, without --progress."""
    words = sys.argv[1:]
    pairs = zip(["", *words], words, strict=False)
    return [word for before, word in pairs if "--progress" not in (before, word) and not word.startswith("--progress=")]


@contextlib.contextmanager
def telling(manner: str) -> Iterator[Teller]:
    """Give a long command what it tells by; told to a program, it also ends when nobody wants it any more.

    Args:
        manner: TEXT or JSON.

    Raises:
        MudraError: memory ran out; and whatever the command raises.
    """
    teller = JsonTeller(_own_output()) if manner == JSON else None
    if teller is not None:
        _step_back()
        threading.Thread(target=_end_with_input, daemon=True, name="end with input").start()
    try:
        yield teller or TextTeller()
    except MudraError as error:
        if teller is not None:
            teller.failed(error)
        raise
    except MemoryError:
        lack = MudraError("there is not enough memory", remedy="Close other programs, or take less data at once")
        if teller is not None:
            teller.failed(lack)
        raise lack from None


def _own_output() -> IO[str]:
    """Keep standard output for our lines: what libraries print there goes where their errors go."""
    sys.stdout.flush()
    own = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    return own


def _step_back() -> None:
    """Give way to the app that started this: its picture goes on while this works."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(_FIRST_TO_GO)
    # A parent that ignores Ctrl-C hands that on, and then nothing could interrupt us.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end_with_input() -> None:
    # Not through sys.stdin: a thread that holds its lock keeps Python from ending.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    _thread.interrupt_main()
    time.sleep(END_S)
    end_group()
    os._exit(130)


def end_group() -> None:
    """End everything that this process started, and itself, where it leads a group."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
