"""Every importer: what it promises, what it says about broken input; then each format's own facts."""

from __future__ import annotations

import dataclasses
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers.canvas import HAND_CANVASES, SMALL, on_canvas
from recognizers.clips import Clip, load_clip, save_clip
from recognizers.errors import FormatError, MudraError, SourceError, UsageError
from recognizers.importers import FORMATS, ImportOptions, chunks, images, importer, natural_key
from recognizers.importers.canvases import candidates
from recognizers.synthetic import SyntheticSource
from recognizers.types import LEFT, RIGHT, ImageArray
from tests.recognizers import foreign_files as foreign
from tests.recognizers import media_files as media

OPTIONS = ImportOptions("sign", signer="Ann", session="May")
RNG = np.random.default_rng(3)


def synthetic_picture(pose: str) -> ImageArray:
    frames = list(SyntheticSource(f"{pose}:3,fps=2").items())
    return frames[3].image  # the hand has arrived


def write_pictures(folder: Path) -> Path:
    for pose in ("palm", "fist"):
        media.write_photo(folder / pose / "10.png", synthetic_picture(pose))
    media.write_photo(folder / "palm" / "9.jpg", np.full((400, 400, 3), 200, np.uint8))
    return folder


def kairess_rows(count: int, label: int = 0) -> np.ndarray:
    rows = RNG.random((count, 100))
    rows[:, 3:84:4] = 0
    rows[:, -1] = label
    return rows


def write_kairess(folder: Path) -> Path:
    for number, name in enumerate(("palm", "fist")):
        np.save(folder / f"raw_{name}_162.npy", kairess_rows(40, number))
    return folder


def holistic(frames: int, width: int = 1662) -> np.ndarray:
    return RNG.uniform(0.1, 0.9, (frames, width))


def write_mp_data_folder(folder: Path) -> Path:
    for label in ("palm", "fist"):
        for sequence in ("0", "10", "9"):
            place = folder / label / sequence
            place.mkdir(parents=True)
            for frame, row in enumerate(holistic(12)):
                np.save(place / f"{frame}.npy", row)
    return folder


def write_mp_data_archive(folder: Path) -> Path:
    labels = np.array(["palm", "fist", "palm"])
    np.savez(folder / "data.npz", X=holistic(90, 258).reshape(3, 30, 258).astype(np.float32), y=labels)
    return folder / "data.npz"


def grey_face(seed: int = 0) -> ImageArray:
    """A tight crop of the synthetic signer's face, 48 x 48, grey."""
    frame = list(SyntheticSource("none:0.3,fps=10").items())[-1]
    top, left, side = 70, 262, 116
    grey = cv2.cvtColor(frame.image[top : top + side, left : left + side], cv2.COLOR_RGB2GRAY)
    noise = np.random.default_rng(seed).integers(0, 3, (48, 48), np.uint8)
    return cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA) // 2 + 60 + noise


def write_fer2013(folder: Path) -> Path:
    rows = ["emotion,pixels,Usage"]
    for number, usage in ((3, "Training"), (4, "Training"), (3, "PublicTest")):
        rows.append(f"{number},{' '.join(map(str, grey_face(number).ravel()))},{usage}")
    (folder / "fer2013.csv").write_text("\n".join(rows) + "\n")
    return folder / "fer2013.csv"


def write_fer2013_archive(folder: Path) -> Path:
    pictures = np.stack([grey_face(number) for number in range(3)])
    np.savez(folder / "fer.npz", X=pictures, y=np.array(["happy", "sad", "sad"]), usage=np.array(["Training"] * 3))
    return folder / "fer.npz"


def write_hands(folder: Path) -> Path:
    rows = ["[poses.palm]", "palm = 3", "[poses.fist]", "fist = 3", "loose_fist = 1"]
    (folder / "hands.toml").write_text("\n".join(rows) + "\n")
    return folder / "hands.toml"


SAMPLES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "fer2013 table": ("fer2013", write_fer2013),
    "fer2013 archive": ("fer2013", write_fer2013_archive),
    "generated": ("generated", write_hands),
    "gislr": ("gislr", foreign.write_gislr),
    "gislr-hdf5": ("gislr-hdf5", foreign.write_gislr_hdf5),
    "images": ("images", write_pictures),
    "kairess": ("kairess", write_kairess),
    "keypoints": ("keypoints", foreign.write_keypoints),
    "mp-data folder": ("mp-data", write_mp_data_folder),
    "mp-data archive": ("mp-data", write_mp_data_archive),
    "point-history": ("point-history", foreign.write_point_history),
    "pose": ("pose", foreign.write_poses),
    "videos": ("videos", foreign.write_videos),
}


