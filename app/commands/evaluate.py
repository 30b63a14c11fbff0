"""Measure a bundle on recorded or imported clips, and write report.json beside it.

The clips are taken as they are: make sure that none of them, and nobody in them, was in the training.

examples:
  mudra evaluate gestures --dataset other-people
  mudra evaluate mine --dataset my-gestures --json
  mudra evaluate emotions --dataset fer2013 --usage PublicTest
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys

from recognizers import home
from recognizers.errors import OutputError

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


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and write the report."""
    from app.store import clips_paths
    from recognizers.bundle import Bundle, find_bundle
    from recognizers.clips import iter_named_clips
    from recognizers.evaluate import report_lines, write_report
    from recognizers.evaluation import evaluate_clips

    bundle = Bundle.load(find_bundle(arguments.bundle))
    paths = clips_paths(arguments.dataset, bundle.info.mode)
    clips = ((name, clip) for path in paths for name, clip in iter_named_clips(path))
    names = ", ".join(path.name for path in paths)
    whole = f"all of {names}"
    if arguments.usage is not None:
        clips = ((name, clip) for name, clip in clips if clip.header.extra.get("usage") == arguments.usage)
        whole = f"{arguments.usage} of {names}"
    command = shlex.join(["mudra", *sys.argv[1:]])
    report = evaluate_clips(bundle, clips, split=whole, command=command, datasets=[path.name for path in paths])
    print(
        json.dumps(report.to_json(), indent=1, ensure_ascii=False)
        if arguments.json
        else "\n".join(report_lines(report))
    )
    try:
        path = write_report(report, bundle.folder)
    except OutputError:  # a shipped bundle may lie where only an administrator writes
        path = write_report(report, home.home() / "reports" / bundle.id)
    print(f"written: {path}", file=sys.stderr)
    return 0
