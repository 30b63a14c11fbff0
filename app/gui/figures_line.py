"""The heads-up line: frames a second, times by stage, what a frame takes to the screen, and drops."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
from PySide6.QtWidgets import QLabel

from recognizers.types import Snapshot

SHOWN = 120
"""Over how many painted frames the time to the screen is summed up."""
EVERY = 10
"""The line is written anew for one frame of so many."""
LEAST_MS = 0.05
"""A stage that takes less is left out."""
STAGES = {"hands": "hands", "face": "face", "mesh": "mesh", "recognize": "recognize"}


class FiguresLine(QLabel):
    """One line of figures; hidden unless the user asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("muted")
        self.setAccessibleName("Figures")
        self._shown: deque[float] = deque(maxlen=SHOWN)
        self._count = 0

    def painted(self, milliseconds: float) -> None:
        """Count a frame that has reached the screen so many milliseconds after it was grabbed."""
        self._shown.append(milliseconds)

    @property
    def shown_ms(self) -> tuple[float, float] | None:
        """The median and the 95th percentile of the time from grab to screen; None before the first live frame."""
        if not self._shown:
            return None
        values = np.percentile(list(self._shown), (50, 95))
        return float(values[0]), float(values[1])

    def reset(self) -> None:
        """Begin anew, as with another source."""
        self._shown.clear()
        self._count = 0

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Write the line anew, now and then, while it can be seen."""
        self._count += 1
        if self.isVisible() and self._count % EVERY == 1:
            self.setText("   ".join(self._parts(snapshot)))

    def _parts(self, snapshot: Snapshot) -> list[str]:
        stats = snapshot.stats
        parts = [f"{stats.frames_per_second:.0f} frames/s", _stages(stats.stage_ms)]
        shown = self.shown_ms
        if shown is not None:
            parts.append(f"on screen after {shown[0]:.0f} ms (95%: {shown[1]:.0f})")
        parts.append(f"{stats.dropped} dropped")
        if snapshot.frame is not None:
            parts.append("{} x {}".format(*snapshot.frame.size))
        return [part for part in parts if part]


def _stages(stage_ms: Mapping[str, float]) -> str:
    known = [f"{word} {stage_ms[name]:.1f}" for name, word in STAGES.items() if stage_ms.get(name, 0.0) >= LEAST_MS]
    return " · ".join(known) + " ms" if known else ""
