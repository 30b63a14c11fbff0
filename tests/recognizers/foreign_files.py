"""Small files in foreign formats, made as the programs that write them do, for a test; labels are palm and fist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

RNG = np.random.default_rng(11)


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
