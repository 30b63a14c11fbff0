"""Many movements at once, as arrays: stacked from examples, and varied as cameras, bodies and landmarkers vary them.

Points stand at true aspect, x, y and z in picture widths, so that turning them is turning. One training looks at tens
of thousands of varied movements; one at a time they would take longer than the network does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.examples import MotionExample
from recognizers.features import ASSUMED_SIZE, MOVEMENT_FEATURES
from recognizers.handmodel import ALONG_FINGER
from recognizers.types import FloatArray

BoolArray = npt.NDArray[np.bool_]
FACE_MIRRORED = (1, 0, 2, 3, 5, 4)
"""The order of the face points in a mirror."""
LARGEST = 1000.0
"""Where a landmarker errs wildly a length may become anything; what is kept stays a number."""
CHUNK = 128
"""So many movements are varied and described at a time: they fit the processor's cache better than all."""


@dataclass(frozen=True, slots=True)
class Variety:
    """How far a copy may stray from its movement; standard deviations unless said otherwise.

    Attributes:
        mirror: share of copies made by the other hand.
        warp: of the logarithm of the pace, which changes along the movement; `crop`: the least share that is shown;
            `wait`: at most so much longer than the movement is the time shown, in which the hands stay as they are.
        roll, hand_turn: degrees by which the camera rolls, and by which each hand is held otherwise.
        scale, stretch: of the logarithm of the size, and of that of width and height each.
        place: palm lengths by which each hand is higher, lower, nearer to the face.
        noise: palm lengths by which the landmarker misses a point; its depth 2.5 times that.
        lose_hand, lose_face: share of copies in which a hand is lost for a while, and the face throughout.
        flicker: share of copies in which single steps of a hand are lost, up to a quarter of them.
    """

    mirror: float = 0.5
    warp: float = 0.25
    crop: float = 0.75
    wait: float = 0.35
    roll: float = 10.0
    hand_turn: float = 15.0
    scale: float = 0.15
    stretch: float = 0.12
    place: float = 0.4
    noise: float = 0.02
    lose_hand: float = 0.3
    lose_face: float = 0.05
    flicker: float = 0.4


class Movements(NamedTuple):
    """Hands float32 (n, S, 2, 21, 3) and face points (n, S, 6, 2), x, y and z in picture widths; NaN where missing."""

    hands: FloatArray
    face_points: FloatArray

    def __len__(self) -> int:
        return len(self.hands)


def stacked(examples: Sequence[MotionExample]) -> Movements:
    """Return the movements of examples, at true aspect."""
    units = np.array([_units(example.image_size) for example in examples], np.float32)[:, None, None]
    hands = np.stack([example.hands for example in examples]) * units[:, :, None]
    return Movements(hands, np.stack([example.face_points for example in examples]) * units[..., :2])


def described(movements: Movements, features: str) -> FloatArray:
    """Return the features of the set `features`, float32 (n, S, F)."""
    describe = MOVEMENT_FEATURES[features]
    # A picture as high as wide: the points are at true aspect already.
    return np.concatenate([describe(*part, (1, 1)) for part in _chunks(movements)])


def copies(movements: Movements, count: int, features: str, variety: Variety, rng: np.random.Generator) -> FloatArray:
    """Return the features of `count` varied copies of each movement, (count * n, S, F); copies of one stand n apart.

    They are float16: its three digits are finer than the noise that was added, and half of the memory is saved.
    """
    describe = MOVEMENT_FEATURES[features]
    parts = [
        describe(*varied_movements(part, variety, rng), (1, 1)).clip(-LARGEST, LARGEST).astype(np.float16)
        for _ in range(count)
        for part in _chunks(movements)
    ]
    return np.concatenate(parts)


def varied_movements(movements: Movements, variety: Variety, rng: np.random.Generator) -> Movements:
    """Return a varied copy of each movement."""
    turned_round = rng.random(len(movements)) < variety.mirror
    hands, face = mirrored_movements(movements)
    hands = np.where(turned_round[:, None, None, None, None], hands, movements.hands)
    face = np.where(turned_round[:, None, None, None], face, movements.face_points)
    hands, face = _warped(hands, face, variety, rng)
    hands, face = _seen(hands, face, variety, rng)
    hands = _held_otherwise(hands, variety, rng)
    _lose(hands, face, variety, rng)
    return Movements(hands, face)


