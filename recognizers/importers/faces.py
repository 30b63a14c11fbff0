"""What importers of face pictures share: the aligned crop, or the picture as it is, as a clip of pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recognizers import landmarker_files
from recognizers.clips import PIXELS, Clip, ClipHeader
from recognizers.errors import LandmarkerFileError
from recognizers.face import FaceDetector, find_in_still
from recognizers.face_crop import SIDE, as_crop, face_crop
from recognizers.importers import ImportOptions
from recognizers.landmarker_catalog import file_named
from recognizers.types import ImageArray

FACE_NOTE = (
    f"Grey crops of {SIDE} x {SIDE} pixels. Where our face detector found the face, eyes and mouth were brought to "
    "their places (extra: aligned is true); where not, the picture was only brought to size (aligned is false)."
)


class FaceCropper:
    """Cuts faces out of pictures that stand alone.

    Raises:
        LandmarkerFileError: the face detector's file is missing and cannot be fetched, or is damaged.
    """

    def __init__(self) -> None:
        path = landmarker_files.ensure("face_detector")
        try:
            self._detector = FaceDetector(path.read_bytes())
        except (OSError, RuntimeError, ValueError) as error:
            raise LandmarkerFileError(f"LiteRT refuses it: {error}", where=path) from None
        self.identity = f"face_detector-{file_named('face_detector').identity}"
        """What clips remember of the landmarker."""

    def crop(self, image: ImageArray) -> ImageArray | None:
        """Return the aligned crop, uint8 (48, 48), of a picture (H, W, 3), or None where no face was found."""
        return face_crop(image, find_in_still(self._detector, image))

    def clip(
        self, image: ImageArray, label: str, source: str, options: ImportOptions, extra: Mapping[str, Any]
    ) -> Clip:
        """Return a clip of the aligned face, or where none was found of the picture as it is, marked so."""
        crop = self.crop(image)
        header = ClipHeader(
            label=label,
            mode=options.mode,
            kind=PIXELS,
            signer=options.signer,
            session=options.session,
            source=source,
            landmarker=self.identity,
            image_size=(image.shape[1], image.shape[0]),
            extra={**extra, "aligned": crop is not None},
        )
        frames = (as_crop(image) if crop is None else crop)[None]
        return Clip.of_arrays(header, {"t_ns": np.zeros(1, np.int64), "frames": frames}, source)
