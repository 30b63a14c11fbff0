"""Finds out why a camera cannot be used, by asking the system; no camera is switched on for it."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from app.cameras.causes import CameraError, Cause
from app.cameras.listing import DEVICES, PLATFORM, SYSTEM, CameraInfo, linux_cameras, list_cameras
from app.cameras.v4l2 import Ioctl, VideoNode

PROC = Path("/proc")
_SEARCH_S = 0.5
_GONE = (errno.ENOENT, errno.ENODEV, errno.ENXIO)


def why_not(number: int, *, was_there: bool = False) -> CameraError:
    """Say why a camera cannot be opened or read any more.

    Args:
        number: the camera's.
        was_there: whether it has given pictures before: then a missing one was unplugged.
    """
    if PLATFORM == "linux":
        return linux_reason(number, was_there=was_there)
    return _elsewhere(number, was_there)


def linux_reason(
    number: int,
    *,
    was_there: bool = False,
    devices: Path = DEVICES,
    system: Path = SYSTEM,
    proc: Path = PROC,
    ioctl: Ioctl | None = None,
) -> CameraError:
    """Say why a camera cannot be used on Linux: gone, not allowed, taken by another program, or unknown.

    Args:
        number: the camera's.
        was_there: whether it has given pictures before.
        devices: the folder of videoN; this and the others are for tests.
        system: the folder where the kernel names them.
        proc: the folder of processes.
        ioctl: how the device is asked.
    """
    device = devices / f"video{number}"
    try:
        with VideoNode(device, ioctl) as node:
            captures, taken = node.card() is not None, node.is_taken()
    except PermissionError:
        return CameraError(Cause.DENIED, f"you may not use camera {number}")
    except OSError as error:
        captures, taken = error.errno not in _GONE, error.errno == errno.EBUSY
    if taken:
        return _busy(number, device, proc)
    if not captures and not was_there:
        return _missing(number, linux_cameras(devices, system, ioctl))
    return _lost(number, there=captures, was_there=was_there)


def _lost(number: int, *, there: bool, was_there: bool) -> CameraError:
    if not there:
        return CameraError(Cause.UNPLUGGED, f"camera {number} was unplugged")
    lost = "gives no pictures any more" if was_there else "cannot be opened"
    return CameraError(Cause.FAILED, f"camera {number} {lost}")


def _missing(number: int, there: list[CameraInfo]) -> CameraError:
    names = f"there is {', '.join(map(str, there))}" if there else "no camera is plugged in"
    return CameraError(Cause.MISSING, f"camera {number} is not there: {names}")


def _busy(number: int, device: Path, proc: Path) -> CameraError:
    names = users_of(device, proc)
    by = ", ".join(names) if names else "another program"
    return CameraError(Cause.BUSY, f"camera {number} is in use by {by}")


def users_of(device: Path, proc: Path = PROC) -> list[str]:
    """Return the programs that have a device open, as far as we may see: names with process numbers.

    Processes of other users do not tell. The search ends after half a second.
    """
    names = []
    end = time.monotonic() + _SEARCH_S
    target = str(device)
    for process in proc.iterdir() if proc.is_dir() else ():
        if time.monotonic() > end:
            break
        if not process.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if any(_leads_to(link, target) for link in (process / "fd").iterdir()):
                own = int(process.name) == os.getpid()
                name = "Mudra itself" if own else (process / "comm").read_text("utf-8", "replace").strip()
                names.append(f"{name} (process {process.name})")
    return names


def _leads_to(link: Path, target: str) -> bool:
    try:
        return str(link.readlink()) == target
    except OSError:
        return False


def _elsewhere(number: int, was_there: bool) -> CameraError:
    if not allowed():
        return CameraError(Cause.DENIED, f"you may not use camera {number}")
    infos = list_cameras()
    there = not infos or any(info.number == number for info in infos)
    if not there and not was_there:
        return _missing(number, infos)
    names = windows_users() if PLATFORM == "win32" else []
    if there and names:
        return CameraError(Cause.BUSY, f"camera {number} is in use by {', '.join(names)}")
    return _lost(number, there=there, was_there=was_there)


def allowed() -> bool:
    """Return whether the system's privacy settings let this program use cameras, as far as they tell.

    On macOS a program that was never asked about is asked about now: the system shows its question, and the
    camera can be opened once it was answered.
    """
    if PLATFORM == "darwin":
        return _allowed_by_macos()
    if PLATFORM == "win32":
        return _allowed_by_windows()
    return True


def _allowed_by_macos() -> bool:
    try:
        av: Any = importlib.import_module("AVFoundation")
    except ImportError:
        return True
    device, video = av.AVCaptureDevice, av.AVMediaTypeVideo
    status = int(device.authorizationStatusForMediaType_(video))
    if status == 0:  # not yet asked
        device.requestAccessForMediaType_completionHandler_(video, lambda granted: None)
    return status == 3


_CONSENT = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\webcam"


def _allowed_by_windows() -> bool:
    return "Deny" not in (_registry_value(_CONSENT, "Value"), _registry_value(_CONSENT + r"\NonPackaged", "Value"))


def _registry_value(path: str, name: str) -> object:
    winreg: Any = importlib.import_module("winreg")

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            return winreg.QueryValueEx(key, name)[0]
    except OSError:
        return None


def windows_users() -> list[str]:
    r"""Return the desktop programs that Windows says use a camera now.

    Under the consent store each has a key, its path with # for \; it has not stopped where its last stop is 0.
    """
    winreg: Any = importlib.import_module("winreg")

    names = []
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _CONSENT + r"\NonPackaged") as key:
            for number in range(winreg.QueryInfoKey(key)[0]):
                program = str(winreg.EnumKey(key, number))
                stopped = _registry_value(rf"{_CONSENT}\NonPackaged\{program}", "LastUsedTimeStop")
                own = program.replace("#", "\\").lower() == sys.executable.lower()
                if stopped == 0 and not own:
                    names.append(program.rpartition("#")[2])
    except OSError:
        return names
    return names
