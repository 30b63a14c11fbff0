"""The user's resting faces on disk, and that only the model that they belong to uses them."""

from __future__ import annotations

import dataclasses
import os

import pytest

from app.face_calibrations import (
    calibration_path,
    forget_calibration,
    load_calibration,
    result_words,
    save_calibration,
    stored_words,
    use_stored,
)
from recognizers.errors import FormatError, OutputError
from recognizers.recognizer import Recognizer
from tests.recognizers import resting_faces as rest
from tests.recognizers import tiny_bundles as tiny


def test_one_is_kept_found_and_forgotten() -> None:
    bundle = rest.bundle()
    assert load_calibration(bundle) is None and not forget_calibration(bundle.id)
    made = rest.calibration(bundle)
    assert save_calibration(made) == calibration_path(bundle.id)
    assert load_calibration(bundle) == made
    again = dataclasses.replace(made, readings=12)
    save_calibration(again)
    assert load_calibration(bundle) == again, "there is one for each bundle"
    assert forget_calibration(bundle.id) and load_calibration(bundle) is None


def test_names_of_bundles_lead_out_of_no_folder() -> None:
    assert calibration_path("../emotions").parent == calibration_path("emotions").parent


def test_a_recognizer_uses_what_is_kept() -> None:
    bundle = rest.bundle()
    recognizer = Recognizer(bundle)
    assert use_stored(recognizer) is None and recognizer.calibration is None
    save_calibration(rest.calibration(bundle))
    assert use_stored(recognizer) is None and recognizer.calibration == rest.calibration(bundle)
    forget_calibration(bundle.id)
    assert use_stored(recognizer) is None and recognizer.calibration is None, "also one that was used before"


def test_one_of_another_model_is_told_and_not_used() -> None:
    bundle = rest.bundle()
    save_calibration(dataclasses.replace(rest.calibration(bundle), model="f" * 64))
    recognizer = Recognizer(bundle)
    problem = use_stored(recognizer)
    assert problem is not None and "another model" in str(problem) and "models calibrate tiny" in str(problem)
    assert recognizer.calibration is None and calibration_path(bundle.id).exists()
    assert "another model" in stored_words(bundle)


def test_a_damaged_one_is_told_and_not_used() -> None:
    bundle = rest.bundle()
    calibration_path(bundle.id).parent.mkdir(parents=True)
    calibration_path(bundle.id).write_text("{")
    with pytest.raises(FormatError, match="not JSON"):
        load_calibration(bundle)
    recognizer = Recognizer(bundle)
    assert isinstance(use_stored(recognizer), FormatError) and recognizer.calibration is None


def test_models_that_read_no_faces_have_none() -> None:
    recognizer = Recognizer(tiny.still_bundle())
    calibration_path("tiny").parent.mkdir(parents=True)
    calibration_path("tiny").write_text("{")
    assert use_stored(recognizer) is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may delete anything")
def test_what_cannot_be_deleted_is_told() -> None:
    save_calibration(rest.calibration(rest.bundle()))
    calibration_path("tiny").parent.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be deleted"):
        forget_calibration("tiny")


def test_words_for_people() -> None:
    bundle = rest.bundle()
    assert stored_words(bundle) == ""
    made = rest.calibration(bundle)
    assert result_words(made).startswith("Calibrated: your resting face was read as dark 60%, neutral 35%")
    assert result_words(made).endswith(f"from now on as neutral {made.neutral_after():.0%}")
    clear = dataclasses.replace(made, rest=(0.02, 0.02, 0.96))
    assert "already" in result_words(clear)
    save_calibration(made)
    assert stored_words(bundle) == "to a resting face of 2026-11-22, read as dark 60%, neutral 35%, bright 5%"
