"""Generated movements: seeded, shaped like recordings, and where the words are signed."""

from __future__ import annotations

import numpy as np

from recognizers.examples import MotionExample
from recognizers.features import motion_features
from recognizers.generated_idling import generated_idling
from recognizers.generated_signs import generated_signs
from recognizers.hand_track import Track
from recognizers.types import RIGHT, FloatArray

WORDS = ("hello", "thanks", "seeyoulater", "iloveyou")


def wrists(example: MotionExample) -> FloatArray:
    """The wrists that are seen, in face widths from between the eyes, x away from the signer's middle; (n, 2)."""
    features = motion_features(example.hands, example.face_points, example.image_size)
    sides = [features[:, start + 56 : start + 58] * ((1, 1) if start else (-1, 1)) for start in (0, 59)]
    both = np.concatenate(sides)
    return both[np.isfinite(both).all(axis=1)]


def test_a_seed_gives_the_same_and_each_is_another() -> None:
    first, again = (generated_signs(WORDS, 3, np.random.default_rng(5)) for _ in range(2))
    assert [one.origin.label for one in first] == [word for word in WORDS for _ in range(3)]
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.hands, other.hands)
    assert not np.array_equal(first[0].hands, first[1].hands, equal_nan=True)
    assert len({one.origin.unit for one in first}) == len(first)


def test_windows_have_the_shape_that_was_asked_for() -> None:
    rng = np.random.default_rng(0)
    made = generated_signs(("thanks",), 2, rng, steps=20, seconds=2.0)
    made += generated_idling(WORDS, 3, rng, steps=20, seconds=2.0)
    for one in made:
        assert one.hands.shape == (20, 2, 21, 3)
        assert one.face_points.shape == (20, 6, 2)
        whole = np.isfinite(one.hands).reshape(20, 2, -1)
        assert (whole.all(axis=2) == whole.any(axis=2)).all()


def test_a_label_that_is_no_word_is_passed_over() -> None:
    assert generated_signs(("none", "xyz"), 5, np.random.default_rng(0)) == []


def test_thanks_begin_at_the_chin_and_hello_is_above_it() -> None:
    rng = np.random.default_rng(2)
    heights = {
        word: np.median([np.median(wrists(one)[:, 1]) for one in generated_signs((word,), 60, rng) if len(wrists(one))])
        for word in ("hello", "thanks")
    }
    assert heights["hello"] < 1.2 < heights["thanks"] < 3.0


def test_either_hand_leads_and_both_sign_where_the_word_has_it() -> None:
    made = generated_signs(("thanks",), 80, np.random.default_rng(1))
    seen = np.stack([np.isfinite(one.hands[..., 0, 0]).mean(axis=0) > 0.3 for one in made])
    assert seen[:, RIGHT].sum() > 20
    assert seen[:, 1 - RIGHT].sum() > 20
    assert 10 < seen.all(axis=1).sum() < 70


def test_what_is_no_word_needs_no_words() -> None:
    made = generated_idling((), 9, np.random.default_rng(0), background="none")
    assert {one.origin.label for one in made} == {"none"}
    assert sum(bool(np.isfinite(one.hands).any()) for one in made) >= 5


def test_a_track_passes_its_keys_and_stays_at_its_ends() -> None:
    hand = np.zeros((21, 3))
    track = Track(np.array((0.0, 1.0)), np.stack([hand, hand]), np.array([(0.0, 0, 0), (2.0, 0, 0)]), np.zeros((2, 3)))
    at = track.at(np.array((-1.0, 0.0, 0.5, 1.0, 5.0)), 1.0)[:, 9, 0]
    np.testing.assert_allclose(at, (0, 0, 1, 2, 2))
