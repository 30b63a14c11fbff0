"""Fakes around the watch: sources and models by a plan that a test changes as it goes. No Qt."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app import watch
from app.camera import LiveSource
from app.devices import Device
from app.fakes import LABELS, ScriptedLandmarker, ScriptedRecognizer
from app.settings import Settings
from app.voice.voices import SilentVoice
from recognizers.errors import BundleError, SourceError
from recognizers.frames import Source
from recognizers.modes import ALL, MODE_NAMES
from recognizers.types import Frame, ImageArray, SourceKind

WAIT_MS = 20_000
"""Nothing here takes this long; a busy machine may."""
SHORT_RETRY_S = (0.05, 0.1)
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

    def close(self) -> None:
        """Nothing is open."""


class Photo(Source):
    """A still."""

    def __init__(self, name: str = "photo.jpg") -> None:
        super().__init__(name, SourceKind.STILLS)

    def items(self) -> Iterator[Frame]:
        """Yield it."""
        yield Frame(plain(BLUE), 0, 0, self.name)

    def close(self) -> None:
        """Nothing is open."""


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

    def __post_init__(self) -> None:
        self.hold_models.set()

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

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every watch open this plan's sources and models."""
        monkeypatch.setattr(watch, "open_recognizers", self._open_recognizers)
        monkeypatch.setattr(watch, "open_inputs", self._open_inputs)

    def opener(self, needs: object) -> ScriptedLandmarker:
        """Open a landmarker."""
        self.landmarkers.append(ScriptedLandmarker())
        return self.landmarkers[-1]

    def _open_recognizers(self, mode: str | None, model: str | None, settings: Settings) -> list[ScriptedModel]:
        assert self.hold_models.wait(WAIT_MS / 1e3)
        wanted = MODE_NAMES if mode == ALL else (mode or "gesture",)
        broken = self.broken_modes.intersection(wanted)
        if broken and mode != ALL:
            raise BundleError("the model is damaged", where=mode, remedy="Install Mudra again")
        return [ScriptedModel(each, self) for each in wanted if each not in broken]

    def _open_inputs(self, spec: str, *, live: bool = False, persistent: bool = False) -> list[Source]:
        assert live and persistent
        if spec not in self.sources:
            raise SourceError("is not there", where=spec, remedy="Choose another")
        return [self.sources[spec]()]


class ScriptedModel(ScriptedRecognizer):
    """A scripted recognizer with what the watch reads of a bundle."""

    def __init__(self, mode: str, plan: Plan) -> None:
        super().__init__(lambda _: plan.says, mode=mode, face=mode != "gesture", hands=0 if mode == "emotion" else 2)
        thresholds = {"palm": 0.6}
        info = SimpleNamespace(
            input="still",
            labels=LABELS,
            all_labels=LABELS,
            background=("none",),
            thresholds=thresholds,
            default_threshold=0.5,
        )
        self.bundle = SimpleNamespace(id=f"scripted {mode}", info=info)
