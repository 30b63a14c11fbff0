"""Shows moments: the picture with its captions, the scores, the transcript, the figures."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from app.captions import Captions, ThresholdOf, hint, shown_label
from app.gui.feed import Delivery
from app.gui.figures_line import FiguresLine
from app.gui.live_view import LiveView
from app.gui.side_panel import SidePanel
from app.settings import Settings
from recognizers.types import LabelEvent, Snapshot, SourceState, SourceStatus

STALE_MS = 1500
"""A live picture that is older than this is taken away: it is not live any more."""


class Presenter(QObject):
    """Brings what the engine makes onto the screen.

    Args:
        view: the picture.
        side: scores and transcript.
        figures: the line of figures.
        threshold_of: from a mode and a label to where it begins to count.

    Attributes:
        snapshot: what is shown; None while there is nothing.
        captions: keeps captions for a while after their labels have ended.
        announcing: whether a screen reader is told each label.
        paused: whether an old picture is meant to stay.
        ended: whether a recording has come to its end.
    """

    def __init__(self, view: LiveView, side: SidePanel, figures: FiguresLine, threshold_of: ThresholdOf) -> None:
        super().__init__()
        self.snapshot: Snapshot | None = None
        self.captions = Captions(0.0)
        self.announcing, self.paused, self.ended = True, False, False
        self._silent = False
        self._view, self._side, self._figures = view, side, figures
        self._threshold_of = threshold_of
        self._grabbed_ns: int | None = None
        self._stale = QTimer(self, singleShot=True, interval=STALE_MS)
        self._stale.timeout.connect(self._go_stale)
        self._linger = QTimer(self, singleShot=True)
        self._linger.timeout.connect(self.show_captions)
        view.painted.connect(self._painted)

    def take_settings(self, settings: Settings) -> None:
        """Show everything as the settings say."""
        self._view.mirrored, self._view.points = settings.mirrored, settings.show_points
        self._view.large = settings.large_captions
        self.captions.linger_s = settings.caption_seconds
        # A screen reader speaks for itself, so not while Mudra does.
        self.announcing = not settings.speak
        self._figures.setVisible(settings.show_figures)
        self._view.update()

    def take_events(self, events: tuple[LabelEvent, ...], *, live: bool) -> None:
        """Note labels that begin and end."""
        self._side.transcript.take(events, live=live)
        self.captions.take(events, time.monotonic())
        for event in events:
            if self.announcing and not event.ended:
                words = QAccessibleAnnouncementEvent(self._view, shown_label(event.label))
                QAccessible.updateAccessibility(words)

    def take_snapshot(self, delivery: Delivery) -> None:
        """Show the moment that a delivery brings, if it brings one."""
        snapshot = delivery.snapshot
        if snapshot is None:
            return
        self.snapshot = snapshot
        self._grabbed_ns = delivery.grabbed_ns
        self._view.show_snapshot(snapshot)
        self.show_captions()
        if not self._side.isHidden():
            self._side.show_snapshot(snapshot)
        self._figures.show_snapshot(snapshot)
        if delivery.live and snapshot.frame is not None:
            self._stale.start()
        else:
            self._stale.stop()

    def show_captions(self) -> None:
        """Show the captions of now."""
        if self.snapshot is None or self._silent:
            self._view.show_captions(())
            return
        shown = self.captions.at(self.snapshot, time.monotonic())
        self._view.show_captions(shown, hint(self.snapshot, self._threshold_of))
        if any(not caption.held for caption in shown):
            self._linger.start(round(self.captions.linger_s * 1e3))

    def silence(self, silent: bool) -> None:
        """Show no captions, as while something is recorded, or show them again."""
        if silent != self._silent:
            self._silent = silent
            self.show_captions()

    def begin(self) -> None:
        """Begin anew, with another source."""
        self.ended = False
        self.captions.clear()
        self._figures.reset()
        self._view.show_veil("")

    def end(self) -> bool:
        """Leave the last picture under a veil, as at the end of a recording; return False where there is none."""
        self._stale.stop()
        if self.snapshot is None or self.snapshot.status.state is not SourceState.OK:
            return False
        self.ended = True
        self._view.show_veil("The recording has ended. R plays it again.")
        return True

    def pause(self, paused: bool) -> None:
        """Dim the picture while nothing is looked at."""
        self.paused = paused
        self.captions.clear()
        self._view.show_veil("Paused. Nothing is looked at." if paused else "")

    def forget(self, message: str, remedy: str = "") -> None:
        """Take the picture away and say why."""
        self.captions.clear()
        self.snapshot = None
        self._view.show_status(SourceStatus(SourceState.WAITING, message, remedy))
        self._view.show_captions(())

    def close(self) -> None:
        """Stop waiting for pictures."""
        self._stale.stop()
        self._linger.stop()

    def _painted(self) -> None:
        if self._grabbed_ns is not None:
            self._figures.painted((time.monotonic_ns() - self._grabbed_ns) / 1e6)
            self._grabbed_ns = None

    def _go_stale(self) -> None:
        if not self.paused:
            self.forget("No new picture", "Mudra is busy, or the camera hangs; it goes on by itself")
