"""Why a live source is not as it should be, and what to do about it, in plain words.

Plain data and words; who finds out which cause it is, is `cameras.checks` and `light`.
"""

from __future__ import annotations

import enum
import sys

from recognizers.errors import SourceError


class Cause(enum.StrEnum):
    """One word for why a source waits, is lost, or is worse than it could be."""

    OPENING = "opening"
    """It is being opened."""
    MISSING = "missing"
    """There is no such camera."""
    UNPLUGGED = "unplugged"
    """It was there and is gone."""
    BUSY = "busy"
    """Another program uses it."""
    DENIED = "denied"
    """The system does not let us use it."""
    SILENT = "silent"
    """It was asked and does not answer."""
    FROZEN = "frozen"
    """It gave pictures, and gives no new one."""
    UNREACHABLE = "unreachable"
    """The network does not lead to the stream's host."""
    REFUSED = "refused"
    """The host is there and serves no stream at this port."""
    PASSWORD = "password"
    """The stream wants a user name and a password, or refuses those given."""
    NOT_FOUND = "not found"
    """The host answers and knows no such stream."""
    FAILED = "failed"
    """It cannot be opened or read, and nothing tells why."""
    BLACK = "black"
    """It works, and the picture is black: a closed lens cover, perhaps."""
    DARK = "dark"
    """It works, and the picture is too dark to see hands and faces well."""
    DARK_SLOW = "dark and slow"
    """It works, and gives fewer pictures than promised because each is exposed for long."""


class CameraError(SourceError):
    """A camera or a stream that cannot be opened or read, with the cause as one word.

    Args:
        cause: why.
        problem: what is wrong, a clause without a full stop.
        remedy: what to do about it; the cause's own where None.
    """

    def __init__(self, cause: Cause, problem: str, remedy: str | None = None) -> None:
        super().__init__(problem, remedy=remedy_of(cause) if remedy is None else remedy)
        self.cause = cause

    def __reduce__(self) -> tuple[object, ...]:
        return (CameraError, (self.cause, self.problem, self.remedy))


def cause_of(error: SourceError) -> Cause:
    """Return why a source failed."""
    return error.cause if isinstance(error, CameraError) else Cause.FAILED


_ALLOW = {
    "linux": "Join the group that may use cameras: sudo usermod -aG video $USER; then log out and in again",
    "darwin": "Allow it under System Settings > Privacy & Security > Camera, then start Mudra again",
    "win32": "Switch on Settings > Privacy & security > Camera > Let desktop apps access your camera",
}
_REMEDIES = {
    Cause.MISSING: "Plug it in, or choose another camera; mudra doctor lists those that are there",
    Cause.UNPLUGGED: "Plug it in again; it is used as soon as it is there",
    Cause.BUSY: "Close the other program that uses it, such as a video call or a browser tab",
    Cause.SILENT: "Unplug it and plug it in again; restart the computer where that does not help",
    Cause.FROZEN: "Check its plug; where it stays like this, unplug it and plug it in again",
    Cause.UNREACHABLE: "Check the address and the network, and that the camera is switched on",
    Cause.REFUSED: "Check the port in the address, and that the camera's stream is switched on",
    Cause.PASSWORD: "Put the right name and password into the address: rtsp://name:password@host/path",
    Cause.NOT_FOUND: "Check the path in the address; the camera's manual names it",
    Cause.FAILED: "Check that it is plugged in, that you may use it, and that no other program does",
    Cause.BLACK: "Open the lens cover, or switch the camera on with its key",
    Cause.DARK: "Switch a light on, or turn towards a window",
    Cause.DARK_SLOW: "Switch a light on, or turn off low-light compensation in the camera's settings",
}


def remedy_of(cause: Cause, platform: str = sys.platform) -> str:
    """Return what to do about a cause, a sentence without a full stop; empty where there is nothing to do."""
    if cause is Cause.DENIED:
        return _ALLOW.get(platform, _ALLOW["linux"])
    return _REMEDIES.get(cause, "")
