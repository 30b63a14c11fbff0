"""`mudra import`: names, refusals, exit codes, and going on after an interruption."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from app.progress import Progress
from recognizers import home
from recognizers.clips import dataset_info, iter_clips
from recognizers.importers import chunks
from tests.recognizers import foreign_files as foreign
from tests.recognizers import media_files as media

ROOT = Path(__file__).parents[2]


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "My recordings"
    folder.mkdir()
    for name in ("come", "away"):
        np.save(folder / f"raw_{name}_1.npy", np.random.default_rng(0).random((20, 100)) * ([1] * 99 + [0]))
    return folder


def test_recordings_become_a_dataset_named_after_the_path(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "kairess", str(recordings), "--mode", "sign", "--signer", "Ann", "--licence", "MIT"]) == 0
    folder = home.datasets_folder() / "My recordings"
    info = dataset_info(folder)
    assert (info.mode, info.labels, info.clips, info.licence) == ("sign", ("away", "come"), 2, "MIT")
    assert "mirrored" in info.notes
    assert {clip.header.signer for clip in iter_clips(folder)} == {"Ann"}
    said = capsys.readouterr()
    assert "2 clips, 2 labels, 40 frames" in said.out
    assert "import kairess: 2 of 2" in said.err
    assert [path.name for path in home.datasets_folder().iterdir()] == ["My recordings"]


def test_a_name_or_a_path_may_be_given(recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["import", "kairess", str(recordings / "raw_come_1.npy"), "--mode", "sign"]
    assert main(command) == 0
    assert main([*command, "--dataset", "mine"]) == 0
    assert main([*command, "--dataset", "./here/mine"]) == 0
    for folder in (home.datasets_folder() / "raw_come_1", home.datasets_folder() / "mine", Path("here/mine")):
        assert dataset_info(folder).labels == ("come",)


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden"])
def test_a_name_that_is_none_is_wrong_usage(recordings: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "kairess", str(recordings), "--mode", "sign", "--dataset", name]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_dataset_is_replaced_only_where_asked(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["import", "kairess", str(recordings), "--mode", "sign", "--dataset", "d"]
    assert main(command) == 0
    (recordings / "raw_away_1.npy").unlink()
    capsys.readouterr()
    assert main(command) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "--replace" in said.err
    assert dataset_info(home.datasets_folder() / "d").clips == 2
    assert main([*command, "--replace"]) == 0
    assert dataset_info(home.datasets_folder() / "d").clips == 1


def test_a_broken_part_is_named_and_the_rest_is_imported(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recordings / "raw_broken_1.npy").write_bytes(b"broken")
    assert main(["import", "kairess", str(recordings), "--mode", "sign", "--dataset", "d"]) == 1
    said = capsys.readouterr()
    assert sum("raw_broken_1.npy" in line for line in said.err.splitlines()) == 1
    assert "1 part could not be read" in said.out
    assert dataset_info(home.datasets_folder() / "d").clips == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["kairess", "nothing", "--mode", "sign"], 1),
        (["kairess", ".", "--mode", "sign"], 1),
        (["mp-data", ".", "--mode", "sign"], 1),
        (["images", ".", "--mode", "gesture"], 1),
        (["gislr", ".", "--mode", "sign"], 1),
        (["gif", ".", "--mode", "sign"], 2),
        (["kairess", ".", "--mode", "opera"], 2),
        (["kairess", "."], 2),
        (["kairess", ".", "--mode", "sign", "--workers", "0"], 2),
        (["images", ".", "--mode", "sign", "--padding", "thick"], 2),
    ],
)
def test_what_cannot_be_imported_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert main(["import", *words]) == code
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    assert not said.out
    assert not home.datasets_folder().exists() or not any(home.datasets_folder().iterdir())


def test_pictures_without_a_hand_are_told_by_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        media.write_photo(tmp_path / "in" / "none" / f"{number}.png", np.full((330, 330, 3), 90, np.uint8))
    assert (
        main(
            [
                "import",
                "images",
                str(tmp_path / "in"),
                "--mode",
                "gesture",
                "--dataset",
                "d",
                "--workers",
                "1",
            ]
        )
        == 0
    )
    assert "none  2 clips, no hand found in 2 (100.0%)" in capsys.readouterr().out


def test_a_finger_tip_alone_is_told_to_be_no_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trails = foreign.write_point_history(tmp_path)
    assert main(["import", "point-history", str(trails), "--mode", "sign", "--dataset", "d"]) == 0
    assert "palm  1 clip, no hand found in 1 (100.0%)" in capsys.readouterr().out


def test_a_killed_import_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = tmp_path / "pictures"
    for number in range(200):
        media.write_photo(pictures / "none" / f"{number}.png", np.full((330, 330, 3), number, np.uint8))
    command = ["import", "images", str(pictures), "--mode", "gesture", "--dataset", "d"]
    cache = home.datasets_folder() / ".d.cache"
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *command, "--workers", "2"],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (cache.is_dir() and any(cache.glob("[!.]*.npz"))) and time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = len(list(cache.glob("[!.]*.npz")))
    assert 1 <= finished < 4
    looked: list[Path] = []
    find = chunks.find_hands
    monkeypatch.setattr(chunks, "find_hands", lambda path, *rest: looked.append(path) or find(path, *rest))
    assert main([*command, "--workers", "1"]) == 0
    assert len(looked) == 200 - 64 * finished
    assert dataset_info(home.datasets_folder() / "d").clips == 200
    assert [path.name for path in home.datasets_folder().iterdir()] == ["d"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal_and_gives_way() -> None:
    stream = Terminal()
    with Progress("import", "parts", stream) as progress:
        progress(1, 4)
        assert "[#######....................." in stream.getvalue()
        assert "1 of 4 parts" in stream.getvalue()
        progress(4, 4)
    assert stream.getvalue().endswith("\r\x1b[K")
    assert "\n" not in stream.getvalue()


def test_progress_is_few_plain_lines_elsewhere() -> None:
    stream = io.StringIO()
    with Progress("import", "parts", stream) as progress:
        for done in range(1001):
            progress(done, 1000)
    assert stream.getvalue() == "import: 1,000 of 1,000 parts\n"


def test_progress_of_unknown_length_counts() -> None:
    stream = Terminal()
    Progress("import", "parts", stream)(5)
    assert stream.getvalue() == "\r\x1b[Kimport 5 parts"


def test_progress_goes_on_where_nobody_looks() -> None:
    stream = Terminal()
    progress = Progress("import", "parts", stream)
    stream.close()
    progress(1, 2)
    progress(2, 2)
