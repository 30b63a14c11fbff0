"""The phrase that is said for a label: those that ship, and the user's own laid over them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from recognizers import home
from recognizers.errors import FormatError, MudraError
from recognizers.modes import MODE_NAMES

FILE = "phrases.toml"
LONGEST = 200
"""Characters. A phrase is said while its label is seen; nobody waits for a speech."""

Table = Mapping[str, Mapping[str, str]]


def user_phrases() -> Path:
    """Return the file of the user's own phrases; it need not exist yet."""
    return home.home() / FILE


class Phrases:
    """Phrases by mode and label.

    The user's file is looked at again whenever a label is to be said, and read when it has changed. A wrong one is
    told and left alone; meanwhile the phrases that ship are used.

    Args:
        path: the user's file; None for the one in the user's folder.

    Attributes:
        problem: what is wrong with the user's file, or None.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.problem: MudraError | None = None
        self._path = path or user_phrases()
        self._shipped = shipped_phrases()
        self._own: Table = {}
        self._seen: tuple[int, int] | None = None

    def phrase(self, mode: str, label: str) -> str:
        """Return what is said for a label: its phrase, or else its name; empty where nothing is to be said."""
        self._look()
        for table in (self._own, self._shipped):
            if label in table.get(mode, {}):
                return table[mode][label].strip()
        return label.replace("_", " ").strip()[:LONGEST]

    def _look(self) -> None:
        try:
            status = self._path.stat()
            seen = (status.st_mtime_ns, status.st_size)
        except OSError:
            self._own, self._seen, self.problem = {}, None, None
            return
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._own, self.problem = read_phrases(self._path), None
        except MudraError as error:
            self._own, self.problem = {}, error


def shipped_phrases() -> Table:
    """Return the phrases that ship, by mode and label."""
    table: Table = tomllib.loads((resources.files("assets") / FILE).read_text(encoding="utf-8"))
    return table


def read_phrases(path: Path) -> Table:
    """Read and check a file of phrases.

    Raises:
        FormatError: it cannot be read, is not TOML, or holds something other than phrases under the modes' names.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("not text", path, "TOML in UTF-8", f"byte {error.start}") from None
    except OSError as error:
        raise FormatError("the phrases cannot be read", where=path, found=error.strerror or error) from None
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error)[:1].lower() + str(error)[1:]
        raise _refused(f"the phrases are not TOML: {reason}", path, 'lines such as like = "Super!"') from None
    return {mode: _checked(path, text, mode, table) for mode, table in values.items()}


def _checked(path: Path, text: str, mode: str, table: Any) -> Mapping[str, str]:
    if mode not in MODE_NAMES or not isinstance(table, dict):
        expected = " or ".join(f"[{name}]" for name in MODE_NAMES) + ", and phrases below it"
        raise _refused(f"'{mode}' is not a table of a mode", _line(path, text, "", mode), expected)
    for label, phrase in table.items():
        if not isinstance(phrase, str) or len(phrase) > LONGEST:
            found = f"{len(phrase)} characters" if isinstance(phrase, str) else type(phrase).__name__
            expected = f"a text in quotes, at most {LONGEST} characters"
            raise _refused(f"the phrase of '{label}' is wrong", _line(path, text, mode, label), expected, found)
    return table


def _line(path: Path, text: str, table: str, key: str) -> str:
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if table and line.strip().startswith(f"[{table}]")), 0)
    pattern = re.compile(rf"^\s*(\[\s*)?(?:{table}\.)?[\"']?{re.escape(key)}[\"']?\s*[]=.]")
    for number, line in enumerate(lines[start:], start + 1):
        if pattern.match(line):
            return f"{path}, line {number}"
    return str(path)


def _refused(problem: str, where: object, expected: str, found: object = None) -> FormatError:
    remedy = "Correct the file, or move it away; until then the phrases that ship are said"
    return FormatError(problem, where=where, expected=expected, found=found, remedy=remedy)
