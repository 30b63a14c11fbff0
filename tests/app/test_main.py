"""The command line's frame: what it loads, how it refuses, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import __main__ as command_line
from app.__main__ import COMMANDS, main
from recognizers.errors import SourceError
from recognizers.version import VERSION

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "mediapipe", "cv2", "PySide6", "tensorflow", "keras", "ai_edge_litert")
NAMES = [command.name for command in command_line._available()]


def mudra(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    call = [sys.executable, "-m", "app", *words]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def modules_loaded(*words: str) -> set[str]:
    """Return the packages that `python -m app WORDS` imports."""
    call = [sys.executable, "-X", "importtime", "-m", "app", *words]
    printed = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in printed.splitlines() if "|" in line}


def test_help_loads_nothing_heavy() -> None:
    loaded = modules_loaded("--help")
    assert "argparse" in loaded
    assert not loaded.intersection(HEAVY)


@pytest.mark.parametrize("name", NAMES)
def test_each_commands_help_loads_nothing_heavy(name: str) -> None:
    loaded = modules_loaded(name, "--help")
    assert "argparse" in loaded
    assert not loaded.intersection(HEAVY)


def test_help_is_quick() -> None:
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        assert mudra("--help").returncode == 0
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.3


def test_help_names_every_command_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f" {name}" in printed for name in NAMES)
    assert "mudra recognize clip.mp4" in printed


@pytest.mark.parametrize("name", NAMES)
def test_each_commands_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"mudra {name}" in capsys.readouterr().out.partition("usage:")[2].partition("\n\n")[2]


def test_commands_of_the_contract_are_there() -> None:
    assert {"run", "recognize", "models", "doctor"} <= set(NAMES)
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mudra {VERSION}\n"


@pytest.mark.parametrize(
    "words",
    [
        ["recognize"],
        ["recognize", "a.mp4", "--format", "xml"],
        ["recognize", "a.mp4", "--mode", "dance"],
        ["recognize", "a.mp4", "--no-such-option"],
        ["recognize", "a.mp4", "--format", "srt", "--every-frame"],
        ["run", "--seconds", "-3"],
        ["run", "--seconds", "nan"],
        ["--sauce", "x"],
        ["models"],
        ["models", "burn"],
        ["recognise", "a.mp4"],
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("mudra: ") and captured.err.count("\n") == 1


def test_a_mistyped_command_is_recognized(capsys: pytest.CaptureFixture[str]) -> None:
    main(["recognise"])
    assert "mudra recognize" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--headless"], ["--source", "synthetic"]])
def test_run_is_the_default(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from app.commands import run

    seen = []
    monkeypatch.setattr(run, "run", lambda arguments: seen.append(arguments) or 0)
    assert main(words) == 0
    assert len(seen) == 1 and seen[0].headless == ("--headless" in words)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `mudra models list` fail."""
    from app.commands import models

    def fail(arguments: object) -> int:
        raise error

    monkeypatch.setattr(models, "run", fail)


def test_a_users_problem_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, SourceError("cannot be\nread", where="a.mp4"))
    assert main(["models", "list"]) == 1
    assert capsys.readouterr().err == "mudra: a.mp4: cannot be read.\n"


def test_a_defect_is_one_line_and_its_traceback_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mudra_home: Path
) -> None:
    failing(monkeypatch, ZeroDivisionError("a\ndefect"))
    assert main(["models", "list"]) == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and "ZeroDivisionError" in printed and str(mudra_home) in printed
    assert "Traceback" in (mudra_home / "mudra.log").read_text()


def test_interruption_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    assert main(["models", "list"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX pipes")
@pytest.mark.parametrize("words", [("--help",), ("recognize", "synthetic:palm:2", "--every-frame")])
def test_a_closed_pipe_ends_quietly(words: tuple[str, ...], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    call = [sys.executable, "-m", "app", *words]
    done = subprocess.run(call, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        call = [sys.executable, "-m", "app", "models", "list"]
        done = subprocess.run(call, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("mudra: ") and done.stderr.count("\n") == 1 and "defect" not in done.stderr
