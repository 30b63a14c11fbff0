"""Which clips a model takes for something else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.mistakes import mistakes
from app.sample_files import save_sample
from app.samples import Samples
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import BundleError, UsageError
from recognizers.synthetic import SyntheticSource
from recognizers.types import Landmarks


def saved(label: str, pose: str | None) -> Path:
    """Write a clip of a pose as the signer's own hand holds it, or of no hand."""
    source = SyntheticSource("none:2" if pose is None else f"{pose}:2")
    moments = [round((1 + number / 30) * 1e9) for number in range(10)]
    rows = [Landmarks(t_ns=t, hands=source.truth(t).hands, image_size=(640, 480)) for t in moments]
    return save_sample(Samples("gesture").folder, Clip.of(ClipHeader(label=label, mode="gesture"), rows))


def test_clips_under_a_wrong_label_are_found() -> None:
    right, wrong = saved("fist", "fist"), saved("peace", "fist")
    assert mistakes("gesture", "gestures", [right, wrong]) == {wrong: "fist"}


def test_clips_without_a_hand_and_damaged_ones_are_left_out(tmp_path: Path) -> None:
    empty, broken = saved("peace", None), tmp_path / "peace" / "broken.npz"
    broken.parent.mkdir()
    broken.write_bytes(b"no clip")
    assert mistakes("gesture", "gestures", [empty, broken, tmp_path / "gone.npz"]) == {}
    assert mistakes("gesture", "gestures", []) == {}


def test_labels_that_the_model_does_not_know_are_always_wrong() -> None:
    path = saved("hook", "fist")
    assert mistakes("gesture", "gestures", [path]) == {path: "fist"}


def test_it_stops_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    assert mistakes("gesture", "gestures", [saved("peace", "fist")], stop) == {}


def test_a_model_for_something_else_cannot_check() -> None:
    with pytest.raises(UsageError, match="one for sign that reads points"):
        mistakes("sign", "gestures", [])
    with pytest.raises(BundleError):
        mistakes("gesture", "no such model", [])
