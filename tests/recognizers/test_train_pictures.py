"""Training on faces: the parts, what is left out, the fitting, the temperature, and the bundle that comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizers import muon, networks, picture_fitting, train_pictures
from recognizers.bundle import Bundle
from recognizers.clips import PIXELS, Clip, ClipHeader, DatasetInfo, iter_clips, write_dataset
from recognizers.errors import BundleError, FormatError, TrainingError, UsageError
from recognizers.evaluate import evaluate_bundle
from recognizers.export import as_function, to_litert, weights_of
from recognizers.face_crop import SIDE, FaceReading
from recognizers.picture_fitting import FitPlan, Pictures, fit_pictures, label_weights, mixed, soften, varied_pictures
from recognizers.pictures import gather_pictures, split_pictures
from recognizers.train import TrainOptions, train
from recognizers.training_news import News
from recognizers.types import ImageArray

SMALL = {"widths": (4, 4, 6, 8), "dropout": 0.0}


def crop(mood: str, rng: np.random.Generator) -> ImageArray:
    """A noisy picture whose upper half is brighter (happy) or darker (sad) than the lower."""
    image = rng.normal(110, 12, (SIDE, SIDE))
    image[: SIDE // 2] += 50 if mood == "happy" else -50
    return np.clip(image, 0, 255).astype(np.uint8)


def clip(label: str, frame: ImageArray, usage: str | None = None, *, aligned: bool = True, **header: str) -> Clip:
    extra = {"aligned": aligned} if usage is None else {"aligned": aligned, "usage": usage}
    made = ClipHeader(label, "emotion", kind=PIXELS, extra=extra, **header)
    return Clip.of_arrays(made, {"t_ns": np.zeros(1, np.int64), "frames": frame[None]}, "a clip")


def clips(
    count: int, usages: Sequence[str | None] = ("Training", "Training", "PublicTest"), seed: int = 0
) -> list[Clip]:
    rng = np.random.default_rng(seed)
    labels = ("happy", "sad")
    return [clip(labels[i % 2], crop(labels[i % 2], rng), usages[i % len(usages)]) for i in range(count)]


def dataset(folder: Path, made: Sequence[Clip]) -> Path:
    write_dataset(folder, DatasetInfo("emotion", source="made up", licence="CC0"), made)
    return folder


def options(tmp_path: Path, made: Sequence[Clip], **changed: object) -> TrainOptions:
    plain: dict[str, object] = {"epochs": 3, "network_parameters": SMALL, "seed": 3, "command": "mudra train"}
    path = dataset(tmp_path / "faces", made)
    return TrainOptions("emotion", (path,), tmp_path / "moods", **{**plain, **changed})


def test_the_sources_own_parts_are_kept_apart() -> None:
    examples = gather_pictures(clips(600))
    parts = split_pictures(examples, "auto", 0)
    assert parts.kind == "usage"
    assert {examples[i].usage for i in parts.test} == {"PublicTest"} and len(parts.test) == 200
    assert {examples[i].usage for i in (*parts.train, *parts.validation)} == {"Training"}
    assert len(parts.train) + len(parts.validation) == 400 and 10 <= len(parts.validation) <= 45
    assert not set(parts.train) & set(parts.validation)


def test_pictures_that_are_measured_on_do_not_train() -> None:
    made = clips(300)
    rng = np.random.default_rng(9)
    both, private = crop("sad", rng), crop("sad", rng)
    made += [clip("sad", both, "Training"), clip("happy", both, "PublicTest")]
    made += [clip("sad", private, "Training"), clip("sad", private, "PrivateTest")]
    made += [clip("sad", np.full((SIDE, SIDE), 7, np.uint8), "Training")]
    parts = split_pictures(gather_pictures(made), "usage", 0)
    assert not {300, 302, 303, 304} & {*parts.train, *parts.validation}
    assert 301 in parts.test and 303 not in parts.test, "the second part that measures stays untouched"
    assert "2 pictures" in parts.note and "1 without contrast" in parts.note


def test_equal_pictures_stand_on_one_side() -> None:
    made = clips(60) * 4
    examples = gather_pictures(made)
    parts = split_pictures(examples, "usage", 0)
    sides = [{examples[i].origin.unit for i in part} for part in (parts.train, parts.validation, parts.test)]
    assert not sides[0] & sides[1] and not sides[1] & sides[2] and not sides[0] & sides[2]


def test_without_own_parts_the_usual_splits_serve() -> None:
    examples = gather_pictures(clips(120, usages=(None,)))
    assert split_pictures(examples, "random", 0).kind == "random"
    with pytest.raises(TrainingError, match="own parts"):
        split_pictures(examples, "usage", 0)


def test_clips_of_landmarks_are_refused_with_what_to_do() -> None:
    header = ClipHeader("happy", "emotion")
    hands = np.zeros((1, 2, 21, 3), np.float32)
    arrays = {"t_ns": np.zeros(1, np.int64), "hands": hands, "hands_world": hands, "face_points": np.zeros((1, 6, 2))}
    arrays["face_points"] = arrays["face_points"].astype(np.float32)
    with pytest.raises(FormatError, match="no picture of the face"):
        gather_pictures([Clip.of_arrays(header, arrays, "a")])


def test_larger_and_coloured_pictures_become_crops() -> None:
    frames = np.full((2, 96, 96, 3), 50, np.uint8)
    header = ClipHeader("happy", "emotion", kind=PIXELS)
    made = Clip.of_arrays(header, {"t_ns": np.arange(2), "frames": frames}, "a")
    one, other = gather_pictures([made])
    assert one.crop.shape == (SIDE, SIDE) and one.origin.unit == other.origin.unit and one.aligned


def test_copies_differ_from_epoch_to_epoch_and_not_from_run_to_run() -> None:
    rng = np.random.default_rng(0)
    crops = np.stack([crop("happy", rng) for _ in range(40)])
    plain = np.zeros(40, bool)
    once, again, other = (
        varied_pictures(crops, FaceReading(), np.random.default_rng(seed), plain, 44) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(once, again)
    assert once.shape == (40, 44, 44, 1) and not np.array_equal(once, other)
    assert (once[:, :15].mean(axis=(1, 2, 3)) > once[:, 29:].mean(axis=(1, 2, 3))).all(), "the upper half stays above"
    covered = [(one == 0).sum() >= 36 for one in once[..., 0]]
    assert 10 <= sum(covered) <= 30


@pytest.mark.parametrize("side", [44, 32])
def test_copies_are_mirrored_where_asked_and_show_the_same_at_any_size(side: int) -> None:
    image = np.full((SIDE, SIDE), 40, np.uint8)
    image[:, :24] = 200
    mirrored = np.arange(60) % 3 == 0
    copies = varied_pictures(np.stack([image] * 60), FaceReading(), np.random.default_rng(0), mirrored, side)
    assert copies.shape == (60, side, side, 1)
    middle, third = copies[:, side // 3 : -side // 3], side // 4
    left_is_brighter = middle[:, :, :third].mean(axis=(1, 2, 3)) > middle[:, :, -third:].mean(axis=(1, 2, 3))
    assert (left_is_brighter != mirrored).mean() > 0.9, "but where one side is covered"
    edges = np.abs(np.diff(middle[~mirrored, :, :, 0].mean(axis=1), axis=1)).argmax(axis=1) / side
    assert abs(np.median(edges) - 0.5) < 0.05, "the middle of the crop stays the middle"


def test_rare_labels_weigh_more_but_not_as_much_more_as_they_are_rarer() -> None:
    weights = label_weights(np.array([0] * 900 + [1] * 100), 2)
    assert 1.5 < weights[1] / weights[0] < 3


def test_mixed_pictures_keep_their_shares_in_target_and_weight() -> None:
    """Each picture is all of one grey, which tells what it was made of."""
    greys = np.arange(64, dtype=np.float32)
    batch = np.tile(greys[:, None, None, None], (1, 4, 4, 1)), np.eye(64, dtype=np.float32), greys
    inputs, targets, weights = mixed(batch, np.random.default_rng(0))
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(inputs[:, 0, 0, 0], targets @ greys, rtol=1e-4)
    np.testing.assert_allclose(weights, targets @ greys, rtol=1e-4)
    assert ((targets > 0.02).sum(axis=1) == 2).any(), "some are really of two"
    assert ((targets > 0.02).sum(axis=1) <= 2).all()


def test_a_network_learns_from_a_teacher_that_contradicts_the_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All labels say the same; only the teacher tells the moods apart, whose labels stand in another order."""
    monkeypatch.setattr(picture_fitting, "TEACHER", 0.9)
    rng = np.random.default_rng(0)
    crops = np.stack([crop(("happy", "sad")[i % 2], rng) for i in range(256)])
    told = np.eye(2, dtype=np.float32)[np.arange(256) % 2]
    networks.seed_everything(0)
    network = networks.build("cnn", (44, 44, 1), 2, SMALL)
    learned = Pictures(crops, np.zeros(256, np.int64), told)
    fit_pictures(network, learned, learned, FitPlan(FaceReading(), 6, 0), lambda _: None)
    answers = np.asarray(network.predict(FaceReading().inputs(crops), verbose=0)).argmax(axis=1)
    assert (answers == np.arange(256) % 2).mean() > 0.9


