"""Hands as shapes alone, one a row: `keypoint.csv`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.examples import gather, split
from recognizers.features import hand_features, joint_angles, scaled_points
from recognizers.importers import ImportOptions
from recognizers.importers.keypoints import read
from recognizers.types import LEFT, RIGHT
from tests.recognizers import foreign_files as foreign

OPTIONS = ImportOptions("gesture")


def test_a_row_becomes_a_hand_that_is_turned_round(tmp_path: Path) -> None:
    shape = np.array(foreign.keypoint_row(0)[1:]).reshape(21, 2)
    clip = next(iter(read(foreign.write_keypoints(tmp_path), OPTIONS)))
    hand = clip.hands[0, RIGHT]
    assert np.isnan(clip.hands[0, LEFT]).all()
    assert hand[:, 0] == pytest.approx(0.5 - shape[:, 0] / 4)
    assert hand[:, 1] == pytest.approx(0.5 + shape[:, 1] / 4)
    assert not hand[:, 2].any()
    assert not clip.header.sides_known
    assert clip.header.extra["flat"] is clip.header.extra["unmirrored"] is True


def test_angles_are_those_of_the_pixels(tmp_path: Path) -> None:
    """Pixels are square: features must not stretch the shape by an assumed 4:3."""
    pixels = np.zeros((21, 3), np.float32)
    pixels[:, :2] = np.array(foreign.keypoint_row(0)[1:]).reshape(21, 2)
    clip = next(iter(read(foreign.write_keypoints(tmp_path), OPTIONS)))
    points = scaled_points(clip.hands[0, RIGHT], clip.header.image_size)
    assert joint_angles(points) == pytest.approx(joint_angles(pixels), abs=1e-4)
    mirrored = hand_features(pixels, (1, 1), LEFT)  # a left hand is mirrored, as importing turns round
    assert hand_features(clip.hands[0, RIGHT], clip.header.image_size, RIGHT) == pytest.approx(mirrored, abs=1e-3)


def test_labels_have_their_names_or_their_numbers(tmp_path: Path) -> None:
    foreign.write_keypoints(tmp_path)
    assert [clip.header.label for clip in read(tmp_path / "keypoint.csv", OPTIONS)] == ["palm", "fist"] * 3
    (tmp_path / "keypoint_classifier_label.csv").unlink()
    assert [clip.header.label for clip in read(tmp_path, OPTIONS)] == ["0", "1"] * 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: row[:-1], "42 fields"),
        (lambda row: [*row, 0], "44 fields"),
        (lambda row: [2, *row[1:]], "the label has no name"),
        (lambda row: ["-1", *row[1:]], "wrong label"),
        (lambda row: ["1.0", *row[1:]], "wrong label"),
        (lambda row: [*row[:5], "nan", *row[6:]], "not a finite number (found 'nan')"),
        (lambda row: [*row[:5], "1_0", *row[6:]], "not a finite number"),
        (lambda row: [*row[:5], "", *row[6:]], "not a finite number"),
        (lambda row: [row[0], 0.1, *row[2:]], "not the wrist"),
        (lambda row: [row[0], *(value / 2 for value in row[1:])], "not brought to size"),
        (lambda row: [row[0], *[0] * 42], "not brought to size"),
    ],
)
def test_a_wrong_row_is_named_and_the_rest_is_kept(tmp_path: Path, change, says: str) -> None:  # type: ignore[no-untyped-def]
    rows = [foreign.keypoint_row(0), foreign.keypoint_row(0, 1), foreign.keypoint_row(1)]
    rows[1] = change(rows[1])
    foreign.write_keypoints(tmp_path)
    foreign.write_table(tmp_path / "keypoint.csv", rows)
    problems: list[MudraError] = []
    clips = list(read(tmp_path, replace(OPTIONS, report=problems.append)))
    assert [clip.header.label for clip in clips] == ["palm", "fist"]
    (problem,) = problems
    assert "keypoint.csv, row 2: " in str(problem)
    assert says in str(problem)
    with pytest.raises(FormatError):
        list(read(tmp_path, OPTIONS))


@pytest.mark.parametrize("content", [b"\n\n\n", b"\xff\xfe\x00", b'"open', b"a," * 20_000 + b"x" * 20_000])
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keypoint.csv").write_bytes(content)
    with pytest.raises(MudraError) as caught:
        list(read(tmp_path, OPTIONS))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_labels_in_a_broken_file_are_refused(tmp_path: Path) -> None:
    foreign.write_keypoints(tmp_path)
    (tmp_path / "keypoint_classifier_label.csv").write_bytes(b"\xff\xff")
    with pytest.raises(SourceError, match="UTF-8"):
        list(read(tmp_path, OPTIONS))


@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "keypoint.csv"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(MudraError) as caught:
        list(read(path, OPTIONS))
    assert "\n" not in str(caught.value)


@given(pixels=arrays(np.int64, (21, 2), elements=st.integers(0, 2000)))
def test_any_hand_comes_back(tmp_path_factory: pytest.TempPathFactory, pixels: np.ndarray) -> None:
    largest = np.abs(pixels - pixels[0]).max()
    if not largest:
        return
    shape = (pixels - pixels[0]) / largest
    path = foreign.write_table(tmp_path_factory.mktemp("any") / "k.csv", [[7, *shape.ravel()]])
    (clip,) = read(path, OPTIONS)
    back = (clip.hands[0, RIGHT, :, :2] - clip.hands[0, RIGHT, 0, :2]) * (-4, 4)
    assert back == pytest.approx(shape, abs=1e-5)


def test_the_real_table_can_be_trained_on_and_is_held_out_in_blocks(shared_data: Path) -> None:
    clips = list(read(shared_data / "poses/kinivi_keypoints", OPTIONS))
    assert len(clips) == 4787
    assert {clip.header.label for clip in clips} == {"Open", "Close", "Pointer", "OK"}
    gathered = gather(clips[:: len(clips) // 200], "still")
    assert not gathered.missed
    assert all(np.isfinite(example.features()).all() for example in gathered.examples)
    assert split([example.origin for example in gathered.examples], "auto", 0).kind == "block"
