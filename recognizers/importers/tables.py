"""Tables as text (.csv), read without trust: rows of fields with their numbers, and rows of plain numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recognizers.errors import FormatError, SourceError
from recognizers.media import check_file, unreadable

MAX_FIELD = 10_000
"""A field of more characters is none of a table of ours."""


class Row(NamedTuple):
    """One row: its number, counted from 1 as an editor counts lines, and its fields without spaces around them."""

    number: int
    fields: tuple[str, ...]

    def where(self, path: Path) -> str:
        """Say which row of which file it is."""
        return f"{path}, row {self.number}"


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a table that are not empty; UTF-8 with or without a mark at its start.

    Raises:
        SourceError: it cannot be read, or is no text.
    """
    check_file(path)
    csv.field_size_limit(MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, fields in enumerate(csv.reader(file), 1):
                if any(field.strip() for field in fields):
                    yield Row(number, tuple(field.strip() for field in fields))
    except UnicodeDecodeError as error:
        raise SourceError("is not a table in UTF-8", where=path, found=f"byte {error.start}") from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    except csv.Error as error:
        raise SourceError("is not a table", where=path, expected="fields with commas between", found=error) from None


def numbers_of(fields: Sequence[str], where: object) -> npt.NDArray[np.float64]:
    """Return fields as finite numbers.

    Raises:
        FormatError: one is none.
    """
    values = np.empty(len(fields), np.float64)
    for place, field in enumerate(fields):
        try:
            values[place] = float(field) if field.isascii() and "_" not in field else math.nan
        except ValueError:
            values[place] = math.nan
        if not math.isfinite(values[place]):
            raise FormatError("a value is not a finite number", where=where, found=f"{field[:40]!r}")
    return values


class LabelNames:
    """The names of numbered labels: one a row in a file of their own, or the numbers themselves.

    Args:
        path: the file; where it is not there, a number names itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = tuple(row.fields[0] for row in rows_of(path)) if path.exists() else None

    def name(self, field: str, where: object) -> tuple[int, str]:
        """Return a label's number and name.

        Raises:
            FormatError: it is no number, or one without a name.
        """
        if not (field.isascii() and field.isdigit() and len(field) <= 6):
            raise FormatError("wrong label", where=where, expected="a whole number", found=f"{field[:40]!r}")
        number = int(field)
        if self._names is None:
            return number, str(number)
        if number >= len(self._names):
            expected = f"0 to {len(self._names) - 1}, as {self._path.name} has names"
            raise FormatError("the label has no name", where=where, expected=expected, found=number)
        return number, self._names[number]


def table_in(path: Path, name: str) -> Path:
    """Return a table's file: the path itself, or the file of that name in the folder that it is.

    Raises:
        SourceError: it is not there.
    """
    try:
        if not path.is_dir():
            check_file(path)
            return path
        if not (path / name).is_file():
            raise SourceError("the table is not there", where=path, expected=name)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return path / name


def file_inside(folder: Path, name: str, where: object) -> Path:
    """Return the file that a table names relative to its folder.

    Raises:
        FormatError: it would stand elsewhere.
    """
    relative = PurePosixPath(name)
    elsewhere = relative.is_absolute() or ".." in relative.parts or any(letter in name for letter in "\\\0:")
    if not name or elsewhere:
        raise FormatError("wrong path", where=where, expected="a file inside the folder", found=f"{name[:60]!r}")
    return folder / relative
