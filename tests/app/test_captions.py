"""What a caption says at a moment."""

from __future__ import annotations

import numpy as np
import pytest

from app.captions import UNSURE, Caption, Captions, hint, shown_label
from recognizers.modes import MODE_NAMES
from recognizers.types import LabelEvent, Landmarks, Prediction, Snapshot, SourceState, SourceStatus

LABELS = ("none", "two_up")
HANDS = np.full((2, 21, 3), 0.5, np.float32)
FACE = np.full((6, 2), 0.5, np.float32)


def label(mode: str = "gesture", *, ended: bool = False, name: str = "two_up") -> LabelEvent:
    return LabelEvent(mode, name, 0.9, 0, 10 if ended else None, ended=ended)


def scores(mode: str, first: float) -> Prediction:
    """Return what a mode thinks: `first` for its first label, which means nothing, the rest for the second."""
    values = np.array([first, 1 - first], np.float32)
    best = int(values.argmax())
    return Prediction(mode, "b", LABELS, LABELS[best], float(values[best]), values, 0, best == 0)


def moment(
    *modes: str,
    held: tuple[LabelEvent, ...] = (),
    seen: tuple[Prediction, ...] = (),
    hands: bool = False,
    face: bool = False,
    state: SourceState = SourceState.OK,
) -> Snapshot:
    landmarks = Landmarks(0, **({"hands": HANDS} if hands else {}), **({"face_points": FACE} if face else {}))
    return Snapshot(
        t_ns=0,
        index=0,
        frame=None,
        landmarks=landmarks,
        predictions={each.mode: each for each in seen},
        held={each.mode: each for each in held},
        status=SourceStatus(state),
        modes=modes,
        bundles={},
    )


def test_what_is_held_is_said_with_its_probability_of_now() -> None:
    now = moment("gesture", held=(label(),), seen=(scores("gesture", 0.25),))
    assert Captions(1.0).at(now, 0.0) == (Caption("gesture", "two up", 0.75, held=True),)


@pytest.mark.parametrize("seen", [(), (Prediction("gesture", "b", ("a",), "a", 1.0, np.ones(1, np.float32), 0),)])
def test_without_a_score_of_now_the_highest_stands(seen: tuple[Prediction, ...]) -> None:
    now = moment("gesture", held=(label(),), seen=seen)
    assert Captions(1.0).at(now, 0.0) == (Caption("gesture", "two up", 0.9, held=True),)


def test_a_label_lingers_for_its_while_after_its_end() -> None:
    captions = Captions(1.5)
    captions.take([label(), label(ended=True)], 10.0)
    assert captions.at(moment("gesture"), 11.49) == (Caption("gesture", "two up", 0.9, held=False),)
    assert captions.at(moment("gesture"), 11.5) == ()


def test_with_no_time_to_linger_a_label_is_gone_at_its_end() -> None:
    captions = Captions(0.0)
    captions.take([label(ended=True)], 10.0)
    assert captions.at(moment("gesture"), 10.0) == ()


def test_a_new_label_ends_the_lingering_of_its_own_mode_alone() -> None:
    captions = Captions(5.0)
    captions.take([label("sign", ended=True), label("gesture", ended=True), label("gesture")], 0.0)
    assert [each.mode for each in captions.at(moment("sign", "gesture"), 0.1)] == ["sign"]


def test_captions_come_in_the_order_of_the_modes_and_only_of_active_ones() -> None:
    held = tuple(label(mode) for mode in reversed(MODE_NAMES))
    captions = Captions(1.0)
    assert [each.mode for each in captions.at(moment(*MODE_NAMES, held=held), 0.0)] == list(MODE_NAMES)
    assert [each.mode for each in captions.at(moment("sign", held=held), 0.0)] == ["sign"]


def test_cleared_captions_linger_no_more() -> None:
    captions = Captions(5.0)
    captions.take([label(ended=True)], 0.0)
    captions.clear()
    assert captions.at(moment("gesture"), 0.1) == ()


@pytest.mark.parametrize(
    ("name", "shown"), [("two_up", "two up"), ("_a_", "a"), ("_", "_"), ("käse", "käse"), ("", "")]
)
def test_labels_are_shown_as_people_read_them(name: str, shown: str) -> None:
    assert shown_label(name) == shown


def test_the_hint_says_why_there_is_no_caption() -> None:
    assert hint(moment("gesture")) == "no hand in view"
    assert hint(moment("emotion")) == "no face in view"
    assert hint(moment(*MODE_NAMES)) == "no hand and no face in view"
    assert hint(moment("gesture", hands=True)) == "", "it has only just come into view"
    assert hint(moment("gesture", hands=True, seen=(scores("gesture", 0.1),))) == UNSURE
    just_seen = moment("gesture", hands=True, seen=(scores("gesture", 0.1),))
    assert hint(just_seen, lambda _mode, _label: 0.05) == "", "probable enough, but not yet for long enough"
    assert hint(just_seen, lambda _mode, _label: 0.99) == UNSURE
    assert hint(moment("gesture", hands=True, seen=(scores("gesture", 0.9),))) == "nothing to report"
    assert hint(moment("emotion", face=True, seen=(scores("emotion", 0.9),))) == "nothing to report"


def test_a_hand_is_no_face_and_a_face_no_hand() -> None:
    assert hint(moment("gesture", face=True)) == "no hand in view"
    assert hint(moment("emotion", hands=True)) == "no face in view"


@pytest.mark.parametrize("state", [SourceState.WAITING, SourceState.LOST, SourceState.ENDED])
def test_a_source_that_is_not_well_has_no_hint(state: SourceState) -> None:
    assert hint(moment("gesture", state=state)) == ""


def test_without_a_mode_there_is_no_hint() -> None:
    assert hint(moment()) == ""
