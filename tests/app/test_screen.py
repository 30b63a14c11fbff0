"""Whether there is a screen, asked of real sockets."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app import screen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")


@pytest.fixture(autouse=True)
def no_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without any display; X displays are looked for below a folder of this test."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(screen, "_X_SOCKETS", str(tmp_path / "X"))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Path]:
    """A display of number 7 that answers."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listening:
        listening.bind(str(tmp_path / "X7"))
        listening.listen()
        yield tmp_path / "X7"


def test_nothing_is_named() -> None:
    assert not screen.has_screen() and screen.screen_named() == ""


@pytest.mark.parametrize("name", [":7", ":7.0", "unix:7"])
def test_a_display_that_answers(monkeypatch: pytest.MonkeyPatch, door: Path, name: str) -> None:
    monkeypatch.setenv("DISPLAY", name)
    assert screen.has_screen() and screen.screen_named() == name


@pytest.mark.parametrize("name", [":8", ":7", "nonsense", "", ":", ":99999", "127.0.0.1:9999"])
def test_a_display_that_does_not(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DISPLAY", name)
    assert not screen.has_screen()


def test_a_display_in_the_abstract_namespace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listening:
        listening.bind(f"\0{tmp_path}/X7")
        listening.listen()
        monkeypatch.setenv("DISPLAY", ":7")
        assert screen.has_screen()


def test_a_display_of_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        monkeypatch.setattr(screen, "_X_PORT", listening.getsockname()[1] - 3)
        for name in ("127.0.0.1:3", "tcp/127.0.0.1:3.1"):
            monkeypatch.setenv("DISPLAY", name)
            assert screen.has_screen(), name


def test_wayland(monkeypatch: pytest.MonkeyPatch, door: Path) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", door.name)
    assert not screen.has_screen(), "its folder is not named"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(door.parent))
    assert screen.has_screen()
    monkeypatch.setenv("WAYLAND_DISPLAY", str(door))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert screen.has_screen() and screen.screen_named() == str(door)


@pytest.mark.parametrize(("platform", "found"), [("offscreen", True), ("vnc:size=8x8", True), ("xcb", False)])
def test_a_platform_that_the_user_chose(monkeypatch: pytest.MonkeyPatch, platform: str, found: bool) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert screen.has_screen() is found


def test_other_systems_always_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "LINUX", False)
    assert screen.has_screen()
