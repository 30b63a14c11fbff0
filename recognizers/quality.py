"""Judges a recorded clip at once: what is wrong with it, and what to do, in plain words.

Everything is measured on the landmarks, apart from light and sharpness, of which only the pictures tell: whoever
records passes in a few cheap figures of them. What was found is kept in the clip's header (`extra.quality`), so that
lists need not open the clip. How the limits were found is told in docs/recording.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.clip_values import PIXELS, Clip, ClipHeader
from recognizers.features import ASSUMED_SIZE, palm_length, scaled_points
from recognizers.modes import EMOTION, GESTURE, SIGN
from recognizers.sequence import MAX_GAP_NS
from recognizers.types import FloatArray

QUALITY = "quality"
"""Where a clip's header keeps its verdict, in `extra`."""
BACKGROUND_LABELS = ("none", "idle")
"""Labels of clips that show no sign: hands may be away, still or moving in them."""

LEAST_SEEN: Mapping[str, float] = {SIGN.name: 0.6, GESTURE.name: 0.8, EMOTION.name: 0.8}
"""By mode, the least share of frames with a hand, or a face. A sign may begin and end with the hands down."""
LEAST_RATE = 15.0
"""Frames a second; with fewer, a quick movement falls between them."""
LONGEST_GAP_S = MAX_GAP_NS / 1e9
"""A longer pause breaks a movement in two, also when it is recognized."""
MOST_CUT = 0.2
"""The share of the frames with a hand (face) in which it may reach over the picture's edge."""
LEAST_PALM = 0.035
"""From the wrist to the knuckles, as a share of the picture's longer side; the landmarker misses smaller hands."""
LEAST_FACE_PX = 17.0
"""Between the eyes; in the small picture of a face that emotions are read from they are as far apart."""
LEAST_MOTION, MOST_MOTION = 0.6, 2.0
"""How fast a hand's points move on average, in palm lengths a second: a sign at least, a still gesture at most."""
SHORTEST_SIGN_S = 0.95
"""A training reads signs by windows of a second."""
DARK_MEAN, DARK_BRIGHT, DIM_MEAN = 45.0, 95.0, 100.0
"""As app/cameras/light.py has them: dark is a picture with its mean and its brightest tenth below the first two, of
255; a slow camera below the third waits for light."""
MOST_BLUR = 4 / 720
"""The blur of edges, as a share of the picture's height; beyond it hands are lost, and their points are off."""
MOST_DROPPED = 0.6
"""The share of the camera's pictures that the computer may be too slow to look at."""

