"""What is measured frame by frame, and how: every contender takes the same frame, in turn, in one run."""

from __future__ import annotations

import contextlib
import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from statistics import median
from typing import Any, NamedTuple

from app.engine import Engine
from benchmarks.others import Others
from benchmarks.seed_loop import STEPS, SeedLoop, open_landmarker
from benchmarks.tables import Times
from recognizers import landmarker_files
from recognizers.bundle import Bundle, find_bundle
from recognizers.errors import BundleError
from recognizers.landmarker import Landmarker
from recognizers.modes import GESTURE, SIGN, Mode
from recognizers.privacy import block_usage_reports
from recognizers.recognizer import Recognizer
from recognizers.sources import open_sources
from recognizers.types import Frame, SourceKind

BARE, BARE_TWO = "bare MediaPipe, one hand", "bare MediaPipe, two hands"
ONE, TWO = "our landmarker, one hand", "our landmarker, two hands"
GESTURES, SIGNS = "gesture mode, one hand", "sign mode with face points, one hand"
GESTURES_TWO, SIGNS_TWO = "gesture mode, two hands", "sign mode with face points, two hands"
SEED = "seed-style loop"

WARM_UP = STEPS + 5
"""How many frames go by before the first that counts: by then every window is full."""
SPAN_S = 0.5
"""For so long at least frames are measured before it is asked what others did meanwhile."""
QUIET_CORES = 0.15
"""Frames are quiet while others keep less than this busy."""
PATIENCE = 3
"""For quiet frames, up to so many times as many are measured."""


class Moment(NamedTuple):
    """One frame, as each contender takes it: decoded, and for MediaPipe alone also in its own format."""

    frame: Frame
    native: Any
    ms: int


Step = Callable[[Moment], object]


class Comparison(NamedTuple):
    """What came of measuring.

    Attributes:
        times: each contender's, by name.
        predict: the `predict` calls of the seed-style loop alone, or None without it.
        others: a line on how quiet the machine was.
    """

    times: dict[str, Times]
    predict: Times | None
    others: str


class Material(NamedTuple):
    """Decoded frames that show one hand throughout."""

    name: str
    frames: Sequence[Frame]

    def moments(self, count: int, native: Callable[[Frame], Any]) -> Iterator[Moment]:
        """Yield `count` moments: there and back again, so that no movement ever jumps."""
        step_ns = (self.frames[-1].t_ns - self.frames[0].t_ns) // (len(self.frames) - 1)
        order = [*self.frames, *self.frames[-2:0:-1]]
        for index in range(count):
            frame = replace(order[index % len(order)], t_ns=index * step_ns, index=index)
            yield Moment(frame, native(frame), frame.t_ns // 1_000_000)

    @property
    def description(self) -> str:
        """The name with size and rate."""
        width, height = self.frames[0].size
        rate = (len(self.frames) - 1) / (self.frames[-1].t_ns - self.frames[0].t_ns) * 1e9
        return f"{self.name}, {width} x {height}, {rate:.0f} frames a second"


def load_material(spec: str, first: int, count: int) -> Material:
    """Decode frames of a video or of the synthetic signer.

    Raises:
        MudraError: it cannot be opened.
        ValueError: it has fewer than ten frames from there on.
    """
    with contextlib.closing(open_sources(spec)[0]) as source:
        frames = [item for item in islice(source.items(), first, first + count) if isinstance(item, Frame)]
        if len(frames) < 10:
            raise ValueError(f"{spec}: fewer than ten frames from frame {first} on")
        return Material("synthetic signer" if source.name.startswith("synthetic") else source.name, frames)


def compare(material: Material, frames: int, *, seed: bool) -> Comparison:
    """Measure every contender on the same frames.

    Args:
        material: what is looked at.
        frames: how many frames count.
        seed: whether the seed-style loop takes part; it loads Keras.
    """
    block_usage_reports()
    with ExitStack() as closing:
        ours = _ours(closing)
        import mediapipe  # After ours, which load it without TensorFlow.

        def native(frame: Frame) -> Any:
            return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image)

        contenders = {**_bare(mediapipe, closing), **ours}
        loop = SeedLoop(closing.enter_context(_bare_landmarker(mediapipe, 1))) if seed else None
        if loop is not None:
            # It takes the picture as OpenCV gives it; to turn that into MediaPipe's own is a part of it, as of ours.
            contenders[SEED] = lambda moment: loop.step(native(moment.frame), moment.ms)
        gc.collect()
        gc.freeze()  # Otherwise Keras' many objects are gone through again and again, in anybody's turn.
        times, others = in_turns(contenders, material.moments(PATIENCE * frames + WARM_UP, native), frames)
        gc.unfreeze()
    return Comparison(times, Times(loop.predict_ms[5:]) if loop is not None else None, others)


