"""Headers without landmarks: the same as the whole clip says, and one clear error for anything else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers import clip_files, clip_heads
from recognizers.clip_heads import read_head
from recognizers.clip_values import header_fields
from recognizers.clips import load_clip, save_clip
from recognizers.errors import FormatError, MudraError, TooNewError
from tests.recognizers.made_clips import made_clip


def other_writer(path: Path, compressed: bool = False, **changed: object) -> Path:
    """Write a clip as numpy does, with another order of members and without sizes in front of them."""
    clip = made_clip()
    text = json.dumps({**header_fields(clip.header), **changed}).encode()
    save = np.savez_compressed if compressed else np.savez
    with path.open("wb") as file:
        save(file, **clip.arrays(), header=np.frombuffer(text, np.uint8))
    return path


@pytest.mark.parametrize("frames", [1, 2, 61, 3000])
@pytest.mark.parametrize("notes", [0, 3000])
def test_a_head_says_what_the_clip_says(tmp_path: Path, frames: int, notes: int) -> None:
    noise = "".join(map(chr, np.random.default_rng(1).integers(33, 126, notes)))
    clip = made_clip(frames=frames, signer="Ann 👋", session="s", extra={"notes": noise})
    save_clip(tmp_path / "a.npz", clip)
    head = read_head(tmp_path / "a.npz")
    assert head.header == clip.header and head.frames == frames
    assert head.seconds == pytest.approx((frames - 1) / 30, abs=1e-6)


def test_the_usual_clip_takes_one_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_clip(tmp_path / "a.npz", made_clip())
    monkeypatch.setattr(clip_heads, "_members", None)
    assert read_head(tmp_path / "a.npz").frames == 61


@pytest.mark.parametrize("compressed", [False, True])
def test_other_writers_files_are_read_too(tmp_path: Path, compressed: bool) -> None:
    path = other_writer(tmp_path / "a.npz", compressed)
    assert read_head(path).header == load_clip(path).header


def test_newer_and_older_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooNewError, match="version 2"):
        read_head(other_writer(tmp_path / "a.npz", version=2))
    older = other_writer(tmp_path / "b.npz", version=0, label="old")
    with pytest.raises(FormatError, match="no longer read"):
        read_head(older)
    steps = {0: lambda content: ({**content[0], "version": 1, "label": "upgraded"}, content[1])}
    monkeypatch.setattr(clip_files, "CLIP_UPGRADES", steps)
    assert read_head(older).header.label == "upgraded"


def test_what_is_cut_off_is_noticed(tmp_path: Path) -> None:
    save_clip(tmp_path / "a.npz", made_clip())
    data = (tmp_path / "a.npz").read_bytes()
    for length in range(0, len(data), 7):
        (tmp_path / "b.npz").write_bytes(data[:length])
        with pytest.raises(FormatError):
            read_head(tmp_path / "b.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a clip", b"\x00" * 9000])
def test_foreign_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(FormatError) as error:
        read_head(tmp_path / "a.npz")
    assert "\n" not in str(error.value) and "a.npz" in str(error.value)


def test_a_file_that_is_gone_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.npz", tmp_path):
        with pytest.raises(FormatError):
            read_head(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_is_an_error_or_harmless(tmp_path: Path, bytes_: list[tuple[int, int]]) -> None:
    path = tmp_path / "a.npz"
    save_clip(path, made_clip(frames=5))
    data = bytearray(path.read_bytes())
    for place, value in bytes_:
        data[place % len(data)] = value
    path.write_bytes(data)
    try:
        read_head(path)
    except MudraError as error:
        assert "\n" not in str(error)
