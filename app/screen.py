"""Whether there is a screen to open a window on. Qt ends the whole process where there is none, so we ask first."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from pathlib import Path

from app.system import LINUX

CONNECT_S = 3.0
_X_PORT = 6000
_X_SOCKETS = "/tmp/.X11-unix/X"


def has_screen() -> bool:
    """Return whether a window can be opened: always on Windows and macOS, on Linux where a display answers."""
    if not LINUX:
        return True
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform and platform not in ("xcb", "wayland", "wayland-egl"):
        return True  # the user has chosen one that needs no display, such as offscreen or vnc
    return _wayland_answers() or _x_answers()


def screen_named() -> str:
    """Return the display that the environment names, for people; empty where it names none."""
    return os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or ""


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    return bool(name) and _local_answers(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / str(name)))


def _x_answers() -> bool:
    match = re.fullmatch(
        r"(?:(?P<protocol>\w+)/)?(?P<host>.*):(?P<number>\d{1,4})(?:\.\d+)?", os.environ.get("DISPLAY", "")
    )
    if match is None:
        return False
    host, number = match["host"], int(match["number"])
    if host in ("", "unix"):
        path = f"{_X_SOCKETS}{number}"
        return _local_answers(f"\0{path}") or _local_answers(path)
    with contextlib.suppress(OSError), socket.create_connection((host.strip("[]"), _X_PORT + number), CONNECT_S):
        return True
    return False


def _local_answers(path: str) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(CONNECT_S)
        door.connect(path)
        return True
    return False
