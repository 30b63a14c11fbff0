"""What the figures of a camera mean, and what to change. One function for each thing that is looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from app.cameras.causes import Cause, remedy_of
from app.cameras.light import BLACK_MEAN, BLACK_SPREAD, DARK_BRIGHT, DARK_MEAN, DIM_MEAN, SLOW_SHARE
from app.cameras.v4l2 import CameraFormat
from app.findings import Finding

ENOUGH_RATE = 20.0
"""Fewer pictures a second blur fast signs and let the landmarker lose the hand."""
SMALL, LARGE = 360, 1080
"""Heights: smaller pictures hold too little of a hand some steps away, larger ones only cost time."""
UNEVEN = 0.35
"""The spread of the pauses between pictures, as a share of the mean pause."""
REPEATED = 0.1
BURNT, BACKLIT_MEDIAN = 0.1, 90.0
BRIGHT_MEAN = 200.0
FLAT = 45.0
BLURRED = 3 / 720
"""The blur of edges, as a share of the height: at 720 lines, fingers begin to run into each other at 3 pixels."""
GRAINY = 6.0
FEW = 5
"""Fewer pictures tell nothing."""
_PLAIN_PIXELS = ("YUYV", "YUY2", "UYVY", "RGB3", "BGR3", "NV12", "YU12")


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of some seconds of a camera; NaN where they could not be measured.

    Attributes:
        width: of the pictures, in pixels.
        height: of the pictures, in pixels.
        pictures: how many came.
        rate: pictures a second.
        jitter_ms: the standard deviation of the pauses between pictures.
        longest_gap_ms: the longest pause.
        repeated: the share of pictures that are the one before again, 0 to 1.
        brightness: the mean luma, 0 to 255.
        median: the median luma.
        bright: the brightness that nine tenths of the pixels do not reach.
        burnt: the share of pixels at the upper end, 0 to 1.
        crushed: the share of pixels at the lower end, 0 to 1.
        contrast: from the luma that 5 % of the pixels stay below to the one that 5 % exceed.
        spread: the deviation of the means of 25 tiles of the picture; near 0 where there is nothing to see.
        blur_px: how far edges are smeared, in pixels (see `camera_doctor.blur_of`).
        noise: the standard deviation of the grain, in luma.
    """

    width: int
    height: int
    pictures: int
    rate: float
    jitter_ms: float
    longest_gap_ms: float
    repeated: float
    brightness: float
    median: float
    bright: float
    burnt: float
    crushed: float
    contrast: float
    spread: float
    blur_px: float
    noise: float


def advise(measured: Measured, asked: CameraFormat | None, given: CameraFormat | None) -> list[Finding]:
    """Return a line for each thing that was looked at, what needs a change first."""
    if measured.pictures < FEW:
        return [Finding("pictures", "fail", f"only {measured.pictures} pictures came", remedy_of(Cause.FROZEN))]
    lines = [
        *_rate(measured, given),
        *_evenness(measured),
        *_repeats(measured),
        *_light(measured),
        *_contrast(measured),
        *_sharpness(measured),
        *_noise(measured),
        *_size(measured, asked),
    ]
    return sorted(lines, key=lambda finding: ("fail", "warn", "ok").index(finding.state))


def _rate(measured: Measured, given: CameraFormat | None) -> Iterator[Finding]:
    promised = given.rate if given is not None else 0.0
    text = f"{measured.rate:.1f} pictures a second"
    if promised:
        text += f" of {promised:.3g} promised"
    slow = bool(promised) and measured.rate < SLOW_SHARE * promised
    if slow and measured.brightness < DIM_MEAN:
        yield Finding(
            "rate", "warn", f"{text}: each is exposed for long because it is dark", remedy_of(Cause.DARK_SLOW)
        )
    elif slow and given is not None and given.pixels in _PLAIN_PIXELS and measured.height >= 720:
        remedy = "Use a USB 3 port, or choose a smaller picture"
        yield Finding("rate", "warn", f"{text}: uncompressed pictures ({given.pixels}) are too much for USB 2", remedy)
    elif slow:
        remedy = "Plug it into the computer itself instead of a hub, and close programs that keep the computer busy"
        yield Finding("rate", "warn", f"{text}, in good light", remedy)
    elif measured.rate < ENOUGH_RATE:
        remedy = "Choose a format with 30 a second, or another camera"
        yield Finding("rate", "warn", f"{text}: fast signs need {ENOUGH_RATE:.0f} or more", remedy)
    else:
        yield Finding("rate", "ok", text)


