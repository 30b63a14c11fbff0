"""Made-up people before made-up cameras, and what a landmarker would find of their hands and faces.

Everything is in face widths from between the eyes (x to the right of the picture, y down, z away from the camera)
until the camera sees it. The recipe of the hands is the hand model's; distances, pictures, losses and errors were
chosen so that they span what webcams, phones and MediaPipe give.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recognizers.handmodel import ALONG_FINGER, POINT_ERROR, Anatomy, poses, rotation, skeleton, vary_anatomy
from recognizers.types import FloatArray

Array = npt.NDArray[np.float64]

SIZES = ((640, 480), (1280, 720), (720, 1280), (480, 640))
SIZE_SHARES = (0.45, 0.35, 0.15, 0.05)
FACE = np.array(
    [
        (-0.23, 0.0, -0.3),
        (0.23, 0.0, -0.3),
        (0.0, 0.28, -0.55),
        (0.0, 0.55, -0.4),
        (-0.5, 0.12, 0.15),
        (0.5, 0.12, 0.15),
    ]
)
"""The six face points of a head that looks into the camera, one face width wide."""
PALM = 0.62
"""From wrist to middle knuckle in face widths."""
OUTSIDE = 0.05
"""So far beyond the picture's border a hand is still found."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody before a camera.

    Attributes:
        anatomy: of the hands.
        palm: from wrist to middle knuckle in face widths.
        bends: (4, 3) degrees by which the fingers bend more than others'.
        turn: (3,) degrees added to every turn; `place`: (3,) face widths added to every place.
        reach, pace: factors of distances and speeds.
        left_handed: whether the left hand leads.
        camera: yaw, pitch and roll of the camera in degrees; `distance`: from it to the face in face widths.
        face: the face's place in the picture; `width`: the face's in picture widths.
        size: the picture's, in pixels.
        noise: factor of the landmarker's errors; `losses`: share of the steps at which a hand is not found.
    """

    anatomy: Anatomy
    palm: float
    bends: Array
    turn: Array
    place: Array
    reach: float
    pace: float
    left_handed: bool
    camera: tuple[float, float, float]
    distance: float
    face: tuple[float, float]
    width: float
    size: tuple[int, int]
    noise: float
    losses: float

    def hand(self, name: str, rng: np.random.Generator) -> Array:
        """Return this person's hand in a pose, (21, 3) palm units, palm to the camera, the wrist at the origin."""
        pose = poses()[name]
        changed = replace(
            pose,
            bends=pose.bends + self.bends + pose.bend_ranges * rng.uniform(-0.8, 0.8, (4, 3)),
            spreads=pose.spreads + pose.spread_ranges * rng.uniform(-1, 1, 4),
            thumb_offset=pose.thumb_offset + pose.thumb_range * rng.uniform(-1, 1, 3),
        )
        points = skeleton(changed, self.anatomy)
        hand: Array = points / np.linalg.norm(points[9]) * (1, -1, -1)
        return hand

    def seen(self, points: Array) -> Array:
        """Return points (..., P, 3) as fractions of the picture, z from the first point on in picture widths."""
        turned = points @ rotation(*self.camera).T
        width, height = self.size
        near = self.distance / np.maximum(self.distance + turned[..., 2:], 0.2 * self.distance)
        flat = turned[..., :2] * near * self.width * (1, width / height) + self.face
        depth = (turned[..., 2:] - turned[..., :1, 2:]) * self.width
        return np.concatenate([flat, depth], axis=-1)


def make_person(rng: np.random.Generator) -> Person:
    """Return somebody."""
    size = SIZES[int(rng.choice(len(SIZES), p=SIZE_SHARES))]
    narrow = min(1.0, size[1] / size[0])
    return Person(
        anatomy=vary_anatomy(rng),
        palm=PALM * float(np.exp(rng.normal(0, 0.12))),
        bends=rng.normal(0, 7, (4, 3)),
        turn=rng.normal(0, (12, 10, 10)),
        place=rng.normal(0, (0.15, 0.2, 0.15)),
        reach=float(np.exp(rng.normal(0, 0.3))),
        pace=float(np.exp(rng.normal(0, 0.25))),
        left_handed=bool(rng.random() < 0.5),
        camera=(float(rng.normal(0, 12)), float(rng.normal(0, 8)), float(rng.normal(0, 5))),
        distance=float(rng.uniform(3.5, 9)),
        face=(float(np.clip(rng.normal(0.5, 0.09), 0.25, 0.75)), float(rng.uniform(0.22, 0.5))),
        width=float(np.exp(rng.uniform(math.log(0.08), math.log(0.32)))) * (narrow / 0.66),
        size=size,
        noise=float(np.exp(rng.normal(0, 0.35))),
        losses=float(rng.choice((0.0, 0.05, 0.2), p=(0.4, 0.4, 0.2))),
    )


def watched(hands: Array, person: Person, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return what a landmarker finds of somebody.

    Args:
        hands: (S, 2, 21, 3) face widths from between the eyes, slot 0 the left hand; NaN for one that is not there.

    Returns:
        hands float32 (S, 2, 21, 3) and face points (S, 6, 2), image fractions; NaN where nothing is found.
    """
    steps = len(hands)
    head = FACE @ rotation(*rng.normal(0, (9, 7, 4))).T
    drift = np.cumsum(rng.normal(0, 0.008, (steps, 1, 3)), axis=0)
    face = person.seen(head + drift)[..., :2]
    found = person.seen(hands)
    width, height = person.size
    aspect = np.array((1, width / height, 1))
    spread = POINT_ERROR * person.palm * person.width * person.noise * aspect
    # Half of a landmarker's error stays as long as the hand is held, and much of it is common to a finger.
    steady = rng.normal(0, 1, (1, 2, 21, 3))
    fingers = rng.normal(0, 1.2, (1, 2, 5, 1, 3)) * ALONG_FINGER
    steady[..., 1:, :] += fingers.reshape(1, 2, 20, 3)
    found[..., 2] *= rng.uniform(0.65, 1.15)
    found += (0.8 * steady + 0.7 * rng.normal(0, 1, found.shape)) * spread
    face = face + rng.normal(0, 0.02, (1, 6, 2)) * person.width * aspect[:2]
    face += rng.normal(0, 0.006, face.shape) * person.width * aspect[:2]
    _lose(found, person, rng)
    if rng.random() < 0.06:
        face[:] = np.nan
    return found.astype(np.float32), face.astype(np.float32)


def _lose(found: Array, person: Person, rng: np.random.Generator) -> None:
    steps = len(found)
    for side in range(2):
        lost = rng.random(steps) < person.losses
        lost |= np.convolve(rng.random(steps) < person.losses / 6, np.ones(5), "same") > 0
        middle = found[:, side, 9, :2]
        lost |= ((middle < -OUTSIDE) | (middle > 1 + OUTSIDE)).any(axis=1)
        found[lost, side] = np.nan
