"""`mudra doctor`: one line each, and never a crash on broken pieces."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app import checks, system
from app.__main__ import main
from app.camera import LiveSource
from app.cameras.listing import CameraInfo
from app.cameras.v4l2 import CameraFormat
from app.checks import Finding
from app.devices import FakeDevice, Show
from app.voice.status import VoiceState, VoiceStatus
from recognizers import home
from recognizers.bundle import find_bundle


@pytest.fixture(autouse=True)
def no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial takes seconds and has a test of its own."""
    monkeypatch.setattr(checks, "_trial", lambda: Finding("landmarkers", "ok", "not tried"))
    monkeypatch.setattr(checks, "try_voice", lambda: VoiceStatus(VoiceState.OK))


def findings(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[Finding]]]:
    code = main(["doctor", "--json"])
    found: dict[str, list[Finding]] = {}
    for row in json.loads(capsys.readouterr().out):
        found.setdefault(row["name"], []).append(Finding(**row))
    return code, found


def worst(found: list[Finding]) -> str:
    return max((finding.state for finding in found), key=("ok", "warn", "fail").index)


def test_a_healthy_machine(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = findings(capsys)
    assert code == 0
    expected = "python packages libraries landmarkers models settings cameras home disk"
    assert {*expected.split(), "voice", "usage reports"} == set(found) - {"screen"}
    assert worst(found["python"]) == worst(found["usage reports"]) == worst(found["home"]) == "ok"
    assert any("gestures" in finding.text for finding in found["models"])


def test_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in lines)
    assert all(" -> " in line for line in lines if line.startswith("warn"))


def test_missing_landmarkers_are_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(tmp_path / "none"))
    states = {finding.text.split(":")[0]: finding for finding in checks._landmarkers()}
    assert {finding.state for finding in states.values()} == {"ok", "warn"}
    for finding in states.values():
        words = "emotion mode does without it, too" if finding.state == "ok" else "fetched when it is first needed"
        assert words in finding.text


def test_broken_pieces_are_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home.settings_file().parent.mkdir(parents=True)
    home.settings_file().write_text("[[[")
    shutil.copytree(find_bundle("gestures"), home.models_folder() / "broken")
    (home.models_folder() / "broken" / "model.tflite").write_bytes(b"x")
    landmarkers = tmp_path / "landmarkers"
    landmarkers.mkdir()
    (landmarkers / "hand_landmarker.task").write_bytes(b"x")
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(landmarkers))
    monkeypatch.setattr(system, "missing_libraries", lambda: ["libEGL.so.1"])
    code, found = findings(capsys)
    assert code == 1
    for name in ("settings", "models", "landmarkers", "libraries"):
        assert worst(found[name]) == "fail", name
    (library,) = found["libraries"]
    assert "libEGL.so.1" in library.text and library.remedy


