from __future__ import annotations

import itertools
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognizers import landmarker_files
from recognizers.canvas import SMALL
from recognizers.face import ROOM, FaceDetector, FaceLooks, _merged, find_in_still
from recognizers.landmarker import _load
from recognizers.synthetic import SyntheticSource
from recognizers.types import FloatArray, ImageArray


@pytest.fixture(scope="module")
def detector(landmarkers_folder: Path) -> FaceDetector:
    return FaceDetector(landmarker_files.ensure("face_detector").read_bytes())


class Original:
    """MediaPipe's own face detector, which gives the same points."""

    def __init__(self) -> None:
        self._mediapipe, vision = _load(allow_usage_reports=False)
        base = self._mediapipe.tasks.BaseOptions(model_asset_path=str(landmarker_files.ensure("face_detector")))
        self._native = vision.FaceDetector.create_from_options(vision.FaceDetectorOptions(base_options=base))

    def faces(self, image: ImageArray) -> list[tuple[FloatArray, int]]:
        """Return each face's points as fractions, and the size of its box."""
        picture = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=image)
        found: list[Any] = self._native.detect(picture).detections
        return [
            (np.array([(p.x, p.y) for p in face.keypoints]), face.bounding_box.width * face.bounding_box.height)
            for face in found
        ]

    def close(self) -> None:
        self._native.close()


@pytest.fixture(scope="module")
def original(landmarkers_folder: Path) -> Iterator[Original]:
    detector = Original()
    yield detector
    detector.close()


def agree(detector: FaceDetector, original: Original, image: ImageArray, tolerance: float) -> int:
    """Check one picture and return how many faces MediaPipe finds in it; tolerance in widths of the face."""
    ours, faces = detector.detect(image), original.faces(image)
    if not faces:
        assert np.isnan(ours).all()
        return 0
    size = image.shape[1::-1]
    # Of two that are nearly as large, and of one that is hardly a face, either may be taken.
    errors = [np.abs((ours - points) * size).max() / np.hypot(*((points[4] - points[5]) * size)) for points, _ in faces]
    assert min(errors) < tolerance
    if len(faces) == 1:
        assert errors[0] < tolerance
    return len(faces)


def test_it_finds_what_mediapipe_finds_in_the_synthetic_signer(detector: FaceDetector, original: Original) -> None:
    for size in ("640x480", "480x640", "801x480"):
        frame = next(iter(SyntheticSource(f"palm:1,fps=5,size={size}").items()))
        assert agree(detector, original, frame.image, 3e-3) == 1, "within a third of a pixel"


@pytest.mark.parametrize("size", [(480, 640), (1, 1), (1, 3000), (3000, 1), (5, 3), (128, 128), (2160, 3840)])
def test_nothing_is_found_in_an_empty_picture_of_any_shape(size: tuple[int, int], detector: FaceDetector) -> None:
    found = detector.detect(np.full((*size, 3), 128, np.uint8))
    assert found.shape == (6, 2)
    assert found.dtype == np.float32
    assert np.isnan(found).all()


def test_one_face_found_at_several_anchors_is_their_mean_by_probability() -> None:
    near = np.array([[10, 10, 8, 8, *[1] * 12], [12, 10, 8, 8, *[2] * 12], [40, 40, 8, 8, *[5] * 12]], np.float32)
    faces = _merged(np.array([0.9, 0.6, 0.7], np.float32), near)
    assert len(faces) == 2
    np.testing.assert_allclose(faces[0, :4], [10.8, 10, 8, 8], rtol=1e-6)
    np.testing.assert_allclose(faces[0, 4:], 1.4, rtol=1e-6)
    np.testing.assert_array_equal(faces[1], near[2])


def test_boxes_without_size_are_faces_of_their_own() -> None:
    points = np.zeros((2, 16), np.float32)
    np.testing.assert_array_equal(_merged(np.array([0.9, 0.8], np.float32), points), points)


def test_another_network_is_refused() -> None:
    with zipfile.ZipFile(landmarker_files.ensure("hand")) as archive, pytest.raises(ValueError, match="outputs"):
        FaceDetector(archive.read("hand_detector.tflite"))
    with pytest.raises((ValueError, RuntimeError)):
        FaceDetector(b"no model")


FACE = np.array([[40, 40], [60, 40], [50, 50], [50, 60], [30, 42], [70, 42]], np.float32)
NONE = np.full((6, 2), np.nan, np.float32)


