"""The course of a recording by the stream's time: no threads, no files, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from app.recording_plan import Phase, Recorded, RecordingPlan
from app.recording_run import Run
from app.recording_take import Row, Take
from recognizers.errors import OutputError, UsageError
from recognizers.quality import Figures, Verdict
from recognizers.types import Landmarks, SourceKind

RATE = 20


def plan(**changed: object) -> RecordingPlan:
    values = {"label": "wave", "mode": "gesture", "clips": 3, "seconds": 1.0, "countdown_s": 2.0, "pause_s": 0.5}
    return RecordingPlan(**{**values, **changed})  # type: ignore[arg-type]


class Driver:
    """A source of 20 frames a second before a run, and the disk behind it."""

    def __init__(self, planned: RecordingPlan, kind: SourceKind = SourceKind.LIVE, *, from_next: bool = False) -> None:
        self.run = Run(planned, from_next=from_next)
        if not from_next:
            self.run.source_began("camera", kind)
        self.takes: list[Take] = []
        self.frame = 0
        self.phases: list[str] = []

    def feed(self, seconds: float, lost: int = 0) -> Driver:
        for _ in range(round(seconds * RATE)):
            self.write(self.run.row(Row(Landmarks(self.frame * 10**9 // RATE), lost=lost)))
            self.frame += 1
            self.note()
        return self

    def write(self, take: Take | None) -> None:
        if take is not None:
            self.takes.append(take)
            verdict = Verdict(Figures(len(take.rows), 0.0))
            self.run.written(Recorded(Path(f"{take.number}.npz"), verdict, take.number))
        self.note()

    def note(self) -> None:
        phase = self.run.status.phase.value
        if self.phases[-1:] != [phase]:
            self.phases.append(phase)

    @property
    def spans(self) -> list[tuple[float, float]]:
        return [(take.rows[0].t_ns / 1e9, take.rows[-1].t_ns / 1e9) for take in self.takes]


def approximately(spans: Iterable[tuple[float, float]]) -> list[object]:
    return [pytest.approx(span, abs=1e-6) for span in spans]


def test_countdown_clips_and_pauses_go_by_the_streams_time() -> None:
    driver = Driver(plan()).feed(8)
    assert driver.phases == ["countdown", *["recording", "pause"] * 2, "recording", "done"]
    assert driver.spans == approximately([(2.0, 2.95), (3.5, 4.45), (5.0, 5.95)])
    assert [take.number for take in driver.takes] == [1, 2, 3]
    status = driver.run.status
    assert (status.phase, status.number, status.of, status.written, status.seconds_left) == (Phase.DONE, 3, 3, 3, 0.0)
    assert status.last is not None and status.last.number == 3


def test_back_to_back_no_frame_is_in_two_clips_or_in_none() -> None:
    driver = Driver(plan(countdown_s=0.0, pause_s=0.0)).feed(4)
    assert driver.phases == ["recording", "done"]
    assert driver.spans == approximately([(0.0, 0.95), (1.0, 1.95), (2.0, 2.95)])


def test_what_runs_now_is_passed_over_where_the_next_source_is_meant() -> None:
    driver = Driver(plan(countdown_s=0.0, pause_s=0.0, clips=1), from_next=True).feed(3)
    driver.run.source_lost("gone")
    assert driver.run.source_ended(complete=True, last=True) is None
    assert driver.run.status.phase is Phase.WAITING and not driver.takes
    driver.run.source_began("again.mp4", SourceKind.RECORDED)
    driver.feed(2)
    assert driver.run.status.phase is Phase.DONE and driver.takes[0].source == "again.mp4"


def test_the_status_counts_down() -> None:
    driver = Driver(plan())
    assert (driver.run.status.phase, driver.run.status.seconds_left) == (Phase.WAITING, 0.0)
    assert driver.feed(0.05).run.status.seconds_left == 2.0
    driver.feed(0.5)
    assert driver.run.status.seconds_left == 1.5
    driver.feed(1.75)
    status = driver.run.status
    assert (status.phase, status.number, status.seconds_left) == (Phase.RECORDING, 1, 0.8)
    driver.feed(0.95)
    assert driver.run.status.phase is Phase.PAUSE and driver.run.status.number == 2


def test_hints_go_with_the_clips() -> None:
    driver = Driver(plan(hints=("type", "talk")))
    hints = [driver.run.status.hint]
    for _ in range(3):
        driver.feed(2.2 if len(hints) == 1 else 1.5)
        hints.append(driver.run.status.hint)
    assert hints == ["type", "type", "talk", "type"]
    assert driver.feed(3).run.status.hint == ""


def test_a_camera_that_is_lost_drops_the_clip_and_says_so() -> None:
    driver = Driver(plan()).feed(2.5)
    driver.run.source_lost("The camera was unplugged")
    driver.note()
    assert driver.run.status.note == "The camera was unplugged: clip 1 was dropped"
    driver.feed(8)
    assert driver.phases[:4] == ["countdown", "recording", "waiting", "countdown"]
    assert driver.spans[0] == pytest.approx((4.5, 5.45))
    assert driver.run.status.phase is Phase.DONE and driver.run.status.note == ""


def test_lost_between_two_clips_drops_nothing() -> None:
    driver = Driver(plan()).feed(3.2)
    driver.run.source_lost("gone")
    assert driver.run.status.note == "" and driver.run.status.phase is Phase.WAITING
    assert len(driver.feed(8).takes) == 3


def test_another_source_drops_the_clip_and_counts_down_again() -> None:
    driver = Driver(plan()).feed(2.5)
    driver.run.source_began("other", SourceKind.LIVE)
    assert driver.run.status.note == "The source was switched: clip 1 was dropped"
    driver.frame = 0
    driver.feed(8)
    assert driver.spans[0] == pytest.approx((2.0, 2.95)) and {take.source for take in driver.takes} == {"other"}


def test_time_that_goes_back_is_another_beginning() -> None:
    driver = Driver(plan()).feed(2.5)
    driver.frame = 0
    driver.feed(1)
    assert "began anew: clip 1 was dropped" in driver.run.status.note
    assert driver.feed(2).spans == [] and len(driver.feed(6).takes) == 3


def video(**changed: object) -> Driver:
    values = {"countdown_s": 0.0, "pause_s": 0.0, "clips": None, **changed}
    return Driver(plan(**values), SourceKind.RECORDED)


@pytest.mark.parametrize(("seconds", "clips"), [(3.0, 3), (3.5, 3), (1.0, 1)])
def test_a_video_gives_the_clips_that_are_in_it(seconds: float, clips: int) -> None:
    driver = video().feed(seconds)
    driver.write(driver.run.source_ended(complete=True, last=True))
    assert len(driver.takes) == clips and not any(take.whole for take in driver.takes)
    assert driver.run.status.phase is Phase.DONE
    assert ("less than a clip" in driver.run.status.note) == (seconds == 3.5)


def test_a_video_shorter_than_a_clip_is_one() -> None:
    driver = video().feed(0.5)
    driver.write(driver.run.source_ended(complete=True, last=True))
    assert [(len(take.rows), take.whole) for take in driver.takes] == [(10, True)]


def test_of_a_video_that_was_left_nothing_incomplete_is_kept() -> None:
    driver = video().feed(0.5)
    driver.write(driver.run.source_ended(complete=False, last=True))
    assert driver.takes == [] and "dropped" in driver.run.status.note
    assert driver.run.active, "another source may come"


def test_a_live_source_that_ends_completes_nothing() -> None:
    driver = Driver(plan(countdown_s=0.0)).feed(0.97)
    driver.write(driver.run.source_ended(complete=True, last=True))
    assert driver.takes == [] and "came to an end: clip 1 was dropped" in driver.run.status.note


def test_several_videos_one_after_the_other() -> None:
    driver = video().feed(1.5)
    driver.write(driver.run.source_ended(complete=True, last=False))
    assert driver.run.status.phase is Phase.WAITING
    driver.run.source_began("b.mp4", SourceKind.RECORDED)
    driver.frame = 0
    driver.feed(0.5)
    driver.write(driver.run.source_ended(complete=True, last=True))
    assert [(take.source, take.whole) for take in driver.takes] == [("camera", False), ("b.mp4", True)]
    assert driver.run.status.phase is Phase.DONE


def test_stop_keeps_what_is_complete() -> None:
    driver = Driver(plan()).feed(4.0)
    driver.run.stop()
    assert len(driver.takes) == 1 and driver.run.status.phase is Phase.STOPPED
    assert driver.run.status.note == "Stopped: clip 2 was dropped"
    driver.feed(5)
    assert len(driver.takes) == 1
    done = Driver(plan()).feed(8)
    done.run.stop()
    assert done.run.status.phase is Phase.DONE


def test_while_a_key_is_held() -> None:
    driver = Driver(plan(held=True, clips=2)).feed(1)
    assert driver.run.status.phase is Phase.READY
    driver.run.hold(True)
    driver.feed(1.5)
    assert driver.run.status.phase is Phase.RECORDING
    driver.write(driver.run.hold(False))
    driver.feed(0.5)
    assert driver.spans == approximately([(1.0, 2.45)]) and driver.run.status.phase is Phase.READY
    driver.run.hold(True)
    driver.feed(0.1)
    driver.write(driver.run.hold(False))
    assert "held too briefly: clip 2 was dropped" in driver.run.status.note
    driver.run.hold(True)
    driver.feed(62)
    assert driver.run.status.phase is Phase.DONE, "it ends by itself after a minute"
    assert driver.spans[1][1] - driver.spans[1][0] == pytest.approx(59.95)


def test_a_key_that_is_tapped_between_two_frames_records_nothing() -> None:
    driver = Driver(plan(held=True)).feed(1)
    driver.run.hold(True)
    driver.write(driver.run.hold(False))
    assert driver.feed(1).run.status.phase is Phase.READY and driver.takes == []
    hands_free = Driver(plan())
    assert hands_free.run.hold(True) is None


def test_what_was_taken_back_is_recorded_once_more() -> None:
    driver = Driver(plan()).feed(4.0)
    driver.run.undone("Clip 1 is in the trash")
    status = driver.run.status
    assert (status.number, status.written, status.last, status.note) == (1, 0, None, "Clip 1 is in the trash")
    driver.feed(8)
    assert [take.number for take in driver.takes] == [1, 1, 2, 3]
    driver.run.undone("")
    assert (driver.run.status.phase, driver.run.status.written) == (Phase.DONE, 2)


def test_lost_frames_are_counted_where_they_belong() -> None:
    driver = Driver(plan(countdown_s=0.0, pause_s=0.0, clips=2)).feed(0.5).feed(0.05, lost=3).feed(0.45)
    driver.feed(0.05, lost=2)
    (first,) = driver.takes
    assert sum(row.lost for row in first.rows) == 3 and first.lost_after == 2


def test_after_an_error_nothing_is_recorded() -> None:
    driver = Driver(plan()).feed(2.5)
    driver.run.fail(OutputError("disk full"))
    driver.feed(5)
    assert driver.takes == [] and driver.run.status.phase is Phase.FAILED
    assert str(driver.run.status.error) == "disk full."


@pytest.mark.parametrize(
    "changed",
    [
        {"label": ""},
        {"label": "  "},
        {"label": "\udc80"},
        {"label": "x" * 3000},
        {"mode": "all"},
        {"clips": 0},
        {"seconds": 0.0},
        {"seconds": float("nan")},
        {"seconds": 100.0},
        {"countdown_s": -1.0},
        {"pause_s": float("inf")},
        {"signer": "\udc80"},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(UsageError) as error:
        plan(**changed)
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize("label", ["../x", "👍", "x" * 300, "Ärger\n", "con"])
def test_any_text_is_a_label(label: str) -> None:
    assert plan(label=label).label == label
