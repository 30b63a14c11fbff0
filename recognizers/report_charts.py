"""Charts of a report as inline SVG. Their colours come from the page's style, their words from whoever draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 420, 280
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 26, 44

Point = tuple[float, float]


class Line(NamedTuple):
    """One line of a chart: what it shows, its points, and its looks, `one` or `two`."""

    name: str
    points: Sequence[Point]
    looks: str = "one"


class Axis(NamedTuple):
    """An axis: its name, its ends, and its number of parts."""

    name: str
    low: float
    high: float
    parts: int = 4

    def share(self, value: float) -> float:
        """Return where a value stands, 0..1."""
        return (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0

    def marks(self) -> list[float]:
        """Return the values that are written at it."""
        return [self.low + (self.high - self.low) * number / self.parts for number in range(self.parts + 1)]


def chart(title: str, across: Axis, up: Axis, lines: Sequence[Line], *, even: bool = False, dots: bool = False) -> str:
    """Return a chart of lines.

    Args:
        title: what it shows, in words that serve where it cannot be seen.
        across, up: the axes.
        lines: at most two.
        even: whether to draw the diagonal.
        dots: whether every point of the lines is marked.
    """
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>',
        *_axes(across, up),
    ]
    if even:
        parts.append(_path([(across.low, up.low), (across.high, up.high)], across, up, "even"))
    for number, line in enumerate(lines):
        parts.append(_path(line.points, across, up, line.looks))
        if line.name:
            x = LEFT + number * (WIDTH - LEFT) // 2
            parts.append(f'<path class="{line.looks}" d="M{x} {TOP - 14} h22"/>')
            parts.append(f'<text x="{x + 28}" y="{TOP - 10}">{escape(line.name)}</text>')
        if dots or len(line.points) == 1:
            parts += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in _at(line.points, across, up)]
    return "".join([*parts, "</svg>"])


def nice_top(values: Sequence[float]) -> float:
    """Return a round number that is not below any of these finite values: 1, 2, 2.5 or 5 times a power of ten."""
    most = max(values, default=0.0)
    if not most > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next((factor * power for factor in (1, 2, 2.5, 5) if factor * power >= most * (1 - 1e-9)), 10 * power)


def _at(points: Sequence[Point], across: Axis, up: Axis) -> list[Point]:
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return [(LEFT + wide * across.share(x), TOP + tall * (1 - up.share(y))) for x, y in points]


def _path(points: Sequence[Point], across: Axis, up: Axis, looks: str) -> str:
    places = " L".join(f"{x:.1f} {y:.1f}" for x, y in _at(points, across, up))
    return f'<path class="{looks}" d="M{places}"/>' if points else ""


def _axes(across: Axis, up: Axis) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for value in up.marks():
        y = _at([(across.low, value)], across, up)[0][1]
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f} H{right}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    for value in across.marks():
        x = _at([(value, up.low)], across, up)[0][0]
        parts.append(f'<path class="axis" d="M{x:.1f} {bottom} v4"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{value:.3g}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP} V{bottom} H{right}"/>')
    middle, half = (LEFT + right) / 2, (TOP + bottom) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across.name)}</text>')
    parts.append(
        f'<text x="14" y="{half}" text-anchor="middle" transform="rotate(-90 14 {half})">{escape(up.name)}</text>'
    )
    return parts