def mirrored_movements(movements: Movements) -> Movements:
    """Return the movements as the other hand makes them: x flipped, left and right exchanged."""
    hands = movements.hands[:, :, ::-1] * np.array([-1, 1, 1], np.float32) + np.array([1, 0, 0], np.float32)
    face = movements.face_points[:, :, FACE_MIRRORED] * np.array([-1, 1], np.float32) + np.array([1, 0], np.float32)
    return Movements(hands, face)


def _chunks(movements: Movements) -> list[Movements]:
    starts = range(0, len(movements), CHUNK)
    return [Movements(movements.hands[i : i + CHUNK], movements.face_points[i : i + CHUNK]) for i in starts]


def _units(image_size: tuple[int, int] | None) -> tuple[float, float, float]:
    width, height = image_size or ASSUMED_SIZE
    return 1.0, height / width, 1.0


def _rotations(degrees: npt.NDArray[np.floating]) -> FloatArray:
    """Return (n, 3, 3) rotations by x, y and z angles (n, 3) in degrees, in this order."""
    x, y, z = np.radians(degrees).T
    zero, one = np.zeros_like(x), np.ones_like(x)
    about_x = np.stack([one, zero, zero, zero, np.cos(x), -np.sin(x), zero, np.sin(x), np.cos(x)], -1)
    about_y = np.stack([np.cos(y), zero, np.sin(y), zero, one, zero, -np.sin(y), zero, np.cos(y)], -1)
    about_z = np.stack([np.cos(z), -np.sin(z), zero, np.sin(z), np.cos(z), zero, zero, zero, one], -1)
    result = about_z.reshape(-1, 3, 3) @ about_y.reshape(-1, 3, 3) @ about_x.reshape(-1, 3, 3)
    return np.asarray(result, np.float32)


