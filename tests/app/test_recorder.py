"""The recorder in a session: what is written, what is dropped, what a full disk and a killed process leave."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app import recorder as recorder_module
from app import sample_files
from app.camera import LiveSource
from app.cameras import light
from app.devices import FakeDevice, Lose, Show
from app.engine import Engine, Record
from app.fakes import ScriptedLandmarker
from app.recorder import Recorder
from app.recording_plan import Phase, RecorderStatus, RecordingPlan
from app.samples import Samples
from app.session import Session
from app.settings import Settings
from app.watch import Watch
from recognizers import array_files, home, quality
from recognizers.clips import PIXELS, iter_clips, load_clip
from recognizers.errors import OutputError
from recognizers.frames import Source
from recognizers.quality import verdict_of
from recognizers.types import FACE_POINTS, Frame, ImageArray, Landmarks, Snapshot, SourceKind
from tests.recognizers.media_files import write_video

ROOT = Path(__file__).parents[2]
WAIT_S = 30.0
HAND = np.random.default_rng(1).integers(120, 220, (120, 160, 3), np.uint8)


class Video(Source):
    """So many frames of a recording, 20 a second."""

    def __init__(self, seconds: float = 3.5, name: str = "a.mp4", kind: SourceKind = SourceKind.RECORDED) -> None:
        super().__init__(name, kind, frame_rate=20.0)
        self._count = round(seconds * 20)

    def items(self) -> Iterator[Frame | Landmarks]:
        for index in range(self._count):
            frame = Frame(HAND, index * 50_000_000, index, self.name)
            yield frame if self.kind is not SourceKind.LANDMARKS else ScriptedLandmarker().detect(frame)

    def close(self) -> None:
        pass


class Seen:
    """Keeps every status, and lets a test wait for one."""

    def __init__(self) -> None:
        self.all: list[RecorderStatus] = []
        self._news = threading.Condition()

    def __call__(self, status: RecorderStatus) -> None:
        with self._news:
            self.all.append(status)
            self._news.notify_all()

    def wait(self, phase: Phase, written: int = 0) -> RecorderStatus:
        def come() -> bool:
            return any(each.phase is phase and each.written >= written for each in self.all)

        with self._news:
            assert self._news.wait_for(come, WAIT_S), self.all
        return next(each for each in self.all if each.phase is phase and each.written >= written)

    @property
    def notes(self) -> list[str]:
        return [status.note for status in self.all if status.note]


def plan(**changed: object) -> RecordingPlan:
    values = {"label": "wave", "mode": "gesture", "clips": None, "seconds": 1.0, "countdown_s": 0.0, "pause_s": 0.0}
    return RecordingPlan(**{**values, **changed})  # type: ignore[arg-type]


def record(planned: RecordingPlan, *sources: Source, rows: int = 600) -> Seen:
    seen = Seen()
    recorder = Recorder(seen, queue_rows=rows)
    recorder.start(planned)
    engine = Engine((), ScriptedLandmarker())
    engine.apply(Record(planned.mode))
    Session(engine, [recorder]).run(sources)
    return seen


def names(mode: str = "gesture") -> list[str]:
    folder = home.samples_folder() / mode
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.npz"))


def test_a_video_becomes_clips_with_all_that_is_known_of_them() -> None:
    seen = record(plan(signer="Ann", seconds=1.5), Video())
    assert seen.all[-1].phase is Phase.DONE and seen.all[-1].written == 2
    samples = Samples("gesture").list().samples
    assert [(sample.label, sample.frames, sample.signer, sample.problem) for sample in samples] == [
        ("wave", 30, "Ann", "")
    ] * 2
    clips = [load_clip(sample.path) for sample in samples]
    for number, clip in enumerate(clips, 1):
        header = clip.header
        assert clip.t_ns.tolist() == [index * 50_000_000 for index in range(30)]
        assert header.fps == pytest.approx(20) and header.source == "a.mp4" and header.image_size == (160, 120)
        assert not header.mirrored and header.sides_known and header.extra["number"] == number
        assert header.extra["start_s"] == (number - 1) * 1.5
        verdict = verdict_of(header)
        assert verdict is not None and verdict.figures.seen == 1.0 and verdict.figures.mean == pytest.approx(170, abs=5)
    assert clips[0].header.session == clips[1].header.session is not None
    assert clips[0].header.extra["run"] == clips[1].header.extra["run"]
    assert clips[0].frames is None, "no pictures unless asked for"


def test_a_second_recording_is_another_run_of_the_same_sitting() -> None:
    for label in ("a", "b"):
        record(plan(label=label), Video(1.0))
    record(plan(label="c", session="mine"), Video(1.0))
    headers = {clip.header.label: clip.header for clip in iter_clips(home.samples_folder() / "gesture")}
    assert headers["a"].session == headers["b"].session != headers["c"].session == "mine"
    assert headers["a"].extra["run"] != headers["b"].extra["run"]


def test_landmarks_without_pictures_are_recorded_too() -> None:
    record(plan(), Video(1.0, "a.npz", SourceKind.LANDMARKS))
    (clip,) = iter_clips(home.samples_folder() / "gesture")
    verdict = verdict_of(clip.header)
    assert verdict is not None and verdict.figures.mean is None and clip.header.landmarker is None


def test_pictures_only_where_they_were_asked_for() -> None:
    record(plan(keep_pixels=True), Video(1.0))
    (sample,) = Samples("gesture").list().samples
    assert sample.pixels and len(names()) == 2
    (pixels,) = iter_clips(home.samples_folder() / "gesture", kind=PIXELS)
    assert pixels.frames is not None and pixels.frames.shape == (20, 120, 160, 3)
    assert pixels.t_ns.tolist() == [index * 50_000_000 for index in range(20)]
    (clip,) = iter_clips(home.samples_folder() / "gesture")
    assert clip.header.kind == "landmarks" and clip.header.landmarker is None


class Faces(ScriptedLandmarker):
    """Finds a face, but not in every third frame; the mesh comes a little later."""

    identity = "faces-1"

    def detect(self, frame: Frame) -> Landmarks:
        points = np.full((FACE_POINTS, 2), np.nan, np.float32)
        if frame.index % 3:
            points[:] = [[0.4, 0.4], [0.6, 0.4], [0.5, 0.5], [0.5, 0.6], [0.3, 0.45], [0.7, 0.45]]
        mesh = np.full((478, 3), 0.5, np.float32) if frame.index > 4 else None
        return Landmarks(t_ns=frame.t_ns, face_points=points, image_size=frame.size, face=mesh)


def test_in_emotion_mode_the_aligned_face_is_kept() -> None:
    recorder = Recorder()
    recorder.start(plan(mode="emotion", label="happy", keep_pixels=True))
    engine = Engine((), Faces())
    engine.apply(Record("emotion"))
    Session(engine, [recorder]).run([Video(1.0)])
    (clip,) = iter_clips(home.samples_folder() / "emotion")
    (pixels,) = iter_clips(home.samples_folder() / "emotion", kind=PIXELS)
    assert pixels.frames is not None and pixels.frames.shape == (13, 48, 48)
    assert pixels.t_ns[0] == 50_000_000, "the first frame showed no face"
    assert clip.face is not None and np.isnan(clip.face[4]).all() and np.isfinite(clip.face[5]).all()
    assert clip.header.landmarker == "faces-1"


@pytest.mark.parametrize("size", [(720, 1280), (480, 640), (1080, 1920), (60, 900), (50, 50)])
def test_small_pictures_fit_the_format(size: tuple[int, int]) -> None:
    from app.recording_take import small_picture

    image: ImageArray = np.full((*size, 3), 7, np.uint8)
    small = small_picture(image, Landmarks(0), "sign")
    assert small is not None and small.dtype == np.uint8 and (small == 7).all()
    assert all(48 <= side <= 224 for side in small.shape[:2])
    if min(size) > 200:
        assert small.shape[1] / small.shape[0] == pytest.approx(size[1] / size[0], rel=0.02)


def test_photos_are_refused() -> None:
    seen = record(plan(), Video(1.0, "photo.jpg", SourceKind.STILLS))
    assert seen.all[-1].phase is Phase.FAILED and "photos" in str(seen.all[-1].error)
    assert names() == []


def test_several_videos_in_one_recording() -> None:
    seen = record(plan(), Video(2.5, "a.mp4"), Video(0.5, "b.mp4"))
    assert seen.all[-1].written == 3 and seen.all[-1].phase is Phase.DONE
    sources = [clip.header.source for clip in iter_clips(home.samples_folder() / "gesture")]
    assert sources == ["a.mp4", "a.mp4", "b.mp4"]


def test_a_lost_camera_drops_the_clip_and_the_recording_goes_on() -> None:
    seen, recorder, stop = Seen(), None, threading.Event()
    recorder = Recorder(seen)
    device = FakeDevice([Show(HAND, 12, 60, grain=True), Lose("unplugged"), Show(HAND, 200, 60, grain=True)])
    recorder.start(plan(clips=2, seconds=0.5))
    session = Session(Engine((), ScriptedLandmarker()), [recorder], stop=stop)
    thread = threading.Thread(target=session.run, args=([LiveSource(device, retry_s=(0.05, 0.1))],))
    thread.start()
    seen.wait(Phase.DONE)
    stop.set()
    thread.join(WAIT_S)
    assert any("nplugged" in note and "clip 1 was dropped" in note for note in seen.notes)
    assert len(names()) == 2


def test_a_window_starts_stops_and_takes_back_while_a_camera_runs() -> None:
    seen, stop = Seen(), threading.Event()
    recorder = Recorder(seen)
    device = FakeDevice([Show(HAND, 100_000, 60, grain=True)])
    session = Session(Engine((), ScriptedLandmarker()), [recorder], stop=stop)
    thread = threading.Thread(target=session.run, args=([LiveSource(device)],))
    thread.start()
    recorder.start(plan(seconds=0.2, pause_s=0.1))
    first = seen.wait(Phase.PAUSE, 2)
    assert first.last is not None and first.last.number == 2
    recorder.undo_last()
    recorder.stop()
    seen.wait(Phase.STOPPED)
    assert any("is in the trash" in note for note in seen.notes)
    kept = len(names()) - len(Samples("gesture").trash.list())
    assert kept == recorder.status.written == len(Samples("gesture").list().samples)
    assert len(Samples("gesture").trash.list()) == 1
    before = len(seen.all)
    recorder.start(plan(label="other", clips=1, seconds=0.2))
    seen.wait(Phase.DONE)
    assert {status.label for status in seen.all[before:]} == {"other"}
    stop.set()
    thread.join(WAIT_S)
    assert [summary.label for summary in Samples("gesture").list().labels] == ["other", "wave"]


def test_undo_without_a_clip_or_of_one_that_is_gone_is_harmless() -> None:
    seen = Seen()
    recorder = Recorder(seen)
    recorder.undo_last()
    recorder.start(plan(clips=1))
    recorder.undo_last()
    Session(Engine((), ScriptedLandmarker()), []).run([])
    for snapshot in snapshots(1.2):
        recorder.on_snapshot(snapshot)
    done = seen.wait(Phase.DONE)
    assert done.last is not None
    done.last.path.unlink()
    recorder.undo_last()
    recorder.close()
    assert seen.all[-1].note == "Clip 1 is not there any more" and seen.all[-1].phase is Phase.DONE


def snapshots(seconds: float) -> list[Snapshot]:
    engine = Engine((), ScriptedLandmarker())
    engine.apply(Record("gesture"))
    return [engine.process(item, SourceKind.LIVE).snapshot for item in Video(seconds).items()]


def feed(recorder: Recorder, frames: list[Snapshot]) -> None:
    """Give a recorder frames, one when it has taken the one before."""
    for snapshot in frames:
        recorder.on_snapshot(snapshot)
        deadline = time.monotonic() + WAIT_S
        while recorder._inbox._items and time.monotonic() < deadline:
            time.sleep(0.001)


def test_a_slow_disk_marks_the_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(*arguments: object) -> Path:
        entered.set()
        assert go_on.wait(WAIT_S)
        return sample_files.save_sample(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(recorder_module, "save_sample", slow)
    seen = Seen()
    recorder = Recorder(seen, queue_rows=10)
    recorder.start(plan(clips=2))
    frames = snapshots(4.0)
    feed(recorder, frames[:21])
    assert entered.wait(WAIT_S)
    for snapshot in frames[21:41]:
        recorder.on_snapshot(snapshot)  # ten too many
    go_on.set()
    feed(recorder, frames[41:])
    done = seen.wait(Phase.DONE, 2)
    recorder.close()
    assert done.last is not None and [flag.code for flag in done.last.verdict.flags][:1] == ["lost"]
    assert done.last.verdict.figures.lost >= 9
    assert done.flagged == 1


def test_of_a_recording_nothing_is_lost_however_slow_the_disk_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*arguments: object) -> Path:
        time.sleep(0.05)
        return sample_files.save_sample(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(recorder_module, "save_sample", slow)
    seen = record(plan(seconds=0.5), Video(5.0), rows=3)
    assert seen.all[-1].written == 10 and all(clip.t_ns.size == 10 for clip in iter_clips(home.samples_folder()))
    assert "lost" not in {code for sample in Samples("gesture").list().samples for code in sample.flags or ()}


def test_a_full_disk_is_one_error_and_what_was_there_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(array_files.os, "fsync", full)
    seen = record(plan(session="s"), Video(5.0))
    last = seen.all[-1]
    assert last.phase is Phase.FAILED and isinstance(last.error, OutputError)
    assert "No space left" in str(last.error) and str(last.error).count("\n") == 0
    assert sum(status.error is not None for status in seen.all) == 1
    listing = Samples("gesture").list()
    assert [sample.problem for sample in listing.samples] == ["", ""] and last.written == 2
    assert all(len(load_clip(sample.path)) == 20 for sample in listing.samples)
    assert list((home.samples_folder() / "gesture" / ".new").iterdir()) == []


def test_a_defect_ends_the_recording_and_not_the_session(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recorder_module, "clips_of", lambda *arguments: 1 / 0)
    seen = record(plan(), Video(2.0))
    assert seen.all[-1].phase is Phase.FAILED and "defect" in str(seen.all[-1].error)
    assert "defect" in capsys.readouterr().err


RECORDING = """
import sys
sys.path.insert(0, {root!r})
from tests.app.test_recorder import *
recorder = Recorder()
recorder.start(plan(seconds=0.5, session="s", label="killed"))
print("ready", flush=True)
Session(Engine((), ScriptedLandmarker()), [recorder]).run([Video(100_000)])
"""


def test_a_killed_process_leaves_no_half_clip(mudra_home: Path) -> None:
    samples = Samples("gesture")
    for round_ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", RECORDING.format(root=str(ROOT))], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        deadline, before = time.monotonic() + WAIT_S, len(names())
        while len(names()) < before + 5 and time.monotonic() < deadline:
            time.sleep(0.003 * round_)
        process.send_signal(signal.SIGKILL)
        process.wait(WAIT_S)
        process.stdout.close()
    listing = samples.list()
    assert len(listing.samples) >= 9
    assert {sample.problem for sample in listing.samples} == {""}
    assert all(len(clip) == 10 for clip in iter_clips(samples.folder))
    samples.delete_all()
    assert not samples.folder.exists(), "also what was being written"


def test_two_apps_record_into_one_folder(mudra_home: Path) -> None:
    code = RECORDING.replace('session="s", label="killed"', 'session="s", label="both", clips=20')
    processes = [subprocess.Popen([sys.executable, "-c", code.format(root=str(ROOT))], cwd=ROOT) for _ in range(2)]
    samples = Samples("gesture")
    for process in processes:
        while process.poll() is None and len(samples.list().samples) < 40:
            time.sleep(0.02)
    for process in processes:
        process.terminate()
        process.wait(WAIT_S)
    assert len(samples.list().samples) == 40
    assert sum(len(clip) == 10 for clip in iter_clips(samples.folder)) == 40


def test_two_clips_in_one_moment_both_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from tests.recognizers.made_clips import made_clip

    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    folder = home.samples_folder() / "gesture"
    paths = [sample_files.save_sample(folder, made_clip(frames=2), None, moment) for _ in range(3)]
    assert [path.name for path in paths] == [f"20260501T120000.000000Z{n}.npz" for n in ("", "-2", "-3")]


@pytest.mark.parametrize("label", ["../x", "👍🏽", "x" * 300, "CON", "Über\tuns", ".", "a/b\\c"])
def test_any_label_has_a_folder_of_its_own_below_the_samples(label: str, mudra_home: Path) -> None:
    record(plan(label=label), Video(1.0))
    (sample,) = Samples("gesture").list().samples
    assert sample.label == label == load_clip(sample.path).header.label
    assert home.samples_folder() / "gesture" in sample.path.parents
    everything = {path for path in mudra_home.parent.rglob("*") if path.is_file()}
    assert all(mudra_home in path.parents for path in everything)


def test_the_judge_of_clips_and_the_watch_on_cameras_call_the_same_pictures_dark() -> None:
    assert (quality.DARK_MEAN, quality.DARK_BRIGHT, quality.DIM_MEAN) == (
        light.DARK_MEAN,
        light.DARK_BRIGHT,
        light.DIM_MEAN,
    )


def test_in_a_window_the_end_of_a_video_ends_its_recording(tmp_path: Path) -> None:
    seen = Seen()
    recorder = Recorder(seen)
    watch = Watch(Settings(), [recorder], lambda notice: None, opener=lambda needs: ScriptedLandmarker())
    recorder.start(plan(seconds=2.0))
    watch.post(Record("gesture", on=True))
    watch.show(str(write_video(tmp_path / "a.mp4")))
    done = seen.wait(Phase.DONE)
    assert done.written == 1 and done.last is not None and load_clip(done.last.path).header.extra["whole"] is True
    assert watch.close()
