"""What `mudra doctor` looks at. Each check stands alone: one that breaks is a finding, never the end."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from app import system
from app.cameras.causes import Cause, remedy_of
from app.cameras.listing import CameraInfo, list_cameras
from app.cameras.v4l2 import CameraFormat
from app.findings import Finding, State
from app.settings import Settings, load_settings
from app.voice.status import VoiceState, try_voice
from recognizers import home, landmarker_files, privacy
from recognizers.bundle import Bundle, find_bundle, shipped_bundles, user_bundles
from recognizers.errors import MudraError
from recognizers.modes import MODES
from recognizers.version import VERSION

PACKAGES = (
    "numpy",
    "mediapipe",
    "opencv-contrib-python",
    "ai-edge-litert",
    "tensorflow",
    "platformdirs",
    "PySide6-Essentials",
    "pyttsx3",
    "tomlkit",
    "pip",
)
PYTHONS = ((3, 11), (3, 14))
LITTLE_SPACE, NO_SPACE = 2_000_000_000, 200_000_000
TRIAL = """
import numpy as np
from recognizers.landmarker import Landmarker
from recognizers.types import Frame
with Landmarker(hands=1) as landmarker:
    landmarker.detect(Frame(np.zeros((240, 320, 3), np.uint8), 0, 0))
