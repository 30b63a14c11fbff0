"""Plays a clip again and again as a moving skeleton, with the pictures that were kept with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QElapsedTimer, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import overlay
from app.gui import theme
from app.gui.live_view import GROUND
from app.gui.picture import fitted
from recognizers.types import ImageArray, Landmarks

STEP_MS = 33
PAUSE_S = 0.4
"""Between two rounds."""
MARGIN = 0.06
NOMINAL_PX = 300
"""The shorter side of a picture on which points have their nominal size."""


class Pictures(NamedTuple):
    """The small pictures of a clip: their times in nanoseconds, and frames, uint8 (T, H, W) or (T, H, W, 3)."""

    t_ns: Sequence[int]
    frames: ImageArray


class ClipPlayer(QWidget):
    """Shows the points of a clip as they moved, and what pictures of it are kept.

    Attributes:
        mirrored: whether left and right are shown as in a mirror.
        part: the seconds from and to which it plays; None for all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mirrored = True
        self.part: tuple[float, float] | None = None
        self._rows: tuple[Landmarks, ...] = ()
        self._pictures: Pictures | None = None
        self._handless = True
        self._times: list[float] = []
        self._box = (0.0, 0.0, 1.0, 1.0)
        self._words = ""
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self.update)
        self.setAccessibleName("The clip")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(110)

    def sizeHint(self) -> QSize:
        """Return the size of a small picture."""
        return QSize(340, 180)

    @property
    def seconds(self) -> float:
        """How long the clip is; 0 where there is none."""
        return self._times[-1] if self._times else 0.0

    def show_clip(self, rows: Sequence[Landmarks], words: str = "", pictures: Pictures | None = None) -> None:
        """Play a clip, or show words in its place where there is none.

        Args:
            rows: its points; empty of a clip that holds pictures alone.
            words: for where there is neither.
            pictures: those that are kept with it, or None.
        """
        self._rows, self._words, self._pictures, self.part = tuple(rows), words, pictures, None
        moments = [row.t_ns for row in self._rows] or (list(pictures.t_ns) if pictures is not None else [])
        self._handless = not any(row.hands_found.any() for row in self._rows)
        self._box = _box(self._rows)
        self._times = [(moment - moments[0]) / 1e9 for moment in moments]
        kept = "" if pictures is None else f", {len(pictures.t_ns)} pictures"
        self.setAccessibleDescription(words or f"{self.seconds:.1f} seconds, {len(moments)} frames{kept}")
        self._clock.start()
        if self._times and self.isVisible():
            self._timer.start()
        self.update()

    def show_part(self, start_s: float, end_s: float) -> None:
        """Play only a part of the clip."""
        self.part = (start_s, end_s)
        self._clock.start()
        self.update()

    def moment(self) -> float:
        """Return which second of the clip is shown now."""
        begin, end = self.part or (0.0, self.seconds)
        length = max(0.0, end - begin)
        return begin + min(length, (self._clock.elapsed() / 1e3) % (length + PAUSE_S))

    def showEvent(self, event: object) -> None:
        """Play while it can be seen."""
        if self._times:
            self._timer.start()

    def hideEvent(self, event: object) -> None:
        """Rest while it cannot be seen."""
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint one moment, and where in the clip it is."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        if not self._times:
            painter.setPen(QColor(190, 190, 190))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(8, 4, -8, -4), flags, self._words)
            return
        now = self.moment()
        if not (self._handless and self._pictures is not None):
            row = self._rows[max(0, bisect_right(self._times, now) - 1)]
            room = max(1, self.width()), max(1, self.height() - 6)
            image = _image(_near(row, self._box, room, self.mirrored))
            painter.drawImage(QPointF((self.width() - image.width()) // 2, 0), image)
        if self._pictures is not None:
            self._paint_picture(painter, self._pictures, now)
        self._paint_bar(painter, now)

    def _paint_picture(self, painter: QPainter, pictures: Pictures, now: float) -> None:
        """Paint the picture of a moment: in a corner, or alone where points would tell less."""
        start = self._rows[0].t_ns if self._rows else pictures.t_ns[0]
        number = max(0, bisect_right(pictures.t_ns, start + round(now * 1e9)) - 1)
        picture = pictures.frames[number]
        image = _image(picture[:, ::-1] if self.mirrored else picture)
        tall = (self.height() - 6) * (1.0 if self._handless else 0.45)
        wide = tall * image.width() / image.height()
        left = (self.width() - wide) / 2 if self._handless else self.width() - wide - 4
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(left, 0 if self._handless else 4, wide, tall), image)

    def _paint_bar(self, painter: QPainter, now: float) -> None:
        colours = theme.colours(self.palette())
        whole = QRectF(0, self.height() - 5, self.width(), 5)
        painter.fillRect(whole, QColor(colours.line))
        if self.seconds <= 0:
            return
        begin, end = self.part or (0.0, self.seconds)
        scale = self.width() / self.seconds
        painter.fillRect(QRectF(begin * scale, whole.top(), (end - begin) * scale, 5), QColor(colours.muted))
        painter.fillRect(QRectF(begin * scale, whole.top(), (now - begin) * scale, 5), QColor(colours.accent))


def _image(picture: ImageArray) -> QImage:
    """Return a picture, uint8 (H, W) grey or (H, W, 3) RGB, with a memory of its own."""
    kept = np.ascontiguousarray(picture)
    height, width = kept.shape[:2]
    grey = kept.ndim == 2
    kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    return QImage(kept.data, width, height, width if grey else 3 * width, kind).copy()


def _box(rows: Sequence[Landmarks]) -> tuple[float, float, float, float]:
    """Return the part of the picture in which a clip happens, with a margin: left, top, right, bottom as fractions."""
    parts = [points for row in rows for points in (row.hands[..., :2].reshape(-1, 2), row.face_points)]
    points = np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return 0.0, 0.0, 1.0, 1.0
    left, top = np.clip(points.min(axis=0) - MARGIN, 0, 1)
    right, bottom = np.clip(points.max(axis=0) + MARGIN, 0, 1)
    return float(left), float(top), float(max(right, left + 0.1)), float(max(bottom, top + 0.1))


def _near(row: Landmarks, box: tuple[float, float, float, float], room: tuple[int, int], mirrored: bool) -> ImageArray:
    """Return the part of a moment's picture that matters, as large as it fits, uint8 (H, W, 3)."""
    left, top, right, bottom = box
    if mirrored:
        left, right = 1 - right, 1 - left
    width, height = row.image_size or overlay.CANVAS
    part = fitted((max(1, round((right - left) * width)), max(1, round((bottom - top) * height))), room)
    scale = part[0] / ((right - left) * width)
    canvas = np.full((round(scale * height), round(scale * width), 3), 26, np.uint8)
    overlay.draw_points(canvas, row, mirrored, min(part) / NOMINAL_PX)
    x, y = round(left * canvas.shape[1]), round(top * canvas.shape[0])
    return np.ascontiguousarray(canvas[y : y + part[1], x : x + part[0]])
