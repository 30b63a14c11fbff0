"""The camera doctor: figures against pictures whose truth is known, and what is advised."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from app.camera import LiveSource
from app.cameras.advice import Measured, advise
from app.cameras.doctor import CameraExaminer, blur_of, examine, noise_between
from app.cameras.v4l2 import CameraFormat
from app.devices import FakeDevice, Lose, Refuse, Show
from recognizers.errors import SourceError
from recognizers.types import ImageArray

GIVEN = CameraFormat(1280, 720, 30.0, "MJPG")
HEALTHY = Measured(
    width=1280,
    height=720,
    pictures=150,
    rate=29.9,
    jitter_ms=2.0,
    longest_gap_ms=41.0,
    repeated=0.0,
    brightness=120.0,
    median=118.0,
    bright=200.0,
    burnt=0.01,
    crushed=0.01,
    contrast=160.0,
    spread=40.0,
    blur_px=0.9,
    noise=1.5,
)


def edges(seed: int = 0) -> ImageArray:
    """Return a picture of large squares of random grey: sharp edges, 24 pixels apart."""
    squares = np.random.default_rng(seed).integers(40, 215, (20, 27))
    grey = np.kron(squares, np.ones((24, 24))).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))


def grey(image: ImageArray) -> Any:
    return image[..., 0].astype(np.float32)


@pytest.mark.parametrize("blur", [0.8, 1.5, 3.0, 5.0])
def test_blur_is_measured_in_pixels(blur: float) -> None:
    for contrast in (1.0, 0.3):
        image = cv2.GaussianBlur(edges(), (0, 0), blur) * contrast
        assert blur_of(grey(image)) == pytest.approx(blur, rel=0.25)


def test_sharp_is_sharp_and_a_wall_tells_nothing() -> None:
    assert blur_of(grey(edges())) < 0.5
    assert math.isnan(blur_of(np.full((100, 100), 90, np.float32)))
    assert math.isnan(blur_of(np.zeros((4, 4), np.float32)))


@pytest.mark.parametrize("noise", [1.0, 4.0, 10.0])
def test_noise_is_measured_where_nothing_moves(noise: float) -> None:
    random = np.random.default_rng(2)
    first, second = (grey(edges()) + random.normal(0, noise, edges().shape[:2]) for _ in range(2))
    second[:200, :300] = grey(edges(1))[:200, :300]  # something else in more than a quarter of the picture
    assert noise_between(first.astype(np.float32), second.astype(np.float32)) == pytest.approx(noise, rel=0.15)


def test_noise_does_not_pass_for_sharpness() -> None:
    blurred = grey(cv2.GaussianBlur(edges(), (0, 0), 3))
    noisy = blurred + np.random.default_rng(3).normal(0, 2, blurred.shape).astype(np.float32)
    assert blur_of(noisy) < 2.0 < blur_of(noisy, 2.0) < 4.0


def fed(rate: float = 30.0, seconds: float = 6.0, image: ImageArray | None = None, repeat: int = 1) -> CameraExaminer:
    examiner = CameraExaminer(None, GIVEN)
    picture = edges() if image is None else image
    for number in range(round(rate * seconds)):
        shown = picture.copy()
        shown[0, 0] = number // repeat % 200
        examiner.add(shown, round(number / rate * 1e9))
    return examiner


@pytest.mark.parametrize("rate", [5.0, 30.0, 120.0])
def test_the_rate_over_the_last_seconds(rate: float) -> None:
    examiner = fed(rate)
    measured = examiner.measured()
    assert measured.rate == pytest.approx(rate, rel=0.01) and measured.jitter_ms < 0.1
    assert measured.pictures == pytest.approx(5 * rate, abs=2) and examiner.progress == 1.0
    assert (measured.width, measured.height, measured.repeated) == (648, 480, 0.0)


def test_light_and_contrast() -> None:
    dark, bright = np.full((480, 640, 3), 3, np.uint8), np.full((480, 640, 3), 252, np.uint8)
    assert fed(image=dark).measured().crushed > 0.99 and fed(image=bright).measured().burnt > 0.99
    measured = fed().measured()
    assert measured.brightness == pytest.approx(edges().mean(), abs=3)
    assert measured.contrast == pytest.approx(0.9 * 175, abs=12)


def test_pictures_that_come_twice_are_counted() -> None:
    measured = fed(60.0, repeat=2).measured()
    assert measured.repeated == pytest.approx(0.5, abs=0.02)
    (line,) = [each for each in fed(60.0, repeat=2).report().findings if each.name == "repeats"]
    assert line.state == "warn" and "really 30" in line.text


def test_another_size_starts_over() -> None:
    examiner = fed()
    examiner.add(np.zeros((90, 160, 3), np.uint8), 10**10)
    assert examiner.measured().pictures == 1 and examiner.progress == 0.0
    examiner.restart()
    assert examiner.measured().pictures == 0 and not examiner.report().healthy


def test_a_healthy_camera() -> None:
    lines = advise(HEALTHY, GIVEN, GIVEN)
    assert [line.state for line in lines] == ["ok"] * 8
    assert {line.name for line in lines} == {
        "rate", "evenness", "repeats", "light", "contrast", "sharpness", "grain", "size",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "name", "words", "remedy"),
    [
        ({"rate": 15.0, "brightness": 70.0}, "rate", "15.0 pictures a second of 30 promised: each is exposed", "light"),
        ({"rate": 15.0}, "rate", "in good light", "hub"),
        ({"jitter_ms": 25.0}, "evenness", "unevenly", "busy"),
        ({"repeated": 0.5}, "repeats", "really 14.9", "lower rate"),
        ({"brightness": 30.0, "bright": 60.0}, "light", "too dark", "light on"),
        ({"brightness": 8.0, "spread": 0.5}, "light", "black", "lens cover"),
        ({"burnt": 0.2, "median": 60.0}, "light", "behind you", "curtain"),
        ({"brightness": 220.0}, "light", "too bright", "exposure"),
        ({"contrast": 20.0}, "contrast", "flat", "Clean"),
        ({"blur_px": 5.0}, "sharpness", "5.0 pixels", "focus"),
        ({"noise": 12.0}, "grain", "grainy", "light on"),
        ({"width": 320, "height": 240, "blur_px": 0.4}, "size", "small", "640x360"),
        ({"width": 1920, "height": 1080}, "size", "larger", "1280x720"),
    ],
)
def test_each_fault_is_named_first_with_what_to_do(change: dict[str, Any], name: str, words: str, remedy: str) -> None:
    lines = advise(replace(HEALTHY, **change), GIVEN, GIVEN)
    assert lines[0].name == name and lines[0].state != "ok" and words in lines[0].text and remedy in lines[0].remedy
    assert all(line.state == "ok" for line in lines[1:]), "one fault is one line"


def test_slowness_has_its_own_cause_for_uncompressed_pictures_and_slow_formats() -> None:
    plain = replace(GIVEN, pixels="YUYV")
    assert "uncompressed" in advise(replace(HEALTHY, rate=9.0), plain, plain)[0].text
    slow = replace(GIVEN, rate=10.0)
    (line, *_) = advise(replace(HEALTHY, rate=10.0), slow, slow)
    assert "fast signs" in line.text and line.remedy
    assert advise(HEALTHY, None, None)[0].state == "ok", "a camera that promises nothing breaks no promise"


def test_a_lit_person_before_a_dark_wall_is_well_lit() -> None:
    assert all(line.state == "ok" for line in advise(replace(HEALTHY, brightness=28.0, bright=150.0), None, None))


def test_what_could_not_be_measured_is_not_blamed() -> None:
    unknown = replace(HEALTHY, blur_px=math.nan, noise=math.nan)
    assert all(line.state == "ok" for line in advise(unknown, None, None))
    assert [line.name for line in advise(replace(HEALTHY, pictures=2), None, None)] == ["pictures"]


def test_a_size_that_was_not_asked_for_is_told() -> None:
    line = next(line for line in advise(replace(HEALTHY, width=640, height=480), GIVEN, None) if line.name == "size")
    assert "asked for 1280x720" in line.text


def test_a_report_is_json_without_nan() -> None:
    report = CameraExaminer().report()
    assert math.isnan(report.measured.rate)
    text = json.dumps(report.as_json(), allow_nan=False)
    assert json.loads(text)["measured"]["rate"] is None


def test_examining_a_source_leaves_out_its_first_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cameras.doctor.WARM_UP_S", 0.3)
    device = FakeDevice([Show(edges() // 20, 20, 100), Show(edges(), 2000, 100, grain=True)], given=GIVEN)
    told: list[float] = []
    with LiveSource(device) as source:
        report = examine(source, 0.5, told.append)
    assert report.given == GIVEN and report.measured.brightness == pytest.approx(edges().mean(), abs=3)
    assert told == sorted(told) and told[-1] == 1.0


def test_a_source_that_is_lost_meanwhile_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cameras.doctor.WARM_UP_S", 0.0)
    device = FakeDevice([Show(edges(), 20, 100), Lose("unplugged"), Show(edges(), 60, 100, grain=True)])
    with LiveSource(device, retry_s=(0.01, 0.1)) as source:
        report = examine(source, 30)
    assert report.findings[0].name == "loss" and "Unplugged" in report.findings[0].text
    assert report.measured.pictures == 80, "it ended before its time, and what came counts"


def test_a_source_that_cannot_be_opened() -> None:
    with LiveSource(FakeDevice([Refuse("taken")])) as source, pytest.raises(SourceError, match="taken"):
        examine(source)
