"""Captions as they are painted: where, how large, how bright, and that long ones stay in their room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter

from app.captions import Caption
from app.gui.captions import BAR, paint_large, paint_pills, shrunk

pytestmark = pytest.mark.gui

BACK = (60, 90, 200)
SIZE = (800, 600)
MARGIN = 100
PALM = Caption("gesture", "palm", 0.9, held=True)
LONG = Caption("sign", "a label that is far too long for any picture that anybody ever looked at " * 3, 0.5, held=True)
Paint = Callable[..., None]
BOX = QRectF(MARGIN, MARGIN, SIZE[0] - 2 * MARGIN, SIZE[1] - 2 * MARGIN)


def painted(paint: Paint, captions: Sequence[Caption], box: QRectF = BOX, *, with_mode: bool = False) -> QImage:
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(0xFF000000 | BACK[0] << 16 | BACK[1] << 8 | BACK[2])
    painter = QPainter(image)
    paint(painter, box, captions, with_mode=with_mode)
    painter.end()
    return image


def pixels(image: QImage) -> npt.NDArray[np.int64]:
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].astype(np.int64)


def touched(image: QImage) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what was painted over, or zeros."""
    ys, xs = np.nonzero((pixels(image) != BACK).any(axis=2))
    return (int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())) if xs.size else (0, 0, 0, 0)


def white(image: QImage) -> int:
    return int((pixels(image) > 230).all(axis=2).sum())


def green(image: QImage) -> int:
    return int((np.abs(pixels(image) - BAR.getRgb()[:3]).max(axis=2) < 12).sum())


@pytest.mark.parametrize("paint", [paint_pills, paint_large])
def test_nothing_is_painted_for_nothing(paint: Paint) -> None:
    assert touched(painted(paint, ())) == (0, 0, 0, 0)


@pytest.mark.parametrize("paint", [paint_pills, paint_large])
@pytest.mark.parametrize("with_mode", [False, True])
@pytest.mark.parametrize("captions", [(PALM,), (LONG,), (PALM, LONG, PALM)])
def test_it_stays_in_its_box(paint: Paint, with_mode: bool, captions: tuple[Caption, ...]) -> None:
    left, top, right, bottom = touched(painted(paint, captions, with_mode=with_mode))
    assert BOX.left() - 1 <= left < right <= BOX.right() + 1
    assert BOX.top() - 1 <= top < bottom <= BOX.bottom() + 1


@pytest.mark.parametrize("size", [(1, 1), (30, 20), (200, 30), (40, 400)])
@pytest.mark.parametrize("paint", [paint_pills, paint_large])
def test_the_smallest_box_does_no_harm(paint: Paint, size: tuple[int, int]) -> None:
    painted(paint, (PALM, LONG), QRectF(MARGIN, MARGIN, *size), with_mode=True)


def test_pills_stand_at_the_bottom_one_above_the_other() -> None:
    heights = []
    for count in (1, 2, 3):
        _, top, _, bottom = touched(painted(paint_pills, (PALM,) * count))
        assert BOX.bottom() - bottom < 0.05 * BOX.height()
        heights.append(bottom - top)
    assert heights[0] < heights[1] < heights[2]


def test_large_captions_are_much_larger() -> None:
    assert white(painted(paint_large, (PALM,))) > 5 * white(painted(paint_pills, (PALM,)))


@pytest.mark.parametrize("paint", [paint_pills, paint_large])
def test_the_bar_is_as_long_as_the_label_is_sure(paint: Paint) -> None:
    lengths = [green(painted(paint, (Caption("gesture", "palm", share, held=True),))) for share in (0.3, 0.6, 0.9)]
    assert lengths[0] < lengths[1] < lengths[2]
    for share in (-1.0, 2.0):
        left, _, right, _ = touched(painted(paint, (Caption("gesture", "palm", share, held=True),)))
        assert BOX.left() - 1 <= left and right <= BOX.right() + 1


@pytest.mark.parametrize("paint", [paint_pills, paint_large])
def test_what_only_lingers_is_fainter(paint: Paint) -> None:
    assert white(painted(paint, (PALM,))) > 100
    assert white(painted(paint, (Caption("gesture", "palm", 0.9, held=False),))) == 0


@pytest.mark.parametrize("paint", [paint_pills, paint_large])
def test_the_mode_is_named_where_there_are_several(paint: Paint) -> None:
    bare, named = painted(paint, (PALM,)), painted(paint, (PALM,), with_mode=True)
    assert bare != named


def test_a_text_shrinks_to_its_room_but_stays_readable() -> None:
    font = QFont()
    font.setPixelSize(100)
    width = QFontMetricsF(font).horizontalAdvance("wonderful")
    assert shrunk(font, "wonderful", width + 1).pixelSize() == 100
    assert 70 <= shrunk(font, "wonderful", 0.75 * width).pixelSize() <= 75
    assert shrunk(font, "wonderful", 1.0).pixelSize() == 45
    assert shrunk(font, "", 0.0).pixelSize() == 100


def test_painting_leaves_the_painter_as_it_was() -> None:
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    before = painter.opacity(), painter.font(), painter.pen()
    for paint in (paint_pills, paint_large):
        paint(painter, BOX, (PALM, Caption("sign", "x", 0.5, held=False)), with_mode=True)
    assert (painter.opacity(), painter.font(), painter.pen()) == before
    painter.end()
