"""Signs that a finger tip draws through the air: what they look like, and how well a path fits one.

A path is taken as a whole, whatever its size and speed, turned by no more than people and cameras do: it is resampled
to points evenly spaced along it (Wobbrock, Wilson and Li, "Gestures without libraries, toolkits or training", UIST
2007) and compared with templates under the best small turn, which has a closed form (Li, "Protractor", CHI 2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.fields import Fields
from recognizers.types import HAND_POINTS

Array = npt.NDArray[np.float64]

POINTS = 32
"""So many points stand for a path."""
MOST_TURN = math.radians(25)
"""A path may be turned so far: a hand or a camera askew. More, and a line across would be a line down."""
LEAST = 0.5
"""A fit of less is none."""
SPIKE, SPIKE_S = 0.25, 0.1
"""No finger goes so many palm lengths aside and back within so many seconds."""
ALIKE = 0.005
"""Distances that differ by no more are the same."""
_MOST_PATHS, _MOST_CORNERS = 32, 64


@dataclass(frozen=True, slots=True)
class Trace:
    """One sign that a finger tip draws; the optional part `traces` of `bundle.json`.

    Attributes:
        label: what it is called; none of the labels of the network.
        tip: the landmark that draws, 1 to 20.
        begins: labels of the network, one of which the hand shows while it begins to draw.
        shapes: more of them that it may be taken for on its way.
        least_share: how sure the network must be of these, 0 to 1, on average along the way, and of `begins` at one
            moment in the beginning.
        seconds: how long the drawing takes, from and to.
        size: how long the longer side of the path is, from and to, in palm lengths.
        paths: the ways of drawing it: corners (x, y) as in an unmirrored picture of a right hand, y down. Only the
            shape counts. A left hand draws the mirror image.
        not_paths: the same of what looks like it and is not it: a path that is nearer to one of these does not count.
        half_distance: at this distance from the nearest path the probability is one half; at none it is one. The
            distance is the root of the mean square distance of both paths' points, where both are of size 1 (their
            points' root mean square distance from their middle).
    """

    label: str
    tip: int
    begins: tuple[str, ...]
    shapes: tuple[str, ...]
    least_share: float
    seconds: tuple[float, float]
    size: tuple[float, float]
    paths: tuple[tuple[tuple[float, float], ...], ...]
    not_paths: tuple[tuple[tuple[float, float], ...], ...]
    half_distance: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "label": self.label,
            "tip": self.tip,
            "begins": list(self.begins),
            "shapes": list(self.shapes),
            "least_share": self.least_share,
            "seconds": list(self.seconds),
            "size": list(self.size),
            "paths": [[list(corner) for corner in path] for path in self.paths],
            "not_paths": [[list(corner) for corner in path] for path in self.not_paths],
            "half_distance": self.half_distance,
        }


def read_trace(fields: Fields) -> Trace:
    """Check one row and return it.

    Raises:
        FormatError: a field is missing or wrong; of the kind that `fields` raises.
    """
    label = fields.text("label")
    if not label.strip():
        raise fields.wrong("label", "a text", label)
    begins, shapes = fields.texts("begins"), fields.texts("shapes")
    if not begins:
        raise fields.wrong("begins", "one label at least", [])
    return Trace(
        label=label,
        tip=fields.integer("tip", 1, HAND_POINTS - 1),
        begins=begins,
        shapes=shapes,
        least_share=fields.number("least_share", 0, 1),
        seconds=_span(fields, "seconds", 10),
        size=_span(fields, "size", 100),
        paths=_paths(fields, "paths", 1),
        not_paths=_paths(fields, "not_paths", 0),
        half_distance=fields.number("half_distance", 0.01, 2),
    )


def _span(fields: Fields, name: str, most: float) -> tuple[float, float]:
    low, high = fields.numbers(name, 2)
    if not 0 < low < high <= most:
        raise fields.wrong(name, f"two rising numbers above 0, up to {most:g}", [low, high])
    return low, high


def _paths(fields: Fields, name: str, least: int) -> tuple[tuple[tuple[float, float], ...], ...]:
    expected = f"{least} to {_MOST_PATHS} paths of 2 to {_MOST_CORNERS} corners [x, y]"
    value = fields.values.get(name)
    if not isinstance(value, list) or not least <= len(value) <= _MOST_PATHS:
        raise fields.wrong(name, expected, value)
    paths = []
    for path in value:
        if not isinstance(path, list) or not 2 <= len(path) <= _MOST_CORNERS or not all(map(_is_corner, path)):
            raise fields.wrong(name, expected, path)
        corners = tuple((float(x), float(y)) for x, y in path)
        if len(set(corners)) < 2:
            raise fields.wrong(name, "paths that lead somewhere", path)
        paths.append(corners)
    return tuple(paths)


def _is_corner(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(isinstance(x, (int, float)) and not isinstance(x, bool) and abs(x) <= 1e6 for x in value)


class Fit(NamedTuple):
    """The part of a track that fits a trace best.

    Attributes:
        probability: see `Trace.half_distance`.
        first: the index of the moment at which it begins; it ends with the track.
    """

    probability: float
    first: int


class Matcher:
    """Compares tracks of a right finger tip with one trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._templates = _templates(trace.paths)
        self._others = _templates(trace.not_paths)

    def fit(self, times: Array, points: Array) -> Fit | None:
        """Return which end of a track fits best, or None where none is of the right length and size.

        Args:
            times: (T,) seconds, rising.
            points: (T, 2) palm lengths, at true aspect.
        """
        trace = self.trace
        ago = times[-1] - times
        firsts = np.flatnonzero((ago >= trace.seconds[0]) & (ago <= trace.seconds[1]))
        if not len(firsts):
            return None
        # The extents of all ends of the track at once, from the last moment backwards.
        backwards = points[::-1]
        sides = np.maximum.accumulate(backwards) - np.minimum.accumulate(backwards)
        size = sides.max(axis=1)[::-1][firsts]
        firsts = firsts[(size >= trace.size[0]) & (size <= trace.size[1])]
        if not len(firsts):
            return None
        distances = self.distances(ends_of(points, firsts))
        # A tip that rests before it draws makes many beginnings alike; the last of them is when it begins to move.
        best = int(np.flatnonzero(distances <= distances.min() + ALIKE)[-1])
        probability = 1 - 0.5 * (float(distances[best]) / trace.half_distance) ** 2
        return Fit(probability, int(firsts[best])) if probability >= LEAST else None

    def distances(self, paths: Array) -> Array:
        """Return how far paths (K, POINTS, 2) are off the nearest one, (K,); infinite where another is nearer."""
        normal, sizes = _normal(paths)
        found = _distances(normal, self._templates)
        return np.where((sizes > 0) & (found < _distances(normal, self._others)), found, np.inf)


