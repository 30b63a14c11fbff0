"""`mudra bench`: every frame is timed, and what is printed is what was measured."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from app.__main__ import main
from app.bench import WARMING, Cost, measure, memory_mb
from app.fakes import ScriptedLandmarker, ScriptedRecognizer
from recognizers.clips import save_clip
from recognizers.errors import MudraError
from recognizers.frames import Source
from recognizers.types import Frame, Landmarks
from tests.app.planned import Frames, Photo
from tests.recognizers.made_clips import made_clip

SHORT = ["--source", "synthetic:palm:9", "--frames", "4"]


class Slow(ScriptedLandmarker):
    """A landmarker that takes two hundredths of a second."""

    def detect(self, frame: Frame) -> Landmarks:
        time.sleep(0.02)
        return super().detect(frame)


def cost_of(source: Source, frames: int = 10) -> Cost:
    recognizer = ScriptedRecognizer(lambda _: ("palm", 0.9))
    return measure([recognizer], [source], frames, lambda needs: Slow(), "gesture")


def test_parts_add_up_and_warming_frames_do_not_count() -> None:
    cost = cost_of(Frames(count=WARMING + 50))
    assert (cost.mode, cost.frames, cost.size) == ("gesture", 10, (64, 48))
    times = cost.times
    assert times["landmarks"].p50 >= 20 and times["whole"].p50 >= times["landmarks"].p50
    assert times["whole"].p95 >= times["whole"].p50 > times["recognizer"].p50 > 0
    assert 0 < cost.frames_per_second < 50


def test_a_source_may_end_before_enough_frames_and_not_before_one() -> None:
    assert cost_of(Frames(count=WARMING + 3)).frames == 3
    with pytest.raises(MudraError, match=f"more than {WARMING} frames"):
        cost_of(Frames(count=WARMING))


def test_one_mode_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--mode", "gesture", *SHORT]) == 0
    head, titles, row, memory = capsys.readouterr().out.splitlines()[:4]
    assert head.startswith("4 frames, 640 x 480") and titles.split()[:2] == ["mode", "frames/s"]
    assert row.split()[0] == "gesture" and row.count("/") == 4 and memory.startswith("memory: ")


def test_every_mode_and_all_of_them_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json", *SHORT]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["mode"] for each in found["modes"]] == ["sign", "gesture", "emotion", "all"]
    assert set(found["modes"][-1]["bundles"]) == {"sign", "gesture", "emotion"}
    for each in found["modes"]:
        assert each["frames"] == 4 and each["seen"] == 1.0 and each["times"]["whole"]["p50"] > 0
    assert found["machine"]["processors"] >= 1 and found["source"] == SHORT[1]


def test_recorded_landmarks_cost_no_landmarker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_clip(tmp_path / "a.npz", made_clip(frames=WARMING + 20))
    assert main(["bench", "--mode", "gesture", "--source", str(tmp_path / "a.npz"), "--json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)["modes"]
    assert (only["frames"], only["size"], only["times"]["landmarks"]["p95"]) == (20, None, 0.0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--frames", "0"], "a whole number from 1"),
        (["--mode", "dance"], "--mode"),
        (["--model", "gestures", "--mode", "sign"], "another mode"),
    ],
)
def test_wrong_usage(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *words]) == 2
    assert says in capsys.readouterr().err


def test_what_cannot_be_measured_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["bench", "--source", str(tmp_path / "gone.mp4")]) == 1
    assert "gone.mp4" in capsys.readouterr().err
    monkeypatch.setattr("app.session.open_inputs", lambda spec: [Photo()])
    assert main(["bench", "--source", "photo.jpg"]) == 2
    assert "no stream" in capsys.readouterr().err


def test_memory_is_known_or_said_to_be_unknown() -> None:
    now, most = memory_mb()
    assert now is None or (most is not None and most >= now > 1)
