"""The words that ship keep their names whatever camera looks, and are not said of what is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recognizers.bundle import Bundle, find_bundle
from recognizers.examples import MotionExample
from recognizers.features import MOVEMENT_FEATURES
from recognizers.generated_idling import generated_idling
from recognizers.generated_signs import generated_signs
from recognizers.motion_batches import Movements, mirrored_movements
from recognizers.sequence import joined, parted, resample
from recognizers.types import FloatArray
from tests.test_shipped_bundles import events_of

WORDS = ("hello", "iloveyou", "seeyoulater", "thanks")
STEPS = 30


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.load(find_bundle("words"))


@pytest.fixture(scope="module")
def signed() -> list[MotionExample]:
    """Windows of people whom no training saw: another seed."""
    return generated_signs(WORDS, 25, np.random.default_rng(4242))


def answers(bundle: Bundle, examples: list[MotionExample]) -> list[str]:
    describe = MOVEMENT_FEATURES[bundle.info.features]
    inputs = np.stack([describe(one.hands, one.face_points, one.image_size) for one in examples])
    return [bundle.info.labels[int(row.argmax())] for row in bundle.predict(inputs)]


def right(bundle: Bundle, examples: list[MotionExample]) -> float:
    told = answers(bundle, examples)
    return float(np.mean([one == example.origin.label for one, example in zip(told, examples, strict=True)]))


def moved(example: MotionExample, change: Callable[[FloatArray], FloatArray]) -> MotionExample:
    """Change the points about the picture's middle, at true aspect."""
    width, height = example.image_size or (640, 480)
    units, middle = np.array((1, height / width)), np.array((0.5, 0.5 * height / width))

    def each(points: FloatArray) -> FloatArray:
        new = points.copy()
        new[..., :2] = (change(points[..., :2] * units - middle) + middle) / units
        return new

    return replace(example, hands=each(example.hands), face_points=each(example.face_points))


def rolled(degrees: float) -> Callable[[FloatArray], FloatArray]:
    angle = np.radians(degrees)
    turn = np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))))
    return lambda points: points @ turn


def at_rate(example: MotionExample, fps: float) -> MotionExample:
    """The window as a camera of another rate gives it: frames at its rate, then the window's own steps again."""
    times = (np.arange(STEPS) * 1e9 / STEPS).astype(np.int64)
    frames = np.arange(0, int(times[-1]) + 1, round(1e9 / fps))
    flat = resample(times, joined(example.hands, example.face_points), frames)
    hands, face = parted(resample(frames, flat, np.minimum(times, frames[-1])))
    return replace(example, hands=hands, face_points=face)


def test_words_are_read_from_people_of_another_seed(bundle: Bundle, signed: list[MotionExample]) -> None:
    assert right(bundle, signed) >= 0.9


@pytest.mark.parametrize("degrees", [-15, 15])
def test_a_camera_askew_changes_little(bundle: Bundle, signed: list[MotionExample], degrees: float) -> None:
    assert right(bundle, [moved(one, rolled(degrees)) for one in signed]) >= 0.85


@pytest.mark.parametrize("size", [0.5, 1.8])
def test_distance_changes_nothing(bundle: Bundle, signed: list[MotionExample], size: float) -> None:
    same = answers(bundle, [moved(one, lambda points: points * size) for one in signed])
    # The depth stays what it was, so a palm's length changes a little.
    assert np.mean([one == other for one, other in zip(same, answers(bundle, signed), strict=True)]) >= 0.95


@pytest.mark.parametrize("fps", [15, 60])
def test_the_rate_of_the_camera_changes_little(bundle: Bundle, signed: list[MotionExample], fps: float) -> None:
    assert right(bundle, [at_rate(one, fps) for one in signed]) >= 0.88


def test_the_other_hand_signs_as_well(bundle: Bundle, signed: list[MotionExample]) -> None:
    hands, face = mirrored_movements(
        Movements(np.stack([one.hands for one in signed]), np.stack([one.face_points for one in signed]))
    )
    turned = [replace(one, hands=hands[i], face_points=face[i]) for i, one in enumerate(signed)]
    assert right(bundle, turned) >= 0.9


def test_without_a_face_most_are_still_read(bundle: Bundle, signed: list[MotionExample]) -> None:
    blind = [replace(one, face_points=np.full_like(one.face_points, np.nan)) for one in signed]
    assert right(bundle, blind) >= 0.6


def test_what_is_no_word_is_seldom_taken_for_one(bundle: Bundle) -> None:
    idle = generated_idling(WORDS, 240, np.random.default_rng(77))
    describe = MOVEMENT_FEATURES[bundle.info.features]
    scores = bundle.predict(np.stack([describe(one.hands, one.face_points, one.image_size) for one in idle]))
    labels = [bundle.info.labels[int(row.argmax())] for row in scores]
    said = [
        row.max() >= bundle.info.thresholds.get(label, bundle.info.default_threshold) and label != "idle"
        for row, label in zip(scores, labels, strict=True)
    ]
    assert np.mean(said) <= 0.02


@pytest.mark.parametrize("word", ["hello", "thanks", "seeyoulater"])
def test_the_signer_is_understood_through_the_landmarker(word: str) -> None:
    events = events_of(f"none:0.5,{word}:3,none:1,fps=20,size=480x360", "words")
    assert events
    assert {event.label for event in events} == {word}
