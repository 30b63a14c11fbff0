"""From frames to landmarks. The only file that imports mediapipe.

Streams run in MediaPipe's VIDEO mode, which follows a hand from frame to frame; stills run in IMAGE mode.
Which hand is which side is settled by `handedness`; how two hands are found without paying for two all the
time is told at `hand_search` and in docs/decisions/0004-two-hands.md; why the face is looked for less often
than the hands, in docs/decisions/0005-face-ten-times-a-second.md.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import warnings
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from recognizers import landmarker_files, privacy
from recognizers.errors import LandmarkerFileError, MudraError
from recognizers.face import FaceDetector, FaceLooks
from recognizers.hand_search import HandDetector, HandSearch, Picture
from recognizers.handedness import Hand, HandFollower
from recognizers.landmarker_catalog import file_named
from recognizers.landmarker_files import Progress
from recognizers.palm import PalmDetector
from recognizers.types import FACE_POINTS, FloatArray, Frame, Landmarks

FACE_MESH_POINTS = 478
BLENDSHAPES = 52

_import_lock = threading.Lock()


class Landmarker:
    """Finds hands and face points in frames; one for each source that is watched at a time.

    Args:
        stills: each frame stands alone (IMAGE mode, nothing followed).
        hands: how many hands to look for, 0 to 2.
        face: whether to find the six face points; beside hands in a stream at most ten times a second, and
            between two looks they stand still.
        mesh: whether to find the face mesh and the blendshapes as well.
        allow_usage_reports: let MediaPipe send its usage reports; blocked otherwise, for the process's
            whole life.
        progress: is told about model files that must be fetched first.

    Raises:
        LandmarkerFileError: a model file is missing and cannot be fetched.
        MudraError: mediapipe cannot be loaded.
    """

    def __init__(
        self,
        *,
        stills: bool = False,
        hands: int = 2,
        face: bool = False,
        mesh: bool = False,
        allow_usage_reports: bool = False,
        progress: Progress | None = None,
    ) -> None:
        if hands not in (0, 1, 2):
            raise ValueError(f"hands: expected 0, 1 or 2, found {hands}")
        names = [n for n, on in (("hand", hands), ("face_detector", face), ("face_mesh", mesh)) if on]
        paths = {name: landmarker_files.ensure(name, progress) for name in names}
        self._mp, self._vision = _load(allow_usage_reports)
        self._stills = stills
        self._hands = hands
        self._paths = paths
        self._palms: PalmDetector | None = None
        self._faces = self._open_faces() if face else None
        self._follower = HandFollower()
        self._clock = _Clock()
        self._last_face = NO_FACE
        self._rests_face = face and bool(hands) and not (stills or mesh)
        self._face_looks = FaceLooks()
        self._used = False
        self._closed = False
        self._closing = contextlib.ExitStack()
        self._beside = self._closing.enter_context(ThreadPoolExecutor(1, thread_name_prefix="mudra-beside"))
        self._tasks = self._closing.enter_context(contextlib.ExitStack())
        self.identity = "/".join(
            [f"mediapipe-{self._mp.__version__}"] + [f"{name}-{file_named(name).identity}" for name in names]
        )
        """What was looked with: clips and datasets remember it."""
        self.stage_ms: dict[str, float] = {}
        """Milliseconds that each stage of the last frame took; of the face, beside the hands, its last look."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def detect(self, frame: Frame) -> Landmarks:
        """Return the points found in one frame.

        Frames of a stream come in order; one that goes back in time starts a new source. The same frames
        give the same points, every time.
        """
        if self._closed:
            raise ValueError("this landmarker is closed")
        started = time.perf_counter()
        if self._stills or self._clock.goes_back(frame.t_ns):
            self.reset()
        self._used = True
        ms = self._clock.milliseconds(frame.t_ns)
        pixels = np.ascontiguousarray(frame.image, np.uint8)
        picture = Picture(self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=pixels), pixels)
        face_due = self._watches_face and (not self._rests_face or self._face_looks.due(frame.t_ns))
        face_soon = self._beside.submit(self._face, picture, ms) if face_due else None
        found = self._hand_detector.detect(picture, ms) if self._hand_detector else []
        found_at = time.perf_counter()
        hands, world = self._follower.update(frame.t_ns, found, frame.size)
        followed_at = time.perf_counter()
        if face_soon is not None:
            self._last_face = face_soon.result()
            self._face_looks.found(self._last_face.points * np.array(frame.size, np.float32))
        face = self._last_face
        self.stage_ms = {
            "hands": (found_at - started) * 1e3,
            "follow": (followed_at - found_at) * 1e3,
            "face": face.ms,
        }
        return Landmarks(
            t_ns=frame.t_ns,
            hands=hands,
            hands_world=world,
            face_points=face.points,
            image_size=frame.size,
            face=face.mesh,
            blendshapes=face.blendshapes,
        )

    def reset(self) -> None:
        """Forget what was followed, as for a new source; the next frame is found as if it were the first."""
        if not self._used:
            return
        self._used = False
        self._follower.reset()
        self._clock = _Clock()
        self._last_face = NO_FACE
        self._face_looks = FaceLooks()
        if not self._stills:  # Nothing else empties MediaPipe's memory of where a hand was.
            self._tasks.close()
            self._open()

    def close(self) -> None:
        """Let go of the native landmarkers and the thread; again does nothing."""
        self._closed = True
        self._closing.close()

    def _open(self) -> None:
        """Make the native landmarkers; each remembers only what it has seen since."""
        self._hand_detector = self._open_hands() if self._hands else None
        self._face_mesh = (
            self._task("FaceLandmarker", "face_mesh", num_faces=1, output_face_blendshapes=True)
            if "face_mesh" in self._paths
            else None
        )
        for task in (self._hand_detector, self._face_mesh):
            if task is not None:
                self._tasks.callback(task.close)

    def _open_hands(self) -> HandDetector:
        def looking_for(count: int) -> HandDetector:
            return _Hands(self._task("HandLandmarker", "hand", num_hands=count))

        if self._stills or self._hands == 1:
            return looking_for(self._hands)
        if self._palms is None:
            with zipfile.ZipFile(self._paths["hand"]) as archive:
                self._palms = PalmDetector(archive.read("hand_detector.tflite"))
        return HandSearch(looking_for(1), lambda: looking_for(2), self._palms.detect, self._beside)

    def _open_faces(self) -> FaceDetector:
        path = self._paths["face_detector"]
        try:
            return FaceDetector(path.read_bytes())
        except (RuntimeError, ValueError, OSError) as error:
            raise _refused("LiteRT", path, error) from None

    def _task(self, kind: str, name: str, **options: Any) -> _Task:
        path = self._paths[name]
        base = self._mp.tasks.BaseOptions(model_asset_path=str(path))
        try:
            return _Task(self._vision, kind, stills=self._stills, base_options=base, **options)
        except (RuntimeError, ValueError, OSError) as error:
            raise _refused("mediapipe", path, error) from None

    @property
    def _watches_face(self) -> bool:
        return self._faces is not None or self._face_mesh is not None

    def _face(self, picture: Picture, ms: int) -> _Face:
        """Find what is wanted of the face; runs in a thread of its own, beside the hands."""
        started = time.perf_counter()
        points, mesh, blendshapes = NO_FACE.points, None, None
        if self._faces is not None:
            points = self._faces.detect(picture.pixels)
        if self._face_mesh is not None:
            mesh, blendshapes = _face_mesh(self._face_mesh.run(picture, ms))
        return _Face(points, mesh, blendshapes, (time.perf_counter() - started) * 1e3)


