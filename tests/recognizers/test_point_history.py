"""Trails of one finger tip: `point_history.csv`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.clips import Clip
from recognizers.errors import FormatError, MudraError
from recognizers.examples import gather
from recognizers.importers import ImportOptions
from recognizers.importers.point_history import placed, read
from recognizers.types import LEFT, RIGHT
from tests.recognizers import foreign_files as foreign

OPTIONS = ImportOptions("sign")
TIP = 8


def of_rows(folder: Path, rows: list[list[object]], options: ImportOptions = OPTIONS) -> list[Clip]:
    foreign.write_table(folder / "point_history.csv", rows)
    return list(read(folder, options))


def tip(clip: Clip) -> np.ndarray:
    """The tip as the app saw it: mirrored."""
    points = clip.hands[:, RIGHT, TIP, :2].astype(np.float64)
    return points * (-1, 1) + (1, 0)


def test_the_rows_of_a_recording_become_one_trail(tmp_path: Path) -> None:
    way = foreign.circle(50)
    (clip,) = of_rows(tmp_path, foreign.history_rows(3, way))
    assert (clip.header.label, len(clip)) == ("3", 50)
    assert tip(clip) == pytest.approx(way - way[0] + 0.5, abs=1e-5)
    assert clip.header.extra["place_known"] is False
    assert clip.t_ns[30] == 1_000_000_000


def test_all_but_the_tip_is_missing(tmp_path: Path) -> None:
    (clip,) = of_rows(tmp_path, foreign.history_rows(0, foreign.circle(20)))
    found = np.isfinite(clip.hands)
    assert found[:, RIGHT, TIP].all()
    assert found.sum() == 20 * 3
    assert not np.isfinite(clip.hands[:, LEFT]).any()
    assert not gather([clip], "sequence").examples, "a finger tip alone is no hand"


def test_rows_that_were_left_out_do_not_break_a_trail(tmp_path: Path) -> None:
    way = foreign.circle(60)
    rows = foreign.history_rows(0, way)
    (clip,) = of_rows(tmp_path, [*rows[:5], *rows[9:20], *rows[31:]])
    assert len(clip) == 60
    assert tip(clip) == pytest.approx(way - way[0] + 0.5, abs=1e-5)


def test_another_label_or_another_way_is_another_trail(tmp_path: Path) -> None:
    one, other = foreign.circle(20), foreign.circle(30, 0.9)
    rows = [*foreign.history_rows(0, one), *foreign.history_rows(1, one), *foreign.history_rows(1, other)]
    clips = of_rows(tmp_path, rows)
    assert [(clip.header.label, len(clip)) for clip in clips] == [("0", 20), ("1", 20), ("1", 30)]
    assert [clip.header.source for clip in clips] == [
        f"point-history: point_history.csv, row {rows}" for rows in ("1 to 5", "6 to 10", "11 to 25")
    ]


def test_the_corner_stands_for_a_finger_that_does_not_point_and_tells_the_place(tmp_path: Path) -> None:
    way = foreign.circle(50)
    shown = way.copy()
    shown[[0, 20, 21, 40]] = 0
    (clip,) = of_rows(tmp_path, foreign.history_rows(0, shown))
    assert clip.header.extra["place_known"] is True
    missing = np.isnan(tip(clip)).any(axis=1)
    assert np.flatnonzero(missing).tolist() == [0, 20, 21, 40]
    assert np.isnan(clip.hands[missing]).all()
    assert tip(clip)[~missing] == pytest.approx(way[~missing], abs=1e-5)


def test_a_jump_elsewhere_is_not_taken_for_the_corner() -> None:
    way = foreign.circle(40)
    way[20:] += (0.35, 0.0)
    way[30:] -= (0.7, 0.0)
    trail, known = placed(way)
    assert not known
    assert np.isfinite(trail).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: row[:-1], "32 fields"),
        (lambda row: ["x", *row[1:]], "wrong label"),
        (lambda row: [0, 0.5, *row[2:]], "does not start at 0, 0"),
        (lambda row: [*row[:-1], 1.5], "outside of the picture"),
        (lambda row: [*row[:-1], "inf"], "not a finite number"),
    ],
)
def test_a_wrong_row_is_named_and_the_rest_is_kept(tmp_path: Path, change, says: str) -> None:  # type: ignore[no-untyped-def]
    rows = foreign.history_rows(0, foreign.circle(30))
    rows[4] = change(rows[4])
    problems: list[MudraError] = []
    (clip,) = of_rows(tmp_path, rows, replace(OPTIONS, report=problems.append))
    assert len(clip) == 30, "the rows beside it hold the same points"
    (problem,) = problems
    assert "point_history.csv, row 5: " in str(problem)
    assert says in str(problem)
    with pytest.raises(FormatError):
        list(read(tmp_path, OPTIONS))


@given(
    ways=st.lists(
        st.lists(st.tuples(st.integers(400, 560), st.integers(200, 330)), min_size=16, max_size=40),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=40)
def test_any_way_comes_back(tmp_path_factory: pytest.TempPathFactory, ways: list[list[tuple[int, int]]]) -> None:
    arrays = [np.array(way) / (960, 540) for way in ways]
    rows = [row for number, way in enumerate(arrays) for row in foreign.history_rows(number, way)]
    clips = of_rows(tmp_path_factory.mktemp("any"), rows)
    assert len(clips) == len(ways)
    for clip, way in zip(clips, arrays, strict=True):
        back = tip(clip)
        assert back - back[0] == pytest.approx(way - way[0], abs=1e-4)


@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "point_history.csv"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(MudraError) as caught:
        list(read(path, OPTIONS))
    assert "\n" not in str(caught.value)


def test_the_real_table_is_fourteen_recordings(shared_data: Path) -> None:
    """Of its 5,296 rows nearly all repeat the row before: rows on both sides of a split would be the same movement."""
    clips = list(read(shared_data / "sequences/kinivi_point_history", OPTIONS))
    assert len(clips) == 14
    assert sum(map(len, clips)) == 5709
    turning = {"Clockwise": 1, "Counter Clockwise": -1}
    for clip in clips:
        way = tip(clip)
        steps = np.nanmax(np.abs(np.diff(way, axis=0)))
        assert steps < 0.1, "a finger does not jump"
        if clip.header.label in turning and len(clip) > 100:
            middle = way - np.nanmean(way, axis=0)
            area = np.nansum(middle[:-1, 0] * middle[1:, 1] - middle[:-1, 1] * middle[1:, 0])
            assert np.sign(area) == turning[clip.header.label], "as the person saw it, in the mirror"
