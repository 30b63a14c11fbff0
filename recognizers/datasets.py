"""Datasets: many clips in a few files. The format is described in docs/formats/dataset.md."""

from __future__ import annotations

import dataclasses
import itertools
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recognizers.array_files import MAX_BYTES, AnyArray, read_arrays, replacing, write_arrays
from recognizers.clip_files import (
    CLIP_UPGRADES,
    COMPRESS,
    Content,
    check_clip,
    json_array,
    parse_json,
)
from recognizers.clip_values import (
    CLIP_VERSION,
    Clip,
    check_times,
    header_fields,
    header_of,
)
from recognizers.errors import FormatError, OutputError
from recognizers.fields import Fields
from recognizers.versions import upgrade

DATASET_VERSION = 1
DATASET_FILE = "dataset.json"
SHARD_CLIPS = 4096
SHARD_BYTES = 32 * 1024**2
"""A shard is closed at this many clips or bytes of arrays: little enough to hold in memory."""

DATASET_UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""By version, what turns a dataset.json of that version into one of the next."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of a dataset: its name and how many clips it holds."""

    name: str
    clips: int


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What dataset.json says.

    Attributes:
        mode: the mode that the clips are for.
        source: where the data comes from, in words.
        licence: the terms of the data, or empty where nobody said.
        notes: what is odd about it: mirroring, aspect, assumed rates.
        labels: all labels, sorted; filled in by writing, as are the following.
        counts: clips by label.
        clips: how many clips there are.
        frames: how many frames they have together.
        shards: the files.
        version: of the format.
    """

    mode: str
    source: str = ""
    licence: str = ""
    notes: str = ""
    labels: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    clips: int = 0
    frames: int = 0
    shards: tuple[Shard, ...] = ()
    version: int = DATASET_VERSION


def is_dataset(folder: Path) -> bool:
    """Tell whether a folder holds a complete dataset."""
    return (folder / DATASET_FILE).is_file()


def dataset_info(folder: Path | str) -> DatasetInfo:
    """Read a dataset's description.

    Raises:
        TooNewError: it is of a newer version.
        FormatError: it is missing or wrong.
    """
    folder = Path(folder)
    path = folder / DATASET_FILE
    if folder.is_dir() and not path.is_file():
        raise FormatError("is not a complete dataset", where=folder, expected=DATASET_FILE, remedy="Import it again")
    fields = Fields.of_file(path)
    raw = dict(fields.values)
    raw = upgrade(raw, raw.get("version"), DATASET_VERSION, DATASET_UPGRADES, what="dataset", where=path)
    fields = Fields(raw, path)
    shards = raw.get("shards")
    if not isinstance(shards, list):
        raise fields.wrong("shards", "a list", shards)
    counts = fields.fields("counts")
    info = DatasetInfo(
        mode=fields.text("mode"),
        source=fields.text("source"),
        licence=fields.text("licence"),
        notes=fields.text("notes"),
        labels=fields.texts("labels"),
        counts={label: counts.integer(label) for label in counts.values},
        clips=fields.integer("clips"),
        frames=fields.integer("frames"),
        shards=tuple(_shard(shard, path) for shard in shards),
    )
    if sum(shard.clips for shard in info.shards) != info.clips or sum(info.counts.values()) != info.clips:
        raise FormatError("the numbers of clips do not add up", where=path)
    return info


def _shard(values: object, where: object) -> Shard:
    fields = Fields(values, where, path="shards.")
    name = fields.text("name")
    if not name.endswith(".npz") or Path(name).name != name or "\\" in name or "\0" in name:
        raise fields.wrong("name", "the name of an .npz file in the dataset's folder", name)
    return Shard(name, fields.integer("clips", 1))


def write_dataset(
    folder: Path | str, info: DatasetInfo, clips: Iterable[Clip], *, replace: bool = False
) -> DatasetInfo:
    """Write clips as a dataset, shard by shard; memory holds one shard at a time.

    All is written to a folder beside it that takes its name at the end, so that an interrupted writing leaves
    no dataset, and an old one stands until the new one is complete.

    Args:
        folder: where it shall stand.
        info: mode, source, licence and notes; the rest is filled in.
        clips: read once, in order.
        replace: whether a dataset that stands there may be replaced.

    Returns:
        The description as written.

    Raises:
        FormatError: a clip is wrong, or there are none.
        OutputError: something else stands there, or it cannot be written.
    """
    folder = Path(folder)
    check_target(folder, replace=replace)
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        written = _write_shards(partial, info, clips)
        _take_place(partial, folder)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", where=folder) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return written


def check_target(folder: Path, *, replace: bool) -> None:
    """Check that a dataset may be written to a folder.

    Raises:
        OutputError: something stands there that may not be replaced.
    """
    if is_dataset(folder) and not replace:
        raise OutputError("there is a dataset already", where=folder, remedy="Replace it with --replace")
    if folder.exists() and not folder.is_dir():
        raise OutputError("is a file, not a folder", where=folder)
    if folder.is_dir() and not is_dataset(folder) and any(folder.iterdir()):
        raise OutputError("the folder holds something else", where=folder, remedy="Choose another place")


def _take_place(partial: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _write_shards(folder: Path, info: DatasetInfo, clips: Iterable[Clip]) -> DatasetInfo:
    counts: Counter[str] = Counter()
    frames = 0
    shards: list[Shard] = []
    for batch in _batches(clips, folder):
        shard = Shard(f"shard-{len(shards):05d}.npz", len(batch))
        write_arrays(folder / shard.name, _joined(batch, folder / shard.name), compress=COMPRESS)
        shards.append(shard)
        counts.update(clip.header.label for clip in batch)
        frames += sum(len(clip) for clip in batch)
    if not shards:
        raise FormatError("there is not one clip to write", where=folder.parent)
    info = dataclasses.replace(
        info,
        labels=tuple(sorted(counts)),
        counts={label: counts[label] for label in sorted(counts)},
        clips=counts.total(),
        frames=frames,
        shards=tuple(shards),
        version=DATASET_VERSION,
    )
    with replacing(folder / DATASET_FILE) as file:
        file.write((json.dumps(dataclasses.asdict(info), indent=2) + "\n").encode())
    return info


def _batches(clips: Iterable[Clip], where: Path) -> Iterator[list[Clip]]:
    """Group clips for shards: in order, alike in what they hold, and not too many."""
    batch: list[Clip] = []
    size = 0
    for clip in clips:
        check_clip(clip, f"{where} ({clip.header.label}, {clip.header.source})")
        arrays = clip.arrays()
        clip_size = sum(array.nbytes for array in arrays.values())
        full = len(batch) >= SHARD_CLIPS or size + clip_size > SHARD_BYTES
        if batch and (full or _shape(batch[0]) != _shape(clip)):
            yield batch
            batch, size = [], 0
        batch.append(clip)
        size += clip_size
    if batch:
        yield batch


def _shape(clip: Clip) -> dict[str, tuple[int, ...]]:
    return {name: array.shape[1:] for name, array in clip.arrays().items()}


def _joined(batch: list[Clip], where: Path) -> dict[str, AnyArray]:
    lines = b"\n".join(json_array(header_fields(clip.header), where).tobytes() for clip in batch)
    offsets = np.cumsum([0, *(len(clip) for clip in batch)]).astype(np.int64)
    parts = [clip.arrays() for clip in batch]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"headers": np.frombuffer(lines, np.uint8), "offsets": offsets, **joined}


def iter_dataset(folder: Path) -> Iterator[Clip]:
    """Yield the clips of a dataset in order; one shard is in memory at a time.

    Raises:
        FormatError: the dataset is incomplete or damaged.
    """
    for shard in dataset_info(folder).shards:
        yield from _read_shard(folder / shard.name, shard.clips)


def _read_shard(path: Path, count: int) -> Iterator[Clip]:
    arrays = read_arrays(path, MAX_BYTES)
    lines = arrays.pop("headers", np.empty(0, np.uint8)).tobytes().split(b"\n")
    offsets = arrays.pop("offsets", np.empty(0, np.int64))
    _check_offsets(offsets, len(arrays.get("t_ns", ())), path)
    if len(lines) != count or len(offsets) != count + 1:
        raise FormatError("wrong number of clips in the shard", where=path, expected=count, found=len(lines))
    for line, (start, stop) in zip(lines, itertools.pairwise(offsets.tolist()), strict=True):
        values = parse_json(line, path)
        if not isinstance(values, dict):
            raise FormatError("a header is not a JSON object", where=path)
        content: Content = (values, {name: array[start:stop] for name, array in arrays.items()})
        values, parts = upgrade(content, values.get("version"), CLIP_VERSION, CLIP_UPGRADES, what="clip", where=path)
        clip = Clip.of_arrays(header_of(values, path), parts, path)
        check_times(clip.t_ns, path)
        yield clip


def _check_offsets(offsets: AnyArray, frames: int, where: Path) -> None:
    right = offsets.dtype == np.int64 and offsets.ndim == 1 and len(offsets) > 1
    if not right or offsets[0] != 0 or offsets[-1] != frames or not (np.diff(offsets) > 0).all():
        raise FormatError("wrong 'offsets' in the shard", where=where)
