"""The user's samples of one mode: listed by label, moved, trimmed, deleted; safe with several processes at once.

Nothing here is remembered between two calls: what another process or a file manager does shows in the next one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.recording_plan import check_label
from app.sample_files import (
    INDEX,
    LOCK,
    SITTING,
    SUFFIX,
    is_sample,
    locked,
    mode_folder,
    move_sample,
    pixels_of,
    remove_empty,
    save_sample,
)
from app.sample_index import Sample, list_samples
from app.trash import Trash
from recognizers.clips import Clip, load_clip, load_sample, save_clip
from recognizers.errors import OutputError, UsageError
from recognizers.quality import QUALITY, Verdict, judge

__all__ = ["LabelSummary", "Listing", "Removed", "Sample", "Samples"]


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """What there is of one label.

    Attributes:
        label: its text.
        clips: how many can be read.
        seconds: how long they are together.
        signers, sessions: the names in them, sorted; clips that name none are not counted.
        flagged: how many have something wrong.
        corrections: how many came from a label that was wrong.
        unreadable: how many cannot be read.
    """

    label: str
    clips: int
    seconds: float
    signers: tuple[str, ...]
    sessions: tuple[str, ...]
    flagged: int
    corrections: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Listing:
    """All samples of a mode at one moment, by label and time."""

    samples: tuple[Sample, ...]

    @property
    def pending(self) -> int:
        """How many have not been read yet."""
        return sum(sample.pending for sample in self.samples)

    def of(self, label: str) -> tuple[Sample, ...]:
        """Return those of one label."""
        return tuple(sample for sample in self.samples if sample.label == label)

    @property
    def labels(self) -> tuple[LabelSummary, ...]:
        """What there is of each label, sorted."""
        grouped: dict[str, list[Sample]] = {}
        for sample in self.samples:
            grouped.setdefault(sample.label, []).append(sample)
        return tuple(_summary(label, grouped[label]) for label in sorted(grouped))

    @property
    def sessions(self) -> tuple[str, ...]:
        """The names of all sessions, sorted."""
        return tuple(sorted({sample.session for sample in self.samples if sample.session is not None}))

    @property
    def signers(self) -> tuple[str, ...]:
        """The names of all signers, sorted."""
        return tuple(sorted({sample.signer for sample in self.samples if sample.signer is not None}))


def _summary(label: str, samples: Sequence[Sample]) -> LabelSummary:
    read = [sample for sample in samples if not sample.problem]
    return LabelSummary(
        label=label,
        clips=len(read),
        seconds=sum(sample.seconds for sample in read),
        signers=tuple(sorted({sample.signer for sample in read if sample.signer is not None})),
        sessions=tuple(sorted({sample.session for sample in read if sample.session is not None})),
        flagged=sum(bool(sample.flags) for sample in read),
        corrections=sum(sample.correction for sample in read),
        unreadable=len(samples) - len(read),
    )


@dataclass(frozen=True, slots=True)
class Removed:
    """What `delete_all` removed for good.

    Attributes:
        clips: how many, readable or not.
        trashed: how many of them were in the trash.
        files: how many files, with pictures, index and what was being written.
        size: their bytes.
        left: files that are not Mudra's; they were not removed.
    """

    clips: int = 0
    trashed: int = 0
    files: int = 0
    size: int = 0
    left: tuple[Path, ...] = ()


class Samples:
    """The samples of one mode.

    Args:
        mode: the mode's name.
        folder: the folder of its samples; the user's where None. It need not exist.

    Attributes:
        mode: the mode's name.
        folder: where they lie.
        trash: what was deleted of them.
    """

    def __init__(self, mode: str, folder: Path | None = None) -> None:
        self.mode = mode
        self.folder = mode_folder(mode) if folder is None else folder
        self.trash = Trash(mode, self.folder)

    def list(self, most_reads: int | None = None) -> Listing:
        """Return everything there is; what cannot be read is listed with its reason.

        Args:
            most_reads: read so many clips that the index does not know at most; the rest is `pending`. None for all.

        Measured: docs/recording.md.

        Raises:
            FormatError: the folder cannot be read at all.
        """
        return Listing(list_samples(self.folder, most_reads))

    def load(self, path: Path) -> Clip:
        """Read a sample's clip, labelled by its folder.

        Raises:
            FormatError: it cannot be read.
        """
        return load_sample(path)

    def rename(self, label: str, new: str) -> int:
        """Give all clips of a label another one, also one that has clips already; return how many.

        Raises:
            UsageError: there is no such label, or the new one is none.
            OutputError: one cannot be moved; those before it are.
        """
        paths = [sample.path for sample in self.list().of(label)]
        if not paths:
            raise UsageError("there are no samples of this label", where=label, expected=self._known())
        return len(self.move(paths, new))

    def move(self, paths: Iterable[Path], label: str) -> tuple[Path, ...]:
        """Give some clips another label; return where they are now. Their headers remember what they were.

        Raises:
            UsageError: the label is none.
            OutputError: one is gone, or cannot be moved; those before it are.
        """
        check_label(label)
        return tuple(move_sample(path, self.folder, label, self.folder) for path in paths)

    def delete(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        """Put clips into the trash; return where they are now.

        Raises:
            OutputError: one is gone, or cannot be moved; those before it are in the trash.
        """
        return self.trash.put(paths)

    def trim(self, path: Path, start_s: float, end_s: float) -> Path:
        """Make a new clip of a part of one, judge it, and put the old one into the trash.

        Args:
            path: the clip.
            start_s, end_s: seconds from its first frame; frames at either end belong to the part.

        Returns:
            The new clip; its name is that of the old one and a number.

        Raises:
            UsageError: there is no frame in that part, or it is all of them.
            FormatError: the clip cannot be read.
            OutputError: it cannot be written.
        """
        clip = self.load(path)
        kept = _within(clip.t_ns, clip, start_s, end_s)
        if not kept.any() or kept.all():
            found = "none" if not kept.any() else "all of them"
            raise UsageError("nothing to trim", where=path, expected="some of the clip's frames", found=found)
        start_ns = int(clip.t_ns[kept][0])
        part = judged(_part(clip, kept, start_ns))
        pixels = None
        if pixels_of(path).exists():
            whole = load_clip(pixels_of(path))
            seen = _within(whole.t_ns, clip, start_s, end_s)
            pixels = _part(whole, seen, start_ns) if seen.any() else None
        new = save_sample(self.folder, part, pixels, name=path.name)
        self.delete([path])
        return new

    def check(self, sample: Sample, *, update: bool = False) -> Verdict:
        """Judge a clip anew, reading all of it.

        Args:
            sample: from `list`.
            update: whether to write the verdict into the clip where it has changed.

        Raises:
            FormatError: it cannot be read.
            OutputError: it cannot be written.
        """
        clip = self.load(sample.path)
        verdict = judge(clip)
        if update and verdict.to_json() != clip.header.extra.get(QUALITY):
            with locked(self.folder):
                if sample.path.exists():
                    save_clip(sample.path, judged(clip))
        return verdict

    def delete_all(self) -> Removed:
        """Remove every clip for good: samples, trash, corrections, what was being written, and the index.

        Files that Mudra did not write are left, and named.

        Raises:
            OutputError: a file cannot be removed; those before it are gone.
        """
        if not self.folder.is_dir():
            return Removed()
        with locked(self.folder):
            removed = self._remove_tree()
        with contextlib.suppress(OSError):
            (self.folder / LOCK).unlink()
            self.folder.rmdir()
        return removed

    def _remove_tree(self) -> Removed:
        clips = trashed = files = size = 0
        left = []
        for parent, folders, names in os.walk(self.folder, topdown=False):
            for name in sorted(names):
                path = Path(parent, name)
                if not _is_ours(name):
                    if path != self.folder / LOCK:
                        left.append(path)
                    continue
                bytes_ = _remove(path)
                if is_sample(name):
                    clips += 1
                    trashed += self.trash.folder in path.parents
                files, size = files + 1, size + bytes_
            for folder in folders:
                remove_empty(Path(parent, folder), self.folder)
        return Removed(clips, trashed, files, size, tuple(left))

    def _known(self) -> str:
        names = [summary.label for summary in self.list().labels]
        return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "") if names else "some that was recorded"


def judged(clip: Clip) -> Clip:
    """Return a clip whose header holds a new verdict."""
    extra = {**clip.header.extra, QUALITY: judge(clip).to_json()}
    return dataclasses.replace(clip, header=dataclasses.replace(clip.header, extra=extra))


def _is_ours(name: str) -> bool:
    return name.endswith(SUFFIX) or name in (INDEX, SITTING) or (name.startswith(".") and name.endswith(".tmp"))


def _remove(path: Path) -> int:
    try:
        size = path.lstat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise OutputError("cannot be removed", where=path, found=error.strerror or error) from None
    return size


def _within(times: npt.NDArray[np.int64], clip: Clip, start_s: float, end_s: float) -> npt.NDArray[np.bool_]:
    """Tell which moments lie in a part of a clip."""
    seconds = (times - clip.t_ns[0]) / 1e9
    # Half a microsecond of grace: times in files and on sliders are rounded.
    return np.asarray((seconds >= start_s - 5e-7) & (seconds <= end_s + 5e-7))


def _part(clip: Clip, kept: npt.NDArray[np.bool_], start_ns: int) -> Clip:
    arrays = {name: np.ascontiguousarray(array[kept]) for name, array in clip.arrays().items()}
    arrays["t_ns"] = arrays["t_ns"] - start_ns
    return Clip.of_arrays(clip.header, arrays, clip.header.source or "the clip")