def _warped(
    hands: FloatArray, face: FloatArray, variety: Variety, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Play a part of each movement at another, changing pace."""
    count, steps = hands.shape[:2]
    knots = np.exp(rng.normal(0, variety.warp, (count, 5)))
    place = np.linspace(0, 4, steps)
    knot = np.minimum(place.astype(int), 3)
    pace = knots[:, knot] + (knots[:, knot + 1] - knots[:, knot]) * (place - knot)
    times = np.cumsum(pace, axis=1)
    times = (times - times[:, :1]) / (times[:, -1:] - times[:, :1])
    shown = rng.uniform(variety.crop, 1 + variety.wait, (count, 1))
    times = (rng.uniform(0, 1, (count, 1)) * (1 - shown) + times * shown).clip(0, 1) * (steps - 1)
    before = np.minimum(times.astype(int), steps - 2)
    return _between(hands, before, times - before), _between(face, before, times - before)


def _between(values: FloatArray, before: npt.NDArray[np.int64], share: npt.NDArray[np.floating]) -> FloatArray:
    """Return values at `share` of the way from step `before` to the next; where one is missing the other stands."""
    rows = np.arange(len(values))[:, None]
    first, second = values[rows, before], values[rows, before + 1]
    weight = share.astype(np.float32).reshape(*share.shape, *[1] * (values.ndim - 2))
    mixed = first + (second - first) * weight
    missing = np.isnan(mixed)
    mixed[missing] = np.where(np.isnan(first[missing]), second[missing], first[missing])
    return mixed


def _seen(
    hands: FloatArray, face: FloatArray, variety: Variety, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Another camera: rolled, nearer or farther, a little from the side; about the face, or the picture's middle."""
    count = len(hands)
    turn = _rotations(np.column_stack([np.zeros((count, 2)), rng.normal(0, variety.roll, count)]))
    stretch = np.exp(rng.normal(0, variety.stretch, (count, 3)))
    stretch[:, 2] = rng.uniform(0.65, 1.15, count)  # the landmarker's depth is a guess
    turn = turn * (stretch * np.exp(rng.normal(0, variety.scale, (count, 1))))[:, None].astype(np.float32)
    found = np.isfinite(face)
    places = np.where(found, face, 0).sum(axis=(1, 2)) / np.maximum(found.sum(axis=(1, 2)), 1)
    middle = np.where(found.any(axis=(1, 2)), places, (0.5, 0.375)).astype(np.float32)[:, None, None]
    whole = np.concatenate([middle, np.zeros((count, 1, 1, 1), np.float32)], axis=-1)[:, :, None]
    new_hands = ((hands - whole).reshape(count, -1, 3) @ turn.transpose(0, 2, 1)).reshape(hands.shape) + whole
    flat = turn[:, :2, :2].transpose(0, 2, 1)
    new_face = ((face - middle).reshape(count, -1, 2) @ flat).reshape(face.shape) + middle
    return np.asarray(new_hands, np.float32), np.asarray(new_face, np.float32)


def _held_otherwise(hands: FloatArray, variety: Variety, rng: np.random.Generator) -> FloatArray:
    """Turn and place each hand a little differently throughout, and let the landmarker err."""
    count, steps = hands.shape[:2]
    palm = palms(hands)[:, None, None, None, None]
    turns = _rotations(rng.normal(0, variety.hand_turn, (2 * count, 3))).transpose(0, 2, 1)
    wrists = hands[:, :, :, :1]
    by_hand = (hands - wrists).transpose(0, 2, 1, 3, 4).reshape(2 * count, -1, 3)
    turned = (by_hand @ turns).reshape(count, 2, steps, *hands.shape[3:]).transpose(0, 2, 1, 3, 4) + wrists
    spread = np.array([1, 1, 2.5], np.float32) * variety.noise
    # Much of a landmarker's error stays as long as the hand is held: a finger is misjudged, not a frame.
    steady = rng.standard_normal((count, 1, 2, 21, 3), dtype=np.float32) * spread
    fingers = rng.standard_normal((count, 1, 2, 5, 1, 3), dtype=np.float32) * spread * 1.2
    along = ALONG_FINGER.astype(np.float32)
    steady[..., 1:, :] += (fingers * along).reshape(count, 1, 2, 20, 3)
    steady[..., :2] += rng.normal(0, variety.place, (count, 1, 2, 1, 2)).astype(np.float32)
    trembling = rng.standard_normal(hands.shape, dtype=np.float32) * (0.7 * spread)
    return np.asarray(turned + (steady + trembling) * palm, np.float32)


def palms(hands: FloatArray) -> FloatArray:
    """Return each movement's median length from wrist to middle knuckle, float32 (n,); a guess without a hand."""
    lengths = np.linalg.norm(hands[..., 9, :2] - hands[..., 0, :2], axis=-1).reshape(len(hands), -1)
    seen = np.isfinite(lengths)
    # The middle of what is there: the missing are sorted to the end.
    middle = np.take_along_axis(np.sort(lengths, axis=1), np.maximum(seen.sum(axis=1) - 1, 0)[:, None] // 2, axis=1)
    result: FloatArray = np.where(seen.any(axis=1), middle[:, 0], 0.1).astype(np.float32)
    return result


def _lose(hands: FloatArray, face: FloatArray, variety: Variety, rng: np.random.Generator) -> None:
    """Lose a hand for a while or now and then, or the face altogether, as landmarkers do."""
    count, steps = hands.shape[:2]
    step = np.arange(steps)[None, :, None]
    start, length = rng.integers(0, steps, (count, 1, 2)), rng.integers(1, max(2, steps // 3), (count, 1, 2))
    lost = (rng.random((count, 1, 2)) < variety.lose_hand) & (step >= start) & (step < start + length)
    often = rng.uniform(0, 0.25, (count, 1, 1)) * (rng.random((count, 1, 1)) < variety.flicker)
    lost |= rng.random((count, steps, 2)) < often
    lost &= np.isfinite(hands[..., 0, 0]) & ~_all_of(lost, hands)
    hands[lost] = np.nan
    face[rng.random(count) < variety.lose_face] = np.nan


def _all_of(lost: BoolArray, hands: FloatArray) -> BoolArray:
    """Whether losing these would leave no hand at all, (n, 1, 1): such a movement would be nothing."""
    left = np.isfinite(hands[..., 0, 0]) & ~lost
    return np.asarray(~left.any(axis=(1, 2), keepdims=True))
