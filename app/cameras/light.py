"""Judges a running camera by its pictures: black, dark, slow because of the dark, or standing still.

It looks at every thirtieth pixel or so, a few times a second, in the thread that grabs. A judgement changes
only when the new one has held for a second, and each limit is left a little later than it is entered, so that
the line on the screen does not flicker.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.cameras.causes import Cause, remedy_of
from recognizers.types import ImageArray, SourceState, SourceStatus

LOOK_S = 0.1
"""The light is looked at this often; a picture more would tell nothing more."""
SETTLE_S = 1.0
"""A judgement must hold this long before it is told."""
BLACK_MEAN, BLACK_SPREAD = 24.0, 1.2
"""A picture is black where its mean is below the first and the means of its tiles differ by no more than the
second: a covered lens shows grain, but no shapes."""
DARK_MEAN, DARK_BRIGHT = 45.0, 95.0
"""A picture is dark where its mean and its brightest tenth are below these, of 255. A lit face before a dark
wall is not dark."""
DIM_MEAN = 100.0
"""Cameras lengthen the exposure to keep about this mean; one that is slow below it waits for light."""
SLOW_SHARE = 0.75
"""A camera is slow below this share of the promised rate."""
EASE = 1.15
"""A limit is left at this multiple of the value at which it is entered."""
ALIVE_PICTURES = 30
"""A camera whose pictures all differed for so many in a row has grain, and no two of its pictures are alike."""
_SPAN_S = 2.0
_GRID = 40
_TILES = 5


@dataclass(frozen=True, slots=True)
class Light:
    """How bright a picture is, each on a scale of 0 to 255.

    Attributes:
        mean: of all sampled pixels.
        bright: the value that nine tenths of them do not reach.
        spread: the standard deviation of the means of 25 tiles; near 0 where there is nothing to see.
    """

    mean: float
    bright: float
    spread: float


def sample(image: ImageArray) -> ImageArray:
    """Return about 40 x 40 pixels of a picture, as a small copy: uint8 (h, w, 3)."""
    height, width = image.shape[:2]
    return np.ascontiguousarray(image[:: max(1, height // _GRID), :: max(1, width // _GRID)])


def light_of(pixels: ImageArray) -> Light:
    """Return how bright some sampled pixels are."""
    # Green alone is most of what an eye calls bright, and a third of the work.
    grey: npt.NDArray[np.uint8] = pixels[:, :, 1]
    rows, columns = max(1, grey.shape[0] // _TILES), max(1, grey.shape[1] // _TILES)
    whole = grey[: grey.shape[0] // rows * rows, : grey.shape[1] // columns * columns]
    tiles = whole.reshape(whole.shape[0] // rows, rows, -1, columns).mean(axis=(1, 3))
    bright = np.partition(grey, int(grey.size * 0.9), axis=None)[int(grey.size * 0.9)]
    return Light(float(grey.mean()), float(bright), float(tiles.std()))


class PictureWatch:
    """Told of every picture of a live source, says how the source is doing.

    Args:
        promised_rate: the pictures a second that the camera's format promises, or None.
        stale_s: pictures that do not change at all for this long, from a camera whose pictures always did, are
            one old picture again and again.
    """

    def __init__(self, promised_rate: float | None = None, stale_s: float = 1.0) -> None:
        self._promised = promised_rate
        self._stale_ns = round(stale_s * 1e9)
        self._times: deque[int] = deque()
        self._last: ImageArray | None = None
        self._changed_ns: int | None = None
        self._changes = 0
        self._plain = False
        self._stands_still_by_nature = False
        self._looked_ns: int | None = None
        self._cause: Cause | None = None
        self._next: Cause | None = None
        self._since_ns = 0
        self._status = SourceStatus(SourceState.OK)

    def is_new(self, image: ImageArray, t_ns: int) -> bool:
        """Return whether a picture is worth showing as live, and take note of it.

        False for the same picture again and again. Sources that stand still by nature, such as a slide show or
        a covered lens, are told by having stood still before, or by having nothing in their pictures.

        Args:
            image: the picture.
            t_ns: when it was grabbed; never earlier than the one before.
        """
        pixels = sample(image)
        self._times.append(t_ns)
        while t_ns - self._times[0] > _SPAN_S * 1e9:
            self._times.popleft()
        if self._last is None or self._changed_ns is None or not np.array_equal(pixels, self._last):
            self._last, self._changed_ns, self._changes = pixels, t_ns, self._changes + 1
        still = t_ns - self._changed_ns > self._stale_ns
        if still and self._changes < ALIVE_PICTURES:
            self._stands_still_by_nature = True
        if self._looked_ns is None or t_ns - self._looked_ns >= LOOK_S * 1e9:
            self._looked_ns = t_ns
            self._judge(light_of(pixels), t_ns)
        return not still or self._stands_still_by_nature or self._plain

    @property
    def changed_ns(self) -> int:
        """When the newest picture came that differed from the one before."""
        return self._changed_ns or 0

    @property
    def status(self) -> SourceStatus:
        """The state ok, with what is less than well about the pictures."""
        return self._status

    @property
    def rate(self) -> float | None:
        """Pictures a second over the last two seconds; None before there is one second."""
        if len(self._times) < 2 or self._times[-1] - self._times[0] < 1e9:
            return None
        return (len(self._times) - 1) / (self._times[-1] - self._times[0]) * 1e9

    def _judge(self, light: Light, t_ns: int) -> None:
        self._plain = light.spread < BLACK_SPREAD
        now = self._cause_of(light)
        if now is not self._next:
            self._next, self._since_ns = now, t_ns
        if now is not self._cause and t_ns - self._since_ns >= SETTLE_S * 1e9:
            self._cause = now
            self._status = self._described(now)

    def _cause_of(self, light: Light) -> Cause | None:
        """Return what is wrong with the picture now; the limit of what was said last is a little wider."""

        def limit(value: float, *causes: Cause) -> float:
            return value * EASE if self._cause in causes else value

        if light.mean < limit(BLACK_MEAN, Cause.BLACK) and light.spread < limit(BLACK_SPREAD, Cause.BLACK):
            return Cause.BLACK
        slow = self._is_slow(limit(SLOW_SHARE, Cause.DARK_SLOW))
        if slow and light.mean < limit(DIM_MEAN, Cause.DARK_SLOW):
            return Cause.DARK_SLOW
        dim = light.mean < limit(DARK_MEAN, Cause.DARK) and light.bright < limit(DARK_BRIGHT, Cause.DARK)
        return Cause.DARK if dim else None

    def _is_slow(self, share: float) -> bool:
        return self._promised is not None and self.rate is not None and self.rate < share * self._promised

    def _described(self, cause: Cause | None) -> SourceStatus:
        if cause is None:
            return SourceStatus(SourceState.OK)
        rate = math.nan if self.rate is None else self.rate
        text = {
            Cause.BLACK: "The picture is black",
            Cause.DARK: "The picture is too dark",
            Cause.DARK_SLOW: f"Only {rate:.0f} pictures a second, because it is dark",
        }[cause]
        return SourceStatus(SourceState.OK, text, remedy_of(cause), cause)
