"""The files of samples: placed, moved and removed so that several processes at once lose and mix up nothing.

    samples/<mode>/<label>/<time>.npz           a clip of landmarks
    samples/<mode>/<label>/<time>.pixels.npz    its small pictures, where somebody chose to keep them
    samples/<mode>/.trash/<label>/...           what was deleted, until the trash is emptied
    samples/<mode>/.new/                        what is being written
    samples/<mode>/.index.json                  a cache for lists; it may be removed at any time
    samples/<mode>/.sitting.json                the newest sitting: its name, signer and time

A clip is written below `.new` and then renamed into its place, under a lock that all processes share.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from recognizers import home
from recognizers.clips import PICTURES_SUFFIX, Clip, label_folder, new_sample_path, save_clip
from recognizers.errors import OutputError

SUFFIX, PIXELS_SUFFIX = ".npz", PICTURES_SUFFIX
TRASH, NEW, INDEX, SITTING, LOCK = ".trash", ".new", ".index.json", ".sitting.json", ".lock"


def mode_folder(mode: str) -> Path:
    """Return the folder of a mode's samples; it need not exist."""
    return home.samples_folder() / mode


def pixels_of(path: Path) -> Path:
    """Return where the pictures of a clip lie, if there are any."""
    return path.with_name(path.name.removesuffix(SUFFIX) + PIXELS_SUFFIX)


def is_sample(name: str) -> bool:
    """Tell whether a file's name is that of a clip, not of its pictures."""
    return name.endswith(SUFFIX) and not name.endswith(PIXELS_SUFFIX) and not name.startswith(".")


def save_sample(
    folder: Path,
    clip: Clip,
    pixels: Clip | None = None,
    moment: datetime.datetime | None = None,
    name: str | None = None,
) -> Path:
    """Write a clip into a mode's folder, under its header's label, as a whole or not at all.

    Args:
        folder: the mode's.
        clip: landmarks.
        pixels: its pictures, or None.
        moment: when it was recorded, for its name; now where None.
        name: its file's name instead, such as that of a clip that it is a part of; a number is added where it is taken.

    Returns:
        Its path.

    Raises:
        OutputError: it cannot be written.
        FormatError: the clip is wrong.
    """
    new = folder / NEW / f"{secrets.token_hex(8)}{SUFFIX}"
    try:
        if pixels is not None:
            save_clip(pixels_of(new), pixels)
        save_clip(new, clip)
        with locked(folder):
            label = clip.header.label
            named = new_sample_path(folder, label, moment) if name is None else label_folder(folder, label) / name
            return _place(new, named)
    finally:
        for left in (new, pixels_of(new)):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def move_sample(path: Path, folder: Path, label: str, root: Path) -> Path:
    """Move a clip and its pictures under a label of another folder; a name that is taken gets a number.

    Args:
        path: the clip.
        folder: a mode's, or its trash.
        label: what it stands for there.
        root: the mode's folder, which both places are in: folders below it that become empty are removed.

    Returns:
        Its new path.

    Raises:
        OutputError: it is gone, or cannot be moved.
    """
    with locked(root):
        if not os.path.lexists(path):
            raise OutputError(
                "the clip is not there any more", where=path.name, remedy="Another window or command has moved it"
            )
        target = _free(label_folder(folder, label) / path.name)
        if path.parent == target.parent:
            return path
        moved = _place(path, target)
        remove_empty(path.parent, root)
        return moved


def remove_sample(path: Path, root: Path) -> int:
    """Remove a clip and its pictures for good; return how many bytes that frees.

    Raises:
        OutputError: it cannot be removed.
    """
    freed = 0
    with locked(root):
        for each in (pixels_of(path), path):
            try:
                size = each.stat().st_size
                each.unlink()
                freed += size
            except FileNotFoundError:
                continue
            except OSError as error:
                raise OutputError("cannot be removed", where=each, found=error.strerror or error) from None
        remove_empty(path.parent, root)
    return freed


def remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and those above it that are empty, below `root`. The caller holds the lock."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _free(path: Path) -> Path:
    """Return a path that nobody has taken, like this one. The caller holds the lock."""
    stem, number, free = path.name.removesuffix(SUFFIX), 1, path
    while os.path.lexists(free) or os.path.lexists(pixels_of(free)):
        number += 1
        free = path.with_name(f"{stem}-{number}{SUFFIX}")
    return free


def _place(path: Path, target: Path) -> Path:
    """Rename a clip and its pictures; the pictures first, since the clip is what is listed."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target = _free(target)
        if pixels_of(path).exists():
            pixels_of(path).rename(pixels_of(target))
        path.rename(target)
    except OSError as error:
        raise OutputError("cannot be put in its place", where=target, found=error.strerror or error) from None
    return target


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a mode's folder against other processes and threads; it is let go of also where a process is killed.

    Raises:
        OutputError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise OutputError("cannot be written", where=folder, found=error.strerror or error) from None
    try:
        with contextlib.suppress(OSError):  # a file system without locks: two processes at once are rare
            _lock(descriptor)
        yield
    finally:
        os.close(descriptor)  # which also unlocks it


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