LABELS = {"fer2013": ("happy", "sad")}
"""The two labels of a format's samples, where they are not palm and fist."""


RATED = ("pose", "videos")
"""Formats that tell a recording's rate."""


def labels_of(name: str) -> tuple[str, str]:
    return LABELS.get(name, ("palm", "fist"))


def test_every_format_is_under_contract() -> None:
    assert {name for name, _ in SAMPLES.values()} == set(FORMATS)


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    name, write = SAMPLES[request.param]
    return name, write(tmp_path)


def read(name: str, path: Path, options: ImportOptions = OPTIONS) -> list[Clip]:
    return list(importer(name).read(path, options))


def test_contract_clips_can_be_saved_and_say_where_they_come_from(sample: tuple[str, Path], tmp_path: Path) -> None:
    name, path = sample
    clips = read(name, path)
    assert {clip.header.label for clip in clips} == set(labels_of(name))
    for clip in clips:
        header = clip.header
        assert (header.mode, header.signer, header.session) == ("sign", "Ann", "May")
        assert header.source.startswith(f"{name}: ")
        assert str(tmp_path) not in header.source
        assert not header.mirrored
        assert clip.t_ns[0] == 0
        assert len(clip) == 1 or name in RATED or (header.fps == 30.0 and header.extra["fps_assumed"] is True)
        assert len(clip) == 1 or (header.fps is not None and header.extra.get("fps_assumed") is not (name in RATED))
        save_clip(tmp_path / "one.npz", clip)
        assert load_clip(tmp_path / "one.npz").header == header
    assert len(importer(name).SOURCE_NOTE) > 40


def test_contract_the_same_twice(sample: tuple[str, Path]) -> None:
    for one, other in zip(read(*sample), read(*sample), strict=True):
        assert one.header == other.header
        assert all(np.array_equal(one.arrays()[part], other.arrays()[part], equal_nan=True) for part in one.arrays())


def test_contract_progress_ends_at_the_total(sample: tuple[str, Path]) -> None:
    told: list[tuple[int, int | None]] = []
    read(*sample, dataclasses.replace(OPTIONS, progress=lambda done, total: told.append((done, total))))
    assert told
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_contract_only_the_labels_that_are_wanted(sample: tuple[str, Path]) -> None:
    wanted = labels_of(sample[0])[1]
    clips = read(*sample, dataclasses.replace(OPTIONS, labels=(wanted,)))
    assert {clip.header.label for clip in clips} == {wanted}


@pytest.mark.parametrize("name", FORMATS)
def test_contract_nothing_to_import_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("words")
    for path in (tmp_path / "nothing", tmp_path / "empty", tmp_path / "text"):
        with pytest.raises(MudraError) as caught:
            read(name, path)
        assert "\n" not in str(caught.value)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="kairess"):
        importer("gif")


