"""Which clips a model takes for something else."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from app.mistakes import held_out_mistakes, mistakes
from app.sample_files import save_sample
from app.samples import Samples
from recognizers.bundle_writer import save_bundle
from recognizers.clips import Clip, ClipHeader
from recognizers.errors import BundleError, UsageError
from recognizers.synthetic import SyntheticSource
from recognizers.types import Landmarks
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.drawn_hands import ELL
from tests.recognizers.made_clips import made_clip


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


def test_signs_that_a_finger_draws_cannot_be_asked_about(tmp_path: Path) -> None:
    drawn, wrong = saved("ell", "fist"), saved("peace", "fist")
    tiny.saved(tmp_path / "tiny", tiny.info_of(traces=(ELL,)))
    assert mistakes("gesture", str(tmp_path / "tiny"), [drawn, wrong]) == {wrong: "fist"}


def test_it_stops_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    assert mistakes("gesture", "gestures", [saved("peace", "fist")], stop) == {}


def test_a_model_for_something_else_cannot_check() -> None:
    with pytest.raises(UsageError, match="one for sign"):
        mistakes("sign", "gestures", [])
    with pytest.raises(BundleError):
        mistakes("gesture", "no such model", [])


def face(label: str, *, bright_above: bool, pictures: bool = True) -> Path:
    """Write a clip of a face, with or without its pictures, whose upper or lower half is bright."""
    frames = np.full((30, 48, 48), 60, np.uint8)
    frames[:, :24] += np.uint8(140 if bright_above else 0)
    frames[:, 24:] += np.uint8(0 if bright_above else 140)
    times = np.arange(30, dtype=np.int64) * 33_000_000
    header = ClipHeader(label, "emotion", kind="pixels")
    kept = Clip.of_arrays(header, {"t_ns": times, "frames": frames}, "made")
    return save_sample(Samples("emotion").folder, made_clip(label, "emotion"), kept if pictures else None)


def test_faces_are_asked_about_by_their_pictures(tmp_path: Path) -> None:
    weights = tiny.face_weights()
    save_bundle(
        tmp_path / "moods",
        tiny.face_info(),
        model=tiny.tiny_model(*weights, (44, 44, 1)),
        weights=b"",
        card="",
        reference=tiny.tiny_function(*weights),
    )
    right, wrong = face("bright", bright_above=True), face("dark", bright_above=True)
    without = face("dark", bright_above=True, pictures=False)
    found = mistakes("emotion", str(tmp_path / "moods"), [right, wrong, without, tmp_path / "gone.npz"])
    assert found == {wrong: "bright"}


def reported(folder: Path, *names: str) -> str:
    """Write a bundle's report that names clips as mistaken; return the bundle."""
    tiny.saved(folder)
    rows = [{"name": name, "truth": "a", "answer": "palm", "probability": 0.8} for name in names]
    (folder / "report.json").write_text(json.dumps({"extra": {"mistaken": rows}}), encoding="utf-8")
    return str(folder)


def test_what_the_training_told_is_read_from_the_report(tmp_path: Path) -> None:
    one, other = saved("peace", "fist"), face("dark", bright_above=True)
    gone, outside = "peace/gone.npz", "../../secret.npz"
    (Samples("gesture").folder.parent.parent / "secret.npz").touch()
    names = (f"peace/{one.name}", f"dark/{other.stem}.pixels.npz", gone, outside, str(tmp_path / "x.npz"))
    bundle = reported(tmp_path / "mine", *names)
    assert held_out_mistakes("gesture", bundle) == {one: "palm"}
    assert held_out_mistakes("emotion", bundle) == {other: "palm"}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"extra": {"mistaken": 3}}', '{"extra": {"mistaken": [{"name": 1}]}}']
)
def test_a_report_that_tells_nothing_marks_nothing(text: str, tmp_path: Path) -> None:
    bundle = reported(tmp_path / "mine")
    (tmp_path / "mine" / "report.json").write_text(text, encoding="utf-8")
    assert held_out_mistakes("gesture", bundle) == {}
    (tmp_path / "mine" / "report.json").unlink()
    assert held_out_mistakes("gesture", bundle) == {} == held_out_mistakes("gesture", "no such model")
