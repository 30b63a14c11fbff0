"""Larger canvases for tight crops, which hide hands from the palm detector.

Measured on 100 crops a class of about 40 to 200 pixels, hands found at default thresholds: as they are, fist
15, mute 28, like 39, none 21, palm 81; on a canvas 2.5 times their long side, filled by repeating the border
pixels, fist 89, mute 82, like 93, none 80, palm 98. Further canvases, tried where that one shows nothing,
bring on 1,000 a class fist 97.1 %, like 97.5 %, mute 92.0 %, call 94.6 %.
"""

from __future__ import annotations

from collections.abc import Iterator

from recognizers.canvas import HAND_CANVASES, SMALL, on_canvas
from recognizers.types import ImageArray

AS_IT_IS = "none"


def candidates(image: ImageArray, padding: str) -> Iterator[tuple[str, ImageArray]]:
    """Yield what to look at, in order, until a hand is found: the canvas's name and the picture.

    Args:
        image: uint8 (H, W, 3).
        padding: `auto` (canvases for small pictures) or `none`.
    """
    if padding == "auto" and max(image.shape[:2]) < SMALL:
        for canvas in HAND_CANVASES:
            yield canvas.name, on_canvas(image, canvas)
    yield AS_IT_IS, image
