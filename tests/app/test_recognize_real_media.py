"""`mudra recognize` on photos and videos of real people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main


def events(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["recognize", *words, "--format", "jsonl"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


@pytest.mark.parametrize("name", ["thumbs-up.png", "hand_thumb_up.jpg"])
def test_a_thumb_up_is_like(name: str, shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = events(capsys, str(shared_data / "media/mediapipe_samples" / name))
    assert [event["label"] for event in found] == ["like"]


def test_a_video_of_a_thumb_up(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_data / "media/mediapipe_samples/gesture_recognizer_test_video.mp4"
    found = events(capsys, str(path))
    last = found[-1]
    assert last["label"] == "like"
    assert float(str(last["t"])) == pytest.approx(2.6, abs=0.3)
    assert float(str(last["t"])) + float(str(last["duration"])) == pytest.approx(7.76, abs=0.35)
    assert {event["label"] for event in found[:-1]} <= {"fist"}


@pytest.mark.parametrize(
    "name",
    [
        "faces/single_face.jpg",
        "faces/single_face.mp4",
        "mediapipe_samples/business-person.png",
        "mediapipe_samples/face_testImg.jpeg",
    ],
)
def test_a_face_alone_is_no_gesture(name: str, shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert events(capsys, str(shared_data / "media" / name)) == []
