"""The watch: one source after another in a thread, commands, models loaded aside, and an end in any state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import watch as watch_module
from app.devices import FakeDevice, Freeze, Hang, Lose, Refuse, Show
from app.engine import Tune
from app.settings import Settings
from app.watch import Busy, Ended, Notice, Opened, Problem, Watch, Watching
from recognizers.frames import Source
from recognizers.modes import MODE_NAMES
from recognizers.types import LabelEvent, Snapshot, SourceState
from tests.app.planned import GREEN, RED, WAIT_MS, Frames, Photo, Plan, plain


class Log:
    """A consumer and a listener that remembers everything, and can be waited on."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.notices: list[Notice] = []
        self.snapshots: list[Snapshot] = []
        self.events: list[LabelEvent] = []
        self.sources: list[Source] = []
        self.closed = 0

    def _add(self, kept: list[object], value: object) -> None:
        with self.news:
            kept.append(value)
            self.news.notify_all()

    def tell(self, notice: Notice) -> None:
        self._add(self.notices, notice)  # type: ignore[arg-type]

    def on_source(self, source: Source) -> None:
        self._add(self.sources, source)  # type: ignore[arg-type]

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self._add(self.snapshots, snapshot)  # type: ignore[arg-type]

    def on_event(self, event: LabelEvent) -> None:
        self._add(self.events, event)  # type: ignore[arg-type]

    def close(self, *, keep: bool = True) -> None:
        with self.news:
            self.closed += 1

    def until(self, condition: Callable[[], object]) -> None:
        with self.news:
            assert self.news.wait_for(condition, WAIT_MS / 1e3), (self.notices, len(self.snapshots))

    def has(self, kind: type[Notice]) -> bool:
        return any(isinstance(each, kind) for each in self.notices)

    @property
    def busy(self) -> str:
        """What is said to take a while, now."""
        doing: dict[str, str] = {}
        for notice in self.notices:
            if isinstance(notice, Busy):
                doing[notice.task] = notice.text
        return ", ".join(text for text in doing.values() if text)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plan:
    made = Plan(tmp_path / "said.jsonl")
    made.install(monkeypatch)
    monkeypatch.setattr(watch_module, "probe_cameras", list)
    return made


MakeWatch = Callable[..., Watch]


@pytest.fixture
def make_watch(plan: Plan, log: Log) -> Iterator[MakeWatch]:
    made: list[Watch] = []

    def make(settings: Settings | None = None, *, model: str | None = None) -> Watch:
        made.append(Watch(settings or Settings(), [log], log.tell, opener=plan.opener, model=model))
        return made[-1]

    yield make
    assert [each.close() for each in made] == [True] * len(made)


def show_red(plan: Plan, spec: str = "0", rate: float = 100) -> None:
    plan.live(spec, FakeDevice([Show(plain(RED), 1_000_000, rate)]))


