"""The list of clips and the replay of one."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.clip_player import ClipPlayer, Pictures
from app.gui.clip_table import ClipTable, recorded
from app.gui.teach_review import ReviewStep
from app.samples import Listing, Sample
from recognizers.types import Landmarks
from tests.app.gui.stage import colour_at, image_of
from tests.app.planned import WAIT_MS

pytestmark = pytest.mark.gui


def sample(number: int, **more: object) -> Sample:
    values: dict[str, object] = {"flags": (), "signer": "anna", "session": "monday"} | more
    name = f"20260501T1200{number % 60:02d}.{number:06d}Z.npz"
    return Sample(Path(f"label{number % 7}/{name}"), f"label{number % 7}", 60, 2.0, **values)  # type: ignore[arg-type]


def texts(table: ClipTable, row: int) -> list[str]:
    return [table.clips.index(row, column).data() for column in range(table.clips.columnCount())]


def test_a_clip_in_a_row(qtbot: QtBot) -> None:
    table = ClipTable()
    qtbot.addWidget(table)
    table.clips.show_samples([sample(0), sample(1, flags=("dark",)), sample(2, problem="cut off"), sample(3)])
    table.clips.show_mistakes({sample(3).path: "peace"})
    assert texts(table, 0)[0] == "label0" and texts(table, 0)[2:] == ["2.0 s", "good"]
    assert [texts(table, row)[3] for row in (1, 2, 3)] == ["dark", "cannot be read", "taken for peace"]
    assert [table.clips.is_odd(each) for each in table.clips.samples] == [False, True, True, True]
    assert "anna" in table.clips.index(0, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_names_that_tell_no_time_are_shown_as_they_are() -> None:
    assert recorded("20260501T120000.000250Z") != "20260501T120000.000250Z"
    assert recorded("from elsewhere") == "from elsewhere"


def test_ten_thousand_clips_are_shown_and_moved_through_at_once(qtbot: QtBot) -> None:
    review = ReviewStep()
    qtbot.addWidget(review)
    review.resize(380, 480)
    review.show()
    many = Listing(tuple(sample(number) for number in range(10_000)))
    begin = time.process_time()
    review.show_listing(many, ())
    image_of(review)
    review.table.selectRow(9_999)
    review.which.setCurrentIndex(3)
    image_of(review)
    assert review.table.clips.rowCount() in (1428, 1429)
    assert time.process_time() - begin < 5, "a thousandth of that is a row's; it must not grow with the rows"


def test_only_what_is_to_be_looked_at(qtbot: QtBot) -> None:
    review = ReviewStep()
    qtbot.addWidget(review)
    review.show_listing(Listing((sample(0), sample(1, flags=("dark",)), sample(2))), (sample(9),))
    review.which.setCurrentIndex(review.which.findText("To be looked at: 1 clip"))
    assert [each.flags for each in review.table.clips.samples] == [("dark",)]
    review.which.setCurrentIndex(review.which.count() - 1)
    assert review.in_trash and review.throw.text() == "Put back" and not review.rename.isEnabled()
    review.which.setCurrentIndex(0)
    review.show_mistakes({sample(2).path: "peace"})
    assert len(review.table.clips.samples) == 2 and "takes 1 clip for something else" in review.about.text()


def test_marks_of_a_measurement_come_and_go_without_a_word(qtbot: QtBot) -> None:
    review = ReviewStep()
    qtbot.addWidget(review)
    review.show_listing(Listing((sample(0), sample(1), sample(2))), ())
    review.table.selectRow(2)
    review.show_marks({sample(1).path: "peace", sample(2).path: "fist"}, "mine")
    assert review.table.currentIndex().row() == 2 and "taken for fist" in review.state.text()
    review.which.setCurrentIndex(review.which.findText("To be looked at: 2 clips"))
    assert "mine took 2 clips for something else when it was measured" in review.about.text()
    review.show_marks({}, "other")
    assert review.table.clips.rowCount() == 0 and review.which.findText("To be looked at: 0 clips") > 0


def moving(count: int = 30) -> list[Landmarks]:
    rows = []
    for number in range(count):
        hands = np.full((2, 21, 3), np.nan, np.float32)
        hands[1] = np.linspace(0.2, 0.5, 21, dtype=np.float32)[:, None] + 0.3 * number / count
        rows.append(Landmarks(t_ns=number * 33_000_000, hands=hands))
    return rows


def test_a_clip_is_played_and_only_while_it_is_seen(qtbot: QtBot) -> None:
    player = ClipPlayer()
    qtbot.addWidget(player)
    player.resize(300, 200)
    player.show()
    player.show_clip(moving())
    assert player.seconds == pytest.approx(0.957)
    first = image_of(player)
    qtbot.waitUntil(lambda: image_of(player) != first, timeout=WAIT_MS)
    assert player._timer.isActive()
    player.hide()
    assert not player._timer.isActive()
    player.show()
    assert player._timer.isActive()


def test_only_a_part_is_played(qtbot: QtBot) -> None:
    player = ClipPlayer()
    qtbot.addWidget(player)
    player.show_clip(moving())
    player.show_part(0.3, 0.4)
    seen = []
    for _ in range(20):
        seen.append(player.moment())
        qtbot.wait(10)
    assert min(seen) >= 0.3 and max(seen) <= 0.4


@pytest.mark.parametrize("rows", [[], [Landmarks(t_ns=0)], [Landmarks(t_ns=0), Landmarks(t_ns=10)]])
def test_clips_without_points_are_shown_as_well(qtbot: QtBot, rows: list[Landmarks]) -> None:
    player = ClipPlayer()
    qtbot.addWidget(player)
    player.resize(300, 200)
    player.show_clip(rows, "" if rows else "Nothing here")
    assert not image_of(player).isNull()


def brightness(player: ClipPlayer, x: float) -> int:
    return colour_at(image_of(player), x, 0.2).lightness()


@pytest.mark.parametrize("grey", [True, False])
def test_kept_pictures_are_played_alone_where_there_are_no_hands(qtbot: QtBot, grey: bool) -> None:
    player = ClipPlayer()
    player.mirrored = False
    qtbot.addWidget(player)
    player.resize(300, 206)
    frames = np.zeros((2, 48, 48) if grey else (2, 48, 48, 3), np.uint8)
    frames[:, :, :24] = 255
    rows = [Landmarks(t_ns=0), Landmarks(t_ns=2_000_000_000)]
    player.show_clip(rows, "", Pictures([0, 2_000_000_000], frames))
    assert brightness(player, 0.4) > 240 and brightness(player, 0.6) < 15
    player.mirrored = True
    assert brightness(player, 0.4) < 15 and brightness(player, 0.6) > 240
    assert "2 pictures" in player.accessibleDescription()
    player.show_clip((), "", Pictures([0, 10], frames))  # pictures alone
    assert player.seconds == pytest.approx(1e-8) and brightness(player, 0.6) > 240


def test_beside_hands_kept_pictures_stand_in_a_corner(qtbot: QtBot) -> None:
    player = ClipPlayer()
    qtbot.addWidget(player)
    player.resize(300, 206)
    player.show_clip(moving(), "", Pictures([0], np.full((1, 48, 48), 255, np.uint8)))
    assert brightness(player, 0.9) > 240 and brightness(player, 0.1) < 40
