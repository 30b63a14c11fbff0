"""A webcam through OpenCV: what it is asked for, what it gives, and where it is after it was plugged in again."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from app.cameras import checks as camera_checks
from app.cameras import video_device
from app.cameras.causes import CameraError, Cause
from app.cameras.listing import CameraInfo
from app.cameras.v4l2 import CameraFormat
from app.cameras.video_device import VideoDevice, best_format
from app.devices import CameraWish
from recognizers.types import ImageArray

MJPG = CameraFormat(1280, 720, 30.0, "MJPG")
SMALL = CameraFormat(640, 480, 30.0, "YUYV")
SLOW = CameraFormat(1280, 720, 10.0, "YUYV")
HUGE = CameraFormat(3840, 2160, 30.0, "MJPG")


@pytest.mark.parametrize(
    ("formats", "wish", "best"),
    [
        ((SLOW, SMALL, MJPG, HUGE), CameraWish(), MJPG),
        ((SLOW, SMALL), CameraWish(), SMALL),
        ((SLOW, SMALL, MJPG), CameraWish(640, 480), SMALL),
        ((MJPG, CameraFormat(1280, 720, 30.0, "YUYV")), CameraWish(), CameraFormat(1280, 720, 30.0, "YUYV")),
        ((CameraFormat(1920, 1080, 30.0, "MJPG"), CameraFormat(640, 360, 30.0, "MJPG")), CameraWish(),
         CameraFormat(640, 360, 30.0, "MJPG")),
        ((SLOW,), CameraWish(), SLOW),
        ((CameraFormat(1280, 720, 0.0, "MJPG"), SMALL), CameraWish(), CameraFormat(1280, 720, 0.0, "MJPG")),
        ((CameraFormat(1280, 720, 30.0, "H264"),), CameraWish(), None),
        ((), CameraWish(), None),
    ],
)  # fmt: skip
def test_the_format_nearest_to_the_wish(
    formats: tuple[CameraFormat, ...], wish: CameraWish, best: CameraFormat | None
) -> None:
    assert best_format(formats, wish) == best


@dataclass
class Desk:
    """What is plugged in, and what was done with it."""

    cameras: dict[int, CameraInfo]
    opened: list[tuple[int, int]] = field(default_factory=list)
    done: list[tuple[int, float]] = field(default_factory=list)
    pictures: int = 10**6
    stubborn: bool = False

    def capture(self, number: int, backend: int) -> Capture:
        self.opened.append((number, backend))
        return Capture(self, number)


class Capture:
    """Stands in for cv2.VideoCapture."""

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk = desk
        self.number = number
        self.values: dict[int, float] = {
            cv2.CAP_PROP_FRAME_WIDTH: 640,
            cv2.CAP_PROP_FRAME_HEIGHT: 480,
            cv2.CAP_PROP_FPS: 30,
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV"),
        }

    def isOpened(self) -> bool:
        return self.number in self.desk.cameras

    def get(self, name: int) -> float:
        return self.values.get(name, 0.0)

    def set(self, name: int, value: float) -> bool:
        self.desk.done.append((name, value))
        if not self.desk.stubborn:
            self.values[name] = value
        return not self.desk.stubborn

    def read(self) -> tuple[bool, ImageArray | None]:
        self.desk.pictures -= 1
        if self.desk.pictures < 0 or not self.isOpened():
            return False, None
        image = np.zeros(
            (int(self.get(cv2.CAP_PROP_FRAME_HEIGHT)), int(self.get(cv2.CAP_PROP_FRAME_WIDTH)), 3), np.uint8
        )
        image[..., 0] = 200  # blue, as OpenCV orders colours
        return True, image

    def release(self) -> None:
        pass


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Plug cameras in: names and formats by number."""

    def make(*infos: CameraInfo, platform: str = "linux") -> Desk:
        desk = Desk({info.number: info for info in infos})
        monkeypatch.setattr(cv2, "VideoCapture", desk.capture)
        for module in (video_device, camera_checks):
            monkeypatch.setattr(module, "list_cameras", lambda: sorted(desk.cameras.values(), key=lambda i: i.number))
            monkeypatch.setattr(module, "PLATFORM", platform)
        monkeypatch.setattr(
            video_device, "why_not", lambda number, was_there: CameraError(Cause.FAILED, f"{number} {was_there}")
        )
        return desk

    return make


def test_a_webcam_is_asked_for_what_it_can(plug: Callable[..., Desk]) -> None:
    desk = plug(CameraInfo(0, "HD Webcam", (SLOW, SMALL, MJPG)))
    device = VideoDevice(0)
    assert device.asked is None and device.given is None
    device.open()
    assert device.asked == device.given == MJPG and desk.opened == [(0, cv2.CAP_V4L2)]
    image = device.read()
    assert image is not None and image.shape == (720, 1280, 3) and image[0, 0].tolist() == [0, 0, 200], "RGB"
    device.close()


