"""List and show the models there are, use another, and give them to others: shipped ones and your own.

A model that was removed lies in a trash until that is emptied. What somebody gives you is one zip or folder;
nothing in it executes, and every file is checked before it is taken.

examples:
  mudra models list
  mudra models show gestures
  mudra models use mine
  mudra models calibrate emotions
  mudra models export mine mine.zip
  mudra models import friend.zip --name friend
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from app import console
from recognizers.errors import MudraError, UsageError
from recognizers.modes import MODE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizers.bundle import Bundle


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")

    action("list", "one line for each model")
    show = action("show", "all about one model")
    show.add_argument("name", metavar="NAME", help="a model's name, folder or zip")
    use = action("use", "watch with this model from now on; takes effect when Mudra starts")
    use.add_argument("name", metavar="NAME", help="a model's name, folder or zip")
    use.add_argument("--mode", choices=MODE_NAMES, metavar="M", help="the mode that it must serve (default: its own)")
    calibrate = action("calibrate", "show a face model your resting face, so that it reads it as neutral")
    calibrate.add_argument("name", metavar="NAME", help="a model's name, folder or zip, such as emotions")
    calibrate.add_argument("--source", metavar="S", help="a camera number, a stream or a video (default: a camera)")
    calibrate.add_argument(
        "--seconds", type=_seconds, default=3.0, metavar="N", help="how long to look, 1 to 60 (default: 3)"
    )
    calibrate.add_argument("--clear", action="store_true", help="forget the resting face that it was shown")
    remove = action("remove", "put one of your models into the trash")
    remove.add_argument("name", metavar="NAME", help="its name")
    remove.add_argument("--yes", action="store_true", help="also the one that is active")
    action("empty", "delete for good what was removed")
    export = action("export", "write a copy of a model, to give to somebody")
    export.add_argument("name", metavar="NAME", help="a model's name, folder or zip")
    export.add_argument("target", metavar="FILE.zip|FOLDER", type=Path, help="where to")
    export.add_argument("--replace", action="store_true", help="replace what an earlier export left there")
    import_ = action("import", "take a model that somebody gave you")
    import_.add_argument("source", metavar="FILE.zip|FOLDER", type=Path, help="the model")
    import_.add_argument("--name", metavar="N", help="what to call it (default: its own name)")
    import_.add_argument("--replace", action="store_true", help="put yours of this name into the trash for it")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 60:
        raise argparse.ArgumentTypeError(f"expected a number of seconds from 1 to 60, found '{text}'")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Do it; return 1 where a listed model is damaged."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list,
        "show": _show,
        "use": _use,
        "calibrate": _calibrate,
        "remove": _remove,
        "empty": _empty,
        "export": _export,
        "import": _import,
    }
    return actions[arguments.action](arguments)


def _list(_: argparse.Namespace) -> int:
    from recognizers.bundle import shipped_bundles, user_bundles

    folders = [(folder, "yours") for folder in user_bundles()]
    folders += [(folder, "shipped") for folder in shipped_bundles()]
    if not folders:
        print("There are no models yet. Train one: mudra train --help")
        return 0
    width = max(len(folder.name) for folder, _ in folders)
    damaged = False
    own = {folder.name for folder in user_bundles()}
    roles = _roles()
    for folder, origin in folders:
        line, good = _line(folder)
        damaged = damaged or not good
        hidden = "  (hidden by yours of this name)" if origin == "shipped" and folder.name in own else ""
        role = roles.get(folder.resolve())
        print(f"{folder.name:{width}}  {origin:7}  {line}{f'  {role}' if role else ''}{hidden}")
    return 1 if damaged else 0


def _roles() -> dict[Path, str]:
    """Return which are active and which were before; a settings file that is wrong hides no model."""
    from app.bundle_store import bundle_roles
    from app.settings import load_settings

    try:
        return bundle_roles(load_settings())
    except MudraError as error:
        console.print_error(error)
        return {}


def _use(arguments: argparse.Namespace) -> int:
    from app.bundle_store import use_bundle

    used = use_bundle(arguments.name, arguments.mode)
    before = f"; before it was {used.before}" if used.before not in (None, used.name) else ""
    print(f"{used.mode} mode now uses {used.name}{before}")
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    from app import calibration_run
    from app.settings import load_settings
    from recognizers.bundle import Bundle, find_bundle

    bundle = Bundle.load(find_bundle(arguments.name))
    if arguments.clear:
        if arguments.source is not None:
            raise UsageError("--clear looks at nothing, so it takes no --source")
        calibration_run.forget(bundle)
        return 0
    return calibration_run.calibrate(bundle, arguments.source, arguments.seconds, load_settings())


def _remove(arguments: argparse.Namespace) -> int:
    from app.bundle_store import remove_bundle

    place, modes = remove_bundle(arguments.name, active_too=arguments.yes)
    print(f"{arguments.name} is in the trash now; to have it back: mudra models import {shlex.quote(str(place))}")
    for mode in modes:
        print(f"{mode} mode now uses {_active(mode)}")
    return 0


def _active(mode: str) -> str:
    from app.settings import load_settings

    return load_settings().bundle_of(mode) or "none"


def _empty(_: argparse.Namespace) -> int:
    from app.bundle_store import empty_trash

    count = empty_trash()
    print("The trash of models is empty" + (f"; deleted: {count}" if count else ""))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from app.bundle_exchange import export_bundle

    target = export_bundle(arguments.name, arguments.target, replace=arguments.replace)
    print(f"written: {target}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from app.bundle_exchange import import_bundle
    from app.store import hides_shipped

    imported = import_bundle(arguments.source, arguments.name, replace=arguments.replace)
    bundle = imported.bundle
    name, count = bundle.folder.name, len(bundle.info.all_labels)
    print(f"{name}: {bundle.info.mode} mode, {count} labels; to watch with it: mudra models use {name}")
    if imported.replaced is not None:
        print(f"the one before is in the trash: {imported.replaced}")
    if imported.left_out:
        console.print_warning(f"not part of the model, and left out: {', '.join(imported.left_out)}")
    if hides_shipped(bundle.folder):
        console.print_warning(f"{name}: a model that ships has this name, which from now on means the new one")
    return 0


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
        f"{len(info.all_labels)} labels",
        _accuracy(info.metrics.get("accuracy")),
        size,
    ]
    return "  ".join(words), True


def _accuracy(value: object) -> str:
    return f"accuracy {value:.3f}" if isinstance(value, (int, float)) else "accuracy unknown"


def _size(folder: Path) -> int:
    files = folder.iterdir() if folder.is_dir() else (folder,)
    return sum(path.stat().st_size for path in files if path.is_file())


def _show(arguments: argparse.Namespace) -> int:
    from recognizers.bundle import Bundle, find_bundle

    bundle = Bundle.load(find_bundle(arguments.name))
    rows = _rows(bundle)
    width = max(len(title) for title, _ in rows)
    for title, text in rows:
        print(f"{title:{width}}  {text}")
    return 0


def _rows(bundle: Bundle) -> list[tuple[str, str]]:
    from app.face_calibrations import stored_words

    info = bundle.info
    calibrated = [("calibrated", words)] if (words := stored_words(bundle)) else []
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
        *([("drawn by a finger", ", ".join(trace.label for trace in info.traces))] if info.traces else []),
        ("says nothing for", ", ".join(info.background) or "-"),
        ("thresholds", ", ".join(filter(None, [thresholds, f"others {info.default_threshold:.2f}"]))),
        *calibrated,
        ("measured", metrics or "unknown"),
        ("data", data or "unknown"),
        ("licence", info.licence),
        ("size", f"{_size(bundle.folder) / 1e3:.0f} kB"),
        ("where", str(bundle.folder)),
    ]
