"""The most probable labels of each mode as bars, with a mark where each begins to count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.captions import shown_label
from app.gui import theme
from recognizers.modes import mode_named
from recognizers.types import Prediction

BARS = {1: 5, 2: 4}
"""How many bars a mode has, by the number of modes; with three or more there are three."""
ROW, HEADING = 26, 24
"""Heights in pixels at least; larger letters make them larger."""
NOTHING = "Nothing in view"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        text: the label for people.
        share: its probability, 0..1.
        threshold: where it begins to count, 0..1, or None for a label that is never reported.
    """

    text: str
    share: float
    threshold: float | None


class ScoresPanel(QWidget):
    """Bars for every active mode."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.threshold_of: Callable[[str, str], float | None] = lambda _mode, _label: None
        self._modes: tuple[str, ...] = ()
        self._bars: dict[str, tuple[Bar, ...]] = {}
        self.setAccessibleName("Top scores")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return what the modes' bars need."""
        count = max(1, len(self._modes))
        heading = self._heading if count > 1 else 0
        return QSize(280, count * (heading + self._count() * self._row) + 4)

    @property
    def _row(self) -> int:
        return max(ROW, round(1.35 * self.fontMetrics().height()))

    @property
    def _heading(self) -> int:
        return max(HEADING, round(1.25 * self.fontMetrics().height()))

    def percent_width(self) -> int:
        """Return the room for a share in figures, in pixels."""
        return self.fontMetrics().horizontalAdvance("100%") + 8

    def show_predictions(self, modes: tuple[str, ...], predictions: Mapping[str, Prediction]) -> None:
        """Show other scores; a mode without a prediction has empty bars."""
        bars = {mode: self._bars_of(predictions[mode], len(modes)) for mode in modes if mode in predictions}
        if modes != self._modes:
            self._modes = modes
            self.updateGeometry()
        elif bars == self._bars:
            return
        self._bars = bars
        best = [f"{each[0].text} {each[0].share:.0%}" for each in bars.values() if each]
        self.setAccessibleDescription(", ".join(best) or NOTHING)
        self.update()

    def _count(self, modes: int | None = None) -> int:
        return BARS.get(modes if modes is not None else len(self._modes), 3)

    def _bars_of(self, prediction: Prediction, modes: int) -> tuple[Bar, ...]:
        best = np.argsort(prediction.scores)[::-1][: self._count(modes)]
        # In steps of a hundredth: what no eye can see is not painted anew.
        return tuple(
            Bar(
                shown_label(prediction.labels[index]),
                round(float(prediction.scores[index]), 2),
                self.threshold_of(prediction.mode, prediction.labels[index]),
            )
            for index in best
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.colours(self.palette())
        top = 0.0
        for mode in self._modes:
            if len(self._modes) > 1:
                painter.setPen(QColor(colours.muted))
                area = QRectF(0, top, self.width(), self._heading)
                painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, mode_named(mode).title)
                top += self._heading
            bars = self._bars.get(mode, ())
            if not bars:
                painter.setPen(QColor(colours.muted))
                painter.drawText(QRectF(0, top, self.width(), self._row), Qt.AlignmentFlag.AlignVCenter, NOTHING)
            for number, bar in enumerate(bars):
                self._paint_bar(painter, QRectF(0, top + number * self._row, self.width(), self._row), bar, colours)
            top += self._count() * self._row

    def _paint_bar(self, painter: QPainter, row: QRectF, bar: Bar, colours: theme.Colours) -> None:
        counts = bar.threshold is not None and bar.share >= bar.threshold
        name = QRectF(row.left(), row.top(), 0.38 * row.width(), row.height())
        room = self.percent_width()
        percent = QRectF(row.right() - room, row.top(), room, row.height())
        track = QRectF(name.right() + 8, row.center().y() - 5, percent.left() - name.right() - 16, 10)
        painter.setPen(QColor(colours.text if counts else colours.muted))
        text = QFontMetricsF(painter.font()).elidedText(bar.text, Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, text)
        painter.drawText(percent, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{bar.share:.0%}")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.field))
        painter.drawRoundedRect(track, 5, 5)
        if bar.share > 0:
            painter.setBrush(QColor(colours.good if counts else colours.muted))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), track.width() * bar.share, 10), 5, 5)
        if bar.threshold is not None:
            painter.setBrush(QColor(colours.text))
            painter.drawRect(QRectF(track.left() + track.width() * bar.threshold - 1, track.top() - 3, 2, 16))
