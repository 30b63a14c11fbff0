"""List, judge, rename, delete and restore the clips that were recorded.

CLIP is a clip's file, its name (list --clips and trash show them), or the beginning of one. What is deleted goes to the
trash, from where `restore` brings it back, until `empty` removes it for good. `delete --all` means all: samples, trash,
corrections and index, for good.

examples:
  mudra samples list
  mudra samples list --flagged
  mudra samples show 20260501T1200 --render clip.mp4
  mudra samples rename hallo hello --mode sign
  mudra samples delete --clip 20260501T120000.000250Z
  mudra samples delete --all --mode gesture
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app import console
from app.sample_tables import count_of, plain, print_clips, print_json, print_labels, print_table, shown
from recognizers.errors import MudraError, UsageError
from recognizers.modes import MODE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.samples import Samples


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, summary: str, *, mode: bool = False) -> argparse.ArgumentParser:
        about = f"{summary[:1].upper()}{summary[1:]}."
        added: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=about)
        which = "of this mode" if mode else "only of this mode"
        added.add_argument("--mode", choices=MODE_NAMES, required=mode, help=which)
        return added

    listed = action("list", "what there is of each label, or each clip")
    listed.add_argument("--label", metavar="LABEL", help="only of this label")
    listed.add_argument("--clips", action="store_true", help="a line for each clip")
    listed.add_argument("--flagged", action="store_true", help="only clips with something wrong")
    show = action("show", "all about one clip")
    show.add_argument("clip", metavar="CLIP", help="its file or name")
    show.add_argument("--render", type=Path, metavar="O.mp4", help="draw its skeleton into a video")
    rename = action("rename", "give a label's clips another label", mode=True)
    rename.add_argument("label", metavar="LABEL", help="what they are called now")
    rename.add_argument("new", metavar="NEW", help="what they are to be called")
    delete = action("delete", "put clips into the trash, or with --all remove everything for good")
    delete.add_argument("label", metavar="LABEL", nargs="?", help="all clips of this label")
    delete.add_argument("--all", action="store_true", help="everything, for good: samples, trash, corrections, index")
    check = action("check", "read and judge clips anew")
    check.add_argument("--label", metavar="LABEL", help="only of this label")
    check.add_argument("--update", action="store_true", help="write verdicts that have changed into the clips")
    trim = action("trim", "keep a part of a clip; the whole goes to the trash")
    trim.add_argument("clip", metavar="CLIP", help="its file or name")
    trim.add_argument("start", metavar="START", type=float, help="seconds from its first frame")
    trim.add_argument("end", metavar="END", type=float, help="likewise")
    trash = action("trash", "what was deleted")
    restore = action("restore", "take clips out of the trash")
    restore.add_argument("clips", metavar="CLIP", nargs="*", help="its file or name")
    restore.add_argument("--all", action="store_true", help="all of them")
    empty = action("empty", "remove what is in the trash for good")
    for each in (rename, delete):
        each.add_argument("--clip", action="append", default=[], metavar="CLIP", help="only this one; and this")
    for each in (listed, show, check, trash):
        each.add_argument("--json", action="store_true", help="print JSON")
    for each in (rename, delete, empty):
        each.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Do one of the actions; return 1 where a clip cannot be read."""
    return int(_ACTIONS[arguments.action](arguments))


def _list(arguments: argparse.Namespace) -> int:
    from app.sample_choice import chosen_modes
    from app.under_way import interrupted

    for line in interrupted():
        console.print_warning(line)
    modes = [(samples, samples.list()) for samples in chosen_modes(arguments.mode)]
    if arguments.label is not None and not any(listing.of(arguments.label) for _, listing in modes):
        raise UsageError("there are no samples of this label", where=arguments.label)
    unread = any(sample.problem for _, listing in modes for sample in listing.samples)
    if arguments.clips or arguments.flagged:
        rows = [
            (samples.mode, sample)
            for samples, listing in modes
            for sample in (listing.samples if arguments.label is None else listing.of(arguments.label))
            if not arguments.flagged or sample.flags or sample.problem
        ]
        print_clips(rows, arguments.json)
    else:
        print_labels(
            [
                {"mode": samples.mode, **plain(summary)}
                for samples, listing in modes
                for summary in listing.labels
                if arguments.label in (None, summary.label)
            ],
            arguments.json,
        )
    return 1 if unread else 0


