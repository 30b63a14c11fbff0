"""The one loop body: a frame or landmarks in; a snapshot and events out. No Qt and no threads.

Everything goes through the same engine: live and recorded streams, stills, recorded landmarks. It chooses
what the landmarker looks for from what the active recognizers need, so nothing runs that no mode asks for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.engine_commands import Calibrate, Command, Pause, Record, SetModes, SetRecognizer, Tune, UseMesh
from app.figures import Figures
from app.ports import FindsLandmarks, LandmarkerOpener, Needs, Recognizes, open_landmarker
from recognizers.errors import LandmarkerFileError, UsageError
from recognizers.modes import EMOTION, mode_named
from recognizers.second_look import second_look
from recognizers.types import (
    Frame,
    LabelEvent,
    Landmarks,
    Prediction,
    Snapshot,
    SourceKind,
    SourceState,
    SourceStatus,
    Stats,
)

__all__ = [
    "Calibrate",
    "Command",
    "Engine",
    "Pause",
    "Record",
    "SetModes",
    "SetRecognizer",
    "Step",
    "Tune",
    "UseMesh",
]

OK = SourceStatus(SourceState.OK)


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one frame: the moment to show, and the labels that began or ended with it."""

    snapshot: Snapshot
    events: tuple[LabelEvent, ...] = ()


