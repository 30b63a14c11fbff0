"""The teaching panel in the window: recording by keys and buttons, reviewing, and corrections, on a fake camera."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.devices import FakeDevice, Show
from app.gui import teach_record, teach_samples
from app.gui.application import Wishes
from app.gui.main_window import MainWindow
from app.gui.teach_panel import WIDTH, TeachPanel
from app.gui.wrong_dialog import WrongDialog
from app.recording_plan import Phase
from app.sample_files import NEW, save_sample
from app.samples import Samples
from app.settings import load_settings
from app.under_way import FOLDER, RECORDING, interrupted
from recognizers import home
from tests.app.gui.stage import OpenWindow, press
from tests.app.planned import RED, WAIT_MS, Frames, Plan, plain
from tests.app.test_samples import write_as_newer
from tests.app.test_under_way import held_by_another, kill
from tests.recognizers.made_clips import made_clip

pytestmark = pytest.mark.gui


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teach_record, "COUNTDOWN_S", 0.2)
    monkeypatch.setattr(teach_record, "PAUSE_S", 0.1)


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> TeachPanel:
    """The panel, opened by its key."""
    qtbot.keyClick(window.view, "t")
    assert window.teach.panel is not None and window.teach.panel.isVisible()
    return window.teach.panel


def record(window: MainWindow, panel: TeachPanel, qtbot: QtBot, label: str, clips: int) -> None:
    step = panel.record
    step.label.setEditText(label)
    step.clips.setValue(clips)
    step.seconds.setValue(0.5)
    step.status = type(step.status)()
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: step.status.phase is Phase.DONE and step.status.label == label, timeout=WAIT_MS)


def samples(label: str | None = None) -> list[Path]:
    return [each.path for each in Samples("gesture").list().samples if label in (None, each.label)]


def test_the_key_opens_it_in_place_of_the_scores_and_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    for is_open in (True, False, True):
        qtbot.keyClick(window.view, "t")
        assert window.teach.panel is not None
        assert window.teach.panel.isVisible() is is_open and window.side.isVisible() is not is_open
    press(qtbot, window.teach.panel, "Close (T)")
    assert window.side.isVisible() and not window.teach.panel.isVisible()


def test_b_brings_the_scores_back_in_place_of_it(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    qtbot.keyClick(window.view, "b")
    assert window.side.isVisible() and not panel.isVisible()


def test_it_comes_back_after_full_screen(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    qtbot.keyClick(window.view, "f")
    assert not panel.isVisible() and not window.side.isVisible()
    qtbot.keyClick(window.view, "f")
    assert panel.isVisible() and not window.side.isVisible()


def test_steps_open_one_at_a_time(panel: TeachPanel, qtbot: QtBot) -> None:
    for number, step in enumerate(panel.steps):
        step.button.setFocus()
        qtbot.keyClick(step.button, Qt.Key.Key_Space)
        assert [each.open for each in panel.steps] == [each == number for each in range(len(panel.steps))]


def test_clips_are_recorded_by_key_judged_counted_and_taken_back(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot
) -> None:
    record(window, panel, qtbot, "hook", 2)
    assert len(samples("hook")) == 2
    assert panel.record.line.text().startswith("Done: 2 clips recorded") and panel.record.verdict.text()
    qtbot.waitUntil(lambda: panel.review.table.clips.rowCount() == 2, timeout=WAIT_MS)
    assert "2 clips of 1 label" in panel.steps[1].line
    qtbot.keyClick(window.view, "u")
    qtbot.waitUntil(lambda: len(samples("hook")) == 1, timeout=WAIT_MS)
    assert len(Samples("gesture").trash.list()) == 1


def test_of_a_video_all_is_recorded_from_its_start_and_what_it_lacks_is_said(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot, plan: Plan
) -> None:
    plan.sources["film.mp4"] = lambda: Frames(count=40, rate=20.0)
    window.watch_source("film.mp4")
    qtbot.waitUntil(lambda: window.snapshot is not None and window.snapshot.index > 10, timeout=WAIT_MS)
    record(window, panel, qtbot, "hook", 10)
    assert "4 clips recorded of 10: the video gave no more" in panel.record.line.text()
    heads = [Samples("gesture").load(path).header.extra for path in samples("hook")]
    assert [head["start_s"] for head in heads] == [0.0, 0.5, 1.0, 1.5]
    # It has come to its end, and is shown once more to be recorded.
    record(window, panel, qtbot, "claw", 2)
    assert len(samples("claw")) == 2


def test_landmarks_alone_are_kept_unless_the_box_is_ticked(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    assert not panel.record.pixels.isChecked()
    record(window, panel, qtbot, "plain", 1)
    panel.record.pixels.setChecked(True)
    assert "stored" in panel.record.about_pixels.text()
    record(window, panel, qtbot, "seen", 1)
    kept = {each.label: each.pixels for each in Samples("gesture").list().samples}
    assert kept == {"plain": False, "seen": True}


def test_the_overlay_counts_and_captions_are_silent_meanwhile(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot
) -> None:
    overlay = window.teach.overlay
    qtbot.waitUntil(lambda: window.view.accessibleDescription() == "palm", timeout=WAIT_MS)
    panel.record.label.setEditText("hook")
    panel.record.clips.setValue(3)
    assert not overlay.isVisible()
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: overlay.status.phase is Phase.RECORDING and overlay.isVisible(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.view.accessibleDescription() == "", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.snapshot is not None and window.snapshot.recording, timeout=WAIT_MS)
    assert overlay.size() == window.view.size()
    qtbot.keyClick(window.view, "g")  # stops it
    qtbot.waitUntil(lambda: panel.record.status.phase is Phase.STOPPED and not overlay.isVisible(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.view.accessibleDescription() == "palm", timeout=WAIT_MS)


def test_clips_last_as_long_as_the_key_is_held(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    panel.record.label.setEditText("long")
    panel.record.hold.setChecked(True)
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: panel.record.status.phase is Phase.READY, timeout=WAIT_MS)
    qtbot.keyPress(window.view, "g")
    qtbot.waitUntil(lambda: panel.record.status.phase is Phase.RECORDING, timeout=WAIT_MS)
    qtbot.wait(400)
    qtbot.keyRelease(window.view, "g")
    qtbot.waitUntil(lambda: panel.record.status.written == 1, timeout=WAIT_MS)
    (clip,) = Samples("gesture").list().samples
    assert 0.2 < clip.seconds < 5


def test_a_form_without_a_label_is_refused_in_the_strip(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    qtbot.keyClick(window.view, "g")
    assert "label is empty" in window.strip.text
    assert panel.record.label.lineEdit().hasFocus()


def test_a_recording_that_was_killed_is_told_at_the_next_start(
    open_window: OpenWindow, plan: Plan, qtbot: QtBot
) -> None:
    kill(held_by_another(RECORDING, "gesture", "hook"))
    plan.live("0", FakeDevice([Show(plain(RED), 100_000, 30)]))
    window = open_window(wishes=Wishes(source="0"))
    qtbot.waitUntil(lambda: "The recording of hook was interrupted" in window.strip.text, timeout=WAIT_MS)


def test_while_it_records_it_is_under_way_and_then_no_more(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    folder = home.home() / FOLDER
    panel.record.seconds.setValue(60)
    panel.record.label.setEditText("hook")
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: panel.record.status.phase is Phase.RECORDING, timeout=WAIT_MS)
    assert len(list(folder.iterdir())) == 1 and interrupted() == []
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: panel.record.status.phase is Phase.STOPPED, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not list(folder.iterdir()), timeout=WAIT_MS)


def test_a_full_disk_ends_a_recording_in_words_and_leaves_what_was_whole(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(window, panel, qtbot, "hook", 1)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    panel.record.label.setEditText("hook")
    panel.record.clips.setValue(3)
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: panel.record.status.phase is Phase.FAILED, timeout=WAIT_MS)
    assert "It ended" in panel.record.line.text() and "Make room on the disk" in panel.record.line.text()
    (path,) = samples("hook")
    assert len(Samples("gesture").load(path)) > 1
    assert not list((Samples("gesture").folder / NEW).iterdir()) and window.snapshot is not None


def test_letters_in_the_form_are_letters(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    edit = panel.record.label.lineEdit()
    edit.setFocus()
    qtbot.keyClicks(edit, "tag slug")
    assert edit.text() == "tag slug" and panel.isVisible() and not window.paused


def test_the_signer_is_remembered(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    panel.record.signer.setText("Anna")
    record(window, panel, qtbot, "hook", 1)
    assert Samples("gesture").list().signers == ("Anna",)
    window.close()
    assert load_settings().signer == "Anna"


def test_the_background_is_recorded_step_by_step(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    press(qtbot, panel, "Record what is no sign, step by step")
    qtbot.waitUntil(lambda: bool(window.teach.overlay.status.hint), timeout=WAIT_MS)
    assert window.teach.overlay.status.label == "none"
    window.teach.stop()


def test_a_clip_is_deleted_restored_relabelled_and_trimmed(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    record(window, panel, qtbot, "hook", 2)
    review = panel.review
    panel.open_step(panel.steps[1])
    qtbot.waitUntil(lambda: review.table.clips.rowCount() == 2 and review.player.seconds > 0, timeout=WAIT_MS)
    review.table.setFocus()
    qtbot.keyClick(review.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(samples("hook")) == 1 and len(review.trashed) == 1, timeout=WAIT_MS)
    review.which.setCurrentIndex(review.which.count() - 1)
    press(qtbot, review, "Put back")
    qtbot.waitUntil(lambda: len(samples("hook")) == 2 and not review.trashed, timeout=WAIT_MS)
    review.which.setCurrentIndex(0)
    qtbot.waitUntil(lambda: len(review.table.chosen) == 1, timeout=WAIT_MS)
    review.relabel.emit([review.table.chosen[0].path], "claw")
    qtbot.waitUntil(lambda: {each.label for each in review.listing.samples} == {"claw", "hook"}, timeout=WAIT_MS)
    review.player.show_clip(())
    review.table.selectRow(1)
    qtbot.waitUntil(lambda: review.player.seconds > 0.3 and review.start.isEnabled(), timeout=WAIT_MS)
    review.start.setValue(0.2)
    press(qtbot, review, "Keep this part")
    qtbot.waitUntil(lambda: len(review.trashed) == 1, timeout=WAIT_MS)
    assert len(samples()) == 2 and min(each.seconds for each in Samples("gesture").list().samples) < 0.35


def test_of_very_many_clips_names_are_shown_before_all_is_read(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teach_samples, "QUICK", 1)
    for label in ("hook", "hook", "claw"):
        save_sample(Samples("gesture").folder, made_clip(label))
    shown: list[tuple[int, int]] = []
    room = window.teach._samples
    assert room is not None
    room.listed.connect(lambda listing: shown.append((len(listing.samples), listing.pending)))
    room.refresh()
    qtbot.waitUntil(lambda: len(shown) >= 2, timeout=WAIT_MS)
    assert shown[:2] == [(3, 2), (3, 0)] and panel.steps[1].line.startswith("3 clips of 2 labels")


@pytest.mark.parametrize("label", ["../x", "🤟", "long " * 60, "שלום", "con", "A/b\\c", "two\nlines"])
def test_any_label_is_taught(window: MainWindow, panel: TeachPanel, qtbot: QtBot, label: str) -> None:
    panel.record.label.setEditText(label)
    meant = panel.record._edit().text().strip()
    panel.record.clips.setValue(1)
    panel.record.seconds.setValue(0.5)
    qtbot.keyClick(window.view, "g")
    qtbot.waitUntil(lambda: panel.record.status.phase is Phase.DONE, timeout=WAIT_MS)
    (sample,) = Samples("gesture").list().samples
    assert sample.label == meant == label.strip()
    assert Samples("gesture").folder in sample.path.resolve().parents
    qtbot.waitUntil(lambda: panel.record.label.findText(meant) >= 0, timeout=WAIT_MS)
    assert panel.review.which.findData(f"label {meant}") > 0 and panel.width() == WIDTH


def test_a_clip_of_a_newer_version_is_listed_with_what_to_do(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot
) -> None:
    path = save_sample(Samples("gesture").folder, made_clip("hook"))
    write_as_newer(path)
    panel.open_step(panel.steps[1])
    window.teach.refresh()
    qtbot.waitUntil(lambda: panel.review.table.clips.rowCount() == 1, timeout=WAIT_MS)
    assert "cannot be read" in panel.review.state.text() and "newer" in panel.review.state.text()
    assert panel.review.which.findText("To be looked at: 1 clip") > 0


def test_what_another_app_deletes_is_no_surprise(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    paths = [save_sample(Samples("gesture").folder, made_clip("hook", frames=frames)) for frames in (61, 91)]
    panel.open_step(panel.steps[1])
    window.teach.refresh()
    review = panel.review
    qtbot.waitUntil(lambda: review.player.seconds > 0, timeout=WAIT_MS)
    Samples("gesture").delete(paths)  # by another app
    assert review.player.seconds > 0, "what is played goes on"
    review.table.selectRow(1)
    qtbot.waitUntil(lambda: review.player.seconds == 0, timeout=WAIT_MS)
    assert "No such file" in review.player.accessibleDescription()
    press(qtbot, review, "Delete")
    qtbot.waitUntil(lambda: review.table.clips.rowCount() == 0, timeout=WAIT_MS)
    assert "the clip is not there any more" in window.strip.text and len(review.trashed) == 2


def test_delete_all_means_all_and_is_asked_first(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    record(window, panel, qtbot, "hook", 2)
    Samples("gesture").delete(samples()[:1])
    window.teach.refresh()
    qtbot.waitUntil(lambda: len(panel.review.trashed) == 1, timeout=WAIT_MS)
    panel.review.all_action.trigger()
    (box,) = panel.findChildren(QMessageBox)
    assert "1 clip in the list and 1 clip in the trash" in box.text()
    button = next(each for each in box.findChildren(QPushButton) if each.text() == "Delete everything")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "2 clips deleted for good" in window.strip.text, timeout=WAIT_MS)
    assert not samples() and not Samples("gesture").trash.list() and not Samples("gesture").folder.exists()


@pytest.mark.parametrize("right", [None, "peace"])
def test_what_was_wrong_becomes_a_sample(window: MainWindow, qtbot: QtBot, right: str | None) -> None:
    qtbot.waitUntil(lambda: window.teach.correcting.last is not None, timeout=WAIT_MS)
    qtbot.keyClick(window.view, "x")
    (dialog,) = window.findChildren(WrongDialog)
    if right is None:
        qtbot.mouseClick(dialog.nothing, Qt.MouseButton.LeftButton)
    else:
        dialog.label.setEditText(right)
        qtbot.mouseClick(dialog.other, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "kept for the next training" in window.strip.text, timeout=WAIT_MS)
    (sample,) = Samples("gesture").list().samples
    assert sample.correction and sample.label == (right or "none")


def test_nothing_said_yet_cannot_be_wrong(window: MainWindow, qtbot: QtBot) -> None:
    window.teach.correcting.forget()
    qtbot.keyClick(window.view, "x")
    assert "Nothing was said yet" in window.strip.text and not window.findChildren(WrongDialog)
