"""The modes as plain data. No numpy here: `mudra --help` reads this file."""

from __future__ import annotations

from typing import NamedTuple


class Mode(NamedTuple):
    """One way of watching.

    Attributes:
        name: the word on the command line, in files and in events.
        title: the word on screen.
        bundle: the name of the bundle that is active until the user chooses another, or None where none ships.
        hands: how many hands the landmarker looks for; 0 to 2.
        face: whether the six face points are wanted.
    """

    name: str
    title: str
    bundle: str | None
    hands: int
    face: bool


SIGN = Mode("sign", "Signs", "words", hands=2, face=True)
GESTURE = Mode("gesture", "Gestures", "gestures", hands=2, face=False)
EMOTION = Mode("emotion", "Emotions", "emotions", hands=0, face=True)

MODES: tuple[Mode, ...] = (SIGN, GESTURE, EMOTION)
ALL = "all"
"""The word for every mode that has an active bundle."""

MODE_NAMES: tuple[str, ...] = tuple(mode.name for mode in MODES)


def mode_named(name: str) -> Mode:
    """Return the mode with this name.

    Raises:
        KeyError: there is none.
    """
    return {mode.name: mode for mode in MODES}[name]
