"""The benchmark of false events: that it counts and dates rightly, not what it measures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import no_sign
from recognizers.clips import Clip, ClipHeader
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.types import RIGHT, Landmarks
from tests.recognizers import tiny_bundles as tiny

SIZE = (640, 480)


def showing(*poses_: tuple[str, float], rate: float = 30) -> Clip:
    """Return a recording of poses, each for so many seconds; `-` is no hand."""
    rows = []
    for name, seconds in poses_:
        for _ in range(round(seconds * rate)):
            hands = np.full((2, 21, 3), np.nan, np.float32)
            if name != "-":
                hands[RIGHT] = project(hand_points(poses()[name], RIGHT), View(SIZE))
            rows.append(Landmarks(round(len(rows) / rate * 1e9), hands=hands, image_size=SIZE))
    return Clip.of(ClipHeader("none", "gesture", source="made", image_size=SIZE), rows)


def test_events_are_counted_a_minute() -> None:
    clips = (showing(("palm", 1), ("-", 1), ("fist", 1)), showing(("-", 2), ("palm", 1)))
    row = no_sign.row_of(tiny.still_bundle(), no_sign.Group("some", clips))
    minutes = (2 * 3 - 2 / 30) / 60
    assert row[:4] == ("tiny", "some", "6", "3") and row[6] == "palm 2, fist 1"
    assert float(row[4]) == pytest.approx(3 / minutes, abs=0.05) and float(row[5]) > float(row[4])
    nothing = no_sign.row_of(tiny.still_bundle(), no_sign.Group("none", (showing(("-", 3)),)))
    assert nothing[3:5] == ("0", "0.0") and nothing[6] == ""


def test_a_delay_counts_from_when_the_hand_stands() -> None:
    script = "none:0.5,palm:1.5,fist:1.5"
    assert [name for name, *_ in no_sign.shown(script)] == ["palm", "fist"]
    (_, begin, stands, end), (_, _, fist_stands, _) = no_sign.shown(script)
    assert (begin, end) == (0.5, 2.0)
    assert stands == pytest.approx(0.9, abs=0.005) and fist_stands == pytest.approx(2.25, abs=0.005)
    clip = showing(("-", 0.9), ("palm", 1.35), ("fist", 1.25))
    found = no_sign.delays(tiny.still_bundle(), script, clip)
    assert (found.missed, found.others) == (0, 0)
    assert found.late == pytest.approx((0.2, 0.25), abs=0.08), "the third tick from then on"


def test_what_is_not_said_and_what_else_is() -> None:
    clip = showing(("-", 0.9), ("palm", 0.6), ("-", 0.5), ("palm", 1.5))
    found = no_sign.delays(tiny.still_bundle(), "none:0.5,palm:1.5,fist:1.5", clip)
    assert (len(found.late), found.missed, found.others) == (1, 1, 1)


def test_landmarks_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "synthetic:palm:0.3,size=320x240,fps=10"
    [clip] = no_sign.recorded(script, tmp_path)
    assert len(clip) == 3 and clip.header.image_size == (320, 240) and np.isfinite(clip.hands[-1, RIGHT]).all()
    monkeypatch.setattr(no_sign, "_found", None)
    [again] = no_sign.recorded(script, tmp_path)
    assert np.array_equal(again.hands, clip.hands, equal_nan=True)


def test_what_is_made_lasts_as_long_as_it_says_and_is_always_the_same() -> None:
    for make in (no_sign.everyday, no_sign.other_words):
        group = make(12)
        assert 10 <= len(group.clips) <= 12 and no_sign.minutes_of(group.clips) == pytest.approx(
            len(group.clips) * 59 / 30 / 60, rel=1e-3
        )
        assert all(
            np.array_equal(a.hands, b.hands, equal_nan=True) for a, b in zip(group.clips, make(12).clips, strict=True)
        )
