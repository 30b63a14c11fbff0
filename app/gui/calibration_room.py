"""The neutral face in the window: takes it, keeps it, forgets it, and shows whether it is taken out of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QApplication

from app.calibrating import SECONDS, CalibrationStatus, Calibrator, Phase
from app.face_calibrations import forget_calibration, result_words, save_calibration
from app.gui.calibration_overlay import CalibrationOverlay, words_of
from app.gui.calibration_row import FORGET
from app.watch import Watching
from recognizers.errors import MudraError
from recognizers.face_calibration import FaceCalibration
from recognizers.modes import EMOTION
from recognizers.types import SourceKind

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from recognizers.bundle import Bundle

COUNTDOWN_S = 3.0
ONE_PERSON = "It is yours alone: whoever else sits here forgets it with one click"
FORGOTTEN = "Your calibration is forgotten: emotions are read as the model gives them"
MODE = EMOTION.name


class CalibrationRoom(QObject):
    """What the window does about resting faces.

    Args:
        window: the window.
        calibrator: a consumer of the watch.
    """

    def __init__(self, window: MainWindow, calibrator: Calibrator) -> None:
        super().__init__(window)
        self._window, self._calibrator = window, calibrator
        self._overlay = CalibrationOverlay(window.view)
        self._row = window.side.calibration
        self._status = CalibrationStatus()
        self._calibration: FaceCalibration | None = None
        self._before: FaceCalibration | None = None
        self._taking: Bundle | None = None
        self._bundle, self._alone = "", False
        self._row.wanted.connect(self.toggle)
        self._row.forget_wanted.connect(self.forget)

    @property
    def active(self) -> bool:
        """Whether a face is being looked at."""
        return self._status.phase.active

    def toggle(self) -> None:
        """Begin to look at the user's resting face, or stop."""
        if self.active:
            self._calibrator.stop()
            return
        try:
            self._start()
        except MudraError as error:
            self._problem(error)

    def forget(self) -> None:
        """Give the answers as they are again, from now on and when Mudra starts."""
        window = self._window
        bundle = window.watch.bundle_of(MODE)
        if bundle is not None:
            tell, name = window.notices.tell, bundle.id
            window.watch.calibrate(MODE, None)
            window.background.run(lambda: forget_calibration(name), lambda _: tell(FORGOTTEN), self._problem)

    def watching(self, notice: Watching) -> None:
        """The window watches in another mode, with another bundle, or with another calibration."""
        bundle = notice.bundles.get(MODE, "")
        if self.active and self._window.watch.bundle_of(MODE) is not self._taking:
            self._calibrator.stop()
        self._calibration, self._bundle = notice.calibrated.get(MODE), bundle
        self._alone = len(notice.bundles) == 1
        self._show_row()

    def take(self, status: CalibrationStatus) -> None:
        """Show how it is doing, and keep what came of it."""
        before, self._status = self._status, status
        self._overlay.show_status(status)
        self._announce(words_of(before), words_of(status))
        if status.phase is before.phase:
            return
        window = self._window
        if status.phase is Phase.LOOKING or before.phase is Phase.LOOKING:
            QApplication.beep()  # who looks into the camera does not look at the screen
        window.presenter.silence(status.phase.active)
        if not status.phase.active and window.watch.bundle_of(MODE) is self._taking:
            window.watch.calibrate(MODE, self._before if status.calibration is None else status.calibration)
        self._show_row()
        if status.calibration is not None:
            self._keep(status.calibration)
        elif status.error is not None:
            self._problem(status.error)

    def _start(self) -> None:
        from recognizers.resting_face import RestingFace

        window = self._window
        bundle = window.watch.bundle_of(MODE)
        if bundle is None or not self._bundle:
            window.notices.tell("Calibration is about emotions: choose them first (3)")
            return
        resting = RestingFace(bundle)
        source = window.feed.source
        if window.snapshot is None or source is None or source.kind in (SourceKind.STILLS, SourceKind.LANDMARKS):
            window.notices.tell("A resting face is taken from a camera or a video: choose one first (C)")
            return
        if window.presenter.ended:
            window.notices.tell("The recording has ended: play it again (R) and calibrate meanwhile (N)")
            return
        if window.teach.teaching.status.phase.active:
            window.notices.tell("A recording is under way: calibrate when it is over")
            return
        if window.paused:
            window.toggle_pause()
        window.notices.clear()
        self._before, self._taking = self._calibration, bundle
        window.watch.calibrate(MODE, None)
        self._calibrator.start(resting, seconds=SECONDS, countdown_s=COUNTDOWN_S)
        window.view.setFocus()  # the keys mean what they always mean

    def _show_row(self) -> None:
        """Show sign and buttons; beside the scores of other modes only where there is something to show."""
        self._row.setVisible(bool(self._bundle) and (self._alone or self.active or self._calibration is not None))
        self._row.show_calibration(self._calibration, active=self.active)

    def _keep(self, calibration: FaceCalibration) -> None:
        words = f"{result_words(calibration)}. {ONE_PERSON}"
        buttons = [(FORGET, self.forget)]
        tell = self._window.notices.tell
        self._window.background.run(
            lambda: save_calibration(calibration), lambda _: tell(words, buttons), self._problem
        )

    def _announce(self, before: str, words: str) -> None:
        """Tell a screen reader what to do now."""
        if words and words != before:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._window.view, words))

    def _problem(self, error: MudraError) -> None:
        sentence = error.sentence
        self._window.notices.problem(sentence[:1].upper() + sentence[1:], error.remedy or "", with_source=False)
