"""Samples, datasets, and the folder names of labels."""

from __future__ import annotations

import dataclasses
import datetime
import io
import itertools
import json
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers import datasets
from recognizers.clips import (
    Clip,
    ClipHeader,
    DatasetInfo,
    dataset_info,
    escape_label,
    iter_clips,
    label_folder,
    label_folders,
    label_of_folder,
    load_clip,
    new_sample_path,
    save_clip,
    unescape_label,
    write_dataset,
)
from recognizers.errors import FormatError, MudraError, OutputError, TooNewError

ODD_LABELS = [
    *(
        "",
        " ",
        ".",
        "..",
        "...",
        "../x",
        "/",
        "a/b",
        "\\",
        "a\\b",
        "C:",
        "CON",
        "con",
        "con.txt",
        "Con .x",
        "nul",
    ),
    *(
        "COM1",
        "lpt9.",
        "trailing.",
        "trailing ",
        " leading",
        ".hidden",
        "a",
        "A",
        "aA",
        "Aa",
        "AA",
        "%",
        "%%",
    ),
    *(
        "%41",
        "+a",
        "%_",
        "100%",
        "a%",
        "a\0b",
        "two\nlines",
        "tab\t",
        "~",
        "*?<>|:",
        '"',
        "👍",
        "👍🏽",
        "👩‍🚀",
        "é",
    ),
    *(
        "e\u0301",
        "É",
        "ß",
        "ẞ",
        "SS",
        "ς",
        "σ",
        "Σ",
        "ı",
        "I",
        "i",
        "İ",
        "ﬁ",
        "fi",
        "µ",
        "μ",
        "한국",
        "\u1112\u1161\u11ab",
    ),
    *(
        "привет",
        "Привет",
        "你好",
        "مرحبا",
        "שלום",
        "नमस्ते",
        "\ud800",
        "\udfff\ud800",
        "x" * 300,
        "X" * 300,
        "👍" * 300,
    ),
    *("é" * 300, "." * 300, " " * 300, "con" + "x" * 500, "Ǆ", "ǅ", "ǆ", "ſ", "s", "K", "k"),
]
LABELS = st.sampled_from(ODD_LABELS) | st.text(max_size=400) | st.text("aA%+_. é👍/", max_size=300)


def names_of(label: str) -> list[str]:
    return escape_label(label).split("/")


@pytest.mark.parametrize("label", ODD_LABELS, ids=ascii)
def test_odd_labels_come_back(label: str) -> None:
    assert unescape_label(escape_label(label)) == label


@given(LABELS)
def test_any_label_comes_back(label: str) -> None:
    assert unescape_label(escape_label(label)) == label


def seen_by_a_file_system(name: str) -> set[str]:
    return {
        fold(unicodedata.normalize(form, name))
        for form in ("NFC", "NFD", "NFKC", "NFKD")
        for fold in (str.casefold, lambda text: text.upper().lower())
    }


def check_apart(one: str, other: str) -> None:
    if one != other:
        assert not seen_by_a_file_system(escape_label(one)) & seen_by_a_file_system(escape_label(other))


@given(LABELS, LABELS)
def test_no_two_labels_share_a_folder_on_any_file_system(one: str, other: str) -> None:
    check_apart(one, other)


def test_no_two_odd_labels_share_a_folder_on_any_file_system() -> None:
    for one, other in itertools.combinations(ODD_LABELS, 2):
        check_apart(one, other)


@given(LABELS)
def test_folder_names_are_names_everywhere(label: str) -> None:
    for name in names_of(label):
        assert name
        assert len(name.encode()) <= 255
        assert name[0] not in " ."
        assert name[-1] not in " ."
        assert not set(name) & set('<>:"/\\|?*~') | {c for c in name if ord(c) < 32}
        stem = name.split(".")[0].rstrip().upper()
        assert stem not in {
            "CON",
            "PRN",
            "AUX",
            "NUL",
            *(f"{p}{n}" for p in ("COM", "LPT") for n in range(10)),
        }


def test_common_labels_stay_readable() -> None:
    assert escape_label("thumbs up") == "thumbs up"
    assert escape_label("Hello") == "+hello"
    assert escape_label("привет 2") == "привет 2"
    assert escape_label("stop_inverted") == "stop_inverted"


