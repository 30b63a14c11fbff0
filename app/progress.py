"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere. On standard error."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import Self, TextIO

BAR_SECONDS = 0.1
LINE_SECONDS = 10.0
"""At most so often is the bar drawn again, or a line written."""
_WIDTH = 28


class Progress:
    """Shows how far a piece of work is; call it with what is done and, where it is known, of how much.

    Use it as a context manager: at the end the bar gives way to what is printed next.

    Args:
        title: what is being done, in a word or two.
        unit: what is counted, such as `pictures`.
        stream: where to; standard error where None.
    """

    def __init__(self, title: str, unit: str = "", stream: TextIO | None = None) -> None:
        self.title = title
        self.unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._bar = self._stream.isatty()
        self._shown_at: float | None = None
        self._began = time.monotonic()
        self._drawn = False

    def __call__(self, done: int, total: int | None = None) -> None:
        """Tell that `done` of `total` is done; the last word is always shown, others now and then."""
        now = time.monotonic()
        last = total is not None and done >= total
        since = self._began if self._shown_at is None else self._shown_at
        wait = 0.0 if self._bar and self._shown_at is None else BAR_SECONDS if self._bar else LINE_SECONDS
        if not last and now - since < wait:
            return
        self._shown_at = now
        if self._bar:
            self._draw(done, total)
        else:
            self._write(f"{self.title}: {self._figures(done, total)}\n")

    def _figures(self, done: int, total: int | None) -> str:
        of = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        return f"{of} {self.unit}".rstrip() + self._rest(done, total)

    def _rest(self, done: int, total: int | None) -> str:
        if not total or not 0 < done < total:
            return ""
        seconds = round((time.monotonic() - self._began) * (total - done) / done)
        return f", {seconds // 60}:{seconds % 60:02d} left" if seconds >= 3 else ""

    def _draw(self, done: int, total: int | None) -> None:
        filled = round(_WIDTH * min(1.0, done / total)) if total else 0
        bar = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] " if total else ""
        columns = shutil.get_terminal_size().columns - 1
        self._write(f"\r\x1b[K{f'{self.title} {bar}{self._figures(done, total)}'[:columns]}")
        self._drawn = True

    def clear(self) -> None:
        """Take the bar away, so that a line can be printed; the next call draws it again."""
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False
            self._shown_at = None

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # nobody looks any more; the work goes on
            self._bar = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
