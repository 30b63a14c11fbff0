"""Labels as folder names: any Unicode text to names that every file system keeps, and back.

    samples/<mode>/<label>/<time>.npz

Letters and digits that no file system folds together stand for themselves, `+x` is a capital X, `%xx` any
other byte of UTF-8. A label too long for one name takes several folders, one in the other: all but the last
end in `%`, all but the first start with `%_`. A name that a person gave by hand is taken as it stands.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

MAX_NAME_BYTES = 200
"""File systems allow 143 to 255 bytes (or UTF-16 units); most allow 255."""

_CAPITAL, _ESCAPE, _NOTHING, _MORE = "+", "%", "%_", "%"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_,()@ .")
_KEPT_CATEGORIES = frozenset(["Ll", "Lo", "Lm", "Nd", "So"])
_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))]
)
_HEX = frozenset("0123456789abcdefABCDEF")


def escape_label(label: str) -> str:
    """Return the folder name of a label; several names joined by `/` where it is too long for one.

    No two labels share a name, nor one that differs only in case or in Unicode normalisation.
    """
    if not label:
        return _NOTHING
    tokens = [_token(character) for character in label]
    for end in (0, -1):
        if tokens[end] in (" ", "."):  # hidden, or dropped by Windows
            tokens[end] = _bytes(label[end])
    if "".join(tokens).split(".", 1)[0].rstrip() in _RESERVED:
        tokens[0] = _bytes(label[0])
    names: list[str] = [""]
    for token in tokens:
        if len((names[-1] + token).encode()) > MAX_NAME_BYTES - len(_MORE):
            names[-1] += _MORE
            names.append(_NOTHING)
        names[-1] += token
    return "/".join(names)


def unescape_label(name: str) -> str:
    """Return the label of a folder name (or several, joined by `/`); what is no escape stands for itself."""
    names = name.split("/")
    joined = "".join(part.removesuffix(_MORE) for part in names[:-1]) + names[-1]
    data = bytearray()
    position = 0
    while position < len(joined):
        rest = joined[position : position + 3]
        if rest[0] == _ESCAPE and len(rest) == 3 and rest[1] in _HEX and rest[2] in _HEX:
            data.append(int(rest[1:], 16))
            position += 3
        elif rest.startswith(_NOTHING):
            position += len(_NOTHING)
        elif rest[0] == _CAPITAL and len(rest) > 1 and rest[1].upper() != rest[1]:
            data += rest[1].upper().encode("utf-8", "surrogatepass")
            position += 2
        else:
            data += rest[0].encode("utf-8", "surrogatepass")
            position += 1
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # a name given by hand that only looks escaped
        return joined


@lru_cache(maxsize=4096)
def _token(character: str) -> str:
    if _stays(character):
        return character
    small = character.lower()
    if len(small) == 1 and small != character and _stays(small) and small.upper() == character:
        return _CAPITAL + small
    return _bytes(character)


def _stays(character: str) -> bool:
    """Tell whether no file system changes a character or takes it for another one."""
    if character in _PLAIN:
        return True
    if ord(character) < 128 or unicodedata.category(character) not in _KEPT_CATEGORIES:
        return False
    if unicodedata.combining(character) or "\u1100" <= character <= "\u11ff":  # Hangul letters join
        return False
    one_case = character == character.casefold() == character.lower() == character.upper().lower()
    return one_case and all(unicodedata.normalize(form, character) == character for form in _FORMS)


def _bytes(character: str) -> str:
    return "".join(f"{_ESCAPE}{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


def label_folder(mode_folder: Path, label: str) -> Path:
    """Return the folder of a label's samples; it need not exist."""
    return mode_folder.joinpath(*escape_label(label).split("/"))


def label_of_folder(folder: Path) -> str:
    """Return the label that a folder of samples stands for."""
    return unescape_label(folder.relative_to(label_root(folder).parent).as_posix())


def label_root(folder: Path) -> Path:
    """Return the first of the folders that a label takes; mostly `folder` itself."""
    while folder.name.startswith(_NOTHING) and folder.parent.name.endswith(_MORE):
        folder = folder.parent
    return folder


def label_folders(mode_folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every label of a mode with its folder, sorted by folder name; nothing where there is none."""
    if not mode_folder.is_dir():
        return
    for folder in sorted(path for path in mode_folder.iterdir() if path.is_dir()):
        if folder.name.startswith("."):
            continue
        if folder.name.endswith(_MORE):
            yield from ((label, inner) for label, inner in label_folders(folder) if inner.name.startswith(_NOTHING))
            if not any(folder.glob("*.npz")):
                continue
        yield label_of_folder(folder), folder


def new_sample_path(mode_folder: Path, label: str, moment: datetime.datetime | None = None) -> Path:
    """Return a free path for a new sample, named after its time (UTC), so that names sort by time."""
    moment = datetime.datetime.now(datetime.UTC) if moment is None else moment.astimezone(datetime.UTC)
    folder = label_folder(mode_folder, label)
    stem = moment.strftime("%Y%m%dT%H%M%S.%fZ")
    path = folder / f"{stem}.npz"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.npz"
    return path
