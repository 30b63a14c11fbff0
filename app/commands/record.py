"""Record clips of a label: from a camera, hands-free, or from a video or the synthetic signer, back to back.

A camera counts down before the first clip and pauses between two. A video gives its clips one after the other, as many
as there are or as --clips says; one that is shorter than a clip gives one of its whole length. Landmarks are kept, and
pictures only with --pixels. Each clip is judged at once; one with something wrong is kept and flagged: look at it with
`mudra samples`. Ctrl-C ends it; the clip that is under way is dropped.

Record also what is no sign, under the label none (gesture) or idle (sign); --guided asks for something else each time.

examples:
  mudra record thumbs-up --mode gesture --clips 10 --seconds 2
  mudra record hello --mode sign --source hello.mp4 --signer anna
  mudra record idle --mode sign --guided
"""

from __future__ import annotations

import argparse
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from app import console
from app.sample_tables import count_of, shown
from recognizers.errors import MudraError, SourceError, UsageError
from recognizers.modes import MODE_NAMES

if TYPE_CHECKING:
    from app.recording_plan import RecorderStatus, RecordingPlan
    from app.settings import Settings
    from recognizers.frames import Source

JOIN_S = 60.0
"""How long the end of the command waits for what is being written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("label", metavar="LABEL", help="what the clips show; none or idle for nothing")
    parser.add_argument("--mode", required=True, choices=MODE_NAMES, help="what the clips are for")
    parser.add_argument(
        "--source",
        metavar="S",
        help="a camera number, a video, a clip, a folder of them, a stream address, or synthetic[:script]; "
        "or else a webcam",
    )
    parser.add_argument(
        "--clips", type=_whole, metavar="N", help="how many (default: 10; of a video as many as it gives)"
    )
    parser.add_argument("--seconds", type=_seconds, metavar="T", help="the length of each (default: 2)")
    parser.add_argument(
        "--countdown", type=_seconds, metavar="S", help="seconds before the first (default: 3; of a video 0)"
    )
    parser.add_argument(
        "--pause", type=_seconds, metavar="S", help="seconds between two clips (default: 1; of a video 0)"
    )
    parser.add_argument("--signer", metavar="NAME", help="who shows it")
    parser.add_argument(
        "--session", metavar="NAME", help="the sitting it belongs to (default: the one that goes on, for an hour)"
    )
    parser.add_argument(
        "--pixels", action="store_true", help="keep small pictures, too: the face in emotion mode, else all of it"
    )
    parser.add_argument("--guided", action="store_true", help="say what to do in each clip of none or idle")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"expected a number of seconds, found '{text}'")
    return value


def _whole(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, found '{text}'")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Record; return 1 where not one clip could be recorded, or the source or the disk failed."""
    from app.recognizing import landmarker_opener, mesh_wanted
    from app.settings import load_settings

    _plan(arguments, live=True)  # wrong options are told before a camera is opened
    _tell_interrupted()
    settings = load_settings()
    stop = threading.Event()
    with ExitStack() as closing, console.interruption_sets(stop):
        sources = _sources(arguments.source, settings)
        for source in sources:
            closing.callback(source.close)
        plan = _plan(arguments, live=_is_live(sources))

        from app.engine import Engine, Record
        from app.recorder import Recorder
        from app.session import Session

        engine = Engine((), opener=landmarker_opener(settings), mesh=mesh_wanted(settings))
        closing.callback(engine.close)
        engine.apply(Record(plan.mode))
        printer = Printer(plan, stop)
        recorder = Recorder(printer)
        closing.callback(recorder.close)
        recorder.start(plan)
        _introduce(plan, sources)
        session = Session(
            engine, [recorder], stop=stop, on_warning=console.print_warning, on_problem=console.print_error
        )
        session.run(sources)
        recorder.close()
    return _result(printer.status, plan, interrupted=stop.is_set() and not printer.over, failed=bool(session.problems))


def _tell_interrupted() -> None:
    from app.under_way import interrupted

    for line in interrupted():
        console.print_warning(line)


def _plan(arguments: argparse.Namespace, *, live: bool) -> RecordingPlan:
    from app.recording_plan import BACKGROUND, CLIP_S, CLIPS, COUNTDOWN_S, GUIDE, PAUSE_S, RecordingPlan

    def chosen(value: float | None, default: float) -> float:
        return default if value is None else value

    plan = RecordingPlan(
        label=arguments.label,
        mode=arguments.mode,
        clips=arguments.clips or (CLIPS if live else None),
        seconds=chosen(arguments.seconds, CLIP_S),
        countdown_s=chosen(arguments.countdown, COUNTDOWN_S if live else 0.0),
        pause_s=chosen(arguments.pause, PAUSE_S if live else 0.0),
        signer=arguments.signer,
        session=arguments.session,
        keep_pixels=arguments.pixels,
        hints=GUIDE if arguments.guided else (),
    )
    if arguments.guided and not plan.background:
        raise UsageError(
            "--guided is for what is no sign", where=plan.label, expected=f"the label {BACKGROUND[plan.mode]}"
        )
    return plan


