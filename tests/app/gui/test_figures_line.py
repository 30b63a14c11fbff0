"""The heads-up line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.gui.figures_line import EVERY, SHOWN, FiguresLine
from recognizers.types import Snapshot, Stats
from tests.app.gui.stage import snapshot
from tests.app.planned import RED, plain

pytestmark = pytest.mark.gui

STATS = Stats(100, 7, 29.6, {"hands": 14.24, "face": 2.0, "recognize": 0.55, "landmarks": 16.2}, 21.0)


@pytest.fixture
def line(qtbot: QtBot) -> FiguresLine:
    made = FiguresLine()
    qtbot.addWidget(made)
    made.show()
    return made


def moment() -> Snapshot:
    return replace(snapshot(plain(RED, (640, 480))), stats=STATS)


def test_it_says_rate_stages_latency_drops_and_size(line: FiguresLine) -> None:
    for milliseconds in (20, 20, 20, 60):
        line.painted(milliseconds)
    line.show_snapshot(moment())
    for words in ("30 frames/s", "hands 14.2", "face 2.0", "after 20 ms (95%: 54)", "7 dropped", "640 x 480"):
        assert words in line.text()


def test_what_is_not_known_is_left_out(line: FiguresLine) -> None:
    line.show_snapshot(snapshot())
    assert "screen" not in line.text() and "hands" not in line.text() and " x " not in line.text()
    assert "0 dropped" in line.text()


def test_times_to_the_screen_are_of_the_newest_frames(line: FiguresLine) -> None:
    assert line.shown_ms is None
    for milliseconds in [1000.0] * 10 + [20.0] * SHOWN:
        line.painted(milliseconds)
    assert line.shown_ms == (20.0, 20.0)
    line.reset()
    assert line.shown_ms is None


def test_it_is_written_now_and_then_and_only_while_seen(line: FiguresLine) -> None:
    line.show_snapshot(moment())
    first = line.text()
    assert first
    for _ in range(EVERY - 1):
        line.show_snapshot(snapshot())
    assert line.text() == first
    line.show_snapshot(snapshot())
    assert line.text() != first
    line.hide()
    second = line.text()
    for _ in range(2 * EVERY):
        line.show_snapshot(moment())
    assert line.text() == second
