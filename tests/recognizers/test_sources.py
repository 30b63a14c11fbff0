"""From a word to sources, and what every source promises."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers.clip_pictures import PicturesSource
from recognizers.clip_source import ClipSource
from recognizers.clips import Clip, ClipHeader, save_clip
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.frames import FolderSource, PhotoSource, Source, VideoSource
from recognizers.sources import open_sources
from recognizers.synthetic import SyntheticSource
from recognizers.types import Frame, Landmarks, SourceKind
from tests.recognizers import media_files as media


def write_clip(path: Path, frames: int = 5, kind: str = "landmarks") -> Path:
    header = ClipHeader("wave", "sign", kind=kind, fps=30.0, image_size=(640, 480))
    arrays: dict[str, np.ndarray] = {"t_ns": np.arange(frames) * 33_000_000}
    if kind == "pixels":
        arrays["frames"] = np.zeros((frames, 48, 48), np.uint8)
    else:
        arrays["hands"] = np.random.default_rng(0).random((frames, 2, 21, 3), np.float32)
        arrays["hands_world"] = np.full((frames, 2, 21, 3), np.nan, np.float32)
        arrays["face_points"] = np.full((frames, 6, 2), np.nan, np.float32)
    save_clip(path, Clip.of_arrays(header, arrays, path))
    return path


def folder_source(folder: Path) -> Source:
    photos = [media.write_photo(folder / name) for name in ("a.jpg", "b/c.png", "d.bmp")]
    return FolderSource(folder, photos)


SOURCES: dict[str, Callable[[Path], Source]] = {
    "video": lambda folder: VideoSource(media.write_video(folder / "a.mp4")),
    "deferred video": lambda folder: VideoSource(media.write_video(folder / "a.mkv"), deferred=True),
    "gif": lambda folder: VideoSource(media.write_gif(folder / "a.gif", 4)),
    "photo": lambda folder: PhotoSource(media.write_photo(folder / "a.png")),
    "folder": folder_source,
    "clip": lambda folder: ClipSource(write_clip(folder / "a.npz")),
    "clip of pictures": lambda folder: PicturesSource(write_clip(folder / "a.npz", kind="pixels")),
    "deferred clip": lambda folder: ClipSource(write_clip(folder / "a.npz"), deferred=True),
    "synthetic": lambda folder: SyntheticSource("fist:0.5,fps=10"),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    made: Source = SOURCES[request.param](tmp_path)
    return made


def test_contract_items_come_in_order_and_fit_the_kind(source: Source) -> None:
    with source:
        items = list(source)
    assert items
    assert source.name
    assert source.frame_count in (None, len(items))
    assert not source.warnings
    assert not source.problems
    times = [item.t_ns for item in items]
    assert times[0] == 0
    if source.kind is SourceKind.STILLS:
        assert set(times) == {0}
    else:
        assert all(later > earlier for earlier, later in itertools.pairwise(times))
    if source.kind is SourceKind.LANDMARKS:
        assert all(isinstance(item, Landmarks) for item in items)
        return
    frames = [item for item in items if isinstance(item, Frame)]
    assert len(frames) == len(items)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(frame.name for frame in frames)
    assert all(frame.image.dtype == np.uint8 and frame.image.flags.c_contiguous for frame in frames)
    if source.kind is not SourceKind.STILLS:
        assert {frame.name for frame in frames} == {source.name}


def test_contract_the_same_again(source: Source) -> None:
    first, second = list(source.items()), list(source.items())
    assert [item.t_ns for item in first] == [item.t_ns for item in second]
    for one, other in zip(first, second, strict=True):
        if isinstance(one, Frame) and isinstance(other, Frame):
            assert np.array_equal(one.image, other.image)
    source.close()


def test_contract_close_is_safe_at_any_time(source: Source) -> None:
    iteration = source.items()
    next(iteration)
    source.close()
    source.close()
    list(iteration)
    with pytest.raises(SourceError):
        next(source.items())


def test_contract_an_unread_source_closes(source: Source) -> None:
    source.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.mp4", VideoSource), ("a.gif", VideoSource), ("still.gif", PhotoSource), ("a.npz", ClipSource)],
)
def test_a_file_is_opened_as_what_it_is(tmp_path: Path, name: str, kind: type[Source]) -> None:
    path = tmp_path / name
    {
        "a.mp4": media.write_video,
        "a.gif": lambda path: media.write_gif(path, 3),
        "still.gif": lambda path: media.write_gif(path, 1),
        "a.npz": write_clip,
    }[name](path)
    (opened,) = open_sources(str(path))
    assert isinstance(opened, kind)
    assert opened.name == name
    opened.close()


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    media.write_photo(tmp_path / "photo.mp4", suffix=".jpg")
    media.write_video(tmp_path / "video.mp4").rename(tmp_path / "video.jpg")
    write_clip(tmp_path / "clip.npz").rename(tmp_path / "clip.mp4")
    kinds = {"photo.mp4": PhotoSource, "video.jpg": VideoSource, "clip.mp4": ClipSource}
    for name, kind in kinds.items():
        assert isinstance(open_sources(str(tmp_path / name))[0], kind)


def test_the_synthetic_signer_is_opened_with_its_script() -> None:
    (plain,), (scripted,) = open_sources("synthetic"), open_sources("synthetic:fist:0.5,fps=10")
    assert isinstance(plain, SyntheticSource)
    assert len(list(scripted)) == 5


def test_a_folder_gives_photos_then_videos_then_clips(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    for name in ("b.jpg", "a/z.png", "a.JPG", "10.png", ".hidden.png", ".hidden/a.png", "photo.mp4"):
        media.write_photo(folder / name, suffix=".png" if name.lower().endswith("png") else ".jpg")
    media.write_video(folder / "y.mp4")
    media.write_video(folder / "a" / "x.mkv")
    write_clip(folder / "clip.npz")
    (folder / "notes.txt").write_text("no medium")
    (folder / "archive.zip").write_bytes(b"PK\x03\x04")
    sources = open_sources(str(folder))
    assert [source.name for source in sources] == ["media", "a/x.mkv", "y.mp4", "clip.npz"]
    stills = list(sources[0])
    assert [frame.name for frame in stills if isinstance(frame, Frame)] == [
        "10.png",
        "a.JPG",
        "a/z.png",
        "b.jpg",
        "photo.mp4",
    ]
    assert [frame.index for frame in stills if isinstance(frame, Frame)] == [0, 1, 2, 3, 4]
    first = next(sources[1].items())
    assert isinstance(first, Frame)
    assert first.name == "a/x.mkv"


def test_a_folder_names_its_broken_parts_and_reads_the_rest(tmp_path: Path) -> None:
    media.write_photo(tmp_path / "good.jpg")
    media.write_video(tmp_path / "good.mp4")
    for name in ("text.jpg", "text.mp4", "text.npz"):
        (tmp_path / name).write_text("nothing of the kind")
    (tmp_path / "empty.png").touch()
    read, problems = 0, []
    for source in open_sources(str(tmp_path)):
        with source:
            read += len(list(source))
            problems += [str(problem) for problem in source.problems]
    assert read == 1 + media.FRAMES
    assert len(problems) == 4
    for name in ("text.jpg", "text.mp4", "text.npz", "empty.png"):
        assert sum(name in problem for problem in problems) == 1


@pytest.mark.parametrize("name", ["a.mp4", "a.jpg", "a.txt", "a.npz", "a"])
def test_text_is_refused_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("some words\n" * 9)
    with pytest.raises(MudraError) as caught:
        open_sources(str(tmp_path / name))
    assert isinstance(caught.value, FormatError if name == "a.npz" else SourceError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.mp4", "a.jpg", "a.npz"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(SourceError, match="empty"):
        open_sources(str(tmp_path / name))


def test_what_is_missing_or_holds_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "notes.txt").write_text("no medium")
    for spec in (
        str(tmp_path / "nothing.mp4"),
        str(tmp_path / "none"),
        "",
        " ",
        "a\0b",
        "x" * 5000,
        "~nobody-here/a.mp4",
    ):
        with pytest.raises(SourceError) as caught:
            open_sources(spec)
        assert "\n" not in str(caught.value)


def test_a_dataset_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text("{}")
    with pytest.raises(SourceError, match="train or evaluate"):
        open_sources(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o000)
    with pytest.raises(SourceError, match="may not be read"):
        open_sources(str(folder))


def test_a_clip_gives_its_landmarks(tmp_path: Path) -> None:
    (source,) = open_sources(str(write_clip(tmp_path / "a.npz")))
    assert (source.frame_rate, source.frame_count) == (30.0, 5)
    items = list(source)
    assert all(isinstance(item, Landmarks) and item.image_size == (640, 480) for item in items)


def test_a_clip_of_pictures_holds_no_landmarks(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.npz", kind="pixels")
    with pytest.raises(SourceError, match="pictures"):
        ClipSource(path)
    (source,) = open_sources(str(path))
    assert all(isinstance(item, Frame) for item in source)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40).filter(lambda spec: not spec.startswith("synthetic")))
def test_any_word_gives_sources_or_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    (tmp_path / "empty").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "empty")
    try:
        sources = open_sources(f"./{spec}")
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        for source in sources:
            source.close()
