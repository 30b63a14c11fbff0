"""Where output goes: standard output, files that appear when they are complete, and devices or pipes by name.

A regular file is written beside its place under a temporary name, and replaces what was there at the end. A
symbolic link stays: its target is what is replaced. A device or a named pipe is written into, never replaced.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from recognizers.errors import OutputError


class Sink(Protocol):
    """Where text goes."""

    def write(self, text: str) -> None:
        """Write it through, at once."""

    def close(self, *, keep: bool) -> None:
        """End; without `keep`, as if nothing had been written where that can be."""


class StdoutSink:
    """Standard output; every write is flushed, so that a reader sees an event when it happens."""

    def write(self, text: str) -> None:
        """Write and flush.

        Raises:
            BrokenPipeError: the reader has gone.
            OutputError: the disk behind it is full, or the like.
        """
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError("standard output cannot be written", found=error.strerror or error) from None

    def close(self, *, keep: bool) -> None:
        """Leave it open: it is not ours."""


class FileSink:
    """A file that appears under its name only when it is complete; a device or pipe is written at once.

    Args:
        path: the file; one that is there is replaced at the end.

    Raises:
        OutputError: its folder is missing or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._target = Target(path)
        written = path if self._target.is_device else self._target.partial
        try:
            self._file = written.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        except OSError as error:
            raise cannot_write(path, error) from None

    def write(self, text: str) -> None:
        """Write through to the system.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            raise cannot_write(self._target.path, error) from None

    def close(self, *, keep: bool) -> None:
        """Put the file in its place, or remove it.

        Raises:
            OutputError: it cannot be put there.
        """
        with contextlib.suppress(OSError):
            self._file.close()
        if not self._target.is_device:
            self._target.settle(keep=keep)


class Target:
    """The place of an output, and the temporary file that is written first.

    Args:
        path: what the user named.

    Attributes:
        path: the same, for messages.
        is_device: whether it is there and not a regular file: a device or a named pipe.
        partial: the temporary file; in the folder of the place, or of temporary files for a device.

    Raises:
        OutputError: the place cannot be looked at.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.is_device = path.exists() and not path.is_file()
            self._place = path if self.is_device else Path(os.path.realpath(path))
        except OSError as error:
            raise cannot_write(path, error) from None
        self.partial = partial_of(self._place)
        if self.is_device:
            self.partial = Path(tempfile.gettempdir(), self.partial.name)

    def settle(self, *, keep: bool) -> None:
        """Put the temporary file in its place, or its content into the device; without `keep`, remove it.

        Raises:
            OutputError: it cannot be put there.
        """
        try:
            if keep and self.is_device:
                with self.partial.open("rb") as finished, self.path.open("wb") as device:
                    shutil.copyfileobj(finished, device)
            elif keep:
                self.partial.replace(self._place)
        except OSError as error:
            raise cannot_write(self.path, error) from None
        finally:
            with contextlib.suppress(OSError):
                self.partial.unlink(missing_ok=True)


def partial_of(path: Path) -> Path:
    """Return the temporary name under which a file is written, in the same folder, with the same ending."""
    return path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Return the error for an output that the system refuses."""
    remedy = None if path.parent.is_dir() else f"Make the folder {path.parent} first"
    return OutputError("cannot be written", where=path, found=error.strerror or error, remedy=remedy)


def open_sink(path: Path | None) -> Sink:
    """Return a sink for a file, or for standard output.

    Raises:
        OutputError: the file cannot be written.
    """
    return StdoutSink() if path is None else FileSink(path)