class _Task:
    """One native landmarker, in the mode of stills or of streams."""

    def __init__(self, vision: Any, kind: str, *, stills: bool, **options: Any) -> None:
        mode = vision.RunningMode.IMAGE if stills else vision.RunningMode.VIDEO
        chosen = getattr(vision, f"{kind}Options")(running_mode=mode, **options)
        self._native = getattr(vision, kind).create_from_options(chosen)
        self._stills = stills

    def run(self, picture: Picture, ms: int) -> Any:
        if self._stills:
            return self._native.detect(picture.native)
        return self._native.detect_for_video(picture.native, ms)

    def close(self) -> None:
        self._native.close()


class _Hands:
    """A native landmarker for hands."""

    def __init__(self, task: _Task) -> None:
        self._task = task

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        return _hands(self._task.run(picture, ms))

    def close(self) -> None:
        self._task.close()


@dataclass(frozen=True, slots=True)
class _Face:
    points: FloatArray
    mesh: FloatArray | None
    blendshapes: FloatArray | None
    ms: float


class _Clock:
    """Milliseconds since the first frame of a source, growing by at least one from frame to frame."""

    def __init__(self) -> None:
        self._first_ns: int | None = None
        self._last_ns = 0
        self._last_ms = -1

    def goes_back(self, t_ns: int) -> bool:
        return self._first_ns is not None and t_ns < self._last_ns

    def milliseconds(self, t_ns: int) -> int:
        if self._first_ns is None:
            self._first_ns = t_ns
        self._last_ns = t_ns
        self._last_ms = max((t_ns - self._first_ns) // 1_000_000, self._last_ms + 1)
        return self._last_ms


def _load(allow_usage_reports: bool) -> tuple[Any, Any]:
    """Import mediapipe, with usage reports blocked unless allowed, and without TensorFlow.

    mediapipe imports TensorFlow for its documentation only, which would cost 3.4 s and 600 MB.
    """
    if not allow_usage_reports:
        privacy.block_usage_reports()
    with _import_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hidden = "tensorflow" not in sys.modules
        if hidden:
            sys.modules["tensorflow"] = None  # type: ignore[assignment]
        try:
            import mediapipe
            from mediapipe.tasks.python import vision
        except (ImportError, OSError) as error:
            raise MudraError(
                f"mediapipe cannot be loaded: {error}", remedy="Install Mudra again, with all that it needs"
            ) from None
        finally:
            if hidden:
                del sys.modules["tensorflow"]
    return mediapipe, vision


def _refused(who: str, path: Path, error: Exception) -> LandmarkerFileError:
    remedy = "Remove it and run `mudra landmarkers fetch`"
    return LandmarkerFileError(f"{who} refuses it: {error}", where=path, remedy=remedy)


def _hands(result: Any) -> list[Hand]:
    return [
        (_points(points), _points(world), side[0].category_name, side[0].score)
        for points, world, side in zip(
            result.hand_landmarks, result.hand_world_landmarks, result.handedness, strict=True
        )
    ]


def _points(landmarks: Sequence[Any]) -> FloatArray:
    return np.array([(point.x, point.y, point.z) for point in landmarks], np.float32)


def _face_mesh(result: Any) -> tuple[FloatArray, FloatArray]:
    if not result.face_landmarks:
        return np.full((FACE_MESH_POINTS, 3), np.nan, np.float32), np.full(BLENDSHAPES, np.nan, np.float32)
    scores = [category.score for category in result.face_blendshapes[0]]
    return _points(result.face_landmarks[0]), np.array(scores, np.float32)


NO_FACE = _Face(np.full((FACE_POINTS, 2), np.nan, np.float32), None, None, 0.0)
