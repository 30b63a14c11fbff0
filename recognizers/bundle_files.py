"""The files of a bundle, from its folder or from a zip of it, read without trust.

A bundle that is given to a friend travels as a zip, and is read from that as it is: nothing is unpacked, so nothing can
land in a wrong place, and no copy can grow old. What a bundle has no use for is refused before anything of it is read.
"""

from __future__ import annotations

import contextlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from recognizers.errors import BundleError

MAX_FILES = 32
MAX_BYTES = 256 * 1024**2
"""More files than this, or more bytes, unpacked, are no bundle."""
SUFFIXES = (".json", ".tflite", ".h5", ".md", ".txt", ".npz", ".html")
"""What a file of a bundle may end in: data and text. Nothing in a bundle executes."""
CLUTTER = ("__macosx", "thumbs.db", "desktop.ini")
"""What systems leave in folders and zips, in small letters; hidden files likewise. Left out."""

WHAT = "a folder with a bundle.json, or a zip of one"
SEE_LIST = "`mudra models list` shows the bundles there are"
_REMEDY = "Ask for the bundle anew, made with `mudra models export`"
_END_OF_ZIP, _ZIP64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _ZIP64_BYTES = 22, 20
_MOST_DIRECTORY = 1024**2
"""Bytes of a zip's table of contents: it is refused before it is read, since reading it takes memory."""
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    RuntimeError,
)


class BundleFiles(Protocol):
    """The files of one bundle, by their plain names."""

    def has(self, name: str) -> bool:
        """Return whether there is such a file."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted, clutter left out.

        Raises:
            BundleError: something is no file of a bundle, such as a link, a folder, or a program.
        """

    def read(self, name: str) -> bytes:
        """Return what a file holds.

        Raises:
            BundleError: it cannot be read.
        """


@contextlib.contextmanager
def open_bundle_files(path: Path) -> Iterator[BundleFiles]:
    """Open a bundle's folder or its zip.

    Raises:
        BundleError: it is a zip that is damaged, or cannot be one of a bundle.
    """
    if not path.is_file():
        yield _Folder(path)
        return
    try:
        _check_directory(path)
        archive = zipfile.ZipFile(path)
    except _DAMAGE as problem:
        raise _damaged(path, problem) from None
    except OSError as problem:
        raise BundleError(f"cannot be read: {problem.strerror or problem}", where=path) from None
    with archive:
        yield _Zip(path, archive)


def is_plain_name(name: str) -> bool:
    """Return whether a name means a file of this folder on every system."""
    return name not in ("", ".", "..") and not set(name) & set("/\\:\0")


def is_clutter(name: str) -> bool:
    """Return whether a file or folder is none of the bundle's, but its system's."""
    return name.startswith(".") or name.lower() in CLUTTER


def check_name(name: str, where: object) -> None:
    """Check that a file could be one of a bundle.

    Raises:
        BundleError: it is no data, such as a program.
    """
    if not name.lower().endswith(SUFFIXES):
        raise BundleError(
            f"'{_short(name)}' is no part of a bundle",
            where=where,
            expected=f"only {', '.join(SUFFIXES)}",
            remedy=_REMEDY,
        )


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str) -> bool:
        return (self._folder / name).is_file()

    def names(self) -> tuple[str, ...]:
        names = []
        size = 0
        for entry in sorted(self._folder.iterdir()):
            if is_clutter(entry.name):
                continue
            if entry.is_symlink() or not entry.is_file():
                kind = "a link" if entry.is_symlink() else "a folder" if entry.is_dir() else "no file"
                raise BundleError("something is no file of a bundle", where=entry, found=kind, remedy=_REMEDY)
            check_name(entry.name, self._folder)
            names.append(entry.name)
            size += entry.stat().st_size
        _check_limits(len(names), size, self._folder)
        return tuple(names)

    def read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise BundleError(f"cannot be read: {reason}", where=self._folder / name, remedy=_REMEDY) from None


