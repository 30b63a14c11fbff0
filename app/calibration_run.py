"""`mudra models calibrate`: opens a source, takes a resting face from it, keeps it."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from app import console
from app.calibrating import CalibrationStatus, Calibrator, Phase
from app.face_calibrations import forget_calibration, result_words, save_calibration
from app.recognizing import landmarker_opener
from app.settings import Settings
from recognizers.errors import CalibrationError, SourceError, UsageError
from recognizers.types import SourceKind

if TYPE_CHECKING:
    from recognizers.bundle import Bundle
    from recognizers.frames import Source

COUNTDOWN_S = 3.0


def forget(bundle: Bundle) -> None:
    """Forget the resting face of a bundle, and say so."""
    known = forget_calibration(bundle.id)
    console.say(
        f"{bundle.id}: your resting face is forgotten" if known else f"{bundle.id}: there is no resting face to forget"
    )


def calibrate(bundle: Bundle, spec: str | None, seconds: float, settings: Settings) -> int:
    """Take a resting face with a bundle, keep it, and say what it does.

    Args:
        bundle: what reads it.
        spec: a camera, a video or a stream; None for the settings' camera or else the first one.
        seconds: how long to look.
        settings: the user's.

    Raises:
        UsageError: the bundle cannot be calibrated, or the source has only photos or points.
        SourceError: there is no camera, or the source cannot be opened.
        CalibrationError: the face was not seen well enough, or is too far from neutral.
        OutputError: it cannot be kept.
    """
    from app.engine import Engine
    from app.session import Session
    from recognizers.recognizer import Recognizer
    from recognizers.resting_face import RestingFace

    resting = RestingFace(bundle)
    stop = threading.Event()
    with ExitStack() as closing:
        sources = _sources(spec, settings)
        for source in sources:
            closing.callback(source.close)
        live = sources[0].kind is SourceKind.LIVE
        printer = Printer(stop)
        calibrator = Calibrator(printer)
        engine = Engine([Recognizer(bundle)], opener=landmarker_opener(settings))
        closing.callback(engine.close)
        session = Session(
            engine, [calibrator], stop=stop, on_warning=console.print_warning, on_problem=console.print_error
        )
        console.say(f"Look into the camera with a relaxed face, neither smiling nor frowning, for {seconds:g} s.")
        calibrator.start(resting, seconds=seconds, countdown_s=COUNTDOWN_S if live else 0.0)
        with console.interruption_sets(stop):
            session.run(sources)
    return _result(printer, bundle)


def _result(printer: Printer, bundle: Bundle) -> int:
    status = printer.status
    if printer.interrupted:
        raise KeyboardInterrupt
    if status.error is not None:
        raise status.error
    if status.calibration is None:
        raise CalibrationError("your resting face could not be taken: nothing was seen", remedy="Try again")
    save_calibration(status.calibration)
    console.say(f"{result_words(status.calibration)}.")
    console.say(
        f"It is of one person: whoever else sits here forgets it with mudra models calibrate {bundle.id} --clear"
    )
    return 0


def _sources(spec: str | None, settings: Settings) -> list[Source]:
    from app.camera import named_or_first
    from app.session import open_inputs

    spec = named_or_first(spec, settings.camera)
    if spec is None:
        raise SourceError("no camera found", remedy="Plug one in, or name a video or a stream with --source")
    sources = open_inputs(spec, live=True)
    if len(sources) > 1 or sources[0].kind in (SourceKind.STILLS, SourceKind.LANDMARKS):
        for source in sources:
            source.close()
        raise UsageError(
            "a resting face is taken from pictures that move", where=spec, expected="a camera, a stream or one video"
        )
    return sources


class Printer:
    """Prints the course of a calibration, and stops the source when it is over.

    Args:
        stop: is set when nothing more is wanted.

    Attributes:
        status: the newest.
        interrupted: whether somebody else had stopped the source before it was over.
    """

    def __init__(self, stop: threading.Event) -> None:
        self.status = CalibrationStatus()
        self._stop = stop
        self._said = ""
        self.interrupted = False

    def __call__(self, status: CalibrationStatus) -> None:
        """Print what is new in a status."""
        self.status = status
        line = ""
        if status.phase is Phase.COUNTDOWN:
            line = f"{status.seconds_left:.0f} ..."
        elif status.phase is Phase.LOOKING:
            line = f"{status.wrong[:1].upper()}{status.wrong[1:]}." if status.wrong else "Looking ..."
        if line and line != self._said:
            self._said = line
            console.say(line)
        if status.phase in (Phase.DONE, Phase.FAILED):
            self.interrupted = self._stop.is_set()
            self._stop.set()
