"""What is painted over the picture while something is recorded: the countdown, the frame, the flash, the progress."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from app.gui import teach_words
from app.gui.captions import FAINT, INK, SHADE
from app.gui.live_view import RECORDING
from app.gui.picture_overlay import PictureOverlay
from app.recording_plan import Phase, RecorderStatus

FLASH_MS = 180
"""How long the picture is white between two clips: seen from the corner of an eye."""
GOOD, ODD = QColor(111, 220, 152), QColor(255, 194, 102)


class RecordingOverlay(PictureOverlay):
    """Lies over the picture and lets the mouse through; hidden while nothing is recorded.

    Args:
        view: the picture.
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.status = RecorderStatus()
        self.flashing = False
        self._verdicts: list[bool] = []
        self._seconds = 0.0
        self._dark = QTimer(self, singleShot=True, interval=FLASH_MS)
        self._dark.timeout.connect(self._end_flash)

    def show_status(self, status: RecorderStatus, seconds: float) -> None:
        """Show how a recording is doing.

        Args:
            status: it.
            seconds: how long a clip is.
        """
        before, self.status, self._seconds = self.status, status, seconds
        self._note_verdicts(before)
        if status.phase is not before.phase:
            if status.phase is Phase.RECORDING:
                QApplication.beep()
            elif before.phase is Phase.RECORDING and status.written > before.written:
                self._flash()
        self.setVisible(status.phase.active or self.flashing)
        self.update()

    def _note_verdicts(self, before: RecorderStatus) -> None:
        status = self.status
        if not status.phase.active or status.written == 0:
            self._verdicts = []
        elif status.written > len(self._verdicts) and status.last is not None:
            self._verdicts.append(status.last.verdict.good)
        del self._verdicts[status.written :]

    def _flash(self) -> None:
        QApplication.beep()
        self.flashing = True
        self._dark.start()

    def _end_flash(self) -> None:
        self.flashing = False
        self.setVisible(self.status.phase.active)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint everything."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        if self.flashing:
            painter.fillRect(area, QColor(255, 255, 255, 170))
        if not self.status.phase.active:
            return
        if self.status.phase is Phase.RECORDING:
            self._paint_frame(painter, area)
        else:
            self._paint_headline(painter, area)
        self._paint_foot(painter, area)

    def _paint_frame(self, painter: QPainter, area: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(RECORDING, 10))
        painter.drawRect(area.adjusted(5, 5, -5, -5))
        if self._seconds > 0:
            share = 1 - min(1.0, self.status.seconds_left / self._seconds)
            painter.fillRect(QRectF(area.left(), area.top(), area.width() * share, 10), QColor(255, 255, 255))

    def _paint_headline(self, painter: QPainter, area: QRectF) -> None:
        text = teach_words.headline(self.status)
        if text:
            paint_headline(painter, area, text)

    def _paint_foot(self, painter: QPainter, area: QRectF) -> None:
        """Paint which clip it is, what is asked for, and a dot for each clip there is."""
        pixels = max(15, round(0.042 * area.height()))
        lines = [each for each in (self.status.hint, teach_words.subline(self.status)) if each]
        dots = len(self._verdicts)
        height = pixels * (1.5 * len(lines) + (1.2 if dots else 0.4))
        foot = QRectF(area.left(), area.bottom() - height, area.width(), height)
        painter.fillRect(foot, SHADE)
        for number, line in enumerate(lines):
            first = number == 0
            painter.setFont(sized(painter, pixels, bold=first))
            painter.setPen(INK if first else FAINT)
            row = QRectF(foot.left() + 12, foot.top() + pixels * (0.2 + 1.5 * number), foot.width() - 24, 1.4 * pixels)
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, line)
        step = min(1.0 * pixels, foot.width() / max(1, dots))
        left = foot.center().x() - step * (dots - 1) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for number, good in enumerate(self._verdicts):
            painter.setBrush(GOOD if good else ODD)
            radius = 0.3 * step
            top = foot.bottom() - 0.75 * pixels - radius
            mark = QRectF(left + number * step - radius, top, 2 * radius, 2 * radius)
            if good:
                painter.drawEllipse(mark)
            else:  # not by its colour alone
                painter.drawRect(mark)


def paint_headline(painter: QPainter, area: QRectF, text: str) -> None:
    """Paint a few words across the middle of an area; a number of one or two digits is as large as it can be."""
    short = len(text) <= 2
    pixels = round((0.34 if short else 0.09) * area.height())
    painter.setFont(sized(painter, pixels, bold=True))
    height = 1.35 * pixels
    box = QRectF(area.left(), area.center().y() - height / 2, area.width(), height)
    width = painter.fontMetrics().horizontalAdvance(text) + pixels
    pill = QRectF(area.center().x() - max(width, height) / 2, box.top(), max(width, height), height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(pill, height / 2, height / 2)
    painter.setPen(INK)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def sized(painter: QPainter, pixels: int, *, bold: bool) -> QFont:
    """Return a painter's font in another size."""
    font = QFont(painter.font())
    font.setPixelSize(max(8, pixels))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font
