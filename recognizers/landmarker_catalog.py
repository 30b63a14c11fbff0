"""What the landmark model files are: their members, hashes, sizes and official addresses.

A landmark model is known by the hashes of its members, not of the archive around them: archives from
different places hold the same networks. See docs/decisions/0003-landmarker-files.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from recognizers import home
from recognizers.errors import LandmarkerFileError

Name = Literal["hand", "face_detector", "face_mesh"]

FETCH_REMEDY = (
    "Connect to the internet and run `mudra landmarkers fetch`, or on a machine without one run "
    "`mudra landmarkers fetch --from FOLDER` with a folder that holds the file or a mediapipe 0.10.21 wheel"
)
FETCH_MESH_REMEDY = (
    "Connect to the internet and run `mudra landmarkers fetch`, "
    "or run `mudra landmarkers fetch --from FOLDER` with a folder that holds face_landmarker.task"
)


@dataclass(frozen=True, slots=True)
class Member:
    """One network inside a landmark model file.

    Attributes:
        size: bytes.
        sha256: hexadecimal.
        in_wheel: its base name inside the mediapipe 0.10.21 wheel, or None where that does not hold it.
    """

    size: int
    sha256: str
    in_wheel: str | None = None


@dataclass(frozen=True, slots=True)
class LandmarkerFile:
    """One landmark model file.

    Attributes:
        name: the name that `ensure` takes.
        title: the words for people.
        file: its file name in the landmarkers folder.
        members: by their name inside the file; a single member named like the file is the file itself.
        size: bytes of the stored file.
        sha256: of the stored file, which follows from the members.
        address: the official address, or None where the wheel is the place for it.
        optional: True where no mode that ships needs it.
    """

    name: Name
    title: str
    file: str
    members: Mapping[str, Member]
    size: int
    sha256: str
    address: str | None = None
    optional: bool = False

    @property
    def path(self) -> Path:
        """Where it lies, or would lie."""
        return home.landmarkers_folder() / self.file

    @property
    def packed(self) -> bool:
        """Whether the file is an archive of its members."""
        return set(self.members) != {self.file}

    @property
    def identity(self) -> str:
        """What clips and datasets remember: the first 12 digits of a hash over the members' hashes."""
        return hashlib.sha256("".join(sorted(m.sha256 for m in self.members.values())).encode()).hexdigest()[:12]

    @property
    def remedy(self) -> str:
        """What to do where it is missing."""
        return FETCH_MESH_REMEDY if self.optional else FETCH_REMEDY


_OFFICIAL = "https://storage.googleapis.com/mediapipe-models"
_PALM = Member(
    2339846, "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54", "palm_detection_full.tflite"
)
_HAND = Member(5478917, "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3", "hand_landmark_full.tflite")
_FACE = Member(
    229714,
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "face_detection_short_range.tflite",
)

FILES: Mapping[str, LandmarkerFile] = MappingProxyType(
    {
        "hand": LandmarkerFile(
            "hand",
            "hand landmarks",
            "hand_landmarker.task",
            MappingProxyType({"hand_detector.tflite": _PALM, "hand_landmarks_detector.tflite": _HAND}),
            7819049,
            "ac338711601ea520a75fc268cf5ac9cf391224784129e7d904825bf840b9b5c4",
            address=f"{_OFFICIAL}/hand_landmarker/hand_landmarker/float16/1/hand_landmarker.task",
        ),
        "face_detector": LandmarkerFile(
            "face_detector",
            "face points",
            "face_detection_short_range.tflite",
            MappingProxyType({"face_detection_short_range.tflite": _FACE}),
            _FACE.size,
            _FACE.sha256,
        ),
        "face_mesh": LandmarkerFile(
            "face_mesh",
            "face mesh",
            "face_landmarker.task",
            MappingProxyType(
                {
                    "face_detector.tflite": Member(
                        229746, "b4578f35940bf5a1a655214a1cce5cab13eba73c1297cd78e1a04c2380b0152f"
                    ),
                    "face_landmarks_detector.tflite": Member(
                        2553590, "c7d54204ce0448474c7f3fa9af494787c0965cbdd6f20fc72867e43046bd43d5"
                    ),
                    "geometry_pipeline_metadata_landmarks.binarypb": Member(
                        19376, "bdbcda96dfcb7da883da124aaa2c55dee49770d934f0fcc71747f8c21bdc75b4"
                    ),
                    "face_blendshapes.tflite": Member(
                        955312, "4f36dded049db18d76048567439b2a7f58f1daabc00d78bfe8f3ad396a2d2082"
                    ),
                }
            ),
            3758612,
            "bcbde121d8df318c7360cf3da3a9291f9cf5cbccb1ab546ec60a48e4c4a9ca2a",
            address=f"{_OFFICIAL}/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
            optional=True,
        ),
    }
)


def file_named(name: str) -> LandmarkerFile:
    """Return what is known of a landmark model file.

    Raises:
        LandmarkerFileError: there is none of this name.
    """
    try:
        return FILES[name]
    except KeyError:
        raise LandmarkerFileError(
            "there is no such landmark model", where=name, expected="one of " + ", ".join(FILES)
        ) from None
