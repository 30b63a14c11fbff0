"""The user's resting faces, one for each bundle: kept, found again, forgotten.

    <home>/calibrations/<bundle>.json      docs/formats/resting-face.md

One that was taken with another model is left where it is and not used.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

from recognizers import home
from recognizers.array_files import replacing
from recognizers.errors import MudraError, OutputError
from recognizers.fields import Fields
from recognizers.label_folders import escape_label

if TYPE_CHECKING:
    from recognizers.bundle import Bundle
    from recognizers.face_calibration import FaceCalibration
    from recognizers.recognizer import Recognizer


def calibration_path(bundle: str) -> Path:
    """Return the file of a bundle's resting face; it need not exist."""
    return home.calibrations_folder() / f"{escape_label(bundle)}.json"


def save_calibration(calibration: FaceCalibration) -> Path:
    """Keep a resting face in place of the one before, and return its file.

    Raises:
        OutputError: it cannot be written.
    """
    path = calibration_path(calibration.bundle)
    with replacing(path) as file:
        file.write(json.dumps(calibration.to_json(), indent=2, ensure_ascii=False).encode() + b"\n")
    return path


def load_calibration(bundle: Bundle) -> FaceCalibration | None:
    """Return the resting face of a bundle; None where there is none.

    Raises:
        FormatError: its file is damaged, or it was taken with another model.
    """
    from recognizers.face_calibration import FaceCalibration, refused

    path = calibration_path(bundle.id)
    if bundle.info.input != "face" or not path.exists():
        return None
    calibration = FaceCalibration.read(Fields.of_file(path))
    if not calibration.fits(bundle):
        raise refused(bundle, calibration)
    return calibration


def forget_calibration(bundle: str) -> bool:
    """Delete a bundle's resting face; return False where there was none.

    Raises:
        OutputError: it cannot be deleted.
    """
    path = calibration_path(bundle)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as problem:
        raise OutputError(f"cannot be deleted: {problem.strerror or problem}", where=path) from None
    return True


def use_stored(recognizer: Recognizer) -> MudraError | None:
    """Take the user's resting face, where one is kept, out of a recognizer's answers.

    Returns:
        why the one that is kept cannot be used; the answers are then as they are.
    """
    try:
        recognizer.calibrate(load_calibration(recognizer.bundle))
    except MudraError as error:
        recognizer.calibrate(None)
        return error
    return None


def today() -> str:
    """Return the day, UTC, as it stands in a resting face."""
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"


def result_words(calibration: FaceCalibration) -> str:
    """Say what a calibration does, in a sentence without a full stop."""
    read = calibration.words()
    if not calibration.shift.any():
        return f"Your resting face is read as {read} already: nothing needs to be taken out"
    after = f"{calibration.neutral_after():.0%}"
    return f"Calibrated: your resting face was read as {read}; from now on as neutral {after}"


def stored_words(bundle: Bundle) -> str:
    """Say in a few words whether a bundle is calibrated, for a list."""
    try:
        calibration = load_calibration(bundle)
    except MudraError as error:
        return error.problem
    if calibration is None:
        return ""
    return f"to a resting face of {calibration.made or 'an unknown day'}, read as {calibration.words()}"
