"""The strip for notices."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.notice_strip import NoticeStrip
from tests.app.gui.stage import press

pytestmark = pytest.mark.gui


@pytest.fixture
def strip(qtbot: QtBot) -> NoticeStrip:
    made = NoticeStrip()
    qtbot.addWidget(made)
    return made


def test_it_is_hidden_until_there_is_something(strip: NoticeStrip) -> None:
    assert strip.isHidden() and strip.text == ""
    strip.show_notice("Look here")
    assert strip.isVisible() and strip.text == "Look here" and strip.accessibleName() == "Look here"
    strip.hide()
    assert strip.text == ""


def test_its_buttons_do_what_they_say(strip: NoticeStrip, qtbot: QtBot) -> None:
    done: list[str] = []
    strip.show_notice("Well?", [("Yes", lambda: done.append("yes")), ("No", lambda: done.append("no"))])
    press(qtbot, strip, "No")
    strip.buttons["Yes"].setFocus()
    qtbot.keyClick(strip.buttons["Yes"], Qt.Key.Key_Space)
    qtbot.keyClick(strip.buttons["Yes"], Qt.Key.Key_Return)
    assert done == ["no", "yes", "yes"]


def test_a_new_notice_takes_the_place_of_the_one_before(strip: NoticeStrip) -> None:
    strip.show_notice("One", [("A", int), ("B", int)])
    strip.show_notice("Two", [("C", int)], problem=True)
    assert strip.text == "Two" and list(strip.buttons) == ["C"] and strip.property("kind") == "problem"
    strip.show_notice("Three")
    assert strip.buttons == {} and strip.property("kind") == "offer"


def test_a_button_may_replace_its_own_notice(strip: NoticeStrip, qtbot: QtBot) -> None:
    strip.show_notice("One", [("More", lambda: strip.show_notice("Two", [("Done", strip.hide)]))])
    press(qtbot, strip, "More")
    assert strip.text == "Two"
    press(qtbot, strip, "Done")
    assert strip.isHidden()


def test_text_is_never_read_as_markup(strip: NoticeStrip) -> None:
    strip.show_notice("<b>a.mp4</b> & b")
    assert strip._label.textFormat() is Qt.TextFormat.PlainText
    strip.show_notice("x", [("A && B", int)])


def test_a_long_notice_wraps(strip: NoticeStrip, qtbot: QtBot) -> None:
    strip.show_notice("word " * 60, [("Dismiss", strip.hide)])
    strip.resize(600, 10)
    assert strip.minimumSizeHint().width() <= 600
    assert strip.heightForWidth(600) > 3 * strip.fontMetrics().height()
