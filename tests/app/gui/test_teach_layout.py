"""Whether everybody can use the teaching panel: names, the Tab key, small screens, nothing cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from app.gui.teach_panel import TeachPanel
from app.recording_plan import Phase, RecorderStatus
from tests.app.gui.stage import image_of
from tests.app.gui.test_clip_table import sample
from tests.app.gui.test_window_layout import chain, controls
from tests.app.planned import WAIT_MS

pytestmark = pytest.mark.gui

SCREEN, SMALL = (1280, 720), (1024, 600)
STEPS = (0, 1, 2)


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> TeachPanel:
    qtbot.keyClick(window.view, "t")
    assert window.teach.panel is not None
    window.resize(*SCREEN)
    qtbot.wait(50)
    return window.teach.panel


@pytest.mark.parametrize("step", STEPS)
def test_every_control_has_a_name_and_is_reached_with_tab(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot, step: int
) -> None:
    panel.open_step(panel.steps[step])
    parts = (QAbstractSpinBox, QComboBox)  # which are named, not the field within them
    found = [each for each in controls(window) if panel.isAncestorOf(each)]
    found = [each for each in found if not isinstance(each.parentWidget(), parts)]
    assert len(found) >= 5
    for widget in found:
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None and interface.text(QAccessible.Text.Name).strip(), widget
    window.activateWindow()
    window.tabs.setFocus()
    assert {each for each in found if each.isEnabled()} <= set(chain(window))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("size", [SCREEN, SMALL])
def test_it_fits(window: MainWindow, panel: TeachPanel, qtbot: QtBot, step: int, size: tuple[int, int]) -> None:
    panel.open_step(panel.steps[step])

    def resized() -> bool:
        window.resize(*size)  # a step that opens has its final height only after some rounds
        return (window.width(), window.height()) == size

    qtbot.waitUntil(resized, timeout=WAIT_MS)
    qtbot.wait(50)
    least = [(type(each).__name__, each.minimumSizeHint().height()) for each in (window, panel, *panel.steps)]
    assert (window.width(), window.height()) == size, least
    assert window.view.width() >= 320 and window.view.height() >= 240
    for button in panel.findChildren(QAbstractButton):
        if button.isVisible() and button.text():
            words = button.text().replace("&&", "&")
            assert button.width() >= QFontMetrics(button.font()).horizontalAdvance(words) + 4, words
    assert window.rect().contains(panel.rect().translated(panel.mapTo(window, QPoint(0, 0))))


def test_review_needs_no_scrolling_on_a_usual_screen(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    panel.open_step(panel.steps[1])
    qtbot.wait(50)
    shown = panel.review.visibleRegion().boundingRect()
    assert shown.height() >= panel.review.height() - 1


def test_the_overlay_says_what_to_do_and_how_it_went(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    overlay = window.teach.overlay
    pictures = []
    for status in (
        RecorderStatus(Phase.COUNTDOWN, 1, 8, 2.4, "none", hint="Scratch your nose"),
        RecorderStatus(Phase.RECORDING, 1, 8, 1.4, "none", hint="Scratch your nose"),
        RecorderStatus(Phase.READY, 1, 8, label="hook"),
        RecorderStatus(Phase.WAITING, 1, 8, label="hook"),
    ):
        overlay.show_status(status, 2.0)
        assert overlay.isVisible()
        pictures.append(image_of(overlay))
    assert all(one != other for number, one in enumerate(pictures) for other in pictures[:number])
    overlay.show_status(RecorderStatus(Phase.STOPPED), 2.0)
    assert not overlay.isVisible()


def test_a_flash_ends_every_clip(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    overlay = window.teach.overlay
    overlay.show_status(RecorderStatus(Phase.RECORDING, 1, 2, 0.1, "hook"), 2.0)
    overlay.show_status(RecorderStatus(Phase.DONE, 2, 2, label="hook", written=2), 2.0)
    assert overlay.flashing and overlay.isVisible()
    qtbot.waitUntil(lambda: not overlay.flashing and not overlay.isVisible())


def test_the_mouse_goes_through_the_overlay(window: MainWindow) -> None:
    assert window.teach.overlay.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_the_panel_is_not_made_before_it_is_wanted(window: MainWindow) -> None:
    assert window.teach.panel is None
    assert not [each for each in QApplication.allWidgets() if isinstance(each, TeachPanel) and each.window() is window]


def test_a_clip_in_the_list_is_described(panel: TeachPanel) -> None:
    panel.review.table.clips.show_samples([sample(0)])
    index = panel.review.table.clips.index(0, 0)
    assert "60 frames" in index.data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_names_of_steps_say_how_they_stand(panel: TeachPanel) -> None:
    widget: QWidget
    for step in panel.steps:
        widget = step.button
        assert widget.accessibleDescription() == step.line
