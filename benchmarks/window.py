"""What the window costs: how late pictures and labels are on the screen, memory, frames a second, how soon it is there.

Each run is a process of its own on the synthetic signer; the source's own timestamps say when a frame was grabbed.
Where DISPLAY is set the window is on that screen (Xvfb, say), otherwise Qt paints into memory.

examples:
  python benchmarks/window.py
  python benchmarks/window.py --seconds 60 --repeat 5 --write
  python benchmarks/window.py --minutes 10 --random-modes 1 --write
  python benchmarks/window.py --mode all --profile
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import linear_regression, median
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.tables import Budget, budgets_table, table

RECORD = Path(__file__).with_suffix(".md")
CHILD = Path(__file__).with_name("window_child.py")
SOURCE = "synthetic:palm:2,peace:2,ok:2,like:2,none:1,loop"
MODES = ("sign", "gesture", "emotion", "all")
WARM_S = 8.0
GRACE_S = 60.0


class Run(NamedTuple):
    """One run: its mode, and what its process found."""

    mode: str
    found: dict[str, Any]

    @property
    def others(self) -> float:
        """How many cores other processes took meanwhile; NaN where that cannot be told."""
        return math.nan if self.found["others"] is None else float(self.found["others"])

    def percentile(self, what: str, share: float) -> float:
        """Return the value of `pictures` or `labels` that this share keeps, in milliseconds; NaN for none."""
        values = sorted(self.found[what])
        return values[math.ceil(share * len(values)) - 1] if values else math.nan

    @property
    def rate(self) -> float:
        """Painted frames a second, after the first seconds."""
        painted = self.found["painted"][int(WARM_S) :]
        return sum(painted) / len(painted) if painted else math.nan

    @property
    def memory(self) -> list[tuple[float, float]]:
        """Seconds and MiB, after the first seconds."""
        return [(at, size) for at, size in self.found["memory"] if at >= WARM_S]

    @property
    def peak(self) -> float:
        """The most resident memory, in MiB."""
        return max((size for _, size in self.found["memory"]), default=math.nan)

    @property
    def slope(self) -> float:
        """How memory grows, in MiB a minute."""
        memory = self.memory
        return 60 * linear_regression(*zip(*memory, strict=True)).slope if len(memory) > 2 else math.nan


def main(words: Sequence[str] | None = None) -> None:
    arguments = _parser().parse_args(words)
    loads = [os.getloadavg()[0]]
    modes = arguments.mode or list(MODES)
    if arguments.minutes:
        seed = arguments.random_modes
        run = measure("gesture", arguments.source, 60 * arguments.minutes, seed=seed)
        sections, budgets = [soak_section(run, seed)], soak_budgets(run)
    else:
        runs = [measure(mode, arguments.source, arguments.seconds) for _ in range(arguments.repeat) for mode in modes]
        sections, budgets = [modes_section(runs)], mode_budgets(runs)
    loads.append(os.getloadavg()[0])
    if arguments.profile:
        profiled = measure(modes[-1], arguments.source, arguments.seconds, profile=True)
        print(profiled.found["profile"])
    print("\n\n".join([head(loads), budgets_table(budgets), *sections]))
    if arguments.write:
        _write("soak" if arguments.minutes else "modes", head(loads), budgets_table(budgets), *sections)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", action="append", choices=MODES, help="only this mode; may be repeated")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="N", help="of each run (default: 30)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each mode (default: 3)")
    parser.add_argument("--source", default=SOURCE, metavar="S", help=f"what to watch (default: {SOURCE})")
    parser.add_argument("--minutes", type=float, metavar="N", help="one long run instead")
    parser.add_argument("--random-modes", type=int, metavar="SEED", help="press something every few seconds in it")
    parser.add_argument("--profile", action="store_true", help="tell also what the window's thread does all the time")
    parser.add_argument("--write", action="store_true", help=f"record the table in benchmarks/{RECORD.name}")
    return parser


def measure(mode: str, source: str, seconds: float, *, seed: int | None = None, profile: bool = False) -> Run:
    """Run the window in a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        options = {"mode": mode, "source": source, "seconds": seconds, "seed": seed, "profile": profile}
        options["started_ns"] = time.monotonic_ns()
        environment = {**os.environ, "MUDRA_HOME": home, "PYTHONWARNINGS": "ignore"}
        if "MUDRA_LANDMARKERS" not in environment:
            from recognizers import home as own_home

            environment["MUDRA_LANDMARKERS"] = str(own_home.landmarkers_folder())
        if not environment.get("DISPLAY"):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        call = [sys.executable, str(CHILD), json.dumps(options)]
        ran = subprocess.run(
            call, env=environment, capture_output=True, text=True, timeout=seconds + GRACE_S, check=False
        )
    if ran.returncode != 0 or not ran.stdout.strip():
        raise SystemExit(f"the window ended with {ran.returncode}:\n{ran.stderr[-3000:]}")
    return Run(mode, json.loads(ran.stdout.strip().splitlines()[-1]))


