"""The aligned crop of a face: where its points come to stand, whatever was done to the picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.face_crop import POINTS, SIDE, FaceReading, as_crop, face_crop, similarity
from recognizers.types import FloatArray, ImageArray

FACE = np.array([[250, 200], [350, 200], [300, 260], [300, 309], [200, 210], [400, 210]], np.float64)
"""Six points in pixels of a picture of 600 x 500; eyes and mouth have the crop's own proportions."""
SIZE = (600, 500)


def picture(size: tuple[int, int] = SIZE) -> ImageArray:
    """A smooth picture, none of whose parts looks like another."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float64)
    image = 128 + 60 * np.sin(x / 31 + y / 57) + 50 * np.cos(y / 23 - x / 71)
    return np.repeat(np.clip(image, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


def fractions(points: np.ndarray, size: tuple[int, int] = SIZE) -> FloatArray:
    return (points / size).astype(np.float32)


def test_eyes_and_mouth_come_to_their_places() -> None:
    image = np.zeros((500, 600, 3), np.uint8)
    for x, y in FACE[[0, 1, 3]]:
        cv2.circle(image, (round(x), round(y)), 14, (255, 255, 255), -1)
    crop = face_crop(image, fractions(FACE))
    assert crop is not None and crop.shape == (SIDE, SIDE) and crop.dtype == np.uint8
    _, _, _, middles = cv2.connectedComponentsWithStats((crop > 127).astype(np.uint8))
    found = sorted(map(tuple, middles[1:] + 0.5), key=lambda point: (point[1] > 28, point[0]))
    np.testing.assert_allclose(found, POINTS, atol=0.35)


@given(
    angle=st.floats(-40, 40),
    scale=st.floats(0.4, 1.3),
    shift=st.tuples(st.floats(-40, 40), st.floats(-40, 40)),
)
def test_the_crop_undoes_turn_scale_and_shift(angle: float, scale: float, shift: tuple[float, float]) -> None:
    place = cv2.getRotationMatrix2D((300, 250), angle, scale)
    place[:, 2] += shift
    moved = cv2.warpAffine(picture(), place, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    # OpenCV counts from the middles of pixels, points from their corners.
    points = (FACE - 0.5) @ place[:, :2].T + place[:, 2] + 0.5
    straight, undone = face_crop(picture(), fractions(FACE)), face_crop(moved, fractions(points))
    assert straight is not None and undone is not None
    inner = slice(4, -4)  # a face that reaches over the edge has no more to show there
    difference = np.abs(straight[inner, inner].astype(int) - undone[inner, inner])
    assert float(difference.mean()) < 3.0


def test_a_large_face_and_a_small_one_give_the_same_crop() -> None:
    image = picture()
    large = cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    crops = [face_crop(each, fractions(FACE)) for each in (image, large, small)]
    for crop in crops[1:]:
        assert np.abs(crop.astype(int) - crops[0]).mean() < 1.5


def test_a_face_far_beyond_the_edge_still_gives_a_crop() -> None:
    crop = face_crop(picture(), fractions(FACE + np.array([900, -700])))
    assert crop is not None and crop.shape == (SIDE, SIDE)


def test_grey_and_colour_give_the_same() -> None:
    image = picture()
    np.testing.assert_array_equal(face_crop(image, fractions(FACE)), face_crop(image[..., 0], fractions(FACE)))


@pytest.mark.parametrize("points", [np.full((6, 2), np.nan), np.full((6, 2), 0.5)])
def test_no_points_no_crop(points: np.ndarray) -> None:
    assert face_crop(picture(), points.astype(np.float32)) is None


def test_similarity_finds_a_known_turn() -> None:
    source = np.array([[0, 0], [2, 0], [0, 1]])
    found = similarity(source, source @ np.array([[0, 3], [-3, 0]]) + (5, -1))
    np.testing.assert_allclose(found, [[0, -3, 5], [3, 0, -1]], atol=1e-12)


def test_the_network_does_not_see_brightness_and_contrast() -> None:
    crops = picture((SIDE, SIDE))[..., 0].astype(np.float64)
    dark = 10 + 0.7 * crops
    inputs = FaceReading().inputs(np.stack([crops, dark]))
    assert inputs.shape == (2, 44, 44, 1) and inputs.dtype == np.float32
    np.testing.assert_allclose(inputs[0], inputs[1], atol=1e-5)
    np.testing.assert_allclose([inputs.mean(), inputs[0].std()], [0, 1], atol=1e-5)


def test_a_flat_picture_stays_flat() -> None:
    flat = np.full((1, SIDE, SIDE), 90.0)
    flat[0, 10, 10] = 92
    assert np.abs(FaceReading().inputs(flat)).max() < 0.3


@pytest.mark.parametrize("read", [44, 48])
def test_what_is_read_is_the_crop_half_a_pixel_aside(read: int) -> None:
    """As a shift by half a pixel in both directions does, which trainings do by chance."""
    rising = np.add.outer(np.arange(SIDE), 3 * np.arange(SIDE)).astype(np.float32)[None]
    soft, sharp = (FaceReading(read, softened=flag).inputs(rising) for flag in (True, False))
    assert soft.shape == sharp.shape == (1, read, read, 1)
    inner = (slice(None), slice(0, read - 1), slice(0, read - 1))
    np.testing.assert_allclose(np.diff(soft[inner], axis=1), np.diff(sharp[inner], axis=1), rtol=0.02)
    checked = np.indices((SIDE, SIDE)).sum(axis=0)[None] % 2 * 200.0
    assert np.ptp(FaceReading(read).inputs(checked)[inner]) < 1e-3, "neighbours are mixed"
    assert np.ptp(FaceReading(read, softened=False).inputs(checked)) > 1.9


def test_a_crop_is_also_read_turned_either_way_and_mirrored() -> None:
    bar = np.zeros((1, SIDE, SIDE), np.uint8)
    bar[:, :, 22:26] = 200
    views = FaceReading(turned=10.0).views(bar)
    assert len(views) == 6 and {view.shape for view in views} == {(1, 44, 44, 1)}
    np.testing.assert_array_equal(views[0], FaceReading().inputs(bar))
    for view, mirrored in zip(views[:3], views[3:], strict=True):
        np.testing.assert_array_equal(mirrored, view[:, :, ::-1])
    rows = np.arange(4, 40)
    middles = [view[0, rows, :, 0].clip(0) @ np.arange(44) / view[0, rows, :, 0].clip(0).sum(axis=1) for view in views]
    slopes = [np.degrees(np.arctan(np.polyfit(rows, middle, 1)[0])) for middle in middles[:3]]
    np.testing.assert_allclose(slopes, [0, -10, 10], atol=0.7)
    assert all(abs(middle.mean() - 21.5) < 0.7 for middle in middles), "around its middle"
    assert len(FaceReading(turned=0.0).views(bar)) == 2
    assert len(FaceReading(turned=0.0, mirrored_too=False).views(bar)) == 1


def test_a_picture_that_is_a_crop_already_is_only_brought_to_size() -> None:
    image = picture((96, 96))
    assert as_crop(image).shape == (SIDE, SIDE)
    crop = as_crop(image)
    np.testing.assert_array_equal(as_crop(crop), crop)
