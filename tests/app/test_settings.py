"""The settings file: every field, every refusal, and that it is never written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.settings import KEYS, Settings, load_settings
from recognizers import home
from recognizers.errors import FormatError

COMPLETE = """
mode = "all"
camera = "rtsp://host/stream"
usage_reports = true

[thresholds]
sign = 0.8
gesture = 1

[bundles]
gesture = "my gestures"
"""


def write(text: str | bytes) -> Path:
    path = home.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(text: str | bytes) -> str:
    path = write(text)
    with pytest.raises(FormatError) as caught:
        load_settings()
    assert path.read_bytes() == (text if isinstance(text, bytes) else text.encode())
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_file_everything_has_its_default() -> None:
    settings = load_settings()
    assert settings == Settings()
    assert (settings.mode, settings.camera, settings.usage_reports) == ("gesture", None, False)
    assert settings.bundle_of("gesture") == "gestures" and settings.bundle_of("emotion") == "emotions"
    assert not home.settings_file().exists()


def test_a_complete_file() -> None:
    write(COMPLETE)
    settings = load_settings()
    assert (settings.mode, settings.camera, settings.usage_reports) == ("all", "rtsp://host/stream", True)
    assert dict(settings.thresholds) == {"sign": 0.8, "gesture": 1.0}
    assert settings.bundle_of("gesture") == "my gestures" and settings.bundle_of("sign") == "words"
    assert set(KEYS) == set(Settings.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\x00\x01 garbage [[", ["not TOML", "line 1"]),
        ('mode = "dance"\n', ["'mode'", "line 1", '"gesture"', "'dance'"]),
        ("mode = 3\n", ["'mode'", "3"]),
        ("\ncamera = -1\n", ["'camera'", "line 2", "-1"]),
        ("camera = true\n", ["'camera'", "found true"]),
        ("mode\n", ["not TOML: expected '=' after a key"]),
        ('camera = "first"\n', ["'camera'", "'first'"]),
        ('usage_reports = "yes"\n', ["'usage_reports'", "true or false", "'yes'"]),
        ("usage_reprots = true\n", ["no setting 'usage_reprots'", "usage_reports", "line 1"]),
        ("thresholds = 0.5\n", ["'thresholds'", "0.5"]),
        ("[thresholds]\ngesture = 1.5\n", ["'thresholds.gesture'", "line 2", "1.5"]),
        ("[thresholds]\ngesture = nan\n", ["'thresholds.gesture'", "nan"]),
        ("[bundles]\nsign = 3\n[thresholds]\nsign = 2\n", ["'thresholds.sign'", "line 4"]),
        ("[bundles]\ngestures = 'x'\n", ["no setting 'gestures' in [bundles]", "gesture, perhaps", "line 2"]),
        ("[bundles]\ngesture = ''\n", ["'bundles.gesture'", "''"]),
    ],
)
def test_a_wrong_file_is_told(text: str, words: list[str]) -> None:
    line = refusal(text)
    missing = [word for word in words if word not in line]
    assert not missing, line


def test_bytes_that_are_no_text() -> None:
    assert "byte 2" in refusal(b"ab\xff\xfe")


def test_a_file_that_cannot_be_read() -> None:
    home.settings_file().mkdir(parents=True)
    with pytest.raises(FormatError, match="cannot be read"):
        load_settings()


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(str.encode),
        st.tuples(
            st.sampled_from([*KEYS, "thresholds.sign", "bundles.gesture", "[bundles]\nsign", "moed"]),
            st.sampled_from(["1", "-1", '"x"', "true", "[]", "{}", "1e400", "nan", "1979-05-27", "{sign=1}"]),
        ).map(lambda pair: f"{pair[0]} = {pair[1]}\n".encode()),
    )
)
def test_any_file_gives_settings_or_one_clear_refusal(content: bytes) -> None:
    path = write(content)
    try:
        settings = load_settings()
    except FormatError as error:
        assert str(path) in str(error)
    else:
        assert isinstance(settings, Settings)
    assert path.read_bytes() == content


def test_a_byte_order_mark_is_accepted() -> None:
    assert load_settings(write(b"\xef\xbb\xbfmode = 'sign'\n")).mode == "sign"


def test_an_unknown_word_is_said_once() -> None:
    assert refusal("xyzzy = 1\n").count("xyzzy") == 1
