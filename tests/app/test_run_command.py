"""`mudra run` without a window: the demonstration, live sources, interruptions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import camera, speech
from app.__main__ import main
from app.commands import run
from app.voice.voices import SilentVoice
from recognizers import home
from recognizers.modes import MODES

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_camera_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a camera and without a screen, wherever the tests run."""
    monkeypatch.setattr(camera, "probe_cameras", list)
    monkeypatch.setattr(run, "has_screen", lambda: False)
    monkeypatch.setattr(run, "screen_named", str)


def test_without_a_camera_the_synthetic_signer_shows_its_demonstration(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = time.monotonic()
    assert main(["run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "No camera found: showing the synthetic signer."
    begun = [line.split()[3] for line in lines[1:] if "ends after" not in line]
    ended = [line.split()[3] for line in lines[1:] if "ends after" in line]
    assert begun == ended and len(begun) >= 6
    assert {"palm", "peace", "like", "fist", "one", "ok"} <= set(begun)
    assert time.monotonic() - begin > 10, "it runs at the speed of life"


def test_a_live_source_tells_its_states(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--headless", "--source", "synthetic:palm:3.4,lost@1s:1.4s"]) == 0
    printed = capsys.readouterr().out
    assert printed.index("lost: ") < printed.index("ok: Pictures come again.") < printed.index("ended: ")
    assert printed.count("palm  ends after") == 2


def test_a_limit_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    begin = time.monotonic()
    assert main(["--source", "synthetic:palm:600", "--seconds", "1.5"]) == 0
    assert time.monotonic() - begin < 15
    assert "palm  ends after" in capsys.readouterr().out


def test_a_screen_that_does_not_answer_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "screen_named", lambda: ":77")
    assert main(["run", "--source", "synthetic:none:0.2"]) == 0
    assert "screen :77 does not answer" in capsys.readouterr().out.splitlines()[0]
    assert main(["run", "--headless", "--source", "synthetic:none:0.2"]) == 0
    assert ":77" not in capsys.readouterr().out


def test_labels_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "said.jsonl"
    monkeypatch.setattr(speech, "Pyttsx3Voice", lambda: SilentVoice(log=str(log), seconds=0.3))
    assert main(["run", "--headless", "--source", "synthetic:palm:1.2"]) == 0
    assert not log.exists()
    assert main(["run", "--headless", "--speak", "--source", "synthetic:palm:1.2"]) == 0
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(row["do"], row["text"]) for row in rows] == [("say", "Hello!"), ("said", "Hello!")]


def test_a_voice_that_is_missing_is_told_once_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speech, "Pyttsx3Voice", lambda: SilentVoice(fault="player"))
    assert main(["run", "--headless", "--speak", "--source", "synthetic:palm:1.2,fist:1.2"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("ends after") == 2
    assert captured.err.count("\n") == 1 and "warning: aplay" in captured.err


def test_a_source_that_fails_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["run", "--source", "96"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["run", "--source", str(tmp_path / "none.mp4")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["run", "--source", "synthetic:moonwalk"]) == 2
    assert "moonwalk" in capsys.readouterr().err


def test_the_first_camera_is_taken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "probe_cameras", lambda: [95, 2])
    assert main(["run"]) == 1
    captured = capsys.readouterr()
    assert "Watching camera 95" in captured.out and "camera 95 is not there" in captured.err


def test_the_settings_choose_the_camera_and_the_mode(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home.settings_file().parent.mkdir(parents=True)
    home.settings_file().write_text('camera = 94\nmode = "gesture"\n')
    assert main(["run"]) == 1
    assert "camera 94 is not there" in capsys.readouterr().err
    monkeypatch.setattr("app.settings.MODES", [mode._replace(bundle=None) for mode in MODES])
    home.settings_file().write_text('mode = "emotion"\n')
    assert main(["run"]) == 2
    assert "emotion" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_a_good_end(number: signal.Signals) -> None:
    call = [sys.executable, "-m", "app", "run", "--headless", "--source", "synthetic:palm:600"]
    with subprocess.Popen(call, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        while "palm" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0 and errors == ""
    assert "palm  ends after" in rest
