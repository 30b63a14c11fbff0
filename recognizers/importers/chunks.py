"""Landmarks of many pictures: chunks that several processes may work on, each result kept in a cache."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recognizers.array_files import AnyArray, read_arrays, write_arrays
from recognizers.clip_files import json_array, json_values
from recognizers.errors import FormatError, SourceError
from recognizers.importers.canvases import candidates
from recognizers.importers.pool import worked_on
from recognizers.landmarker import Landmarker
from recognizers.photos import read_photo
from recognizers.types import FloatArray, Frame


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some pictures, how to look at them, and a name for the result."""

    pictures: tuple[Path, ...]
    padding: str
    key: str


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found in one picture.

    Attributes:
        hands: float32 (2, 21, 3), fractions of the canvas; NaN where missing.
        hands_world: float32 (2, 21, 3), metres.
        size: the canvas's width and height in pixels.
        canvas: its name.
    """

    hands: FloatArray
    hands_world: FloatArray
    size: tuple[int, int]
    canvas: str


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What was found in each picture of a chunk, or why it cannot be read, and by which landmarker."""

    landmarker: str
    found: tuple[Found | SourceError, ...]


def landmark_chunks(chunks: Sequence[Chunk], workers: int, cache: Path | None) -> Iterator[Result]:
    """Yield the result of each chunk, in order; those in the cache without any work.

    Raises:
        LandmarkerFileError: the landmark model is missing or damaged.
        MudraError: a worker process died.
    """
    todo = [chunk for chunk in chunks if _cached(chunk, cache) is None]
    with contextlib.closing(worked_on(todo, _landmark, _stills, workers)) as working:
        for chunk in chunks:
            result = _cached(chunk, cache)
            if result is None:
                result = next(working)
                if cache is not None:
                    _keep(chunk, result, cache)
            yield result


def _stills() -> Landmarker:
    return Landmarker(stills=True, room=False)  # the canvases here are told in the clips


def _landmark(chunk: Chunk, landmarker: Landmarker) -> Result:
    found: list[Found | SourceError] = []
    for picture in chunk.pictures:
        try:
            found.append(find_hands(picture, chunk.padding, landmarker))
        except SourceError as problem:
            found.append(problem)
    return Result(landmarker.identity, tuple(found))


def find_hands(picture: Path, padding: str, landmarker: Landmarker) -> Found:
    """Look for hands in one picture, on one canvas after the other.

    Returns:
        What was found on the first canvas that shows a hand; without any, NaN on the first canvas.

    Raises:
        SourceError: the picture cannot be read.
    """
    looked: list[Found] = []
    for canvas, image in candidates(read_photo(picture), padding):
        frame = Frame(image, 0, 0, picture.name)
        landmarks = landmarker.detect(frame)
        looked.append(Found(landmarks.hands, landmarks.hands_world, frame.size, canvas))
        if landmarks.hands_found.any():
            return looked[-1]
    return looked[0]


def _keep(chunk: Chunk, result: Result, cache: Path) -> None:
    good = [found for found in result.found if isinstance(found, Found)]
    notes = {
        "landmarker": result.landmarker,
        "found": [
            {"canvas": found.canvas, "size": found.size} if isinstance(found, Found) else _error_fields(found)
            for found in result.found
        ],
    }
    arrays: dict[str, AnyArray] = {
        "notes": json_array(notes, cache),
        "hands": np.array([found.hands for found in good], np.float32).reshape(-1, 2, 21, 3),
        "hands_world": np.array([found.hands_world for found in good], np.float32).reshape(-1, 2, 21, 3),
    }
    write_arrays(cache / f"{chunk.key}.npz", arrays, compress=True)


def _error_fields(error: SourceError) -> dict[str, str | None]:
    names = ("problem", "where", "expected", "found", "remedy")
    return {"error": "", **{name: getattr(error, name) for name in names}}


def _cached(chunk: Chunk, cache: Path | None) -> Result | None:
    """Return a result from the cache; None where there is none that can be read."""
    path = None if cache is None else cache / f"{chunk.key}.npz"
    if path is None or not path.is_file():
        return None
    try:
        arrays = read_arrays(path)
        notes = json_values(arrays["notes"], path)
        points = zip(arrays["hands"], arrays["hands_world"], strict=True)
        found: list[Found | SourceError] = []
        for note in notes["found"]:  # type: ignore[index]
            if "error" in note:
                details = {name: note[name] for name in ("where", "expected", "found", "remedy")}
                found.append(SourceError(note["problem"], **details))
            else:
                width, height = note["size"]
                found.append(Found(*next(points), (int(width), int(height)), str(note["canvas"])))
        landmarker = str(notes["landmarker"])  # type: ignore[index]
    except (FormatError, KeyError, ValueError, TypeError, StopIteration):
        return None
    return Result(landmarker, tuple(found)) if len(found) == len(chunk.pictures) else None
