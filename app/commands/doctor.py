"""Check this machine: one line for each thing that Mudra needs, with what to do about it.

ok is fine, warn is missing but not needed for everything, fail keeps Mudra from working. The exit code is 1
where anything fails. With --camera one camera is switched on for some seconds and examined instead: its real
rate, light, sharpness and grain, and what to change.

examples:
  mudra doctor
  mudra doctor --json
  mudra doctor --camera
  mudra doctor --camera rtsp://camera.local/stream --seconds 10
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

FIRST = "first"
SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--json", action="store_true", help="print JSON: a list of findings, or the report on the camera"
    )
    parser.add_argument(
        "--camera",
        metavar="S",
        nargs="?",
        const=FIRST,
        help="examine a camera: its number, a stream address, or synthetic[:script]; the first one where none is named",
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=SECONDS, metavar="N", help=f"how long to examine it (default {SECONDS:g})"
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 1 <= value <= 600:
        raise argparse.ArgumentTypeError(f"expected 1 to 600 seconds, found '{text}'")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Check everything, or examine a camera; return 1 where something fails.

    Raises:
        SourceError: the camera cannot be opened.
        UsageError: what is named is no camera.
    """
    if arguments.camera is not None:
        return _examine(arguments.camera, arguments.seconds, arguments.json)
    from app.checks import all_findings

    findings = []
    for finding in all_findings():
        findings.append(finding)
        if not arguments.json:
            print(finding, flush=True)
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    return 1 if any(finding.state == "fail" for finding in findings) else 0


def _examine(spec: str, seconds: float, as_json: bool) -> int:
    from app.camera import LiveSource
    from app.cameras.doctor import examine
    from app.progress import Progress
    from app.session import open_inputs
    from recognizers.errors import UsageError

    source = open_inputs(_first_camera() if spec == FIRST else spec, live=True)[0]
    with source:
        if not isinstance(source, LiveSource):
            raise UsageError("is not a camera", where=spec, expected="a camera number, a stream address or synthetic")
        with Progress(f"Examining {source.name}", "%") as progress:
            report = examine(source, seconds, lambda share: progress(round(100 * share), 100))
    if as_json:
        print(json.dumps({"camera": source.name, **report.as_json()}, indent=1, ensure_ascii=False))
    else:
        asked = f"asked for {report.asked}, " if report.asked else ""
        print(f"{source.name}: {asked}promised {report.given or 'nothing'}")
        for finding in report.findings:
            print(finding)
    return 1 if any(finding.state == "fail" for finding in report.findings) else 0


def _first_camera() -> str:
    from app.cameras.listing import list_cameras
    from recognizers.errors import SourceError

    cameras = list_cameras()
    if not cameras:
        raise SourceError("no camera found", remedy="Plug one in, or name a stream address or synthetic")
    return str(cameras[0].number)
