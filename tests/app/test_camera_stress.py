"""Live sources under everything at once: random faults, closed at random moments, in random states."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.camera import LiveSource, LiveUpdate
from app.cameras.causes import Cause
from app.devices import Act, FakeDevice, Freeze, Hang, Lose, Refuse, Show
from app.engine import Engine
from app.fakes import ScriptedLandmarker, ScriptedRecognizer
from app.session import Session
from recognizers.errors import SourceError
from recognizers.frames import Source
from recognizers.types import LabelEvent, Snapshot, SourceState

ROOT = Path(__file__).parents[2]
SMALL, WIDE = np.full((12, 16, 3), 120, np.uint8), np.full((18, 32, 3), 60, np.uint8)
ROUNDS = 200


def acts(chance: random.Random) -> list[Act]:
    """Return a random script of some tenths of a second."""
    makers: list[Callable[[], Act]] = [
        lambda: Show(SMALL, chance.randint(1, 12), chance.choice((120, 400)), grain=chance.random() < 0.5),
        lambda: Show(WIDE, chance.randint(1, 6), 120, brightness=chance.choice((0.0, 0.2, 1.0))),
        lambda: Show(SMALL, 1, 20),
        lambda: Freeze(chance.uniform(0.01, 0.12)),
        lambda: Hang(chance.uniform(0.01, 0.1)),
        lambda: Lose(cause=chance.choice(list(Cause))),
        lambda: Refuse(cause=chance.choice(list(Cause))),
    ]
    return [chance.choice(makers)() for _ in range(chance.randint(1, 9))]


def check(updates: list[LiveUpdate]) -> None:
    """Raise where a source breaks a promise."""
    frames = [update.frame for update in updates if update.frame is not None]
    assert all(first.index < second.index for first, second in pairwise(frames))
    assert all(first.t_ns < second.t_ns for first, second in pairwise(frames))
    for update in updates:
        state = update.status.state
        assert (state is SourceState.OK) or update.frame is None, "a picture comes only while all is well"
        assert state is not SourceState.LOST or (update.status.message and update.status.remedy and update.status.cause)
    assert all(one.dropped <= two.dropped for one, two in pairwise(updates))
    assert all(update.status.state is not SourceState.ENDED for update in updates[:-1])


def one_round(seed: int) -> float:
    """Play one random script, close at a random moment from another thread, and return how long closing took."""
    chance = random.Random(seed)
    source = LiveSource(
        FakeDevice(acts(chance)),
        persistent=chance.random() < 0.6,
        stale_s=0.05,
        open_timeout_s=0.06,
        retry_s=(0.005, 0.02),
    )
    seen: list[LiveUpdate] = []

    def consume() -> None:
        try:
            for update in source.updates():
                seen.append(update)
                time.sleep(chance.choice((0, 0, 0.02)))
        except SourceError as error:
            assert not source._persistent and error.remedy

    consumer = threading.Thread(target=consume, name=f"consume {seed}")
    consumer.start()
    time.sleep(chance.choice((0.0, chance.uniform(0, 0.05), chance.uniform(0, 0.4))))
    begin = time.monotonic()
    source.close()
    took = time.monotonic() - begin
    consumer.join(20)
    assert not consumer.is_alive(), f"seed {seed}: the consumer hangs"
    assert not source.abandoned and list(source.updates()) == []
    check(seen)
    return took


def test_random_faults_and_closing_at_random_moments() -> None:
    before = set(threading.enumerate())
    with ThreadPoolExecutor(8) as pool:
        times = sorted(pool.map(one_round, range(ROUNDS)))
    assert set(threading.enumerate()) <= before, "a thread is left"
    assert times[ROUNDS // 2] < 0.5, "closing waits for no more than what the device is at"


@pytest.mark.parametrize("acts", [[Hang(30)], [Show(SMALL, 2), Freeze(30)]])
def test_a_device_that_hangs_is_left_behind(acts: list[Act]) -> None:
    with LiveSource(FakeDevice(acts), persistent=True, open_timeout_s=0.05, stale_s=0.05, join_s=0.1) as source:
        updates = source.updates()
        causes = []
        for update in updates:
            causes.append(update.status.cause)
            if update.status.state is SourceState.LOST:
                break
        begin = time.monotonic()
    assert time.monotonic() - begin < 5, "thirty seconds are not waited for"
    assert causes[-1] == (Cause.SILENT if isinstance(acts[0], Hang) else Cause.FROZEN)
    assert source.abandoned and "left behind" in source.warnings[0]
    assert list(updates) == []


def test_what_is_left_behind_shows_nothing_any_more_and_closes_its_device() -> None:
    device = FakeDevice([Show(SMALL, 2, 100), Freeze(0.5), Show(SMALL, 1000, 100)])
    source = LiveSource(device, join_s=0.05)
    tapped: list[int] = []
    source.tap(lambda image, t_ns: tapped.append(t_ns))
    updates = source.updates()
    while next(updates).frame is None:
        pass
    time.sleep(0.1)
    source.close()
    count = len(tapped)
    assert source.abandoned and count <= 2
    deadline = time.monotonic() + 20
    while device.is_open and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not device.is_open and len(tapped) == count


@pytest.mark.parametrize("act", ["Hang(600)", "Freeze(600)"])
def test_a_hanging_device_does_not_keep_the_process(act: str) -> None:
    program = (
        "from app.camera import LiveSource; from app.devices import *\n"
        f"source = LiveSource(FakeDevice([{act}]), persistent=True, open_timeout_s=0.1)\n"
        "updates = source.updates(); next(updates); print(next(updates).status.cause); source.close(); print('closed')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["silent", "closed"] and not done.stderr


def test_closing_from_many_threads_at_once() -> None:
    source = LiveSource(FakeDevice([Show(SMALL, 10_000, 400)]))
    next(source.items())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: source.close(), range(8)))
    assert not source.abandoned and list(source.items()) == []


class Stopper:
    """Ends a session as soon as its source is lost."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def on_source(self, source: Source) -> None:
        pass

    def on_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.status.state is SourceState.LOST:
            self.stop.set()

    def on_event(self, event: LabelEvent) -> None:
        pass

    def close(self, *, keep: bool = True) -> None:
        pass


def test_a_session_tells_what_was_left_behind() -> None:
    told: list[str] = []
    source = LiveSource(FakeDevice([Show(SMALL, 2, 100), Freeze(3)]), stale_s=0.05, join_s=0.05)
    stopper = Stopper()
    engine = Engine([ScriptedRecognizer(lambda landmarks: ("palm", 0.1))], ScriptedLandmarker())
    Session(engine, [stopper], stop=stopper.stop, on_warning=told.append).run([source])
    assert len(told) == 1 and "left behind" in told[0]
