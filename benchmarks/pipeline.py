"""What the pipeline costs beside MediaPipe alone and beside a seed-style loop, and whether the budgets are kept.

Everything is compared in one run, frame by frame in turns, with frames that were decoded before. benchmarks/README.md
tells how to read the table.

examples:
  python benchmarks/pipeline.py
  python benchmarks/pipeline.py --video synthetic --video clip.mp4 --first 60 --write
  python benchmarks/pipeline.py --frames 100 --without-seed --without-processes
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import processes
from benchmarks.tables import Budget, Times, budgets_table, table, times_table

RECORD = Path(__file__).with_suffix(".md")
SYNTHETIC = "synthetic"
SYNTHETIC_SCRIPT = "synthetic:palm:2,peace:2,ok:2,like:2"
SYNTHETIC_FIRST = 15
"""From here on the synthetic signer's hand is in view."""
DECODED = 240
"""At most so many frames are held in memory, and shown there and back."""
STARTS = 5
ONSET_LINE = r"^\s*[\d.]+ s  "
LABEL_LINE = r'"label": "|^label '


def main(words: Sequence[str] | None = None) -> None:
    arguments = _parser().parse_args(words)
    seed = not arguments.without_seed
    loads = [os.getloadavg()[0]]
    budgets: list[Budget] = []
    sections = []
    for video in arguments.video or [SYNTHETIC]:
        section, found = _frame_by_frame(video, arguments.first, arguments.frames, seed)
        sections.append(section)
        budgets += found
    loads.append(os.getloadavg()[0])
    budgets.append(_window_budget())
    if not arguments.without_processes:
        section, found = _whole_processes(seed)
        sections.append(section)
        budgets += found
    loads.append(os.getloadavg()[0])
    text = "\n\n".join([_head(loads), "## Budgets\n\n" + budgets_table(budgets), *sections]) + "\n"
    print(text)
    if arguments.write:
        RECORD.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--video",
        action="append",
        metavar="FILE",
        help="a video that shows one hand throughout, or the word synthetic; may be repeated (default: synthetic)",
    )
    parser.add_argument("--first", type=int, default=0, metavar="N", help="begin videos at frame N (default: 0)")
    parser.add_argument("--frames", type=int, default=300, metavar="N", help="frames that count (default: 300)")
    parser.add_argument("--without-seed", action="store_true", help="leave out the seed-style loop")
    parser.add_argument("--without-processes", action="store_true", help="leave out what starts whole processes")
    parser.add_argument("--write", action="store_true", help=f"record the table in benchmarks/{RECORD.name}")
    return parser


def _head(loads: Sequence[float]) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("mediapipe", "ai-edge-litert", "tensorflow"))
    load = ", ".join(f"{each:.1f}" for each in loads)
    return (
        "# What the pipeline costs\n\nWritten by `python benchmarks/pipeline.py`; [how to read it](README.md).\n\n"
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {libraries}.\n"
        f"Load (processes that wanted a core, over a minute) before, amid and after: {load}; the benchmark's own is "
        "about 1.5. What is above the number of cores is other people's work, and it lengthens all times."
    )


def _frame_by_frame(video: str, first: int, frames: int, seed: bool) -> tuple[str, list[Budget]]:
    from benchmarks.contenders import BARE, compare, load_material

    spec, first = (SYNTHETIC_SCRIPT, SYNTHETIC_FIRST) if video == SYNTHETIC else (video, first)
    material = load_material(spec, first, min(frames, DECODED))
    found = compare(material, frames, seed=seed)
    count = len(found.times[BARE].wall)
    head = f"## Frame by frame: {material.description}, {count} frames"
    text = f"{head}\n\n{found.others}\n\n{times_table(found.times, BARE)}"
    if found.predict is not None:
        text += f"\n\nOf the seed-style loop, Keras' `predict` alone: {found.predict.median:.0f} ms."
    return text, _frame_budgets(found.times, material.name)


