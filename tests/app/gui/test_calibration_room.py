"""The neutral face in the window: taken, kept, shown, forgotten, and refused in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import watch as watch_module
from app.calibrating import CalibrationStatus, Phase
from app.devices import FakeDevice, Show
from app.face_calibrations import load_calibration, save_calibration
from app.gui import application, calibration_room
from app.gui.application import Wishes
from app.gui.calibration_overlay import HOLD, RELAX, CalibrationOverlay, words_of
from app.gui.calibration_row import AGAIN, FORGET, STOP, TAKE
from app.gui.main_window import MainWindow
from app.recording_plan import Phase as RecorderPhase
from app.recording_plan import RecorderStatus
from recognizers.bundle import Bundle
from recognizers.recognizer import Recognizer
from recognizers.resting_face import TILTED
from tests.app.faces import FaceLandmarker
from tests.app.gui.stage import OpenWindow, image_of, press, share_of
from tests.app.planned import WAIT_MS, Frames, Photo, Plan
from tests.recognizers import resting_faces as rest
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.test_face_recognizer import picture

pytestmark = pytest.mark.gui


def until(qtbot: QtBot, condition: object) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


class Room:
    """A window in emotion mode, with tiny bundles, before a camera that shows one mood."""

    def __init__(self, open_window: OpenWindow, plan: Plan, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bundle = rest.bundle()
        self._open, self._plan, self._qtbot = open_window, plan, qtbot
        monkeypatch.setattr(watch_module, "open_recognizers", lambda *_: [Recognizer(self.bundle)])
        monkeypatch.setattr(application, "landmarker_opener", lambda *_: lambda needs: FaceLandmarker())
        monkeypatch.setattr(calibration_room, "COUNTDOWN_S", 0.3)
        monkeypatch.setattr(calibration_room, "SECONDS", 1.2)
        self.window: MainWindow

    def begin(self, mood: str = "even", *, wishes: Wishes | None = None, row: bool = True) -> MainWindow:
        self._plan.live("0", FakeDevice([Show(picture(mood), 100_000, 60)]))
        self.window = self._open(wishes=wishes or Wishes(source="0", mode="emotion"))
        until(self._qtbot, lambda: self.window.snapshot is not None and bool(self.window.snapshot.predictions))
        until(self._qtbot, lambda: self.window.side.calibration.isVisible() == row)
        return self.window

    def press_key(self) -> None:
        self._qtbot.keyClick(self.window, Qt.Key.Key_N)

    @property
    def overlay(self) -> CalibrationOverlay:
        return self.window.view.findChildren(CalibrationOverlay)[0]

    @property
    def strip(self) -> str:
        return self.window.strip.text

    @property
    def sign(self) -> str:
        label = self.window.side.calibration.sign
        return label.toolTip() if label.isVisible() else ""

    def used(self) -> bool:
        """Whether the engine takes a resting face out of the answers."""
        recognizer = self.window.watch._loaded["emotion"]
        return recognizer.calibration is not None


@pytest.fixture
def room(open_window: OpenWindow, plan: Plan, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    yield Room(open_window, plan, qtbot, monkeypatch)


def test_a_resting_face_is_taken_with_a_key_kept_and_forgotten_with_a_click(room: Room, qtbot: QtBot) -> None:
    window = room.begin()
    assert room.sign == "" and room.overlay.isHidden()
    room.press_key()
    until(qtbot, room.overlay.isVisible)
    assert window.side.calibration.take.text() == STOP
    until(qtbot, lambda: room.strip.startswith("Your resting face is read as neutral"))
    assert "whoever else sits here" in room.strip and room.overlay.isHidden()
    made = load_calibration(room.bundle)
    assert made is not None and made.readings == 12
    until(qtbot, lambda: room.sign == f"Calibrated: your resting face was read as {made.words()}")
    assert room.used() and window.side.calibration.take.text() == AGAIN
    press(qtbot, window.side, FORGET)
    until(qtbot, lambda: "forgotten" in room.strip)
    until(qtbot, lambda: room.sign == "" and not room.used())
    assert load_calibration(room.bundle) is None and window.side.calibration.take.text() == TAKE


def test_what_was_kept_counts_from_the_start(room: Room, qtbot: QtBot) -> None:
    save_calibration(rest.calibration(room.bundle))
    room.begin()
    until(qtbot, lambda: room.sign.startswith("Calibrated: your resting face was read as dark 60%"))
    assert room.used()


def test_it_can_be_left_out(room: Room) -> None:
    save_calibration(rest.calibration(room.bundle))
    room.begin(wishes=Wishes(source="0", mode="emotion", calibrated=False))
    assert room.sign == "" and not room.used()


def test_a_face_that_is_none_says_why_and_leaves_the_one_before(room: Room, qtbot: QtBot) -> None:
    save_calibration(rest.calibration(room.bundle))
    window = room.begin("dark")
    until(qtbot, room.used)
    press(qtbot, window.side, AGAIN)
    until(qtbot, lambda: not room.used())
    assert room.sign == "", "what is shown meanwhile is not calibrated"
    until(qtbot, lambda: "too far from neutral" in room.strip)
    until(qtbot, lambda: room.used() and room.sign != "")
    assert load_calibration(room.bundle) == rest.calibration(room.bundle)


def test_it_can_be_stopped_with_the_same_key(room: Room, qtbot: QtBot) -> None:
    save_calibration(rest.calibration(room.bundle))
    room.begin()
    until(qtbot, room.used)
    room.press_key()
    until(qtbot, lambda: room.overlay.isVisible() and not room.used())
    room.press_key()
    until(qtbot, lambda: room.overlay.isHidden() and room.used())
    assert room.strip == ""


def test_captions_are_silent_while_a_face_is_looked_at(room: Room, qtbot: QtBot) -> None:
    window = room.begin()
    until(qtbot, lambda: [caption.text for caption in window.view._captions] == ["neutral"])
    room.press_key()
    until(qtbot, lambda: window.view._captions == ())
    until(qtbot, lambda: [caption.text for caption in window.view._captions] == ["neutral"])


def test_a_model_without_neutral_is_refused_in_words(room: Room, qtbot: QtBot) -> None:
    room.bundle = tiny.face_bundle()
    room.begin()
    room.press_key()
    until(qtbot, lambda: "no label 'neutral'" in room.strip)
    assert room.overlay.isHidden()


def test_photos_are_refused_in_words(room: Room, plan: Plan, qtbot: QtBot) -> None:
    window = room.begin()
    plan.sources["photo.jpg"] = Photo
    window.choose_source("photo.jpg")
    until(qtbot, lambda: window.spec == "photo.jpg" and window.snapshot is not None)
    room.press_key()
    until(qtbot, lambda: "from a camera or a video" in room.strip)


def test_a_video_that_has_ended_is_to_be_played_again(room: Room, plan: Plan, qtbot: QtBot) -> None:
    window = room.begin()
    plan.sources["film.mp4"] = lambda: Frames(count=3)
    window.choose_source("film.mp4")
    until(qtbot, lambda: window.spec == "film.mp4" and window.presenter.ended)
    room.press_key()
    until(qtbot, lambda: "play it again" in room.strip)
    assert room.overlay.isHidden() and not room.used()


def test_a_recording_is_not_disturbed(room: Room, qtbot: QtBot) -> None:
    window = room.begin()
    window.teach.teaching.status = RecorderStatus(RecorderPhase.RECORDING)
    room.press_key()
    until(qtbot, lambda: "recording is under way" in room.strip)
    assert room.overlay.isHidden()


def test_another_model_meanwhile_keeps_its_own_calibration(
    room: Room, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = room.begin()
    other = Recognizer(Bundle(tiny.face_info(labels=rest.LABELS, id="other"), tiny.face_bundle_model(), tiny.Path("b")))
    save_calibration(rest.calibration(other.bundle))
    monkeypatch.setattr(watch_module, "open_chosen", lambda *_: other)
    monkeypatch.setattr(calibration_room, "COUNTDOWN_S", 60.0)
    room.press_key()
    until(qtbot, room.overlay.isVisible)
    window.watch.use_bundle("other", "emotion")
    until(qtbot, room.overlay.isHidden)
    until(qtbot, lambda: room.sign != "" and window.watch._loading == 0)
    qtbot.wait(50)  # what the end of looking might still ask for is done
    until(qtbot, lambda: window.watch._loading == 0)
    assert other.calibration == rest.calibration(other.bundle) and room.used()


def test_a_calibration_of_another_model_is_told_and_not_used(room: Room, qtbot: QtBot) -> None:
    from dataclasses import replace

    save_calibration(replace(rest.calibration(room.bundle), model="0" * 64))
    room.begin()
    until(qtbot, lambda: "taken with another model" in room.strip)
    assert not room.used()


def test_beside_other_modes_there_is_room_for_what_matters_alone(
    room: Room, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        watch_module, "open_recognizers", lambda *_: [Recognizer(room.bundle), Recognizer(tiny.still_bundle())]
    )
    window = room.begin(wishes=Wishes(source="0", mode="all"), row=False)
    assert window.side.calibration.isHidden()
    room.press_key()
    until(qtbot, window.side.calibration.isVisible)
    assert window.side.calibration.take.text() == STOP
    until(qtbot, lambda: room.sign != "")
    window.set_mode("gesture")
    until(qtbot, window.side.calibration.isHidden)


def test_gesture_mode_knows_no_neutral_face(window: MainWindow, qtbot: QtBot) -> None:
    assert window.side.calibration.isHidden()
    qtbot.keyClick(window, Qt.Key.Key_N)
    until(qtbot, lambda: "choose them first (3)" in window.strip.text)


def test_the_overlay_says_what_to_do(qtbot: QtBot) -> None:
    from app.gui.live_view import LiveView

    view = LiveView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    overlay = CalibrationOverlay(view)
    view.show()
    countdown = CalibrationStatus(Phase.COUNTDOWN, 3.0)
    assert (words_of(countdown), words_of(CalibrationStatus())) == (RELAX, "")
    overlay.show_status(countdown)
    count = image_of(overlay)
    assert not overlay.isHidden() and share_of(count, (255, 255, 255)) > 0.005
    overlay.show_status(CalibrationStatus(Phase.LOOKING, 1.5))
    good = image_of(overlay)
    assert words_of(overlay.status) == HOLD and good.pixelColor(100, 5) == QColor(111, 220, 152)
    assert good.pixelColor(500, 5) != good.pixelColor(100, 5), "half of it is over"
    overlay.show_status(CalibrationStatus(Phase.LOOKING, 1.5, TILTED))
    assert words_of(overlay.status) == "The head is tilted: keep your eyes level"
    assert image_of(overlay).pixelColor(100, 5) != good.pixelColor(100, 5)
    view.resize(500, 300)
    assert overlay.size() == view.size()
    overlay.show_status(CalibrationStatus(Phase.DONE))
    assert overlay.isHidden()
