"""Draws a snapshot onto its image: hands, face points, labels, the source's state. Stateless.

Only here is anything ever mirrored, for a window in which people see themselves as in a mirror; text stays
readable.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.face_lines import CHAINS
from recognizers.types import HAND_PARENTS, LEFT, ImageArray, LabelEvent, Landmarks, Snapshot, SourceState

Colour = tuple[int, int, int]

LEFT_HAND: Colour = (64, 160, 255)
RIGHT_HAND: Colour = (255, 150, 40)
FACE: Colour = (120, 230, 160)
INK: Colour = (255, 255, 255)
FAINT: Colour = (190, 190, 190)
SHADE: Colour = (16, 18, 24)
BAR: Colour = (96, 208, 120)
RECORDING: Colour = (240, 70, 70)
REFERENCE_PX = 480
"""The shorter side of an image on which lines have their nominal width."""
CANVAS = (640, 480)
"""The size of the black canvas for landmarks whose image size is unknown."""
_SHIFT = 4
_SMALLEST_TEXT = 7
_TIPS = (4, 8, 12, 16, 20)


def draw(snapshot: Snapshot, *, mirrored: bool = False) -> ImageArray:
    """Return a new RGB image, uint8 (H, W, 3), of the moment.

    Args:
        snapshot: what to draw; without a frame the landmarks stand on black.
        mirrored: flip left and right, except for text.
    """
    if snapshot.frame is not None:
        image = snapshot.frame.image
        canvas = np.ascontiguousarray(image[:, ::-1]) if mirrored else image.copy()
    else:
        width, height = snapshot.landmarks.image_size or CANVAS
        canvas = np.zeros((height, width, 3), np.uint8)
    scale = min(canvas.shape[:2]) / REFERENCE_PX
    draw_points(canvas, snapshot.landmarks, mirrored, scale)
    top = round(10 * scale)
    for mode in snapshot.modes:
        event = snapshot.held.get(mode)
        if event is not None:
            top = _draw_label(canvas, event, len(snapshot.modes) > 1, top, scale)
    if snapshot.recording:
        radius = max(2, round(7 * scale))
        centre = canvas.shape[1] - 3 * radius, 3 * radius
        cv2.circle(canvas, centre, radius, RECORDING, cv2.FILLED, cv2.LINE_AA)
    if snapshot.status.state in (SourceState.WAITING, SourceState.LOST):
        words = (snapshot.status.message, snapshot.status.remedy)
        _draw_banner(canvas, ". ".join(word for word in words if word), scale)
    return canvas


def draw_points(canvas: ImageArray, landmarks: Landmarks, mirrored: bool, scale: float) -> None:
    """Draw hands and face onto a picture, in place, without any text.

    Args:
        canvas: uint8 (H, W, 3) RGB, contiguous; already flipped where `mirrored`.
        landmarks: what was found in it.
        mirrored: whether left and right are flipped.
        scale: of dots and lines; 1 suits a picture whose shorter side has `REFERENCE_PX` pixels.
    """
    for slot, found in enumerate(landmarks.hands_found):
        if found:
            points = _pixels(landmarks.hands[slot, :, :2], canvas, mirrored)
            _draw_hand(canvas, points, LEFT_HAND if slot == LEFT else RIGHT_HAND, scale)
    if landmarks.face is not None and np.isfinite(landmarks.face).all():
        _draw_mesh(canvas, _pixels(landmarks.face[:, :2], canvas, mirrored), scale)
    elif landmarks.face_found:
        for x, y in _pixels(landmarks.face_points, canvas, mirrored):
            _dot(canvas, (x, y), 3.0 * scale, FACE)


def _draw_mesh(canvas: ImageArray, points: npt.NDArray[np.int64], scale: float) -> None:
    """Draw all points as specks and the contours as fine lines, so that the face can still be seen behind them."""
    unit = 1 << _SHIFT
    specks = points // unit
    height, width = canvas.shape[:2]
    inside = ((specks >= 0) & (specks < (width, height))).all(axis=1)
    side = max(1, round(1.2 * scale))
    for across, down in np.ndindex(side, side):
        x, y = np.minimum(specks[inside] + (across, down), (width - 1, height - 1)).T
        canvas[y, x] = canvas[y, x] // 2 + np.array(FACE, np.uint8) // 2
    chains = [points[list(chain)].reshape(-1, 1, 2).astype(np.int32) for chain in CHAINS]
    cv2.polylines(canvas, chains, False, FACE, max(1, round(0.7 * scale)), cv2.LINE_AA, _SHIFT)


def _pixels(fractions: npt.NDArray[np.float32], canvas: ImageArray, mirrored: bool) -> npt.NDArray[np.int64]:
    """Return image fractions (N, 2) as fixed-point pixels for OpenCV's `shift`, kept near the image."""
    height, width = canvas.shape[:2]
    points = np.clip(fractions.astype(np.float64), -1, 2)
    if mirrored:
        points[:, 0] = 1 - points[:, 0]
    result: npt.NDArray[np.int64] = np.rint((points * (width, height) - 0.5) * (1 << _SHIFT)).astype(np.int64)
    return result


