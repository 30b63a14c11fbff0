"""The file with the user's own phrases: made where there is none, never touched where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.voice.phrases import Phrases, read_phrases, shipped_phrases, user_phrases
from app.voice.phrases_file import ensure_phrases
from recognizers.errors import OutputError


def test_a_new_file_says_what_ships_and_changes_nothing() -> None:
    path = ensure_phrases()
    assert path == user_phrases()
    assert all(table == {} for table in read_phrases(path).values())
    text = path.read_text("utf-8")
    for mode, table in shipped_phrases().items():
        assert f"\n[{mode}]\n" in text
        for phrase in table.values():
            assert f'"{phrase}"' in text


def test_a_line_without_its_mark_counts() -> None:
    path = ensure_phrases()
    text = path.read_text("utf-8")
    assert '# fist = "Punch!"' in text
    path.write_text(text.replace('# fist = "Punch!"', 'fist = "Bump!"'), "utf-8")
    assert Phrases().phrase("gesture", "fist") == "Bump!"
    assert Phrases().phrase("gesture", "like") == shipped_phrases()["gesture"]["like"]


def test_a_file_of_the_user_stays_as_it_is() -> None:
    user_phrases().parent.mkdir(parents=True)
    user_phrases().write_text('[gesture]\nfist = "Mine"\n', "utf-8")
    ensure_phrases()
    assert user_phrases().read_text("utf-8") == '[gesture]\nfist = "Mine"\n'


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        ensure_phrases(tmp_path / "file" / "phrases.toml")