def _show(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from app.sample_choice import find_clips
    from recognizers.clip_values import header_fields
    from recognizers.quality import judge

    ((samples, sample),) = find_clips([arguments.clip], arguments.mode)
    clip = samples.load(sample.path)
    verdict = judge(clip)
    if arguments.render is not None:
        _render(sample.path, arguments.render)
    if arguments.json:
        figures = {name: value for name, value in asdict(verdict.figures).items() if value is not None}
        wrong = [asdict(flag) for flag in verdict.flags]
        print_json(
            {
                "path": str(sample.path),
                "header": header_fields(clip.header),
                "figures": figures,
                "flags": wrong,
            }
        )
        return 0
    header = clip.header
    rows = [
        ("label", f"{shown(header.label)} ({header.mode})"),
        ("signer", shown(header.signer or "-")),
        ("session", shown(header.session or "-")),
        ("source", shown(header.source or "-")),
        ("frames", f"{len(clip)} in {sample.seconds:.2f} s"),
        *[
            (name, f"{value:.3g}")
            for name, value in asdict(verdict.figures).items()
            if value is not None and name not in ("frames", "seconds")
        ],
        ("verdict", " ".join(map(str, verdict.flags)) or "good"),
        ("where", str(sample.path)),
    ]
    print_table(rows)
    return 0


def _render(clip: Path, path: Path) -> None:
    from app.engine import Engine
    from app.render import open_render
    from app.session import Session
    from recognizers.clip_source import ClipSource

    source = ClipSource(clip)
    Session(Engine(()), [open_render(path, [source])]).run([source])


def _rename(arguments: argparse.Namespace) -> int:
    from app.sample_choice import find_clips
    from app.samples import Samples

    samples = Samples(arguments.mode)
    listing = samples.list()
    paths = [sample.path for sample in listing.of(arguments.label)]
    if arguments.clip:
        paths = [sample.path for _, sample in find_clips(arguments.clip, arguments.mode) if sample.path in paths]
    if not paths:
        raise UsageError("there are no such samples", where=arguments.label, remedy="See: mudra samples list")
    there = len(listing.of(arguments.new))
    question = f"{shown(arguments.new)} has {there} clips already; put {len(paths)} more to them?"
    if there and arguments.new != arguments.label and not _agreed(question, arguments):
        return 1
    moved = samples.move(paths, arguments.new)
    print(f"{count_of(len(moved))} of {shown(arguments.label)} are {shown(arguments.new)} now")
    return 0


def _delete(arguments: argparse.Namespace) -> int:
    from app.sample_choice import chosen_modes, find_clips

    if sum((bool(arguments.all), arguments.label is not None, bool(arguments.clip))) != 1:
        raise UsageError("nothing to delete is named", expected="either a label, or --clip, or --all")
    if arguments.all:
        return _delete_all(chosen_modes(arguments.mode), arguments)
    if arguments.clip:
        chosen = find_clips(arguments.clip, arguments.mode)
    else:
        if arguments.mode is None:
            raise UsageError("of which mode is the label?", expected=f"--mode {' or '.join(MODE_NAMES)}")
        (samples,) = chosen_modes(arguments.mode)
        chosen = [(samples, sample) for sample in samples.list().of(arguments.label)]
        if not chosen:
            raise UsageError("there are no samples of this label", where=arguments.label)
    for samples, sample in chosen:
        samples.delete([sample.path])
    print(f"{count_of(len(chosen))} in the trash; mudra samples restore brings them back")
    return 0


def _delete_all(modes: Sequence[Samples], arguments: argparse.Namespace) -> int:
    counts = [(samples, len(samples.list().samples), len(samples.trash.list())) for samples in modes]
    clips, trashed = sum(each[1] for each in counts), sum(each[2] for each in counts)
    names = ", ".join(samples.mode for samples in modes)
    if not _agreed(f"Remove all {clips} clips of {names} and {trashed} in the trash for good?", arguments):
        return 1
    for samples, _, _ in counts:
        removed = samples.delete_all()
        kept = removed.clips - removed.trashed
        megabytes = removed.size / 1e6
        print(
            f"{samples.mode}: removed for good: {count_of(kept)}, {removed.trashed} in the trash, "
            f"{removed.files} files, {megabytes:.1f} MB"
        )
        for path in removed.left:
            print(f"{samples.mode}: left, since it is not Mudra's: {path}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from app.progress import Progress
    from app.sample_choice import chosen_modes

    chosen = [
        (samples, sample)
        for samples in chosen_modes(arguments.mode)
        for sample in samples.list().samples
        if arguments.label in (None, sample.label)
    ]
    rows, unread, flagged = [], 0, 0
    with Progress("Judging", "clips") as progress:
        for done, (samples, sample) in enumerate(chosen, 1):
            row = {"mode": samples.mode, "label": sample.label, "path": str(sample.path), "flags": [], "problem": ""}
            try:
                verdict = samples.check(sample, update=arguments.update)
                row["flags"] = [flag.code for flag in verdict.flags]
                flagged += bool(verdict.flags)
                text = " ".join(map(str, verdict.flags))
            except MudraError as error:
                row["problem"] = text = str(error)
                unread += 1
            rows.append(row)
            if text and not arguments.json:
                progress.clear()
                print(f"{samples.mode}  {shown(sample.label)}  {sample.name}  {text}")
            progress(done, len(chosen))
    if arguments.json:
        print_json(rows)
    else:
        print(f"{count_of(len(chosen))}, {flagged} with something wrong, {unread} unreadable")
    return 1 if unread else 0


def _trim(arguments: argparse.Namespace) -> int:
    from app.sample_choice import find_clips

    ((samples, sample),) = find_clips([arguments.clip], arguments.mode)
    print(samples.trim(sample.path, arguments.start, arguments.end))
    return 0


def _trash(arguments: argparse.Namespace) -> int:
    from app.sample_choice import chosen_modes

    rows = [(samples.mode, sample) for samples in chosen_modes(arguments.mode) for sample in samples.trash.list()]
    print_clips(rows, arguments.json)
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from app.sample_choice import chosen_modes, find_clips

    if bool(arguments.all) == bool(arguments.clips):
        raise UsageError("nothing to restore is named", expected="either clips, or --all")
    if arguments.all:
        chosen = [(each, sample) for each in chosen_modes(arguments.mode) for sample in each.trash.list()]
    else:
        chosen = find_clips(arguments.clips, arguments.mode, trashed=True)
    for samples, sample in chosen:
        samples.trash.restore([sample.path])
    print(f"{count_of(len(chosen))} restored")
    return 0


def _empty(arguments: argparse.Namespace) -> int:
    from app.sample_choice import chosen_modes

    modes = chosen_modes(arguments.mode)
    count = sum(len(samples.trash.list()) for samples in modes)
    if count and not _agreed(f"Remove {count_of(count)} in the trash for good?", arguments):
        return 1
    print(f"{count_of(sum(samples.trash.empty() for samples in modes))} removed for good")
    return 0


_ACTIONS = {
    "list": _list,
    "show": _show,
    "rename": _rename,
    "delete": _delete,
    "check": _check,
    "trim": _trim,
    "trash": _trash,
    "restore": _restore,
    "empty": _empty,
}


def _agreed(question: str, arguments: argparse.Namespace) -> bool:
    """Ask before something that cannot be taken back.

    Raises:
        UsageError: there is nobody to ask.
    """
    if arguments.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("this cannot be taken back, and nobody can be asked", remedy="Add --yes")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    console.print_line("Nothing was changed.")
    return False
