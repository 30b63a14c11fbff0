"""Words as rows: what ships is sound, and what is wrong is refused in one line."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.errors import FormatError
from recognizers.handmodel import poses
from recognizers.word_file import read_words, words

GOOD = """
[[words.nod]]
stroke = [0.3, 0.9]
keys = [
    { at = 0, pose = "fist", place = [-1, 1, -1] },
    { at = 1, pose = ["fist", "palm"], place = [-1, 1.4, -1], turn = [0, 60, 0] },
]
"""


def test_the_words_that_ship_are_there() -> None:
    assert {"hello", "thanks", "seeyoulater", "iloveyou"} <= set(words())
    for styles in words().values():
        for style in styles:
            assert style.places.shape == style.turns.shape == (len(style.times), 3)
            assert all(name in poses() for names in style.poses for name in names)


def test_a_row_is_read_with_the_usual_values() -> None:
    (style,) = read_words(GOOD, "here", poses())["nod"]
    assert (style.weight, style.hands, style.rounds, style.core) == (1.0, "one", (1, 1), (0.0, 1.0))
    assert style.poses == (("fist",), ("fist", "palm"))
    np.testing.assert_array_equal(style.turns, [(0, 0, 0), (0, 60, 0)])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"fist", place', '"paw", place', "no pose 'paw'"),
        ("at = 1", "at = 0.9", "from 0 to 1"),
        ("at = 0", "at = 1", "from 0 to 1"),
        ("[-1, 1, -1]", "[-1, 1]", "numbers were expected"),
        ("[-1, 1, -1]", "[-1, nan, -1]", "numbers were expected"),
        ("[0.3, 0.9]", "[0.9, 0.3]", "stroke"),
        ("[0.3, 0.9]", "[0, 0.3]", "stroke"),
        ("stroke = [0.3, 0.9]", "", "no 'stroke'"),
        ("stroke", "hands = 'three'\nstroke", "one or both"),
        ("stroke", "core = [0.8, 0.2]\nstroke", "core"),
        ("stroke", "rounds = [0, 2]\nstroke", "rounds"),
        ("stroke", "colour = 1\nstroke", "unknown 'colour'"),
        ("[[words.nod]]", "[words.nod]", "nod"),
    ],
)
def test_what_is_wrong_is_told(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(FormatError) as caught:
        read_words(GOOD.replace(old, new, 1), "my.toml", poses())
    assert "my.toml" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["words", "x = 1", "words = 3", ""])
def test_what_is_no_file_of_words_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="not a file of words"):
        read_words(text, "my.toml", poses())
