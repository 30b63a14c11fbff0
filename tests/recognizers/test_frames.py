"""Photos, videos and folders as frames, also the broken ones."""

from __future__ import annotations

import itertools
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers.errors import SourceError
from recognizers.frames import FolderSource, FrameTimes, PhotoSource, VideoSource
from recognizers.media import Media, gif_is_animated, sniff
from recognizers.photos import LONGEST_SIDE, read_photo
from recognizers.types import SourceKind
from tests.recognizers import media_files as media

RED, BLUE = (255, 0, 0), (0, 0, 255)


def near(pixel: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 60)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "mp4v"), ("a.mov", "mp4v"), ("a.avi", "MJPG"), ("a.mkv", "mp4v"), ("a.webm", "VP80")],
)
def test_a_video_yields_every_frame_on_time(tmp_path: Path, name: str, codec: str) -> None:
    with VideoSource(media.write_video(tmp_path / name, codec)) as source:
        frames = list(source)
        assert (source.name, source.kind) == (name, SourceKind.RECORDED)
        assert source.frame_rate == pytest.approx(media.RATE)
        assert source.frame_count == media.FRAMES
        assert not source.warnings
        assert not source.problems
    assert [frame.index for frame in frames] == list(range(media.FRAMES))
    assert [frame.t_ns for frame in frames] == pytest.approx(
        [index * 1e9 / media.RATE for index in range(media.FRAMES)], abs=2e6
    )
    for frame in frames:
        assert frame.image.shape == (media.HEIGHT, media.WIDTH, 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous
        assert frame.name == name
    assert near(frames[0].image[30, 10], RED)
    assert near(frames[0].image[30, 60], BLUE)


def test_an_animated_gif_is_a_video(tmp_path: Path) -> None:
    frames = list(VideoSource(media.write_gif(tmp_path / "a.gif", 6)))
    assert [frame.t_ns for frame in frames] == [index * 100_000_000 for index in range(6)]


def test_a_second_reading_gives_the_same_frames(tmp_path: Path) -> None:
    with VideoSource(media.write_video(tmp_path / "a.mp4")) as source:
        first, second = list(source.items()), list(source.items())
    assert [frame.t_ns for frame in first] == [frame.t_ns for frame in second]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, second, strict=True))


def test_a_reading_that_was_given_up_does_not_disturb_the_next(tmp_path: Path) -> None:
    with VideoSource(media.write_video(tmp_path / "a.mp4")) as source:
        started = source.items()
        assert next(started).index == 0
        assert next(started).index == 1
        assert len(list(source.items())) == media.FRAMES
        assert not source.warnings


def test_closing_ends_an_iteration_without_a_warning(tmp_path: Path) -> None:
    source = VideoSource(media.write_video(tmp_path / "a.mp4"))
    iteration = source.items()
    next(iteration)
    source.close()
    source.close()
    assert list(iteration) == []
    assert not source.warnings
    with pytest.raises(SourceError, match="closed"):
        next(source.items())