@pytest.mark.parametrize("name", ["My Sign", "Ärger", "100%", "%zz", "+", "+1", "%ff", "a%"])
def test_a_folder_named_by_hand_stands_for_itself(name: str) -> None:
    assert unescape_label(name) == name


@pytest.mark.parametrize("label", ODD_LABELS, ids=ascii)
def test_folders_on_disk_tell_their_labels(tmp_path: Path, label: str) -> None:
    folder = label_folder(tmp_path, label)
    folder.mkdir(parents=True)
    assert folder.is_relative_to(tmp_path)
    assert folder != tmp_path
    assert label_of_folder(folder) == label
    assert list(label_folders(tmp_path)) == [(label, folder)]


def test_all_labels_of_a_mode_are_listed(tmp_path: Path) -> None:
    for label in ODD_LABELS:
        label_folder(tmp_path, label).mkdir(parents=True)
    (tmp_path / ".trash").mkdir()
    (tmp_path / "a file").touch()
    assert sorted(label for label, _ in label_folders(tmp_path)) == sorted(set(ODD_LABELS))
    assert list(label_folders(tmp_path / "nothing")) == []


def test_new_samples_sort_by_time_and_never_collide(tmp_path: Path) -> None:
    noon = datetime.datetime(2024, 5, 1, 12, 0, 0, 250, datetime.UTC)
    first = new_sample_path(tmp_path, "like", noon)
    first.parent.mkdir(parents=True)
    first.touch()
    second = new_sample_path(tmp_path, "like", noon)
    zone = datetime.timezone(datetime.timedelta(hours=-5))
    later = new_sample_path(tmp_path, "like", (noon + datetime.timedelta(seconds=1)).astimezone(zone))
    assert first.name == "20240501T120000.000250Z.npz"
    assert len({first, second, later}) == 3
    assert sorted([later, second, first])[-1] == later


def make_clip(label: str, number: int, frames: int = 3, **header: Any) -> Clip:
    rng = np.random.default_rng(number)
    return Clip.of_arrays(
        ClipHeader(label, "gesture", source=f"clip {number}", extra={"number": number}, **header),
        {
            "t_ns": np.arange(frames) * 10 + number,
            "hands": rng.random((frames, 2, 21, 3), np.float32),
            "hands_world": np.full((frames, 2, 21, 3), np.nan, np.float32),
            "face_points": rng.random((frames, 6, 2), np.float32),
        },
        "test",
    )


def make_clips(count: int) -> list[Clip]:
    return [make_clip(["like", "Ünï 👍", ""][number % 3], number, 1 + number % 4) for number in range(count)]


def assert_same(one: Clip, other: Clip) -> None:
    assert one.header == other.header
    for name, array in one.arrays().items():
        assert np.array_equal(array, getattr(other, name), equal_nan=array.dtype == np.float32)


INFO = DatasetInfo("gesture", source="made up", licence="CC0", notes="nothing odd")


def test_a_dataset_is_read_as_it_was_written(tmp_path: Path) -> None:
    clips = make_clips(20)
    info = write_dataset(tmp_path / "d", INFO, clips)
    assert info == dataset_info(tmp_path / "d")
    assert (info.clips, info.frames, len(info.shards)) == (20, sum(map(len, clips)), 1)
    assert info.labels == ("", "like", "Ünï 👍")
    assert info.counts == {"": 6, "like": 7, "Ünï 👍": 7}
    assert (info.source, info.licence, info.notes) == (INFO.source, INFO.licence, INFO.notes)
    for written, read in zip(clips, iter_clips(tmp_path / "d"), strict=True):
        assert_same(written, read)
    assert [entry.name for entry in tmp_path.iterdir()] == ["d"]


def test_shards_are_closed_by_count_by_size_and_by_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "SHARD_CLIPS", 4)
    clips = make_clips(10)
    assert [shard.clips for shard in write_dataset(tmp_path / "a", INFO, clips).shards] == [4, 4, 2]
    monkeypatch.setattr(datasets, "SHARD_BYTES", 3 * sum(array.nbytes for array in clips[3].arrays().values()))
    assert max(shard.clips for shard in write_dataset(tmp_path / "b", INFO, [clips[3]] * 9).shards) == 3
    pixels = Clip.of_arrays(
        ClipHeader("x", "emotion", kind="pixels"),
        {"t_ns": np.arange(1), "frames": np.zeros((1, 48, 48), np.uint8)},
        "",
    )
    posed = dataclasses.replace(clips[0], pose=np.zeros((1, 33, 4), np.float32))
    mixed = [clips[0], pixels, pixels, posed]
    assert [shard.clips for shard in write_dataset(tmp_path / "c", INFO, mixed).shards] == [1, 2, 1]
    for written, read in zip(mixed, iter_clips(tmp_path / "c"), strict=True):
        assert_same(written, read)


