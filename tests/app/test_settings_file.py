"""What the window writes into the settings file: only what changed, and never into a file that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import Settings, load_settings
from app.settings_file import Value, change_settings
from recognizers import home
from recognizers.errors import FormatError, OutputError

COMMENTED = """# mine
mode = "sign"  # what I use

[thresholds]   # stricter
sign = 0.9

[bundles]
gesture = "mine"
"""


def write(text: str) -> Path:
    path = home.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_first_change_makes_the_file() -> None:
    settings = change_settings({"theme": "dark", "thresholds.gesture": 0.8})
    assert settings == load_settings()
    assert (settings.theme, dict(settings.thresholds)) == ("dark", {"gesture": 0.8})


def test_comments_order_and_other_settings_stay() -> None:
    path = write(COMMENTED)
    change_settings({"speak": True, "mode": "all", "thresholds.gesture": 0.5})
    text = path.read_text()
    for kept in ("# mine\n", "# what I use", "# stricter", "sign = 0.9", 'gesture = "mine"'):
        assert kept in text
    settings = load_settings()
    assert settings.speak and settings.mode == "all"
    assert dict(settings.thresholds) == {"sign": 0.9, "gesture": 0.5}


def test_none_takes_a_setting_out() -> None:
    path = write(COMMENTED)
    settings = change_settings({"mode": None, "thresholds.sign": None, "camera": None, "bundles.sign": None})
    assert (settings.mode, dict(settings.thresholds)) == ("gesture", {})
    assert "thresholds" not in path.read_text() and "# mine" in path.read_text()


def test_nothing_is_written_where_nothing_changes() -> None:
    path = write(COMMENTED)
    before = path.stat().st_mtime_ns
    change_settings({"mode": "sign"})
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("text", ["mode = 3\n", "garbage [[", "colour = 1\n"])
def test_a_wrong_file_is_left_alone(text: str) -> None:
    path = write(text)
    with pytest.raises(FormatError):
        change_settings({"theme": "dark"})
    assert path.read_text() == text


@pytest.mark.parametrize("change", [{"theme": "pink"}, {"speech_rate": 4}, {"nothing": 1}, {"thresholds.dance": 0.5}])
def test_a_wrong_value_is_refused_and_nothing_written(change: dict[str, Value]) -> None:
    path = write(COMMENTED)
    with pytest.raises(FormatError):
        change_settings(change)
    assert path.read_text() == COMMENTED


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX links")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path = write("")
    path.unlink()
    real = tmp_path / "elsewhere.toml"
    real.write_text('mode = "sign"\n')
    path.symlink_to(real)
    change_settings({"theme": "light"})
    assert path.is_symlink() and 'theme = "light"' in real.read_text()


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        change_settings({"theme": "dark"}, blocker / "settings.toml")
    assert "\n" not in str(caught.value)


@given(
    st.lists(
        st.sampled_from(
            [
                ("theme", "dark"),
                ("theme", None),
                ("mode", "sign"),
                ("speak", True),
                ("thresholds.sign", 0.25),
                ("thresholds.sign", None),
                ("thresholds.emotion", 1.0),
                ("bundles.gesture", 'a "quoted" \\ name'),
                ("bundles.gesture", None),
                ("voice", "ünï\tcode"),
            ]
        ),
        max_size=8,
    )
)
def test_any_order_of_changes_ends_with_the_last_of_each(changes: list[tuple[str, Value]]) -> None:
    path = write(COMMENTED)
    for name, value in changes:
        change_settings({name: value})
    wanted: dict[str, Value] = {"mode": "sign", "thresholds.sign": 0.9, "bundles.gesture": "mine", **dict(changes)}
    settings = load_settings(path)
    for name, value in wanted.items():
        table, _, key = name.rpartition(".")
        found = getattr(settings, table).get(key) if table else getattr(settings, key)
        assert found == (getattr(Settings(), key) if value is None and not table else value)
