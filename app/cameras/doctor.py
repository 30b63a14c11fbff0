"""Examines a running camera by its pictures: what it really gives, what that means, what to change.

The examiner is fed with the pictures of a source that runs already (`LiveSource.tap`), so nothing is opened a
second time. What the figures mean is said in `cameras.advice`.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.camera import OPEN_TIMEOUT_S, LiveSource
from app.cameras.advice import Measured, advise
from app.cameras.light import light_of, sample
from app.cameras.v4l2 import CameraFormat
from app.findings import Finding
from recognizers.types import ImageArray, SourceState

SECONDS = 5.0
WARM_UP_S = 1.0
"""A camera needs this long after it was opened until its exposure fits the light."""
LOOK_S = 0.2
_CROP = (240, 320)
_TILE = 8
_QUARTER = 0.936
"""A quarter of the deviations of 64 values each is below this share of the true one (normal noise)."""
_FAR, _MOST_BLUR = 8, 12.0
_GREY = np.array((0.299, 0.587, 0.114), np.float32)
"""The luma of ITU-R BT.601."""

Grey = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CameraReport:
    """What an examination found.

    Attributes:
        measured: the figures; NaN where there were too few pictures.
        asked: what was asked of the camera, or None.
        given: what it promised, or None.
        findings: what that means and what to change, the worst first.
    """

    measured: Measured
    asked: CameraFormat | None
    given: CameraFormat | None
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to change."""
        return all(finding.state == "ok" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values; a figure that could not be measured is None."""

        def plain(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: plain(each) for key, each in value.items()}
            if isinstance(value, float):
                return round(value, 4) if math.isfinite(value) else None
            return value

        return {
            "measured": plain(asdict(self.measured)),
            "asked": plain(asdict(self.asked)) if self.asked else None,
            "given": plain(asdict(self.given)) if self.given else None,
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass(slots=True)
class _Looks:
    """What was measured in each picture that was looked at closely."""

    brightness: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    burnt: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    crushed: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    median: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    contrast: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    bright: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    spread: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    blur: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    noise: deque[float] = field(default_factory=lambda: deque(maxlen=64))


class CameraExaminer:
    """Fed with every picture of a camera, measures it over the last seconds.

    It may be fed in one thread and asked in another, and goes on for as long as it is fed.

    Args:
        asked: what was asked of the camera, or None.
        given: what the camera says that it gives, or None; both may be set later.
        seconds: how long the examination is.
    """

    def __init__(
        self, asked: CameraFormat | None = None, given: CameraFormat | None = None, seconds: float = SECONDS
    ) -> None:
        self.asked = asked
        self.given = given
        self.seconds = seconds
        self._lock = threading.Lock()
        self._restart()

    def _restart(self) -> None:
        self._pictures: deque[tuple[int, bool]] = deque()
        self._began_ns: int | None = None
        self._looked_ns: int | None = None
        self._last: ImageArray | None = None
        self._before: Grey | None = None
        self._size = (0, 0)
        self._looks = _Looks()

    def restart(self) -> None:
        """Forget everything, for another examination."""
        with self._lock:
            self._restart()

    @property
    def progress(self) -> float:
        """How much of the examination is done, 0 to 1."""
        with self._lock:
            if self._began_ns is None or not self._pictures:
                return 0.0
            return min(1.0, (self._pictures[-1][0] - self._began_ns) / 1e9 / self.seconds)

    def add(self, image: ImageArray, t_ns: int) -> None:
        """Take a picture: uint8 (H, W, 3) RGB, and when it was grabbed, in nanoseconds."""
        pixels = sample(image)
        with self._lock:
            size = (image.shape[1], image.shape[0])
            if size != self._size:
                self._restart()  # another size is another camera, as far as the figures go
                self._size = size
            self._began_ns = t_ns if self._began_ns is None else self._began_ns
            repeated = self._last is not None and np.array_equal(pixels, self._last)
            self._last = pixels
            self._pictures.append((t_ns, repeated))
            while t_ns - self._pictures[0][0] > self.seconds * 1e9:
                self._pictures.popleft()
            if self._before is not None:
                self._look_at_noise(_centre(image), repeated)
            if self._looked_ns is None or t_ns - self._looked_ns >= LOOK_S * 1e9:
                self._looked_ns = t_ns
                self._look(image, pixels)

    def _look_at_noise(self, grey: Grey, repeated: bool) -> None:
        before, self._before = self._before, None
        if before is not None and not repeated:
            self._looks.noise.append(noise_between(before, grey))

    def _look(self, image: ImageArray, pixels: ImageArray) -> None:
        grey = pixels @ _GREY
        low, middle, high = np.percentile(grey, (5, 50, 95))
        light = light_of(pixels)
        looks, centre = self._looks, _centre(image)
        looks.brightness.append(float(grey.mean()))
        looks.burnt.append(float((pixels.max(axis=2) >= 250).mean()))
        looks.crushed.append(float((pixels.max(axis=2) <= 5).mean()))
        looks.median.append(float(middle))
        looks.contrast.append(float(high - low))
        looks.spread.append(light.spread)
        looks.bright.append(light.bright)
        noise = float(np.median(looks.noise)) if looks.noise else 0.0
        looks.blur.append(blur_of(centre, noise))
        self._before = centre

    def measured(self) -> Measured:
        """Return the figures of the last seconds; NaN where there were too few pictures."""
        with self._lock:
            times = np.array([t_ns for t_ns, _ in self._pictures], np.int64)
            gaps = np.diff(times) / 1e6
            repeats = [repeated for _, repeated in self._pictures][1:]
            rate = 1000 / float(gaps.mean()) if gaps.size and gaps.mean() > 0 else math.nan
            looks = self._looks
            return Measured(
                width=self._size[0],
                height=self._size[1],
                pictures=len(times),
                rate=rate,
                jitter_ms=float(gaps.std()) if gaps.size > 1 else math.nan,
                longest_gap_ms=float(gaps.max()) if gaps.size else math.nan,
                repeated=sum(repeats) / len(repeats) if repeats else math.nan,
                brightness=_middle(looks.brightness),
                median=_middle(looks.median),
                bright=_middle(looks.bright),
                burnt=_middle(looks.burnt),
                crushed=_middle(looks.crushed),
                contrast=_middle(looks.contrast),
                spread=_middle(looks.spread),
                blur_px=_middle(looks.blur),
                noise=_middle(looks.noise),
            )

    def report(self) -> CameraReport:
        """Return what is known so far, with what it means."""
        measured = self.measured()
        return CameraReport(measured, self.asked, self.given, tuple(advise(measured, self.asked, self.given)))


def examine(
    source: LiveSource, seconds: float = SECONDS, on_progress: Callable[[float], None] | None = None
) -> CameraReport:
    """Run a live source for some seconds and examine its pictures; the caller closes it.

    Args:
        source: not started yet.
        seconds: how long it is measured, after a second in which it gets used to the light.
        on_progress: told now and then how much is done, 0 to 1.

    Raises:
        SourceError: it cannot be opened.
    """
    examiner = CameraExaminer(seconds=seconds)
    began_ns: list[int] = []

    def listen(image: ImageArray, t_ns: int) -> None:
        began_ns[:] = began_ns or [t_ns]
        if t_ns - began_ns[0] >= WARM_UP_S * 1e9:
            examiner.add(image, t_ns)

    end = time.monotonic() + OPEN_TIMEOUT_S + WARM_UP_S + 2 * seconds
    untap, losses, told = source.tap(listen), [], 0.0
    try:
        for update in source.updates(lambda: examiner.progress >= 1.0 or time.monotonic() > end):
            if update.status.state is SourceState.LOST and update.status.message not in losses:
                losses.append(update.status.message)
            if on_progress is not None and examiner.progress != told:
                told = examiner.progress
                on_progress(told)
    finally:
        untap()
    examiner.asked, examiner.given = source.asked, source.given
    report = examiner.report()
    lines = [Finding("loss", "warn", f"it was lost: {text}", "Check its plug and its cable") for text in losses]
    return replace(report, findings=(*lines, *report.findings))


def _middle(values: deque[float]) -> float:
    real = [value for value in values if not math.isnan(value)]
    return float(np.median(real)) if real else math.nan


def _centre(image: ImageArray) -> Grey:
    """Return the middle of a picture in full resolution as luma: float32 (up to 240, up to 320)."""
    height, width = image.shape[:2]
    top, left = max(0, (height - _CROP[0]) // 2), max(0, (width - _CROP[1]) // 2)
    grey: Grey = image[top : top + _CROP[0], left : left + _CROP[1]] @ _GREY
    return grey


def blur_of(grey: Grey, noise: float = 0.0) -> float:
    """Return how blurred the edges of a picture are, as the standard deviation of the blur in pixels.

    About 0.5 and less is sharp; NaN where there is nothing to see. Only the ratio of the mean square difference
    of neighbours to that of pixels eight apart is looked at, so contrast plays no part. For an edge blurred by a
    Gaussian of deviation s, the mean square difference of pixels d apart is proportional to
    d erf(d / 2s) - 2s / sqrt(pi) (1 - exp(-(d / 2s)^2)), the overlap of a box of width d with itself, blurred
    twice; the s that gives the measured ratio is searched for.

    Args:
        grey: float32 (H, W), 0 to 255.
        noise: the standard deviation of the noise in it, which is taken out.
    """
    if min(grey.shape) < 2 * _FAR:
        return math.nan
    own = 2 * noise**2
    near, far = _difference(grey, 1) - own, _difference(grey, _FAR) - own
    if far < 4.0 + own or near < own / 4:
        return math.nan  # a plain wall, or more grain than detail
    low, high = 0.05, _MOST_BLUR
    for _ in range(20):
        middle = (low + high) / 2
        sharper = _overlap(1, middle) / _overlap(_FAR, middle) > near / far
        low, high = (middle, high) if sharper else (low, middle)
    return low


def _difference(grey: Grey, apart: int) -> float:
    """Return the mean square difference of pixels so far apart, along rows and columns."""
    along = np.mean((grey[:, apart:] - grey[:, :-apart]) ** 2)
    return float(along + np.mean((grey[apart:] - grey[:-apart]) ** 2)) / 2


def _overlap(apart: int, blur: float) -> float:
    ratio = apart / (2 * blur)
    return apart * math.erf(ratio) - 2 * blur / math.sqrt(math.pi) * (1 - math.exp(-(ratio**2)))


def noise_between(first: Grey, second: Grey) -> float:
    """Return the standard deviation of the noise in two pictures that follow each other; NaN for other sizes.

    Their difference holds noise and motion; tiles of 8 x 8 pixels in which nothing moves hold noise alone, so
    the lower quarter of the tiles tells it. A difference of two has the root of two times the noise of one.
    """
    if first.shape != second.shape or min(first.shape) < _TILE:
        return math.nan
    rows, columns = first.shape[0] // _TILE, first.shape[1] // _TILE
    difference = (second - first)[: rows * _TILE, : columns * _TILE]
    tiles = difference.reshape(rows, _TILE, columns, _TILE).std(axis=(1, 3))
    return float(np.percentile(tiles, 25)) / (_QUARTER * math.sqrt(2))
