"""Another bundle while the app runs, with the real engine and real bundles: nothing lost, nothing twice, and back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.engine import Command, Engine, SetRecognizer, Tune
from app.fakes import ScriptedLandmarker, ScriptedRecognizer
from app.notices import Busy, Problem, Swapped, Watching
from app.settings import Settings
from app.swapping import Choices, open_chosen
from app.watch import Watch
from recognizers import home
from recognizers.bundle import Bundle
from recognizers.clips import Clip, ClipHeader, save_clip
from recognizers.errors import BundleError, UsageError
from recognizers.handmodel import View, hand_points, poses, project
from recognizers.types import RIGHT, Frame, SourceKind
from tests.app.test_watch import Log
from tests.recognizers.tiny_bundles import LABELS, info_of, saved

RATE = 50.0
HELD = "palm"


def own(name: str, **changed: object) -> Path:
    """Give the user a tiny bundle that tells palm from fist."""
    saved(home.models_folder() / name, info_of(id=name, **changed))
    return home.models_folder() / name


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A clip of two minutes, far longer than any test watches, of one palm held still."""
    frames = round(120 * RATE)
    hands = np.full((frames, 2, 21, 3), np.nan, np.float32)
    hands[:, RIGHT] = project(hand_points(poses()[HELD]), View((640, 480), wrist=(0.5, 0.7)))
    arrays = {
        "t_ns": np.arange(frames, dtype=np.int64) * round(1e9 / RATE),
        "hands": hands,
        "hands_world": np.full_like(hands, np.nan),
        "face_points": np.full((frames, 6, 2), np.nan, np.float32),
    }
    header = ClipHeader(HELD, "gesture", fps=RATE, image_size=(640, 480))
    save_clip(tmp_path / "film.npz", Clip.of_arrays(header, arrays, "test"))
    return tmp_path / "film.npz"


@pytest.fixture
def log() -> Log:
    return Log()


MakeWatch = Callable[..., Watch]


@pytest.fixture
def make_watch(log: Log) -> Iterator[MakeWatch]:
    made: list[Watch] = []

    def make(settings: Settings | None = None, **options: str) -> Watch:
        chosen = settings or Settings(bundles={"gesture": "one"})
        made.append(Watch(chosen, [log], log.tell, opener=lambda needs: ScriptedLandmarker(), **options))
        return made[-1]

    yield make
    assert [each.close() for each in made] == [True] * len(made)


def swaps(log: Log) -> list[Swapped]:
    return [each for each in log.notices if isinstance(each, Swapped)]


def newest(log: Log) -> Watching:
    return [each for each in log.notices if isinstance(each, Watching)][-1]


def held_by(log: Log, bundle: str) -> Callable[[], bool]:
    """Return what tells whether the newest snapshot holds a label by a bundle."""

    def held() -> bool:
        return (
            bool(log.snapshots) and dict(log.snapshots[-1].bundles).get("gesture") == bundle and log.snapshots[-1].held
        )

    return held


def test_no_frame_is_lost_or_seen_twice_and_what_was_held_ends(make_watch: MakeWatch, log: Log, film: Path) -> None:
    own("one")
    own("two")
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show(str(film))
    log.until(held_by(log, "one"))
    watch.use_bundle("two")
    log.until(held_by(log, "two"))
    indices = [each.index for each in log.snapshots]
    assert indices == list(range(len(indices)))
    bundles = [each.bundles["gesture"] for each in log.snapshots]
    first = bundles.index("two")
    assert bundles == ["one"] * first + ["two"] * (len(bundles) - first), "one after the other, between two frames"
    assert not log.snapshots[first].held, "it starts anew"
    begun, ended, again = log.events[:3]
    assert [event.ended for event in (begun, ended, again)] == [False, True, False]
    assert {event.label for event in (begun, ended, again)} == {HELD}
    assert ended.t_ns == begun.t_ns and ended.t_ns + (ended.duration_ns or 0) < log.snapshots[first].t_ns <= again.t_ns
    assert swaps(log) == [Swapped("gesture", "two", "one")]
    assert newest(log) == Watching("gesture", {"gesture": "two"}, {"gesture": {"palm": 0.6, "fist": 0.6}})
    assert newest(log).previous == {"gesture": "one"} and not log.busy


