"""What is wrong with a clip: each flag where it belongs and nowhere else, with figures worked out by hand."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.clips import PIXELS, Clip, ClipHeader, load_clip, save_clip
from recognizers.importers import ImportOptions, importer
from recognizers.quality import CODES, QUALITY, Figures, Look, explain, flags_of, judge, verdict_of
from recognizers.types import RIGHT
from tests.recognizers.made_clips import PALM, made_clip

BRIGHT = Look(130, 220, 0.001)


def changed(clip: Clip, **arrays: Any) -> Clip:
    return dataclasses.replace(clip, **arrays)


def without_hand(clip: Clip, frames: slice) -> Clip:
    hands = clip.hands.copy()
    hands[frames] = np.nan
    return changed(clip, hands=hands)


def codes(clip: Clip, *looks: Look, dropped: int = 0, lost: int = 0) -> list[str]:
    return [flag.code for flag in judge(clip, looks, dropped=dropped, lost=lost).flags]


def test_a_still_hand_is_a_good_gesture() -> None:
    verdict = judge(made_clip(), [BRIGHT] * 3)
    assert verdict.good
    figures = verdict.figures
    assert (figures.frames, figures.seconds, figures.seen, figures.cut) == (61, 2.0, 1.0, 0.0)
    assert figures.rate == pytest.approx(30) and figures.gap_s == pytest.approx(1 / 30, abs=1e-6)
    assert figures.size == pytest.approx(PALM) and figures.size_px == pytest.approx(64)
    assert figures.motion == pytest.approx(0, abs=1e-6) and figures.mean == 130


@pytest.mark.parametrize("rate", [15.0, 30.0, 60.0])
def test_motion_is_measured_in_palms_a_second_at_any_rate(rate: float) -> None:
    # It moves by 0.4 widths a second and turns twice in two seconds; a step over a turn is shorter.
    motion = judge(made_clip(rate=rate, frames=round(2 * rate) + 1, speed=0.4)).figures.motion
    assert motion == pytest.approx(0.4 / PALM, rel=0.15)


def test_the_hand_that_moves_more_counts_and_a_gap_does_not() -> None:
    clip = made_clip(speed=0.4)
    both = clip.hands.copy()
    both[:, 0] = made_clip().hands[:, RIGHT]
    moved = judge(clip).figures.motion
    assert judge(changed(clip, hands=both)).figures.motion == moved
    assert judge(without_hand(clip, slice(20, 40))).figures.motion == pytest.approx(moved, rel=0.2)
    assert judge(without_hand(clip, slice(1, None))).figures.motion is None


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        (made_clip(mode="sign", speed=0.3), []),
        (made_clip(mode="sign"), ["still"]),
        (made_clip(mode="gesture", speed=0.3), ["moving"]),
        (made_clip(mode="sign", speed=0.3, frames=28), ["short"]),
        (made_clip(mode="sign", speed=0.3, frames=30), []),
        (made_clip(mode="gesture", frames=1), []),
        (made_clip(palm=0.03), ["small"]),
        (made_clip(rate=12.0), ["slow"]),
        (made_clip(rate=2.0, frames=5), ["slow"]),  # pictures are missing, not hands
        (made_clip(palm=0.6), ["cut"]),
        (without_hand(made_clip(), slice(None)), ["nothing"]),
        (without_hand(made_clip(), slice(0, 20)), ["unseen"]),
        (without_hand(made_clip(), slice(0, 10)), []),
        (without_hand(made_clip(), slice(20, 31)), ["gap"]),
        (without_hand(made_clip(mode="sign", speed=0.3), slice(0, 20)), []),
        (made_clip(mode="emotion"), []),
        (without_hand(made_clip(mode="emotion"), slice(None)), []),
        (changed(made_clip(mode="emotion"), face_points=np.full((61, 6, 2), np.nan, np.float32)), ["nothing"]),
        (made_clip(mode="emotion", image_size=(160, 120)), ["small"]),
    ],
)
def test_flags_of_landmarks(clip: Clip, expected: list[str]) -> None:
    assert codes(clip) == expected


@pytest.mark.parametrize("label", ["none", "idle"])
def test_in_the_background_hands_may_be_away_and_move(label: str) -> None:
    assert codes(made_clip(label, speed=0.3)) == [] == codes(made_clip(label, "sign"))
    assert codes(without_hand(made_clip(label), slice(None))) == []
    assert codes(made_clip(label, rate=10.0), Look(20, 60)) == ["dark", "slow"]


def test_flags_of_pictures_and_of_the_recording() -> None:
    clip = made_clip()
    assert codes(clip, Look(30, 80)) == ["dark"]
    assert codes(clip, Look(30, 150)) == [], "a lit hand before a dark wall"
    assert codes(clip, Look(130, 220, 0.01), Look(130, 220), Look(130, 220, 0.02)) == ["blurred"]
    assert codes(clip, BRIGHT, dropped=200) == ["dropped"] and codes(clip, BRIGHT, dropped=60) == []
    assert codes(clip, BRIGHT, lost=1) == ["lost"]
    dim = judge(made_clip(rate=10.0), [Look(80, 140)])
    assert "because it is dark" in str(dim.flags[0]) and "10 frames" in str(dim.flags[0])


def test_a_clip_of_pictures_is_judged_by_its_rate_alone() -> None:
    header = ClipHeader("happy", "emotion", PIXELS)
    for rate, expected in ((30, []), (10, ["slow"])):
        times = np.arange(20) * round(1e9 / rate)
        clip = Clip.of_arrays(header, {"t_ns": times, "frames": np.zeros((20, 48, 48), np.uint8)}, "test")
        assert codes(clip) == expected


@pytest.mark.parametrize("mode", ["sign", "gesture", "emotion"])
@pytest.mark.parametrize("code", CODES)
def test_every_flag_says_what_is_wrong_and_what_to_do(code: str, mode: str) -> None:
    for figures in (Figures(1, 0.0), judge(made_clip(), [BRIGHT]).figures):
        flag = explain(code, figures, mode)
        assert flag.code == code and flag.text and flag.remedy
        assert "{" not in str(flag) and str(flag).count("\n") == 0 and not flag.text.endswith(".")


def test_the_header_remembers_the_verdict(tmp_path: Path) -> None:
    clip = made_clip(speed=0.3)
    verdict = judge(clip, [Look(30, 80, 0.02)], dropped=3)
    header = dataclasses.replace(clip.header, extra={QUALITY: verdict.to_json()})
    save_clip(tmp_path / "a.npz", dataclasses.replace(clip, header=header))
    read = load_clip(tmp_path / "a.npz")
    again = verdict_of(read.header)
    assert again is not None and again.flags == verdict.flags
    assert again.figures.motion == pytest.approx(verdict.figures.motion, abs=1e-4)
    assert flags_of(read.header.extra) == ("moving", "dark", "blurred")
    assert judge(read).flags == verdict.flags, "what the pictures told is not forgotten"
    assert judge(read).figures.dropped == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(sorted(Figures.__annotations__))


@settings(max_examples=60)
@given(
    JSON
    | st.fixed_dictionaries(
        {
            "flags": st.lists(st.sampled_from(CODES) | st.text(max_size=5), max_size=4) | JSON,
            "figures": st.dictionaries(NAMES, JSON, max_size=14) | JSON,
        }
    )
)
def test_what_a_header_says_is_not_taken_on_faith(values: object) -> None:
    header = ClipHeader("a", "sign", extra={QUALITY: json.loads(json.dumps(values))})
    codes_ = flags_of(header.extra)
    assert codes_ is None or set(codes_) <= set(CODES)
    verdict = verdict_of(header)
    assert verdict is None or verdict.to_json()
    judge(dataclasses.replace(made_clip(frames=3), header=header))


def test_signs_of_real_people_are_good(shared_data: Path) -> None:
    clips = importer("mp-data").read(shared_data / "sequences" / "ilkerdemir", ImportOptions("sign"))
    verdicts = [judge(clip) for clip in clips]
    assert len(verdicts) == 180
    assert sum(verdict.good for verdict in verdicts) >= 176