def test_one_shard_is_in_memory_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "SHARD_CLIPS", 2)
    written: list[int] = []

    def clips() -> Iterator[Clip]:
        for number in range(6):
            written.append(len(list((tmp_path / ".d.partial").glob("shard-*.npz"))))
            yield make_clip("a", number)

    write_dataset(tmp_path / "d", INFO, clips())
    assert written == [0, 0, 0, 1, 1, 2]
    read: list[Path] = []
    whole = datasets.read_arrays
    monkeypatch.setattr(datasets, "read_arrays", lambda path, limit: read.append(path) or whole(path, limit))
    for number, _ in enumerate(iter_clips(tmp_path / "d")):
        assert len(read) == 1 + number // 2


def test_an_interrupted_writing_leaves_no_dataset_and_the_old_one(tmp_path: Path) -> None:
    def clips() -> Iterator[Clip]:
        yield make_clip("a", 0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "d", INFO, clips())
    assert list(tmp_path.iterdir()) == []
    write_dataset(tmp_path / "d", INFO, make_clips(3))
    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "d", INFO, clips(), replace=True)
    assert dataset_info(tmp_path / "d").clips == 3
    assert len(list(iter_clips(tmp_path / "d"))) == 3


def test_what_a_killed_writing_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".d.partial").mkdir()
    (tmp_path / ".d.partial" / "shard-00007.npz").touch()
    write_dataset(tmp_path / "d", INFO, make_clips(1))
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["dataset.json", "shard-00000.npz"]


def test_a_dataset_is_replaced_only_where_asked(tmp_path: Path) -> None:
    write_dataset(tmp_path / "d", INFO, make_clips(3))
    with pytest.raises(OutputError, match="--replace"):
        write_dataset(tmp_path / "d", INFO, make_clips(1))
    assert dataset_info(tmp_path / "d").clips == 3
    write_dataset(tmp_path / "d", INFO, make_clips(1), replace=True)
    assert dataset_info(tmp_path / "d").clips == 1


def test_a_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    (tmp_path / "file").touch()
    for name in ("photos", "file"):
        with pytest.raises(OutputError):
            write_dataset(tmp_path / name, INFO, make_clips(1), replace=True)
    assert (tmp_path / "photos" / "a.jpg").exists()


def test_a_wrong_clip_or_none_at_all_is_refused(tmp_path: Path) -> None:
    clip = make_clip("a", 0)
    for clips in ([], [clip, dataclasses.replace(clip, t_ns=clip.t_ns[::-1].copy())]):
        with pytest.raises(FormatError):
            write_dataset(tmp_path / "d", INFO, clips)
    assert list(tmp_path.iterdir()) == []


def damaged(folder: Path, **changes: object) -> Path:
    path = folder / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"version": "new"}, "version"),
        ({"version": None}, "version"),
        ({"mode": 3}, "mode"),
        ({"clips": 4}, "do not add up"),
        ({"counts": {"like": -1}}, "like"),
        ({"shards": {}}, "shards"),
        ({"shards": [{"name": "../x.npz", "clips": 3}]}, "name"),
        ({"shards": [{"name": "/x.npz", "clips": 3}]}, "name"),
        ({"shards": [{"name": "gone.npz", "clips": 3}]}, "gone.npz"),
        ({"shards": [{"name": "shard-00000.npz", "clips": 0}]}, "clips"),
        ({"shards": [3]}, "shards"),
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    write_dataset(tmp_path / "d", INFO, make_clips(3))
    with pytest.raises(FormatError, match=says) as caught:
        list(iter_clips(damaged(tmp_path / "d", **changes)))
    assert "\n" not in str(caught.value)


def test_a_newer_dataset_is_refused(tmp_path: Path) -> None:
    write_dataset(tmp_path / "d", INFO, make_clips(1))
    with pytest.raises(TooNewError, match=r"version 1 .*version 2.*Update Mudra"):
        dataset_info(damaged(tmp_path / "d", version=2, mode=None))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b"{}"])
