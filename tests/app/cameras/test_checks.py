"""Why a camera cannot be used: each cause in plain words, on every system."""

from __future__ import annotations

import errno
import os
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from app.cameras import checks as camera_checks
from app.cameras.causes import CameraError, Cause, cause_of, remedy_of
from app.cameras.checks import linux_reason, users_of, why_not
from app.cameras.listing import CameraInfo
from recognizers.errors import SourceError
from tests.app.cameras.v4l2_driver import Camera, Driver

linux = pytest.mark.skipif(sys.platform == "win32", reason="the descriptors and links are those of Linux")


def reason(folder: Path, driver: Driver | None, **options: Any) -> CameraError:
    error = linux_reason(0, devices=folder, system=folder, proc=folder / "proc", ioctl=driver, **options)
    assert error.problem and error.remedy
    return error


def process(proc: Path, number: int, name: str, opened: Path) -> None:
    (proc / str(number) / "fd").mkdir(parents=True)
    (proc / str(number) / "comm").write_text(name + "\n")
    (proc / str(number) / "fd" / "3").symlink_to("/dev/null")
    (proc / str(number) / "fd" / "4").symlink_to(opened)


@linux
def test_a_camera_that_never_was(tmp_path: Path) -> None:
    error = reason(tmp_path, None)
    assert (error.cause, error.problem) == (Cause.MISSING, "camera 0 is not there: no camera is plugged in")
    driver = Driver(tmp_path, {2: Camera("HD Webcam")})
    assert reason(tmp_path, driver).problem == "camera 0 is not there: there is HD Webcam (2)"


@linux
def test_what_captures_nothing_is_no_camera(tmp_path: Path) -> None:
    driver = Driver(tmp_path, {0: Camera("metadata", captures=False), 1: Camera("HD Webcam")})
    assert reason(tmp_path, driver).cause is Cause.MISSING


@linux
def test_an_unplugged_camera(tmp_path: Path) -> None:
    error = reason(tmp_path, None, was_there=True)
    assert (error.cause, error.problem) == (Cause.UNPLUGGED, "camera 0 was unplugged")


@linux
def test_a_camera_in_use_names_the_program(tmp_path: Path) -> None:
    driver = Driver(tmp_path, {0: Camera("HD Webcam", taken=True)})
    assert reason(tmp_path, driver).problem == "camera 0 is in use by another program"
    process(tmp_path / "proc", 4321, "cheese", tmp_path / "video0")
    process(tmp_path / "proc", 4322, "other", tmp_path / "video7")
    (tmp_path / "proc" / "uptime").touch()
    error = reason(tmp_path, driver)
    assert (error.cause, error.problem) == (Cause.BUSY, "camera 0 is in use by cheese (process 4321)")


@linux
def test_our_own_hold_on_it_is_told(tmp_path: Path) -> None:
    process(tmp_path, os.getpid(), "python", tmp_path / "video0")
    assert users_of(tmp_path / "video0", tmp_path) == [f"Mudra itself (process {os.getpid()})"]


