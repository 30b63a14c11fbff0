"""Samples as lines of a terminal or as JSON. Imports nothing heavy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.samples import Sample


def shown(label: str) -> str:
    """Return a text for one line of a terminal: control characters, which could move its cursor, become escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode()
        for letter in label
    )


def count_of(count: int) -> str:
    """Return a number of clips in words."""
    return "1 clip" if count == 1 else f"{count} clips"


def print_labels(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print what there is of each label."""
    if as_json:
        print_json(rows)
        return
    if not rows:
        print("There are no samples yet. Record some: mudra record --help")
        return
    lines = [("mode", "label", "clips", "seconds", "signers", "sessions", "flagged")]
    for row in rows:
        signers = ", ".join(map(shown, row["signers"])) or "-"
        unread = f", {row['unreadable']} unreadable" if row["unreadable"] else ""
        label, clips = shown(row["label"]), f"{row['clips']}{unread}"
        flagged = str(row["flagged"])
        lines.append((row["mode"], label, clips, f"{row['seconds']:.0f}", signers, str(len(row["sessions"])), flagged))
    print_table(lines)


def print_clips(rows: list[tuple[str, Sample]], as_json: bool) -> None:
    """Print a line for each clip, with its mode."""
    if as_json:
        print_json([{"mode": mode, "name": sample.name, **plain(sample)} for mode, sample in rows])
        return
    lines = [
        (mode, shown(sample.label), sample.name, f"{sample.seconds:.2f} s", f"{sample.frames} frames", _state(sample))
        for mode, sample in rows
    ]
    if lines:
        print_table(lines)
    else:
        print("There are none.")


def _state(sample: Sample) -> str:
    if sample.problem:
        return f"unreadable: {sample.problem}"
    words = ["not judged"] if sample.flags is None else list(sample.flags) or ["good"]
    words += ["with pictures"] if sample.pixels else []
    words += ["correction"] if sample.correction else []
    return ", ".join(words)


def plain(value: Any) -> dict[str, Any]:
    """Return the fields of a value as JSON has them."""
    from dataclasses import asdict

    return {key: str(each) if isinstance(each, Path) else each for key, each in asdict(value).items()}


def print_json(values: object) -> None:
    """Print JSON."""
    print(json.dumps(values, indent=1, ensure_ascii=False))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of as many cells each, in columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
