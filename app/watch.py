"""Watches one source after another in a thread of its own, as a window drives it. No Qt.

Nothing here makes its caller wait: sources are opened, models loaded and landmarkers fetched in the watch's own
threads, and what comes of it is told as notices.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from app import console
from app.camera import probe_cameras
from app.engine import Calibrate, Command, Engine, Pause, SetModes, SetRecognizer, Tune
from app.face_calibrations import use_stored
from app.memory import give_back
from app.notices import (
    MODELS,
    SOURCE,
    Aside,
    Busy,
    Ended,
    Notice,
    Opened,
    Problem,
    Swapped,
    Watching,
    problem_of,
)
from app.ports import FindsLandmarks, LandmarkerOpener, Needs
from app.recognizing import open_recognizers, reported_thresholds
from app.session import Consumer, Lasting, Session, open_inputs
from app.settings import Settings
from app.swapping import Choices, open_chosen
from recognizers.errors import MudraError, UsageError
from recognizers.face_calibration import FaceCalibration
from recognizers.modes import ALL, MODE_NAMES
from recognizers.sources import SYNTHETIC
from recognizers.types import LabelEvent, SourceKind

if TYPE_CHECKING:
    from recognizers.bundle import Bundle
    from recognizers.recognizer import Recognizer

__all__ = [
    "MODELS",
    "SOURCE",
    "Aside",
    "Busy",
    "Ended",
    "Notice",
    "Opened",
    "Problem",
    "Swapped",
    "Watch",
    "Watching",
]

JOIN_S = 3.0
"""How long `close` waits for the watch's thread; one that hangs in a file system is left to end by itself."""


