from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizers import landmarker_files
from recognizers.palm import PalmDetector
from recognizers.synthetic import SyntheticSource
from recognizers.types import ImageArray

PALM = [0, 1, 2, 5, 9, 13, 17]


@pytest.fixture(scope="module")
def detector(landmarkers_folder: Path) -> PalmDetector:
    with zipfile.ZipFile(landmarker_files.ensure("hand")) as archive:
        return PalmDetector(archive.read("hand_detector.tflite"))


def test_the_palms_of_the_synthetic_signer_are_found_where_they_are(detector: PalmDetector) -> None:
    source = SyntheticSource("both-palm:1,fps=5")
    frame = list(source.items())[4]
    truth = source.truth(frame.t_ns).hands[:, PALM, :2].mean(axis=1) * frame.size
    found = detector.detect(frame.image)
    assert found.shape == (2, 4)
    assert ((found[:, 3] >= 0.5) & (found[:, 3] <= 1.0)).all()
    for place in truth:
        distances = np.hypot(*(found[:, :2] - place).T)
        assert distances.min() < 0.5 * found[distances.argmin(), 2]


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (1, 1), (1, 3000), (5, 3)])
def test_nothing_is_found_in_an_empty_picture_of_any_shape(size: tuple[int, int], detector: PalmDetector) -> None:
    assert detector.detect(np.full((*size, 3), 128, np.uint8)).shape == (0, 4)


def picture(path: Path) -> ImageArray:
    image: ImageArray = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return image


def test_it_agrees_with_mediapipe_on_photos(detector: PalmDetector, shared_data: Path) -> None:
    """Wherever the hand landmarker finds a hand in a whole photo, a palm is found there."""
    from recognizers.landmarker import Landmarker
    from recognizers.types import Frame

    photos = [*sorted((shared_data / "media/mediapipe_samples").glob("*thumb*"))]
    photos += sorted((shared_data / "media/gesture_photos/raw_data").glob("*/*"))[::4]
    compared = 0
    with Landmarker(stills=True, room=False) as landmarker:
        for path in photos:
            image = picture(path)
            found = landmarker.detect(Frame(image, 0, 0))
            palms = detector.detect(image)
            for hand in found.hands[found.hands_found]:
                place = hand[PALM, :2].mean(axis=0) * found.image_size
                distances = np.hypot(*(palms[:, :2] - place).T)
                assert distances.min() < 0.6 * palms[distances.argmin(), 2], path
                compared += 1
    assert compared >= 8
