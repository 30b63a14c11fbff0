"""What is painted over the picture while a resting face is taken: the countdown, what to do, how far it is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.calibrating import SECONDS, CalibrationStatus, Phase
from app.gui.captions import INK, SHADE
from app.gui.picture_overlay import PictureOverlay
from app.gui.recording_overlay import GOOD, ODD, paint_headline, sized

RELAX = "Relax your face and look into the camera"
HOLD = "Stay like this"
COUNT_SHARE = 0.35
"""The part of the height that the countdown may take, at the top: people want to see their face meanwhile."""


def words_of(status: CalibrationStatus) -> str:
    """Return what people should do now; empty where nothing goes on."""
    if status.phase is Phase.COUNTDOWN:
        return RELAX
    if status.phase is not Phase.LOOKING:
        return ""
    return f"{status.wrong[:1].upper()}{status.wrong[1:]}" if status.wrong else HOLD


class CalibrationOverlay(PictureOverlay):
    """Lies over the picture and lets the mouse through; hidden while nothing goes on.

    Args:
        view: the picture.
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.status = CalibrationStatus()

    def show_status(self, status: CalibrationStatus) -> None:
        """Show how a calibration is doing."""
        self.status = status
        self.setVisible(status.phase.active)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint everything."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        if self.status.phase is Phase.COUNTDOWN:
            top = QRectF(area.left(), area.top(), area.width(), COUNT_SHARE * area.height())
            paint_headline(painter, top, f"{self.status.seconds_left:.0f}")
        elif self.status.phase is Phase.LOOKING:
            self._paint_progress(painter, area)
        self._paint_words(painter, area)

    def _paint_progress(self, painter: QPainter, area: QRectF) -> None:
        share = min(1.0, max(0.0, 1 - self.status.seconds_left / SECONDS))
        bar = QRectF(area.left(), area.top(), area.width(), 12)
        painter.fillRect(bar, SHADE)
        bar.setWidth(share * area.width())
        painter.fillRect(bar, ODD if self.status.wrong else GOOD)

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        words, flags = words_of(self.status), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        pixels = max(15, round(0.042 * area.height()))
        painter.setFont(sized(painter, pixels, bold=True))
        room = QRectF(area.left() + 12, area.top(), area.width() - 24, area.height())
        height = painter.fontMetrics().boundingRect(room.toRect(), flags, words).height() + pixels
        foot = QRectF(area.left(), area.bottom() - height, area.width(), height)
        painter.fillRect(foot, SHADE)
        painter.setPen(ODD if self.status.wrong else INK)
        painter.drawText(foot.adjusted(12, 0, -12, 0), flags, words)
