"""Kaggle's "Isolated Sign Language Recognition" as one HDF5 file a signer, as tutorials pack it.

Each group of a file is a recording: `feature` (3, T, 543), NaN where missing, and `token`, the sign's number or its
name. The names of the numbers stand in a .json file beside, an object of sign: number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from recognizers.clips import Clip, ClipHeader
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.fields import Fields
from recognizers.importers import ASSUMED_FPS, ImportOptions, natural_key
from recognizers.importers.holistic import GISLR_POINTS, gislr_arrays, gislr_parts
from recognizers.media import check_file, unreadable
from recognizers.types import WRIST, FloatArray

SOURCE_NOTE = (
    "MediaPipe Holistic points of Kaggle's 'Isolated Sign Language Recognition' (CC BY 4.0), packed by signer. The "
    "order of the points, face 468, left hand 21, body 33, right hand 21, is checked by whether hands hang on their "
    "wrists and the nose is on the face. Nobody says whether the phones' pictures were mirrored: taken as not "
    "mirrored, the left hand in slot 0. The frame's size is unknown, so angles suffer from its aspect; 30 frames a "
    "second are assumed, also where frames were left out. The six face points come from the body, else from the "
    "face's mesh. There are no world coordinates and no visibility."
)

SUFFIXES = (".hdf5", ".h5")
NAMES = "sign_to_prediction_index_map.json"
MAX_FRAMES = 20_000
APART = 0.15
"""Where points that belong together lie further apart than this share of the picture, in the middle of all frames,
the order of the points is another."""

_SWAPPED = "_swap"
_TRIED = 12
_MESH_NOSE, _NOSE, _LEFT_WRIST, _RIGHT_WRIST = 1, 0, 15, 16


def read(path: Path, options: ImportOptions) -> Iterator[Clip]:
    """Yield a clip for each group, sorted by file and group.

    Args:
        path: a file, or a folder of them.
        options: see `ImportOptions`; a clip's signer is the file's name where `signer` is not given.

    Raises:
        SourceError: it is missing, or there is no such file.
        FormatError: a file or group is wrong and `options.report` is None.
    """
    files = _files(path)
    names = _names_beside(files[0])
    for number, file in enumerate(files, 1):
        try:
            yield from _read_file(file, names, options)
        except (FormatError, SourceError) as problem:
            options.broken(problem)
        options.done(number, len(files))


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            check_file(path)
            return [path]
        entries = [entry for entry in path.iterdir() if entry.suffix.lower() in SUFFIXES and entry.name[0] != "."]
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not entries:
        raise SourceError("there is no file of recordings", where=path, expected="one .hdf5 a signer")
    return sorted(entries, key=lambda entry: natural_key(entry.name))


def _names_beside(file: Path) -> dict[int, str]:
    """Return the names of signs by number, from the .json beside a file; empty where there is none.

    Raises:
        FormatError: it is wrong, or there are several of which none has the usual name.
    """
    tables = sorted(file.parent.glob("*.json"))
    usual = file.with_name(NAMES)
    if usual in tables:
        tables = [usual]
    if not tables:
        return {}
    if len(tables) > 1:
        found = ", ".join(table.name for table in tables[:4])
        raise FormatError("several files may name the signs", where=file.parent, expected=NAMES, found=found)
    fields = Fields.of_file(tables[0])
    names = {fields.integer(sign): sign for sign in fields.values}
    if len(names) < len(fields.values):
        raise FormatError("two signs have one number", where=tables[0])
    return names


def _read_file(file: Path, names: Mapping[int, str], options: ImportOptions) -> Iterator[Clip]:
    """Yield the clips of one file; what is wrong with a group is reported, what is wrong with the file raises."""
    import h5py

    check_file(file)
    with _reading(file):
        content = h5py.File(file, "r", locking=False)
    with closing(content):
        with _reading(file):
            groups = sorted(content, key=natural_key)
        if not groups:
            raise FormatError("the file holds no recording", where=file)
        _check_order(file, content, groups)
        for group in groups:
            try:
                clip = _clip(content, group, names, file, options)
            except FormatError as problem:
                options.broken(problem)
                continue
            if clip is not None:
                yield clip


@contextmanager
def _reading(where: object) -> Iterator[None]:
    """Turn whatever the HDF5 library says of a damaged file into one error."""
    try:
        yield
    except MudraError:
        raise
    except (
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        MemoryError,
    ) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise FormatError("cannot be read as HDF5", where=where, found=reason) from None


def _member(content: Any, group: str, name: str, where: object) -> Any:
    """Return a dataset of a group; nothing that leads elsewhere is followed."""
    import h5py

    for place in (group, f"{group}/{name}"):
        link = content.get(place, getlink=True)
        if link is not None and not isinstance(link, h5py.HardLink):
            raise FormatError("leads to another place", where=where, expected="the recording itself")
        if place == group and not isinstance(content.get(group), h5py.Group):
            raise FormatError("is not a recording", where=where, expected="a group with 'feature' and 'token'")
    member = content.get(f"{group}/{name}")
    if not isinstance(member, h5py.Dataset):
        raise FormatError(f"'{name}' is missing", where=where, expected="'feature' and 'token'")
    if member.external or member.is_virtual:
        raise FormatError(f"'{name}' leads to another file", where=where, expected="the recording itself")
    return member


def _label(content: Any, group: str, names: Mapping[int, str], where: object) -> str:
    token = _member(content, group, "token", where)
    if token.shape is None or math.prod(token.shape) != 1:
        raise FormatError("wrong 'token'", where=where, expected="one number or name", found=token.shape)
    value = np.asarray(token[()]).ravel()[0]
    value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if isinstance(value, str):
        if not value.strip():
            raise FormatError("wrong 'token'", where=where, expected="one number or name", found="empty text")
        return str(value).strip()
    if not isinstance(value, np.integer) or int(value) < 0:
        raise FormatError("wrong 'token'", where=where, expected="one number or name", found=f"{value!r}"[:40])
    if names and int(value) not in names:
        raise FormatError("the sign has no name", where=where, expected=f"a number of the {len(names)}", found=value)
    return names.get(int(value), str(value))


def _points(content: Any, group: str, where: object) -> FloatArray:
    """Return a recording's points, float32 (T, 543, 3)."""
    feature = _member(content, group, "feature", where)
    shape: tuple[int, ...] = feature.shape or ()
    last = len(shape) == 3 and shape[1:] == (GISLR_POINTS, 3)
    first = len(shape) == 3 and shape[::2] == (3, GISLR_POINTS)
    frames = shape[0] if last else shape[1] if first else 0
    if feature.dtype.kind != "f" or not 0 < frames <= MAX_FRAMES:
        expected = f"floats (3, T, {GISLR_POINTS}), T from 1 to {MAX_FRAMES:,}"
        raise FormatError("wrong 'feature'", where=where, expected=expected, found=f"{feature.dtype} {shape}")
    with np.errstate(over="ignore"):
        values = feature[()].astype(np.float32)
    if np.isinf(values).any():
        raise FormatError("'feature' holds an infinite value", where=where)
    points: FloatArray = values if last else np.moveaxis(values, 0, 2)
    return points


