"""What is like nothing that was learned: distances by hand-made numbers, limits, the file, and bundles that have it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from app.bundle_exchange import export_bundle
from recognizers.array_files import pack_arrays
from recognizers.bundle import Bundle
from recognizers.bundle_info import INFO_FILE, checksum
from recognizers.bundle_writer import save_thresholds
from recognizers.errors import BundleError
from recognizers.familiarity import FAMILIAR_FILE, Familiarity, Limits, doubted, read_familiarity
from recognizers.familiarity_fit import fit_familiarity, fit_limits, widened
from recognizers.features import hand_features
from recognizers.handmodel import View, generate, hand_points, poses, project
from recognizers.recognizer import Recognizer
from recognizers.types import RIGHT, FloatArray, Landmarks
from tests.recognizers import tiny_bundles as tiny

SIZE = (640, 480)
SCATTER = np.array((3.0, 1.0, 0.5, 0.2, 2.0))


def cloud(count: int = 4000, seed: int = 0) -> tuple[FloatArray, np.ndarray]:
    """Return examples (n, 5) of three labels, whose means differ in the first two numbers alone, and their labels."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(0, 3, count)
    means = np.array(((0, 0), (30, 0), (0, 8)), float)[answers]
    x = rng.normal(0, 1, (count, 5)) * SCATTER
    x[:, :2] += means
    return x.astype(np.float32), answers


def at(*values: float) -> FloatArray:
    return np.array([values], np.float32)


NAMES = {0: "none", 1: "palm", 2: "fist"}


def test_distances_are_those_of_the_formulas() -> None:
    x, answers = cloud()
    familiarity = fit_familiarity(x, answers, 3)
    means = np.stack([x[answers == label].mean(axis=0) for label in range(3)]).astype(float)
    within = np.cov((x - means[answers]).T, bias=True)
    within += 1e-3 * np.trace(within) / 5 * np.eye(5)
    shares = np.bincount(answers) / len(x)
    middle = shares @ means
    whole = within + sum(s * np.outer(m - middle, m - middle) for s, m in zip(shares, means, strict=True))

    def squared(point: np.ndarray, mean: np.ndarray, scatter: np.ndarray) -> float:
        return float((point - mean) @ np.linalg.solve(scatter, point - mean))

    probes = np.random.default_rng(1).normal(0, 10, (21, 5)).astype(np.float32)
    taken = np.arange(21) % 3
    near = [squared(probe, means[label], within) for probe, label in zip(probes, taken, strict=True)]
    far = [squared(probe, middle, whole) for probe in probes]
    assert np.allclose(familiarity.distances(probes, taken, relative=False), near, rtol=1e-3, atol=1e-2)
    found = familiarity.distances(probes, taken, relative=True)
    assert np.allclose(found, np.array(near) - far, rtol=1e-3, atol=1e-2)
    assert familiarity.centres.shape == (3, 2), "three labels differ along two axes"


def test_what_all_of_a_person_have_in_common_matters_only_to_the_plain_distance() -> None:
    familiarity = fit_familiarity(*cloud(), 3)
    both = np.concatenate([at(0, 0, 0, 0, 0), at(0, 0, 4, 0, 0)])
    here, there = familiarity.distances(both, np.array([0, 0]), relative=False)
    assert there > here + 30
    here, there = familiarity.distances(both, np.array([0, 0]), relative=True)
    assert there == pytest.approx(here, abs=0.5)


@pytest.mark.parametrize("relative", [False, True])
def test_limits_refuse_the_stated_share_of_each_label(relative: bool) -> None:
    x, answers = cloud()
    x[answers == 1] *= (2, 2, 2, 2, 2)  # one label may scatter more than others
    familiarity = fit_familiarity(x, answers, 3)
    limits = fit_limits(familiarity, x, answers, {1: "palm", 2: "fist"}, relative=relative, share=0.02)
    assert limits.share == 0.02 and limits.relative is relative and set(limits.labels) == {"palm", "fist"}
    far = familiarity.distances(x, answers, relative=relative)
    for number in (1, 2):
        assert np.mean(far[answers == number] > limits.labels[NAMES[number]]) == pytest.approx(0.02, abs=0.002)
    assert limits.labels["palm"] > 1.2 * limits.labels["fist"]
    assert fit_limits(familiarity, x[:0], answers[:0], NAMES, relative=relative).labels == {}


