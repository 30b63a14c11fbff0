"""A recorded clip as a source: of landmarks here, of pictures in `clip_pictures`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from recognizers.clip_values import LANDMARKS, PIXELS, Clip
from recognizers.clips import load_clip
from recognizers.errors import MudraError, SourceError
from recognizers.frames import Source
from recognizers.media import check_file
from recognizers.types import Landmarks, SourceKind

_WORDS = {LANDMARKS: "landmarks", PIXELS: "pictures"}


class RecordedClip(Source):
    """What sources of one recorded clip have in common.

    Args:
        path: the clip's file.
        name: what events call it; the file's name where None.
        deferred: read it only when it is iterated, and note what goes wrong in `problems` instead of raising.

    Raises:
        SourceError: not deferred, and it cannot be read, or it holds what another kind of source plays.
        FormatError: not deferred, and its content is wrong.
    """

    KIND: ClassVar[str]
    """The kind of clips that it plays."""
    YIELDS: ClassVar[SourceKind]

    def __init__(self, path: Path | str, name: str | None = None, *, deferred: bool = False) -> None:
        self.path = Path(path)
        super().__init__(self.path.name if name is None else name, self.YIELDS)
        self._deferred = deferred
        self._closed = False
        self._clip: Clip | None = None if deferred else self._load()

    def _load(self) -> Clip:
        check_file(self.path)
        clip = load_clip(self.path)
        if clip.header.kind != self.KIND:
            found, expected = _WORDS[clip.header.kind], _WORDS[self.KIND]
            raise SourceError(f"the clip holds {found}, not {expected}", where=self.path)
        self.frame_rate, self.frame_count = clip.header.fps, len(clip.t_ns)
        return clip

    def _opened(self) -> Clip | None:
        """Return the clip, or None where it was deferred and cannot be had."""
        if self._closed:
            raise SourceError("the clip was closed", where=self.name)
        try:
            self._clip = self._clip or self._load()
        except MudraError as problem:
            if not self._deferred:
                raise
            self.problems.append(problem)
        return self._clip

    def _is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Forget the clip."""
        self._closed = True
        self._clip = None


class ClipSource(RecordedClip):
    """The landmarks of one recorded clip."""

    KIND = LANDMARKS
    YIELDS = SourceKind.LANDMARKS

    def items(self) -> Iterator[Landmarks]:
        """Yield the landmarks of every frame."""
        clip = self._opened()
        if clip is None:
            return
        for landmarks in clip.landmarks():
            if self._is_closed():
                return
            yield landmarks