_MOTION_STEP_NS = 100_000_000
_EDGE = 0.0
_EYES = [0, 1]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture told while it was recorded.

    Attributes:
        mean: how bright it is, 0 to 255.
        bright: the value that nine tenths of its pixels do not reach, 0 to 255.
        blur: the blur of its edges as a share of its height, or NaN where that was not looked at or cannot be told.
    """

    mean: float
    bright: float
    blur: float = math.nan


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; None where it does not apply or could not be measured.

    Attributes:
        frames: how many there are.
        seconds: from the first to the last.
        rate: frames a second.
        seen: the share of frames with a hand, or in emotion mode with a face.
        gap_s: the longest time from one frame with a hand (face) to the next.
        cut: of the frames with a hand (face), the share in which it reaches over the picture's edge.
        size: the median length from the wrist to the knuckles, or between the eyes, as a share of the picture's longer
            side.
        size_px: the same in pixels.
        motion: how fast the points of the hand that moves more move on average, in palm lengths a second.
        mean: the median of the pictures' brightness, 0 to 255.
        bright: the median of what nine tenths of their pixels do not reach.
        blur: the median blur of their edges as a share of the height.
        dropped: how many pictures the camera gave that nobody had time to look at.
        lost: how many frames were looked at but could not be kept.
    """

    frames: int
    seconds: float
    rate: float | None = None
    seen: float | None = None
    gap_s: float | None = None
    cut: float | None = None
    size: float | None = None
    size_px: float | None = None
    motion: float | None = None
    mean: float | None = None
    bright: float | None = None
    blur: float | None = None
    dropped: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that is wrong: a word for programs, a sentence about it and one on what to do, without full stops."""

    code: str
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.text}. {self.remedy}."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clip is worth."""

    figures: Figures
    flags: tuple[Flag, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.flags

    def to_json(self) -> dict[str, Any]:
        """Return what stands in a clip's header."""
        figures = {
            name: round(value, 5) if isinstance(value, float) else value
            for name, value in asdict(self.figures).items()
            if value is not None
        }
        return {"flags": [flag.code for flag in self.flags], "figures": figures}


def judge(clip: Clip, looks: Sequence[Look] = (), *, dropped: int = 0, lost: int = 0) -> Verdict:
    """Measure a clip and say what is wrong with it.

    Args:
        clip: landmarks; of a clip of pixels, only its length and its rate are judged.
        looks: what some of its pictures told. Without any, what its header remembers of them counts, and so do its
            dropped and lost frames.
        dropped: how many pictures of the camera nobody had time to look at meanwhile.
        lost: how many frames could not be kept.
    """
    told = _told(looks, dropped, lost) if looks or dropped or lost else _remembered(clip.header)
    figures = _figures(clip, told)
    codes = _codes(figures, clip.header.mode, clip.header.label, pixels=clip.header.kind == PIXELS)
    return Verdict(figures, tuple(explain(code, figures, clip.header.mode) for code in codes))


def verdict_of(header: ClipHeader) -> Verdict | None:
    """Return the verdict that a clip's header remembers, or None where it holds none, or one that makes no sense."""
    values = header.extra.get(QUALITY)
    codes = flags_of(header.extra)
    if codes is None or not isinstance(values, Mapping):
        return None
    figures = values.get("figures")
    if not isinstance(figures, Mapping):
        return None
    names = Figures.__annotations__
    known = {
        name: int(value) if names[name] == "int" else float(value)
        for name, value in figures.items()
        if name in names and isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    }
    if not {"frames", "seconds"} <= known.keys():
        return None
    measured = Figures(**known)  # type: ignore[arg-type]
    return Verdict(measured, tuple(explain(code, measured, header.mode) for code in codes))


def flags_of(extra: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the codes of what is wrong with a clip by its header's `extra`; None where it was never judged."""
    values = extra.get(QUALITY)
    codes = values.get("flags") if isinstance(values, Mapping) else None
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        return None
    return tuple(code for code in codes if code in _WORDS)


def _told(looks: Sequence[Look], dropped: int, lost: int) -> dict[str, Any]:
    return {
        "mean": _median([look.mean for look in looks]),
        "bright": _median([look.bright for look in looks]),
        "blur": _median([look.blur for look in looks]),
        "dropped": dropped,
        "lost": lost,
    }


def _remembered(header: ClipHeader) -> dict[str, Any]:
    verdict = verdict_of(header)
    if verdict is None:
        return {}
    return {name: getattr(verdict.figures, name) for name in ("mean", "bright", "blur", "dropped", "lost")}


def _median(values: Sequence[float]) -> float | None:
    real = [value for value in values if math.isfinite(value)]
    return float(np.median(real)) if real else None


def _figures(clip: Clip, told: Mapping[str, Any]) -> Figures:
    times, count = clip.t_ns, len(clip)
    seconds = float(times[-1] - times[0]) / 1e9
    rate = (count - 1) / seconds if seconds > 0 else None
    if clip.header.kind == PIXELS:
        return Figures(count, seconds, rate, **told)
    face = clip.header.mode == EMOTION.name
    parts = clip.face_points[:, None] if face else clip.hands
    found: Bools = np.asarray(np.isfinite(parts).all(axis=(2, 3)))
    seen: Bools = np.asarray(found.any(axis=1))
    size, size_px = _size(parts, found, clip.header.image_size, face=face)
    return Figures(
        frames=count,
        seconds=seconds,
        rate=rate,
        seen=float(seen.mean()),
        gap_s=_longest_gap(times, seen),
        cut=_cut(parts[..., :2], found),
        size=size,
        size_px=size_px,
        motion=None if face else _motion(clip),
        **told,
    )


def _longest_gap(times: npt.NDArray[np.int64], seen: Bools) -> float | None:
    moments = times[seen]
    return float(np.diff(moments).max()) / 1e9 if len(moments) > 1 else None


def _cut(points: FloatArray, found: Bools) -> float | None:
    """Return how often a hand or face that is there has a point beyond the picture's edge."""
    if not found.any():
        return None
    with np.errstate(invalid="ignore"):
        outside = ((points < -_EDGE) | (points > 1 + _EDGE)).any(axis=(2, 3))
    return float((outside & found).any(axis=1).sum() / found.any(axis=1).sum())


def _size(
    parts: FloatArray, found: Bools, size: tuple[int, int] | None, *, face: bool
) -> tuple[float | None, float | None]:
    """Return the size of a hand or face as a share of the longer side, and in pixels where the picture's is known."""
    if not found.any():
        return None, None
    scaled = scaled_points(parts[found], size)
    lengths = np.linalg.norm(np.diff(scaled[:, _EYES], axis=1), axis=-1) if face else palm_length(scaled)
    width, height = size or ASSUMED_SIZE
    pixels = float(np.median(lengths)) * width
    return pixels / max(width, height), None if size is None else pixels


def _motion(clip: Clip) -> float | None:
    """Return the mean speed of the hand that moves more; None where no hand is there for long enough to tell."""
    speeds = []
    for side in (0, 1):
        there = np.isfinite(clip.hands[:, side]).all(axis=(1, 2))
        if there.sum() < 2:
            continue
        times = clip.t_ns[there]
        points = scaled_points(clip.hands[there, side], clip.header.image_size)
        palms = palm_length(points)
        # Steps of a tenth of a second: the landmarker's own trembling is as large as what a slow hand moves in a frame.
        later = np.searchsorted(times, times + _MOTION_STEP_NS)
        pairs = np.flatnonzero(later < len(times))
        pairs = pairs[times[later[pairs]] - times[pairs] <= MAX_GAP_NS]
        if not len(pairs):
            continue
        ends = later[pairs]
        way = np.linalg.norm(points[ends, :, :2] - points[pairs, :, :2], axis=-1).mean(axis=1)
        palm = np.maximum((palms[ends] + palms[pairs]) / 2, 1e-6)
        speeds.append(float(np.mean(way / palm / ((times[ends] - times[pairs]) / 1e9))))
    return max(speeds) if speeds else None


def _codes(figures: Figures, mode: str, label: str, *, pixels: bool) -> list[str]:
    """Return what is wrong, the worst first."""
    wrong: list[str] = []
    if figures.lost:
        wrong.append("lost")
    if not pixels and label not in BACKGROUND_LABELS:
        wrong += _codes_of_landmarks(figures, mode)
    if _above(DARK_MEAN, figures.mean) and _above(DARK_BRIGHT, figures.bright):
        wrong.append("dark")
    if figures.rate is not None and figures.rate < LEAST_RATE:
        wrong.append("slow")
    if _above(figures.blur, MOST_BLUR):
        wrong.append("blurred")
    if figures.dropped > MOST_DROPPED * (figures.dropped + figures.frames):
        wrong.append("dropped")
    return wrong


def _codes_of_landmarks(figures: Figures, mode: str) -> list[str]:
    wrong = []
    if not figures.seen:
        return ["nothing"]
    if mode == SIGN.name and figures.seconds < SHORTEST_SIGN_S:
        wrong.append("short")
    if figures.seen < LEAST_SEEN.get(mode, 0.0):
        wrong.append("unseen")
    if _above(figures.gap_s, LONGEST_GAP_S) and figures.seen < 1:  # or else it is pictures that are missing
        wrong.append("gap")
    if _above(figures.cut, MOST_CUT):
        wrong.append("cut")
    face = mode == EMOTION.name
    if _above(LEAST_FACE_PX, figures.size_px) if face else _above(LEAST_PALM, figures.size):
        wrong.append("small")
    if mode == SIGN.name and _above(LEAST_MOTION, figures.motion):
        wrong.append("still")
    if mode == GESTURE.name and _above(figures.motion, MOST_MOTION):
        wrong.append("moving")
    return wrong


def _above(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit


_WORDS: Mapping[str, tuple[str, str]] = {
    "lost": (
        "{lost} frames could not be kept: the disk was too slow",
        "Record it again; close programs that write much",
    ),
    "nothing": ("No {part} was seen", "Keep your {parts} in the picture, in the light; mudra doctor --camera helps"),
    "short": ("It lasts {seconds:.1f} s, less than the second that a sign is read by", "Record at least a second"),
    "unseen": ("A {part} was seen in {seen:.0%} of the frames only", "Keep your {parts} in the picture all the time"),
    "gap": ("Your {parts} {were} lost for {gap_s:.1f} s in the middle", "Stay in the picture, and move less quickly"),
    "cut": ("In {cut:.0%} of the frames the picture's edge cuts your {parts}", "Step back, or turn the camera"),
    "small": ("Your {parts} {are} small in the picture", "Come nearer to the camera"),
    "still": (
        "Your hand hardly moved, and a sign is a movement",
        "Sign it while the clip is recorded; what is held still belongs into gesture mode",
    ),
    "moving": (
        "Your hand moved much, and a gesture is held still",
        "Hold it, and turn it a little; a movement belongs into sign mode",
    ),
    "dark": ("The picture is dark", "Switch a light on before you, or turn towards the window"),
    "slow": ("Only {rate:.0f} frames a second", "Switch a light on, and close programs that keep the computer busy"),
    "blurred": ("The picture is blurred", "Clean the lens, focus it, or go further away from it"),
    "dropped": ("{dropped} of the camera's pictures were skipped", "Close programs that keep the computer busy"),
}
CODES = tuple(_WORDS)
"""Every code that a flag can have."""


def explain(code: str, figures: Figures, mode: str) -> Flag:
    """Return a flag in words.

    Raises:
        KeyError: there is no such code.
    """
    text, remedy = _WORDS[code]
    known = {name: 0 if value is None else value for name, value in asdict(figures).items()}
    face = mode == EMOTION.name
    words = {"part": "face" if face else "hand", "parts": "face" if face else "hands"}
    words |= {"are": "is" if face else "are", "were": "was" if face else "were"}
    if code == "slow" and _above(DIM_MEAN, figures.mean):
        text, remedy = f"{text}, because it is dark", "Switch a light on before you, or turn towards the window"
    return Flag(code, text.format(**words, **known), remedy.format(**words))
