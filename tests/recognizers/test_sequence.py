"""Time: windows and ticks go by timestamps, whatever the camera's rate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.sequence import MAX_GAP_NS, SECOND, SequenceWindow, Ticker, joined, parted, resample
from recognizers.types import FloatArray

RATES = (5, 10, 15, 24, 25, 29.97, 30, 50, 60, 120, 240)
few = settings(max_examples=40, deadline=None)


def times(rate: float, seconds: float) -> list[int]:
    """Return the timestamps of a camera, rounded as containers round them."""
    return [round(index * SECOND / rate) for index in range(round(rate * seconds) + 1)]


def movement(t_ns: int) -> FloatArray:
    """Return where something is: a line, a slow swing and a constant."""
    t = t_ns / SECOND
    return np.array([t, np.sin(2 * t), 3.0], np.float32)


def filled(stamps: list[int], steps: int = 30, seconds: float = 1.0) -> SequenceWindow:
    window = SequenceWindow(steps, seconds)
    for t_ns in stamps:
        window.add(t_ns, movement(t_ns))
    return window


def expected(end: int, steps: int = 30, seconds: float = 1.0) -> FloatArray:
    """Return the movement at the steps' own times."""
    at = [end - (steps - 1 - i) * round(seconds * SECOND / steps) for i in range(steps)]
    return np.stack([movement(t_ns) for t_ns in at])


# --- the window -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate >= 10])
def test_cameras_of_all_rates_fill_the_same_window(rate: float) -> None:
    window = filled(times(rate, 3))
    end = times(rate, 3)[-1]
    found = window.window(end)
    assert found is not None and found.shape == (30, 3) and found.dtype == np.float32
    assert found == pytest.approx(expected(end), abs=0.02)


@few
@given(st.lists(st.integers(1, MAX_GAP_NS), min_size=40, max_size=400))
def test_a_line_stays_a_line_however_unsteady_the_camera(gaps: list[int]) -> None:
    window = SequenceWindow()
    stamps = np.cumsum([0, *gaps]).tolist()
    for t_ns in stamps:
        window.add(t_ns, np.array([t_ns / SECOND], np.float32))
    found = window.window(stamps[-1])
    if stamps[-1] < 29 * SECOND // 30:
        assert found is None
    else:
        assert found is not None
        assert found[:, 0] == pytest.approx(expected(stamps[-1])[:, 0], abs=1e-4)


