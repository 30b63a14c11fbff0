"""Runs a function in a thread and hands its result to the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from recognizers.errors import MudraError

Result = TypeVar("Result")


class Background(QObject):
    """Runs functions that may take long, each in a thread that nobody waits for, not even at the end."""

    _done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._done.connect(self._hand_over)

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
            if not self._closed:
                self._done.emit(action)

        threading.Thread(target=work, name=f"window {function}", daemon=True).start()

    def close(self) -> None:
        """Forget what is still running."""
        self._closed = True

    def _hand_over(self, action: Callable[[], Any]) -> None:
        if not self._closed:
            action()
