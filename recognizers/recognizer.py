"""One mode's recognizer: features or crop, window, bundle and smoothing, the same for a live camera and for a file.

Feed it every frame in order; it decides by the timestamps when to predict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from recognizers.bundle import Bundle
from recognizers.clips import Clip
from recognizers.errors import BundleError
from recognizers.face_reader import FaceReader
from recognizers.features import MOVEMENT_FEATURES, hand_features
from recognizers.second_look import Look, same_hands
from recognizers.sequence import MAX_GAP_NS, SequenceWindow, Ticker, joined, parted
from recognizers.smoothing import VOTES, Smoother
from recognizers.types import FloatArray, Frame, LabelEvent, Landmarks, Prediction

SURE = 0.95
"""A still whose most probable label reaches this is not looked at again."""


class Update(NamedTuple):
    """What one frame brought.

    Attributes:
        prediction: the newest prediction, or None while there is none: nothing is seen, or a window still fills.
        events: what ended and began, in this order.
    """

    prediction: Prediction | None
    events: tuple[LabelEvent, ...]


class Recognizer:
    """Recognizes what one bundle knows.

    Args:
        bundle: a loaded bundle; it belongs to this recognizer alone.
        threshold: the least probability for every label, instead of the bundle's own thresholds.
        hold_s: how many seconds a label must be seen before it counts; None for the least, three ticks.

    Raises:
        BundleError: the bundle reads something that this version does not provide.
    """

    def __init__(self, bundle: Bundle, threshold: float | None = None, hold_s: float | None = None) -> None:
        info = bundle.info
        if info.input not in ("still", "sequence", "face"):
            raise BundleError(
                f"this Mudra cannot feed a bundle with '{info.input}' input",
                where=bundle.folder,
                expected="still, sequence or face",
                remedy="Update Mudra",
            )
        self.bundle, self.mode, self.bundle_id = bundle, info.mode, bundle.id
        self.needs_hands = 0 if info.input == "face" else 2
        self.needs_face = info.input in ("sequence", "face")
        self.needs_mesh = info.input == "face"
        self._background = frozenset(info.background)
        self._smoother = Smoother(self.mode, {}, self._background)
        self.tune(threshold, hold_s)
        self._ticker = Ticker(info.rate_hz)
        self._window = SequenceWindow(info.window_steps, info.window_seconds) if info.input == "sequence" else None
        self._face = FaceReader(bundle) if info.input == "face" else None
        self._newest: Prediction | None = None
        self._last_t: int | None = None
        self._last_seen: int | None = None

    @property
    def held(self) -> LabelEvent | None:
        """The event being held now."""
        return self._smoother.held

    def tune(self, threshold: float | None = None, hold_s: float | None = None) -> None:
        """Go on with another threshold and hold; what is seen and held stays.

        Args:
            threshold, hold_s: as for a new recognizer; None is the bundle's own threshold, and three ticks.
        """
        info = self.bundle.info
        self._smoother.tune(
            info.thresholds if threshold is None else {},
            info.default_threshold if threshold is None else threshold,
            max(VOTES, round((hold_s or 0.0) * info.rate_hz)),
        )

    def threshold_of(self, label: str) -> float:
        """Return the least probability at which a label counts."""
        return self._smoother.threshold_of(label)

    def accepts(self, prediction: Prediction) -> bool:
        """Return whether a prediction is worth reporting: not background, and probable enough."""
        return self._smoother.accepts(prediction)

    def reset(self) -> None:
        """Forget everything, as at the start of a source; what is held is dropped, so call `finish` before."""
        self._smoother.finish()
        self._ticker.reset()
        self._forget()
        self._last_t = self._last_seen = None

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held, as at the end of a source."""
        return self._smoother.finish()

    def update(self, frame: Frame | None, landmarks: Landmarks, source: str = "", index: int | None = None) -> Update:
        """Take the next frame's landmarks.

        Args:
            frame: the picture, or None for a source without pictures, in which no face can be read.
            landmarks: what was found in it; times must increase.
            source: the source's name, for the events.
            index: the frame's number, where there is no picture to tell it.
        """
        t_ns = landmarks.t_ns
        events = self._break_at_gap(t_ns)
        seen = landmarks.face_found if self._face is not None else bool(landmarks.hands_found.any())
        if seen:
            self._last_seen = t_ns
        elif self._last_seen is None or t_ns - self._last_seen > MAX_GAP_NS:
            events += self._smoother.finish()
            self._forget()
        if self._window is not None and (seen or self._last_seen is not None):
            self._window.add(t_ns, joined(landmarks.hands[None], landmarks.face_points[None])[0])
        if self._ticker.due(t_ns):
            self._newest = self._predict(frame, landmarks)
            number = frame.index if frame is not None else index or 0
            events += self._smoother.update(self._newest, t_ns, number, source)
        elif not seen and self._window is None:
            self._newest = None
        return Update(self._newest, events)

    def still(self, frame: Frame | None, landmarks: Landmarks, again: Look | None = None) -> Prediction | None:
        """Predict from one picture alone, without time; None where nothing is seen, or the bundle needs a movement.

        Args:
            frame: the picture; only of a face.
            landmarks: what was found in it.
            again: looks once more, see `second_look`; asked where the hands leave a doubt, and both looks then count
                alike.
        """
        if self._face is not None:
            scores = self._face.read(frame, landmarks)
            return None if scores is None else self._prediction(scores, landmarks.t_ns)
        if self._window is not None:
            return None
        hands = self._hand_scores(landmarks)
        prediction = self._most_said(hands, landmarks.t_ns)
        if prediction is None or again is None or prediction.probability >= SURE:
            return prediction
        second = again()
        others = self._hand_scores(second)
        for slot, other in same_hands(landmarks, second).items():
            hands[slot] = np.float32(0.5) * (hands[slot] + others[other])
        return self._most_said(hands, landmarks.t_ns)

    def predict_clip(self, clip: Clip | Iterable[Landmarks]) -> list[LabelEvent]:
        """Return the whole events of a recording, from a clean state, and leave a clean state."""
        self.reset()
        found = clip.landmarks() if isinstance(clip, Clip) else clip
        events = [
            event for index, landmarks in enumerate(found) for event in self.update(None, landmarks, index=index).events
        ]
        events.extend(self.finish())
        self.reset()
        return [event for event in events if event.ended]

    def _break_at_gap(self, t_ns: int) -> tuple[LabelEvent, ...]:
        gap = self._last_t is not None and t_ns - self._last_t > MAX_GAP_NS
        self._last_t = t_ns
        if not gap:
            return ()
        events = self._smoother.finish()
        self._forget()
        return events

    def _forget(self) -> None:
        self._newest = None
        self._last_seen = None
        if self._window is not None:
            self._window.reset()
        if self._face is not None:
            self._face.reset()

    def _predict(self, frame: Frame | None, landmarks: Landmarks) -> Prediction | None:
        if self._face is not None:
            scores = self._face.read_on(frame, landmarks)
            return None if scores is None else self._prediction(scores, landmarks.t_ns)
        if self._window is None:
            return self._most_said(self._hand_scores(landmarks), landmarks.t_ns)
        steps = self._window.window(landmarks.t_ns)
        if steps is None:
            return None
        # Features come after resampling, as in training: those of two moments cannot be mixed.
        features = MOVEMENT_FEATURES[self.bundle.info.features](*parted(steps), landmarks.image_size)
        return self._prediction(self.bundle.predict(features[None])[0], landmarks.t_ns)

    def _hand_scores(self, landmarks: Landmarks) -> dict[int, FloatArray]:
        """Return the scores (C,) of each hand that is there, by slot."""
        slots = np.flatnonzero(landmarks.hands_found).tolist()
        if not slots:
            return {}
        features = [hand_features(landmarks.hands[slot], landmarks.image_size, slot) for slot in slots]
        return dict(zip(slots, self.bundle.predict(np.stack(features)), strict=True))

    def _most_said(self, scores: Mapping[int, FloatArray], t_ns: int) -> Prediction | None:
        """Of two hands, the one that says more: the surest label that is not background, else the surest of all."""
        predictions = [self._prediction(row, t_ns) for row in scores.values()]
        return max(predictions, key=lambda one: (not one.background, one.probability), default=None)

    def _prediction(self, scores: FloatArray, t_ns: int) -> Prediction:
        best = int(scores.argmax())
        labels = self.bundle.info.labels
        return Prediction(
            mode=self.mode,
            bundle=self.bundle_id,
            labels=labels,
            label=labels[best],
            probability=float(scores[best]),
            scores=scores,
            t_ns=t_ns,
            background=labels[best] in self._background,
        )
