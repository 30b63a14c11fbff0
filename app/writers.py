"""Events to text, jsonl, csv and srt. docs/formats/events.md is the written format.

The bytes depend on the source alone: two runs over one file write the same. Lines go out as they come; a file
is written under a temporary name and takes its place when it is complete.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from app.names import shown_name
from app.outputs import Sink
from recognizers.errors import UsageError
from recognizers.frames import Source
from recognizers.types import LabelEvent, Snapshot, SourceKind

FORMATS = ("text", "jsonl", "csv", "srt")


def seconds_of(t_ns: int) -> float:
    """Return nanoseconds as seconds, to the millisecond."""
    return round(t_ns / 1e9, 3)


def probability_of(value: float) -> float:
    """Return a probability to four decimals, the precision that is the same on every run."""
    return round(float(value), 4)


class EventWriter:
    """Writes each event once, at its end; or, with `every_frame`, a line for each frame and mode instead.

    Args:
        sink: where the text goes.
        every_frame: whether to write frames instead of events.
        several: whether there is more than one source, so that a person needs its name in each line.
    """

    def __init__(self, sink: Sink, *, every_frame: bool = False, several: bool = False) -> None:
        self._sink = sink
        self._every_frame = every_frame
        self._several = several
        self._source = ""
        self._stills = False
        self._lines = 0

    def on_source(self, source: Source) -> None:
        """Remember whose frames come next."""
        self._source = shown_name(source.name)
        self._stills = source.kind is SourceKind.STILLS

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Write the frame's line for each mode, where every frame is wanted."""
        if not self._every_frame:
            return
        frame = snapshot.frame
        source = self._source
        if self._stills and frame is not None and frame.name:
            source = shown_name(frame.name)
        for mode in snapshot.modes:
            prediction = snapshot.predictions.get(mode)
            scores = {} if prediction is None else dict(zip(prediction.labels, prediction.scores, strict=True))
            values: dict[str, Any] = {
                "source": source,
                "t": 0.0 if self._stills else seconds_of(snapshot.t_ns),
                "frame": snapshot.index,
                "mode": mode,
                "label": None if prediction is None else prediction.label,
                "probability": 0.0 if prediction is None else probability_of(prediction.probability),
                "scores": {label: probability_of(score) for label, score in scores.items()},
            }
            self._put(values)

    def on_event(self, event: LabelEvent) -> None:
        """Write an event when it has ended."""
        if self._every_frame or not event.ended:
            return
        self._put(event_values(event))

    def close(self, *, keep: bool = True) -> None:
        """End the output."""
        if keep:
            self._finish()
        self._sink.close(keep=keep)

    def _put(self, values: Mapping[str, Any]) -> None:
        self._lines += 1
        self._sink.write(self._line(values))

    def _line(self, values: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def _finish(self) -> None:
        """Write what stands at the end."""


def event_values(event: LabelEvent) -> dict[str, Any]:
    """Return an event as the object of its line."""
    return {
        "source": shown_name(event.source),
        "t": seconds_of(event.t_ns),
        "frame": event.frame,
        "mode": event.mode,
        "label": event.label,
        "probability": probability_of(event.probability),
        "duration": None if event.duration_ns is None else seconds_of(event.duration_ns),
    }


class JsonlWriter(EventWriter):
    """One JSON object a line."""

    def _line(self, values: Mapping[str, Any]) -> str:
        return json.dumps(values, ensure_ascii=False) + "\n"


class CsvWriter(EventWriter):
    """A table with a header; `scores` is JSON in its cell."""

    def on_source(self, source: Source) -> None:
        """Write the header before the first source."""
        super().on_source(source)
        self._header()

    def _finish(self) -> None:
        self._header()

    def _header(self) -> None:
        if self._lines == 0:
            self._lines = 1
            last = "scores" if self._every_frame else "duration"
            self._sink.write(_csv_row(["source", "t", "frame", "mode", "label", "probability", last]))

    def _line(self, values: Mapping[str, Any]) -> str:
        cells = {**values}
        if "scores" in cells:
            cells["scores"] = json.dumps(cells["scores"], ensure_ascii=False)
        return _csv_row(["" if cell is None else cell for cell in cells.values()])


def _csv_row(cells: list[Any]) -> str:
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(cells)
    return row.getvalue()


class TextWriter(EventWriter):
    """Lines for people."""

    def _line(self, values: Mapping[str, Any]) -> str:
        parts = [f"{values['source']}  "] if self._several else []
        if not self._stills:
            parts.append(f"{values['t']:8.2f} s  ")
        parts.append(f"{values['mode']}  {values['label'] or '-'}  {values['probability']:.0%}")
        if values.get("duration") is not None:
            parts.append(f"  for {values['duration']:.2f} s")
        return "".join(parts) + "\n"

    def _finish(self) -> None:
        if self._lines == 0:
            self._sink.write("Nothing recognized.\n")


class SrtWriter(EventWriter):
    """Subtitles of one video: numbered, in the order of their onsets, each until its label ended."""

    def __init__(self, sink: Sink, *, every_frame: bool = False, several: bool = False) -> None:
        if every_frame:
            raise UsageError("--every-frame does not go with --format srt", expected="text, jsonl or csv")
        super().__init__(sink)
        self._cues: list[tuple[int, int, str, str]] = []

    def on_source(self, source: Source) -> None:
        """Refuse what has no time.

        Raises:
            UsageError: a second source, or photos.
        """
        if source.kind is SourceKind.STILLS or self._source:
            raise UsageError("--format srt is for one video", where=source.name, expected="text, jsonl or csv")
        super().on_source(source)

    def on_event(self, event: LabelEvent) -> None:
        """Keep a cue; labels of several modes overlap, so they are sorted at the end."""
        if event.ended:
            end = event.t_ns + (event.duration_ns or 0)
            self._cues.append((event.t_ns, end, event.mode, event.label))

    def _finish(self) -> None:
        several = len({mode for _, _, mode, _ in self._cues}) > 1
        for number, (start, end, mode, label) in enumerate(sorted(self._cues), 1):
            text = f"{mode}: {label}" if several else label
            self._sink.write(f"{number}\n{_clock(start)} --> {_clock(end)}\n{text}\n\n")


def _clock(t_ns: int) -> str:
    milliseconds = round(t_ns / 1e6)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02},{milliseconds:03}"


WRITERS: Mapping[str, type[EventWriter]] = {
    "text": TextWriter,
    "jsonl": JsonlWriter,
    "csv": CsvWriter,
    "srt": SrtWriter,
}
