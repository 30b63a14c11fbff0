"""Arrays in files, read without trust: no pickles, no sizes taken on faith, one clear error."""

from __future__ import annotations

import contextlib
import errno
import io
import math
import os
import re
import secrets
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from recognizers.errors import FormatError, OutputError

AnyArray = npt.NDArray[Any]

MAX_BYTES = 512 * 1024**2
"""A file that claims to unpack to more is refused: nobody records that much in one clip."""

_MAX_HEADER = 10_000
_DTYPE = re.compile(rb"""['"]descr['"]\s*:\s*['"]([<>=|]?[?biufcSUVO][0-9]{0,9})['"]""")
_ORDER = re.compile(rb"""['"]fortran_order['"]\s*:\s*(True|False)""")
_SHAPE = re.compile(rb"""['"]shape['"]\s*:\s*\(([0-9L,\s]{0,200})\)""")

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    OverflowError,
    RuntimeError,  # an encrypted member
    NotImplementedError,  # an unknown compression
    MemoryError,
)


def read_arrays(path: Path, max_bytes: int = MAX_BYTES) -> dict[str, AnyArray]:
    """Read all arrays of an .npz file.

    Returns:
        Arrays by name; they may not be written to.

    Raises:
        FormatError: it is missing or damaged, claims more than `max_bytes`, or holds Python objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > max_bytes:
                raise FormatError(
                    "the file claims to unpack to too much",
                    where=path,
                    expected=f"at most {max_bytes} bytes",
                    found=size,
                )
            return {
                member.filename.removesuffix(".npy"): parse_array(
                    archive.read(member), f"{path}: {member.filename[:60]}"
                )
                for member in members
            }
    except _DAMAGE as error:
        raise FormatError("the file is damaged or no .npz file", where=path, found=_short(error)) from error
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=path) from error


def read_array(path: Path, max_bytes: int = MAX_BYTES) -> AnyArray:
    """Read the array of an .npy file; otherwise like `read_arrays`."""
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise FormatError("the file is too large", where=path, expected=f"at most {max_bytes} bytes", found=size)
        return parse_array(path.read_bytes(), path)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror or error}", where=path) from error


def parse_array(data: bytes, where: object) -> AnyArray:
    """Read an array from the bytes of an .npy file.

    The header is matched, not evaluated as numpy does: it is Python text, and what its parser does with
    damaged or hostile text (warnings, several kinds of errors, time) is of no use here.

    Raises:
        FormatError: the bytes are damaged, state a wrong size, or hold Python objects or records.
    """
    if not data.startswith(npy.MAGIC_PREFIX) or len(data) < 12 or data[6] not in (1, 2, 3):
        raise FormatError("the array is damaged or no .npy file", where=where)
    start = 10 if data[6] == 1 else 12
    length = int.from_bytes(data[8:start], "little")
    header = data[start : start + length] if length <= _MAX_HEADER else b""
    parts = [pattern.search(header) for pattern in (_DTYPE, _ORDER, _SHAPE)]
    if len(header) < length or not all(parts):
        raise FormatError("the array has a damaged or unusual header", where=where)
    code, order, sizes = (part[1].decode("ascii") for part in parts if part is not None)
    if "O" in code:
        raise FormatError("holds Python objects, which are never loaded", where=where)
    return _array(memoryview(data)[start + length :], code, order, sizes, where)


def _array(content: memoryview, code: str, order: str, sizes: str, where: object) -> AnyArray:
    try:
        dtype = np.dtype(code)
        shape = tuple(int(size.strip().removesuffix("L")) for size in sizes.split(",") if size.strip())
    except (TypeError, ValueError) as error:
        raise FormatError("the array has a damaged header", where=where, found=_short(error)) from error
    stated = math.prod(shape) * dtype.itemsize
    if stated != len(content):
        raise FormatError(
            "the array has another size than it states",
            where=where,
            expected=f"{stated:.12g} bytes",
            found=len(content),
        )
    try:
        flat = np.frombuffer(content, dtype) if stated else np.empty(0, dtype)
        return flat.reshape(shape, order="F" if order == "True" else "C")
    except ValueError as error:  # too many dimensions, or one of a size that no array has
        raise FormatError("the array has a damaged header", where=where, found=_short(error)) from error


def write_arrays(path: Path, arrays: Mapping[str, AnyArray], *, compress: bool) -> None:
    """Write an .npz file as a whole or not at all; the same arrays give the same bytes.

    Raises:
        OutputError: it cannot be written.
    """
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            member.external_attr = 0o644 << 16
            content = io.BytesIO()
            npy.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(member, content.getbuffer())


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its place when all is written and safe on the disk.

    Raises:
        OutputError: it cannot be written; what stood at `path` is then untouched.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "Make room on the disk" if full else None
        raise OutputError(f"cannot be written: {error.strerror or error}", where=path, remedy=remedy) from error


def _short(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:120] or type(error).__name__
