"""Clips as values and files: what is written is read again, what is wrong is refused in one line."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers import array_files, clip_files
from recognizers.clip_values import header_fields
from recognizers.clips import (
    CLIP_VERSION,
    LANDMARKS,
    PIXELS,
    Clip,
    ClipHeader,
    iter_clips,
    load_clip,
    save_clip,
)
from recognizers.errors import FormatError, MudraError, OutputError, TooNewError
from recognizers.sources import open_sources
from recognizers.types import LEFT, RIGHT, Landmarks
from recognizers.versions import upgrade

Arrays = dict[str, Any]
RNG = np.random.default_rng(7)
HEADER = ClipHeader("wave", "sign", fps=30.0, source="camera 0", landmarker="hand-1", image_size=(640, 480))


def arrays_of(frames: int = 4) -> Arrays:
    hands = RNG.random((frames, 2, 21, 3), np.float32)
    hands[:, LEFT] = np.nan
    return {
        "t_ns": np.arange(frames) * 33_333_333,
        "hands": hands,
        "hands_world": hands - 0.5,
        "face_points": RNG.random((frames, 6, 2), np.float32),
    }


def optional_arrays(frames: int = 4) -> Arrays:
    shapes = {"face": (478, 3), "blendshapes": (52,), "pose": (33, 4)}
    return {name: RNG.random((frames, *shape), np.float32) for name, shape in shapes.items()}


def write(path: Path, arrays: Arrays, header: object = None, **changed: object) -> Path:
    """Write a file as it comes, checked by nobody."""
    fields = {**header_fields(HEADER), **changed} if header is None else header
    text = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    with path.open("wb") as file:
        np.savez(file, header=np.frombuffer(text, np.uint8), **arrays)
    return path


def same(one: Clip, other: Clip) -> bool:
    names = [field.name for field in dataclasses.fields(Clip) if field.name != "header"]
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    return one.header == other.header and all(
        (a is None and b is None) or np.array_equal(a, b, equal_nan=a.dtype != np.uint8) for a, b in pairs
    )


@pytest.mark.parametrize("optional", [False, True])
def test_a_clip_is_read_as_it_was_written(tmp_path: Path, optional: bool) -> None:
    header = dataclasses.replace(HEADER, signer="Ann 👋", session="s", extra={"image": "a.jpg", "n": [1, None]})
    clip = Clip.of_arrays(header, arrays_of() | (optional_arrays() if optional else {}), "test")
    save_clip(tmp_path / "a.npz", clip)
    assert same(load_clip(tmp_path / "a.npz"), clip)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".d"].count("a.npz") == 1


@pytest.mark.parametrize("shape", [(3, 48, 48), (3, 224, 100, 3)])
def test_a_clip_of_pictures_is_read_as_it_was_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    frames = RNG.integers(0, 256, shape, np.uint8)
    header = ClipHeader("happy", "emotion", kind="pixels")
    clip = Clip.of_arrays(header, {"t_ns": np.arange(3), "frames": frames}, "test")
    save_clip(tmp_path / "a.npz", clip)
    read = load_clip(tmp_path / "a.npz")
    assert same(read, clip)
    assert np.isnan(read.hands).all()


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path) -> None:
    clip = Clip.of_arrays(HEADER, arrays_of(), "test")
    for name in ("a.npz", "b.npz"):
        save_clip(tmp_path / name, clip)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_nothing_but_plain_arrays_is_in_the_file(tmp_path: Path) -> None:
    save_clip(tmp_path / "a.npz", Clip.of_arrays(HEADER, arrays_of(), "test"))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        header = json.loads(data["header"].tobytes())
        assert data["hands"].dtype == np.float32
    assert header["version"] == CLIP_VERSION
    assert set(header) == {
        *("version", "kind", "label", "mode", "signer", "session", "fps", "source", "landmarker"),
        *("app_version", "mirrored", "image_size", "sides_known", "extra"),
    }


def test_a_clip_made_of_landmarks_gives_them_back() -> None:
    rows = [
        Landmarks(t_ns=index, hands=RNG.random((2, 21, 3), np.float32), image_size=(640, 480)) for index in range(3)
    ]
    back = list(Clip.of(HEADER, rows).landmarks())
    assert [row.t_ns for row in back] == [0, 1, 2]
    assert all(np.array_equal(a.hands, b.hands) for a, b in zip(rows, back, strict=True))
    assert all(row.image_size == (640, 480) and row.face is None and row.sides_known for row in back)


def test_optional_parts_are_kept_where_every_frame_has_them() -> None:
    blendshapes = np.zeros(52, np.float32)
    all_of_them = [Landmarks(t_ns=index, blendshapes=blendshapes) for index in range(2)]
    assert Clip.of(HEADER, all_of_them).blendshapes is not None
    assert Clip.of(HEADER, [all_of_them[0], Landmarks(t_ns=1)]).blendshapes is None


def test_a_clip_without_frames_is_refused() -> None:
    with pytest.raises(FormatError, match="t_ns"):
        Clip.of(HEADER, [])


def test_landmarks_of_a_mirrored_picture_are_turned_round() -> None:
    arrays = arrays_of(1)
    (row,) = Clip.of_arrays(dataclasses.replace(HEADER, mirrored=True), arrays, "test").landmarks()
    assert np.isnan(row.hands[RIGHT]).all()
    assert row.hands[LEFT, :, 0] == pytest.approx(1 - arrays["hands"][0, RIGHT, :, 0])
    assert row.hands[LEFT, :, 1:] == pytest.approx(arrays["hands"][0, RIGHT, :, 1:])
    assert row.hands_world[LEFT, :, 0] == pytest.approx(-arrays["hands_world"][0, RIGHT, :, 0])
    right_eye, left_ear = row.face_points[0], row.face_points[5]
    assert right_eye == pytest.approx([1, 0] + arrays["face_points"][0, 1] * [-1, 1])
    assert left_ear == pytest.approx([1, 0] + arrays["face_points"][0, 4] * [-1, 1])
    unknown = dataclasses.replace(HEADER, mirrored=True, sides_known=False)
    (row,) = Clip.of_arrays(unknown, arrays, "test").landmarks()
    assert np.isnan(row.hands[LEFT]).all()
    assert not row.sides_known


def changed(**arrays: object) -> Arrays:
    return {**arrays_of(), **arrays}


def without(name: str) -> Arrays:
    return {key: array for key, array in arrays_of().items() if key != name}


def with_infinity() -> Arrays:
    arrays = arrays_of()
    arrays["hands"][0, 1, 3, 2] = np.inf
    return arrays


WRONG_ARRAYS: dict[str, tuple[Callable[[], Arrays], str]] = {
    "no times": (lambda: without("t_ns"), "'t_ns'"),
    "no hands": (lambda: without("hands"), "'hands' is missing"),
    "no face points": (lambda: without("face_points"), "'face_points' is missing"),
    "times as floats": (lambda: changed(t_ns=np.array([0.0, 1, np.nan, 3])), "'t_ns'"),
    "times of int32": (lambda: changed(t_ns=np.arange(4, dtype=np.int32)), "'t_ns'"),
    "times in a table": (lambda: changed(t_ns=np.zeros((4, 1), np.int64)), "'t_ns'"),
    "no frame": (lambda: arrays_of(0), "'t_ns'"),
    "equal times": (lambda: changed(t_ns=np.array([0, 1, 1, 2])), "must increase"),
    "falling times": (lambda: changed(t_ns=np.array([0, 2, 1, 3])), "must increase"),
    "early times": (lambda: changed(t_ns=np.array([-1, 2, 3, 4])), "must increase"),
    "short hands": (lambda: changed(hands=arrays_of(3)["hands"]), "'hands'"),
    "flat hands": (lambda: changed(hands=np.zeros((4, 126), np.float32)), "'hands'"),
    "hands of float64": (lambda: changed(hands=np.zeros((4, 2, 21, 3))), "'hands'"),
    "infinite hands": (with_infinity, "infinite"),
    "a wrong mesh": (lambda: changed(face=np.zeros((4, 468, 3), np.float32)), "'face'"),
    "something else": (lambda: changed(features=np.zeros(4)), "'features' does not belong"),
    "pictures": (lambda: changed(frames=np.zeros((4, 48, 48), np.uint8)), "'frames' does not belong"),
    "a pickle": (lambda: changed(hands=np.array([object()] * 4)), "Python objects"),
}


@pytest.mark.parametrize("name", WRONG_ARRAYS)
def test_wrong_arrays_are_refused_in_one_line(tmp_path: Path, name: str) -> None:
    make, says = WRONG_ARRAYS[name]
    path = write(tmp_path / "a.npz", make())
    with pytest.raises(FormatError, match=says) as caught:
        load_clip(path)
    assert "\n" not in str(caught.value)
    assert "a.npz" in str(caught.value)


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((4, 47, 48), np.uint8),
        np.zeros((4, 48, 225), np.uint8),
        np.zeros((4, 48, 48, 4), np.uint8),
        np.zeros((4, 48, 48), np.float32),
        np.zeros((3, 48, 48), np.uint8),
        np.zeros((4, 48), np.uint8),
    ],
)
def test_wrong_pictures_are_refused(tmp_path: Path, frames: np.ndarray) -> None:
    arrays = {"t_ns": np.arange(4), "frames": frames}
    with pytest.raises(FormatError, match="'frames'"):
        load_clip(write(tmp_path / "a.npz", arrays, kind="pixels"))


def test_pictures_and_landmarks_in_one_clip_are_refused(tmp_path: Path) -> None:
    arrays = arrays_of() | {"frames": np.zeros((4, 48, 48), np.uint8)}
    with pytest.raises(FormatError, match="does not belong"):
        load_clip(write(tmp_path / "a.npz", arrays, kind="pixels"))


@pytest.mark.parametrize("name", [name for name in header_fields(HEADER) if name != "extra"])
def test_a_missing_header_field_is_refused(tmp_path: Path, name: str) -> None:
    header = {key: value for key, value in header_fields(HEADER).items() if key != name}
    with pytest.raises(FormatError, match=name):
        load_clip(write(tmp_path / "a.npz", arrays_of(), header))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "video"),
        ("label", None),
        ("label", 3),
        ("mode", None),
        ("fps", 0),
        ("fps", "30"),
        ("fps", True),
        ("mirrored", None),
        ("mirrored", 1),
        ("sides_known", "yes"),
        ("image_size", [640]),
        ("image_size", [640, 0]),
        ("image_size", [640.0, 480]),
        ("image_size", "640x480"),
        ("signer", 7),
        ("extra", [1]),
        ("version", "1"),
        ("version", True),
        ("version", None),
        ("version", -1),
        ("version", 0),
    ],
)
def test_a_wrong_header_field_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(FormatError, match=name) as caught:
        load_clip(write(tmp_path / "a.npz", arrays_of(), **{name: value}))
    assert not isinstance(caught.value, TooNewError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("header", [b"", b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, b'{"version": NaN}'])
def test_a_header_that_is_no_json_object_is_refused(tmp_path: Path, header: bytes) -> None:
    with pytest.raises(FormatError, match="header"):
        load_clip(write(tmp_path / "a.npz", arrays_of(), header))


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays_of())
    with pytest.raises(FormatError, match="no header"):
        load_clip(tmp_path / "a.npz")


def test_a_newer_version_is_refused_with_both_versions_and_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", arrays_of(), version=CLIP_VERSION + 1, kind="holograms")
    with pytest.raises(TooNewError) as caught:
        load_clip(path)
    for words in (f"version {CLIP_VERSION} ", f"version {CLIP_VERSION + 1}", "Update Mudra"):
        assert words in str(caught.value)


def test_an_older_version_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def from_0(content: clip_files.Content) -> clip_files.Content:
        header, arrays = content
        header = {**header, "version": 1, "label": header["word"]}
        return header, {**arrays, "hands": arrays["hands"].astype(np.float32)}

    monkeypatch.setattr(clip_files, "CLIP_UPGRADES", {0: from_0})
    arrays = arrays_of()
    arrays["hands"] = arrays["hands"].astype(np.float64)
    clip = load_clip(write(tmp_path / "a.npz", arrays, version=0, word="hello", label=None))
    assert clip.header.label == "hello"
    assert clip.header.version == CLIP_VERSION


def test_upgrades_go_step_by_step() -> None:
    steps = {1: lambda text: text + "b", 2: lambda text: text + "c"}
    assert upgrade("a", 1, 3, steps, what="thing", where="x") == "abc"
    assert upgrade("a", 2, 3, steps, what="thing", where="x") == "ac"
    assert upgrade("a", 3, 3, steps, what="thing", where="x") == "a"
    with pytest.raises(FormatError, match="no longer read"):
        upgrade("a", 0, 3, steps, what="thing", where="x")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_clip(path, Clip.of_arrays(HEADER, arrays_of(), "test"))
    whole = path.read_bytes()
    for end in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(FormatError) as caught:
            load_clip(path)
        assert "\n" not in str(caught.value)


def test_a_flipped_byte_is_refused_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    clip = Clip.of_arrays(HEADER, arrays_of(1), "test")
    save_clip(path, clip)
    whole = bytearray(path.read_bytes())
    for position in range(0, len(whole), 7):
        damaged = whole.copy()
        damaged[position] ^= 0x55
        path.write_bytes(damaged)
        try:
            assert same(load_clip(path), clip)  # such as a byte of a date
        except FormatError as error:
            assert "\n" not in str(error)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.npy", bytes(3_000_000))
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(FormatError, match="too much"):
        array_files.read_arrays(path, 2_000_000)


def test_an_array_that_states_a_huge_size_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f4", "fortran_order": False, "shape": (2**40, 2, 21, 3)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("header.npy", content.getvalue())
    with pytest.raises(FormatError, match="another size than it states"):
        load_clip(tmp_path / "a.npz")


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.npz", tmp_path):
        with pytest.raises(FormatError) as caught:
            load_clip(path)
        assert "\n" not in str(caught.value)


def test_a_wrong_clip_is_not_written(tmp_path: Path) -> None:
    clip = Clip.of_arrays(HEADER, arrays_of(), "test")
    wrong = [
        dataclasses.replace(clip, t_ns=clip.t_ns[::-1].copy()),
        dataclasses.replace(clip, hands=clip.hands[:2]),
        dataclasses.replace(clip, header=dataclasses.replace(HEADER, kind="video")),
        dataclasses.replace(clip, header=dataclasses.replace(HEADER, extra={"n": float("nan")})),
        dataclasses.replace(clip, header=dataclasses.replace(HEADER, extra={"n": np.zeros(2)})),
    ]
    for bad in wrong:
        with pytest.raises(FormatError):
            save_clip(tmp_path / "a.npz", bad)
    assert list(tmp_path.glob("*.npz")) == []


def test_a_failed_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clips" / "a.npz"
    clip = Clip.of_arrays(HEADER, arrays_of(), "test")
    save_clip(path, clip)

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(array_files.os, "fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        save_clip(path, Clip.of_arrays(HEADER, arrays_of(2), "test"))
    assert [entry.name for entry in path.parent.iterdir()] == ["a.npz"]
    assert same(load_clip(path), clip)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), start=st.sampled_from([b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00"]))
def test_random_bytes_are_refused(tmp_path: Path, data: bytes, start: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(start + data)
    for read in (load_clip, array_files.read_array):
        try:
            read(path)
        except MudraError as error:
            assert "\n" not in str(error)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["header", "t_ns", "hands", "face"]),
    head=st.text(max_size=60).map(lambda text: text.encode()),
    rest=st.binary(max_size=60),
)
def test_random_array_headers_are_refused(tmp_path: Path, name: str, head: bytes, rest: bytes) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + rest)
    with pytest.raises(FormatError):
        load_clip(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(sorted(header_fields(HEADER))), value=JSON)
def test_any_json_in_a_header_is_read_or_refused(tmp_path: Path, field: str, value: object) -> None:
    path = write(tmp_path / "a.npz", arrays_of(1), **{field: value})
    try:
        load_clip(path)
    except FormatError as error:
        assert "\n" not in str(error)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=st.text(), extra=st.dictionaries(st.text(), JSON, max_size=3))
def test_any_label_and_extra_come_back(tmp_path: Path, label: str, extra: dict[str, Any]) -> None:
    header = dataclasses.replace(HEADER, label=label, extra=extra)
    save_clip(tmp_path / "a.npz", Clip.of_arrays(header, arrays_of(1), "test"))
    assert load_clip(tmp_path / "a.npz").header == header


def test_pictures_beside_a_clip_are_read_only_where_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "samples" / "gesture" / "wave"
    frames = np.zeros((3, 48, 48), np.uint8)
    pixels = Clip.of_arrays(ClipHeader("wave", "gesture", PIXELS), {"t_ns": np.arange(3), "frames": frames}, "test")
    save_clip(folder / "a.npz", Clip.of_arrays(HEADER, arrays_of(), "test"))
    save_clip(folder / "a.pixels.npz", pixels)
    save_clip(folder / "b.npz", pixels)
    assert [clip.header.kind for clip in iter_clips(folder)] == [LANDMARKS, PIXELS]
    assert [clip.header.kind for clip in iter_clips(folder, kind=LANDMARKS)] == [LANDMARKS]
    assert [clip.header.kind for clip in iter_clips(folder, kind=PIXELS)] == [PIXELS, PIXELS]
    assert len(open_sources(str(folder))) == 2
