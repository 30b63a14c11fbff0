"""A strip above the picture for what people should know: an offer, a problem with its remedy, the first-run page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

Button = tuple[str, Callable[[], object]]


class NoticeStrip(QFrame):
    """Shows one notice at a time; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._buttons: list[QPushButton] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(14, 8, 8, 8)
        self._layout.addWidget(self._label, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown; empty while hidden."""
        return self._label.text() if not self.isHidden() else ""

    @property
    def buttons(self) -> dict[str, QPushButton]:
        """The buttons by their words."""
        return {button.text(): button for button in self._buttons}

    def show_notice(self, text: str, buttons: Sequence[Button] = (), *, problem: bool = False) -> None:
        """Show a notice in place of the one before.

        Args:
            text: what to say.
            buttons: their words and what they do.
            problem: whether it looks like a warning.
        """
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self._buttons = [self._button(words, action) for words, action in buttons]
        for before, after in itertools.pairwise((self._control_before(), *self._buttons)):
            self.setTabOrder(before, after)  # where it stands, not behind everything that was there first
        self._label.setText(text)
        self.setAccessibleName(text)
        self.setProperty("kind", "problem" if problem else "offer")
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def _control_before(self) -> QWidget:
        """Return the last control before this strip that the Tab key reaches."""
        widget: QWidget | None = self.previousInFocusChain()
        while widget is not None and widget is not self and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            widget = widget.previousInFocusChain()
        return widget or self

    def _button(self, words: str, action: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(True)  # Enter presses it, too
        button.clicked.connect(lambda _checked=False: action())
        self._layout.addWidget(button)
        return button
