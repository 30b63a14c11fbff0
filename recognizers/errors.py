"""The error tree: everything that a user, a file, a camera or a network can cause.

Every error is one line that says where, what was expected, what came, and what to do. The command line prints
that line and exits with `exit_code`; the window shows it. Anything that is not a `MudraError` is a defect.
"""

from __future__ import annotations


class MudraError(Exception):
    """A problem that the user can act on.

    Args:
        problem: what is wrong, a clause without a full stop.
        where: the file, address or setting that it is about; put in front of the sentence.
        expected: what would have been right.
        found: what came instead.
        remedy: what to do about it, a sentence without a full stop.
    """

    exit_code = 1

    def __init__(
        self,
        problem: str,
        *,
        where: object = None,
        expected: object = None,
        found: object = None,
        remedy: str | None = None,
    ) -> None:
        self.problem = problem
        self.where = None if where is None else str(where)
        self.expected = None if expected is None else str(expected)
        self.found = None if found is None else str(found)
        self.remedy = remedy
        super().__init__(self._line())

    @property
    def sentence(self) -> str:
        """What is wrong, without the remedy and without a full stop: for screens that show the remedy apart."""
        return " ".join(self._facts().split())

    def _facts(self) -> str:
        line = self.problem if self.where is None else f"{self.where}: {self.problem}"
        details = []
        if self.expected is not None:
            details.append(f"expected {self.expected}")
        if self.found is not None:
            details.append(f"found {self.found}")
        if details:
            line += f" ({', '.join(details)})"
        return line

    def _line(self) -> str:
        line = self._facts()
        if self.remedy is not None:
            line += f". {self.remedy}"
        return " ".join(line.split()) + "."

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel from worker processes, and keyword arguments are lost by the default pickling.
        state = (self.problem, self.where, self.expected, self.found, self.remedy)
        return (_rebuild, (type(self), state))


def _rebuild(kind: type[MudraError], state: tuple[str, str | None, str | None, str | None, str | None]) -> MudraError:
    problem, where, expected, found, remedy = state
    return kind(problem, where=where, expected=expected, found=found, remedy=remedy)


class UsageError(MudraError):
    """A wrong argument: the exit code of wrong usage."""

    exit_code = 2


class SourceError(MudraError):
    """A video, photo, folder, camera or stream that cannot be opened or read."""


class FormatError(MudraError):
    """A file of ours (clip, dataset, bundle, settings, script) whose content is wrong."""


class TooNewError(FormatError):
    """A file of a newer version than this program reads."""


class LandmarkerFileError(MudraError):
    """A landmark model file that is missing, damaged or cannot be fetched."""


class BundleError(FormatError):
    """A trained model that is damaged, tampered with, or does not fit this program."""


class TrainingError(MudraError):
    """Data from which no honest model can be trained, or a training that failed."""


class CalibrationError(MudraError):
    """A resting face that could not be taken: not seen well enough, or too far from neutral."""


class OutputError(MudraError):
    """A file or folder that cannot be written."""
