"""The synthetic signer's script: one line of text that says what is shown, how, and what goes wrong.

The grammar is written down in docs/synthetic-signer.md.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from recognizers.errors import UsageError
from recognizers.types import LEFT, RIGHT

DEFAULT_SECONDS = 1.5
LONGEST_SECONDS = 3600.0
NOTHING = "none"
"""The item with no hand in view."""
FAULTS = ("lost", "freeze", "dark", "slow")
SETTINGS = ("fps", "size", "seed", "face")
DEMO = (
    "none:0.6,palm:1.2,wave:1.6,peace:1.2,like:1.2,fist:1.2,one:1.2,swipe:1.2,ok:1.2,both-palm:1.2,none:0.7,"
    "hello:1.6,none:0.7,thanks:1.8,none:0.7,seeyoulater:3.2,none:0.7"
)
"""What is shown where a script names no item."""

_SIDES = {"left": (LEFT,), "right": (RIGHT,), "both": (LEFT, RIGHT)}
_SECONDS = re.compile(r"(\d{1,7}(?:\.\d{0,9})?|\.\d{1,9})(ms|s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to show.

    Attributes:
        name: a pose, a motion, or "none".
        sides: the hands that show it (LEFT, RIGHT); empty for "none". A hand not named is out of view.
        seconds: how long.
    """

    name: str
    sides: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with the source.

    Attributes:
        kind: one of FAULTS.
        start: seconds from the beginning of the stream.
        seconds: how long, or None for good.
    """

    kind: str
    start: float
    seconds: float | None = None

    def covers(self, seconds: float) -> bool:
        """Whether it is going on at this time."""
        return self.start <= seconds and (self.seconds is None or seconds < self.start + self.seconds)


@dataclass(frozen=True, slots=True)
class Script:
    """A script, read and checked.

    Attributes:
        items: what is shown, in order; at least one.
        faults: what goes wrong.
        fps: frames a second.
        size: width and height in pixels.
        seed: which hand, and how it trembles; 0 is the mean hand.
        face: whether the signer has a face.
        loop: whether it starts over at its end.
    """

    items: tuple[Item, ...]
    faults: tuple[Fault, ...] = ()
    fps: float = 30.0
    size: tuple[int, int] = (640, 480)
    seed: int = 0
    face: bool = True
    loop: bool = False

    @property
    def seconds(self) -> float:
        """The length of one round."""
        return sum(item.seconds for item in self.items)


def read_script(text: str, names: Collection[str]) -> Script:
    """Read a script.

    Args:
        text: what stands after `synthetic:`; empty for the demo.
        names: the poses and motions that exist.

    Raises:
        UsageError: an entry is wrong; the message names it and what is allowed.
    """
    items: list[Item] = []
    faults: list[Fault] = []
    settings: dict[str, Any] = {}
    for entry in _entries(text):
        lowered = entry.lower()
        if lowered == "loop" or lowered.partition("=")[0] in SETTINGS:
            key, value = _setting(entry, lowered)
            if key in settings:
                raise _wrong(entry, f"{key} only once", "it a second time")
            settings[key] = value
        elif "@" in lowered:
            faults.append(_fault(entry, lowered))
        else:
            items.append(_item(entry, lowered, names))
    if not items:
        items = [_item(entry, entry, names) for entry in _entries(DEMO)]
    script = Script(tuple(items), tuple(faults), **settings)
    for fault in script.faults:
        if not script.loop and fault.start >= script.seconds:
            where = f"{fault.kind}@{fault.start:g}s"
            raise _wrong(where, f"a time within the script's {script.seconds:g} seconds", "one after its end")
    return script


def _entries(text: str) -> Iterator[str]:
    if not text.strip():
        return
    for entry in text.split(","):
        if not entry.strip():
            raise _wrong(text.strip(), "an entry on each side of every comma", "an empty one")
        yield entry.strip()


def _wrong(entry: str, expected: str, found: str | None = None) -> UsageError:
    shown = entry if len(entry) <= 60 else entry[:57] + "..."
    return UsageError(f"wrong entry {shown!r} in the synthetic signer's script", expected=expected, found=found)


def _item(entry: str, text: str, names: Collection[str]) -> Item:
    what, colon, length = text.partition(":")
    seconds = _seconds(entry, length) if colon else DEFAULT_SECONDS
    if what == NOTHING:
        return Item(what, (), seconds)
    side, dash, name = what.partition("-")
    if not dash or side not in _SIDES:
        side, name = "right", what
    if name not in names:
        near = difflib.get_close_matches(name, [*names, NOTHING], 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        allowed = f"{', '.join(sorted(names))}, none{hint}, with left-, right- or both- before it and :SECONDS"
        raise _wrong(entry, f"one of {allowed} after it; a fault such as lost@3s:1s; or a setting such as fps=60")
    return Item(name, _SIDES[side], seconds)


def _fault(entry: str, text: str) -> Fault:
    kind, _, times = text.partition("@")
    if kind not in FAULTS:
        raise _wrong(entry, f"{', '.join(FAULTS[:-1])} or {FAULTS[-1]} before the @", repr(kind))
    start, colon, length = times.partition(":")
    return Fault(kind, _seconds(entry, start, least=0.0), _seconds(entry, length) if colon else None)


def _seconds(entry: str, text: str, least: float = 0.001) -> float:
    match = _SECONDS.fullmatch(text.strip())
    seconds = -1.0 if match is None else float(match[1]) / (1000 if match[2] == "ms" else 1)
    if not least <= seconds <= LONGEST_SECONDS:
        raise _wrong(entry, f"seconds such as 2, 1.5s or 500ms, {least:g} to {LONGEST_SECONDS:g}", repr(text.strip()))
    return seconds


def _setting(entry: str, text: str) -> tuple[str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if key == "loop":
        return key, True
    if not equals:
        raise _wrong(entry, f"a value, as in {key}=...")
    if key == "face":
        if value not in ("yes", "no"):
            raise _wrong(entry, "face=yes or face=no")
        return key, value == "yes"
    if key == "size":
        return key, _size(entry, value)
    if key == "seed":
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
            raise _wrong(entry, "seed= and a whole number of at most nine digits")
        return key, int(value)
    if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", value, re.ASCII) or not 1 <= float(value) <= 240:
        raise _wrong(entry, "fps= and a number from 1 to 240")
    return key, float(value)


def _size(entry: str, value: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,4})x(\d{3,4})", value, re.ASCII)
    if match is not None:
        size = int(match[1]), int(match[2])
        if 160 <= size[0] <= 3840 and 120 <= size[1] <= 2160:
            return size
    raise _wrong(entry, "size= and width x height such as 1280x720, from 160x120 to 3840x2160")
