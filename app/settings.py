"""The settings: frozen values from one TOML file.

The file belongs to the user: what is wrong in it is told, and a wrong one is never overwritten; `settings_file`
writes what the user changes in the window. docs/settings.md describes every setting for the people who write them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
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
        previous_bundles: by mode, the one that was active before, to go back to. Default none.
        hold_seconds: how long a label must be seen before it counts, 0.3 to 2. Default 0.3: three ticks.
        caption_seconds: how long a caption stays after its label has ended, 0 to 10. Default 1.
        speak: whether labels are said aloud. Default False.
        voice: the id of the voice, or empty for the system's own. Default empty.
        speech_rate: words a minute, 80 to 400. Default 170.
        speech_volume: 0 to 1. Default 1.
        theme: system, light or dark. Default system.
        mirrored: whether the window shows people as in a mirror. Default True.
        large_captions: whether the window starts with captions to be read from afar. Default False.
        show_points: whether landmarks are drawn over the picture. Default True.
        show_figures: whether the line with frames a second and times is shown. Default False.
        face_mesh: whether the face's mesh is looked for where its model file is installed. Default True.
        signer: who shows what is recorded in the window. Default empty.
        welcomed: whether the first-run page has been read. Default False.
    """

    mode: str = "gesture"
    camera: int | str | None = None
    usage_reports: bool = False
    thresholds: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    bundles: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    previous_bundles: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    hold_seconds: float = 0.3
    caption_seconds: float = 1.0
    speak: bool = False
    voice: str = ""
    speech_rate: int = 170
    speech_volume: float = 1.0
    theme: str = "system"
    mirrored: bool = True
    large_captions: bool = False
    show_points: bool = True
    show_figures: bool = False
    face_mesh: bool = True
    signer: str = ""
    welcomed: bool = False

    def bundle_of(self, mode: str) -> str | None:
        """Return the name or path of a mode's active bundle, or None where it has none."""
        shipped = {each.name: each.bundle for each in MODES}[mode]
        return self.bundles.get(mode, shipped)


THEMES = ("system", "light", "dark")
HOLD_SECONDS = (0.3, 2.0)
CAPTION_SECONDS = (0.0, 10.0)
SPEECH_RATE = (80, 400)
SPEECH_VOLUME = (0.0, 1.0)

KEYS = tuple(each.name for each in fields(Settings))


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file; without one, everything has its default.

    Args:
        path: the file; None for the user's.

    Raises:
        FormatError: it cannot be read, is not TOML, or holds an unknown key or a wrong value.
    """
    path = path or home.settings_file()
    text = read_text(path)
    return Settings() if text is None else parse_settings(text, path)


def read_text(path: Path) -> str | None:
    """Return what a settings file holds, or None where there is none.

    Raises:
        FormatError: it cannot be read, or is not text.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise _refused("not text", path, "TOML in UTF-8", f"byte {error.start}") from None
    except OSError as error:
        raise FormatError("the settings cannot be read", where=path, found=error.strerror or error) from None


def parse_settings(text: str, path: Path) -> Settings:
    """Return the settings that a text holds.

    Args:
        text: TOML.
        path: the file that it stands in, for what is said of it.

    Raises:
        FormatError: it is not TOML, or holds an unknown key or a wrong value.
    """
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
        readers: dict[str, Callable[[str, Any], Any]] = {
            "mode": lambda key, value: self._one_of(key, value, (*MODE_NAMES, ALL)),
            "camera": self._camera,
            "thresholds": self._thresholds,
            "bundles": self._bundles,
            "previous_bundles": self._bundles,
            "hold_seconds": partial(self._number, between=HOLD_SECONDS),
            "caption_seconds": partial(self._number, between=CAPTION_SECONDS),
            "voice": self._text,
            "signer": self._text,
            "speech_rate": partial(self._whole, between=SPEECH_RATE),
            "speech_volume": partial(self._number, between=SPEECH_VOLUME),
            "theme": lambda key, value: self._one_of(key, value, THEMES),
        }
        return Settings(**{key: readers.get(key, self._flag)(key, values[key]) for key in KEYS if key in values})

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

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            raise self._wrong(key, "a text in quotes", value)
        return value

    def _number(self, key: str, value: object, *, between: tuple[float, float]) -> float:
        low, high = between
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not low <= value <= high:  # type: ignore[operator]
            raise self._wrong(key, f"a number from {low:g} to {high:g}", value)
        return float(value)  # type: ignore[arg-type]

    def _whole(self, key: str, value: object, *, between: tuple[int, int]) -> int:
        low, high = between
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(key, f"a whole number from {low} to {high}", value)
        return value

    def _camera(self, key: str, value: object) -> int | str:
        number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 99
        if number or (isinstance(value, str) and "://" in value):
            return value  # type: ignore[return-value]
        raise self._wrong(key, "a number from 0 to 99, or an address such as rtsp://...", value)

    def _table(self, key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(key, f"a table with a line for each mode under [{key}]", value)
        for mode in value:
            if mode not in MODE_NAMES:
                raise self._unknown(f"{key}.{mode}", MODE_NAMES)
        return value

    def _thresholds(self, key: str, value: object) -> Mapping[str, float]:
        table = self._table(key, value)
        limits = {mode: self._number(f"{key}.{mode}", each, between=(0, 1)) for mode, each in table.items()}
        return MappingProxyType(limits)

    def _bundles(self, key: str, value: object) -> Mapping[str, str]:
        table = self._table(key, value)
        for mode, name in table.items():
            if not isinstance(name, str) or not name:
                raise self._wrong(f"{key}.{mode}", "a model's name or path in quotes", name)
        return MappingProxyType(dict(table))


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
