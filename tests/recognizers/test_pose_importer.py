"""The .pose files of sign language processing: read, written, and there and back."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers.clips import PIXELS, Clip, ClipHeader
from recognizers.errors import FormatError, MudraError, OutputError, SourceError, TooNewError, UsageError
from recognizers.importers import ImportOptions
from recognizers.importers.pose import read
from recognizers.pose_exchange import BODY_NAMES, HAND_NAMES, export_pose
from recognizers.pose_recording import parse_pose, read_pose
from recognizers.types import LEFT, RIGHT
from tests.recognizers import foreign_files as foreign

OPTIONS = ImportOptions("sign")


def collected(path: Path, **changes: object) -> tuple[list[Clip], list[MudraError]]:
    problems: list[MudraError] = []
    return list(read(path, dataclasses.replace(OPTIONS, report=problems.append, **changes))), problems  # type: ignore[arg-type]


def of_bytes(folder: Path, content: bytes) -> Clip:
    (folder / "hello").mkdir(exist_ok=True)
    (folder / "hello" / "1.pose").write_bytes(content)
    (clip,) = read(folder, OPTIONS)
    return clip


def same(one: Clip, other: Clip, names: tuple[str, ...], tolerance: float = 1e-5) -> None:
    for name in names:
        assert getattr(other, name) == pytest.approx(getattr(one, name), abs=tolerance, nan_ok=True), name


# Reading


def test_the_names_are_those_of_mediapipe() -> None:
    assert (BODY_NAMES, HAND_NAMES) == (foreign.BODY_NAMES, foreign.HAND_NAMES)


@pytest.mark.parametrize("version", [0.1, 0.2])
def test_points_come_over(tmp_path: Path, version: float) -> None:
    points = foreign.holistic_points(7)
    points[2, 468:489] = np.nan
    points[:, 468:489, 2] -= points[:, 468:469, 2]  # MediaPipe counts a hand's depth from its wrist
    points[:, 522:, 2] -= points[:, 522:523, 2]
    clip = of_bytes(tmp_path, foreign.holistic_pose(points, version=version))
    assert (clip.header.label, clip.header.fps, clip.header.image_size) == ("hello", 25, (640, 480))
    assert clip.header.extra == {"file": "1.pose"}
    assert clip.t_ns == pytest.approx(np.arange(7) / 25 * 1e9)
    assert clip.hands[:, LEFT] == pytest.approx(points[:, 468:489], abs=1e-6, nan_ok=True)
    assert clip.hands[:, RIGHT] == pytest.approx(points[:, 522:], abs=1e-6)
    assert clip.face is not None and clip.pose is not None
    assert clip.face[:, :468] == pytest.approx(points[:, :468], abs=1e-6)
    assert clip.pose[..., :3] == pytest.approx(points[:, 489:522], abs=1e-6)
    assert (clip.pose[..., 3] == 1).all()
    assert np.isfinite(clip.face_points).all()
    right_eye, left_eye = clip.face_points[:, 0, 0], clip.face_points[:, 1, 0]
    assert (right_eye < left_eye).all(), "not mirrored: the person's right eye is on the picture's left"


def test_points_are_told_by_their_names(tmp_path: Path) -> None:
    """Programs leave out and rearrange: legs, the inside of a face."""
    names = [*reversed(HAND_NAMES)]
    data = np.arange(21 * 3, dtype=float).reshape(1, 1, 21, 3)
    clip = of_bytes(tmp_path, foreign.pose_bytes(data, np.ones((1, 1, 21)), [("LEFT_HAND_LANDMARKS", names)]))
    assert clip.hands[0, LEFT, :, 0] == pytest.approx(data[0, 0, ::-1, 0] / 640)
    assert np.isnan(clip.hands[:, RIGHT]).all()
    assert clip.pose is None and clip.face is None


def test_a_face_without_its_nose_is_said_to_have_been_given_one(tmp_path: Path) -> None:
    kept = ["33", "133", "362", "263", "13", "14", "234", "454"]
    data = np.random.default_rng(0).uniform(100, 300, (2, 1, 8, 3))
    clip = of_bytes(tmp_path, foreign.pose_bytes(data, np.ones((2, 1, 8)), [("FACE_LANDMARKS", kept)]))
    assert clip.header.extra["nose_estimated"] is True
    places = data[:, 0, :, :2] / (640, 480)
    eyes, mouth = places[:, :4].mean(axis=1), places[:, 4:6].mean(axis=1)
    assert clip.face_points[:, 2] == pytest.approx((eyes + mouth) / 2)
    assert clip.face_points[:, 0] == pytest.approx(places[:, :2].mean(axis=1))


def test_of_several_people_the_one_seen_best_is_taken(tmp_path: Path) -> None:
    data = np.stack([np.full((4, 21, 3), 10.0), np.full((4, 21, 3), 20.0)], axis=1)
    seen = np.ones((4, 2, 21))
    seen[1, 0] = 0
    clip = of_bytes(tmp_path, foreign.pose_bytes(data, seen, [("RIGHT_HAND_LANDMARKS", HAND_NAMES)]))
    assert (clip.hands[:, RIGHT, :, 0] == np.float32(20 / 640)).all()
    assert clip.header.extra["people"] == 2


def test_points_without_depth_are_flat(tmp_path: Path) -> None:
    data = np.random.default_rng(0).uniform(0, 400, (3, 1, 21, 2))
    parts = [("RIGHT_HAND_LANDMARKS", HAND_NAMES)]
    clip = of_bytes(tmp_path, foreign.pose_bytes(data, np.ones((3, 1, 21)), parts, letters="XYC"))
    assert clip.header.extra["flat"] is True
    assert not clip.hands[:, RIGHT, :, 2].any()
    assert clip.hands[:, RIGHT, :, 1] == pytest.approx(data[:, 0, :, 1] / 480)


def test_version_0_1_may_hold_more_frames_than_it_can_say(tmp_path: Path) -> None:
    data = np.ones((65_600, 1, 1, 2))
    content = foreign.pose_bytes(
        data, np.ones((65_600, 1, 1)), [("LEFT_HAND_LANDMARKS", ["WRIST"])], version=0.1, letters="XYC"
    )
    assert len(parse_pose(content, "a.pose").data) == 65_600


def test_signers_come_from_folders_or_from_a_table(tmp_path: Path) -> None:
    (tmp_path / "hello" / "anna").mkdir(parents=True)
    (tmp_path / "hello" / "anna" / "1.pose").write_bytes(foreign.holistic_pose(foreign.holistic_points(2)))
    ((clip,), _) = collected(tmp_path)
    assert (clip.header.label, clip.header.signer, clip.header.source) == ("hello", "anna", "pose: hello/anna/1.pose")
    rows = [["Path", "Signer", "Label"], ["hello/anna/1.pose", "ben", "bye"], ["hello/anna/1.pose", "", "no"]]
    table = foreign.write_table(tmp_path / "index.csv", rows)
    clips, problems = collected(table)
    assert [(clip.header.label, clip.header.signer) for clip in clips] == [("bye", "ben"), ("no", None)]
    assert not problems


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["../1.pose", "a"], "wrong path"),
        (["/etc/passwd", "a"], "wrong path"),
        (["missing.pose", "a"], "there is no such file"),
        (["1.pose", ""], "the label is missing"),
        (["1.pose"], "a field is missing"),
    ],
)
def test_a_wrong_row_of_a_table_is_named(tmp_path: Path, row: list[str], says: str) -> None:
    (tmp_path / "1.pose").write_bytes(foreign.holistic_pose(foreign.holistic_points(2)))
    table = foreign.write_table(tmp_path / "index.csv", [["path", "label"], row, ["1.pose", "b"]])
    clips, problems = collected(table)
    assert [clip.header.label for clip in clips] == ["b"]
    (problem,) = problems
    assert says in str(problem)


@pytest.mark.parametrize("content", ["", "words\n", "path,signer\n1.pose,a\n", "path,label\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "index.csv").write_text(content)
    with pytest.raises(SourceError, match=r"index\.csv"):
        list(read(tmp_path / "index.csv", OPTIONS))


def test_a_lone_file_does_not_tell_its_label(tmp_path: Path) -> None:
    (tmp_path / "1.pose").write_bytes(foreign.holistic_pose(foreign.holistic_points(2)))
    with pytest.raises(SourceError, match="does not tell its label"):
        list(read(tmp_path / "1.pose", OPTIONS))


# What is refused

HAND = [("LEFT_HAND_LANDMARKS", HAND_NAMES)]
DATA, SEEN = np.ones((2, 1, 21, 3)), np.ones((2, 1, 21))
LONG = np.ones((100_001, 1, 1, 2)), np.ones((100_001, 1, 1))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\0\0\0", "cut off, or no .pose file"),
        (foreign.pose_bytes(DATA, SEEN, HAND)[:-1], "cut off or damaged"),
        (foreign.pose_bytes(DATA, SEEN, HAND) + b"\0", "cut off or damaged"),
        (foreign.pose_bytes(DATA, SEEN, HAND)[:40], "cut off, or no .pose file"),
        (foreign.pose_bytes(DATA, SEEN, HAND, version=0.1)[:-4], "cut off or damaged"),
        (foreign.pose_bytes(DATA[:0], SEEN[:0], HAND), "cut off or damaged"),
        (foreign.pose_bytes(DATA[:, :0], SEEN[:, :0], HAND), "cut off or damaged"),
        (foreign.pose_bytes(DATA[:, :0], SEEN[:, :0], HAND, version=0.1), "cut off or damaged"),
        (foreign.pose_bytes(DATA, SEEN, HAND, fps=float("nan")), "wrong frames a second"),
        (foreign.pose_bytes(DATA, SEEN, HAND, fps=0), "wrong frames a second"),
        (foreign.pose_bytes(DATA, SEEN, HAND, fps=0, version=0.1), "wrong frames a second"),
        (foreign.pose_bytes(DATA, SEEN, HAND, version=0), "version 0.1 or 0.2"),
        (foreign.pose_bytes(DATA, SEEN, HAND, version=float("nan")), "version 0.1 or 0.2"),
        (foreign.pose_bytes(DATA, SEEN, HAND, version=0.3), "newer version"),
        (foreign.pose_bytes(DATA, SEEN, HAND, size=(0, 480, 0)), "is no recording"),
        (foreign.pose_bytes(DATA, SEEN, HAND, letters="XYZ"), "expected XYC or XYZC"),
        (foreign.pose_bytes(DATA, SEEN, [("hand_left_keypoints_2d", HAND_NAMES)]), "no points of MediaPipe Holistic"),
        (
            foreign.pose_bytes(np.ones((100_001, 1, 1, 2)), np.ones((100_001, 1, 1)), [("A", ["B"])], letters="XYC"),
            "too long",
        ),
        (foreign.pose_bytes(DATA, SEEN, HAND).replace(b"WRIST", b"WR\xffST"), "not UTF-8"),
        (b"PK\x03\x04" + bytes(100), "version 0.1 or 0.2"),
    ],
)
def test_a_wrong_file_is_named_and_the_rest_is_kept(tmp_path: Path, content: bytes, says: str) -> None:
    foreign.write_poses(tmp_path)
    (tmp_path / "palm" / "0.pose").write_bytes(content)
    clips, problems = collected(tmp_path)
    assert len(clips) == 2
    (problem,) = problems
    assert "0.pose: " in str(problem)
    assert says in str(problem)
    assert "\n" not in str(problem)
    with pytest.raises(FormatError):
        list(read(tmp_path, OPTIONS))


def test_a_newer_version_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(TooNewError, match=r"0\.1 or 0\.2"):
        parse_pose(foreign.pose_bytes(DATA, SEEN, HAND, version=0.3), "a.pose")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_read_or_refused_in_one_line(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(foreign.pose_bytes(DATA, SEEN, [*HAND, ("FACE_LANDMARKS", [])]))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 60))
        content[place] = data.draw(st.integers(0, 255))
    (tmp_path / "a").mkdir(exist_ok=True)
    (tmp_path / "a" / "1.pose").write_bytes(content[: data.draw(st.integers(len(content) - 9, len(content)))])
    clips, problems = collected(tmp_path)
    assert len(clips) + len(problems) == 1
    assert "\n" not in "".join(map(str, problems))


# There and back


def clip_of(seed: int, frames: int = 6, **facts: object) -> Clip:
    rng = np.random.default_rng(seed)
    points = {
        "hands": rng.uniform(0, 1, (frames, 2, 21, 3)),
        "hands_world": rng.uniform(-0.1, 0.1, (frames, 2, 21, 3)),
        "face_points": rng.uniform(0, 1, (frames, 6, 2)),
        "face": rng.uniform(0, 1, (frames, 478, 3)),
        "pose": rng.uniform(0.1, 1, (frames, 33, 4)),
    }
    points["hands"][..., 2] -= points["hands"][:, :, :1, 2]
    points["hands"][1, LEFT] = np.nan
    points["hands_world"][1, LEFT] = np.nan
    points["face_points"][2] = np.nan
    points["pose"][3] = np.nan
    header = ClipHeader("hello", "sign", fps=25.0, image_size=(1280, 720), **facts)  # type: ignore[arg-type]
    t_ns = np.rint(np.arange(frames) * 1e9 / 25).astype(np.int64)
    arrays = {name: array.astype(np.float32) for name, array in points.items()}
    return Clip.of_arrays(header, {"t_ns": t_ns, **arrays}, "clip")


ALL = ("t_ns", "hands", "hands_world", "face_points", "face", "pose")


def back(clip: Clip, folder: Path, size: tuple[int, int] | None = None) -> Clip:
    (folder / "hello").mkdir(exist_ok=True)
    export_pose(clip, folder / "hello" / "1.pose", size)
    (read_back,) = read(folder, OPTIONS)
    return read_back


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_a_clip_comes_back(tmp_path: Path, seed: int) -> None:
    clip = clip_of(seed)
    returned = back(clip, tmp_path)
    same(clip, returned, ALL)
    assert (returned.header.fps, returned.header.image_size) == (25.0, (1280, 720))


def test_a_foreign_file_comes_back(tmp_path: Path) -> None:
    points = foreign.holistic_points(5)
    points[2, 522:] = np.nan
    first = of_bytes(tmp_path, foreign.holistic_pose(points))
    second = back(first, tmp_path)
    same(first, second, ALL)
    assert [part.name for part in read_pose(tmp_path / "hello/1.pose").parts][:4] == [
        name for name, _ in foreign.HOLISTIC
    ]


def test_what_a_clip_lacks_is_not_written(tmp_path: Path) -> None:
    clip = clip_of(0)
    header, nothing = clip.header, np.full_like(clip.hands_world, np.nan)
    bare = Clip(header, clip.t_ns, clip.hands, nothing, np.full_like(clip.face_points, np.nan))
    returned = back(bare, tmp_path)
    same(bare, returned, ("t_ns", "hands", "hands_world", "face_points"))
    assert returned.face is None and returned.pose is None
    assert {part.name for part in read_pose(tmp_path / "hello/1.pose").parts} == {
        "LEFT_HAND_LANDMARKS",
        "RIGHT_HAND_LANDMARKS",
    }


def test_frames_that_are_missing_in_time_stay_missing(tmp_path: Path) -> None:
    clip = clip_of(0)
    late = dataclasses.replace(clip, t_ns=clip.t_ns + np.array([0, 0, 3, 3, 3, 9]) * 40_000_000)
    returned = back(late, tmp_path)
    assert len(returned) == 15
    assert np.isin(late.t_ns, returned.t_ns).all()
    there = np.isin(returned.t_ns, late.t_ns)
    assert returned.hands[there] == pytest.approx(late.hands, abs=1e-5, nan_ok=True)
    assert np.isnan(returned.hands[~there]).all()


@pytest.mark.parametrize("times", [[0, 1, 2, 3, 4, 5], [0, 10**9, 10**14, 2 * 10**14, 3 * 10**14, 4 * 10**14]])
def test_times_that_fit_no_even_spacing_are_given_up(tmp_path: Path, times: list[int]) -> None:
    clip = dataclasses.replace(clip_of(0), t_ns=np.array(times, np.int64))
    assert len(back(clip, tmp_path)) == 6


def test_a_clip_recorded_in_a_mirror_is_turned_round(tmp_path: Path) -> None:
    clip = clip_of(0, mirrored=True)
    returned = back(clip, tmp_path)
    assert returned.hands[0, RIGHT, :, 0] == pytest.approx(1 - clip.hands[0, LEFT, :, 0], abs=1e-5)


def test_the_pictures_size_must_be_known(tmp_path: Path) -> None:
    clip = clip_of(0)
    clip = dataclasses.replace(clip, header=dataclasses.replace(clip.header, image_size=None))
    with pytest.raises(UsageError, match="size must be known"):
        export_pose(clip, tmp_path / "1.pose")
    assert not list(tmp_path.iterdir())
    same(clip, back(clip, tmp_path, (640, 360)), ALL)
    with pytest.raises(UsageError, match="size must be known"):
        export_pose(clip, tmp_path / "2.pose", (70_000, 10))


def test_a_clip_of_pictures_is_refused(tmp_path: Path) -> None:
    header = ClipHeader("happy", "emotion", kind=PIXELS)
    frames = np.zeros((1, 48, 48), np.uint8)
    clip = Clip.of_arrays(header, {"t_ns": np.zeros(1, np.int64), "frames": frames}, "clip")
    with pytest.raises(UsageError, match="no points to write"):
        export_pose(clip, tmp_path / "1.pose")


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        export_pose(clip_of(0), tmp_path / "file" / "1.pose")


def test_the_first_bytes_are_those_of_version_0_2(tmp_path: Path) -> None:
    export_pose(clip_of(0), tmp_path / "1.pose")
    content = (tmp_path / "1.pose").read_bytes()
    version, width, height, depth, parts, length = struct.unpack_from("<f5H", content)
    assert (round(version, 3), width, height, depth, parts, length) == (0.2, 1280, 720, 0, 7, 14)
    assert content[14:28] == b"POSE_LANDMARKS"
