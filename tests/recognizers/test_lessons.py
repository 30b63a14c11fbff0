"""What a training learns from, and how an epoch is made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizers.examples import Example, HandExample, Origin
from recognizers.features import mirroring
from recognizers.lessons import (
    ENOUGH_MOVEMENTS,
    GENERATED_COPIES,
    MOVEMENT_COPIES,
    STILL_COPIES,
    Asked,
    generated_lesson,
    generated_movements,
    joined_lessons,
    lesson,
    normalisation,
)
from recognizers.train_options import TrainOptions
from recognizers.types import LEFT, RIGHT
from tests.recognizers.test_motion_batches import example


def options(**parts: object) -> TrainOptions:
    return TrainOptions("sign", (), Path("x"), **parts)  # type: ignore[arg-type]


def hands(count: int) -> list[Example]:
    rng = np.random.default_rng(0)
    return [
        HandExample(Origin("b", None, None, f"u{number}", number), rng.random((21, 3), np.float32), RIGHT, (640, 480))
        for number in range(count)
    ]


def test_movements_are_learned_from_copies_alone() -> None:
    taught = lesson([example(), example()], options(), "signs", np.random.default_rng(0))
    assert len(taught.features) == len(taught.labels) == 2 * MOVEMENT_COPIES[1]
    assert set(taught.labels) == {"a"}
    assert len(lesson([example()], options(copies=3), "signs", np.random.default_rng(0)).labels) == 3


def test_of_very_many_movements_there_are_fewer_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognizers.lessons.ENOUGH_MOVEMENTS", 10)
    assert ENOUGH_MOVEMENTS > 10
    assert len(lesson([example()] * 5, options(), "signs", np.random.default_rng(0)).labels) == 10
    assert len(lesson([example()] * 20, options(), "signs", np.random.default_rng(0)).labels) == 20


def test_where_hands_may_not_be_exchanged_they_are_not() -> None:
    presence_of_left = 0
    either = lesson([example()], options(), "signs", np.random.default_rng(0)).features
    fixed = lesson([example()], options(mirror=False), "signs", np.random.default_rng(0)).features
    assert either[..., presence_of_left].any() and not fixed[..., presence_of_left].any()
    assert LEFT == 0


def test_stills_are_learned_as_they_are_and_from_copies() -> None:
    taught = lesson(hands(4), options(), "hand", np.random.default_rng(0))
    assert taught.features.shape == (4 * (1 + STILL_COPIES), 161)
    assert np.array_equal(taught.features[0], hands(4)[0].features())
    assert len(lesson(hands(4), options(copies=0), "hand", np.random.default_rng(0)).labels) == 4


def test_lessons_join_in_order() -> None:
    rng = np.random.default_rng(0)
    one = lesson(hands(2), options(copies=0), "hand", rng)
    other = generated_lesson(("fist",), options(generated=3), Asked("still", "hand", 1.0), rng)
    both = joined_lessons(one, other)
    assert both.labels == (*one.labels, *other.labels) and set(other.labels) == {"fist"}
    assert np.array_equal(both.features, np.concatenate([one.features, other.features]))


def test_generated_movements_teach_words_and_what_is_none() -> None:
    rng = np.random.default_rng(0)
    taught = generated_lesson(("hello", "idle", "mine"), options(generated=2), Asked("sequence", "signs", 1.0), rng)
    assert taught.features.shape == (8 * GENERATED_COPIES, 30, 173)
    assert {label: taught.labels.count(label) for label in taught.labels} == {
        "hello": 2 * GENERATED_COPIES,
        "idle": 6 * GENERATED_COPIES,
    }


def test_without_a_label_for_it_nothing_is_made_that_is_none() -> None:
    made = generated_movements(("hello", "mine"), 5, np.random.default_rng(0), 1.0)
    assert {one.origin.label for one in made} == {"hello"}


def test_what_never_moves_is_no_magnifying_glass_and_what_was_never_seen_has_no_mean() -> None:
    features = np.ones((50, 30, 173), np.float16)
    features[..., 1] = np.nan
    features[..., 2] = np.linspace(-1, 1, 30)
    mean, deviation = normalisation(features, "signs")
    assert mean[0] == 1 and deviation[0] == pytest.approx(1e-3)
    assert mean[1] == 0 and deviation[1] == pytest.approx(1e-3)
    assert mean[2] == pytest.approx(0, abs=1e-3) and deviation[2] == pytest.approx(0.595, abs=0.01)


def test_a_movement_and_its_mirror_image_are_normalised_alike() -> None:
    features = np.random.default_rng(0).normal(2, 3, (60, 30, 173)).astype(np.float32)
    order, signs = mirroring("signs")
    mean, deviation = (np.array(part) for part in normalisation(features, "signs", mirrored=True))
    mirrored = (features[..., order] * signs - mean) / deviation
    assert np.allclose(mirrored, ((features - mean) / deviation)[..., order] * signs, atol=1e-4)
