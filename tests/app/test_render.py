"""Rendered videos and pictures: time, size, and files that appear only when they are complete."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.render import PictureRender, VideoRender, open_render
from recognizers.errors import OutputError, UsageError
from recognizers.frames import Source
from recognizers.types import Frame, Landmarks, Snapshot, SourceKind, SourceState, SourceStatus


class Named(Source):
    """A source that has a name and a kind, and nothing else."""

    def items(self) -> Iterator[Frame]:
        return iter(())

    def close(self) -> None:
        pass


def source(kind: SourceKind = SourceKind.RECORDED, rate: float | None = 10.0, count: int | None = None) -> Source:
    return Named("a", kind, frame_rate=rate, frame_count=count)


def moment(t_s: float, grey: int = 100, size: tuple[int, int] = (64, 48), frame: bool = True) -> Snapshot:
    t_ns = round(t_s * 1e9)
    image = np.full((size[1], size[0], 3), grey, np.uint8)
    landmarks = Landmarks(t_ns=t_ns, image_size=size)
    return Snapshot(
        t_ns,
        0,
        Frame(image, t_ns, 0) if frame else None,
        landmarks,
        {},
        {},
        SourceStatus(SourceState.OK),
        (),
        {},
    )


def greys(path: Path) -> list[int]:
    """Return the middle grey of each frame of a video."""
    capture = cv2.VideoCapture(str(path))
    found = []
    while (grabbed := capture.read())[0]:
        image = grabbed[1]
        found.append(int(image[image.shape[0] // 2, image.shape[1] // 2, 0]))
    capture.release()
    return found


def test_every_frame_once_at_the_sources_rate(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    render = VideoRender(path)
    render.on_source(source(rate=25.0))
    for n in range(7):
        render.on_snapshot(moment(n / 25, 30 * n))
    assert not path.exists()
    render.close()
    assert list(tmp_path.iterdir()) == [path]
    assert greys(path) == pytest.approx([30 * n for n in range(7)], abs=6)
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == pytest.approx(25)


def test_dropped_frames_are_filled_and_long_gaps_cut(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    render = VideoRender(path)
    render.on_source(source(SourceKind.LIVE, None))
    for t, grey in ((0.0, 0), (0.1, 100), (3600.0, 200), (3600.1, 250)):
        render.on_snapshot(moment(t, grey))
    render.on_snapshot(moment(3600.2, frame=False))
    render.close()
    shown = greys(path)
    assert shown[:4] == pytest.approx([0, 0, 0, 100], abs=6)
    assert len(shown) == 4 + 300 + 1 + 3 and shown[-1] == pytest.approx(250, abs=6)


def test_photos_stay_a_second_and_fit_the_first(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    render = VideoRender(path)
    render.on_source(source(SourceKind.STILLS, None))
    render.on_snapshot(moment(0, 50, (63, 47)))
    render.on_snapshot(moment(0, 200, (500, 100)))
    render.close()
    shown = greys(path)
    assert len(shown) == 60 and shown[0] == pytest.approx(50, abs=8) and shown[-1] == pytest.approx(200, abs=8)


def test_sources_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    render = VideoRender(path)
    for grey in (50, 200):
        render.on_source(source())
        render.on_snapshot(moment(0.0, grey))
        render.on_snapshot(moment(0.1, grey))
    render.close()
    assert greys(path) == pytest.approx([50, 50, 200, 200], abs=8)


def test_landmarks_alone_are_drawn_on_black(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    render = VideoRender(path)
    render.on_source(source(SourceKind.LANDMARKS))
    render.on_snapshot(moment(0.0, frame=False))
    render.close()
    assert greys(path) == pytest.approx([0], abs=6)


@pytest.mark.parametrize("keep", [True, False])
def test_without_a_frame_or_worth_there_is_no_file(tmp_path: Path, keep: bool) -> None:
    render = VideoRender(tmp_path / "o.mp4")
    render.on_source(source())
    if not keep:
        render.on_snapshot(moment(0.0))
    render.close(keep=keep)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_photo_becomes_a_picture(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"o.{ending}"
    photo = source(SourceKind.STILLS, None, 1)
    render = open_render(path, [photo])
    assert isinstance(render, PictureRender)
    render.on_source(photo)
    render.on_snapshot(moment(0.0, 120))
    render.close()
    assert int(cv2.imread(str(path))[24, 32, 0]) == pytest.approx(120, abs=3)
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_rendered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ends with"):
        open_render(tmp_path / "o.avi", [source()])
    with pytest.raises(UsageError, match="one photo"):
        open_render(tmp_path / "o.png", [source()])
    with pytest.raises(OutputError, match="Make the folder"):
        open_render(tmp_path / "no" / "o.mp4", [source()])
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "tests/app")
import numpy as np
from recognizers.errors import OutputError
from app.render import VideoRender
from test_render import moment, source
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
render = VideoRender(Path(sys.argv[1]))
render.on_source(source())
for n in range(60):
    snapshot = moment(n / 10, size=(320, 240))
    snapshot.frame.image[:] = np.random.default_rng(n).integers(0, 255, snapshot.frame.image.shape)
    render.on_snapshot(snapshot)
try:
    render.close()
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits a file's size as a full disk does")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    call = [sys.executable, "-c", FULL_DISK, str(tmp_path / "seen.mp4")]
    done = subprocess.run(call, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert "seen.mp4: the video could not be written completely" in done.stdout
    assert not list(tmp_path.glob("*seen*"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX pipes")
def test_a_picture_goes_into_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "seen.png"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        render = PictureRender(pipe)
        render.on_snapshot(moment(0))
        render.close()
        assert os.read(reader, 4) == b"\x89PNG"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_a_name_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"bad\\xff.mp4: its name is not valid Unicode"):
        VideoRender(tmp_path / "bad\udcff.mp4")
