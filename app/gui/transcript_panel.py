"""The panel around the transcript: a table with buttons to copy, save and clear it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
)

from app.gui.texts import heading
from app.gui.transcript import HEADINGS, Transcript
from recognizers.types import LabelEvent

LABEL = 2
"""The column that takes the room that is left."""
USUAL = ("00:00:00", "Gestures", "", "100%", "00.0 s")
PADDING = 16


class TranscriptPanel(QFrame):
    """What was seen, with times."""

    failed = Signal(str, str)
    """A file could not be written: what, and what to do."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.transcript = Transcript()
        self._table = _table(self.transcript)
        title = heading("Transcript")
        title.setBuddy(self._table)
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy what is selected, or everything")
        self.save = QPushButton("Save…")
        self.save.setToolTip("Save everything as a text or CSV file")
        self.clear = QPushButton("Clear")
        self.copy.clicked.connect(self.copy_text)
        self.save.clicked.connect(self._save)
        self.clear.clicked.connect(self.transcript.clear)
        buttons = QHBoxLayout()
        buttons.addWidget(title)
        buttons.addStretch()
        for button in (self.copy, self.save, self.clear):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(buttons)
        layout.addWidget(self._table)

    def take(self, events: Iterable[LabelEvent], *, live: bool) -> None:
        """Add labels; the newest stays in view unless the user has scrolled away from it."""
        bar = self._table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 1
        if self.transcript.take(events, live=live) and at_end:
            self._table.scrollToBottom()

    def changeEvent(self, event: QEvent) -> None:
        """Give the columns room for larger letters."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            _fit_columns(self._table)

    def copy_text(self) -> None:
        """Put what is selected, or else everything, on the clipboard."""
        rows = {index.row() for index in self._table.selectionModel().selectedRows()}
        QGuiApplication.clipboard().setText(self.transcript.text(sorted(rows) or None))

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save transcript", "transcript.csv", "CSV (*.csv);;Text (*.txt)")
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write everything: as CSV, or as text where the name ends with .txt."""
        text = self.transcript.text() + "\n" if path.suffix.lower() == ".txt" else self.transcript.csv()
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            self.failed.emit(f"{path}: cannot be written ({error.strerror})", "Choose another folder")


def _table(transcript: Transcript) -> QTableView:
    table = QTableView()
    table.setModel(transcript)
    table.setAccessibleName("Transcript")
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(26)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(LABEL, QHeaderView.ResizeMode.Stretch)
    _fit_columns(table)
    return table


def _fit_columns(table: QTableView) -> None:
    """Give the columns the width of what usually stands in them, in the letters of now."""
    metrics = table.fontMetrics()
    for column, texts in enumerate(zip(HEADINGS, USUAL, strict=True)):
        if column != LABEL:
            table.setColumnWidth(column, max(map(metrics.horizontalAdvance, texts)) + PADDING)