def test_a_bundle_teaches_the_next_one(tmp_path: Path) -> None:
    made = options(tmp_path, clips(150))
    alone, _ = train(made, lambda _: None)
    taught, _ = train(replace(made, teacher=made.out, out=tmp_path / "taught"), lambda _: None)
    faces = np.stack([crop("happy", np.random.default_rng(3))])
    assert not np.allclose(alone.predict(faces), taught.predict(faces)), "the teacher changed what was learned"


def test_a_teacher_of_other_labels_is_refused(tmp_path: Path) -> None:
    train(options(tmp_path, clips(150)), lambda _: None)
    rng = np.random.default_rng(5)
    others = [
        clip(("calm", "happy")[i % 2], crop("sad", rng), ("Training", "PublicTest")[i % 3 // 2]) for i in range(90)
    ]
    path = dataset(tmp_path / "others", others)
    made = TrainOptions("emotion", (path,), tmp_path / "new", epochs=1, teacher=tmp_path / "moods")
    with pytest.raises(TrainingError, match=r"cannot teach.*calm.*happy, sad"):
        train(made, lambda _: None)
    assert not (tmp_path / "new").exists()


def test_the_temperature_makes_probabilities_true() -> None:
    """Answers that are right seven times in ten but say 0.99 must be softened, and the network with them."""
    network = networks.build("cnn", (44, 44, 1), 2, SMALL)
    before = [weights.copy() for weights in network.layers[-1].get_weights()]
    y = np.array([0] * 700 + [1] * 300)
    sure = np.tile(np.array([0.99, 0.01], np.float32), (1, 1000, 1))
    temperature = soften(network, sure, y)
    softened = 1 / (1 + np.exp(-np.log(99) / temperature))
    assert temperature == pytest.approx(3.0, abs=0.01), "the highest that is tried"
    assert softened < 0.9
    for old, new in zip(before, network.layers[-1].get_weights(), strict=True):
        np.testing.assert_allclose(new, old / temperature, rtol=1e-6)


def test_thresholds_are_where_enough_agree() -> None:
    sure = np.linspace(0.4, 0.99, 200)
    scores = np.stack([sure, 1 - sure], axis=1)
    truth = (sure < 0.7).astype(np.int64)  # below 0.7 it is always wrong
    thresholds = train_pictures._thresholds(("a", "b"), scores, truth)
    said = (scores.argmax(axis=1) == 0) & (sure >= thresholds["a"])
    assert (truth[said] == 0).mean() >= train_pictures.PRECISION
    assert train_pictures.LOWEST <= thresholds["a"] < 0.7
    assert thresholds["b"] == train_pictures.LOWEST, "what it says of b is right from the lowest on"
    nothing = train_pictures._thresholds(("a", "b"), scores, 1 - scores.argmax(axis=1))
    assert nothing == {"a": train_pictures.HIGHEST, "b": train_pictures.HIGHEST}


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def fitted(memory: Path | None, say: Callable[[News], None]) -> networks.Network:
    """Fit two tiny networks for four epochs each, one on the smallest pictures, two on the largest."""
    pictures = Pictures(np.stack([crop("happy", np.random.default_rng(i)) for i in range(256)]), np.arange(256) % 2)
    networks.seed_everything(0)
    network = networks.build("cnn", (44, 44, 1), 2, {**SMALL, "members": 2})
    fit_pictures(network, pictures, pictures, FitPlan(FaceReading(), 4, 0, memory), say)
    return network


def test_a_training_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While pictures are small, in a member's last epoch, in the next member: it ends with the weights of one that ran
    through."""
    monkeypatch.setattr(muon, "TURNS", 1)
    lines: list[str] = []

    def until(stop: str) -> Callable[[News], None]:
        def interrupting(news: News) -> None:
            lines.append(str(news).split(":")[0])
            if lines[-1] == stop:
                raise Interrupted

        return interrupting

    for stop in ("epoch 2 of 8", "epoch 4 of 8", "epoch 6 of 8"):
        with pytest.raises(Interrupted):
            fitted(tmp_path / "memory", until(stop))
    network = fitted(tmp_path / "memory", until("never"))
    # An epoch that was told but not yet kept is learned again; those that were kept are told again, for the curves.
    told = [*(1, 2), *(1, 2, 3, 4), *(1, 2, 3, 4, 5, 6), *range(1, 9)]
    assert lines == [f"epoch {number} of 8" for number in told]
    assert not (tmp_path / "memory").exists()
    through = fitted(None, lambda news: None)
    for one, other in zip(network.get_weights(), through.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_rate_rises_stays_and_falls_and_a_longer_training_begins_the_same() -> None:
    short, long = (picture_fitting._rates(10, end * 45 // 100, end) for end in (100, 200))
    rates = np.array([float(short(step)) for step in range(100)]) / picture_fitting.RATE
    assert rates[0] == pytest.approx(0.1) and rates[9:45] == pytest.approx(np.ones(36))
    assert np.diff(rates[45:]).max() < 0 < rates[99] < 0.05
    assert [float(long(step)) for step in range(46)] == [float(short(step)) for step in range(46)]


def test_halves_are_multiplied_only_where_the_processor_can(monkeypatch: pytest.MonkeyPatch) -> None:
    network = networks.build("cnn", (44, 44, 1), 2, SMALL)
    for can in (True, False):
        monkeypatch.setattr(picture_fitting, "multiplies_halves", lambda can=can: can)
        learner = picture_fitting._learner(network)
        kinds = {layer.compute_dtype for layer in learner.layers[1:-1]}
        assert kinds == {"bfloat16" if can else "float32"} and learner.layers[-1].compute_dtype == "float32"
        for one, other in zip(learner.get_weights(), network.get_weights(), strict=True):
            assert one.dtype == np.float32
            np.testing.assert_array_equal(one, other)
        assert learner.input_shape == (None, None, None, 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("trained")
    lines: list[str] = []
    train(options(folder, clips(900), epochs=5), lambda news: lines.append(str(news)))
    return folder, lines


def test_a_bundle_learns_is_calibrated_and_tells_its_data(trained: tuple[Path, list[str]]) -> None:
    folder, lines = trained
    bundle = Bundle.load(folder / "moods")
    info = bundle.info
    assert (info.mode, info.input, info.labels, info.background) == ("emotion", "face", ("happy", "sad"), ())
    assert info.metrics["accuracy"] > 0.95 and "PublicTest" in str(info.metrics["split"])
    assert set(info.thresholds) == {"happy", "sad"} and info.licence == "CC0"
    assert sum(line.startswith("epoch ") for line in lines) == 5
    rng = np.random.default_rng(5)
    assert bundle.predict(np.stack([crop("sad", rng)])).argmax() == 1
    assert not list(folder.glob(".moods*")), "nothing is left of the memory"


def test_what_ships_is_rounded_and_answers_as_the_network_does() -> None:
    parameters = {"members": 2, "widths": (16, 32, 48, 64), "dropout": 0.0}
    networks.seed_everything(0)
    network = networks.build("cnn", (44, 44, 1), 3, parameters)
    plain, rounded = to_litert(network), to_litert(network, rounded=True)
    assert len(rounded) < 0.35 * len(plain)
    pictures = FaceReading().inputs(np.stack([crop("happy", np.random.default_rng(i)) for i in range(8)]))
    info = train_pictures._info(TrainOptions("emotion", (), Path("moods")), ("a", "b", "c"), ())
    answers = [Bundle(info, model, Path("moods")).run(pictures) for model in (plain, rounded)]
    np.testing.assert_allclose(answers[0], as_function(network)(pictures), atol=1e-5)
    assert 0 < np.abs(answers[1] - answers[0]).max() < 0.03


def test_rounded_weights_load_again_for_more_training(tmp_path: Path) -> None:
    networks.seed_everything(0)
    network = networks.build("cnn", (44, 44, 1), 2, {**SMALL, "members": 2})
    contents = weights_of(network, rounded=True)
    assert contents == weights_of(network, rounded=True)
    (tmp_path / "network.weights.h5").write_bytes(contents)
    again = networks.build("cnn", (44, 44, 1), 2, {**SMALL, "members": 2})
    again.load_weights(tmp_path / "network.weights.h5")
    for one, other in zip(again.get_weights(), network.get_weights(), strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


def test_two_learn_one_after_the_other(tmp_path: Path) -> None:
    lines: list[str] = []
    made = options(tmp_path, clips(300), network_parameters={**SMALL, "members": 2}, epochs=1)
    bundle, _ = train(made, lambda news: lines.append(str(news)))
    assert bundle.info.network_parameters["members"] == 2
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == ["epoch 1 of 2", "epoch 2 of 2"]


def test_its_card_says_what_is_said_and_what_is_taken_for_what(trained: tuple[Path, list[str]]) -> None:
    card = (trained[0] / "moods" / "card.md").read_text()
    assert "as happy | as sad" in card and "unsure" in card and "temperature" in card


def test_it_is_measured_on_other_pictures(trained: tuple[Path, list[str]]) -> None:
    bundle = Bundle.load(trained[0] / "moods")
    made = clips(40, seed=7)
    made.append(clip("happy", np.full((SIDE, SIDE), 9, np.uint8), aligned=False))
    report = evaluate_bundle(bundle, made, split="others")
    assert report.n == 41 and report.n_undetected == 0 and report.accuracy > 0.9
    assert report.extra["not_aligned"] == 1 and 0 <= report.extra["said"] <= 1
    with pytest.raises(FormatError, match="no pictures"):
        evaluate_bundle(bundle, [], split="none")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (clips(60)[::2], "at least two labels"),
        ([*clips(60), clip("fear", crop("sad", np.random.default_rng(0)), "Training")], "fear: 1"),
        ([*clips(90), *(clip("fear", crop("sad", np.random.default_rng(i)), "PublicTest") for i in range(6))], "fear"),
    ],
)
def test_data_that_cannot_give_an_honest_model_is_refused(tmp_path: Path, made: list[Clip], says: str) -> None:
    with pytest.raises(TrainingError, match=says):
        train(options(tmp_path, made))


@pytest.mark.parametrize(
    "changed", [{"network": "mlp"}, {"network": "lstm"}, {"generated": 5}, {"idle": True}, {"split": "nonsense"}]
)
def test_options_that_do_not_fit_faces_are_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        train(options(tmp_path, clips(60), **changed))


def test_the_cnn_is_for_faces_alone() -> None:
    with pytest.raises(UsageError, match="faces"):
        networks.build("cnn", (161,), 3)


def test_a_network_of_another_size_is_refused_by_its_bundle(trained: tuple[Path, list[str]]) -> None:
    folder = trained[0] / "moods"
    bundle = Bundle.load(folder)
    with pytest.raises(BundleError, match="does not fit"):
        Bundle(
            train_pictures.replace(bundle.info, face=FaceReading(40)), (folder / "model.tflite").read_bytes(), folder
        )


def test_datasets_give_the_same_crops_back(tmp_path: Path) -> None:
    made = clips(12)
    back = list(iter_clips(dataset(tmp_path / "faces", made)))
    assert Counter(one.header.label for one in back) == {"happy": 6, "sad": 6}
    for one, other in zip(made, back, strict=True):
        assert one.frames is not None and other.frames is not None
        np.testing.assert_array_equal(one.frames, other.frames)
