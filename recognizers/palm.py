"""Finds palms in a picture with the detector inside the hand model, without looking for fingers.

MediaPipe offers the palm detector only together with the hand's 21 points. To notice that a second hand came
into view, the palms alone are enough and cost half. The network is BlazePalm (Zhang et al., "MediaPipe
Hands: On-device Real-time Hand Tracking", 2020): 192 x 192 pixels in, 2016 anchors out, each with a score
and a box.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recognizers.types import FloatArray, ImageArray

SIDE = 192
SCORE = 0.5
"""The least probability of a palm; MediaPipe's own default."""

_STRIDES = ((8, 2), (16, 6))
"""Pixels between anchors, and how many stand at each place."""
_LOGIT = float(np.log(SCORE / (1.0 - SCORE)))


class PalmDetector:
    """Finds palms; not safe to be called by two threads at once.

    Args:
        model: the bytes of hand_detector.tflite.
    """

    def __init__(self, model: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter: Any = Interpreter(model_content=model, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = {int(out["shape"][-1]): out["index"] for out in self._interpreter.get_output_details()}
        self._boxes, self._scores = outputs[18], outputs[1]
        self._anchors = _anchors()

    def detect(self, image: ImageArray) -> FloatArray:
        """Return the palms in a picture, the surest first.

        Args:
            image: uint8 (H, W, 3) RGB.

        Returns:
            float32 (n, 4): the centre's x and y and the palm's side, in pixels; the probability.
        """
        picture, scale, left, top = _letterbox(image)
        self._interpreter.set_tensor(self._input, picture)
        self._interpreter.invoke()
        scores = self._interpreter.get_tensor(self._scores)[0, :, 0]
        sure = np.flatnonzero(scores >= _LOGIT)
        sure = sure[np.argsort(-scores[sure], kind="stable")]
        boxes = self._interpreter.get_tensor(self._boxes)[0, sure]
        centres = (boxes[:, :2] + self._anchors[sure] - (left, top)) / scale
        sides = boxes[:, 2:4].max(axis=1, keepdims=True) / scale
        probabilities = 1.0 / (1.0 + np.exp(-scores[sure, None]))
        return _apart(np.concatenate([centres, sides, probabilities], axis=1).astype(np.float32))


def _letterbox(image: ImageArray) -> tuple[FloatArray, float, int, int]:
    """Return the picture in the network's size and range, with its scale and its left and top margin."""
    import cv2

    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    picture = np.zeros((1, SIDE, SIDE, 3), np.float32)
    small = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)  # as MediaPipe does; 20 times quicker
    np.divide(small, 255.0, out=picture[0, top : top + size[1], left : left + size[0]])
    return picture, scale, left, top


def _anchors() -> FloatArray:
    """Return the anchors' centres in the network's pixels: float32 (2016, 2)."""
    grids = []
    for stride, count in _STRIDES:
        centres = np.arange(stride / 2, SIDE, stride, dtype=np.float32)
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), count, axis=0))
    return np.concatenate(grids)


def _apart(palms: FloatArray) -> FloatArray:
    """Keep the surest of those that lie on each other."""
    kept: list[int] = []
    for index, (x, y, side, _) in enumerate(palms):
        if all(np.hypot(x - palms[k, 0], y - palms[k, 1]) > 0.5 * max(side, palms[k, 2]) for k in kept):
            kept.append(index)
    return palms[kept]
