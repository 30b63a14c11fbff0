"""A made-up language of signs, and made-up people who sign it: data to compare networks on where none can be shared.

A word is a handshape (or two), a way of turning the hand, a place beside the face, a path, and one hand or both. Many
words differ from another in one of these alone, as in real languages. A signer has hands, a reach, a pace, a
habit of place and turn, a camera at some angle and distance, and a landmarker that errs and loses hands. Recordings
are as people hand them on: cut closely, or with seconds of waiting at either end; the idle hand in the lap in view;
with hands lost for half of the sign, faces lost, the picture's size forgotten, depths of another scale. Everything
follows from a seed. It is easier than life in ways that nobody can list, so it compares networks and measures none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recognizers.clips import Clip, ClipHeader
from recognizers.generated_signers import FACE, PALM
from recognizers.handmodel import Anatomy, Pose, poses, rotation, skeleton, vary_anatomy
from recognizers.types import LEFT, RIGHT

Array = npt.NDArray[np.float64]

SHAPES = ("palm", "stop", "fist", "one", "peace", "three", "four", "ok", "rock", "call", "loser", "like", "relaxed")
TURNS = ((0, 0, 0), (180, 0, 0), (-80, 0, 0), (0, 0, -80), (0, -60, 0), (180, 0, -70), (0, 70, 0), (90, 0, 40))
PLACES = (
    *((0.0, -0.5), (-0.6, -0.3), (-0.55, 0.35), (0.0, 0.75), (-0.3, 1.2)),
    *((0.1, 1.9), (-1.0, 1.9), (0.9, 1.8), (-1.5, 0.9), (-0.2, 2.5)),
)
"""In face widths from between the eyes, of a right hand: x to the right of the picture, y down."""
PATHS = ("hold", "line", "line", "arc", "circle", "zigzag", "tap", "twist", "wiggle", "shake")
REST = np.array((-1.1, 4.6, -0.6))
LAP = np.array((-0.5, 3.4, -0.8))
RISE, SINK = 0.45, 0.5
"""Seconds from rest to a sign and back."""


@dataclass(frozen=True, slots=True)
class Word:
    """One sign.

    Attributes:
        name: its label.
        shapes: handshape at the beginning and at the end.
        turn: yaw, pitch, roll of the hand in degrees.
        place: where, in face widths.
        path: how it moves; `direction` in radians, `size` in face widths, `repeats` how often.
        hands: `one`, `both` (mirrored), `turns` (mirrored, by turns) or `base` (the other hand rests below).
    """

    name: str
    shapes: tuple[str, str]
    turn: tuple[float, float, float]
    place: tuple[float, float]
    path: str
    direction: float
    size: float
    repeats: int
    hands: str


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """One person before one camera.

    Attributes:
        name: who.
        anatomy: of the hands.
        bends: (4, 3) degrees by which the fingers bend more than others'.
        turn: degrees added to every turn; `place`: face widths added to every place.
        reach, pace: factors.
        left_handed: whether the left hand leads.
        camera: yaw, pitch and roll in degrees; `distance` in face widths; `face`: the face's place in the picture.
        size: the picture's, in pixels; `fps`: its rate.
        noise: factor of the landmarker's errors; `losses`: share of the steps at which a hand is lost, more while it is
            quick, and of the signs in which it is lost for long; `faceless`: share of the steps without a face.
        depth: factor of the landmarker's depths.
        waits: seconds before and after a sign that the recording goes on for, on average.
        lap: share of the signs of one hand in which the other one is seen resting.
        sized: whether the recordings tell the picture's size.
    """

    name: str
    anatomy: Anatomy
    bends: Array
    turn: Array
    place: Array
    reach: float
    pace: float
    left_handed: bool
    camera: tuple[float, float, float]
    distance: float
    face: tuple[float, float]
    zoom: float
    size: tuple[int, int]
    fps: float
    noise: float
    losses: float
    faceless: float
    depth: float
    waits: tuple[float, float]
    lap: float
    sized: bool


def make_words(count: int, rng: np.random.Generator) -> list[Word]:
    """Return words; four in ten are another one with a single part changed."""
    words: list[Word] = []
    while len(words) < count:
        name = f"word{len(words):02d}"
        fresh = _random_word(name, rng)
        if words and rng.random() < 0.4:
            part = ("shapes", "turn", "place", "path", "hands")[int(rng.integers(5))]
            fresh = replace(words[int(rng.integers(len(words)))], name=name, **{part: getattr(fresh, part)})
        if all(replace(fresh, name=other.name) != other for other in words):
            words.append(fresh)
    return words


def _random_word(name: str, rng: np.random.Generator) -> Word:
    first = str(rng.choice(SHAPES))
    return Word(
        name,
        (first, str(rng.choice(SHAPES)) if rng.random() < 0.25 else first),
        tuple(map(float, TURNS[int(rng.integers(len(TURNS)))])),  # type: ignore[arg-type]
        PLACES[int(rng.integers(len(PLACES)))],
        str(rng.choice(PATHS)),
        float(rng.integers(8)) * math.pi / 4,
        float(rng.uniform(0.5, 1.3)),
        int(rng.integers(1, 4)),
        str(rng.choice(("one", "both", "turns", "base"), p=(0.6, 0.2, 0.08, 0.12))),
    )


def make_signer(name: str, rng: np.random.Generator) -> Signer:
    """Return somebody."""
    size = ((640, 480), (1280, 720), (720, 1280), (480, 640))[int(rng.choice(4, p=(0.3, 0.3, 0.3, 0.1)))]
    return Signer(
        name=name,
        anatomy=vary_anatomy(rng),
        bends=rng.normal(0, 9, (4, 3)),
        turn=rng.normal(0, 14, 3),
        place=rng.normal(0, (0.2, 0.25)),
        reach=float(np.exp(rng.normal(0, 0.3))),
        pace=float(np.exp(rng.normal(0, 0.25))),
        left_handed=bool(rng.random() < 0.15),
        camera=(float(rng.normal(0, 12)), float(rng.normal(0, 8)), float(rng.normal(0, 4))),
        distance=float(rng.uniform(4, 9)),
        face=(float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.22, 0.38))),
        zoom=float(rng.uniform(0.75, 1.15)),
        size=size,
        fps=float(rng.choice((15, 25, 30, 30))),
        noise=float(np.exp(rng.normal(0, 0.35))),
        losses=float(rng.choice((0.02, 0.1, 0.25, 0.45), p=(0.3, 0.3, 0.25, 0.15))),
        faceless=float(rng.choice((0.0, 0.02, 0.3), p=(0.6, 0.3, 0.1))),
        depth=float(rng.uniform(0.6, 1.4)),
        waits=((0.1, 0.1), (0.3, 0.3), (0.8, 0.6), (1.5, 1.2))[int(rng.choice(4, p=(0.25, 0.4, 0.2, 0.15)))],
        lap=float(rng.choice((0.0, 0.2, 0.8))),
        sized=bool(rng.random() < 0.5),
    )


def make_clips(words: int, signers: int, each: int, seed: int) -> Iterator[Clip]:
    """Yield `each` clips of every word, by as many different people as there are."""
    rng = np.random.default_rng(seed)
    lexicon = make_words(words, rng)
    people = [make_signer(f"signer{number:02d}", rng) for number in range(signers)]
    for word in lexicon:
        order = rng.permutation(signers)
        for number in range(each):
            yield sign(word, people[int(order[number % signers])], rng)


def sign(word: Word, signer: Signer, rng: np.random.Generator) -> Clip:
    """Return one person's clip of one word: hands rise, sign, and sink, cut somewhere on the way."""
    word = replace(
        word,
        place=(word.place[0] + rng.normal(0, 0.12), word.place[1] + rng.normal(0, 0.14)),
        repeats=max(1, word.repeats + int(rng.choice((-1, 0, 0, 0, 1)))),
        direction=word.direction + rng.normal(0, 0.25),
        size=word.size * signer.reach * float(np.exp(rng.normal(0, 0.2))),
    )
    stroke = (0.55 + 0.3 * word.repeats * (word.path not in ("hold", "line", "arc"))) / signer.pace
    stroke *= float(np.exp(rng.normal(0, 0.2)))
    before, after = (float(rng.uniform(0.3, 1.7)) * wait for wait in signer.waits)
    times = np.arange(0, before + stroke + after, 1 / signer.fps)
    phase = np.clip((times - before) / stroke, 0, 1)
    away = np.clip(np.maximum((before - times) / RISE, (times - before - stroke) / SINK), 0, 1)
    away = away * away * (3 - 2 * away)
    hands = _hands(word, signer, phase, away, rng)
    camera = rotation(*signer.camera)
    head = FACE @ rotation(*(rng.normal(0, (8, 6, 4)))).T
    drift = np.cumsum(rng.normal(0, 0.006, (len(times), 1, 3)), axis=0)
    face = _picture((head + drift) @ camera.T, signer)[..., :2]
    picture = np.stack([_picture(hand @ camera.T, signer) for hand in hands], axis=1)
    return _clip(word, signer, times, picture, face, rng)


