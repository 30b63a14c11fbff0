"""The whole window with fakes behind it: what it shows of sources, labels and problems."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.cameras.listing import CameraInfo
from app.devices import FakeDevice, Freeze, Hang, Lose, Refuse, Show
from app.gui import presenter
from app.gui.application import WELCOME, Wishes
from app.gui.live_view import LiveView
from app.gui.main_window import MainWindow
from app.settings import Settings, load_settings
from app.voice.voices import SilentVoice
from recognizers.modes import MODE_NAMES
from recognizers.types import SourceState
from tests.app.gui.stage import OpenWindow, image_of, press, share_of
from tests.app.planned import BLUE, GREEN, RED, WAIT_MS, Frames, Photo, Plan, plain

pytestmark = pytest.mark.gui


def until(qtbot: QtBot, condition: object) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def shows(view: LiveView, colour: tuple[int, int, int]) -> bool:
    return share_of(image_of(view), colour, 40) > 0.1


def rows(window: MainWindow) -> list[str]:
    return window.side.transcript.transcript.text().splitlines()


def captions(window: MainWindow) -> list[str]:
    return [caption.text for caption in window.view._captions]


def test_a_label_reaches_caption_transcript_and_scores(window: MainWindow, plan: Plan, qtbot: QtBot) -> None:
    until(qtbot, lambda: captions(window) == ["palm"])
    assert shows(window.view, RED) and window.view.accessibleDescription() == "palm"
    assert window.side.scores.accessibleDescription() == "palm 90%"
    until(qtbot, lambda: len(rows(window)) == 1)
    assert "\tpalm\t" in rows(window)[0] and rows(window)[0].endswith("\t")
    plan.says = ("fist", 0.8)
    until(qtbot, lambda: captions(window) == ["fist"] and len(rows(window)) == 2)
    assert rows(window)[0].endswith(" s"), "the first one has ended"


def test_a_lost_source_has_no_picture_and_says_why(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    gate = threading.Event()

    class Device(FakeDevice):
        def open(self) -> None:
            if self._acts and isinstance(self._acts[0], Show) and self._acts[0].image[0, 0, 1] == GREEN[1]:
                assert gate.wait(WAIT_MS / 1e3)
            super().open()

    plan.live("0", Device([Show(plain(RED), 15, 30), Lose("the plug is out"), Show(plain(GREEN), 100_000, 30)]))
    window = open_window(wishes=Wishes(source="0"))
    until(qtbot, lambda: shows(window.view, RED))
    until(qtbot, lambda: window.snapshot is not None and window.snapshot.status.state is SourceState.LOST)
    until(qtbot, lambda: not shows(window.view, RED))
    assert "The plug is out" in window.view._words[0]
    until(qtbot, lambda: captions(window) == [])
    gate.set()
    until(qtbot, lambda: shows(window.view, GREEN))
    until(qtbot, lambda: len(rows(window)) == 2)


def test_a_picture_that_does_not_move_on_is_taken_away(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the engine itself hangs, so that nobody says that the source is lost."""
    monkeypatch.setattr(presenter, "STALE_MS", 300)
    hang, go_on = threading.Event(), threading.Event()
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 60)]))
    window = open_window(wishes=Wishes(source="0"))
    until(qtbot, lambda: shows(window.view, RED))
    detect = plan.landmarkers[-1].detect

    def hanging(frame: object) -> object:
        hang.set()
        assert go_on.wait(WAIT_MS / 1e3)
        return detect(frame)  # type: ignore[arg-type]

    plan.landmarkers[-1].detect = hanging  # type: ignore[method-assign, assignment]
    until(qtbot, hang.is_set)
    until(qtbot, lambda: not shows(window.view, RED))
    assert window.view._words[0] == "No new picture" and captions(window) == []
    go_on.set()
    until(qtbot, lambda: shows(window.view, RED))


def test_a_frozen_camera_is_no_live_picture(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.live("0", FakeDevice([Show(plain(RED), 10, 30), Freeze(1.2), Show(plain(GREEN), 100_000, 30)]), stale_s=0.3)
    window = open_window(wishes=Wishes(source="0"))
    until(qtbot, lambda: shows(window.view, RED))
    until(qtbot, lambda: not shows(window.view, RED))
    assert window.view._words[0].startswith("No new picture")
    until(qtbot, lambda: shows(window.view, GREEN))


def test_nothing_of_the_source_before_is_shown_while_another_opens(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot
) -> None:
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 100)]))
    plan.live("1", FakeDevice([Hang(0.4), Show(plain(GREEN), 100_000, 30)]))
    window = open_window(wishes=Wishes(source="0"))
    until(qtbot, lambda: captions(window) == ["palm"])
    seen: list[str] = []
    window.view.painted.connect(
        lambda: seen.append(
            "red"
            if window.snapshot and window.snapshot.frame is not None and window.snapshot.frame.image[0, 0, 0] == RED[0]
            else "green"
        )
    )
    plan.says = ("none", 0.9)
    window.watch_source("1")
    assert not shows(window.view, RED) and captions(window) == []
    until(qtbot, lambda: shows(window.view, GREEN))
    assert set(seen) == {"green"}
    assert captions(window) == [], "what the source before has ended does not linger here"
    assert window.spec == "1" and "fake camera" in window.source.text()


