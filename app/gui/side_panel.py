"""The panel beside the picture: top scores and the transcript."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.calibration_row import CalibrationRow
from app.gui.scores_panel import ScoresPanel
from app.gui.texts import heading, muted, panel
from app.gui.transcript_panel import TranscriptPanel
from recognizers.types import Snapshot

SIX_POINTS, HINT = "Face: six points", "The mesh needs a model file: mudra landmarkers fetch"
MESH = "Face: mesh of 478 points"


class SidePanel(QWidget):
    """Scores above, transcript below."""

    def __init__(self) -> None:
        super().__init__()
        self.scores = ScoresPanel()
        self.transcript = TranscriptPanel()
        self._face = muted(wrap=True)
        self._face.hide()
        self.calibration = CalibrationRow()
        self.calibration.hide()
        top = panel()
        inner = QVBoxLayout(top)
        inner.addWidget(heading("Top scores"))
        inner.addWidget(self.scores)
        inner.addWidget(self._face)
        inner.addWidget(self.calibration)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(top)
        layout.addWidget(self.transcript, 1)
        self.setFixedWidth(360)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the scores of a moment, and which points of the face are looked for."""
        self.scores.show_predictions(snapshot.modes, snapshot.predictions)
        landmarks = snapshot.landmarks
        if "emotion" not in snapshot.modes or snapshot.frame is None:
            self._face.setVisible("emotion" in snapshot.modes and not self._face.isHidden())
        elif landmarks.face is not None or landmarks.face_found:
            self._face.setText(MESH if landmarks.face is not None else self._six(len(snapshot.modes)))
            self._face.setToolTip("" if landmarks.face is not None else HINT)
            self._face.show()

    @staticmethod
    def _six(modes: int) -> str:
        """Say that there is no mesh; why, only where there is room."""
        return SIX_POINTS if modes > 1 else f"{SIX_POINTS}. {HINT}"
