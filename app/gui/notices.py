"""What the strip shows, and when: the first-run page until it has been answered, then problems and offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.gui.notice_strip import Button, NoticeStrip
from app.gui.source_button import SourceButton
from app.voice.status import VoiceState, VoiceStatus

NO_CAMERA = "No camera was found, so you see the synthetic signer. Connect a camera and choose it, or open a file."


class Notices:
    """Fills the strip.

    Args:
        strip: the strip.
        source: the button whose menu chooses another source.
        replay: begins the source anew.

    Attributes:
        welcoming: whether the first-run page waits for its answer; other notices wait behind it.
    """

    def __init__(self, strip: NoticeStrip, source: SourceButton, replay: Callable[[], object]) -> None:
        self.welcoming = False
        self._strip, self._source, self._replay = strip, source, replay
        self._waiting: tuple[str, Sequence[Button], bool] | None = None
        self._shown: tuple[str, Sequence[Button], bool] | None = None
        self._voice_told = ""

    def welcome(self, text: str, words: str, start: Callable[[], object]) -> None:
        """Show the first-run page, with one button."""
        if not self.welcoming and self._strip.text:
            self._waiting = self._shown  # what came first is read afterwards
        self.welcoming = True
        self._strip.show_notice(text, [(words, start)])
        self._strip.buttons[words].setFocus()

    def answered(self) -> None:
        """Take the first-run page away."""
        self.welcoming = False
        self._strip.hide()

    def catch_up(self) -> None:
        """Show what has waited behind the first-run page."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._show(*waiting)

    def clear(self) -> None:
        """Take a notice away, but not the first-run page."""
        if not self.welcoming:
            self._strip.hide()

    def offer(self) -> None:
        """Say that there is no camera, and offer to choose something else."""
        self._show(NO_CAMERA, [("Choose a camera", self._source.showMenu), ("Open a file", self._source.open_file)])

    def problem(self, text: str, remedy: str, *, with_source: bool = True, again: bool = True) -> None:
        """Show a problem.

        Args:
            text: what is wrong.
            remedy: what to do about it.
            with_source: whether another source would help.
            again: whether to try the source again would help.
        """
        words = ". ".join(part.rstrip(".") for part in (text, remedy) if part) + "."
        buttons: list[Button] = [("Try again", self._replay)] if again and with_source else []
        buttons += [("Choose another source", self._source.showMenu)] if with_source else []
        self._show(words, [*buttons, ("Dismiss", self._strip.hide)], problem=True)

    def tell(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Tell something that is no problem, with what can be done about it."""
        self._show(f"{text.rstrip('.')}.", [("Good", self._strip.hide), *buttons])

    def voice(self, status: VoiceStatus) -> None:
        """Tell once what keeps labels from being heard."""
        wrong = status.state in (VoiceState.MISSING, VoiceState.FAILED)
        if wrong and status.line != self._voice_told:
            self._voice_told = status.line
            self.problem(f"Labels are not heard: {status.line}", "", with_source=False)

    def forget_voice(self) -> None:
        """Tell again what keeps labels from being heard: the user has changed something about it."""
        self._voice_told = ""

    def _show(self, text: str, buttons: Sequence[Button], problem: bool = False) -> None:
        if self.welcoming:
            self._waiting = text, buttons, problem
        else:
            self._shown = text, buttons, problem
            self._strip.show_notice(text, buttons, problem=problem)
