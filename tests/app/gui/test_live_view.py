"""The live picture, asserted on its pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.captions import Caption
from app.gui.live_view import RECORDING, LiveView
from recognizers.types import RIGHT, Landmarks, SourceState, SourceStatus
from tests.app.gui.stage import colour_at, image_of, share_of, snapshot
from tests.app.planned import BLUE, GREEN, RED, plain

pytestmark = pytest.mark.gui

PALM = Caption("gesture", "palm", 0.9, held=True)


@pytest.fixture
def view(qtbot: QtBot) -> LiveView:
    made = LiveView()
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.show()
    qtbot.waitExposed(made)
    return made


def white(image: QImage) -> float:
    return share_of(image, (255, 255, 255), 25)


def test_a_picture_fills_the_view_and_keeps_its_aspect(view: LiveView) -> None:
    view.show_snapshot(snapshot(plain(RED, (64, 48))))
    assert share_of(image_of(view), RED) > 0.96
    view.show_snapshot(snapshot(plain(RED, (64, 24))))
    assert 0.45 < share_of(image_of(view), RED) < 0.52
    assert colour_at(image_of(view), 0.5, 0.1).lightness() < 20
    view.resize(640, 240)
    view.show_snapshot(snapshot(plain(RED, (48, 48))))
    assert 0.35 < share_of(image_of(view), RED) < 0.4


@pytest.mark.parametrize("state", [SourceState.WAITING, SourceState.LOST, SourceState.ENDED])
@pytest.mark.parametrize("told", ["snapshot", "status"])
def test_a_source_that_is_not_well_has_no_picture_but_words(view: LiveView, state: SourceState, told: str) -> None:
    view.show_snapshot(snapshot(plain(RED)))
    status = SourceStatus(state, "The camera is unplugged", "Plug it in")
    if told == "status":
        view.show_status(status)
    else:
        view.show_snapshot(snapshot(status=status))
    image = image_of(view)
    assert share_of(image, RED, 60) == 0
    assert white(image) > 0.002, "it says why"
    view.show_snapshot(snapshot(plain(GREEN)))
    assert share_of(image_of(view), GREEN) > 0.96 and white(image_of(view)) == 0


def test_a_source_that_is_well_may_have_something_to_say(view: LiveView) -> None:
    view.show_snapshot(snapshot(plain(BLUE), status=SourceStatus(SourceState.OK, "The picture is too dark", "Lamp!")))
    image = image_of(view)
    assert 0.7 < share_of(image, BLUE) < 0.99 and white(image) > 0.0003
    assert share_of(image.copy(0, 0, 640, 50), BLUE) < 0.5, "at the top, where no caption is"


def test_words_too_long_for_one_line_are_all_there(view: LiveView) -> None:
    few = SourceStatus(SourceState.OK, "dark", "more light")
    many = SourceStatus(SourceState.OK, "dark " * 40, "more light " * 20)
    shown = []
    for status in (few, many):
        view.show_snapshot(snapshot(plain(BLUE), status=status))
        shown.append(share_of(image_of(view), BLUE))
    assert shown[1] < shown[0] - 0.1


def test_landmarks_without_a_picture_stand_on_black(view: LiveView) -> None:
    hands = np.full((2, 21, 3), np.nan, np.float32)
    hands[RIGHT] = np.linspace(0.2, 0.8, 21, dtype=np.float32)[:, None]
    view.show_snapshot(snapshot(landmarks=Landmarks(0, hands=hands)))
    image = image_of(view)
    assert share_of(image, (0, 0, 0)) > 0.8 and share_of(image, (255, 150, 40)) > 0.003


def test_points_can_be_left_out(view: LiveView) -> None:
    hands = np.full((2, 21, 3), 0.5, np.float32)
    moment = replace(snapshot(plain(BLUE)), landmarks=Landmarks(0, hands=hands))
    view.show_snapshot(moment)
    assert colour_at(image_of(view), 0.5, 0.5).getRgb()[:3] != BLUE
    view.points = False
    view.update()
    assert colour_at(image_of(view), 0.5, 0.5).getRgb()[:3] == BLUE


def test_mirrored_and_not(view: LiveView) -> None:
    image = plain(RED)
    image[:, 32:] = BLUE
    view.show_snapshot(snapshot(image))
    assert colour_at(image_of(view), 0.1, 0.5).getRgb()[:3] == BLUE
    view.mirrored = False
    view.update()
    assert colour_at(image_of(view), 0.1, 0.5).getRgb()[:3] == RED


def test_captions_stand_low_on_the_picture_and_large_ones_below_it(view: LiveView) -> None:
    view.show_snapshot(snapshot(plain(BLUE)))
    view.show_captions((PALM,))
    small = image_of(view)
    assert white(small.copy(0, 0, 640, 384)) == 0 and white(small.copy(0, 384, 640, 96)) > 0.005
    view.large = True
    view.update()
    large = image_of(view)
    assert white(large) > 3 * white(small)
    assert colour_at(large, 0.5, 0.3).getRgb()[:3] == BLUE
    assert share_of(large.copy(0, 300, 640, 180), BLUE) == 0, "the picture makes room for them"


def test_a_hint_stands_where_a_caption_would(view: LiveView) -> None:
    view.show_snapshot(snapshot(plain(BLUE)))
    for large in (False, True):
        view.large = large
        view.show_captions((), "")
        bare = image_of(view)
        view.show_captions((), "no hand in view")
        hinted = image_of(view)
        assert hinted != bare and hinted.copy(0, 0, 640, 250) == bare.copy(0, 0, 640, 250)


def test_a_caption_is_told_to_screen_readers(view: LiveView) -> None:
    view.show_captions((PALM, Caption("sign", "hello", 0.5, held=False)))
    assert view.accessibleDescription() == "palm, hello"
    view.show_captions((), "no hand in view")
    assert view.accessibleDescription() == "no hand in view"


def test_a_veil_dims_the_picture_and_says_why(view: LiveView) -> None:
    view.show_snapshot(snapshot(plain(BLUE)))
    view.show_captions((PALM,))
    view.show_veil("Paused")
    image = image_of(view)
    assert share_of(image, BLUE) == 0 and white(image) > 0.0003
    assert white(image.copy(0, 384, 640, 96)) == 0, "no caption says what is not looked at"
    view.show_veil("")
    assert share_of(image_of(view), BLUE) > 0.8


def test_a_recording_has_a_red_dot(view: LiveView) -> None:
    view.show_snapshot(replace(snapshot(plain(BLUE)), recording=True))
    assert colour_at(image_of(view), 616 / 640, 24 / 480) == RECORDING


def test_a_new_picture_is_told_once_when_it_has_been_painted(view: LiveView, qtbot: QtBot) -> None:
    painted: list[int] = []
    view.painted.connect(lambda: painted.append(1))
    view.show_snapshot(snapshot(plain(RED)))
    qtbot.waitUntil(lambda: bool(painted))
    view.repaint()
    view.show_snapshot(snapshot(status=SourceStatus(SourceState.LOST, "gone")))
    view.repaint()
    assert painted == [1]


def test_pictures_may_change_their_size_at_any_time(view: LiveView) -> None:
    for size in ((64, 48), (1, 1), (3840, 2160), (48, 64), (2, 500)):
        view.show_snapshot(snapshot(plain(RED, size)))
        assert share_of(image_of(view), RED) > 0


@pytest.mark.parametrize("size", [(320, 240), (1, 1), (5, 900), (2000, 10)])
def test_any_size_of_view_does_no_harm(view: LiveView, size: tuple[int, int]) -> None:
    view.setMinimumSize(0, 0)
    view.resize(*size)
    long = "The camera is used by another program that has a very long name indeed"
    for moment in (snapshot(plain(RED)), snapshot(status=SourceStatus(SourceState.LOST, long, long))):
        for large in (False, True):
            view.large = large
            view.show_snapshot(moment)
            view.show_captions((PALM, PALM, PALM))
            view.show_veil(long if large else "")
            image_of(view)


def test_the_focus_is_seen(view: LiveView, qtbot: QtBot) -> None:
    view.show_snapshot(snapshot(plain(RED)))
    view.clearFocus()
    bare = image_of(view)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    assert image_of(view) != bare