def _draw_hand(canvas: ImageArray, points: npt.NDArray[np.int64], colour: Colour, scale: float) -> None:
    wide, narrow = max(1, round(5 * scale)), max(1, round(2.5 * scale))
    bones = [(points[parent], points[child]) for child, parent in enumerate(HAND_PARENTS) if parent >= 0]
    palm = [(points[one], points[other]) for one, other in ((5, 9), (9, 13), (13, 17))]
    for thickness, ink in ((wide, SHADE), (narrow, colour)):
        for start, end in (*bones, *palm):
            cv2.line(canvas, _pair(start), _pair(end), ink, thickness, cv2.LINE_AA, _SHIFT)
    for index, (x, y) in enumerate(points):
        _dot(canvas, (x, y), (4.5 if index in _TIPS else 3.2) * scale, colour)


def _pair(point: npt.NDArray[np.int64]) -> tuple[int, int]:
    return int(point[0]), int(point[1])


def _dot(canvas: ImageArray, point: tuple[int, int], radius: float, colour: Colour) -> None:
    centre = int(point[0]), int(point[1])
    unit = 1 << _SHIFT
    cv2.circle(canvas, centre, round((radius + max(1.0, radius / 3)) * unit), SHADE, -1, cv2.LINE_AA, _SHIFT)
    cv2.circle(canvas, centre, round(max(1.0, radius) * unit), colour, -1, cv2.LINE_AA, _SHIFT)


def _draw_label(canvas: ImageArray, event: LabelEvent, with_mode: bool, top: int, scale: float) -> int:
    """Draw one pill, label and probability over a bar, and return where the next may begin."""
    percent = f"{event.probability:.0%}"
    margin = round(10 * scale)
    room = canvas.shape[1] - 2 * margin
    text = f"{event.mode}: {event.label}" if with_mode else event.label
    text, size = _fitting(text, f"  {percent}", round(26 * scale), room - 2 * margin)
    if size == 0:
        return top
    gap, bar = size // 2, max(2, size // 6)
    label_width, percent_width = _width(text, size), _width(percent, size)
    width = max(label_width + gap + percent_width, min(6 * size, room - 2 * gap))
    box = margin, top, width + 2 * gap, round(2.2 * size) + bar
    _shade(canvas, box, size // 2)
    left, baseline = margin + gap, top + round(1.35 * size)
    _write(canvas, text, (left, baseline), size, INK)
    _write(canvas, percent, (left + width - percent_width, baseline), size, FAINT)
    bar_top = baseline + round(0.5 * size)
    filled = round(width * min(max(event.probability, 0.0), 1.0))
    cv2.rectangle(canvas, (left, bar_top), (left + width, bar_top + bar), (70, 74, 84), -1)
    cv2.rectangle(canvas, (left, bar_top), (left + filled, bar_top + bar), BAR, -1)
    return top + box[3] + margin // 2


def _draw_banner(canvas: ImageArray, text: str, scale: float) -> None:
    height, width = canvas.shape[:2]
    text, size = _fitting(text, "", round(20 * scale), width - round(20 * scale))
    if size:
        _shade(canvas, (0, height - 2 * size, width, 2 * size), 0)
        _write(canvas, text, ((width - _width(text, size)) // 2, height - round(0.65 * size)), size, INK)


def _shade(canvas: ImageArray, box: tuple[int, int, int, int], radius: int) -> None:
    """Darken a box with round corners, so that text is readable on anything."""
    left, top, width, height = box
    right, bottom = min(left + width, canvas.shape[1]), min(top + height, canvas.shape[0])
    if right <= left or bottom <= top:
        return
    mask = np.zeros((height, width), np.uint8)
    radius = min(radius, height // 2, width // 2)
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
    area = canvas[top:bottom, left:right]
    share = mask[: bottom - top, : right - left, None].astype(np.float32) * (0.78 / 255)
    area[:] = np.rint(area * (1 - share) + np.array(SHADE, np.float32) * share).astype(np.uint8)


@cache
def _font() -> Any:
    """Return OpenCV 5's own font: Latin, Greek, Cyrillic, Arabic, Chinese; None before OpenCV 5."""
    return cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None


def _fitting(text: str, fixed: str, size: int, room: int) -> tuple[str, int]:
    """Return a line and the largest size up to `size` at which it and `fixed` behind it fit into the room.

    Below half the size it is cut short instead; where even that would not be readable the size is 0.
    """
    text = " ".join(text.split())
    width = _width(text + fixed, size)
    if width > room:
        size = min(size, max(size * max(room, 0) // width, size // 2, _SMALLEST_TEXT))
    if size < _SMALLEST_TEXT:
        return "", 0
    letters = len(text)
    while letters > 0 and _width(text + fixed, size) > room:
        letters -= 1
        text = text[:letters].rstrip("… ") + "…"
    return text, size if _width(text + fixed, size) <= room else 0


def _width(text: str, size: int) -> int:
    if _font() is not None:
        return int(cv2.getTextSize((0, 0), text, (0, 0), _font(), size, 600)[2])
    return int(cv2.getTextSize(_ascii(text), cv2.FONT_HERSHEY_DUPLEX, size / 30, max(1, size // 18))[0][0])


def _write(canvas: ImageArray, text: str, origin: tuple[int, int], size: int, colour: Colour) -> None:
    if _font() is not None:
        cv2.putText(canvas, text, origin, colour, _font(), size, 600)
        return
    thickness = max(1, size // 18)
    cv2.putText(canvas, _ascii(text), origin, cv2.FONT_HERSHEY_DUPLEX, size / 30, colour, thickness, cv2.LINE_AA)


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