def test_what_comes_is_taken(plug: Callable[..., Desk]) -> None:
    desk = plug(CameraInfo(0, "HD Webcam", (MJPG,)))
    desk.stubborn = True
    device = VideoDevice(0)
    device.open()
    assert device.asked == MJPG and device.given == SMALL
    image = device.read()
    assert image is not None and image.shape == (480, 640, 3)


def test_only_what_differs_is_set(plug: Callable[..., Desk]) -> None:
    desk = plug(CameraInfo(0, "HD Webcam", (SMALL,)))
    VideoDevice(0).open()
    assert [name for name, _ in desk.done] == [cv2.CAP_PROP_BUFFERSIZE]


@pytest.mark.parametrize(("platform", "backend"), [("win32", cv2.CAP_DSHOW), ("darwin", cv2.CAP_AVFOUNDATION)])
def test_without_known_formats_the_wish_itself_is_asked(
    platform: str, backend: int, plug: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_device, "allowed", lambda: True)
    desk = plug(CameraInfo(1, "Camera"), platform=platform)
    device = VideoDevice(1, CameraWish(800, 600, 25))
    device.open()
    assert device.asked == CameraFormat(800, 600, 25, "MJPG") and desk.opened == [(1, backend)]
    letters = [value for name, value in desk.done if name == cv2.CAP_PROP_FOURCC]
    assert letters == ([cv2.VideoWriter.fourcc(*"MJPG")] if platform == "win32" else [])
    assert device.given is not None and (device.given.width, device.given.height, device.given.rate) == (800, 600, 25)


def test_a_camera_that_is_not_allowed_is_not_opened(plug: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.SimpleNamespace(
        AVCaptureDevice=types.SimpleNamespace(authorizationStatusForMediaType_=lambda media: 2), AVMediaTypeVideo="vide"
    )
    monkeypatch.setitem(sys.modules, "AVFoundation", module)  # type: ignore[arg-type]
    desk = plug(CameraInfo(0, "FaceTime HD"), platform="darwin")
    monkeypatch.setattr(video_device, "why_not", camera_checks.why_not)
    with pytest.raises(CameraError) as caught:
        VideoDevice(0).open()
    assert caught.value.cause is Cause.DENIED and desk.opened == []


def test_plugged_in_again_it_is_found_under_its_new_number(plug: Callable[..., Desk]) -> None:
    desk = plug(CameraInfo(0, "Built-in", place="1-1"), CameraInfo(2, "HD Webcam", (MJPG,), place="1-2"))
    device = VideoDevice(2)
    device.open()
    assert device.read() is not None
    del desk.cameras[2]
    with pytest.raises(CameraError, match="2 True"):
        device.read()
    with pytest.raises(CameraError, match="2 True"):
        device.open()
    desk.cameras[4] = CameraInfo(4, "HD Webcam", (SMALL,), place="1-2")
    device.open()
    assert [number for number, _ in desk.opened] == [2, 2, 4] and device.given == SMALL


def test_of_two_alike_the_one_in_the_same_plug_is_taken(plug: Callable[..., Desk]) -> None:
    desk = plug(CameraInfo(0, "HD Webcam", place="1-1"), CameraInfo(1, "HD Webcam", place="1-2"))
    device = VideoDevice(1)
    device.open()
    desk.cameras = {0: CameraInfo(0, "HD Webcam", place="1-2"), 1: CameraInfo(1, "HD Webcam", place="1-1")}
    device.open()
    assert [number for number, _ in desk.opened] == [1, 0]


def test_another_camera_is_never_taken_for_it(plug: Callable[..., Desk]) -> None:
    desk = plug(CameraInfo(0, "HD Webcam"), CameraInfo(1, "Built-in"))
    device = VideoDevice(0)
    device.open()
    desk.cameras = {1: CameraInfo(1, "Built-in")}
    with pytest.raises(CameraError):
        device.open()
    assert [number for number, _ in desk.opened] == [0, 0]


@pytest.mark.parametrize(("rate", "code"), [(-1.0, -1.0), (0.0, 0.0), (float("inf"), 22.0)])
def test_a_driver_that_tells_nonsense(rate: float, code: float, plug: Callable[..., Desk]) -> None:
    desk = plug(CameraInfo(0, "HD Webcam"))
    desk.stubborn = True
    original = Capture.get

    def get(self: Capture, name: int) -> float:
        return {cv2.CAP_PROP_FPS: rate, cv2.CAP_PROP_FOURCC: code}.get(name, original(self, name))

    device = VideoDevice(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Capture, "get", get)
        device.open()
    assert device.given == CameraFormat(640, 480, 0.0, "")
