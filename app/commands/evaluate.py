"""Measure a bundle on recorded or imported clips, and write report.json and report.html beside it.

The clips are taken as they are. The report says where they were in the training, as far as the bundle remembers it.

examples:
  mudra evaluate gestures --dataset other-people
  mudra evaluate mine --dataset my-gestures --json
  mudra evaluate emotions --dataset fer2013 --usage PublicTest
  mudra evaluate mine --dataset doing-nothing --false-fires-per-hour 2 --apply
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from recognizers import home
from recognizers.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.progress import Progress
    from recognizers.bundle import Bundle
    from recognizers.clips import Clip
    from recognizers.evaluate import Report
    from recognizers.threshold_proposal import Proposal

USAGES = ("Training", "PublicTest", "PrivateTest")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("bundle", metavar="B", help="a bundle's name or folder")
    parser.add_argument(
        "--dataset",
        action="append",
        default=[],
        metavar="D",
        help="a dataset or folder of clips; may be given again",
    )
    parser.add_argument(
        "--usage", choices=USAGES, help="only what its source counts to this part, such as PublicTest of FER2013"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--false-fires-per-hour",
        type=_rate,
        metavar="N",
        help="propose thresholds that let at most N labels an hour through on background clips",
    )
    parser.add_argument(
        "--apply",
        action="store_true",
        help="write the proposed thresholds into the bundle; into a copy, NAME-tuned, of one that ships or is a zip",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and write the report."""
    from app.progress import Progress
    from app.store import clips_paths
    from recognizers.bundle import Bundle, find_bundle
    from recognizers.evaluate import report_lines
    from recognizers.evaluation import evaluate_clips

    if arguments.apply and arguments.false_fires_per_hour is None:
        raise UsageError("nothing to apply", where="--apply", remedy="Say which rate with --false-fires-per-hour N")
    bundle = Bundle.load(find_bundle(arguments.bundle))
    paths = clips_paths(arguments.dataset, bundle.info.mode)
    names = ", ".join(path.name for path in paths)
    whole = f"all of {names}" if arguments.usage is None else f"{arguments.usage} of {names}"
    proposal = _proposal(bundle, paths, arguments)
    command = shlex.join(["mudra", *sys.argv[1:]])
    with Progress("measuring", "clips") as progress:
        clips = _told(_clips(paths, arguments.usage), progress)
        report = evaluate_clips(bundle, clips, split=whole, command=command, datasets=[path.name for path in paths])
    if proposal is not None:
        report = replace(report, extra={**report.extra, "proposal": proposal.to_json()})
    if arguments.json:
        print(json.dumps(report.to_json(), indent=1, ensure_ascii=False))
    else:
        print("\n".join([*report_lines(report), *_more_lines(report), *_proposal_lines(proposal)]))
    folder = _apply(bundle, proposal) if proposal is not None and arguments.apply else bundle.folder
    _write(report, folder, bundle.id)
    return 0


def _clips(paths: tuple[Path, ...], usage: str | None) -> Iterator[tuple[str, Clip]]:
    from recognizers.clips import iter_named_clips

    for path in paths:
        for name, clip in iter_named_clips(path):
            if usage is None or clip.header.extra.get("usage") == usage:
                yield name, clip


def _told(clips: Iterator[tuple[str, Clip]], progress: Progress) -> Iterator[tuple[str, Clip]]:
    for number, each in enumerate(clips, 1):
        yield each
        progress(number)


def _write(report: Report, folder: Path, name: str) -> None:
    from recognizers.evaluate import write_report
    from recognizers.report_page import PAGE_FILE

    try:
        path = write_report(report, folder)
    except OutputError:  # a shipped bundle may lie where only an administrator writes, and a zip is no folder
        path = write_report(report, home.home() / "reports" / name)
    print(f"written: {path} and {PAGE_FILE}", file=sys.stderr)


def _more_lines(report: Report) -> list[str]:
    """Return what a terminal tells beside the table."""
    extra = report.extra
    lines = []
    if found := extra.get("at_thresholds"):
        lines.append(f"at the thresholds: {found['right']} right, {found['wrong']} wrong, {found['unsure']} unsure")
    events = extra.get("events", {})
    if signs := events.get("signs"):
        delay = "" if events["latency"]["median"] is None else f", {events['latency']['median']:.2f} s after they begin"
        lines.append(
            f"whole clips: {signs['hits']} of {signs['clips']} recognized{delay}; {signs['doubles']} said again, "
            f"{signs['others']} other labels said"
        )
    if background := events.get("background"):
        lines.append(
            f"background: {background['false_fires']} false fires in {background['seconds'] / 60:.1f} minutes; "
            f"at most {background['per_hour_at_most']:g} an hour, with 95 % certainty"
        )
    return [*lines, *(f"mind: {warning}" for warning in extra.get("warnings", ()))]


def _proposal(bundle: Bundle, paths: tuple[Path, ...], arguments: argparse.Namespace) -> Proposal | None:
    from app.progress import Progress
    from recognizers.threshold_proposal import propose

    if arguments.false_fires_per_hour is None:
        return None
    if bundle.info.face is not None:
        raise UsageError(
            "false fires are counted in recordings of hands", where=arguments.bundle, found="a bundle that reads faces"
        )
    with Progress("setting thresholds", "clips") as progress:

        def clips() -> Iterator[Clip]:
            return (clip for _, clip in _told(_clips(paths, arguments.usage), progress))

        return propose(bundle, clips, arguments.false_fires_per_hour)


def _proposal_lines(proposal: Proposal | None) -> list[str]:
    if proposal is None:
        return []
    changes = (f"{label} {proposal.before[label]:.3f} -> {limit:.3f}" for label, limit in proposal.after.items())
    return [f"thresholds for {proposal.wanted_per_hour:g} an hour: {', '.join(changes)}", *proposal.notes]


def _apply(bundle: Bundle, proposal: Proposal) -> Path:
    """Write the thresholds into the bundle, or into a copy, and return its folder."""
    from recognizers.bundle import shipped_bundles
    from recognizers.bundle_writer import save_thresholds
    from recognizers.training_record import read_record, write_record

    shipped = bundle.folder.resolve() in {folder.resolve() for folder in shipped_bundles()}
    copied = shipped or not bundle.folder.is_dir()
    folder = home.models_folder() / f"{bundle.id}-tuned" if copied else bundle.folder.absolute()
    record = read_record(bundle.folder)
    save_thresholds(bundle.folder, folder, proposal.after)
    if record is not None:
        write_record(record, folder)
    print(f"thresholds written: {folder}", file=sys.stderr)
    return folder


def _rate(word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1e6:
        raise argparse.ArgumentTypeError(f"expected a number from 0, found {word}")
    return number
