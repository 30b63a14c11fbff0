"""What the pages of the settings have in common: rows of controls, each bound to one setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.gui.inputs import CalmList, NumberSlider
from app.gui.settings_keeper import SettingsKeeper
from app.gui.texts import heading, muted
from app.settings import Settings

INDENT = 30
"""Pixels: a hint stands below a box's words, not below the box."""


class Page(QWidget):
    """One page: a heading and rows. A control changes its setting at once, and shows it when it changes elsewhere.

    Args:
        title: the words for people.
        keeper: holds the settings.
    """

    def __init__(self, title: str, keeper: SettingsKeeper) -> None:
        super().__init__()
        self.title, self.keeper = title, keeper
        self._show: list[Callable[[Settings], object]] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 8, 16, 8)
        self._layout.setSpacing(12)
        head = heading(title)
        font = head.font()
        font.setPointSizeF(1.3 * font.pointSizeF())
        head.setFont(font)
        self._layout.addWidget(head)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(18)
        self._form.setVerticalSpacing(10)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._layout.addLayout(self._form)
        self._layout.addStretch()

    def show_settings(self, settings: Settings) -> None:
        """Show the settings as they are now."""
        for show in self._show:
            show(settings)

    def opened(self) -> None:
        """Is called when the dialog is opened: look anew at what may have changed outside of it."""

    def add_row(self, words: str, control: QWidget, hint: str = "") -> None:
        """Add a control with its label before it and a hint below it."""
        label = QLabel(words)
        label.setBuddy(control)
        label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        above = (control.sizeHint().height() - label.sizeHint().height()) // 2
        label.setContentsMargins(0, max(0, above), 0, 0)  # level with the control, not with its hint
        target = control.focusProxy() or control
        if not target.accessibleName():
            target.setAccessibleName(words)
        self._form.addRow(label, _explained(control, hint))

    def add_wide(self, control: QWidget, hint: str = "") -> None:
        """Add a control that needs no label before it."""
        self._form.addRow(_explained(control, hint, INDENT))

    def add_button(self, button: QPushButton) -> None:
        """Add a button, no wider than it needs to be."""
        button.setAutoDefault(False)  # or the return key in a field would press it
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch()
        self._form.addRow(row)

    def add_flag(self, name: str, words: str, hint: str = "") -> QCheckBox:
        """Add a box to tick for a setting that is true or false."""
        box = QCheckBox(words)
        box.setAccessibleName(words)
        box.clicked.connect(lambda checked: self.keeper.change(name, checked))
        self._show.append(lambda settings: box.setChecked(getattr(settings, name)))
        self.add_wide(box, hint)
        return box

    def add_number(
        self,
        name: str,
        words: str,
        between: tuple[float, float],
        step: float,
        text: Callable[[float], str],
        *,
        hint: str = "",
    ) -> NumberSlider:
        """Add a slider for a setting that is a number; one that counts in whole steps is kept whole."""
        slider = NumberSlider(words, between, step, text)
        kind: type[float] | type[int] = int if isinstance(step, int) else float
        slider.changed.connect(lambda value: self.keeper.change(name, kind(value)))
        self._show.append(lambda settings: slider.show_value(getattr(settings, name)))
        self.add_row(words, slider, hint)
        return slider

    def add_choice(self, name: str, words: str, choices: Sequence[tuple[str, Any]], hint: str = "") -> CalmList:
        """Add a list for a setting that is one of a few: the words and the value of each."""
        chooser = CalmList()
        for text, value in choices:
            chooser.addItem(text, value)
        chooser.activated.connect(lambda _index: self.keeper.change(name, chooser.currentData()))
        self._show.append(lambda settings: chooser.show_data(getattr(settings, name)))
        self.add_row(words, chooser, hint)
        return chooser

    def add_text(self, text: str) -> QLabel:
        """Add a paragraph."""
        label = QLabel(text)
        label.setWordWrap(True)
        self._form.addRow(label)
        return label

    def add_line(self, name: str, indent: int = 0) -> QLabel:
        """Add a line of small print that changes, can be selected with keys and mouse, and hides while it is empty."""
        line = muted(wrap=True)
        line.setAccessibleName(name)
        line.setTextFormat(Qt.TextFormat.PlainText)
        flags = Qt.TextInteractionFlag
        line.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        line.setContentsMargins(indent, 0, 0, 0)
        line.hide()
        self._form.addRow(line)
        return line


def _explained(control: QWidget, hint: str, indent: int = 0) -> QWidget:
    """Return a control with a hint close below it."""
    if not hint:
        return control
    (control.focusProxy() or control).setAccessibleDescription(hint)
    line = muted(hint, wrap=True)
    line.setContentsMargins(indent, 0, 0, 0)
    both = QWidget()
    layout = QVBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 4)
    layout.setSpacing(0 if indent else 3)
    layout.addWidget(control)
    layout.addWidget(line)
    return both


def show_line(line: QLabel, text: str, *, problem: bool = False) -> None:
    """Show a line of `Page.add_line`, in the colour of problems where it tells one; hide it if there is no text."""
    line.setText(text)
    line.setVisible(bool(text))
    line.setProperty("kind", "problem" if problem else "")
    line.style().unpolish(line)
    line.style().polish(line)
