"""The landmark model files, which MediaPipe does not ship: where they lie and whether they are whole.

A landmark model is known by the hashes of its members, not of the archive around them: archives from
different places hold the same networks. `landmarker_download` brings the members, `landmarker_store` puts
them in their place. See docs/landmarkers.md and docs/decisions/0003-landmarker-files.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recognizers.errors import LandmarkerFileError
from recognizers.landmarker_catalog import FILES, LandmarkerFile, file_named
from recognizers.landmarker_store import Progress, State, state

__all__ = ["FILES", "FileReport", "LandmarkerFile", "Progress", "ensure", "fetch", "file_named", "verify"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """How one landmark model file is doing.

    Attributes:
        name: the name that `ensure` takes.
        title: the words for people.
        path: where it lies, or would lie.
        state: ok, missing or damaged.
        optional: True where no mode that ships needs it.
        identity: the first 12 digits of a hash over its members' hashes.
        note: one clause on what happened, or empty.
    """

    name: str
    title: str
    path: Path
    state: State
    optional: bool
    identity: str
    note: str = ""


def ensure(name: str, progress: Progress | None = None) -> Path:
    """Return the path of a landmark model file, whole; fetch it where it is missing or damaged.

    The whole file is hashed each time (about 5-20 ms), so that a damaged one is never loaded.

    Raises:
        LandmarkerFileError: it is not there and cannot be fetched.
    """
    file = file_named(name)
    found = state(file)
    if found == "ok":
        return file.path
    if found == "damaged" and progress is not None:
        progress(f"{file.title}: {file.path} is damaged and is fetched again", 0, None)
    _download(file, progress)
    return file.path


def fetch(from_folder: Path | None = None, progress: Progress | None = None) -> list[FileReport]:
    """Get every landmark model file that is not there yet, and return how all of them are doing.

    Args:
        from_folder: take them from the files in this folder and use no network.
        progress: is told what happens.

    Raises:
        LandmarkerFileError: a file that the shipped modes need could not be had, or the folder holds none
            of use.
    """
    from recognizers import landmarker_download

    notes: dict[str, str] = {}
    if from_folder is not None:
        taken = landmarker_download.take_from_folder(Path(from_folder), progress)
        notes = {name: f"taken from {place}" for name, place in taken.items()}
    else:
        for name, file in FILES.items():
            try:
                ensure(name, progress)
            except LandmarkerFileError as error:
                if not file.optional:
                    raise
                notes[name] = error.problem
    return [_report(file, notes.get(name, "")) for name, file in FILES.items()]


def verify() -> list[FileReport]:
    """Hash every landmark model file and return how each is doing; nothing is fetched or changed."""
    return [_report(file) for file in FILES.values()]


def is_installed(name: str) -> bool:
    """Return whether a landmark model file is there and whole; nothing is fetched or changed.

    Raises:
        LandmarkerFileError: there is none of this name, or it cannot be read.
    """
    return state(file_named(name)) == "ok"


def _download(file: LandmarkerFile, progress: Progress | None) -> None:
    from recognizers import landmarker_download

    landmarker_download.download(file, progress)


def _report(file: LandmarkerFile, note: str = "") -> FileReport:
    return FileReport(file.name, file.title, file.path, state(file), file.optional, file.identity, note)