def test_limits_are_wide_enough_for_others() -> None:
    """Of forty examples with a hundred numbers the means and the scatter are those of these forty alone."""
    rng = np.random.default_rng(0)
    x, others, many = (rng.normal(0, 1, (count, 100)).astype(np.float32) for count in (40, 20, 2000))
    answers = np.arange(2000) % 2
    familiarity = fit_familiarity(x, answers[:40], 2)
    limits = fit_limits(familiarity, x, answers[:40], {1: "palm"}, relative=False)

    def refused(one: Limits) -> float:
        far = familiarity.distances(many, np.ones(2000, int), relative=False)
        return float(np.mean(far > one.labels["palm"]))

    by_few = widened(limits, familiarity, others, answers[:20], {1: "palm"})
    by_many = widened(limits, familiarity, many, answers, {1: "palm"})
    assert refused(limits) > 0.9
    assert refused(by_many) == pytest.approx(limits.share, abs=0.01)
    assert by_many.labels["palm"] < 1.5 * by_few.labels["palm"] and refused(by_few) < 0.05
    assert widened(limits, familiarity, others, np.zeros(20, int), {1: "palm"}) == limits, "of other labels alone"


def test_limits_are_never_narrowed_and_relative_ones_stay() -> None:
    x, answers = cloud()
    familiarity = fit_familiarity(x, answers, 3)
    for relative in (False, True):
        limits = fit_limits(familiarity, x, answers, NAMES, relative=relative)
        others = 5 * x if relative else np.stack([x[answers == label].mean(axis=0) for label in answers[:900]])
        assert widened(limits, familiarity, others, answers[: len(others)], NAMES) == limits


def test_what_never_varies_and_labels_without_examples_do_no_harm() -> None:
    x, answers = cloud(40)
    x[:, 2] = 7
    familiarity = fit_familiarity(x, answers, 5)
    same = fit_familiarity(np.ones((6, 4), np.float32), np.array([0, 1] * 3), 2)
    for one, probe in ((familiarity, at(0, 0, 7, 0, 0)), (same, at(1, 1, 1, 1))):
        for relative in (False, True):
            assert np.isfinite(one.distances(probe, np.array([1]), relative=relative)).all()
    read = read_familiarity(same.to_bytes(), 4, 2, "x")
    assert read.centres.shape == (2, 0), "where all is alike there is no axis"


def test_doubt_leaves_the_best_the_best_and_below_what_holds_a_label() -> None:
    scores = np.array([[0.99, 0.01], [0.2, 0.8], [0.97, 0.03]], np.float32)
    found = doubted(scores, np.array([True, True, False]))
    assert found.argmax(axis=1).tolist() == [0, 1, 0] and np.allclose(found.sum(axis=1), 1)
    assert found[:2].max() < 0.8 * 0.7 and (found[2] == scores[2]).all()


# --- the file ---------------------------------------------------------------------------------------------


def changed(familiarity: Familiarity, **arrays: object) -> bytes:
    plain = {each.name: getattr(familiarity, each.name) for each in dataclasses.fields(familiarity)}
    return pack_arrays(
        {name: array for name, array in {**plain, **arrays}.items() if array is not None}, compress=False
    )  # type: ignore[misc]


def test_the_file_gives_back_the_same_and_the_same_bytes() -> None:
    familiarity = fit_familiarity(*cloud(), 3)
    data = familiarity.to_bytes()
    again = read_familiarity(data, 5, 3, "x")
    probe = cloud(10, 3)[0]
    taken = np.arange(10) % 3
    one, other = (each.distances(probe, taken, relative=False) for each in (again, familiarity))
    assert np.array_equal(one, other)
    assert again.to_bytes() == data


