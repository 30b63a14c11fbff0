"""Another bundle for a mode while the app runs: loaded, checked and warmed aside; which was there before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.settings import Settings
from recognizers.errors import UsageError

if TYPE_CHECKING:
    from recognizers.recognizer import Recognizer


class Chosen(NamedTuple):
    """A bundle that is or was a mode's.

    Attributes:
        name: its name or path; None where a mode had none.
        recognizer: it, loaded; None where it has not been.
    """

    name: str | None
    recognizer: Recognizer | None


def open_chosen(name: str | Path, mode: str | None, settings: Settings) -> Recognizer:
    """Load a bundle and let it answer once, so that its first answer to a frame is as quick as all others.

    Args:
        name: its name or path.
        mode: the mode that it must serve; None for its own.
        settings: the user's thresholds and hold.

    Raises:
        BundleError: it is missing or damaged, or does not run.
        UsageError: it serves another mode.
    """
    from app.bundle_exchange import try_out
    from recognizers.bundle import Bundle, find_bundle
    from recognizers.recognizer import Recognizer

    bundle = Bundle.load(find_bundle(str(name)))
    serves = bundle.info.mode
    if mode not in (None, serves):
        raise UsageError(
            "the model is for another mode", where=name, expected=f"a model for {mode}", found=f"one for {serves}"
        )
    try_out(bundle)
    return Recognizer(bundle, settings.thresholds.get(serves), settings.hold_seconds)


class Choices:
    """What each mode's bundle is called now, and what was there before.

    Args:
        settings: the user's, as they were at the start.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names: dict[str, str] = {}
        self._before: dict[str, Chosen] = {}

    def name_of(self, mode: str) -> str | None:
        """Return the name of a mode's bundle."""
        return self._names.get(mode, self._settings.bundle_of(mode))

    def named(self, mode: str, name: str) -> None:
        """Note what a mode's bundle is called, where the settings do not tell."""
        self._names[mode] = name

    def before(self, mode: str) -> Chosen:
        """Return what can be gone back to; its name is None where there is nothing."""
        return self._before.get(mode, Chosen(self._settings.previous_bundles.get(mode), None))

    def previous(self) -> dict[str, str]:
        """Return the names of what can be gone back to, by mode."""
        modes = (*self._before, *self._settings.previous_bundles)
        return {mode: name for mode in modes if (name := self.before(mode).name) is not None}

    def swapped(self, mode: str, name: str, replaced: Recognizer | None) -> str | None:
        """Note that a mode has another bundle; return the name of the one before.

        Args:
            mode: whose it is.
            name: its name or path.
            replaced: the recognizer before it; kept, since its bundle may be gone, or another, when it is wanted back.
        """
        before = self.name_of(mode)
        if before != name or replaced is not None:
            self._before[mode] = Chosen(before, replaced)
        self._names[mode] = name
        return before
