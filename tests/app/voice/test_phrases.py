"""What is said for a label: the shipped phrases, the user's over them, and wrong files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.voice.phrases import LONGEST, Phrases, read_phrases, shipped_phrases, user_phrases
from recognizers.bundle import shipped_bundles
from recognizers.errors import FormatError
from recognizers.modes import MODE_NAMES

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def write(text: str, *, age_s: int = 0) -> Path:
    """Write the user's phrases; `age_s` sets the file's time apart from that of another version."""
    path = user_phrases()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1e9 - age_s, 1e9 - age_s))
    return path


def test_the_phrases_that_were_asked_for() -> None:
    phrases = Phrases()
    assert phrases.phrase("gesture", "like") == "Super!"
    assert phrases.phrase("gesture", "fist") == "Punch!"
    assert phrases.phrase("gesture", "peace") == "Victory!"
    assert phrases.phrase("gesture", "loser") == "Loser!"
    assert phrases.phrase("gesture", "none") == phrases.phrase("sign", "idle") == ""


def test_every_shipped_label_has_a_phrase() -> None:
    table = shipped_phrases()
    assert set(table) == set(MODE_NAMES)
    labels = {("emotion", label) for label in EMOTIONS}
    for folder in shipped_bundles():
        info = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        labels |= {(info["mode"], label) for label in info["labels"]}
    assert len(labels) > 20
    assert [key for key in sorted(labels) if key[1] not in table[key[0]]] == []
    assert all(len(phrase) < 30 for phrases in table.values() for phrase in phrases.values())


def test_a_label_without_a_phrase_is_said_by_its_name() -> None:
    phrases = Phrases()
    assert phrases.phrase("gesture", "two_up_and_away") == "two up and away"
    assert phrases.phrase("picture", "Straße") == "Straße"
    assert len(phrases.phrase("sign", "a" * 1000)) == LONGEST


def test_the_users_phrases_go_first() -> None:
    write('[gesture]\nlike = "Great!"\nfist = ""\n"my own" = "Mine!"\n')
    phrases = Phrases()
    said = [phrases.phrase("gesture", label) for label in ("like", "fist", "my own", "peace")]
    assert said == ["Great!", "", "Mine!", "Victory!"]
    assert phrases.problem is None


def test_a_changed_file_is_read_again() -> None:
    phrases = Phrases()
    assert phrases.phrase("gesture", "like") == "Super!"
    write('[gesture]\nlike = "Wow!!!"\n', age_s=9)
    assert phrases.phrase("gesture", "like") == "Wow!!!"
    path = write('[gesture]\nlike = "Cool!!"\n', age_s=8)
    assert phrases.phrase("gesture", "like") == "Cool!!"
    path.unlink()
    assert phrases.phrase("gesture", "like") == "Super!"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[gesture]\npeace = "x"\nlike = 3\n', ", line 3: ", "the phrase of 'like' is wrong"),
        ('[gesture]\n[emotion]\nhappy = ["x"]\n', ", line 3: ", "the phrase of 'happy'"),
        ('[sign]\nlike = "x"\n[gesture]\nlike = 1\n', ", line 4: ", "found int"),
        ("gesture.like = false\n", ", line 1: ", "the phrase of 'like'"),
        (f'[gesture]\nlike = "{"x" * 201}"\n', ", line 2: ", "found 201 characters"),
        ('[gestures]\nlike = "x"\n', ", line 1: ", "'gestures' is not a table of a mode"),
        ('like = "x"\n', ", line 1: ", "[gesture]"),
        ("[gesture]\nlike = Super\n", "", "line 2"),
        ("é", "", "not TOML"),
    ],
)
def test_a_wrong_file_is_told_and_left_alone(text: str, line: str, words: str) -> None:
    path = write(text)
    before = path.read_bytes()
    phrases = Phrases()
    assert phrases.phrase("gesture", "like") == "Super!", "meanwhile the shipped ones are said"
    assert isinstance(phrases.problem, FormatError)
    told = str(phrases.problem)
    assert told.startswith(f"{path}{line}") and words in told and "\n" not in told
    assert path.read_bytes() == before
    write('[gesture]\nlike = "Fine!"\n', age_s=5)
    assert phrases.phrase("gesture", "like") == "Fine!" and phrases.problem is None


def test_files_that_cannot_be_read() -> None:
    path = write("")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match="not text"):
        read_phrases(path)
    path.unlink()
    path.mkdir()
    phrases = Phrases()
    assert phrases.phrase("gesture", "like") == "Super!"
    assert "cannot be read" in str(phrases.problem)


@given(st.text(st.sampled_from('[]=".\n abgesturlik\\3#'), max_size=60))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("phrases") / "phrases.toml"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        table = read_phrases(path)
    except FormatError as error:
        assert str(path) in str(error)
    else:
        assert all(isinstance(phrase, str) for phrases in table.values() for phrase in phrases.values())
