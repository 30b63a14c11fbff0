"""The list of clips: a model over samples that were listed already, so that ten thousand cost no more than ten."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app.captions import shown_label
from app.gui import theme
from app.gui.teach_words import FLAGS
from app.samples import Sample

COLUMNS = ("Label", "Recorded", "Length", "State")
WIDTHS = (92, 96, 52)
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ClipModel(QAbstractTableModel):
    """The clips that are shown.

    Attributes:
        samples: in order.
        mistakes: by file, what the model takes a clip for, where that is wrong.
    """

    def __init__(self) -> None:
        super().__init__()
        self.samples: tuple[Sample, ...] = ()
        self.mistakes: Mapping[Path, str] = {}

    def show_samples(self, samples: Sequence[Sample]) -> None:
        """Show other clips."""
        self.beginResetModel()
        self.samples = tuple(samples)
        self.endResetModel()

    def show_mistakes(self, mistakes: Mapping[Path, str]) -> None:
        """Mark the clips that the model gets wrong; what is chosen stays chosen."""
        self.mistakes = mistakes
        if self.samples:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.samples) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many clips there are."""
        return 0 if parent.isValid() else len(self.samples)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, or what belongs to it."""
        sample = self.samples[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(sample, index.column())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self.about(sample)
        return None

    def is_odd(self, sample: Sample) -> bool:
        """Tell whether something is to be looked at."""
        return bool(sample.flags or sample.problem) or sample.path in self.mistakes

    def _text(self, sample: Sample, column: int) -> str:
        if column == 0:
            return shown_label(sample.label)
        if column == 1:
            return recorded(sample.name)
        if column == 2:
            return "" if sample.pending else f"{sample.seconds:.1f} s"
        return self.state(sample)

    def state(self, sample: Sample) -> str:
        """Return in a few words what a clip is worth."""
        if sample.problem:
            return "cannot be read"
        if sample.pending:
            return "…"
        words = []
        if sample.path in self.mistakes:
            words.append(f"taken for {shown_label(self.mistakes[sample.path])}")
        words += [FLAGS.get(flag, flag) for flag in sample.flags or ()]
        words += ["correction"] if sample.correction else []
        words += ["with pictures"] if sample.pixels else []
        return ", ".join(words) or ("good" if sample.flags is not None else "not judged")

    def about(self, sample: Sample) -> str:
        """Return all that is known of a clip, in a line."""
        if sample.problem:
            return f"{sample.name} cannot be read: {sample.problem}"
        if sample.pending:
            return f"{sample.name} is being read"
        by = f", shown by {sample.signer}" if sample.signer else ""
        sitting = f", session {sample.session}" if sample.session else ""
        return f"{sample.frames} frames in {sample.seconds:.2f} s{by}{sitting}: {self.state(sample)}"


class ClipTable(QTableView):
    """The list, with several clips to be chosen at once."""

    def __init__(self) -> None:
        super().__init__()
        self.clips = ClipModel()
        self.setModel(self.clips)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName("Clips")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in enumerate(WIDTHS):
            self.setColumnWidth(column, width)

    @property
    def chosen(self) -> list[Sample]:
        """The clips that are chosen, in the list's order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.clips.samples[row] for row in rows]

    @property
    def current(self) -> Sample | None:
        """The clip that the keyboard stands on."""
        row = self.currentIndex().row()
        return self.clips.samples[row] if 0 <= row < len(self.clips.samples) else None


def recorded(name: str) -> str:
    """Return when a clip was recorded, on the user's clock, by its file's name; the name itself where it tells none."""
    try:
        moment = datetime.datetime.strptime(name[:16].rstrip("Z."), "%Y%m%dT%H%M%S").replace(tzinfo=datetime.UTC)
    except ValueError:
        return name
    return moment.astimezone().strftime("%d %b %H:%M")


class _Delegate(QStyledItemDelegate):
    """Paints in the colour of warnings what is to be looked at."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Colour the last column."""
        super().initStyleOption(option, index)
        model = index.model()
        last = index.column() == len(COLUMNS) - 1
        if last and isinstance(model, ClipModel) and model.is_odd(model.samples[index.row()]):
            colour = QColor(theme.colours(option.palette).warning)
            option.palette.setColor(option.palette.ColorRole.Text, colour)
