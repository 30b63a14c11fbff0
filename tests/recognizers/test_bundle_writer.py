"""Saving bundles: only what answers as its network does, whole or not at all, and never over something else."""

from __future__ import annotations

import dataclasses
import json
import stat
from pathlib import Path

import numpy as np
import pytest

from recognizers import bundle_writer
from recognizers.bundle import Bundle
from recognizers.bundle_writer import TOLERANCE, save_bundle, save_thresholds
from recognizers.errors import BundleError, OutputError
from recognizers.types import FloatArray
from tests.recognizers import tiny_bundles as tiny

GOOD = tiny.tiny_function(*tiny.hand_weights())


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files in and around a bundle."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bundle_is_saved_and_loaded(tmp_path: Path) -> None:
    bundle = tiny.saved(tmp_path / "deep" / "tiny")
    assert bundle.folder == tmp_path / "deep" / "tiny" and bundle.info == tiny.info_of()
    assert (tmp_path / "deep" / "tiny" / "card.md").read_text(encoding="utf-8") == "# tiny\n"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["tiny"]
    assert stat.S_IMODE(bundle.folder.stat().st_mode) == 0o755


def test_the_same_bundle_gives_the_same_bytes(tmp_path: Path) -> None:
    tiny.saved(tmp_path / "a" / "tiny")
    tiny.saved(tmp_path / "b" / "tiny")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_bundle_json_is_readable_and_plain(tmp_path: Path) -> None:
    info = dataclasses.replace(tiny.info_of(), labels=("none", "Ä", "👋"))
    tiny.saved(tmp_path / "tiny", info)
    text = (tmp_path / "tiny" / "bundle.json").read_text(encoding="utf-8")
    assert "Ä" in text and "👋" in text and text.endswith("\n")
    assert set(json.loads(text)["files"]) == {"model.tflite", "network.weights.h5", "card.md"}


def off_by(difference: float, at: int = 7) -> object:
    def reference(inputs: FloatArray) -> FloatArray:
        outputs = GOOD(inputs)
        outputs[at, 0] += difference
        return outputs

    return reference


def test_a_small_difference_is_let_through(tmp_path: Path) -> None:
    tiny.saved(tmp_path / "tiny", reference=off_by(TOLERANCE / 2))


@pytest.mark.parametrize("difference", [2 * TOLERANCE, -2 * TOLERANCE, 0.5, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 15])
def test_a_model_that_answers_differently_is_refused(tmp_path: Path, difference: float, at: int) -> None:
    with pytest.raises(BundleError, match="does not answer as its network does") as caught:
        tiny.saved(tmp_path / "tiny", reference=off_by(difference, at))
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_answers_no_numbers_is_refused(tmp_path: Path) -> None:
    weights, bias = tiny.hand_weights()
    model = tiny.tiny_model(weights, np.full_like(bias, np.nan), (161,))
    with pytest.raises(BundleError, match="does not answer as its network does"):
        tiny.saved(tmp_path / "tiny", model=model)
    with pytest.raises(BundleError, match="does not answer as its network does"):
        tiny.saved(tmp_path / "tiny", model=model, reference=lambda x: np.full((len(x), 3), np.nan, np.float32))
    assert list(tmp_path.iterdir()) == []


def test_weights_that_were_dropped_are_noticed(tmp_path: Path) -> None:
    weights, bias = tiny.hand_weights()
    with pytest.raises(BundleError, match="does not answer as its network does"):
        tiny.saved(tmp_path / "tiny", model=tiny.tiny_model(np.zeros_like(weights), bias, (161,)))


def test_sixteen_inputs_from_small_to_extreme_are_tried(tmp_path: Path) -> None:
    seen: list[FloatArray] = []

    def reference(inputs: FloatArray) -> FloatArray:
        seen.append(inputs)
        return GOOD(inputs)

    tiny.saved(tmp_path / "tiny", reference=reference)
    tried = np.concatenate(seen)
    assert tried.shape == (16, 161) and tried.dtype == np.float32
    assert np.abs(tried).max() > 5 and (np.abs(tried).max(axis=1) < 0.1).any()


