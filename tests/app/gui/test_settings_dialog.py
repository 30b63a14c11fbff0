"""The settings: every control changes its setting and what runs, shows what others changed, and is reached by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDesktopServices, QPalette, QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QMessageBox, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.cameras.listing import CameraInfo
from app.engine import Tune, UseMesh
from app.gui import settings_camera, theme
from app.gui.main_window import MainWindow
from app.gui.settings_dialog import SettingsDialog
from app.gui.settings_voice import SAMPLE
from app.settings import Settings, load_settings
from app.voice.phrases import user_phrases
from app.voice.voices import SilentVoice
from recognizers import home
from tests.app.gui.stage import OpenWindow, press
from tests.app.planned import WAIT_MS, Plan

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, cameras: list[CameraInfo]) -> list[QUrl]:
    """Cameras that the test names, and the places that the desktop was told to open."""
    monkeypatch.setattr(settings_camera, "list_cameras", lambda: list(cameras))
    places: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: places.append(url) or True)
    return places


@pytest.fixture
def quiet(open_window: OpenWindow, told: list[QUrl]) -> MainWindow:
    """A window that watches nothing yet."""
    return open_window(begin=False)


@pytest.fixture
def dialog(quiet: MainWindow, qtbot: QtBot) -> SettingsDialog:
    """The settings of that window, with the keyboard; a screen without a window manager may need a second call."""
    made = opened(quiet)

    def active() -> bool:
        made.activateWindow()
        return made.isActiveWindow()

    qtbot.waitUntil(active, timeout=WAIT_MS)
    return made


def opened(window: MainWindow) -> SettingsDialog:
    window.open_settings()
    assert window.dialogs.settings is not None
    return window.dialogs.settings


def page_of(dialog: SettingsDialog, title: str) -> Any:
    number = [page.title for page in dialog.pages].index(title)
    dialog.sections.setCurrentRow(number)
    return dialog.pages[number]


def tick(qtbot: QtBot, box: QCheckBox) -> None:
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)


def posted(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return the list that from now on gets what the watch is told."""
    commands: list[object] = []
    monkeypatch.setattr(window.watch, "tune", commands.append)
    monkeypatch.setattr(window.watch, "post", commands.append)
    return commands


# Recognition.