@linux
@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.EACCES, Cause.DENIED),
        (errno.EPERM, Cause.DENIED),
        (errno.EBUSY, Cause.BUSY),
        (errno.ENODEV, Cause.UNPLUGGED),
        (errno.ENXIO, Cause.UNPLUGGED),
        (errno.EIO, Cause.FAILED),
    ],
)
def test_what_the_system_answers(number: int, cause: Cause, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*call: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.open", refuse)
    assert reason(tmp_path, None, was_there=True).cause is cause


@linux
def test_a_camera_that_seems_fine_has_failed(tmp_path: Path) -> None:
    driver = Driver(tmp_path, {0: Camera("HD Webcam")})
    assert reason(tmp_path, driver).problem == "camera 0 cannot be opened"
    error = reason(tmp_path, driver, was_there=True)
    assert (error.cause, error.problem) == (Cause.FAILED, "camera 0 gives no pictures any more")


def elsewhere(monkeypatch: pytest.MonkeyPatch, platform: str, infos: list[CameraInfo]) -> None:
    monkeypatch.setattr(camera_checks, "PLATFORM", platform)
    monkeypatch.setattr(camera_checks, "list_cameras", lambda: infos)


def apple(status: int) -> tuple[types.SimpleNamespace, list[str]]:
    asked: list[str] = []
    device = types.SimpleNamespace(
        authorizationStatusForMediaType_=lambda media: status,
        requestAccessForMediaType_completionHandler_=lambda media, handler: asked.append(media),
    )
    return types.SimpleNamespace(AVCaptureDevice=device, AVMediaTypeVideo="vide"), asked


@pytest.mark.parametrize(("status", "cause", "questions"), [(0, "denied", 1), (2, "denied", 0), (3, "failed", 0)])
def test_macos_says_whether_cameras_are_allowed(
    status: int, cause: str, questions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, asked = apple(status)
    monkeypatch.setitem(sys.modules, "AVFoundation", module)  # type: ignore[arg-type]
    elsewhere(monkeypatch, "darwin", [CameraInfo(0, "FaceTime HD")])
    assert why_not(0).cause == cause and len(asked) == questions


def test_macos_without_its_library_is_taken_to_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "AVFoundation", None)
    elsewhere(monkeypatch, "darwin", [])
    assert camera_checks.allowed() and why_not(0).cause is Cause.FAILED


class Key:
    """A key of the fake registry."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> Key:
        return self

    def __exit__(self, *about: object) -> None:
        pass


class Registry:
    """A registry in a dictionary: by path, names and values."""

    HKEY_CURRENT_USER = "HKCU"

    def __init__(self, keys: dict[str, dict[str, object]]) -> None:
        self.keys = keys

    def OpenKey(self, root: str, path: str) -> Key:
        if path not in self.keys:
            raise FileNotFoundError(path)
        return Key(path)

    def QueryValueEx(self, key: Key, name: str) -> tuple[object, int]:
        if name not in self.keys[key.path]:
            raise FileNotFoundError(name)
        return self.keys[key.path][name], 1

    def _below(self, key: Key) -> list[str]:
        return [path[len(key.path) + 1 :] for path in self.keys if path.startswith(key.path + "\\")]

    def QueryInfoKey(self, key: Key) -> tuple[int, int, int]:
        return len(self._below(key)), 0, 0

    def EnumKey(self, key: Key, number: int) -> str:
        return self._below(key)[number]


STORE = camera_checks._CONSENT
ZOOM = STORE + r"\NonPackaged\C:#Program Files#Zoom#Zoom.exe"


@pytest.mark.parametrize(
    ("keys", "cause", "words"),
    [
        ({}, Cause.FAILED, "cannot be opened"),
        ({STORE: {"Value": "Deny"}}, Cause.DENIED, "may not"),
        ({STORE: {"Value": "Allow"}, STORE + r"\NonPackaged": {"Value": "Deny"}}, Cause.DENIED, "may not"),
        (
            {STORE: {"Value": "Allow"}, STORE + r"\NonPackaged": {}, ZOOM: {"LastUsedTimeStop": 0}},
            Cause.BUSY,
            "in use by Zoom.exe",
        ),
        (
            {STORE: {"Value": "Allow"}, STORE + r"\NonPackaged": {}, ZOOM: {"LastUsedTimeStop": 133}},
            Cause.FAILED,
            "cannot be opened",
        ),
    ],
)
def test_windows_tells_from_its_registry(
    keys: dict[str, dict[str, object]], cause: Cause, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "winreg", Registry(keys))  # type: ignore[arg-type]
    elsewhere(monkeypatch, "win32", [CameraInfo(0, "Integrated Camera")])
    error = why_not(0)
    assert error.cause is cause and words in error.problem


def test_elsewhere_the_list_tells_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "AVFoundation", None)
    elsewhere(monkeypatch, "darwin", [CameraInfo(0, "FaceTime HD")])
    assert why_not(1).problem == "camera 1 is not there: there is FaceTime HD (0)"
    assert why_not(1, was_there=True).cause is Cause.UNPLUGGED


def test_every_cause_has_a_remedy() -> None:
    for cause in Cause:
        assert remedy_of(cause) or cause is Cause.OPENING, cause
    assert "usermod" in remedy_of(Cause.DENIED, "linux") and "Privacy" in remedy_of(Cause.DENIED, "darwin")
    assert "desktop apps" in remedy_of(Cause.DENIED, "win32")


def test_an_error_keeps_its_cause() -> None:
    error = pickle.loads(pickle.dumps(CameraError(Cause.BUSY, "camera 0 is in use")))
    assert error.cause is cause_of(error) is Cause.BUSY and error.remedy == remedy_of(Cause.BUSY)
    assert cause_of(SourceError("gone")) is Cause.FAILED
