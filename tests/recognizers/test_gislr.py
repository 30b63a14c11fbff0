"""Kaggle's "Isolated Sign Language Recognition", as Parquet with a table and as HDF5 a signer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers.clips import Clip
from recognizers.errors import FormatError, MudraError, SourceError
from recognizers.examples import gather, split
from recognizers.importers import ImportOptions, gislr, gislr_hdf5
from recognizers.importers.holistic import face_points_of_mesh
from recognizers.types import LEFT, RIGHT
from tests.recognizers import foreign_files as foreign

OPTIONS = ImportOptions("sign")


def collected(module: object, path: Path, **changes: object) -> tuple[list[Clip], list[MudraError]]:
    problems: list[MudraError] = []
    options = replace(OPTIONS, report=problems.append, **changes)
    return list(module.read(path, options)), problems  # type: ignore[attr-defined]


def check_points(clip: Clip, points: np.ndarray) -> None:
    points = points.astype(np.float32)
    assert np.array_equal(clip.hands[:, LEFT], points[:, 468:489], equal_nan=True)
    assert np.array_equal(clip.hands[:, RIGHT], points[:, 522:], equal_nan=True)
    assert clip.face is not None and clip.pose is not None
    assert np.array_equal(clip.face[:, :468], points[:, :468], equal_nan=True)
    assert np.isnan(clip.face[:, 468:]).all()
    assert np.array_equal(clip.pose[..., :3], points[:, 489:522], equal_nan=True)
    assert np.isnan(clip.pose[..., 3]).all()
    body = points[:, 489:522, :2]
    mouth = body[:, [9, 10]].mean(axis=1)
    expected = np.stack([body[:, 5], body[:, 2], body[:, 0], mouth, body[:, 8], body[:, 7]], axis=1)
    assert clip.face_points == pytest.approx(expected, nan_ok=True)


# both forms


@pytest.mark.parametrize(
    ("module", "write"), [(gislr, foreign.write_gislr), (gislr_hdf5, foreign.write_gislr_hdf5)], ids=["parquet", "hdf5"]
)
def test_signers_signs_and_points_come_over(tmp_path: Path, module, write) -> None:  # type: ignore[no-untyped-def]
    clips, problems = collected(module, write(tmp_path))
    assert not problems
    facts = {(clip.header.signer, clip.header.extra["sequence"], clip.header.label) for clip in clips}
    assert facts == {("2044", 1001, "palm"), ("4718", 1002, "fist"), ("2044", 1003, "fist")}
    first = next(clip for clip in clips if clip.header.extra["sequence"] == 1001)
    check_points(first, foreign.holistic_points(9, 0))
    assert first.t_ns == pytest.approx(np.arange(9) * 1e9 / 30, abs=1)
    assert first.header.sides_known
    assert first.header.image_size is None


def test_signers_are_held_apart(tmp_path: Path) -> None:
    """With three signers a split goes by signer by itself."""
    for signer in ("1", "2", "3"):
        recordings = {str(n): foreign.hdf5_recording(np.array([n % 2]), n, frames=40) for n in range(6)}
        foreign.write_hdf5(tmp_path / f"{signer}.hdf5", recordings)
    gathered = gather(gislr_hdf5.read(tmp_path, OPTIONS), "sequence")
    assert not gathered.missed
    origins = [example.origin for example in gathered.examples]
    parts = split(origins, "auto", 0)
    assert parts.kind == "signer"
    assert {origins[index].signer for index in parts.test}.isdisjoint(origins[index].signer for index in parts.train)


def test_a_part_that_lacks_a_point_is_missing_as_a_whole(tmp_path: Path) -> None:
    points = foreign.holistic_points(4)
    points[1, 470, 0] = np.nan
    points[2, 489:522] = np.nan
    feature = np.moveaxis(points, 2, 0)
    foreign.write_hdf5(tmp_path / "1.hdf5", {"7": {"feature": feature, "token": 0}})
    ((clip,), _) = collected(gislr_hdf5, tmp_path)
    assert np.isnan(clip.hands[1, LEFT]).all()
    assert np.isfinite(clip.hands[[0, 2, 3], LEFT]).all()
    assert clip.pose is not None and np.isnan(clip.pose[2]).all()
    # Without the body, the face's mesh tells where the face is.
    assert clip.face_points[2] == pytest.approx(face_points_of_mesh(points[2:3, :468].astype(np.float32))[0])
    assert np.isfinite(clip.face_points).all()


# Parquet


def test_times_come_from_the_frames_and_rows_may_stand_in_any_order(tmp_path: Path) -> None:
    points = foreign.holistic_points(3)
    file = foreign.write_gislr(tmp_path) / "train_landmark_files/2044/1001.parquet"
    frames = np.repeat(np.array([5, 6, 9], np.int32), 543)
    foreign.write_parquet(file, points, frame=frames)
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    pq.write_table(table.take(np.random.default_rng(0).permutation(len(table))), file)
    clips, _ = collected(gislr, tmp_path, labels=("palm",))
    check_points(clips[0], points)
    assert clips[0].t_ns == pytest.approx(np.array([0, 1, 4]) * 1e9 / 30, abs=1)


def test_signers_may_be_named_by_the_user(tmp_path: Path) -> None:
    clips, _ = collected(gislr, foreign.write_gislr(tmp_path), signer="Ann")
    assert {clip.header.signer for clip in clips} == {"Ann"}


def test_recordings_that_are_not_there_are_told_in_one_line(tmp_path: Path) -> None:
    foreign.write_gislr(tmp_path)
    for name in ("2044/1001", "4718/1002"):
        (tmp_path / f"train_landmark_files/{name}.parquet").unlink()
    clips, problems = collected(gislr, tmp_path / "train.csv")
    assert len(clips) == 1
    (problem,) = problems
    assert "2 of the 3 recordings that it names are not there (found nothing at 1001.parquet, 1002.parquet)" in str(
        problem
    )


def test_without_pyarrow_the_line_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign.write_gislr(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MudraError, match="Install it with: pip install pyarrow"):
        list(gislr.read(tmp_path, OPTIONS))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["../outside.parquet", "1", "2", "palm"], "wrong path"),
        (["/etc/passwd", "1", "2", "palm"], "wrong path"),
        (["a/../../b", "1", "2", "palm"], "wrong path"),
        (["C:\\b", "1", "2", "palm"], "wrong path"),
        (["", "1", "2", "palm"], "wrong path"),
        (["a.parquet", "1", "2"], "a field is missing"),
        (["a.parquet", "", "2", "palm"], "the participant or the sign is missing"),
        (["a.parquet", "1", "2", ""], "the participant or the sign is missing"),
    ],
)
def test_a_wrong_row_of_the_table_is_named(tmp_path: Path, row: list[str], says: str) -> None:
    foreign.write_gislr(tmp_path)
    with (tmp_path / "train.csv").open("a") as file:
        file.write(",".join(row) + "\n")
    clips, problems = collected(gislr, tmp_path)
    assert len(clips) == 3
    (problem,) = problems
    assert "train.csv, row 5: " in str(problem)
    assert says in str(problem)


@pytest.mark.parametrize(
    "text", ["words", "path,participant_id,sign\na,b,c\n", "path,participant_id,sequence_id,sign\n"]
)
def test_another_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "train.csv").write_text(text)
    with pytest.raises(SourceError, match=r"train\.csv"):
        list(gislr.read(tmp_path, OPTIONS))


POINTS = foreign.holistic_points(2)
ROWS = 2 * 543


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"x": None}, "not one column 'x'"),
        ({"type": None}, "not one column 'type'"),
        ({"x": ["a"] * ROWS}, "wrong column 'x'"),
        ({"x": [1] * ROWS}, "wrong column 'x'"),
        ({"z": np.full(ROWS, np.inf)}, "infinite"),
        ({"type": ["face"] * ROWS}, "not whole"),
        ({"type": ["tail"] * ROWS}, "not whole"),
        ({"type": [None] * ROWS}, "not whole"),
        ({"type": [7] * ROWS}, "not whole"),
        ({"frame": np.zeros(ROWS, np.int16)}, "not whole"),
        ({"frame": np.repeat([0, 2**62], 543)}, "not whole"),
        ({"frame": np.arange(ROWS)}, "not whole"),
        ({"frame": [None, *[1] * (ROWS - 1)]}, "wrong column 'frame'"),
        ({"landmark_index": np.zeros(ROWS, np.int16)}, "not whole"),
        ({"landmark_index": np.full(ROWS, 2**62)}, "not whole"),
    ],
)
def test_a_wrong_recording_is_named_and_the_rest_is_kept(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    foreign.write_gislr(tmp_path)
    foreign.write_parquet(tmp_path / "train_landmark_files/2044/1001.parquet", POINTS, **changes)
    clips, problems = collected(gislr, tmp_path)
    assert len(clips) == 2
    (problem,) = problems
    assert "1001.parquet" in str(problem)
    assert says in str(problem)


def test_a_recording_that_lacks_rows_or_holds_none_is_refused(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    file = foreign.write_gislr(tmp_path) / "train_landmark_files/2044/1001.parquet"
    whole = pq.read_table(file)
    for rows in (0, 542, 544):
        pq.write_table(whole.slice(0, rows), file)
        _, problems = collected(gislr, tmp_path)
        assert "wrong number of rows" in str(problems[0])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_parquet_is_refused_in_one_line(tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / "a.parquet"
    foreign.write_table(tmp_path / "train.csv", [gislr.COLUMNS, ["a.parquet", 1, 2, "palm"]], mark="")
    if not (tmp_path / "good").exists():
        (tmp_path / "good").write_bytes(foreign.write_parquet(file, POINTS).read_bytes())
    content = bytearray((tmp_path / "good").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    clips, problems = collected(gislr, tmp_path)
    assert len(clips) + len(problems) == 1
    assert "\n" not in "".join(map(str, problems))


# HDF5


def test_swapped_files_belong_to_the_same_signer(tmp_path: Path) -> None:
    foreign.write_hdf5(tmp_path / "2044_swap.hdf5", {"1": foreign.hdf5_recording(np.array([3]))})
    ((clip,), _) = collected(gislr_hdf5, tmp_path)
    assert (clip.header.signer, clip.header.label) == ("2044", "3")
    assert clip.header.extra["swapped"] is True


@pytest.mark.parametrize(
    ("token", "label"),
    [
        (b"hello", "hello"),
        ("grüße", "grüße"),
        (np.array(["wait"], dtype="S4"), "wait"),
        (np.int8(1), "fist"),
        (0, "palm"),
    ],
)
def test_signs_are_names_or_numbers(tmp_path: Path, token: object, label: str) -> None:
    foreign.write_gislr_hdf5(tmp_path)
    foreign.write_hdf5(tmp_path / "2044.hdf5", {"1": foreign.hdf5_recording(token)})
    clips, problems = collected(gislr_hdf5, tmp_path / "2044.hdf5")
    assert not problems
    assert [clip.header.label for clip in clips] == [label]


def test_features_may_have_their_coordinates_last_and_another_precision(tmp_path: Path) -> None:
    points = foreign.holistic_points(5)
    foreign.write_hdf5(tmp_path / "1.h5", {"1": {"feature": points, "token": 0}})
    foreign.write_hdf5(tmp_path / "2.h5", {"1": {"feature": np.moveaxis(points, 2, 0).astype(">f8"), "token": 0}})
    clips, problems = collected(gislr_hdf5, tmp_path)
    assert not problems
    assert len(clips) == 2
    for clip in clips:
        check_points(clip, points)


GOOD = foreign.hdf5_recording(np.array([0]))
FEATURE = GOOD["feature"]
assert isinstance(FEATURE, np.ndarray)


@pytest.mark.parametrize(
    ("recording", "says"),
    [
        ({"feature": FEATURE}, "'token' is missing"),
        ({"token": 0}, "'feature' is missing"),
        ({"feature": FEATURE[:2], "token": 0}, "wrong 'feature'"),
        ({"feature": FEATURE[..., :542], "token": 0}, "wrong 'feature'"),
        ({"feature": FEATURE[:, :0], "token": 0}, "wrong 'feature'"),
        ({"feature": FEATURE.ravel(), "token": 0}, "wrong 'feature'"),
        ({"feature": np.nan_to_num(FEATURE).astype(np.int32), "token": 0}, "wrong 'feature'"),
        ({"feature": FEATURE.astype("S8"), "token": 0}, "wrong 'feature'"),
        ({"feature": np.where(FEATURE[0, 0, 0] == FEATURE, np.inf, FEATURE), "token": 0}, "infinite"),
        ({"feature": np.full_like(FEATURE, 3e38), "token": 0}, "infinite"),
        ({"feature": FEATURE, "token": np.array([0, 1])}, "wrong 'token'"),
        ({"feature": FEATURE, "token": np.array([], np.int64)}, "wrong 'token'"),
        ({"feature": FEATURE, "token": 0.5}, "wrong 'token'"),
        ({"feature": FEATURE, "token": -1}, "wrong 'token'"),
        ({"feature": FEATURE, "token": 2}, "has no name"),
        ({"feature": FEATURE, "token": b" "}, "wrong 'token'"),
        ({"feature": FEATURE, "token": h5py.Empty("f")}, "wrong 'token'"),
    ],
)
def test_a_wrong_group_is_named_and_the_rest_is_kept(tmp_path: Path, recording: dict[str, object], says: str) -> None:
    foreign.write_gislr_hdf5(tmp_path)
    foreign.write_hdf5(tmp_path / "2044.hdf5", {"5": recording, "1001": GOOD})
    clips, problems = collected(gislr_hdf5, tmp_path)
    assert [clip.header.extra["sequence"] for clip in clips] == [1001, 1002]
    (problem,) = problems
    assert "2044.hdf5, 5: " in str(problem)
    assert says in str(problem)


def test_what_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    secret = foreign.write_hdf5(tmp_path / "elsewhere" / "secret.hdf5", {"1": GOOD})
    np.zeros(3 * 543, np.float32).tofile(tmp_path / "raw")
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["1"] = h5py.ExternalLink(str(secret), "1")
        file.create_group("2")["feature"] = h5py.ExternalLink(str(secret), "1/feature")
        file["3"] = h5py.SoftLink("/2")
        file.create_dataset("4", data=1)
        raw = file.create_group("5")
        raw.create_dataset("feature", (3, 1, 543), "f4", external=[(str(tmp_path / "raw"), 0, 3 * 543 * 4)])
        raw["token"] = 0
        layout = h5py.VirtualLayout((3, 9, 543), "f4")
        layout[:] = h5py.VirtualSource(str(secret), "1/feature", (3, 9, 543))
        virtual = file.create_group("6")
        virtual.create_virtual_dataset("feature", layout)
        virtual["token"] = 0
    clips, problems = collected(gislr_hdf5, tmp_path)
    assert not clips
    assert len(problems) == 6
    assert all("a.hdf5, " in str(problem) for problem in problems)


def test_points_in_another_order_are_noticed(tmp_path: Path) -> None:
    points = foreign.holistic_points(9)
    parts = np.split(points, [468, 489, 522], axis=1)
    other = np.concatenate([parts[2], parts[0], parts[1], parts[3]], axis=1)  # body first
    exchanged = np.concatenate([parts[0], parts[3], parts[2], parts[1]], axis=1)  # right hand for left
    for name, wrong in (("a", other), ("b", exchanged)):
        feature = np.moveaxis(wrong, 2, 0).astype(np.float32)
        foreign.write_hdf5(tmp_path / f"{name}.hdf5", {"1": {"feature": feature, "token": 0}})
    clips, problems = collected(gislr_hdf5, tmp_path)
    assert not clips
    assert ["another order" in str(problem) for problem in problems] == [True, True]


def test_a_truncated_file_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    foreign.write_gislr_hdf5(tmp_path)
    file = tmp_path / "2044.hdf5"
    file.write_bytes(file.read_bytes()[:-3000])
    (tmp_path / "3000.hdf5").write_bytes(b"")
    foreign.write_hdf5(tmp_path / "3001.hdf5", {})
    clips, problems = collected(gislr_hdf5, tmp_path)
    assert [clip.header.signer for clip in clips] == ["4718"]
    assert [name in str(problem) for name, problem in zip(("2044", "3000", "3001"), problems, strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize("text", ["[]", '{"a": "b"}', '{"a": 1, "b": 1}', "{"])
def test_a_wrong_table_of_names_is_refused(tmp_path: Path, text: str) -> None:
    foreign.write_gislr_hdf5(tmp_path)
    (tmp_path / "sign_to_prediction_index_map.json").write_text(text)
    with pytest.raises(FormatError, match="sign_to_prediction"):
        list(gislr_hdf5.read(tmp_path, OPTIONS))


def test_names_may_stand_in_one_file_of_another_name(tmp_path: Path) -> None:
    foreign.write_gislr_hdf5(tmp_path)
    usual = tmp_path / "sign_to_prediction_index_map.json"
    usual.rename(tmp_path / "dictionary.json")
    assert {clip.header.label for clip in gislr_hdf5.read(tmp_path, OPTIONS)} == {"palm", "fist"}
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(FormatError, match="several files may name the signs"):
        list(gislr_hdf5.read(tmp_path, OPTIONS))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"\x89HDF\r\n\x1a\n"]))
def test_random_bytes_are_refused_in_one_line(tmp_path: Path, data: bytes, start: bytes) -> None:
    (tmp_path / "1.hdf5").write_bytes(start + data)
    with pytest.raises(MudraError) as caught:
        list(gislr_hdf5.read(tmp_path, OPTIONS))
    assert "\n" not in str(caught.value)
