"""Measure what watching costs on this machine: frames a second, milliseconds of each part of a frame, memory.

Each mode that has a model watches the source alone, then all of them at once. Frames are taken as fast as they can be
had, so this is what the machine can do, not what a camera gives. Close other programs first: their work counts, too.

examples:
  mudra bench
  mudra bench --mode gesture --source clip.mp4
  mudra bench --json
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from recognizers.errors import UsageError
from recognizers.modes import ALL, MODE_NAMES

if TYPE_CHECKING:
    from app.bench import Cost
    from app.ports import LandmarkerOpener
    from app.settings import Settings

SCRIPT = "synthetic:palm:1,peace:1,fist:1,like:1,wave:1.6,none:0.4,loop"
"""One hand and a face, as a person before a camera shows them, with moments without a hand."""
FRAMES = 200
MOST = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--source",
        metavar="S",
        default=SCRIPT,
        help="a video, a clip, a folder of them, a camera number, an address, or synthetic[:script] "
        "(default: the synthetic signer)",
    )
    parser.add_argument(
        "--mode",
        choices=(*MODE_NAMES, ALL),
        metavar="M",
        help="sign, gesture, emotion, or all at once (default: each that has a model, then all)",
    )
    parser.add_argument("--model", metavar="B", help="a model's name or folder, instead of the mode's active one")
    parser.add_argument(
        "--frames", type=_frames, default=FRAMES, metavar="N", help=f"how many frames count (default: {FRAMES})"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _frames(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 1 <= value <= MOST:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST}, found '{text}'")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from app.recognizing import landmarker_opener
    from app.settings import load_settings

    settings = load_settings()
    opener = landmarker_opener(settings)
    _refuse_photos(arguments.source)
    costs = []
    for mode in _modes(arguments, settings):
        costs.append(_cost(arguments, mode, settings, opener))
        if not arguments.json:
            _print_row(costs[-1], first=len(costs) == 1)
    if arguments.json:
        print(json.dumps(_as_json(costs, arguments), indent=1, ensure_ascii=False))
    else:
        _print_end()
    return 0


def _modes(arguments: argparse.Namespace, settings: Settings) -> list[str]:
    """Return what is measured: one mode, or each that has a model and then all together."""
    from app.recognizing import open_recognizers

    if arguments.mode is not None:
        return [arguments.mode]
    if arguments.model is not None:
        return [open_recognizers(None, arguments.model, settings)[0].mode]
    modes = [each.mode for each in open_recognizers(ALL, None, settings)]
    return [*modes, ALL] if len(modes) > 1 else modes


def _cost(arguments: argparse.Namespace, mode: str, settings: Settings, opener: LandmarkerOpener) -> Cost:
    from app.bench import measure
    from app.recognizing import open_recognizers
    from app.session import open_inputs

    with ExitStack() as closing:
        recognizers = open_recognizers(mode, arguments.model, settings)
        sources = open_inputs(arguments.source)
        for source in sources:
            closing.callback(source.close)
        return measure(recognizers, sources, arguments.frames, opener, mode)


def _refuse_photos(spec: str) -> None:
    from app.session import open_inputs
    from recognizers.types import SourceKind

    if spec.isdecimal() or "://" in spec:
        return
    sources = open_inputs(spec)
    photos = any(source.kind is SourceKind.STILLS for source in sources)
    for source in sources:
        source.close()
    if photos:
        raise UsageError("photos are no stream to be measured", where=spec, expected="a video, a camera or synthetic")


def _print_row(cost: Cost, *, first: bool) -> None:
    if first:
        size = "no pictures" if cost.size is None else f"{cost.size[0]} x {cost.size[1]}"
        print(f"{cost.frames} frames, {size}; milliseconds of the middle frame / of the slowest twentieth")
        print(f"{'mode':<9}{'frames/s':>9}{'landmarks':>17}{'recognizer':>17}{'whole frame':>17}{'source':>17}")
    cells = (_cell(cost, name) for name in ("landmarks", "recognizer", "whole", "source"))
    print(f"{cost.mode:<9}{cost.frames_per_second:>9.1f}" + "".join(f"{cell:>17}" for cell in cells), flush=True)


def _cell(cost: Cost, part: str) -> str:
    times = cost.times[part]
    return f"{times.p50:.2f} / {times.p95:.2f}"


def _print_end() -> None:
    from app.bench import memory_mb

    now, most = memory_mb()
    told = [] if now is None else [f"{now:.0f} MB now"]
    told += [] if most is None else [f"{most:.0f} MB at most"]
    print(f"memory: {', '.join(told) or 'this system does not tell'}")
    if load := _load():
        print(f"load: {load:.1f} on {_processors()} processors; what other programs do lengthens the times")


def _as_json(costs: list[Cost], arguments: argparse.Namespace) -> dict[str, Any]:
    import platform
    from dataclasses import asdict

    from app.bench import memory_mb
    from recognizers.version import VERSION

    now, most = memory_mb()
    return {
        "version": VERSION,
        "source": arguments.source,
        "modes": [asdict(cost) for cost in costs],
        "memory_mb": now,
        "peak_memory_mb": most,
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "processors": _processors(),
            "load": _load(),
            "python": platform.python_version(),
        },
    }


def _processors() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _load() -> float | None:
    """Return how many processes wanted a processor over the last minute; None where the system does not tell."""
    import os

    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
