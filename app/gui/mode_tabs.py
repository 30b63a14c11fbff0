"""The tabs of the modes; the keys 1 to 4 choose them, too."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabBar, QWidget

from recognizers.modes import ALL, MODES

TABS = (*((mode.name, mode.title) for mode in MODES), (ALL, "All"))
"""The words on the command line, and the words on screen."""


class ModeTabs(QTabBar):
    """Chooses a mode."""

    chosen = Signal(str)
    """The user wants this mode."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAccessibleName("Mode")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        for number, (name, title) in enumerate(TABS):
            self.addTab(f"{number + 1}  {title}")
            self.setTabToolTip(number, f"Key {number + 1}")
            self.setAccessibleTabName(number, f"{title}, key {number + 1}")
            shortcut = QShortcut(QKeySequence(str(number + 1)), window)
            shortcut.activated.connect(lambda name=name: self._choose(name))
        self.currentChanged.connect(lambda number: self.chosen.emit(TABS[number][0]))

    def show_mode(self, name: str) -> None:
        """Show which mode is active, without choosing it."""
        self.blockSignals(True)
        self.setCurrentIndex([each for each, _ in TABS].index(name))
        self.blockSignals(False)

    def _choose(self, name: str) -> None:
        number = [each for each, _ in TABS].index(name)
        if number == self.currentIndex():
            self.chosen.emit(name)  # perhaps what is shown could not be loaded before
        self.setCurrentIndex(number)
