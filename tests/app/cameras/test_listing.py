"""Which cameras there are: names, formats, what is left out, and that nothing hangs or is switched on."""

from __future__ import annotations

import errno
import itertools
import sys
import threading
import time
import types
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cameras import listing as camera_list
from app.cameras import v4l2
from app.cameras.listing import CameraInfo, linux_cameras, list_cameras
from app.cameras.v4l2 import CameraFormat, VideoNode
from tests.app.cameras.v4l2_driver import WEBCAM, Camera, Driver

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the descriptors are those of Linux")


def entry(system: Path, number: int, name: str, plug: str, index: int) -> None:
    """Make what the kernel tells of a device under /sys."""
    folder = system / f"video{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(name + "\n")
    (folder / "index").write_text(f"{index}\n")
    (system / plug).mkdir(exist_ok=True)
    (folder / "device").symlink_to(system / plug)


def test_no_camera(tmp_path: Path) -> None:
    assert linux_cameras(tmp_path / "dev", tmp_path / "sys") == []
    (tmp_path / "dev").mkdir()
    assert linux_cameras(tmp_path / "dev", tmp_path / "sys") == []


def test_names_and_formats(tmp_path: Path) -> None:
    webcam = Camera("HD Pro Webcam C920", sizes=WEBCAM)
    driver = Driver(tmp_path / "dev", {0: webcam, 1: Camera("HD Pro Webcam C920", captures=False), 12: Camera("Old")})
    entry(tmp_path / "sys", 0, "HD Pro Webcam C920: HD Pro Webc", "1-2:1.0", 0)
    entry(tmp_path / "sys", 1, "HD Pro Webcam C920: HD Pro Webc", "1-2:1.0", 1)
    (tmp_path / "dev" / "v4l").mkdir()
    (tmp_path / "dev" / "v4l" / "by-id").symlink_to(tmp_path / "dev" / "video0")
    (tmp_path / "dev" / "video-of-the-day").touch()
    first, second = linux_cameras(tmp_path / "dev", tmp_path / "sys", driver)
    assert (first.number, first.name, first.place) == (0, "HD Pro Webcam C920: HD Pro Webc", "1-2:1.0")
    assert first.formats == (
        CameraFormat(1280, 720, 30.0, "MJPG"),
        CameraFormat(1280, 720, 15.0, "MJPG"),
        CameraFormat(640, 480, 30.0, "MJPG"),
        CameraFormat(640, 480, 30.0, "YUYV"),
        CameraFormat(1280, 720, 10.0, "YUYV"),
    )
    assert second == CameraInfo(12, "Old")
    assert str(first) == "HD Pro Webcam C920: HD Pro Webc (0)" and str(CameraInfo(3, "camera 3")) == "camera 3"


def test_nothing_is_asked_that_would_disturb(tmp_path: Path) -> None:
    webcam = Camera("cam", sizes=WEBCAM)
    linux_cameras(tmp_path, tmp_path, Driver(tmp_path, {0: webcam}))
    assert set(webcam.asked) <= {v4l2.QUERYCAP, v4l2.ENUM_FMT, v4l2.ENUM_FRAMESIZES, v4l2.ENUM_FRAMEINTERVALS}


def test_a_camera_that_takes_any_size_names_the_usual_ones(tmp_path: Path) -> None:
    driver = Driver(tmp_path, {0: Camera("sensor", limits={"YUYV": (32, 1300, 32, 1000)})})
    (info,) = linux_cameras(tmp_path, tmp_path, driver)
    assert info.formats == (CameraFormat(640, 480, 0.0, "YUYV"), CameraFormat(1280, 720, 0.0, "YUYV"))
    assert str(info.formats[0]) == "640x480 (YUYV)"


def test_a_driver_without_end_ends(tmp_path: Path) -> None:
    sizes = {"MJPG": {(640, 480): [Fraction(1, 30)] * 500}}
    (info,) = linux_cameras(tmp_path, tmp_path, Driver(tmp_path, {0: Camera("endless", sizes=sizes)}))
    assert info.formats == (CameraFormat(640, 480, 30.0, "MJPG"),)


def test_a_camera_that_may_not_be_used_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "video0").touch()
    (tmp_path / "video1").touch()
    entry(tmp_path / "sys", 0, "HD Webcam", "1-2:1.0", 0)
    entry(tmp_path / "sys", 1, "HD Webcam", "1-2:1.0", 1)

    def refuse(*call: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    assert linux_cameras(tmp_path, tmp_path / "sys") == [CameraInfo(0, "HD Webcam", (), "1-2:1.0", denied=True)]


def test_a_plain_file_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    assert linux_cameras(tmp_path, tmp_path) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the kernel")
def test_the_kernel_itself_is_asked_without_a_fake() -> None:
    with VideoNode(Path("/dev/null")) as node:
        assert node.card() is None and list(node.formats()) == [] and not node.is_taken()
    assert isinstance(list_cameras(), list)


def test_a_system_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang() -> list[CameraInfo]:
        release.wait(20)
        return []

    monkeypatch.setitem(camera_list._LISTERS, "linux", hang)
    monkeypatch.setattr(camera_list, "PLATFORM", "linux")
    begin = time.monotonic()
    assert list_cameras(timeout_s=0.05) == []
    assert time.monotonic() - begin < 10
    release.set()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_the_library_names_them_elsewhere(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    asked = []

    def enumerate_cameras(backend: int) -> list[types.SimpleNamespace]:
        asked.append(backend)
        return [
            types.SimpleNamespace(index=1, name="FaceTime HD", path="0x14"),
            types.SimpleNamespace(index=2, name="", path=None),
        ]

    module = types.SimpleNamespace(enumerate_cameras=enumerate_cameras)
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", module)  # type: ignore[arg-type]
    monkeypatch.setattr(camera_list, "PLATFORM", platform)
    assert list_cameras() == [CameraInfo(1, "FaceTime HD", (), "0x14"), CameraInfo(2, "camera 2")]
    assert asked == [cv2.CAP_DSHOW if platform == "win32" else cv2.CAP_AVFOUNDATION]


def test_a_library_that_breaks_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", None)
    monkeypatch.setattr(camera_list, "PLATFORM", "win32")
    assert list_cameras() == []


def test_an_unknown_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_list, "PLATFORM", "plan9")
    assert list_cameras() == []


def test_a_name_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    driver = Driver(tmp_path, {0: Camera("\x1b[31mred\r\n"), 1: Camera("\x07")})
    assert [info.name for info in linux_cameras(tmp_path, tmp_path, driver)] == ["[31mred", "camera 1"]


@given(st.data())
def test_whatever_a_driver_answers_is_read(data: st.DataObject) -> None:
    def answer(descriptor: int, request: int, question: bytes) -> bytes:
        if data.draw(st.integers(0, 9)) == 0:
            raise OSError(errno.EINVAL, "no")
        return data.draw(st.binary(min_size=len(question), max_size=len(question)))

    with VideoNode(Path("/dev/null"), answer) as node:
        card = node.card()
        assert card is None or isinstance(card, str)
        for each in itertools.islice(node.formats(), 20):
            assert each.width >= 0 and each.height >= 0 and each.rate >= 0 and str(each)
