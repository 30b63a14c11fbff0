from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from recognizers.hand_search import FAST, LAST_DOUBT_MS, LINGER_MS, SEARCH_MS, HandSearch, Picture
from recognizers.handedness import Hand
from recognizers.sequence import Ticker
from recognizers.types import FloatArray, ImageArray

SIZE = 400
PALM = 50.0
LEAST_STEP = 40


def hand(x: float) -> Hand:
    points = np.zeros((21, 3), np.float32)
    points[:, 0], points[:, 1] = x / SIZE, 0.5
    points[[5, 9, 13, 17], 1] -= PALM / SIZE
    return points, points, "Right", 0.9


class Scene:
    """Hands at places that the test moves about; pictures carry none, so the detectors ask the scene."""

    def __init__(self) -> None:
        self.hands: tuple[float, ...] = ()
        self.false_palms: tuple[float, ...] = ()
        self.false_score = 0.6
        self.calls: list[str] = []
        self.open_pairs = 0

    def palms(self, pixels: ImageArray) -> FloatArray:
        self.calls.append("palms")
        palms = [(x, 0.9) for x in self.hands] + [(x, self.false_score) for x in self.false_palms]
        places = [(x, SIZE / 2 - PALM / 2, PALM, score) for x, score in palms]
        return np.array(places, np.float32).reshape(-1, 4)


class Detector:
    """Finds up to `count` hands of a scene; insists on a growing clock and, as MediaPipe does, on its memory:
    a detector for one hand that rested looks first where the hand was."""

    def __init__(self, scene: Scene, count: int) -> None:
        self.scene, self.count = scene, count
        self.last_ms = -1
        self.known: float | None = None
        self.scene.open_pairs += count == 2

    def detect(self, picture: Picture, ms: int) -> list[Hand]:
        assert ms > self.last_ms
        self.last_ms = ms
        self.scene.calls.append("one" if self.count == 1 else "two")
        hands = self.scene.hands
        if self.count == 1 and self.known is not None and all(abs(x - self.known) > PALM for x in hands):
            self.known = None
            return []
        self.known = hands[0] if hands else None
        return [hand(x) for x in hands[: self.count]]

    def close(self) -> None:
        self.scene.open_pairs -= self.count == 2


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def search(scene: Scene) -> Iterator[HandSearch]:
    with ThreadPoolExecutor(1) as beside:
        made = HandSearch(Detector(scene, 1), lambda: Detector(scene, 2), scene.palms, beside)
        yield made
        made.close()
    assert scene.open_pairs == 0


PICTURE = Picture(None, np.zeros((SIZE, SIZE, 3), np.uint8))


def counts(search: HandSearch, times: Sequence[int]) -> list[int]:
    return [len(search.detect(PICTURE, ms)) for ms in times]


def test_no_hand_in_view_costs_one_look(scene: Scene, search: HandSearch) -> None:
    assert counts(search, range(0, 1000, LEAST_STEP)) == [0] * 25
    assert scene.calls.count("one") == 25
    assert scene.calls.count("palms") == 1, "in the very first frame, where two hands may be"
    assert "two" not in scene.calls


@pytest.mark.parametrize("step", [8, 16, 33, 40, 66])
def test_one_hand_in_view_costs_five_palm_looks_a_second(step: int, scene: Scene, search: HandSearch) -> None:
    scene.hands = (100,)
    times = range(0, 4000, step)
    assert counts(search, times) == [1] * len(times)
    assert scene.calls.count("one") == len(times)
    assert 4000 / (SEARCH_MS + step) <= scene.calls.count("palms") <= 4000 / SEARCH_MS + 1
    assert "two" not in scene.calls


