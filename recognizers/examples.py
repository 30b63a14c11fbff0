"""From clips to what a training reads: one hand of a picture, or one window of a movement, with its group.

Landmarks stay landmarks here, so that augmentation can turn and warp them; features come last. A group is what must
never stand on both sides of a split: a signer, a session, or one photo of which two crops exist.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

import numpy as np
import numpy.typing as npt

from recognizers.clips import Clip
from recognizers.errors import TrainingError, UsageError
from recognizers.features import BODY, HAND, MOVEMENT_FEATURES, SIGNS, hand_features, palm_length, scaled_points
from recognizers.sequence import joined, parted, resample
from recognizers.types import FloatArray

SPLITS = ("auto", "signer", "session", "random", "block")
HELD_OUT_PARTS = 5
MANY = 100
"""From so many photos or recordings on, chance alone makes even parts."""
HOP_SECONDS = 0.25
APART_NS = 95_000_000
"""So far apart are the hands that are taken from a film: a little less than a tick, which may come early."""
BACKGROUND_LABELS = ("none", "idle")
"""What is no sign has neither beginning nor end, and is always cut into windows."""
TRIES = 32
"""So many ways of holding groups apart are looked at for one that leaves every label its examples."""
SQUEEZED = 2.5
"""A recording that shows hands for up to so many windows is one sign, signed slowly; a longer one may be several."""
SHORTEST_WINDOW, LONGEST_WINDOW = 0.8, 3.0
LONGEST_SIGN_SECONDS = 5.0
"""One sign and the waiting at either end may take so long, however short the others are."""
MIN_FRAMES = 4
"""Fewer do not tell a movement."""
ROUNDING_NS = 1_000_000
"""By how much the last window may reach over a recording's end: times of frames are rounded, too."""

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an example comes from: its label and the things that a split may hold apart.

    Attributes:
        label: what it shows.
        signer, session: as recorded, or None.
        unit: the photo or recording that it was cut from.
        order: its place in time within its label; equal for windows of one clip.
        made: whether nobody showed it: a generated example teaches and never measures, where there are others.
    """

    label: str
    signer: str | None
    session: str | None
    unit: str
    order: int
    made: bool = False


@dataclass(frozen=True, slots=True)
class HandExample:
    """One hand in one picture: (21, 3) image fractions, its slot and the picture's size."""

    origin: Origin
    hand: FloatArray
    side: int
    image_size: tuple[int, int] | None

    def features(self, name: str = HAND.name) -> FloatArray:
        """Return float32 (161,); there is one set for a hand."""
        return hand_features(self.hand, self.image_size, self.side)


@dataclass(frozen=True, slots=True)
class MotionExample:
    """One window of a movement, evenly spaced steps: hands (S, 2, 21, 3) and face points (S, 6, 2), NaN if missing."""

    origin: Origin
    hands: FloatArray
    face_points: FloatArray
    image_size: tuple[int, int] | None

    def features(self, name: str = BODY.name) -> FloatArray:
        """Return the features of the set `name`, float32 (S, F)."""
        return MOVEMENT_FEATURES[name](self.hands, self.face_points, self.image_size)