def _check_order(file: Path, content: Any, groups: Sequence[str]) -> None:
    """Check on some recordings that hands hang on their wrists and the nose is on the face.

    Raises:
        FormatError: they do not, so the points stand in another order.
    """
    tried = []
    for group in groups[:: max(1, len(groups) // _TRIED)]:
        try:
            with _reading(file):
                tried.append(_points(content, group, file))
        except FormatError:
            continue  # reported when its turn comes
    apart = _farthest(np.concatenate(tried)) if tried else 0.0
    if apart > APART:
        raise FormatError(
            "the points stand in another order",
            where=file,
            expected="face, left hand, body, right hand",
            found=f"a nose or wrist {apart:.2f} of the picture away from its place on the body",
        )


def _farthest(points: FloatArray) -> float:
    """Return how far nose, left and right wrist mostly are from the body's: the farthest of the three."""
    parts = gislr_parts(points)
    pairs = ((parts["face"][:, _MESH_NOSE], _NOSE), (parts["left_hand"][:, WRIST], _LEFT_WRIST))
    apart = []
    for places, on_body in (*pairs, (parts["right_hand"][:, WRIST], _RIGHT_WRIST)):
        with np.errstate(over="ignore"):
            gaps = np.linalg.norm((places - parts["pose"][:, on_body])[:, :2], axis=1)
        gaps = gaps[np.isfinite(gaps)]
        apart.append(float(np.median(gaps)) if len(gaps) else 0.0)
    return max(apart)


def _clip(content: Any, group: str, names: Mapping[int, str], file: Path, options: ImportOptions) -> Clip | None:
    """Return a group's clip, or None where its label is not wanted.

    Raises:
        FormatError: something is wrong with it.
    """
    name = group.encode("utf-8", "replace").decode()
    where = f"{file}, {name[:60]}"
    with _reading(where):
        label = _label(content, group, names, where)
        if not options.wants(label):
            return None
        points = _points(content, group, where)
    numbered = name.isascii() and name.isdigit() and len(name) < 16
    extra: dict[str, Any] = {"sequence": int(name) if numbered else name, "fps_assumed": True}
    if file.stem.endswith(_SWAPPED):
        extra["swapped"] = True
    header = ClipHeader(
        label=label,
        mode=options.mode,
        signer=options.signer or file.stem.removesuffix(_SWAPPED),
        session=options.session,
        fps=ASSUMED_FPS,
        source=f"gislr-hdf5: {file.name}, {name}",
        extra=extra,
    )
    t_ns = np.rint(np.arange(len(points)) * 1e9 / ASSUMED_FPS).astype(np.int64)
    return Clip.of_arrays(header, gislr_arrays(points, t_ns), where)
