"""What the strip shows, and when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.gui.background import Background
from app.gui.notice_strip import NoticeStrip
from app.gui.notices import Notices
from app.gui.source_button import SourceButton

pytestmark = pytest.mark.gui


@pytest.fixture
def strip(qtbot: QtBot) -> NoticeStrip:
    strip = NoticeStrip()
    qtbot.addWidget(strip)
    return strip


@pytest.fixture
def notices(qtbot: QtBot, strip: NoticeStrip) -> Iterator[Notices]:
    background = Background()
    button = SourceButton(background)
    qtbot.addWidget(button)
    yield Notices(strip, button, lambda: None)
    background.close()


@pytest.mark.parametrize("first", [True, False])
def test_a_problem_beside_the_first_run_page_is_read_after_it(
    notices: Notices, strip: NoticeStrip, first: bool
) -> None:
    if first:
        notices.problem("the voice is missing", "Install it")
    notices.welcome("Nothing is sent.", "Good", lambda: None)
    if not first:
        notices.problem("the voice is missing", "Install it")
    assert strip.text == "Nothing is sent."
    notices.answered()
    assert strip.text == ""
    notices.catch_up()
    assert strip.text == "the voice is missing. Install it."


def test_a_notice_that_was_dismissed_does_not_come_back(notices: Notices, strip: NoticeStrip) -> None:
    notices.problem("the voice is missing", "")
    strip.hide()
    notices.welcome("Nothing is sent.", "Good", lambda: None)
    notices.answered()
    notices.catch_up()
    assert strip.text == ""
