"""Sources and a landmarker with a face, for tests of calibrations: a tiny bundle reads their pictures by their mood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from recognizers.frames import Source
from recognizers.types import Frame, Landmarks, SourceKind
from tests.recognizers.test_face_recognizer import POINTS_THERE, picture

RATE = 30.0


class Moods(Source):
    """A recorded source that shows one mood after the other: pairs of a mood, None for no face, and its frames."""

    def __init__(self, *moods: tuple[str | None, int], name: str = "film.mp4") -> None:
        super().__init__(name, SourceKind.RECORDED)
        self._moods: Sequence[str | None] = [mood for mood, count in moods for _ in range(count)]

    def items(self) -> Iterator[Frame]:
        """Yield the frames; one without a face is all black."""
        for index, mood in enumerate(self._moods):
            image = picture(mood) if mood else picture("even") * 0
            yield Frame(image, round(index / RATE * 1e9), index, self.name)

    def close(self) -> None:
        """Nothing is open."""


class FaceLandmarker:
    """Finds the same face in every picture that is not black."""

    stage_ms: Mapping[str, float] = {}

    def detect(self, frame: Frame) -> Landmarks:
        """Return the face."""
        if not frame.image.any():
            return Landmarks(t_ns=frame.t_ns, image_size=frame.size)
        return Landmarks(t_ns=frame.t_ns, face_points=POINTS_THERE, image_size=frame.size)

    def watch(self, *, hands: int, face: bool, mesh: bool) -> None:
        """Nothing changes."""

    def reset(self) -> None:
        """Nothing is remembered."""

    def close(self) -> None:
        """Nothing is open."""
