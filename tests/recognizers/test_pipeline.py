"""The pipeline for other people's programs: what it takes, what it refuses, and that a folder is read as a whole."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizers.clips import Clip, ClipHeader, save_clip
from recognizers.errors import BundleError, MudraError, SourceError, UsageError
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.landmarker import Landmarker
from recognizers.pipeline import Pipeline
from recognizers.recognizer import Recognizer
from recognizers.types import RIGHT, FloatArray, LabelEvent
from tests.recognizers.tiny_bundles import face_bundle, move_bundle, saved, still_bundle

SIZE = (640, 480)
STEP_NS = 50_000_000


def hands(pose: str, count: int) -> FloatArray:
    """Return a right hand held still, (count, 2, 21, 3)."""
    made = np.full((count, 2, 21, 3), np.nan, np.float32)
    made[:, RIGHT] = project(hand_points(poses()[pose]), View(SIZE, wrist=(0.5, 0.7)))
    return made


def clip(pose: str, count: int = 40) -> Clip:
    arrays = {
        "t_ns": np.arange(count, dtype=np.int64) * STEP_NS,
        "hands": hands(pose, count),
        "hands_world": np.full((count, 2, 21, 3), np.nan, np.float32),
        "face_points": np.full((count, 6, 2), np.nan, np.float32),
    }
    return Clip.of_arrays(ClipHeader(pose, "gesture", image_size=SIZE), arrays, "test")


@pytest.fixture
def no_landmarker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody open a landmarker."""
    monkeypatch.setattr("recognizers.pipeline.Landmarker", lambda **_: pytest.fail("opened"))


@pytest.mark.usefixtures("no_landmarker")
def test_landmarks_give_what_a_recognizer_gives() -> None:
    recorded = clip("palm")
    expected = Recognizer(still_bundle()).predict_clip(recorded)
    with Pipeline(still_bundle()) as pipeline:
        seen = [pipeline.predict_landmarks(each) for each in recorded.landmarks()]
        events = [event for each in seen for event in each.events] + list(pipeline.finish())
    assert [event for event in events if event.ended] == expected and expected[0].label == "palm"
    assert [event.ended for event in events] == [False, True]
    assert seen[-1].held["gesture"].label == "palm" and seen[-1].predictions["gesture"].label == "palm"
    assert not seen[0].held and seen[0].predictions["gesture"].label == "palm", "one look is a prediction, no event"


@pytest.mark.usefixtures("no_landmarker")
def test_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    for pose in ("palm", "fist"):
        save_clip(tmp_path / f"{pose}.npz", clip(pose))
    with Pipeline(saved(tmp_path / "tiny").folder) as pipeline:
        assert [event.label for event in pipeline.recognize(tmp_path / "palm.npz")] == ["palm"]
        (tmp_path / "broken.npz").write_bytes(b"x")
        problems: list[MudraError] = []
        events = list(pipeline.recognize(tmp_path, problems))
        assert [(event.label, event.source) for event in events] == [("fist", "fist.npz"), ("palm", "palm.npz")]
        assert len(problems) == 1 and "broken.npz" in str(problems[0])
        with pytest.raises(MudraError, match="broken"):
            list(pipeline.recognize(tmp_path))
        with pytest.raises(SourceError):
            list(pipeline.recognize(tmp_path / "nothing"))


def test_a_photo_stands_alone_as_an_array_and_as_a_file(tmp_path: Path, shared_data: Path) -> None:
    photo = sorted((shared_data / "media/gesture_photos/raw_data/rock").iterdir())[0]
    picture = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)
    with Pipeline("gestures") as pipeline:
        seen = pipeline.predict_photo(picture)
        (event,) = pipeline.recognize(photo)
    assert seen.predictions["gesture"].label == event.label == "rock" and event.source == photo.name
    assert [each.label for each in seen.events] == ["rock"] and seen.held["gesture"].ended


def test_it_looks_for_what_its_models_need_and_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[dict[str, object]] = []
    closed: list[object] = []

    class Watched(Landmarker):
        def __init__(self, **needs: object) -> None:
            opened.append(needs)
            super().__init__(**needs)  # type: ignore[arg-type]

        def close(self) -> None:
            closed.append(self)
            super().close()

    monkeypatch.setattr("recognizers.pipeline.Landmarker", Watched)
    black = np.zeros((48, 64, 3), np.uint8)
    with Pipeline(face_bundle()) as faces:
        faces.predict(black)
        faces.predict(black)
    with Pipeline(still_bundle(), move_bundle()) as both:
        seen = both.predict_photo(black)
        both.reset()
    assert opened == [
        {"stills": False, "hands": 0, "face": True, "allow_usage_reports": False},
        {"stills": True, "hands": 2, "face": True, "allow_usage_reports": False},
    ]
    assert len(closed) == 2 and seen.predictions == {} and seen.events == ()
    assert both.labels == {"gesture": ("none", "palm", "fist"), "sign": ("idle", "left", "right")}


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64, 3), np.float32),
        [[1, 2, 3]],
        None,
    ],
)
@pytest.mark.usefixtures("no_landmarker")
def test_what_is_no_picture_is_refused(picture: object) -> None:
    with Pipeline(still_bundle()) as pipeline, pytest.raises(UsageError, match="RGB"):
        pipeline.predict(picture)  # type: ignore[arg-type]


def test_models_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(UsageError, match="found none"):
        Pipeline()
    with pytest.raises(UsageError, match="another mode"):
        Pipeline(still_bundle(), still_bundle())
    with pytest.raises(BundleError):
        Pipeline("no-such-model")


@pytest.mark.usefixtures("no_landmarker")
def test_ones_own_threshold_and_hold_count() -> None:
    recorded = clip("palm")
    never = still_bundle(thresholds={"palm": 1.01})
    assert _events(Pipeline(never), recorded) == []
    (soon,) = _events(Pipeline(never, threshold=0.5), recorded)
    (late,) = _events(Pipeline(still_bundle(), hold_s=1.0), recorded)
    assert late.t_ns > soon.t_ns + 500_000_000


def _events(pipeline: Pipeline, recorded: Clip) -> list[LabelEvent]:
    return [
        event for each in recorded.landmarks() for event in pipeline.predict_landmarks(each).events if not event.ended
    ]