def test_looks_fall_on_the_frames_of_recognizers_ticks(scene: Scene, search: HandSearch) -> None:
    scene.hands = (100,)
    ticker, looked, ticks = Ticker(10.0), [], []
    for index in range(300):
        t_ns = index * 1_000_000_000 // 30
        before = scene.calls.count("palms")
        search.detect(PICTURE, t_ns // 1_000_000)
        if scene.calls.count("palms") > before:
            looked.append(index)
        if ticker.due(t_ns):
            ticks.append(index)
    assert len(looked) == 50
    assert set(looked) <= set(ticks)


def test_two_hands_in_the_first_frame_are_both_found(scene: Scene, search: HandSearch) -> None:
    scene.hands = (100, 300)
    assert counts(search, range(0, 1000, LEAST_STEP)) == [2] * 25
    assert scene.calls.count("palms") == 1


@pytest.mark.parametrize("phase", range(0, SEARCH_MS, LEAST_STEP))
def test_a_second_hand_is_found_within_a_quarter_of_a_second(phase: int, scene: Scene, search: HandSearch) -> None:
    scene.hands = (100,)
    comes = 1000 + phase
    counts(search, range(0, comes, LEAST_STEP))
    scene.hands = (100, 300)
    times = range(comes, comes + 1000, LEAST_STEP)
    found = counts(search, times)
    assert found.index(2) * LEAST_STEP <= 250
    assert found[found.index(2) :] == [2] * (25 - found.index(2))


def test_a_lost_second_hand_is_waited_for_and_then_given_up(scene: Scene, search: HandSearch) -> None:
    scene.hands = (100, 300)
    counts(search, range(0, 1000, 10))
    scene.hands = (100,)
    scene.calls.clear()
    assert counts(search, range(1000, 2000, 10)) == [1] * 100
    assert scene.calls.count("two") <= LINGER_MS / 10 + 1
    assert scene.open_pairs == 0


def test_the_one_that_rested_finds_a_hand_that_is_elsewhere_now(scene: Scene, search: HandSearch) -> None:
    scene.hands = (100,)
    counts(search, range(0, 400, LEAST_STEP))
    scene.hands = (100, 300)
    counts(search, range(400, 2000, LEAST_STEP))
    scene.hands = (300,)
    assert counts(search, range(2000, 4000, LEAST_STEP)) == [1] * 50


def test_a_hand_that_moved_fast_is_looked_at_once_more(scene: Scene, search: HandSearch) -> None:
    times = itertools.count(0, LEAST_STEP)
    for x, looks in ((100.0, 1), (100 + 0.9 * FAST * PALM, 1), (130.0, 2), (130.0, 1)):
        scene.calls.clear()
        scene.hands = (x,)
        assert len(search.detect(PICTURE, next(times))) == 1
        assert scene.calls.count("one") == looks


def test_a_palm_that_is_none_is_tried_less_and_less_often(scene: Scene, search: HandSearch) -> None:
    scene.hands, scene.false_palms = (100,), (300,)
    times = range(0, 10_000, LEAST_STEP)
    assert counts(search, times) == [1] * len(times)
    assert 4 <= scene.calls.count("two") <= 6
    scene.calls.clear()
    counts(search, range(10_000, 10_000 + 3 * LAST_DOUBT_MS, LEAST_STEP))
    assert 2 <= scene.calls.count("two") <= 3


def test_a_hand_that_was_doubted_as_it_came_in_is_found_soon_after(scene: Scene, search: HandSearch) -> None:
    scene.hands, scene.false_palms = (100,), (300,)
    counts(search, range(0, 250, LEAST_STEP))
    assert scene.calls.count("two") == 1
    scene.hands, scene.false_palms = (100, 300), ()
    assert counts(search, range(250, 250 + 560, LEAST_STEP))[-1] == 2


def test_a_doubted_palm_that_becomes_clearer_is_tried_at_once(scene: Scene, search: HandSearch) -> None:
    scene.hands, scene.false_palms = (100,), (300,)
    counts(search, range(0, 1300, LEAST_STEP))
    tried = scene.calls.count("two")
    scene.hands, scene.false_palms = (100, 300), ()
    assert counts(search, range(1300, 1580, LEAST_STEP))[-1] == 2
    assert tried <= 3


def test_a_doubted_palm_hides_no_other_hand(scene: Scene, search: HandSearch) -> None:
    scene.hands, scene.false_palms = (100,), (300,)
    counts(search, range(0, 400, LEAST_STEP))
    scene.hands = (100, 200)
    assert 2 in counts(search, range(400, 680, LEAST_STEP))


def test_a_palm_too_near_is_the_hand_itself(scene: Scene, search: HandSearch) -> None:
    scene.hands, scene.false_palms = (100,), (120,)
    counts(search, range(0, 1000, LEAST_STEP))
    assert "two" not in scene.calls


def test_a_hand_coming_back_is_looked_at_anew(scene: Scene, search: HandSearch) -> None:
    scene.hands = (100,)
    counts(search, range(0, 1000, LEAST_STEP))
    scene.hands = ()
    counts(search, range(1000, 2000, LEAST_STEP))
    scene.hands = (100, 300)
    found = counts(search, range(2000, 2400, LEAST_STEP))
    assert found[:2] == [1, 2]
    assert all(a <= b for a, b in itertools.pairwise(found))
