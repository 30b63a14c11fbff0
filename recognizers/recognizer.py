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
from recognizers.face_calibration import FaceCalibration, check_calibratable, refused
from recognizers.face_reader import FaceReader
from recognizers.features import MOVEMENT_FEATURES, hand_features
from recognizers.second_look import Look, same_hands
from recognizers.sequence import MAX_GAP_NS, SequenceWindow, Ticker, joined, parted
from recognizers.smoothing import UNSURE_VOTES, VOTES, Smoother
from recognizers.steadiness import Steadiness
from recognizers.tracer import Drawn, Tracer
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
        self._steadiness = Steadiness() if info.input == "still" else None
        self._tracer = Tracer(info.traces, info.labels, self._scores_of) if info.traces else None
        self._newest: Prediction | None = None
        self._last_t: int | None = None
        self._place = (0, "")  # the last frame's number and source
        self._last_seen: int | None = None
        self._spoken = 0  # the slot of the hand that the newest prediction is about

    @property
    def held(self) -> LabelEvent | None:
        """The event being held now."""
        return self._smoother.held

    @property
    def may_begin(self) -> bool:
        """Whether a label may begin now: the hand that the newest prediction is about is held and draws nothing."""
        if self._steadiness is not None and not self._steadiness.is_steady(self._spoken):
            return False
        return self._tracer is None or self._newest is None or not self._tracer.busy_with(self._newest.label)

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
            unsure_votes=UNSURE_VOTES if info.input == "still" else 0,
        )

    @property
    def calibration(self) -> FaceCalibration | None:
        """The resting face that is taken out of the answers; None where they are given as they are."""
        return None if self._face is None else self._face.calibration

    def calibrate(self, calibration: FaceCalibration | None) -> None:
        """Take a resting face out of the answers from now on; None for none. What is seen and held goes on.

        Raises:
            UsageError: the bundle reads no faces, or does not know a neutral one.
            FormatError: the resting face was taken with another model.
        """
        if calibration is not None:
            check_calibratable(self.bundle)
            if not calibration.fits(self.bundle):
                raise refused(self.bundle, calibration)
        if self._face is not None:
            self._face.calibration = calibration

    def threshold_of(self, label: str) -> float:
        """Return the least probability at which a label counts."""
        return self._smoother.threshold_of(label)

    def accepts(self, prediction: Prediction) -> bool:
        """Return whether a prediction is worth reporting: not background, and probable enough."""
        return self._smoother.accepts(prediction)

    def reset(self) -> None:
        """Forget everything, as at the start of a source; what is held is dropped, so call `finish` before."""
        self._ticker.reset()
        self._forget()
        self._smoother.finish()
        self._last_t = self._last_seen = None

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held, as at the end of a source; a sign that was just drawn begins and ends."""
        return self._finish(self._last_t or 0)

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
        self._place = (frame.index if frame is not None else index or 0, source)
        seen = landmarks.face_found if self._face is not None else bool(landmarks.hands_found.any())
        if seen:
            self._last_seen = t_ns
        elif self._last_seen is None or t_ns - self._last_seen > MAX_GAP_NS:
            events += self.finish()
            self._forget()
        if self._window is not None and (seen or self._last_seen is not None):
            self._window.add(t_ns, joined(landmarks.hands[None], landmarks.face_points[None])[0])
        if self._steadiness is not None:
            self._steadiness.add(landmarks)
        if self._tracer is not None:
            events += self._told(self._tracer.add(landmarks), t_ns)
        if self._ticker.due(t_ns):
            self._newest = self._predict(frame, landmarks)
            events += self._smoother.update(self._newest, t_ns, *self._place, may_begin=self.may_begin)
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
            face = self._face.read(frame, landmarks)
            return None if face is None else self._prediction(face, landmarks.t_ns)
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
        last, self._last_t = self._last_t, t_ns
        if last is None or t_ns - last <= MAX_GAP_NS:
            return ()
        events = self._finish(last)
        self._forget()
        return events

    def _finish(self, t_ns: int) -> tuple[LabelEvent, ...]:
        drawn = self._tracer.finish() if self._tracer is not None else None
        return (*self._told(drawn, t_ns), *self._smoother.finish())

    def _told(self, drawn: Drawn | None, t_ns: int) -> tuple[LabelEvent, ...]:
        """Return the events of a sign that was drawn and is probable enough."""
        if drawn is None or drawn.probability < self.threshold_of(drawn.trace.label):
            return ()
        label, since = drawn.trace.label, drawn.begin_ns
        return self._smoother.tell(label, drawn.probability, t_ns, *self._place, since_ns=since)

    def _forget(self) -> None:
        self._newest = None
        self._last_seen = None
        if self._window is not None:
            self._window.reset()
        if self._face is not None:
            self._face.reset()
        if self._steadiness is not None:
            self._steadiness.reset()
        if self._tracer is not None:
            self._tracer.reset()

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
        predictions = {slot: self._prediction(row, t_ns) for slot, row in scores.items()}
        if not predictions:
            return None
        self._spoken = max(
            predictions, key=lambda slot: (not predictions[slot].background, predictions[slot].probability)
        )
        return predictions[self._spoken]

    def _scores_of(self, hand: FloatArray, side: int, image_size: tuple[int, int] | None) -> FloatArray:
        scores: FloatArray = self.bundle.predict(hand_features(hand, image_size, side)[None])[0]
        return scores

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
