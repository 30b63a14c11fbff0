"""The camera doctor: some seconds of measuring with live figures, then what was found and what to change."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.camera import LiveSource
from app.cameras.advice import Measured
from app.cameras.doctor import SECONDS, CameraReport
from app.gui import theme
from app.gui.dialogs import open_beside
from app.gui.doctor_words import FIGURES, figures_of, report_html, report_text, verdict
from app.gui.examination import PATIENCE_S, Examination
from app.gui.feed import Feed
from app.gui.texts import heading, muted
from recognizers.frames import Source
from recognizers.sources import SYNTHETIC
from recognizers.types import SourceState

NOTHING = "Nothing is being watched. Choose a camera, then it is examined."
NO_CAMERA = "A recording is being watched, not a camera. Choose a camera, then it is examined."
DRAWN = "This is the synthetic signer, not a camera: these are the figures of drawn pictures."
LOOKING = "Sit and light the room as you usually do, and move your hands in the picture."


class DoctorDialog(QDialog):
    """Examines whatever camera is being watched, while it is watched; begins anew with every other source.

    Args:
        parent: the window.
        feed: knows the source.
        seconds: how long it is measured.
        patience_s: how much longer a camera that gives no pictures is waited for.
    """

    source_wanted = Signal()
    """The user wants to choose another source."""

    def __init__(
        self, parent: QWidget | None, feed: Feed, seconds: float = SECONDS, patience_s: float = PATIENCE_S
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Camera doctor")
        self.report: CameraReport | None = None
        self._feed, self._seconds, self._patience_s = feed, seconds, patience_s
        self._examination: Examination | None = None
        self._build()
        self.again.clicked.connect(self.examine)
        self.copy.clicked.connect(self.copy_report)
        self.choose.clicked.connect(self.source_wanted)
        self.close_button.clicked.connect(self.close)
        feed.source_changed.connect(self._source_changed)

    def _build(self) -> None:
        self.name = heading("")
        self.name.setFont(_larger(self.name.font()))
        self.note = QLabel(wordWrap=True)
        for label in (self.name, self.note):
            label.setTextFormat(Qt.TextFormat.PlainText)  # cameras and streams choose their own names
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of the examination")
        self.bar.setTextVisible(False)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # what stands below it does not jump
        self.bar.setSizePolicy(policy)
        self._values = {title: QLabel() for title in FIGURES}
        grid = QGridLayout()
        grid.setVerticalSpacing(12)
        for number, (title, value) in enumerate(self._values.items()):
            row, column = divmod(number, 4)
            value.setAccessibleName(title)
            value.setFont(_larger(value.font()))
            cell = QVBoxLayout()
            cell.setSpacing(1)
            cell.addWidget(muted(title))
            cell.addWidget(value)
            grid.addLayout(cell, row, column)
        self.findings = QTextBrowser()
        self.findings.setAccessibleName("Findings")
        self.findings.setPlaceholderText("What is found, and what to change, comes after some seconds.")
        self.again = QPushButton("Run again")
        self.copy = QPushButton("Copy report")
        self.choose = QPushButton("Choose a source")
        self.close_button = QPushButton("Close")
        buttons = QHBoxLayout()
        for button in (self.again, self.copy, self.choose):
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for part in (self.name, self.note, self.bar):
            layout.addWidget(part)
        layout.addLayout(grid)
        layout.addWidget(self.findings, 1)
        layout.addLayout(buttons)
        self.resize(640, 560)

    def open_at_front(self) -> None:
        """Show it and examine what is being watched, or bring it to the front where it is open already."""
        open_beside(self)

    @property
    def examining(self) -> bool:
        """Whether an examination is going on."""
        return self._examination is not None

    @property
    def figures(self) -> dict[str, str]:
        """The figures that are shown, by their titles."""
        return {title: value.text() for title, value in self._values.items()}

    def examine(self) -> None:
        """Examine what is being watched, from the beginning."""
        self._stop()
        self._show_report(None)
        self._show_figures(0.0, None)
        source = self._feed.source
        self.name.setText(_name_of(source))
        camera = source if isinstance(source, LiveSource) and source.status.state is not SourceState.ENDED else None
        self.bar.setVisible(camera is not None)
        self.again.setEnabled(camera is not None)
        if camera is None:
            self.note.setText(NOTHING if source is None or isinstance(source, LiveSource) else NO_CAMERA)
            return
        self.note.setText(DRAWN if is_drawn(camera) else LOOKING)
        self._examination = Examination(camera, self._seconds, self._patience_s, self)
        self._examination.progressed.connect(self._show_figures)
        self._examination.finished.connect(self._finish)

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        if self.report is not None:
            note = DRAWN if is_drawn(self._feed.source) else ""
            QGuiApplication.clipboard().setText(report_text(self.name.text(), note, self.report))

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to examine."""
        super().showEvent(event)
        if not event.spontaneous():
            self.examine()

    def hideEvent(self, event: QHideEvent) -> None:
        """Listen to the camera no more, however the dialog was closed."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._stop()

    def changeEvent(self, event: QEvent) -> None:
        """Write the findings in the new colours when the theme has changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.report is not None:
            self._show_report(self.report)

    def _source_changed(self) -> None:
        if self.isVisible():
            self.examine()

    def _stop(self) -> None:
        examination, self._examination = self._examination, None
        if examination is not None:
            examination.stop()
            examination.deleteLater()

    def _finish(self, report: CameraReport) -> None:
        self._stop()
        self.bar.setVisible(False)
        words = verdict(report)
        self.note.setText(f"{DRAWN} {words}" if is_drawn(self._feed.source) else words)
        self._show_figures(1.0, report.measured)
        self._show_report(report)

    def _show_figures(self, progress: float, measured: Measured | None) -> None:
        self.bar.setValue(round(100 * progress))
        for label, text in zip(self._values.values(), figures_of(measured), strict=True):
            label.setText(text)

    def _show_report(self, report: CameraReport | None) -> None:
        self.report = report
        self.copy.setEnabled(report is not None)
        self.findings.setHtml("" if report is None else report_html(report, theme.colours(self.palette())))


def _larger(font: QFont) -> QFont:
    font.setPointSizeF(1.3 * font.pointSizeF())
    return font


def is_drawn(source: Source | None) -> bool:
    """Return whether a source is the synthetic signer."""
    return source is not None and source.name.partition(":")[0] == SYNTHETIC


def _name_of(source: Source | None) -> str:
    if source is None:
        return "No camera"
    return "Synthetic signer" if is_drawn(source) else source.name[:1].upper() + source.name[1:]
