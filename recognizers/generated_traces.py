"""Made-up people who draw letters through the air, as streams of what a landmarker would find.

The ways are made from what people do, not from the templates that recognize them: sizes, speeds, corners, hooks and
turns of the wrist are everybody's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizers.generated_signers import Person, make_person, watched
from recognizers.hand_track import KNUCKLE, Track, TrackBuilder
from recognizers.handmodel import rotation
from recognizers.traces import way_along
from recognizers.types import LEFT, RIGHT, Landmarks

Array = npt.NDArray[np.float64]

KEYS_A_SECOND = 60
LITTLE_TIP, INDEX_TIP = 20, 8
SECONDS = (0.3, 1.5)
"""How long the drawing takes."""
SIZE = (1.0, 3.0)
"""How high it is, in palm lengths."""
J_POSES = ("i", "i", "i_beside", "i_across")
Z_POSES = ("d", "d", "one", "one", "loser", "g")
_MIRROR = np.array((-1, 1, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """How somebody draws a letter.

    Attributes:
        pose: the hand's.
        tip: the landmark that draws.
        way: (K, 3) of the tip, palm lengths; `turns`: (K, 3) of the hand, degrees; evenly spaced in time.
        seconds: how long it takes.
    """

    pose: str
    tip: int
    way: Array
    turns: Array
    seconds: float


def drawing_of_j(rng: np.random.Generator) -> Drawing:
    """Return somebody's J of a right hand: down, then a hook towards the thumb's side while the wrist may turn."""
    height = _between(SIZE, rng)
    hook = height * rng.uniform(0.15, 0.4)
    sweep = math.radians(rng.uniform(100, 210))
    stem = np.linspace((0, 0), (0, height - hook), 30)
    angle = np.linspace(0, sweep, 40)
    bow = np.stack([hook * (1 - np.cos(angle)), height - hook + hook * np.sin(angle)], axis=1)
    way = np.vstack([stem, bow[1:]])
    share = np.linspace(0, 1, 80)
    twist = rng.choice((0.0, rng.uniform(20, 90), rng.uniform(90, 150)))
    tilt, roll = rng.uniform(-10, 50), rng.uniform(-15, 40)
    bend = np.clip((share - rng.uniform(0, 0.5)) / 0.5, 0, 1)
    turns = np.array((rng.normal(-10, 15), 0.0, 0.0)) + bend[:, None] * (-twist, tilt, roll)
    return _drawing(str(rng.choice(J_POSES)), LITTLE_TIP, way, turns, rng)


def drawing_of_z(rng: np.random.Generator) -> Drawing:
    """Return somebody's Z of a right hand, from the signer's left to the right: in the picture the other way."""
    height = _between(SIZE, rng)
    width = height * math.exp(rng.uniform(math.log(0.55), math.log(1.4)))
    slant = width * rng.uniform(-0.15, 0.15)
    corners = np.array([(0, 0), (-width, 0), (-slant, height), (-slant - width * rng.uniform(0.7, 1.3), height)])
    corners = corners + rng.normal(0, 0.05 * height, corners.shape)
    way = _rounded(corners, rng.uniform(0.02, 0.14))
    share = np.linspace(0, 1, 80)
    swing = rng.uniform(-25, 25) * np.interp(share * len(way), np.arange(len(way)), way[:, 0]) / width
    turns = np.stack([np.full(80, rng.normal(0, 15)), np.full(80, rng.uniform(-5, 40)), swing], axis=1)
    return _drawing(str(rng.choice(Z_POSES)), INDEX_TIP, way, turns, rng)


DRAWINGS: dict[str, Callable[[np.random.Generator], Drawing]] = {"J": drawing_of_j, "Z": drawing_of_z}


def _between(span: tuple[float, float], rng: np.random.Generator) -> float:
    low, high = map(math.log, span)
    return math.exp(rng.uniform(low, high))


def _rounded(corners: Array, share: float) -> Array:
    """Return lines between corners (K, 2), their corners cut by a share of the whole."""
    way = way_along(corners)
    at = np.linspace(0, way[-1], 200)
    line = np.stack([np.interp(at, way, corners[:, axis]) for axis in (0, 1)], axis=1)
    window = max(1, int(share * 200)) | 1
    padded = np.concatenate([np.repeat(line[:1], window // 2, 0), line, np.repeat(line[-1:], window // 2, 0)])
    return np.stack([np.convolve(padded[:, axis], np.ones(window) / window, "valid") for axis in (0, 1)], axis=1)


def _drawing(pose: str, tip: int, way: Array, turns: Array, rng: np.random.Generator) -> Drawing:
    """Give a way its pace, its plane and somebody's trembling."""
    seconds = _between(SECONDS, rng)
    count = max(8, round(seconds * KEYS_A_SECOND))
    share = np.linspace(0, 1, count)
    eased = share**3 * (10 - 15 * share + 6 * share**2)  # minimum jerk
    pace = rng.uniform(0.2, 1)
    moved = share * (1 - pace) + eased * pace
    steps = way_along(way)
    flat = np.stack([np.interp(moved * steps[-1], steps, way[:, axis]) for axis in (0, 1)], axis=1)
    size = float(np.ptp(flat, axis=0).max())
    flat = flat + size * 0.03 * _wander(count, rng)
    plane = rotation(*rng.normal(0, (12, 12, 6)))
    deep = np.column_stack([flat, np.zeros(count)]) @ plane.T
    angles = np.stack([np.interp(moved, np.linspace(0, 1, len(turns)), turns[:, axis]) for axis in range(3)], axis=1)
    return Drawing(pose, tip, deep, angles, seconds)