def _frame_budgets(times: dict[str, Times], name: str) -> list[Budget]:
    from benchmarks import contenders as names

    def ratio(one: str, other: str) -> float | None:
        return times[one].median / times[other].median if one in times and other in times else None

    def told(what: str, one: str, other: str) -> str:
        found = ratio(one, other)
        return f"{what}: {found:.2f} x" if found is not None else ""

    both = "two hands looked for, as the app does"
    seed = told("; a seed-style loop", names.SEED, names.BARE)
    return [
        Budget(
            f"gesture mode over bare MediaPipe, p50: {name}",
            1.10,
            ratio(names.GESTURES, names.BARE),
            "x",
            told(both, names.GESTURES_TWO, names.BARE) + seed,
        ),
        Budget(
            f"sign mode with face points over bare MediaPipe, p50: {name}",
            1.10,
            ratio(names.SIGNS, names.BARE),
            "x",
            told(both, names.SIGNS_TWO, names.BARE),
        ),
        Budget(
            f"two-hand mode over one-hand mode, one hand in view, p50: {name}",
            1.35,
            ratio(names.TWO, names.ONE),
            "x",
            told("MediaPipe alone", names.BARE_TWO, names.BARE),
        ),
    ]


def _window_budget() -> Budget:
    from benchmarks.contenders import window_to_probabilities

    times = window_to_probabilities()
    return Budget("window to probabilities, p50", 0.5, times.median if times else None, "ms")


def _whole_processes(seed: bool) -> tuple[str, list[Budget]]:
    """Measure whole processes on a short video of the synthetic signer whose hand is in view from the first frame."""
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "signer.mp4"
        _write_video(video)
        starts = {
            "`mudra --help`": [processes.mudra("--help") for _ in range(STARTS)],
            "`mudra run --headless` on a video, to its first label": _first_labels(
                "run", "--headless", "--source", str(video), label=ONSET_LINE
            ),
            "`mudra recognize --every-frame` on it, to its first label": _first_labels(
                "recognize", str(video), "--format", "jsonl", "--every-frame", label=LABEL_LINE
            ),
            "`mudra recognize`, gesture mode, whole video": [processes.mudra("recognize", str(video))],
            "`mudra recognize --mode sign`, whole video": [processes.mudra("recognize", str(video), "--mode", "sign")],
            "`mudra run --headless`, whole video": [processes.mudra("run", "--headless", "--source", str(video))],
        }
        heavy = processes.heavy_modules("recognize", str(video))
        if seed:
            starts["seed-style loop"] = [_seed_process(video)]
    help_runs, run, _, *whole = list(starts.values())
    budgets = [
        Budget("process start to first label", 2.5, median(one.first_label or 1e9 for one in run), "s"),
        Budget(
            "resident memory at most, no window yet", 350, max(one.peak_mb for runs in whole[:3] for one in runs), "MB"
        ),
        Budget("`mudra --help`", 0.3, median(one.seconds for one in help_runs), "s"),
        Budget("TensorFlow or Keras loaded by `mudra recognize`", 0, len(heavy), "modules"),
    ]
    return "## Whole processes\n\n" + _process_table(starts), budgets


def _first_labels(*words: str, label: str) -> list[processes.Outcome]:
    return [processes.mudra(*words, label=label, until_label=True) for _ in range(STARTS)]


def _seed_process(video: Path) -> processes.Outcome:
    from recognizers import landmarker_files

    return processes.measure(
        "benchmarks/seed_loop.py", str(video), str(landmarker_files.ensure("hand")), label=LABEL_LINE
    )


def _process_table(starts: dict[str, list[processes.Outcome]]) -> str:
    rows = []
    for name, runs in starts.items():
        first = [one.first_label for one in runs if one.first_label is not None]
        whole = f"{median(one.seconds for one in runs):.2f} s" if not first or len(runs) == 1 else ""
        rows.append(
            (name, f"{median(first):.2f} s" if first else "", whole, f"{max(one.peak_mb for one in runs):.0f} MB")
        )
    return table(("process", "first label", "whole run", "memory at most"), rows)


def _write_video(path: Path) -> None:
    import cv2

    from benchmarks.contenders import load_material

    material = load_material(SYNTHETIC_SCRIPT, SYNTHETIC_FIRST, 90)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, material.frames[0].size)
    for frame in material.frames:
        writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    writer.release()


if __name__ == "__main__":
    main()
