"""From a picture and the six face points to the small grey picture that a face bundle reads.

Training and live use the same functions. The crop is aligned: turned, scaled and shifted (never bent) so that eyes and
mouth stand where they stand on average in FER2013's pictures, which the shipped bundle learned from. There they were
measured with our own face detector on 1,500 pictures of the training part: eyes at (15.7, 18.9) and (32.6, 18.9),
mouth at (24.4, 37.2) of 48 pixels, each with a deviation of 3.2 to 3.8 pixels. `POINTS` is that, made symmetric.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.features import FeatureSet
from recognizers.types import FloatArray, ImageArray

FACE_CROP_VERSION = 1
"""Of what `face_crop` cuts; a bundle that was trained on another is refused."""
SIDE = 48
"""Pixels of a crop's side, as in FER2013."""
POINTS = ((15.6, 18.9), (32.4, 18.9), (24.0, 37.2))
"""Where the person's right eye, left eye and mouth stand in the crop, in pixels from its left and top edge."""
FACE = FeatureSet("face", "face", SIDE * SIDE)
_USED = (0, 1, 3)
"""The same three among the six face points. Nose and ears stray when a head turns; eyes and mouth are what tells."""


@dataclass(frozen=True, slots=True)
class FaceReading:
    """How a face bundle reads a crop; part of `bundle.json`.

    Attributes:
        read: the side of the middle part that the network sees, in pixels of the crop.
        least_deviation: each picture is brought to mean 0 and deviation 1; a flatter one than this many grey levels is
            divided by this instead, so that noise does not become a face.
        mirrored_too: whether the probabilities are the mean of those for the crop and for its mirror image.
        softened: whether the crop is read half a pixel beside its own, so that it is as soft as the pictures of a
            training, which are all turned and scaled. Bundles of before are not.
        turned: by so many degrees either way the crop is turned and read again, and the mean counts; 0 for not at all,
            as in bundles of before.
    """

    read: int = 44
    least_deviation: float = 8.0
    mirrored_too: bool = True
    softened: bool = True
    turned: float = 6.0

    def to_json(self) -> dict[str, Any]:
        """Return the object of `bundle.json`, with what every crop of this version has in common."""
        return {"side": SIDE, "points": [list(point) for point in POINTS], **asdict(self)}

    def inputs(self, crops: npt.NDArray[Any]) -> FloatArray:
        """Return what the network reads, float32 (n, read, read, 1), of crops (n, 48, 48), 0 to 255."""
        edge, read = (SIDE - self.read) // 2, self.read
        if not self.softened:
            return self.inputs_of(crops[:, edge : edge + read, edge : edge + read])
        wide = crops if edge else np.pad(crops, ((0, 0), (0, 1), (0, 1)), "edge")
        part = np.asarray(wide[:, edge : edge + read + 1, edge : edge + read + 1], np.float32)
        across = part[:, :, 1:] + part[:, :, :-1]
        return self.inputs_of((across[:, 1:] + across[:, :-1]) * np.float32(0.25))

    def views(self, crops: npt.NDArray[Any]) -> list[FloatArray]:
        """Return all that is read of crops, each (n, read, read, 1); the mean of what the network answers counts.

        First what `inputs` returns, then turned copies, then the mirror images of these.
        """
        views = [self.inputs(crops), *(self._turned(crops, angle) for angle in (self.turned, -self.turned) if angle)]
        return [*views, *(np.ascontiguousarray(view[:, :, ::-1]) for view in views)] if self.mirrored_too else views

    def _turned(self, crops: npt.NDArray[Any], degrees: float) -> FloatArray:
        import cv2

        place = place_of_middle(degrees, self.read)
        middles = np.empty((len(crops), self.read, self.read), np.uint8)
        for crop, middle in zip(np.asarray(crops, np.uint8), middles, strict=True):
            cv2.warpAffine(crop, place, middle.shape, dst=middle, borderMode=cv2.BORDER_REPLICATE)
        return self.inputs_of(middles)

    def inputs_of(self, middles: npt.NDArray[Any]) -> FloatArray:
        """Return what the network reads of crops that have its size already: each at mean 0 and deviation 1."""
        pictures = np.asarray(middles, np.float32)
        mean = pictures.mean(axis=(1, 2), keepdims=True)
        deviation = pictures.std(axis=(1, 2), keepdims=True)
        result: FloatArray = ((pictures - mean) / np.maximum(deviation, self.least_deviation))[..., None]
        return result


