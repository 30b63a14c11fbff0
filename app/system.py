"""What the system itself must have. The standard library only: this runs before anything is installed.

`python -m app.system` says which shared libraries are missing; with `--install` it installs them where it
may.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
}
"""The shared libraries that MediaPipe loads on Linux, and their Debian packages."""
PACKAGES = {
    "apt-get": ("libegl1", "libgles2"),
    "dnf": ("mesa-libEGL", "libglvnd-gles"),
    "pacman": ("libglvnd", "mesa"),
    "zypper": ("Mesa-libEGL1", "Mesa-libGLESv2-2"),
}
_CALLS = {
    "apt-get": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --needed",
    "zypper": "zypper install",
}
_QUERYCAP = 0x80685600
_CAPTURE = 0x00000001


LINUX: bool = sys.platform.startswith("linux")


def missing_libraries() -> list[str]:
    """Return the shared libraries that MediaPipe needs and that cannot be loaded; only Linux lacks any."""
    return [name for name in LIBRARIES if LINUX and not _loads(name)]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def package_manager() -> str | None:
    """Return the package manager of this Linux, or None for one that we do not know."""
    return next((name for name in PACKAGES if shutil.which(name)), None)


def install_command() -> str:
    """Return what a person types to get the missing libraries."""
    manager = package_manager()
    if manager is None:
        return "install EGL and OpenGL ES 2 (libEGL.so.1 and libGLESv2.so.2) with your system's package manager"
    return f"sudo {_CALLS[manager]} {' '.join(PACKAGES[manager])}"


def linux_cameras(folder: Path = Path("/dev")) -> list[int]:
    """Return the numbers of the video devices that can capture; a webcam's second, for metadata, cannot."""
    numbers = sorted(
        int(path.name[5:]) for path in folder.glob("video*") if path.name[5:].isascii() and path.name[5:].isdigit()
    )
    return [number for number in numbers if _captures(folder / f"video{number}")]


def _captures(device: Path) -> bool:
    import fcntl

    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # struct v4l2_capability: driver 16, card 32, bus_info 32 bytes, version, capabilities, device_caps, 3
        # reserved
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(104))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return bool(int.from_bytes(answer[88:92], sys.byteorder) & _CAPTURE)


def main(argv: Sequence[str] | None = None) -> int:
    """Check, and with `--install` install; return 0 when nothing is missing."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words not in ([], ["--install"]):
        print("usage: python -m app.system [--install]", file=sys.stderr)
        return 2
    missing = missing_libraries()
    if missing and words and _may_install():
        subprocess.run(["apt-get", "update"], check=False)
        call = [*_CALLS["apt-get"].split(), *PACKAGES["apt-get"]]
        subprocess.run(call, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        missing = missing_libraries()
    if missing:
        print(f"Missing system libraries: {', '.join(missing)}. Run: {install_command()}", file=sys.stderr)
        return 1
    print("All system libraries are there.")
    return 0


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and package_manager() == "apt-get"


if __name__ == "__main__":
    sys.exit(main())
