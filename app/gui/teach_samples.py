"""Joins the review step to the samples: lists, loads and changes them aside, so that the window never waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.gui import teach_words
from app.gui.background import Background
from app.gui.clip_player import Pictures
from app.gui.teach_review import ReviewStep, Trim
from app.mistakes import held_out_mistakes, mistakes
from app.sample_files import pixels_of
from app.samples import Listing, Removed, Sample, Samples
from recognizers.clip_values import LANDMARKS, Clip
from recognizers.clips import load_clip
from recognizers.errors import MudraError, UsageError
from recognizers.types import Landmarks

Result = TypeVar("Result")
QUICK = 200
"""So many clips that no list has known before are read at once; of more, names and labels are shown first."""


class TeachSamples(QObject):
    """The samples of the mode that is taught.

    Args:
        review: shows them.
        background: runs what may take long.
        bundle_of: from a mode to the name of the model in use, or None.

    Attributes:
        mode: whose samples they are.
        listing: as they were listed last.
    """

    listed = Signal(object)
    """The `Listing`, read anew."""
    failed = Signal(object)
    """The `MudraError` that something could not be done."""
    told = Signal(str)
    """What was done, as a sentence."""

    def __init__(
        self, review: ReviewStep, background: Background, bundle_of: Callable[[str], str | None], mode: str
    ) -> None:
        super().__init__(review)
        self.mode, self.listing = mode, Listing(())
        self._review, self._background, self._bundle_of = review, background, bundle_of
        self._number = 0
        self._model: str | None = None
        self._asked = False
        review.load.connect(self._load)
        review.delete.connect(self._delete)
        review.restore.connect(self._restore)
        review.relabel.connect(self._relabel)
        review.trim.connect(self._trim)
        review.empty.connect(self._empty)
        review.delete_all.connect(self._delete_all)
        review.check.connect(self._check)

    def show_mode(self, mode: str) -> None:
        """List the samples of another mode."""
        self.mode, self.listing = mode, Listing(())
        self._model, self._asked = None, False
        self._review.show_mode()
        self.refresh()

    def refresh(self) -> None:
        """Read anew what there is; of very much what is known at once, and then the rest."""
        self._number += 1
        self._list(self._number, QUICK)

    def _list(self, number: int, most_reads: int | None) -> None:
        samples = Samples(self.mode)
        self._background.run(
            lambda: (samples.list(most_reads), samples.trash.list()),
            lambda found: self._take(number, *found),
            self.failed.emit,
        )

    def _take(self, number: int, listing: Listing, trashed: tuple[Sample, ...]) -> None:
        if number != self._number:
            return
        if listing.pending:
            self._list(number, None)
            if self.listing.samples and not self.listing.pending:
                return  # what was listed before tells more
        self.listing = listing
        self._review.show_listing(listing, trashed)
        self.listed.emit(listing)
        if not listing.pending:
            self.show_model(self._model or self._bundle_of(self.mode), again=True)

    def show_model(self, name: str | None, *, again: bool = False) -> None:
        """Mark the clips that a model took for something else when it was measured, in place of those of another.

        Args:
            name: the bundle's name or path; None for no marks.
            again: the same model as before, of which clips may have come or gone.
        """
        if again and self._asked:
            return
        self._model, self._asked = name, False
        mode = self.mode

        def marked(wrong: Mapping[Path, str]) -> None:
            if (mode, name, False) == (self.mode, self._model, self._asked):
                self._review.show_marks(wrong, "" if name is None else Path(name).name)

        if name is None:
            marked({})
        else:
            self._background.run(lambda: held_out_mistakes(mode, name), marked)

    def _change(self, work: Callable[[Samples], Result], then: Callable[[Result], object] | None = None) -> None:
        """Change samples aside, and list them anew, also where that failed half-way."""
        samples = Samples(self.mode)

        def done(result: Result) -> None:
            self.refresh()
            if then is not None:
                then(result)

        def failed(error: MudraError) -> None:
            self.refresh()
            self.failed.emit(error)

        self._background.run(lambda: work(samples), done, failed)

    def _delete(self, paths: list[Path]) -> None:
        self._change(lambda samples: samples.delete(paths))

    def _restore(self, paths: list[Path]) -> None:
        self._change(lambda samples: samples.trash.restore(paths))

    def _relabel(self, paths: list[Path], label: str) -> None:
        self._change(lambda samples: samples.move(paths, label))

    def _trim(self, trim: Trim) -> None:
        self._change(lambda samples: samples.trim(trim.path, trim.start_s, trim.end_s))

    def _empty(self) -> None:
        self._change(lambda samples: samples.trash.empty())

    def _delete_all(self) -> None:
        self._change(lambda samples: samples.delete_all(), self._all_deleted)

    def _all_deleted(self, removed: Removed) -> None:
        left = f"; {len(removed.left)} files there are not Mudra's and were left" if removed.left else ""
        self.told.emit(f"{teach_words.clips(removed.clips)} deleted for good{left}")

    def _load(self, sample: Sample) -> None:
        samples = Samples(self.mode)

        def load() -> tuple[tuple[Landmarks, ...], Pictures | None]:
            clip = samples.load(sample.path)
            if clip.header.kind != LANDMARKS:
                return (), _pictures_in(clip)
            kept = pixels_of(sample.path)
            return tuple(clip.landmarks()), _pictures_in(load_clip(kept)) if kept.exists() else None

        self._background.run(
            load,
            lambda found: self._review.show_clip(sample, found[0], "", found[1]),
            lambda error: self._review.show_clip(sample, (), error.sentence),
        )

    def _check(self) -> None:
        mode, name = self.mode, self._bundle_of(self.mode)
        if name is None:
            self.failed.emit(UsageError("there is no model that could check these clips", remedy="Train one first"))
            return
        paths = [sample.path for sample in self.listing.samples if not sample.problem]
        self._review.show_about(f"Asking {Path(name).name} about {teach_words.clips(len(paths))} …")

        def checked(wrong: Mapping[Path, str]) -> None:
            if mode == self.mode:
                self._model, self._asked = name, True
                self._review.show_mistakes(wrong)

        self._background.run(lambda: mistakes(mode, name, paths), checked, self.failed.emit)


def _pictures_in(clip: Clip) -> Pictures | None:
    return None if clip.frames is None else Pictures(clip.t_ns.tolist(), clip.frames)