def test_rotation_in_a_video_is_respected(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4")
    media.turn_video(path)
    frame = next(VideoSource(path).items())
    assert frame.size == (media.HEIGHT, media.WIDTH)
    assert near(frame.image[10, 30], RED)
    assert near(frame.image[70, 30], BLUE)


@pytest.mark.parametrize(("name", "codec"), [("cut.avi", "MJPG"), ("cut.mkv", "mp4v")])
def test_a_video_that_ends_early_gets_one_warning_with_both_counts(tmp_path: Path, name: str, codec: str) -> None:
    path = media.write_video(tmp_path / name, codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = VideoSource(path)
    count = len(list(source))
    assert 0 < count < 0.9 * media.FRAMES
    assert len(source.warnings) == 1
    assert "\n" not in source.warnings[0]
    assert f"only {count} of the {media.FRAMES} frames" in source.warnings[0]
    assert not source.problems


def test_a_deferred_video_notes_its_problem_instead_of_raising(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"")
    source = VideoSource(path, deferred=True)
    assert list(source) == []
    assert len(source.problems) == 1
    with pytest.raises(SourceError):
        VideoSource(path)


def broken_files(folder: Path) -> dict[str, Path]:
    files = {name: folder / f"{name}.mp4" for name in ("empty", "text", "junk", "cut", "playlist", "zip", "jpeg")}
    files["empty"].touch()
    files["text"].write_text("Not a video.\n" * 50)
    files["playlist"].write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    files["junk"].write_bytes(np.random.default_rng(0).bytes(5000))
    whole = media.write_video(folder / "whole.mp4").read_bytes()
    files["cut"].write_bytes(whole[: len(whole) // 2])
    files["zip"].write_bytes(b"PK\x03\x04" + bytes(100))
    files["jpeg"].write_bytes(media.encoded(media.picture()))
    return {**files, "missing": folder / "nothing.mp4", "folder": folder}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty", "empty"),
        ("text", "text file"),
        ("playlist", "text file"),
        ("junk", "cannot be opened"),
        ("cut", "cannot be opened"),
        ("zip", "a clip"),
        ("jpeg", "a photo"),
        ("missing", "no such file"),
        ("folder", "is a folder"),
    ],
)
def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, name: str, says: str) -> None:
    path = broken_files(tmp_path)[name]
    with pytest.raises(SourceError, match=says) as caught:
        VideoSource(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_odd_names_are_read(tmp_path: Path) -> None:
    for name in ("ünï 👍.mp4", "-x.mp4", "50%03d:a.mp4", "two\nlines.mp4"):
        with VideoSource(media.write_video(tmp_path / name)) as source:
            assert len(list(source)) == media.FRAMES
            assert source.name == name


def test_a_warning_about_a_name_of_two_lines_is_one_line(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "two\nlines.mkv")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = VideoSource(path)
    list(source)
    assert "two lines.mkv" in source.warnings[0]


def test_a_video_whose_name_is_not_unicode_is_refused(tmp_path: Path) -> None:
    whole = media.write_video(tmp_path / "a.mp4")
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mp4"))
    try:
        path.write_bytes(whole.read_bytes())
    except (OSError, UnicodeError):
        pytest.skip("this file system refuses such names")
    with pytest.raises(SourceError, match="not valid Unicode"):
        VideoSource(path)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = media.write_photo(tmp_path / "a.png")
    monkeypatch.setattr(os, "access", lambda *_: False)
    for source in (VideoSource, PhotoSource):
        with pytest.raises(SourceError, match="may not be read"):
            source(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    with pytest.raises(SourceError, match="not a regular file"):
        VideoSource(tmp_path / "a.mp4")


def test_real_videos_are_read(shared_data: Path) -> None:
    hevc = sorted((shared_data / "media/msl150").rglob("*.mp4"))[0]
    for path in (hevc, shared_data / "media/faces/face_noface.mov"):
        with VideoSource(path) as source:
            times = [frame.t_ns for frame in source]
            assert source.frame_count is not None
            assert len(times) >= 0.9 * source.frame_count
            assert not source.warnings
        assert times[0] == 0
        assert (np.diff(times) > 0).all()


def test_times_come_from_the_container_where_they_increase() -> None:
    times = FrameTimes(25)
    given = [500.0, 540.0, 540.0, 510.0, 700.0, math.nan, math.inf, 760.0, 900.0]
    assert [times.next(value) for value in given] == [
        value * 1_000_000 for value in (0, 40, 80, 120, 200, 240, 280, 320, 400)
    ]


@given(st.lists(st.floats(), min_size=1, max_size=20), st.floats(0.1, 1000))
def test_times_start_at_0_and_increase(stated: list[float], rate: float) -> None:
    times = FrameTimes(rate)
    given_out = [times.next(value) for value in stated]
    assert given_out[0] == 0
    assert all(later > earlier for earlier, later in itertools.pairwise(given_out))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".gif", ".jp2", ".ppm"])
def test_a_photo_is_one_frame(tmp_path: Path, suffix: str) -> None:
    with PhotoSource(media.write_photo(tmp_path / f"a{suffix}")) as source:
        (frame,) = source
        assert (source.name, source.kind, source.frame_count) == (f"a{suffix}", SourceKind.STILLS, 1)
    assert (frame.t_ns, frame.index, frame.name) == (0, 0, f"a{suffix}")
    assert frame.image.flags.c_contiguous
    assert near(frame.image[30, 10], RED)
    assert near(frame.image[30, 60], BLUE)
    with pytest.raises(SourceError, match="closed"):
        next(source.items())


def test_the_orientation_that_a_camera_notes_is_applied(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(media.turned_jpeg(media.picture()))
    image = read_photo(path)
    assert image.shape == (media.WIDTH, media.HEIGHT, 3)
    assert near(image[10, 30], RED)
    assert near(image[70, 30], BLUE)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_transparent_parts_are_white(tmp_path: Path, depth: type[np.uint8] | type[np.uint16]) -> None:
    full = np.iinfo(depth).max
    image = np.zeros((4, 4, 4), depth)
    image[..., 0] = full  # red throughout
    image[:2, :, 3] = full
    image[2, :, 3] = full // 2
    pixels = read_photo(media.write_photo(tmp_path / "a.png", image))
    assert tuple(pixels[0, 0]) == RED
    assert pixels[2, 0] == pytest.approx([255, 128, 128], abs=1)
    assert tuple(pixels[3, 0]) == (255, 255, 255)


def test_16_bits_and_grey_become_8_bits_rgb(tmp_path: Path) -> None:
    ramp = np.arange(0, 65536, 256, np.uint16).reshape(16, 16)
    image = read_photo(media.write_photo(tmp_path / "grey16.png", ramp))
    assert image.shape == (16, 16, 3)
    assert image.dtype == np.uint8
    assert np.abs(image[..., 0].astype(int) - ramp // 256).max() <= 1
    grey = read_photo(media.write_photo(tmp_path / "grey8.png", (ramp // 256).astype(np.uint8)))
    assert np.array_equal(grey[..., 0], ramp // 256)
    assert np.array_equal(grey[..., 0], grey[..., 2])


def test_one_pixel_is_a_photo(tmp_path: Path) -> None:
    assert read_photo(media.write_photo(tmp_path / "a.png", media.picture(width=1, height=1))).shape == (
        1,
        1,
        3,
    )


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (3000, 4000), (8000, 3)])
def test_a_large_photo_is_reduced(tmp_path: Path, width: int, height: int) -> None:
    image = read_photo(media.write_photo(tmp_path / "a.jpg", media.picture(width=width, height=height)))
    scale = LONGEST_SIDE / max(width, height)
    assert image.shape == (max(1, round(height * scale)), max(1, round(width * scale)), 3)
    assert near(image[0, 0], RED)
    assert near(image[-1, -1], BLUE)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"not a photo", "found text"),
        (bytes(range(256)), "unknown data"),
        (media.encoded(media.picture())[:300], "damaged"),
        (media.encoded(media.picture(), ".png")[:60], "damaged"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "HEIC"),
    ],
)
def test_what_is_no_photo_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=says) as caught:
        PhotoSource(path)
    assert "\n" not in str(caught.value)


def test_a_photo_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 500_000, 500_000, 8, 2, 0, 0, 0)
    path = tmp_path / "a.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    with pytest.raises(SourceError):
        read_photo(path)


