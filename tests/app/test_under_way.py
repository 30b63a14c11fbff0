"""What a crash or a kill has ended is told once, by whoever starts next; what goes on is left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.sample_files import NEW, mode_folder, save_sample
from app.under_way import FOLDER, RECORDING, TRAINING, UnderWay, interrupted
from recognizers import home
from tests.recognizers.made_clips import made_clip

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from app.under_way import UnderWay
mark = UnderWay(*sys.argv[1:])
print("begun", flush=True)
time.sleep(600)
"""


def held_by_another(*words: str) -> subprocess.Popen[str]:
    """Start a process that says that something is under way, and is at it."""
    command = [sys.executable, "-c", HOLD, *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_killed_recording_is_told_once_with_what_was_kept() -> None:
    save_sample(mode_folder("gesture"), made_clip("hook"), name="20200101T000000.000000Z.npz")
    process = held_by_another(RECORDING, "gesture", "hook")
    save_sample(mode_folder("gesture"), made_clip("hook"))
    assert interrupted() == [], "it goes on"
    kill(process)
    assert interrupted() == [
        "The recording of hook was interrupted: 1 clip is complete and kept, the one under way is lost"
    ]
    assert interrupted() == []


def test_a_killed_training_is_told_and_cleared_up() -> None:
    folder = home.models_folder() / "mine"
    half = folder.parent / ".mine-abcdefgh"
    half.mkdir(parents=True)
    process = held_by_another(TRAINING, "gesture", str(folder))
    kill(process)
    (line,) = interrupted()
    assert line.startswith("The training of mine was interrupted: nothing was changed") and not half.exists()


def test_what_ended_well_is_not_told() -> None:
    with UnderWay(RECORDING, "gesture", "hook") as mark:
        assert interrupted() == []
    mark.close()
    assert interrupted() == [] and not list((home.home() / FOLDER).iterdir())


def test_only_what_is_old_is_cleared_up_after_a_recording() -> None:
    new = mode_folder("gesture") / NEW
    new.mkdir(parents=True)
    for name, age_s in (("half.npz", 7200), ("now.npz", 0)):
        (new / name).write_bytes(b"half")
        os.utime(new / name, (time.time() - age_s,) * 2)
    kill(held_by_another(RECORDING, "gesture", "hook"))
    assert len(interrupted()) == 1 and [each.name for each in new.iterdir()] == ["now.npz"]


@pytest.mark.parametrize("label", ["../x", "a\nb", "🤟", "x" * 300, "שלום"])
def test_any_label_is_one_line(label: str) -> None:
    kill(held_by_another(RECORDING, "sign", label))
    (line,) = interrupted()
    assert "\n" not in line and "0 clips are complete" in line


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"kind": "recording", "mode": "gesture"})])
def test_a_damaged_file_is_removed_without_a_word(text: str) -> None:
    path = home.home() / FOLDER / "x.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert interrupted() == [] and not path.exists()


def test_where_it_cannot_be_written_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MUDRA_HOME", str(tmp_path / "file"))
    UnderWay(RECORDING, "gesture", "hook").close()
    assert interrupted() == []


def test_a_killed_command_is_told_by_the_next_one(mudra_home: Path) -> None:
    record = [sys.executable, "-m", "app", "record", "hook", "--mode", "gesture", "--seconds", "1"]
    process = subprocess.Popen(
        [*record, "--source", "synthetic:palm:3600"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while not process.stdout.readline().startswith("clip 2"):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    kill(process)
    listed = subprocess.run([*record[:3], "samples", "list"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert listed.returncode == 0 and "warning: The recording of hook was interrupted" in listed.stderr
    assert len(listed.stderr.splitlines()) == 1 and "hook" in listed.stdout
