"""Videos in folders that are their labels, through our own landmarkers."""

from __future__ import annotations

import dataclasses
import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import pytest

from recognizers.clips import PIXELS, Clip
from recognizers.errors import MudraError, SourceError
from recognizers.importers import ImportOptions, videos
from recognizers.importers.videos import read
from tests.recognizers import foreign_files as foreign
from tests.recognizers import media_files as media

OPTIONS = ImportOptions("gesture")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two labels, one by two signers, and what is not a video; to be read only."""
    folder = tmp_path_factory.mktemp("videos")
    foreign.write_signer_video(folder / "palm" / "anna" / "10.mp4", "palm")
    foreign.write_signer_video(folder / "palm" / "ben" / "2.avi", "palm", codec="MJPG", frames=4)
    foreign.write_signer_video(folder / "fist" / "9.mp4", "fist", rate=25)
    media.write_gif(folder / "fist" / "10.gif", 3)
    media.write_gif(folder / "fist" / "still.gif", 1)
    (folder / "fist" / "notes.txt").write_text("no video")
    (folder / "fist" / ".hidden.mp4").touch()
    return folder


def collected(folder: Path, **changes: object) -> tuple[list[Clip], list[MudraError]]:
    problems: list[MudraError] = []
    options = dataclasses.replace(OPTIONS, report=problems.append, **changes)  # type: ignore[arg-type]
    return list(read(folder, options)), problems


def test_videos_become_clips_with_hands_times_and_signers(recorded: Path) -> None:
    clips, problems = collected(recorded)
    assert not problems
    facts = [(clip.header.source, clip.header.label, clip.header.signer, len(clip)) for clip in clips]
    assert facts == [
        ("videos: fist/9.mp4", "fist", None, 6),
        ("videos: fist/10.gif", "fist", None, 3),
        ("videos: palm/anna/10.mp4", "palm", "anna", 6),
        ("videos: palm/ben/2.avi", "palm", "ben", 4),
    ]
    for clip in (clips[0], clips[2], clips[3]):
        assert np.isfinite(clip.hands).all(axis=(2, 3)).any(axis=1).all()
        assert np.isfinite(clip.hands_world).any()
        assert clip.header.image_size == (640, 480)
        assert clip.header.landmarker is not None
        assert clip.header.fps == pytest.approx(25 if clip is clips[0] else 10)
        assert np.diff(clip.t_ns) == pytest.approx(1e9 / clip.header.fps, rel=0.01)
    assert np.isnan(clips[1].hands).all(), "a video without a hand is kept, so that the share of those can be told"


def test_what_the_mode_needs_is_looked_for(recorded: Path) -> None:
    signs, _ = collected(recorded, mode="sign", labels=("palm",), signer="Zoe")
    gestures, _ = collected(recorded, labels=("palm",))
    assert np.isfinite(signs[0].face_points).all()
    assert np.isnan(gestures[0].face_points).all()
    assert {clip.header.signer for clip in signs} == {"Zoe"}


def test_a_video_is_read_as_if_it_were_alone(recorded: Path) -> None:
    """What was followed in the video before must not be remembered."""
    together, _ = collected(recorded)
    alone, _ = collected(recorded, labels=("palm",))
    for one, other in zip(together[2:], alone, strict=True):
        assert np.array_equal(one.hands, other.hands, equal_nan=True)


def test_a_video_that_cannot_be_read_is_named_and_the_rest_is_kept(recorded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    shutil.copytree(recorded, folder)
    whole = (folder / "palm/anna/10.mp4").read_bytes()
    (folder / "palm/anna/broken.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "palm/ben/text.mp4").write_text("words")
    (folder / "palm/ben/empty.mkv").touch()
    foreign.write_signer_video(folder / "palm/ben/deeper/x.mp4", "palm", frames=2)
    clips, problems = collected(folder, labels=("palm",))
    assert len(clips) == 2
    said = [str(problem) for problem in problems]
    assert [any(name in line for line in said) for name in ("broken.mp4", "text.mp4", "empty.mkv")] == [True] * 3
    assert sum("the folder of a signer holds folders" in line for line in said) == 1
    assert len(said) == 4
    with pytest.raises(SourceError):
        list(read(folder, OPTIONS))


def test_a_video_that_ends_early_is_kept_and_named_each_time(tmp_path: Path) -> None:
    path = foreign.write_signer_video(tmp_path / "in/palm/1.avi", "palm", frames=20, codec="MJPG")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])
    for _ in range(2):  # the second time from the cache
        clips, problems = collected(tmp_path / "in", cache=tmp_path / "cache")
        assert 5 < len(clips[0]) < 18
        (problem,) = problems
        assert "1.avi: the video ends early" in str(problem)
        assert "expected 20 frames" in str(problem)


def test_what_is_in_the_cache_is_not_looked_at_again(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "videos"
    shutil.copytree(recorded, folder)
    looked: list[str] = []
    watch = videos.watch

    def watched(video: videos.Video, tool: videos.Looker) -> Clip | MudraError:
        looked.append(video.path.name)
        return watch(video, tool)

    monkeypatch.setattr(videos, "watch", watched)
    first, _ = collected(folder, cache=tmp_path / "cache")
    assert looked == ["9.mp4", "10.gif", "10.mp4", "2.avi"]
    second, _ = collected(folder, cache=tmp_path / "cache", signer="Zoe")
    assert len(looked) == 4
    assert {clip.header.signer for clip in second} == {"Zoe"}
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.hands, other.hands, equal_nan=True)
    foreign.write_signer_video(folder / "fist" / "9.mp4", "palm", frames=3)
    for file in (tmp_path / "cache").iterdir():
        if b"2.avi" in file.read_bytes() or file == min((tmp_path / "cache").iterdir()):
            file.write_bytes(b"damaged")
    third, _ = collected(folder, cache=tmp_path / "cache")
    assert 5 <= len(looked) <= 7
    assert len(third[0]) == 3
    collected(folder, cache=tmp_path / "cache", mode="sign", labels=("fist",))
    assert looked[-2:] == ["9.mp4", "10.gif"], "another mode looks for other things"


def test_several_processes_give_the_same(recorded: Path) -> None:
    alone, together = collected(recorded)[0], collected(recorded, workers=2)[0]
    for one, other in zip(alone, together, strict=True):
        assert one.header == other.header
        assert np.array_equal(one.hands, other.hands, equal_nan=True)
    assert multiprocessing.active_children() == []


def test_in_emotion_mode_faces_are_cut_out(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    shutil.copy(shared_data / "media/faces/single_face.mp4", tmp_path / "happy")
    media.write_video(tmp_path / "happy/no_face.mp4")
    clips, problems = collected(tmp_path, mode="emotion")
    (clip,) = clips
    assert clip.header.kind == PIXELS
    assert clip.frames is not None and clip.frames.shape[1:] == (48, 48)
    assert clip.header.extra["aligned"] is True
    assert len(clip) > 3
    assert np.diff(clip.t_ns).min() > 0.1e9, "five a second at most"
    (problem,) = problems
    assert "no_face.mp4: no face was found" in str(problem)


def test_a_real_wave_shows_its_hand(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "wave").mkdir()
    shutil.copy(shared_data / "media/wave_selfie/test_video.mp4", tmp_path / "wave/1.mp4")
    ((clip,), problems) = collected(tmp_path, mode="sign")
    assert not problems
    found = np.isfinite(clip.hands).all(axis=(2, 3)).any(axis=1)
    assert found.mean() > 0.3, "the hand is in the picture for less than half of the time"


@pytest.mark.parametrize("place", ["label", "label/signer", "."])
def test_a_folder_without_videos_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    media.write_photo(tmp_path / place / "photo.jpg")
    with pytest.raises(SourceError, match="no video in folders that are labels"):
        list(read(tmp_path, OPTIONS))