def _hands(word: Word, signer: Signer, phase: Array, away: Array, rng: np.random.Generator) -> list[Array]:
    """Both hands, (T, 21, 3) face widths from between the eyes; NaN for one that is not used."""
    lead = LEFT if signer.left_handed else RIGHT
    tilt = signer.turn + rng.normal(0, 8, 3)
    chief = _hand(word, signer, phase, away, tilt, rng)
    other = np.full_like(chief, np.nan)
    if word.hands in ("both", "turns"):
        late = (phase + 0.5 / word.repeats) % 1 if word.hands == "turns" else phase
        other = _hand(word, signer, late, away, tilt + rng.normal(0, 5, 3), rng)
    elif word.hands == "base":
        base = replace(word, shapes=("palm", "palm"), turn=(0, 70, 0), path="hold", place=(-0.2, word.place[1] + 0.9))
        other = _hand(base, signer, phase, away, tilt, rng)
    elif rng.random() < signer.lap:
        other = _shape("relaxed", signer, rng) @ rotation(*rng.normal((0, -60, 0), 30)).T * PALM + LAP
        other = other + rng.normal(0, 0.4, 3) + np.cumsum(rng.normal(0, 0.01, (len(phase), 1, 3)), axis=0)
    mirror = np.array((-1, 1, 1))
    hands = [np.full_like(chief, np.nan)] * 2
    hands[lead] = chief if lead == RIGHT else chief * mirror
    hands[1 - lead] = other * mirror if lead == RIGHT else other
    return hands