class Engine:
    """Turns frames into labels.

    Args:
        recognizers: one for each mode; all of them are active at first.
        landmarker: used for every frame as it is, or None to open what the modes need when the first
            frame comes.
        opener: opens a landmarker; for tests and for the window's settings.
        mesh: whether the face's mesh is looked for in the modes that it belongs to; only where its model file is
            installed (`app.ports.mesh_installed`).
    """

    def __init__(
        self,
        recognizers: Iterable[Recognizes],
        landmarker: FindsLandmarks | None = None,
        *,
        opener: LandmarkerOpener = open_landmarker,
        mesh: bool = False,
    ) -> None:
        self._all = {recognizer.mode: recognizer for recognizer in recognizers}
        self._active = tuple(self._all.values())
        self._given = landmarker
        self._landmarker: FindsLandmarks | None = landmarker
        self._opened: Needs | None = None
        self._opener = opener
        self._paused = False
        self._mesh = mesh
        self._record = Record(None)
        self._predictions: dict[str, Prediction] = {}
        self._last: Snapshot | None = None
        self._count = 0
        self._figures = Figures()

    @property
    def modes(self) -> tuple[str, ...]:
        """The active modes."""
        return tuple(recognizer.mode for recognizer in self._active)

    @property
    def bundles(self) -> dict[str, str]:
        """The active bundles' ids by mode."""
        return {recognizer.mode: recognizer.bundle_id for recognizer in self._active}

    @property
    def paused(self) -> bool:
        """Whether frames pass through unlooked at."""
        return self._paused

    def needs(self, kind: SourceKind) -> Needs:
        """Return what the landmarker must look for, for the active modes."""
        clips = None if self._record.mode is None else mode_named(self._record.mode)
        hands = [0 if clips is None else clips.hands, *(int(each.needs_hands) for each in self._active)]
        return Needs(
            stills=kind is SourceKind.STILLS,
            hands=max(hands),
            face=clips is not None or any(each.needs_face for each in self._active),
            mesh=self._mesh and (clips is EMOTION or any(each.needs_mesh for each in self._active)),
        )

    def prepare(self, kind: SourceKind) -> None:
        """Open what this kind of source will need before its first frame, so that a live one loses nothing.

        Raises:
            LandmarkerFileError: a model file is missing and cannot be fetched, or is damaged.
        """
        needs = self.needs(kind)
        if needs.hands or needs.face:
            self._landmarker_for(needs)

    def process(
        self,
        item: Frame | Landmarks,
        kind: SourceKind,
        source: str = "",
        *,
        status: SourceStatus = OK,
        dropped: int = 0,
        age_ms: float = 0.0,
    ) -> Step:
        """Take one frame, or the landmarks of one.

        Args:
            item: the frame, or landmarks where the source has no images.
            kind: what the source promises.
            source: its name, for the events; a still's own name goes first.
            status: how the source is doing, for the snapshot.
            dropped: how many frames it has dropped so far.
            age_ms: how long ago the frame was grabbed; 0 for recorded ones.
        """
        begin = time.perf_counter()
        frame = item if isinstance(item, Frame) else None
        index = frame.index if frame is not None else self._count
        name = frame.name if frame is not None and kind is SourceKind.STILLS and frame.name else source
        landmarks = self._look(item, kind)
        looked = time.perf_counter()
        if self._paused:
            events: tuple[LabelEvent, ...] = ()
        elif kind is SourceKind.STILLS:
            events = self._still(frame, landmarks, index, name)
        else:
            events = self._stream(frame, landmarks, index, name)
        done = time.perf_counter()
        self._count += 1
        parts = {} if frame is None or self._landmarker is None else self._landmarker.stage_ms
        stages = {**parts, "landmarks": (looked - begin) * 1e3, "recognize": (done - looked) * 1e3}
        self._figures.add(done, stages, age_ms + (done - begin) * 1e3)
        held = {event.mode: event for event in events} if kind is SourceKind.STILLS else self._held()
        self._last = Snapshot(
            t_ns=landmarks.t_ns,
            index=index,
            frame=frame,
            landmarks=landmarks,
            predictions=dict(self._predictions),
            held=held,
            status=status,
            modes=self.modes,
            bundles=self.bundles,
            recording=self._record.on,
            mesh=landmarks.face is not None,
            landmarker=self._identity(frame),
            stats=self._figures.stats(self._count, dropped),
        )
        return Step(self._last, events)

    def source_changed(self, status: SourceStatus, t_ns: int) -> Step:
        """Tell that the source gives no frames for now: what was held ends, the snapshot has no picture."""
        events = self.finish()
        for recognizer in self._active:
            recognizer.reset()
        last = self._last
        self._last = Snapshot(
            t_ns=t_ns,
            index=last.index if last else 0,
            frame=None,
            landmarks=Landmarks(t_ns=t_ns),
            predictions={},
            held={},
            status=status,
            modes=self.modes,
            bundles=self.bundles,
            stats=last.stats if last else Stats(),
        )
        return Step(self._last, events)

    def apply(self, command: Command) -> tuple[LabelEvent, ...]:
        """Carry out a command between two frames, and return the events that it ends.

        Raises:
            UsageError: a mode without a recognizer, or a calibration for one that cannot have one.
            FormatError: a calibration of another model.
        """
        if isinstance(command, Tune | Calibrate | UseMesh | Record):
            self._adjust(command)
            return ()
        if isinstance(command, SetRecognizer):
            return self._exchange(command.recognizer)
        events = self.finish()
        if isinstance(command, SetModes):
            self._active = tuple(map(self._recognizer_of, command.modes))
        else:
            self._paused = command.paused
            self.reset()
            return events
        # The picture goes on, and so does what is followed in it; only what the modes made of it starts anew.
        for recognizer in self._all.values():
            recognizer.reset()
        return events

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held, as a source ends, and return those events."""
        events = tuple(event for each in self._active for event in each.finish())
        self._predictions.clear()
        return events

    def reset(self) -> None:
        """Forget everything that was seen, as before a new source."""
        for recognizer in self._all.values():
            recognizer.reset()
        if self._landmarker is not None:
            self._landmarker.reset()
        self._predictions.clear()
        self._last = None
        self._count = 0
        self._figures = Figures()

    def close(self) -> None:
        """Free the landmarker's models."""
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker, self._opened = None, None

    def _adjust(self, command: Tune | Calibrate | UseMesh | Record) -> None:
        """Carry out what lets everything that is seen and held go on."""
        if isinstance(command, Tune):
            self._recognizer_of(command.mode).tune(command.threshold, command.hold_s)
        elif isinstance(command, Calibrate):
            self._recognizer_of(command.mode).calibrate(command.calibration)
        elif isinstance(command, UseMesh):
            self._mesh = command.use
        else:
            self._record = command

    def _exchange(self, recognizer: Recognizes) -> tuple[LabelEvent, ...]:
        mode, modes = recognizer.mode, self.modes
        events = self._all[mode].finish() if mode in modes else ()
        self._predictions.pop(mode, None)
        recognizer.reset()
        self._all[mode] = recognizer
        self._active = tuple(self._all[each] for each in modes)
        return events

    def _recognizer_of(self, mode: str) -> Recognizes:
        if mode not in self._all:
            raise UsageError(f"no model is active for mode {mode}", expected=", ".join(self._all))
        return self._all[mode]

    def _look(self, item: Frame | Landmarks, kind: SourceKind) -> Landmarks:
        if isinstance(item, Landmarks):
            return item
        needs = self.needs(kind)
        if self._paused or (needs.hands == 0 and not needs.face):
            return Landmarks(t_ns=item.t_ns, image_size=item.size)
        if item.landmarks is not None:
            return item.landmarks
        return self._landmarker_for(needs).detect(item)

    def _identity(self, frame: Frame | None) -> str | None:
        """Return what found the landmarks of a frame, for the clips that are made of them."""
        if frame is None:
            return None
        identity: str | None = getattr(self._landmarker, "identity", None)
        return identity

    def _landmarker_for(self, needs: Needs) -> FindsLandmarks:
        try:
            return self._opened_for(needs)
        except LandmarkerFileError:
            if not needs.mesh:
                raise
            # The mesh is only for the eye: what is wrong with its file must not end the watching.
            self._mesh = False
            return self._opened_for(replace(needs, mesh=False))

    def _opened_for(self, needs: Needs) -> FindsLandmarks:
        if self._landmarker is not None and (self._given is not None or self._opened == needs):
            return self._landmarker
        if self._landmarker is not None and self._opened is not None and self._opened.stills == needs.stills:
            self._landmarker.watch(hands=needs.hands, face=needs.face, mesh=needs.mesh)
            self._opened = needs
            return self._landmarker
        self.close()
        self._landmarker, self._opened = self._opener(needs), needs
        return self._landmarker

    def _stream(self, frame: Frame | None, landmarks: Landmarks, index: int, source: str) -> tuple[LabelEvent, ...]:
        events: list[LabelEvent] = []
        for recognizer in self._active:
            update = recognizer.update(frame, landmarks, source, index)
            events += update.events
            # Between two ticks the newest prediction stands, but never over a frame without what it was made
            # of.
            if update.prediction is None or not _sees(recognizer, landmarks):
                self._predictions.pop(recognizer.mode, None)
            else:
                self._predictions[recognizer.mode] = update.prediction
        return tuple(events)

    def _still(self, frame: Frame | None, landmarks: Landmarks, index: int, name: str) -> tuple[LabelEvent, ...]:
        self._predictions.clear()
        events = []
        again = None
        if frame is not None and frame.landmarks is None and self._landmarker is not None:
            again = second_look(frame, self._landmarker.detect)
        for recognizer in self._active:
            prediction = recognizer.still(frame, landmarks, again)
            if prediction is None:
                continue
            self._predictions[recognizer.mode] = prediction
            if not recognizer.accepts(prediction):
                continue
            events.append(
                LabelEvent(
                    mode=recognizer.mode,
                    label=prediction.label,
                    probability=prediction.probability,
                    t_ns=0,
                    frame=index,
                    source=name,
                    ended=True,
                )
            )
        return tuple(events)

    def _held(self) -> dict[str, LabelEvent]:
        return {each.mode: each.held for each in self._active if each.held is not None}


def _sees(recognizer: Recognizes, landmarks: Landmarks) -> bool:
    """Return whether what this recognizer looks at is in the frame."""
    if recognizer.needs_hands:
        return bool(landmarks.hands_found.any())
    return not recognizer.needs_face or landmarks.face_found
