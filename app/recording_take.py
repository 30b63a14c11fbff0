"""From the frames of a recording to clips: landmarks as they came, what the pictures told, pictures on request."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.cameras.doctor import blur_of
from app.cameras.light import light_of, sample
from app.recording_plan import RecordingPlan
from recognizers.clip_values import MAX_SIDE, MIN_SIDE, OPTIONAL_SHAPES, PIXELS, Clip, ClipHeader
from recognizers.face_crop import face_crop
from recognizers.modes import EMOTION
from recognizers.quality import QUALITY, Look, Verdict, judge
from recognizers.types import FloatArray, ImageArray, Landmarks

LIGHT_NS, BLUR_NS = 100_000_000, 500_000_000
"""How often pictures are looked at for light and for sharpness: 0.2 and 1 ms."""
_CROP = (240, 320)
_GREY = np.array((0.299, 0.587, 0.114), np.float32)
"""The luma of ITU-R BT.601."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What is kept of one frame.

    Attributes:
        landmarks: what was found in it.
        look: what its picture told; None where it was not looked at.
        picture: the small picture, uint8 (H, W) or (H, W, 3), or None.
        dropped: how many pictures its source has dropped so far.
        landmarker: the identity of what found the landmarks, or None.
        lost: how many frames just before it could not be kept.
    """

    landmarks: Landmarks
    look: Look | None = None
    picture: ImageArray | None = None
    dropped: int = 0
    landmarker: str | None = None
    lost: int = 0

    @property
    def t_ns(self) -> int:
        """The frame's time."""
        return self.landmarks.t_ns


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """The frames of one clip that is to be written.

    Attributes:
        rows: in order, at least one.
        number: which clip of the recording it is, from 1.
        source: the source's name.
        whole: whether it is all of a recorded source that is shorter than a clip.
        lost_after: how many frames after the last row could not be kept.
    """

    rows: tuple[Row, ...]
    number: int
    source: str
    whole: bool = False
    lost_after: int = 0


class Looker:
    """Looks at pictures for light and sharpness, now and then."""

    def __init__(self) -> None:
        self._light_ns = self._blur_ns = -(10**18)

    def look(self, image: ImageArray, t_ns: int) -> Look | None:
        """Return what a picture tells, or None where it is not its turn.

        Args:
            image: uint8 (H, W, 3) RGB.
            t_ns: its time.
        """
        if 0 <= t_ns - self._light_ns < LIGHT_NS:
            return None
        self._light_ns = t_ns
        light, blur = light_of(sample(image)), math.nan
        if not 0 <= t_ns - self._blur_ns < BLUR_NS:
            self._blur_ns = t_ns
            blur = blur_of(_middle(image)) / image.shape[0]
        return Look(light.mean, light.bright, blur)


def _middle(image: ImageArray) -> Any:
    height, width = image.shape[:2]
    top, left = max(0, (height - _CROP[0]) // 2), max(0, (width - _CROP[1]) // 2)
    return image[top : top + _CROP[0], left : left + _CROP[1]] @ _GREY


def small_picture(image: ImageArray, landmarks: Landmarks, mode: str) -> ImageArray | None:
    """Return what a clip of pixels keeps of a frame.

    Args:
        image: uint8 (H, W, 3) RGB.
        landmarks: what was found in it.
        mode: in emotion mode the aligned face is kept, else the whole picture.

    Returns:
        uint8 (48, 48), or (H, W, 3) with sides of 48 to 224 pixels; None where no face was found.
    """
    if mode == EMOTION.name:
        return face_crop(image, landmarks.face_points)
    import cv2

    height, width = image.shape[:2]
    share = min(1.0, MAX_SIDE / max(width, height))
    size = [min(MAX_SIDE, max(MIN_SIDE, round(side * share))) for side in (width, height)]
    # Every second or third pixel first: a mean over all of a large picture takes ten times as long.
    step = max(1, int(1 / share) // 2)
    small = cv2.resize(np.ascontiguousarray(image[::step, ::step]), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def clips_of(take: Take, plan: RecordingPlan, session: str, about: dict[str, Any]) -> tuple[Clip, Clip | None, Verdict]:
    """Return a take's clip of landmarks, its clip of pixels or None, and what it is worth.

    Args:
        take: its frames.
        plan: what is recorded.
        session: the sitting that it belongs to.
        about: what else the header is to say, in `extra`.

    Raises:
        FormatError: the frames make no clip.
    """
    rows = take.rows
    start = rows[0].t_ns
    first = rows[0].landmarks
    span = (rows[-1].t_ns - start) / 1e9
    whole = {"whole": True} if take.whole else {}
    header = ClipHeader(
        label=plan.label,
        mode=plan.mode,
        signer=plan.signer,
        session=session,
        fps=round((len(rows) - 1) / span, 3) if span > 0 else None,
        source=take.source,
        landmarker=rows[0].landmarker,
        image_size=first.image_size,
        sides_known=first.sides_known,
        extra={**about, "number": take.number, "start_s": round(start / 1e9, 6), **whole},
    )
    clip = _on_its_own_time(Clip.of(header, _alike([row.landmarks for row in rows])), start)
    looks = [row.look for row in rows if row.look is not None]
    dropped = max(0, rows[-1].dropped - rows[0].dropped)
    verdict = judge(clip, looks, dropped=dropped, lost=sum(row.lost for row in rows[1:]) + take.lost_after)
    header = dataclasses.replace(header, extra={**header.extra, QUALITY: verdict.to_json()})
    pixels = _pixels(rows, header, start) if plan.keep_pixels else None
    return dataclasses.replace(clip, header=header), pixels, verdict


def _alike(rows: Sequence[Landmarks]) -> list[Landmarks]:
    """Return landmarks that all have the optional parts that any of them has; NaN where one was not looked for yet."""
    result = list(rows)
    for name, shape in OPTIONAL_SHAPES.items():
        there = [getattr(row, name) is not None for row in result]
        if any(there) and not all(there):
            missing = np.full(shape, np.nan, np.float32)
            result = [row if known else _with(row, name, missing) for row, known in zip(result, there, strict=True)]
    return result


def _with(row: Landmarks, name: str, value: FloatArray) -> Landmarks:
    changed: dict[str, Any] = {name: value}
    return dataclasses.replace(row, **changed)


def _on_its_own_time(clip: Clip, start: int) -> Clip:
    return dataclasses.replace(clip, t_ns=clip.t_ns - start)


def _pixels(rows: Sequence[Row], header: ClipHeader, start: int) -> Clip | None:
    kept = [(row.t_ns, row.picture) for row in rows if row.picture is not None]
    if not kept:
        return None
    shape = kept[0][1].shape
    alike = [(t_ns, picture) for t_ns, picture in kept if picture.shape == shape]
    times = np.array([t_ns for t_ns, _ in alike], np.int64)
    frames = np.stack([picture for _, picture in alike])
    pixels = dataclasses.replace(header, kind=PIXELS)
    return _on_its_own_time(Clip.of_arrays(pixels, {"t_ns": times, "frames": frames}, header.source), start)