def _wander(count: int, rng: np.random.Generator) -> Array:
    """Return slow errors (count, 2) with deviation 1."""
    share = np.linspace(0, 1, count)[:, None]
    found = np.zeros((count, 2))
    for waves in (1, 1.7, 2.6):
        found += rng.normal(0, 1, 2) * np.sin(2 * math.pi * (waves * share + rng.uniform(0, 1, 2)))
    return found / math.sqrt(1.5)


def drawn_stream(
    label: str,
    rng: np.random.Generator,
    *,
    fps: float = 30.0,
    before: tuple[float, float] = (0.0, 0.25),
    after: tuple[float, float] = (0.0, 0.6),
    then: Sequence[str] = (),
) -> list[Landmarks]:
    """Return what is found of somebody who comes from rest, draws J or Z, and goes back.

    Args:
        label: `J` or `Z`.
        rng: for the person, the way, the camera and the landmarker's errors.
        fps: frames a second.
        before: seconds for which the hand is held before it draws, from and to; `after`: likewise.
        then: poses that are shown afterwards, each for half a second.
    """
    drawing = DRAWINGS[label](rng)
    person, hand, places = _in_view(drawing, rng)
    start = places[0]
    rest = (person.hand("relaxed", rng), np.array((-1.0, rng.uniform(2.6, 4.0), -0.6)), rng.normal((0, -20, 0), 20))
    keys = TrackBuilder()
    keys.add(0.0, *rest)
    keys.add(rng.uniform(0.3, 0.6), hand, places[0], drawing.turns[0] + person.turn * 0.6)
    keys.add(1e-3 + rng.uniform(*before), hand, places[0], drawing.turns[0] + person.turn * 0.6)
    for place, turn in zip(places[1:], drawing.turns[1:], strict=True):
        keys.add(drawing.seconds / (len(places) - 1), hand, place, turn + person.turn * 0.6)
    keys.add(1e-3 + rng.uniform(*after), hand, places[-1], drawing.turns[-1] + person.turn * 0.6)
    for pose in then:
        shown = (person.hand(pose, rng), start, person.turn + rng.normal(0, 6, 3))
        keys.add(rng.uniform(0.2, 0.45), *shown)
        keys.add(rng.uniform(0.45, 0.7), *shown)
    keys.add(rng.uniform(0.3, 0.6), *rest)
    return seen_stream(keys.track(), person, rng, fps=fps)


