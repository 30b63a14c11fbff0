"""What the system must have, checked with the standard library alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import system
from app.system import Need

ROOT = Path(__file__).parents[2]
LIBRARY = Need("libnothing-of-the-kind.so.9", ("nothing9", "nothing-f", "nothing-a", "nothing-s"), "run")
WINDOW = Need("libno-window.so.1", ("nowindow1", "nowindow", "nowindow", "nowindow1"), "window")
PLAYER = Need("no-such-player", ("player", "player", "player", "player"), "voice")


@pytest.fixture
def needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Debian with a screen that lacks one thing of each kind."""
    monkeypatch.setattr(system, "LINUX", True)
    monkeypatch.setattr(system, "NEEDS", (LIBRARY, WINDOW, PLAYER))
    monkeypatch.setattr(system, "package_manager", lambda: "apt-get")
    monkeypatch.setenv("DISPLAY", ":0")


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
    monkeypatch.setattr(system, "NEEDS", ())
    assert system.main([]) == 0
    assert "All system libraries" in capsys.readouterr().out


@pytest.mark.usefixtures("needs")
def test_what_is_missing_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for manager, words in (
        ("apt-get", "sudo apt-get install -y --no-install-recommends nothing9 nowindow1 player"),
        ("dnf", "sudo dnf install -y nothing-f nowindow player"),
        ("pacman", "sudo pacman -S --needed nothing-a"),
        ("zypper", "sudo zypper install nothing-s"),
        (None, "what Debian calls nothing9, nowindow1, player with your system's package manager"),
    ):
        monkeypatch.setattr(system, "package_manager", lambda manager=manager: manager)
        assert system.main([]) == 1
        printed = capsys.readouterr().err
        assert "libnothing-of-the-kind.so.9" in printed and words in printed and printed.count("\n") == 1
        assert "no-such-player" not in printed, "a voice is wanted, not needed"


@pytest.mark.usefixtures("needs")
def test_windows_are_needed_only_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "NEEDS", (WINDOW, PLAYER))
    assert system.main([]) == 1
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    capsys.readouterr()
    assert system.main([]) == 0
    window, voice = capsys.readouterr().err.splitlines()
    assert window.startswith("Without libno-window.so.1 no window") and window.endswith(" nowindow1")
    assert voice.startswith("Without no-such-player nothing can be said") and voice.endswith(" player")


def test_other_systems_lack_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "LINUX", False)
    monkeypatch.setattr(system, "NEEDS", (LIBRARY, PLAYER))
    assert system.missing_libraries() == [] and system.missing() == []


def test_presence_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not LIBRARY.present and not PLAYER.present
    program = tmp_path / "no-such-player"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert PLAYER.present == (os.name != "nt")


def test_fonts_are_looked_for_where_they_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    need = Need(system.FONT, ("fonts", "fonts", "fonts", "fonts"), "letters")
    assert not need.present
    font = tmp_path / "share" / "fonts" / "truetype" / "Plain.TTF"
    font.parent.mkdir(parents=True)
    font.touch()
    assert need.present


def test_each_package_is_named_once() -> None:
    needs = [need for need in system.NEEDS if need.name in ("libxcb-glx.so.0", "libxcb-xkb.so.1")]
    assert system.packages(needs, "dnf") == ["libxcb"]
    assert system.packages(needs, "apt-get") == ["libxcb-glx0", "libxcb-xkb1"]


@pytest.mark.usefixtures("needs")
@pytest.mark.parametrize(("root", "installed"), [(True, True), (True, False), (False, False)])
def test_installing_needs_the_right_to(root: bool, installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def remember(call: list[str], **options: object) -> None:
        calls.append(call)
        if installed:
            there.update(call)

    there: set[str] = set()
    monkeypatch.setattr(Need, "present", property(lambda need: need.packages[0] in there))
    monkeypatch.setattr(system, "_may_install", lambda: root)
    monkeypatch.setattr(subprocess, "run", remember)
    assert system.main(["--install"]) == (0 if installed else 1)
    assert bool(calls) is root
    if root:
        assert calls[0] == ["apt-get", "update"]
        needed, wanted = (call[-2:] for call in calls[1:])
        assert needed == ["nothing9", "nowindow1"] and wanted[-1] == "player"


def test_wrong_usage() -> None:
    assert system.main(["--everything"]) == 2
