"""The settings: frozen values from one TOML file.

The file belongs to the user: what is wrong in it is told, and it is never overwritten.
docs/settings.md describes every setting for the people who write them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from recognizers import home
from recognizers.errors import FormatError
from recognizers.modes import ALL, MODE_NAMES, MODES

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose.

    Attributes:
        mode: the mode that the app starts with: sign, gesture, emotion or all. Default gesture.
        camera: the webcam's number, 0 to 99, a stream address, or None for the first one found. Default None.
        usage_reports: whether MediaPipe may report its usage to Google. Default False.
        thresholds: by mode, the least probability, 0 to 1, that counts; in place of the bundle's own.
            Default none.
        bundles: by mode, the active bundle's name or path, in place of the one that ships. Default none.
    """

    mode: str = "gesture"
    camera: int | str | None = None
    usage_reports: bool = False
    thresholds: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    bundles: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def bundle_of(self, mode: str) -> str | None:
        """Return the name or path of a mode's active bundle, or None where it has none."""
        shipped = {each.name: each.bundle for each in MODES}[mode]
        return self.bundles.get(mode, shipped)


KEYS = ("mode", "camera", "usage_reports", "thresholds", "bundles")


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file; without one, everything has its default.

    Args:
        path: the file; None for the user's.

    Raises:
        FormatError: it cannot be read, is not TOML, or holds an unknown key or a wrong value.
    """
    path = path or home.settings_file()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except UnicodeDecodeError as error:
        raise _refused("not text", path, "TOML in UTF-8", f"byte {error.start}") from None
    except OSError as error:
        raise FormatError("the settings cannot be read", where=path, found=error.strerror or error) from None
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error)[:1].lower() + str(error)[1:]
        raise _refused(f"the settings are not TOML: {reason}", path, 'lines such as mode = "gesture"') from None
    return _Reader(path, text).settings(values)


def _refused(problem: str, where: object, expected: str, found: object = None) -> FormatError:
    remedy = "Correct the file, or move it away to start from the defaults"
    return FormatError(problem, where=where, expected=expected, found=found, remedy=remedy)


class _Reader:
    """Checks the values of one settings file; every refusal names the line."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def settings(self, values: Mapping[str, Any]) -> Settings:
        for key in values:
            if key not in KEYS:
                raise self._unknown(key, KEYS)
        return Settings(
            mode=self._one_of("mode", values.get("mode", "gesture"), (*MODE_NAMES, ALL)),
            camera=self._camera(values.get("camera")),
            usage_reports=self._flag("usage_reports", values.get("usage_reports", False)),
            thresholds=self._thresholds(values.get("thresholds", {})),
            bundles=self._bundles(values.get("bundles", {})),
        )

    def _where(self, key: str) -> str:
        name = re.escape(key.rpartition(".")[2])
        pattern = re.compile(rf"^\s*(\[\s*)?[\"']?{name}[\"']?\s*[]=.]")
        table = key.rpartition(".")[0]
        start = next((n for n, line in enumerate(self._lines) if table and line.strip() == f"[{table}]"), 0)
        for number, line in enumerate(self._lines[start:], start + 1):
            if pattern.match(line):
                return f"{self._path}, line {number}"
        return str(self._path)

    def _unknown(self, key: str, known: tuple[str, ...]) -> FormatError:
        table, _, name = key.rpartition(".")
        near = difflib.get_close_matches(name, known, 1, 0.5)
        expected = f"{near[0]}, perhaps" if near else "one of " + ", ".join(known)
        place = f" in [{table}]" if table else ""
        return _refused(f"there is no setting '{name}'{place}", self._where(key), expected)

    def _wrong(self, key: str, expected: str, found: object) -> FormatError:
        return _refused(f"setting '{key}' is wrong", self._where(key), expected, _shown(found))

    def _one_of(self, key: str, value: object, allowed: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise self._wrong(key, "one of " + ", ".join(f'"{word}"' for word in allowed), value)
        return value

    def _flag(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def _camera(self, value: object) -> int | str | None:
        number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 99
        if value is None or number or (isinstance(value, str) and "://" in value):
            return value  # type: ignore[return-value]
        raise self._wrong("camera", "a number from 0 to 99, or an address such as rtsp://...", value)

    def _table(self, key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(key, f"a table with a line for each mode under [{key}]", value)
        for mode in value:
            if mode not in MODE_NAMES:
                raise self._unknown(f"{key}.{mode}", MODE_NAMES)
        return value

    def _thresholds(self, value: object) -> Mapping[str, float]:
        table = self._table("thresholds", value)
        for mode, threshold in table.items():
            number = isinstance(threshold, (int, float)) and not isinstance(threshold, bool)
            if not number or not 0 <= threshold <= 1:
                raise self._wrong(f"thresholds.{mode}", "a number from 0 to 1", threshold)
        return MappingProxyType({mode: float(threshold) for mode, threshold in table.items()})

    def _bundles(self, value: object) -> Mapping[str, str]:
        table = self._table("bundles", value)
        for mode, name in table.items():
            if not isinstance(name, str) or not name:
                raise self._wrong(f"bundles.{mode}", "a model's name or path in quotes", name)
        return MappingProxyType(dict(table))


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
