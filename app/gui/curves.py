"""The curves of a training, painted while it runs: what is right, and the loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui import theme
from recognizers.training_news import Epoch

Of = Callable[[Epoch], float | None]
GAP = 14


class Curves(QWidget):
    """Two plots side by side; what it learns from is thin, what it does not is thick."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: tuple[Epoch, ...] = ()
        self.setAccessibleName("Curves of the training")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of two small plots."""
        return QSize(340, 118)

    def show_epochs(self, epochs: Sequence[Epoch]) -> None:
        """Show other curves."""
        if tuple(epochs) == self.epochs:
            return
        self.epochs = tuple(epochs)
        self.setAccessibleDescription(self.words)
        self.update()

    @property
    def words(self) -> str:
        """The newest point in words."""
        if not self.epochs:
            return ""
        last = self.epochs[-1]
        held = "" if last.validation_accuracy is None else f", of what is held apart {last.validation_accuracy:.0%}"
        return f"Round {last.number} of at most {last.of}: right {last.accuracy:.0%}{held}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both plots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = (self.width() - GAP) / 2
        left = QRectF(0, 0, width, self.height())
        right = QRectF(width + GAP, 0, width, self.height())
        most = max((value for each in self.epochs for value in (each.loss, each.validation_loss or 0.0)), default=1.0)
        self._paint_plot(painter, left, "Right", 1.0, (lambda e: e.accuracy, lambda e: e.validation_accuracy))
        self._paint_plot(painter, right, "Loss", max(most, 1e-6), (lambda e: e.loss, lambda e: e.validation_loss))

    def _paint_plot(self, painter: QPainter, box: QRectF, title: str, most: float, lines: tuple[Of, Of]) -> None:
        colours = theme.colours(self.palette())
        font = QFont(painter.font())
        font.setPointSizeF(0.85 * self.font().pointSizeF())
        painter.setFont(font)
        text = painter.fontMetrics().height()
        plot = box.adjusted(0, text + 2, 0, -2)
        painter.fillRect(plot, QColor(colours.field))
        painter.setPen(QPen(QColor(colours.line), 1))
        for share in (0.25, 0.5, 0.75):
            y = plot.top() + share * plot.height()
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setPen(QColor(colours.muted))
        head = QRectF(box.left(), box.top(), box.width(), text)
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, title)
        painter.drawText(head, Qt.AlignmentFlag.AlignRight, self._newest(title, lines))
        for of, colour, width in ((lines[0], colours.muted, 1.5), (lines[1], colours.good, 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            self._paint_line(painter, plot, of, most)

    def _newest(self, title: str, lines: tuple[Of, Of]) -> str:
        if not self.epochs:
            return ""
        value = lines[1](self.epochs[-1])
        value = lines[0](self.epochs[-1]) if value is None else value
        return "" if value is None else f"{value:.0%}" if title == "Right" else f"{value:.2f}"

    def _paint_line(self, painter: QPainter, plot: QRectF, of: Of, most: float) -> None:
        last = max(2, self.epochs[-1].of) if self.epochs else 2
        points = [
            QPointF(
                plot.left() + (each.number - 1) / (last - 1) * plot.width(),
                plot.bottom() - min(1.0, value / most) * plot.height(),
            )
            for each in self.epochs
            if (value := of(each)) is not None
        ]
        if len(points) == 1:
            painter.drawPoint(points[0])
        painter.drawPolyline(QPolygonF(points))
