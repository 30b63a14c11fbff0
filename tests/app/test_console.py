"""Descriptor 2 goes to the log, Python's standard error does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from app import console
from recognizers import home

ROOT = Path(__file__).parents[2]
NATIVE = """
import logging, os, sys, warnings
from app import console
with console.native_output_to_log():
    os.write(2, b"from a library\\n")
    warnings.warn("from Python")
    logging.getLogger("somewhere").warning("from logging")
    print("for people: \\u00fc", file=sys.stderr)
os.write(2, b"after\\n")
print("still for people", file=sys.stderr)
"""


def test_native_output_goes_to_the_log_and_ours_to_the_terminal(mudra_home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", NATIVE], cwd=ROOT, capture_output=True, check=True)
    assert done.stderr.decode().splitlines() == ["for people: ü", "after", "still for people"]
    log = (mudra_home / "mudra.log").read_text()
    assert all(f"from {word}" in log for word in ("a library", "Python", "logging"))
    assert "for people" not in log


def test_a_home_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {**os.environ, "MUDRA_HOME": str(tmp_path / "file" / "home")}
    done = subprocess.run([sys.executable, "-c", NATIVE], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert b"from a library" not in done.stderr and b"still for people" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes them")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_obstacle(closed: str, mudra_home: Path) -> None:
    call = f'"{sys.executable}" -m app models list {closed}'
    done = subprocess.run(["sh", "-c", call], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    log = (mudra_home / "mudra.log").read_text()
    assert "gestures" not in log, "nothing is printed into a file by mistake"


def test_a_large_log_is_set_aside(mudra_home: Path) -> None:
    mudra_home.mkdir()
    home.log_file().write_bytes(b"x" * (console.LOG_LIMIT + 1))
    with console.native_output_to_log():
        os.write(2, b"new\n")
    assert home.log_file().read_bytes() == b"new\n"
    assert (mudra_home / "mudra.log.1").stat().st_size == console.LOG_LIMIT + 1


def test_everything_is_put_back() -> None:
    before = os.fstat(2), sys.stderr, warnings.showwarning
    with console.native_output_to_log():
        assert os.fstat(2).st_ino != before[0].st_ino
    assert (os.fstat(2).st_ino, sys.stderr, warnings.showwarning) == (before[0].st_ino, *before[1:])


def test_a_defect_without_a_log_is_still_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MUDRA_HOME", str(tmp_path / "file"))
    console.report_defect(ValueError("x"))
    assert "ValueError: x (the log file cannot be written)" in capsys.readouterr().err


def test_the_first_interruption_asks_and_the_second_interrupts() -> None:
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    with console.interruption_sets(stop):
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_termination_is_an_interruption() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with console.termination_is_interruption(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
