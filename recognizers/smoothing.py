"""From predictions to events: a threshold, a vote of consecutive ticks, and the hold.

A label begins when `votes` consecutive ticks agree on it and their mean probability is at least its threshold: a tick
that is a hair less sure costs no new vote. Where they are less than sure, more ticks may be asked for: what a hand
shows in passing is rarely sure, and never long. Its onset is the last of them, the moment when it is known and said. It
ends when three consecutive ticks do not support it; its end is the last tick that did. To hold a label takes a little
less than to begin it. So a held sign is one event, and the same sign after a release is a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from recognizers.types import LabelEvent, Prediction

DEFAULT_THRESHOLD = 0.7
VOTES = 3
SURE = 0.9
"""The mean probability from which so few votes do, where more are asked for of what is less sure."""
UNSURE_VOTES = 5
"""So many are asked of still hands: a fifth fewer false events of hands that talk, while of hands that show something
one in ten is said later, by a tick or two (benchmarks/no_sign.py)."""
HOLD = 0.8
"""The share of its threshold that keeps a label held; without it a sign near its threshold would stutter."""
STAYS_NS = 500_000_000
"""For so long a label stays that was told without a vote, so that people can read it."""


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
        votes: how many consecutive ticks must agree for a label to begin. It never takes more than `VOTES` to end it.
        unsure_votes: how many, where their mean probability is below `SURE`; at least `votes`.
    """

    def __init__(
        self,
        mode: str,
        thresholds: Mapping[str, float],
        background: Collection[str] = (),
        default_threshold: float = DEFAULT_THRESHOLD,
        votes: int = VOTES,
        *,
        unsure_votes: int = 0,
    ) -> None:
        self._mode = mode
        self._thresholds = dict(thresholds)
        self._background = frozenset(background)
        self._default = default_threshold
        self._votes, self._unsure_votes = votes, max(unsure_votes, votes)
        self._ballots: deque[_Ballot] = deque(maxlen=self._unsure_votes)
        self._held: LabelEvent | None = None
        self._last_support = 0
        self._stays_until = 0

    @property
    def held(self) -> LabelEvent | None:
        """The event that is being held, as announced, with its highest probability so far."""
        return self._held

    def tune(
        self, thresholds: Mapping[str, float], default_threshold: float, votes: int, *, unsure_votes: int = 0
    ) -> None:
        """Go on with other thresholds and votes; what is held and the newest ballots stay.

        Args:
            thresholds, default_threshold, votes, unsure_votes: as for a new smoother.
        """
        self._thresholds = dict(thresholds)
        self._default = default_threshold
        self._votes, self._unsure_votes = votes, max(unsure_votes, votes)
        self._ballots = deque(self._ballots, maxlen=self._unsure_votes)

    def threshold_of(self, label: str) -> float:
        """Return the least probability at which this label counts."""
        return self._thresholds.get(label, self._default)

    def accepts(self, prediction: Prediction) -> bool:
        """Return whether a prediction counts for its label."""
        return prediction.label not in self._background and prediction.probability >= self.threshold_of(
            prediction.label
        )

    def update(
        self, prediction: Prediction | None, t_ns: int, frame: int, source: str = "", *, may_begin: bool = True
    ) -> tuple[LabelEvent, ...]:
        """Take one tick and return the events that it ends and begins, in this order.

        Args:
            prediction: the tick's prediction, or None where nothing was seen.
            t_ns: the tick's time.
            frame: its frame's index.
            source: the source's name, for the events.
            may_begin: whether a label may begin at this tick; its vote counts either way.
        """
        ballot = self._ballot(prediction, t_ns, frame)
        self._ballots.append(ballot)
        if self._held is not None and t_ns <= self._stays_until:
            self._last_support = t_ns
            return ()
        if self._supports_held(ballot) and self._held is not None:
            self._last_support = t_ns
            self._held = replace(self._held, probability=max(self._held.probability, ballot.probability))
            return ()
        return self._decide(source, may_begin)

    def tell(
        self, label: str, probability: float, t_ns: int, frame: int, source: str = "", *, since_ns: int | None = None
    ) -> tuple[LabelEvent, ...]:
        """Begin a label that needs no vote, and return the events of that; it stays for `STAYS_NS`, while ticks go on.

        Args:
            label, probability: what and how sure.
            t_ns, frame, source: as for `update`.
            since_ns: when it began to be made; what is held ends there at the latest. None for now.
        """
        if self._held is not None and since_ns is not None:
            self._last_support = min(self._last_support, max(since_ns, self._held.t_ns))
        events = self.finish()
        self._held = LabelEvent(self._mode, label, probability, t_ns, frame=frame, source=source)
        self._last_support, self._stays_until = t_ns, t_ns + STAYS_NS
        return (*events, self._held)

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held, at the last tick that supported it, and forget the ballots."""
        self._ballots.clear()
        self._stays_until = 0
        if self._held is None:
            return ()
        ended = replace(self._held, duration_ns=self._last_support - self._held.t_ns, ended=True)
        self._held = None
        return (ended,)

    def _ballot(self, prediction: Prediction | None, t_ns: int, frame: int) -> _Ballot:
        if prediction is None or prediction.label in self._background:
            return _Ballot(None, 0.0, t_ns, frame)
        return _Ballot(prediction.label, prediction.probability, t_ns, frame)

    def _supports_held(self, ballot: _Ballot) -> bool:
        if self._held is None or ballot.label != self._held.label:
            return False
        return ballot.probability >= HOLD * self.threshold_of(self._held.label)

    def _elected(self, ballots: Sequence[_Ballot]) -> str | None:
        """The label that the newest ballots let begin: a few that are sure, or more."""
        least = SURE if self._unsure_votes > self._votes else 0.0
        return self._winner(ballots, self._votes, least) or self._winner(ballots, self._unsure_votes, 0.0)

    def _winner(self, ballots: Sequence[_Ballot], votes: int, least: float) -> str | None:
        """The label on which so many of the newest ballots agree, surely enough on average."""
        if len(ballots) < votes:
            return None
        ballots = ballots[-votes:]
        label = ballots[0].label
        if label is None or any(ballot.label != label for ballot in ballots):
            return None
        mean = sum(ballot.probability for ballot in ballots) / len(ballots)
        # Ticks that each just reach the threshold shall not fail by a rounded sum.
        return label if mean >= max(self.threshold_of(label), least) - 1e-9 else None

    def _decide(self, source: str, may_begin: bool) -> tuple[LabelEvent, ...]:
        ballots = list(self._ballots)
        newest = ballots[-min(self._votes, VOTES) :]
        events: tuple[LabelEvent, ...] = ()
        if self._held is not None:
            if len(newest) < min(self._votes, VOTES) or any(map(self._supports_held, newest)):
                return ()
            events = self.finish()
            self._ballots.extend(ballots)
        winner = self._elected(ballots) if may_begin else None
        if winner is None:
            return events
        self._held = LabelEvent(
            mode=self._mode,
            label=winner,
            probability=max(ballot.probability for ballot in ballots if ballot.label == winner),
            t_ns=ballots[-1].t_ns,
            frame=ballots[-1].frame,
            source=source,
        )
        self._last_support = ballots[-1].t_ns
        return (*events, self._held)