@given(st.lists(st.integers(0, 10**6)))
def test_numbers_in_names_sort_as_numbers(numbers: list[int]) -> None:
    assert sorted((f"a{n}.npy" for n in numbers), key=natural_key) == [f"a{n}.npy" for n in sorted(numbers)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00"]))
def test_random_bytes_are_refused(tmp_path: Path, data: bytes, start: bytes) -> None:
    (tmp_path / "label" / "0").mkdir(parents=True, exist_ok=True)
    for name, path in (("kairess", "raw_a_1.npy"), ("mp-data", "data.npz"), ("mp-data", "label/0/0.npy")):
        (tmp_path / path).write_bytes(start + data)
        whole = tmp_path if path.count("/") else tmp_path / path
        with pytest.raises(MudraError) as caught:
            read(name, whole)
        assert "\n" not in str(caught.value)


# images


def by_picture(clips: list[Clip]) -> dict[str, Clip]:
    return {f"{clip.header.label}/{clip.header.extra['image']}": clip for clip in clips}


def test_pictures_become_clips_of_one_frame_with_their_hands(tmp_path: Path) -> None:
    clips = by_picture(read("images", write_pictures(tmp_path)))
    assert list(clips) == ["fist/10.png", "palm/9.jpg", "palm/10.png"]
    for name in ("fist/10.png", "palm/10.png"):
        clip = clips[name]
        assert np.isfinite(clip.hands).all(axis=(0, 2, 3)).any()
        assert np.isfinite(clip.hands_world).any()
        assert clip.header.landmarker is not None
        assert clip.header.extra["canvas"] == "none"
    empty = clips["palm/9.jpg"]
    assert np.isnan(empty.hands).all()
    assert empty.header.image_size == (400, 400)


def test_a_broken_picture_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "palm" / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    (tmp_path / "palm" / "notes.txt").write_text("no picture")
    (tmp_path / "palm" / ".hidden.jpg").touch()
    problems: list[MudraError] = []
    clips = read("images", tmp_path, dataclasses.replace(OPTIONS, report=problems.append))
    assert len(clips) == 3
    assert len(problems) == 1
    assert "broken.jpg" in str(problems[0])
    with pytest.raises(SourceError, match=r"broken\.jpg"):
        read("images", tmp_path)


def test_a_folder_too_high_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_pictures(tmp_path / "data" / "images")
    with pytest.raises(SourceError, match="Name the folder whose folders are the labels"):
        read("images", tmp_path / "data")
    write_pictures(tmp_path / "data")
    problems: list[MudraError] = []
    assert len(read("images", tmp_path / "data", dataclasses.replace(OPTIONS, report=problems.append))) == 3
    assert len(problems) == 1


def test_tight_crops_are_looked_at_on_canvases(shared_data: Path, tmp_path: Path) -> None:
    crops = sorted((shared_data / "poses/hagrid_crops/images/fist").iterdir())[:12]
    (tmp_path / "fist").mkdir()
    for crop in crops:
        (tmp_path / "fist" / crop.name).write_bytes(crop.read_bytes())
    found = {
        padding: sum(
            bool(np.isfinite(clip.hands).any())
            for clip in read("images", tmp_path, dataclasses.replace(OPTIONS, padding=padding))
        )
        for padding in ("auto", "none")
    }
    assert found["auto"] >= 10
    assert found["none"] <= 6
    clip = read("images", tmp_path)[0]
    assert clip.header.image_size is not None
    assert clip.header.image_size[0] == clip.header.image_size[1]
    assert clip.header.extra["canvas"] in [canvas.name for canvas in HAND_CANVASES]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (100, 40), (33, 200), (SMALL - 1, 10)])
def test_a_canvas_holds_the_picture_in_its_middle(width: int, height: int) -> None:
    image = RNG.integers(0, 256, (height, width, 3), np.uint8)
    names = [name for name, _ in candidates(image, "auto")]
    assert names == ["2.5x border", "2.5x black", "3x mean", "3.5x border", "none"]
    for canvas in HAND_CANVASES:
        whole = on_canvas(image, canvas)
        side = int(max(width, height) * canvas.factor)
        assert whole.shape == (side, side, 3)
        top, left = (side - height) // 2, (side - width) // 2
        assert np.array_equal(whole[top : top + height, left : left + width], image)
    assert np.array_equal(on_canvas(image, HAND_CANVASES[0])[-1, -1], image[-1, -1])
    assert not on_canvas(image, HAND_CANVASES[1])[-1, -1].any()
    mean = image.reshape(-1, 3).mean(axis=0)
    assert on_canvas(image, HAND_CANVASES[2])[-1, -1] == pytest.approx(mean, abs=1)


def test_large_pictures_stay_as_they_are() -> None:
    image = np.zeros((SMALL, 10, 3), np.uint8)
    assert [name for name, _ in candidates(image, "auto")] == ["none"]
    assert [name for name, _ in candidates(image[:20], "none")] == ["none"]


