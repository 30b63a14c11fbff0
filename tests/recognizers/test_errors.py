"""Errors: one line that says where, what was expected, what came and what to do."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers import errors
from recognizers.errors import BundleError, FormatError, MudraError, TooNewError, UsageError

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, MudraError)]
words = st.none() | st.text(max_size=30)


def test_everything_is_said_in_one_line() -> None:
    error = BundleError("is damaged", where="a.json", expected="1", found="2", remedy="Train it again")
    assert str(error) == "a.json: is damaged (expected 1, found 2). Train it again."


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({}, "is wrong."),
        ({"where": "x"}, "x: is wrong."),
        ({"expected": 3}, "is wrong (expected 3)."),
        ({"found": ValueError("two\nlines")}, "is wrong (found two lines)."),
        ({"remedy": "Do it"}, "is wrong. Do it."),
    ],
)
def test_what_is_not_known_is_left_out(parts: dict[str, object], line: str) -> None:
    assert str(MudraError("is wrong", **parts)) == line


@given(st.text(min_size=1, max_size=30), words, words, words, words)
def test_whatever_they_are_about_they_stay_one_line(
    problem: str, where: str | None, expected: str | None, found: str | None, remedy: str | None
) -> None:
    line = str(MudraError(problem, where=where, expected=expected, found=found, remedy=remedy))
    assert len(line.splitlines()) == 1 and line.endswith(".")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_errors_travel_between_processes(kind: type[MudraError]) -> None:
    error = kind("is wrong", where="x", expected="1", found="2", remedy="Do it")
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is kind and str(other) == str(error) and vars(other) == vars(error)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_exit_codes(kind: type[MudraError]) -> None:
    assert kind.exit_code == (2 if kind is UsageError else 1)


def test_a_bundle_that_is_too_new_is_told_apart() -> None:
    assert issubclass(TooNewError, FormatError) and issubclass(BundleError, FormatError)
    assert not issubclass(TooNewError, BundleError)
