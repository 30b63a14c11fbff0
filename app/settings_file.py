"""Writes what the user changes in the window into the settings file, and leaves the rest of it as it is.

Comments, order and spacing are the user's and stay (tomlkit keeps them). A file that Mudra cannot read is
never written to.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.items import Table

from app.settings import Settings, parse_settings, read_text
from recognizers import home
from recognizers.errors import OutputError

Value = str | int | float | bool | None


def change_settings(changes: Mapping[str, Value], path: Path | None = None) -> Settings:
    """Change some settings in the file and return all of them as they are now.

    Args:
        changes: by name, such as `theme` or `thresholds.gesture`; None takes a setting out, so that it has its
            default again.
        path: the file; None for the user's.

    Raises:
        FormatError: the file holds something wrong, or a new value is wrong; nothing was written.
        OutputError: it cannot be written; it is as it was.
    """
    path = path or home.settings_file()
    before = read_text(path) or ""
    if before:
        parse_settings(before, path)
    document = tomlkit.parse(before)
    for name, value in changes.items():
        _change(document, name, value)
    text = tomlkit.dumps(document)
    settings = parse_settings(text, path)
    if text != before:
        _write(path, text)
    return settings


def _change(document: tomlkit.TOMLDocument, name: str, value: Value) -> None:
    table_name, _, key = name.rpartition(".")
    place: tomlkit.TOMLDocument | Table = document
    if table_name:
        if table_name not in document:
            if value is None:
                return
            document.add(table_name, tomlkit.table())
        place = document[table_name]
    if value is not None:
        place[key] = value
        return
    if key in place:
        del place[key]
    if table_name and not place:
        del document[table_name]


def _write(path: Path, text: str) -> None:
    """Write beside the file and move it into its place, so that there is a whole file at every moment."""
    target = Path(os.path.realpath(path))  # a link stays a link
    beside = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(prefix=".settings-", suffix=".toml", dir=target.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(target)
    except OSError as error:
        if beside is not None:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
        raise OutputError(
            "the settings cannot be written",
            where=path,
            found=error.strerror or error,
            remedy="They hold until Mudra ends; make the folder writable, or free some space",
        ) from None
