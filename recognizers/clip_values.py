"""A clip as a value: raw landmarks, or small pictures, with their times and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recognizers.errors import FormatError
from recognizers.fields import Fields
from recognizers.types import FACE_POINTS, HAND_POINTS, FloatArray, ImageArray, Landmarks
from recognizers.version import VERSION

CLIP_VERSION = 1
LANDMARKS, PIXELS = "landmarks", "pixels"
MIN_SIDE, MAX_SIDE = 48, 224
"""The smallest and the largest side of a picture in a clip of pixels."""

LANDMARK_SHAPES: Mapping[str, tuple[int, ...]] = {
    "hands": (2, HAND_POINTS, 3),
    "hands_world": (2, HAND_POINTS, 3),
    "face_points": (FACE_POINTS, 2),
}
OPTIONAL_SHAPES: Mapping[str, tuple[int, ...]] = {"face": (478, 3), "blendshapes": (52,), "pose": (33, 4)}
_FACE_MIRROR = (1, 0, 2, 3, 5, 4)


@dataclass(frozen=True, slots=True)
class ClipHeader:
    """What is known of a clip besides its frames.

    Attributes:
        label: what it shows; any text. Of a clip in a folder of samples, the folder decides.
        mode: the mode that it was recorded for.
        kind: `landmarks` or `pixels`.
        signer: who shows it, or None where nobody said.
        session: what was recorded in one go, or None.
        fps: frames a second as recorded, or None where it is not a stream.
        source: what it was recorded or imported from, in words.
        landmarker: the identity of the landmarker that found the points, or None where unknown.
        app_version: the version of Mudra that wrote it.
        mirrored: True where the points are those of a mirrored picture.
        image_size: width and height in pixels, or None where unknown.
        sides_known: False where nothing tells left from right; a lone hand then stands in slot 1.
        extra: anything else, as JSON.
        version: of the format.
    """

    label: str
    mode: str
    kind: str = LANDMARKS
    signer: str | None = None
    session: str | None = None
    fps: float | None = None
    source: str = ""
    landmarker: str | None = None
    app_version: str = VERSION
    mirrored: bool = False
    image_size: tuple[int, int] | None = None
    sides_known: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
    version: int = CLIP_VERSION


def header_fields(header: ClipHeader) -> dict[str, Any]:
    """Return a header as JSON fields, in a fixed order."""
    return {
        "version": header.version,
        "kind": header.kind,
        "label": header.label,
        "mode": header.mode,
        "signer": header.signer,
        "session": header.session,
        "fps": header.fps,
        "source": header.source,
        "landmarker": header.landmarker,
        "app_version": header.app_version,
        "mirrored": header.mirrored,
        "image_size": None if header.image_size is None else list(header.image_size),
        "sides_known": header.sides_known,
        "extra": dict(header.extra),
    }


def header_of(values: object, where: object) -> ClipHeader:
    """Read a header of the current version from JSON.

    Raises:
        FormatError: a field is missing or wrong.
    """
    fields = Fields(values, where)
    for name in ("signer", "session", "fps", "landmarker", "image_size"):
        if name not in fields.values:
            raise FormatError(f"field '{name}' is missing in the header", where=where)
    return ClipHeader(
        version=fields.integer("version", CLIP_VERSION, CLIP_VERSION),
        kind=fields.one_of("kind", (LANDMARKS, PIXELS)),
        label=fields.text("label"),
        mode=fields.text("mode"),
        signer=fields.optional_text("signer"),
        session=fields.optional_text("session"),
        fps=None if fields.values["fps"] is None else fields.number("fps", 1e-3, 1e5),
        source=fields.text("source"),
        landmarker=fields.optional_text("landmarker"),
        app_version=fields.text("app_version"),
        mirrored=_flag(fields, "mirrored"),
        image_size=_image_size(fields),
        sides_known=_flag(fields, "sides_known"),
        extra=fields.plain("extra"),
    )


def _flag(fields: Fields, name: str) -> bool:
    value = fields.values.get(name)
    if not isinstance(value, bool):
        raise fields.wrong(name, "true or false", value)
    return value


def _image_size(fields: Fields) -> tuple[int, int] | None:
    value = fields.values["image_size"]
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2:
        width, height = value
        if type(width) is int and type(height) is int and 0 < width <= 100_000 and 0 < height <= 100_000:
            return width, height
    raise fields.wrong("image_size", "width and height in pixels, or null", value)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One recording of one label. NaN where something was not found.

    Attributes:
        header: what is known of it.
        t_ns: int64 (T,), T >= 1, increasing, in nanoseconds.
        hands: float32 (T, 2, 21, 3), image fractions, as in `Landmarks`.
        hands_world: float32 (T, 2, 21, 3), metres.
        face_points: float32 (T, 6, 2), image fractions.
        face: float32 (T, 478, 3), or None where it was not recorded.
        blendshapes: float32 (T, 52), or None.
        pose: float32 (T, 33, 4), or None.
        frames: of a clip of pixels, uint8 (T, H, W) or (T, H, W, 3) in RGB, else None.
    """

    header: ClipHeader
    t_ns: npt.NDArray[np.int64]
    hands: FloatArray
    hands_world: FloatArray
    face_points: FloatArray
    face: FloatArray | None = None
    blendshapes: FloatArray | None = None
    pose: FloatArray | None = None
    frames: ImageArray | None = None

    def __len__(self) -> int:
        return len(self.t_ns)

    @classmethod
    def of(cls, header: ClipHeader, landmarks: Iterable[Landmarks]) -> Self:
        """Make a clip from landmarks in order; an optional part is kept where every one has it.

        Raises:
            FormatError: there are none, or their times do not increase.
        """
        rows = list(landmarks)
        times = np.array([row.t_ns for row in rows], np.int64)
        parts = {
            name: np.stack([getattr(row, name) for row in rows]).astype(np.float32)
            for name in (*LANDMARK_SHAPES, *OPTIONAL_SHAPES)
            if rows and all(getattr(row, name) is not None for row in rows)
        }
        return cls.of_arrays(header, {"t_ns": times, **parts}, header.source or "the clip")

    @classmethod
    def of_arrays(cls, header: ClipHeader, arrays: Mapping[str, npt.NDArray[Any]], where: object) -> Self:
        """Make a clip from arrays by name, checked; landmark arrays that are absent are missing throughout.

        Raises:
            FormatError: an array has a wrong name, type, shape or value.
        """
        check_arrays(header.kind, arrays, where)
        count = len(arrays["t_ns"])
        missing = {
            name: np.full((count, *shape), np.nan, np.float32)
            for name, shape in LANDMARK_SHAPES.items()
            if name not in arrays
        }
        return cls(header, **{**missing, **arrays})

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that a file of this clip holds, by name."""
        names = ("frames",) if self.header.kind == PIXELS else (*LANDMARK_SHAPES, *OPTIONAL_SHAPES)
        present = {name: getattr(self, name) for name in ("t_ns", *names)}
        return {name: array for name, array in present.items() if array is not None}

    def landmarks(self) -> Iterator[Landmarks]:
        """Yield the landmarks of every frame; those of a mirrored picture are turned round."""
        for index, t_ns in enumerate(self.t_ns.tolist()):
            optional = {
                name: None if whole is None else whole[index]
                for name, whole in (
                    ("face", self.face),
                    ("blendshapes", self.blendshapes),
                    ("pose", self.pose),
                )
            }
            row = Landmarks(
                t_ns=t_ns,
                hands=self.hands[index],
                hands_world=self.hands_world[index],
                face_points=self.face_points[index],
                image_size=self.header.image_size,
                sides_known=self.header.sides_known,
                **optional,
            )
            yield unmirrored(row) if self.header.mirrored else row


def unmirrored(landmarks: Landmarks) -> Landmarks:
    """Turn the landmarks of a mirrored picture round.

    x becomes 1 - x, and left becomes right: the hands' slots (where their sides are known), eyes and ears.
    The mesh, the blendshapes and the pose name their points by side and are dropped rather than turned.
    """
    hands, world = landmarks.hands.copy(), landmarks.hands_world.copy()
    face_points = landmarks.face_points[list(_FACE_MIRROR)].copy()
    hands[..., 0] = 1 - hands[..., 0]
    world[..., 0] = -world[..., 0]
    face_points[..., 0] = 1 - face_points[..., 0]
    if landmarks.sides_known:
        hands, world = hands[::-1], world[::-1]
    return Landmarks(
        t_ns=landmarks.t_ns,
        hands=hands,
        hands_world=world,
        face_points=face_points,
        image_size=landmarks.image_size,
        sides_known=landmarks.sides_known,
    )


def check_arrays(kind: str, arrays: Mapping[str, npt.NDArray[Any]], where: object) -> None:
    """Check the arrays of a clip, or of several joined along time (whose times are checked elsewhere).

    Raises:
        FormatError: one has a wrong name, type, shape or value.
    """
    times = arrays.get("t_ns")
    if times is None or times.dtype != np.int64 or times.ndim != 1 or not len(times):
        raise FormatError("wrong 't_ns'", where=where, expected="int64 (T,), T >= 1", found=_shape_of(times))
    if kind == PIXELS:
        _check_names(arrays, {"t_ns", "frames"}, {"t_ns", "frames"}, kind, where)
        _check_frames(arrays["frames"], len(times), where)
    else:
        needed = {"t_ns", *LANDMARK_SHAPES}
        _check_names(arrays, needed, needed | set(OPTIONAL_SHAPES), kind, where)
        for name, shape in {**LANDMARK_SHAPES, **OPTIONAL_SHAPES}.items():
            if name in arrays:
                _check_floats(name, arrays[name], (len(times), *shape), where)


def check_times(times: npt.NDArray[np.int64], where: object) -> None:
    """Check that times increase and do not start before 0.

    Raises:
        FormatError: they do.
    """
    if times[0] < 0 or not (times[1:] > times[:-1]).all():
        raise FormatError("the times ('t_ns') must increase from 0 or later", where=where)


def _check_names(arrays: Mapping[str, object], needed: set[str], allowed: set[str], kind: str, where: object) -> None:
    missing, surplus = needed - arrays.keys(), arrays.keys() - allowed
    if missing:
        raise FormatError(f"'{min(missing)}' is missing in a clip of {kind}", where=where)
    if surplus:
        raise FormatError(f"'{min(surplus)[:60]}' does not belong in a clip of {kind}", where=where)


def _check_floats(name: str, array: npt.NDArray[Any], shape: tuple[int, ...], where: object) -> None:
    if array.dtype != np.float32 or array.shape != shape:
        raise FormatError(f"wrong '{name}'", where=where, expected=f"float32 {shape}", found=_shape_of(array))
    if np.isinf(array).any():
        raise FormatError(f"'{name}' holds an infinite value", where=where, remedy="NaN stands for missing")


def _check_frames(frames: npt.NDArray[Any], count: int, where: object) -> None:
    sides_fit = frames.ndim in (3, 4) and all(MIN_SIDE <= side <= MAX_SIDE for side in frames.shape[1:3])
    colours_fit = frames.ndim == 3 or frames.shape[3:] == (3,)
    if frames.dtype != np.uint8 or not sides_fit or not colours_fit or len(frames) != count:
        expected = f"uint8 ({count}, H, W) or ({count}, H, W, 3), sides {MIN_SIDE} to {MAX_SIDE}"
        raise FormatError("wrong 'frames'", where=where, expected=expected, found=_shape_of(frames))


def _shape_of(array: npt.NDArray[Any] | None) -> str:
    return "nothing" if array is None else f"{array.dtype} {array.shape}"
