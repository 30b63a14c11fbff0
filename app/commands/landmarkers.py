"""Fetch the landmark model files, or check the ones that are here.

They are fetched by themselves when they are first needed; this is for doing it ahead, and for machines
without a network.

examples:
  mudra landmarkers fetch
  mudra landmarkers fetch --from /media/stick
  mudra landmarkers verify
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.progress import Progress

if TYPE_CHECKING:
    from recognizers.landmarker_files import FileReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    fetch = actions.add_parser(
        "fetch",
        help="get what is missing or damaged",
        description="Get the files that are missing or damaged.",
    )
    fetch.add_argument(
        "--from",
        dest="folder",
        metavar="FOLDER",
        type=Path,
        help="use no network; take them from this folder: the files themselves or a mediapipe 0.10.21 wheel",
    )
    actions.add_parser(
        "verify",
        help="check the files that are here",
        description="Hash every file and print a line for each; exit 1 where one is missing or damaged.",
    )


def run(arguments: argparse.Namespace) -> int:
    """Fetch or verify, and print a line a file; return 1 where one that is needed is not all right."""
    from recognizers import landmarker_files

    if arguments.action == "verify":
        reports = landmarker_files.verify()
    else:
        with FetchProgress() as progress:
            reports = landmarker_files.fetch(arguments.folder, progress)
    for report in reports:
        print(_line(report))
    return 0 if all(_fine(report) for report in reports) else 1


class FetchProgress:
    """Shows what `landmarker_files` tells: lines as they are, downloads as a bar on a terminal.

    Args:
        stream: where to; standard error where None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._shown: Progress | None = None

    def __call__(self, line: str, done: int, total: int | None) -> None:
        """Take one word of progress; see `landmarker_files.Progress`."""
        if self._shown is None or self._shown.title != line:
            self.clear()
            self._shown = Progress(line, "bytes", self._stream)
            if not total:
                print(line, file=self._stream or sys.stderr, flush=True)
        if total:
            self._shown(done, total)

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown is not None:
            self._shown.clear()

    def __enter__(self) -> FetchProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()


def _fine(report: FileReport) -> bool:
    return report.state == "ok" or (report.state == "missing" and report.optional)


def _line(report: FileReport) -> str:
    words = [f"{report.title}:", report.state]
    if report.state == "missing" and report.optional:
        words.append("(emotion mode does without it, too)")
    words.append(str(report.path))
    if report.state == "ok":
        words.append(f"({report.identity})")
    if report.note:
        words.append(f"- {report.note}")
    return " ".join(words)
