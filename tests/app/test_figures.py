from __future__ import annotations

import pytest

from app.figures import REFRESH, WINDOW, Figures


def test_figures_are_medians_and_one_slow_frame_does_not_shake_them() -> None:
    figures = Figures()
    for frame in range(1, 2 * WINDOW):
        slow = frame == WINDOW
        figures.add(frame / 25, {"hands": 90.0 if slow else 10.0}, 200.0 if slow else 12.0)
        stats = figures.stats(frame, dropped=3)
        assert (stats.frames, stats.dropped) == (frame, 3)
        assert stats.stage_ms == {"hands": 10.0} and stats.latency_ms == 12.0
        assert stats.frames_per_second == pytest.approx(25 if frame > REFRESH else 0)


def test_a_change_is_seen_within_a_window_and_a_few_frames() -> None:
    figures = Figures()
    for frame in range(200):
        figures.add(frame / 25, {}, 10.0 if frame < 100 else 30.0)
        latency = figures.stats(frame + 1, dropped=0).latency_ms
        assert latency == 10.0 or frame > 100 + WINDOW // 2
        assert latency == 30.0 or frame < 100 + WINDOW // 2 + REFRESH + 1
