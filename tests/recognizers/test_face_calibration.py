"""What a resting face takes out of the answers, what it leaves alone, and its file."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.errors import CalibrationError, FormatError, MudraError, TooNewError, UsageError
from recognizers.face_calibration import MOST, ORDINARY, FaceCalibration, calibrated, check_calibratable
from recognizers.face_reader import FaceReader
from recognizers.fields import Fields
from recognizers.recognizer import Recognizer
from recognizers.types import FloatArray
from tests.recognizers import resting_faces as rest
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.test_face_recognizer import shown

FER = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
CROSS = (0.48, 0.02, 0.05, 0.02, 0.2, 0.2, 0.03)


def of_fer(probabilities: tuple[float, ...]) -> FaceCalibration:
    return FaceCalibration("emotions", "0" * 64, FER, probabilities, 30)


def ordinary() -> tuple[float, ...]:
    powers = np.exp([ORDINARY.get(label, 0.0) for label in FER])
    return tuple(powers / powers.sum())


probabilities = st.lists(st.floats(0.001, 1), min_size=7, max_size=7).map(
    lambda values: tuple(value / sum(values) for value in values)
)


def test_a_resting_face_that_looks_cross_is_neutral_afterwards() -> None:
    before = np.array(CROSS, np.float32)
    assert FER[before.argmax()] == "angry"
    after = of_fer(CROSS).apply(before)
    assert FER[after.argmax()] == "neutral" and after[4] > 0.5
    assert after.sum() == pytest.approx(1) and after.dtype == np.float32
    assert of_fer(CROSS).neutral_after() == pytest.approx(after[4])


def test_it_is_read_as_an_ordinary_neutral_face_where_it_may_be() -> None:
    """By hand: sad stands log(0.3 / 0.4) - (-1.6) = 1.3123 above what is ordinary."""
    mild = of_fer((0.05, 0.01, 0.04, 0.02, 0.4, 0.3, 0.01))
    shift = dict(zip(FER, mild.shift, strict=True))
    assert shift["sad"] == pytest.approx(np.log(0.3 / 0.4) + 1.6, abs=1e-5)
    assert shift["angry"] == pytest.approx(np.log(0.05 / 0.4) + 2.3, abs=1e-5)
    assert shift["happy"] == 0 and shift["neutral"] == 0


def test_an_ordinary_neutral_face_changes_nothing() -> None:
    scores = np.array([[0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]], np.float32)
    np.testing.assert_allclose(of_fer(ordinary()).apply(scores), scores, atol=1e-6)


def test_a_clear_expression_comes_through() -> None:
    """Also of the very label that the resting face was read as."""
    cross = of_fer(CROSS)
    for number, label in enumerate(FER):
        scores = np.full(7, 0.08 / 6, np.float32)
        scores[number] = 0.92
        assert FER[cross.apply(scores).argmax()] == label


@given(probabilities, probabilities)
def test_only_what_stands_out_is_lowered_and_never_by_more_than_the_bound(
    resting: tuple[float, ...], scores: tuple[float, ...]
) -> None:
    calibration = of_fer(resting)
    assert (calibration.shift >= 0).all() and (calibration.shift <= MOST).all() and calibration.shift[4] == 0
    before, after = np.array(scores, np.float32), calibration.apply(np.array(scores, np.float32))
    assert after[4] >= before[4] - 1e-6, "neutral is never lowered"
    if FER[before.argmax()] == "neutral":
        assert FER[after.argmax()] == "neutral"
    odds = np.log(before) - np.log(before[4]) - (np.log(after) - np.log(after[4]))
    np.testing.assert_allclose(odds, calibration.shift, atol=1e-3)


def test_many_answers_at_once() -> None:
    scores = np.stack([np.array(CROSS, np.float32), np.array(ordinary(), np.float32)])
    both = of_fer(CROSS).apply(scores)
    np.testing.assert_allclose(both[1], of_fer(CROSS).apply(scores[1]), rtol=1e-6)


def test_it_is_the_geometric_mean_of_its_readings() -> None:
    bundle = rest.bundle()
    made = calibrated(bundle, [np.array(each, np.float32) for each in ((0.1, 0.6, 0.3), (0.1, 0.3, 0.6))])
    by_hand = np.sqrt([0.01, 0.18, 0.18])
    np.testing.assert_allclose(made.rest, by_hand / by_hand.sum(), rtol=1e-5)
    assert (made.bundle, made.model, made.labels, made.readings) == ("tiny", bundle.model_hash, rest.LABELS, 2)
    assert made.fits(bundle)


def test_a_face_too_far_from_neutral_is_no_resting_face() -> None:
    """It would take more than the bound; half of it would leave the face what it was and cost the others."""
    with pytest.raises(CalibrationError, match="dark 97%"):
        calibrated(rest.bundle(), [np.array((0.02, 0.97, 0.01), np.float32)])


def test_without_the_label_neutral_there_is_nothing_to_calibrate_to() -> None:
    with pytest.raises(UsageError, match="no label 'neutral'"):
        check_calibratable(tiny.face_bundle())
    with pytest.raises(UsageError, match="reads faces"):
        check_calibratable(tiny.still_bundle())


def test_words_name_what_matters() -> None:
    assert of_fer(CROSS).words() == "angry 48%, sad 20%, neutral 20%"
    assert of_fer((0.01, 0.01, 0.01, 0.01, 0.94, 0.01, 0.01)).words() == "neutral 94%"


# Recognizing with it.


def read(reader: FaceReader, mood: str) -> FloatArray:
    scores = reader.read(*shown(mood, 0))
    assert scores is not None
    return scores


def test_stills_and_streams_are_calibrated_alike() -> None:
    bundle = rest.bundle()
    plain, reader = FaceReader(bundle), FaceReader(bundle)
    reader.calibration = rest.calibration(bundle)
    np.testing.assert_allclose(read(reader, "even"), reader.calibration.apply(read(plain, "even")))
    streamed = reader.read_on(*shown("even", 0))
    assert streamed is not None
    np.testing.assert_allclose(streamed, read(reader, "even"))


def test_another_calibration_counts_at_once_in_the_middle_of_a_stream() -> None:
    bundle = rest.bundle()
    reader = FaceReader(bundle)
    first = reader.read_on(*shown("dark", 0))
    reader.calibration = rest.calibration(bundle)
    second = reader.read_on(*shown("dark", 0))
    assert first is not None and second is not None
    np.testing.assert_allclose(second, reader.calibration.apply(first), rtol=1e-5)
    reader.calibration = None
    np.testing.assert_allclose(reader.read_on(*shown("dark", 0)), first, rtol=1e-5)


def test_a_recognizer_takes_only_what_belongs_to_its_model() -> None:
    bundle = rest.bundle()
    recognizer = Recognizer(bundle)
    right = rest.calibration(bundle)
    with pytest.raises(FormatError, match="another model"):
        recognizer.calibrate(dataclasses.replace(right, model="f" * 64))
    with pytest.raises(UsageError, match="neutral"):
        Recognizer(tiny.face_bundle()).calibrate(right)
    assert recognizer.calibration is None
    recognizer.calibrate(right)
    assert recognizer.calibration == right
    recognizer.calibrate(None)
    Recognizer(tiny.still_bundle()).calibrate(None)
    assert recognizer.calibration is None


def test_what_is_held_goes_on_when_the_calibration_changes() -> None:
    bundle = rest.bundle()
    recognizer = Recognizer(bundle)
    for number in range(12):
        recognizer.update(*shown("dark", number))
    assert recognizer.held is not None
    recognizer.calibrate(rest.calibration(bundle))
    assert recognizer.held is not None


# Its file.


def written(**changed: object) -> Fields:
    values = {**of_fer(CROSS).to_json(), **changed}
    return Fields.of_bytes(json.dumps(values).encode(), "face.json")


def test_it_is_written_and_read_again() -> None:
    made = dataclasses.replace(of_fer(CROSS), made="2026-11-22")
    assert FaceCalibration.read(Fields.of_bytes(json.dumps(made.to_json()).encode(), "face.json")) == made


@pytest.mark.parametrize(
    ("changed", "says", "error"),
    [
        ({"version": 2}, "newer", TooNewError),
        ({"version": "1"}, "version", FormatError),
        ({"format": "mudra-bundle"}, "format", FormatError),
        ({"labels": ["angry", "sad"]}, "neutral", FormatError),
        ({"rest": {"neutral": 1.0}}, "for each label", FormatError),
        ({"rest": dict.fromkeys(FER, 0.0)}, "sum", FormatError),
        ({"rest": dict.fromkeys(FER, 2.0)}, "from 0 to 1", FormatError),
        ({"readings": 0}, "readings", FormatError),
        ({"model": 3}, "model", FormatError),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(changed: dict[str, object], says: str, error: type[MudraError]) -> None:
    with pytest.raises(error, match=says) as caught:
        FaceCalibration.read(written(**changed))
    assert "\n" not in str(caught.value)
