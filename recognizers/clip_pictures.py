"""A recorded clip of pictures as a source: of faces the crops as they are read, else small frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recognizers.clip_heads import read_head
from recognizers.clip_source import RecordedClip
from recognizers.clip_values import PIXELS
from recognizers.clips import PICTURES_SUFFIX
from recognizers.errors import MudraError
from recognizers.face_crop import POINTS, SIDE
from recognizers.modes import EMOTION
from recognizers.types import FloatArray, Frame, ImageArray, Landmarks, SourceKind


def pictures_beside(path: Path) -> Path:
    """Return where the pictures of a clip of landmarks lie, if there are any."""
    return path.with_name(path.name.removesuffix(".npz") + PICTURES_SUFFIX)


def holds_pictures(path: Path, mode: str | None = None) -> bool:
    """Tell whether a file is a clip of pictures, and of a mode where one is given; False where it cannot be read."""
    try:
        header = read_head(path).header
    except MudraError:
        return False
    return header.kind == PIXELS and mode in (None, header.mode)


def crop_points() -> FloatArray:
    """Return where the six face points stand in every aligned crop, float32 (6, 2), fractions of it.

    Eyes and mouth are those that it was aligned by. Nose and ears, which nothing is read from, stand about there.
    """
    right_eye, left_eye, mouth = np.array(POINTS, np.float32)
    nose = (right_eye + left_eye + mouth) / 3
    aside = 0.6 * (left_eye - right_eye)
    points = np.stack([right_eye, left_eye, nose, mouth, right_eye - aside, left_eye + aside])
    return np.asarray(points / SIDE, np.float32)


class PicturesSource(RecordedClip):
    """The pictures of one recorded clip.

    Those of emotion mode are taken for aligned crops, as in training: their frames tell where the face is. Other
    pictures are looked at like those of a video.
    """

    KIND = PIXELS
    YIELDS = SourceKind.RECORDED

    def items(self) -> Iterator[Frame]:
        """Yield every picture, grey ones as RGB."""
        clip = self._opened()
        if clip is None:
            return
        assert clip.frames is not None
        faces = crop_points() if clip.header.mode == EMOTION.name else None
        for index, (t_ns, picture) in enumerate(zip(clip.t_ns.tolist(), clip.frames, strict=True)):
            if self._is_closed():
                return
            image = _as_rgb(picture)
            size = image.shape[1], image.shape[0]
            seen = None if faces is None else Landmarks(t_ns=t_ns, face_points=faces, image_size=size)
            yield Frame(image, t_ns, index, self.name, seen)


def _as_rgb(picture: ImageArray) -> ImageArray:
    if picture.ndim == 3:
        return picture
    return np.ascontiguousarray(np.broadcast_to(picture[..., None], (*picture.shape, 3)))
