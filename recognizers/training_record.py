"""What a bundle remembers of its training: the course of it, and what it has learned from, as fingerprints.

It lies beside the bundle as `training.json`. A fingerprint tells whether an example is the same; it does not tell what
the example shows. Without the file a bundle runs as well, and nobody knows what it has seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from recognizers.errors import OutputError
from recognizers.training_news import Epoch, News, Phase, Say
from recognizers.types import FloatArray, ImageArray

RECORD_FILE = "training.json"
RECORD_VERSION = 1
MAX_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """The content of `training.json`.

    Attributes:
        history: a row an epoch: `phase` (fit or refit), and the fields of `Epoch`.
        seen: the fingerprints of the examples that it has learned from.
        signers: the fingerprints of the people who show them.
    """

    history: tuple[Mapping[str, Any], ...] = ()
    seen: frozenset[str] = frozenset()
    signers: frozenset[str] = frozenset()


@dataclass(slots=True)
class Course:
    """Passes on what a training tells, and keeps its epochs.

    Attributes:
        say: who is told.
        rows: the epochs so far, as in `TrainingRecord.history`.
    """

    say: Say
    rows: list[dict[str, Any]] = field(default_factory=list)
    _phase: str = Phase.FIT.value

    def __call__(self, news: News) -> None:
        """Take a piece of news."""
        if isinstance(news, Phase):
            self._phase = news.value
        elif isinstance(news, Epoch):
            self.rows.append({"phase": self._phase, **asdict(news)})
        self.say(news)


def fingerprint(content: FloatArray | ImageArray | str) -> str:
    """Return ten hexadecimal digits that are the same for the same points, pixels or name."""
    data = content.encode() if isinstance(content, str) else content.tobytes()
    return hashlib.sha256(data).hexdigest()[:10]


def fingerprints(contents: Iterable[FloatArray | ImageArray | str]) -> frozenset[str]:
    """Return the fingerprints of all of these."""
    return frozenset(map(fingerprint, contents))


def write_record(record: TrainingRecord, folder: Path) -> Path:
    """Write `training.json` into a bundle's folder and return its path.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / RECORD_FILE
    values = {
        "version": RECORD_VERSION,
        "history": [dict(row) for row in record.history],
        "seen": sorted(record.seen),
        "signers": sorted(record.signers),
    }
    try:
        path.write_text(json.dumps(values, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as problem:
        raise OutputError(f"the record cannot be written: {problem.strerror or problem}", where=path) from None
    return path


def read_record(folder: Path) -> TrainingRecord | None:
    """Return what a bundle remembers of its training; None where it does not, or not in a way that can be read."""
    path = folder / RECORD_FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        values = json.loads(path.read_bytes())
        if values["version"] != RECORD_VERSION:
            return None
        rows = tuple(row for row in values["history"] if isinstance(row, dict))
        return TrainingRecord(rows, frozenset(map(str, values["seen"])), frozenset(map(str, values["signers"])))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