def place_of_middle(
    degrees: float, side: int, *, scale: float = 1.0, mirrored: bool = False, shift: npt.ArrayLike = 0.0
) -> npt.NDArray[np.float64]:
    """Return the place in a crop, float64 (2, 3) as `cv2.warpAffine` takes it, of a picture around the crop's middle.

    Args:
        degrees: how far it is turned; `scale`: how large it is then; `mirrored`: whether left becomes right.
        side: of the picture.
        shift: from middle to middle, in pixels of the picture.
    """
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if mirrored:
        turn[:, 0] *= -1
    return np.column_stack([turn, (side - 1) / 2 + np.asarray(shift) - turn @ np.full(2, (SIDE - 1) / 2)])


def face_crop(image: ImageArray, face_points: FloatArray) -> ImageArray | None:
    """Return the aligned crop of a face.

    Args:
        image: uint8 (H, W, 3) RGB, or (H, W) grey.
        face_points: float32 (6, 2) fractions of the picture, as in `Landmarks`.

    Returns:
        uint8 (48, 48) grey; beyond the picture's edge its border pixels are repeated. None where points are missing or
        fall together.
    """
    import cv2

    height, width = image.shape[:2]
    points = np.asarray(face_points, np.float64)[list(_USED)] * (width, height)
    if not np.isfinite(points).all() or np.ptp(points, axis=0).max() < 1.0:
        return None
    place = similarity(points, np.array(POINTS))
    region, place = _region(image, place)
    grey = region if region.ndim == 2 else cv2.cvtColor(region, cv2.COLOR_RGB2GRAY)
    grey, place = _reduced(grey, place)
    # Points count from a pixel's corner, OpenCV from its middle.
    place[:, 2] += place[:, :2] @ (0.5, 0.5) - 0.5
    crop = cv2.warpAffine(grey, place, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def similarity(source: npt.NDArray[np.floating], target: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the turn, scale and shift that brings points nearest to others, in the mean square.

    Args:
        source, target: (n, 2), n at least 2, not all in one place.

    Returns:
        float64 (2, 3): a point (x, y) goes to matrix @ (x, y, 1).
    """
    # As complex numbers it is target = turn * source + shift, a straight line's least squares.
    x, y = (np.asarray(points, np.float64) @ (1.0, 1.0j) for points in (source, target))
    x_mean, y_mean = x.mean(), y.mean()
    turn = np.vdot(x - x_mean, y - y_mean) / np.vdot(x - x_mean, x - x_mean)
    shift = y_mean - turn * x_mean
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def as_crop(image: ImageArray) -> ImageArray:
    """Return a picture that is taken for a crop already, uint8 (48, 48) grey, of (H, W) or (H, W, 3) RGB."""
    import cv2

    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if grey.shape == (SIDE, SIDE):
        return np.asarray(grey, np.uint8)
    shrinks = max(grey.shape) > SIDE
    flags = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=flags), np.uint8)


def _region(image: ImageArray, place: npt.NDArray[np.float64]) -> tuple[ImageArray, npt.NDArray[np.float64]]:
    """Return the part of the picture that the crop can see, and the place for it: the rest need not be looked at."""
    turn, shift = place[:, :2], place[:, 2]
    corners = np.array([[0, 0], [SIDE, 0], [0, SIDE], [SIDE, SIDE]]) - shift
    corners = corners @ np.linalg.inv(turn).T
    pad = 3.0 / np.sqrt(abs(np.linalg.det(turn)))
    height, width = image.shape[:2]
    left, top = (int(np.clip(v, 0, m - 1)) for v, m in zip(corners.min(axis=0) - pad, (width, height), strict=True))
    right, bottom = (
        int(np.clip(v, 1, m)) for v, m in zip(np.ceil(corners.max(axis=0) + pad), (width, height), strict=True)
    )
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    moved = place.copy()
    moved[:, 2] = shift + turn @ (left, top)
    return image[top:bottom, left:right], moved


def _reduced(grey: ImageArray, place: npt.NDArray[np.float64]) -> tuple[ImageArray, npt.NDArray[np.float64]]:
    """Average pixels where the crop is much smaller than the face, as a camera from afar would: samples flicker."""
    import cv2

    factor = int(1.0 / np.sqrt(abs(np.linalg.det(place[:, :2]))))
    if factor < 2:
        return grey, place
    height, width = (max(1, side // factor) for side in grey.shape)
    small = cv2.resize(grey[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)
    scaled = place.copy()
    scaled[:, 0] *= min(grey.shape[1], width * factor) / width
    scaled[:, 1] *= min(grey.shape[0], height * factor) / height
    return np.asarray(small, np.uint8), scaled
