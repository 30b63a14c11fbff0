"""What is to be recorded, and how a recording is doing: values for the recorder, the command line and the window."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from pathlib import Path

from recognizers.errors import MudraError, UsageError
from recognizers.label_folders import escape_label
from recognizers.modes import MODE_NAMES
from recognizers.quality import BACKGROUND_LABELS, Verdict

COUNTDOWN_S, PAUSE_S, CLIP_S, CLIPS = 3.0, 1.0, 2.0, 10
"""What a recording from a camera takes where nobody says otherwise."""
LONGEST_CLIP_S = 60.0
"""A clip is a sign, a gesture or an expression; while a key is held it ends by itself after this time."""
MOST_CLIPS = 10_000
_LONGEST_NAME = 2000
BACKGROUND = {"sign": "idle", "gesture": "none", "emotion": "neutral"}
"""By mode, the label of what is nothing to report."""

GUIDE = (
    "Do nothing: sit as you are, your hands down",
    "Scratch your nose, or push back your hair",
    "Type, or use the mouse",
    "Talk to somebody, with your hands",
    "Drink something, or take a thing and put it back",
    "Raise your hands and take them down again, without a sign",
    "Rest your chin on your hand, fold your hands, cross your arms",
    "Lean to the side, stand up and sit down",
)
"""What a guided recording of the background asks for, clip after clip."""


class Phase(enum.Enum):
    """What a recording is doing."""

    IDLE = "idle"
    """Nothing was started."""
    COUNTDOWN = "countdown"
    READY = "ready"
    """Records while the key is held: it waits for the key."""
    RECORDING = "recording"
    PAUSE = "pause"
    """Between two clips."""
    WAITING = "waiting"
    """The source gives no pictures, yet or any more; when they come, the countdown begins."""
    DONE = "done"
    """All clips are recorded, or the recorded source has come to its end."""
    STOPPED = "stopped"
    FAILED = "failed"
    """A clip could not be written; the error is told, and what was recorded before stands."""

    @property
    def active(self) -> bool:
        """Whether a recording is under way."""
        return self in {Phase.COUNTDOWN, Phase.READY, Phase.RECORDING, Phase.PAUSE, Phase.WAITING}


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """What is to be recorded.

    Attributes:
        label: what the clips show; any text of at least one character.
        mode: the mode that they are for.
        clips: how many, or None for as many as the source gives, until it ends or `stop` is called.
        seconds: how long each is, by the stream's time.
        countdown_s: before the first clip, and again where the source was lost.
        pause_s: between two clips.
        signer: who shows it, or None.
        session: the sitting that the clips belong to; None for the one that goes on, or a new one (see
            `app.sittings`).
        keep_pixels: whether small pictures are kept, too: the aligned face in emotion mode, or else the picture made
            small. Only where somebody has asked for it.
        held: record while a key is held (`Recorder.hold`), instead of for so many seconds after a countdown.
        hints: what is asked for, clip after clip, again and again; empty for nothing.

    Raises:
        UsageError: a value makes no sense.
    """

    label: str
    mode: str
    clips: int | None = CLIPS
    seconds: float = CLIP_S
    countdown_s: float = COUNTDOWN_S
    pause_s: float = PAUSE_S
    signer: str | None = None
    session: str | None = None
    keep_pixels: bool = False
    held: bool = False
    hints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_label(self.label)
        if self.mode not in MODE_NAMES:
            raise UsageError("there is no such mode", where=self.mode, expected=", ".join(MODE_NAMES))
        for name, text in (("signer", self.signer), ("session", self.session)):
            if text is not None and not _is_text(text):
                raise UsageError(f"the {name}'s name is not valid text", found=ascii(text)[:60])
        if self.clips is not None and not 1 <= self.clips <= MOST_CLIPS:
            raise UsageError("wrong number of clips", expected=f"1 to {MOST_CLIPS}", found=self.clips)
        limits = (
            ("seconds", self.seconds, 0.1, LONGEST_CLIP_S),
            ("countdown", self.countdown_s, 0.0, 60.0),
            ("pause", self.pause_s, 0.0, 60.0),
        )
        for name, value, low, high in limits:
            if not math.isfinite(value) or not low <= value <= high:
                raise UsageError(f"wrong {name}", expected=f"{low:g} to {high:g} seconds", found=f"{value:g}")

    @property
    def background(self) -> bool:
        """Whether the label means that nothing is shown."""
        return self.label in BACKGROUND_LABELS

    def hint(self, number: int) -> str:
        """Return what is asked for in the clip of this number, from 1; empty for nothing."""
        return self.hints[(number - 1) % len(self.hints)] if self.hints else ""


def check_label(label: str) -> None:
    """Check that samples can be filed under a label.

    Raises:
        UsageError: it is empty, no text, or longer than folders can be deep.
    """
    if not label.strip():
        raise UsageError("the label is empty", expected="a word for what is shown")
    if not _is_text(label):
        raise UsageError("the label is not valid text", found=ascii(label)[:60])
    if len(escape_label(label).encode()) > _LONGEST_NAME:
        raise UsageError("the label is too long", expected="a few words", found=f"{len(label)} characters")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Recorded:
    """A clip that was written.

    Attributes:
        path: its file.
        verdict: what it is worth; flagged clips are kept all the same.
        number: which of the recording's clips it is, from 1.
    """

    path: Path
    verdict: Verdict
    number: int


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """How a recording is doing.

    Attributes:
        phase: what it is doing.
        number: the clip that is being recorded or comes next, from 1; in the phases of an end, the last one.
        of: how many there are to be; None without a limit.
        seconds_left: of the countdown, the clip or the pause; 0 in other phases. While a key is held, the seconds
            until it ends by itself.
        label: what is recorded.
        last: the newest clip that was written in this recording and not undone, with its verdict.
        written: how many clips of this recording were written and not undone.
        flagged: how many of them have something wrong.
        hint: what is asked for in this clip, or empty.
        note: what happened just now that must be told, such as a clip that was dropped; a sentence, or empty.
        error: why it failed, in phase FAILED.
    """

    phase: Phase = Phase.IDLE
    number: int = 0
    of: int | None = None
    seconds_left: float = 0.0
    label: str = ""
    last: Recorded | None = None
    written: int = 0
    flagged: int = 0
    hint: str = ""
    note: str = ""
    error: MudraError | None = None
