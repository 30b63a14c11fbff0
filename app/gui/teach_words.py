"""Teaching in words: what a recording does, what a clip is worth, what a training will learn from. No Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.captions import shown_label
from app.recording_plan import BACKGROUND, Phase, RecorderStatus
from app.samples import Listing
from recognizers.modes import EMOTION
from recognizers.quality import BACKGROUND_LABELS, Verdict

LEAST_CLIPS = 3
"""One to learn from, one to choose when to stop, one to measure on."""
FEW_CLIPS = 5
"""With fewer clips of a label nothing can be held apart to measure it honestly."""
_SHOWN = 4
KINDS = {"gesture": "Gesture: a hand shape", "sign": "Sign: a movement", "emotion": "Expression of the face"}
"""By mode, what is shown to the camera."""
FLAGS = {
    "lost": "disk too slow",
    "nothing": "nothing seen",
    "short": "too short",
    "unseen": "often away",
    "gap": "lost midway",
    "cut": "over the edge",
    "small": "too far away",
    "still": "hardly moved",
    "moving": "moved much",
    "dark": "dark",
    "slow": "few pictures",
    "blurred": "blurred",
    "dropped": "pictures skipped",
}
"""By the code of what is wrong with a clip, a few words for a list."""

POINTS_ONLY = "Only the points of hands and face are kept, no pictures."
WITH_PICTURES = (
    "Small pictures of you are stored in your folder, too, until you delete the clips. They are not sent to anybody."
)
FACES_NEEDED = "Expressions are learned from pictures of the face: without them these clips cannot be trained."


def clips(count: int) -> str:
    """Return a number of clips."""
    return "1 clip" if count == 1 else f"{count:,} clips"


def label_of(label: str) -> str:
    """Return a label for people; background labels say what they are."""
    return f"{shown_label(label)} (no sign)" if label in BACKGROUND_LABELS else shown_label(label)


def headline(status: RecorderStatus) -> str:
    """Return what is to be read from afar while something is recorded; empty where nothing is."""
    if status.phase is Phase.COUNTDOWN:
        return str(max(1, math.ceil(status.seconds_left)))
    return {
        Phase.READY: "Hold G and show it",
        Phase.PAUSE: "Rest",
        Phase.RECORDING: "",
        Phase.WAITING: "Waiting for a picture",
    }.get(status.phase, "")


def subline(status: RecorderStatus) -> str:
    """Return which clip of what is recorded or comes next."""
    if not status.phase.active:
        return ""
    of = f" of {status.of}" if status.of else ""
    return f"{shown_label(status.label)}: clip {status.number}{of}"


def verdict_words(verdict: Verdict) -> str:
    """Return what a clip is worth, with what to do about it, and nothing twice."""
    told = []
    for flag in verdict.flags:
        others = [other.remedy.lower() for other in verdict.flags if other is not flag]
        known = any(flag.remedy.lower() in other for other in others)
        told.append(f"{flag.text}." if known else str(flag))
    return " ".join(told) or "Good"


def progress_words(status: RecorderStatus) -> str:
    """Return how far a recording is, or how it ended."""
    flagged = f", {status.flagged} flagged" if status.flagged else ""
    done = f"{clips(status.written)} recorded{flagged}"
    if status.phase is Phase.IDLE:
        return ""
    if status.phase is Phase.FAILED:
        problem = "" if status.error is None else str(status.error)
        return f"{done}. It ended: {problem}"
    if status.phase is Phase.DONE and status.of is not None and status.written < status.of:
        return f"{done} of {status.of}: the video gave no more"
    if status.phase is Phase.DONE:
        return f"Done: {done}"
    if status.phase is Phase.STOPPED:
        return f"Stopped: {done}"
    of = f" of {status.of}" if status.of else ""
    return f"Clip {status.number}{of}{flagged}"


def last_words(status: RecorderStatus) -> str:
    """Return the verdict of the newest clip, or what else happened just now."""
    note = f"{status.note}." if status.note else ""
    if status.last is None:
        return note
    last = f"Clip {status.last.number}: {verdict_words(status.last.verdict)}"
    return f"{note} {last}".strip()


def summary(listing: Listing) -> str:
    """Return what there is of a mode's samples in one line."""
    labels = listing.labels
    if not labels:
        return "Nothing recorded yet"
    flagged = sum(each.flagged + each.unreadable for each in labels)
    names = "1 label" if len(labels) == 1 else f"{len(labels)} labels"
    more = ", being read" if listing.pending else f", {flagged} flagged" if flagged else ""
    return f"{clips(len(listing.samples))} of {names}{more}"


