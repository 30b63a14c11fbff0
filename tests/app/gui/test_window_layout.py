"""Whether everybody can use the window: names, focus, small screens, large letters, contrast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QPushButton,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.gui import theme
from app.gui.main_window import MainWindow
from app.voice.status import VoiceState, VoiceStatus
from app.watch import Problem
from tests.app.gui.stage import image_of
from tests.app.planned import WAIT_MS

pytestmark = pytest.mark.gui

SMALL = (1024, 600)


def controls(window: MainWindow) -> list[QWidget]:
    """Return everything that can be used with the keyboard."""
    found = [each for each in window.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    return [each for each in found if each.isVisible() and each.window() is window and not _inside(each)]


def _inside(widget: QWidget) -> bool:
    """Whether it is a part of a control, such as the header of a table."""
    parent = widget.parentWidget()
    return isinstance(parent, QAbstractItemView) or (
        parent is not None and isinstance(parent.parent(), QAbstractItemView)
    )


def chain(window: MainWindow) -> Iterator[QWidget]:
    """Go once around the controls as the Tab key does."""
    first = window.focusWidget()
    assert first is not None
    yield first
    for _ in range(100):
        QApplication.sendEvent(window.focusWidget() or window, _tab())
        widget = window.focusWidget()
        if widget is None or widget is first:
            return
        yield widget
    pytest.fail("the Tab key never comes back")


def _tab() -> object:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    return QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)


def crowd(window: MainWindow, qtbot: QtBot) -> None:
    """Let everything be shown that there is."""
    window.keeper.change("show_figures", True)
    window.show_voice(VoiceStatus(VoiceState.MISSING, "aplay is missing", "Run: sudo apt-get install alsa-utils"))
    window._take_notice(Problem("a film with a long name.mp4: cannot be read", "Choose another file or camera"))
    window.controls.show_paused(True)
    qtbot.waitUntil(lambda: all(button.isVisible() for button in window.strip.buttons.values()), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(window.controls.figures.text()), timeout=WAIT_MS)


def test_every_control_has_a_name(window: MainWindow, qtbot: QtBot) -> None:
    crowd(window, qtbot)
    found = controls(window)
    assert len(found) >= 12
    for widget in found:
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None and interface.text(QAccessible.Text.Name).strip(), widget


def test_tab_goes_through_every_control_from_top_to_bottom(window: MainWindow, qtbot: QtBot) -> None:
    crowd(window, qtbot)
    window.activateWindow()
    window.tabs.setFocus()
    order = list(chain(window))
    assert set(controls(window)) <= set(order)
    rows = [widget.mapTo(window, QPoint(0, 0)).y() for widget in order if not window.side.isAncestorOf(widget)]
    assert rows == sorted(rows), [(type(each).__name__, each.accessibleName()) for each in order]


def test_the_focus_is_seen_on_every_control(window: MainWindow, qtbot: QtBot) -> None:
    window.keeper.change("theme", "dark")
    qtbot.keyClick(window.view, "p")
    window.activateWindow()
    for widget in controls(window):
        if widget is window.view:
            continue  # its picture moves; it has a test of its own
        window.view.setFocus()
        qtbot.waitUntil(window.view.hasFocus, timeout=WAIT_MS)
        before = image_of(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(widget.hasFocus, timeout=WAIT_MS)
        assert image_of(widget) != before, widget


@pytest.mark.parametrize("larger", [1.0, 1.5])
def test_it_fits_a_small_screen(window: MainWindow, qtbot: QtBot, larger: float) -> None:
    enlarge(larger)
    crowd(window, qtbot)
    window.resize(*SMALL)
    qtbot.waitUntil(lambda: window.width() >= SMALL[0], timeout=WAIT_MS)
    least = window.minimumSizeHint()
    assert (least.width(), least.height()) <= SMALL and least.height() <= SMALL[1]
    assert (window.width(), window.height()) == SMALL
    assert window.view.width() >= 320 and window.view.height() >= 240


@pytest.mark.parametrize("larger", [1.0, 1.5])
def test_no_text_is_cut(window: MainWindow, qtbot: QtBot, larger: float) -> None:
    enlarge(larger)
    crowd(window, qtbot)
    window.resize(*SMALL)
    qtbot.wait(50)
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.text():
            wanted = QFontMetrics(button.font()).horizontalAdvance(button.text().replace("&&", "&"))
            assert button.width() >= wanted + 4, button.text()
            assert button.height() >= QFontMetrics(button.font()).height(), button.text()
            assert inside(window, button), button.text()
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text():
            assert label.height() >= label.heightForWidth(label.width()) if label.wordWrap() else True, label.text()
            assert inside(window, label), label.text()
    tabs: QTabBar = window.tabs
    for number in range(tabs.count()):
        assert tabs.tabRect(number).width() >= tabs.fontMetrics().horizontalAdvance(tabs.tabText(number)) + 4
        assert tabs.rect().contains(tabs.tabRect(number))


@pytest.mark.parametrize("larger", [1.0, 1.5])
def test_nothing_overlaps(window: MainWindow, qtbot: QtBot, larger: float) -> None:
    enlarge(larger)
    crowd(window, qtbot)
    window.resize(*SMALL)
    qtbot.wait(50)
    boxes = [(each, each.rect().translated(each.mapTo(window, QPoint(0, 0)))) for each in controls(window)]
    for number, (one, box) in enumerate(boxes):
        for other, another in boxes[number + 1 :]:
            assert not box.intersects(another), (one, other)


@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT])
def test_colours_keep_their_contrast(scheme: theme.Colours) -> None:
    for text in (scheme.text, scheme.muted):
        for ground in (scheme.window, scheme.panel, scheme.field):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(scheme.on_accent, scheme.accent) >= 4.5
    for mark in (scheme.accent, scheme.good, scheme.warning, scheme.bad):
        assert contrast(mark, scheme.panel) >= 3, mark


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours after WCAG 2, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = QColor(colour).getRgbF()[:3]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def enlarge(factor: float) -> None:
    font = QApplication.font()
    font.setPointSizeF(factor * font.pointSizeF())
    QApplication.setFont(font)


def inside(window: MainWindow, widget: QWidget) -> bool:
    return window.rect().contains(widget.rect().translated(widget.mapTo(window, QPoint(0, 0))))


def test_buttons_name_their_keys(window: MainWindow) -> None:
    words = [button.text() for button in window.controls.findChildren(QPushButton)]
    assert all("(" in each for each in words if each != "Settings"), words
