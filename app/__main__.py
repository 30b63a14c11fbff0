"""The command `mudra`, also `python -m app`: parses and hands over. Imports nothing heavy, not even numpy."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import errno
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple, NoReturn

from app import console
from recognizers.errors import MudraError, OutputError, UsageError
from recognizers.version import VERSION

INTERRUPTED = 130
DEFECT = 1
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class Command(NamedTuple):
    """One subcommand: its word, the module in `app.commands` that runs it, and a line for the overview."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("run", "run", "watch a camera and say what it shows (the default)"),
    Command("recognize", "recognize", "name what photos, videos, clips or streams show"),
    Command("record", "record", "record clips of a label to learn from"),
    Command("samples", "samples", "list, check, rename and delete recorded clips"),
    Command("import", "import_", "turn foreign recordings into a dataset"),
    Command("train", "train", "train a model on samples or datasets"),
    Command("evaluate", "evaluate", "measure a model on a dataset"),
    Command("models", "models", "list, show, use, remove, give and take models"),
    Command("landmarkers", "landmarkers", "fetch and verify the landmark model files"),
    Command("bench", "bench", "measure what watching costs on this machine"),
    Command("doctor", "doctor", "check this machine and say what is missing"),
)
EXAMPLES = """examples:
  mudra                                     watch the first webcam
  mudra recognize clip.mp4                  what a video shows, and when
  mudra recognize photos/ --format csv      a table of a folder of photos
  mudra COMMAND --help                      what a command takes
"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint as an error of ours."""
        raise UsageError(message, remedy=f"See: {self.prog} --help")


def _available() -> list[Command]:
    return [command for command in COMMANDS if importlib.util.find_spec(f"app.commands.{command.module}")]


def _overview(commands: Sequence[Command]) -> Parser:
    parser = Parser(
        prog="mudra",
        description="Says which sign, hand gesture or emotion a webcam, a video or photos show.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mudra {VERSION}")
    adder = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        adder.add_parser(command.name, help=command.summary)
    return parser


def _module(command: Command) -> tuple[ModuleType, Parser]:
    module = importlib.import_module(f"app.commands.{command.module}")
    parser = Parser(
        prog=f"mudra {command.name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    return module, parser


def _parse(words: list[str]) -> tuple[ModuleType, argparse.Namespace]:
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words = ["run", *words]
    commands = _available()
    for command in commands:
        if command.name == words[0]:
            module, parser = _module(command)
            return module, parser.parse_args(words[1:])
    if not words[0].startswith("-"):
        names = [command.name for command in commands]
        near = difflib.get_close_matches(words[0], names, 1)
        raise UsageError(
            f"no command '{words[0]}'",
            expected=", ".join(names),
            remedy=f"Did you mean: mudra {near[0]}" if near else "See: mudra --help",
        )
    _overview(commands).parse_args(words)
    raise AssertionError("the overview only knows options that exit")


def _readable_output() -> None:
    """Let labels of any script through: UTF-8 into pipes, escapes on a terminal that lacks a letter."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]


def _run(words: list[str], own_process: bool) -> int:
    module, arguments = _parse(words)
    with console.termination_is_interruption(), console.native_output_to_log(restore=not own_process):
        code: int = module.run(arguments)
    return code


def _failed_output(error: OSError) -> MudraError | None:
    """Return the error for a full disk behind standard output, or None for anything else."""
    if error.filename is not None or error.errno not in FULL:
        return None
    return OutputError("the output cannot be written", found=error.strerror)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code of the process.

    Args:
        argv: the words after `mudra`; None means those of this process, which then belongs to the command
            until it exits (what native libraries print while they are torn down goes to the log, too).
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        console.open_closed_streams()
        _readable_output()
    try:
        code = _guarded(words, argv is None)
        sys.stdout.flush()
    except BrokenPipeError:
        console.quiet_stdout()
        return 0
    except OSError as error:
        console.quiet_stdout()
        return _told(_failed_output(error) or error)
    return code


def _guarded(words: list[str], own_process: bool) -> int:
    try:
        return _run(words, own_process)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except OSError as error:
        return _told(_failed_output(error) or error)
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> int:
    """Print what went wrong and return the exit code."""
    if isinstance(error, MudraError):
        console.print_error(error)
        return error.exit_code
    console.report_defect(error)
    return DEFECT


if __name__ == "__main__":
    sys.exit(main())
