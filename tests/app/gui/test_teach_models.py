"""Train, use now, and back: the window with a training that is a small program of its own."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from app.gui import teach_models
from app.gui.main_window import MainWindow
from app.gui.teach_panel import TeachPanel
from app.jobs import Jobs, JobStatus
from app.sample_files import save_sample
from app.samples import Samples
from app.settings import load_settings
from app.under_way import FOLDER, interrupted
from recognizers import home
from recognizers.bundle import find_bundle
from recognizers.clips import Clip, ClipHeader
from recognizers.types import Landmarks
from tests.app.gui.stage import press
from tests.app.planned import WAIT_MS

pytestmark = pytest.mark.gui

TRAINER = """
import json, shutil, sys, time
words = sys.argv[1:]
out = words[words.index("--out") + 1]
def tell(**line):
    print(json.dumps(line), flush=True)
tell(kind="begin", folder=out)
tell(kind="phase", phase="fit")
for number in (1, 2, 3):
    tell(kind="epoch", number=number, of=3, loss=1 / number, accuracy=1 - 0.5 / number,
         validation_loss=1 / number, validation_accuracy=1 - 0.5 / number, rate=0.001)
if {wait}:
    sys.stdin.read()
    sys.exit(130)
if {fail}:
    tell(kind="error", text="too few examples", remedy="Record more of these")
    sys.exit(1)
shutil.copytree({bundle!r}, out)
if {mistaken!r}:
    report = json.dumps({{"extra": {{"mistaken": [{{"name": {mistaken!r}, "answer": "claw"}}]}}}})
    open(out + "/report.json", "w").write(report)
