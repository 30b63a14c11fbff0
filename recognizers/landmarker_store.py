"""Landmark model files on the disk: are they whole, and how one is put in its place.

What is stored is always packed anew, the same bytes everywhere, with every member on a multiple of 4 bytes so that
MediaPipe can map it instead of copying it. See docs/decisions/0003-landmarker-files.md.
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
from pathlib import Path
from typing import Literal

from recognizers.errors import LandmarkerFileError
from recognizers.landmarker_catalog import LandmarkerFile

Progress = Callable[[str, int, int | None], None]
"""Called with a line for people, the bytes done, and the bytes in all (None: just the line)."""
State = Literal["ok", "missing", "damaged"]

_ALIGNMENT = 4
_ALIGNMENT_FIELD = 0xD935
_LEFTOVER_SECONDS = 24 * 3600.0


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
