"""What a person would have heard: the real recognizer over whole clips, event by event.

A sign that is recognized twice is wrong, and so is one that nobody made. Shares of examples tell neither.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from recognizers.answers import backgrounds_of
from recognizers.bundle import Bundle
from recognizers.clips import LANDMARKS, Clip
from recognizers.recognizer import Recognizer
from recognizers.smoothing import VOTES
from recognizers.types import LabelEvent

CERTAINTY = 0.95


class EventCounter:
    """Runs a bundle over clips as they pass, and counts its events.

    Args:
        bundle: what to run; of hands, since clips hold no faces' films.
    """

    def __init__(self, bundle: Bundle) -> None:
        info = bundle.info
        self._recognizer = Recognizer(bundle)
        self._labels = set(info.all_labels)
        self._background = backgrounds_of(info)
        self._least_ns = 1e9 * ((info.window_seconds if info.input == "sequence" else 0.0) + VOTES / info.rate_hz)
        self._signs: dict[str, Counter[str]] = {}
        self._latencies: list[float] = []
        self._fires: Counter[str] = Counter()
        self._seconds, self._background_clips, self._short = 0.0, 0, 0

    def through(self, clips: Iterable[Clip]) -> Iterator[Clip]:
        """Yield these clips and count each."""
        for clip in clips:
            self.add(clip)
            yield clip

    def add(self, clip: Clip) -> None:
        """Count one clip; photos, pictures and labels that the bundle does not know are passed over."""
        label = clip.header.label
        if clip.header.kind != LANDMARKS or len(clip) < 2 or label not in self._labels | self._background:
            return
        span = int(clip.t_ns[-1] - clip.t_ns[0])
        if label not in self._background and span < self._least_ns:
            self._short += 1
            return
        events = self._recognizer.predict_clip(clip)
        if label in self._background:
            self._seconds += span / 1e9
            self._background_clips += 1
            self._fires.update(event.label for event in events)
        else:
            self._count_sign(label, events, int(clip.t_ns[0]))

    def figures(self) -> dict[str, Any]:
        """Return what was counted; nothing where there was no recording long enough.

        Returns:
            `signs`: clips, hits, misses, doubles, others, by label as well; `latency`: seconds from a clip's begin to
            its event; `background`: false fires, how many an hour and at most so many (at 95 %); `too_short`: clips
            that end before the first event can come.
        """
        found: dict[str, Any] = {}
        if self._signs:
            per_class = {label: dict(row) for label, row in sorted(self._signs.items())}
            names = ("clips", "hits", "misses", "doubles", "others")
            found["signs"] = {**{name: sum(row[name] for row in self._signs.values()) for name in names}}
            found["signs"]["per_class"] = {label: {n: row.get(n, 0) for n in names} for label, row in per_class.items()}
            found["latency"] = _spread(self._latencies)
        if self._background_clips:
            found["background"] = self._false_fires()
        if self._short:
            found["too_short"] = self._short
            found["least_seconds"] = round(self._least_ns / 1e9, 2)
        return found

    def _count_sign(self, label: str, events: Sequence[LabelEvent], begin_ns: int) -> None:
        mine = [event for event in events if event.label == label]
        row = self._signs.setdefault(label, Counter())
        row["clips"] += 1
        row["hits" if mine else "misses"] += 1
        row["doubles"] += max(len(mine) - 1, 0)
        row["others"] += len(events) - len(mine)
        if mine:
            self._latencies.append((mine[0].t_ns - begin_ns) / 1e9)

    def _false_fires(self) -> dict[str, Any]:
        fires, hours = sum(self._fires.values()), self._seconds / 3600
        return {
            "clips": self._background_clips,
            "seconds": round(self._seconds, 1),
            "false_fires": fires,
            "per_hour": round(fires / hours, 1) if hours else None,
            "per_hour_at_most": round(most_likely_at_most(fires) / hours, 1) if hours else None,
            "per_class": dict(self._fires.most_common()),
        }


def most_likely_at_most(count: int) -> float:
    """Return the rate that would give more than `count` with 95 %: the exact upper limit of a Poisson rate.

    For none it is three, the "rule of three". Source: Garwood, "Fiducial Limits for the Poisson Distribution" (1936).
    """
    low, high = float(count), 3.0 + count + 4 * math.sqrt(count + 1)
    for _ in range(60):
        middle = (low + high) / 2
        logs = [number * math.log(middle) - middle - math.lgamma(number + 1) for number in range(count + 1)]
        low, high = (middle, high) if math.fsum(map(math.exp, logs)) > 1 - CERTAINTY else (low, middle)
    return high


def _spread(seconds: Sequence[float]) -> dict[str, Any]:
    if not seconds:
        return {"n": 0, "median": None, "p90": None}
    median, p90 = np.percentile(seconds, [50, 90])
    return {"n": len(seconds), "median": round(float(median), 3), "p90": round(float(p90), 3)}
