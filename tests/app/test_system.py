"""The system's libraries, checked with the standard library alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import system

ROOT = Path(__file__).parents[2]


def test_it_needs_nothing_installed() -> None:
    call = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import app.system",
    ]
    assert subprocess.run(call, check=False).returncode == 0


def test_a_machine_with_everything(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(system, "missing_libraries", list)
    assert system.main([]) == 0
    assert "All system libraries" in capsys.readouterr().out


def test_what_is_missing_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "LINUX", True)
    monkeypatch.setattr(system, "LIBRARIES", {"libnothing-of-the-kind.so.9": "libnothing9"})
    for manager, words in (
        ("apt-get", "sudo apt-get install"),
        ("dnf", "sudo dnf install"),
        ("pacman", "sudo pacman -S"),
        (None, "package manager"),
    ):
        monkeypatch.setattr(system, "package_manager", lambda manager=manager: manager)
        assert system.main([]) == 1
        printed = capsys.readouterr().err
        assert "libnothing-of-the-kind.so.9" in printed and words in printed and printed.count("\n") == 1


def test_other_systems_lack_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "LINUX", False)
    monkeypatch.setattr(system, "LIBRARIES", {"libnothing-of-the-kind.so.9": "libnothing9"})
    assert system.missing_libraries() == []


@pytest.mark.parametrize(("root", "installed"), [(True, True), (True, False), (False, False)])
def test_installing_needs_the_right_to(
    root: bool, installed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[list[str]] = []

    def remember(call: list[str], **options: object) -> None:
        calls.append(call)

    monkeypatch.setattr(system, "_may_install", lambda: root)
    monkeypatch.setattr(system, "missing_libraries", lambda: [] if installed and calls else ["libEGL.so.1"])
    monkeypatch.setattr(subprocess, "run", remember)
    assert system.main(["--install"]) == (0 if installed else 1)
    assert bool(calls) is root
    if root:
        assert calls[-1][:2] == ["apt-get", "install"] and "libegl1" in calls[-1]


def test_wrong_usage() -> None:
    assert system.main(["--everything"]) == 2
