"""TensorBoard's logs, written without TensorBoard: a file of events that any version of it reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from recognizers.errors import OutputError
from recognizers.training_news import Epoch


class Board(NamedTuple):
    """A file of events: `write` an epoch's figures, and `close` it in the end."""

    write: Callable[[Epoch], None]
    close: Callable[[], None]


def board(folder: Path) -> Board:
    """Begin a file of events in a folder.

    Raises:
        OutputError: the folder cannot be written.
    """
    from tensorflow.core.framework.summary_pb2 import Summary
    from tensorflow.core.util.event_pb2 import Event
    from tensorflow.errors import OpError
    from tensorflow.python.summary.writer.event_file_writer import EventFileWriter

    try:
        folder.mkdir(parents=True, exist_ok=True)
        writer = EventFileWriter(str(folder))
    except (OSError, OpError) as problem:
        raise OutputError(f"the logs cannot be written: {problem}", where=folder) from None

    def write(epoch: Epoch) -> None:
        figures = {
            "loss/training": epoch.loss,
            "loss/validation": epoch.validation_loss,
            "accuracy/training": epoch.accuracy,
            "accuracy/validation": epoch.validation_accuracy,
            "rate": epoch.rate,
        }
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in figures.items() if value is not None]
        writer.add_event(Event(wall_time=time.time(), step=epoch.number, summary=Summary(value=values)))

    return Board(write, writer.close)