def test_a_folder_goes_on_after_a_broken_photo(tmp_path: Path) -> None:
    good = [media.write_photo(tmp_path / name) for name in ("a.jpg", "c.png")]
    broken = tmp_path / "b.jpg"
    broken.write_bytes(b"\xff\xd8\xff broken")
    source = FolderSource(tmp_path, [good[0], broken, good[1]])
    frames = list(source)
    assert [(frame.index, frame.name, frame.t_ns) for frame in frames] == [(0, "a.jpg", 0), (2, "c.png", 0)]
    assert len(source.problems) == 1
    assert "b.jpg" in str(source.problems[0])
    assert source.frame_count == 3


def test_closing_a_folder_ends_an_iteration(tmp_path: Path) -> None:
    photos = [media.write_photo(tmp_path / name) for name in ("a.jpg", "b.jpg")]
    source = FolderSource(tmp_path, photos)
    iteration = source.items()
    next(iteration)
    source.close()
    assert list(iteration) == []


@given(st.binary(max_size=600))
def test_telling_what_bytes_are_never_fails(data: bytes) -> None:
    assert isinstance(sniff(data), Media)
    assert gif_is_animated(b"GIF89a" + data) in (True, False)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"RIFF"]),
    data=st.binary(),
)
def test_random_bytes_are_refused_as_any_source(tmp_path: Path, start: bytes, data: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(start + data)
    for source in (PhotoSource, VideoSource):
        try:
            opened = source(path)
        except SourceError as error:
            assert "\n" not in str(error)
        else:
            list(opened)
            opened.close()