WRONG = {
    "labels": {"labels": ("none", "palm", "palm")},
    "background": {"background": ("nobody",)},
    "deviation": {"deviation": (0.0,) * 161},
    "mean": {"mean": (0.0,) * 160 + (float("nan"),)},
    "threshold": {"thresholds": {"palm": 2.0}},
    "mode": {"mode": "dance"},
    "metrics": {"metrics": {"accuracy": float("nan")}},
    "rate": {"rate_hz": 0.0},
    "text": {"licence": "\ud800"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_would_not_load_is_refused_before_anything_is_replaced(tmp_path: Path, what: str) -> None:
    tiny.saved(tmp_path / "tiny")
    before = contents(tmp_path)
    with pytest.raises(BundleError) as caught:
        tiny.saved(tmp_path / "tiny", dataclasses.replace(tiny.info_of(), **WRONG[what]))
    assert len(str(caught.value).splitlines()) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("model", [b"", b"garbage"])
def test_a_model_that_is_none_is_refused(tmp_path: Path, model: bytes) -> None:
    tiny.saved(tmp_path / "tiny")
    before = contents(tmp_path)
    with pytest.raises(BundleError):
        tiny.saved(tmp_path / "tiny", model=model)
    assert contents(tmp_path) == before


def test_an_older_bundle_is_replaced_as_a_whole(tmp_path: Path) -> None:
    tiny.saved(tmp_path / "tiny", weights=b"older")
    (tmp_path / "tiny" / "report.json").write_text("{}")
    tiny.saved(tmp_path / "tiny", weights=b"newer")
    assert (tmp_path / "tiny" / "network.weights.h5").read_bytes() == b"newer"
    assert not (tmp_path / "tiny" / "report.json").exists()  # the figures were the older one's
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


@pytest.mark.parametrize("fails", ["_write", "_put_in_place"])
def test_a_full_disk_leaves_the_older_bundle_and_no_debris(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    tiny.saved(tmp_path / "tiny", weights=b"older")
    before = contents(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundle_writer, fails, full)
    with pytest.raises(OutputError, match="No space left on device"):
        tiny.saved(tmp_path / "tiny", weights=b"newer")
    assert contents(tmp_path) == before and [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_rename_that_fails_puts_the_older_bundle_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.saved(tmp_path / "tiny", weights=b"older")
    before = contents(tmp_path)
    rename = Path.rename

    def fails_once(self: Path, target: Path) -> Path:
        if target == tmp_path / "tiny" and self.name.startswith(".tiny-") and "-old-" not in str(self.parent):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OutputError, match="Input/output error"):
        tiny.saved(tmp_path / "tiny", weights=b"newer")
    assert contents(tmp_path) == before and [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_an_interruption_leaves_no_debris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.saved(tmp_path / "tiny", weights=b"older")
    before = contents(tmp_path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bundle_writer, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tiny.saved(tmp_path / "tiny", weights=b"newer")
    assert contents(tmp_path) == before and [path.name for path in tmp_path.iterdir()] == ["tiny"]


# --- places -----------------------------------------------------------------------------------------------


def test_a_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(OutputError, match="something else") as caught:
        tiny.saved(tmp_path / "photos")
    assert len(str(caught.value).splitlines()) == 1
    assert contents(tmp_path) == {"photos/holiday.jpg": b"x"}


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes").write_bytes(b"x")
    for place in (tmp_path / "notes", tmp_path / "notes" / "tiny"):
        with pytest.raises(OutputError):
            tiny.saved(place)
    assert contents(tmp_path) == {"notes": b"x"}


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    assert tiny.saved(tmp_path / "tiny").id == "tiny"


def test_a_damaged_bundle_may_be_replaced(tmp_path: Path) -> None:
    tiny.saved(tmp_path / "tiny")
    (tmp_path / "tiny" / "bundle.json").write_text("{")
    tiny.saved(tmp_path / "tiny")
    assert Bundle.load(tmp_path / "tiny").id == "tiny"


def test_a_relative_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.saved(Path("tiny"))
    tiny.saved(Path("tiny"))
    assert Bundle.load(tmp_path / "tiny").id == "tiny" and [path.name for path in tmp_path.iterdir()] == ["tiny"]


@pytest.mark.parametrize("strays", [0.1, 8.0])
def test_a_rounded_model_ships_where_it_answers_alike(tmp_path: Path, strays: float) -> None:
    """Its weights stray a little, or far."""
    weights, bias = tiny.hand_weights()
    strayed = bias + np.linspace(strays, 0, len(bias)).astype(np.float32)
    rounded = tiny.tiny_model(weights, strayed, tiny.info_of().input_shape)
    if strays > 1:
        with pytest.raises(BundleError, match="does not answer as its network does"):
            tiny.saved(tmp_path / "tiny", rounded=rounded)
        assert not (tmp_path / "tiny").exists()
    else:
        tiny.saved(tmp_path / "tiny", rounded=rounded)
        assert (tmp_path / "tiny" / "model.tflite").read_bytes() == rounded


def test_a_sequence_is_compared_as_a_sequence(tmp_path: Path) -> None:
    weights, bias = tiny.move_weights(6)
    info = tiny.info_of("sequence", tiny.MOVES, 6)
    shapes = []

    def reference(inputs: FloatArray) -> FloatArray:
        shapes.append(inputs.shape)
        return tiny.tiny_function(weights, bias)(inputs)

    model = tiny.tiny_model(weights, bias, info.input_shape)
    save_bundle(tmp_path / "m", info, model=model, weights=b"", card="", reference=reference)
    assert shapes == [(16, 6, 119)]


def test_thresholds_are_changed_and_nothing_else(tmp_path: Path) -> None:
    old = tiny.saved(tmp_path / "old", tiny.info_of(id="old", thresholds={"palm": 0.7, "fist": 0.65}))
    new = save_thresholds(tmp_path / "old", tmp_path / "new", {"palm": 0.9})
    assert new.info.thresholds == {"palm": 0.9, "fist": 0.65} and new.id == "new"
    for name in ("model.tflite", "network.weights.h5", "card.md"):
        assert (tmp_path / "new" / name).read_bytes() == (tmp_path / "old" / name).read_bytes()
    again = save_thresholds(tmp_path / "old", tmp_path / "old", {"fist": 0.8})
    assert again.id == old.id and Bundle.load(tmp_path / "old").info.thresholds == {"palm": 0.7, "fist": 0.8}