def test_the_engine_is_held_up_by_next_to_nothing(
    make_watch: MakeWatch, log: Log, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own("one")
    own("two")
    spent: list[tuple[str, float]] = []
    apply, process = Engine.apply, Engine.process

    def timed(kind: str, work: Callable[..., object]) -> Callable[..., object]:
        def run(*words: object, **named: object) -> object:
            begin = time.thread_time()  # what this thread worked, however busy the machine is
            try:
                return work(*words, **named)
            finally:
                chosen = type(words[1]).__name__ if kind == "apply" else kind
                spent.append((chosen, time.thread_time() - begin))

        return run

    monkeypatch.setattr(Engine, "apply", timed("apply", apply))
    monkeypatch.setattr(Engine, "process", timed("process", process))
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show(str(film))
    log.until(held_by(log, "one"))
    mark = len(spent)
    watch.use_bundle("two")
    log.until(held_by(log, "two"))
    after = [seconds for kind, seconds in spent[mark:] if kind in ("SetRecognizer", "process")]
    assert max(after) < 0.1 and any(kind == "SetRecognizer" for kind, _ in spent[mark:])


def test_back_and_forth_with_one_call(make_watch: MakeWatch, log: Log, film: Path) -> None:
    own("one")
    own("two")
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show(str(film))
    watch.use_bundle("two")
    log.until(held_by(log, "two"))
    watch.previous_bundle("gesture")
    log.until(held_by(log, "one"))
    watch.previous_bundle("gesture")
    log.until(lambda: len(swaps(log)) == 3)
    assert [(each.name, each.before) for each in swaps(log)] == [("two", "one"), ("one", "two"), ("two", "one")]


def test_a_bundle_that_was_trained_again_under_its_name_is_gone_back_from(make_watch: MakeWatch, log: Log) -> None:
    folder = own("one")
    watch = make_watch()
    watch.set_mode("gesture")
    log.until(lambda: log.has(Watching))
    own("one", default_threshold=0.9)
    watch.use_bundle(folder)
    log.until(lambda: newest(log).thresholds["gesture"]["palm"] == 0.9)
    watch.previous_bundle("gesture")
    log.until(lambda: newest(log).thresholds["gesture"]["palm"] == 0.6)


def test_the_one_before_of_the_settings_is_loaded_when_it_is_wanted(make_watch: MakeWatch, log: Log) -> None:
    own("one")
    own("two")
    watch = make_watch(Settings(bundles={"gesture": "one"}, previous_bundles={"gesture": "two"}))
    watch.set_mode("gesture")
    log.until(lambda: log.has(Watching))
    assert newest(log).previous == {"gesture": "two"}
    watch.previous_bundle("gesture")
    log.until(lambda: swaps(log))
    assert swaps(log) == [Swapped("gesture", "two", "one")]


def test_without_one_before_that_is_said(make_watch: MakeWatch, log: Log) -> None:
    own("one")
    watch = make_watch()
    watch.set_mode("gesture")
    watch.previous_bundle("gesture")
    log.until(lambda: log.has(Problem))
    assert "no earlier model" in next(each.text for each in log.notices if isinstance(each, Problem))
    assert newest(log).bundles == {"gesture": "one"}


@pytest.mark.parametrize(("name", "mode"), [("nothing", None), ("two", "sign"), ("broken", None)])
def test_what_cannot_be_used_is_a_problem_and_the_one_before_goes_on(
    make_watch: MakeWatch, log: Log, film: Path, name: str, mode: str | None
) -> None:
    own("one")
    own("two")
    (own("broken") / "model.tflite").write_bytes(b"not a model")
    watch = make_watch()
    watch.set_mode("gesture")
    watch.show(str(film))
    log.until(held_by(log, "one"))
    watch.use_bundle(name, mode)
    log.until(lambda: log.has(Problem))
    count = len(log.snapshots)
    log.until(lambda: len(log.snapshots) > count + 5)
    assert log.snapshots[-1].bundles == {"gesture": "one"} and log.snapshots[-1].held and len(log.events) == 1
    assert not swaps(log) and not log.busy and newest(log).bundles == {"gesture": "one"}


def test_how_the_mode_was_tuned_holds_for_the_new_one(make_watch: MakeWatch, log: Log, film: Path) -> None:
    own("one")
    own("two")
    watch = make_watch()
    watch.tune(Tune("gesture", 1.0, 2.0))
    watch.set_mode("gesture")
    watch.show(str(film))
    watch.use_bundle("two")
    log.until(lambda: log.snapshots and log.snapshots[-1].bundles == {"gesture": "two"})
    count = len(log.snapshots)
    log.until(lambda: len(log.snapshots) > count + RATE)
    assert log.snapshots[-1].predictions["gesture"].label == HELD and not log.events, "a hold of two seconds"


def test_a_mode_that_is_not_watched_gets_its_bundle_when_it_is(make_watch: MakeWatch, log: Log, film: Path) -> None:
    own("one")
    own("two")
    watch = make_watch()
    watch.set_mode("sign")
    watch.show(str(film))
    log.until(lambda: log.has(Watching))
    watch.use_bundle("two")
    log.until(lambda: swaps(log))
    log.until(lambda: newest(log).bundles == {"sign": "words"})
    watch.set_mode("gesture")
    log.until(held_by(log, "two"))


def test_a_wish_for_a_mode_and_for_a_bundle_do_not_get_in_each_others_way(make_watch: MakeWatch, log: Log) -> None:
    own("one")
    own("two")
    watch = make_watch()
    watch.set_mode("gesture")
    watch.use_bundle("two")
    watch.use_bundle("one")
    log.until(lambda: len(swaps(log)) == 2)
    log.until(lambda: newest(log).bundles == {"gesture": "one"})


def test_all_takes_in_a_mode_that_had_no_model(
    make_watch: MakeWatch, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    own("one")
    own("mine", mode="emotion")
    monkeypatch.setattr("recognizers.bundle.shipped_bundles", list)
    watch = make_watch()
    watch.set_mode("all")
    log.until(lambda: log.has(Watching))
    assert newest(log).bundles == {"gesture": "one"}
    watch.use_bundle("mine")
    log.until(lambda: newest(log).bundles == {"gesture": "one", "emotion": "mine"})


def test_it_can_be_closed_while_a_bundle_loads(
    make_watch: MakeWatch, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, loading = threading.Event(), threading.Event()

    def slow(*words: object) -> None:
        loading.set()
        hold.wait(20)
        raise BundleError("too late")

    monkeypatch.setattr("app.watch.open_chosen", slow)
    watch = make_watch()
    watch.use_bundle("two")
    assert loading.wait(20) and Busy("Loading the model", "models") in log.notices
    assert watch.close()
    hold.set()


# --- the engine ---------------------------------------------------------------------------------------------


def test_other_modes_go_on_while_one_is_exchanged() -> None:
    hand = np.full((48, 64, 3), 200, np.uint8)
    both = [ScriptedRecognizer(lambda _: ("palm", 0.9), mode=mode) for mode in ("sign", "gesture")]
    engine = Engine(both, ScriptedLandmarker())
    for number in range(4):
        engine.process(Frame(hand, number * 100_000_000, number), SourceKind.RECORDED)
    command: Command = SetRecognizer(ScriptedRecognizer(lambda _: ("fist", 0.9), mode="gesture"))
    (ended,) = engine.apply(command)
    assert (ended.mode, ended.ended) == ("gesture", True)
    step = engine.process(Frame(hand, 400_000_000, 4), SourceKind.RECORDED)
    assert set(step.snapshot.held) == {"sign"} and engine.modes == ("sign", "gesture") and step.events == ()


# --- the bookkeeping ------------------------------------------------------------------------------------------


def test_a_model_that_answers_with_no_probabilities_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    own("one")
    monkeypatch.setattr(Bundle, "run", lambda self, inputs: np.full((1, len(LABELS)), np.nan, np.float32))
    with pytest.raises(BundleError, match="no probabilities"):
        open_chosen("one", None, Settings())


def test_the_users_threshold_and_hold_come_along() -> None:
    own("one")
    recognizer = open_chosen("one", "gesture", replace(Settings(), thresholds={"gesture": 0.77}))
    assert recognizer.threshold_of("palm") == 0.77
    with pytest.raises(UsageError):
        open_chosen("one", "sign", Settings())


def test_choices_remember_names() -> None:
    choices = Choices(Settings(bundles={"gesture": "one"}))
    assert choices.name_of("gesture") == "one" and choices.name_of("sign") == "words" and choices.previous() == {}
    assert choices.swapped("gesture", "one", None) == "one" and choices.previous() == {}
    assert choices.swapped("gesture", "two", None) == "one" and choices.previous() == {"gesture": "one"}
    choices.named("sign", "other.zip")
    assert choices.swapped("sign", "mine", None) == "other.zip" and choices.previous()["sign"] == "other.zip"
