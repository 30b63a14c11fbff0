"""Windows of generated movement: words signed by made-up people.

The words and their styles are rows of `assets/words.toml`. Like generated hands, these movements only ever train.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizers.examples import MotionExample, Origin
from recognizers.generated_signers import Person, make_person, watched
from recognizers.hand_track import Track, TrackBuilder
from recognizers.types import LEFT, RIGHT
from recognizers.word_file import Style, words

Array = npt.NDArray[np.float64]

RISE = (0.25, 0.6)
"""Seconds from rest to a sign and back, from and to."""
GAP = (0.15, 0.6)
"""Seconds from the end of a round to the beginning of the next."""
HOLD = (0.0, 0.8)
"""Seconds for which the end of a sign is held."""
SAME = 0.5
"""A round that ends so near to where it began, in face widths or degrees, goes on without a way back."""
OTHER_HAND = 0.2
"""Share of the signs of one hand during which the other is seen, at rest."""
_MIRROR = np.array((-1, 1, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Somebody before a camera for one window.

    Attributes:
        person: who.
        steps, seconds: of the window.
        rng: for what nobody decides.
    """

    person: Person
    steps: int
    seconds: float
    rng: np.random.Generator

    def example(self, track: Track, last: float, both: bool, origin: Origin) -> MotionExample:
        """Return what the camera sees of a track, done by the leading hand or both, up to a moment in seconds."""
        person, rng = self.person, self.rng
        moments = last - np.arange(self.steps)[::-1] * self.seconds / self.steps
        tremble = np.cumsum(rng.normal(0, 0.01, (self.steps, 1, 3)), axis=0)
        leading = track.at(moments, person.palm) + tremble
        following = np.full_like(leading, np.nan)
        if both:
            following = track.at(moments - rng.normal(0, 0.03), person.palm) + rng.normal(0, 0.12, 3) + tremble[::-1]
        elif rng.random() < OTHER_HAND:
            following[:] = person.hand("relaxed", rng) * person.palm + (
                rng.normal(-0.6, 0.4),
                rng.uniform(2.2, 4),
                -0.8,
            )
        hands = np.empty((self.steps, 2, 21, 3))
        hands[:, RIGHT], hands[:, LEFT] = leading, following * _MIRROR
        if person.left_handed:
            hands[:, RIGHT], hands[:, LEFT] = following, leading * _MIRROR
        found, face = watched(hands, person, rng)
        return MotionExample(origin, found, face, person.size)


def generated_signs(
    labels: Sequence[str], count: int, rng: np.random.Generator, *, steps: int = 30, seconds: float = 1.0
) -> list[MotionExample]:
    """Return `count` windows of each label that is a word of `assets/words.toml`; each shows the core of one round.

    Args:
        labels: of the bundle; those that are no word are passed over.
        count: windows a word.
        rng: for people, cameras and the landmarker's errors.
        steps, seconds: of a window.
    """
    known = words()
    made = []
    for label in labels:
        for number in range(count if label in known else 0):
            style = chosen_style(known[label], rng)
            scene = Scene(make_person(rng), steps, seconds, rng)
            track, begin, end = signed(style, scene.person, rng)
            slack = seconds - (end - begin)
            last = end + rng.uniform(0, slack) if slack > 0 else end - rng.uniform(0, -slack)
            origin = Origin(label, None, None, f"generated-{label}-{number}", 0)
            made.append(scene.example(track, last, style.hands == "both", origin))
    return made


def chosen_style(styles: Sequence[Style], rng: np.random.Generator) -> Style:
    """Return one of the styles of a word, as often as people choose it."""
    shares = np.array([style.weight for style in styles])
    return styles[int(rng.choice(len(styles), p=shares / shares.sum()))]


def signed(style: Style, person: Person, rng: np.random.Generator, alone: bool = False) -> tuple[Track, float, float]:
    """Return the hand from rest through the rounds to rest, and when the core of one of the rounds begins and ends."""
    rounds = 1 if alone else int(rng.integers(style.rounds[0], style.rounds[1] + 1))
    low, high = style.stroke
    stroke = math.exp(rng.uniform(math.log(low), math.log(high))) / person.pace
    shapes, places, turns = _personal(style, person, rng)
    returns = np.abs(places[-1] - places[0]).max() > SAME or np.abs(turns[-1] - turns[0]).max() > SAME
    rest = (
        person.hand("relaxed", rng),
        np.array((rng.normal(-1.1, 0.4), rng.uniform(2.6, 5.0), -0.6)),
        rng.normal((0, -20, 0), (30, 20, 30)),
    )
    keys, starts = TrackBuilder(), []
    keys.add(0.0, *rest)
    wait = rng.uniform(*RISE)
    for _ in range(rounds):
        starts.append(keys.now + wait)
        astray, tilt = rng.normal(0, 0.05, 3), rng.normal(0, 4, 3)
        for span, *key in zip(np.diff(style.times, prepend=0.0) * stroke, shapes, places, turns, strict=True):
            keys.add(span + wait, key[0], key[1] + astray, key[2] + tilt)
            wait = 0.0
        wait = rng.uniform(*GAP) if returns else 0.0
    held = (shapes[-1], places[-1] + astray, turns[-1] + tilt)
    keys.add(rng.uniform(*HOLD) * (rng.random() < 0.6), *held)
    keys.add(rng.uniform(*RISE), *rest)
    start = starts[int(rng.integers(rounds))]
    return keys.track(), start + style.core[0] * stroke, start + style.core[1] * stroke


def _personal(style: Style, person: Person, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return the keys' hands (K, 21, 3), places and turns (K, 3) as a person has them."""
    chosen = {names: names[int(rng.integers(len(names)))] for names in dict.fromkeys(style.poses)}
    hands = {name: person.hand(name, rng) for name in sorted(set(chosen.values()))}
    middle = style.places.mean(axis=0)
    sway = np.append(rng.normal(0, style.sway), rng.normal(0, 0.15)) + person.place
    places = middle + sway + (style.places - middle) * person.reach * math.exp(rng.normal(0, 0.15))
    turns = style.turns + person.turn + rng.normal(0, 8, 3)
    return np.stack([hands[chosen[names]] for names in style.poses]), places, turns
