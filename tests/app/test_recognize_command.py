"""`mudra recognize` from end to end: real landmarks, the shipped bundle, and every bad input in one line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.__main__ import main
from recognizers import home
from recognizers.bundle import find_bundle
from recognizers.clips import Clip, ClipHeader, save_clip
from recognizers.frames import VideoSource
from recognizers.landmarker import Landmarker
from recognizers.modes import MODES
from recognizers.synthetic import SyntheticSource

ROOT = Path(__file__).parents[2]
SCRIPT = "synthetic:none:0.4,palm:1.2,fist:1.2,none:0.5"
Capture = pytest.CaptureFixture[str]


def rows(capsys: Capture) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def write_video(path: Path, script: str = "palm:1.2") -> Path:
    """Write a script as a video."""
    source = SyntheticSource(script)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (640, 480))
    for frame in source.items():
        writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def write_photo(path: Path, pose: str = "palm") -> Path:
    """Write a pose as a photo."""
    frame = list(SyntheticSource(f"{pose}:0.5").items())[-1]
    cv2.imwrite(str(path), cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    return path


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a video and two photos."""
    folder = tmp_path_factory.mktemp("media")
    write_video(folder / "palm.mp4")
    write_photo(folder / "b.png", "fist")
    write_photo(folder / "a.jpg", "palm")
    return folder


def test_events_of_a_stream(capsys: Capture) -> None:
    assert main(["recognize", SCRIPT, "--format", "jsonl"]) == 0
    events = rows(capsys)
    assert [event["label"] for event in events] == ["palm", "fist"]
    first = events[0]
    assert list(first) == ["source", "t", "frame", "mode", "label", "probability", "duration"]
    assert first["source"] == "synthetic" and first["mode"] == "gesture"
    assert 0.4 <= float(str(first["t"])) <= 1.0 and 0.3 <= float(str(first["duration"])) <= 1.6


@pytest.mark.parametrize("options", [[], ["--every-frame"]])
def test_two_runs_give_identical_bytes(options: list[str], media: Path, tmp_path: Path) -> None:
    outputs = []
    for name in ("one", "two"):
        output = tmp_path / name
        words = ["recognize", str(media / "palm.mp4"), "--format", "jsonl", "--output", str(output), *options]
        assert main(words) == 0
        outputs.append(output.read_bytes())
    assert outputs[0] == outputs[1] != b""


def test_every_frame_has_a_line(capsys: Capture) -> None:
    assert main(["recognize", SCRIPT, "--format", "jsonl", "--every-frame"]) == 0
    lines = rows(capsys)
    assert [line["frame"] for line in lines] == list(range(99))
    assert lines[0]["label"] is None and lines[0]["scores"] == {} and lines[0]["probability"] == 0
    seen = [line for line in lines if line["label"] is not None]
    assert {"palm", "fist"} <= {line["label"] for line in seen}
    for line in seen:
        scores = line["scores"]
        assert isinstance(scores, dict) and max(scores, key=scores.get) == line["label"]
        assert sum(scores.values()) == pytest.approx(1, abs=0.01)


def test_a_photo_is_one_event_without_time(media: Path, capsys: Capture) -> None:
    assert main(["recognize", str(media / "a.jpg"), "--format", "jsonl"]) == 0
    (event,) = rows(capsys)
    assert (event["source"], event["t"], event["frame"], event["label"]) == ("a.jpg", 0.0, 0, "palm")
    assert event["duration"] is None


