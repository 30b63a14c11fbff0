"""Which of the recorded clips a model takes for something else: as its training told, or asked anew. No Qt."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.bundle_exchange import REPORT_FILE
from app.sample_files import PIXELS_SUFFIX, SUFFIX, mode_folder, pixels_of
from app.samples import Samples
from recognizers.errors import MudraError, UsageError
from recognizers.types import FloatArray

if TYPE_CHECKING:
    from recognizers.bundle import Bundle
    from recognizers.clips import Clip

_AT_ONCE = 100
"""So many clips are read before the model is asked: it answers many examples at once."""
_MOST_BYTES = 16 * 1024**2
"""A report that is larger is not ours."""
_PICTURES = 12
"""So many pictures of a clip are looked at: an expression is held, and each costs milliseconds."""


def held_out_mistakes(mode: str, name: str) -> Mapping[Path, str]:
    """Return the clips that a bundle took for something else when its training measured it on them, with its answers.

    It had not learned from these then, so this is what is to be believed of it. Read from its report alone; a bundle
    without one, or whose report is about other clips, tells nothing. Clips that are gone or have another label by now
    are left out.

    Args:
        mode: the mode of the user's samples.
        name: the bundle's name or path.
    """
    from recognizers.bundle import find_bundle

    folder = mode_folder(mode)
    try:
        report = find_bundle(name) / REPORT_FILE
        if report.stat().st_size > _MOST_BYTES:
            return {}
        rows = json.loads(report.read_bytes())["extra"]["mistaken"]
        told = {folder / _clip_name(row["name"]): str(row["answer"]) for row in rows}
    except (MudraError, OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
    return {path: answer for path, answer in told.items() if _is_inside(path, folder)}


def _clip_name(name: str) -> str:
    """Return the name of the clip that pictures belong to, or the name itself."""
    return name.removesuffix(PIXELS_SUFFIX) + SUFFIX if name.endswith(PIXELS_SUFFIX) else name


def _is_inside(path: Path, folder: Path) -> bool:
    try:
        return ".." not in path.parts and folder in path.parents and path.is_file()
    except (OSError, ValueError):
        return False


def mistakes(mode: str, name: str, paths: Sequence[Path], stop: threading.Event | None = None) -> Mapping[Path, str]:
    """Return what a bundle takes clips for, where that is not their label.

    A clip that shows no hand is right where its label is the background, and left out elsewhere, as is one that cannot
    be read; for a bundle that reads faces, clips without pictures are left out. The figures of this are no measure of
    the model: it has learned from these clips, or most of them.

    Args:
        mode: the clips'.
        name: the bundle's name or path.
        paths: the clips.
        stop: set it, and nothing more is read.

    Raises:
        BundleError: the bundle is missing or damaged.
        UsageError: it is for another mode, or reads something that clips do not hold.
    """
    from recognizers.bundle import Bundle, find_bundle

    bundle = Bundle.load(find_bundle(name))
    if bundle.info.mode != mode or bundle.info.input not in ("still", "sequence", "face"):
        raise UsageError("the model in use cannot check these clips", where=name, expected=f"one for {mode}")
    wrong: dict[Path, str] = {}
    for some in _chunks(paths):
        if stop is not None and stop.is_set():
            break
        wrong.update(_wrong(bundle, mode, some))
    return wrong


def _chunks(paths: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for begin in range(0, len(paths), _AT_ONCE):
        yield paths[begin : begin + _AT_ONCE]


def _wrong(bundle: Bundle, mode: str, paths: Sequence[Path]) -> dict[Path, str]:
    info = bundle.info
    answers = _face_answers(bundle, paths) if info.face is not None else _hand_answers(bundle, Samples(mode), paths)
    wrong = {}
    for path, label, scores in answers:
        answer = info.labels[int(np.mean(scores, axis=0).argmax())]
        if answer != label and not {answer, label} <= set(info.background):
            wrong[path] = answer
    return wrong


def _hand_answers(bundle: Bundle, samples: Samples, paths: Sequence[Path]) -> Iterator[tuple[Path, str, FloatArray]]:
    """Yield each clip that can be asked about, its label, and the probabilities of its examples."""
    from recognizers.examples import Example, features_of, gather

    info = bundle.info
    drawn = {trace.label for trace in info.traces}
    examples: list[Example] = []
    counts: list[tuple[Path, str, int]] = []
    for path in paths:
        try:
            clip = samples.load(path)
            kind = "sequence" if info.input == "sequence" else "still"
            found = gather([clip], kind, info.window_steps, info.window_seconds).examples  # type: ignore[arg-type]
        except MudraError:
            continue
        if found and clip.header.label not in drawn:  # no single moment shows those
            examples += found
            counts.append((path, clip.header.label, len(found)))
    if not examples:
        return
    yield from _apart(counts, bundle.predict(features_of(examples, info.features)))


def _face_answers(bundle: Bundle, paths: Sequence[Path]) -> Iterator[tuple[Path, str, FloatArray]]:
    from recognizers.pictures import crops_of, gather_pictures

    for path in paths:
        try:
            clip = _pictures_of(path)
            found = gather_pictures([clip])
        except MudraError:
            continue
        yield path, clip.header.label, bundle.predict(crops_of(found[:: -(-len(found) // _PICTURES)]))


def _pictures_of(path: Path) -> Clip:
    """Return the clip of pictures that belongs to a clip, or the clip itself."""
    from recognizers.clips import load_sample

    pictures = pixels_of(path)
    return load_sample(pictures if pictures.exists() else path)


def _apart(counts: Sequence[tuple[Path, str, int]], scores: FloatArray) -> Iterator[tuple[Path, str, FloatArray]]:
    begin = 0
    for path, label, count in counts:
        yield path, label, scores[begin : begin + count]
        begin += count
