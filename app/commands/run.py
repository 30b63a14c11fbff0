"""Watch a camera and say which sign, gesture or emotion it shows. This is what `mudra` alone does.

Without --source the first webcam is used; without a webcam the synthetic signer shows a short demo. Ctrl-C
ends it.

examples:
  mudra
  mudra run --source 1 --mode sign
  mudra run --source rtsp://camera.local/stream --seconds 60
  mudra run --headless --source synthetic:palm:2,peace:2
"""

from __future__ import annotations

import argparse
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from app import console
from app.recognizing import add_mode_arguments, calibrate_stored, landmarker_opener, open_recognizers
from app.screen import has_screen, screen_named
from app.settings import Settings, load_settings
from app.system import install_command
from recognizers.errors import UsageError

if TYPE_CHECKING:
    from app.session import Consumer
    from recognizers.frames import Source
    from recognizers.types import LabelEvent, Snapshot, SourceStatus

LAST_WORD_S = 2.0
"""At the end, what is being said may go on for as long as this."""
NO_CAMERA = "No camera found: showing the synthetic signer."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--source",
        metavar="S",
        help="a camera number, a file, a folder, a stream address, or synthetic[:script]; or else a webcam",
    )
    add_mode_arguments(parser)
    parser.add_argument("--speak", action="store_true", help="say labels aloud")
    parser.add_argument("--headless", action="store_true", help="without a window: print labels")
    parser.add_argument(
        "--no-calibration",
        action="store_true",
        help="leave your resting face (mudra models calibrate) out of account",
    )
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="end after this many seconds")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, found '{text}'")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Watch until the source ends, the time is over, or Ctrl-C; return 1 where the source failed."""
    stop = threading.Event()
    with console.interruption_sets(stop):
        return _watch(arguments, load_settings(), stop)


def _watch(arguments: argparse.Namespace, settings: Settings, stop: threading.Event) -> int:
    if not arguments.headless:
        if has_screen():
            return _open_window(arguments, settings, stop)
        if screen_named():
            console.say(f"The screen {screen_named()} does not answer: printing labels instead.")
    return _print_labels(arguments, settings, stop)


def _open_window(arguments: argparse.Namespace, settings: Settings, stop: threading.Event) -> int:
    from app.recognizing import check_model

    check_model(arguments.mode, arguments.model)
    try:
        from app.gui.application import Wishes, run_window
    except ImportError as error:
        raise UsageError(
            "the window cannot be opened: a library of Qt is missing",
            found=error,
            remedy=f"Run: {install_command()}; or use --headless",
        ) from None
    wishes = Wishes(
        arguments.source,
        arguments.mode,
        arguments.model,
        arguments.speak,
        arguments.seconds,
        calibrated=not arguments.no_calibration,
    )
    return run_window(wishes, settings, stop)


def _print_labels(arguments: argparse.Namespace, settings: Settings, stop: threading.Event) -> int:
    mode = arguments.mode or (settings.mode if arguments.model is None else None)
    recognizers = open_recognizers(mode, arguments.model, settings)
    if not arguments.no_calibration:
        calibrate_stored(recognizers)

    from app.engine import Engine
    from app.session import Session

    with ExitStack() as closing:
        sources = _sources(arguments.source, settings)
        for source in sources:
            closing.callback(source.close)
        consumers: list[Consumer] = [Printer()]
        if arguments.speak or settings.speak:
            consumers.append(_speaker(settings))
            closing.callback(consumers[-1].close)
        engine = Engine(recognizers, opener=landmarker_opener(settings))
        closing.callback(engine.close)
        session = Session(
            engine,
            consumers,
            stop=stop,
            limit_s=arguments.seconds,
            pace=True,
            on_warning=console.print_warning,
            on_problem=console.print_error,
        )
        session.run(sources)
    return 1 if session.problems else 0


def _speaker(settings: Settings) -> Consumer:
    from app.speech import Speaker
    from app.voice.status import VoiceSettings, VoiceStatus

    def tell(status: VoiceStatus) -> None:
        if status.line:
            console.print_warning(status.line)

    return Speaker(VoiceSettings.of(settings, enabled=True), on_status=tell, patience_s=LAST_WORD_S)


def _sources(spec: str | None, settings: Settings) -> list[Source]:
    from app.camera import named_or_first
    from app.session import open_inputs

    found = named_or_first(spec, settings.camera)
    if found is None:
        console.say(NO_CAMERA)
        # The demonstration shows every frame, in order, at its own speed: the same labels on any machine.
        return open_inputs("synthetic")
    if spec is None and settings.camera is None:
        console.say(f"Watching camera {found}. Ctrl-C ends it.")
    return open_inputs(found, live=True)


class Printer:
    """Prints each label as it begins and as it ends, and each change of a live source's state."""

    def __init__(self) -> None:
        self._status: SourceStatus | None = None

    def on_source(self, source: Source) -> None:
        """Forget the state of the source before."""
        self._status = None

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Print the source's state where it changed."""
        before, self._status = self._status, snapshot.status
        if snapshot.status == before:
            return
        words = [snapshot.status.message, snapshot.status.remedy]
        text = ". ".join(word for word in words if word)
        if not text and before is not None and before.state.value == "lost":
            text = "Pictures come again"
        if text:
            console.say(f"{snapshot.t_ns / 1e9:8.2f} s  {snapshot.status.state.value}: {text}.")

    def on_event(self, event: LabelEvent) -> None:
        """Print a label's beginning, or its end."""
        time = "" if event.ended and event.duration_ns is None else f"{event.t_ns / 1e9:8.2f} s  "
        if not event.ended:
            console.say(f"{time}{event.mode}  {event.label}  {event.probability:.0%}")
        elif event.duration_ns is None:
            console.say(f"{event.source}  {event.mode}  {event.label}  {event.probability:.0%}")
        else:
            end = (event.t_ns + event.duration_ns) / 1e9
            console.say(f"{end:8.2f} s  {event.mode}  {event.label}  ends after {event.duration_ns / 1e9:.2f} s")

    def close(self, *, keep: bool = True) -> None:
        """Nothing is left to do."""