tell(kind="result", folder=out, figures={{"accuracy": 0.9, "n": 10, "split": "a fifth by session"}})
"""


def program(*, wait: bool = False, fail: bool = False, mistaken: str = "") -> tuple[str, ...]:
    bundle = str(find_bundle("gestures"))
    return (sys.executable, "-c", TRAINER.format(wait=wait, fail=fail, bundle=bundle, mistaken=mistaken))


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> TeachPanel:
    """The panel at its last step, with two labels of three clips."""
    for label in ("hook", "claw"):
        for _ in range(3):
            header = ClipHeader(label=label, mode="gesture")
            rows = [Landmarks(t_ns=number * 33_000_000) for number in range(20)]
            save_sample(Samples("gesture").folder, Clip.of(header, rows))
    qtbot.keyClick(window.view, "t")
    panel = window.teach.panel
    assert panel is not None
    panel.open_step(panel.steps[-1])
    qtbot.waitUntil(lambda: panel.train.start.isEnabled() and panel.train.name.text() == "my-gestures", timeout=WAIT_MS)
    return panel


def trained_by(window: MainWindow, words: tuple[str, ...]) -> None:
    teaching = window.teach.teaching
    teaching.jobs = Jobs(teaching._from_job, words)


def status(panel: TeachPanel) -> JobStatus | None:
    return None if panel.train.state is None else panel.train.state.status


def test_train_use_it_now_and_back_with_a_key(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    trained_by(window, program())
    press(qtbot, panel, "Train")
    qtbot.waitUntil(lambda: status(panel) is JobStatus.FINISHED, timeout=WAIT_MS)
    assert not list((home.home() / FOLDER).iterdir()), "it is not under way any more"
    assert "9 of 10" in panel.train.result.text() and len(panel.train.curves.epochs) == 3
    assert window.watch._choices.name_of("gesture") == "gestures", "it is offered, not forced"
    qtbot.waitUntil(lambda: panel.train.name.text() == "my-gestures-2", timeout=WAIT_MS)
    press(qtbot, panel, "Use it now")
    qtbot.waitUntil(lambda: "now read by my-gestures" in window.strip.text, timeout=WAIT_MS)
    qtbot.waitUntil(panel.train.go_back.isEnabled, timeout=WAIT_MS)
    assert window.keeper.settings.bundle_of("gesture") == "my-gestures"
    assert (panel.train.use_it.text(), panel.train.use_it.isEnabled()) == ("In use", False)
    qtbot.keyClick(window.view, "z")
    qtbot.waitUntil(lambda: window.keeper.settings.bundle_of("gesture") == "gestures", timeout=WAIT_MS)
    assert window.keeper.settings.previous_bundles["gesture"] == "my-gestures"
    qtbot.waitUntil(panel.train.use_it.isEnabled, timeout=WAIT_MS)
    qtbot.keyClick(window.view, "z")
    qtbot.waitUntil(lambda: window.keeper.settings.bundle_of("gesture") == "my-gestures", timeout=WAIT_MS)
    window.close()
    assert load_settings().bundle_of("gesture") == "my-gestures"


def test_clips_that_the_trained_model_got_wrong_are_marked(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    hook = Samples("gesture").list().of("hook")[1]
    trained_by(window, program(mistaken=f"hook/{hook.path.name}"))
    press(qtbot, panel, "Train")
    clips = panel.review.table.clips
    qtbot.waitUntil(lambda: clips.mistakes == {hook.path: "claw"}, timeout=WAIT_MS)
    assert "taken for claw" in clips.state(hook)
    panel.open_step(panel.steps[0])
    window.teach.refresh()
    press(qtbot, panel, panel.steps[-1].button.text())
    press(qtbot, panel, "Use it now")
    qtbot.waitUntil(lambda: "now read by my-gestures" in window.strip.text, timeout=WAIT_MS)
    assert clips.mistakes == {hook.path: "claw"}
    qtbot.waitUntil(panel.train.go_back.isEnabled, timeout=WAIT_MS)
    qtbot.keyClick(window.view, "z")
    qtbot.waitUntil(lambda: clips.mistakes == {}, timeout=WAIT_MS)


def test_a_training_is_cancelled_and_nothing_is_left(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    trained_by(window, program(wait=True))
    press(qtbot, panel, "Train")
    qtbot.waitUntil(lambda: len(panel.train.curves.epochs) == 3, timeout=WAIT_MS)
    assert len(list((home.home() / FOLDER).iterdir())) == 1 and interrupted() == []
    press(qtbot, panel, "Cancel")
    qtbot.waitUntil(lambda: status(panel) is JobStatus.CANCELLED, timeout=WAIT_MS)
    qtbot.waitUntil(panel.train.start.isEnabled, timeout=WAIT_MS)
    assert not (home.models_folder() / "my-gestures").exists()


def test_the_report_opens_in_a_browser_or_its_place_is_said(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    works = [True]

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return works[0]

    monkeypatch.setattr(teach_models.QDesktopServices, "openUrl", open_url)
    trained_by(window, program())
    press(qtbot, panel, "Train")
    qtbot.waitUntil(lambda: status(panel) is JobStatus.FINISHED, timeout=WAIT_MS)
    page = home.models_folder() / "my-gestures" / "report.html"
    page.touch()
    press(qtbot, panel, "Report")
    assert opened == [str(page)]
    works[0] = False
    press(qtbot, panel, "Report")
    assert str(page) in window.strip.text


def test_a_training_that_fails_says_why_and_what_to_do(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    trained_by(window, program(fail=True))
    press(qtbot, panel, "Train")
    qtbot.waitUntil(lambda: status(panel) is JobStatus.FAILED, timeout=WAIT_MS)
    qtbot.waitUntil(panel.train.start.isEnabled, timeout=WAIT_MS)
    assert "Record more of these" in panel.train.problems.text()


def test_a_training_ends_with_the_window(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    trained_by(window, program(wait=True))
    press(qtbot, panel, "Train")
    qtbot.waitUntil(lambda: len(panel.train.curves.epochs) == 3, timeout=WAIT_MS)
    job = window.teach.teaching.jobs.running()
    assert job is not None
    window.close()
    assert job.state.status.over


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 80 + "é" * 40])
def test_names_that_no_folder_can_have_are_refused(
    window: MainWindow, panel: TeachPanel, qtbot: QtBot, name: str
) -> None:
    trained_by(window, program())
    panel.train.name.setMaxLength(1000)
    panel.train.name.setText(name)
    press(qtbot, panel, "Train")
    assert "no name for a model" in window.strip.text and status(panel) is None


def test_there_is_nothing_to_go_back_to_at_first(window: MainWindow, panel: TeachPanel, qtbot: QtBot) -> None:
    assert not panel.train.go_back.isEnabled()
    qtbot.keyClick(window.view, "z")
    qtbot.waitUntil(lambda: "no earlier model" in window.strip.text.lower(), timeout=WAIT_MS)
