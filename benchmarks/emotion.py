"""What a frame costs in emotion mode and in all modes at once, with the face's mesh and without, and whether it fits.

All modes take the same frames in turns, decoded before; benchmarks/README.md tells how to read the table.

examples:
  python benchmarks/emotion.py
  python benchmarks/emotion.py --video synthetic --video face.mp4 --write
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.engine import Engine
from app.ports import mesh_installed
from benchmarks.contenders import Moment, Step, in_turns, load_material
from benchmarks.tables import Budget, Times, budgets_table, times_table
from recognizers.bundle import Bundle, find_bundle
from recognizers.modes import EMOTION, GESTURE, MODES, SIGN, Mode
from recognizers.recognizer import Recognizer
from recognizers.types import SourceKind

RECORD = Path(__file__).with_suffix(".md")
SYNTHETIC = "synthetic"
SCRIPT, FIRST = "synthetic:palm:2,peace:2,both-palm:2,like:2", 15
FRAMES = 240
SIGNS, GESTURES = "sign mode", "gesture mode"
SIX, MESH = "emotion mode, six points", "emotion mode, mesh"
ALL_SIX, ALL_MESH = "all modes, six points", "all modes, mesh"
FRAME_MS = 1000 / 30


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and record where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", action="append", metavar="FILE", help="a video, or the word synthetic (the default)")
    parser.add_argument("--frames", type=int, default=300, metavar="N", help="frames that count (default: 300)")
    parser.add_argument("--write", action="store_true", help=f"record the table in benchmarks/{RECORD.name}")
    arguments = parser.parse_args(words)
    budgets, sections = [], []
    for video in arguments.video or [SYNTHETIC]:
        name, section, times = _measure(video, arguments.frames)
        sections.append(section)
        budgets += _budgets(name, times)
    text = "\n\n".join([_head(), "## Budgets\n\n" + budgets_table(budgets), *sections]) + "\n"
    print(text)
    if arguments.write:
        RECORD.write_text(text, encoding="utf-8")


def _head() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("mediapipe", "ai-edge-litert"))
    mesh = "" if mesh_installed() else "\n\nThe mesh's model file is not installed: the rows with the mesh are missing."
    return (
        "# What emotions and all modes at once cost\n\n"
        "Written by `python benchmarks/emotion.py`; [how to read it](README.md).\n\n"
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {libraries}. Load over a minute: {os.getloadavg()[0]:.1f}.{mesh}"
    )


def _measure(video: str, frames: int) -> tuple[str, str, dict[str, Times]]:
    spec, first = (SCRIPT, FIRST) if video == SYNTHETIC else (video, 0)
    material = load_material(spec, first, FRAMES)
    contenders: dict[str, Step] = {}
    with ExitStack() as closing:

        def engine(modes: Sequence[Mode], *, mesh: bool = False) -> Step:
            bundles = [Bundle.load(find_bundle(mode.bundle or "")) for mode in modes]
            opened = Engine([Recognizer(bundle) for bundle in bundles], mesh=mesh)
            closing.callback(opened.close)

            def step(moment: Moment) -> object:
                return opened.process(moment.frame, SourceKind.RECORDED, "benchmark")

            return step

        contenders = {
            GESTURES: engine([GESTURE]),
            SIGNS: engine([SIGN]),
            SIX: engine([EMOTION]),
            ALL_SIX: engine(MODES),
        }
        if mesh_installed():
            contenders |= {MESH: engine([EMOTION], mesh=True), ALL_MESH: engine(MODES, mesh=True)}
        # Our own contenders take the decoded frame; there is no other format to bring it into.
        times, others = in_turns(contenders, material.moments(3 * frames + 60, lambda frame: frame), frames)
    head = f"## {material.description}, {len(times[SIX].wall)} frames"
    return material.name, f"{head}\n\n{others}\n\n{times_table(times, GESTURES)}", times


def _budgets(name: str, times: dict[str, Times]) -> list[Budget]:
    rows = []
    for mode, limit in ((SIX, 6.0), (MESH, 6.0), (ALL_SIX, FRAME_MS), (ALL_MESH, FRAME_MS)):
        measured = times[mode].median if mode in times else None
        note = f"p95 {times[mode].p95:.1f} ms" if mode in times else ""
        rows.append(Budget(f"{mode}, whole frame, p50: {name}", round(limit, 1), measured, "ms", note))
    return rows


if __name__ == "__main__":
    main()
