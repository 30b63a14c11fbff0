"""Teaching in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.gui import teach_words
from app.recording_plan import Phase, Recorded, RecorderStatus
from app.samples import Listing, Sample
from recognizers.errors import OutputError
from recognizers.quality import CODES, Figures, Flag, Verdict, explain


def sample(label: str, number: int, *, session: str = "monday", flags: tuple[str, ...] = ()) -> Sample:
    return Sample(Path(f"{label}/{number}.npz"), label, 60, 2.0, "anna", session, flags)


def listing(*labels: str, clips: int = 10, sessions: int = 2) -> Listing:
    return Listing(tuple(sample(each, n, session=f"{n % sessions}") for each in labels for n in range(clips)))


def recorded(*flags: Flag) -> Recorded:
    return Recorded(Path("a.npz"), Verdict(Figures(60, 2.0), flags), 3)


def test_every_flag_has_words_for_the_list() -> None:
    assert set(teach_words.FLAGS) == set(CODES)


@pytest.mark.parametrize(
    ("phase", "left", "words"),
    [
        (Phase.COUNTDOWN, 2.4, "3"),
        (Phase.COUNTDOWN, 0.0, "1"),
        (Phase.READY, 0.0, "Hold G and show it"),
        (Phase.PAUSE, 1.0, "Rest"),
        (Phase.RECORDING, 1.0, ""),
        (Phase.WAITING, 0.0, "Waiting for a picture"),
        (Phase.DONE, 0.0, ""),
    ],
)
def test_the_headline(phase: Phase, left: float, words: str) -> None:
    assert teach_words.headline(RecorderStatus(phase, seconds_left=left)) == words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (RecorderStatus(), ""),
        (RecorderStatus(Phase.RECORDING, 3, 10, written=2, flagged=1), "Clip 3 of 10, 1 flagged"),
        (RecorderStatus(Phase.RECORDING, 3, None), "Clip 3"),
        (RecorderStatus(Phase.DONE, 10, 10, written=10), "Done: 10 clips recorded"),
        (RecorderStatus(Phase.DONE, 3, 10, written=3), "3 clips recorded of 10: the video gave no more"),
        (RecorderStatus(Phase.STOPPED, 1, 10, written=1), "Stopped: 1 clip recorded"),
    ],
)
def test_the_progress(status: RecorderStatus, words: str) -> None:
    assert teach_words.progress_words(status) == words


def test_a_failure_says_why_and_what_stands() -> None:
    error = OutputError("the disk is full", remedy="Make room")
    words = teach_words.progress_words(RecorderStatus(Phase.FAILED, 2, 10, written=2, error=error))
    assert words == "2 clips recorded. It ended: the disk is full. Make room."


def test_one_thing_to_do_is_said_once() -> None:
    figures = Figures(20, 2.0, rate=10.0, dropped=40)
    verdict = Verdict(figures, tuple(explain(code, figures, "gesture") for code in ("slow", "dropped")))
    words = teach_words.verdict_words(verdict)
    assert words.lower().count("close programs") == 1 and "40 of the camera's pictures were skipped." in words


def test_the_newest_clip_and_what_happened() -> None:
    good = RecorderStatus(Phase.PAUSE, last=recorded())
    assert teach_words.last_words(good) == "Clip 3: Good"
    dark = RecorderStatus(Phase.PAUSE, last=recorded(Flag("dark", "The picture is dark", "Switch a light on")))
    assert teach_words.last_words(dark) == "Clip 3: The picture is dark. Switch a light on."
    assert teach_words.last_words(RecorderStatus(Phase.WAITING, note="Clip 1 was dropped")) == "Clip 1 was dropped."


@pytest.mark.parametrize(
    ("what", "enough"),
    [
        (listing(), False),
        (listing("hook"), False),
        (listing("hook", "claw", clips=2), False),
        (listing("hook", "claw", clips=3), True),
        (listing("hook", "none", clips=3), True),
    ],
)
def test_what_can_be_trained(what: Listing, enough: bool) -> None:
    assert teach_words.can_train(what) is enough


def test_good_samples_need_no_warning() -> None:
    assert teach_words.training_warnings(listing("hook", "claw", "none"), "gesture") == []
    assert teach_words.training_warnings(listing(), "gesture") == []


@pytest.mark.parametrize(
    ("what", "mode", "word"),
    [
        (listing("hook"), "gesture", "One label alone"),
        (listing("hook", "none", clips=4), "gesture", "Few clips of hook 4, none 4: ten of each"),
        (listing("hook", "none", clips=2), "gesture", "3 are the least"),
        (listing("hook", "claw"), "sign", "no sign (idle)"),
        (listing("hook", "none", sessions=1), "gesture", "one sitting"),
        (Listing((*listing("hook", "none").samples, sample("hook", 99, flags=("dark",)))), "gesture", "1 clip flagged"),
    ],
)
def test_warnings_in_plain_words(what: Listing, mode: str, word: str) -> None:
    told = teach_words.training_warnings(what, mode)
    assert any(word in each for each in told), told


def test_a_face_needs_no_background() -> None:
    told = teach_words.training_warnings(listing("a", "b"), "emotion")
    assert not any("no sign" in each for each in told) and any("without pictures" in each for each in told)


def test_figures_come_with_how_they_were_held_apart() -> None:
    words = teach_words.result_words(
        {"n": 20, "accuracy": 0.95, "split": "a fifth by session. All examples come from one."}
    )
    assert words == ("Right in 19 of 20 examples that it was not trained on (95%). Held apart: a fifth by session.")


def test_many_labels_are_not_all_named() -> None:
    words = teach_words.learned_from(listing(*(f"word{n}" for n in range(50)), clips=3))
    assert words.startswith("Learns from 150 clips: word0 3, ") and words.endswith("and 38 more labels.")
