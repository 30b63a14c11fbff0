"""Taking a resting face from what is watched: countdown, looks, patience, and every way in which it ends."""

from __future__ import annotations

import pytest

from app.calibrating import CalibrationStatus, Calibrator, Phase
from app.engine import Calibrate, Engine
from app.session import Session
from recognizers.errors import FormatError, UsageError
from recognizers.recognizer import Recognizer
from recognizers.resting_face import NO_FACE, RestingFace
from recognizers.types import SourceState, SourceStatus
from tests.app.faces import FaceLandmarker, Moods
from tests.recognizers import resting_faces as rest
from tests.recognizers import tiny_bundles as tiny


class Course:
    """A calibrator on an engine with the tiny bundle, and all that it tells."""

    def __init__(self) -> None:
        self.bundle = rest.bundle()
        self.told: list[CalibrationStatus] = []
        self.calibrator = Calibrator(self.told.append)
        self.engine = Engine([Recognizer(self.bundle)], FaceLandmarker())

    def start(self, seconds: float = 3.0, countdown_s: float = 0.0) -> None:
        self.calibrator.start(RestingFace(self.bundle), seconds=seconds, countdown_s=countdown_s)

    def run(self, source: Moods) -> None:
        Session(self.engine, [self.calibrator]).run([source])

    @property
    def last(self) -> CalibrationStatus:
        return self.told[-1]

    @property
    def phases(self) -> list[Phase]:
        found: list[Phase] = []
        for status in self.told:
            if not found or status.phase is not found[-1]:
                found.append(status.phase)
        return found


@pytest.fixture
def course() -> Course:
    return Course()


def test_a_face_that_rests_is_taken(course: Course) -> None:
    course.start(countdown_s=2.0)
    course.run(Moods(("even", 300)))
    assert course.phases == [Phase.COUNTDOWN, Phase.LOOKING, Phase.DONE]
    assert [each.seconds_left for each in course.told if each.phase is Phase.COUNTDOWN] == [2, 1]
    made = course.last.calibration
    assert made is not None and made.fits(course.bundle) and made.readings == 30
    assert made.words().startswith("neutral") and len(made.made) == 10
    left = [each.seconds_left for each in course.told if each.phase is Phase.LOOKING]
    assert left == sorted(left, reverse=True) and left[-1] == pytest.approx(0.1)


def test_the_countdown_is_not_looked_at(course: Course) -> None:
    """Whoever smiles until it is over may."""
    course.start(countdown_s=2.0)
    course.run(Moods(("bright", 45), ("even", 200)))
    assert course.last.phase is Phase.DONE


def test_looks_that_are_no_good_are_made_up_for(course: Course) -> None:
    course.start(seconds=2.0)
    course.run(Moods(("even", 20), (None, 40), ("even", 200)))
    assert {each.wrong for each in course.told} == {"", NO_FACE}
    assert course.last.calibration is not None and course.last.calibration.readings == 20


def test_patience_has_an_end(course: Course) -> None:
    course.start(seconds=2.0)
    course.run(Moods((None, 600)))
    assert course.last.phase is Phase.FAILED
    assert "no face is in view" in str(course.last.error)


def test_a_camera_that_is_being_opened_costs_no_patience(course: Course) -> None:
    course.start(countdown_s=1.0)
    waiting = SourceStatus(SourceState.WAITING, "Opening camera 0")
    for second in range(60):
        course.calibrator.on_snapshot(course.engine.source_changed(waiting, second * 10**9).snapshot)
    assert course.phases == [Phase.COUNTDOWN] and len(course.told) == 1


def test_a_recording_that_ends_gives_what_it_has(course: Course) -> None:
    course.start()
    course.run(Moods(("even", 45)))
    assert course.last.calibration is not None and course.last.calibration.readings == 15
    course.start()
    course.run(Moods(("even", 20)))
    assert course.last.phase is Phase.FAILED and "found 7" in str(course.last.error)


def test_an_expression_that_changes_fails(course: Course) -> None:
    course.start()
    course.run(Moods(("even", 45), ("dark", 60)))
    assert course.last.phase is Phase.FAILED and "changed" in str(course.last.error)


def test_it_can_be_stopped(course: Course) -> None:
    course.start()
    course.calibrator.stop()
    course.run(Moods(("even", 200)))
    assert course.phases == [Phase.LOOKING, Phase.IDLE]
    course.calibrator.stop()
    assert len(course.told) == 2, "there is nothing left to stop"


def test_another_source_ends_it(course: Course) -> None:
    course.start()
    for frame in Moods(("even", 10)).items():
        course.calibrator.on_snapshot(course.engine.process(frame, Moods().kind).snapshot)
    course.calibrator.on_source(Moods())
    assert course.last.phase is Phase.FAILED and "another source" in str(course.last.error)


def test_another_model_ends_it(course: Course) -> None:
    course.start()
    other = tiny.face_bundle(id="other")
    engine = Engine([Recognizer(other)], FaceLandmarker())
    for frame in Moods(("even", 1)).items():
        course.calibrator.on_snapshot(engine.process(frame, Moods().kind).snapshot)
    assert course.last.phase is Phase.FAILED and "another model" in str(course.last.error)


# The engine's command.


def test_the_engine_calibrates_between_two_frames() -> None:
    bundle = rest.bundle()
    recognizer = Recognizer(bundle)
    engine = Engine([recognizer], FaceLandmarker())
    frames = list(Moods(("dark", 30)).items())
    held = [engine.process(frame, Moods().kind).snapshot for frame in frames[:20]][-1]
    assert held.held["emotion"].label == "dark"
    assert engine.apply(Calibrate("emotion", rest.calibration(bundle))) == ()
    assert recognizer.calibration is not None
    snapshot = engine.process(frames[21], Moods().kind).snapshot
    assert snapshot.held["emotion"].t_ns == held.held["emotion"].t_ns, "what is held goes on"
    with pytest.raises(UsageError, match="no model is active"):
        engine.apply(Calibrate("sign", None))
    with pytest.raises(FormatError, match="another model"):
        engine.apply(Calibrate("emotion", rest.calibration(tiny.still_bundle())))
