"""The user's data by name: samples and datasets."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from recognizers import home
from recognizers.errors import UsageError


def expanded(name: str) -> Path:
    """Return a path with `~` replaced by a home; the home of nobody is a name like any other."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def clips_path(name: str) -> Path:
    """Return where a dataset, a folder of samples or a clip lies, given by name or by path.

    Raises:
        UsageError: there is none.
    """
    with contextlib.suppress(OSError, ValueError):  # names that no file can have are of none
        named = home.datasets_folder() / name
        if "/" not in name and name not in ("", ".", "..") and named.is_dir():
            return named
        path = expanded(name)
        if name and path.exists():
            return path
    raise UsageError(
        "there is no such dataset",
        where=name,
        expected=f"a path, or a name in {home.datasets_folder()}",
        remedy="`mudra import` makes datasets",
    )


def hides_shipped(folder: Path) -> bool:
    """Tell whether a bundle in this folder takes its name from one that ships: the user's own come first."""
    from recognizers.bundle import shipped_bundles

    return folder.parent == home.models_folder() and folder.name in {shipped.name for shipped in shipped_bundles()}


def clips_paths(names: Sequence[str], mode: str) -> tuple[Path, ...]:
    """Return where all of these lie; the mode's own samples where none is named.

    Raises:
        UsageError: one is not there.
    """
    if names:
        return tuple(clips_path(name) for name in names)
    samples = home.samples_folder() / mode
    if not samples.is_dir():
        raise UsageError(f"there are no samples for {mode} mode", where=samples, remedy="Name a dataset with --dataset")
    return (samples,)