@pytest.mark.parametrize(
    "arrays",
    [
        {"middle": None},
        {"more": np.zeros(3, np.float32)},
        {"middle": np.zeros(6, np.float32)},
        {"projection": np.zeros((5, 4), np.float32)},
        {"projection": np.full((5, 5), np.nan, np.float32)},
        {"centres": np.zeros((4, 2), np.float32)},
        {"spread": np.zeros(2, np.float32)},
        {"spread": np.ones(3, np.float32)},
        {"spread": np.ones((2, 1), np.float32)},
        {"middle": np.zeros(5, np.float64)},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(arrays: dict[str, object]) -> None:
    data = changed(fit_familiarity(*cloud(), 3), **arrays)
    with pytest.raises(BundleError, match="does not fit it") as caught:
        read_familiarity(data, 5, 3, "here")
    assert len(str(caught.value).splitlines()) == 1


def test_damage_is_refused() -> None:
    data = fit_familiarity(*cloud(), 3).to_bytes()
    for damaged in (b"", b"PK", data[:-40], data[: len(data) // 2]):
        with pytest.raises(BundleError, match="damaged"):
            read_familiarity(damaged, 5, 3, "here")


# --- in a bundle ------------------------------------------------------------------------------------------


def hands(pose: str, count: int, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return np.stack([hand_features(generate(poses()[pose], rng, RIGHT, SIZE), SIZE, RIGHT) for _ in range(count)])


@pytest.fixture(scope="module")
def familiar() -> tuple[Familiarity, Limits]:
    """What the tiny bundle would remember, if it had learned palms and fists, and things held for `none`."""
    x = np.concatenate([hands(pose, 250, 1) for pose in ("holding", "palm", "fist")])
    answers = np.repeat([0, 1, 2], 250)
    familiarity, meant = fit_familiarity(x, answers, 3), {1: "palm", 2: "fist"}
    limits = fit_limits(familiarity, x, answers, meant, relative=False)
    others = np.concatenate([hands(pose, 250, 2) for pose in ("palm", "fist")])
    return familiarity, widened(limits, familiarity, others, np.repeat([1, 2], 250), meant)


def showing(pose: str) -> list[Landmarks]:
    points = np.full((2, 21, 3), np.nan, np.float32)
    points[RIGHT] = project(hand_points(poses()[pose], RIGHT), View(SIZE, wrist=(0.5, 0.7)))
    return [Landmarks(round(number / 30 * 1e9), hands=points, image_size=SIZE) for number in range(30)]


def test_a_bundle_says_what_it_knows_and_doubts_the_rest(tmp_path: Path, familiar: tuple[Familiarity, Limits]) -> None:
    info = dataclasses.replace(tiny.info_of(), familiar=familiar[1])
    bundle = tiny.saved(tmp_path / "tiny", info, familiarity=familiar[0])
    assert bundle.info == info and (tmp_path / "tiny" / FAMILIAR_FILE).is_file()
    plain = Bundle(tiny.info_of(), (tmp_path / "tiny" / "model.tflite").read_bytes(), tmp_path)
    for pose, known in (("palm", True), ("fist", True), ("rock", False), ("call", False)):
        [features] = [hand_features(one.hands[RIGHT], SIZE, RIGHT) for one in showing(pose)[:1]]
        [before], [after] = plain.predict(features[None]), bundle.predict(features[None])
        assert (after.tolist() == before.tolist()) is known and before.argmax() == after.argmax()
        events = Recognizer(bundle, 0.4).predict_clip(showing(pose))
        assert [event.label for event in events] == ([pose] if known else [])
    assert Recognizer(plain, 0.4).predict_clip(showing("call")), "without memory it is taken for something"


def test_what_it_remembers_goes_where_the_bundle_goes(tmp_path: Path, familiar: tuple[Familiarity, Limits]) -> None:
    info = dataclasses.replace(tiny.info_of(), familiar=familiar[1])
    folder = tiny.saved(tmp_path / "tiny", info, familiarity=familiar[0]).folder
    zipped = export_bundle(str(folder), tmp_path / "given.zip")
    again = save_thresholds(folder, tmp_path / "other", {"palm": 0.9})
    strange = hands("rock", 5, 3)
    for one in (Bundle.load(zipped), again):
        assert one.info.familiar == familiar[1]
        assert one.predict(strange).tolist() == Bundle.load(folder).predict(strange).tolist()


def test_a_memory_that_is_missing_or_of_no_use_is_refused(tmp_path: Path, familiar: tuple[Familiarity, Limits]) -> None:
    with pytest.raises(BundleError, match="memory of its examples is missing"):
        tiny.saved(tmp_path / "tiny", dataclasses.replace(tiny.info_of(), familiar=familiar[1]))
    assert not (tmp_path / "tiny").exists()
    info = tiny.info_of("sequence", tiny.MOVES, 30, familiar=familiar[1])
    with pytest.raises(BundleError, match="no bundle of stills"):
        Bundle.of(info, {FAMILIAR_FILE: familiar[0].to_bytes(), "model.tflite": b""}, tmp_path)
    wrong = fit_familiarity(*cloud(), 3)
    with pytest.raises(BundleError, match="does not fit it"):
        tiny.saved(tmp_path / "tiny", dataclasses.replace(tiny.info_of(), familiar=familiar[1]), familiarity=wrong)


@pytest.mark.parametrize(
    "limits",
    [
        "3",
        '{"share": 2, "relative": true, "labels": {}}',
        '{"share": 0.1, "labels": {}}',
        '{"share": 0.1, "relative": 1, "labels": {}}',
        '{"share": 0.1, "relative": true, "labels": {"palm": "far"}}',
        '{"share": 0.1, "relative": true, "labels": {"thumb": 1}}',
    ],
)
def test_wrong_limits_are_refused(tmp_path: Path, limits: str) -> None:
    path = tiny.saved(tmp_path / "tiny").folder / INFO_FILE
    values = {**json.loads(path.read_text(encoding="utf-8")), "familiar": json.loads(limits)}
    path.write_text(json.dumps({**values, "checksum": checksum(values)}), encoding="utf-8")
    with pytest.raises(BundleError, match="familiar"):
        Bundle.load(tmp_path / "tiny")
