"""What the engine plugs into: a landmarker and recognizers as it uses them; how the real ones are opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from recognizers.errors import LandmarkerFileError
from recognizers.face_calibration import FaceCalibration
from recognizers.recognizer import Update
from recognizers.second_look import Look
from recognizers.types import Frame, LabelEvent, Landmarks, Prediction


@dataclass(frozen=True, slots=True)
class Needs:
    """What a landmarker must look for: stills or a stream, how many hands, the six face points, the face's mesh."""

    stills: bool
    hands: int
    face: bool
    mesh: bool = False


class FindsLandmarks(Protocol):
    """What the engine uses of a landmarker."""

    @property
    def stage_ms(self) -> Mapping[str, float]:
        """The last frame's times by stage."""

    def detect(self, frame: Frame) -> Landmarks:
        """Find the landmarks of one frame."""

    def watch(self, *, hands: int, face: bool, mesh: bool) -> None:
        """Look for something else from the next frame on; what stays wanted is followed on."""

    def reset(self) -> None:
        """Forget the frames before."""

    def close(self) -> None:
        """Free the models."""


class Recognizes(Protocol):
    """What the engine uses of a recognizer; see `recognizers.recognizer.Recognizer`."""

    @property
    def mode(self) -> str:
        """The mode that it serves."""

    @property
    def bundle_id(self) -> str:
        """Its bundle's id."""

    @property
    def needs_hands(self) -> int:
        """How many hands it wants."""

    @property
    def needs_face(self) -> bool:
        """Whether it wants the face points."""

    @property
    def needs_mesh(self) -> bool:
        """Whether the face's mesh belongs to its mode, where its model file is installed."""

    @property
    def held(self) -> LabelEvent | None:
        """The event being held now."""

    def accepts(self, prediction: Prediction) -> bool:
        """Return whether a prediction is worth reporting."""

    def update(self, frame: Frame | None, landmarks: Landmarks, source: str = "", index: int | None = None) -> Update:
        """Take the next frame of a stream."""

    def still(self, frame: Frame | None, landmarks: Landmarks, again: Look | None = None) -> Prediction | None:
        """Predict from one picture alone, which may be looked at again."""

    def tune(self, threshold: float | None = None, hold_s: float | None = None) -> None:
        """Go on with another threshold and hold; None for its own."""

    def calibrate(self, calibration: FaceCalibration | None) -> None:
        """Take a resting face out of the answers; None for none."""

    def finish(self) -> tuple[LabelEvent, ...]:
        """End what is held."""

    def reset(self) -> None:
        """Forget everything."""


def mesh_installed() -> bool:
    """Return whether the model file of the face's mesh is installed and whole; nothing is fetched."""
    from recognizers import landmarker_files

    try:
        return landmarker_files.is_installed("face_mesh")
    except LandmarkerFileError:
        return False


LandmarkerOpener = Callable[[Needs], FindsLandmarks]


def open_landmarker(
    needs: Needs,
    *,
    allow_usage_reports: bool = False,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> FindsLandmarks:
    """Open MediaPipe for these needs; heavy libraries load now and not before.

    Args:
        needs: what it must look for.
        allow_usage_reports: whether MediaPipe may report its usage to Google.
        progress: is told about model files that must be fetched first: a line, the bytes done, the bytes
            in all.

    Raises:
        LandmarkerFileError: a model file is missing and cannot be fetched, or is damaged.
    """
    from recognizers.landmarker import Landmarker

    return Landmarker(
        stills=needs.stills,
        hands=needs.hands,
        face=needs.face,
        mesh=needs.mesh,
        allow_usage_reports=allow_usage_reports,
        progress=progress,
    )
