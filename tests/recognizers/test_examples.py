"""From clips to examples and their split: nothing of one group may stand on two sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.clips import Clip, ClipHeader
from recognizers.errors import TrainingError, UsageError
from recognizers.examples import (
    LONGEST_WINDOW,
    SHORTEST_WINDOW,
    SPLITS,
    Gathered,
    HandExample,
    MotionExample,
    Origin,
    feature_set_of,
    features_of,
    gather,
    relabelled,
    split,
    split_gathered,
    window_seconds_of,
)
from recognizers.features import HAND, SIGNS, hand_features, motion_features
from recognizers.types import LEFT, RIGHT, FloatArray

SECOND = 1_000_000_000
SIZE = (640, 480)
RNG = np.random.default_rng(3)


def clip(
    frames: int = 1,
    label: str = "a",
    hands: Sequence[int] = (RIGHT,),
    rate: float = 30,
    extra: dict[str, object] | None = None,
    **header: object,
) -> Clip:
    """Return a clip of random points."""
    points = np.full((frames, 2, 21, 3), np.nan, np.float32)
    for side in hands:
        points[:, side] = RNG.random((frames, 21, 3), np.float32)
    arrays = {
        "t_ns": np.array([round(i * SECOND / rate) for i in range(frames)], np.int64),
        "hands": points,
        "hands_world": points,
        "face_points": RNG.random((frames, 6, 2), np.float32),
    }
    fields = {"image_size": SIZE, **header}
    return Clip.of_arrays(ClipHeader(label, "gesture", extra=extra or {}, **fields), arrays, "test")


# --- stills -----------------------------------------------------------------------------------------------


def test_a_picture_gives_its_hand() -> None:
    one = clip(hands=[LEFT], landmarker="hand-1", signer="Ann", session="s")
    gathered = gather([one], "still")
    (example,) = gathered.examples
    assert isinstance(example, HandExample)
    assert example.side == LEFT and example.image_size == SIZE
    assert example.hand.tolist() == one.hands[0, LEFT].tolist()
    assert example.features().tolist() == hand_features(one.hands[0, LEFT], SIZE, LEFT).tolist()
    assert (example.origin.label, example.origin.signer, example.origin.session) == ("a", "Ann", "s")
    assert gathered.landmarkers == ("hand-1",) and gathered.undetected == {}


def test_of_two_hands_the_larger_is_taken() -> None:
    one = clip(hands=[LEFT, RIGHT])
    one.hands[0, LEFT] *= 0.1
    (example,) = gather([one], "still").examples
    assert isinstance(example, HandExample) and example.side == RIGHT


def test_pictures_without_a_hand_are_counted_by_label() -> None:
    clips = [clip(), clip(hands=[]), clip(hands=[]), clip(label="b", hands=[])]
    gathered = gather(clips, "still")
    assert len(gathered.examples) == 1 and gathered.undetected == {"a": 2, "b": 1}


def test_of_a_film_ten_hands_a_second_are_pictures() -> None:
    one = clip(frames=31)
    one.hands[3:6] = np.nan
    gathered = gather([one], "still")
    assert len(gathered.examples) == 10 and gathered.undetected == {}
    assert len({example.origin.unit for example in gathered.examples}) == 1


@pytest.mark.parametrize("kind", ["still", "sequence"])
def test_mirrored_clips_are_turned_round(kind: str) -> None:
    plain = clip(frames=40, hands=[LEFT])
    hands = plain.hands[:, ::-1] * np.array([-1, 1, 1], np.float32) + np.array([1, 0, 0], np.float32)
    face = plain.face_points[:, [1, 0, 2, 3, 5, 4]] * np.array([-1, 1], np.float32) + np.array([1, 0], np.float32)
    header = ClipHeader("a", "gesture", image_size=SIZE, mirrored=True)
    arrays = {"t_ns": plain.t_ns, "hands": hands, "hands_world": hands, "face_points": face}
    mirrored = Clip.of_arrays(header, arrays, "test")
    one, other = (features_of(gather([each], kind).examples) for each in (plain, mirrored))
    assert np.allclose(one, other, atol=5e-3, equal_nan=True)


def test_two_crops_of_one_photo_are_one_unit_and_two_recordings_are_two() -> None:
    photos = [clip(extra={"image": "x/7.jpg"}), clip(label="b", extra={"image": "7.png"}), clip(), clip()]
    units = [example.origin.unit for example in gather(photos, "still").examples]
    assert units[0] == units[1] and len(set(units)) == 3


def test_the_order_of_recordings_is_theirs_or_that_of_the_files() -> None:
    clips = [clip(extra={"sequence": 9}), clip(extra={"sequence": "first"}), clip()]
    assert [example.origin.order for example in gather(clips, "still").examples] == [9, 1, 2]


# --- movements --------------------------------------------------------------------------------------------


def windows(one: Clip, **window: float) -> list[MotionExample]:
    return [example for example in gather([one], "sequence", **window).examples if isinstance(example, MotionExample)]


def test_a_clip_as_long_as_the_window_is_the_window() -> None:
    one = clip(frames=30)
    (example,) = windows(one)
    assert example.hands.shape == (30, 2, 21, 3) and example.face_points.shape == (30, 6, 2)
    assert example.hands[:, RIGHT] == pytest.approx(one.hands[:, RIGHT], abs=1e-4)
    features = example.features()
    assert features.shape == (30, 119)
    assert features.tolist() == pytest.approx(motion_features(example.hands, example.face_points, SIZE), nan_ok=True)


@pytest.mark.parametrize(
    ("frames", "count"), [(3, 0), (4, 1), (20, 1), (30, 1), (90, 1), (150, 1), (152, 17), (180, 21)]
)
def test_a_recording_of_a_sign_is_one_example_and_longer_ones_give_a_window_every_quarter_of_a_second(
    frames: int, count: int
) -> None:
    gathered = gather([clip(frames=frames)], "sequence")
    assert len(gathered.examples) == count
    assert gathered.undetected == ({} if count else {"a": 1})
    assert len({example.origin for example in gathered.examples}) == min(count, 1)


@pytest.mark.parametrize("frames", [12, 24, 50, 70])
def test_a_sign_is_stretched_or_squeezed_to_the_window_from_its_first_hand_to_its_last(frames: int) -> None:
    one = clip(frames=frames)
    one.hands[:, RIGHT] = np.arange(frames)[:, None, None]
    one.hands[:3] = one.hands[-4:] = np.nan
    (example,) = windows(one)
    assert example.hands[:, RIGHT, 5, 1] == pytest.approx(np.linspace(3, frames - 5, 30), abs=1e-3)


def test_how_long_a_sign_is_waited_for_does_not_matter() -> None:
    one = clip(frames=300)
    one.hands[:100] = one.hands[200:] = np.nan
    assert len(windows(one)) == 1


def test_a_recording_that_its_source_numbers_is_one_sign_however_long() -> None:
    assert len(windows(clip(frames=300, extra={"sequence": 7}))) == 1
    assert len(windows(clip(frames=300, extra={"sequence": 7}, label="idle"))) > 30


@pytest.mark.parametrize(
    ("frames", "seconds"), [([30] * 5, 1.0), ([29, 30, 31], 1.0), ([60] * 3, 2.0), ([45, 45, 900], 1.5)]
)
def test_the_window_is_as_long_as_signs_are(frames: list[int], seconds: float) -> None:
    assert window_seconds_of([clip(frames=count) for count in frames]) == pytest.approx(seconds, abs=0.11)


def test_the_window_has_a_least_and_a_most_length_and_one_for_want_of_better() -> None:
    assert window_seconds_of([clip(frames=6)] * 3) == SHORTEST_WINDOW
    assert window_seconds_of([clip(frames=140)] * 3) == LONGEST_WINDOW
    assert window_seconds_of([clip(frames=900)]) == window_seconds_of([clip(frames=30, hands=[])]) == 1.0


@pytest.mark.parametrize("rate", [15, 25, 60])
def test_cameras_of_other_rates_give_windows_of_as_many_steps(rate: float) -> None:
    one = clip(frames=rate * 3, rate=rate, label="idle")
    one.hands[:, RIGHT] = (one.t_ns / SECOND)[:, None, None]
    found = windows(one)
    assert len(found) >= 4
    for number, example in enumerate(found):
        assert example.hands[:, RIGHT, 0, 0] == pytest.approx(number / 4 + np.arange(30) / 30, abs=1e-3)


def test_another_window() -> None:
    (example,) = windows(clip(frames=60), steps=10, seconds=2.0)
    assert example.hands.shape == (10, 2, 21, 3)


def test_windows_without_any_hand_are_left_out() -> None:
    one = clip(frames=90, label="none")
    one.hands[10:70] = np.nan
    assert 0 < len(windows(one)) < 9
    nothing = clip(frames=90, hands=[])
    gathered = gather([nothing], "sequence")
    assert gathered.examples == () and gathered.undetected == {"a": 1}


def test_a_clip_of_pictures_has_no_hands() -> None:
    header = ClipHeader("a", "emotion", kind="pixels")
    arrays = {"t_ns": np.arange(40) * 33_333_333, "frames": np.zeros((40, 48, 48), np.uint8)}
    pixels = Clip.of_arrays(header, arrays, "test")
    for kind in ("still", "sequence"):
        assert gather([pixels], kind).undetected == {"a": 1}


def test_names_of_feature_sets_and_other_labels() -> None:
    assert (feature_set_of("still"), feature_set_of("sequence")) == (HAND.name, SIGNS.name)
    (example,) = gather([clip()], "still").examples
    assert relabelled(example, "b").origin.label == "b" and example.origin.label == "a"


# --- splits -----------------------------------------------------------------------------------------------


def origins(
    labels: int = 2,
    recordings: int = 10,
    windows_: int = 1,
    signers: int = 0,
    sessions: int = 0,
) -> list[Origin]:
    """Return the origins of recordings of each label, signers and sessions in turn."""
    return [
        Origin(
            f"label{label}",
            f"signer{number % signers}" if signers else None,
            f"session{number % sessions}" if sessions else None,
            f"clip{label}-{number}",
            number,
        )
        for label in range(labels)
        for number in range(recordings)
        for _ in range(windows_)
    ]


some_origins = st.lists(
    st.builds(
        Origin,
        st.sampled_from("ab"),
        st.sampled_from([None, "s1", "s2", "s3", "s4", "s5", "s6"]),
        st.sampled_from([None, "m", "n", "o", "p"]),
        st.sampled_from([f"u{i}" for i in range(12)]),
        st.integers(0, 8),
    ),
    min_size=1,
    max_size=60,
)
GROUP = {"signer": "signer", "session": "session", "random": "unit", "block": "unit"}


@settings(max_examples=200, deadline=None)
@given(some_origins, st.sampled_from(SPLITS), st.integers(0, 3))
def test_no_group_stands_on_two_sides_and_nothing_is_lost(some: list[Origin], how: str, seed: int) -> None:
    try:
        parts = split(some, how, seed)
    except TrainingError as error:
        assert len(str(error).splitlines()) == 1
        return
    sides = [parts.train, parts.validation, parts.test]
    assert sorted(np.concatenate(sides).tolist()) == list(range(len(some)))
    assert all(len(side) for side in sides)
    assert how in ("auto", parts.kind) and parts.note
    name = GROUP[parts.kind]
    groups = [{getattr(some[index], name) for index in side} for side in sides]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]


def side_of(some: list[Origin], how: str, seed: int = 0) -> list[str]:
    parts = split(some, how, seed)
    sides = dict.fromkeys(range(len(some)), "")
    for name in ("train", "validation", "test"):
        sides.update({int(index): name for index in getattr(parts, name)})
    return [sides[index] for index in range(len(some))]


@pytest.mark.parametrize("recordings", [3, 4, 5, 7, 10, 23, 60])
def test_blocks_are_the_newest_of_each_label_for_the_test_and_those_before_for_stopping(recordings: int) -> None:
    sides = side_of(origins(2, recordings), "block")
    for label in range(2):
        mine = sides[label * recordings : (label + 1) * recordings]
        counts = Counter(mine)
        assert mine == ["train"] * counts["train"] + ["validation"] * counts["validation"] + ["test"] * counts["test"]
        assert abs(counts["test"] - recordings / 5) < 1 and abs(counts["validation"] - recordings / 5) < 1
        assert counts["train"] >= 1


def test_windows_of_one_recording_stay_together_in_blocks() -> None:
    some = origins(2, 5, windows_=4)
    sides = side_of(some, "auto")
    assert Counter(sides) == {"train": 24, "validation": 8, "test": 8}


@pytest.mark.parametrize("how", ["signer", "session", "random"])
def test_a_fifth_of_the_groups_is_held_out(how: str) -> None:
    some = origins(2, 20, signers=10, sessions=10)
    counts = Counter(side_of(some, how))
    assert counts == {"train": 24, "validation": 8, "test": 8}


def test_a_large_random_split_keeps_each_photo_in_its_part_when_others_come() -> None:
    few, many = origins(2, 100), origins(2, 150)
    before = dict(zip([o.unit for o in few], side_of(few, "random"), strict=True))
    after = dict(zip([o.unit for o in many], side_of(many, "random"), strict=True))
    assert all(after[unit] == side for unit, side in before.items())
    assert 0.1 < Counter(before.values())["test"] / 200 < 0.3


@pytest.mark.parametrize("how", ["signer", "session", "random"])
def test_the_seed_chooses_the_groups(how: str) -> None:
    some = origins(2, 30, signers=15, sessions=15)
    assert side_of(some, how, 1) == side_of(some, how, 1)
    assert any(side_of(some, how, 1) != side_of(some, how, seed) for seed in (2, 3, 4))


@pytest.mark.parametrize(
    ("some", "kind"),
    [
        (origins(2, 10, signers=3, sessions=5), "signer"),
        (origins(2, 10, signers=2, sessions=5), "session"),
        (origins(2, 10, signers=1, sessions=1), "block"),
        (origins(2, 10), "block"),
        (origins(2, 10, windows_=3), "block"),
        ([Origin("ab"[i % 2], None, None, f"photo{i // 2}", i) for i in range(40)], "random"),
    ],
)
def test_what_is_chosen_where_nothing_is(some: list[Origin], kind: str) -> None:
    assert split(some, "auto", 0).kind == kind


@pytest.mark.parametrize("how", ["signer", "session"])
@pytest.mark.parametrize("groups", [0, 1, 2])
def test_three_groups_are_needed(how: str, groups: int) -> None:
    some = origins(2, 10, signers=groups, sessions=groups)
    with pytest.raises(TrainingError, match=f"at least three.*found {groups}.*--split block"):
        split(some, how, 0)
    assert split(origins(2, 12, signers=3, sessions=3), how, 0).kind == how


@pytest.mark.parametrize("how", ["block", "random", "auto"])
@pytest.mark.parametrize("recordings", [1, 2])
def test_one_long_recording_of_a_label_cannot_be_split(how: str, recordings: int) -> None:
    some = origins(1, recordings, windows_=30)
    with pytest.raises(TrainingError, match="too few to hold any apart"):
        split(some, how, 0)


def test_an_unknown_split_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="signer, session, random, block"):
        split(origins(), "half", 0)


def test_features_of_all_are_one_array() -> None:
    made: FloatArray = features_of(gather([clip(), clip()], "still").examples)
    assert made.shape == (2, HAND.count) and made.dtype == np.float32


# --- what was missed --------------------------------------------------------------------------------------


def test_the_test_tells_what_was_missed_in_it_and_nothing_else() -> None:
    clips = [
        clip(label=label, hands=[RIGHT] if number % 2 else [], extra={"image": f"{label}{number}.jpg"})
        for label in "ab"
        for number in range(20)
    ]
    gathered = gather(clips, "still")
    parts, missed = split_gathered(gathered, "block", 0)
    assert gathered.undetected == {"a": 10, "b": 10}
    assert missed == {"a": 2, "b": 2}  # of the four newest of each label
    assert [gathered.examples[index].origin.unit for index in parts.test] == ["a17", "a19", "b17", "b19"]
    assert sum(len(part) for part in (parts.train, parts.validation, parts.test)) == len(gathered.examples)


@settings(max_examples=60, deadline=None)
@given(some_origins, some_origins, st.sampled_from(SPLITS))
def test_what_was_missed_never_moves_anything_to_another_side_of_its_group(
    seen: list[Origin], missed: list[Origin], how: str
) -> None:
    examples = tuple(HandExample(origin, np.zeros((21, 3), np.float32), RIGHT, SIZE) for origin in seen)
    try:
        parts, counts = split_gathered(Gathered(examples, tuple(missed), ()), how, 0)
    except TrainingError:
        return
    sides = [parts.train, parts.validation, parts.test]
    assert sorted(np.concatenate(sides).tolist()) == list(range(len(seen))) and all(map(len, sides))
    tested = {getattr(seen[index], GROUP[parts.kind]) for index in parts.test}
    certain = Counter(one.label for one in missed if getattr(one, GROUP[parts.kind]) in tested)
    assert all(counts.get(label, 0) >= count for label, count in certain.items())


def test_where_the_test_would_hold_only_what_was_missed_nothing_is_measured() -> None:
    clips = [clip(hands=[RIGHT] if number < 4 else []) for number in range(5)]
    with pytest.raises(TrainingError, match="too few to hold any apart"):
        split_gathered(gather(clips, "still"), "block", 0)


def test_a_hand_that_lacks_points_throughout_is_none() -> None:
    one = clip(frames=40)
    one.hands[:, :, 5] = np.nan
    assert gather([one], "sequence").undetected == {"a": 1}
