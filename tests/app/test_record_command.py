"""`mudra record`: clips of videos, the synthetic signer and cameras; what it prints and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import camera
from app.__main__ import main
from app.samples import Samples
from recognizers.clips import PIXELS, iter_clips
from tests.recognizers.media_files import write_video

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "probe_cameras", list)


def record(*words: str) -> int:
    return main(["record", *words])


def test_the_synthetic_signer_is_recorded_back_to_back(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--mode", "gesture", "--source", "synthetic:peace:3", "--seconds", "1", "--signer", "Ann"]
    assert record("V sign", *words) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "Clips of 1 s of V sign (gesture) from synthetic. Ctrl-C ends it."
    assert [line.split(":")[0] for line in lines[1:4]] == ["clip 1", "clip 2", "clip 3"]
    assert all(re.fullmatch(r"clip \d: 30 frames, 30 a second\. good", line) for line in lines[2:4]), lines
    assert lines[4].startswith("3 clips of V sign in ") and len(lines) == 5
    assert printed.err == ""
    (label,) = Samples("gesture").list().labels
    assert (label.label, label.clips, label.signers, len(label.sessions)) == ("V sign", 3, ("Ann",), 1)
    clips = list(iter_clips(Samples("gesture").folder))
    assert all("hand-" in (clip.header.landmarker or "") for clip in clips)
    assert clips[1].face_points[0, 0, 0] == clips[1].face_points[0, 0, 0], "the face is looked for, too"


def test_faults_are_told_and_flagged(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--mode", "gesture", "--seconds", "1", "--source", "synthetic:palm:4,dark@1s:1s,slow@2s:1s,size=320x240"]
    assert record("palm", *words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "The picture is dark. Switch a light on" in lines[2]
    assert "Only 5 frames a second." in lines[3] and "good" in lines[4]
    assert "flagged: mudra samples list --flagged" in lines[5]
    flags = [sample.flags for sample in Samples("gesture").list().samples]
    assert flags[1:] == [("dark",), ("slow",), ()]


def test_a_video_shorter_than_a_clip_is_one_clip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = write_video(tmp_path / "a.mp4")
    assert record("none", "--mode", "gesture", "--source", str(video)) == 0
    assert "Show what is no sign: do nothing" in capsys.readouterr().out
    (clip,) = iter_clips(Samples("gesture").folder)
    assert len(clip) == 20 and clip.header.extra["whole"] is True and clip.header.source == "a.mp4"


def test_so_many_clips_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--mode", "sign", "--source", "synthetic:wave:60,loop", "--seconds", "1", "--clips", "2", "--pause", "0.5"]
    assert record("wave", *words) == 0
    samples = Samples("sign").list().samples
    starts = [clip.header.extra["start_s"] for clip in iter_clips(Samples("sign").folder)]
    assert len(samples) == 2 and starts == [0.0, 1.5]
    assert capsys.readouterr().err == ""


def test_fewer_than_asked_is_a_warning_and_none_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--mode", "gesture", "--source", "synthetic:palm:1.2", "--seconds", "0.5"]
    assert record("palm", *words, "--clips", "5") == 0
    assert "warning: 2 of 5 clips" in capsys.readouterr().err
    assert record("palm", *words, "--countdown", "5") == 1
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1 and "not one clip" in printed.err
    assert "5 ..." in printed.out and "3 ..." not in printed.out


def test_a_guided_background(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--mode", "sign", "--source", "synthetic:none:4.5", "--seconds", "1", "--clips", "3", "--countdown", "0.1"]
    assert record("idle", *words, "--pause", "0.2", "--guided") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "1 ...: Do nothing: sit as you are, your hands down"
    assert "next: Scratch your nose, or push back your hair" in lines and "clip 2 of 3: go" in lines
    assert {sample.flags for sample in Samples("sign").list().samples} == {()}


def test_pixels_where_asked_for() -> None:
    words = ["--mode", "gesture", "--source", "synthetic:palm:1", "--seconds", "1"]
    assert record("palm", *words, "--pixels") == 0
    (pixels,) = iter_clips(Samples("gesture").folder, kind=PIXELS)
    assert pixels.frames is not None and pixels.frames.shape == (30, 168, 224, 3)


@pytest.mark.parametrize(
    "words",
    [
        ["", "--mode", "gesture"],
        ["a"],
        ["a", "--mode", "all"],
        ["a", "--mode", "gesture", "--clips", "0"],
        ["a", "--mode", "gesture", "--clips", "many"],
        ["a", "--mode", "gesture", "--seconds", "0"],
        ["a", "--mode", "gesture", "--seconds", "nan"],
        ["a", "--mode", "gesture", "--seconds", "100"],
        ["a", "--mode", "gesture", "--countdown", "-1"],
        ["a", "--mode", "gesture", "--guided"],
        ["\udc80", "--mode", "gesture"],
        ["a", "--mode", "gesture", "--source", "synthetic:nothing-like-it"],
    ],
)
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str], mudra_home: Path) -> None:
    assert record(*words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (mudra_home / "samples").exists()


def test_sources_that_cannot_be_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 40)
    assert record("a", "--mode", "gesture") == 1
    assert "no camera found" in capsys.readouterr().err
    assert record("a", "--mode", "gesture", "--source", str(tmp_path / "gone.mp4")) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_full_disk_is_one_line_and_what_was_recorded_stands(tmp_path: Path, mudra_home: Path) -> None:
    limited = (
        "import resource, sys\n"
        "from app.__main__ import main\n"
        "from app import recorder\n"
        "save, written = recorder.save_sample, []\n"
        "def limit(*arguments):\n"
        "    if len(written) == 2:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "    written.append(1)\n"
        "    return save(*arguments)\n"
        "recorder.save_sample = limit\n"
        "sys.exit(main(['record', 'palm', '--mode', 'gesture', '--source', 'synthetic:palm:5', '--seconds', '1']))\n"
    )
    done = subprocess.run([sys.executable, "-c", limited], cwd=ROOT, capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if line.startswith("mudra: ")]
    assert done.returncode == 1 and len(errors) == 1 and "cannot be written" in errors[0], done.stderr
    assert "2 clips of palm in " in done.stdout
    assert [sample.problem for sample in Samples("gesture").list().samples] == ["", ""]


def test_interrupted_it_keeps_what_is_complete(mudra_home: Path) -> None:
    command = [sys.executable, "-m", "app", "record", "palm", "--mode", "gesture"]
    command += ["--source", "synthetic:palm:600", "--seconds", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(Samples("gesture").list().samples) < 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=60)
    count = len(Samples("gesture").list().samples)
    assert process.returncode == 130 and told == "" and count >= 1
    assert f"{count} clip" in out and "was dropped" in out


def test_from_a_camera_it_counts_down_and_pauses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app import session
    from app.camera import LiveSource
    from app.devices import SyntheticDevice

    monkeypatch.setattr(session, "open_live", lambda spec, persistent=False: LiveSource(SyntheticDevice("palm:60")))
    words = ["--source", "0", "--mode", "gesture", "--clips", "2", "--seconds", "0.5", "--countdown", "1.2"]
    assert record("palm", *words, "--pause", "0.3") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 clips of 0.5 s of palm (gesture) from ")
    assert lines[1:4] == ["2 ...", "1 ...", "clip 1 of 2: go"] and lines[4].startswith("clip 1 of 2: ")
    assert lines[5:7] == ["next ...", "clip 2 of 2: go"]
    assert len(list(iter_clips(Samples("gesture").folder))) == 2


def test_help_needs_nothing_heavy() -> None:
    for command in ("record", "samples"):
        code = f"import sys; from app.__main__ import main; main(['{command}', '--help'])"
        code += "; print('numpy' in sys.modules)"
        told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
        assert told.stdout.splitlines()[-1] == "False", told.stderr
