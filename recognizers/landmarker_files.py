"""The landmark model files, which MediaPipe does not ship: where they lie and whether they are whole.

A landmark model is known by the hashes of its members, not of the archive around them: archives from
different places hold the same networks. What is stored is always packed anew, the same bytes everywhere,
with every member on a multiple of 4 bytes so that MediaPipe can map it instead of copying it.
`landmarker_download` brings the members. See docs/landmarkers.md and
docs/decisions/0003-landmarker-files.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recognizers.errors import LandmarkerFileError
from recognizers.landmarker_catalog import FILES, LandmarkerFile, file_named

Progress = Callable[[str, int, int | None], None]
"""Called with a line for people, the bytes done, and the bytes in all (None: just the line)."""
State = Literal["ok", "missing", "damaged"]

__all__ = ["FILES", "FileReport", "LandmarkerFile", "Progress", "ensure", "fetch", "file_named", "verify"]

_ALIGNMENT = 4
_ALIGNMENT_FIELD = 0xD935
_LEFTOVER_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class FileReport:
    """How one landmark model file is doing.

    Attributes:
        name: the name that `ensure` takes.
        title: the words for people.
        path: where it lies, or would lie.
        state: ok, missing or damaged.
        optional: True where no mode that ships needs it.
        identity: the first 12 digits of a hash over its members' hashes.
        note: one clause on what happened, or empty.
    """

    name: str
    title: str
    path: Path
    state: State
    optional: bool
    identity: str
    note: str = ""


def ensure(name: str, progress: Progress | None = None) -> Path:
    """Return the path of a landmark model file, whole; fetch it where it is missing or damaged.

    The whole file is hashed each time (about 5-20 ms), so that a damaged one is never loaded.

    Raises:
        LandmarkerFileError: it is not there and cannot be fetched.
    """
    file = file_named(name)
    found = state(file)
    if found == "ok":
        return file.path
    if found == "damaged" and progress is not None:
        progress(f"{file.title}: {file.path} is damaged and is fetched again", 0, None)
    _download(file, progress)
    return file.path


def fetch(from_folder: Path | None = None, progress: Progress | None = None) -> list[FileReport]:
    """Get every landmark model file that is not there yet, and return how all of them are doing.

    Args:
        from_folder: take them from the files in this folder and use no network.
        progress: is told what happens.

    Raises:
        LandmarkerFileError: a file that the shipped modes need could not be had, or the folder holds none
            of use.
    """
    from recognizers import landmarker_download

    notes: dict[str, str] = {}
    if from_folder is not None:
        taken = landmarker_download.take_from_folder(Path(from_folder), progress)
        notes = {name: f"taken from {place}" for name, place in taken.items()}
    else:
        for name, file in FILES.items():
            try:
                ensure(name, progress)
            except LandmarkerFileError as error:
                if not file.optional:
                    raise
                notes[name] = error.problem
    return [_report(file, notes.get(name, "")) for name, file in FILES.items()]


def verify() -> list[FileReport]:
    """Hash every landmark model file and return how each is doing; nothing is fetched or changed."""
    return [_report(file) for file in FILES.values()]


def state(file: LandmarkerFile) -> State:
    """Return whether a stored file is there and whole.

    Raises:
        LandmarkerFileError: it is there and cannot be read.
    """
    try:
        if file.path.stat().st_size != file.size:
            return "damaged"
        data = file.path.read_bytes()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        raise LandmarkerFileError(
            f"cannot be read: {error.strerror}", where=file.path, remedy="Make it readable or remove it"
        ) from None
    return "ok" if hashlib.sha256(data).hexdigest() == file.sha256 else "damaged"


def store(file: LandmarkerFile, members: Mapping[str, bytes]) -> None:
    """Check the members, pack them and put the file in its place, whole or not at all.

    Args:
        file: what it is to become.
        members: bytes by member name, as in `file.members`.

    Raises:
        LandmarkerFileError: a member is not what it should be, or the folder cannot be written.
    """
    for name, member in file.members.items():
        digest = hashlib.sha256(members[name]).hexdigest()
        if digest != member.sha256:
            raise LandmarkerFileError(
                f"{name} is not the right one",
                where=file.title,
                expected=member.sha256[:12],
                found=digest[:12],
            )
    data = pack(members) if file.packed else members[file.file]
    try:
        _write(file.path, data)
    except OSError as error:
        if state(file) == "ok":  # Another process was quicker, and its file is open (Windows).
            return
        raise LandmarkerFileError(
            f"cannot be written: {error.strerror}",
            where=file.path,
            remedy="Make room or set MUDRA_LANDMARKERS to a folder that can be written",
        ) from None


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of the members: stored, each on a multiple of 4, the same bytes every time.

    The gap before a member is a well-formed extra field of the local header, as Android's zipalign writes it
    (id 0xD935: the alignment, then zeros); MediaPipe refuses bare padding.
    """
    body, directory = bytearray(), bytearray()
    for name, data in members.items():
        encoded, offset = name.encode("ascii"), len(body)
        gap = -(offset + 30 + len(encoded) + 6) % _ALIGNMENT
        extra = struct.pack("<HHH", _ALIGNMENT_FIELD, 2 + gap, _ALIGNMENT) + bytes(gap)
        # version 2.0, no flags, stored, 1980-01-01 00:00, CRC, sizes, length of the name
        common = struct.pack("<5H3IH", 20, 0, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(encoded))
        body += b"PK\x03\x04" + common + struct.pack("<H", len(extra)) + encoded + extra + data
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<4H2I", 0, 0, 0, 0, 0, offset)
        directory += encoded
    end = struct.pack("<4H2IH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


def _write(path: Path, data: bytes) -> None:
    """Write under a name of its own, make sure it is on the disk, and rename: never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _remove_leftovers(folder: Path) -> None:
    """Remove what interrupted processes left behind, once no other process can still be at it."""
    for part in folder.glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _LEFTOVER_SECONDS:
                part.unlink()


def _download(file: LandmarkerFile, progress: Progress | None) -> None:
    from recognizers import landmarker_download

    landmarker_download.download(file, progress)


def _report(file: LandmarkerFile, note: str = "") -> FileReport:
    return FileReport(file.name, file.title, file.path, state(file), file.optional, file.identity, note)
