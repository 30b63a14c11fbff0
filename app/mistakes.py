"""Which of the recorded clips a model takes for something else. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from app.samples import Samples
from recognizers.errors import MudraError, UsageError

_AT_ONCE = 100
"""So many clips are read before the model is asked: it answers many examples at once."""


def mistakes(mode: str, name: str, paths: Sequence[Path], stop: threading.Event | None = None) -> Mapping[Path, str]:
    """Return what a bundle takes clips for, where that is not their label.

    A clip that shows no hand is right where its label is the background, and left out elsewhere, as is one that cannot
    be read. The figures of this are no measure of the model: it has learned from these clips, or most of them.

    Args:
        mode: the clips'.
        name: the bundle's name or path.
        paths: the clips.
        stop: set it, and nothing more is read.

    Raises:
        BundleError: the bundle is missing or damaged.
        UsageError: it reads pictures of faces, or is for another mode.
    """
    from recognizers.bundle import Bundle, find_bundle

    bundle = Bundle.load(find_bundle(name))
    info = bundle.info
    if info.mode != mode or info.face is not None or info.input not in ("still", "sequence"):
        raise UsageError(
            "the model in use cannot check these clips", where=name, expected=f"one for {mode} that reads points"
        )
    wrong: dict[Path, str] = {}
    for some in _chunks(paths):
        if stop is not None and stop.is_set():
            break
        wrong.update(_wrong(bundle, mode, some))
    return wrong


def _chunks(paths: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for begin in range(0, len(paths), _AT_ONCE):
        yield paths[begin : begin + _AT_ONCE]


def _wrong(bundle: object, mode: str, paths: Sequence[Path]) -> dict[Path, str]:
    from recognizers.bundle import Bundle
    from recognizers.examples import Example, features_of, gather

    assert isinstance(bundle, Bundle)
    info = bundle.info
    samples = Samples(mode)
    examples: list[Example] = []
    owners: list[Path] = []
    truth: dict[Path, str] = {}
    for path in paths:
        try:
            clip = samples.load(path)
            kind = "sequence" if info.input == "sequence" else "still"
            found = gather([clip], kind, info.window_steps, info.window_seconds).examples  # type: ignore[arg-type]
        except MudraError:
            continue
        truth[path] = clip.header.label
        examples += found
        owners += [path] * len(found)
    if not examples:
        return {}
    scores = bundle.predict(features_of(examples, info.features))
    wrong = {}
    for path, label in truth.items():
        own = [number for number, owner in enumerate(owners) if owner == path]
        if own:
            answer = info.labels[int(np.mean(scores[own], axis=0).argmax())]
            if answer != label and not {answer, label} <= set(info.background):
                wrong[path] = answer
    return wrong
