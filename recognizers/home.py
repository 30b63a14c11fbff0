"""Where Mudra keeps what belongs to the user and to this machine.

`MUDRA_HOME` moves everything; `MUDRA_LANDMARKERS` moves only the landmark models, which are large, the same for
everybody and safe to share between homes.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder of all user data; it need not exist yet."""
    moved = os.environ.get("MUDRA_HOME")
    if moved:
        return Path(moved).expanduser().absolute()
    return Path(platformdirs.user_data_dir("mudra", appauthor=False))


def landmarkers_folder() -> Path:
    """Return the folder of the landmark model files; it need not exist yet."""
    moved = os.environ.get("MUDRA_LANDMARKERS")
    if moved:
        return Path(moved).expanduser().absolute()
    return home() / "landmarkers"


def models_folder() -> Path:
    """Return the folder of the user's own trained bundles; it need not exist yet."""
    return home() / "models"


def samples_folder() -> Path:
    """Return the folder of the user's recorded clips; it need not exist yet."""
    return home() / "samples"


def datasets_folder() -> Path:
    """Return the folder of imported datasets; it need not exist yet."""
    return home() / "datasets"


def calibrations_folder() -> Path:
    """Return the folder of resting faces, one file a bundle; it need not exist yet."""
    return home() / "calibrations"


def settings_file() -> Path:
    """Return the settings file; it need not exist yet."""
    return home() / "settings.toml"


def log_file() -> Path:
    """Return the log file, where native libraries' chatter goes; its folder may not exist yet."""
    return home() / "mudra.log"