def test_a_description_that_is_garbage_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dataset.json").write_bytes(content)
    with pytest.raises(FormatError) as caught:
        list(iter_clips(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_damaged_shard_is_refused(tmp_path: Path) -> None:
    write_dataset(tmp_path / "d", INFO, make_clips(4))
    shard = tmp_path / "d" / "shard-00000.npz"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-20])
    with pytest.raises(FormatError, match="shard-00000"):
        list(iter_clips(tmp_path / "d"))
    with np.load(io.BytesIO(whole)) as data:
        arrays = dict(data)
    wrong = {
        "offsets": np.array([0, 5, 4, 9, 10]),
        "headers": np.frombuffer(b"{}\n{}\n{}\n{}", np.uint8),
        "t_ns": arrays["t_ns"][::-1],
        "hands": arrays["hands"][:-1],
    }
    for name, array in wrong.items():
        np.savez(shard, **{**arrays, name: array})
        with pytest.raises(FormatError):
            list(iter_clips(tmp_path / "d"))
        np.savez(shard, **{key: value for key, value in arrays.items() if key != name})
        with pytest.raises(FormatError):
            list(iter_clips(tmp_path / "d"))
    np.savez(shard, **arrays)
    assert len(list(iter_clips(tmp_path / "d"))) == 4


def write_samples(samples: Path) -> dict[str, int]:
    counts = {"like": 2, "Ünï 👍": 1, "x" * 300: 1, "": 1}
    for label, count in counts.items():
        for number in range(count):
            path = label_folder(samples / "gesture", label) / f"{number}.npz"
            save_clip(path, make_clip(label, number))
    return counts


def labels_of(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for clip in iter_clips(path):
        found[clip.header.label] = found.get(clip.header.label, 0) + 1
    return found


def test_samples_are_read_from_a_label_a_mode_or_the_whole_tree(tmp_path: Path) -> None:
    counts = write_samples(tmp_path / "samples")
    assert labels_of(tmp_path / "samples") == counts
    assert labels_of(tmp_path / "samples" / "gesture") == counts
    for label, count in counts.items():
        assert labels_of(label_folder(tmp_path / "samples" / "gesture", label)) == {label: count}


def test_the_folder_decides_the_label_and_the_mode(tmp_path: Path) -> None:
    write_samples(tmp_path)
    (tmp_path / "gesture" / "like").rename(tmp_path / "gesture" / "Thumbs Up")
    shutil.move(tmp_path / "gesture", tmp_path / "sign")
    clips = list(iter_clips(tmp_path))
    assert sum(clip.header.label == "Thumbs Up" for clip in clips) == 2
    assert {clip.header.mode for clip in clips} == {"sign"}


def test_clips_outside_of_samples_keep_their_labels(tmp_path: Path) -> None:
    save_clip(tmp_path / "loose" / "a.npz", make_clip("like", 1))
    assert labels_of(tmp_path / "loose") == {"like": 1}
    assert labels_of(tmp_path / "loose" / "a.npz") == {"like": 1}


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    write_samples(tmp_path)
    (tmp_path / "gesture" / "like" / ".half.tmp.npz").touch()
    (tmp_path / ".trash").mkdir()
    (tmp_path / ".trash" / "a.npz").touch()
    assert sum(labels_of(tmp_path).values()) == 5


def test_a_broken_sample_is_raised_or_noted(tmp_path: Path) -> None:
    write_samples(tmp_path)
    (tmp_path / "gesture" / "like" / "0.npz").write_bytes(b"broken")
    with pytest.raises(FormatError, match=r"0\.npz"):
        list(iter_clips(tmp_path))
    problems: list[MudraError] = []
    assert len(list(iter_clips(tmp_path, problems))) == 4
    assert len(problems) == 1


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(FormatError):
            list(iter_clips(path))


def test_a_sample_that_was_saved_by_hand_is_loaded_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_clip(path, make_clip("like", 5))
    assert_same(load_clip(path), next(iter(iter_clips(path))))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(max_size=8), st.integers(1, 5)), min_size=1, max_size=12))
def test_any_clips_come_back_in_order(tmp_path: Path, shapes: list[tuple[str, int]]) -> None:
    clips = [make_clip(label, number, frames) for number, (label, frames) in enumerate(shapes)]
    write_dataset(tmp_path / "d", INFO, clips, replace=True)
    for written, read in zip(clips, iter_clips(tmp_path / "d"), strict=True):
        assert_same(written, read)
