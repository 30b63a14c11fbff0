"""From clips of pixels to what a face training reads: aligned crops, each with where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recognizers.clips import PIXELS, Clip
from recognizers.errors import FormatError, TrainingError
from recognizers.examples import Origin, Split, split
from recognizers.face_crop import as_crop
from recognizers.types import ImageArray

TRAINING, MEASURING = "Training", ("PublicTest", "PrivateTest")
"""The parts that a source divides itself into, by FER2013's words; of those that measure, the first that is there."""
VALIDATION_SHARE = 16
"""Of a source's own training part, one in so many pictures sets temperature and thresholds."""
FLAT = 2.0
"""A picture whose grey levels deviate less than this shows nothing; it does not train."""


@dataclass(frozen=True, slots=True)
class PictureExample:
    """One face.

    Attributes:
        origin: label and groups; `unit` is the same for pictures that are equal in every pixel.
        crop: uint8 (48, 48) grey.
        usage: the part of its source that it belongs to, or None.
        aligned: False where no face was found and the picture stands as it was.
    """

    origin: Origin
    crop: ImageArray
    usage: str | None
    aligned: bool


def gather_pictures(clips: Iterable[Clip]) -> tuple[PictureExample, ...]:
    """Return every frame of clips of pixels as an example.

    Raises:
        FormatError: a clip is of landmarks.
    """
    examples = []
    for number, clip in enumerate(clips):
        header = clip.header
        if header.kind != PIXELS or clip.frames is None:
            raise FormatError(
                "the clip has no picture of the face",
                where=header.source or f"clip {number}",
                expected=f"a clip of {PIXELS}",
                found=header.kind,
                remedy="Import pictures with `mudra import images --mode emotion` or `mudra import fer2013`",
            )
        unit = hashlib.sha256(clip.frames.tobytes()).hexdigest()[:16]
        usage = header.extra.get("usage")
        origin = Origin(header.label, header.signer, header.session, unit, number)
        for frame in clip.frames:
            known = usage if isinstance(usage, str) else None
            examples.append(PictureExample(origin, as_crop(frame), known, header.extra.get("aligned") is not False))
    return tuple(examples)


def crops_of(examples: Sequence[PictureExample]) -> ImageArray:
    """Return all crops, uint8 (n, 48, 48)."""
    return np.stack([example.crop for example in examples])


def split_pictures(examples: Sequence[PictureExample], how: str, seed: int) -> Split:
    """Hold pictures apart: by the source's own parts where it tells them (`usage`, and `auto`), else as `split` does.

    Of the source's training part, pictures that also stand in a part that measures are left out, and so are flat ones.

    Raises:
        TrainingError: a part is empty.
        UsageError: there is no such split.
    """
    usages = {example.usage for example in examples}
    if how == "auto" and TRAINING in usages and usages & set(MEASURING):
        how = "usage"
    if how != "usage":
        return split([example.origin for example in examples], how, seed)
    test_part = next((part for part in MEASURING if part in usages), None)
    if TRAINING not in usages or test_part is None:
        raise TrainingError(
            "the pictures do not tell their source's own parts",
            expected=f"{TRAINING} and {' or '.join(MEASURING)}",
            found=", ".join(sorted(map(str, usages))),
            remedy="Choose another --split",
        )
    measured = {example.origin.unit for example in examples if example.usage in MEASURING}
    train, validation, test, twice, flat = [], [], [], 0, 0
    for index, example in enumerate(examples):
        if example.usage == test_part:
            test.append(index)
        elif example.usage != TRAINING:
            continue
        elif example.origin.unit in measured:
            twice += 1
        elif float(example.crop.std()) < FLAT:
            flat += 1
        elif int(hashlib.sha256(f"{seed}:{example.origin.unit}".encode()).hexdigest()[:8], 16) % VALIDATION_SHARE:
            train.append(index)
        else:
            validation.append(index)
    note = (
        f"{test_part} of the source measures; of its Training part {twice} pictures that also stand in a part that "
        f"measures and {flat} without contrast were left out"
    )
    as_rows = [np.array(part, np.int64) for part in (train, validation, test)]
    return Split(as_rows[0], as_rows[1], as_rows[2], "usage", note)
