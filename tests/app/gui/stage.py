"""Fakes and helpers of the window's tests; the fixtures that use them are in conftest.py."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.camera import LiveSource
from app.devices import Device
from app.fakes import LABELS, ScriptedLandmarker, ScriptedRecognizer
from app.gui.main_window import MainWindow
from app.voices import SilentVoice
from recognizers.frames import Source
from recognizers.types import (
    Frame,
    ImageArray,
    LabelEvent,
    Landmarks,
    Prediction,
    Snapshot,
    SourceKind,
    SourceState,
    SourceStatus,
)

WAIT_MS = 20_000
"""Nothing here takes this long; a busy machine may."""
SHORT_RETRY_S = (0.05, 0.1)
OK = SourceStatus(SourceState.OK)
RED, GREEN, BLUE = (220, 30, 40), (30, 200, 60), (30, 60, 220)


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> ImageArray:
    """Return a picture of one colour, uint8 (H, W, 3)."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


class Frames(Source):
    """A recorded source: one picture again and again, `rate` frames a second of its own time."""

    def __init__(self, name: str = "film.mp4", count: int = 20, rate: float = 20.0) -> None:
        super().__init__(name, SourceKind.RECORDED)
        self._count, self._rate = count, rate

    def items(self) -> Iterator[Frame]:
        """Yield the frames."""
        for index in range(self._count):
            yield Frame(plain(GREEN), round(index / self._rate * 1e9), index, self.name)


class Photo(Source):
    """A still."""

    def __init__(self, name: str = "photo.jpg") -> None:
        super().__init__(name, SourceKind.STILLS)

    def items(self) -> Iterator[Frame]:
        """Yield it."""
        yield Frame(plain(BLUE), 0, 0, self.name)


@dataclass
class Plan:
    """What the fakes do; a test changes it at any time.

    Attributes:
        says: what every recognizer says of a picture that is not black: one of LABELS and its probability.
        sources: by word, what makes a source's parts.
        broken_modes: modes whose model cannot be loaded.
        hold_models: clear it, and models are loaded only when it is set again.
        voice: what speaks.
        landmarkers: all that were opened.
        spoken: the file that the silent voice writes down what it says in.
    """

    spoken: Path
    says: tuple[str, float] = ("palm", 0.9)
    sources: dict[str, Callable[[], Source]] = field(default_factory=dict)
    broken_modes: set[str] = field(default_factory=set)
    hold_models: threading.Event = field(default_factory=threading.Event)
    voice: SilentVoice | None = None
    landmarkers: list[ScriptedLandmarker] = field(default_factory=list)

    def live(self, spec: str, device: Device, **options: Any) -> None:
        """Let a word name a live source."""
        options = {"persistent": True, "retry_s": SHORT_RETRY_S, **options}
        self.sources[spec] = lambda: LiveSource(device, **options)

    def said(self) -> list[str]:
        """Return what the voice has begun to say."""
        if not self.spoken.exists():
            return []
        rows = [json.loads(line) for line in self.spoken.read_text("utf-8").splitlines()]
        return [row["text"] for row in rows if row["do"] == "say"]


class ScriptedModel(ScriptedRecognizer):
    """A scripted recognizer with what the watch reads of a bundle."""

    def __init__(self, mode: str, plan: Plan) -> None:
        super().__init__(lambda _: plan.says, mode=mode, face=mode != "gesture", hands=0 if mode == "emotion" else 2)
        info = SimpleNamespace(labels=LABELS, background=("none",), thresholds={"palm": 0.6}, default_threshold=0.5)
        self.bundle = SimpleNamespace(id=f"scripted {mode}", info=info)


OpenWindow = Callable[..., MainWindow]


def press(qtbot: QtBot, widget: QWidget, words: str) -> None:
    """Press the shown button with these words; `&` and the like count."""
    found = [each for each in widget.findChildren(QPushButton) if each.text() == words and each.isVisible()]
    assert len(found) == 1, [each.text() for each in widget.findChildren(QPushButton)]
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


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
