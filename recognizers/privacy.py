"""Keeps MediaPipe from reporting usage, and keeps the user's own network settings apart from that.

MediaPipe 1.2 sends usage reports with libcurl. libcurl reads the proxy variables of the process, so a proxy
that nobody listens on stops the reports before they leave the machine. The variables must hold for the whole
life of the process that loads the library; whatever else needs the network (downloads, child processes) uses
`user_environment()` instead. See docs/decisions/0002-usage-reports-blocked.md.
"""

from __future__ import annotations

import json
import os
import threading

BLOCKED = {
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "",
    "no_proxy": "",
}
"""What the process is given: a proxy on the discard port of this machine, and no way around it."""

SAVED_NAME = "MUDRA_SAVED_PROXIES"
"""Holds the user's values, as JSON, for a worker process that inherits the blocked environment."""

_lock = threading.Lock()


def block_usage_reports() -> None:
    """Point HTTPS at a closed local port for the rest of this process's life; the user's values are kept.

    Call it before MediaPipe is loaded. Calling it again changes nothing but makes sure that it still holds.
    """
    with _lock:
        saved = _saved()
        if saved is None:
            saved = {name: os.environ.get(name) for name in BLOCKED}
        else:
            # A value set after the first call is the user's newest word.
            saved |= {name: os.environ.get(name) for name, value in BLOCKED.items() if os.environ.get(name) != value}
        os.environ[SAVED_NAME] = json.dumps(saved)
        os.environ.update(BLOCKED)


def usage_reports_blocked() -> bool:
    """Return whether this process's environment keeps usage reports in."""
    return all(os.environ.get(name) == value for name, value in BLOCKED.items())


def user_environment() -> dict[str, str]:
    """Return the environment as the user set it, for our own downloads and for every child process."""
    environment = dict(os.environ)
    with _lock:
        saved = _saved()
    environment.pop(SAVED_NAME, None)
    for name, value in (saved or {}).items():
        if os.environ.get(name) != BLOCKED[name]:
            continue
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    return environment


def _saved() -> dict[str, str | None] | None:
    """Return the user's values, or None where nothing has been blocked."""
    try:
        saved = json.loads(os.environ[SAVED_NAME])
    except (KeyError, ValueError):
        return None
    if not isinstance(saved, dict):
        return None
    values = {name: saved.get(name) for name in BLOCKED}
    return {name: value if isinstance(value, str) else None for name, value in values.items()}
