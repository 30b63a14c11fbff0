"""The engine: streams, stills, landmarks, commands, and what it asks of the landmarker."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine import Engine, Pause, Record, SetModes, SetRecognizer, Tune, UseMesh
from app.fakes import ScriptedLandmarker, ScriptedRecognizer
from app.ports import Needs
from recognizers.errors import LandmarkerFileError, UsageError
from recognizers.types import Frame, LabelEvent, Landmarks, SourceKind, SourceState, SourceStatus

HAND = np.full((48, 64, 3), 200, np.uint8)
BLACK = np.zeros((48, 64, 3), np.uint8)
STEP_NS = 100_000_000


def frames(*images: np.ndarray, start: int = 0) -> list[Frame]:
    return [Frame(image, (start + n) * STEP_NS, start + n, "camera") for n, image in enumerate(images)]


def palm(landmarks: Landmarks) -> tuple[str, float]:
    return "palm", 0.9


def feed(engine: Engine, items: list[Frame], kind: SourceKind = SourceKind.RECORDED) -> list[LabelEvent]:
    return [event for item in items for event in engine.process(item, kind, "a.mp4").events]


def test_a_held_label_is_one_event_announced_and_ended() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    begun, ended = feed(engine, frames(*[HAND] * 5, *[BLACK] * 4))
    assert (begun.label, begun.t_ns, begun.ended, begun.duration_ns) == ("palm", 2 * STEP_NS, False, None)
    assert (ended.label, ended.t_ns, ended.ended, ended.duration_ns) == ("palm", 2 * STEP_NS, True, 2 * STEP_NS)
    assert ended.source == "a.mp4"


def test_finish_ends_what_is_held() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    feed(engine, frames(*[HAND] * 4))
    (ended,) = engine.finish()
    assert ended.ended and ended.duration_ns == STEP_NS
    assert engine.finish() == ()


def test_a_snapshot_shows_the_moment() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    steps = [engine.process(frame, SourceKind.LIVE, "camera", dropped=7) for frame in frames(*[HAND] * 3, BLACK)]
    third, last = steps[2].snapshot, steps[3].snapshot
    assert (third.t_ns, third.index, third.modes) == (2 * STEP_NS, 2, ("gesture",))
    assert third.predictions["gesture"].label == "palm" and third.held["gesture"].label == "palm"
    assert third.bundles == {"gesture": "scripted gesture"}
    assert third.stats.frames == 3 and third.stats.dropped == 7
    assert third.stats.stage_ms["hands"] == 1.0 and third.stats.stage_ms["landmarks"] > 0
    assert last.predictions == {} and "gesture" in last.held, "the vote holds on, the prediction does not"


def test_each_still_stands_alone() -> None:
    sure = {0: ("palm", 0.9), 1: ("palm", 0.3), 2: ("none", 0.99), 4: ("fist", 0.71)}
    engine = Engine([ScriptedRecognizer(lambda landmarks: sure[landmarks.t_ns // STEP_NS])], ScriptedLandmarker())
    photos = [Frame(image, n * STEP_NS, n, f"{n}.jpg") for n, image in enumerate([HAND, HAND, HAND, BLACK, HAND])]
    steps = [engine.process(photo, SourceKind.STILLS, "folder") for photo in photos]
    events = [event for step in steps for event in step.events]
    assert [(e.source, e.frame, e.label, e.t_ns, e.duration_ns, e.ended) for e in events] == [
        ("0.jpg", 0, "palm", 0, None, True),
        ("4.jpg", 4, "fist", 0, None, True),
    ]
    assert steps[0].snapshot.held["gesture"] == events[0]
    assert [len(step.snapshot.predictions) for step in steps] == [1, 1, 1, 0, 1]
    assert engine.finish() == ()


def test_recorded_landmarks_need_no_landmarker() -> None:
    found = ScriptedLandmarker().detect(frames(HAND)[0]).hands

    def refuse(needs: Needs) -> ScriptedLandmarker:
        raise AssertionError("opened")

    engine = Engine([ScriptedRecognizer(palm)], opener=refuse)
    steps = [engine.process(Landmarks(t_ns=n * STEP_NS, hands=found), SourceKind.LANDMARKS, "c.npz") for n in range(4)]
    assert [step.snapshot.index for step in steps] == [0, 1, 2, 3]
    assert steps[2].events[0].label == "palm" and steps[2].events[0].frame == 2
    assert steps[3].snapshot.frame is None


@pytest.mark.parametrize(
    ("recognizers", "hands", "face"),
    [
        ([ScriptedRecognizer(palm)], 2, False),
        ([ScriptedRecognizer(palm, hands=1)], 1, False),
        ([ScriptedRecognizer(palm, mode="emotion", hands=0, face=True)], 0, True),
        ([ScriptedRecognizer(palm, hands=1), ScriptedRecognizer(palm, mode="sign", face=True)], 2, True),
    ],
)
def test_only_what_is_needed_is_looked_for(recognizers: list[ScriptedRecognizer], hands: int, face: bool) -> None:
    asked: list[Needs] = []
    engine = Engine(recognizers, opener=lambda needs: asked.append(needs) or ScriptedLandmarker())
    feed(engine, frames(HAND, HAND))
    assert asked == [Needs(False, hands, face)]


def test_a_landmarker_is_opened_late_kept_and_exchanged_with_the_needs() -> None:
    opened: list[tuple[Needs, ScriptedLandmarker]] = []

    def opener(needs: Needs) -> ScriptedLandmarker:
        opened.append((needs, ScriptedLandmarker()))
        return opened[-1][1]

    hands, both = ScriptedRecognizer(palm), ScriptedRecognizer(palm, mode="sign", face=True)
    engine = Engine([hands, both], opener=opener)
    assert opened == []
    engine.apply(SetModes(("gesture",)))
    feed(engine, frames(HAND), SourceKind.STILLS)
    feed(engine, frames(HAND, HAND))
    engine.apply(SetModes(("gesture", "sign")))
    feed(engine, frames(HAND))
    engine.close()
    assert [needs for needs, _ in opened] == [
        Needs(True, 2, False),
        Needs(False, 2, False),
    ]
    assert [landmarker.log for _, landmarker in opened] == [[0, "close"], [0, 1, "watch", 0, "close"]]


def test_prepare_opens_before_the_first_frame() -> None:
    asked: list[Needs] = []
    engine = Engine([ScriptedRecognizer(palm)], opener=lambda needs: asked.append(needs) or ScriptedLandmarker())
    engine.prepare(SourceKind.LIVE)
    feed(engine, frames(HAND), SourceKind.LIVE)
    assert asked == [Needs(False, 2, False)]


def test_a_change_of_mode_ends_what_is_held_and_starts_anew() -> None:
    landmarker = ScriptedLandmarker()
    engine = Engine([ScriptedRecognizer(palm), ScriptedRecognizer(palm, mode="sign")], landmarker)
    engine.apply(SetModes(("gesture",)))
    feed(engine, frames(*[HAND] * 4))
    (ended,) = engine.apply(SetModes(("sign",)))
    assert ended.ended and ended.mode == "gesture"
    assert "reset" not in landmarker.log and engine.modes == ("sign",), "hands are followed on"
    events = feed(engine, frames(*[HAND] * 3, start=4))
    assert [(event.mode, event.frame) for event in events] == [("sign", 6)]


def test_an_unknown_mode_is_refused() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    with pytest.raises(UsageError, match="emotion"):
        engine.apply(SetModes(("emotion",)))
    assert engine.modes == ("gesture",)


def test_a_threshold_and_a_hold_change_without_a_new_start() -> None:
    recognizer = ScriptedRecognizer(palm)
    landmarker = ScriptedLandmarker()
    engine = Engine([recognizer], landmarker)
    feed(engine, frames(*[HAND] * 4))
    assert engine.apply(Tune("gesture", 0.5, 1.0)) == () and recognizer.tuned == [(0.5, 1.0)]
    assert "reset" not in landmarker.log
    step = engine.process(frames(HAND, start=4)[0], SourceKind.LIVE, "camera")
    assert step.events == () and step.snapshot.held["gesture"].label == "palm", "what is held goes on"
    assert step.snapshot.stats.frames == 5


def test_a_threshold_that_is_too_high_ends_what_is_held() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    feed(engine, frames(*[HAND] * 4))
    engine.apply(Tune("gesture", 1.0))
    assert [event.ended for event in feed(engine, frames(*[HAND] * 4, start=4))] == [], "0.8 of 1.0 still holds 0.9"
    engine.apply(Tune("gesture"))
    assert engine.finish()[0].label == "palm"


def test_a_long_hold_begins_late_and_ends_as_soon_as_ever() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    engine.apply(Tune("gesture", None, 1.0))
    begun, ended = feed(engine, frames(*[HAND] * 12, *[BLACK] * 3))
    assert (begun.frame, ended.duration_ns) == (9, 2 * STEP_NS)


def test_a_mode_without_a_recognizer_cannot_be_tuned() -> None:
    with pytest.raises(UsageError, match="sign"):
        Engine([ScriptedRecognizer(palm)], ScriptedLandmarker()).apply(Tune("sign", 0.5))


def test_the_mesh_is_asked_for_where_it_is_installed_and_its_mode_is_active() -> None:
    face = ScriptedRecognizer(palm, mode="emotion", hands=0, face=True)
    hand = ScriptedRecognizer(palm)
    engine = Engine([hand, face], ScriptedLandmarker(), mesh=True)
    assert engine.needs(SourceKind.LIVE) == Needs(False, 2, True, True)
    engine.apply(SetModes(("gesture",)))
    assert not engine.needs(SourceKind.LIVE).mesh
    engine.apply(SetModes(("emotion",)))
    assert engine.needs(SourceKind.LIVE) == Needs(False, 0, True, True)
    engine.apply(UseMesh(False))
    assert not engine.needs(SourceKind.LIVE).mesh
    assert not Engine([face], ScriptedLandmarker()).needs(SourceKind.LIVE).mesh


def test_a_mesh_that_cannot_be_loaded_is_done_without() -> None:
    asked: list[Needs] = []

    def opener(needs: Needs) -> ScriptedLandmarker:
        asked.append(needs)
        if needs.mesh:
            raise LandmarkerFileError("damaged")
        return ScriptedLandmarker()

    engine = Engine([ScriptedRecognizer(palm, mode="emotion", hands=0, face=True)], opener=opener, mesh=True)
    step = engine.process(frames(HAND)[0], SourceKind.LIVE)
    assert [needs.mesh for needs in asked] == [True, False] and not step.snapshot.mesh
    with pytest.raises(LandmarkerFileError):
        Engine([ScriptedRecognizer(palm)], opener=_refusing).process(frames(HAND)[0], SourceKind.LIVE)


def _refusing(needs: Needs) -> ScriptedLandmarker:
    raise LandmarkerFileError("missing")


def test_another_recognizer_takes_over() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    engine.apply(SetRecognizer(ScriptedRecognizer(lambda landmarks: ("fist", 0.8))))
    assert [event.label for event in feed(engine, frames(*[HAND] * 3))] == ["fist"]


def test_a_pause_lets_frames_through_unlooked_at() -> None:
    landmarker = ScriptedLandmarker()
    engine = Engine([ScriptedRecognizer(palm)], landmarker)
    feed(engine, frames(*[HAND] * 3))
    assert not engine.paused
    (ended,) = engine.apply(Pause())
    assert ended.ended and engine.paused
    looked = landmarker.log.count("reset"), len(landmarker.log)
    step = engine.process(frames(HAND, start=9)[0], SourceKind.LIVE, "camera")
    assert step.events == () and step.snapshot.frame is not None and not step.snapshot.predictions
    assert (landmarker.log.count("reset"), len(landmarker.log)) == looked
    engine.apply(Pause(False))
    assert len(feed(engine, frames(*[HAND] * 3, start=10))) == 1


def test_a_lost_source_ends_what_is_held_and_shows_no_picture() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    feed(engine, frames(*[HAND] * 4))
    lost = SourceStatus(SourceState.LOST, "gone")
    step = engine.source_changed(lost, 9 * STEP_NS)
    assert [event.ended for event in step.events] == [True]
    assert step.snapshot.frame is None and step.snapshot.status == lost and step.snapshot.held == {}
    assert not step.snapshot.landmarks.hands_found.any()


def test_reset_makes_two_runs_alike() -> None:
    engine = Engine([ScriptedRecognizer(palm)], ScriptedLandmarker())
    first = feed(engine, frames(*[HAND] * 4, BLACK))
    engine.reset()
    assert feed(engine, frames(*[HAND] * 4, BLACK)) == first


@pytest.mark.parametrize(("mode", "hands"), [("sign", 2), ("gesture", 2), ("emotion", 0)])
def test_while_clips_are_recorded_all_that_they_hold_is_looked_for(mode: str, hands: int) -> None:
    engine = Engine((), ScriptedLandmarker(), mesh=True)
    assert engine.needs(SourceKind.LIVE) == Needs(stills=False, hands=0, face=False)
    engine.apply(Record(mode, on=True))
    assert engine.needs(SourceKind.LIVE) == Needs(stills=False, hands=hands, face=True, mesh=mode == "emotion")
    engine.apply(Record(None))
    assert engine.needs(SourceKind.LIVE) == Needs(stills=False, hands=0, face=False)


def test_recording_is_shown_and_ends_nothing_that_is_held() -> None:
    landmarker = ScriptedLandmarker()
    engine = Engine([ScriptedRecognizer(palm)], landmarker)
    feed(engine, frames(*[HAND] * 4))
    assert engine.apply(Record("gesture", on=True)) == ()
    snapshot = engine.process(*frames(HAND, start=4), SourceKind.RECORDED).snapshot
    assert snapshot.recording and "gesture" in snapshot.held and snapshot.landmarker is None
    landmarker.identity = "hands-1"  # type: ignore[attr-defined]
    engine.apply(Record(None))
    snapshot = engine.process(*frames(HAND, start=5), SourceKind.RECORDED).snapshot
    assert not snapshot.recording and snapshot.landmarker == "hands-1"