@few
@given(st.integers(0, 2**32 - 1))
def test_an_unsteady_camera_sees_the_same_movement(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gaps = rng.uniform(0.2, 2, 120) * SECOND / 30
    stamps = np.cumsum(gaps).astype(np.int64).tolist()
    found = filled(stamps).window(stamps[-1])
    assert found is not None and found == pytest.approx(expected(stamps[-1]), abs=0.02)


def test_steps_that_fall_on_frames_are_those_frames() -> None:
    period = round(SECOND / 30)
    stamps = [index * period for index in range(60)]
    found = filled(stamps).window(stamps[-1])
    assert found is not None and found.tolist() == [movement(t_ns).tolist() for t_ns in stamps[-30:]]


def test_there_is_no_window_before_its_time_is_spanned() -> None:
    window = SequenceWindow()
    assert window.window(0) is None
    period = round(SECOND / 30)
    for index in range(29):
        window.add(index * period, movement(index * period))
        assert window.window(index * period) is None
    window.add(29 * period, movement(29 * period))
    assert window.window(29 * period) is not None


def test_there_is_no_window_of_the_future() -> None:
    stamps = times(30, 2)
    assert filled(stamps).window(stamps[-1] + 1) is None


@pytest.mark.parametrize(("steps", "seconds"), [(30, 1.0), (10, 2.0), (60, 1.0), (2, 0.5)])
def test_windows_of_other_lengths(steps: int, seconds: float) -> None:
    stamps = times(60, 4)
    found = filled(stamps, steps, seconds).window(stamps[-1])
    assert found is not None and found == pytest.approx(expected(stamps[-1], steps, seconds), abs=0.02)


def test_a_window_of_one_step_is_the_frame() -> None:
    window = SequenceWindow(1, 1.0)
    window.add(5, movement(5))
    found = window.window(5)
    assert found is not None and found.tolist() == [movement(5).tolist()]


@pytest.mark.parametrize(("gap", "kept"), [(MAX_GAP_NS, True), (MAX_GAP_NS + 1, False)])
def test_a_gap_over_three_tenths_of_a_second_starts_anew(gap: int, kept: bool) -> None:
    stamps = times(30, 2)
    window = filled(stamps)
    end = stamps[-1] + gap
    window.add(end, movement(end))
    assert (window.window(end) is not None) is kept


def test_after_a_gap_nothing_from_before_it_comes_back() -> None:
    window = filled(times(30, 2))
    for t_ns in times(30, 1):
        window.add(10 * SECOND + t_ns, np.full(3, 7, np.float32))
    found = window.window(11 * SECOND)
    assert found is not None and found == pytest.approx(np.full((30, 3), 7), abs=1e-5)


def test_reset_forgets_everything() -> None:
    window = filled(times(30, 2))
    window.reset()
    assert window.window(2 * SECOND) is None
    window.add(1, movement(1))  # also what would have been too old
    assert window.window(1) is None


def test_a_frame_that_is_not_newer_is_ignored() -> None:
    stamps = times(30, 2)
    window = filled(stamps)
    before = window.window(stamps[-1])
    window.add(stamps[-1], np.full(3, 99, np.float32))
    window.add(stamps[-2], np.full(3, 99, np.float32))
    after = window.window(stamps[-1])
    assert before is not None and after is not None and before.tolist() == after.tolist()


def test_what_is_missing_stays_missing_and_harms_nothing_else() -> None:
    window = SequenceWindow(5, 0.5)
    for index in range(11):
        row = np.array([index, index], np.float32)
        if 3 <= index <= 7:
            row[1] = np.nan
        window.add(index * SECOND // 20, row)
    found = window.window(SECOND // 2)
    assert found is not None
    assert found[:, 0].tolist() == [2, 4, 6, 8, 10]
    assert np.isnan(found[:, 1]).tolist() == [False, True, True, False, False]


def test_beside_a_missing_frame_the_other_stands_alone() -> None:
    rows = np.array([[1.0], [np.nan], [3.0]], np.float32)
    found = resample(np.array([0, 10, 20]), rows, np.array([0, 4, 10, 15, 20]))
    assert found[[0, 1, 3, 4], 0].tolist() == [1, 1, 3, 3]
    assert found[2, 0] in (1, 3) or np.isnan(found[2, 0])


def test_the_way_between_frames_is_straight() -> None:
    rows = np.array([[0.0, 8.0], [10.0, 4.0]], np.float32)
    found = resample(np.array([100, 200]), rows, np.array([100, 125, 200]))
    assert found.tolist() == [[0, 8], [2.5, 7], [10, 4]]


def test_one_frame_alone() -> None:
    assert resample(np.array([7]), np.array([[5.0]], np.float32), np.array([7])).tolist() == [[5]]


def test_an_hour_of_frames_needs_no_more_memory_than_a_second() -> None:
    window = SequenceWindow()
    row = np.zeros(3, np.float32)
    for index in range(60 * 3600):
        window.add(index * SECOND // 60, row)
        if index % 30_000 == 0:
            assert held(window) <= 62
    assert 58 <= held(window) <= 62


def held(window: SequenceWindow) -> int:
    return max(len(values) for values in vars(window).values() if hasattr(values, "popleft"))


def test_times_far_from_zero_lose_nothing() -> None:
    """A monotonic clock after months: nanoseconds no longer fit a float."""
    start = 2**62
    window = SequenceWindow()
    for t_ns in times(60, 2):
        window.add(start + t_ns, movement(t_ns))
    found = window.window(start + 2 * SECOND)
    assert found is not None and found == pytest.approx(expected(2 * SECOND), abs=0.02)


def test_rows_of_points_come_apart_as_they_were_joined() -> None:
    rng = np.random.default_rng(1)
    hands = rng.random((4, 2, 21, 3), np.float32)
    face = rng.random((4, 6, 2), np.float32)
    rows = joined(hands, face)
    assert rows.shape == (4, 138)
    assert parted(rows)[0].tolist() == hands.tolist() and parted(rows)[1].tolist() == face.tolist()


# --- the ticks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", RATES)
def test_ten_ticks_a_second_or_every_frame_of_a_slower_camera(rate: float) -> None:
    ticker = Ticker(10)
    due = [t_ns for t_ns in times(rate, 10) if ticker.due(t_ns)]
    assert len(due) == pytest.approx(min(rate, 10) * 10 + 1, abs=1)
    longest = max(1 / min(rate, 10), 0.1 + 1 / rate)
    assert np.diff(due).max() <= longest * SECOND + 1000


@pytest.mark.parametrize("rate", [10, 30, 60, 120])
def test_ticks_stand_on_a_grid_despite_rounding(rate: int) -> None:
    """Container times are rounded down to a microsecond; 0.0999999 is the tick at 0.1."""
    ticker = Ticker(10)
    rounded = [int(index * 1e6 / rate) * 1000 for index in range(10 * rate)]
    due = [index for index, t_ns in enumerate(rounded) if ticker.due(t_ns)]
    assert due == list(range(0, 10 * rate, rate // 10))
    ticker.reset()
    short = [index * (SECOND // rate) for index in range(10 * rate)]  # a camera that counts whole nanoseconds
    assert [index for index, t_ns in enumerate(short) if ticker.due(t_ns)] == due


@pytest.mark.parametrize("start", [0, 123_456_789, 2**62])
def test_the_grid_begins_at_the_first_frame(start: int) -> None:
    ticker = Ticker(10)
    due = [t_ns for t_ns in times(30, 2) if ticker.due(start + t_ns)]
    assert due == times(10, 2)


def test_one_frame_answers_for_one_tick_however_late_it_comes() -> None:
    ticker = Ticker(10)
    answers = [ticker.due(t_ns) for t_ns in (0, 950_000_000, 960_000_000, 1_000_000_000)]
    assert answers == [True, True, False, True]


def test_reset_begins_a_new_grid() -> None:
    ticker = Ticker(10)
    assert ticker.due(0) and not ticker.due(50_000_000)
    ticker.reset()
    assert ticker.due(60_000_000) and not ticker.due(100_000_000) and ticker.due(160_000_000)


@few
@given(st.lists(st.integers(1, SECOND), min_size=1, max_size=200), st.sampled_from([1.0, 10.0, 30.0]))
def test_never_more_ticks_than_the_rate_allows(gaps: list[int], rate: float) -> None:
    ticker = Ticker(rate)
    stamps = np.cumsum([0, *gaps]).tolist()
    due = [t_ns for t_ns in stamps if ticker.due(t_ns)]
    for index, t_ns in enumerate(due):
        within = [other for other in due[index:] if other - t_ns <= SECOND]
        assert len(within) <= rate + 2