def _hand(  # noqa: PLR0917
    word: Word, signer: Signer, phase: Array, away: Array, tilt: Array, rng: np.random.Generator
) -> Array:
    """A right hand through time, (T, 21, 3) face widths from between the eyes."""
    shift, turn, change = _path(word, phase)
    shapes = [_shape(name, signer, rng) for name in word.shapes]
    wiggle = 0.12 * np.sin(phase * 2 * math.pi * (2 + word.repeats)) if word.path == "wiggle" else 0 * phase
    share = (change if word.shapes[0] != word.shapes[1] else 0 * phase)[:, None, None]
    local = shapes[0] * (1 - share) + shapes[1] * share
    local[:, (7, 8, 15, 16), 2] += wiggle[:, None]
    local[:, (11, 12, 19, 20), 2] -= wiggle[:, None]
    angles = np.array(word.turn) + tilt + turn
    turned = np.stack([frame @ rotation(*angle).T for frame, angle in zip(local, angles, strict=True)])
    reach = np.array((*(np.array(word.place) + signer.place), -1.3))
    centre = reach + shift
    where = centre * (1 - away[:, None]) + REST * away[:, None]
    result: Array = turned * PALM + where[:, None] - turned[:, 9:10] * PALM * 0.7
    return result


def _shape(name: str, signer: Signer, rng: np.random.Generator) -> Array:
    pose: Pose = poses()[name]
    bends = pose.bends + signer.bends + pose.bend_ranges * rng.uniform(-0.6, 0.6, (4, 3))
    offset = pose.thumb_offset + pose.thumb_range * rng.uniform(-1, 1, 3)
    spreads = pose.spreads + pose.spread_ranges * rng.uniform(-1, 1, 4)
    points = skeleton(replace(pose, bends=bends, spreads=spreads, thumb_offset=offset), signer.anatomy)
    result: Array = points / np.linalg.norm(points[9]) * (1, -1, -1)
    return result


