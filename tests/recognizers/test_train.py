"""Training refuses what gives no honest model, before TensorFlow is even loaded; its parts, one by one.

Trainings from end to end are in tests/app/test_train_command.py, in processes of their own.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers import train as training
from recognizers import train_limits
from recognizers.clips import Clip, ClipHeader, DatasetInfo, write_dataset
from recognizers.errors import FormatError, MudraError, OutputError, TrainingError, UsageError
from recognizers.examples import features_of, gather, split_gathered
from recognizers.lessons import Preparer
from recognizers.networks import default_of
from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.train import TrainOptions, train
from tests.recognizers import tiny_bundles as tiny

RNG = np.random.default_rng(0)


def clip(label: str, frames: int = 1, hand: bool = True, signer: str | None = None) -> Clip:
    hands = np.full((frames, 2, 21, 3), np.nan, np.float32)
    if hand:
        hands[:, 1] = RNG.random((frames, 21, 3), np.float32)
    arrays = {
        "t_ns": np.arange(frames, dtype=np.int64) * 33_333_334,
        "hands": hands,
        "hands_world": hands,
        "face_points": RNG.random((frames, 6, 2), np.float32),
    }
    header = ClipHeader(label, "gesture", signer=signer, image_size=(640, 480), landmarker="hand-1")
    return Clip.of_arrays(header, arrays, "test")


def dataset(folder: Path, *clips: Clip) -> Path:
    write_dataset(folder, DatasetInfo("gesture", "a test", "CC0"), clips)
    return folder


def refused(kind: type[MudraError], *clips: Clip, folder: Path, **options: object) -> str:
    """Return the line with which a training on these clips is refused."""
    fields = {"mode": "gesture", "datasets": (dataset(folder / "data", *clips),), "out": folder / "out", **options}
    before = sorted(str(path) for path in folder.rglob("*"))
    loaded = "tensorflow" in sys.modules
    with pytest.raises(kind) as caught:
        train(TrainOptions(**fields))
    assert type(caught.value) is kind and len(str(caught.value).splitlines()) == 1
    assert sorted(str(path) for path in folder.rglob("*")) == before
    assert ("tensorflow" in sys.modules) == loaded  # a refusal takes no seconds
    return str(caught.value)


def some(label: str, count: int = 10, **parts: object) -> list[Clip]:
    return [clip(label, **parts) for _ in range(count)]


def test_one_label_is_refused(tmp_path: Path) -> None:
    assert "one label" in refused(TrainingError, *some("a"), folder=tmp_path)


def test_pictures_without_hands_are_refused(tmp_path: Path) -> None:
    clips = [*some("a", hand=False), *some("b", hand=False)]
    assert "found none" in refused(TrainingError, *clips, folder=tmp_path)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_examples_are_refused_by_name(tmp_path: Path, count: int) -> None:
    line = refused(TrainingError, *some("a"), *some("b"), *some("few", count), folder=tmp_path)
    assert "too few examples" in line and f"few: {count}" in line and "a: " not in line


def test_a_label_of_which_no_hand_was_found_is_not_lost_in_silence(tmp_path: Path) -> None:
    line = refused(TrainingError, *some("a"), *some("b"), *some("fist", hand=False), folder=tmp_path)
    assert "fist: 0" in line


def test_one_recording_of_each_label_is_refused(tmp_path: Path) -> None:
    line = refused(TrainingError, clip("a", frames=300), clip("b", frames=300), folder=tmp_path)
    assert "too few to hold any apart" in line and "several times" in line


def test_a_label_for_which_no_split_leaves_a_training_example_is_refused(tmp_path: Path) -> None:
    clips = [clip(label, signer=f"s{number}") for number, label in enumerate("abcde") for _ in range(4)]
    line = refused(TrainingError, *clips, folder=tmp_path, split="signer")
    assert "leaves no training example of: " in line


def test_a_label_of_one_signer_is_left_to_train_on(tmp_path: Path) -> None:
    clips = [clip(label, signer=f"s{number}") for label in "ab" for number in range(6) for _ in range(3)]
    gathered = gather([*clips, *some("rare", 6, signer="s0")], "still")
    for seed in range(20):
        parts = split_gathered(gathered, "signer", seed)[0]
        assert "s0" in {gathered.examples[index].origin.signer for index in parts.train}


def test_two_signers_cannot_be_split_by_signer(tmp_path: Path) -> None:
    clips = [clip(label, signer=f"s{number % 2}") for label in "ab" for number in range(10)]
    assert "at least three" in refused(TrainingError, *clips, folder=tmp_path, split="signer")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"network": "gru"}, "no such network"),
        ({"network": "lstm"}, "reads movements"),
        ({"idle": True}, "idle examples are movements"),
        ({"teacher": Path("moods")}, "a teacher is for faces"),
        ({"network": "linear", "network_parameters": {"members": 2}}, "there is only one"),
        ({"split": "half"}, "no such split"),
        ({"traces": ("Q",)}, "no sign of assets/traces.toml"),
        ({"traces": ("J",)}, "no hand that begins this sign"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path: Path, options: dict[str, object], words: str) -> None:
    assert words in refused(UsageError, *some("a"), *some("b"), folder=tmp_path, **options)


def test_movements_have_no_signs_that_a_finger_draws(tmp_path: Path) -> None:
    clips = [clip(label, frames=40) for label in "ab" for _ in range(6)]
    line = refused(UsageError, *clips, folder=tmp_path, traces=("J",))
    assert "found a sequence" in line


def test_a_dataset_of_another_mode_is_refused_with_both_names(tmp_path: Path) -> None:
    line = refused(UsageError, *some("a"), *some("b"), folder=tmp_path, mode="sign")
    assert "expected sign mode, found gesture mode" in line and "Train with --mode gesture" in line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"also": ("like",)}, "Say how many with --generated"),
        ({"also": ("paw",), "generated": 3}, "no pose of assets/poses.toml"),
        ({"also": ("hello",), "generated": 3}, "no pose of assets/poses.toml"),
    ],
)
def test_labels_that_nobody_recorded_must_be_known(tmp_path: Path, options: dict[str, object], words: str) -> None:
    assert words in refused(UsageError, *some("a"), *some("b"), folder=tmp_path, **options)


def test_movements_that_nobody_recorded_must_be_words(tmp_path: Path) -> None:
    clips = [*some("a", frames=40), *some("b", frames=40)]
    folder = dataset(tmp_path / "data", *clips)
    with pytest.raises(UsageError, match=r"no word of assets/words\.toml.*hello"):
        train(TrainOptions("gesture", (folder,), tmp_path / "out", kind="sequence", generated=3, also=("like",)))


def test_nothing_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no clips"):
        train(TrainOptions("gesture", (), tmp_path / "out"))
    (tmp_path / "samples").mkdir()
    with pytest.raises(FormatError, match="no clip"):
        train(TrainOptions("gesture", (tmp_path / "samples",), tmp_path / "out"))


def test_a_place_that_is_taken_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    with pytest.raises(OutputError, match="something else"):
        train(TrainOptions("gesture", (tmp_path / "nothing",), tmp_path / "photos"))


def test_pictures_make_stills_and_recordings_movements() -> None:
    assert training._kind_of(some("a", 2), "gesture") == "still"
    assert training._kind_of([*some("a", 2), clip("b", frames=30)], "gesture") == "sequence"


def test_a_recorded_gesture_that_keeps_still_is_no_movement() -> None:
    moved = clip("a", frames=30)
    held = replace(moved, hands=np.repeat(moved.hands[:1], 30, axis=0))
    assert training._kind_of([moved], "gesture") == "sequence"
    assert training._kind_of([held], "gesture") == "still"
    assert training._kind_of([held], "sign") == "sequence"


# --- the parts --------------------------------------------------------------------------------------------


def test_what_was_never_seen_has_no_mean_and_harms_nothing() -> None:
    clips = [*some("a", frames=30), *some("b", frames=30)]  # right hands only
    gathered = gather(clips, "sequence")
    features = features_of(gathered.examples, "signs")
    options = TrainOptions("sign", (), Path("x"), network="linear")
    info = training._info(options, "sequence", ("a", "b"), features, landmarkers=gathered.landmarkers, seconds=1.0)
    mean, deviation = np.array(info.mean), np.array(info.deviation)
    assert np.isfinite(mean).all() and np.isfinite(deviation).all() and (deviation > 0).all()
    assert (mean[1:59] == 0).all()  # the left hand
    assert (info.input_shape, info.window_seconds, info.landmarker) == ((30, 173), 1.0, "hand-1")


def test_inputs_are_standardised_as_the_bundle_will_do_it() -> None:
    gathered = gather([*some("a"), *some("b")], "still")
    features = np.stack([example.features() for example in gathered.examples])
    options = TrainOptions("gesture", (), Path("x"))
    info = training._info(options, "still", ("a", "b"), features, landmarkers=gathered.landmarkers, seconds=0.0)
    data = Preparer(info).plain(gathered.examples)
    assert data.x.mean(axis=0) == pytest.approx(np.zeros(161), abs=1e-3)
    assert data.y.tolist() == [0] * 10 + [1] * 10
    bundle = tiny.still_bundle(mean=info.mean, deviation=info.deviation)
    assert np.array_equal(bundle.normalise(features), data.x)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4000))
def test_thresholds_hold_false_alarms_down_and_stay_in_bounds(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, count)
    scores = rng.dirichlet(np.ones(3) * rng.uniform(0.1, 2), count).astype(np.float32)
    thresholds = train_limits.thresholds_of(tiny.LABELS, scores, truth)
    assert set(thresholds) == set(tiny.LABELS)
    for number, label in enumerate(tiny.LABELS):
        threshold = thresholds[label]
        assert DEFAULT_THRESHOLD <= threshold <= 0.9
        if threshold < 0.9:
            fires = (scores.argmax(axis=1) == number) & (scores.max(axis=1) >= threshold + 1e-3) & (truth != number)
            assert fires.sum() <= train_limits.FALSE_FIRE_RATE * (truth != number).sum()


def test_a_label_that_is_never_mistaken_keeps_the_default() -> None:
    truth = np.array([0, 1, 2] * 10)
    thresholds = train_limits.thresholds_of(tiny.LABELS, np.eye(3, dtype=np.float32)[truth], truth)
    assert thresholds == dict.fromkeys(tiny.LABELS, DEFAULT_THRESHOLD)


def test_importing_the_training_loads_no_tensorflow() -> None:
    program = "import sys, recognizers.train; sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_fifty_clips_take_no_minute_and_hundreds_are_looked_at_often() -> None:
    options = TrainOptions("sign", (), Path("x"))
    assert default_of("sequence", 50) == default_of("sequence", 150) == "conv"
    assert default_of("sequence", 151) == "transformer" and default_of("still", 50) == "mlp"
    few, many = (training._plan(options, "sequence", count, count == 80) for count in (80, 300))
    assert few.steps * few.batch * few.epochs < 6_000
    assert many.steps * many.batch * many.epochs >= 300 * 600
    assert training._plan(replace(options, epochs=3), "sequence", 80, True).epochs == 3
