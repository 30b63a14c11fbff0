"""Windows of generated movement that is no word: hands at rest and in daily life, other signs, and the ways there.

What people do before a camera while they do not sign is what a recognizer of signs is blamed for first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recognizers.examples import MotionExample, Origin
from recognizers.generated_signers import Person, make_person
from recognizers.generated_signs import Scene, chosen_style, signed
from recognizers.hand_track import Track
from recognizers.word_file import words

Array = npt.NDArray[np.float64]

KINDS = ("rest", "touch", "type", "talk", "pass")
MOMENTS = {"rest": 2, "type": 7, "talk": 5}
LOOSE = ("relaxed", "relaxed", "relaxed", "holding", "loose_fist", "one")
TALKING = ("relaxed", "relaxed", "palm", "holding", "one", "loose_fist", "three")
SHAPES = (
    *("palm", "stop", "stop_inverted", "fist", "loose_fist", "like", "dislike", "one", "peace", "two_up", "three"),
    *("four", "ok", "rock", "call", "loser"),
)
OPEN = frozenset({"palm", "stop", "stop_inverted", "four"})
ALIKE = {
    "hello": (OPEN, 1.9),
    "thanks": (OPEN, 1.9),
    "iloveyou": (frozenset({"rock", "ily"}), math.inf),
    "seeyoulater": (frozenset({"two_up", "peace", "loser"}), 1.0),
}
"""By word, handshapes that it might be shown with, and down to where, in face widths below the eyes."""
BESIDE = 2.4
"""And how far to the side."""
PATHS = ("hold", "between", "line", "arc", "circle", "shake", "tap", "twist")


def generated_idling(
    labels: Sequence[str],
    count: int,
    rng: np.random.Generator,
    *,
    background: str = "idle",
    steps: int = 30,
    seconds: float = 1.0,
) -> list[MotionExample]:
    """Return `count` windows of what is none of the words `labels`, labelled `background`.

    A third are hands that rest, wander, touch a face or type; a third other signs: many handshapes anywhere on any way,
    but for those that a word could be; a third the ways to and from the words themselves.
    """
    known = [style for label in labels for style in words().get(label, ())]
    made = []
    for number in range(count):
        origin = Origin(background, None, None, f"generated-{background}-{number}", 0)
        scene = Scene(make_person(rng), steps, seconds, rng)
        if number % 3 == 0 and known:
            style = chosen_style(known, rng)
            track, _, _ = signed(style, scene.person, rng, alone=True)
            # The second moment is the hand's arrival, the last but one its departure.
            before, after = track.times[1] - rng.uniform(0, 0.2), track.times[-2] + rng.uniform(0, 0.15) + seconds
            made.append(scene.example(track, before if rng.random() < 0.5 else after, style.hands == "both", origin))
        elif number % 3 == 1:
            track = _other_sign(labels, scene.person, rng)
            last = rng.uniform(0.7, 0.4 + float(track.times[-1])) * seconds
            made.append(scene.example(track, last, bool(rng.random() < 0.3), origin))
        else:
            kind = str(rng.choice(KINDS))
            both = bool(rng.random() < (0.8 if kind == "type" else 0.35))
            made.append(scene.example(_everyday(kind, scene.person, seconds, rng), seconds, both, origin))
    return made


def _everyday(kind: str, person: Person, seconds: float, rng: np.random.Generator) -> Track:
    """A loose hand that rests, talks, touches the face, types, or comes and goes."""
    count = MOMENTS.get(kind, 3)
    spots = np.column_stack([rng.normal(-0.7, 0.4, count), rng.uniform(1.8, 3.4, count), rng.normal(-0.9, 0.3, count)])
    if kind == "touch":  # the nose, an ear, the chin, the hair
        spots[1:] = np.array((rng.normal(-0.15, 0.3), rng.uniform(-0.6, 1.1), -0.6)) + rng.normal(0, 0.06, (2, 3))
    elif kind == "talk":
        spots[:, :2] = np.array((-0.6, 2.1)) + np.cumsum(rng.normal(0, 0.3, (count, 2)), axis=0)
    elif kind == "pass":
        spots[:, :2] = rng.uniform((-2.5, -0.8), (1, 3.5), (count, 2))
    else:
        spots[1:] = spots[0] + rng.normal(0, 0.08, (count - 1, 3))
    names = TALKING if kind == "talk" else LOOSE
    shapes = np.stack([person.hand(str(rng.choice(names)), rng) for _ in range(count)])
    turns = np.array((rng.normal(0, 60), rng.normal(-10, 35), rng.normal(20, 50))) + rng.normal(0, 14, (count, 3))
    if kind == "type":  # the backs of the hands to the camera, fingers towards it
        turns += (180, 50, 0)
    times = np.sort(rng.uniform(0, seconds, count)) + np.arange(count) * 0.05
    return Track(times, shapes, spots, turns)


def _other_sign(labels: Sequence[str], person: Person, rng: np.random.Generator) -> Track:
    """A sign that is none of `labels`: any handshape or two, turned any way, anywhere, on any path."""
    while True:
        first = str(rng.choice(SHAPES))
        second = str(rng.choice(SHAPES)) if rng.random() < 0.25 else first
        place = np.array((rng.normal(-0.7, 0.7), rng.uniform(-0.7, 2.6), -1.0))
        if not _could_be(labels, {first, second}, place):
            break
    turn = np.array([rng.choice(angles) for angles in ((0, 0, -60, 60, 180), (0, 0, 45), (0, 0, -60, 60, 90))], float)
    turn += person.turn + rng.normal(0, 15, 3)
    share = np.linspace(0, 1, 9)
    path = str(rng.choice(PATHS))
    shift, turning = _path(path, share, rng)
    hands = [person.hand(first, rng), person.hand(second, rng)]
    shapes = np.stack([hands[0] * (1 - part) + hands[1] * part for part in share])
    size = rng.uniform(0.4, 1.3) * person.reach
    return Track(share * rng.uniform(0.4, 1.6), shapes, place + shift * size, turn + turning)


def _path(path: str, share: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the way (K, 3) in face widths and the turning (K, 3) in degrees at shares (K,) of a movement."""
    rounds = 2 * math.pi * int(rng.integers(1, 4)) * share
    ahead = rng.normal(0, (1, 1, 0.6))
    ahead /= np.linalg.norm(ahead)
    aside = np.array((-ahead[1], ahead[0], 0))
    swing, still = np.sin(rounds), np.zeros((len(share), 3))
    if path == "between":
        return np.outer(share, rng.normal(0, (1, 1.2, 0.5))), np.outer(share, rng.normal(0, 60, 3))
    if path == "twist":
        return still, np.outer(swing, (45.0, 0.0, 0.0))
    shift = {
        "line": np.outer(share - 0.5, ahead),
        "arc": np.outer(share - 0.5, ahead) + 0.5 * np.outer(np.sin(math.pi * share), aside),
        "circle": 0.35 * (np.outer(np.cos(rounds), ahead) + np.outer(swing, aside)),
        "shake": 0.25 * np.outer(swing, ahead),
        "tap": 0.3 * np.outer(np.abs(swing), ahead),
    }.get(path, still)
    return shift, still


def _could_be(labels: Sequence[str], shapes: set[str], place: Array) -> bool:
    """Whether one of the words might look like that: then it is no example of what is none."""
    beside = abs(place[0]) < BESIDE
    known = [ALIKE[label] for label in labels if label in ALIKE]
    return any(shapes & alike and (low == math.inf or (beside and place[1] < low)) for alike, low in known)
