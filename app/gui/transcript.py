"""The transcript: every label with its time, bounded, to be read, copied and saved."""

from __future__ import annotations

import csv
import io
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.captions import shown_label
from recognizers.modes import mode_named
from recognizers.types import LabelEvent

MOST_ROWS = 5_000
"""Older labels are dropped from the transcript."""
HEADINGS = ("Time", "Mode", "Label", "Peak", "Held")

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Row:
    """One label: the time for people, the mode, the label, the highest probability, and how long it was held."""

    time: str
    mode: str
    label: str
    probability: float
    seconds: float | None

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the cells as text; a label that still lasts has no duration yet."""
        held = "" if self.seconds is None else f"{self.seconds:.1f} s"
        return self.time, mode_named(self.mode).title, shown_label(self.label), f"{self.probability:.0%}", held


class Transcript(QAbstractTableModel):
    """The newest label comes last."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: deque[Row] = deque()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of labels."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text."""
        if role == Qt.ItemDataRole.DisplayRole and index.isValid():
            return self._rows[index.row()].cells()[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole and index.isValid():
            return " ".join(self._rows[index.row()].cells())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def take(self, events: Iterable[LabelEvent], *, live: bool) -> int:
        """Add labels as they begin, and complete them as they end.

        Args:
            events: in order.
            live: whether they happen now; then their time is the clock's, otherwise the recording's.

        Returns:
            how many began.
        """
        began = 0
        for event in events:
            if event.ended and self._complete(event):
                continue
            seconds = None if event.duration_ns is None else event.duration_ns / 1e9
            at = time.strftime("%H:%M:%S") if live else recording_time(event)
            self._append(Row(at, event.mode, event.label, event.probability, seconds if event.ended else None))
            began += 1
        return began

    def clear(self) -> None:
        """Forget everything."""
        self.beginResetModel()
        self._rows.clear()
        self.endResetModel()

    def text(self, rows: Sequence[int] | None = None) -> str:
        """Return labels as lines with tabs between the cells.

        Args:
            rows: their numbers; None for all.
        """
        chosen = range(len(self._rows)) if rows is None else sorted(rows)
        return "\n".join("\t".join(self._rows[number].cells()) for number in chosen)

    def csv(self) -> str:
        """Return everything as comma-separated values with a line of headings."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("time", "mode", "label", "probability", "seconds"))
        for row in self._rows:
            seconds = "" if row.seconds is None else f"{row.seconds:.3f}"
            writer.writerow((row.time, row.mode, row.label, f"{row.probability:.4f}", seconds))
        return text.getvalue()

    def _append(self, row: Row) -> None:
        if len(self._rows) >= MOST_ROWS:
            self.beginRemoveRows(QModelIndex(), 0, 0)
            self._rows.popleft()
            self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._rows.append(row)
        self.endInsertRows()

    def _complete(self, event: LabelEvent) -> bool:
        """Put the end of a label into its row; return False where it has none."""
        newest = range(len(self._rows) - 1, max(-1, len(self._rows) - 9), -1)
        for number in newest:
            row = self._rows[number]
            if (row.mode, row.label, row.seconds) == (event.mode, event.label, None):
                seconds = None if event.duration_ns is None else event.duration_ns / 1e9
                self._rows[number] = Row(row.time, row.mode, row.label, event.probability, seconds)
                self.dataChanged.emit(self.index(number, 0), self.index(number, len(HEADINGS) - 1))
                return True
        return False


def recording_time(event: LabelEvent) -> str:
    """Return a label's onset in a recording as minutes and seconds, or the name of a photo."""
    if event.duration_ns is None and event.ended:
        return event.source
    tenths = round(event.t_ns / 1e8)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"
