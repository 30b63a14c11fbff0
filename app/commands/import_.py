"""Turn foreign recordings into a dataset that train and evaluate read.

FORMAT is images or videos (folders of them, each named after its label), mp-data (MediaPipe Holistic keypoints as
label/sequence/frame.npy, or one .npz), gislr or gislr-hdf5 (Kaggle's isolated signs), pose (.pose files by label),
keypoints or point-history (the tables of Kinivi's app), kairess (raw_*.npy, seq_*.npy), fer2013 (faces, .csv or
.npz) or generated (hands drawn as a table says). An import of images or videos that was interrupted goes on where it
stopped. The exit code is 1 where a part could not be read; the rest is imported all the same.

examples:
  mudra import images photos/ --mode gesture --dataset my-gestures --workers 2
  mudra import videos clips/ --mode sign --dataset my-signs
  mudra import mp-data MP_Data --mode sign --signer anna
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.job_child import add_progress_argument, telling
from recognizers import home
from recognizers.errors import MudraError, UsageError
from recognizers.importers import FORMATS, PADDINGS, ImportOptions, importer
from recognizers.modes import MODE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.job_child import Teller
    from recognizers.clips import Clip, DatasetInfo

MAX_WORKERS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("format", metavar="FORMAT", choices=sorted(FORMATS), help=", ".join(sorted(FORMATS)))
    parser.add_argument("path", metavar="PATH", type=Path, help="the file or folder to import")
    parser.add_argument("--mode", required=True, choices=MODE_NAMES, help="what the clips are for")
    parser.add_argument(
        "--dataset", metavar="D", help="the dataset's name, or a path with a separator (default: PATH's name)"
    )
    parser.add_argument("--signer", metavar="NAME", help="who shows the signs, where it is one person")
    parser.add_argument("--session", metavar="NAME", help="a name for what was recorded in one go")
    parser.add_argument("--licence", default="", metavar="TEXT", help="the terms of the data, kept with it")
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        dest="labels",
        metavar="LABEL",
        help="take only this label; may be given more than once",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes that look at pictures and videos (default: one a core, up to 4)",
    )
    parser.add_argument(
        "--padding",
        choices=PADDINGS,
        default="auto",
        help="images: look at small pictures on larger canvases, which shows tight hands (default: auto)",
    )
    parser.add_argument("--replace", action="store_true", help="replace a dataset of this name")
    add_progress_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Import; return 1 where a part could not be read."""
    with telling(arguments.progress) as teller:
        return _import(arguments, teller)


def _import(arguments: argparse.Namespace, teller: Teller) -> int:
    from recognizers.datasets import DatasetInfo, check_target, write_dataset

    if not arguments.path.exists():
        # Said before the dataset's name is looked at, which comes from the path.
        from recognizers.media import check_file

        check_file(arguments.path)
    workers = _workers(arguments.workers)
    folder = dataset_folder(arguments.dataset, arguments.path)
    check_target(folder, replace=arguments.replace)
    teller.begin(folder)
    chosen = importer(arguments.format)
    cache = folder.with_name(f".{folder.name}.cache")
    tally = _Tally()
    with teller.progress(f"import {arguments.format}", "parts") as progress:

        def report(problem: MudraError) -> None:
            progress.clear()
            tally.problems += 1
            teller.problem(problem)

        options = ImportOptions(
            mode=arguments.mode,
            signer=arguments.signer,
            session=arguments.session,
            workers=workers,
            labels=tuple(arguments.labels),
            padding=arguments.padding,
            progress=progress,
            report=report,
            cache=cache,
        )
        info = DatasetInfo(
            mode=arguments.mode,
            source=f"{arguments.format}: {arguments.path.absolute().name}",
            licence=arguments.licence,
            notes=chosen.SOURCE_NOTE,
        )
        clips = tally.count(chosen.read(arguments.path, options))
        info = write_dataset(folder, info, clips, replace=arguments.replace)
    _remove_cache(cache)
    figures = {"clips": info.clips, "frames": info.frames, "labels": info.labels, "problems": tally.problems}
    teller.result(folder, tally.summary(folder, info), figures)
    return 1 if tally.problems else 0


def _workers(wanted: int | None) -> int:
    if wanted is None:
        return min(4, os.cpu_count() or 1)
    if not 1 <= wanted <= MAX_WORKERS:
        raise UsageError("wrong --workers", expected=f"1 to {MAX_WORKERS}", found=wanted)
    return wanted


def dataset_folder(name: str | None, path: Path) -> Path:
    """Return where a dataset stands: a name among the user's datasets, or a path where it has a separator.

    Args:
        name: as given, or None for the imported path's name.
        path: what is imported.

    Raises:
        UsageError: the name is none.
    """
    if name is None:
        whole = path.absolute()
        name = whole.stem if whole.is_file() else whole.name
    elif os.sep in name or "/" in name:
        return Path(name).absolute()  # the shell has seen to a tilde
    if name in ("", ".", "..") or name.startswith("."):
        raise UsageError(f"'{name}' is no name for a dataset", remedy="Name it with --dataset")
    return home.datasets_folder() / name


class _Tally:
    """Counts what goes by."""

    def __init__(self) -> None:
        self.problems = 0
        self.seen: dict[str, int] = {}
        self.without_hand: dict[str, int] = {}
        self.sought = "hand"

    def count(self, clips: Iterable[Clip]) -> Iterator[Clip]:
        import numpy as np

        for clip in clips:
            label = clip.header.label
            self.seen[label] = self.seen.get(label, 0) + 1
            pictures = clip.frames is not None
            self.sought = "face" if pictures else "hand"
            if not (clip.header.extra.get("aligned") if pictures else np.isfinite(clip.hands).all(axis=(2, 3)).any()):
                self.without_hand[label] = self.without_hand.get(label, 0) + 1
            yield clip

    def summary(self, folder: Path, info: DatasetInfo) -> list[str]:
        lines = [f"{folder}: {_clips(info.clips)}, {len(info.labels)} labels, {info.frames:,} frames"]
        width = max(len(label) for label in info.labels)
        for label in info.labels:
            missing = self.without_hand.get(label, 0)
            note = f", no {self.sought} found in {missing:,} ({missing / self.seen[label]:.1%})" if missing else ""
            lines.append(f"  {label:<{width}}  {_clips(self.seen[label])}{note}")
        if self.problems:
            parts = "1 part" if self.problems == 1 else f"{self.problems:,} parts"
            lines.append(f"{parts} could not be read")
        return lines


def _remove_cache(cache: Path) -> None:
    import shutil

    shutil.rmtree(cache, ignore_errors=True)


def _clips(count: int) -> str:
    return f"{count:,} clip" if count == 1 else f"{count:,} clips"
