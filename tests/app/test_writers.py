"""The written formats, byte for byte, and files that appear only when they are complete."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands import recognize
from app.names import shown_name
from app.outputs import FileSink
from app.writers import (
    FORMATS,
    WRITERS,
    CsvWriter,
    JsonlWriter,
    SrtWriter,
    TextWriter,
    event_values,
)
from recognizers.errors import OutputError, UsageError
from recognizers.frames import Source
from recognizers.types import (
    Frame,
    LabelEvent,
    Landmarks,
    Prediction,
    Snapshot,
    SourceKind,
    SourceState,
    SourceStatus,
)

PEACE = LabelEvent("gesture", "peace", 0.97004999, 1_640_400_000, 800_000_000, 41, "a.mp4", True)
STILL = LabelEvent("gesture", "señal", 0.5, 0, None, 3, "b/ü.jpg", True)


class Memory:
    """A sink in memory."""

    def __init__(self) -> None:
        self.text = ""
        self.kept: bool | None = None

    def write(self, text: str) -> None:
        self.text += text

    def close(self, *, keep: bool) -> None:
        self.kept = keep


class Named(Source):
    """A source that has a name and a kind, and nothing else."""

    def items(self) -> Iterator[Frame]:
        return iter(())

    def close(self) -> None:
        pass


VIDEO, PHOTOS = Named("a.mp4", SourceKind.RECORDED), Named("photos", SourceKind.STILLS)


def snapshot(probability: float | None, frame: Frame | None = None, t_ns: int = 40_000_000) -> Snapshot:
    predictions = {}
    if probability is not None:
        scores = np.array([1 - probability, probability], np.float32)
        predictions["gesture"] = Prediction("gesture", "b", ("none", "peace"), "peace", probability, scores, 0)
    status = SourceStatus(SourceState.OK)
    landmarks = Landmarks(t_ns=t_ns)
    return Snapshot(t_ns, 1, frame, landmarks, predictions, {}, status, ("sign", "gesture"), {})


def test_the_event_line_of_the_contract() -> None:
    sink = Memory()
    writer = JsonlWriter(sink)
    writer.on_source(VIDEO)
    writer.on_event(PEACE)
    writer.on_event(STILL)
    writer.close()
    assert sink.text == (
        '{"source": "a.mp4", "t": 1.64, "frame": 41, "mode": "gesture", "label": "peace", '
        '"probability": 0.97, "duration": 0.8}\n'
        '{"source": "b/ü.jpg", "t": 0.0, "frame": 3, "mode": "gesture", "label": "señal", '
        '"probability": 0.5, "duration": null}\n'
    )
    assert sink.kept is True


def test_an_announcement_is_not_written() -> None:
    for kind in WRITERS.values():
        sink = Memory()
        writer = kind(sink)
        writer.on_source(VIDEO)
        writer.on_event(LabelEvent("gesture", "peace", 0.9, 0, source="a.mp4"))
        assert "peace" not in sink.text


def test_every_frame_has_a_line_for_each_mode() -> None:
    sink = Memory()
    writer = JsonlWriter(sink, every_frame=True)
    writer.on_source(VIDEO)
    writer.on_snapshot(snapshot(0.75))
    writer.on_event(PEACE)
    writer.on_snapshot(snapshot(None))
    rows = [json.loads(line) for line in sink.text.splitlines()]
    assert len(rows) == 4
    nothing = {"label": None, "probability": 0.0, "scores": {}}
    common = {"source": "a.mp4", "t": 0.04, "frame": 1}
    assert rows[0] == {**common, "mode": "sign", **nothing}
    assert rows[1] == {
        **common,
        "mode": "gesture",
        "label": "peace",
        "probability": 0.75,
        "scores": {"none": 0.25, "peace": 0.75},
    }
    assert rows[3] == {**common, "mode": "gesture", **nothing}


def test_every_photo_has_its_own_name_and_no_time() -> None:
    sink = Memory()
    writer = JsonlWriter(sink, every_frame=True)
    writer.on_source(PHOTOS)
    writer.on_snapshot(snapshot(0.75, Frame(np.zeros((2, 2, 3), np.uint8), 5, 1, "b.jpg"), t_ns=5_000_000))
    row = json.loads(sink.text.splitlines()[0])
    assert (row["source"], row["t"], row["frame"]) == ("b.jpg", 0.0, 1)


def test_csv_is_a_table() -> None:
    sink = Memory()
    writer = CsvWriter(sink)
    writer.on_source(VIDEO)
    writer.on_event(PEACE)
    writer.on_source(PHOTOS)
    writer.on_event(STILL)
    writer.close()
    assert sink.text == (
        "source,t,frame,mode,label,probability,duration\n"
        "a.mp4,1.64,41,gesture,peace,0.97,0.8\n"
        "b/ü.jpg,0.0,3,gesture,señal,0.5,\n"
    )


def test_csv_of_nothing_has_its_header() -> None:
    sink = Memory()
    CsvWriter(sink, every_frame=True).close()
    assert sink.text == "source,t,frame,mode,label,probability,scores\n"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n\x00")), st.text(alphabet='a,"; ü'))
def test_any_name_and_label_comes_back(source: str, label: str) -> None:
    event = LabelEvent("gesture", label, 0.5, 0, 1, 0, source, True)
    table, lines = Memory(), Memory()
    for writer in (CsvWriter(table), JsonlWriter(lines)):
        writer.on_source(VIDEO)
        writer.on_event(event)
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["source"], row["label"]) == (source, label)
    assert json.loads(lines.text) == event_values(event)


def test_text_is_for_people() -> None:
    sink = Memory()
    writer = TextWriter(sink)
    writer.on_source(VIDEO)
    writer.on_event(PEACE)
    assert sink.text == "    1.64 s  gesture  peace  97%  for 0.80 s\n"


def test_text_of_several_names_them() -> None:
    sink = Memory()
    writer = TextWriter(sink, several=True)
    writer.on_source(PHOTOS)
    writer.on_event(STILL)
    assert sink.text == "b/ü.jpg  gesture  señal  50%\n"


def test_text_of_nothing_says_so() -> None:
    sink = Memory()
    TextWriter(sink).close()
    assert sink.text == "Nothing recognized.\n"


def test_subtitles_are_numbered_in_the_order_of_their_onsets() -> None:
    sink = Memory()
    writer = SrtWriter(sink)
    writer.on_source(VIDEO)
    writer.on_event(PEACE)
    writer.on_event(LabelEvent("gesture", "palm", 0.9, 3_723_004_000_000, 1_500_000_000, ended=True))
    writer.on_event(LabelEvent("gesture", "fist", 0.9, 500_000_000, 700_000_000, ended=True))
    writer.close()
    assert sink.text == (
        "1\n00:00:00,500 --> 00:00:01,200\nfist\n\n"
        "2\n00:00:01,640 --> 00:00:02,440\npeace\n\n"
        "3\n01:02:03,004 --> 01:02:04,504\npalm\n\n"
    )


def test_subtitles_of_several_modes_name_them() -> None:
    sink = Memory()
    writer = SrtWriter(sink)
    writer.on_event(PEACE)
    writer.on_event(LabelEvent("sign", "hello", 0.9, 0, 1_000_000, ended=True))
    writer.close()
    assert "sign: hello" in sink.text and "gesture: peace" in sink.text


def test_subtitles_are_for_one_video() -> None:
    with pytest.raises(UsageError):
        SrtWriter(Memory()).on_source(PHOTOS)
    writer = SrtWriter(Memory())
    writer.on_source(VIDEO)
    with pytest.raises(UsageError):
        writer.on_source(VIDEO)


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    sink = FileSink(path)
    sink.write("new ü\n")
    assert path.read_text() == "old"
    sink.close(keep=True)
    assert path.read_bytes() == "new ü\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_worth_nothing_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    sink = FileSink(path)
    sink.write("half")
    sink.close(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Make the folder"):
        FileSink(tmp_path / "no" / "out.jsonl")


def test_the_command_offers_every_format() -> None:
    assert recognize.FORMATS == FORMATS == tuple(WRITERS)


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "deep" / "real.txt", tmp_path / "link.txt"
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to(target)
    sink = FileSink(link)
    sink.write("new")
    sink.close(keep=True)
    assert link.is_symlink() and target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX pipes")
def test_a_named_pipe_is_written_into(tmp_path: Path) -> None:
    pipe, linked = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    linked.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        sink = FileSink(linked)
        sink.write("now")
        assert os.read(reader, 10) == b"now"  # before the end
        sink.close(keep=True)
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.lstat().st_mode) and linked.is_symlink()
    assert not list(tmp_path.glob("*part*"))


@pytest.mark.parametrize("kind", ["text", "jsonl", "csv"])
def test_names_that_are_not_utf8_are_escaped(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    writer = WRITERS[kind](FileSink(path), several=True)
    writer.on_source(Named("bad\udcff", SourceKind.STILLS))
    writer.on_event(LabelEvent("gesture", "peace", 0.9, 0, None, 0, "bad\udcff.jpg", True))
    writer.close()
    text = path.read_bytes().decode("utf-8")
    name = json.loads(text)["source"] if kind == "jsonl" else text
    assert "bad\\xff" in name


def test_shown_names() -> None:
    assert shown_name("señal ✋") == "señal ✋"
    assert shown_name("✋".encode().decode("ascii", "surrogateescape")) == "✋"
    assert shown_name("a\ud800") == "a\\ud800"