def test_a_folder_goes_in_sorted_order_and_names_its_files(media: Path, capsys: Capture) -> None:
    assert main(["recognize", str(media), "--format", "jsonl"]) == 0
    assert [(e["source"], e["frame"], e["label"]) for e in rows(capsys)][:2] == [
        ("a.jpg", 0, "palm"),
        ("b.png", 1, "fist"),
    ]
    assert main(["recognize", str(media)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "a.jpg",
        "b.png",
        "palm.mp4",
    ]


def test_nothing_recognized_is_no_failure(tmp_path: Path, capsys: Capture) -> None:
    cv2.imwrite(str(tmp_path / "empty.png"), np.full((120, 160, 3), 128, np.uint8))
    assert main(["recognize", str(tmp_path / "empty.png")]) == 0
    assert capsys.readouterr().out == "Nothing recognized.\n"
    assert main(["recognize", str(tmp_path / "empty.png"), "--format", "jsonl"]) == 0
    assert capsys.readouterr().out == ""


def test_subtitles(media: Path, tmp_path: Path) -> None:
    output = tmp_path / "palm.srt"
    words = ["recognize", str(media / "palm.mp4"), "--format", "srt", "--output", str(output)]
    assert main(words) == 0
    lines = output.read_text().splitlines()
    assert lines[0] == "1" and " --> " in lines[1] and lines[2] == "palm"


def test_a_rendered_video_and_picture(media: Path, tmp_path: Path) -> None:
    video, picture = tmp_path / "seen.mp4", tmp_path / "seen.png"
    assert main(["recognize", str(media / "palm.mp4"), "--render", str(video)]) == 0
    capture = cv2.VideoCapture(str(video))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 36 and capture.get(cv2.CAP_PROP_FRAME_WIDTH) == 640
    assert main(["recognize", str(media / "a.jpg"), "--render", str(picture)]) == 0
    assert (cv2.imread(str(picture)) != cv2.imread(str(media / "a.jpg"))).any(axis=2).mean() > 0.01
    assert {path.name for path in tmp_path.iterdir()} == {"seen.mp4", "seen.png", "mudra-home"}


def test_a_recorded_clip_gives_what_its_video_gave(media: Path, tmp_path: Path, capsys: Capture) -> None:
    video = VideoSource(media / "palm.mp4")
    with Landmarker() as landmarker:
        found = [landmarker.detect(frame) for frame in video.items()]
    header = ClipHeader(label="palm", mode="gesture", source="palm.mp4", fps=30.0, image_size=(640, 480))
    save_clip(tmp_path / "palm.npz", Clip.of(header, found))
    render = tmp_path / "seen.mp4"
    words = [str(tmp_path / "palm.npz"), "--format", "jsonl", "--render", str(render)]
    assert main(["recognize", *words]) == 0
    (of_clip,) = rows(capsys)
    assert main(["recognize", str(media / "palm.mp4"), "--format", "jsonl"]) == 0
    (of_video,) = rows(capsys)
    assert of_clip == {**of_video, "source": "palm.npz"}
    capture = cv2.VideoCapture(str(render))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 36
    pictures = [capture.read()[1] for _ in range(36)]
    assert pictures[0].max() < 30 and pictures[-1].max() > 200, "a hand comes into view, on black"


def test_a_model_by_its_path_and_mode(media: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(find_bundle("gestures"), folder)
    assert main(["recognize", str(media / "a.jpg"), "--model", str(folder)]) == 0
    assert "palm" in capsys.readouterr().out
    assert main(["recognize", str(media / "a.jpg"), "--model", str(folder), "--mode", "sign"]) == 2
    assert "--mode gesture" in capsys.readouterr().err


def test_settings_choose_threshold_and_bundle(media: Path, capsys: Capture) -> None:
    home.settings_file().parent.mkdir(parents=True)
    home.settings_file().write_text("[thresholds]\ngesture = 1.0\n")
    assert main(["recognize", str(media / "b.png"), "--format", "jsonl"]) == 0
    strict = capsys.readouterr().out
    home.settings_file().write_text("[bundles]\ngesture = 'not-there'\n")
    assert main(["recognize", str(media / "b.png")]) == 1
    line = capsys.readouterr().err
    assert "not-there" in line and "settings.toml, [bundles] gesture" in line
    assert strict == ""


def test_a_bundle_of_another_mode_in_the_settings_is_told(media: Path, capsys: Capture) -> None:
    home.settings_file().parent.mkdir(parents=True)
    home.settings_file().write_text("[bundles]\nsign = 'gestures'\n")
    assert main(["recognize", str(media / "b.png"), "--mode", "sign"]) == 1
    line = capsys.readouterr().err
    assert "settings.toml, [bundles] sign" in line and "expected a model for sign, found one for gesture" in line


def broken_bundle(tmp_path: Path, kind: str) -> str:
    folder = tmp_path / kind
    shutil.copytree(find_bundle("gestures"), folder)
    if kind == "flipped":
        model = bytearray((folder / "model.tflite").read_bytes())
        model[len(model) // 2] ^= 1
        (folder / "model.tflite").write_bytes(model)
    else:
        text = (folder / "bundle.json").read_text()
        assert '"version": 1,' in text
        (folder / "bundle.json").write_text(text.replace('"version": 1,', '"version": 99,', 1))
    return str(folder)


@pytest.mark.parametrize(("kind", "words"), [("flipped", "damaged"), ("newer", "newer Mudra")])
def test_a_wrong_bundle_is_one_line(kind: str, words: str, media: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["recognize", str(media / "a.jpg"), "--model", broken_bundle(tmp_path, kind)]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and words in captured.err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("zero.mp4", b""),
        ("zero.jpg", b""),
        ("text.mp4", b"no video\n" * 20),
        ("text.jpg", b"no photo\n" * 20),
        ("text.txt", b"text"),
        ("clip.npz", b"PK\x03\x04 no clip"),
        ("noise.mp4", bytes(range(256)) * 20),
        ("missing.mp4", None),
    ],
)
def test_an_unreadable_source_is_one_line(name: str, content: bytes | None, tmp_path: Path, capsys: Capture) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    output = tmp_path / "out.txt"
    assert main(["recognize", str(tmp_path / name), "--output", str(output)]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert captured.err.startswith("mudra: ") and name in captured.err and "defect" not in captured.err
    assert not output.exists()


@pytest.mark.parametrize("size", [(1, 1), (4000, 3000)])
def test_photos_of_any_size(size: tuple[int, int], tmp_path: Path, capsys: Capture) -> None:
    palm = cv2.imread(str(write_photo(tmp_path / "palm.png")))
    cv2.imwrite(str(tmp_path / "a.jpg"), cv2.resize(palm, size))
    assert main(["recognize", str(tmp_path / "a.jpg"), "--format", "jsonl"]) == 0
    assert [event["label"] for event in rows(capsys)] == ([] if size == (1, 1) else ["palm"])


def test_a_truncated_video_warns_and_keeps_its_results(tmp_path: Path, capsys: Capture) -> None:
    path = write_video(tmp_path / "whole.mp4", "palm:3")
    data = path.read_bytes()
    # The index stands at the end of what OpenCV writes: cut pictures out of the middle and keep the index.
    index = data.rindex(b"moov") - 4
    cut = bytearray(data)
    cut[index // 2 : index] = bytes(index - index // 2)
    (tmp_path / "cut.mp4").write_bytes(cut)
    code = main(["recognize", str(tmp_path / "cut.mp4"), "--format", "jsonl"])
    captured = capsys.readouterr()
    assert code == 0
    assert [json.loads(line)["label"] for line in captured.out.splitlines()] == ["palm"]
    assert captured.err.startswith("mudra: warning: cut.mp4: ") and captured.err.count("\n") == 1


def test_one_broken_photo_among_good_ones(media: Path, tmp_path: Path, capsys: Capture) -> None:
    shutil.copy(media / "a.jpg", tmp_path / "1.jpg")
    (tmp_path / "2.jpg").write_bytes((media / "a.jpg").read_bytes()[:200])
    shutil.copy(media / "b.png", tmp_path / "3.png")
    assert main(["recognize", str(tmp_path), "--format", "jsonl"]) == 1
    captured = capsys.readouterr()
    events = [json.loads(line) for line in captured.out.splitlines()]
    assert [(event["source"], event["frame"]) for event in events] == [("1.jpg", 0), ("3.png", 2)]
    assert captured.err.count("\n") == 1 and "2.jpg" in captured.err


def test_garbage_settings_are_told_and_kept(media: Path, capsys: Capture) -> None:
    path = home.settings_file()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x00\xffgarbage")
    assert main(["recognize", str(media / "a.jpg")]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and str(path) in captured.err
    assert path.read_bytes() == b"\x00\xffgarbage"


def test_the_source_is_never_overwritten(media: Path, tmp_path: Path, capsys: Capture) -> None:
    link = tmp_path / "link.png"
    link.symlink_to(media / "b.png")
    before = (media / "b.png").read_bytes()
    for words in (
        [str(media / "b.png"), "--render", str(media / "b.png")],
        [str(media / "b.png"), "--render", str(link)],
        [str(media), "--output", str(media / "b.png")],
        [str(media / "b.png"), "--output", str(tmp_path / "x"), "--render", str(tmp_path / "x")],
        [str(media / "b.png"), "--output", str(tmp_path)],
    ):
        assert main(["recognize", *words]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert (media / "b.png").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} <= {"link.png", "mudra-home"}


@pytest.mark.parametrize(
    "words", [[""], ["synthetic", "--output", ""], ["synthetic", "--render", " "], ["synthetic", "--output"]]
)
def test_an_empty_name_is_wrong_usage(words: list[str], capsys: Capture) -> None:
    assert main(["recognize", *words]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and "expected" in line


def test_a_mode_without_a_model_is_told(media: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.settings.MODES", [mode._replace(bundle=None) for mode in MODES])
    assert main(["recognize", str(media / "a.jpg"), "--mode", "emotion"]) == 2
    assert "emotion" in capsys.readouterr().err


def test_a_camera_that_is_not_there_is_one_line(capsys: Capture) -> None:
    assert main(["recognize", "97"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("mudra: camera 97 is not there") and captured.err.count("\n") == 1


MEASURED = """
import pathlib, sys
from app.__main__ import main
code = main(sys.argv[1:])
loaded = [name for name in ("tensorflow", "keras", "PySide6") if sys.modules.get(name)]
(peak,) = [line for line in pathlib.Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(code, loaded, int(peak.split()[1]) // 1024, file=sys.stderr)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_tensorflow_and_little_memory(media: Path) -> None:
    call = [sys.executable, "-c", MEASURED, "recognize", str(media / "palm.mp4")]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    code, rest = done.stderr.split(" ", 1)
    loaded, megabytes = rest.rsplit(" ", 1)
    assert (code, loaded) == ("0", "[]")
    assert int(megabytes) < 350


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_keeps_what_was_seen(number: signal.Signals, tmp_path: Path) -> None:
    output, video = tmp_path / "out.jsonl", tmp_path / "seen.mp4"
    call = [sys.executable, "-m", "app", "recognize", "synthetic:palm:600", "--format", "jsonl"]
    call += ["--output", str(output), "--render", str(video)]
    with subprocess.Popen(call, cwd=ROOT, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size > 100_000 for path in tmp_path.glob(".seen*")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(30) == 130
        assert process.stderr is not None and process.stderr.read() == b""
    (event,) = [json.loads(line) for line in output.read_text().splitlines()]
    assert event["label"] == "palm" and event["duration"] > 0
    assert cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FRAME_COUNT) > 5
    assert {path.name for path in tmp_path.iterdir()} == {output.name, video.name, "mudra-home"}