def test_what_is_in_the_cache_is_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "CHUNK", 1)
    pictures, cache = write_pictures(tmp_path / "pictures"), tmp_path / "cache"
    (pictures / "palm" / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    looked: list[str] = []
    find = chunks.find_hands

    def watched(picture: Path, padding: str, landmarker: object) -> object:
        looked.append(picture.name)
        return find(picture, padding, landmarker)  # type: ignore[arg-type]

    monkeypatch.setattr(chunks, "find_hands", watched)
    problems: list[MudraError] = []
    options = dataclasses.replace(OPTIONS, cache=cache, report=problems.append)
    first = read("images", pictures, options)
    assert len(looked) == 4
    second = read("images", pictures, options)
    assert len(looked) == 4
    assert str(problems[0]) == str(problems[1])
    for one, other in zip(first, second, strict=True):
        assert one.header == other.header
        assert np.array_equal(one.hands, other.hands, equal_nan=True)
        assert np.array_equal(one.hands_world, other.hands_world, equal_nan=True)
    sorted(cache.iterdir())[0].write_bytes(b"damaged")
    media.write_photo(pictures / "fist" / "10.png", np.zeros((350, 350, 3), np.uint8))
    third = read("images", pictures, options)
    assert 5 <= len(looked) <= 6
    assert np.isnan(third[0].hands).all()
    read("images", pictures, dataclasses.replace(options, padding="none"))
    assert len(looked) >= 9


def many_pictures(folder: Path, count: int) -> Path:
    for number in range(count):
        media.write_photo(folder / "none" / f"{number}.png", np.full((330, 330, 3), number, np.uint8))
    return folder


def test_several_processes_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "CHUNK", 1)
    write_pictures(tmp_path)
    (tmp_path / "palm" / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    results = []
    for workers in (1, 2):
        problems: list[MudraError] = []
        options = dataclasses.replace(OPTIONS, workers=workers, report=problems.append)
        results.append((read("images", tmp_path, options), [str(problem) for problem in problems]))
    (alone, said_alone), (together, said_together) = results
    assert said_alone == said_together
    for one, other in zip(alone, together, strict=True):
        assert one.header == other.header
        assert np.array_equal(one.hands, other.hands, equal_nan=True)
    assert multiprocessing.active_children() == []


def test_a_worker_that_dies_ends_the_import_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "CHUNK", 8)

    def kill(done: int, total: int | None) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    options = dataclasses.replace(OPTIONS, workers=2, cache=tmp_path / "cache", progress=kill)
    with pytest.raises(MudraError, match="what is finished is kept"):
        read("images", many_pictures(tmp_path / "pictures", 128), options)
    assert any((tmp_path / "cache").iterdir())


# kairess


def test_real_kairess_recordings_are_three_clips(shared_data: Path) -> None:
    folder = shared_data / "sequences/kairess"
    clips = read("kairess", folder, ImportOptions("sign"))
    assert [(clip.header.label, len(clip), clip.header.session) for clip in clips] == [
        (label, 454, "1627646273") for label in ("away", "come", "spin")
    ]
    raw = np.load(folder / "raw_away_1627646273.npy")
    points = raw[:, :84].reshape(-1, 21, 4)
    assert clips[0].hands[:, RIGHT, :, 0] == pytest.approx(1 - points[..., 0])
    assert clips[0].hands[:, RIGHT, :, 1:] == pytest.approx(points[..., 1:3], abs=1e-6)
    assert np.isnan(clips[0].hands[:, LEFT]).all()
    assert not clips[0].header.sides_known
    assert clips[0].header.extra["unmirrored"] is True
    assert clips[0].t_ns[30] == 1_000_000_000


def test_kairess_windows_are_put_together_again(tmp_path: Path) -> None:
    rows = kairess_rows(50)
    np.save(tmp_path / "seq_wave_9.npy", np.stack([rows[start : start + 30] for start in range(21)]))
    (joined,) = read("kairess", tmp_path)
    np.save(tmp_path / "raw_wave_9.npy", rows)
    (whole,) = read("kairess", tmp_path)
    assert len(joined) == len(whole) == 50
    assert np.array_equal(joined.hands, whole.hands, equal_nan=True)


def test_kairess_windows_apart_stay_apart(tmp_path: Path) -> None:
    np.save(tmp_path / "seq_wave_9.npy", np.stack([kairess_rows(30), kairess_rows(30)]))
    assert [len(clip) for clip in read("kairess", tmp_path)] == [30, 30]


def test_kairess_labels_come_from_the_name_or_the_number(tmp_path: Path) -> None:
    for name in ("raw_come_here_12.npy", "raw_12.npy", "hand.npy"):
        np.save(tmp_path / name, kairess_rows(3, 7))
    labels = {name: read("kairess", tmp_path / f"{name}.npy")[0].header.label for name in ("raw_12", "hand")}
    assert labels == {"raw_12": "7", "hand": "7"}
    assert read("kairess", tmp_path / "raw_come_here_12.npy")[0].header.label == "come_here"