def test_a_missing_package(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version
    gone = {"tensorflow"}

    def lookup(name: str) -> str:
        if name in gone:
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", lookup)
    code, found = findings(capsys)
    assert code == 0 and worst(found["packages"]) == "warn"
    gone.add("mediapipe")
    code, found = findings(capsys)
    assert code == 1 and "mediapipe" in found["packages"][0].text and "pip install" in found["packages"][0].remedy


def test_two_opencvs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0")
    assert "opencv-python" in list(checks._packages())[1].text


def test_a_home_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MUDRA_HOME", str(tmp_path / "file" / "home"))
    code, found = findings(capsys)
    assert code == 1 and worst(found["home"]) == "fail" and "MUDRA_HOME" in found["home"][0].remedy


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def _sundial() -> Iterator[Finding]:
        yield Finding("sundial", "ok", "the sun shines")
        raise ZeroDivisionError("night")

    monkeypatch.setattr(checks, "CHECKS", (_sundial,))
    first, second = checks.all_findings()
    assert first.state == "ok"
    assert (second.name, second.state) == ("sundial", "fail") and "ZeroDivisionError: night" in second.text


def test_allowed_usage_reports_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    home.settings_file().parent.mkdir(parents=True)
    home.settings_file().write_text("usage_reports = true\n")
    _, found = findings(capsys)
    assert worst(found["usage reports"]) == "warn"


def test_a_voice_that_cannot_speak_is_a_warning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status = VoiceStatus(VoiceState.MISSING, "espeak-ng is missing", "Run: install it")
    monkeypatch.setattr(checks, "try_voice", lambda: status)
    code, found = findings(capsys)
    assert code == 0 and found["voice"] == [Finding("voice", "warn", "espeak-ng is missing", "Run: install it")]


def test_what_is_only_wanted_of_the_system_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    font = next(need for need in system.NEEDS if need.name == system.FONT)
    monkeypatch.setattr(system, "missing_libraries", list)
    monkeypatch.setattr(system, "missing", lambda *why: [font] if "letters" in why else [])
    first, second = checks._libraries()
    assert first.state == "ok" and second.state == "warn"
    assert "without a font" in second.text and second.remedy.startswith("Run: ")


def test_little_space(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    for free, state in ((10**12, "ok"), (10**9, "warn"), (10**6, "fail")):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: usage._replace(free=free))
        (finding,) = checks._disk()
        assert finding.state == state


def test_cameras_are_listed_with_their_best_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    formats = (
        CameraFormat(1280, 720, 10.0, "YUYV"),
        CameraFormat(1920, 1080, 15.0, "MJPG"),
        CameraFormat(1920, 1080, 30.0, "MJPG"),
    )
    cameras = [CameraInfo(0, "HD Webcam", formats), CameraInfo(2, "camera 2"), CameraInfo(4, "Old", denied=True)]
    monkeypatch.setattr(checks, "list_cameras", lambda: cameras)
    first, second, third = checks._cameras()
    assert first.text == "HD Webcam (0): up to 1280x720 at 10 a second (YUYV), 1920x1080 at 30 a second (MJPG)"
    assert (second.state, second.text) == ("ok", "camera 2: its formats are not told")
    assert third.state == "warn" and third.remedy
    monkeypatch.setattr(checks, "list_cameras", list)
    (none,) = checks._cameras()
    assert none.state == "warn" and none.remedy


def test_examining_the_synthetic_camera(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--camera", "synthetic:palm:9,size=160x120,loop", "--seconds", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["camera"] == "synthetic" and report["given"]["rate"] == 30
    assert 5 < report["measured"]["rate"] < 40 and report["measured"]["width"] == 160
    assert {"size", "rate", "light"} <= {finding["name"] for finding in report["findings"]}


def test_a_picture_that_is_black_is_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice([Show(np.zeros((48, 64, 3), np.uint8), 2000, 50)], "camera 0")
    monkeypatch.setattr("app.session.open_live", lambda spec, **options: LiveSource(device))
    assert main(["doctor", "--camera", "0", "--seconds", "1"]) == 1
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "camera 0: promised nothing" and second.startswith("fail  light") and "lens cover" in second


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--camera"], 1, "no camera found"),
        (["--camera", "93"], 1, "camera 93 is not there"),
        (["--camera", "http://127.0.0.1:9/a"], 1, "takes no calls"),
        (["--camera", "synthetic:palm:1,lost@0s"], 1, "lost"),
        (["--camera", "synthetic:nonsense"], 2, "nonsense"),
        (["--camera", "nothing.mp4"], 1, "nothing.mp4"),
        (["--camera", "0", "--seconds", "0"], 2, "1 to 600"),
    ],
)
def test_what_cannot_be_examined_is_one_line(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cameras.listing.list_cameras", list)
    try:
        assert main(["doctor", *words]) == code
    except SystemExit as wrong:
        assert wrong.code == code
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err.splitlines()[-1]


def test_a_video_is_no_camera(capsys: pytest.CaptureFixture[str], shared_data: Path) -> None:
    video = next(iter(sorted(shared_data.rglob("*.mp4"))))
    assert main(["doctor", "--camera", str(video)]) == 2
    assert "is not a camera" in capsys.readouterr().err
