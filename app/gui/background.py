"""Runs a function in a thread and hands its result to the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from recognizers.errors import MudraError

Result = TypeVar("Result")


class _Bell(QObject):
    """Rings in the window's thread. It has no parent: a thread may ring while the window is being taken down."""

    rung = Signal(object)


class Background:
    """Runs functions that may take long, each in a thread that nobody waits for, not even at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._bell = _Bell()
        self._bell.rung.connect(self._hand_over)

    def run(
        self,
        function: Callable[[], Result],
        then: Callable[[Result], object],
        failed: Callable[[MudraError], object] | None = None,
    ) -> None:
        """Run a function.

        Args:
            function: what to run, in a thread of its own.
            then: is called with its result in the window's thread, unless this was closed meanwhile.
            failed: is called with an error that the user can act on; None drops it.
        """

        def work() -> None:
            action: Callable[[], Any]
            try:
                result = function()
            except MudraError as caught:
                error = caught
                if failed is None:
                    return
                action = lambda: failed(error)  # noqa: E731
            else:
                action = lambda: then(result)  # noqa: E731
            with self._lock:
                if not self._closed:
                    self._bell.rung.emit(action)

        threading.Thread(target=work, name=f"window {function}", daemon=True).start()

    def close(self) -> None:
        """Forget what is still running; from now on nothing is handed over."""
        with self._lock:
            self._closed = True

    def _hand_over(self, action: Callable[[], Any]) -> None:
        if not self._closed:
            action()
