"""From frames to landmarks. The only file that imports mediapipe.

Streams run in MediaPipe's VIDEO mode, which follows a hand from frame to frame; stills run in IMAGE mode.
Which hand is which side is settled by `handedness`; how two hands are found without paying for two all the
time is told at `hand_search` and in docs/decisions/0004-two-hands.md; why the face is looked for less often
than the hands, in docs/decisions/0005-face-ten-times-a-second.md.
"""

from __future__ import annotations

import sys
import threading
import time
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

from recognizers import landmarker_files, privacy
from recognizers.errors import LandmarkerFileError, MudraError
from recognizers.face import FaceDetector, FaceLooks, find_in_still
from recognizers.face_mesh import MESH_HZ, NO_POINTS, Mesh, MeshFollower
from recognizers.hand_room import HandRoom
from recognizers.hand_search import HandDetector, HandSearch, Picture
from recognizers.handedness import Hand, HandFollower
from recognizers.landmarker_catalog import file_named
from recognizers.landmarker_files import Progress
from recognizers.mediapipe_results import hands_of, mesh_of
from recognizers.palm import PalmDetector
from recognizers.sequence import Ticker
from recognizers.types import FloatArray, Frame, ImageArray, Landmarks

_import_lock = threading.Lock()


class Landmarker:
    """Finds hands and face points in frames; one for each source that is watched at a time.

    Args:
        stills: each frame stands alone (IMAGE mode, nothing followed).
        hands: how many hands to look for, 0 to 2.
        face: whether to find the six face points; beside hands in a stream at most ten times a second, and
            between two looks they stand still.
        mesh: whether to find the face mesh and the blendshapes as well; in a stream ten times a second, and in between
            the mesh goes along with the six points.
        room: whether stills in which no hand is found are looked at once more with room around them.
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
        room: bool = True,
        allow_usage_reports: bool = False,
        progress: Progress | None = None,
    ) -> None:
        if hands not in (0, 1, 2):
            raise ValueError(f"hands: expected 0, 1 or 2, found {hands}")
        self._stills = stills
        self._room = room
        self._wanted = _Wanted(hands, face, mesh)
        self._progress = progress
        self._paths: dict[str, Path] = {}
        self._find_files(self._wanted)
        self._mp, self._vision = _load(allow_usage_reports)
        self._palms: PalmDetector | None = None
        self._faces: FaceDetector | None = None
        self._hand_detector: HandDetector | None = None
        self._opened_hands = 0
        self._face_mesh: _Task | None = None
        self._forget()
        self._used = False
        self._closed = False
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="mudra-beside")
        self.stage_ms: dict[str, float] = {}
        """Milliseconds that each stage of the last frame took; of face and mesh, beside the hands, their last look."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def identity(self) -> str:
        """What is looked with: clips and datasets remember it."""
        names = self._wanted.files
        return "/".join([f"mediapipe-{self._mp.__version__}", *(f"{n}-{file_named(n).identity}" for n in names)])

    def watch(self, *, hands: int, face: bool, mesh: bool) -> None:
        """Look for something else from the next frame of the same source on.

        What stays wanted is followed on. What is no longer wanted stays loaded, since people go to and fro between
        modes and loading takes a tenth of a second; what it remembers is old when it is wanted again, and is noticed
        to be: a hand that is not where it was is looked for everywhere.

        Args:
            hands, face, mesh: as for a new landmarker.

        Raises:
            LandmarkerFileError: a model file is missing and cannot be fetched; everything is then as before.
        """
        wanted, before = _Wanted(hands, face, mesh), self._wanted
        self._find_files(wanted)
        self._wanted = wanted
        if wanted.hands != before.hands:
            self._follower = HandFollower()
            if wanted.hands not in (0, self._opened_hands):
                self._close_hands()
        if (wanted.face, wanted.mesh) != (before.face, before.mesh):
            self._forget_face()
        self._open()

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
        picture = self._picture(frame.image)
        face_due = self._face_is_due(frame.t_ns)
        mesh_due = face_due and self._wanted.mesh and (self._stills or self._mesh_looks.due(frame.t_ns))
        face_soon = self._beside.submit(self._face, picture, ms, mesh_due) if face_due else None
        found = self._hand_detector.detect(picture, ms) if self._hand_detector and self._wanted.hands else []
        found_at = time.perf_counter()
        hands, world = self._follower.update(frame.t_ns, found, frame.size)
        followed_at = time.perf_counter()
        if face_soon is not None:
            self._last_face = face_soon.result()
            self._face_looks.found(self._last_face.points * np.array(frame.size, np.float32))
            if self._last_face.mesh is not None:
                self._mesh.found(self._last_face.mesh, self._last_face.points)
        face, mesh = self._last_face, self._mesh.now(self._last_face.points, frame.size)
        self.stage_ms = {
            "hands": (found_at - started) * 1e3,
            "follow": (followed_at - found_at) * 1e3,
            "face": face.ms,
            **({"mesh": face.mesh_ms} if self._wanted.mesh else {}),
        }
        return Landmarks(
            t_ns=frame.t_ns,
            hands=hands,
            hands_world=world,
            face_points=face.points,
            image_size=frame.size,
            face=None if mesh is None else mesh.points,
            blendshapes=None if mesh is None else mesh.blendshapes,
        )

    def reset(self) -> None:
        """Forget what was followed, as for a new source; the next frame is found as if it were the first."""
        if not self._used:
            return
        self._used = False
        self._forget()
        if not self._stills:  # Nothing else empties MediaPipe's memory of where a hand was.
            self._close_hands()
            self._close_mesh()
            self._open()

    def close(self) -> None:
        """Let go of the native landmarkers and the thread; again does nothing."""
        self._closed = True
        self._close_hands()
        self._close_mesh()
        self._beside.shutdown()

    def _find_files(self, wanted: _Wanted) -> None:
        for name in wanted.files:
            if name not in self._paths:
                self._paths[name] = landmarker_files.ensure(name, self._progress)

    def _forget(self) -> None:
        self._follower = HandFollower()
        self._clock = _Clock()
        self._forget_face()

    def _forget_face(self) -> None:
        self._last_face = NO_FACE
        self._face_looks: FaceLooks = FaceLooks()
        self._mesh: MeshFollower = MeshFollower()
        self._mesh_looks: Ticker = Ticker(MESH_HZ)

    def _open(self) -> None:
        """Make what is wanted and not there; each native landmarker remembers only what it has seen since."""
        if self._wanted.hands and self._hand_detector is None:
            self._hand_detector = self._open_hands(self._wanted.hands)
            self._opened_hands = self._wanted.hands
        if self._wanted.face and self._faces is None:
            self._faces = self._open_faces()
        if self._wanted.mesh and self._face_mesh is None:
            self._face_mesh = self._task("FaceLandmarker", "face_mesh", num_faces=1, output_face_blendshapes=True)

    def _close_hands(self) -> None:
        if self._hand_detector is not None:
            self._hand_detector.close()
        self._hand_detector = None

    def _close_mesh(self) -> None:
        if self._face_mesh is not None:
            self._face_mesh.close()
        self._face_mesh = None

    def _open_hands(self, hands: int) -> HandDetector:
        def looking_for(count: int) -> HandDetector:
            return _Hands(self._task("HandLandmarker", "hand", num_hands=count))

        if self._stills and self._room:
            return HandRoom(looking_for(hands), self._picture)
        if self._stills or hands == 1:
            return looking_for(hands)
        if self._palms is None:
            with zipfile.ZipFile(self._paths["hand"]) as archive:
                self._palms = PalmDetector(archive.read("hand_detector.tflite"))
        return HandSearch(looking_for(1), lambda: looking_for(2), self._palms.detect, self._beside)

    def _picture(self, image: ImageArray) -> Picture:
        pixels = np.ascontiguousarray(image, np.uint8)
        return Picture(self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=pixels), pixels)

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

    def _face_is_due(self, t_ns: int) -> bool:
        """Return whether to look for the face; it rests beside hands in a stream. Ask once for every frame."""
        if not self._wanted.face:
            return self._wanted.mesh
        rests = self._wanted.hands > 0 and not self._stills
        return not rests or self._face_looks.due(t_ns)

    def _face(self, picture: Picture, ms: int, with_mesh: bool) -> _Face:
        """Find what is wanted of the face; runs in a thread of its own, beside the hands."""
        started = time.perf_counter()
        points, mesh = NO_POINTS, None
        if self._wanted.face and self._faces is not None:
            points = find_in_still(self._faces, picture.pixels) if self._stills else self._faces.detect(picture.pixels)
        found = time.perf_counter()
        if with_mesh and self._face_mesh is not None:
            mesh = Mesh(*mesh_of(self._face_mesh.run(picture, ms)))
        return _Face(points, mesh, (found - started) * 1e3, (time.perf_counter() - found) * 1e3)


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
        return hands_of(self._task.run(picture, ms))

    def close(self) -> None:
        self._task.close()


class _Wanted(NamedTuple):
    hands: int
    face: bool
    mesh: bool

    @property
    def files(self) -> list[str]:
        parts = (("hand", self.hands), ("face_detector", self.face), ("face_mesh", self.mesh))
        return [name for name, wanted in parts if wanted]


class _Face(NamedTuple):
    points: FloatArray
    mesh: Mesh | None
    ms: float
    mesh_ms: float


NO_FACE = _Face(NO_POINTS, None, 0.0, 0.0)


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
