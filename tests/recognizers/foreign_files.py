"""Small files in foreign formats, made as the programs that write them do, for a test; labels are palm and fist."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from recognizers.synthetic import SyntheticSource


def write_table(path: Path, rows: Sequence[Sequence[object]], mark: str = "\ufeff") -> Path:
    """A table as Windows programs save it: a mark at the start, CRLF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(mark + "".join(",".join(map(str, row)) + "\r\n" for row in rows), encoding="utf-8", newline="")
    return path


def keypoint_row(label: int, seed: int = 0) -> list[float]:
    """A hand in pixels, made relative to its wrist and brought to size."""
    pixels = np.random.default_rng(seed).integers(0, 400, (21, 2)).astype(float)
    shape = (pixels - pixels[0]) / np.abs(pixels - pixels[0]).max()
    return [label, *shape.ravel()]


def write_keypoints(folder: Path) -> Path:
    write_table(folder / "keypoint.csv", [keypoint_row(number % 2, number) for number in range(6)], mark="")
    write_table(folder / "keypoint_classifier_label.csv", [["palm"], ["fist"]])
    return folder


def circle(pictures: int, turn: float = 0.4, centre: tuple[float, float] = (0.6, 0.5)) -> np.ndarray:
    """A finger tip's way, (T, 2) fractions of the picture, on whole pixels of 960 x 540; clockwise if turn > 0."""
    angles = np.arange(pictures) * turn
    way = np.stack([0.1 * np.cos(angles) + centre[0], 0.15 * np.sin(angles) + centre[1]], axis=1)
    return np.rint(way * (960, 540)) / (960, 540)


def history_rows(label: int, way: np.ndarray) -> list[list[object]]:
    """What the app writes of a way: from the 16th picture on a row each, relative to the first of its 16 points."""
    return [[label, *np.round((way[end - 16 : end] - way[end - 16]).ravel(), 9)] for end in range(16, len(way) + 1)]


def write_point_history(folder: Path) -> Path:
    rows = [*history_rows(0, circle(40)), *history_rows(1, circle(30, -0.3))]
    write_table(folder / "point_history.csv", rows, mark="")
    write_table(folder / "point_history_classifier_label.csv", [["palm"], ["fist"]])
    return folder


def holistic_points(frames: int, seed: int = 0, hands: str = "both") -> np.ndarray:
    """A person whose hands hang on the wrists, as Holistic sees them: (T, 543, 3) in Kaggle's order, NaN if missing."""
    rng = np.random.default_rng(seed)
    way = np.stack([0.02 * np.sin(np.arange(frames) / 3), 0.02 * np.cos(np.arange(frames) / 3)], axis=1)
    body = np.concatenate([rng.uniform(0.3, 0.7, (33, 2)), rng.uniform(-1, 0, (33, 1))], axis=1)
    body[:11, :2] = (0.5, 0.3) + 0.05 * np.array(FACE_OF_BODY)
    body[[15, 16], :2] = ((0.7, 0.6), (0.3, 0.6))
    points = np.full((frames, 543, 3), np.nan)
    points[:, 489:522] = body
    points[:, 489:522, :2] += way[:, None]
    mesh = points[:, 489:490] + np.concatenate([rng.uniform(-0.1, 0.1, (468, 2)), np.zeros((468, 1))], axis=1)
    mesh[:, 1] = points[:, 489]
    points[:, :468] = mesh
    for name, start, wrist in (("left", 468, 489 + 15), ("right", 522, 489 + 16)):
        if hands in (name, "both"):
            points[:, start : start + 21] = points[:, wrist : wrist + 1] + rng.uniform(-0.05, 0.05, (21, 3))
            points[:, start] = points[:, wrist]
    return points


