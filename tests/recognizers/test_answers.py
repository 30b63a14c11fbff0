"""What would be said, and what is confused with what."""

from __future__ import annotations

import numpy as np

from recognizers.answers import answer_figures, backgrounds_of
from tests.recognizers import tiny_bundles as tiny

# Labels none (background), palm, fist; the default threshold is 0.6, that of fist 0.9.
INFO = tiny.info_of(thresholds={"fist": 0.9})
TRUTH = ["palm", "palm", "palm", "fist", "none", "none"]
SCORES = np.array(
    [[0.1, 0.8, 0.1], [0.1, 0.5, 0.4], [0.0, 0.05, 0.95], [0.1, 0.1, 0.8], [0.7, 0.2, 0.1], [0.2, 0.7, 0.1]], np.float32
)
NAMES = ["a", "b", "c", "d", "e", "f"]


def test_at_the_thresholds_each_answer_is_right_wrong_or_unsure() -> None:
    found = answer_figures(INFO, TRUTH, SCORES)["at_thresholds"]
    assert found["per_class"] == {
        "palm": {"right": 1, "wrong": 1, "unsure": 1},
        "fist": {"right": 0, "wrong": 0, "unsure": 1},
        "none": {"right": 1, "wrong": 1, "unsure": 0},
    }
    assert (found["right"], found["wrong"], found["unsure"]) == (2, 2, 2)
    assert found["thresholds"] == {"none": 0.6, "palm": 0.6, "fist": 0.9}


def test_confusions_name_their_clips_the_surest_first() -> None:
    truth, scores, names = [*TRUTH, "palm"], np.vstack([SCORES, [[0.0, 0.01, 0.99]]]), [*NAMES, "g"]
    worst = answer_figures(INFO, truth, scores.astype(np.float32), names)["worst"]
    assert [(each["truth"], each["answer"], each["n"]) for each in worst] == [("palm", "fist", 2), ("none", "palm", 1)]
    assert worst[0]["clips"] == [{"name": "g", "probability": 0.99}, {"name": "c", "probability": 0.95}]


def test_a_clip_is_named_once_and_without_names_none_is() -> None:
    scores = np.array([[0.0, 0.2, 0.8], [0.0, 0.1, 0.9]], np.float32)
    (one,) = answer_figures(INFO, ["palm", "palm"], scores, ["a", "a"])["worst"]
    assert one["n"] == 2 and one["clips"] == [{"name": "a", "probability": 0.9}]
    assert answer_figures(INFO, ["palm"], scores[:1])["worst"][0]["clips"] == []


def test_clips_that_are_wrong_on_average_are_named_the_surest_first() -> None:
    # Of clip a one moment of two is wrong, and on average it is right; c and e are wrong.
    names = ["a", "c", "a", "d", "e", "e"]
    truth = ["palm", "palm", "palm", "fist", "none", "none"]
    scores = np.array(
        [[0.1, 0.8, 0.1], [0.1, 0.3, 0.6], [0.1, 0.4, 0.5], [0.1, 0.1, 0.8], [0.0, 0.9, 0.1], [0.4, 0.5, 0.1]],
        np.float32,
    )
    mistaken = answer_figures(INFO, truth, scores, names)["mistaken"]
    assert mistaken == [
        {"name": "e", "truth": "none", "answer": "palm", "probability": 0.7},
        {"name": "c", "truth": "palm", "answer": "fist", "probability": 0.6},
    ]
    assert answer_figures(INFO, truth, scores)["mistaken"] == []
    other = answer_figures(INFO, ["idle"], np.array([[0.9, 0.1, 0.0]], np.float32), ["z"])
    assert other["mistaken"] == []  # one background for another


def test_nothing_measured_gives_nothing() -> None:
    assert answer_figures(INFO, [], np.zeros((0, 3), np.float32)) == {}


def test_backgrounds_are_known_by_name_unless_a_bundle_means_something_else() -> None:
    assert backgrounds_of(tiny.info_of()) == {"none", "idle"}
    assert backgrounds_of(tiny.info_of(background=("palm",))) == {"palm", "idle"}
