"""Clips as .pose files, so that other programs of sign language processing can read them.

What is kept and what is lost is told in docs/formats/pose-exchange.md; `importers/pose.py` is the way back.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizers.clips import PIXELS, Clip
from recognizers.errors import FormatError, UsageError
from recognizers.pose_recording import MAX_SIDE, PosePart, PoseRecording, write_pose
from recognizers.types import HAND_PARENTS, LEFT, RIGHT, FloatArray

_FINGERS = tuple(
    f"{finger}_{joint}"
    for finger, joints in (
        ("THUMB", ("CMC", "MCP", "IP", "TIP")),
        *((f"{finger}_FINGER", ("MCP", "PIP", "DIP", "TIP")) for finger in ("INDEX", "MIDDLE", "RING")),
        ("PINKY", ("MCP", "PIP", "DIP", "TIP")),
    )
    for joint in joints
)
HAND_NAMES = ("WRIST", *_FINGERS)
_FACE_OF_BODY = (
    "NOSE LEFT_EYE_INNER LEFT_EYE LEFT_EYE_OUTER RIGHT_EYE_INNER RIGHT_EYE RIGHT_EYE_OUTER LEFT_EAR RIGHT_EAR"
)
_LIMBS_OF_BODY = "SHOULDER ELBOW WRIST PINKY INDEX THUMB HIP KNEE ANKLE HEEL FOOT_INDEX"
BODY_NAMES = (
    *_FACE_OF_BODY.split(),
    "MOUTH_LEFT",
    "MOUTH_RIGHT",
    *(f"{side}_{name}" for name in _LIMBS_OF_BODY.split() for side in ("LEFT", "RIGHT")),
)
FACE_POINT_NAMES = ("RIGHT_EYE", "LEFT_EYE", "NOSE_TIP", "MOUTH", "RIGHT_EAR", "LEFT_EAR")

BODY, FACE = "POSE_LANDMARKS", "FACE_LANDMARKS"
HANDS = ("LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS")
"""The parts of MediaPipe Holistic, by their names in the format; the hands by slot."""
WORLD_HANDS = ("LEFT_HAND_WORLD_LANDMARKS", "RIGHT_HAND_WORLD_LANDMARKS")
FACE_POINTS = "FACE_POINTS"
"""Parts of ours: hands in metres, and the six points of the face. Other programs pass over them."""

SEEN = 1e-6
"""The least confidence of a point that was found: 0 is missing."""
_MAX_GAP = 10
_BONES = tuple((parent, point) for point, parent in enumerate(HAND_PARENTS) if parent >= 0)
_BODY_BONES = (
    *((11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24)),
    *((23, 25), (25, 27), (24, 26), (26, 28)),
)


def export_pose(clip: Clip, path: Path, size: tuple[int, int] | None = None) -> None:
    """Write a clip of landmarks as a .pose file; one recorded in a mirror is turned round.

    Args:
        clip: what is written.
        path: where to.
        size: the picture's width and height in pixels, where the clip does not know it; else the clip's own counts.

    Raises:
        UsageError: the clip holds pictures, or the size is needed and not given.
        FormatError: the clip does not fit the format.
        OutputError: it cannot be written.
    """
    write_pose(path, pose_of(clip, size))


def pose_of(clip: Clip, size: tuple[int, int] | None = None) -> PoseRecording:
    """Return a clip as a recording; see `export_pose`."""
    if clip.header.kind == PIXELS:
        raise UsageError("a clip of pictures has no points to write", where=clip.header.source or None)
    size = clip.header.image_size or size
    if size is None or not all(0 < side <= MAX_SIDE for side in size):
        expected = f"width and height in pixels, 1 to {MAX_SIDE:,}"
        raise UsageError("the picture's size must be known for a .pose file", expected=expected, found=size)
    if clip.header.mirrored:
        clip = Clip.of(replace(clip.header, mirrored=False), clip.landmarks())
    parts = _parts(clip, np.array([*size, 1], np.float32))
    points = np.concatenate([values for _, values, _ in parts], axis=1)
    seen = np.concatenate([confidence for _, _, confidence in parts], axis=1)
    fps, places = _even_times(clip)
    data = np.zeros((places[-1] + 1, 1, *points.shape[1:]), np.float32)
    confidence = np.zeros(data.shape[:3], np.float32)
    data[places, 0], confidence[places, 0] = np.nan_to_num(points), seen
    return PoseRecording(size, fps, tuple(part for part, _, _ in parts), data, confidence)


def _even_times(clip: Clip) -> tuple[float, npt.NDArray[np.int64]]:
    """Return frames a second, and at which of evenly spaced frames each of the clip's stands.

    The format knows no times: frames that the clip lacks become frames in which nothing was found. Where the clip's
    times fit no even spacing, its frames simply follow each other.
    """
    times = (clip.t_ns - clip.t_ns[0]) / 1e9
    steps = np.diff(times)
    fps = clip.header.fps or (float(1 / np.median(steps)) if len(steps) else 1.0)
    places = np.rint(times * fps).astype(np.int64)
    if (np.diff(places) < 1).any() or places[-1] >= _MAX_GAP * len(clip) + _MAX_GAP:
        places = np.arange(len(clip))
    return fps, places


Part = tuple[PosePart, FloatArray, FloatArray]


def _parts(clip: Clip, scale: FloatArray) -> list[Part]:
    """Return each part with its points (T, P, 3) and confidence (T, P)."""
    parts: list[Part] = []
    if clip.pose is not None:
        seen = np.nan_to_num(clip.pose[..., 3], nan=1.0).clip(SEEN, 1)
        parts.append(_part(PosePart(BODY, BODY_NAMES, limbs=_BODY_BONES), clip.pose[..., :3] * scale, seen))
    if clip.face is not None:
        mesh = clip.face if np.isfinite(clip.face[:, 468:]).any() else clip.face[:, :468]
        parts.append(_part(PosePart(FACE, tuple(map(str, range(mesh.shape[1])))), mesh * scale))
    for slot in (LEFT, RIGHT):
        parts.append(_part(PosePart(HANDS[slot], HAND_NAMES, limbs=_BONES), clip.hands[:, slot] * scale))
    for slot in (LEFT, RIGHT):
        if np.isfinite(clip.hands_world[:, slot]).any():
            parts.append(_part(PosePart(WORLD_HANDS[slot], HAND_NAMES, limbs=_BONES), clip.hands_world[:, slot]))
    if np.isfinite(clip.face_points).any():
        flat = np.concatenate([clip.face_points, np.zeros_like(clip.face_points[..., :1])], axis=2)
        parts.append(_part(PosePart(FACE_POINTS, FACE_POINT_NAMES), flat * scale))
    return parts


def _part(part: PosePart, points: FloatArray, seen: FloatArray | None = None) -> Part:
    found = np.isfinite(points).all(axis=2)
    if np.abs(points[found]).max(initial=0) > 1e30:
        raise FormatError("a point is too far away for a .pose file", where=part.name)
    confidence: FloatArray = np.where(found, 1 if seen is None else seen, 0).astype(np.float32)
    return part, points.astype(np.float32), confidence
