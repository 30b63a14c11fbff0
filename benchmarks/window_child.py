"""One run of the window, measured from inside; started by `window.py`, prints one line of JSON at its end.

It is the window of `mudra run` with nothing taken out. Ears are put on three places: the picture has been painted,
the second is over, the time has come to press something.
"""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.others import Others

WARM_S = 8.0
"""Frames and memory before this do not count: models load, pools fill."""
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20 if hasattr(os, "sysconf") else 0.0


def main(words: list[str]) -> None:
    options = json.loads(words[0])
    others = Others()
    from dataclasses import replace

    from PySide6.QtCore import QTimer

    from app.gui import application
    from app.gui.application import Parts, Wishes
    from app.gui.settings_keeper import SettingsKeeper
    from app.settings import Settings

    running = application.make_application()
    parts = Parts(SettingsKeeper(replace(Settings(), welcomed=True)), Wishes(options["source"], options["mode"]))
    window = parts.window
    measured = Measured(window, options["started_ns"])
    window.resize(1280, 720)
    window.show()
    QTimer.singleShot(0, lambda: application._begin(window, Wishes(options["source"], options["mode"])))
    second = QTimer(interval=1000)
    second.timeout.connect(measured.sample)
    second.start()
    presser = Presser(window, options["seed"]) if options["seed"] is not None else None
    QTimer.singleShot(round(options["seconds"] * 1e3), window.close)
    profile = cProfile.Profile()
    if options["profile"]:
        profile.enable()
    running.exec()
    profile.disable()
    found = measured.found()
    found["others"] = others.cores()
    found["pressed"] = presser.pressed if presser is not None else 0
    if options["profile"]:
        found["profile"] = _told(profile)
    print(json.dumps(found), flush=True)


def _told(profile: cProfile.Profile) -> str:
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(25)
    return text.getvalue()


class Measured:
    """What is measured, in milliseconds, seconds and MiB.

    Args:
        window: the main window.
        started_ns: when the process was started, on `time.monotonic_ns`.
    """

    def __init__(self, window: Any, started_ns: int) -> None:
        self._window, self._started_ns = window, started_ns
        self._begin = time.monotonic()
        self._pictures: list[float] = []
        self._labels: list[float] = []
        self._memory: list[tuple[float, float]] = []
        self._painted: list[int] = [0]
        self._held: dict[str, object] = {}
        self._firsts: dict[str, float] = {}
        self._cpu: tuple[int, float, float] | None = None
        self._ended: tuple[int, float, float] | None = None
        self._figure: Callable[[float], None] = window.controls.figures.painted
        window.controls.figures.painted = self._picture

    @property
    def _warm(self) -> bool:
        return time.monotonic() - self._begin > WARM_S

    def _since_start(self) -> float:
        return (time.monotonic_ns() - self._started_ns) / 1e9

    def _picture(self, milliseconds: float) -> None:
        """Take the age of a picture that has just been painted."""
        self._figure(milliseconds)
        self._firsts.setdefault("picture", self._since_start())
        self._painted[-1] += 1
        if self._warm:
            self._pictures.append(milliseconds)
        snapshot = self._window.snapshot
        held = {} if snapshot is None else dict(snapshot.held)
        for mode, event in held.items():
            if self._held.get(mode) is not event and getattr(self._held.get(mode), "t_ns", None) != event.t_ns:
                self._firsts.setdefault("label", self._since_start())
                if self._warm:
                    self._labels.append(milliseconds)
        self._held = held

    def sample(self) -> None:
        """Take the figures of a second."""
        if PAGE_MB and Path("/proc/self/statm").exists():
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB
            self._memory.append((time.monotonic() - self._begin, resident))
        cpu = sum(self._painted), time.thread_time(), time.process_time()
        if self._warm and self._cpu is None:
            self._cpu = cpu
        self._ended = cpu
        self._painted.append(0)

    def found(self) -> dict[str, Any]:
        """Return everything."""
        frames, thread, process = 0, 0.0, 0.0
        if self._cpu is not None and self._ended is not None:
            frames, thread, process = (now - then for now, then in zip(self._ended, self._cpu, strict=True))
        return {
            "pictures": self._pictures,
            "labels": self._labels,
            "memory": self._memory,
            "painted": self._painted[:-1],
            "first": self._firsts,
            "thread_ms": 1e3 * thread / frames if frames else None,
            "process_ms": 1e3 * process / frames if frames else None,
            "threads": threading.active_count(),
            "problem": self._window.strip.text,
        }


class Presser:
    """Presses something every few seconds, at random but always the same for a seed.

    Args:
        window: the main window.
        seed: of the random numbers.
    """

    def __init__(self, window: Any, seed: int) -> None:
        from PySide6.QtCore import QTimer

        self._window, self._random = window, random.Random(seed)
        self.pressed = 0
        self._timer = QTimer(singleShot=True)
        self._timer.timeout.connect(self._press)
        self._timer.start(5000)

    def _press(self) -> None:
        window, keeper = self._window, self._window.keeper
        settings = keeper.settings
        acts: list[Callable[[], object]] = [
            *[lambda mode=mode: window.tabs._choose(mode) for mode in ("sign", "gesture", "emotion", "all")],
            lambda: keeper.change("large_captions", not settings.large_captions),
            lambda: keeper.change("show_figures", not settings.show_figures),
            lambda: keeper.change("mirrored", not settings.mirrored),
            lambda: keeper.change("theme", "light" if settings.theme == "dark" else "dark"),
            lambda: window.side.setVisible(window.side.isHidden()),
            window.toggle_full_screen,
            window.toggle_pause,
            window.replay,
        ]
        if window.paused:
            window.toggle_pause()
        else:
            self._random.choice(acts)()
        self.pressed += 1
        self._timer.start(1000 if window.paused else self._random.randint(1500, 4000))


if __name__ == "__main__":
    main(sys.argv[1:])
