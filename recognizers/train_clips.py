"""The clips that a training reads: those that teach, and those of other datasets that measure and teach nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from recognizers.clip_values import LANDMARKS
from recognizers.clips import PIXELS, Clip, iter_named_clips
from recognizers.errors import MudraError, TrainingError
from recognizers.examples import BACKGROUND_LABELS, Example, MotionExample, Split, gather, window_seconds_of
from recognizers.modes import EMOTION
from recognizers.train_options import TrainOptions
from recognizers.training_news import Say

Sets = tuple[list[Example], list[Example], list[Example]]
"""Examples that teach, that choose when to stop, and that measure."""


def read_clips(options: TrainOptions, folders: Sequence[Path], say: Say) -> list[tuple[str, Clip]]:
    """Return the clips that the mode learns from, with their names; those that cannot be read are told and left out.

    Args:
        options: of the training.
        folders: where the clips are.
        say: who is told.

    Raises:
        TrainingError: there are none.
        FormatError: none of them can be read.
    """
    problems: list[MudraError] = []
    kind = PIXELS if options.mode == EMOTION.name else LANDMARKS
    named = [each for path in folders for each in iter_named_clips(path, problems, kind=kind)]
    for problem in problems:
        say(f"left out: {problem}")
    if not named and problems:
        raise problems[0]
    if not named:
        what = "pictures of faces" if kind == PIXELS else "landmarks"
        raise TrainingError(f"there are no clips of {what} to train on", remedy="Record or import some first")
    return named


def measured_elsewhere(
    options: TrainOptions, sets: Sequence[list[Example]], parts: Split, say: Say
) -> tuple[Sets, Split, dict[str, int], list[str]]:
    """Let the datasets of `--measure` measure, and what would have measured teach, too.

    Args:
        options: of the training.
        sets: the examples as they were split: that teach, that choose when to stop, that measure.
        parts: their split.
        say: who is told what cannot be read.

    Returns:
        the new sets and split, by label in how many clips that measure no hand was found, and the names of the clips.
        Labels that nothing teaches are left out; the split's note says so.

    Raises:
        TrainingError: none of what measures has a label that is taught.
    """
    named = read_clips(options, options.measure, say)
    kind: Literal["still", "sequence"] = "sequence" if isinstance(sets[0][0], MotionExample) else "still"
    seconds = window_seconds_of(clip for _, clip in named if clip.header.label not in BACKGROUND_LABELS)
    others = gather((clip for _, clip in named), kind, seconds=seconds)
    taught = {example.origin.label for example in sets[0]} | set(options.also)
    known = [example for example in others.examples if example.origin.label in taught]
    untaught = sorted({example.origin.label for example in others.examples} - taught)
    if not known:
        raise TrainingError(
            "nothing that measures has a label that is taught",
            where=", ".join(map(str, options.measure)),
            expected=f"some of {', '.join(sorted(taught))}",
            found=", ".join(untaught) or "no hands",
            remedy="Name other datasets to --measure",
        )
    note = f"all of {', '.join(path.name for path in options.measure)}, from which nothing was learned"
    note += f"; without its {', '.join(untaught)}, which nothing teaches" if untaught else ""
    parts = replace(parts, train=np.union1d(parts.train, parts.test), test=np.arange(len(known)), note=note)
    undetected = {label: count for label, count in others.undetected.items() if label in taught}
    return (sets[0] + sets[2], sets[1], known), parts, undetected, [name for name, _ in named]
