"""Figures against a table worked out by hand."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from recognizers.card import write_card
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, OutputError
from recognizers.evaluate import Report, evaluate_bundle, measure, report_lines, write_report
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.types import LEFT, RIGHT, FloatArray
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.drawn_hands import ELL

# Rows are the truth, columns the answer; labels none, palm, fist.
CONFUSION = [[5, 1, 0], [2, 6, 2], [0, 0, 4]]


def answers(table: list[list[int]]) -> tuple[list[str], FloatArray]:
    """Return truths and scores that fill this table."""
    truth, scores = [], []
    for row, counts in enumerate(table):
        for column, count in enumerate(counts):
            truth += [tiny.LABELS[row]] * count
            scores += [np.eye(3, dtype=np.float32)[column] * 0.6 + 0.1] * count
    return truth, np.array(scores, np.float32).reshape(-1, 3)


def report(undetected: dict[str, int] | None = None) -> Report:
    return measure(tiny.still_bundle(), *answers(CONFUSION), undetected or {}, split="by hand", seed=3, command="c")


def test_figures_are_those_worked_out_by_hand() -> None:
    found = report()
    assert found.labels == tiny.LABELS and found.confusion == ((5, 1, 0), (2, 6, 2), (0, 0, 4))
    assert found.n == 20 and found.n_undetected == 0
    assert found.accuracy == 0.75 == found.accuracy_with_undetected
    none, palm, fist = (found.per_class[label] for label in tiny.LABELS)
    assert none == {"precision": 0.7143, "recall": 0.8333, "f1": 0.7692, "support": 6, "undetected": 0}
    assert palm == {"precision": 0.8571, "recall": 0.6, "f1": 0.7059, "support": 10, "undetected": 0}
    assert fist == {"precision": 0.6667, "recall": 1.0, "f1": 0.8, "support": 4, "undetected": 0}
    assert found.macro_f1 == pytest.approx((10 / 13 + 12 / 17 + 8 / 10) / 3, abs=1e-4)
    assert (found.bundle, found.split, found.seed, found.command) == ("tiny", "by hand", 3, "c")


def test_the_undetected_count_as_background() -> None:
    found = report({"none": 3, "fist": 2})
    assert found.accuracy == 0.75 and found.n == 20 and found.n_undetected == 5
    assert found.accuracy_with_undetected == round((15 + 3) / 25, 4)
    assert found.per_class["fist"]["undetected"] == 2 and found.per_class["fist"]["recall"] == 1.0


def test_a_label_that_the_bundle_does_not_know_is_always_a_miss() -> None:
    truth, scores = ["palm", "wave", "wave"], np.eye(3, dtype=np.float32)[[1, 1, 2]]
    found = measure(tiny.still_bundle(), truth, scores, {"jump": 1}, split="x")
    assert found.labels == ("none", "palm", "fist", "wave", "jump")
    assert found.accuracy == pytest.approx(1 / 3, abs=1e-4)
    assert found.confusion[3] == (0, 1, 1, 0, 0) and found.per_class["wave"]["recall"] == 0
    assert found.macro_f1 == pytest.approx((2 / 3 + 0) / 2, abs=1e-4)
    assert found.per_class["jump"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0, "undetected": 1}


def test_labels_that_do_not_occur_do_not_enter_the_mean() -> None:
    found = measure(tiny.still_bundle(), ["palm"], np.eye(3, dtype=np.float32)[[1]], {}, split="x")
    assert found.macro_f1 == 1.0 and found.per_class["fist"]["f1"] == 0


def test_nothing_measured_is_nothing_claimed() -> None:
    found = measure(tiny.still_bundle(), [], np.zeros((0, 3), np.float32), {"palm": 4}, split="x")
    assert (found.accuracy, found.macro_f1, found.n, found.n_undetected) == (0, 0, 0, 4)


def test_the_report_is_the_contract() -> None:
    values = report({"none": 1}).to_json()
    contract = "accuracy macro_f1 labels confusion per_class split n n_undetected seed command"
    assert set(contract.split()) <= set(values)
    assert json.loads(json.dumps(values, allow_nan=False))["confusion"] == CONFUSION


def test_a_report_is_written_beside_the_bundle(tmp_path: Path) -> None:
    path = write_report(report(), tmp_path / "new")
    assert path == tmp_path / "new" / "report.json"
    assert json.loads(path.read_text(encoding="utf-8"))["accuracy"] == 0.75
    write_report(dataclasses.replace(report(), accuracy=0.5), tmp_path / "new")
    assert json.loads(path.read_text(encoding="utf-8"))["accuracy"] == 0.5
    assert sorted(each.name for each in path.parent.iterdir()) == ["report.html", "report.json"]
    assert "50.0%" in (path.parent / "report.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"report\.json.*cannot be written"):
        write_report(report(), tmp_path / "file")


def test_a_full_disk_leaves_the_older_report_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_report(report(), tmp_path)
    before = path.read_bytes(), (tmp_path / "report.html").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_report(dataclasses.replace(report(), accuracy=0.5), tmp_path)
    assert (path.read_bytes(), (tmp_path / "report.html").read_bytes()) == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.html", "report.json"]


def test_lines_for_a_terminal_tell_the_figures() -> None:
    lines = report_lines(report({"fist": 2}))
    assert "0.7500 on 20 examples (by hand)" in lines[0] and "2 more" in lines[1]
    (palm,) = [line for line in lines if line.startswith("palm")]
    assert palm.split() == ["palm", "0.857", "0.600", "0.706", "10", "0"]


def test_the_card_tells_labels_figures_data_and_licence() -> None:
    info = tiny.info_of(data=({"name": "hands", "source": "A book.", "licence": "CC0", "clips": 9},))
    card = write_card(info, report({"fist": 2}), "For tests.")
    for text in ("# tiny", "For tests.", "`palm`", "`none`", "0.7500", "hands: A book. Licence: CC0. 9 clips."):
        assert text in card
    assert "| fist | 0.667 | 1.000 | 0.800 | 4 | 2 |" in card
    assert "Drawn" not in card
    drawn = dataclasses.replace(info, traces=(ELL, dataclasses.replace(ELL, label="jay", tip=20)))
    assert "`ell` (index finger), `jay` (little finger)" in write_card(drawn, report({}), "For tests.")


# --- on clips ---------------------------------------------------------------------------------------------


def clip(label: str, pose: str | None, side: int = RIGHT, frames: int = 1) -> Clip:
    hands = np.full((frames, 2, 21, 3), np.nan, np.float32)
    if pose:
        hands[:, side] = project(hand_points(poses()[pose], side), View())
    arrays = {
        "t_ns": np.arange(frames) * 33_333_333,
        "hands": hands,
        "hands_world": hands,
        "face_points": np.full((frames, 6, 2), 0.3, np.float32) + np.arange(12).reshape(6, 2).astype(np.float32) / 50,
    }
    return Clip.of_arrays(ClipHeader(label, "gesture", image_size=(640, 480)), arrays, "test")


def test_a_bundle_is_measured_on_clips() -> None:
    clips = [
        clip("palm", "palm"),
        clip("palm", "fist", LEFT),
        clip("fist", "fist", LEFT),
        clip("fist", None),
        clip("wave", "palm"),
    ]
    found = evaluate_bundle(tiny.still_bundle(), clips, split="all", command="mudra evaluate")
    assert found.n == 4 and found.n_undetected == 1 and found.accuracy == 0.5
    assert found.per_class["palm"]["recall"] == 0.5 and found.per_class["fist"]["undetected"] == 1
    assert found.seed is None and found.command == "mudra evaluate"


def test_a_bundle_for_movements_is_measured_on_whole_signs_and_on_windows_of_idling() -> None:
    clips = [clip("idle", "palm", frames=60), clip("left", "palm", frames=30), clip("right", "palm", frames=10)]
    found = evaluate_bundle(tiny.move_bundle(), clips, split="all")
    assert found.n == 7 and found.n_undetected == 0
    assert found.per_class["idle"]["support"] == 5


@pytest.mark.parametrize("clips", [[], [clip("palm", None)]])
def test_without_any_hand_there_is_nothing_to_measure(clips: list[Clip]) -> None:
    with pytest.raises(FormatError, match="no hands to measure on"):
        evaluate_bundle(tiny.still_bundle(), clips, split="all")