def learned_from(listing: Listing) -> str:
    """Return what a training will learn from, label by label."""
    parts = [f"{label_of(each.label)} {each.clips}" for each in listing.labels if each.clips]
    if not parts:
        return "There is nothing to learn from yet. Record two things first."
    total = clips(sum(each.clips for each in listing.labels))
    if len(parts) > 12:
        parts = [*parts[:12], f"and {len(parts) - 12} more labels"]
    return f"Learns from {total}: {', '.join(parts)}."


def can_train(listing: Listing) -> bool:
    """Tell whether there is enough to try: two labels, of which one may be the background."""
    counts = [each.clips for each in listing.labels if each.clips]
    return len(counts) >= 2 and min(counts) >= LEAST_CLIPS


def needed(listing: Listing) -> str:
    """Return what is missing before anything can be trained."""
    labels = [each for each in listing.labels if each.clips]
    return "Needs two labels with clips" if len(labels) < 2 else f"Needs {LEAST_CLIPS} clips of each label"


def training_warnings(listing: Listing, mode: str) -> list[str]:
    """Return what will make the model worse than it could be, and what to do, as sentences."""
    labels = [each for each in listing.labels if each.clips]
    if not labels or listing.pending:
        return []
    told = []
    shown = [each for each in labels if each.label not in BACKGROUND_LABELS]
    if len(labels) < 2:
        told.append("One label alone teaches nothing. Record a second one.")
    few = [f"{shown_label(each.label)} {each.clips}" for each in labels if each.clips < FEW_CLIPS]
    if few:
        least = "" if can_train(listing) or len(labels) < 2 else f" {LEAST_CLIPS} are the least;"
        told.append(f"Few clips of {_some(few)}:{least} ten of each are a good start.")
    if mode != EMOTION.name and len(shown) == len(labels):
        told.append(f"No clips of what is no sign ({BACKGROUND[mode]}). It may answer when you do nothing.")
    bare = sum(not sample.pixels and not sample.problem for sample in listing.samples)
    if mode == EMOTION.name and bare:
        told.append(f"{clips(bare)} without pictures: nothing can be learned from them. Record with pictures kept.")
    sessions = {sample.session for sample in listing.samples if not sample.problem}
    if len(sessions) == 1:
        told.append("All clips are from one sitting: the figures will flatter. Record more another day.")
    flagged = sum(each.flagged + each.unreadable for each in labels)
    if flagged:
        told.append(f"{clips(flagged)} flagged: look at them under Review.")
    return told


def marked_by(model: str, count: int) -> str:
    """Return whose mistakes are marked."""
    return f"{model} took {clips(count)} for something else when it was measured on them"


def split_words(figures: Mapping[str, Any]) -> str:
    """Return all that is to be known of how the figures came about."""
    return str(figures.get("split", ""))


def _some(words: Sequence[str]) -> str:
    rest = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def result_words(figures: Mapping[str, Any]) -> str:
    """Return the figures of a finished training, with how they were held apart in a sentence."""
    count, accuracy = int(figures.get("n", 0)), float(figures.get("accuracy", 0.0))
    right = round(accuracy * count)
    split = split_words(figures).split(". ")[0].rstrip(".")
    told = f"Right in {right} of {count} examples that it was not trained on ({accuracy:.0%})."
    return f"{told} Held apart: {split}." if split else told
