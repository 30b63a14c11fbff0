"""MediaPipe's small detector networks, run by LiteRT: anchors over a square picture, each with a score and a box.

BlazeFace (Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019) and BlazePalm
(Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", 2020) share their form: at every place of two grids
stand several anchors; for each the network tells how sure it is that something is there, and where its box and its
points lie, counted from the anchor's centre.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from recognizers.types import FloatArray, ImageArray

_STRIDES = ((8, 2), (16, 6))
"""Pixels between places, and how many anchors stand at each."""


class AnchorNetwork:
    """A loaded detector network; not safe to be called by two threads at once.

    Args:
        model: the content of its .tflite file.
        points: how many points it tells beside the box.
        low, high: the range in which it takes colours.

    Raises:
        ValueError: it is no such network.
        RuntimeError: LiteRT refuses it.
    """

    def __init__(self, model: bytes, points: int, low: float, high: float) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._low, self._gain = np.float32(low), np.float32((high - low) / 255.0)
        self._interpreter: Any = Interpreter(model_content=model, num_threads=1)
        self._interpreter.allocate_tensors()
        (picture,) = self._interpreter.get_input_details()
        self._input, self._side = picture["index"], int(picture["shape"][1])
        self._centres = _centres(self._side)
        outputs = {tuple(map(int, out["shape"][1:])): out["index"] for out in self._interpreter.get_output_details()}
        values, scores = (len(self._centres), 4 + 2 * points), (len(self._centres), 1)
        if set(outputs) != {values, scores}:
            raise ValueError(f"expected outputs of shape {values} and {scores}, found {list(outputs)}")
        self._values, self._scores = outputs[values], outputs[scores]

    def look(self, image: ImageArray, score: float) -> tuple[FloatArray, FloatArray]:
        """Return what is in a picture, the surest first; one thing may be found at several anchors.

        Args:
            image: uint8 (H, W, 3) RGB.
            score: the least probability.

        Returns:
            The probabilities, float32 (n,), and float32 (n, 4 + 2 * points) in pixels: the box's centre, its width
            and height, and x and y of each point.
        """
        small, scale, margin = _letterbox(image, self._side)
        self._interpreter.set_tensor(self._input, small[None] * self._gain + self._low)
        self._interpreter.invoke()
        logits = self._interpreter.get_tensor(self._scores)[0, :, 0]
        sure: npt.NDArray[np.intp] = np.flatnonzero(logits >= np.log(score / (1.0 - score)))
        sure = sure[np.argsort(-logits[sure], kind="stable")]
        found = self._interpreter.get_tensor(self._values)[0, sure]
        origins = np.tile(self._centres[sure] - margin, found.shape[1] // 2)
        origins[:, 2:4] = 0.0
        probabilities: FloatArray = 1.0 / (1.0 + np.exp(-logits[sure]))
        return probabilities, ((found + origins) / scale).astype(np.float32)


def _letterbox(image: ImageArray, side: int) -> tuple[ImageArray, float, npt.NDArray[np.float64]]:
    """Return the picture scaled into a square, the scale, and the left and top margin.

    It is sampled exactly where MediaPipe samples: corners of pixels stay corners, and nothing is averaged.
    """
    import cv2

    height, width = image.shape[:2]
    scale = side / max(height, width)
    margin = (side - scale * np.array([width, height])) / 2
    place = np.array([[scale, 0.0, margin[0]], [0.0, scale, margin[1]]])
    small: ImageArray = cv2.warpAffine(image, place, (side, side), flags=cv2.INTER_LINEAR)
    return small, scale, margin


def _centres(side: int) -> FloatArray:
    """Return the anchors' centres in the network's pixels: float32 (n, 2)."""
    grids = []
    for stride, count in _STRIDES:
        centres = np.arange(stride / 2, side, stride, dtype=np.float32)
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), count, axis=0))
    return np.concatenate(grids)
