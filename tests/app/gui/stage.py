"""Fakes and helpers of the window's tests; the fixtures that use them are in conftest.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.fakes import LABELS
from app.gui.main_window import MainWindow
from recognizers.types import (
    Frame,
    ImageArray,
    LabelEvent,
    Landmarks,
    Prediction,
    Snapshot,
    SourceState,
    SourceStatus,
)
from tests.app.planned import WAIT_MS

OK = SourceStatus(SourceState.OK)


OpenWindow = Callable[..., MainWindow]


def press(qtbot: QtBot, widget: QWidget, words: str) -> None:
    """Press the button with these words as soon as it is shown."""

    def found() -> list[QPushButton]:
        return [each for each in widget.findChildren(QPushButton) if each.text() == words and each.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1, timeout=WAIT_MS)
    qtbot.mouseClick(found()[0], Qt.MouseButton.LeftButton)


def image_of(widget: QWidget) -> QImage:
    """Return what a widget paints."""
    return widget.grab().toImage()


def share_of(image: QImage, colour: tuple[int, int, int], tolerance: int = 30) -> float:
    """Return which part of an image is about this colour, 0 to 1."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)
    return float((np.abs(pixels - colour).max(axis=2) <= tolerance).mean())


def colour_at(image: QImage, x: float, y: float) -> QColor:
    """Return the colour at a place given as shares of width and height."""
    return image.pixelColor(int(x * (image.width() - 1)), int(y * (image.height() - 1)))


def prediction(label: str = "palm", probability: float = 0.9, mode: str = "gesture") -> Prediction:
    """Return a prediction over LABELS."""
    rest = (1 - probability) / (len(LABELS) - 1)
    scores = np.array([probability if each == label else rest for each in LABELS], np.float32)
    return Prediction(mode, f"scripted {mode}", LABELS, label, probability, scores, 0, label == "none")


def event(label: str = "palm", mode: str = "gesture", t_s: float = 1.0, lasted_s: float | None = None) -> LabelEvent:
    """Return a label that begins, or with `lasted_s` one that has ended."""
    duration = None if lasted_s is None else round(lasted_s * 1e9)
    return LabelEvent(mode, label, 0.9, round(t_s * 1e9), duration, ended=lasted_s is not None)


def snapshot(
    image: ImageArray | None = None,
    *,
    held: LabelEvent | None = None,
    predictions: tuple[Prediction, ...] = (),
    status: SourceStatus = OK,
    modes: tuple[str, ...] = ("gesture",),
    landmarks: Landmarks | None = None,
) -> Snapshot:
    """Return a moment."""
    return Snapshot(
        t_ns=0,
        index=0,
        frame=None if image is None else Frame(image, 0, 0),
        landmarks=landmarks or Landmarks(t_ns=0),
        predictions={each.mode: each for each in predictions},
        held={} if held is None else {held.mode: held},
        status=status,
        modes=modes,
        bundles={},
    )
