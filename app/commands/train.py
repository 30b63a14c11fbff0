"""Train a bundle on datasets, measure it on what was held out, and save it with its card and report.

Everything is seeded: the same data, options and machine give the same weights. The figures are those of examples that
the training never saw; how they were held apart is said beside them.

examples:
  mudra train --mode gesture --dataset my-gestures --out mine
  mudra train --mode sign --dataset words --split signer --seed 3
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from app import console
from app.store import expanded
from recognizers import home
from recognizers.errors import UsageError
from recognizers.modes import MODE_NAMES

NETWORKS = ("cnn", "linear", "lstm", "mlp")
SPLITS = ("auto", "signer", "session", "random", "block", "usage")
MOST = 2**32 - 1
"""The largest seed that all libraries take."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--mode", required=True, choices=MODE_NAMES, help="what the bundle is for")
    parser.add_argument(
        "--dataset",
        action="append",
        default=[],
        metavar="D",
        help="a dataset or folder of clips; may be given again",
    )
    parser.add_argument(
        "--network", choices=NETWORKS, help="default: mlp for stills, lstm for movements, cnn for faces"
    )
    parser.add_argument("--split", choices=SPLITS, default="auto", help="how the test is held apart (default: auto)")
    parser.add_argument("--out", metavar="NAME|DIR", help="the bundle's name or folder (default: the mode's name)")
    parser.add_argument("--seed", type=_count, default=0, metavar="K", help="of everything random (default: 0)")
    parser.add_argument(
        "--epochs", type=_positive, default=60, metavar="N", help="at most; it stops early (default: 60)"
    )
    parser.add_argument(
        "--copies", type=_count, default=6, metavar="N", help="changed copies of each example (default: 6)"
    )
    parser.add_argument(
        "--generated",
        type=_count,
        default=0,
        metavar="N",
        help="generated hands a label, for poses that ship (default: 0)",
    )
    parser.add_argument(
        "--idle", action="store_true", help="movements: add an idle label made from the signs themselves"
    )
    parser.add_argument("--refit", action="store_true", help="fit once more with the examples that chose when to stop")
    parser.add_argument("--about", type=Path, metavar="FILE", help="Markdown about the bundle, for its card")


def run(arguments: argparse.Namespace) -> int:
    """Train, print the figures."""
    from app.store import clips_paths, hides_shipped
    from recognizers.evaluate import report_lines
    from recognizers.train import TrainOptions, train

    options = TrainOptions(
        mode=arguments.mode,
        datasets=clips_paths(arguments.dataset, arguments.mode),
        out=_out(arguments.out or arguments.mode),
        network=arguments.network,
        split=arguments.split,
        seed=arguments.seed,
        copies=arguments.copies,
        generated=arguments.generated,
        idle=arguments.idle,
        refit=arguments.refit,
        epochs=arguments.epochs,
        description=_text_of(arguments.about),
        command=shlex.join(["mudra", *sys.argv[1:]]),
    )
    _, report = train(options, _say)
    print("\n".join(report_lines(report)))
    if hides_shipped(options.out):
        console.print_warning(
            f"{options.out.name}: a bundle that ships has this name, which from now on means the new one; "
            f"to undo that, remove the folder {options.out}"
        )
    return 0


def _text_of(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError("cannot be read as text", where=path, found=problem) from None


def _say(line: str) -> None:
    print(line, flush=True)


def _count(word: str, low: int = 0) -> int:
    try:
        number = int(word)
    except ValueError:
        number = low - 1
    if not low <= number <= MOST:
        raise argparse.ArgumentTypeError(f"expected a whole number from {low}, found {word}")
    return number


def _positive(word: str) -> int:
    return _count(word, 1)


def _out(name: str) -> Path:
    if "/" not in name and name not in (".", ".."):
        return home.models_folder() / name
    return expanded(name).absolute()