def test_frames_of_any_size_and_rate(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    acts = [
        Show(plain(RED, (64, 48)), 5, 5),
        Show(plain(GREEN, (1280, 720)), 60, 120),
        Show(plain(BLUE, (30, 90)), 99),
    ]
    plan.live("0", FakeDevice(acts))
    window = open_window(wishes=Wishes(source="0"))
    for colour in (RED, GREEN, BLUE):
        until(qtbot, lambda colour=colour: shows(window.view, colour))


def test_pause_looks_at_nothing_and_goes_on(window: MainWindow, qtbot: QtBot) -> None:
    until(qtbot, lambda: captions(window) == ["palm"])
    qtbot.keyClick(window.view, "p")
    until(qtbot, lambda: window.snapshot is not None and not window.snapshot.held and captions(window) == [])
    assert window.controls.pause.text() == "Go on (P)" and "Paused" in window.view._veil
    until(qtbot, lambda: rows(window)[0].endswith(" s"))
    press(qtbot, window, "Go on (P)")
    until(qtbot, lambda: captions(window) == ["palm"])
    assert window.view._veil == ""
    until(qtbot, lambda: len(rows(window)) == 2)


def test_a_recording_ends_under_a_veil_and_plays_again(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.sources["film.mp4"] = lambda: Frames(count=8, rate=40)
    window = open_window(wishes=Wishes(source="film.mp4"))
    until(qtbot, lambda: "R plays it again" in window.view._veil)
    assert len(rows(window)) == 1 and rows(window)[0].startswith("0:00.")
    qtbot.keyClick(window.view, "r")
    assert window.view._veil == ""
    until(qtbot, lambda: "R plays it again" in window.view._veil and len(rows(window)) == 2)


def test_a_photo_stays_in_view_with_its_label(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.sources["photo.jpg"] = Photo
    window = open_window(wishes=Wishes(source="photo.jpg"))
    until(qtbot, lambda: window._still)
    assert shows(window.view, BLUE) and captions(window) == ["palm"] and window.view._veil == ""
    assert rows(window)[0].startswith("photo.jpg\t")
    qtbot.keyClick(window.view, "1")
    until(qtbot, lambda: window.snapshot is not None and window.snapshot.modes == ("sign",))
    until(qtbot, lambda: "\tSigns\t" in rows(window)[-1])


def test_a_source_that_cannot_be_opened_can_be_tried_again(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 30)]))
    window = open_window(wishes=Wishes(source="0"))
    until(qtbot, lambda: shows(window.view, RED))
    window.watch_source("film.mp4")
    until(qtbot, lambda: bool(window.strip.text))
    assert window.strip.text == "film.mp4: is not there. Choose another."
    until(qtbot, lambda: window.view._words[0] == "Nothing is watched")
    plan.sources["film.mp4"] = lambda: Frames(count=100_000)
    press(qtbot, window.strip, "Try again")
    until(qtbot, lambda: shows(window.view, GREEN))
    assert window.strip.text == ""


