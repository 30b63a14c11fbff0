"""That was wrong: the clip of a label, under its right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.corrections import Corrections
from app.engine import Engine
from app.fakes import ScriptedLandmarker, ScriptedRecognizer
from app.samples import Samples
from app.session import Session
from recognizers.clips import iter_clips
from recognizers.errors import OutputError, UsageError
from recognizers.types import LabelEvent, Landmarks, SourceKind
from tests.app.test_recorder import Video


class Keeps:
    """A consumer that keeps the events, and marks the first one while the source runs."""

    def __init__(self, corrections: Corrections, label: str | None = "fist") -> None:
        self.events: list[LabelEvent] = []
        self.paths: list[Path] = []
        self._corrections, self._label = corrections, label

    def on_source(self, source: object) -> None:
        pass

    def on_snapshot(self, snapshot: object) -> None:
        pass

    def on_event(self, event: LabelEvent) -> None:
        self.events.append(event)
        if event.ended:
            self.paths.append(self._corrections.mark(event, self._label, signer="Ann").result(30))

    def close(self, *, keep: bool = True) -> None:
        pass


def says(landmarks: Landmarks) -> tuple[str, float]:
    return ("palm", 0.9) if 4e9 <= landmarks.t_ns < 6e9 else ("none", 0.9)


def watched(label: str | None, seconds: float = 8.0) -> tuple[Keeps, Corrections]:
    corrections = Corrections()
    keeps = Keeps(corrections, label)
    engine = Engine([ScriptedRecognizer(says)], ScriptedLandmarker())
    Session(engine, [corrections, keeps]).run([Video(seconds)])
    return keeps, corrections


def test_the_clip_of_a_wrong_label_is_a_sample_of_the_right_one() -> None:
    keeps, _ = watched("fist")
    (sample,) = Samples("gesture").list().samples
    assert (sample.label, sample.correction, sample.signer, [sample.path]) == ("fist", True, "Ann", keeps.paths)
    (clip,) = iter_clips(Samples("gesture").folder)
    event = keeps.events[-1]
    assert clip.header.extra["said"] == "palm" and clip.header.extra["start_s"] == pytest.approx(event.t_ns / 1e9 - 0.4)
    assert event.duration_ns is not None
    assert int(clip.t_ns[-1]) == event.duration_ns + 400_000_000
    assert clip.header.source == "a.mp4" and np.isfinite(clip.hands[:, 1]).all()
    assert sample.flags == ()


def test_nothing_at_all_is_the_background() -> None:
    watched(None)
    assert [summary.label for summary in Samples("gesture").list().labels] == ["none"]


def test_what_is_forgotten_cannot_be_corrected() -> None:
    corrections = Corrections(seconds=1.0)
    event = LabelEvent("gesture", "palm", 0.9, 1_000_000_000)
    with pytest.raises(UsageError, match="too long ago"):
        corrections.mark(event, "fist")
    engine = Engine((), ScriptedLandmarker())
    source = Video(4.0)
    corrections.on_source(source)
    for item in source.items():
        corrections.on_snapshot(engine.process(item, SourceKind.RECORDED).snapshot)
    with pytest.raises(UsageError, match="too long ago"):
        corrections.mark(event, "fist")
    held = LabelEvent("gesture", "palm", 0.9, 3_500_000_000)
    path = corrections.mark(held, "fist").result(30)
    (clip,) = iter_clips(path)
    assert clip.header.extra["start_s"] == pytest.approx(3.1) and clip.t_ns[-1] == 850_000_000
    with pytest.raises(UsageError):
        corrections.mark(held, " ")
    corrections.on_source(Video(1.0, "b.mp4"))
    with pytest.raises(UsageError, match="too long ago"):
        corrections.mark(held, "fist")
    corrections.close()


def test_time_that_goes_back_forgets() -> None:
    corrections, engine = Corrections(), Engine((), ScriptedLandmarker())
    snapshots = [engine.process(item, SourceKind.RECORDED).snapshot for item in Video(3.0).items()]
    for snapshot in [*snapshots, *snapshots[:20]]:
        corrections.on_snapshot(snapshot)
    with pytest.raises(UsageError, match="too long ago"):
        corrections.mark(LabelEvent("gesture", "palm", 0.9, 2_000_000_000), "fist")
    assert corrections.mark(LabelEvent("gesture", "palm", 0.9, 500_000_000), "fist").result(30).exists()


def test_a_disk_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from app import corrections as module

    def full(*arguments: object) -> None:
        raise OutputError("disk full")

    monkeypatch.setattr(module, "save_sample", full)
    with pytest.raises(OutputError, match="disk full"):
        watched("fist")
