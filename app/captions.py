"""What a caption says at a moment: what is held, what has just ended, or in a word why there is nothing. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from recognizers.modes import mode_named
from recognizers.types import LabelEvent, Snapshot, SourceState

UNSURE = "unsure"

ThresholdOf = Callable[[str, str], float | None]


@dataclass(frozen=True, slots=True)
class Caption:
    """One line to show.

    Attributes:
        mode: the mode's name.
        text: the label for people.
        probability: 0..1; of what is held, now where it is known, else the highest.
        held: False where the label has ended and only lingers.
    """

    mode: str
    text: str
    probability: float
    held: bool


@dataclass(frozen=True, slots=True)
class _Ended:
    event: LabelEvent
    at_s: float


class Captions:
    """Keeps captions for a while after their labels have ended, so that people can read them.

    Args:
        linger_s: for how long, in seconds.
    """

    def __init__(self, linger_s: float) -> None:
        self.linger_s = linger_s
        self._ended: dict[str, _Ended] = {}

    def take(self, events: Iterable[LabelEvent], now_s: float) -> None:
        """Note which labels have ended.

        Args:
            events: what came since the last call, in order.
            now_s: the time of a clock that only goes forward.
        """
        for event in events:
            if event.ended:
                self._ended[event.mode] = _Ended(event, now_s)
            else:
                self._ended.pop(event.mode, None)

    def clear(self) -> None:
        """Forget what has ended."""
        self._ended.clear()

    def at(self, snapshot: Snapshot, now_s: float) -> tuple[Caption, ...]:
        """Return the captions of a moment, in the order of the modes."""
        captions = []
        for mode in snapshot.modes:
            held, ended = snapshot.held.get(mode), self._ended.get(mode)
            if held is not None:
                captions.append(Caption(mode, shown_label(held.label), _now(snapshot, held), held=True))
            elif ended is not None and now_s - ended.at_s < self.linger_s:
                event = ended.event
                captions.append(Caption(mode, shown_label(event.label), event.probability, held=False))
        return tuple(captions)


def shown_label(label: str) -> str:
    """Return a label as people read it: `two_up` becomes `two up`."""
    return label.replace("_", " ").strip() or label


def hint(snapshot: Snapshot, threshold_of: ThresholdOf = lambda _mode, _label: None) -> str:
    """Return in a few words why there is no caption.

    Args:
        snapshot: the moment.
        threshold_of: from a mode and a label to where it begins to count; None where that is not known.

    Returns:
        what is not in view, that the model is unsure, or that there is nothing to report; empty while the source is
        not well, and where a label is probable enough but not yet for long enough.
    """
    if snapshot.status.state is not SourceState.OK or not snapshot.modes:
        return ""
    predictions = [snapshot.predictions[mode] for mode in snapshot.modes if mode in snapshot.predictions]
    foreground = [each for each in predictions if not each.background]
    if foreground:
        counting = [each.probability >= (threshold_of(each.mode, each.label) or 1.0) for each in foreground]
        return "" if any(counting) else UNSURE
    modes = [mode_named(mode) for mode in snapshot.modes]
    hands, face = any(mode.hands for mode in modes), any(not mode.hands for mode in modes)
    landmarks = snapshot.landmarks
    if (hands and landmarks.hands_found.any()) or (face and landmarks.face_found):
        return "" if not predictions else "nothing to report"
    if hands and face:
        return "no hand and no face in view"
    return "no hand in view" if hands else "no face in view"


def _now(snapshot: Snapshot, held: LabelEvent) -> float:
    """Return the newest probability of the held label, or its highest while single predictions say something else."""
    newest = snapshot.predictions.get(held.mode)
    return held.probability if newest is None or newest.label != held.label else newest.probability
