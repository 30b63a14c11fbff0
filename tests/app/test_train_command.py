"""`mudra train` from end to end: tiny trainings in processes of their own, twice the same, then used and measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from app.__main__ import main
from recognizers import home
from recognizers.bundle import Bundle
from recognizers.clips import Clip, ClipHeader, DatasetInfo, iter_clips, save_clip, write_dataset
from recognizers.examples import gather, split_gathered
from recognizers.generated import generated_hands
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.overlap import content_of
from recognizers.recognizer import Recognizer
from recognizers.training_record import fingerprints, read_record
from recognizers.types import RIGHT, FloatArray

ROOT = Path(__file__).parents[2]
SIZE = (640, 480)
STILLS = ("fist", "none", "palm")
MOVES = ("left", "right")


def clip(label: str, hands: FloatArray, extra: dict[str, object] | None = None, **header: object) -> Clip:
    """Return a clip of hands (T, 2, 21, 3) below a face, 30 a second."""
    frames = len(hands)
    face = np.array([(0.47, 0.2), (0.53, 0.2), (0.5, 0.23), (0.5, 0.28), (0.44, 0.21), (0.56, 0.21)], np.float32)
    arrays = {
        "t_ns": np.arange(frames, dtype=np.int64) * 33_333_334,
        "hands": hands.astype(np.float32),
        "hands_world": np.full_like(hands, np.nan, np.float32),
        "face_points": np.tile(face, (frames, 1, 1)),
    }
    return Clip.of_arrays(ClipHeader(label, "gesture", image_size=SIZE, extra=extra or {}, **header), arrays, "test")


def pictures(seed: int = 0) -> Iterator[Clip]:
    """Yield 25 pictures of each of three gestures, and 20 of a fist in which no hand was found."""
    made = generated_hands(STILLS, 25, np.random.default_rng(seed))
    chosen = [example for label in STILLS for example in [one for one in made if one.origin.label == label][:25]]
    for number, example in enumerate(chosen):
        hands = np.full((1, 2, 21, 3), np.nan, np.float32)
        hands[0, example.side] = example.hand
        yield clip(example.origin.label, hands, {"image": f"{number}.jpg"}, landmarker="hand-1")
    for number in range(20):
        yield clip("fist", np.full((1, 2, 21, 3), np.nan), {"image": f"none-{number}.jpg"})


def movement(label: str, start: float = 0.5, frames: int = 32) -> FloatArray:
    """Return a right palm moving to the left or right of the picture."""
    points = hand_points(poses()["palm"])
    direction = {"left": -1, "right": 1}[label]
    hands = np.full((frames, 2, 21, 3), np.nan, np.float32)
    for step in range(frames):
        hands[step, RIGHT] = project(points, View(SIZE, wrist=(start + direction * 0.3 * (step / 30 - 0.5), 0.7)))
    return hands


def movements() -> Iterator[Clip]:
    """Yield 12 clips of a palm that goes left and 12 of one that goes right."""
    rng = np.random.default_rng(1)
    for label in MOVES:
        for _ in range(12):
            yield clip(label, movement(label, rng.uniform(0.4, 0.6)), landmarker="hand-1")


class Trained(NamedTuple):
    """What the trainings left: a home with the bundles, their datasets, and what they printed."""

    home: Path
    printed: dict[str, str]

    def bundle(self, name: str) -> Path:
        return self.home / "models" / name


RUNS = {
    "one": "--mode gesture --dataset hands --epochs 3 --copies 1 --seed 7 --split random",
    "two": "--mode gesture --dataset hands --epochs 3 --copies 1 --seed 7 --split random",
    "elsewhere": "--mode gesture --dataset hands --measure others --epochs 3 --copies 1 --seed 7 --split random",
    "moves": "--mode sign --dataset moves --epochs 25 --copies 2 --seed 1 --network mlp --idle --refit",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Four trainings: two of the same, one measured on another dataset, and one of movements with idle ones."""
    folder = tmp_path_factory.mktemp("trained") / "home"
    write_dataset(folder / "datasets" / "hands", DatasetInfo("gesture", "generated", "CC0"), pictures())
    others = chain(pictures(seed=5), (clip("wave", each.hands) for each in islice(pictures(seed=6), 4)))
    write_dataset(folder / "datasets" / "others", DatasetInfo("gesture", "generated", "CC0"), others)
    write_dataset(folder / "datasets" / "moves", DatasetInfo("sign", "generated", "CC0"), movements())
    about = folder / "about.md"
    about.write_text("Made in a test, ä 👋.\n", encoding="utf-8")
    running = {
        name: subprocess.Popen(
            [sys.executable, "-m", "app", "train", *words.split(), "--out", name, "--about", str(about)],
            cwd=ROOT,
            env={**os.environ, "MUDRA_HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, words in RUNS.items()
    }
    told = {name: process.communicate() for name, process in running.items()}
    for name, process in running.items():
        assert process.returncode == 0, told[name][1][-3000:]
        assert told[name][1] == ""
    return Trained(folder, {name: out for name, (out, _) in told.items()})


def test_a_dataset_that_measures_teaches_nothing(trained: Trained) -> None:
    folder = trained.bundle("elsewhere")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (report["n"], report["n_undetected"]) == (75, 20)
    assert report["split"].startswith("all of others") and "without its wave, which nothing teaches" in report["split"]
    assert "wave" not in report["labels"]
    record = read_record(folder)
    others = gather(iter_clips(trained.home / "datasets" / "others"), "still").examples
    assert record is not None and len(record.seen) == 75
    assert not record.seen & fingerprints(content_of(example) for example in others)
    assert [item["name"] for item in Bundle.load(folder).info.data] == ["hands"]


def test_what_measures_must_have_a_label_that_is_taught(capsys: pytest.CaptureFixture[str]) -> None:
    info = DatasetInfo("gesture", "generated", "CC0")
    write_dataset(home.datasets_folder() / "hands", info, pictures())
    waves = (clip("wave", each.hands) for each in pictures(seed=5))
    write_dataset(home.datasets_folder() / "others", info, waves)
    words = "train --mode gesture --dataset hands --measure others --split random --out mine"
    assert main(words.split()) != 0
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "nothing that measures" in told and "wave" in told and "palm" in told
    assert not (home.models_folder() / "mine").exists()


def test_a_training_leaves_a_whole_bundle_and_its_report(trained: Trained) -> None:
    folder = trained.bundle("one")
    files = {"bundle.json", "card.md", "model.tflite", "network.weights.h5", "report.json", "report.html"}
    assert {path.name for path in folder.iterdir()} == files | {"training.json"}
    record, report = read_record(folder), json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert record is not None and record.seen and [dict(row) for row in record.history] == report["extra"]["history"]
    assert "fit" in {row["phase"] for row in record.history}
    assert "Training</h2>" in (folder / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in folder.parent.iterdir()} == set(RUNS)
    info = Bundle.load(folder).info
    assert (info.id, info.mode, info.input, info.labels) == ("one", "gesture", "still", STILLS)
    assert info.background == ("none",) and info.network == "mlp" and info.landmarker == "hand-1"
    assert info.data[0]["name"] == "hands" and info.data[0]["licence"] == "CC0" == info.licence
    assert info.made["seed"] == 7 and "--dataset hands" in info.made["command"]
    assert "made-up gestures" in info.made["encoder"]  # few recordings start from what ships
    assert set(info.thresholds) == set(STILLS)


def test_the_same_seed_gives_the_same_bytes(trained: Trained) -> None:
    one, two = trained.bundle("one"), trained.bundle("two")
    for name in ("model.tflite", "network.weights.h5"):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert Bundle.load(one).info.thresholds == Bundle.load(two).info.thresholds


def test_the_report_tells_what_was_held_out_and_what_was_missed_in_it(trained: Trained) -> None:
    report = json.loads((trained.bundle("one") / "report.json").read_text(encoding="utf-8"))
    clips = list(iter_clips(trained.home / "datasets" / "hands"))
    parts = report["extra"]["parts"]
    assert sum(parts.values()) == 75 and report["n"] == parts["test"] == sum(map(sum, report["confusion"]))
    missed = split_gathered(gather(clips, "still"), "random", 7)[1]["fist"]
    assert len(clips) == 95 and report["n_undetected"] == missed and 0 < missed < 10  # of 20, those of the test
    assert report["per_class"]["fist"]["undetected"] == report["n_undetected"]
    assert report["seed"] == 7 and report["split"] and report["command"].startswith("mudra train")
    assert report["accuracy"] > 0.5
    info = Bundle.load(trained.bundle("one")).info
    assert info.metrics["accuracy"] == report["accuracy"] and info.metrics["n"] == report["n"]


def test_the_card_and_the_terminal_tell_the_same_figures(trained: Trained) -> None:
    info = Bundle.load(trained.bundle("one")).info
    card = (trained.bundle("one") / "card.md").read_text(encoding="utf-8")
    accuracy = f"{info.metrics['accuracy']:.4f}"
    assert "Made in a test, ä 👋." in card and f"Accuracy {accuracy}" in card and "CC0" in card
    printed = trained.printed["one"]
    assert f"one: accuracy {accuracy} on" in printed and "epoch 3 of 3:" in printed and "epoch 4" not in printed


def test_what_was_learned_holds_for_other_hands(trained: Trained) -> None:
    bundle = Bundle.load(trained.bundle("one"))
    others = generated_hands(("palm", "fist"), 30, np.random.default_rng(9))
    answers = bundle.predict(np.stack([example.features() for example in others])).argmax(axis=1)
    right = [STILLS[answer] == example.origin.label for answer, example in zip(answers, others, strict=True)]
    assert np.mean(right) > 0.6


def test_only_ones_own_lines_are_printed(trained: Trained) -> None:
    for printed in trained.printed.values():
        lines = printed.splitlines()
        assert lines[1].startswith("All examples come from one session") and lines[2].startswith("epoch 1 of ")
        assert "artifact" not in printed and "TensorSpec" not in printed


def test_movements_train_a_bundle_that_recognizes_them(trained: Trained) -> None:
    bundle = Bundle.load(trained.bundle("moves"))
    info = bundle.info
    assert (info.input, info.labels, info.background) == ("sequence", ("idle", "left", "right"), ("idle",))
    assert (info.window_steps, info.window_seconds, info.feature_count) == (30, 1.0, 173)
    assert "once more with what chose when to stop" in trained.printed["moves"]
    recognizer = Recognizer(bundle, threshold=0.4)
    for label in MOVES:
        found = [event.label for event in recognizer.predict_clip(clip(label, movement(label, frames=45)))]
        assert found == [label]
    report = json.loads((trained.bundle("moves") / "report.json").read_text(encoding="utf-8"))
    assert report["per_class"]["idle"]["support"] > 0 and report["accuracy"] > 0.5


def test_a_trained_bundle_is_measured_and_used_by_name(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained.home, tmp_path / "home")
    monkeypatch.setenv("MUDRA_HOME", str(tmp_path / "home"))
    assert main(["evaluate", "one", "--dataset", "hands", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n"] == 75 and report["n_undetected"] == 20 and report["bundle"] == "one"
    hands = np.repeat(next(iter_clips(home.datasets_folder() / "hands")).hands, 60, axis=0)
    save_clip(tmp_path / "held.npz", clip("?", hands))
    words = ["recognize", str(tmp_path / "held.npz"), "--mode", "gesture", "--model", "one", "--format", "jsonl"]
    assert main([*words, "--every-frame"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 60 and all(set(line["scores"]) == set(STILLS) for line in lines)
    assert all(sum(line["scores"].values()) == pytest.approx(1, abs=0.01) for line in lines)


@pytest.mark.parametrize(("out", "warned"), [("gestures", True), ("mine", False), ("./gestures", False)])
def test_a_shipped_name_is_not_taken_in_silence(
    out: str, warned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    report = SimpleNamespace(accuracy=1.0, macro_f1=1.0, n=1, split="random", labels=("a", "b"))
    monkeypatch.setattr("recognizers.train.train", lambda options, say: (None, report))
    monkeypatch.setattr("recognizers.evaluate.report_lines", lambda report: ["figures"])
    write_dataset(home.datasets_folder() / "hands", DatasetInfo("gesture", "generated", "CC0"), pictures())
    assert main(["train", "--mode", "gesture", "--dataset", "hands", "--out", out]) == 0
    told = capsys.readouterr()
    assert told.out == "figures\n" and told.err.count("\n") == warned
    if warned:
        assert told.err.startswith("mudra: warning: gestures:") and str(home.models_folder() / "gestures") in told.err


# --- wrong usage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--mode dance",
        "--mode gesture --network gru",
        "--mode gesture --split half",
        "--mode gesture --epochs 0",
        "--mode gesture --members 0",
        "--mode gesture --epochs many",
        "--mode gesture --copies -1",
        "--mode gesture --seed -1",
        "--mode gesture --seed 1.5",
        "--mode gesture --seed 4294967296",
        "--mode gesture",
        "--mode gesture --dataset nothing",
        "--mode gesture --dataset ~nobody-of-that-name/x",
        f"--mode gesture --dataset {'x' * 5000}",
        "--mode gesture --dataset hands --idle",
        "--mode gesture --dataset hands --network lstm",
        "--mode gesture --dataset hands --about nothing.md",
        "--mode sign --dataset moves --also hello",
        "--mode sign --dataset moves --generated 3 --also like",
        "--mode sign --dataset moves --generated 3 --also hello,",
        "--mode gesture --dataset hands --dataset moves",
    ],
)
def test_wrong_usage_is_one_line(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_dataset(home.datasets_folder() / "hands", DatasetInfo("gesture", "generated", "CC0"), pictures())
    write_dataset(home.datasets_folder() / "moves", DatasetInfo("sign", "generated", "CC0"), movements())
    assert main(["train", *words.split()]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Traceback" not in told


@pytest.mark.parametrize("out", [".", "..", "./photos", "~nobody-of-that-name/x/photos"])
def test_nothing_of_ones_own_is_ever_replaced(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    (work / "photos").mkdir(parents=True)
    (work / "photos" / "a.jpg").write_bytes(b"x")
    shutil.copytree(work / "photos", work / "~nobody-of-that-name" / "x" / "photos")
    monkeypatch.chdir(work)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    write_dataset(home.datasets_folder() / "hands", DatasetInfo("gesture", "generated", "CC0"), pictures())
    assert main(["train", "--mode", "gesture", "--dataset", "hands", "--out", out]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "something else" in told
    after = sorted(str(path) for path in tmp_path.rglob("*"))
    assert [path for path in after if "mudra-home" not in path] == before


def test_too_little_data_is_one_line_and_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    few = [each for each in pictures() if each.header.label != "none"][:27]
    write_dataset(home.datasets_folder() / "few", DatasetInfo("gesture", "generated", "CC0"), few)
    assert main(["train", "--mode", "gesture", "--dataset", "few"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and not home.models_folder().exists()


def test_a_broken_clip_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    folder = home.samples_folder() / "gesture" / "palm"
    folder.mkdir(parents=True)
    (folder / "a.npz").write_bytes(b"not a clip")
    assert main(["train", "--mode", "gesture"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "a.npz" in told