def _in_view(drawing: Drawing, rng: np.random.Generator) -> tuple[Person, Array, list[Array]]:
    """Return somebody who draws inside of the picture, the hand (21, 3), and where its knuckle is for each moment."""
    while True:
        person = make_person(rng)
        hand = person.hand(drawing.pose, rng)
        start = np.array((-0.9, 0.9, -1.0)) + rng.normal(0, (0.25, 0.3, 0.15))
        turned = np.stack([hand @ rotation(*turn).T for turn in drawing.turns + person.turn * 0.6])
        middle = (drawing.way.max(axis=0) + drawing.way.min(axis=0)) / 2
        tips = start + (drawing.way - middle) * person.palm
        places = tips - (turned[:, drawing.tip] - turned[:, KNUCKLE]) * person.palm
        seen = person.seen(np.stack([tips, places], axis=1) * (-1 if person.left_handed else 1, 1, 1))[..., :2]
        if ((seen > 0.03) & (seen < 0.97)).all():
            return person, hand, list(places)


def seen_stream(track: Track, person: Person, rng: np.random.Generator, *, fps: float = 30.0) -> list[Landmarks]:
    """Return what a camera with so many frames a second sees of a track that one hand makes, from t = 0 on."""
    # Looked at thirty times a second at least: losses of some frames would last too long in a slow stream.
    every = max(1, round(30 / fps))
    rate = every * fps
    count = int(float(track.times[-1]) * rate) + 1
    moments = (np.arange(count) + rng.uniform(-0.2, 0.2, count)) / rate
    hands = np.full((count, 2, 21, 3), np.nan)
    shown = track.at(moments, person.palm) + np.cumsum(
        rng.normal(0, 0.05 / math.sqrt(30 * rate), (count, 1, 3)), axis=0
    )
    if person.left_handed:
        hands[:, LEFT] = shown * _MIRROR
    else:
        hands[:, RIGHT] = shown
    found, face = watched(hands, person, rng)
    return [
        Landmarks(round((moment + 1) * 1e9), hands=hand, face_points=points, image_size=person.size)
        for moment, hand, points in zip(moments[::every], found[::every], face[::every], strict=True)
    ]


def moved_stream(
    poses: Sequence[str],
    rng: np.random.Generator,
    *,
    fps: float = 30.0,
    still: tuple[float, float] = (0.3, 1.0),
    way: float = 1.0,
) -> list[Landmarks]:
    """Return what is found of somebody who shows poses one after another, here and there, and draws nothing.

    Args:
        poses: by name; the same one again is held while the hand goes elsewhere.
        rng: as for `drawn_stream`.
        fps: frames a second.
        still: seconds for which each is held, from and to.
        way: how far the hand goes between two, standard deviation in palm lengths.
    """
    person = make_person(rng)
    hands = {name: person.hand(name, rng) for name in sorted(set(poses))}
    place, turn = np.array((-0.9, 0.9, -1.0)) + rng.normal(0, (0.25, 0.3, 0.15)), person.turn
    rest = (person.hand("relaxed", rng), np.array((-1.0, rng.uniform(2.6, 4.0), -0.6)), rng.normal((0, -20, 0), 20))
    keys = TrackBuilder()
    keys.add(0.0, *rest)
    for number, pose in enumerate(poses):
        there = place + rng.normal(0, (way, way, 0.3 * way)) * person.palm
        tilt = turn + rng.normal(0, (12, 8, 8))
        keys.add(rng.uniform(0.3, 0.6) if number == 0 else rng.uniform(0.15, 0.6), hands[pose], there, tilt)
        keys.add(1e-3 + rng.uniform(*still), hands[pose], there + rng.normal(0, 0.03, 3), tilt)
    keys.add(rng.uniform(0.3, 0.8), *rest)
    return seen_stream(keys.track(), person, rng, fps=fps)
