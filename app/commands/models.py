"""List the models there are, or show one: shipped ones and your own.

examples:
  mudra models list
  mudra models show gestures
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from recognizers.errors import MudraError

if TYPE_CHECKING:
    from recognizers.bundle import Bundle


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="one line for each model", description="One line for each model.")
    show = actions.add_parser("show", help="all about one model", description="All about one model.")
    show.add_argument("name", metavar="NAME", help="a model's name or folder")


def run(arguments: argparse.Namespace) -> int:
    """List or show; return 1 where a model is damaged."""
    return _list() if arguments.action == "list" else _show(arguments.name)


def _list() -> int:
    from recognizers.bundle import shipped_bundles, user_bundles

    folders = [(folder, "yours") for folder in user_bundles()]
    folders += [(folder, "shipped") for folder in shipped_bundles()]
    if not folders:
        print("There are no models yet. Train one: mudra train --help")
        return 0
    width = max(len(folder.name) for folder, _ in folders)
    damaged = False
    own = {folder.name for folder in user_bundles()}
    for folder, origin in folders:
        line, good = _line(folder)
        damaged = damaged or not good
        hidden = "  (hidden by yours of this name)" if origin == "shipped" and folder.name in own else ""
        print(f"{folder.name:{width}}  {origin:7}  {line}{hidden}")
    return 1 if damaged else 0


def _line(folder: Path) -> tuple[str, bool]:
    from recognizers.bundle import Bundle

    try:
        info = Bundle.load(folder).info
    except MudraError as error:
        return f"damaged: {error}", False
    size = f"{_size(folder) / 1e3:.0f} kB"
    words = [
        info.mode,
        info.input,
        f"{len(info.labels)} labels",
        _accuracy(info.metrics.get("accuracy")),
        size,
    ]
    return "  ".join(words), True


def _accuracy(value: object) -> str:
    return f"accuracy {value:.3f}" if isinstance(value, (int, float)) else "accuracy unknown"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _show(name: str) -> int:
    from recognizers.bundle import Bundle, find_bundle

    bundle = Bundle.load(find_bundle(name))
    rows = _rows(bundle)
    width = max(len(title) for title, _ in rows)
    for title, text in rows:
        print(f"{title:{width}}  {text}")
    return 0


def _rows(bundle: Bundle) -> list[tuple[str, str]]:
    info = bundle.info
    window = f", {info.window_steps} steps in {info.window_seconds:g} s" if info.input == "sequence" else ""
    thresholds = ", ".join(f"{label} {value:.2f}" for label, value in sorted(info.thresholds.items()))
    metrics = ", ".join(f"{key} {value:g}" for key, value in info.metrics.items() if isinstance(value, (int, float)))
    data = "; ".join(", ".join(f"{item[key]}" for key in ("name", "licence") if item.get(key)) for item in info.data)
    return [
        ("name", info.id),
        ("state", "verified: every file is as it was made"),
        ("mode", info.mode),
        ("input", f"{info.input}{window}, predicts {info.rate_hz:g} times a second"),
        ("labels", ", ".join(info.labels)),
        ("says nothing for", ", ".join(info.background) or "-"),
        ("thresholds", ", ".join(filter(None, [thresholds, f"others {info.default_threshold:.2f}"]))),
        ("measured", metrics or "unknown"),
        ("data", data or "unknown"),
        ("licence", info.licence),
        ("size", f"{_size(bundle.folder) / 1e3:.0f} kB"),
        ("where", str(bundle.folder)),
    ]
