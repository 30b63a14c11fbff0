"""The overlay: what is drawn where, and that nothing makes it fail."""

from __future__ import annotations

import numpy as np
import pytest

from app import overlay
from app.overlay import LEFT_HAND, RIGHT_HAND, draw, draw_points
from recognizers.handmodel import hand_points, poses
from recognizers.types import (
    LEFT,
    RIGHT,
    Frame,
    LabelEvent,
    Landmarks,
    Snapshot,
    SourceState,
    SourceStatus,
)

GREY = 90


def snapshot(
    size: tuple[int, int] = (320, 240),
    *,
    hands: dict[int, float] | None = None,
    label: str | None = None,
    probability: float = 0.8,
    frame: bool = True,
    status: SourceStatus | None = None,
    recording: bool = False,
) -> Snapshot:
    """A grey picture with hands, by side and their middle's x."""
    points = np.full((2, 21, 3), np.nan, np.float32)
    for side, x in (hands or {}).items():
        shape = hand_points(poses()["palm"], side)
        points[side] = shape * 0.12
        points[side, :, :2] += np.array([x, 0.7]) - points[side, :, :2].mean(axis=0)
    image = np.full((size[1], size[0], 3), GREY, np.uint8)
    held = {} if label is None else {"gesture": LabelEvent("gesture", label, probability, 0)}
    return Snapshot(
        0,
        0,
        Frame(image, 0, 0) if frame else None,
        Landmarks(t_ns=0, hands=points, image_size=size),
        {},
        held,
        status or SourceStatus(SourceState.OK),
        ("gesture",),
        {},
        recording,
    )


def changed(drawn: np.ndarray) -> np.ndarray:
    """Return the x and y (N, 2) of the pixels that are no longer grey."""
    return np.argwhere((drawn != GREY).any(axis=2))[:, ::-1]


def inked(drawn: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((drawn == colour).all(axis=2))[:, ::-1]


def test_nothing_seen_is_the_picture_itself_and_the_source_stays_untouched() -> None:
    moment = snapshot(hands={RIGHT: 0.5}, label="palm")
    assert moment.frame is not None
    draw(moment)
    assert (moment.frame.image == GREY).all()
    assert (draw(snapshot()) == GREY).all()


def test_each_hand_has_its_colour_and_place() -> None:
    drawn = draw(snapshot(hands={LEFT: 0.75, RIGHT: 0.25}))
    assert len(inked(drawn, LEFT_HAND)) > 50 and inked(drawn, LEFT_HAND)[:, 0].min() > 160
    assert len(inked(drawn, RIGHT_HAND)) > 50 and inked(drawn, RIGHT_HAND)[:, 0].max() < 160


def test_a_mirror_turns_the_hands_and_not_the_text() -> None:
    plain = draw(snapshot(hands={RIGHT: 0.25}, label="palm"))
    mirrored = draw(snapshot(hands={RIGHT: 0.25}, label="palm"), mirrored=True)
    assert inked(plain, RIGHT_HAND)[:, 0].max() < 160 < inked(mirrored, RIGHT_HAND)[:, 0].min()
    assert (plain[:60, :100] == mirrored[:60, :100]).all(), "the label stands at the same place, readable"


def test_lines_grow_with_the_picture() -> None:
    small = len(changed(draw(snapshot((640, 480), hands={RIGHT: 0.5})))) / (640 * 480)
    large = len(changed(draw(snapshot((1280, 960), hands={RIGHT: 0.5})))) / (1280 * 960)
    assert large == pytest.approx(small, rel=0.35)


def test_the_bar_shows_the_probability() -> None:
    few = len(inked(draw(snapshot(label="palm", probability=0.2)), overlay.BAR))
    many = len(inked(draw(snapshot(label="palm", probability=1.0)), overlay.BAR))
    assert many == pytest.approx(5 * few, rel=0.15)


@pytest.mark.parametrize("label", ["palm", "señal", "你好", "مرحبا", "नमस्ते", "🙂", "", "x" * 300, "a\nb"])
def test_any_label_can_be_drawn(label: str) -> None:
    assert len(changed(draw(snapshot(label=label)))) > 100


def test_without_opencv_5s_font_labels_are_drawn_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "_font", lambda: None)
    assert len(changed(draw(snapshot(label="señal 你好")))) > 100


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (33, 17)])
def test_tiny_pictures(size: tuple[int, int]) -> None:
    lost = SourceStatus(SourceState.LOST, "The camera is gone", "Plug it in")
    drawn = draw(snapshot(size, hands={LEFT: 0.2, RIGHT: 0.8}, label="palm", status=lost, recording=True))
    assert drawn.shape == (size[1], size[0], 3)


def test_points_far_outside_do_no_harm() -> None:
    moment = snapshot(hands={RIGHT: 0.5})
    moment.landmarks.hands[RIGHT] *= 1e6
    assert draw(moment).shape == (240, 320, 3)


def test_landmarks_without_a_picture_stand_on_black() -> None:
    drawn = draw(snapshot((300, 200), hands={RIGHT: 0.5}, frame=False))
    assert drawn.shape == (200, 300, 3) and (drawn[0] == 0).all() and len(inked(drawn, RIGHT_HAND)) > 50


def test_a_lost_source_and_a_recording_are_told() -> None:
    lost = draw(snapshot(status=SourceStatus(SourceState.LOST, "gone", "plug it in")))
    assert changed(lost)[:, 1].min() > 200
    recording = changed(draw(snapshot(recording=True)))
    assert recording[:, 0].min() > 280 and recording[:, 1].max() < 40


def test_a_mesh_is_drawn_finely_in_place_of_the_six_points() -> None:
    grid = np.stack(np.meshgrid(np.linspace(0.3, 0.7, 20), np.linspace(0.2, 0.8, 24)), axis=-1).reshape(-1, 2)[:478]
    mesh = np.column_stack([grid, np.zeros(478)]).astype(np.float32)
    points = np.full((6, 2), 0.05, np.float32)
    canvas = np.zeros((480, 640, 3), np.uint8)
    draw_points(canvas, Landmarks(t_ns=0, face_points=points, face=mesh), False, 1.0)
    drawn = canvas.any(axis=2)
    assert not drawn[:80].any() and not drawn[:, :180].any(), "the six points are left out"
    assert 0.005 < drawn.mean() < 0.2 and drawn[100:380, 200:440].any(axis=0).all()
    mirrored = np.zeros_like(canvas)
    draw_points(mirrored, Landmarks(t_ns=0, face_points=points, face=mesh), True, 1.0)
    assert np.mean(mirrored[:, ::-1].any(axis=2) == drawn) > 0.97


def test_a_mesh_that_was_not_found_leaves_the_six_points() -> None:
    canvas = np.zeros((480, 640, 3), np.uint8)
    mesh = np.full((478, 3), np.nan, np.float32)
    draw_points(canvas, Landmarks(t_ns=0, face_points=np.full((6, 2), 0.5, np.float32), face=mesh), False, 1.0)
    assert canvas[240, 320].any()


def test_a_mesh_beyond_the_edge_is_no_error() -> None:
    canvas = np.zeros((48, 64, 3), np.uint8)
    mesh = np.linspace(-2, 3, 478 * 3, dtype=np.float32).reshape(478, 3)
    draw_points(canvas, Landmarks(t_ns=0, face=mesh), False, 1.0)
    assert canvas.any()
