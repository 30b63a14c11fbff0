"""What carries snapshots, labels and notices from other threads into the window's."""

from __future__ import annotations

import threading
import time

import pytest
from pytestqt.qtbot import QtBot

from app.camera import LiveSource
from app.devices import FakeDevice
from app.gui import feed as feed_module
from app.gui.feed import SHORTEST_MS, Delivery, Feed
from app.voice.status import VoiceState, VoiceStatus
from app.watch import Busy, Opened
from tests.app.gui.stage import event, snapshot
from tests.app.planned import RED, WAIT_MS, Frames, plain

pytestmark = pytest.mark.gui


class Taken:
    """Remembers deliveries, with their threads and times."""

    def __init__(self, feed: Feed) -> None:
        self.deliveries: list[Delivery] = []
        self.times: list[float] = []
        self.threads: set[str] = set()
        feed.delivered.connect(self.take)

    def take(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self.times.append(time.monotonic())
        self.threads.add(threading.current_thread().name)


@pytest.fixture
def feed(qtbot: QtBot) -> Feed:
    return Feed()


@pytest.fixture
def taken(feed: Feed) -> Taken:
    return Taken(feed)


def in_a_thread(work: object) -> None:
    thread = threading.Thread(target=work, name="engine")  # type: ignore[arg-type]
    thread.start()
    thread.join()


def test_everything_arrives_in_the_windows_thread(feed: Feed, taken: Taken, qtbot: QtBot) -> None:
    def engine() -> None:
        feed.on_snapshot(snapshot(plain(RED)))
        feed.on_event(event())
        feed.on_notice(Busy("Loading", "models"))
        feed.on_voice(VoiceStatus(VoiceState.OK))

    in_a_thread(engine)
    assert not taken.deliveries
    qtbot.waitUntil(lambda: bool(taken.deliveries), timeout=WAIT_MS)
    (delivery,) = taken.deliveries
    assert delivery.snapshot is not None and delivery.events == (event(),)
    assert delivery.notices == (Busy("Loading", "models"),) and delivery.voice == VoiceStatus(VoiceState.OK)
    assert taken.threads == {threading.current_thread().name}


def test_the_newest_snapshot_wins_and_no_label_is_lost(feed: Feed, taken: Taken, qtbot: QtBot) -> None:
    newest = snapshot(plain(RED))

    def engine() -> None:
        for number in range(1000):
            feed.on_snapshot(snapshot())
            feed.on_event(event(t_s=number))
        feed.on_snapshot(newest)

    in_a_thread(engine)
    qtbot.waitUntil(lambda: bool(taken.deliveries), timeout=WAIT_MS)
    (delivery,) = taken.deliveries
    assert delivery.snapshot is newest
    assert [each.t_ns for each in delivery.events] == [round(number * 1e9) for number in range(1000)]


def test_labels_that_nobody_reads_are_bounded(
    feed: Feed, taken: Taken, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert feed._events.maxlen == feed_module.MOST_EVENTS
    in_a_thread(lambda: [feed.on_event(event(t_s=number)) for number in range(feed_module.MOST_EVENTS + 5)])
    qtbot.waitUntil(lambda: bool(taken.deliveries), timeout=WAIT_MS)
    assert taken.deliveries[0].events[0].t_ns == 5 * 10**9


def test_the_window_is_not_woken_more_often_than_it_can_paint(feed: Feed, taken: Taken, qtbot: QtBot) -> None:
    stop = threading.Event()

    def engine() -> None:
        while not stop.is_set():
            feed.on_snapshot(snapshot())
            time.sleep(0.0005)

    thread = threading.Thread(target=engine)
    thread.start()
    try:
        qtbot.waitUntil(lambda: len(taken.times) > 15, timeout=WAIT_MS)
    finally:
        stop.set()
        thread.join()
    pauses = [later - earlier for earlier, later in zip(taken.times, taken.times[1:], strict=False)]
    assert min(pauses) * 1e3 >= SHORTEST_MS - 2.5


def test_nothing_comes_of_nothing(feed: Feed, taken: Taken, qtbot: QtBot) -> None:
    qtbot.wait(3 * SHORTEST_MS)
    assert taken.deliveries == []


def test_a_live_frame_bears_the_moment_of_its_grabbing(feed: Feed, taken: Taken, qtbot: QtBot) -> None:
    source = LiveSource(FakeDevice([]))
    source._origin_ns = 5_000
    feed.on_source(source)
    feed.on_snapshot(snapshot(plain(RED)))
    qtbot.waitUntil(lambda: len(taken.deliveries) == 1, timeout=WAIT_MS)
    assert taken.deliveries[0].live and taken.deliveries[0].grabbed_ns == 5_000
    feed.on_snapshot(snapshot())
    qtbot.waitUntil(lambda: len(taken.deliveries) == 2, timeout=WAIT_MS)
    assert taken.deliveries[1].grabbed_ns is None, "it has no picture"
    feed.on_source(Frames())
    feed.on_snapshot(snapshot(plain(RED)))
    qtbot.waitUntil(lambda: len(taken.deliveries) == 3, timeout=WAIT_MS)
    assert not taken.deliveries[2].live and taken.deliveries[2].grabbed_ns is None


def test_a_picture_of_the_source_before_does_not_outlive_it(feed: Feed, taken: Taken, qtbot: QtBot) -> None:
    def engine() -> None:
        feed.on_snapshot(snapshot(plain(RED)))
        feed.on_notice(Opened("1", "another"))

    in_a_thread(engine)
    qtbot.waitUntil(lambda: bool(taken.deliveries), timeout=WAIT_MS)
    assert taken.deliveries[0].snapshot is None
