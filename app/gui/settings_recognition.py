"""The settings of recognition: how sure a label must be and how long it must be seen before it counts."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from app.gui.background import Background
from app.gui.inputs import NumberSlider
from app.gui.settings_keeper import SettingsKeeper
from app.gui.settings_page import Page
from app.recognizing import own_thresholds
from app.settings import HOLD_SECONDS, Settings
from recognizers.modes import MODES
from recognizers.smoothing import DEFAULT_THRESHOLD

MEANING = (
    "A label counts once its probability reaches the threshold; the marks on the bars of the scores show where. "
    "A higher threshold makes fewer mistakes and misses more; a lower one the other way round."
)


class ThresholdField(QWidget):
    """A mode's threshold: the model's own, or a number for all of its labels.

    Args:
        title: the mode's name for people.
    """

    changed = Signal(object)
    """The user wants another: 0 to 1, or None for the model's own."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._own: tuple[float, ...] = ()
        self._chosen: float | None = None
        self.own = QCheckBox("The model's own")
        self.own.setAccessibleName(f"{title}: the model's own threshold")
        self.slider = NumberSlider(f"{title}: threshold in percent", (0.0, 1.0), 0.01, lambda value: f"{value:.0%}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.own)
        layout.addWidget(self.slider, 1)
        self.setFocusProxy(self.own)
        self.own.clicked.connect(self._switched)
        self.slider.changed.connect(self.changed.emit)

    def show_threshold(self, value: float | None) -> None:
        """Show what is in force; None for the model's own."""
        self._chosen = value
        self.own.setChecked(value is None)
        self.slider.setEnabled(value is not None)
        self.slider.show_value(self._usual() if value is None else value)
        if value is None:
            self.slider.show_text(self._own_words())

    def show_own(self, thresholds: Mapping[str, float]) -> None:
        """Take the model's own thresholds by label, once they are known."""
        self._own = tuple(sorted(thresholds.values()))
        self.show_threshold(self._chosen)

    def _usual(self) -> float:
        return self._own[len(self._own) // 2] if self._own else DEFAULT_THRESHOLD

    def _own_words(self) -> str:
        if not self._own:
            return "–"
        low, high = (round(100 * value) for value in (self._own[0], self._own[-1]))
        return f"{low}%" if low == high else f"{low}–{high}%"

    def _switched(self, own: bool) -> None:
        self.changed.emit(None if own else round(self._usual(), 2))


class RecognitionPage(Page):
    """Thresholds by mode, and the hold.

    Args:
        keeper: holds the settings.
        background: reads what thresholds the models have.
    """

    def __init__(self, keeper: SettingsKeeper, background: Background) -> None:
        super().__init__("Recognition", keeper)
        self._background = background
        self._told: dict[str, Mapping[str, float]] = {}
        self.add_text(MEANING)
        self.thresholds = {mode.name: ThresholdField(mode.title) for mode in MODES}
        for mode in MODES:
            field = self.thresholds[mode.name]
            field.changed.connect(lambda value, name=mode.name: keeper.change(f"thresholds.{name}", value))
            self.add_row(mode.title, field)
        self.hold = self.add_number(
            "hold_seconds",
            "Hold",
            HOLD_SECONDS,
            0.1,
            lambda value: f"{value:.1f} s",
            hint="How long a label must be seen before it counts. Longer makes fewer mistakes and is slower.",
        )

    def show_settings(self, settings: Settings) -> None:
        """Show the settings as they are now."""
        super().show_settings(settings)
        for name, field in self.thresholds.items():
            field.show_threshold(settings.thresholds.get(name))

    def opened(self) -> None:
        """Read the models' own thresholds."""
        self._background.run(lambda: own_thresholds(self.keeper.settings), self._show_own)

    def show_thresholds(self, thresholds: Mapping[str, Mapping[str, float]]) -> None:
        """Take the own thresholds of the models that are in use, by mode and label."""
        self._told.update(thresholds)
        self._show_own({})

    def _show_own(self, read: Mapping[str, Mapping[str, float]]) -> None:
        """What is in use counts more than what the settings name: the command line may name another model."""
        for name, own in {**read, **self._told}.items():
            self.thresholds[name].show_own(own)
