"""The bars of the most probable labels."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.gui import theme
from app.gui.scores_panel import NOTHING, ScoresPanel
from recognizers.modes import MODE_NAMES
from recognizers.types import Prediction
from tests.app.gui.stage import image_of, prediction, share_of

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(qtbot: QtBot) -> ScoresPanel:
    made = ScoresPanel()
    made.threshold_of = lambda _mode, label: None if label == "none" else 0.5
    qtbot.addWidget(made)
    made.resize(320, 200)
    made.show()
    qtbot.waitExposed(made)
    return made


def green(panel: ScoresPanel) -> float:
    """Return the share of the panel that shows a label which counts."""
    value = theme.colours(panel.palette()).good.lstrip("#")
    red, green, blue = (int(value[each : each + 2], 16) for each in (0, 2, 4))
    return share_of(image_of(panel), (red, green, blue))


def test_the_best_labels_come_first(panel: ScoresPanel) -> None:
    labels = tuple(f"label_{each}" for each in range(20))
    scores = np.arange(20, dtype=np.float32) / 190
    panel.show_predictions(("gesture",), {"gesture": Prediction("gesture", "b", labels, labels[-1], 0.1, scores, 0)})
    assert [bar.text for bar in panel._bars["gesture"]] == [f"label {each}" for each in (19, 18, 17, 16, 15)]
    assert panel.accessibleDescription() == "label 19 10%"


def test_a_label_that_counts_is_green(panel: ScoresPanel) -> None:
    panel.show_predictions(("gesture",), {"gesture": prediction(probability=0.9)})
    counts = green(panel)
    assert counts > 0.01
    panel.show_predictions(("gesture",), {"gesture": prediction(probability=0.45)})
    assert green(panel) == 0
    panel.show_predictions(("gesture",), {"gesture": prediction("none", 0.98)})
    assert green(panel) == 0, "what is never reported never counts"


def test_a_longer_bar_for_a_surer_label(panel: ScoresPanel) -> None:
    lengths = []
    for probability in (0.6, 0.8, 1.0):
        panel.show_predictions(("gesture",), {"gesture": prediction(probability=probability)})
        lengths.append(green(panel))
    assert lengths[0] < lengths[1] < lengths[2]


def test_nothing_in_view_is_said(panel: ScoresPanel) -> None:
    panel.show_predictions(("gesture",), {"gesture": prediction()})
    panel.show_predictions(("gesture",), {})
    assert panel.accessibleDescription() == NOTHING and green(panel) == 0


def test_every_mode_has_room(panel: ScoresPanel) -> None:
    panel.show_predictions(("gesture",), {})
    one = panel.sizeHint().height()
    panel.show_predictions(MODE_NAMES, {mode: prediction(mode=mode) for mode in MODE_NAMES})
    assert panel.sizeHint().height() > one
    assert all(len(bars) == 3 for bars in panel._bars.values())
    assert panel.accessibleDescription().count("90%") == 3


def test_what_no_eye_sees_is_not_painted_anew(panel: ScoresPanel, qtbot: QtBot) -> None:
    painted = 0
    whole = panel.paintEvent

    def counted(event: object) -> None:
        nonlocal painted
        painted += 1
        whole(event)  # type: ignore[arg-type]

    panel.paintEvent = counted  # type: ignore[method-assign]
    panel.show_predictions(("gesture",), {"gesture": prediction(probability=0.9)})
    qtbot.waitUntil(lambda: painted == 1)
    for step in range(10):
        panel.show_predictions(("gesture",), {"gesture": prediction(probability=0.9 + step * 1e-4)})
    qtbot.wait(50)
    assert painted == 1


def test_large_letters_fit(panel: ScoresPanel) -> None:
    panel.show_predictions(("gesture",), {})
    font = panel.font()
    font.setPointSizeF(1.5 * font.pointSizeF())
    before = panel.sizeHint().height()
    panel.setFont(font)
    assert panel.sizeHint().height() > before
    metrics = panel.fontMetrics()
    assert panel.sizeHint().height() >= 5 * metrics.height()
    assert panel.percent_width() >= metrics.horizontalAdvance("100%")
