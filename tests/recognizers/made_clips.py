"""Clips made for tests: a right hand of a known size that stands at a place, or moves at a known speed."""

from __future__ import annotations

from typing import Any

import numpy as np

from recognizers.clips import Clip, ClipHeader
from recognizers.types import FACE_POINTS, RIGHT, FloatArray

SIZE = (640, 480)
PALM = 0.1
"""From the wrist to each knuckle, in widths of the picture."""


def hand(palm: float = PALM) -> FloatArray:
    """Return a hand at the middle, float32 (21, 3): its wrist there, all else one palm to the right of it."""
    points = np.zeros((21, 3), np.float32)
    points[:, :2] = 0.5
    points[1:, 0] += palm
    return points


def made_clip(
    label: str = "wave",
    mode: str = "gesture",
    *,
    frames: int = 61,
    rate: float = 30.0,
    palm: float = PALM,
    speed: float = 0.0,
    extra: dict[str, Any] | None = None,
    **header: Any,
) -> Clip:
    """Return a clip of a right hand that moves to the right.

    Args:
        label, mode, extra, header: for its header.
        frames: how many.
        rate: a second.
        palm: its size, in widths.
        speed: how fast it moves, in widths a second; back to the middle whenever it is 0.2 away.
    """
    seconds = np.arange(frames) / rate
    hands = np.full((frames, 2, 21, 3), np.nan, np.float32)
    hands[:, RIGHT] = hand(palm)
    # To and fro, so that it stays in the picture and its speed is the same all the time.
    hands[:, RIGHT, :, 0] += (0.2 - np.abs(speed * seconds % 0.4 - 0.2))[:, None]
    face = np.tile(np.array([[0.45, 0.3], [0.55, 0.3], *[[0.5, 0.4]] * (FACE_POINTS - 2)], np.float32), (frames, 1, 1))
    about: dict[str, Any] = {"fps": rate, "image_size": SIZE, "source": "made", **header}
    return Clip.of_arrays(
        ClipHeader(label, mode, extra=extra or {}, **about),
        {
            "t_ns": np.round(seconds * 1e9).astype(np.int64),
            "hands": hands,
            "hands_world": np.full_like(hands, np.nan),
            "face_points": face,
        },
        "made",
    )
