"""What is to be known of the examples before figures on them are believed: who shows them, and who has seen them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from recognizers.examples import Example, HandExample, MotionExample, Origin
from recognizers.pictures import PictureExample
from recognizers.training_record import TrainingRecord, fingerprint, fingerprints
from recognizers.types import FloatArray, ImageArray

FEW = 10
"""Of fewer examples a label, one more or less is a tenth of its recall."""


def content_of(example: Example | PictureExample) -> FloatArray | ImageArray:
    """Return what an example shows, as it is fingerprinted: points or pixels, before anything is made of them."""
    if isinstance(example, HandExample):
        return example.hand
    return example.hands if isinstance(example, MotionExample) else example.crop


def record_of(learned: Sequence[Example | PictureExample], history: Sequence[dict[str, Any]]) -> TrainingRecord:
    """Return what a bundle that has learned from these examples shall remember."""
    signers = {example.origin.signer for example in learned} - {None}
    return TrainingRecord(
        history=tuple(history),
        seen=fingerprints(content_of(example) for example in learned),
        signers=fingerprints(str(signer) for signer in signers),
    )


def example_facts(examples: Sequence[Example | PictureExample], record: TrainingRecord | None) -> dict[str, Any]:
    """Return what is to be known of examples that measure a bundle.

    Args:
        examples: at least one.
        record: what the bundle remembers of its training; None where it does not.

    Returns:
        `signers` and `sessions`: how many, 0 where nobody said; `seen`: how many of the examples the bundle has learned
        from, None where it is not known; `warnings`: what follows, in words.
    """
    signers = {example.origin.signer for example in examples} - {None}
    sessions = {example.origin.session for example in examples} - {None}
    seen = None if record is None else sum(fingerprint(content_of(one)) in record.seen for one in examples)
    known = 0 if record is None else len(record.signers & fingerprints(str(signer) for signer in signers))
    warnings = []
    if seen is None:
        warnings.append("The model does not tell what it has learned from: some of this may have been in its training.")
    elif seen:
        warnings.append(
            f"{seen} of the {len(examples)} examples were in the training. What a model has learned from says nothing "
            "of how well it does on anything else: measure on other recordings."
        )
    elif known:
        people = "The person" if len(signers) == 1 else f"{known} of the {len(signers)} people"
        warnings.append(f"{people} in these clips stood in the training as well: others may be read less well.")
    warnings += _few_people(signers, sessions)
    counts = Counter(example.origin.label for example in examples)
    if few := sorted(label for label, count in counts.items() if count < FEW):
        warnings.append(f"Fewer than {FEW} examples, so take their figures as a hint: {', '.join(few)}.")
    return {"signers": len(signers), "sessions": len(sessions), "seen": seen, "warnings": warnings}


def _few_people(signers: set[str | None], sessions: set[str | None]) -> list[str]:
    if len(signers) == 1:
        where = " in one session" if len(sessions) == 1 else ""
        return [f"One person only{where}: the figures say nothing of other people."]
    if not signers and len(sessions) < 2:
        return ["Nobody said who or when: this may be one person in one session, and the figures hold for that alone."]
    return []


def clip_name(origin: Origin, names: Sequence[str]) -> str:
    """Return the name of the clip that an example was cut from.

    Args:
        origin: of the example; it tells the clip's number, or the photo's name, or (of faces) a place in order.
        names: of all clips, in order.
    """
    word, _, number = origin.unit.partition("-")
    if word == "clip" and number.isdecimal() and int(number) < len(names):
        return names[int(number)]
    return names[origin.order] if len(origin.unit) == 16 and origin.order < len(names) else origin.unit