def _bare(mediapipe: Any, closing: ExitStack) -> dict[str, Step]:
    def stepper(hands: int) -> Step:
        landmarker = closing.enter_context(_bare_landmarker(mediapipe, hands))
        return lambda moment: landmarker.detect_for_video(moment.native, moment.ms)

    return {BARE: stepper(1), BARE_TWO: stepper(2)}


def _bare_landmarker(mediapipe: Any, hands: int) -> Any:
    return open_landmarker(mediapipe, landmarker_files.ensure("hand"), hands)


def _ours(closing: ExitStack) -> dict[str, Step]:
    def landmarker(hands: int) -> Step:
        opened = closing.enter_context(Landmarker(hands=hands))
        return lambda moment: opened.detect(moment.frame)

    def engine(mode: Mode, hands: int) -> Step:
        bundle = Bundle.load(find_bundle(mode.bundle or ""))
        opened = Engine([Recognizer(bundle)], Landmarker(hands=hands, face=mode.face))
        closing.callback(opened.close)
        return lambda moment: opened.process(moment.frame, SourceKind.RECORDED, "benchmark")

    steps = {ONE: landmarker(1), TWO: landmarker(2)}
    modes = ((GESTURES, GESTURE, 1), (GESTURES_TWO, GESTURE, 2), (SIGNS, SIGN, 1), (SIGNS_TWO, SIGN, 2))
    for name, mode, hands in modes:
        with contextlib.suppress(BundleError):
            steps[name] = engine(mode, hands)
    return steps


def in_turns(contenders: dict[str, Step], moments: Iterator[Moment], frames: int) -> tuple[dict[str, Times], str]:
    """Run all on each frame before the next frame, each time beginning with another: noise hits all alike.

    Returns:
        The times of so many quiet frames, or of all frames where quiet ones are hard to come by; and what was done.
    """
    names = deque(contenders)
    any_one = names[0]
    quiet, noisy = _no_times(names), _no_times(names)
    for moment in islice(moments, WARM_UP):
        _turn(contenders, names, moment, _no_times(names))
    taken = []
    for span in _spans(contenders, names, moments):
        taken.append(span.others)
        for name, times in span.times.items():
            (quiet if (span.others or 0.0) < QUIET_CORES else noisy)[name].extend(times)
        if len(quiet[any_one].wall) >= frames:
            break
    known = [cores for cores in taken if cores is not None]
    if not known:
        return quiet, "What other processes took meanwhile is not known."
    if len(quiet[any_one].wall) >= frames / 2:
        return quiet, f"Counted are frames during which other processes kept less than {QUIET_CORES:g} cores busy."
    for name in names:
        quiet[name].extend(noisy[name])
    return quiet, f"**Other processes kept {median(known):.1f} cores busy meanwhile; all times are longer for it.**"


class _Span(NamedTuple):
    times: dict[str, Times]
    others: float | None


def _spans(contenders: dict[str, Step], names: deque[str], moments: Iterator[Moment]) -> Iterator[_Span]:
    """Measure, half a second after the other, together with what other processes took in it."""
    times, watch, begin = _no_times(names), Others(), time.perf_counter()
    for moment in moments:
        _turn(contenders, names, moment, times)
        if time.perf_counter() - begin >= SPAN_S:
            yield _Span(times, watch.cores())
            times, begin = _no_times(names), time.perf_counter()


def _turn(contenders: dict[str, Step], names: deque[str], moment: Moment, times: dict[str, Times]) -> None:
    for name in names:
        begin, begin_cpu = time.perf_counter(), time.process_time()
        contenders[name](moment)
        times[name].add((time.perf_counter() - begin) * 1e3, (time.process_time() - begin_cpu) * 1e3)
    names.rotate()


def _no_times(names: Iterable[str]) -> dict[str, Times]:
    return {name: Times() for name in names}


def window_to_probabilities(runs: int = 500) -> Times | None:
    """Return the times of the sign mode's bundle, from a window of features to probabilities; None without one."""
    import numpy as np

    try:
        bundle = Bundle.load(find_bundle(SIGN.bundle or ""))
    except BundleError:
        return None
    windows = np.random.default_rng(0).normal(size=(runs, 1, *bundle.info.input_shape)).astype(np.float32)
    times = Times()
    for window in windows:
        begin = time.perf_counter()
        bundle.predict(window)
        times.add((time.perf_counter() - begin) * 1e3)
    return times
