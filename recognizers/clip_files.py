"""Clips in files of their own. The format is described in docs/formats/clip.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from recognizers.array_files import MAX_BYTES, AnyArray, read_arrays, write_arrays
from recognizers.clip_values import CLIP_VERSION, Clip, check_arrays, check_times, header_fields, header_of
from recognizers.errors import FormatError
from recognizers.versions import upgrade

Content = tuple[dict[str, Any], dict[str, AnyArray]]
"""A clip's header and arrays as they stand in a file."""

CLIP_UPGRADES: Mapping[int, Callable[[Content], Content]] = {}
"""By version, what turns a clip of that version into one of the next."""

COMPRESS = True
"""Measured: a clip of one frame takes 1.6 instead of 2.6 kB, one of 30 frames 24 instead of 33. 10,000 of the
former are read in 4.4 instead of 3.6 s from files of their own, in 0.28 instead of 0.26 s from a dataset."""


def save_clip(path: Path | str, clip: Clip) -> None:
    """Write a clip as a whole or not at all.

    Raises:
        FormatError: the clip is wrong, or longer than a file may hold.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    check_clip(clip, path)
    write_arrays(path, {"header": json_array(header_fields(clip.header), path), **clip.arrays()}, compress=COMPRESS)


def check_clip(clip: Clip, where: object) -> None:
    """Check that a clip can be written and read again.

    Raises:
        FormatError: it cannot.
    """
    header_of(header_fields(clip.header), where)
    arrays = clip.arrays()
    check_arrays(clip.header.kind, arrays, where)
    check_times(clip.t_ns, where)
    size = sum(array.nbytes for array in arrays.values())
    if size > MAX_BYTES // 2:
        raise FormatError("the clip is too long", where=where, expected=f"at most {MAX_BYTES // 2} bytes", found=size)


def load_clip(path: Path | str) -> Clip:
    """Read a clip.

    Raises:
        TooNewError: it is of a newer version.
        FormatError: it is missing, damaged, or its content is wrong.
    """
    path = Path(path)
    arrays = read_arrays(path)
    if "header" not in arrays:
        raise FormatError("is not a clip: it has no header", where=path)
    values = json_values(arrays.pop("header"), path)
    if not isinstance(values, dict):
        raise FormatError("the header is not a JSON object", where=path)
    version = values.get("version")
    values, arrays = upgrade((values, arrays), version, CLIP_VERSION, CLIP_UPGRADES, what="clip", where=path)
    clip = Clip.of_arrays(header_of(values, path), arrays, path)
    check_times(clip.t_ns, path)
    return clip


def json_array(values: object, where: object) -> npt.NDArray[np.uint8]:
    """Return JSON as an array of bytes.

    Raises:
        FormatError: something in it is no JSON, such as NaN or an array.
    """
    try:
        text = json.dumps(values, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError("the header cannot be written as JSON", where=where, found=error) from error
    return np.frombuffer(text.encode("ascii"), np.uint8)


def json_values(array: AnyArray, where: object) -> object:
    """Return what an array of bytes says as JSON.

    Raises:
        FormatError: it is not JSON.
    """
    if array.dtype != np.uint8 or array.ndim != 1:
        raise FormatError("the header is not made of bytes", where=where, found=f"{array.dtype} {array.shape}")
    return parse_json(array.tobytes(), where)


def parse_json(data: bytes, where: object) -> object:
    """Return what bytes say as strict JSON (no NaN).

    Raises:
        FormatError: it is not JSON.
    """
    try:
        return json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError("the header is not JSON", where=where, found=str(error)[:120]) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