def looks(fps: int, faces: Callable[[int], FloatArray]) -> list[int]:
    """Return in which frames of two seconds a face is looked for that is at each frame as told."""
    when, taken = FaceLooks(), []
    for index in range(2 * fps):
        if when.due(index * 1_000_000_000 // fps):
            taken.append(index)
            when.found(faces(index))
    return taken


@pytest.mark.parametrize("fps", [60, 30, 25, 15])
def test_a_moving_face_is_looked_for_ten_times_a_second_and_a_still_one_five_times(fps: int) -> None:
    assert len(looks(fps, lambda index: FACE + index)) == 20
    still = looks(fps, lambda index: FACE)
    # The second look finds that it keeps still; there is one before, since a new face may move.
    assert 10 <= len(still) <= 11
    assert max(np.diff(still)) <= 0.2 * fps + 1
    assert len(looks(fps, lambda index: NONE)) == len(still)


def test_a_face_that_begins_to_move_is_looked_for_more_often_from_the_next_look_on() -> None:
    taken = looks(30, lambda index: FACE + max(0, index - 20))
    assert [index for index in taken if index >= 18] == [18, 24, *range(27, 60, 3)]


@pytest.mark.parametrize(("step", "count"), [(0.7, 11), (0.9, 20)])
def test_what_trembles_less_than_a_fiftieth_of_the_face_keeps_still(step: float, count: int) -> None:
    """The face is 40 wide; it goes to the side and back by `step` from look to look."""
    places = itertools.cycle([FACE, FACE + np.array([step, 0], np.float32)])
    assert len(looks(30, lambda index: next(places))) == pytest.approx(count, abs=1)


def test_a_face_that_comes_or_goes_is_looked_for_more_often() -> None:
    for faces in ([NONE, NONE, NONE, FACE, FACE], [FACE, FACE, FACE, NONE, NONE]):
        found = iter(faces + faces[-1:] * 20)
        taken = looks(30, lambda index, found=found: next(found))  # type: ignore[misc]
        assert 3 in np.diff(taken[2:])


# Real media


def picture(path: Path) -> ImageArray:
    image: ImageArray = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return image


def test_it_finds_what_mediapipe_finds_in_photos(detector: FaceDetector, original: Original, shared_data: Path) -> None:
    media = shared_data / "media"
    photos = [*sorted((media / "faces").glob("*.jpg")), *sorted((media / "mediapipe_samples").glob("*.png"))]
    photos += sorted((media / "gesture_photos/raw_data").glob("*/*"))[::2]
    found = [agree(detector, original, picture(path), 0.02) for path in photos]
    assert sum(count > 0 for count in found) >= 8
    assert 0 in found
    assert max(found) > 1, "a picture with several faces"


class OnlyWithRoom:
    """Finds a face nowhere but in a picture of one size, always at the same place of it."""

    def __init__(self, side: int) -> None:
        self.side, self.seen = side, list[int]()

    def detect(self, image: ImageArray) -> FloatArray:
        self.seen.append(image.shape[0])
        there = image.shape[0] == self.side
        return np.full((6, 2), 0.25 if there else np.nan, np.float32)


@pytest.mark.parametrize(("side", "looks", "place"), [(96, [96], 0.0), (48, [96, 48], 0.25), (72, [96, 48, 72], 0.125)])
def test_a_small_still_gets_room_and_its_points_are_its_own(side: int, looks: list[int], place: float) -> None:
    detector = OnlyWithRoom(side)
    points = find_in_still(detector, np.zeros((48, 48, 3), np.uint8))  # type: ignore[arg-type]
    assert detector.seen == looks and len(ROOM) == 3
    np.testing.assert_allclose(points, place, atol=1e-6)


def test_a_still_that_is_not_square_gets_a_square_around_it() -> None:
    points = find_in_still(OnlyWithRoom(80), np.zeros((20, 40, 3), np.uint8))  # type: ignore[arg-type]
    np.testing.assert_allclose(points, [[0, -0.5]] * 6, atol=1e-6)


def test_a_large_still_is_looked_at_as_it_is() -> None:
    detector = OnlyWithRoom(0)
    assert np.isnan(find_in_still(detector, np.zeros((SMALL, 40, 3), np.uint8))).all()  # type: ignore[arg-type]
    assert detector.seen == [SMALL]


def test_a_face_that_fills_its_picture_is_found(detector: FaceDetector) -> None:
    frame = list(SyntheticSource("none:0.3,fps=10").items())[-1]
    points = detector.detect(frame.image) * frame.size
    left, top = points.min(axis=0).astype(int) - np.array([2, 14])
    right, bottom = points.max(axis=0).astype(int) + np.array([2, 18])
    crop = np.ascontiguousarray(frame.image[top:bottom, left:right])
    found = find_in_still(detector, crop) * (right - left, bottom - top) + (left, top)
    assert np.linalg.norm(found[:4] - points[:4], axis=1).max() < 0.12 * (right - left)