def _evenness(measured: Measured) -> Iterator[Finding]:
    text = f"pauses vary by {measured.jitter_ms:.1f} ms, the longest is {measured.longest_gap_ms:.0f} ms"
    if measured.jitter_ms > UNEVEN * 1000 / measured.rate:
        remedy = "Close programs that keep the computer busy; a network camera needs a better connection"
        yield Finding("evenness", "warn", f"pictures come unevenly: {text}", remedy)
    else:
        yield Finding("evenness", "ok", text)


def _repeats(measured: Measured) -> Iterator[Finding]:
    if measured.repeated > REPEATED:
        real = measured.rate * (1 - measured.repeated)
        text = f"{measured.repeated:.0%} of the pictures are the one before again: really {real:.1f} a second"
        yield Finding("repeats", "warn", text, "Choose a format with a lower rate; restart a camera that stands still")
    else:
        yield Finding("repeats", "ok", f"{measured.repeated:.0%} of the pictures are repeated")


def _light(measured: Measured) -> Iterator[Finding]:
    mean = measured.brightness
    text = f"mean brightness {mean:.0f} of 255, {measured.burnt:.0%} white, {measured.crushed:.0%} black"
    if mean < BLACK_MEAN and measured.spread < BLACK_SPREAD:
        yield Finding("light", "fail", f"the picture is black: {text}", remedy_of(Cause.BLACK))
    elif measured.burnt > BURNT and measured.median < BACKLIT_MEDIAN:
        remedy = "Turn so that the window or lamp is before you, or draw the curtain"
        yield Finding("light", "warn", f"strong light behind you: {text}", remedy)
    elif mean < DARK_MEAN and measured.bright < DARK_BRIGHT:
        yield Finding("light", "warn", f"too dark: {text}", remedy_of(Cause.DARK))
    elif mean > BRIGHT_MEAN or measured.burnt > 2 * BURNT:
        remedy = "Turn a lamp away from you, or lower exposure or brightness in the camera's settings"
        yield Finding("light", "warn", f"too bright: {text}", remedy)
    else:
        yield Finding("light", "ok", text)


def _contrast(measured: Measured) -> Iterator[Finding]:
    if measured.brightness < DARK_MEAN:
        yield Finding("contrast", "ok", f"{measured.contrast:.0f} of 255: little can be told in the dark")
    elif measured.contrast < FLAT:
        remedy = "Clean the lens; have light on your hands and a plain wall behind you that is not their colour"
        yield Finding("contrast", "warn", f"flat: {measured.contrast:.0f} of 255", remedy)
    else:
        yield Finding("contrast", "ok", f"{measured.contrast:.0f} of 255")


def _sharpness(measured: Measured) -> Iterator[Finding]:
    blur = measured.blur_px
    if math.isnan(blur):
        yield Finding("sharpness", "ok", "too little in view to tell")
    elif blur > BLURRED * measured.height:
        remedy = "Clean the lens, turn its focus ring, or move further away from the camera"
        yield Finding("sharpness", "warn", f"blurred: edges are smeared over {blur:.1f} pixels", remedy)
    else:
        yield Finding("sharpness", "ok", f"edges are smeared over {blur:.1f} pixels")


def _noise(measured: Measured) -> Iterator[Finding]:
    if math.isnan(measured.noise):
        yield Finding("grain", "ok", "too few different pictures to tell")
    elif measured.noise > GRAINY:
        yield Finding(
            "grain", "warn", f"grainy: {measured.noise:.1f} of 255", "Switch a light on: grain comes from the dark"
        )
    else:
        yield Finding("grain", "ok", f"{measured.noise:.1f} of 255")


def _size(measured: Measured, asked: CameraFormat | None) -> Iterator[Finding]:
    text = f"{measured.width}x{measured.height}"
    if asked is not None and (asked.width, asked.height) != (measured.width, measured.height):
        text += f", asked for {asked}"
    if measured.height < SMALL:
        yield Finding("size", "warn", f"{text}: small", "Come nearer, or choose a format of 640x360 or more")
    elif measured.height >= LARGE:
        yield Finding(
            "size", "warn", f"{text}: larger than Mudra needs", "Choose 1280x720: it costs less than half the time"
        )
    else:
        yield Finding("size", "ok", text)
