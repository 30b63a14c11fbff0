"""From predictions to events: a threshold, a vote of consecutive ticks, and the hold.

A label begins when `votes` consecutive ticks agree on it with a probability of at least its threshold; its onset is
the last of them, the moment when it is known and said. It ends when as many consecutive ticks do not support it, or
another label wins the vote; its end is the last tick that did. So a held sign is one event, and the same sign after a
release is a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from recognizers.types import LabelEvent, Prediction

DEFAULT_THRESHOLD = 0.7
VOTES = 3


class _Ballot(NamedTuple):
    label: str | None
    probability: float
    t_ns: int
    frame: int


class Smoother:
    """The smoothing of one mode.

    Args:
        mode: the mode's name, for the events.
        thresholds: the least probability by label.
        background: labels that mean "nothing to report".
        default_threshold: for labels without a threshold of their own.
        votes: how many consecutive ticks must agree.
    """

    def __init__(
        self,
        mode: str,
        thresholds: Mapping[str, float],
        background: Collection[str] = (),
        default_threshold: float = DEFAULT_THRESHOLD,
        votes: int = VOTES,
    ) -> None:
        self._mode = mode
        self._thresholds = dict(thresholds)
        self._background = frozenset(background)
        self._default = default_threshold
        self._ballots: deque[_Ballot] = deque(maxlen=votes)
        self._held: LabelEvent | None = None
        self._last_support = 0

    @property
    def held(self) -> LabelEvent | None:
        """The event that is being held, as announced, with its highest probability so far."""
        return self._held

    def threshold_of(self, label: str) -> float:
        """Return the least probability at which this label counts."""
        return self._thresholds.get(label, self._default)

    def accepts(self, prediction: Prediction) -> bool:
        """Return whether a prediction counts for its label."""
        return prediction.label not in self._background and prediction.probability >= self.threshold_of(
            prediction.label
        )

    def update(self, prediction: Prediction | None, t_ns: int, frame: int, source: str = "") -> tuple[LabelEvent, ...]:
        """Take one tick and return the events that it ends and begins, in this order.

        Args:
            prediction: the tick's prediction, or None where nothing was seen.
            t_ns: the tick's time.
            frame: its frame's index.
            source: the source's name, for the events.
        """
        counts = prediction is not None and self.accepts(prediction)
        label = prediction.label if prediction is not None and counts else None
        probability = prediction.probability if prediction is not None else 0.0
        self._ballots.append(_Ballot(label, probability, t_ns, frame))
        if self._held is not None and label == self._held.label:
            self._last_support = t_ns
            self._held = replace(self._held, probability=max(self._held.probability, probability))
            return ()
        return self._decide(source)

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held, at the last tick that supported it, and forget the ballots."""
        self._ballots.clear()
        if self._held is None:
            return ()
        ended = replace(self._held, duration_ns=self._last_support - self._held.t_ns, ended=True)
        self._held = None
        return (ended,)

    def _decide(self, source: str) -> tuple[LabelEvent, ...]:
        ballots = list(self._ballots)
        if len(ballots) < (self._ballots.maxlen or 1):
            return ()
        labels = {ballot.label for ballot in ballots}
        winner = labels.pop() if len(labels) == 1 else None
        events: tuple[LabelEvent, ...] = ()
        if self._held is not None and all(ballot.label != self._held.label for ballot in ballots):
            events = self.finish()
            self._ballots.extend(ballots)
        if winner is None or self._held is not None:
            return events
        self._held = LabelEvent(
            mode=self._mode,
            label=winner,
            probability=max(ballot.probability for ballot in ballots),
            t_ns=ballots[-1].t_ns,
            frame=ballots[-1].frame,
            source=source,
        )
        self._last_support = ballots[-1].t_ns
        return (*events, self._held)
