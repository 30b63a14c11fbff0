"""Fields of JSON that may be wrong: each is given as it is, or refused in one line with its name."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.errors import BundleError, FormatError
from recognizers.fields import Fields

Read = Callable[[Fields], object]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
READERS: dict[str, Read] = {
    "text": lambda fields: fields.text("x"),
    "optional_text": lambda fields: fields.optional_text("x"),
    "one_of": lambda fields: fields.one_of("x", ("a", "b")),
    "integer": lambda fields: fields.integer("x", 1, 9),
    "number": lambda fields: fields.number("x", 0, 1),
    "texts": lambda fields: fields.texts("x"),
    "numbers": lambda fields: fields.numbers("x", 2),
    "number_map": lambda fields: fields.number_map("x", 0, 1),
    "fields": lambda fields: fields.fields("x"),
    "plain": lambda fields: fields.plain("x"),
}


@pytest.mark.parametrize(
    ("reader", "value", "read"),
    [
        ("text", "ä", "ä"),
        ("text", "", ""),
        ("optional_text", None, None),
        ("optional_text", "a", "a"),
        ("one_of", "b", "b"),
        ("integer", 1, 1),
        ("integer", 9, 9),
        ("number", 1, 1.0),
        ("number", 0.25, 0.25),
        ("texts", ["a", ""], ("a", "")),
        ("texts", [], ()),
        ("numbers", [1, 2.5], (1.0, 2.5)),
        ("number_map", {"a": 0, "b": 1}, {"a": 0.0, "b": 1.0}),
        ("plain", {"a": [1]}, {"a": [1]}),
        ("plain", None, {}),
    ],
)
def test_what_is_right_is_given(reader: str, value: object, read: object) -> None:
    assert READERS[reader](Fields({"x": value}, "f")) == read


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("text", None),
        ("text", 1),
        ("text", "\ud800"),
        ("optional_text", 1),
        ("one_of", "c"),
        ("one_of", ["a"]),
        ("integer", 0),
        ("integer", 10),
        ("integer", 1.0),
        ("integer", True),
        ("integer", "1"),
        ("number", math.nan),
        ("number", math.inf),
        ("number", 1.001),
        ("number", -1),
        ("number", True),
        ("number", 10**400),
        ("number", "0.5"),
        ("texts", "ab"),
        ("texts", ["a", 1]),
        ("texts", ["\udfff"]),
        ("numbers", [1]),
        ("numbers", [1, 2, 3]),
        ("numbers", [1, math.nan]),
        ("numbers", [1, -math.inf]),
        ("numbers", {"0": 1, "1": 2}),
        ("number_map", {"a": 2}),
        ("number_map", [1]),
        ("number_map", None),
        ("fields", None),
        ("fields", [1]),
        ("plain", [1]),
    ],
)
def test_what_is_wrong_is_refused_by_name(reader: str, value: object) -> None:
    with pytest.raises(BundleError) as caught:
        READERS[reader](Fields({"x": value}, "some.json", BundleError))
    line = str(caught.value)
    assert line.startswith("some.json: wrong ") and "x" in line and "expected " in line and "found " in line
    assert "\n" not in line and len(line) < 250


def test_inner_fields_are_named_with_their_place() -> None:
    inner = Fields({"a": {"b": {"c": 1}}}, "f").fields("a").fields("b")
    with pytest.raises(FormatError, match=r"^f: wrong field 'a\.b\.c' \(expected a text, found 1\)\.$"):
        inner.text("c")
    with pytest.raises(FormatError, match=r"'a\.b'.*an object"):
        Fields({"a": {"b": 1}}, "f").fields("a").fields("b")


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=50, deadline=None)
@given(value=anything)
def test_nothing_but_an_error_of_ours_comes_of_anything(reader: str, value: object) -> None:
    try:
        READERS[reader](Fields({"x": value}, "f"))
    except FormatError as error:
        assert len(str(error).splitlines()) == 1


# --- files ------------------------------------------------------------------------------------------------


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"x": "ä"}', encoding="utf-8")
    assert Fields.of_file(path).text("x") == "ä"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b'"x"',
        b"\xff\xfe{}",
        b"\x00" * 100,
        b'{"x": NaN}',
        b'{"x": [Infinity]}',
        b'{"x": -Infinity}',
        b'{"x": 1e999}',
        b"[" * 100_000,
        b'{"x": ' + b"9" * 10_000 + b"}",
        b'{"x": 1} trailing',
        b'{"x": 1, "x": 2}',
    ],
)
def test_a_file_that_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(BundleError) as caught:
        Fields.of_file(path, BundleError)
    line = str(caught.value)
    assert line.startswith(f"{path}: ") and len(line.splitlines()) == 1 and len(line) < 400


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(FormatError, match="cannot be read"):
            Fields.of_file(path)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_a_file_of_anything(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_bytes(content)
        try:
            assert isinstance(Fields.of_file(path).values, dict)
        except FormatError as error:
            assert len(str(error).splitlines()) == 1


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=5), anything, max_size=4))
def test_an_object_of_anything_is_read_where_it_is_json(values: dict[str, Any]) -> None:
    try:
        text, plain = json.dumps(values), True
        json.dumps(values, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:  # not a number, or half a character
        plain = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(text, encoding="utf-8")
        if plain:
            assert Fields.of_file(path).values == values
        else:
            with pytest.raises(FormatError, match="not JSON"):
                Fields.of_file(path)
