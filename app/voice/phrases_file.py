"""The file with the user's own phrases, made for them where it is not there yet."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from app.voice.phrases import FILE, user_phrases
from recognizers.errors import OutputError

HEAD = """\
# What Mudra says for a label, by mode: your own phrases. Take the # away before a line and write what you want to
# hear between the quotes; nothing between them means that the label is not said. A label that you taught Mudra gets a
# line of its own. Mudra looks at this file again whenever it has changed.
"""


def ensure_phrases(path: Path | None = None) -> Path:
    """Return the file with the user's own phrases; where there is none, make one with all that ship, commented out.

    Args:
        path: the file; None for the user's.

    Raises:
        OutputError: it cannot be made.
    """
    path = path or user_phrases()
    shipped = (resources.files("assets") / FILE).read_text(encoding="utf-8")
    tables = shipped[shipped.index("[") :]
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(f"{HEAD}\n" + re.sub(r"(?m)^(?=[^\[\s#])", "# ", tables))
    except OSError as error:
        remedy = "Make the folder writable, or free some space"
        raise OutputError("the phrases cannot be written", where=path, found=error.strerror, remedy=remedy) from None
    return path
