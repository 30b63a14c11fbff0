"""Which sitting a recording belongs to.

Clips of one sitting resemble each other, so that an honest measurement holds whole sittings apart. A sitting spans the
recordings of several labels: with a session for each label, a test would ask for labels that were never learned.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import secrets
from pathlib import Path

from app.sample_files import SITTING
from recognizers.array_files import replacing
from recognizers.errors import MudraError

GOES_ON_S = 3600.0
"""A recording that begins later than this after the one before is a new sitting."""


def sitting(folder: Path, signer: str | None, now: datetime.datetime | None = None) -> str:
    """Return the name of the sitting that goes on, or of a new one, and remember it.

    Args:
        folder: of the mode's samples.
        signer: who is in front of the camera; another signer is another sitting.
        now: the time; that of the clock where None.
    """
    now = datetime.datetime.now(datetime.UTC) if now is None else now
    path = folder / SITTING
    name = _going_on(path, signer, now) or f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    with contextlib.suppress(MudraError), replacing(path) as file:  # it is a convenience
        file.write(json.dumps({"session": name, "signer": signer, "last": now.timestamp()}).encode())
    return name


def _going_on(path: Path, signer: str | None, now: datetime.datetime) -> str | None:
    try:
        values = json.loads(path.read_bytes())
        name, before, last = values["session"], values["signer"], float(values["last"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    goes_on = before == signer and 0 <= now.timestamp() - last <= GOES_ON_S
    return name if goes_on and isinstance(name, str) and name else None