def head(loads: Sequence[float]) -> str:
    """Return what this was measured with."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("PySide6_Essentials", "mediapipe", "ai-edge-litert"))
    place = "on an X display" if os.environ.get("DISPLAY") else "painted into memory"
    load = " and ".join(f"{each:.1f}" for each in loads)
    ahead = hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) != os.SCHED_OTHER
    priority = ", run at real-time priority because others kept the machine busy" if ahead else ""
    return (
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {libraries}; a window of 1280x720 {place}{priority}. Load before and after: "
        f"{load}; the window's own is about 1."
    )


def mode_budgets(runs: Sequence[Run]) -> list[Budget]:
    """Return the budgets of the design; each is the median over the runs, of the worst mode."""
    seen = [run for run in runs if run.found["pictures"]]
    budgets = []
    for mode in dict.fromkeys(run.mode for run in seen):
        values = [run.percentile("pictures", 0.95) for run in seen if run.mode == mode]
        note = f"best of {len(values)}: {min(values):.0f} ms"
        budgets.append(Budget(f"{mode}: picture on screen after its frame, p95", 60, median(values), "ms", note))
    budgets.append(Budget("resident memory at most", 350, max(run.peak for run in runs), "MB", "over all runs"))
    return budgets


def modes_section(runs: Sequence[Run]) -> str:
    """Return a row for each mode: medians over its runs, and the best where others made a run slow."""
    rows = []
    for mode in dict.fromkeys(run.mode for run in runs):
        own = [run for run in runs if run.mode == mode]
        if not any(run.found["pictures"] for run in own):
            rows.append((mode, own[0].found["problem"] or "nothing was shown", *[""] * 9))
            continue
        rows.append(
            (
                mode,
                _best(own, lambda run: run.percentile("pictures", 0.5)),
                _best(own, lambda run: run.percentile("pictures", 0.95)),
                _best(own, lambda run: run.percentile("labels", 0.95)),
                f"{median(run.rate for run in own):.1f}",
                f"{median(run.memory[-1][1] for run in own):.0f}",
                _best(own, lambda run: run.found["thread_ms"]),
                _best(own, lambda run: run.found["process_ms"]),
                _best(own, lambda run: run.found["first"].get("picture", math.nan)),
                _best(own, lambda run: run.found["first"].get("label", math.nan)),
                f"{median(run.others for run in own):.1f}",
            )
        )
    names = (
        "mode",
        "picture p50 ms",
        "p95 ms",
        "label p95 ms",
        "frames/s",
        "memory MB",
        "window's thread ms a frame",
        "process ms a frame",
        "first picture s",
        "first label s",
        "cores taken by others",
    )
    return "## By mode\n\nMedians over the runs, the best one in brackets.\n\n" + table(names, rows)


def _best(runs: Sequence[Run], value: Any) -> str:
    values = [each for each in map(value, runs) if each is not None and not math.isnan(each)]
    if not values:
        return "none"
    digits = 0 if median(values) >= 20 else 1
    return f"{median(values):.{digits}f} ({min(values):.{digits}f})"


def soak_budgets(run: Run) -> list[Budget]:
    """Return what a long run must keep: memory and rate stay flat."""
    thirds = _thirds([size for _, size in run.memory])
    rates = _thirds([count for count in run.found["painted"][int(WARM_S) :] if count > 5])
    return [
        Budget("picture on screen after its frame, p95", 60, run.percentile("pictures", 0.95), "ms"),
        Budget("resident memory at most", 350, run.peak, "MB"),
        Budget("memory, last third over first", 1.05, thirds[2] / thirds[0], "x", f"{run.slope:+.2f} MB a minute"),
        Budget("frames a second, first third over last", 1.1, rates[0] / rates[2], "x", "where it was not paused"),
        Budget("threads at its end", 20, run.found["threads"], ""),
    ]


def _thirds(values: Sequence[float]) -> list[float]:
    third = max(1, len(values) // 3)
    return [median(values[number * third : (number + 1) * third] or [math.nan]) for number in range(3)]


def soak_section(run: Run, seed: int | None) -> str:
    """Return a row for each minute."""
    rows = []
    painted = run.found["painted"]
    for minute in range(math.ceil(len(painted) / 60)):
        counts = painted[60 * minute : 60 * (minute + 1)]
        sizes = [size for at, size in run.found["memory"] if 60 * minute <= at < 60 * (minute + 1)]
        if sizes:
            busy = [count for count in counts if count > 5] or [0]
            rows.append((str(minute + 1), f"{median(sizes):.0f}", f"{max(sizes):.0f}", f"{median(busy):.0f}"))
    told = f"{run.found['pressed']} keys and buttons, seed {seed}" if seed is not None else "nothing pressed"
    names = ("minute", "memory MB", "at most", "frames/s where not paused")
    text = f"## A long run\n\n{len(painted)} s, {told}; others took {run.others:.1f} cores.\n\n"
    return text + table(names, rows)


def _write(part: str, *texts: str) -> None:
    """Put one part of the record in its place, and leave the other."""
    parts = {"modes": "", "soak": ""}
    if RECORD.exists():
        _, *kept = RECORD.read_text("utf-8").split("<!-- part ")
        parts |= {name: text for name, _, text in (each.partition(" -->\n") for each in kept)}
    parts[part] = "\n" + "\n\n".join(texts) + "\n\n"
    title = "# What the window costs\n\nWritten by `python benchmarks/window.py`; [how to read it](README.md).\n\n"
    body = "".join(f"<!-- part {name} -->\n{text}" for name, text in parts.items() if text)
    RECORD.write_text(title + body.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