def test_a_threshold_is_the_models_own_until_the_user_wants_another(
    quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = posted(quiet, monkeypatch)
    field = page_of(dialog, "Recognition").thresholds["gesture"]
    field.show_own({"palm": 0.6, "fist": 0.8, "ok": 0.7})
    assert field.own.isChecked() and not field.slider.isEnabled()
    assert field.slider.text == "60–80%"
    tick(qtbot, field.own)
    assert quiet.keeper.settings.thresholds == {"gesture": 0.7}
    assert Tune("gesture", 0.7, 0.3) in commands
    assert field.slider.isEnabled() and field.slider.text == "70%"
    qtbot.keyClick(field.slider.slider, Qt.Key.Key_Right)
    assert quiet.keeper.settings.thresholds == {"gesture": 0.71}
    assert Tune("gesture", 0.71, 0.3) in commands
    qtbot.keyClick(field.slider.slider, Qt.Key.Key_End)
    qtbot.keyClick(field.slider.slider, Qt.Key.Key_Home)
    assert quiet.keeper.settings.thresholds == {"gesture": 0.0}
    tick(qtbot, field.own)
    assert quiet.keeper.settings.thresholds == {}
    assert Tune("gesture", None, 0.3) == [each for each in commands if getattr(each, "mode", "") == "gesture"][-1]


def test_a_higher_threshold_ends_a_label_at_once(
    window: MainWindow, plan: Plan, told: list[QUrl], qtbot: QtBot
) -> None:
    plan.says = ("palm", 0.72)
    qtbot.waitUntil(lambda: window.snapshot is not None and "gesture" in window.snapshot.held, timeout=WAIT_MS)
    field = page_of(opened(window), "Recognition").thresholds["gesture"]
    assert field.slider.text == "50–60%"  # the model in use, not the one that the settings name
    tick(qtbot, field.own)
    field.slider.slider.setValue(100)
    qtbot.waitUntil(lambda: window.snapshot is not None and not window.snapshot.held, timeout=WAIT_MS)
    field.slider.slider.setValue(40)
    qtbot.waitUntil(lambda: window.snapshot is not None and bool(window.snapshot.held), timeout=WAIT_MS)


def test_each_mode_has_its_own_threshold(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    fields = page_of(dialog, "Recognition").thresholds
    for name, field in fields.items():
        tick(qtbot, field.own)
        field.slider.slider.setValue({"sign": 10, "gesture": 20, "emotion": 30}[name])
    assert quiet.keeper.settings.thresholds == {"sign": 0.1, "gesture": 0.2, "emotion": 0.3}


def test_the_models_own_thresholds_are_read_from_the_models(dialog: SettingsDialog, qtbot: QtBot) -> None:
    fields = page_of(dialog, "Recognition").thresholds
    qtbot.waitUntil(lambda: fields["gesture"].slider.text.endswith("%"), timeout=WAIT_MS)
    assert fields["sign"].slider.text.endswith("%")


def test_the_hold(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = posted(quiet, monkeypatch)
    slider = page_of(dialog, "Recognition").hold
    qtbot.keyClick(slider.slider, Qt.Key.Key_End)
    assert quiet.keeper.settings.hold_seconds == 2.0 and slider.text == "2.0 s"
    assert Tune("sign", None, 2.0) in commands
    qtbot.keyClick(slider.slider, Qt.Key.Key_Home)
    assert quiet.keeper.settings.hold_seconds == 0.3


# Captions and appearance.


FLAGS: list[tuple[str, str, str, Callable[[MainWindow], bool]]] = [
    ("Captions", "large", "large_captions", lambda window: window.view.large),
    ("Captions", "mirrored", "mirrored", lambda window: window.view.mirrored),
    ("Captions", "points", "show_points", lambda window: window.view.points),
    ("Appearance", "figures", "show_figures", lambda window: not window.controls.figures.isHidden()),
]


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag[1])
def test_what_is_on_or_off(
    quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot, flag: tuple[str, str, str, Callable[[MainWindow], bool]]
) -> None:
    title, control, setting, runs = flag
    box = getattr(page_of(dialog, title), control)
    for _ in range(2):
        before = getattr(quiet.keeper.settings, setting)
        assert box.isChecked() == runs(quiet) == before
        tick(qtbot, box)
        assert box.isChecked() == runs(quiet) == getattr(quiet.keeper.settings, setting) == (not before)


def test_the_mesh(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ports.mesh_installed", lambda: True)
    commands = posted(quiet, monkeypatch)
    page = page_of(dialog, "Captions")
    tick(qtbot, page.mesh)
    qtbot.waitUntil(lambda: UseMesh(False) in commands, timeout=WAIT_MS)
    tick(qtbot, page.mesh)
    qtbot.waitUntil(lambda: UseMesh(True) in commands, timeout=WAIT_MS)
    assert quiet.keeper.settings.face_mesh


@pytest.mark.parametrize("there", [True, False])
def test_what_the_mesh_needs_is_said_while_it_is_missing(
    quiet: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("app.gui.settings_captions.mesh_installed", lambda: asked.append(True) or there)
    page = page_of(opened(quiet), "Captions")
    qtbot.waitUntil(lambda: bool(asked) and page.mesh_line.isVisible() != there, timeout=WAIT_MS)
    assert ("mudra landmarkers fetch" in page.mesh_line.text()) != there


def test_how_long_captions_stay(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    slider = page_of(dialog, "Captions").linger
    qtbot.keyClick(slider.slider, Qt.Key.Key_Right)
    assert quiet.presenter.captions.linger_s == quiet.keeper.settings.caption_seconds == 1.5
    assert slider.text == "1.5 s"


def test_colours(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    chooser = page_of(dialog, "Appearance").theme
    chooser.setFocus()
    for name, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
        qtbot.keyClick(chooser, Qt.Key.Key_Down)
        assert quiet.keeper.settings.theme == name
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        assert application.palette().color(QPalette.ColorRole.Window).name() == colours.window


# The voice.


def test_the_voice_is_switched_on_and_off(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    page = page_of(dialog, "Voice")
    for wanted in (True, False):
        tick(qtbot, page.speak)
        assert quiet.keeper.settings.speak == quiet.speaker.settings.enabled == page.speak.isChecked() == wanted


def test_voices_are_listed_and_chosen(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    page = page_of(dialog, "Voice")
    qtbot.waitUntil(lambda: page.voice.count() == 3, timeout=WAIT_MS)
    words = [page.voice.itemText(row) for row in range(3)]
    assert words == ["The system's own", "Silent (en)", "Leise (de, de-at)"]
    page.voice.setFocus()
    qtbot.keyClick(page.voice, Qt.Key.Key_End)
    assert quiet.keeper.settings.voice == quiet.speaker.settings.voice == "quiet"
    qtbot.keyClick(page.voice, Qt.Key.Key_Home)
    assert quiet.keeper.settings.voice == quiet.speaker.settings.voice == ""


def test_a_voice_that_is_gone_is_still_named(open_window: OpenWindow, told: list[QUrl], qtbot: QtBot) -> None:
    window = open_window(Settings(welcomed=True, voice="gone"), begin=False)
    page = page_of(opened(window), "Voice")
    qtbot.waitUntil(lambda: page.voice.count() == 4, timeout=WAIT_MS)
    assert page.voice.currentData() == "gone"
    assert window.keeper.settings.voice == "gone"


def test_rate_and_volume(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    page = page_of(dialog, "Voice")
    qtbot.keyClick(page.rate.slider, Qt.Key.Key_Right)
    qtbot.keyClick(page.volume.slider, Qt.Key.Key_Left)
    settings = quiet.keeper.settings
    assert (settings.speech_rate, settings.speech_volume) == (180, 0.95)
    assert isinstance(settings.speech_rate, int)
    assert (quiet.speaker.settings.rate, quiet.speaker.settings.volume) == (180, 0.95)
    for key, rate in ((Qt.Key.Key_Home, 80), (Qt.Key.Key_End, 400)):
        qtbot.keyClick(page.rate.slider, key)
        assert quiet.speaker.settings.rate == rate


def test_the_test_button_speaks_in_the_chosen_manner(
    quiet: MainWindow, dialog: SettingsDialog, plan: Plan, qtbot: QtBot
) -> None:
    page = page_of(dialog, "Voice")
    qtbot.mouseClick(page.test, LEFT)
    qtbot.waitUntil(lambda: plan.said() == [SAMPLE], timeout=WAIT_MS)
    assert not quiet.keeper.settings.speak


@pytest.mark.parametrize("switched", [True, False])
def test_what_the_voice_lacks_is_said_with_its_remedy(
    open_window: OpenWindow, told: list[QUrl], plan: Plan, qtbot: QtBot, switched: bool
) -> None:
    plan.voice = SilentVoice(fault="package")
    window = open_window(begin=False)
    page = page_of(opened(window), "Voice")
    if switched:
        tick(qtbot, page.speak)
        qtbot.waitUntil(lambda: "Labels are not heard" in page.status_line.text(), timeout=WAIT_MS)
    else:
        qtbot.waitUntil(lambda: "Labels cannot be said" in page.status_line.text(), timeout=WAIT_MS)
    assert page.status_line.isVisible()
    assert "pyttsx3 is missing" in page.status_line.text() and "pip install pyttsx3" in page.status_line.text()


def test_phrases_are_opened_for_the_user(
    quiet: MainWindow, dialog: SettingsDialog, told: list[QUrl], qtbot: QtBot
) -> None:
    page = page_of(dialog, "Voice")
    assert str(user_phrases()) in page.phrases_line.text()
    qtbot.mouseClick(page.phrases, LEFT)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told == [QUrl.fromLocalFile(str(user_phrases()))]
    assert user_phrases().is_file()


# The camera.


def test_a_camera_is_chosen(
    quiet: MainWindow, cameras: list[CameraInfo], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    cameras += [CameraInfo(0, "HD Pro Webcam"), CameraInfo(4, "camera 4")]
    watched: list[str | None] = []
    monkeypatch.setattr(quiet.watch, "show", watched.append)
    page = page_of(opened(quiet), "Camera")
    qtbot.waitUntil(lambda: page.camera.count() == 4, timeout=WAIT_MS)
    assert page.camera.currentText() == "The first camera that is found"
    assert not page.address.isEnabled()
    page.camera.setFocus()
    for setting, watch in ((0, "0"), (4, "4")):
        qtbot.keyClick(page.camera, Qt.Key.Key_Down)
        assert quiet.keeper.settings.camera == setting
        qtbot.mouseClick(page.now, LEFT)
        assert watched[-1] == watch
    page.camera.setFocus()
    qtbot.keyClick(page.camera, Qt.Key.Key_Home)
    assert quiet.keeper.settings.camera is None
    qtbot.mouseClick(page.now, LEFT)
    assert watched[-1] == "0"


@pytest.mark.parametrize(
    ("text", "setting"),
    [("12", 12), (" rtsp://camera.local/stream ", "rtsp://camera.local/stream"), ("http://a:b@c/d", "http://a:b@c/d")],
)
def test_a_number_or_an_address_is_written(
    quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot, text: str, setting: int | str
) -> None:
    page = page_of(dialog, "Camera")
    page.camera.setFocus()
    qtbot.keyClick(page.camera, Qt.Key.Key_End)
    assert page.address.hasFocus()
    qtbot.keyClicks(page.address, text)
    qtbot.keyClick(page.address, Qt.Key.Key_Return)
    assert quiet.keeper.settings.camera == setting
    assert not page.line.isVisible() and dialog.isVisible()


@pytest.mark.parametrize("text", ["100", "-1", "camera", "file:///etc/passwd", "ftp://a/b", "://"])
def test_what_is_no_camera_is_said_and_changes_nothing(
    open_window: OpenWindow, told: list[QUrl], qtbot: QtBot, text: str
) -> None:
    window = open_window(Settings(welcomed=True, camera=7), begin=False)
    page = page_of(opened(window), "Camera")
    assert page.address.text() == "7"
    page.address.setFocus()
    page.address.selectAll()
    qtbot.keyClicks(page.address, text)
    qtbot.keyClick(page.address, Qt.Key.Key_Return)
    assert window.keeper.settings.camera == 7
    assert page.line.isVisible() and "stays as it was" in page.line.text()
    page.address.selectAll()
    qtbot.keyClicks(page.address, "8")
    qtbot.keyClick(page.address, Qt.Key.Key_Return)
    assert window.keeper.settings.camera == 8 and not page.line.isVisible()


def test_what_is_being_typed_is_not_swept_away(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    page = page_of(dialog, "Camera")
    page.camera.setFocus()
    qtbot.keyClick(page.camera, Qt.Key.Key_End)
    qtbot.keyClicks(page.address, "rtsp://cam")
    quiet.keeper.change("show_figures", True)
    assert page.address.text() == "rtsp://cam" and page.address.isEnabled()


# Privacy.


def test_usage_reports(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    page = page_of(dialog, "Privacy")
    assert not page.reports.isChecked()
    tick(qtbot, page.reports)
    assert quiet.keeper.settings.usage_reports
    quiet.keeper.close()
    assert load_settings().usage_reports


def test_the_users_folder_is_opened(
    dialog: SettingsDialog, told: list[QUrl], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(dialog, "Privacy")
    assert str(home.home()) in page.folder_line.text()
    qtbot.mouseClick(page.folder, LEFT)
    assert told == [QUrl.fromLocalFile(str(home.home()))]
    assert home.home().is_dir()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
    qtbot.mouseClick(page.folder, LEFT)
    assert "nothing to open" in page.folder_line.text() and str(home.home()) in page.folder_line.text()


# The file behind it.


def test_changes_are_written(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    tick(qtbot, page_of(dialog, "Appearance").figures)
    tick(qtbot, page_of(dialog, "Recognition").thresholds["sign"].own)
    quiet.keeper.close()
    written = load_settings()
    assert written == Settings(show_figures=True, thresholds=quiet.keeper.settings.thresholds)
    assert set(written.thresholds) == {"sign"}


def test_a_wrong_file_is_left_alone_and_said_and_the_change_counts_for_now(
    quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot
) -> None:
    home.settings_file().parent.mkdir(parents=True, exist_ok=True)
    home.settings_file().write_text("theme = 'pink'\n", "utf-8")
    tick(qtbot, page_of(dialog, "Captions").large)
    assert quiet.view.large
    qtbot.waitUntil(lambda: "theme" in quiet.strip.text and dialog.failure.isVisible(), timeout=WAIT_MS)
    assert "line 1" in dialog.failure.text()
    assert home.settings_file().read_text("utf-8") == "theme = 'pink'\n"
    assert quiet.view.large and page_of(dialog, "Captions").large.isChecked()


def test_a_file_that_cannot_be_written_is_said(
    open_window: OpenWindow, told: list[QUrl], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    window = open_window(begin=False)
    monkeypatch.setenv("MUDRA_HOME", str(tmp_path / "file"))
    dialog = opened(window)
    tick(qtbot, page_of(dialog, "Captions").large)
    qtbot.waitUntil(lambda: "cannot be written" in window.strip.text and dialog.failure.isVisible(), timeout=WAIT_MS)
    assert window.view.large and "cannot be written" in dialog.failure.text()
    monkeypatch.setenv("MUDRA_HOME", str(tmp_path / "other"))


# Restoring.


CHANGED = Settings(
    mode="sign",
    welcomed=True,
    camera=3,
    usage_reports=True,
    thresholds={"gesture": 0.9, "sign": 0.2},
    bundles={"sign": "mine"},
    hold_seconds=1.0,
    caption_seconds=3.0,
    speak=False,
    voice="quiet",
    speech_rate=250,
    speech_volume=0.5,
    theme="light",
    mirrored=False,
    large_captions=True,
    show_points=False,
    show_figures=True,
    face_mesh=False,
)


def test_restoring_asks_first(open_window: OpenWindow, told: list[QUrl], qtbot: QtBot) -> None:
    window = open_window(CHANGED, begin=False)
    dialog = opened(window)
    press(qtbot, dialog, "Restore defaults…")
    box = dialog.findChild(QMessageBox)
    assert box is not None and box.isVisible()
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel)
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Cancel), LEFT)
    assert window.keeper.settings == CHANGED


def test_restoring_gives_everything_its_default_but_mode_models_and_welcome(
    open_window: OpenWindow, told: list[QUrl], qtbot: QtBot
) -> None:
    window = open_window(CHANGED, begin=False)
    dialog = opened(window)
    press(qtbot, dialog, "Restore defaults…")
    box = dialog.findChild(QMessageBox)
    assert box is not None
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.RestoreDefaults), LEFT)
    expected = replace(Settings(), mode="sign", welcomed=True, bundles={"sign": "mine"})
    assert window.keeper.settings == expected
    assert window.view.mirrored and not window.view.large
    assert page_of(dialog, "Captions").mirrored.isChecked()
    assert page_of(dialog, "Voice").rate.text == "170"


# The dialog itself.


def test_there_is_one_dialog(quiet: MainWindow, dialog: SettingsDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isHidden()
    quiet.activateWindow()
    qtbot.waitUntil(quiet.isActiveWindow, timeout=WAIT_MS)
    qtbot.keyClick(quiet.view, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(dialog.isVisible, timeout=WAIT_MS)
    quiet.open_settings()
    assert list(quiet.findChildren(SettingsDialog)) == [dialog]
    assert not dialog.isModal()
    press(qtbot, dialog, "Close")
    assert dialog.isHidden()


def test_it_ends_with_the_window(quiet: MainWindow, dialog: SettingsDialog) -> None:
    quiet.close()
    assert dialog.isHidden()


def test_what_keys_in_the_window_change_is_shown(quiet: MainWindow, dialog: SettingsDialog) -> None:
    box = page_of(dialog, "Captions").large
    quiet.keeper.change("large_captions", True)
    quiet.keeper.change("caption_seconds", 0.7)
    assert box.isChecked()
    assert page_of(dialog, "Captions").linger.text == "0.7 s"  # between two steps of the slider
    assert quiet.keeper.settings.caption_seconds == 0.7


def test_a_wheel_that_scrolls_the_page_changes_nothing(quiet: MainWindow, dialog: SettingsDialog) -> None:
    page = page_of(dialog, "Voice")
    dialog.sections.setFocus()
    for control in (page.rate.slider, page.voice):
        middle = QPointF(control.rect().center())
        event = QWheelEvent(
            middle,
            QPointF(control.mapToGlobal(middle)),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(control, event)
    assert quiet.keeper.settings == Settings(welcomed=True)


def reachable(dialog: SettingsDialog, page: QWidget) -> list[QWidget]:
    """Return the controls of a page that can be used now, in the order of their places."""
    found = [
        each
        for each in page.findChildren(QWidget)
        if each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    places = {each: each.mapTo(dialog, QPoint()) for each in found}
    return sorted(found, key=lambda each: (places[each].y() // 12, places[each].x()))


def test_every_control_is_reached_by_tab_from_top_to_bottom(dialog: SettingsDialog, qtbot: QtBot) -> None:
    for number, page in enumerate(dialog.pages):
        dialog.sections.setFocus()
        dialog.sections.setCurrentRow(number)
        expected = [*reachable(dialog, page), dialog.restore, dialog.close_button, dialog.sections]
        seen = []
        for _ in expected:
            qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Tab)
            seen.append(dialog.focusWidget())
        assert seen == expected, page.title


def test_every_control_has_a_name_for_screen_readers(dialog: SettingsDialog) -> None:
    for number, page in enumerate(dialog.pages):
        dialog.sections.setCurrentRow(number)
        controls = reachable(dialog, page)
        assert controls
        for control in (*controls, dialog.sections, dialog.restore, dialog.close_button):
            interface = QAccessible.queryAccessibleInterface(control)
            assert interface.text(QAccessible.Text.Name), (page.title, control)


@pytest.mark.parametrize("larger", [1.0, 1.5])
def test_it_fits_and_nothing_is_cut_off(
    open_window: OpenWindow, told: list[QUrl], qapp: QApplication, qtbot: QtBot, larger: float
) -> None:
    font = qapp.font()
    font.setPointSizeF(larger * font.pointSizeF())
    qapp.setFont(font)
    dialog = opened(open_window(begin=False))
    qtbot.waitExposed(dialog)
    assert dialog.sections.sizeHintForColumn(0) <= dialog.sections.viewport().width()
    assert dialog.height() <= 680 and dialog.minimumSizeHint().height() <= 680
    for number, page in enumerate(dialog.pages):
        dialog.sections.setCurrentRow(number)
        QApplication.processEvents()
        area = page.parentWidget().parentWidget()
        assert isinstance(area, QScrollArea)
        assert page.minimumSizeHint().width() <= area.viewport().width(), page.title
        if larger == 1.0:
            assert not area.verticalScrollBar().isVisible(), page.title


@pytest.mark.parametrize("larger", [1.0, 1.5])
def test_it_opens_at_the_right_and_leaves_the_picture_free(
    open_window: OpenWindow, told: list[QUrl], qapp: QApplication, larger: float
) -> None:
    font = qapp.font()
    font.setPointSizeF(larger * font.pointSizeF())
    qapp.setFont(font)
    window = open_window(begin=False)
    dialog = opened(window)
    area, place = window.geometry(), dialog.frameGeometry()
    assert 0 <= area.right() - place.right() <= 20
    assert area.top() <= place.top() and place.bottom() <= area.bottom()
