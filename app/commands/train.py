"""Train a bundle on datasets, measure it on what was held out, and save it with its card and report.

Everything is seeded: the same data, options and machine give the same weights. The figures are those of examples that
the training never saw; how they were held apart is said beside them.

examples:
  mudra train --mode gesture --dataset my-gestures --out mine
  mudra train --mode sign --dataset words --split signer --seed 3
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.job_child import TEXT, add_progress_argument, own_words, telling
from app.store import expanded
from recognizers import home
from recognizers.errors import UsageError
from recognizers.modes import MODE_NAMES

if TYPE_CHECKING:
    from app.job_child import Teller
    from recognizers.evaluate import Report
    from recognizers.train_options import TrainOptions

NETWORKS = ("cnn", "conv", "linear", "lstm", "mlp", "transformer")
FEATURES = ("body", "flat", "hand", "signs")
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
        "--network",
        choices=NETWORKS,
        help="default: mlp for stills, transformer for movements (of few conv), cnn for faces",
    )
    parser.add_argument(
        "--members",
        type=_positive,
        default=1,
        metavar="N",
        help="so many networks of the kind, whose answers are averaged (default: 1)",
    )
    parser.add_argument(
        "--measure",
        action="append",
        default=[],
        metavar="D",
        help="hands: a dataset that measures and teaches nothing, instead of a part of the others; may be given again",
    )
    parser.add_argument("--features", choices=FEATURES, help="what a network reads (default: hand; movements: signs)")
    parser.add_argument("--split", choices=SPLITS, default="auto", help="how the test is held apart (default: auto)")
    parser.add_argument("--out", metavar="NAME|DIR", help="the bundle's name or folder (default: the mode's name)")
    parser.add_argument("--seed", type=_count, default=0, metavar="K", help="of everything random (default: 0)")
    parser.add_argument(
        "--epochs", type=_positive, metavar="N", help="at most; it stops early (default: 60, for movements 40)"
    )
    parser.add_argument(
        "--copies", type=_count, metavar="N", help="changed copies of each example (default: 6, of movements up to 48)"
    )
    parser.add_argument(
        "--generated",
        type=_count,
        default=0,
        metavar="N",
        help="generated hands or movements a label, for poses and words that ship (default: 0)",
    )
    parser.add_argument(
        "--also",
        type=_labels,
        default=(),
        metavar="LABELS",
        help="labels without recordings, with commas, learned from generated hands or movements alone",
    )
    parser.add_argument(
        "--traces",
        type=_labels,
        default=(),
        metavar="LABELS",
        help="stills: signs that a finger draws, with commas, such as J,Z; they need no recordings",
    )
    parser.add_argument(
        "--idle",
        action=argparse.BooleanOptionalAction,
        help="movements: add an idle label made from the signs (default: some, where there is no background)",
    )
    parser.add_argument("--refit", action="store_true", help="fit once more with the examples that chose when to stop")
    parser.add_argument(
        "--whole",
        action=argparse.BooleanOptionalAction,
        help="after measuring, fit once more on everything (default: where there are fewer than 3000 examples)",
    )
    parser.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="movements: learn them for either hand (default); not where left and right mean different things",
    )
    parser.add_argument(
        "--teacher",
        metavar="BUNDLE",
        help="faces: a bundle with the same labels, whose answers count as much as the labels do",
    )
    parser.add_argument("--tensorboard", type=Path, metavar="DIR", help="write TensorBoard's logs into this folder")
    parser.add_argument("--about", type=Path, metavar="FILE", help="Markdown about the bundle, for its card")
    add_progress_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, print the figures."""
    from app.under_way import TRAINING, UnderWay, interrupted

    with telling(arguments.progress) as teller, contextlib.ExitStack() as closing:
        options = _options(arguments)
        if arguments.progress == TEXT:  # the window tells of those that it has started
            for line in interrupted():
                teller.warn(line)
            closing.enter_context(UnderWay(TRAINING, options.mode, str(options.out)))
        teller.begin(options.out)
        _train(options, teller)
    return 0


def _options(arguments: argparse.Namespace) -> TrainOptions:
    from app.store import clips_paths
    from recognizers.bundle import find_bundle
    from recognizers.train_options import TrainOptions

    return TrainOptions(
        mode=arguments.mode,
        measure=clips_paths(arguments.measure, arguments.mode) if arguments.measure else (),
        datasets=clips_paths(arguments.dataset, arguments.mode),
        out=_out(arguments.out or arguments.mode),
        network=arguments.network,
        network_parameters={"members": arguments.members} if arguments.members > 1 else {},
        features=arguments.features,
        split=arguments.split,
        seed=arguments.seed,
        copies=arguments.copies,
        generated=arguments.generated,
        also=arguments.also,
        traces=arguments.traces,
        idle=arguments.idle,
        refit=arguments.refit,
        whole=arguments.whole,
        mirror=arguments.mirror,
        teacher=find_bundle(arguments.teacher) if arguments.teacher else None,
        logs=arguments.tensorboard,
        epochs=arguments.epochs,
        description=_text_of(arguments.about),
        command=shlex.join(["mudra", *own_words()]),
    )


def _train(options: TrainOptions, teller: Teller) -> None:
    from app.store import hides_shipped
    from recognizers.evaluate import report_lines
    from recognizers.train import train

    _, report = train(options, teller.say)
    lines = report_lines(report)
    teller.result(options.out, lines, figures_of(report))
    if hides_shipped(options.out):
        teller.warn(
            f"{options.out.name}: a bundle that ships has this name, which from now on means the new one; "
            f"to undo that, remove the folder {options.out}"
        )


def figures_of(report: Report) -> dict[str, Any]:
    """Return what a program wants to know of a report at once; report.json tells the rest."""
    names = ("accuracy", "macro_f1", "n", "split", "labels")
    return {name: getattr(report, name) for name in names}


def _text_of(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError("cannot be read as text", where=path, found=problem) from None


def _count(word: str, low: int = 0) -> int:
    try:
        number = int(word)
    except ValueError:
        number = low - 1
    if not low <= number <= MOST:
        raise argparse.ArgumentTypeError(f"expected a whole number from {low}, found {word}")
    return number


def _labels(words: str) -> tuple[str, ...]:
    labels = tuple(word.strip() for word in words.split(","))
    if not all(labels):
        raise argparse.ArgumentTypeError(f"expected labels with commas between them, found {words!r}")
    return labels


def _positive(word: str) -> int:
    return _count(word, 1)


def _out(name: str) -> Path:
    if "/" not in name and name not in (".", ".."):
        return home.models_folder() / name
    return expanded(name).absolute()
