"""What the system itself must have. The standard library only: this runs before anything is installed.

`python -m app.system` says what is missing: libraries, a font, what speaks. With `--install` it installs them where
it may.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MANAGERS = ("apt-get", "dnf", "pacman", "zypper")
"""The package managers that we know; a `Need` names its packages in this order."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that the system must or may have.

    Attributes:
        name: a shared library, a program, or what it is.
        packages: the package that brings it, for each of `MANAGERS`.
        why: without it, for `run` nothing works, for `window` no window opens on X11, for `letters` text is drawn as
            boxes, for `voice` nothing is said.
    """

    name: str
    packages: tuple[str, str, str, str]
    why: Literal["run", "window", "letters", "voice"]

    @property
    def present(self) -> bool:
        """Whether the system has it."""
        if self.name == FONT:
            return any_font()
        return _loads(self.name) if ".so." in self.name else shutil.which(self.name) is not None


FONT = "a font"
NEEDS = (
    # MediaPipe loads these two; Qt's own libraries load the first again, and those below.
    Need("libEGL.so.1", ("libegl1", "mesa-libEGL", "libglvnd", "Mesa-libEGL1"), "run"),
    Need("libGLESv2.so.2", ("libgles2", "libglvnd-gles", "libglvnd", "Mesa-libGLESv2-2"), "run"),
    Need("libGL.so.1", ("libgl1", "libglvnd-glx", "libglvnd", "Mesa-libGL1"), "run"),
    Need("libX11.so.6", ("libx11-6", "libX11", "libx11", "libX11-6"), "run"),
    Need("libglib-2.0.so.0", ("libglib2.0-0", "glib2", "glib2", "libglib-2_0-0"), "run"),
    Need("libgthread-2.0.so.0", ("libglib2.0-0", "glib2", "glib2", "libgthread-2_0-0"), "run"),
    Need("libdbus-1.so.3", ("libdbus-1-3", "dbus-libs", "dbus", "libdbus-1-3"), "run"),
    Need("libfontconfig.so.1", ("libfontconfig1", "fontconfig", "fontconfig", "libfontconfig1"), "run"),
    Need("libfreetype.so.6", ("libfreetype6", "freetype", "freetype2", "libfreetype6"), "run"),
    Need("libxkbcommon.so.0", ("libxkbcommon0", "libxkbcommon", "libxkbcommon", "libxkbcommon0"), "run"),
    # Qt's plugin for X11.
    Need("libX11-xcb.so.1", ("libx11-xcb1", "libX11-xcb", "libx11", "libX11-xcb1"), "window"),
    Need("libxcb-cursor.so.0", ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor", "libxcb-cursor0"), "window"),
    Need("libxcb-glx.so.0", ("libxcb-glx0", "libxcb", "libxcb", "libxcb-glx0"), "window"),
    Need("libxcb-icccm.so.4", ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm", "libxcb-icccm4"), "window"),
    Need("libxcb-image.so.0", ("libxcb-image0", "xcb-util-image", "xcb-util-image", "libxcb-image0"), "window"),
    Need(
        "libxcb-keysyms.so.1", ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms", "libxcb-keysyms1"), "window"
    ),
    Need("libxcb-randr.so.0", ("libxcb-randr0", "libxcb", "libxcb", "libxcb-randr0"), "window"),
    Need(
        "libxcb-render-util.so.0",
        ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil", "libxcb-render-util0"),
        "window",
    ),
    Need("libxcb-render.so.0", ("libxcb-render0", "libxcb", "libxcb", "libxcb-render0"), "window"),
    Need("libxcb-shape.so.0", ("libxcb-shape0", "libxcb", "libxcb", "libxcb-shape0"), "window"),
    Need("libxcb-shm.so.0", ("libxcb-shm0", "libxcb", "libxcb", "libxcb-shm0"), "window"),
    Need("libxcb-sync.so.1", ("libxcb-sync1", "libxcb", "libxcb", "libxcb-sync1"), "window"),
    Need("libxcb-util.so.1", ("libxcb-util1", "xcb-util", "xcb-util", "libxcb-util1"), "window"),
    Need("libxcb-xfixes.so.0", ("libxcb-xfixes0", "libxcb", "libxcb", "libxcb-xfixes0"), "window"),
    Need("libxcb-xkb.so.1", ("libxcb-xkb1", "libxcb", "libxcb", "libxcb-xkb1"), "window"),
    Need(
        "libxkbcommon-x11.so.0",
        ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11", "libxkbcommon-x11-0"),
        "window",
    ),
    Need(FONT, ("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu", "dejavu-fonts"), "letters"),
    # pyttsx3 loads the first; the second plays what it renders.
    Need("libespeak-ng.so.1", ("espeak-ng", "espeak-ng", "espeak-ng", "espeak-ng"), "voice"),
    Need("aplay", ("alsa-utils", "alsa-utils", "alsa-utils", "alsa-utils"), "voice"),
)
"""What Linux must have for us, found with `objdump -p` on PySide6's libraries and their plugins for X11, for no screen
and for pictures. The C and C++ libraries, zlib and zstd are everywhere; the rest comes with these packages."""
EFFECTS = {
    "window": "no window can be opened",
    "letters": "text is drawn as boxes",
    "voice": "nothing can be said aloud",
}
"""What does not work without the things that are only wanted."""
FONT_ENDINGS = {".ttf", ".otf", ".ttc", ".otc", ".pfb"}
_CALLS = {
    "apt-get": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --needed",
    "zypper": "zypper install",
}


LINUX: bool = sys.platform.startswith("linux")


def missing(*why: str) -> list[Need]:
    """Return what this Linux lacks, of all or of the named reasons; other systems lack nothing."""
    return [need for need in NEEDS if LINUX and (not why or need.why in why) and not need.present]


def missing_libraries() -> list[str]:
    """Return the libraries that are missing and needed: what runs the app, and the window's where there is a screen."""
    return [need.name for need in missing("run", *(["window"] if _screen_named() else []))]