class _Zip:
    """All is checked by the table of contents, before the first byte is unpacked."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        self._members = self._checked(archive.infolist())

    def has(self, name: str) -> bool:
        return name in self._members

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._members))

    def read(self, name: str) -> bytes:
        if name not in self._members:
            raise BundleError("the file is missing", where=f"{self._path}: {_short(name)}", remedy=_REMEDY)
        try:
            return self._archive.read(self._members[name])
        except (*_DAMAGE, OSError) as problem:  # also a place before the beginning of the file
            raise _damaged(self._path, problem) from None

    def _checked(self, members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        files = [each for each in members if not each.orig_filename.endswith("/")]
        _check_limits(len(files), sum(each.file_size for each in files), self._path)
        found: dict[str, zipfile.ZipInfo] = {}
        roots = set()
        for member in files:
            place = self._place_of(member)
            if any(map(is_clutter, place.parts)):
                continue
            roots.add(place.parent)
            if place.name in found or len(roots) > 1 or len(place.parts) > 2:
                raise self._refused(member, "all files in one folder, each once")
            check_name(place.name, self._path)
            found[place.name] = member
        return found

    def _place_of(self, member: zipfile.ZipInfo) -> PurePosixPath:
        """Return where a member would stand, once it is sure that it would stand inside, and is a plain file."""
        name = member.orig_filename
        parts = name.split("/")
        if not name.isprintable() or not all(map(is_plain_name, parts)):
            raise self._refused(member, "plain names inside the zip")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise self._refused(member, "files, no links")
        if member.flag_bits & 1:
            raise self._refused(member, "files without a password")
        # Others ask for memory before they give a byte.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._refused(member, "stored or deflated files")
        return PurePosixPath(name)

    def _refused(self, member: zipfile.ZipInfo, expected: str) -> BundleError:
        found = _short(member.orig_filename)
        return BundleError("the zip is no bundle's", where=self._path, expected=expected, found=found, remedy=_REMEDY)


def _check_limits(count: int, size: int, where: Path) -> None:
    if count > MAX_FILES:
        raise BundleError("too many files", where=where, expected=f"at most {MAX_FILES}", found=count, remedy=_REMEDY)
    if size > MAX_BYTES:
        expected = f"at most {MAX_BYTES // 1024**2} MB unpacked"
        found = f"{size / 1024**2:,.0f} MB"
        raise BundleError("too large for a bundle", where=where, expected=expected, found=found, remedy=_REMEDY)


def _check_directory(path: Path) -> None:
    """Look at the end of a zip, which says how long its table of contents is.

    A zip of more than 4 GB or 65,535 files has that in another place (zip64), which no bundle needs.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        _check_limits(0, size, path)
    with path.open("rb") as file:
        file.seek(max(0, size - _END_BYTES - 0xFFFF - _ZIP64_BYTES))
        tail = file.read()
    # As zipfile looks for it: at the very end, or before a comment.
    start = len(tail) - _END_BYTES
    if not (tail.startswith(_END_OF_ZIP, max(start, 0)) and tail.endswith(b"\0\0")):
        start = tail.rfind(_END_OF_ZIP)
    if start < 0 or len(tail) < start + _END_BYTES:
        raise BundleError("not a bundle", where=path, expected=WHAT, remedy=SEE_LIST)
    zip64 = tail.startswith(_ZIP64, start - _ZIP64_BYTES) if start >= _ZIP64_BYTES else False
    if zip64 or int.from_bytes(tail[start + 12 : start + 16], "little") > _MOST_DIRECTORY:
        raise BundleError("too many files", where=path, expected=f"at most {MAX_FILES}", remedy=_REMEDY)


def _damaged(path: Path, problem: Exception) -> BundleError:
    found = _short((str(problem).splitlines() or [""])[0]) or type(problem).__name__
    return BundleError("the zip is damaged", where=path, found=found, remedy=_REMEDY)


def _short(name: str) -> str:
    text = name.encode("ascii", "backslashreplace").decode() if not name.isprintable() else name
    return text if len(text) <= 60 else text[:57] + "..."