"""
TRIAL_TIMEOUT_S = 60


def all_findings() -> Iterator[Finding]:
    """Yield what every check finds, as it comes."""
    for check in CHECKS:
        try:
            yield from check()
        except MudraError as error:
            yield Finding(_name(check), "fail", str(error))
        except Exception as error:
            yield Finding(_name(check), "fail", f"the check itself failed: {type(error).__name__}: {error}")


def _name(check: Callable[[], Iterator[Finding]]) -> str:
    return check.__name__.strip("_").replace("_", " ")


def _python() -> Iterator[Finding]:
    text = f"Mudra {VERSION} on Python {sys.version.split()[0]} at {sys.executable}"
    if PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]:
        yield Finding("python", "ok", text)
    else:
        yield Finding("python", "fail", text, "Use Python 3.11, 3.12 or 3.13")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _packages() -> Iterator[Finding]:
    versions = {package: _version(package) for package in PACKAGES}
    missing = [package for package, version in versions.items() if version is None]
    text = ", ".join(f"{package} {version}" for package, version in versions.items() if version)
    if missing:
        only_training = missing == ["tensorflow"]
        need = "needed only for training" if only_training else "needed"
        yield Finding(
            "packages",
            "warn" if only_training else "fail",
            f"missing, {need}: {', '.join(missing)}",
            f"Run: {sys.executable} -m pip install {' '.join(missing)}",
        )
    else:
        yield Finding("packages", "ok", text)
    others = [name for name in ("opencv-python", "opencv-python-headless") if _version(name)]
    if others:
        yield Finding(
            "packages",
            "warn",
            f"{', '.join(others)} writes the same files as opencv-contrib-python",
            f"Run: {sys.executable} -m pip uninstall {' '.join(others)}; then install Mudra anew",
        )


def _libraries() -> Iterator[Finding]:
    missing = system.missing_libraries()
    if missing:
        yield Finding("libraries", "fail", f"missing: {', '.join(missing)}", f"Run: {system.install_command()}")
    else:
        yield Finding("libraries", "ok", "all system libraries are there")
    for why in ("letters", *(() if missing else ("window",))):
        if names := [need.name for need in system.missing(why)]:
            text = f"without {', '.join(names)} {system.EFFECTS[why]}"
            yield Finding("libraries", "warn", text, f"Run: {system.install_command(*names)}")


def _landmarkers() -> Iterator[Finding]:
    needed_fine = True
    for report in landmarker_files.verify():
        # A missing file is fetched when it is first needed; a damaged one is worth knowing about.
        missing = report.state == "missing"
        spared = missing and report.optional
        state: State = "ok" if report.state == "ok" or spared else "warn" if missing else "fail"
        needed_fine = needed_fine and (report.state == "ok" or report.optional)
        text = f"{report.title}: {report.state}"
        if missing:
            text += " (emotion mode does without it, too)" if spared else " (fetched when it is first needed)"
        text += f" - {report.note}" if report.note else ""
        yield Finding("landmarkers", state, text, "" if state == "ok" else "Run: mudra landmarkers fetch")
    if needed_fine and not system.missing_libraries():
        yield _trial()


def _trial() -> Finding:
    """Run the landmarker in a process of its own: a library that crashes must not take the doctor along."""
    call = [sys.executable, "-c", TRIAL]
    try:
        done = subprocess.run(
            call,
            env=privacy.user_environment(),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TRIAL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding("landmarkers", "fail", f"the landmarker did not answer in {TRIAL_TIMEOUT_S} s")
    if done.returncode == 0:
        return Finding("landmarkers", "ok", "the landmarker runs")
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return Finding("landmarkers", "fail", f"the landmarker does not run: {last}", "Install Mudra anew")


def _models() -> Iterator[Finding]:
    folders = [*shipped_bundles(), *user_bundles()]
    for folder in folders:
        try:
            info = Bundle.load(folder).info
        except MudraError as error:
            yield Finding("models", "fail", str(error))
        else:
            yield Finding("models", "ok", f"{folder.name}: {info.mode}, {len(info.all_labels)} labels, verified")
    settings = _settings_or_default()
    for mode in MODES:
        active = settings.bundle_of(mode.name)
        if active is None:
            continue
        try:
            find_bundle(active)
        except MudraError:
            remedy = f"Train one for it, or set another under [bundles] in {home.settings_file()}"
            yield Finding("models", "warn", f"the active model of mode {mode.name} is missing: {active}", remedy)


def _settings_or_default() -> Settings:
    try:
        return load_settings()
    except MudraError:
        return Settings()


def _settings() -> Iterator[Finding]:
    path = home.settings_file()
    load_settings()
    yield Finding("settings", "ok", str(path) if path.is_file() else f"defaults ({path} is not there)")


def _usage_reports() -> Iterator[Finding]:
    if _settings_or_default().usage_reports:
        yield Finding("usage reports", "warn", "MediaPipe may report its usage to Google: the settings allow it")
        return
    privacy.block_usage_reports()
    if privacy.usage_reports_blocked():
        yield Finding("usage reports", "ok", "MediaPipe's reports to Google are blocked")
    else:
        yield Finding("usage reports", "fail", "MediaPipe's reports to Google are not blocked")


def _cameras() -> Iterator[Finding]:
    cameras = list_cameras()
    for info in cameras:
        if info.denied:
            yield Finding("cameras", "warn", f"{info}: you may not use it", remedy_of(Cause.DENIED))
        else:
            yield Finding("cameras", "ok", f"{info}: {_formats(info)}")
    if not cameras:
        remedy = "Plug one in and check that you may use it; until then use a file or the synthetic signer"
        yield Finding("cameras", "warn", "no camera found", remedy)


def _formats(info: CameraInfo) -> str:
    """Return the largest picture of each kind of pixels that a camera can give, with its highest rate."""
    best: dict[str, CameraFormat] = {}
    for each in sorted(info.formats, key=lambda each: (each.width * each.height, each.rate)):
        best[each.pixels] = each
    return "up to " + ", ".join(map(str, best.values())) if best else "its formats are not told"


def _home() -> Iterator[Finding]:
    folder = home.home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        remedy = "Give yourself the right to write there, or set MUDRA_HOME to another folder"
        yield Finding("home", "fail", f"{folder} cannot be written: {error.strerror or error}", remedy)
    else:
        yield Finding("home", "ok", str(folder))


def _disk() -> Iterator[Finding]:
    folder = home.home()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free at {folder}"
    state: State = "ok" if free >= LITTLE_SPACE else "warn" if free >= NO_SPACE else "fail"
    yield Finding("disk", state, text, "" if state == "ok" else "Make room: recordings and models need space")


def _screen() -> Iterator[Finding]:
    if system.LINUX and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        yield Finding("screen", "warn", "no screen", "Use: mudra run --headless")
    else:
        yield Finding("screen", "ok", "there is one")


def _voice() -> Iterator[Finding]:
    status = try_voice()
    if status.state is VoiceState.OK:
        yield Finding("voice", "ok", "labels can be said aloud")
    else:
        yield Finding("voice", "warn", status.message, status.remedy)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _libraries,
    _landmarkers,
    _models,
    _settings,
    _usage_reports,
    _cameras,
    _screen,
    _voice,
    _home,
    _disk,
)
