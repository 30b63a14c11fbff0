"""The train step: what it shows of samples and of a training, and what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.teach_train import Training, TrainStep
from app.jobs import TRAIN, JobState, JobStatus
from app.samples import Listing
from recognizers.training_news import Epoch, Phase
from tests.app.gui.stage import image_of
from tests.app.gui.test_teach_words import listing

pytestmark = pytest.mark.gui

EPOCHS = tuple(Epoch(n, 40, 2.0 / n, 1 - 0.5 / n, 2.2 / n, 0.9 - 0.5 / n, 1e-3) for n in range(1, 6))
FIGURES = {"accuracy": 0.9, "n": 20, "split": "a fifth by session", "macro_f1": 0.9, "labels": ["a", "b"]}


@pytest.fixture
def step(qtbot: QtBot) -> TrainStep:
    made = TrainStep()
    qtbot.addWidget(made)
    made.resize(380, 560)
    made.show()
    return made


def test_nothing_can_be_trained_before_there_are_two_labels(step: TrainStep) -> None:
    step.show_listing(Listing(()), "gesture")
    assert not step.start.isEnabled() and "nothing to learn from" in step.about.text()
    step.show_listing(listing("hook", "claw"), "gesture")
    assert step.start.isEnabled() and "claw 10, hook 10" in step.about.text()


@pytest.mark.parametrize("network", [None, "lstm"])
def test_what_is_asked_for(step: TrainStep, qtbot: QtBot, network: str | None) -> None:
    step.show_listing(listing("hook", "claw"), "gesture")
    step.show_name("my-gestures")
    assert step.network.currentData() is None, "the default is chosen for the data"
    step.network.setCurrentIndex(step.network.findData(network))
    with qtbot.waitSignal(step.wanted) as asked:
        qtbot.mouseClick(step.start, Qt.MouseButton.LeftButton)
    assert asked.args == [Training("my-gestures", network)]


def test_faces_have_their_own_network_and_hands_theirs(step: TrainStep) -> None:
    def offered() -> set[str | None]:
        return {step.network.itemData(number) for number in range(step.network.count())}

    assert "cnn" not in offered() and {None, "mlp", "conv", "lstm", "transformer", "linear"} <= offered()
    step.show_networks("emotion")
    assert offered() == {None, "cnn"} and step.network.currentData() is None


def test_a_training_is_followed(step: TrainStep, qtbot: QtBot) -> None:
    step.show_listing(listing("hook", "claw"), "gesture")
    step.show_state(JobState(TRAIN, phase=Phase.READ))
    assert step.bar.isVisible() and not step.start.isEnabled() and step.curves.isHidden()
    assert step.line.text() == "Reading the clips"
    step.show_state(JobState(TRAIN, phase=Phase.FIT, epochs=EPOCHS))
    assert step.line.text() == "Learning, round 5 of at most 40" and (step.bar.value(), step.bar.maximum()) == (5, 40)
    assert "of what is held apart 80%" in step.curves.accessibleDescription()
    with qtbot.waitSignal(step.cancelled):
        qtbot.mouseClick(step.cancel, Qt.MouseButton.LeftButton)
    step.show_state(JobState(TRAIN, JobStatus.CANCELLED))
    assert step.start.isEnabled() and not step.cancel.isVisible() and "nothing was changed" in step.line.text()


def test_the_curves_are_painted(step: TrainStep) -> None:
    step.show_state(JobState(TRAIN, phase=Phase.FIT, epochs=EPOCHS[:1]))
    before = image_of(step.curves)
    step.show_state(JobState(TRAIN, phase=Phase.FIT, epochs=EPOCHS))
    assert image_of(step.curves) != before


def test_a_result_has_figures_with_their_split_and_can_be_used(step: TrainStep, qtbot: QtBot, tmp_path: Path) -> None:
    assert step.use_it.isHidden()
    step.show_state(JobState(TRAIN, JobStatus.FINISHED, tmp_path, epochs=EPOCHS, figures=FIGURES))
    assert "18 of 20" in step.result.text() and "by session" in step.result.text()
    assert step.summary() == "Done: 90% right"
    with qtbot.waitSignal(step.use) as used:
        qtbot.mouseClick(step.use_it, Qt.MouseButton.LeftButton)
    assert used.args == [tmp_path]
    step.forget()
    assert step.use_it.isHidden() and step.result.isHidden()


def test_a_failure_says_why_and_what_to_do(step: TrainStep) -> None:
    state = JobState(TRAIN, JobStatus.FAILED, problem="too few examples", remedy="Record more", warnings=(("odd", ""),))
    step.show_state(state)
    assert step.problems.text() == "too few examples. Record more\nodd" and step.use_it.isHidden()


def test_what_can_be_gone_back_to(step: TrainStep, qtbot: QtBot) -> None:
    assert not step.go_back.isEnabled()
    step.show_previous("gestures")
    assert step.go_back.isEnabled() and step.go_back.accessibleDescription().endswith(": gestures")
    with qtbot.waitSignal(step.back):
        qtbot.mouseClick(step.go_back, Qt.MouseButton.LeftButton)
