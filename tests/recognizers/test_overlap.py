"""Doubts that a report tells."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.examples import HandExample, Origin
from recognizers.overlap import clip_name, example_facts, record_of


def example(
    number: int, signer: str | None = "anna", session: str | None = "monday", label: str = "palm"
) -> HandExample:
    return HandExample(
        Origin(label, signer, session, f"clip-{number}", number), np.full((21, 3), number, np.float32), 1, None
    )


MANY = [example(number, signer) for number, signer in enumerate(["anna", "ben"] * 10)]


def warnings(examples: list[HandExample], learned: list[HandExample] | None) -> str:
    record = None if learned is None else record_of(learned, [])
    return " ".join(example_facts(examples, record)["warnings"])


def test_examples_of_the_training_are_counted() -> None:
    facts = example_facts(MANY, record_of(MANY[:5], []))
    assert facts["seen"] == 5 and "5 of the 20 examples were in the training" in facts["warnings"][0]
    assert (facts["signers"], facts["sessions"]) == (2, 1)


def test_other_people_and_other_examples_raise_no_doubt() -> None:
    facts = example_facts(MANY, record_of([example(99, "carl")], []))
    assert facts["seen"] == 0 and facts["warnings"] == []


def test_a_bundle_that_does_not_remember_is_said_so() -> None:
    facts = example_facts(MANY, None)
    assert facts["seen"] is None and "does not tell what it has learned from" in facts["warnings"][0]


def test_people_of_the_training_are_told() -> None:
    assert "1 of the 2 people" in warnings(MANY, [example(99, "ben")])


@pytest.mark.parametrize(
    ("signer", "session", "words"),
    [
        ("anna", "monday", "One person only in one session"),
        ("anna", None, "One person only:"),
        (None, None, "Nobody said who or when"),
    ],
)
def test_one_person_or_nobody_is_told(signer: str | None, session: str | None, words: str) -> None:
    assert words in warnings([example(number, signer, session) for number in range(10)], [])


def test_labels_with_few_examples_are_told() -> None:
    assert "Fewer than 10" in warnings([*MANY, example(50, label="fist")], [])
    assert warnings([*MANY, example(50, label="fist")], []).endswith("hint: fist.")


def test_clips_have_names() -> None:
    names = ["a.npz", "b.npz"]
    assert clip_name(Origin("x", None, None, "clip-1", 7), names) == "b.npz"
    assert clip_name(Origin("x", None, None, "photo-17", 0), names) == "photo-17"
    assert clip_name(Origin("x", None, None, "0123456789abcdef", 1), names) == "b.npz"
    assert clip_name(Origin("x", None, None, "clip-5", 5), names) == "clip-5"
