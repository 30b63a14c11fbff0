"""The header of a clip without its landmarks, for lists of many clips.

A clip's header is the first member of its file, so that mostly one short read is enough: some 30 microseconds, a tenth
of what the whole clip takes.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recognizers.array_files import parse_array
from recognizers.clip_files import CLIP_UPGRADES, Content, json_values, load_clip, parse_json
from recognizers.clip_values import CLIP_VERSION, ClipHeader, header_of
from recognizers.errors import FormatError
from recognizers.versions import upgrade

_BLOCK = 8192
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_END = b"PK\x05\x06"
_MOST = 16 * 1024**2
"""A header claims less than this many bytes, or the clip is not ours."""
_HEADER, _TIMES = "header.npy", "t_ns.npy"


@dataclass(frozen=True, slots=True)
class ClipHead:
    """What a list needs of a clip.

    Attributes:
        header: the whole header.
        frames: how many frames there are.
        seconds: from the first to the last.
    """

    header: ClipHeader
    frames: int
    seconds: float


def read_head(path: Path) -> ClipHead:
    """Read a clip's header and length. That its landmarks are whole is not looked at; `load_clip` does.

    Raises:
        TooNewError: it is of a newer version.
        FormatError: it is missing, no clip, cut off, or its header is wrong.
    """
    try:
        with path.open("rb", buffering=0) as file:
            block = file.read(_BLOCK)
            members = _first_members(block) if _ends_well(file, block) else {}
        if _HEADER not in members or _TIMES not in members:
            members = _members(path)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=path) from error
    return _head(members, path)


def _ends_well(file: BinaryIO | Any, block: bytes) -> bool:
    """Tell whether an archive has its end: what was cut off has none."""
    if len(block) < _BLOCK:
        return block[-22:-18] == _END
    file.seek(-22, os.SEEK_END)
    return bool(file.read(4) == _END)


def _first_members(block: bytes) -> dict[str, bytes]:
    """Return the members that a block holds as a whole, from its beginning; none where it is not as we write it."""
    members: dict[str, bytes] = {}
    start = 0
    while len(members) < 2 and start + _LOCAL.size <= len(block):
        mark, _, flags, method, _, _, _, packed, size, name_size, extra = _LOCAL.unpack_from(block, start)
        begin = start + _LOCAL.size + name_size + extra
        if mark != b"PK\x03\x04" or flags & 0x09 or method not in (0, 8) or begin + packed > len(block):
            break
        data = block[begin : begin + packed]
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _MOST) if method == 8 else data
            name = block[start + _LOCAL.size : start + _LOCAL.size + name_size].decode()
        except (zlib.error, UnicodeDecodeError):
            break
        if len(data) != size:
            break
        members[name] = data
        start = begin + packed
    return members


def _members(path: Path) -> dict[str, bytes]:
    """Return the two members that are needed, by the archive's own list."""
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [info for info in archive.infolist() if info.filename in (_HEADER, _TIMES)]
            if any(info.file_size > _MOST for info in wanted):
                raise FormatError("the header claims too much", where=path)
            return {info.filename: archive.read(info) for info in wanted}
    except OSError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds for a damaged archive
        if isinstance(error, FormatError):
            raise
        raise FormatError("the file is damaged or no .npz file", where=path, found=str(error)[:120]) from error


def _as_written(data: bytes, kind: bytes) -> bytes | None:
    """Return the content of an array in one dimension whose header is as numpy writes it, or None for any other.

    A tenth of the time that it takes to read the header as what it is: Python text that may be anything.
    """
    start = 10 + int.from_bytes(data[8:10], "little")
    content = data[start:]
    size = int(kind[3:-1])
    shape = b"(%d,)" % (len(content) // size)
    header = b"{'descr': %b, 'fortran_order': False, 'shape': %b, }" % (kind, shape)
    fits = data[:8] == b"\x93NUMPY\x01\x00" and data[10:start].rstrip() == header and len(content) % size == 0
    return content if fits else None


def _head(members: dict[str, bytes], path: Path) -> ClipHead:
    if _HEADER not in members:
        raise FormatError("is not a clip: it has no header", where=path)
    text = _as_written(members[_HEADER], b"'|u1'")
    if text is None:
        values = json_values(parse_array(members[_HEADER], f"{path}: {_HEADER}"), path)
    else:
        values = parse_json(text, path)
    if not isinstance(values, dict):
        raise FormatError("the header is not a JSON object", where=path)
    version = values.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and 0 <= version < CLIP_VERSION:
        clip = load_clip(path)  # an older clip is upgraded as a whole
        return ClipHead(clip.header, len(clip), float(clip.t_ns[-1] - clip.t_ns[0]) / 1e9)
    content: Content = (values, {})
    values, _ = upgrade(content, version, CLIP_VERSION, CLIP_UPGRADES, what="clip", where=path)
    header = header_of(values, path)
    moments = _as_written(members.get(_TIMES, b""), b"'<i8'")
    if moments:
        first, last = (int.from_bytes(each, "little", signed=True) for each in (moments[:8], moments[-8:]))
        return ClipHead(header, len(moments) // 8, (last - first) / 1e9)
    times = parse_array(members.get(_TIMES, b""), f"{path}: {_TIMES}")
    if times.dtype != np.int64 or times.ndim != 1 or not len(times):
        raise FormatError("wrong 't_ns'", where=path, expected="int64 (T,), T >= 1", found=f"{times.dtype}")
    return ClipHead(header, len(times), int(times[-1] - times[0]) / 1e9)
