"""Which cameras there are, with the names and formats that the system tells, without switching one on.

On Linux the kernel is asked (see `cameras.v4l2`). On Windows and macOS cv2-enumerate-cameras gives the names, in the
order in which OpenCV counts; formats are not told there.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.cameras import v4l2
from app.cameras.v4l2 import CameraFormat, Ioctl, VideoNode

PLATFORM: str = sys.platform
TIMEOUT_S = 3.0
"""A system that has not listed its cameras after this long is not waited for."""
DEVICES = Path("/dev")
SYSTEM = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that is there.

    Attributes:
        number: what OpenCV and `--source` call it.
        name: what its maker calls it, such as "HD Pro Webcam C920"; "camera N" where nobody tells.
        formats: what it can give, best known to its driver; empty where the system does not tell.
        place: where it is plugged in, as the system writes it; empty where it does not tell.
        denied: whether the system keeps us from using it.
    """

    number: int
    name: str
    formats: tuple[CameraFormat, ...] = ()
    place: str = ""
    denied: bool = False

    def __str__(self) -> str:
        return f"camera {self.number}" if self.name == f"camera {self.number}" else f"{self.name} ({self.number})"


def list_cameras(timeout_s: float = TIMEOUT_S) -> list[CameraInfo]:
    """Return the cameras that are there, by number. None is switched on.

    Args:
        timeout_s: how long to wait at most; then the answer is empty.
    """
    lister = _LISTERS.get(PLATFORM, _nobody)
    found: list[CameraInfo] = []

    def look() -> None:
        try:
            found.extend(lister())
        except Exception:
            # The lister of another system is other people's code; without it a camera still has its number.
            return

    thread = threading.Thread(target=look, name="list cameras", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return list(found)


def linux_cameras(devices: Path = DEVICES, system: Path = SYSTEM, ioctl: Ioctl | None = None) -> list[CameraInfo]:
    """Return the cameras of a Linux.

    A webcam has a second device for metadata, which is left out. Links by id or path are other names of the
    same devices and are not looked at.

    Args:
        devices: the folder of videoN.
        system: the folder where the kernel names them.
        ioctl: for tests.
    """
    found = []
    for number in v4l2.numbers(devices):
        info = _linux_camera(number, devices / f"video{number}", system / f"video{number}", ioctl)
        if info is not None:
            found.append(info)
    return found


def _linux_camera(number: int, device: Path, entry: Path, ioctl: Ioctl | None) -> CameraInfo | None:
    name, place = _line(entry / "name"), _place(entry)
    try:
        with VideoNode(device, ioctl) as node:
            card = node.card()
            if card is None:
                return None
            formats = tuple(dict.fromkeys(node.formats()))
    except PermissionError:
        # Whether it captures cannot be asked; the first device of a camera does, the metadata comes after.
        if _line(entry / "index") not in ("", "0"):
            return None
        return CameraInfo(number, name or f"camera {number}", (), place, denied=True)
    except OSError:
        return None
    return CameraInfo(number, name or _printable(card) or f"camera {number}", formats, place)


def _printable(name: str) -> str:
    """Return a name as it may be printed: what is plugged in chooses its name, and a terminal obeys some letters."""
    return "".join(letter for letter in name if letter.isprintable()).strip()


def _line(path: Path) -> str:
    try:
        return _printable(path.read_text("utf-8", "replace"))
    except OSError:
        return ""


def _place(entry: Path) -> str:
    """Return the path of the plug, such as 1-2:1.0 of a USB port; the same when it is plugged in there again."""
    try:
        return (entry / "device").resolve(strict=True).name
    except OSError:
        return ""


def _named_by_library() -> list[CameraInfo]:
    """Ask cv2-enumerate-cameras; the backend is the one that `cameras.video_device` opens cameras with."""
    import cv2

    # By name, because only Windows and macOS have it.
    enumerate_cameras = importlib.import_module("cv2_enumerate_cameras").enumerate_cameras
    backend = cv2.CAP_DSHOW if PLATFORM == "win32" else cv2.CAP_AVFOUNDATION
    return [
        CameraInfo(
            int(each.index), _printable(str(each.name or "")) or f"camera {each.index}", (), str(each.path or "")
        )
        for each in enumerate_cameras(backend)
    ]


def _nobody() -> list[CameraInfo]:
    return []


_LISTERS: dict[str, Callable[[], list[CameraInfo]]] = {
    "linux": linux_cameras,
    "win32": _named_by_library,
    "darwin": _named_by_library,
}
