"""Made-up people: what their cameras show stands at true aspect, and each is another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recognizers.generated_signers import FACE, Person, make_person, watched
from recognizers.types import LEFT, RIGHT


def straight(**changes: object) -> Person:
    """Somebody who looks straight into a camera that errs nowhere."""
    person = make_person(np.random.default_rng(1))
    plain = {
        "camera": (0.0, 0.0, 0.0),
        "face": (0.5, 0.4),
        "width": 0.2,
        "size": (640, 480),
        "noise": 0.0,
        "losses": 0.0,
    }
    return replace(person, **{**plain, **changes})  # type: ignore[arg-type]


def test_the_face_is_where_it_is_and_as_wide_as_it_is() -> None:
    person = straight(distance=1000.0)
    seen = person.seen(FACE)
    np.testing.assert_allclose(seen[:2, :2].mean(axis=0), (0.5, 0.4), atol=1e-3)
    assert abs((seen[5, 0] - seen[4, 0]) - 0.2) < 1e-3


def test_lengths_are_the_same_across_and_down_in_any_picture() -> None:
    for size in ((640, 480), (720, 1280)):
        seen = straight(size=size, distance=1000.0).seen(np.array([(0.0, 0, 0), (1.0, 0, 0), (0.0, 1, 0)]))
        across, down = (seen[1] - seen[0])[0] * size[0], (seen[2] - seen[0])[1] * size[1]
        assert abs(across - down) < 1e-3 * size[0]


def test_what_is_nearer_looks_larger() -> None:
    near, far = (straight(distance=5.0).seen(np.array([(0.0, 0, z), (1.0, 0, z)]))[:, 0] for z in (-2.0, 0.0))
    assert near[1] - near[0] > 1.3 * (far[1] - far[0])


def test_a_hand_outside_the_picture_is_not_found_and_one_inside_is() -> None:
    person = straight(distance=1000.0)
    hands = np.zeros((30, 2, 21, 3))
    hands[:, RIGHT] = (-1.0, 0.5, 0.0)
    hands[:, LEFT] = (0.0, 9.0, 0.0)
    found, face = watched(hands, person, np.random.default_rng(3))
    assert np.isfinite(found[:, RIGHT]).all()
    assert np.isnan(found[:, LEFT]).all()
    assert found.dtype == face.dtype == np.float32


def test_hands_are_lost_as_often_as_the_person_says() -> None:
    hands = np.tile(np.array((0.0, 0.5, 0.0)), (3000, 2, 21, 1))
    found, _ = watched(hands, straight(losses=0.2, distance=1000.0), np.random.default_rng(0))
    assert 0.2 < np.isnan(found[:, LEFT, 0, 0]).mean() < 0.45


def test_people_differ_and_a_seed_makes_the_same_one() -> None:
    one, other, again = (make_person(np.random.default_rng(seed)) for seed in (1, 2, 1))
    assert one.distance != other.distance
    assert one.distance == again.distance
    np.testing.assert_array_equal(one.bends, again.bends)
    rng = np.random.default_rng(0)
    people = [make_person(rng) for _ in range(200)]
    assert 0.3 < np.mean([person.left_handed for person in people]) < 0.7
    assert {person.size for person in people} == {(640, 480), (1280, 720), (720, 1280), (480, 640)}