def test_kairess_labels_in_one_file_are_split_and_zeros_are_missing(tmp_path: Path) -> None:
    rows = np.concatenate([kairess_rows(3, 0), kairess_rows(2, 1)])
    rows[1, :84] = 0
    np.save(tmp_path / "raw_1.npy", rows)
    clips = read("kairess", tmp_path)
    assert [(clip.header.label, len(clip)) for clip in clips] == [("0", 3), ("1", 2)]
    assert np.isnan(clips[0].hands[1]).all()
    assert np.isfinite(clips[0].hands[[0, 2], RIGHT]).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[:, :99], "expected numbers"),
        (lambda rows: rows[:0], "expected numbers"),
        (lambda rows: rows.astype(str), "expected numbers"),
        (lambda rows: np.where(rows == rows[2, 5], np.nan, rows), "row 2: a value is not a finite"),
        (lambda rows: np.concatenate([rows[:, :99], rows[:, 99:] + 0.5], axis=1), "row 0: wrong label"),
        (lambda rows: np.concatenate([rows[:, :99], rows[:, 99:] - 1], axis=1), "row 0: wrong label"),
    ],
)
def test_wrong_kairess_files_are_named_with_their_rows(
    tmp_path: Path, change: Callable[[np.ndarray], np.ndarray], says: str
) -> None:
    np.save(tmp_path / "raw_bad_1.npy", change(kairess_rows(5)))
    np.save(tmp_path / "raw_good_1.npy", kairess_rows(5))
    problems: list[MudraError] = []
    clips = read("kairess", tmp_path, dataclasses.replace(OPTIONS, report=problems.append))
    assert [clip.header.label for clip in clips] == ["good"]
    assert len(problems) == 1
    assert says in str(problems[0])
    assert "raw_bad_1.npy" in str(problems[0])


# MP_Data


def test_real_mp_data_is_read(shared_data: Path) -> None:
    clips = read("mp-data", shared_data / "sequences/ilkerdemir", ImportOptions("sign"))
    assert len(clips) == 180
    assert [clip.header.extra["sequence"] for clip in clips[:60]] == list(range(60))
    assert [clip.header.label for clip in clips[::60]] == ["hello", "seeyoulater", "thanks"]
    with np.load(shared_data / "sequences/ilkerdemir/seq258.npz") as data:
        row = int(np.flatnonzero((data["y"] == "thanks") & (data["seq"] == "17"))[0])
        values = data["X"][row]
    clip = clips[120 + 17]
    found = np.isfinite(clip.hands[:, RIGHT]).all(axis=(1, 2))
    assert np.array_equal(found, values[:, 195:].any(axis=1))
    assert np.array_equal(clip.hands[found, RIGHT].reshape(-1, 63), values[found, 195:])
    assert clip.face is None
    # Not mirrored: the person's right eye is on the picture's left.
    right_eye, left_eye = clip.face_points[:, 0, 0], clip.face_points[:, 1, 0]
    assert (right_eye < left_eye).all()


@pytest.mark.parametrize("width", [1662, 258])
def test_mp_data_parts_go_where_they_belong(tmp_path: Path, width: int) -> None:
    rows = np.arange(2 * width, dtype=np.float64).reshape(2, width) + 1
    rows[1, -63:] = 0
    rows[1, :132] = 0
    for frame in (0, 1):
        (tmp_path / "a" / "4").mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / "a" / "4" / f"{frame}.npy", rows[frame])
    (clip,) = read("mp-data", tmp_path)
    left = width - 126
    assert np.array_equal(clip.hands[0, LEFT].ravel(), rows[0, left : left + 63])
    assert np.array_equal(clip.hands[0, RIGHT].ravel(), rows[0, left + 63 :])
    assert np.isnan(clip.hands[1, RIGHT]).all()
    assert np.isfinite(clip.hands[1, LEFT]).all()
    assert clip.pose is not None
    assert np.array_equal(clip.pose[0].ravel(), rows[0, :132])
    assert np.isnan(clip.pose[1]).all()
    assert np.isnan(clip.face_points[1]).all()
    pose = rows[0, :132].reshape(33, 4)[:, :2]
    expected = [pose[5], pose[2], pose[0], (pose[9] + pose[10]) / 2, pose[8], pose[7]]
    assert np.array_equal(clip.face_points[0], np.array(expected, np.float32))
    if width == 1662:
        assert clip.face is not None
        assert np.array_equal(clip.face[0, :468].ravel(), rows[0, 132 : 132 + 1404])
        assert np.isnan(clip.face[0, 468:]).all()