# The body's nose, eyes (inner, middle, outer; left first), ears and corners of the mouth, in eye distances.
FACE_OF_BODY = (
    *((0, 0), (0.5, -0.5), (1, -0.5), (1.2, -0.5), (-0.5, -0.5), (-1, -0.5), (-1.2, -0.5)),
    *((2, -0.2), (-2, -0.2), (0.6, 0.8), (-0.6, 0.8)),
)
PARTS = {"face": 468, "left_hand": 21, "pose": 33, "right_hand": 21}


def write_parquet(path: Path, points: np.ndarray, first: int = 20, **changes: object) -> Path:
    """A recording as Kaggle stores it: a row a point, from a frame that is not the first."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    frames = np.repeat(np.arange(len(points)) + first, 543)
    types = [name for name, count in PARTS.items() for _ in range(count)] * len(points)
    indices = np.concatenate([np.arange(count) for count in PARTS.values()] * len(points))
    columns: dict[str, object] = {
        "frame": frames.astype(np.int16),
        "row_id": [f"{frame}-{kind}-{index}" for frame, kind, index in zip(frames, types, indices, strict=True)],
        "type": types,
        "landmark_index": indices.astype(np.int16),
        **{axis: points[..., place].ravel().astype(np.float64) for place, axis in enumerate("xyz")},
    }
    columns = {name: value for name, value in {**columns, **changes}.items() if value is not None}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


GISLR_ROWS = (("2044", "1001", "palm"), ("4718", "1002", "fist"), ("2044", "1003", "fist"))


def write_gislr(folder: Path) -> Path:
    head = ["path", "participant_id", "sequence_id", "sign"]
    rows = [[f"train_landmark_files/{who}/{which}.parquet", who, which, sign] for who, which, sign in GISLR_ROWS]
    write_table(folder / "train.csv", [head, *rows], mark="")
    for number, row in enumerate(rows):
        write_parquet(folder / str(row[0]), holistic_points(9, number))
    (folder / "sign_to_prediction_index_map.json").write_text('{"palm": 0, "fist": 1}')
    return folder


def write_hdf5(path: Path, recordings: dict[str, dict[str, object]]) -> Path:
    """A file of groups, each with datasets by name."""
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, members in recordings.items():
            group = file.create_group(name)
            for member, data in members.items():
                group.create_dataset(member, data=data)
    return path


def hdf5_recording(sign: object, seed: int = 0, frames: int = 9, hands: str = "both") -> dict[str, object]:
    feature = np.moveaxis(holistic_points(frames, seed, hands), 2, 0).astype(np.float32)
    return {"feature": feature, "token": sign}


def write_gislr_hdf5(folder: Path) -> Path:
    write_hdf5(folder / "2044.hdf5", {"1001": hdf5_recording(np.array([0])), "1003": hdf5_recording(np.array([1]), 1)})
    write_hdf5(folder / "4718.hdf5", {"1002": hdf5_recording(np.array([1]), 2)})
    (folder / "sign_to_prediction_index_map.json").write_text('{"palm": 0, "fist": 1}')
    return folder


def write_signer_video(path: Path, script: str, frames: int = 6, rate: float = 10, codec: str = "mp4v") -> Path:
    """A video of the synthetic signer; its hand has arrived when it begins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), rate, (640, 480))
    assert writer.isOpened()
    for frame in list(SyntheticSource(f"{script}:3,fps=10").items())[10 : 10 + frames]:
        writer.write(frame.image[..., ::-1].copy())
    writer.release()
    return path


def write_videos(folder: Path) -> Path:
    for pose in ("palm", "fist"):
        write_signer_video(folder / pose / "1.mp4", pose)
    return folder


HOLISTIC = (("POSE_LANDMARKS", 33), ("FACE_LANDMARKS", 468), ("LEFT_HAND_LANDMARKS", 21), ("RIGHT_HAND_LANDMARKS", 21))


