"""Stand-ins for the heavy parts, for tests and trials: no model, no MediaPipe, all by a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from recognizers.face_calibration import FaceCalibration
from recognizers.recognizer import Update
from recognizers.second_look import Look
from recognizers.smoothing import DEFAULT_THRESHOLD, VOTES, Smoother
from recognizers.types import HAND_POINTS, RIGHT, Frame, LabelEvent, Landmarks, Prediction

LABELS = ("none", "palm", "fist")


class ScriptedLandmarker:
    """A landmarker that finds a right hand wherever the picture is not black; its place tells nothing.

    Attributes:
        log: what was asked of it, in order: the indices of the frames, "watch", "reset", "close".
    """

    def __init__(self) -> None:
        self.log: list[int | str] = []
        self.stage_ms: Mapping[str, float] = {"hands": 1.0}

    def detect(self, frame: Frame) -> Landmarks:
        """Return a hand, or none for a black picture."""
        self.log.append(frame.index)
        hands = np.full((2, HAND_POINTS, 3), np.nan, np.float32)
        if frame.image.any():
            hands[RIGHT] = np.linspace(0.3, 0.7, HAND_POINTS, dtype=np.float32)[:, None]
        return Landmarks(t_ns=frame.t_ns, hands=hands, image_size=frame.size)

    def watch(self, *, hands: int, face: bool, mesh: bool) -> None:
        """Remember that it was asked."""
        self.log.append("watch")

    def reset(self) -> None:
        """Remember that it was asked."""
        self.log.append("reset")

    def close(self) -> None:
        """Remember that it was asked."""
        self.log.append("close")


class ScriptedRecognizer:
    """A recognizer that says what a function says, where there is a hand; every frame is a tick.

    Args:
        says: from landmarks to one of LABELS and its probability.
        mode: the mode that it serves.
        face: whether it asks for face points.
        hands: how many hands it asks for.

    Attributes:
        tuned: the thresholds and holds that were asked for, in order.
        calibration: the resting face that was given last.
    """

    def __init__(
        self,
        says: Callable[[Landmarks], tuple[str, float]],
        *,
        mode: str = "gesture",
        face: bool = False,
        hands: int = 2,
    ) -> None:
        self.mode, self.bundle_id = mode, f"scripted {mode}"
        self.needs_hands, self.needs_face, self.needs_mesh = hands, face, face and not hands
        self.calibration: FaceCalibration | None = None
        self.tuned: list[tuple[float | None, float | None]] = []
        self._says = says
        self._smoother = Smoother(mode, {}, ("none",))

    @property
    def held(self) -> LabelEvent | None:
        """The event being held now."""
        return self._smoother.held

    def accepts(self, prediction: Prediction) -> bool:
        """Return whether a prediction is worth reporting."""
        return self._smoother.accepts(prediction)

    def update(self, frame: Frame | None, landmarks: Landmarks, source: str = "", index: int | None = None) -> Update:
        """Take the next frame's landmarks."""
        prediction = self.still(frame, landmarks)
        number = frame.index if frame is not None else index or 0
        return Update(prediction, self._smoother.update(prediction, landmarks.t_ns, number, source))

    def still(self, frame: Frame | None, landmarks: Landmarks, again: Look | None = None) -> Prediction | None:
        """Predict from one picture alone; it is never looked at again."""
        if not landmarks.hands_found.any():
            return None
        label, probability = self._says(landmarks)
        rest = (1 - probability) / (len(LABELS) - 1)
        scores = np.array([probability if each == label else rest for each in LABELS], np.float32)
        return Prediction(
            self.mode, self.bundle_id, LABELS, label, probability, scores, landmarks.t_ns, label == "none"
        )

    def tune(self, threshold: float | None = None, hold_s: float | None = None) -> None:
        """Go on with another threshold and hold, at ten ticks a second."""
        self.tuned.append((threshold, hold_s))
        votes = max(VOTES, round((hold_s or 0.0) * 10))
        self._smoother.tune({}, DEFAULT_THRESHOLD if threshold is None else threshold, votes)

    def calibrate(self, calibration: FaceCalibration | None) -> None:
        """Take a resting face out of the answers; here it is only remembered."""
        self.calibration = calibration

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held."""
        return self._smoother.finish()

    def reset(self) -> None:
        """Forget everything."""
        self._smoother.finish()
