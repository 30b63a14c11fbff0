"""What a training tells while it runs: a phase that begins, an epoch that is done, or a line of text.

Everything prints as a line for a terminal; a program takes the figures.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass


class Phase(enum.Enum):
    """A part of a training, in their order; told when it begins."""

    READ = "read"
    """Clips become examples."""
    FIT = "fit"
    """The network learns; epochs are told."""
    REFIT = "refit"
    """It learns once more, with the examples that chose when to stop."""
    SAVE = "save"
    """It is exported, measured and written."""

    def __str__(self) -> str:
        return f"now: {self.value}"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over all training examples.

    Attributes:
        number: from 1.
        of: how many there are at most; a training that has learned enough stops before.
        loss, accuracy: on the training examples.
        validation_loss, validation_accuracy: on examples that it does not learn from; None where all are learned from.
        rate: the learning rate that it began with; None where it is not known.
    """

    number: int
    of: int
    loss: float
    accuracy: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    rate: float | None = None

    @classmethod
    def of_logs(cls, index: int, of: int, logs: Mapping[str, float]) -> Epoch:
        """Return what Keras tells at the end of an epoch.

        Args:
            index: the epoch, from 0.
            of: how many there are at most.
            logs: the figures by Keras's names.
        """
        names = ("val_loss", "val_accuracy", "learning_rate")
        rest = (None if logs.get(name) is None else float(logs[name]) for name in names)
        return cls(index + 1, of, float(logs["loss"]), float(logs["accuracy"]), *rest)

    def __str__(self) -> str:
        known = "" if self.validation_accuracy is None else f", validation accuracy {self.validation_accuracy:.4f}"
        return f"epoch {self.number} of {self.of}: loss {self.loss:.4f}, accuracy {self.accuracy:.4f}{known}"


News = str | Phase | Epoch
Say = Callable[[News], None]
