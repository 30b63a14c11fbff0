"""Reading JSON that may be wrong: each value is asked for by name and kind, and refused in one line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

from recognizers.errors import FormatError


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")


def _finite(word: str) -> float:
    number = float(word)
    if math.isinf(number):
        raise ValueError(f"{word[:20]} is too large a number")
    return number


def _different_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return values


def _is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is text that can be written: JSON also lets halves of a character through."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Fields:
    """The fields of one JSON object.

    Args:
        values: the object.
        where: the file that it came from, for errors.
        error: the kind of error to raise.
        path: the object's place within the file, such as `features.`.
    """

    def __init__(self, values: object, where: object, error: type[FormatError] = FormatError, path: str = "") -> None:
        self.where, self._error, self._path = where, error, path
        if not isinstance(values, Mapping):
            raise self.wrong("", "an object", values)
        self.values = values

    @classmethod
    def of_file(cls, path: Path, error: type[FormatError] = FormatError) -> Fields:
        """Read a JSON file (UTF-8)."""
        try:
            return cls.of_bytes(path.read_bytes(), path, error)
        except OSError as problem:
            raise error(f"cannot be read: {problem.strerror or problem}", where=path) from None

    @classmethod
    def of_bytes(cls, content: bytes, where: object, error: type[FormatError] = FormatError) -> Fields:
        """Read what a JSON file (UTF-8) holds.

        Args:
            content: its bytes.
            where, error: as for `Fields`.
        """
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise error("not UTF-8 text", where=where, expected="JSON", found=f"byte {problem.start}") from None
        try:
            values = json.loads(
                text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_different_names
            )
            json.dumps(values, ensure_ascii=False).encode()  # halves of a character are no text
        except UnicodeEncodeError:
            raise error("not JSON", where=where, found="half of a character") from None
        except (ValueError, RecursionError) as problem:
            raise error("not JSON", where=where, found=problem) from None
        return cls(values, where, error)

    def wrong(self, name: str, expected: str, found: object) -> FormatError:
        """Return the error for a field that holds something else than expected."""
        shown = "nothing" if found is None else repr(found)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        label = f"field '{self._path}{name}'" if name else f"'{self._path.rstrip('.')}'" if self._path else "content"
        return self._error(f"wrong {label}", where=self.where, expected=expected, found=shown)

    def text(self, name: str) -> str:
        """Return a text."""
        value = self.values.get(name)
        if not _is_text(value):
            raise self.wrong(name, "a text", value)
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None where it is absent or null."""
        return None if self.values.get(name) is None else self.text(name)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return a text that is one of a few."""
        value = self.values.get(name)
        if not isinstance(value, str) or value not in allowed:
            raise self.wrong(name, f"one of {', '.join(allowed)}", value)
        return value

    def integer(self, name: str, low: int = 0, high: int = 2**53) -> int:
        """Return a whole number within bounds."""
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(name, f"a whole number from {low} to {high}", value)
        return value

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a finite number within bounds."""
        return self._number(name, self.values.get(name), low, high)

    def _number(self, name: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong(name, "a number", value)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number) or not low <= number <= high:
            raise self.wrong(name, f"a finite number from {low:g} to {high:g}", value)
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.values.get(name)
        if not isinstance(value, list) or not all(_is_text(item) for item in value):
            raise self.wrong(name, "a list of texts", value)
        return tuple(value)

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """Return a list of `count` finite numbers."""
        value = self.values.get(name)
        if not isinstance(value, list) or len(value) != count:
            found = f"{len(value)} of them" if isinstance(value, list) else value
            raise self.wrong(name, f"a list of {count} numbers", found)
        return tuple(self._number(name, item, -math.inf, math.inf) for item in value)

    def number_map(self, name: str, low: float = -math.inf, high: float = math.inf) -> dict[str, float]:
        """Return an object of finite numbers within bounds."""
        inner = self.fields(name)
        return {key: inner.number(key, low, high) for key in inner.values}

    def fields(self, name: str) -> Fields:
        """Return an inner object."""
        return Fields(self.values.get(name), self.where, self._error, f"{self._path}{name}.")

    def plain(self, name: str) -> dict[str, object]:
        """Return an inner object of anything, empty where it is absent."""
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(name, "an object", value)
        return dict(value)
