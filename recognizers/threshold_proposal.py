"""Thresholds from a rate of false fires that somebody can bear, set on recordings in which no sign is shown."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from recognizers.answers import backgrounds_of
from recognizers.bundle import Bundle
from recognizers.clips import LANDMARKS, Clip
from recognizers.errors import FormatError
from recognizers.event_figures import EventCounter
from recognizers.recognizer import Recognizer
from recognizers.smoothing import VOTES
from recognizers.types import Prediction

LOWEST, HIGHEST = 0.5, 0.99
STEP = 0.005
"""A threshold stands so far above the surest fire that it shall not let through."""
MANY = 3.0
"""So many fires must be expected at the wanted rate before none of them tells that the rate is kept."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Thresholds, and what they give.

    Attributes:
        wanted_per_hour: the false fires that were allowed.
        before, after: the thresholds by label, without the background's.
        events: what the real recognizer gives with `after` on the same clips, as `EventCounter.figures`.
        notes: what is to be known, in words.
    """

    wanted_per_hour: float
    before: Mapping[str, float]
    after: Mapping[str, float]
    events: Mapping[str, Any]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, for a report."""
        labels = {label: {"before": self.before[label], "after": self.after[label]} for label in self.after}
        return {
            "wanted_per_hour": self.wanted_per_hour,
            "labels": labels,
            "events": dict(self.events),
            "notes": list(self.notes),
        }


def propose(bundle: Bundle, clips: Callable[[], Iterable[Clip]], wanted_per_hour: float) -> Proposal:
    """Return the lowest thresholds that keep false fires on background clips to a rate, and what they give.

    Where the clips are too short to show the rate, no threshold is lowered. The rate is for all labels together: where
    some may fire, they are given to the labels that would otherwise need the highest thresholds.

    Args:
        bundle: whose thresholds; of hands.
        clips: gives the same clips each time: of backgrounds, and of signs where they shall be counted, too.
        wanted_per_hour: 0 or more.

    Raises:
        FormatError: there is no background clip.
    """
    labels = [label for label in bundle.info.labels if label not in bundle.info.background]
    peaks, seconds = _peaks(bundle, clips())
    if not seconds:
        raise FormatError(
            "there is no recording of a background to set thresholds on",
            expected=f"clips labelled {' or '.join(sorted(backgrounds_of(bundle.info)))} that last a while",
            remedy="Record some minutes of doing nothing, scratching your nose, typing and talking",
        )
    allowed = int(wanted_per_hour * seconds / 3600 + 1e-9)
    info = bundle.info
    before = {label: info.thresholds.get(label, info.default_threshold) for label in labels}
    enough = _is_enough(seconds, wanted_per_hour)
    tops = {label: sorted(peaks.get(label, ()), reverse=True) for label in labels}
    after = _thresholds(tops, allowed, dict.fromkeys(labels, LOWEST) if enough else before)
    counter = EventCounter(with_thresholds(bundle, after))
    for clip in clips():
        counter.add(clip)
    events = counter.figures()
    notes = _notes(events["background"], wanted_per_hour, [label for label in labels if after[label] >= HIGHEST])
    return Proposal(wanted_per_hour, before, after, events, tuple(notes))


def with_thresholds(bundle: Bundle, thresholds: Mapping[str, float]) -> Bundle:
    """Return the bundle with other thresholds; both run the same model, so on one thread only."""
    changed = copy.copy(bundle)
    changed.info = replace(bundle.info, thresholds={**bundle.info.thresholds, **thresholds})
    return changed


def _peaks(bundle: Bundle, clips: Iterable[Clip]) -> tuple[dict[str, list[float]], float]:
    """Return by label how sure each would-be event of the backgrounds is at most, and how many seconds they last."""
    recognizer, wanted = Recognizer(bundle), backgrounds_of(bundle.info)
    peaks: dict[str, list[float]] = {}
    seconds = 0.0
    for clip in clips:
        if clip.header.label not in wanted or clip.header.kind != LANDMARKS or len(clip) < 2:
            continue
        seconds += float(clip.t_ns[-1] - clip.t_ns[0]) / 1e9
        for label, run in _runs(recognizer, clip):
            # An event begins where the mean of so many ticks in a row reaches the threshold.
            rows = [run[start : start + VOTES] for start in range(len(run) - VOTES + 1)]
            means = [sum(tick.probability for tick in row) / VOTES for row in rows if row[-1].may_begin]
            if means:
                peaks.setdefault(label, []).append(max(means))
    return peaks, seconds


class _Tick(NamedTuple):
    """A tick's probability, and whether a label may begin at it."""

    probability: float
    may_begin: bool


def _runs(recognizer: Recognizer, clip: Clip) -> list[tuple[str, list[_Tick]]]:
    """Return the ticks in a row with the same label, run by run."""
    recognizer.reset()
    ticks: list[tuple[Prediction, bool]] = []
    for index, landmarks in enumerate(clip.landmarks()):
        prediction = recognizer.update(None, landmarks, index=index).prediction
        if prediction is not None and prediction.t_ns == landmarks.t_ns:
            ticks.append((prediction, recognizer.may_begin))
    recognizer.reset()
    gap = 2.5e9 / recognizer.bundle.info.rate_hz
    runs: list[tuple[str, list[_Tick]]] = []
    last: Prediction | None = None
    for tick, steady in ticks:
        if last is None or tick.label != last.label or tick.t_ns - last.t_ns > gap:
            runs.append((tick.label, []))
        runs[-1][1].append(_Tick(tick.probability, steady))
        last = tick
    return runs


def _is_enough(seconds: float, wanted_per_hour: float) -> bool:
    """Tell whether so short a recording without any fire would show the rate: the rule of three."""
    return wanted_per_hour * seconds / 3600 >= MANY


def _thresholds(peaks: Mapping[str, Sequence[float]], allowed: int, lowest: Mapping[str, float]) -> dict[str, float]:
    """Return thresholds that let so many of the peaks pass: in turn the surest one that is left.

    Args:
        peaks: by label, the surest first.
        allowed: how many may pass.
        lowest: by label, what its threshold does not go below.
    """
    passed = dict.fromkeys(peaks, 0)
    for _ in range(allowed):
        left = {label: tops[passed[label]] for label, tops in peaks.items() if passed[label] < len(tops)}
        left = {label: top for label, top in left.items() if top >= lowest[label]}
        if not left:
            break
        passed[max(left, key=lambda label: left[label])] += 1
    found = {}
    for label, tops in peaks.items():
        top = tops[passed[label]] + STEP if passed[label] < len(tops) else 0.0
        found[label] = round(max(min(top, HIGHEST), lowest[label]), 3)
    return found


def _notes(background: Mapping[str, Any], wanted: float, highest: Sequence[str]) -> list[str]:
    minutes = background["seconds"] / 60
    notes = [
        f"With these, {background['false_fires']} false fires in {minutes:.1f} minutes of background: "
        f"{background['per_hour']:g} an hour, with 95 % certainty at most {background['per_hour_at_most']:g}. "
        "They were set on these very clips, so expect somewhat more elsewhere."
    ]
    if wanted and not _is_enough(background["seconds"], wanted):
        notes.append(
            f"{minutes:.1f} minutes are too few to show a rate of {wanted:g} an hour, so no threshold was lowered: "
            f"that takes {MANY * 60 / wanted:.0f} minutes or more."
        )
    if highest:
        notes.append(f"Even the highest threshold may not do for {', '.join(highest)}: train with this background.")
    return notes
