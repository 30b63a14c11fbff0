"""From what people type to samples: a mode, a label, a clip by its file or by its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.samples import Sample, Samples
from recognizers.errors import UsageError
from recognizers.modes import MODE_NAMES

_SHOWN = 5


def chosen_modes(mode: str | None) -> tuple[Samples, ...]:
    """Return the samples of a mode, or of all of them."""
    return tuple(Samples(name) for name in ((mode,) if mode else MODE_NAMES))


def find_clips(words: Sequence[str], mode: str | None, *, trashed: bool = False) -> list[tuple[Samples, Sample]]:
    """Return the clips that words name, each once, in order.

    Args:
        words: each a clip's file, its name, or the beginning of its name that no other clip has.
        mode: where to look; None for all modes.
        trashed: look in the trash instead.

    Raises:
        UsageError: a word names no clip, or several.
    """
    known = [
        (samples, sample)
        for samples in chosen_modes(mode)
        for sample in (samples.trash.list() if trashed else samples.list().samples)
    ]
    found: dict[Path, tuple[Samples, Sample]] = {}
    for word in words:
        samples, sample = _find(word, known, "the trash" if trashed else "the samples")
        found.setdefault(sample.path, (samples, sample))
    return list(found.values())


def _find(word: str, known: Sequence[tuple[Samples, Sample]], where: str) -> tuple[Samples, Sample]:
    path = Path(word).absolute() if "/" in word or "\\" in word or word.endswith(".npz") else None
    name = word.removesuffix(".npz")
    exact = [each for each in known if each[1].path == path or each[1].name == name]
    near = exact or [each for each in known if name and each[1].name.startswith(name)]
    if len(near) == 1:
        return near[0]
    remedy = "`mudra samples list --clips` names them" if where == "the samples" else "`mudra samples trash` names them"
    if not near:
        raise UsageError(f"there is no such clip in {where}", where=word, remedy=remedy)
    names = ", ".join(str(sample.path) for _, sample in near[:_SHOWN])
    raise UsageError(f"{len(near)} clips have this name", where=word, found=names, remedy="Name the file")