def test_a_source_and_a_mode_give_labels(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    show_red(plan)
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show("0")
    log.until(lambda: log.events)
    assert log.events[0].label == "palm"
    assert Opened("0", "the fake camera") in log.notices
    thresholds = {"gesture": {"palm": 0.6, "fist": 0.5}}
    assert Watching("gesture", {"gesture": "scripted gesture"}, thresholds) in log.notices


def test_what_takes_a_while_is_over_when_it_is(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    show_red(plan)
    watch = make_watch()
    watch.set_mode(None)
    log.until(lambda: log.has(Watching))
    plan.hold_models.clear()
    watch.set_mode("sign")
    log.until(lambda: "Loading models" in log.busy)
    watch.show("0")
    log.until(lambda: len(log.snapshots) > 5)
    assert log.busy == "Loading models", "the source is open, the models are not loaded"
    plan.hold_models.set()
    log.until(lambda: not log.busy)


def test_a_new_source_ends_the_one_before(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    show_red(plan, "0")
    show_red(plan, "1")
    watch = make_watch()
    watch.set_mode(None)
    watch.show("0")
    log.until(lambda: log.events)
    watch.show("1")
    log.until(lambda: len(log.sources) == 2 and len(log.events) > 2)
    assert [event.ended for event in log.events[:3]] == [False, True, False]
    assert not log.has(Ended), "it did not end by itself"
    assert log.closed == 0


def test_only_the_newest_wish_is_opened(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    plan.live("slow", FakeDevice([Hang(0.3), Show(plain(RED), 1_000_000, 100)]))
    for spec in "abc":
        show_red(plan, spec)
    watch = make_watch()
    watch.show("slow")
    log.until(lambda: log.has(Opened))
    for spec in "abc":
        watch.show(spec)
    log.until(lambda: any(isinstance(each, Opened) and each.spec == "c" for each in log.notices))
    opened = [each.spec for each in log.notices if isinstance(each, Opened)]
    assert opened[0] == "slow" and opened[-1] == "c" and len(opened) <= 4


@pytest.mark.parametrize(
    ("settings", "cameras", "spec", "demonstration"),
    [
        (Settings(), [], "synthetic", True),
        (Settings(), [2, 3], "2", False),
        (Settings(camera=3), [2], "3", False),
        (Settings(camera="rtsp://a/b"), [2], "rtsp://a/b", False),
    ],
)
def test_without_a_wish_a_camera_is_chosen(  # noqa: PLR0917 - fixtures and parameters
    make_watch: MakeWatch,
    plan: Plan,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    cameras: list[int],
    spec: str,
    demonstration: bool,
) -> None:
    monkeypatch.setattr(watch_module, "probe_cameras", lambda: cameras)
    for each in ("synthetic", "2", "3", "rtsp://a/b"):
        show_red(plan, each)
    make_watch(settings).show(None)
    log.until(lambda: log.has(Opened))
    (opened,) = [each for each in log.notices if isinstance(each, Opened)]
    assert opened.spec == spec and opened.demonstration is demonstration


def test_a_source_that_is_not_there_is_a_problem_and_the_next_one_runs(
    make_watch: MakeWatch, plan: Plan, log: Log
) -> None:
    show_red(plan)
    watch = make_watch()
    watch.show("nothing.mp4")
    log.until(lambda: log.has(Ended))
    assert Problem("nothing.mp4: is not there", "Choose another") in log.notices
    assert Ended("nothing.mp4") in log.notices and log.busy == ""
    watch.show("0")
    log.until(lambda: log.snapshots)


def test_a_defect_is_told_and_does_not_end_the_watch(
    make_watch: MakeWatch, plan: Plan, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    show_red(plan)
    plan.sources["odd"] = lambda: 1 / 0  # type: ignore[assignment, return-value]
    watch = make_watch()
    watch.show("odd")
    log.until(lambda: log.has(Problem))
    assert any("defect" in each.text for each in log.notices if isinstance(each, Problem))
    assert "ZeroDivisionError" in capsys.readouterr().err
    watch.show("0")
    log.until(lambda: log.snapshots)


def test_a_recording_ends_by_itself_and_a_photo_too(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    plan.sources["film.mp4"] = lambda: Frames(count=8, rate=200)
    plan.sources["photo.jpg"] = Photo
    watch = make_watch()
    watch.set_mode(None)
    log.until(lambda: log.has(Watching))
    watch.show("film.mp4")
    log.until(lambda: Ended("film.mp4") in log.notices)
    assert [event.ended for event in log.events] == [False, True]
    watch.show("photo.jpg")
    log.until(lambda: Ended("photo.jpg", stills=True) in log.notices)
    assert log.events[-1].source == "photo.jpg" and log.snapshots[-1].held


def test_pause_lets_a_recording_stand_still(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    plan.sources["film.mp4"] = lambda: Frames(count=100_000, rate=50)
    watch = make_watch()
    watch.set_mode(None)
    watch.show("film.mp4")
    log.until(lambda: log.events)
    watch.pause(True)
    log.until(lambda: log.events[-1].ended)
    before = log.snapshots[-1].index
    count = len(log.events)
    watch.pause(False)
    log.until(lambda: len(log.events) > count)
    assert log.events[-1].label == "palm" and not log.events[-1].ended
    assert log.snapshots[-1].index < before + 50, "it went on where it stood"


def test_a_pause_holds_no_one_up_who_wants_another_source(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    plan.sources["film.mp4"] = lambda: Frames(count=100_000, rate=50)
    show_red(plan)
    watch = make_watch()
    watch.set_mode(None)
    watch.show("film.mp4")
    log.until(lambda: log.snapshots)
    watch.pause(True)
    watch.show("0")
    log.until(lambda: len(log.sources) == 2)


def test_all_modes_run_at_once(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    show_red(plan)
    watch = make_watch()
    watch.set_mode("all")
    watch.show("0")
    log.until(lambda: {event.mode for event in log.events} == set(MODE_NAMES))
    assert log.snapshots[-1].modes == MODE_NAMES


@pytest.mark.parametrize("mode", [*MODE_NAMES, "all"])
def test_the_mode_of_the_settings_is_told_by_its_own_word(make_watch: MakeWatch, log: Log, mode: str) -> None:
    make_watch(replace(Settings(), mode=mode)).set_mode(None)
    log.until(lambda: log.has(Watching))
    assert [each.mode for each in log.notices if isinstance(each, Watching)] == [mode]


def test_all_leaves_out_what_has_no_model(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    plan.broken_modes.add("emotion")
    make_watch().set_mode("all")
    log.until(lambda: log.has(Watching))
    (watching,) = [each for each in log.notices if isinstance(each, Watching)]
    assert watching.mode == "all" and list(watching.bundles) == ["sign", "gesture"]


def test_a_mode_whose_model_is_damaged_leaves_the_one_before(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    plan.broken_modes.add("sign")
    show_red(plan)
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show("0")
    log.until(lambda: log.events)
    watch.set_mode("sign")
    log.until(lambda: log.has(Problem))
    assert Problem("sign: the model is damaged", "Install Mudra again") in log.notices
    log.until(lambda: [each.mode for each in log.notices if isinstance(each, Watching)] == ["gesture", "gesture"])
    assert log.snapshots[-1].modes == ("gesture",)


def test_tuning_reaches_models_loaded_and_to_come(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    show_red(plan)
    watch = make_watch()
    watch.tune(Tune("gesture", 0.95, 0.3))
    watch.set_mode("gesture")
    watch.show("0")
    log.until(lambda: len(log.snapshots) > 20 and log.snapshots[-1].predictions)
    assert log.events == [], "palm is seen with 0.9"
    watch.tune(Tune("gesture", 0.85, 0.3))
    log.until(lambda: log.events)


def test_models_that_load_hold_up_nothing(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    show_red(plan)
    plan.hold_models.clear()
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show("0")
    log.until(lambda: len(log.snapshots) > 10)
    assert log.snapshots[-1].modes == ()
    plan.hold_models.set()
    log.until(lambda: log.events)


@pytest.mark.parametrize(
    "acts",
    [
        [],
        [Hang(0.7)],
        [Refuse()] * 50,
        [Show(plain(RED), 3, 100), Freeze(0.7)],
        [Show(plain(RED), 3, 100), Lose()] * 50,
        [Show(plain(RED), 3, 5), Show(plain(GREEN, (80, 60)), 1000, 120)],
    ],
)
def test_it_ends_whatever_its_source_does(plan: Plan, log: Log, acts: list[object]) -> None:
    before = set(threading.enumerate())
    plan.live("0", FakeDevice(acts))  # type: ignore[arg-type]
    watch = Watch(Settings(), [log], log.tell, opener=plan.opener)
    watch.set_mode("all")
    watch.show("0")
    log.until(lambda: log.has(Opened))
    time.sleep(0.05)
    assert watch.close()
    assert log.closed == 1 and all(each.log[-1] == "close" for each in plan.landmarkers)
    left = [each for each in set(threading.enumerate()) - before if each.name != "load models_0"]
    for thread in left:
        thread.join(WAIT_MS / 1e3)
        assert not thread.is_alive(), thread


def test_it_ends_before_it_has_begun_and_twice(make_watch: MakeWatch, log: Log) -> None:
    watch = make_watch()
    assert watch.close() and watch.close() and log.closed == 1
    watch.show("0")
    watch.set_mode("all")
    watch.pause(True)
    assert not log.has(Opened)


def test_commands_are_obeyed_while_nothing_is_watched(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    show_red(plan)
    watch = make_watch()
    watch.set_mode("all")
    log.until(lambda: log.has(Watching))
    watch.pause(True)
    watch.show("0")
    log.until(lambda: len(log.snapshots) > 10)
    assert log.events == [] and log.snapshots[-1].modes == MODE_NAMES


def test_a_camera_that_comes_back_is_watched_again(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    acts = [Show(plain(RED), 10, 100), Lose("unplugged"), Refuse(), Show(plain(GREEN, (80, 60)), 100_000, 100)]
    plan.live("0", FakeDevice(acts))
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show("0")
    log.until(
        lambda: log.snapshots and log.snapshots[-1].frame is not None and log.snapshots[-1].frame.size == (80, 60)
    )
    states = [each.status.state for each in log.snapshots]
    lost = states.index(SourceState.LOST)
    assert log.snapshots[lost].frame is None and not log.snapshots[lost].held
    log.until(lambda: [event.ended for event in log.events[:3]] == [False, True, False])


@pytest.mark.parametrize("kind", [Frames, Photo])
def test_no_frame_of_a_recording_passes_before_the_models_are_there(
    make_watch: MakeWatch, plan: Plan, log: Log, kind: type[Source]
) -> None:
    plan.sources["recording"] = kind  # type: ignore[assignment]
    plan.hold_models.clear()
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show("recording")
    log.until(lambda: log.has(Opened))
    assert log.snapshots == []
    plan.hold_models.set()
    log.until(lambda: log.has(Ended))
    assert log.snapshots[0].modes == ("gesture",) and log.events


def test_who_waits_for_models_can_be_called_away(make_watch: MakeWatch, plan: Plan, log: Log) -> None:
    plan.sources["film.mp4"] = Frames
    show_red(plan)
    plan.hold_models.clear()
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show("film.mp4")
    log.until(lambda: log.has(Opened))
    watch.show("0")
    log.until(lambda: log.snapshots)
    plan.hold_models.set()
