"""That was wrong: remembers the last label, asks what it was, and hands it to the corrections."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.captions import shown_label
from app.corrections import Corrections
from app.gui.dialogs import open_beside
from app.gui.wrong_dialog import WrongDialog
from recognizers.errors import MudraError
from recognizers.types import LabelEvent

NONE_YET = "Nothing was said yet that could be wrong"


class Correcting(QObject):
    """What the window does about labels that were wrong.

    Args:
        window: the dialog opens over it.
        corrections: a consumer of the watch; remembers what was seen.
        labels_of: by mode, the labels that can be chosen.
        signer: who is before the camera, as far as that is known.

    Attributes:
        last: the newest label; None before there was one, or where it has been corrected.
    """

    told = Signal(str)
    """A correction was kept: a sentence."""
    failed = Signal(object)
    """It was not: the `MudraError`."""
    kept = Signal()
    """There is a new sample."""
    _written = Signal(object)

    def __init__(
        self,
        window: QWidget,
        corrections: Corrections,
        labels_of: Callable[[str], Iterable[str]],
        signer: Callable[[], str],
    ) -> None:
        super().__init__(window)
        self.last: LabelEvent | None = None
        self._window, self._corrections = window, corrections
        self._labels_of, self._signer = labels_of, signer
        self._written.connect(self._tell)

    def take(self, events: Iterable[LabelEvent]) -> None:
        """Note what was said; the end of an event takes the place of its beginning."""
        for event in events:
            self.last = event

    def forget(self) -> None:
        """Another source begins: what was said before cannot be corrected any more."""
        self.last = None

    def ask(self) -> None:
        """Ask what the last label should have been."""
        event = self.last
        if event is None:
            self.told.emit(NONE_YET)
            return
        dialog = WrongDialog(self._window, event, sorted(set(self._labels_of(event.mode))))
        dialog.answered.connect(self._mark)
        open_beside(dialog)

    def _mark(self, event: LabelEvent, label: str | None) -> None:
        try:
            writing = self._corrections.mark(event, label, signer=self._signer() or None)
        except MudraError as error:
            self.failed.emit(error)
            return
        self.last = None
        right = "nothing" if label is None else shown_label(label)
        words = f"{shown_label(event.label)} was {right}: kept for the next training"
        writing.add_done_callback(lambda done: self._done(done, words))

    def _done(self, done: Future[Path], words: str) -> None:
        """Take what came of it, in the writer's thread."""
        error = done.exception()
        self._written.emit(words if error is None else error)

    def _tell(self, outcome: object) -> None:
        if isinstance(outcome, str):
            self.told.emit(outcome)
            self.kept.emit()
        elif isinstance(outcome, MudraError):
            self.failed.emit(outcome)
        elif isinstance(outcome, BaseException):
            self.failed.emit(MudraError(f"this is a defect of Mudra: {outcome}"))
