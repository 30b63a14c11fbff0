from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.commands.landmarkers import FetchProgress
from recognizers import landmarker_files


@pytest.fixture
def here(landmarkers_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with the two files that every mode needs."""
    folder = tmp_path / "landmarkers"
    folder.mkdir()
    for name in ("hand", "face_detector"):
        shutil.copy(landmarker_files.ensure(name), folder)
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(folder))
    return folder


def test_verify_prints_a_line_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["landmarkers", "verify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["hand", "landmarks:", "ok"],
        ["face", "points:", "ok"],
        ["face", "mesh:", "missing"],
    ]
    assert str(here / "hand_landmarker.task") in lines[0]
    assert "emotion mode does without it, too" in lines[2]


@pytest.mark.parametrize("damage", ["missing", "damaged"])
@pytest.mark.parametrize("name", ["hand_landmarker.task", "face_detection_short_range.tflite"])
def test_verify_tells_what_is_wrong_and_exits_1(
    name: str, damage: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = here / name
    if damage == "missing":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    assert main(["landmarkers", "verify"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if str(path) in line]
    assert f": {damage} " in line


def test_a_damaged_optional_file_is_wrong_too(here: Path) -> None:
    (here / "face_landmarker.task").write_bytes(b"half")
    assert main(["landmarkers", "verify"]) == 1


def test_fetch_from_a_folder(
    landmarkers_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = landmarker_files.ensure("hand").parent
    monkeypatch.setenv("MUDRA_LANDMARKERS", str(tmp_path / "new"))
    assert main(["landmarkers", "verify"]) == 1
    assert main(["landmarkers", "fetch", "--from", str(source)]) == 0
    assert main(["landmarkers", "verify"]) == 0
    said = capsys.readouterr()
    assert "taken from" in said.out
    assert "hand landmarks: taken from" in said.err


def test_fetch_from_a_folder_of_no_use_is_one_line(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["landmarkers", "fetch", "--from", str(tmp_path / "nowhere")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "nowhere" in said.err


def test_fetch_offline_is_one_line_with_a_remedy(here: Path, tmp_path: Path) -> None:
    (here / "hand_landmarker.task").unlink()
    environment = {
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
        "MUDRA_LANDMARKERS": str(here),
        "PATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "app", "landmarkers", "fetch"],
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    complaint = done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    for word in (
        "hand_landmarker.task",
        "storage.googleapis.com",
        "pip",
        "mudra landmarkers fetch --from FOLDER",
    ):
        assert word in complaint


@pytest.mark.parametrize("words", [[], ["verify", "more"], ["fetch", "--from"], ["get"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["landmarkers", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_progress_says_a_line_once_and_counts_the_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    with FetchProgress() as progress:
        progress("hand landmarks: fetching", 0, None)
        for done in (100, 200, 300):
            progress("hand landmarks: fetching", done, 300)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "hand landmarks: fetching"
    assert "300 of 300 bytes" in lines[-1]
    assert len(lines) == 2
