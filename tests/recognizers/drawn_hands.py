"""Hands that draw with a finger tip, exactly: a pose that is carried along a path."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from recognizers.handmodel import View, hand_points, poses, project
from recognizers.traces import Trace
from recognizers.types import LEFT, RIGHT, FloatArray, Landmarks

SIZE = (640, 480)
PALM = 0.12
"""The palm's length in picture heights."""
L_SHAPE = ((0.0, 0.0), (0.0, 1.0), (0.8, 1.0))
"""Down, then to the thumb's side."""
ELL = Trace(
    label="ell",
    tip=8,
    begins=("palm",),
    shapes=(),
    least_share=0.5,
    seconds=(0.2, 2.0),
    size=(0.6, 5.0),
    paths=(L_SHAPE,),
    not_paths=(((0.0, 0.0), (0.0, 1.0)),),
    half_distance=0.25,
)


def at(pose: str, place: tuple[float, float], side: int = RIGHT, roll: float = 0.0) -> FloatArray:
    """Return a hand (21, 3) that stands at a place, in palm lengths from the middle of the picture."""
    x, y = place
    cosine, sine = math.cos(math.radians(roll)), math.sin(math.radians(roll))
    x, y = x * cosine - y * sine, x * sine + y * cosine
    wrist = (0.5 + x * PALM * SIZE[1] / SIZE[0], 0.6 + y * PALM)
    return project(hand_points(poses()[pose], side), View(SIZE, palm=PALM, wrist=wrist, roll=roll))


def seen(t: float, hand: FloatArray | None = None, side: int = RIGHT) -> Landmarks:
    """Return what is found at a time in seconds."""
    hands = np.full((2, 21, 3), np.nan, np.float32)
    if hand is not None:
        hands[side] = hand
    return Landmarks(round(t * 1e9), hands=hands, image_size=SIZE)


def drawing(
    path: Sequence[tuple[float, float]] = L_SHAPE,
    *,
    pose: str = "palm",
    size: float = 1.5,
    seconds: float = 0.7,
    fps: float = 30.0,
    side: int = RIGHT,
    roll: float = 0.0,
    before: float = 0.0,
    after: float = 0.6,
    jitter: float = 0.0,
    start: float = 0.0,
) -> list[Landmarks]:
    """Return a stream of a hand that stands, draws a path of so many palm lengths in so many seconds, and stands.

    Args:
        path: corners as of a right hand; a left one draws its mirror image.
        pose, side, roll: of the hand; the camera is askew by so many degrees.
        size, seconds: of the path.
        fps: frames a second.
        before, after: seconds of standing.
        jitter: of every point, standard deviation in palm lengths.
        start: the first frame's time.
    """
    rng = np.random.default_rng(0)
    corners = np.array(path, float) * size * (-1 if side == LEFT else 1, 1)
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    frames = []
    for number in range(round((before + seconds + after) * fps) + 1):
        share = min(max((number / fps - before) / seconds, 0.0), 1.0)
        place = [float(np.interp(share * way[-1], way, corners[:, axis])) for axis in (0, 1)]
        hand = at(pose, (place[0], place[1]), side, roll)
        units = np.array((SIZE[1] / SIZE[0], 1, SIZE[1] / SIZE[0])) * PALM
        hand = (hand + rng.normal(0, 1, hand.shape) * jitter * units).astype(np.float32)
        frames.append(seen(start + number / fps, hand, side))
    return frames
