"""Times, budgets, and the table that is recorded of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import NamedTuple


class Times:
    """How long something took, again and again, in milliseconds of the clock and of all processors."""

    def __init__(self, wall: Iterable[float] = ()) -> None:
        self.wall = list(wall)
        self.processor: list[float] = []

    def add(self, wall: float, processor: float | None = None) -> None:
        """Count one run."""
        self.wall.append(wall)
        if processor is not None:
            self.processor.append(processor)

    def extend(self, more: Times) -> None:
        """Count all runs of another."""
        self.wall += more.wall
        self.processor += more.processor

    @property
    def median(self) -> float:
        """The time in the middle."""
        return median(self.wall)

    @property
    def mean(self) -> float:
        """The mean time."""
        return fmean(self.wall)

    @property
    def p95(self) -> float:
        """The time that 95 of 100 runs keep."""
        return sorted(self.wall)[math.ceil(0.95 * len(self.wall)) - 1]


class Budget(NamedTuple):
    """One row of the budgets.

    Attributes:
        what: what is measured.
        limit: the most it may be.
        measured: what it was, or None where it was not measured.
        unit: of both, such as `x` or `ms`.
        note: what is to be known about it.
    """

    what: str
    limit: float
    measured: float | None
    unit: str
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether it is met."""
        if self.measured is None:
            return "not measured"
        return "met" if self.measured <= self.limit else "**not met**"


def budgets_table(budgets: Iterable[Budget]) -> str:
    """Return the budgets as a table."""
    rows = [
        (b.what, f"{b.limit:g} {b.unit}", "" if b.measured is None else f"{b.measured:.3g} {b.unit}", b.verdict, b.note)
        for b in budgets
    ]
    return table(("what", "at most", "measured", "", "note"), rows)


def times_table(times: dict[str, Times], reference: str) -> str:
    """Return a row for each contender; ratios are between medians and between means, to those of the reference."""
    base = times[reference]
    rows = []
    for name, each in times.items():
        processor = f"{fmean(each.processor):.1f}" if each.processor else ""
        figures = [f"{each.median:.1f}", f"{each.p95:.1f}", f"{each.mean:.1f}", processor]
        rows.append((name, *figures, f"{each.median / base.median:.2f}", f"{each.mean / base.mean:.2f}"))
    return table(("ms a frame", "p50", "p95", "mean", "processor", "p50 ratio", "mean ratio"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