def _path(word: Word, phase: Array) -> tuple[Array, Array, Array]:
    """Shift (T, 3) in face widths, turn (T, 3) in degrees, share of the second handshape (T,)."""
    soft = phase * phase * (3 - 2 * phase)
    swing = np.sin(2 * math.pi * word.repeats * phase)
    rounds = 2 * math.pi * word.repeats * phase
    ahead = np.array((math.cos(word.direction), math.sin(word.direction), 0))
    aside = np.array((-ahead[1], ahead[0], 0))
    shift, turn = np.zeros((len(phase), 3)), np.zeros((len(phase), 3))
    if word.path == "line":
        shift = (soft - 0.5)[:, None] * ahead
    elif word.path == "arc":
        shift = (soft - 0.5)[:, None] * ahead + 0.5 * np.sin(math.pi * soft)[:, None] * aside
    elif word.path == "circle":
        shift = 0.35 * (np.cos(rounds)[:, None] * ahead + np.sin(rounds)[:, None] * aside)
    elif word.path == "zigzag":
        shift = (soft - 0.5)[:, None] * ahead + 0.3 * swing[:, None] * aside
    elif word.path in ("tap", "shake"):
        shift = (0.3 if word.path == "tap" else 0.2) * (np.abs(swing) if word.path == "tap" else swing)[:, None] * ahead
    elif word.path == "twist":
        turn[:, 0] = 45 * swing
    return shift * word.size, turn, soft


def _picture(points: Array, signer: Signer) -> Array:
    """Image fractions of points (..., 3) in face widths; z from the first point on, scaled by the width."""
    width, height = signer.size
    near = signer.distance / np.maximum(signer.distance + points[..., 2:], 1.0)
    face = 0.12 * signer.zoom * math.sqrt(width * height) * (6.5 / signer.distance)  # pixels
    flat = points[..., :2] * near * face / (width, height) + signer.face
    depth = (points[..., 2:] - points[..., :1, 2:]) * face / width * signer.depth
    return np.concatenate([flat, depth], axis=-1)


def _clip(  # noqa: PLR0917
    word: Word, signer: Signer, times: Array, hands: Array, face: Array, rng: np.random.Generator
) -> Clip:
    count = len(times)
    width, height = signer.size
    palm = np.nanmedian(np.linalg.norm((hands[..., 9, :2] - hands[..., 0, :2]) * (1, height / width), axis=-1))
    spread = np.array((0.022, 0.022 * width / height, 0.05)) * palm * signer.noise
    steady = rng.normal(0, 1, (1, 2, 21, 3))  # half of a landmarker's error stays while the hand does
    hands = hands + (0.8 * steady + 0.7 * rng.normal(0, 1, hands.shape)) * spread
    face = face + rng.normal(0, 0.02, (1, 6, 2)) * palm + rng.normal(0, 0.01, face.shape) * palm
    _lose(hands, signer, palm, rng)
    face[rng.random(count) < signer.faceless] = np.nan
    if rng.random() < 0.03:
        face[:] = np.nan
    header = ClipHeader(
        word.name,
        "sign",
        signer=signer.name,
        fps=signer.fps,
        image_size=signer.size if signer.sized else None,
        source="a made-up language",
        extra={"sequence": int(rng.integers(2**30))},
    )
    found = hands.astype(np.float32)
    arrays = {
        "t_ns": np.rint(times * 1e9).astype(np.int64),
        "hands": found,
        "hands_world": np.full_like(found, np.nan),
        "face_points": face.astype(np.float32),
    }
    return Clip.of_arrays(header, arrays, "the made-up language")


def _lose(hands: Array, signer: Signer, palm: float, rng: np.random.Generator) -> None:
    """Lose hands: out of the picture, now and then and for a while, more where they are quick, some for half a sign."""
    count = len(hands)
    for side in (LEFT, RIGHT):
        middle = hands[:, side, 9, :2]
        speed = np.nan_to_num(np.linalg.norm(np.gradient(middle, axis=0), axis=-1)) * signer.fps / palm
        lost = rng.random(count) < signer.losses * np.clip(speed / 3, 0.3, 2)
        lost |= np.convolve(rng.random(count) < signer.losses / 6, np.ones(5), "same") > 0
        if rng.random() < signer.losses:
            start, length = rng.random(), rng.uniform(0.2, 0.6)
            lost |= np.abs(np.linspace(0, 1, count) - start) < length / 2
        out = (middle[:, 1] > 1.05) | (np.abs(middle[:, 0] - 0.5) > 0.55)
        hands[lost | out, side] = np.nan