def test_mp_data_frames_sort_as_numbers_and_a_gap_is_a_gap(tmp_path: Path) -> None:
    place = tmp_path / "a" / "0"
    place.mkdir(parents=True)
    rows = {number: np.full(258, number / 100 + 0.01) for number in (2, 3, 10, 11)}
    for number, row in rows.items():
        np.save(place / f"{number}.npy", row)
    (clip,) = read("mp-data", tmp_path)
    assert clip.hands[:, 0, 0, 0] == pytest.approx([0.03, 0.04, 0.11, 0.12])
    assert clip.t_ns == pytest.approx(np.array([0, 1, 8, 9]) * 1e9 / 30, abs=1)


def test_broken_mp_data_frames_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    write_mp_data_folder(tmp_path)
    place = tmp_path / "palm" / "9"
    np.save(place / "3.npy", np.zeros(100))
    np.save(place / "4.npy", np.full(1662, np.nan))
    np.save(place / "5.npy", np.zeros(258))
    np.save(place / "006.npy", np.zeros(1662))
    np.save(place / "last.npy", np.zeros(1662))
    (place / "7.npy").write_bytes(b"\x93NUMPY")
    (tmp_path / "palm" / "empty").mkdir()
    problems: list[MudraError] = []
    clips = read("mp-data", tmp_path, dataclasses.replace(OPTIONS, report=problems.append))
    assert len(clips) == 6
    said = " ".join(map(str, problems))
    assert len(problems) == 7
    for name in ("3.npy", "4.npy", "5.npy", "6.npy", "7.npy", "last.npy", "empty"):
        assert name in said
    broken = next(clip for clip in clips if clip.header.label == "palm" and clip.header.extra["sequence"] == 9)
    assert len(broken) == 8
    assert broken.t_ns[3] == pytest.approx(6e9 / 30, abs=1)


def test_mp_data_archives_tell_lengths_and_sequences(tmp_path: Path) -> None:
    values = holistic(60, 258).reshape(2, 30, 258)
    path = tmp_path / "data.npz"
    np.savez(path, X=values, y=np.array([1, 0]), seq=np.array(["7", "x"]), length=np.array([30, 12]))
    first, second = read("mp-data", path)
    assert (first.header.label, first.header.extra["sequence"], len(first)) == ("0", "x", 12)
    assert (second.header.label, second.header.extra["sequence"], len(second)) == ("1", 7, 30)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"X": np.zeros((3, 30, 100))}, "'X'"),
        ({"X": np.zeros((3, 30))}, "'X'"),
        ({"X": np.zeros((0, 30, 258))}, "'X'"),
        ({"X": None}, "'X' is missing"),
        ({"y": np.array(["a"])}, "'y'"),
        ({"y": np.array([0.5, 1, 2])}, "'y'"),
        ({"y": None}, "'y' is missing"),
        ({"seq": np.array(["1"])}, "'seq'"),
        ({"length": np.array([1.0, 2, 3])}, "'length'"),
        ({"length": np.array([1, 0, 3])}, "row 1: wrong length"),
        ({"length": np.array([1, 31, 3])}, "row 1: wrong length"),
        ({"y": np.array([{}, {}, {}], dtype=object)}, "Python objects"),
    ],
)
def test_wrong_mp_data_archives_are_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    arrays = {"X": holistic(90, 258).reshape(3, 30, 258), "y": np.array(["a", "b", "c"]), **changes}
    np.savez(tmp_path / "a.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(FormatError, match=says):
        read("mp-data", tmp_path / "a.npz")


def test_a_broken_row_of_an_archive_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    values = holistic(90, 258).reshape(3, 30, 258)
    values[1, 4, 3] = np.inf
    np.savez(tmp_path / "a.npz", X=values, y=np.array(["a", "b", "c"]))
    problems: list[MudraError] = []
    clips = read("mp-data", tmp_path / "a.npz", dataclasses.replace(OPTIONS, report=problems.append))
    assert [clip.header.label for clip in clips] == ["a", "c"]
    assert "row 1" in str(problems[0])
