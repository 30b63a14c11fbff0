"""The user's data by name: samples and datasets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recognizers import home
from recognizers.errors import UsageError


def clips_path(name: str) -> Path:
    """Return where a dataset, a folder of samples or a clip lies, given by name or by path.

    Raises:
        UsageError: there is none.
    """
    path = Path(name).expanduser()
    named = home.datasets_folder() / name
    if "/" not in name and named.is_dir():
        return named
    if path.exists():
        return path
    raise UsageError(
        "there is no such dataset",
        where=name,
        expected=f"a path, or a name in {home.datasets_folder()}",
        remedy="`mudra import` makes datasets",
    )


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