class Watch:
    """One engine, and a thread that shows it one source after another.

    Args:
        settings: the user's; its bundles, thresholds and camera count.
        consumers: who takes snapshots and events, in the watch's thread; they are closed with the watch.
        tell: is called with every notice, from any of the watch's threads; must not block.
        opener: opens landmarkers.
        model: a bundle's name or path that goes before the settings' for its mode, or None.
        calibrated: whether the user's resting faces are taken out of the answers of the models that they belong to.
    """

    def __init__(
        self,
        settings: Settings,
        consumers: Iterable[Consumer],
        tell: Callable[[Notice], None],
        *,
        opener: LandmarkerOpener,
        model: str | None = None,
        calibrated: bool = True,
    ) -> None:
        self._calibrated = calibrated
        self._settings, self._model, self._tell = settings, model, tell
        self._consumers = tuple(consumers)
        self._lasting = [Lasting(each) for each in self._consumers]
        self._opener = opener
        self._engine = Engine((), opener=self._open)
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._news = threading.Condition()
        self._wanted: tuple[str | None] | None = None
        self._closing = False
        self._stop = threading.Event()
        self._loaded: dict[str, Recognizer] = {}
        self._loading = self._modes_wanted = 0
        self._choices = Choices(settings)
        self._watching: Watching | None = None
        self._tunes: dict[str, Tune] = {}
        self._resting: dict[str, FaceCalibration | None] = {}
        self._loader = ThreadPoolExecutor(1, "load models")
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def show(self, spec: str | None) -> None:
        """Watch another source from now on.

        Args:
            spec: what `open_inputs` takes, or None for the settings' camera, else the first webcam, else the
                synthetic signer.
        """
        with self._news:
            self._wanted = (spec,)
            self._stop.set()
            self._news.notify_all()

    def set_mode(self, mode: str | None) -> None:
        """Watch in another mode, `all` for every one that has a model, None for the model's own or else the settings'.

        Models that are not loaded yet are loaded first; until then the mode before goes on. Where they cannot be
        loaded it stays, and that is told once more.
        """
        with contextlib.suppress(RuntimeError), self._news:  # an error where it is being closed
            self._loader.submit(self._load, lambda: self._load_mode(mode))
            self._loading += 1
            self._modes_wanted += 1

    def use_bundle(self, name: str | Path, mode: str | None = None) -> None:
        """Watch with another bundle in its mode from now on.

        It is loaded and tried aside; what is watched goes on with the one before until then, and where it cannot be
        used. `Swapped` and `Watching` follow, or a problem.

        Args:
            name: its name, folder or zip.
            mode: the mode that it must serve; None for its own.
        """
        with contextlib.suppress(RuntimeError), self._news:
            self._loader.submit(self._load, lambda: self._swap(name, mode))
            self._loading += 1

    def previous_bundle(self, mode: str) -> None:
        """Go back to the bundle that a mode had before; the next time, forth again. `Swapped` and `Watching` follow."""
        with contextlib.suppress(RuntimeError), self._news:
            self._loader.submit(self._load, lambda: self._swap_back(mode))
            self._loading += 1

    def calibrate(self, mode: str, calibration: FaceCalibration | None) -> None:
        """Take a resting face of its model out of a mode's answers from now on, or none; `Watching` follows."""
        with contextlib.suppress(RuntimeError), self._news:
            self._loader.submit(self._load, lambda: self._calibrate(mode, calibration))
            self._loading += 1

    def bundle_of(self, mode: str) -> Bundle | None:
        """Return the bundle that a mode is watched with; None before it is loaded."""
        recognizer = self._loaded.get(mode)
        return None if recognizer is None else recognizer.bundle

    def post(self, command: Command) -> None:
        """Hand the engine a command; it is carried out between two frames, or at once where no source runs."""
        self._commands.put(command)
        with self._news:
            self._news.notify_all()

    def tune(self, tune: Tune) -> None:
        """Let a mode's labels count from another threshold or after another while; also those of a model to come."""
        self._tunes[tune.mode] = tune
        if tune.mode in self._loaded:
            self.post(tune)

    def pause(self, paused: bool) -> None:
        """Look at nothing until it goes on; recorded sources stand still."""
        self.post(Pause(paused))

    def close(self) -> bool:
        """End everything; return False where the thread hangs in something that cannot be interrupted."""
        with self._news:
            self._closing = True
            self._stop.set()
            self._news.notify_all()
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._thread.join(JOIN_S)
        return not self._thread.is_alive()

    def _open(self, needs: Needs) -> FindsLandmarks:
        """Open a landmarker in place of another, which has just been closed."""
        try:
            return self._opener(needs)
        finally:
            give_back()

    def _load(self, work: Callable[[], None]) -> None:
        """Do what needs models, in the loader's thread."""
        try:
            work()
        except MudraError as error:
            self._tell(Busy("", MODELS))
            self._stay(problem_of(error))
        except Exception as defect:
            self._tell(Busy("", MODELS))
            self._defect(defect)
            self._stay()
        finally:
            give_back()
            with self._news:
                self._loading -= 1
                self._news.notify_all()

    def _load_mode(self, mode: str | None) -> None:
        with self._news:
            self._modes_wanted -= 1
            outdated = self._modes_wanted > 0 and self._model is None
        if not outdated:
            word, modes = self._recognizers_for(mode)
            self._tell(Busy("", MODELS))
            self.post(SetModes(modes))
            self._watch_with(word, modes)

    def _watch_with(self, word: str, modes: Iterable[str]) -> None:
        bundles = {name: self._loaded[name].bundle for name in modes}
        self._watching = Watching(
            word,
            {name: bundle.id for name, bundle in bundles.items()},
            {name: reported_thresholds(bundle.info) for name, bundle in bundles.items()},
            self._choices.previous(),
            {name: face for name, face in self._resting.items() if name in bundles and face is not None},
        )
        self._tell(self._watching)

    def _swap(self, name: str | Path, mode: str | None) -> None:
        self._tell(Busy("Loading the model", MODELS))
        recognizer = open_chosen(name, mode, self._settings)
        self._tell(Busy("", MODELS))
        self._take_bundle(str(name), recognizer)

    def _swap_back(self, mode: str) -> None:
        name, recognizer = self._choices.before(mode)
        if name is None:
            raise UsageError(f"there is no earlier model to go back to in {mode} mode")
        if recognizer is None:
            self._swap(name, mode)
        else:
            self._take_bundle(name, recognizer)

    def _take_bundle(self, name: str, recognizer: Recognizer) -> None:
        mode = recognizer.mode
        before = self._choices.swapped(mode, name, self._loaded.get(mode))
        self._use(recognizer)
        self._tell(Swapped(mode, name, before))
        if self._watching is None:
            return
        word, modes = self._watching.mode, tuple(self._watching.bundles)
        if word == ALL and mode not in modes:
            modes = tuple(each for each in MODE_NAMES if each in (*modes, mode))
            self.post(SetModes(modes))
        self._watch_with(word, modes)

    def _calibrate(self, mode: str, calibration: FaceCalibration | None) -> None:
        bundle = self.bundle_of(mode)
        if bundle is None or (calibration is not None and not calibration.fits(bundle)):
            return  # another model has come meanwhile
        self.post(Calibrate(mode, calibration))
        self._resting[mode] = calibration
        if self._watching is not None:
            self._watch_with(self._watching.mode, self._watching.bundles)

    def _use(self, recognizer: Recognizer) -> None:
        """Hand the engine a recognizer, tuned and calibrated as the user wants its mode to be."""
        if self._calibrated and (problem := use_stored(recognizer)) is not None:
            self._tell(Aside(problem.sentence, problem.remedy or ""))
        self._resting[recognizer.mode] = recognizer.calibration
        self.post(SetRecognizer(recognizer))
        self._loaded[recognizer.mode] = recognizer
        # Only what the engine has may be tuned, so that comes first.
        if recognizer.mode in self._tunes:
            self.post(self._tunes[recognizer.mode])

    def _stay(self, problem: Problem | None = None) -> None:
        if problem is not None:
            self._tell(problem)
        if self._watching is not None:
            self._tell(self._watching)

    def _recognizers_for(self, mode: str | None) -> tuple[str, tuple[str, ...]]:
        """Load what a mode needs and has not got; return the mode's word and the modes that it means."""
        model, self._model = self._model, None
        word = mode or (None if model else self._settings.mode)
        wanted = MODE_NAMES if word == ALL else (word,)
        if model is None and all(name in self._loaded for name in wanted):
            return word or "", tuple(name for name in wanted if name is not None)
        self._tell(Busy("Loading models", MODELS))
        for recognizer in open_recognizers(word, model, self._settings):
            word = word or recognizer.mode
            if recognizer.mode not in self._loaded:
                self._use(recognizer)
        if model is not None and word not in (None, ALL):
            self._choices.named(word, model)
        wanted = MODE_NAMES if word == ALL else (word,)
        return word or "", tuple(name for name in wanted if name in self._loaded)

    def _run(self) -> None:
        try:
            while self._wait():
                spec = self._next()
                if spec is not None:
                    self._watch(spec[0])
        finally:
            self._engine.close()
            for consumer in self._consumers:
                consumer.close()

    def _wait(self) -> bool:
        """Wait for a source to show, obey commands meanwhile; return False at the end."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._closing or self._wanted or not self._commands.empty())
                if self._closing:
                    return False
                if self._wanted:
                    return True
            with contextlib.suppress(queue.Empty):
                while True:
                    self._deliver(self._engine.apply(self._commands.get_nowait()))

    def _next(self) -> tuple[str | None] | None:
        with self._news:
            spec, self._wanted = self._wanted, None
            self._stop = threading.Event()
            if self._closing:
                self._stop.set()
            return spec

    def _watch(self, spec: str | None) -> None:
        word, stills = "", False
        try:
            self._tell(Busy("Opening the source", SOURCE))
            word, demonstration = self._resolved(spec)
            sources = open_inputs(word, live=True, persistent=True)
            name = sources[0].name if len(sources) == 1 else word
            self._tell(Busy("", SOURCE))
            self._tell(Opened(word, name, demonstration))
            session = Session(
                self._engine,
                self._lasting,
                stop=self._stop,
                pace=True,
                commands=self._commands,
                on_warning=lambda text: self._tell(Problem(text)),
                on_problem=lambda error: self._tell(problem_of(error)),
            )
            stills = sources[-1].kind is SourceKind.STILLS
            if sources[0].kind is not SourceKind.LIVE:
                self._await_models()
            session.run(sources)
        except MudraError as error:
            self._tell(problem_of(error))
        except Exception as defect:
            self._defect(defect)
        finally:
            give_back()
            self._tell(Busy("", SOURCE))
            if not self._stop.is_set():
                self._tell(Ended(word, stills))

    def _await_models(self) -> None:
        """Let no frame of a recording pass before there are models to look at it."""
        with self._news:
            self._news.wait_for(lambda: self._loading == 0 or self._stop.is_set())

    def _resolved(self, spec: str | None) -> tuple[str, bool]:
        if spec is not None:
            return spec, False
        if self._settings.camera is not None:
            return str(self._settings.camera), False
        cameras = probe_cameras()
        return (str(cameras[0]), False) if cameras else (SYNTHETIC, True)

    def _deliver(self, events: Iterable[LabelEvent]) -> None:
        for event in events:
            for consumer in self._consumers:
                consumer.on_event(event)

    def _defect(self, defect: BaseException) -> None:
        console.report_defect(defect)
        self._tell(Problem(f"This is a defect of Mudra: {defect}", "The log file tells more: mudra doctor names it"))
