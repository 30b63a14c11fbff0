"""`mudra models calibrate`, and which commands use what it has kept."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from app import calibration_run, console, recognizing, session
from app.__main__ import main
from app.commands import recognize, run
from app.face_calibrations import calibration_path, load_calibration, save_calibration
from recognizers import home
from recognizers.bundle import Bundle
from recognizers.errors import SourceError
from recognizers.frames import Source
from tests.app.faces import FaceLandmarker, Moods
from tests.recognizers import resting_faces as rest
from tests.recognizers import tiny_bundles as tiny

Show = Callable[[Source], None]


@pytest.fixture
def mine() -> Bundle:
    """A bundle of the user's, named `mine`, that reads faces and knows neutral ones."""
    weights, bias = tiny.face_weights()
    return tiny.saved(
        home.models_folder() / "mine",
        tiny.face_info(labels=rest.LABELS, id="mine"),
        model=tiny.face_bundle_model(),
        reference=tiny.tiny_function(weights, bias),
    )


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Return what lets every command see one source, and find the same face in it."""
    for module in (calibration_run, recognize, run):
        monkeypatch.setattr(module, "landmarker_opener", lambda *_: lambda needs: FaceLandmarker())
    monkeypatch.setattr(run, "has_screen", lambda: False)
    monkeypatch.setattr(run, "screen_named", str)

    def shown(source: Source) -> None:
        monkeypatch.setattr(session, "open_inputs", lambda *_, **__: [source])

    return shown


def test_it_takes_a_resting_face_and_says_what_it_does(
    mine: Bundle, show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    show(Moods(("even", 200)))
    assert main(["models", "calibrate", "mine", "--source", "film.mp4", "--seconds", "2"]) == 0
    printed = capsys.readouterr().out
    assert "relaxed face" in printed and "for 2 s" in printed and "neutral" in printed
    assert "mudra models calibrate mine --clear" in printed, "somebody else may sit here next"
    made = load_calibration(mine)
    assert made is not None and made.readings == 20
    assert main(["models", "show", "mine"]) == 0
    assert "to a resting face of 20" in capsys.readouterr().out
    assert main(["models", "calibrate", "mine", "--clear"]) == 0
    assert "forgotten" in capsys.readouterr().out and load_calibration(mine) is None
    assert main(["models", "calibrate", "mine", "--clear"]) == 0
    assert "no resting face" in capsys.readouterr().out


def test_what_fails_leaves_the_one_before(mine: Bundle, show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    save_calibration(rest.calibration(mine))
    show(Moods(("even", 40), ("dark", 80)))
    assert main(["models", "calibrate", "mine", "--source", "film.mp4"]) == 1
    assert "your expression changed" in capsys.readouterr().err
    assert load_calibration(mine) == rest.calibration(mine)


def test_an_interruption_is_one(mine: Bundle, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    show(Moods((None, 20), ("even", 200)))

    def said(text: str) -> None:
        if text.startswith("No face"):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(console, "say", said)
    assert main(["models", "calibrate", "mine", "--source", "film.mp4"]) == 130
    assert load_calibration(mine) is None


def test_a_source_that_fails_says_why(mine: Bundle, show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(Moods):
        def items(self):  # type: ignore[no-untyped-def]
            raise SourceError("the disk is gone")
            yield

    show(Broken(("even", 1)))
    assert main(["models", "calibrate", "mine", "--source", "film.mp4"]) == 1
    assert "the disk is gone" in capsys.readouterr().err


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["gestures"], "only a model that reads faces"),
        (["mine", "--seconds", "0.5"], "from 1 to 60"),
        (["mine", "--clear", "--source", "0"], "takes no --source"),
        (["mine", "--source", "photo.png"], "pictures that move"),
    ],
)
def test_wrong_usage(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.png", rest.POINTS.astype("uint8"))
    assert main(["models", "calibrate", *words]) == 2
    told = capsys.readouterr().err
    assert says in told and told.count("\n") == 1


@pytest.mark.usefixtures("mine")
def test_without_a_camera_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("app.camera.probe_cameras", list)
    assert main(["models", "calibrate", "mine"]) == 1
    assert "no camera found" in capsys.readouterr().err


# Who uses it.


def scores_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    assert main(["recognize", "film.mp4", "--model", "mine", "--format", "jsonl", "--every-frame", *words]) == 0
    found: dict[str, float] = json.loads(capsys.readouterr().out.splitlines()[-1])["scores"]
    return found


def test_recognize_uses_it_only_when_it_is_asked_to(
    mine: Bundle, show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    show(Moods(("even", 10)))
    before = scores_of([], capsys)
    assert scores_of(["--calibrated"], capsys) == before, "there is none yet"
    save_calibration(rest.calibration(mine))
    assert scores_of([], capsys) == before
    after = scores_of(["--calibrated"], capsys)
    assert after["dark"] < before["dark"] and after["neutral"] > before["neutral"]


def test_run_uses_it_unless_it_is_left_out(mine: Bundle, show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        show(Moods(("dark", 10)))
        assert main(["run", "--headless", "--source", "film.mp4", "--model", "mine", *words]) == 0
        return capsys.readouterr().err

    save_calibration(rest.calibration(mine))
    assert "mine: calibrated to your resting face" in said()
    assert said("--no-calibration") == ""
    calibration_path("mine").write_text(json.dumps({**rest.calibration(mine).to_json(), "model": "0" * 64}))
    assert "taken with another model, and is not used" in said()


def test_a_bundle_that_cannot_be_calibrated_runs_as_ever() -> None:
    from recognizers.recognizer import Recognizer

    recognizer = Recognizer(tiny.still_bundle())
    recognizing.calibrate_stored([recognizer])
    assert recognizer.calibration is None


def resting_film(shared_data: Path, target: Path) -> Path:
    """Write the first half second of a film of a face, before it smiles, to and fro for two seconds."""
    film = cv2.VideoCapture(str(shared_data / "media" / "faces" / "single_face.mp4"))
    pictures = [film.read()[1] for _ in range(15)]
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), 30, (width, height))
    for number in range(60):
        writer.write(pictures[abs(number % 28 - 14)])
    writer.release()
    return target


def test_a_real_face_that_rests_and_one_that_begins_to_smile(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rests = resting_film(shared_data, tmp_path / "rests.mp4")
    assert main(["models", "calibrate", "emotions", "--source", str(rests)]) == 0
    assert "resting face" in capsys.readouterr().out
    kept = calibration_path("emotions").read_bytes()
    smiles = shared_data / "media" / "faces" / "single_face.mp4"
    assert main(["models", "calibrate", "emotions", "--source", str(smiles)]) == 1
    assert "your expression changed" in capsys.readouterr().err
    assert calibration_path("emotions").read_bytes() == kept
