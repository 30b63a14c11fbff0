"""Clips of pictures as sources: faces are read as in training, other pictures are looked at like a video's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.engine import Engine
from recognizers.clip_pictures import PicturesSource, crop_points
from recognizers.clip_source import ClipSource
from recognizers.clips import Clip, ClipHeader, save_clip
from recognizers.errors import SourceError
from recognizers.face_crop import SIDE, face_crop
from recognizers.recognizer import Recognizer
from recognizers.sources import open_sources
from recognizers.types import Frame, SourceKind
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.made_clips import made_clip

FRAMES = 40


def faces(path: Path, mode: str = "emotion", shape: tuple[int, ...] = (SIDE, SIDE)) -> Path:
    """Write a clip of pictures whose upper half is bright."""
    frames = np.full((FRAMES, *shape), 60, np.uint8)
    frames[:, : shape[0] // 2] = 200
    times = np.arange(FRAMES, dtype=np.int64) * 33_000_000
    header = ClipHeader("bright", mode, kind="pixels", fps=30.0)
    save_clip(path, Clip.of_arrays(header, {"t_ns": times, "frames": frames}, path))
    return path


def events_of(source: PicturesSource) -> list[str]:
    engine = Engine([Recognizer(tiny.face_bundle())])
    said = [event for item in source.items() for event in engine.process(item, source.kind, source.name).events]
    return [event.label for event in (*said, *engine.finish()) if event.ended]


def test_kept_faces_are_recognized_without_a_landmarker(tmp_path: Path) -> None:
    (source,) = open_sources(str(faces(tmp_path / "a.pixels.npz")))
    assert isinstance(source, PicturesSource) and source.kind is SourceKind.RECORDED
    assert (source.name, source.frame_rate, source.frame_count) == ("a.pixels.npz", 30.0, FRAMES)
    assert events_of(source) == ["bright"]


def test_an_aligned_crop_is_cut_out_as_it_is() -> None:
    crop = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE), np.uint8)
    again = face_crop(crop, crop_points())
    assert again is not None and np.array_equal(again, crop)


def test_other_pictures_are_looked_at_like_those_of_a_video(tmp_path: Path) -> None:
    (source,) = open_sources(str(faces(tmp_path / "a.npz", "gesture", (90, 120, 3))))
    items = list(source.items())
    assert len(items) == FRAMES and all(isinstance(item, Frame) and item.landmarks is None for item in items)
    assert isinstance(items[0], Frame) and items[0].size == (120, 90)


def test_in_a_folder_faces_follow_their_landmarks_and_other_pictures_do_not_count_twice(tmp_path: Path) -> None:
    for name, mode in (("face", "emotion"), ("hand", "gesture")):
        save_clip(tmp_path / f"{name}.npz", made_clip(name, mode))
        faces(tmp_path / f"{name}.pixels.npz", mode)
    sources = open_sources(str(tmp_path))
    assert [source.name for source in sources] == ["face.npz", "face.pixels.npz", "hand.npz"]
    assert [type(source) for source in sources] == [ClipSource, PicturesSource, ClipSource]
    alone = open_sources(str(tmp_path / "face.npz"))
    assert [source.name for source in alone] == ["face.npz", "face.pixels.npz"]
    assert len(open_sources(str(tmp_path / "hand.npz"))) == 1


def test_what_cannot_be_read_is_told_where_it_is_iterated(tmp_path: Path) -> None:
    path = faces(tmp_path / "a.pixels.npz")
    source = PicturesSource(path, deferred=True)
    path.write_bytes(path.read_bytes()[:200])
    assert list(source.items()) == [] and len(source.problems) == 1
    save_clip(tmp_path / "b.npz", made_clip())
    with pytest.raises(SourceError, match="holds landmarks, not pictures"):
        PicturesSource(tmp_path / "b.npz")
