"""docs/python.md: every block runs as it stands there, on films, photos and clips of the synthetic signer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizers.clips import Clip, ClipHeader, save_clip
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.synthetic import SyntheticSource
from recognizers.types import RIGHT, FloatArray, Frame, ImageArray

PAGE = Path(__file__).parents[1] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SIZE = (640, 480)


def blocks() -> list[str]:
    return BLOCK.findall(PAGE.read_text("utf-8"))


def block(mark: str) -> str:
    """Return the one block that holds these words."""
    (found,) = [each for each in blocks() if mark in each]
    return found


def palm() -> FloatArray:
    """Return the landmarks of a right palm, (21, 3)."""
    return project(hand_points(poses()["palm"]), View(SIZE, wrist=(0.5, 0.7))).astype(np.float32)


@pytest.fixture(scope="module")
def signed() -> list[ImageArray]:
    """The pictures of a short film: a palm, then a fist; 15 a second."""
    with SyntheticSource("palm:1.2,fist:1.2,none:0.6,size=480x360,fps=15") as source:
        return [item.image for item in source.items() if isinstance(item, Frame)]


@pytest.fixture
def files(tmp_path: Path, signed: list[ImageArray], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the page names, where it is run."""
    writer = cv2.VideoWriter(str(tmp_path / "film.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 15, (480, 360))
    for picture in signed:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    cv2.imwrite(str(tmp_path / "photo.jpg"), cv2.cvtColor(signed[10], cv2.COLOR_RGB2BGR))
    np.save(tmp_path / "hand.npy", palm())
    hands = np.full((60, 2, 21, 3), np.nan, np.float32)
    hands[:, RIGHT] = palm()
    arrays = {
        "t_ns": np.arange(60, dtype=np.int64) * 33_333_333,
        "hands": hands,
        "hands_world": np.full_like(hands, np.nan),
        "face_points": np.full((60, 6, 2), np.nan, np.float32),
    }
    save_clip(tmp_path / "clip.npz", Clip.of_arrays(ClipHeader("palm", "gesture", image_size=SIZE), arrays, "test"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(code: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run a block as a program of its own and return the lines that it printed."""
    exec(compile(code, str(PAGE), "exec"), {"__name__": "__main__"})
    return capsys.readouterr().out.splitlines()


class Webcam:
    """Stands in for `cv2.VideoCapture`: gives the film's pictures, on a clock of its own, and then none."""

    def __init__(self, pictures: list[ImageArray], now: list[int]) -> None:
        self._pictures: Iterator[ImageArray] = iter(pictures)
        self._now = now

    def read(self) -> tuple[bool, ImageArray | None]:
        self._now[0] += 66_666_667
        picture = next(self._pictures, None)
        return picture is not None, None if picture is None else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)


def test_a_webcam(
    files: Path, signed: list[ImageArray], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0]
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: Webcam(signed, now))
    monkeypatch.setattr("recognizers.pipeline.time.monotonic_ns", lambda: now[0])
    lines = run(block("VideoCapture"), capsys)
    assert [line.partition(",")[0] for line in lines] == ["palm", "fist"]
    assert all(line.endswith("%") for line in lines)


def test_a_film(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(block("film.mp4"), capsys)
    assert [line.split()[2] for line in lines] == ["palm", "fist"]
    assert 0 < float(lines[0].split()[0]) < 1 < float(lines[1].split()[0]) < 2.4


def test_a_photo(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(block("predict_photo"), capsys)
    assert lines[0].startswith("palm, ") and lines[1] == "['palm']"


def test_several_modes(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(block("hold_s"), capsys)
    assert "gesture palm" in lines and "sign seeyoulater" in lines


def test_a_clip(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = run(block("predict_clip"), capsys)
    label, onset, duration = line.split()
    assert label == "palm" and 0 < float(onset) < 0.5 and 1 < float(duration) < 2


def test_landmarks_of_ones_own(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(block("predict_landmarks"), capsys) == ["{'gesture': 'palm'}", "['palm']"]


def test_what_a_model_says(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(block("info.metrics"), capsys)
    assert lines[0].startswith("gesture still ") and float(lines[0].split()[-1]) > 0.9 and "none" in lines[1]


def test_what_is_wrong(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(block("except MudraError"), capsys)
    assert lines[0] == "there is no such bundle" and "mudra models list" in lines[1]


def test_every_block_is_tried() -> None:
    marks = ["VideoCapture", "film.mp4", "predict_photo", "hold_s", "predict_clip", "predict_landmarks"]
    marks += ["info.metrics", "except MudraError"]
    assert sorted(blocks()) == sorted(map(block, marks))