def _sources(spec: str | None, settings: Settings) -> list[Source]:
    from app.camera import named_or_first
    from app.session import open_inputs
    from recognizers.types import SourceKind

    spec = named_or_first(spec, settings.camera)
    if spec is None:
        remedy = "Plug one in, or name a video, a stream address or synthetic with --source"
        raise SourceError("no camera found", remedy=remedy)
    sources = open_inputs(spec)
    if any(source.kind is SourceKind.STILLS for source in sources):
        for source in sources:
            source.close()
        raise UsageError("photos cannot be recorded", where=spec, remedy="Use `mudra import images` for them")
    return sources


def _is_live(sources: list[Source]) -> bool:
    from recognizers.types import SourceKind

    return sources[0].kind is SourceKind.LIVE


def _introduce(plan: RecordingPlan, sources: list[Source]) -> None:
    from app.recording_plan import GUIDE

    many = "Clips" if plan.clips is None else count_of(plan.clips)
    name = sources[0].name if len(sources) == 1 else f"{len(sources)} recordings"
    console.say(f"{many} of {plan.seconds:g} s of {shown(plan.label)} ({plan.mode}) from {name}. Ctrl-C ends it.")
    if plan.background and not plan.hints:
        asked = "; ".join(hint[0].lower() + hint[1:] for hint in GUIDE[:4])
        console.say(f"Show what is no sign: {asked}. --guided asks for one thing at a time.")


def _result(status: RecorderStatus, plan: RecordingPlan, *, interrupted: bool, failed: bool) -> int:
    from app.sample_files import mode_folder
    from recognizers.clips import label_folder

    if status.written:
        flagged = f"; {status.flagged} flagged: mudra samples list --flagged" if status.flagged else ""
        folder = label_folder(mode_folder(plan.mode), plan.label)
        console.say(f"{count_of(status.written)} of {shown(plan.label)} in {folder}{flagged}")
    if status.error is not None:
        raise status.error
    if interrupted:
        raise KeyboardInterrupt
    if not status.written:
        if not failed:
            console.print_error(MudraError("not one clip was recorded", remedy="Record for longer, or shorter clips"))
        return 1
    if plan.clips is not None and status.written < plan.clips:
        console.print_warning(f"{status.written} of {plan.clips} clips: the source gave no more")
    return 1 if failed else 0


class Printer:
    """Prints the course of a recording, and stops the source when it is over.

    Args:
        plan: what is recorded.
        stop: is set when nothing more is recorded.

    Attributes:
        status: the newest.
        over: whether it was the recording that stopped the source, not somebody else.
    """

    def __init__(self, plan: RecordingPlan, stop: threading.Event) -> None:
        from app.recording_plan import RecorderStatus

        self.status: RecorderStatus = RecorderStatus()
        self.over = False
        self._plan, self._stop = plan, stop
        self._said = ""

    def __call__(self, status: RecorderStatus) -> None:
        """Print what is new in a status."""
        from app.recording_plan import Phase

        before, self.status = self.status, status
        if status.last is not None and status.written > before.written:
            self._clip(status)
        if status.note and status.note != before.note:
            console.say(f"{status.note}.")
        line = self._line(status)
        if line != self._said and line:
            console.say(line)
        self._said = line
        if status.phase in (Phase.DONE, Phase.FAILED) and not self._stop.is_set():
            self.over = True
            self._stop.set()

    def _line(self, status: RecorderStatus) -> str:
        """Return what to say about a phase; the seconds of a countdown one by one."""
        from app.recording_plan import Phase

        hint = f": {status.hint}" if status.hint else ""
        if status.phase is Phase.COUNTDOWN and self._plan.countdown_s:
            return f"{max(1, -int(-status.seconds_left // 1))} ...{hint}"
        if status.phase is Phase.PAUSE and self._plan.pause_s:
            return f"next{hint or ' ...'}"
        if status.phase is Phase.RECORDING and (self._plan.countdown_s or self._plan.pause_s):
            of = f" of {status.of}" if status.of else ""
            return f"clip {status.number}{of}: go"
        return ""

    def _clip(self, status: RecorderStatus) -> None:
        assert status.last is not None
        verdict = status.last.verdict
        figures = verdict.figures
        of = f" of {status.of}" if status.of else ""
        rate = "" if figures.rate is None else f", {figures.rate:.0f} a second"
        wrong = " ".join(map(str, verdict.flags)) or "good"
        console.say(f"clip {status.written}{of}: {figures.frames} frames{rate}. {wrong}")
