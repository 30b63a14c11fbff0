"""The loop that projects of this kind begin with, to measure against: everything in one place, Keras in every frame.

It follows the usual tutorials: MediaPipe finds the hand, the 15 angles between its bones join the last 30 steps, and a
Keras LSTM predicts from them at every frame. Its weights are random; the time does not depend on them.

As a program, with a video and a hand landmarker file, it prints its labels, to be measured as a whole process.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

STEPS = 30
LABELS = 13
_FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (0, 9, 10, 11, 12), (0, 13, 14, 15, 16), (0, 17, 18, 19, 20))


class SeedLoop:
    """Finds a hand and predicts from it, frame by frame.

    Args:
        landmarker: MediaPipe's hand landmarker for one hand, in VIDEO mode.
    """

    def __init__(self, landmarker: Any) -> None:
        self._landmarker = landmarker
        self._model = _network()
        self._window: deque[npt.NDArray[np.float32]] = deque(maxlen=STEPS)
        self.predict_ms: list[float] = []
        """What each `predict` took."""

    def step(self, picture: Any, ms: int) -> int | None:
        """Return the number of the label in a picture, or None without a hand or before 30 frames had one."""
        found = self._landmarker.detect_for_video(picture, ms).hand_landmarks
        if not found:
            return None
        self._window.append(angles(np.array([(point.x, point.y, point.z) for point in found[0]])))
        if len(self._window) < STEPS:
            return None
        begin = time.perf_counter()
        scores = self._model.predict(np.stack(self._window)[None], verbose=0)[0]
        self.predict_ms.append((time.perf_counter() - begin) * 1e3)
        return int(scores.argmax())


def angles(points: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return the 15 angles between the consecutive bones of each finger, in radians, of points (21, 3)."""
    bends = []
    for finger in _FINGERS:
        bones = np.diff(points[list(finger)], axis=0)
        bones /= np.linalg.norm(bones, axis=1, keepdims=True)
        bends += list(np.arccos(np.clip((bones[:-1] * bones[1:]).sum(axis=1), -1, 1)))
    return np.array(bends, np.float32)


def open_landmarker(mediapipe: Any, model: Path, hands: int) -> Any:
    """Open MediaPipe's own hand landmarker in VIDEO mode."""
    vision = mediapipe.tasks.vision
    options = vision.HandLandmarkerOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        num_hands=hands,
    )
    return vision.HandLandmarker.create_from_options(options)


def _network() -> Any:
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((STEPS, 15)),
            layers.LSTM(64, return_sequences=True),
            layers.LSTM(128, return_sequences=True),
            layers.LSTM(64),
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(LABELS, activation="softmax"),
        ]
    )


def main(video: str, model: str) -> None:
    """Go through a video and print a line for each frame with a label."""
    from recognizers.privacy import block_usage_reports

    block_usage_reports()
    import cv2
    import mediapipe

    capture = cv2.VideoCapture(video)
    with open_landmarker(mediapipe, Path(model), hands=1) as landmarker:
        loop = SeedLoop(landmarker)
        for index in range(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))):
            found, image = capture.read()
            if not found:
                break
            pixels = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
            label = loop.step(picture, index * 40)
            if label is not None:
                print(f"label {label}", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(*sys.argv[1:])
