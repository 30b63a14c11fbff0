"""Thresholds from a rate of false fires."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recognizers.bundle import Bundle
from recognizers.clips import Clip
from recognizers.errors import FormatError
from recognizers.threshold_proposal import Proposal, _thresholds, propose
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.test_evaluate import clip

LOW = {"a": 0.5, "b": 0.5}


def proposed(*clips: Clip, wanted: float = 0.0, bundle: Bundle | None = None) -> Proposal:
    return propose(bundle or tiny.still_bundle(), lambda: clips, wanted)


def test_without_any_allowed_every_threshold_is_above_the_surest_fire() -> None:
    assert _thresholds({"a": [0.9, 0.6], "b": []}, 0, LOW) == {"a": 0.905, "b": 0.5}


def test_what_is_allowed_goes_to_the_surest_ones() -> None:
    peaks = {"a": [0.95, 0.9, 0.6], "b": [0.8]}
    assert _thresholds(peaks, 1, LOW) == {"a": 0.905, "b": 0.805}
    assert _thresholds(peaks, 3, LOW) == {"a": 0.605, "b": 0.5}
    assert _thresholds(peaks, 99, LOW) == LOW


def test_no_threshold_leaves_its_bounds() -> None:
    assert _thresholds({"a": [0.999], "b": [0.2]}, 0, {"a": 0.5, "b": 0.7}) == {"a": 0.99, "b": 0.7}


def test_a_fire_in_the_background_raises_its_label_alone() -> None:
    one = clip("none", "fist", frames=60)
    found = proposed(one, clip("palm", "palm", frames=30))
    surest = float(tiny.still_bundle().predict(_features(one))[0].max())
    assert found.before == {"palm": 0.6, "fist": 0.6}
    assert found.after == {"palm": 0.6, "fist": pytest.approx(min(surest + 0.005, 0.99), abs=0.001)}
    assert found.events["signs"]["hits"] == 1


def test_a_hand_on_its_way_raises_nothing() -> None:
    still = clip("none", "fist", frames=60)
    way = np.zeros((60, 2, 21, 3), np.float32)
    way[..., 0] = np.linspace(0, 2, 60)[:, None, None]  # a picture's width a second
    going = dataclasses.replace(still, hands=still.hands + way)
    assert proposed(going).after == proposed(going).before != proposed(still).after


def test_too_little_background_lowers_nothing_and_says_so() -> None:
    found = proposed(clip("none", None, frames=60), wanted=10)
    assert found.after == found.before and "too few to show a rate of 10 an hour" in found.notes[1]


def test_enough_background_lowers() -> None:
    found = proposed(clip("none", None, frames=60), wanted=6000)
    assert found.after == {"palm": 0.5, "fist": 0.5} and found.events["background"]["false_fires"] == 0
    assert len(found.notes) == 1


def test_without_a_background_there_is_nothing_to_propose() -> None:
    with pytest.raises(FormatError, match="no recording of a background"):
        proposed(clip("palm", "palm", frames=30))


def _features(one: Clip) -> object:
    from recognizers.examples import features_of, gather

    return features_of(gather([one], "still").examples[:1])