def _templates(paths: Sequence[Sequence[tuple[float, float]]]) -> Array:
    """Return paths as corners in their normal form, (P, POINTS, 2)."""
    normal = [_normal(evenly(np.array(path, float)))[0] for path in paths]
    return np.stack(normal) if normal else np.empty((0, POINTS, 2))


def _distances(normal: Array, templates: Array) -> Array:
    """Return how far normal paths (K, POINTS, 2) are off the nearest of the templates (P, POINTS, 2), (K,)."""
    along = np.einsum("knd,pnd->kp", normal, templates) / POINTS
    # What the same would be after a quarter turn; both give the angle that fits best.
    turned = np.stack([-templates[..., 1], templates[..., 0]], axis=-1)
    aside = np.einsum("knd,pnd->kp", normal, turned) / POINTS
    angle = np.clip(np.arctan2(aside, along), -MOST_TURN, MOST_TURN)
    likeness = along * np.cos(angle) + aside * np.sin(angle)
    found: Array = np.sqrt(np.maximum(0, 2 - 2 * likeness)).min(axis=1, initial=np.inf)
    return found


def evenly(points: Array) -> Array:
    """Return POINTS points evenly spaced along a path (T, 2)."""
    path: Array = ends_of(points, np.array([0]))[0]
    return path


def way_along(points: Array) -> Array:
    """Return how long a path (T, 2) is up to each of its points, (T,)."""
    way: Array = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return way


def ends_of(points: Array, firsts: npt.NDArray[np.int64]) -> Array:
    """Return the ends of a track (T, 2) from each of the moments `firsts` (K,), evenly spaced, (K, POINTS, 2)."""
    way = way_along(points)
    wanted = way[firsts, None] + (way[-1] - way[firsts])[:, None] * np.linspace(0, 1, POINTS)
    flat = wanted.ravel()
    x, y = np.interp(flat, way, points[:, 0]), np.interp(flat, way, points[:, 1])
    return np.stack([x, y], axis=-1).reshape(len(firsts), POINTS, 2)


def _normal(paths: Array) -> tuple[Array, Array]:
    """Return paths (..., POINTS, 2) around their middle, of size 1, and the sizes that they had."""
    middle = paths - paths.mean(axis=-2, keepdims=True)
    sizes = np.sqrt((middle**2).sum(axis=(-1, -2)) / POINTS)
    normal: Array = middle / np.maximum(sizes, 1e-9)[..., None, None]
    return normal, sizes


def without_spikes(times: Array, points: Array, palm: float) -> Array:
    """Return a track without single moments at which a landmarker was far astray and back at once.

    Args:
        times: (T,) seconds, rising.
        points: (T, 2).
        palm: the palm's length in the unit of the points.
    """
    before, after = points[:-2], points[2:]
    middle = (before + after) / 2
    off = np.linalg.norm(points[1:-1] - middle, axis=1)
    there_and_back = np.linalg.norm(after - before, axis=1) < off / 2
    spikes = (off > SPIKE * palm) & there_and_back & (times[2:] - times[:-2] < SPIKE_S)
    mended: Array = points.copy()
    mended[1:-1][spikes] = middle[spikes]
    return mended


def smooth_track(points: Array, window: int) -> Array:
    """Return a track (T, 2) with each moment the mean of those around it; the ends of fewer."""
    kernel = np.ones(window)
    counts = np.convolve(np.ones(len(points)), kernel, "same")
    return np.stack([np.convolve(points[:, axis], kernel, "same") / counts for axis in (0, 1)], axis=-1)
