"""From pictures to labels in a few lines, for other people's programs: landmarker and recognizers as one thing.

The app has its own engine (`app/engine.py`), which does more; what is recognized is the same. docs/python.md shows how
to use this.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from recognizers.bundle import Bundle, find_bundle
from recognizers.errors import MudraError, UsageError
from recognizers.frames import Source
from recognizers.landmarker import Landmarker
from recognizers.recognizer import Recognizer
from recognizers.second_look import second_look
from recognizers.sources import open_sources
from recognizers.types import Frame, ImageArray, LabelEvent, Landmarks, Prediction, SourceKind


class Seen(NamedTuple):
    """What one picture brought.

    Attributes:
        landmarks: the points that were found in it.
        predictions: by mode, the newest prediction, before any threshold or vote; a mode without one is absent.
        held: by mode, the label that is being seen now, as an event that has begun.
        events: the labels that began or ended with this picture.
    """

    landmarks: Landmarks
    predictions: Mapping[str, Prediction]
    held: Mapping[str, LabelEvent]
    events: tuple[LabelEvent, ...]


class Pipeline:
    """One or more models, and what they look with; for one source at a time.

    Args:
        bundles: models by name or path, or loaded ones; at most one for each mode.
        threshold: the least probability for every label, instead of the models' own.
        hold_s: how many seconds a label must be seen before it counts; None for the least, three ticks.
        allow_usage_reports: let MediaPipe send its usage reports; blocked otherwise, for the process's whole life.

    Raises:
        BundleError: a model is missing or damaged.
        UsageError: none is named, or two serve the same mode.
    """

    def __init__(
        self,
        *bundles: str | Path | Bundle,
        threshold: float | None = None,
        hold_s: float | None = None,
        allow_usage_reports: bool = False,
    ) -> None:
        loaded = [each if isinstance(each, Bundle) else Bundle.load(find_bundle(str(each))) for each in bundles]
        self._recognizers = {each.info.mode: Recognizer(each, threshold, hold_s) for each in loaded}
        if not loaded or len(self._recognizers) < len(loaded):
            found = ", ".join(f"{each.id} ({each.info.mode})" for each in loaded) or "none"
            raise UsageError("wrong models", expected="one or more, each for another mode", found=found)
        self._reports = allow_usage_reports
        self._landmarkers: dict[bool, Landmarker] = {}
        self._count = 0

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """By mode, all that its model tells apart; some mean "nothing to report"."""
        return {mode: each.bundle.info.all_labels for mode, each in self._recognizers.items()}

    def predict(self, image: ImageArray, t_s: float | None = None) -> Seen:
        """Take the next picture of a camera or a film.

        Args:
            image: uint8 (H, W, 3), RGB, not mirrored.
            t_s: when it was taken, in seconds; must increase. None for now.

        Raises:
            UsageError: it is no such picture.
            LandmarkerFileError: a landmark model is missing and cannot be fetched.
        """
        t_ns = time.monotonic_ns() if t_s is None else round(t_s * 1e9)
        return self._next(Frame(_checked(image), t_ns, self._count), "")

    def predict_landmarks(self, landmarks: Landmarks) -> Seen:
        """Take the next landmarks of a recording, or of a landmarker of your own; times must increase."""
        return self._next(landmarks, "")

    def predict_photo(self, image: ImageArray) -> Seen:
        """Take one picture alone: no movement, no vote, no hold. Models of movements see nothing in it.

        Args:
            image: uint8 (H, W, 3), RGB, not mirrored.

        Returns:
            what it shows; `events` holds one whole event for each mode whose label is probable enough.
        """
        return self._still(Frame(_checked(image), 0, 0))

    def recognize(self, spec: str | Path, problems: list[MudraError] | None = None) -> Iterator[LabelEvent]:
        """Yield the whole events of a video, a photo, a recorded clip, a folder of these, or the synthetic signer.

        Args:
            spec: the file or folder, or `synthetic:SCRIPT`.
            problems: where files of a folder that cannot be read are noted, the rest going on; where None, the first
                raises.

        Raises:
            SourceError: it is missing or cannot be read.
            FormatError: a clip's content is wrong.
        """
        with contextlib.ExitStack() as closing:
            sources = open_sources(str(spec))
            for source in sources:
                closing.callback(source.close)
            for source in sources:
                yield from self._events(source)
                if source.problems and problems is None:
                    raise source.problems[0]
                if problems is not None:
                    problems += source.problems

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held, as a source ends, and forget what was seen."""
        events = tuple(event for each in self._recognizers.values() for event in each.finish())
        self.reset()
        return events

    def reset(self) -> None:
        """Forget what was seen, as before another source; what is held is dropped."""
        self._count = 0
        for recognizer in self._recognizers.values():
            recognizer.reset()
        for landmarker in self._landmarkers.values():
            landmarker.reset()

    def close(self) -> None:
        """Let go of the landmark models."""
        while self._landmarkers:
            self._landmarkers.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _events(self, source: Source) -> Iterator[LabelEvent]:
        self.reset()
        for item in source.items():
            still = isinstance(item, Frame) and source.kind is SourceKind.STILLS
            seen = self._still(item) if isinstance(item, Frame) and still else self._next(item, source.name)
            yield from (event for event in seen.events if event.ended)
        yield from self.finish()

    def _next(self, item: Frame | Landmarks, source: str) -> Seen:
        frame, landmarks = self._look(item, stills=False)
        number = self._count if frame is None else frame.index
        self._count += 1
        updates = {mode: each.update(frame, landmarks, source, number) for mode, each in self._recognizers.items()}
        predictions = {mode: update.prediction for mode, update in updates.items() if update.prediction is not None}
        held = {mode: each.held for mode, each in self._recognizers.items() if each.held is not None}
        return Seen(landmarks, predictions, held, tuple(event for each in updates.values() for event in each.events))

    def _still(self, frame: Frame) -> Seen:
        _, landmarks = self._look(frame, stills=True)
        again = None if frame.landmarks is not None else second_look(frame, self._landmarkers[True].detect)
        stills = {mode: each.still(frame, landmarks, again) for mode, each in self._recognizers.items()}
        predictions = {mode: prediction for mode, prediction in stills.items() if prediction is not None}
        events = {
            mode: LabelEvent(mode, one.label, one.probability, 0, frame=frame.index, source=frame.name, ended=True)
            for mode, one in predictions.items()
            if self._recognizers[mode].accepts(one)
        }
        return Seen(landmarks, predictions, events, tuple(events.values()))

    def _look(self, item: Frame | Landmarks, *, stills: bool) -> tuple[Frame | None, Landmarks]:
        if isinstance(item, Landmarks):
            return None, item
        if stills not in self._landmarkers:
            self._landmarkers[stills] = Landmarker(
                stills=stills,
                hands=max(int(each.needs_hands) for each in self._recognizers.values()),
                face=any(each.needs_face for each in self._recognizers.values()),
                allow_usage_reports=self._reports,
            )
        return item, self._landmarkers[stills].detect(item)


def _checked(image: ImageArray) -> ImageArray:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        shape = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise UsageError("wrong picture", expected="uint8 (height, width, 3), RGB", found=shape)
    return image