def _screen_named() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def any_font() -> bool:
    """Return whether a font lies where fontconfig looks for one."""
    shares = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    shares = f"{shares}:~/.local/share:/run/current-system/sw/share/X11"
    folders = [f"{share}/fonts" for share in shares.split(":") if share] + ["~/.fonts"]
    found = (path for folder in folders for path in Path(os.path.expanduser(folder)).rglob("*"))  # noqa: PTH111
    return any(path.suffix.lower() in FONT_ENDINGS for path in found)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def package_manager() -> str | None:
    """Return the package manager of this Linux, or None for one that we do not know."""
    return next((name for name in MANAGERS if shutil.which(name)), None)


def packages(needs: Iterable[Need], manager: str) -> list[str]:
    """Return the packages that bring what is needed, each once."""
    return list(dict.fromkeys(need.packages[MANAGERS.index(manager)] for need in needs))


def install_command(*names: str) -> str:
    """Return what a person types to get what is missing, or the named needs."""
    needs = [need for need in NEEDS if need.name in names] if names else missing()
    manager = package_manager()
    if manager is None:
        what = ", ".join(packages(needs, MANAGERS[0]))
        return f"install what Debian calls {what} with your system's package manager"
    return f"sudo {_CALLS[manager]} {' '.join(packages(needs, manager))}"


def main(argv: Sequence[str] | None = None) -> int:
    """Check, and with `--install` install; return 0 when nothing is missing that is needed."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words not in ([], ["--install"]):
        print("usage: python -m app.system [--install]", file=sys.stderr)
        return 2
    if missing() and words and _may_install():
        _install()
    lacking = missing()
    if not lacking:
        print("All system libraries are there.")
        return 0
    needed = missing_libraries()
    if needed:
        print(f"Missing system libraries: {', '.join(needed)}. Run: {install_command()}", file=sys.stderr)
        return 1
    for why, effect in EFFECTS.items():
        if names := [need.name for need in lacking if need.why == why]:
            print(f"Without {', '.join(names)} {effect}. Run: {install_command(*names)}", file=sys.stderr)
    return 0


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update"], check=False)
    # What is only wanted comes apart: a release that lacks one of its packages still gets what is needed.
    for why in (("run", "window"), ("letters", "voice")):
        if lacking := missing(*why):
            call = [*_CALLS["apt-get"].split(), *packages(lacking, "apt-get")]
            subprocess.run(call, check=False, env=environment)


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and package_manager() == "apt-get"


if __name__ == "__main__":
    sys.exit(main())