def pose_bytes(
    data: np.ndarray,
    confidence: np.ndarray,
    parts: Sequence[tuple[str, Sequence[str]]],
    *,
    version: float = 0.2,
    fps: float = 25,
    size: tuple[int, int, int] = (640, 480, 0),
    letters: str = "XYZC",
) -> bytes:
    """A .pose file, byte by byte as its specification says.

    Args:
        data: (T, people, P, D) pixels.
        confidence: (T, people, P).
        parts: names of parts and of their points.
        version, fps, size, letters: as in the file.
    """

    def text(words: str) -> bytes:
        return struct.pack("<H", len(words.encode())) + words.encode()

    head = struct.pack("<fHHHH", version, *size, len(parts))
    for name, points in parts:
        limbs, colours = [(0, 1)], [(255, 0, 0), (0, 0, 255)]
        head += text(name) + text(letters) + struct.pack("<HHH", len(points), len(limbs), len(colours))
        head += b"".join(map(text, points))
        head += b"".join(struct.pack("<HH", *limb) for limb in limbs)
        head += b"".join(struct.pack("<HHH", *colour) for colour in colours)
    if version < 0.15:
        head += struct.pack("<HHH", int(fps), len(data) % 65536, data.shape[1])
    else:
        head += struct.pack("<fIH", fps, len(data), data.shape[1])
    return head + data.astype("<f4").tobytes() + confidence.astype("<f4").tobytes()


def holistic_pose(points: np.ndarray, size: tuple[int, int] = (640, 480), **facts: object) -> bytes:
    """Points in Kaggle's order (T, 543, 3) as a .pose file of MediaPipe Holistic; a NaN becomes a confidence of 0."""
    face, left, body, right = np.split(points, [468, 489, 522], axis=1)
    ordered = np.concatenate([body, face, left, right], axis=1)
    data = np.nan_to_num(ordered) * (*size, 1)
    names = {33: BODY_NAMES, 21: HAND_NAMES, 468: tuple(map(str, range(468)))}
    parts = [(name, names[count]) for name, count in HOLISTIC]
    found = np.isfinite(ordered).all(axis=2)
    return pose_bytes(data[:, None], found[:, None], parts, size=(*size, 0), **facts)  # type: ignore[arg-type]


_BODY = """
NOSE LEFT_EYE_INNER LEFT_EYE LEFT_EYE_OUTER RIGHT_EYE_INNER RIGHT_EYE RIGHT_EYE_OUTER LEFT_EAR RIGHT_EAR MOUTH_LEFT
MOUTH_RIGHT LEFT_SHOULDER RIGHT_SHOULDER LEFT_ELBOW RIGHT_ELBOW LEFT_WRIST RIGHT_WRIST LEFT_PINKY RIGHT_PINKY
LEFT_INDEX RIGHT_INDEX LEFT_THUMB RIGHT_THUMB LEFT_HIP RIGHT_HIP LEFT_KNEE RIGHT_KNEE LEFT_ANKLE RIGHT_ANKLE
LEFT_HEEL RIGHT_HEEL LEFT_FOOT_INDEX RIGHT_FOOT_INDEX
"""
_HAND = """
WRIST THUMB_CMC THUMB_MCP THUMB_IP THUMB_TIP INDEX_FINGER_MCP INDEX_FINGER_PIP INDEX_FINGER_DIP INDEX_FINGER_TIP
MIDDLE_FINGER_MCP MIDDLE_FINGER_PIP MIDDLE_FINGER_DIP MIDDLE_FINGER_TIP RING_FINGER_MCP RING_FINGER_PIP
RING_FINGER_DIP RING_FINGER_TIP PINKY_MCP PINKY_PIP PINKY_DIP PINKY_TIP
"""
BODY_NAMES, HAND_NAMES = tuple(_BODY.split()), tuple(_HAND.split())


def write_poses(folder: Path) -> Path:
    for number, label in enumerate(("palm", "fist")):
        (folder / label).mkdir()
        (folder / label / "1.pose").write_bytes(holistic_pose(holistic_points(5, number)))
    return folder