Example = HandExample | MotionExample


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a dataset gives.

    Attributes:
        examples: all of one kind.
        missed: the pictures or clips that showed no hand, or were shorter than a window.
        landmarkers: what the clips say of the landmarker they were made with.
    """

    examples: tuple[Example, ...]
    missed: tuple[Origin, ...]
    landmarkers: tuple[str, ...]

    @property
    def undetected(self) -> dict[str, int]:
        """By label, how many were missed."""
        return dict(Counter(origin.label for origin in self.missed))


def gather(
    clips: Iterable[Clip], kind: Literal["still", "sequence"], steps: int = 30, seconds: float = 1.0
) -> Gathered:
    """Cut clips into examples.

    Args:
        clips: recorded or imported clips.
        kind: stills give one example a picture with a hand, of a film ten a second. Sequences give one a recording of a
            sign, stretched or squeezed to the window from the first hand to the last; where it is too long for one
            sign, and its source does not number the recordings of a sign, one every quarter of a second.
        steps, seconds: the window of a sequence.
    """
    examples: list[Example] = []
    missed: list[Origin] = []
    landmarkers: set[str] = set()
    for number, clip in enumerate(clips):
        origin = _origin(clip, number)
        landmarkers.update([clip.header.landmarker] if clip.header.landmarker else [])
        cut: Sequence[Example]
        cut = _hands_of(clip, origin) if kind == "still" else _windows_of(clip, origin, steps, seconds)
        if not cut:
            missed.append(origin)
        examples.extend(cut)
    return Gathered(tuple(examples), tuple(missed), tuple(sorted(landmarkers)))


def _origin(clip: Clip, number: int) -> Origin:
    header, extra = clip.header, clip.header.extra
    image, sequence = extra.get("image"), extra.get("sequence")
    unit = PurePath(image).stem if isinstance(image, str) else f"clip-{number}"
    order = sequence if isinstance(sequence, int) else number
    return Origin(header.label, header.signer, header.session, unit, order, extra.get("generated") is True)


def _hands_of(clip: Clip, origin: Origin) -> list[HandExample]:
    """Return the larger hand of a picture, of a film some a second: what follows at once is the same again."""
    examples, then = [], None
    for landmarks in clip.landmarks():
        slots = np.flatnonzero(landmarks.hands_found)
        if not len(slots) or (then is not None and landmarks.t_ns - then < APART_NS):
            continue
        then = landmarks.t_ns
        sizes = [palm_length(scaled_points(landmarks.hands[slot], landmarks.image_size)) for slot in slots]
        slot = int(slots[int(np.argmax(sizes))])
        examples.append(HandExample(origin, landmarks.hands[slot], slot, landmarks.image_size))
    return examples


def window_seconds_of(clips: Iterable[Clip]) -> float:
    """Return how long a window suits recordings of movements: the median of the time in which they show a hand.

    Recordings that go on for longer than one sign takes do not count; neither does what is within a tenth of a second,
    since that is how recorders differ.
    """
    spans = [last - first for clip in clips if (found := _shown(clip)) is not None for first, last in [found]]
    seconds = np.array([span / 1e9 for span in spans if span < LONGEST_SIGN_SECONDS * 1e9])
    if not len(seconds):
        return 1.0
    median = float(np.median(seconds)) * 31 / 30  # a window of n steps shows n - 1 of the ways between them
    return 1.0 if abs(median - 1) < 0.1 else round(min(max(median, SHORTEST_WINDOW), LONGEST_WINDOW), 1)


def _shown(clip: Clip) -> tuple[int, int] | None:
    """Return the times of the first and the last frame with a whole hand, or None."""
    whole = np.asarray(np.isfinite(clip.hands).all(axis=(2, 3)))
    frames = np.flatnonzero(whole.any(axis=1))
    return (int(clip.t_ns[frames[0]]), int(clip.t_ns[frames[-1]])) if len(frames) else None


def _windows_of(clip: Clip, origin: Origin, steps: int, seconds: float) -> list[MotionExample]:
    """Return a recording of one sign as one window, stretched or squeezed to it; of more, one window after another."""
    shown = _shown(clip)
    if shown is None or len(clip.t_ns) < MIN_FRAMES:
        return []
    offsets = (np.arange(steps) - (steps - 1)) * round(seconds * 1e9 / steps)
    begin, last = int(clip.t_ns[0]), int(clip.t_ns[-1])
    first = begin - int(offsets[0])
    size = clip.header.image_size
    frames = list(clip.landmarks())  # turned round where the clip was recorded in a mirror
    flat = joined(np.stack([one.hands for one in frames]), np.stack([one.face_points for one in frames]))
    # A clip that is a frame short of the window is the window: recorders count frames, not time.
    slack = 1.5e9 * seconds / steps
    if abs(last - first) <= slack:
        moments = [np.minimum(max(first, last) + offsets, last)]
    elif shown[1] - shown[0] < seconds * 1e9 or _is_one_sign(clip, shown, seconds):
        moments = [np.rint(np.linspace(*shown, steps)).astype(np.int64)]
    else:
        ends = range(first, last + ROUNDING_NS, int(HOP_SECONDS * 1e9))
        moments = [np.minimum(end + offsets, last) for end in ends]
    examples = []
    for at in moments:
        hands, face = parted(resample(clip.t_ns, flat, at))
        if np.isfinite(hands).all(axis=(2, 3)).any():
            examples.append(MotionExample(origin, hands, face, size))
    return examples


def _is_one_sign(clip: Clip, shown: tuple[int, int], seconds: float) -> bool:
    """Return whether a recording longer than a window shows one sign, perhaps a slow one or one that is waited for.

    A source that numbers its recordings of a sign says so; else the time in which it shows a hand tells.
    """
    if clip.header.label in BACKGROUND_LABELS:
        return False
    longest = max(SQUEEZED * seconds, LONGEST_SIGN_SECONDS) * 1e9
    return "sequence" in clip.header.extra or shown[1] - shown[0] < longest


def feature_set_of(kind: str) -> str:
    """Return the name of the feature set that trainings of stills or sequences take by default."""
    return HAND.name if kind == "still" else SIGNS.name


def features_of(examples: Sequence[Example], name: str | None = None) -> FloatArray:
    """Return all features, float32 (n, F) or (n, steps, F), of the set `name` or the plainest of their kind."""
    return np.stack([example.features(name) if name else example.features() for example in examples])


def relabelled(example: Example, label: str) -> Example:
    """Return the example under another label."""
    return replace(example, origin=replace(example.origin, label=label))


@dataclass(frozen=True, slots=True)
class Split:
    """Which examples train, which choose when to stop, and which only measure; and how they were held apart."""

    train: IntArray
    validation: IntArray
    test: IntArray
    kind: str
    note: str


def split(origins: Sequence[Origin], how: str, seed: int) -> Split:
    """Hold a fifth out for the test and another for validation, by whole groups; what is one recording stays together.

    Args:
        origins: of every example.
        how: `signer`, `session`, `random` (by photo or recording), `block` (the last fifth of each label in time,
            whole recordings), or `auto`: signers if there are three, else sessions, else blocks, else random.
        seed: for the choice of groups.

    Raises:
        TrainingError: there are too few groups.
        UsageError: there is no such split.
    """
    kinds = _chosen(origins, how)
    labels = {origin.label for origin in origins}
    for kind in kinds:
        parts, note = _parted(origins, kind, seed)
        if labels == {origin.label for origin, part in zip(origins, parts, strict=True) if part > 1}:
            break
    test, validation, train = np.flatnonzero(parts == 0), np.flatnonzero(parts == 1), np.flatnonzero(parts > 1)
    return _none_empty(Split(train, validation, test, kind, note))


def _parted(origins: Sequence[Origin], kind: str, seed: int) -> tuple[IntArray, str]:
    """Return the part of each, 0 to 4, and how they were parted, in words."""
    if kind == "block":
        note = "the last fifth of each label in time is the test, the fifth before it chooses when to stop"
        return _blocks(origins), note
    keys = [str(getattr(origin, "unit" if kind == "random" else kind)) for origin in origins]
    parts = _grouped(keys, [origin.label for origin in origins], seed, hashed=kind == "random")
    return parts, f"a fifth by {'photo or recording' if kind == 'random' else kind}, none on both sides"


def split_gathered(gathered: Gathered, how: str, seed: int) -> tuple[Split, dict[str, int]]:
    """Split examples as `split` does, and the missed with them, so that the test tells its own.

    Generated examples go to the training, unless there are no others.

    Returns:
        the split of the examples, and by label how many pictures or clips of the test were missed.

    Raises:
        TrainingError, UsageError: as for `split`.
    """
    origins = [*(example.origin for example in gathered.examples), *gathered.missed]
    count = len(gathered.examples)
    made = np.array([origin.made for origin in origins], bool)
    split_up = np.flatnonzero(~made) if not made.all() else np.arange(len(origins))
    whole = split([origins[int(index)] for index in split_up], how, seed)
    parts = [split_up[part] for part in (whole.train, whole.validation, whole.test)]
    parts[0] = np.union1d(parts[0], np.setdiff1d(np.arange(len(origins)), split_up))
    missed = Counter(origins[int(index)].label for index in parts[2] if index >= count)
    train, validation, test = (part[part < count] for part in parts)
    return _none_empty(Split(train, validation, test, whole.kind, whole.note)), dict(missed)


def _none_empty(parts: Split) -> Split:
    sizes = len(parts.train), len(parts.validation), len(parts.test)
    if not all(sizes):
        raise TrainingError(
            f"too few to hold any apart by {parts.kind}",
            expected="some to train, some to choose when to stop and some to measure",
            found=f"{sizes[0]}, {sizes[1]} and {sizes[2]} examples",
            remedy="Record each label several times",
        )
    return parts


def _chosen(origins: Sequence[Origin], how: str) -> list[str]:
    """Return the kinds of split to try, the best first: the next one where a label would have nothing to train on."""
    if how not in SPLITS:
        raise UsageError("there is no such split", where=how, expected=f"one of {', '.join(SPLITS)}")
    signers = {origin.signer for origin in origins}
    sessions = {origin.session for origin in origins}
    if how == "auto":
        times = {(origin.unit, origin.order) for origin in origins}
        ordered = len({unit for unit, _ in times}) == len(times) > 1
        people = ["signer"] * (len(signers) > 2) + ["session"] * (len(sessions) > 2)
        return [*people, "block" if ordered else "random"]
    groups = {"signer": signers, "session": sessions}.get(how)
    if groups is not None and len(groups) < 3:
        raise TrainingError(
            f"a split by {how} needs at least three of them: to train, to choose when to stop, to measure",
            found=len(groups - {None}),
            remedy="Record more, or use --split block",
        )
    return [how]


def _grouped(keys: Sequence[str], labels: Sequence[str], seed: int, *, hashed: bool) -> IntArray:
    """Part number of each key, 0 to 4, so that every label has something to train on, and if it can be the other parts.

    Hashing keeps a photo in its part when others are added.
    """
    names = sorted(set(keys))
    every = set(labels)
    if hashed and len(names) >= MANY:
        digests = [hashlib.sha256(f"{seed}:{key}".encode()).digest() for key in keys]
        parts = np.array([int.from_bytes(digest[:8], "big") % HELD_OUT_PARTS for digest in digests], np.int64)
        if _labels_where(labels, parts > 1) == every:
            return parts
    rng = np.random.default_rng(seed)
    best, least = np.zeros(len(keys), np.int64), (len(every) + 1, 0)
    for _ in range(TRIES):
        order = rng.permutation(len(names))
        part = {
            names[index]: rank * HELD_OUT_PARTS // len(names) if len(names) >= HELD_OUT_PARTS else rank
            for rank, index in enumerate(order)
        }
        parts = np.array([part[key] for key in keys], np.int64)
        lacking = [len(every - _labels_where(labels, chosen)) for chosen in (parts > 1, parts == 1, parts == 0)]
        if (lacking[0], lacking[1] + lacking[2]) < least:
            best, least = parts, (lacking[0], lacking[1] + lacking[2])
        if not any(lacking):
            break
    return best


def _labels_where(labels: Sequence[str], chosen: npt.NDArray[np.bool_]) -> set[str]:
    return {labels[int(index)] for index in np.flatnonzero(chosen)}


def _blocks(origins: Sequence[Origin]) -> IntArray:
    """Part number of each, 0 for the newest of its label; a photo or recording of several labels keeps together."""
    times: dict[str, set[int]] = {}
    for origin in origins:
        times.setdefault(origin.label, set()).add(origin.order)
    age = {
        label: {time: index for index, time in enumerate(sorted(all_, reverse=True))} for label, all_ in times.items()
    }
    units: dict[str, int] = {}
    for origin in origins:
        mine = age[origin.label]
        part = mine[origin.order] * HELD_OUT_PARTS // len(mine)
        units[origin.unit] = min(part, units.get(origin.unit, part))
    return np.array([units[origin.unit] for origin in origins], np.int64)
