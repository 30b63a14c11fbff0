"""`mudra evaluate`: figures on clips, printed and written; every bad input in one line; no TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from recognizers import home
from recognizers.bundle import Bundle
from recognizers.clips import Clip, ClipHeader, DatasetInfo, save_clip, write_dataset
from recognizers.handmodel import View, hand_points, poses, project
from tests.recognizers import tiny_bundles as tiny

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]


def clip(label: str, pose: str | None, frames: int = 1) -> Clip:
    hands = np.full((frames, 2, 21, 3), np.nan, np.float32)
    if pose:
        hands[:, 1] = project(hand_points(poses()[pose]), View())
    arrays = {
        "t_ns": np.arange(frames, dtype=np.int64) * 33_333_334,
        "hands": hands,
        "hands_world": hands,
        "face_points": np.full((frames, 6, 2), np.nan, np.float32),
    }
    return Clip.of_arrays(ClipHeader(label, "gesture", image_size=(640, 480)), arrays, "test")


@pytest.fixture
def data() -> str:
    """A dataset of four pictures, one of them wrong and one without a hand; and the bundle `mine`."""
    clips = [clip("palm", "palm"), clip("fist", "fist"), clip("fist", "palm"), clip("none", None)]
    write_dataset(home.datasets_folder() / "hands", DatasetInfo("gesture", "a test", "CC0"), clips)
    tiny.saved(home.models_folder() / "mine", tiny.info_of(id="mine"))
    return "hands"


def test_figures_for_people(data: str, capsys: Capture) -> None:
    assert main(["evaluate", "mine", "--dataset", data]) == 0
    printed = capsys.readouterr()
    assert "mine: accuracy 0.6667 on 3 examples" in printed.out and "nothing found in 1 more" in printed.out
    assert printed.err == f"written: {home.models_folder() / 'mine' / 'report.json'} and report.html\n"
    assert "at the thresholds: 2 right, 1 wrong, 0 unsure" in printed.out
    assert "mind: The model does not tell what it has learned from" in printed.out
    page = (home.models_folder() / "mine" / "report.html").read_text(encoding="utf-8")
    assert "hands 3" in page and "66.7%" in page


def test_figures_for_programs(data: str, capsys: Capture) -> None:
    assert main(["evaluate", "mine", "--dataset", data, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["accuracy"], report["n"], report["n_undetected"]) == (0.6667, 3, 1)
    assert report["labels"] == list(tiny.LABELS) and report["confusion"] == [[0, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert "hands" in report["split"] and report["command"].startswith("mudra") and report["seed"] is None
    written = (home.models_folder() / "mine" / "report.json").read_text(encoding="utf-8")
    assert json.loads(written) == report


def test_the_bundle_is_still_whole_afterwards(data: str, capsys: Capture) -> None:
    assert main(["evaluate", "mine", "--dataset", data]) == 0
    assert main(["evaluate", "mine", "--dataset", data]) == 0


def test_several_datasets_and_paths(data: str, tmp_path: Path, capsys: Capture) -> None:
    save_clip(tmp_path / "more.npz", clip("palm", "palm"))
    words = ["--dataset", data, "--dataset", str(tmp_path / "more.npz"), "--json"]
    assert main(["evaluate", str(home.models_folder() / "mine"), *words]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n"] == 4 and "hands, more.npz" in report["split"]


def test_the_modes_samples_are_the_default(data: str, capsys: Capture) -> None:
    folder = home.samples_folder() / "gesture" / "fist"
    folder.mkdir(parents=True)
    save_clip(folder / "1.npz", clip("another name", "fist", frames=3))
    assert main(["evaluate", "mine", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n"] == 1 and report["per_class"]["fist"]["recall"] == 1


def test_where_the_bundle_cannot_be_written_to_the_report_goes_home(
    data: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    open_file = Path.open

    def read_only(self: Path, *arguments: object, **options: object) -> object:
        if "models" in self.parts and arguments and "x" in str(arguments[0]):
            raise PermissionError(13, "Permission denied", str(self))
        return open_file(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", read_only)
    assert main(["evaluate", "mine", "--dataset", data, "--json"]) == 0
    printed = capsys.readouterr()
    place = home.home() / "reports" / "mine" / "report.json"
    assert str(place) in printed.err and json.loads(place.read_text(encoding="utf-8")) == json.loads(printed.out)


def test_a_background_under_another_name_is_a_background(data: str, capsys: Capture) -> None:
    clips = [clip("idle", "palm", frames=60), clip("palm", "palm", frames=30)]
    write_dataset(home.datasets_folder() / "films", DatasetInfo("gesture", "a test", "CC0"), clips)
    assert main(["evaluate", "mine", "--dataset", "films", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["labels"] == list(tiny.LABELS) and report["per_class"]["none"]["support"] == 20
    assert report["extra"]["events"]["background"]["false_fires"] == 1
    assert report["extra"]["events"]["signs"]["hits"] == 1


def test_thresholds_are_proposed_and_applied(data: str, capsys: Capture) -> None:
    clips = [clip("none", "palm", frames=60), clip("fist", "fist", frames=30)]
    write_dataset(home.datasets_folder() / "films", DatasetInfo("gesture", "a test", "CC0"), clips)
    folder = home.models_folder() / "mine"
    before = (folder / "bundle.json").read_bytes()
    words = ["evaluate", "mine", "--dataset", "films", "--false-fires-per-hour", "0"]
    assert main(words) == 0
    assert "palm 0.600 -> 0.99" in capsys.readouterr().out and (folder / "bundle.json").read_bytes() == before
    assert main([*words, "--apply"]) == 0
    assert f"thresholds written: {folder}" in capsys.readouterr().err
    thresholds = Bundle.load(folder).info.thresholds
    assert thresholds["palm"] >= 0.98 and thresholds["fist"] == 0.6
    assert "Thresholds for at most 0" in (folder / "report.html").read_text(encoding="utf-8")


def test_thresholds_of_a_bundle_that_ships_go_into_a_copy(
    data: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    write_dataset(home.datasets_folder() / "films", DatasetInfo("gesture", "", ""), [clip("none", "palm", frames=60)])
    monkeypatch.setattr("recognizers.bundle.shipped_bundles", lambda: [home.models_folder() / "mine"])
    assert main(["evaluate", "mine", "--dataset", "films", "--false-fires-per-hour", "0", "--apply"]) == 0
    assert Bundle.load(home.models_folder() / "mine").info.thresholds == {}
    assert Bundle.load(home.models_folder() / "mine-tuned").info.id == "mine-tuned"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", 2),
        ("nothing --dataset hands", 1),
        ("mine --dataset nothing", 2),
        ("mine", 2),
        ("mine --dataset hands --form xml", 2),
        ("mine --dataset hands --apply", 2),
        ("mine --dataset hands --false-fires-per-hour -1", 2),
        ("mine --dataset hands --false-fires-per-hour nan", 2),
        ("mine --dataset hands --false-fires-per-hour 2", 1),
        ("mine --dataset empty", 1),
        ("mine --dataset broken", 1),
        ("damaged --dataset hands", 1),
    ],
)
def test_bad_input_is_one_line(words: str, code: int, data: str, capsys: Capture) -> None:
    write_dataset(home.datasets_folder() / "empty", DatasetInfo("gesture", "", ""), [clip("palm", None)])
    (home.datasets_folder() / "broken").mkdir()
    (home.datasets_folder() / "broken" / "dataset.json").write_text("{")
    tiny.saved(home.models_folder() / "damaged")
    model = home.models_folder() / "damaged" / "model.tflite"
    model.write_bytes(model.read_bytes()[:-1] + b"\x01")
    assert main(["evaluate", *words.split()]) == code
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and "Traceback" not in printed.err


def test_measuring_loads_no_tensorflow(data: str) -> None:
    program = (
        "import sys; from app.__main__ import main;"
        f"code = main(['evaluate', 'mine', '--dataset', {data!r}]);"
        "sys.exit(code or 10 * ('tensorflow' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True).returncode == 0
