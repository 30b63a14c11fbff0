"""Controls that the settings are made of: a slider with its number, and lists and sliders that the wheel spares."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

NUMBER_ROOM = "00–100%"
"""Sliders on one page are equally long where their numbers need no more room than this."""


class CalmSlider(QSlider):
    """A slider that the wheel moves only while it has the focus: a page that is scrolled changes nothing."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, unless the slider is in use."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmList(QComboBox):
    """A drop-down list that the wheel turns only while it has the focus; a long entry does not widen it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, unless the list is in use."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def show_data(self, data: object) -> None:
        """Choose the entry that stands for a value, without telling anybody; nothing where there is none."""
        self.blockSignals(True)
        self.setCurrentIndex(self.findData(data))
        self.blockSignals(False)


class NumberSlider(QWidget):
    """A slider with its number beside it.

    Args:
        name: what it is, for screen readers.
        between: the least and the greatest value.
        step: from one value to the next; values are multiples of it.
        words: turns a value into the text beside the slider.
    """

    changed = Signal(float)
    """The user has moved it: the value."""

    def __init__(self, name: str, between: tuple[float, float], step: float, words: Callable[[float], str]) -> None:
        super().__init__()
        self._step, self._words = step, words
        self.slider = CalmSlider()
        # Whole steps, not 0 to n: a screen reader then says 70 for 70 %.
        self.slider.setRange(round(between[0] / step), round(between[1] / step))
        self.slider.setPageStep(max(1, (self.slider.maximum() - self.slider.minimum()) // 10))
        self.slider.setAccessibleName(name)
        self._number = QLabel()
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        widest = max(NUMBER_ROOM, *(words(value) for value in between), key=len)
        self._number.setMinimumWidth(QFontMetrics(self._number.font()).horizontalAdvance(widest))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self._number)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._moved)

    @property
    def value(self) -> float:
        """The value where the slider stands."""
        return round(self.slider.value() * self._step, 6)

    @property
    def text(self) -> str:
        """What stands beside the slider."""
        return self._number.text()

    def show_value(self, value: float) -> None:
        """Show a value, without telling anybody; one between two steps keeps its own number."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(value / self._step))
        self.slider.blockSignals(False)
        self.show_text(self._words(value))

    def show_text(self, text: str) -> None:
        """Show another text in place of the number."""
        self._number.setText(text)
        self.slider.setAccessibleDescription(text)

    def _moved(self) -> None:
        self.show_text(self._words(self.value))
        self.changed.emit(self.value)
