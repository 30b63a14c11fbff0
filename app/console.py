"""The terminal: what native libraries print goes to the log file, and errors come out as one line.

MediaPipe, TensorFlow, FFmpeg and video drivers write to file descriptor 2 behind Python's back. While a
command runs, that descriptor leads to the log file; Python's own `sys.stderr` keeps writing to the real
terminal.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, TextIO

from app.names import shown_name
from recognizers import home
from recognizers.errors import MudraError

LOG_LIMIT = 1_000_000
"""A log longer than this many bytes is set aside, as `mudra.log.1`, when the next command starts."""


def say(text: str) -> None:
    """Print a line on standard output at once: somebody waits for it."""
    print(text, flush=True)


def print_line(text: str) -> None:
    """Print one line on standard error."""
    with contextlib.suppress(OSError, ValueError):
        print(" ".join(shown_name(text).split()), file=sys.stderr, flush=True)


def print_error(error: MudraError) -> None:
    """Print a problem that the user can act on, as one line."""
    print_line(f"mudra: {error}")


def print_warning(text: str) -> None:
    """Print a warning, as one line: the results stand."""
    print_line(f"mudra: warning: {text}")


def report_defect(error: BaseException) -> None:
    """Write a defect's traceback to the log and print one line that says where it lies."""
    kept = _append_to_log("".join(traceback.format_exception(error)))
    place = f"the traceback is in {home.log_file()}" if kept else "the log file cannot be written"
    print_line(f"mudra: this is a defect of Mudra: {type(error).__name__}: {error} ({place})")


def _append_to_log(text: str) -> bool:
    try:
        descriptor = _open_log()
    except OSError:
        return False
    with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(text)
    return True


def _open_log() -> int:
    log = home.log_file()
    log.parent.mkdir(parents=True, exist_ok=True)
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _limit_log() -> None:
    log = home.log_file()
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_name(log.name + ".1"))


def _log_descriptor() -> int:
    """Return a descriptor of the log file, or of the null device where no log can be written."""
    _limit_log()
    try:
        return _open_log()
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


@contextlib.contextmanager
def native_output_to_log(*, restore: bool = True) -> Iterator[None]:
    """Send descriptor 2, Python's warnings and its logging to the log file.

    Args:
        restore: whether to put descriptor 2 back at the end. A process that is about to exit does not:
            libraries still print while they are torn down.
    """
    log = _log_descriptor()
    stream = sys.stderr
    saved = os.dup(2)
    if _writes_to_descriptor_2(stream):
        sys.stderr = os.fdopen(os.dup(saved), "w", 1, stream.encoding, "backslashreplace")
    os.dup2(log, 2)
    os.close(log)
    handler, showwarning = _log_from_python()
    try:
        yield
    finally:
        if restore:
            logging.getLogger().removeHandler(handler)
            warnings.showwarning = showwarning
            os.dup2(saved, 2)
            if sys.stderr is not stream:
                sys.stderr.close()
                sys.stderr = stream
        os.close(saved)


def _writes_to_descriptor_2(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.fileno() == 2
    except (OSError, ValueError, io.UnsupportedOperation):
        return False


class _Descriptor2(io.TextIOBase):
    """Writes straight to descriptor 2, whatever `sys.stderr` is."""

    def write(self, text: str, /) -> int:
        with contextlib.suppress(OSError):
            os.write(2, text.encode("utf-8", "backslashreplace"))
        return len(text)


def _log_from_python() -> tuple[logging.Handler, Callable[..., None]]:
    stream = _Descriptor2()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    showwarning = warnings.showwarning

    def to_log(  # noqa: PLR0917 - the signature is warnings.showwarning's
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        (file or stream).write(warnings.formatwarning(message, category, filename, lineno, line))

    warnings.showwarning = to_log
    return handler, showwarning


def open_closed_streams() -> None:
    """Lead standard streams that were closed before we started (`2>&-`) to the null device.

    Otherwise the next file that is opened would take a closed one's number, and be printed into.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8", closefd=False))


def quiet_stdout() -> None:
    """Forget standard output, whose reader has gone, so that nothing is said about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


TERMINATIONS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What asks a process to end: SIGTERM, and SIGHUP where there is one, when its terminal is closed."""


def _handle(numbers: Sequence[int], handler: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Install a handler; return the ones before. An end of the terminal that is ignored, under nohup, stays so."""
    ignored = {number for number in TERMINATIONS if signal.getsignal(number) is signal.SIG_IGN} - {signal.SIGTERM}
    heard = [number for number in numbers if number not in ignored]
    return {number: signal.signal(number, handler) for number in heard}


@contextlib.contextmanager
def termination_is_interruption() -> Iterator[None]:
    """Treat SIGTERM, and the end of the terminal, like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = _handle(TERMINATIONS, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def interruption_sets(stop: threading.Event) -> Iterator[None]:
    """Let the first Ctrl-C, SIGTERM or SIGHUP only set `stop`, to end between two frames; a second one interrupts."""

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = _handle((signal.SIGINT, *TERMINATIONS), ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
