"""The window as a program: opened, asked to end, and closed in whatever state, with nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import console
from app.devices import Act, FakeDevice, Freeze, Hang, Lose, Refuse, Show
from app.gui import application
from app.gui.application import Wishes, run_window
from app.gui.main_window import MainWindow
from app.settings import Settings
from app.voice.voices import SilentVoice
from tests.app.gui.stage import OpenWindow
from tests.app.planned import GREEN, RED, WAIT_MS, Frames, Plan, plain

pytestmark = pytest.mark.gui

ROOT = Path(__file__).parents[3]
RUNNING = [Show(plain(RED), 100_000, 30)]
FAULTS: dict[str, list[Act]] = {
    "runs": [*RUNNING],
    "hangs while it opens": [Hang(1.5), *RUNNING],
    "is refused": [Refuse()] * 500,
    "vanishes": [Show(plain(RED), 5, 60), Lose()] * 500,
    "freezes": [Show(plain(RED), 5, 60), Freeze(1.5), *RUNNING],
    "five a second": [Show(plain(RED), 100_000, 5)],
    "120 a second": [Show(plain(RED), 100_000, 120)],
    "changes its size": [Show(plain(RED, (64 + each, 48)), 1, 60) for each in range(500)],
    "comes back": [Show(plain(RED), 5, 60), Lose(), Refuse(), Show(plain(GREEN, (30, 90)), 100_000, 60)],
    "ends": [Show(plain(RED), 5, 60)],
}


def children() -> set[int]:
    """Return the numbers of this process's children, those of the test runner's own helpers included."""
    path = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    found = set()
    for task in path.parents[1].glob("*/children"):
        found |= {int(word) for word in task.read_text().split()}
    return found


@pytest.fixture
def nothing_left(qtbot: QtBot) -> Iterator[None]:
    """See to it that no thread and no process is left; a thread that hangs in a driver may take its time."""
    threads = set(threading.enumerate())
    processes = children() if sys.platform == "linux" else set()
    yield
    end = time.monotonic() + WAIT_MS / 1e3
    while time.monotonic() < end:
        left: list[object] = [each.name for each in set(threading.enumerate()) - threads]
        if sys.platform == "linux":
            left += sorted(children() - processes)
        if not left:
            return
        qtbot.wait(20)
    pytest.fail(f"left behind: {left}")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("voice", ["says", "hangs"])
def test_it_closes_whatever_its_source_and_its_voice_do(  # noqa: PLR0917 - fixtures and parameters
    open_window: OpenWindow, plan: Plan, qtbot: QtBot, nothing_left: None, fault: str, voice: str
) -> None:
    plan.voice = SilentVoice(log=str(plan.spoken), hang_on="Hello!" if voice == "hangs" else "", seconds=0.05)
    plan.live("0", FakeDevice(list(FAULTS[fault])), stale_s=0.2)
    window = open_window(replace(Settings(), welcomed=True, speak=True, mode="all"), Wishes(source="0"))
    if fault in ("runs", "comes back") or fault.endswith("second"):
        qtbot.waitUntil(lambda: bool(plan.said()), timeout=WAIT_MS)
    else:
        qtbot.waitUntil(lambda: window.spec == "0", timeout=WAIT_MS)
        qtbot.wait(150)
    begin = time.monotonic()
    window.close()
    assert time.monotonic() - begin < 5
    assert not window.isVisible()


def test_a_voice_that_was_killed_is_started_again_and_ends_with_the_window(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot, nothing_left: None
) -> None:
    plan.live("0", FakeDevice([*RUNNING]))
    window = open_window(replace(Settings(), welcomed=True, speak=True), Wishes(source="0"))
    qtbot.waitUntil(lambda: plan.said() == ["Hello!"], timeout=WAIT_MS)
    if sys.platform == "linux":
        for process in children():
            if b"voice_process" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)
    plan.says = ("fist", 0.9)
    qtbot.waitUntil(lambda: plan.said()[-1] == "Punch!", timeout=WAIT_MS)
    window.close()


@pytest.mark.parametrize(
    "act",
    [
        lambda window: window.set_mode("all"),
        lambda window: window.toggle_pause(),
        lambda window: window.watch_source("0"),
        lambda window: window.watch_source("film.mp4"),
        lambda window: window.watch_source("nothing there"),
        lambda window: window.open_settings(),
        lambda window: window.open_doctor(),
        lambda window: window.toggle_full_screen(),
        lambda window: window.source.refresh(),
    ],
)
def test_it_closes_right_after_anything(
    window: MainWindow, plan: Plan, nothing_left: None, act: Callable[[MainWindow], None]
) -> None:
    plan.sources["film.mp4"] = Frames
    act(window)
    window.close()
    assert not window.isVisible()


def test_it_closes_while_models_load(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.live("0", FakeDevice([*RUNNING]))
    plan.hold_models.clear()
    window = open_window(wishes=Wishes(source="0"))
    qtbot.waitUntil(lambda: window.snapshot is not None, timeout=WAIT_MS)
    window.close()
    plan.hold_models.set()
    qtbot.wait(100)


def test_it_closes_twice_and_takes_nothing_afterwards(window: MainWindow, qtbot: QtBot) -> None:
    window.close()
    before = window.snapshot
    window.close()
    qtbot.wait(100)
    assert window.snapshot is before


# As a program.


def run(wishes: Wishes, stop: threading.Event | None = None) -> int:
    return run_window(wishes, replace(Settings(), welcomed=True), stop or threading.Event())


def test_it_ends_after_its_seconds(plan: Plan, qapp: QApplication, nothing_left: None) -> None:
    plan.live("0", FakeDevice([*RUNNING]))
    begin = time.monotonic()
    assert run(Wishes(source="0", seconds=0.4)) == 0
    assert time.monotonic() - begin >= 0.4


def test_a_named_source_that_cannot_be_shown_is_told_and_the_code_is_1(
    plan: Plan, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Wishes(source="nothing.mp4", seconds=0.5)) == 1
    assert capsys.readouterr().err == "mudra: nothing.mp4: is not there. Choose another\n"


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("dialog", [False, True])
def test_an_interruption_closes_it(
    plan: Plan, qapp: QApplication, nothing_left: None, number: signal.Signals, dialog: bool
) -> None:
    plan.live("0", FakeDevice([*RUNNING]))
    stop = threading.Event()
    if dialog:
        QTimer.singleShot(200, lambda: shown_window().source.open_file())  # noqa: PLW0108 - not shown yet
    open_dialogs: list[bool] = []

    def interrupt() -> None:
        open_dialogs.append(QApplication.activeModalWidget() is not None)
        os.kill(os.getpid(), number)

    QTimer.singleShot(500, interrupt)
    with console.interruption_sets(stop):
        assert run(Wishes(source="0"), stop) == 0
    assert stop.is_set() and open_dialogs == [dialog]


def shown_window() -> MainWindow:
    (window,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow) and each.isVisible()]
    return window


def test_more_seconds_than_a_timer_knows_are_long(plan: Plan, qapp: QApplication) -> None:
    plan.live("0", FakeDevice([*RUNNING]))
    stop = threading.Event()
    QTimer.singleShot(300, lambda: os.kill(os.getpid(), signal.SIGINT))
    with console.interruption_sets(stop):
        assert run(Wishes(source="0", seconds=9e8), stop) == 0


def test_qt_plugins_of_opencv_are_not_taken(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/site-packages/cv2/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/home/me/fonts")
    assert application.make_application() is qapp
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ and os.environ["QT_QPA_FONTDIR"] == "/home/me/fonts"


# Whole processes, with MediaPipe and the models that ship.


def process(home: Path, *words: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "MUDRA_HOME": str(home)}
    call = [sys.executable, "-m", "app", "run", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(call, cwd=ROOT, env=environment, text=True, stdout=pipe, stderr=pipe)


def test_a_camera_lost_for_good_does_not_keep_the_process(mudra_home: Path) -> None:
    begin = time.monotonic()
    with process(mudra_home, "--source", "synthetic:palm:60,lost@3s", "--seconds", "5") as ran:
        printed, errors = ran.communicate(timeout=60)
    assert (ran.returncode, printed, errors) == (0, "", "")
    assert time.monotonic() - begin < 30


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_interrupted_ends_well(mudra_home: Path, number: signal.Signals) -> None:
    with process(mudra_home, "--source", "synthetic:palm:600", "--speak") as ran:
        log = mudra_home / "mudra.log"
        end = time.monotonic() + 60
        while not (log.exists() and log.stat().st_size) and time.monotonic() < end:
            assert ran.poll() is None
            time.sleep(0.05)  # MediaPipe writes into the log as it starts
        time.sleep(0.5)
        ran.send_signal(number)
        printed, errors = ran.communicate(timeout=60)
    assert (ran.returncode, printed, errors) == (0, "", "")
