"""The live picture with what is seen in it, or in words why there is no picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.captions import Caption
from app.gui import theme
from app.gui.captions import FAINT, INK, SHADE, paint_large, paint_pills
from app.gui.picture import picture_of
from recognizers.types import Snapshot, SourceState, SourceStatus

GROUND = QColor(8, 9, 12)
LARGE_SHARE = 0.42
"""The part of the height that large captions take."""
RECORDING = QColor(240, 70, 70)


class LiveView(QWidget):
    """Shows the newest snapshot. What is not live any more is never shown as live: a lost source has no picture.

    Attributes:
        mirrored: whether people see themselves as in a mirror.
        points: whether landmarks are drawn.
        large: whether captions take a part of the view for themselves.
    """

    painted = Signal()
    """A new snapshot has been painted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mirrored, self.points, self.large = True, True, False
        self._snapshot: Snapshot | None = None
        self._captions: tuple[Caption, ...] = ()
        self._hint = ""
        self._words: tuple[str, str] = ("", "")
        self._veil = ""
        self._fresh = False
        self.setAccessibleName("Live picture")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Return the size of a usual camera's picture."""
        return QSize(960, 720)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show another moment."""
        self._snapshot = snapshot
        self._fresh = snapshot.frame is not None
        # A source that is well may still have something to say: that it is too dark, say.
        self._words = snapshot.status.message, snapshot.status.remedy
        self.update()

    def show_status(self, status: SourceStatus) -> None:
        """Show no picture but how the source is."""
        self._snapshot, self._fresh = None, False
        self._words = status.message, status.remedy
        self.update()

    def show_captions(self, captions: tuple[Caption, ...], hint: str = "") -> None:
        """Show other captions over the picture, or a hint where there is none."""
        if (captions, hint) != (self._captions, self._hint):
            self._captions, self._hint = captions, hint
            said = ", ".join(caption.text for caption in captions)
            self.setAccessibleDescription(said or hint)
            self.update()

    def show_veil(self, text: str) -> None:
        """Dim the picture and say why, as while it is paused; an empty text takes the veil away."""
        if text != self._veil:
            self._veil = text
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint everything."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), GROUND)
        box = QRectF(self.rect())
        large = QRectF()
        if self.large:
            large = QRectF(
                box.left(), box.bottom() - LARGE_SHARE * box.height(), box.width(), LARGE_SHARE * box.height()
            )
            box.setBottom(large.top())
        shown = self._paint_picture(painter, box)
        self._paint_captions(painter, shown if shown.isValid() else box, large)
        if self.hasFocus() and not self.window().isFullScreen():
            painter.setPen(QPen(QColor(theme.colours(self.palette()).accent), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        painter.end()
        if self._fresh:
            self._fresh = False
            self.painted.emit()

    def _paint_picture(self, painter: QPainter, box: QRectF) -> QRectF:
        snapshot = self._snapshot
        gone = snapshot is None or (snapshot.frame is None and snapshot.status.state is not SourceState.OK)
        if snapshot is None or gone:
            self._paint_words(painter, box)
            return QRectF()
        image = self._scaled(snapshot, box)
        ratio = self.devicePixelRatioF()
        width, height = image.width() / ratio, image.height() / ratio
        area = QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)
        painter.drawImage(QPointF(round(area.left()), round(area.top())), image)
        if snapshot.recording:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(RECORDING)
            painter.drawEllipse(QPointF(area.right() - 24, area.top() + 24), 10, 10)
        if self._veil:
            painter.fillRect(area, QColor(8, 9, 12, 150))
            self._paint_text(painter, area, self._veil, 0.055, colour=INK, bold=True)
        elif any(self._words):
            self._paint_banner(painter, area)
        return area

    def _scaled(self, snapshot: Snapshot, box: QRectF) -> QImage:
        ratio = self.devicePixelRatioF()
        room = max(1, round(box.width() * ratio)), max(1, round(box.height() * ratio))
        image = picture_of(snapshot, room, mirrored=self.mirrored, points=self.points and not self._veil)
        image.setDevicePixelRatio(ratio)
        return image

    def _paint_captions(self, painter: QPainter, shown: QRectF, large: QRectF) -> None:
        snapshot = self._snapshot
        if snapshot is None or self._veil:
            return
        with_mode = len(snapshot.modes) > 1
        if self.large and self._captions:
            paint_large(painter, large, self._captions, with_mode=with_mode)
        elif self.large and self._hint:
            self._paint_text(painter, large, self._hint, 0.16, colour=FAINT)
        elif self._captions:
            paint_pills(painter, shown, self._captions, with_mode=with_mode)
        elif self._hint:
            self._paint_hint(painter, shown)

    def _paint_hint(self, painter: QPainter, area: QRectF) -> None:
        font = _sized(painter.font(), max(13.0, 0.03 * area.height()))
        width = QFontMetricsF(font).horizontalAdvance(self._hint)
        height = 1.9 * font.pixelSize()
        pill = QRectF(area.center().x() - width / 2 - height / 2, area.bottom() - 1.4 * height, width + height, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setFont(font)
        painter.setPen(FAINT)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._hint)

    def _paint_banner(self, painter: QPainter, area: QRectF) -> None:
        text = ". ".join(word.rstrip(".") for word in self._words if word)
        font = _sized(painter.font(), max(13.0, 0.028 * area.height()))
        metrics = QFontMetricsF(font)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        needed = metrics.boundingRect(area.adjusted(16, 0, -16, 0), flags, text)
        band = QRectF(area.left(), area.top(), area.width(), needed.height() + 16)
        painter.fillRect(band, SHADE)
        painter.setFont(font)
        painter.setPen(INK)
        painter.drawText(band.adjusted(16, 0, -16, 0), flags, text)

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        message, remedy = self._words
        middle = box.center().y()
        upper = QRectF(box.left(), box.top(), box.width(), middle - box.top())
        lower = QRectF(box.left(), middle, box.width(), box.bottom() - middle)
        sentence = message.rstrip(".") + "." if message else ""
        self._paint_text(painter, upper, sentence, 0.05, colour=INK, vertical=Qt.AlignmentFlag.AlignBottom, bold=True)
        advice = remedy.rstrip(".") + "." if remedy else ""
        self._paint_text(
            painter, lower.adjusted(0, 12, 0, 0), advice, 0.036, colour=FAINT, vertical=Qt.AlignmentFlag.AlignTop
        )

    def _paint_text(
        self,
        painter: QPainter,
        box: QRectF,
        text: str,
        share: float,
        *,
        colour: QColor,
        vertical: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
        bold: bool = False,
    ) -> None:
        font = _sized(painter.font(), min(max(14.0, share * self.height()), 0.9 * box.height()))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(colour)
        flags = Qt.AlignmentFlag.AlignHCenter | vertical | Qt.TextFlag.TextWordWrap
        painter.drawText(box.adjusted(0.06 * box.width(), 0, -0.06 * box.width(), 0), flags, text)


def _sized(font: QFont, pixels: float) -> QFont:
    sized = QFont(font)
    sized.setPixelSize(max(8, round(pixels)))
    return sized
