"""Name what photos, videos, recorded clips, folders or live streams show.

S is a file (video, photo, clip), a folder, a camera number, a stream address, or synthetic[:script]. A live
source runs until Ctrl-C. Results go to standard output; the exit code is 0 also when nothing was recognized.

examples:
  mudra recognize clip.mp4
  mudra recognize photos/ --format csv --output photos.csv
  mudra recognize clip.mp4 --format jsonl --every-frame
  mudra recognize clip.mp4 --format srt --output clip.srt
  mudra recognize clip.mp4 --mode sign --model words --render seen.mp4
"""

from __future__ import annotations

import argparse
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from app import console
from app.recognizing import add_mode_arguments, calibrate_stored, landmarker_opener, mesh_wanted, open_recognizers
from app.settings import load_settings
from recognizers.errors import UsageError

if TYPE_CHECKING:
    from app.session import Consumer
    from recognizers.frames import Source

FORMATS = ("text", "jsonl", "csv", "srt")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("source", metavar="S", help="what to look at")
    add_mode_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="how results are written (default: text)")
    parser.add_argument(
        "--every-frame",
        action="store_true",
        help="write a line for each frame and mode instead of each event",
    )
    parser.add_argument(
        "--calibrated",
        action="store_true",
        help="take your resting face (mudra models calibrate) out of the answers; without it they are the model's own",
    )
    parser.add_argument("--output", type=_path, metavar="F", help="write the results into this file")
    parser.add_argument(
        "--render",
        type=_path,
        metavar="O.mp4",
        help="also draw what was seen: a video, or of one photo a .png or .jpg",
    )


def _path(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("expected the name of a file, found nothing")
    return Path(text)


def run(arguments: argparse.Namespace) -> int:
    """Recognize; return 1 where a part could not be read."""
    _check(arguments)
    settings = load_settings()
    recognizers = open_recognizers(arguments.mode, arguments.model, settings)
    if arguments.calibrated:
        calibrate_stored(recognizers)

    from app.engine import Engine
    from app.session import Session, open_inputs

    stop = threading.Event()
    with ExitStack() as closing:
        sources = open_inputs(arguments.source)
        for source in sources:
            closing.callback(source.close)
        consumers = _consumers(arguments, sources)
        # The mesh is for the eye alone: without a picture to draw it on it would only cost time.
        mesh = arguments.render is not None and mesh_wanted(settings)
        engine = Engine(recognizers, opener=landmarker_opener(settings), mesh=mesh)
        closing.callback(engine.close)
        session = Session(
            engine, consumers, stop=stop, on_warning=console.print_warning, on_problem=console.print_error
        )
        with console.interruption_sets(stop):
            session.run(sources)
        if stop.is_set():
            raise KeyboardInterrupt
    return 1 if session.problems else 0


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.source.strip():
        raise UsageError("S is empty", expected="a file, a folder, a camera number, an address or synthetic")
    if arguments.format == "srt" and arguments.every_frame:
        raise UsageError("--every-frame does not go with --format srt", expected="text, jsonl or csv")
    source = Path(arguments.source).expanduser()
    for option in ("output", "render"):
        path = getattr(arguments, option)
        if path is None:
            continue
        if path.is_dir():
            raise UsageError(f"--{option} is a folder", where=path, expected="a file")
        if same_file(path, source):
            raise UsageError(f"--{option} would overwrite the source", where=path, remedy="Choose another name")
    if arguments.output is not None and arguments.render is not None and same_file(arguments.output, arguments.render):
        raise UsageError("--output and --render are the same file", where=arguments.output)


def _spare_sources(arguments: argparse.Namespace, sources: list[Source]) -> None:
    """Refuse to write over a file that is read, also one inside the folder that was named."""
    for source in sources:
        paths = [getattr(source, "path", None), *getattr(source, "photos", ())]
        for written in (arguments.output, arguments.render):
            if written is not None and any(path is not None and same_file(written, path) for path in paths):
                raise UsageError("the output would overwrite its source", where=written)


def same_file(one: Path, other: Path) -> bool:
    """Return whether two paths lead to one file, also through links, also where there is none yet."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return one.absolute() == other.absolute()


def _consumers(arguments: argparse.Namespace, sources: list[Source]) -> list[Consumer]:
    from app.outputs import open_sink
    from app.writers import WRITERS
    from recognizers.types import SourceKind

    several = len(sources) > 1 or (sources[0].kind is SourceKind.STILLS and (sources[0].frame_count or 0) > 1)
    _spare_sources(arguments, sources)
    renders: list[Consumer] = []
    if arguments.render is not None:
        from app.render import open_render

        renders.append(open_render(arguments.render, sources))
    writer = WRITERS[arguments.format](open_sink(arguments.output), every_frame=arguments.every_frame, several=several)
    return [writer, *renders]
