"""The user's bundles by name: which are active, using another, going back, removing, and free names."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings, load_settings
from app.settings_file import Value, change_settings
from recognizers import home
from recognizers.errors import MudraError, OutputError, UsageError
from recognizers.modes import MODE_NAMES

TRASH = ".trash"
"""Where removed bundles go, among the user's; hidden, so that none of them is found by name."""
LONGEST = 100
"""Bytes of a bundle's name: room is left for what a file system allows, 255."""


@dataclass(frozen=True, slots=True)
class Used:
    """What came of using a bundle.

    Attributes:
        mode: whose bundle it is.
        name: what the settings call it now.
        before: what was active before, or None.
    """

    mode: str
    name: str
    before: str | None


def use_bundle(name: str, mode: str | None = None, settings_path: Path | None = None) -> Used:
    """Make a bundle the active one of its mode, in the settings file, and remember the one before.

    Args:
        name: its name or path; a path is remembered as an absolute one.
        mode: the mode that it must serve, or None for its own.
        settings_path: the settings file; None for the user's.

    Raises:
        BundleError: it is missing or damaged.
        UsageError: it serves another mode.
        FormatError: the settings file holds something wrong.
        OutputError: it cannot be written.
    """
    from recognizers.bundle import Bundle, find_bundle

    folder = find_bundle(name)
    serves = Bundle.load(folder).info.mode
    if mode not in (None, serves):
        raise UsageError(
            "the model is for another mode", where=name, expected=f"a model for {mode}", found=f"one for {serves}"
        )
    named = name if _is_name_of(name, folder) else str(folder.absolute())
    before = load_settings(settings_path).bundle_of(serves)
    change_settings(use_changes(load_settings(settings_path), serves, named), settings_path)
    return Used(serves, named, before)


def use_changes(settings: Settings, mode: str, name: str) -> dict[str, Value]:
    """Return the changes of the settings (`change_settings`) that make a bundle the active one of a mode.

    Args:
        settings: as they are.
        mode: whose bundle it is.
        name: its name or path.
    """
    before = settings.bundle_of(mode)
    changes: dict[str, Value] = {f"bundles.{mode}": None if name == Settings().bundle_of(mode) else name}
    if before is not None and before != name:
        changes[f"previous_bundles.{mode}"] = before
    return changes


def bundle_roles(settings: Settings) -> dict[Path, str]:
    """Return what bundles are now, by their folders: `active`, or `previous`: what was active before."""
    roles: dict[Path, str] = {}
    for mode in MODE_NAMES:
        for name, role in ((settings.previous_bundles.get(mode), "previous"), (settings.bundle_of(mode), "active")):
            folder = _folder_of(name)
            if folder is not None and (role == "active" or folder not in roles):
                roles[folder] = role
    return roles


def remove_bundle(name: str, *, active_too: bool = False, settings_path: Path | None = None) -> tuple[Path, list[str]]:
    """Put one of the user's bundles into the trash of bundles.

    Args:
        name: its name.
        active_too: whether it may be the active one, too; its mode then has the one that ships again.
        settings_path: the settings file; None for the user's.

    Returns:
        where it lies now, and the modes that it was active for.

    Raises:
        UsageError: it ships, is none of the user's, or is active.
        OutputError: it cannot be moved, or the settings cannot be written.
        FormatError: the settings file holds something wrong.
    """
    folder = _own_folder(name)
    settings = load_settings(settings_path)
    active = [mode for mode in MODE_NAMES if _names(settings.bundle_of(mode), folder)]
    if active and not active_too:
        modes = " and ".join(active)
        raise UsageError(
            f"it is the active model for {modes}",
            where=name,
            remedy="Use another first (mudra models use), or remove it with --yes: then the one that ships is used",
        )
    changes: dict[str, Value] = {f"bundles.{mode}": None for mode in active}
    for mode in MODE_NAMES:
        if _names(settings.previous_bundles.get(mode), folder):
            changes[f"previous_bundles.{mode}"] = None
    # First the settings: they must never name what is not there.
    if changes:
        change_settings(changes, settings_path)
    return put_into_trash(folder), active


def put_into_trash(folder: Path) -> Path:
    """Move a bundle of the user's into the trash, and return where it lies there.

    Raises:
        OutputError: it cannot be moved.
    """
    trash = home.models_folder() / TRASH
    try:
        trash.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=trash)) / folder.name
        folder.rename(place)
    except OSError as problem:
        raise OutputError(f"cannot be removed: {problem.strerror or problem}", where=folder) from None
    return place


def empty_trash() -> int:
    """Delete for good what was removed, and return how many bundles that were.

    Raises:
        OutputError: something cannot be deleted.
    """
    trash = home.models_folder() / TRASH
    if not trash.is_dir():
        return 0
    count = sum(1 for _ in trash.glob("*/*"))
    try:
        shutil.rmtree(trash)
    except OSError as problem:
        raise OutputError(f"the trash cannot be emptied: {problem.strerror or problem}", where=trash) from None
    return count


def check_bundle_name(name: str) -> str:
    """Return a name that a bundle of the user's may have, on every system.

    Raises:
        UsageError: it is none.
    """
    odd = set(name) & set('/\\:*?"<>|') or not name.isprintable() or name != name.strip()
    if not name or odd or name.startswith(".") or name.endswith(".") or len(os.fsencode(name)) > LONGEST:
        shown = name.encode("ascii", "backslashreplace").decode() if not name.isprintable() else name
        raise UsageError(
            "this is no name for a model",
            where=shown[:60],
            expected=f"a word of at most {LONGEST} letters, without / \\ : and the like",
            remedy="Name it with --name",
        )
    return name


def free_name(name: str) -> str:
    """Return a name that no bundle has yet, neither of the user's nor shipped: the name itself, or with a number."""
    from recognizers.bundle import shipped_bundles, user_bundles

    taken = {folder.name for folder in (*user_bundles(), *shipped_bundles())}
    numbers = range(2, len(taken) + 3)
    return next(each for each in (name, *(f"{name}-{number}" for number in numbers)) if each not in taken)


def _own_folder(name: str) -> Path:
    from recognizers.bundle import shipped_bundles, user_bundles

    for folder in user_bundles():
        if folder.name == name:
            return folder
    if name in {folder.name for folder in shipped_bundles()}:
        raise UsageError(
            "this model ships with Mudra and cannot be removed",
            where=name,
            remedy="To watch with another, use that one: mudra models use",
        )
    raise UsageError(
        "you have no model of this name", where=name[:100], remedy="`mudra models list` shows the models there are"
    )


def _is_name_of(name: str, folder: Path) -> bool:
    """Return whether a word is a bundle's name, not a path that happens to lead there."""
    from recognizers.bundle import shipped_bundles, user_bundles

    return any(folder == each and each.name == name for each in (*user_bundles(), *shipped_bundles()))


def _folder_of(name: str | None) -> Path | None:
    from recognizers.bundle import find_bundle

    if name is None:
        return None
    try:
        return find_bundle(name).resolve()
    except MudraError:
        return None


def _names(name: str | None, folder: Path) -> bool:
    return _folder_of(name) == folder.resolve()
