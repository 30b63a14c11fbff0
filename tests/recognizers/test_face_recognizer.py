"""Recognizing faces: what is read, how it is smoothed, when it begins and ends."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recognizers.errors import BundleError, TooNewError
from recognizers.face_crop import POINTS, SIDE, FaceReading
from recognizers.face_reader import SMOOTHING_S, FaceReader
from recognizers.recognizer import Recognizer
from recognizers.types import FloatArray, Frame, ImageArray, LabelEvent, Landmarks
from tests.recognizers import tiny_bundles as tiny

STEP_NS = 33_333_333
AT = np.array([*POINTS[:2], (24, 28), POINTS[2], (6, 22), (42, 22)], np.float64) * 4 + (40, 20)
"""The six points in a picture of 320 x 240, so that the crop is every fourth pixel from (40, 20) on."""
POINTS_THERE: FloatArray = (AT / (320, 240)).astype(np.float32)


def picture(mood: str) -> ImageArray:
    image = np.full((240, 320, 3), 120, np.uint8)
    if mood != "even":
        image[: 20 + 2 * SIDE] = 200 if mood == "bright" else 40
    image[::8] += 3
    return image


def shown(mood: str | None, number: int) -> tuple[Frame, Landmarks]:
    """A frame and its landmarks; None shows no face."""
    frame = Frame(picture(mood or "even"), number * STEP_NS, number)
    if mood is None:
        return frame, Landmarks(t_ns=frame.t_ns, image_size=(320, 240))
    return frame, Landmarks(t_ns=frame.t_ns, face_points=POINTS_THERE, image_size=(320, 240))


def watch(recognizer: Recognizer, moods: list[str | None], start: int = 0) -> list[LabelEvent]:
    return [event for n, mood in enumerate(moods, start) for event in recognizer.update(*shown(mood, n), "a").events]


def test_it_asks_for_the_face_alone() -> None:
    recognizer = Recognizer(tiny.face_bundle())
    assert (recognizer.needs_hands, recognizer.needs_face, recognizer.needs_mesh) == (0, True, True)


@pytest.mark.parametrize("mood", tiny.MOODS)
def test_a_still_is_read_alone(mood: str) -> None:
    prediction = Recognizer(tiny.face_bundle()).still(*shown(mood, 0))
    assert prediction is not None
    assert (prediction.label, prediction.mode, prediction.background) == (mood, "emotion", False)
    assert prediction.scores.sum() == pytest.approx(1, abs=1e-5)


def test_without_face_or_picture_there_is_no_prediction() -> None:
    recognizer = Recognizer(tiny.face_bundle())
    _, landmarks = shown("dark", 0)
    assert recognizer.still(*shown(None, 0)) is None
    assert recognizer.still(None, landmarks) is None
    assert recognizer.update(None, landmarks).prediction is None


def test_an_expression_begins_is_held_and_ends_with_the_face() -> None:
    recognizer = Recognizer(tiny.face_bundle())
    begun, ended = watch(recognizer, ["dark"] * 30 + [None] * 20)
    assert (begun.label, begun.frame, begun.ended) == ("dark", 6, False), "the third tick of ten a second"
    assert ended.ended and ended.t_ns == begun.t_ns
    assert ended.duration_ns == 21 * STEP_NS, "the last tick with a face is that of frame 27"


def test_one_wrong_reading_does_not_break_it() -> None:
    recognizer = Recognizer(tiny.face_bundle())
    moods: list[str | None] = ["dark"] * 21
    moods[12] = "bright"
    assert [event.label for event in watch(recognizer, moods)] == ["dark"]


def test_a_face_that_is_missed_for_a_moment_goes_on() -> None:
    recognizer = Recognizer(tiny.face_bundle())
    assert len(watch(recognizer, ["dark"] * 15 + [None] * 5 + ["dark"] * 15)) == 1
    assert recognizer.update(*shown(None, 35)).prediction is None, "but nothing is shown for a frame without a face"


def test_another_expression_takes_over_after_the_mean_has_turned() -> None:
    recognizer = Recognizer(tiny.face_bundle())
    events = watch(recognizer, ["dark"] * 30 + ["bright"] * 45)
    assert [(event.label, event.ended) for event in events] == [("dark", False), ("dark", True), ("bright", False)]
    assert 0.3e9 < events[2].t_ns - 30 * STEP_NS < 1.2e9


def test_below_the_threshold_nothing_is_said() -> None:
    recognizer = Recognizer(tiny.face_bundle(), threshold=1.0)
    assert watch(recognizer, ["dark"] * 30) == []


def test_the_mean_forgets_by_time_not_by_readings() -> None:
    bundle = tiny.face_bundle()
    before, after = (FaceReader(bundle).read(*shown(mood, 0)) for mood in ("dark", "bright"))
    assert before is not None and after is not None
    for steps in (4, 12):
        reader = FaceReader(bundle)
        reader.read_on(*shown("dark", 0))
        for number in range(1, steps + 1):
            t_ns = round(SMOOTHING_S * 1e9 * number / steps)
            frame, landmarks = shown("bright", 0)
            mean = reader.read_on(dataclasses.replace(frame, t_ns=t_ns), dataclasses.replace(landmarks, t_ns=t_ns))
        assert mean is not None
        np.testing.assert_allclose(mean, after + (before - after) / np.e, atol=1e-3)


def test_a_reset_forgets_the_mean() -> None:
    reader = FaceReader(tiny.face_bundle())
    first = reader.read_on(*shown("dark", 0))
    reader.read_on(*shown("bright", 9))
    reader.reset()
    np.testing.assert_array_equal(reader.read_on(*shown("dark", 20)), first)


def test_the_mirror_image_counts_as_much() -> None:
    weights = np.zeros((3, 44, 44), np.float32)
    weights[0, :, :22] = 0.01
    model = tiny.tiny_model(weights.reshape(3, -1), np.zeros(3, np.float32), (44, 44, 1))
    both, one = (
        tiny.Bundle(tiny.face_info(face=FaceReading(mirrored_too=flag)), model, tiny.Path("tiny"))
        for flag in (True, False)
    )
    crop = np.full((1, SIDE, SIDE), 40, np.uint8)
    crop[:, :, :24] = 200
    mirrored = crop[:, :, ::-1]
    assert one.predict(crop)[0, 0] > one.predict(mirrored)[0, 0] + 0.5
    np.testing.assert_allclose(both.predict(crop), both.predict(mirrored), atol=1e-6)
    np.testing.assert_allclose(both.predict(crop), (one.predict(crop) + one.predict(mirrored)) / 2, atol=1e-6)


def saved(folder: tiny.Path, **changed: object) -> tiny.Bundle:
    weights, bias = tiny.face_weights()
    return tiny.saved(
        folder,
        tiny.face_info(**changed),
        model=tiny.tiny_model(weights, bias, (44, 44, 1)),
        reference=tiny.tiny_function(weights, bias),
    )


def test_a_face_bundle_is_written_and_read_again(tmp_path: tiny.Path) -> None:
    reading = FaceReading(44, 5.0, mirrored_too=False, softened=False, turned=3.5)
    bundle = tiny.Bundle.load(saved(tmp_path / "b", face=reading).folder)
    assert bundle.info == tiny.face_info(face=reading)
    assert bundle.info.input_shape == (44, 44, 1)


@pytest.mark.parametrize(
    ("changed", "says", "error"),
    [
        ({"features_version": 2}, "Update Mudra", TooNewError),
        ({"features": "hand", "feature_count": 161}, "features of a face", BundleError),
        ({"mean": (0.0,)}, "a list of 0 numbers", BundleError),
        ({"face": FaceReading(43)}, "even number", BundleError),
        ({"face": FaceReading(50)}, "from 8 to 48", BundleError),
        ({"face": FaceReading(turned=50.0)}, "from 0 to 45", BundleError),
        ({"face": FaceReading(44, 0.0)}, "least_deviation", BundleError),
    ],
)
def test_a_face_bundle_that_does_not_fit_is_refused(
    tmp_path: tiny.Path, changed: dict[str, object], says: str, error: type[BundleError]
) -> None:
    with pytest.raises(error, match=says):
        saved(tmp_path / "b", **changed)


def test_a_bundle_for_other_crops_is_refused(tmp_path: tiny.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = saved(tmp_path / "b").folder
    monkeypatch.setattr("recognizers.bundle_info.POINTS", ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)))
    with pytest.raises(BundleError, match="other crops"):
        tiny.Bundle.load(folder)