def test_a_camera_that_refuses_is_tried_until_it_opens(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.live("0", FakeDevice([*[Refuse("another program uses it")] * 3, Show(plain(RED), 100_000, 30)]))
    window = open_window(wishes=Wishes(source="0"))
    words: set[str] = set()

    def came() -> bool:
        words.add(window.view._words[0])
        return shows(window.view, RED)

    until(qtbot, came)
    assert any("nother program uses it" in each for each in words)


def test_a_mode_that_cannot_be_loaded_leaves_the_one_before(window: MainWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.broken_modes.add("sign")
    qtbot.keyClick(window.view, "1")
    until(qtbot, lambda: "the model is damaged" in window.strip.text)
    until(qtbot, lambda: window.tabs.currentIndex() == 1)
    assert window.keeper.settings.mode == "gesture"
    press(qtbot, window.strip, "Dismiss")
    assert window.strip.text == ""
    plan.broken_modes.clear()
    qtbot.keyClick(window.view, "1")
    until(qtbot, lambda: window.keeper.settings.mode == "sign")


def test_all_modes_are_captioned_and_scored_each(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window.view, "4")
    until(qtbot, lambda: len(captions(window)) == 3)
    assert [caption.mode for caption in window.view._captions] == list(MODE_NAMES)
    assert window.tabs.currentIndex() == 3 and window.side.scores.accessibleDescription().count("palm") >= 2


def test_what_takes_a_while_is_said_and_holds_nothing_up(window: MainWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.hold_models.clear()
    qtbot.keyClick(window.view, "1")
    until(qtbot, lambda: window.busy.text() == "Loading models…")
    before = window.snapshot
    until(qtbot, lambda: window.snapshot is not before)
    plan.hold_models.set()
    until(qtbot, lambda: window.busy.text() == "" and window.tabs.currentIndex() == 0)


def test_a_voice_that_is_missing_is_told_once(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.voice = SilentVoice(fault="player")
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 30)]))
    window = open_window(replace(Settings(), welcomed=True, speak=True), Wishes(source="0"))
    until(qtbot, lambda: "aplay" in window.strip.text)
    assert window.controls.speak.text() == "Speak: silent (S)"
    press(qtbot, window.strip, "Dismiss")
    until(qtbot, lambda: len(rows(window)) >= 1)
    assert window.strip.text == ""


def test_labels_are_said_while_speaking_is_on(window: MainWindow, plan: Plan, qtbot: QtBot) -> None:
    until(qtbot, lambda: len(rows(window)) == 1)
    assert plan.said() == []
    qtbot.keyClick(window.view, "s")
    plan.says = ("fist", 0.9)
    until(qtbot, lambda: plan.said() == ["Punch!"])


# The first run.


def test_the_first_run_page_comes_before_any_camera(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot, cameras: list[CameraInfo]
) -> None:
    cameras.append(CameraInfo(0, "Webcam"))
    device = FakeDevice([Show(plain(RED), 100_000, 30)])
    plan.live("0", device)
    window = open_window(Settings())
    until(qtbot, lambda: "Nothing is sent" in window.strip.text)
    assert window.strip.text == WELCOME and WELCOME.count(". ") == 2
    until(qtbot, lambda: window.view._words[0] == "The camera is off")
    assert not device.is_open and window.spec is None and window.snapshot is None
    (start,) = window.strip.buttons.values()
    until(qtbot, start.isVisible)
    start.setFocus()
    qtbot.keyClick(start, Qt.Key.Key_Return)
    until(qtbot, lambda: shows(window.view, RED))
    window.close()
    assert load_settings().welcomed


def test_the_first_run_page_stays_until_it_is_answered(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot, cameras: list[CameraInfo]
) -> None:
    cameras.append(CameraInfo(0, "Webcam"))
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 30)]))
    plan.voice = SilentVoice(fault="player")
    window = open_window(replace(Settings(), speak=True))
    until(qtbot, lambda: window.controls.speak.text() == "Speak: silent (S)")
    until(qtbot, lambda: len(window.strip.buttons) == 1)
    assert window.strip.text == WELCOME
    press(qtbot, window.strip, next(iter(window.strip.buttons)))
    until(qtbot, lambda: "aplay" in window.strip.text and shows(window.view, RED))


def test_who_chooses_a_source_on_the_first_run_needs_no_start(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot, cameras: list[CameraInfo]
) -> None:
    cameras.append(CameraInfo(0, "Webcam"))
    plan.sources["film.mp4"] = lambda: Frames(count=100_000)
    window = open_window(Settings())
    until(qtbot, lambda: window.view._words[0] == "The camera is off")
    window.source.chosen.emit("film.mp4")
    until(qtbot, lambda: shows(window.view, GREEN))
    assert window.strip.text == "" and window.keeper.settings.welcomed


def test_without_a_camera_the_signer_shows_and_a_plain_offer_is_made(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot
) -> None:
    plan.live("synthetic", FakeDevice([Show(plain(RED), 100_000, 30)]))
    window = open_window(Settings())
    until(qtbot, lambda: shows(window.view, RED))
    assert window.strip.text == WELCOME
    press(qtbot, window.strip, "Good")
    assert "No camera was found" in window.strip.text
    assert list(window.strip.buttons) == ["Choose a camera", "Open a file"]
    window.close()
    again = open_window(load_settings())
    until(qtbot, lambda: "No camera was found" in again.strip.text)


def test_a_wish_of_the_command_line_is_watched_at_once(open_window: OpenWindow, plan: Plan, qtbot: QtBot) -> None:
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 30)]))
    window = open_window(Settings(), Wishes(source="0", mode="all"))
    until(qtbot, lambda: shows(window.view, RED) and window.tabs.currentIndex() == 3)
    assert window.keeper.settings.mode == "gesture", "it holds for this run"
