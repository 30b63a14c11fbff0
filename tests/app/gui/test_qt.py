"""What Mudra needs Qt's binding to do right."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QColor, QPainter, QPixmap
from pytestqt.qtbot import QtBot

CALLS = 1000


@pytest.mark.gui
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None cannot be freed from Python 3.12 on")
def test_functions_without_a_result_do_not_use_up_none(qtbot: QtBot) -> None:
    """PySide6 6.12 does, and then the whole process is ended: docs/decisions/0007-qt-below-6-12.md."""
    picture = QPixmap(8, 8)
    painter = QPainter(picture)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        painter.setPen(QColor(1, 2, 3))
    lost = before - sys.getrefcount(None)
    painter.end()
    assert lost < CALLS / 2
