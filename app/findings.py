"""One line of a doctor: of this machine (`checks`) or of a camera (`cameras.doctor`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, in words, and what to do."""

    name: str
    state: State
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.state:4}  {self.name:15}  {self.text}{f' -> {self.remedy}' if self.remedy else ''}"
