"""Hands that nobody showed, drawn and looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizers.clips import Clip
from recognizers.errors import FormatError
from recognizers.examples import gather, split_gathered
from recognizers.features import hand_features
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.importers import ImportOptions, generated
from recognizers.types import LEFT, RIGHT

OPTIONS = ImportOptions("gesture")


def read(folder: Path, text: str, options: ImportOptions = OPTIONS) -> list[Clip]:
    path = folder / "hands.toml"
    path.write_text(text)
    return list(generated.read(path, options))


def tips(clip: Clip) -> np.ndarray:
    """Return the distances between finger tips and points of a clip's hand, as the features have them."""
    side = int(np.flatnonzero(np.isfinite(clip.hands[0]).all(axis=(1, 2)))[0])
    return hand_features(clip.hands[0, side], clip.header.image_size, side)[:105]


def test_drawn_hands_are_found_as_what_they_are(tmp_path: Path) -> None:
    clips = read(tmp_path, "[poses.open]\npalm = 8\n[poses.closed]\nfist = 8\n")
    means = {
        label: hand_features(project(hand_points(poses()[pose]), View()), (640, 480), RIGHT)[:105]
        for label, pose in (("open", "palm"), ("closed", "fist"))
    }
    nearest = [min(means, key=lambda label: float(np.abs(tips(clip) - means[label]).mean())) for clip in clips]
    assert nearest == [clip.header.label for clip in clips]
    assert len(clips) >= 10
    sides = {int(np.flatnonzero(np.isfinite(clip.hands[0]).all(axis=(1, 2)))[0]) for clip in clips}
    assert sides == {LEFT, RIGHT}
    assert len({clip.header.signer for clip in clips}) > 2


def test_another_row_changes_nothing_of_the_first(tmp_path: Path) -> None:
    alone = read(tmp_path, "[poses.palm]\npalm = 4\n")
    both = read(tmp_path, "[poses.one]\none = 2\n[poses.palm]\npalm = 4\n", ImportOptions("gesture", labels=("palm",)))
    for first, second in zip(alone, both, strict=True):
        np.testing.assert_array_equal(first.hands, second.hands)


def test_hands_on_the_way_are_near_no_pose(tmp_path: Path) -> None:
    clips = read(tmp_path, '[poses]\n[between]\nlabel = "none"\nposes = ["palm", "fist"]\ncount = 8\n')
    assert clips
    assert {clip.header.label for clip in clips} == {"none"}
    ends = [
        hand_features(project(hand_points(poses()[pose]), View()), (640, 480), RIGHT)[:105] for pose in ("palm", "fist")
    ]
    assert min(float(np.abs(tips(clip) - end).mean()) for clip in clips for end in ends) > 0.05


def test_they_teach_and_do_not_measure_where_there_are_others(tmp_path: Path) -> None:
    made = read(tmp_path, "[poses.open]\npalm = 12\n[poses.closed]\nfist = 12\n")
    real = [Clip.of(_real_header(clip, number), clip.landmarks()) for number, clip in enumerate(made)]
    parts, _ = split_gathered(gather([*made, *real], "still"), "random", 0)
    assert set(range(len(made))) <= set(parts.train.tolist())
    assert len(parts.validation) and len(parts.test)
    alone, _ = split_gathered(gather(made, "still"), "signer", 0)
    assert len(alone.validation) and len(alone.test)


def _real_header(clip: Clip, number: int):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(clip.header, signer=None, extra={"image": f"{number}.jpg"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("palm = 3", "poses"),
        ("[poses.open]\nplam = 3", "no such pose"),
        ("[poses.open]\npalm = 0", "palm"),
        ("[poses.open]\npalm = 'many'", "palm"),
        ("[poses]\n", "nothing to draw"),
        ("[poses]\n[between]\nlabel = 'none'\nposes = ['palm']\ncount = 3", "two or more"),
        ("[[", "not a table"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
