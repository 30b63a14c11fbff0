"""What a running camera's pictures tell: black, dark, slow in the dark, standing still; and no flicker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from app.cameras.causes import Cause, remedy_of
from app.cameras.light import PictureWatch, light_of, sample
from recognizers.frames import VideoSource
from recognizers.types import ImageArray, SourceState

ROOM = np.linspace(30, 220, 160, dtype=np.float32)[None, :, None] * np.ones((120, 1, 3), np.float32)
"""A wall that gets lighter from left to right: mean 125."""


@dataclass
class Feeder:
    """Feeds a watch with pictures on a clock of its own."""

    watch: PictureWatch
    t_ns: int = 0
    number: int = 0

    def feed(self, seconds: float, image: ImageArray, rate: float = 30.0, *, grain: bool = True) -> list[bool]:
        new = []
        for _ in range(round(seconds * rate)):
            self.number += 1
            shown = image.copy()
            shown[0, 0] ^= self.number & 1 if grain else 0
            new.append(self.watch.is_new(shown, self.t_ns))
            self.t_ns += round(1e9 / rate)
        return new

    def cause(self, seconds: float, image: ImageArray, rate: float = 30.0) -> str:
        assert all(self.feed(seconds, image, rate))
        status = self.watch.status
        assert status.state is SourceState.OK and bool(status.cause) == bool(status.message) == bool(status.remedy)
        return status.cause


def room(brightness: float) -> ImageArray:
    return np.clip(ROOM * brightness, 0, 255).astype(np.uint8)


@pytest.fixture
def feeder() -> Iterator[Feeder]:
    yield Feeder(PictureWatch(promised_rate=30.0))


def test_a_good_picture_says_nothing(feeder: Feeder) -> None:
    assert feeder.cause(5, room(1.0)) == ""


def test_a_covered_lens_is_black(feeder: Feeder) -> None:
    grain = np.random.default_rng(0).normal(8, 6, (120, 160, 3))
    covered = np.clip(grain, 0, 255).astype(np.uint8)
    assert feeder.cause(2, covered) == Cause.BLACK
    assert feeder.watch.status.remedy == remedy_of(Cause.BLACK)
    assert feeder.cause(2, np.zeros((120, 160, 3), np.uint8)) == Cause.BLACK
    assert feeder.cause(2, room(1.0)) == "", "it is gone when the lens is open"


def test_a_dark_room_is_dark_and_not_black(feeder: Feeder) -> None:
    assert feeder.cause(2, room(0.08)) == Cause.DARK
    assert feeder.cause(2, room(1.0)) == ""


def test_a_lit_face_before_a_dark_wall_is_not_dark(feeder: Feeder) -> None:
    image = room(0.08)
    image[30:80, 50:100] = 170
    assert image.mean() < 45 and feeder.cause(3, image) == ""


def test_slow_in_the_dim_is_because_of_the_dark(feeder: Feeder) -> None:
    assert feeder.cause(4, room(0.6), rate=15) == Cause.DARK_SLOW
    assert feeder.watch.status.message == "Only 15 pictures a second, because it is dark"
    assert feeder.cause(4, room(0.6), rate=30) == "", "the rate is right again"


@pytest.mark.parametrize(("brightness", "rate"), [(1.2, 15), (0.6, 26), (0.6, 60)])
def test_slow_in_the_light_or_quick_in_the_dim_is_no_fault(brightness: float, rate: float, feeder: Feeder) -> None:
    assert feeder.cause(4, room(brightness), rate) == ""


def test_without_a_promise_nothing_is_slow() -> None:
    assert Feeder(PictureWatch()).cause(4, room(0.6), rate=5) == ""


def test_a_glimpse_changes_nothing(feeder: Feeder) -> None:
    feeder.feed(2, room(1.0))
    for _ in range(5):
        assert feeder.cause(0.6, room(0.05)) == "" and feeder.cause(0.6, room(1.0)) == ""


def test_at_the_limit_the_line_does_not_flicker(feeder: Feeder) -> None:
    random = np.random.default_rng(1)
    seen = []
    for _ in range(200):
        feeder.feed(0.2, room(float(random.normal(0.36, 0.02))))  # a mean of 45, with a lamp that flickers
        seen.append(feeder.watch.status.cause)
    assert sum(first != second for first, second in pairwise(seen)) <= 2


def test_a_live_camera_that_repeats_its_picture_stands_still(feeder: Feeder) -> None:
    assert all(feeder.feed(2, room(1.0)))
    new = feeder.feed(2, room(1.0), grain=False)
    assert all(new[:30]) and not any(new[31:]), "after a second it is no longer live"
    assert all(feeder.feed(1, room(1.0))), "and it is at once when something changes"


@pytest.mark.parametrize("rate", [5.0, 30.0, 120.0])
def test_a_slide_show_is_no_frozen_camera(rate: float) -> None:
    feeder = Feeder(PictureWatch(rate))
    for brightness in (0.8, 0.9, 1.0, 1.1):
        assert all(feeder.feed(3, room(brightness), rate, grain=False))


def test_a_uniform_picture_is_not_called_frozen(feeder: Feeder) -> None:
    assert all(feeder.feed(2, room(1.0)))
    assert all(feeder.feed(3, np.zeros((120, 160, 3), np.uint8), grain=False)), "a shutter may give pure black"


def test_sizes_that_change_and_tiny_ones(feeder: Feeder) -> None:
    for shape in ((1, 1), (4, 6), (39, 41), (480, 640), (1080, 1920)):
        assert all(feeder.feed(0.2, np.full((*shape, 3), 120, np.uint8)))


def test_the_sample_is_small() -> None:
    assert sample(np.zeros((1080, 1920, 3), np.uint8)).shape == (40, 40, 3)
    light = light_of(sample(room(1.0)))
    assert abs(light.mean - 125) < 3 and 190 < light.bright < 215 and light.spread > 40


@pytest.mark.parametrize("name", ["faces/single_face.mp4", "mediapipe_samples/gesture_recognizer_test_video.mp4"])
@pytest.mark.parametrize(("brightness", "cause"), [(1.0, ""), (0.12, Cause.DARK), (0.0, Cause.BLACK)])
def test_real_pictures(name: str, brightness: float, cause: str, shared_data: Path) -> None:
    with VideoSource(shared_data / "media" / name) as source:
        watch = PictureWatch(source.frame_rate)
        for frame in islice(source.items(), 60):
            dimmed = (frame.image * np.float32(brightness)).astype(np.uint8)
            assert watch.is_new(dimmed, frame.t_ns), "a live picture is never called an old one"
        assert watch.status.cause == cause
