"""Whole processes: how long they take, when their first label comes, how much memory they use at most."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

# The peak memory of a child counts what its parent held when it was started, so the parent must be small.
_LAUNCHER = """
import json, re, resource, subprocess, sys, time
until_label, pattern, *command = sys.argv[1:]
begin, first = time.perf_counter(), None
child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")
lines = []
for line in child.stdout:
    lines.append(line)
    if first is None and re.search(pattern, line):
        first = time.perf_counter() - begin
        if until_label == "yes":
            child.terminate()
            break
child.stdout.close()
code = child.wait()
print(json.dumps({
    "code": code, "seconds": time.perf_counter() - begin, "first_label": first, "last": lines[-1:],
    "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024),
}))
"""


class Outcome(NamedTuple):
    """What came of a process.

    Attributes:
        code: its exit code.
        seconds: from its start to its end.
        first_label: seconds from its start to its first line with a label, or None.
        peak_mb: its resident memory at most, in MiB.
        last: its last line of output.
    """

    code: int
    seconds: float
    first_label: float | None
    peak_mb: float
    last: str


def measure(*command: str, label: str = r"(?!)", until_label: bool = False) -> Outcome:
    """Run a command of this Python and measure it.

    Args:
        command: what follows the interpreter.
        label: a regular expression for a line that tells a label.
        until_label: end it at the first one.
    """
    words = [sys.executable, *command]
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, "yes" if until_label else "no", label, *words]
    done = subprocess.run(launcher, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    last = re.sub(r"\s+", " ", "".join(found["last"])).strip()
    return Outcome(found["code"], found["seconds"], found["first_label"], found["peak_mb"], last)


def mudra(*words: str, label: str = r"(?!)", until_label: bool = False) -> Outcome:
    """Run `mudra` and measure it; see `measure`."""
    return measure("-m", "app", *words, label=label, until_label=until_label)


def heavy_modules(*words: str) -> list[str]:
    """Return which of TensorFlow and Keras `mudra` with these words has loaded when it ends."""
    program = (
        "import sys; from app.__main__ import main; main(sys.argv[1:]); "
        "print('loaded:', *[name for name in ('tensorflow', 'keras') if sys.modules.get(name)])"
    )
    return measure("-c", program, *words).last.partition("loaded:")[2].split()
