"""Paints captions: a pill low on the picture, or letters as large as the room allows for people who sit far away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app.captions import Caption
from recognizers.modes import mode_named

INK = QColor(255, 255, 255)
FAINT = QColor(205, 210, 220)
SHADE = QColor(10, 12, 16, 205)
TRACK = QColor(255, 255, 255, 60)
BAR = QColor(111, 220, 152)
LINGERING = 0.62
"""How opaque a caption is once its label has ended."""


def paint_pills(painter: QPainter, box: QRectF, captions: Sequence[Caption], *, with_mode: bool) -> None:
    """Paint captions one above the other at the bottom of a box; they shrink until all have room."""
    if not captions:
        return
    height = min(max(30.0, 0.115 * box.height()), 0.9 * box.height() / len(captions))
    bottom = box.bottom() - 0.02 * box.height()
    for caption in reversed(captions):
        _paint_pill(painter, QRectF(box.left(), bottom - height, box.width(), height), caption, with_mode)
        bottom -= 1.12 * height


def _paint_pill(painter: QPainter, row: QRectF, caption: Caption, with_mode: bool) -> None:
    percent = f"{caption.probability:.0%}"
    lead = f"{mode_named(caption.mode).title}  " if with_mode else ""
    large, small = _font(painter, 0.52 * row.height(), bold=True), _font(painter, 0.3 * row.height())
    room = 0.94 * row.width() - 1.2 * row.height()
    widths = QFontMetricsF(small).horizontalAdvance(lead), QFontMetricsF(small).horizontalAdvance("100%")
    room -= sum(widths) + 0.4 * row.height()
    large = shrunk(large, caption.text, room)
    text = QFontMetricsF(large).elidedText(caption.text, Qt.TextElideMode.ElideRight, max(room, 1.0))
    middle = max(QFontMetricsF(large).horizontalAdvance(text), 2.0 * row.height())
    width = widths[0] + middle + 0.4 * row.height() + widths[1] + 1.1 * row.height()
    pill = QRectF(row.center().x() - width / 2, row.top(), width, row.height())
    painter.save()
    painter.setOpacity(1.0 if caption.held else LINGERING)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(pill, 0.28 * row.height(), 0.28 * row.height())
    inner = pill.adjusted(0.55 * row.height(), 0, -0.55 * row.height(), -0.1 * row.height())
    _write(painter, inner, lead, small, colour=FAINT, align=Qt.AlignmentFlag.AlignLeft)
    _write(painter, inner.adjusted(widths[0], 0, 0, 0), text, large, colour=INK, align=Qt.AlignmentFlag.AlignLeft)
    _write(painter, inner, percent, small, colour=FAINT, align=Qt.AlignmentFlag.AlignRight)
    track = QRectF(inner.left(), pill.bottom() - 0.17 * row.height(), inner.width(), 0.07 * row.height())
    _bar(painter, track, caption.probability)
    painter.restore()


def paint_large(painter: QPainter, box: QRectF, captions: Sequence[Caption], *, with_mode: bool) -> None:
    """Paint captions into a box of their own, each as large as its share of the height and the width allow."""
    rows = max(1, len(captions))
    height = box.height() / rows
    for number, caption in enumerate(captions):
        row = QRectF(box.left(), box.top() + number * height, box.width(), height).adjusted(0, 0, 0, -0.08 * height)
        painter.save()
        painter.setOpacity(1.0 if caption.held else LINGERING)
        mode = 0.0
        if with_mode:
            font = _font(painter, 0.13 * height)
            mode = 0.2 * height
            area = QRectF(row.left(), row.top(), row.width(), mode)
            _write(
                painter, area, mode_named(caption.mode).title, font, colour=FAINT, align=Qt.AlignmentFlag.AlignHCenter
            )
        font = shrunk(_font(painter, 0.66 * (row.height() - mode), bold=True), caption.text, 0.92 * row.width())
        text = QFontMetricsF(font).elidedText(caption.text, Qt.TextElideMode.ElideRight, 0.94 * row.width())
        area = row.adjusted(0, mode, 0, -0.06 * height)
        _write(painter, area, text, font, colour=INK, align=Qt.AlignmentFlag.AlignHCenter)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(row.center().x() - 0.2 * row.width(), row.bottom() - 0.04 * height, 0.4 * row.width(), 8)
        _bar(painter, track, caption.probability)
        painter.restore()


def shrunk(font: QFont, text: str, room: float) -> QFont:
    """Return the font, smaller where a text is too wide for the room, but not below 45 in 100 of its size."""
    width = QFontMetricsF(font).horizontalAdvance(text)
    if width <= room or width <= 0:
        return font
    smaller = QFont(font)
    smaller.setPixelSize(max(8, int(font.pixelSize() * max(room / width, 0.45))))
    return smaller


def _font(painter: QPainter, pixels: float, *, bold: bool = False) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(max(8, round(pixels)))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def _write(painter: QPainter, box: QRectF, text: str, font: QFont, *, colour: QColor, align: Qt.AlignmentFlag) -> None:
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
    painter.setPen(Qt.PenStyle.NoPen)


def _bar(painter: QPainter, track: QRectF, share: float) -> None:
    radius = track.height() / 2
    painter.setBrush(TRACK)
    painter.drawRoundedRect(track, radius, radius)
    painter.setBrush(BAR)
    filled = QRectF(track.topLeft(), QPointF(track.left() + track.width() * min(max(share, 0.0), 1.0), track.bottom()))
    painter.drawRoundedRect(filled, radius, radius)
