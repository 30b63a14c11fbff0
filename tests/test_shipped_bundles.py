"""What ships works on real people that no training saw, and says what it is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from recognizers.bundle import Bundle, find_bundle, shipped_bundles
from recognizers.landmarker import Landmarker
from recognizers.recognizer import Recognizer
from recognizers.sources import open_sources
from recognizers.synthetic import SyntheticSource
from recognizers.types import Frame, LabelEvent

FLOORS = {"gestures": 0.95, "words": 0.95}


def labels_of(folder: Path) -> Counter[str]:
    """Count what the gestures bundle reports in each photo of a folder; '' where it reports nothing."""
    recognizer = Recognizer(Bundle.load(find_bundle("gestures")))
    found: Counter[str] = Counter()
    [photos] = open_sources(str(folder))
    with Landmarker(stills=True) as landmarker, photos:
        for frame in photos.items():
            assert isinstance(frame, Frame)
            prediction = recognizer.still(frame, landmarker.detect(frame))
            reported = prediction is not None and recognizer.accepts(prediction)
            found[prediction.label if prediction is not None and reported else ""] += 1
    return found


def events_of(script: str, bundle: str = "gestures") -> list[LabelEvent]:
    """Return the whole events of a synthetic script."""
    recognizer = Recognizer(Bundle.load(find_bundle(bundle)))
    events: list[LabelEvent] = []
    with SyntheticSource(script) as source, Landmarker(face=recognizer.needs_face) as landmarker:
        for frame in source.items():
            events += recognizer.update(frame, landmarker.detect(frame)).events
    return [event for event in [*events, *recognizer.finish()] if event.ended]


@pytest.mark.parametrize("path", shipped_bundles(), ids=lambda path: path.name)
def test_every_bundle_is_whole_and_tells_its_figures(path: Path) -> None:
    info = Bundle.load(path).info
    assert info.id == path.name
    assert info.metrics["accuracy"] >= FLOORS[info.id]
    assert info.background, "a bundle that ships can say 'nothing'"
    assert all(item["licence"] for item in info.data)
    card = (path / "card.md").read_text(encoding="utf-8")
    assert f"Accuracy {info.metrics['accuracy']:.4f}" in card
    assert "Licence" in card


@pytest.mark.parametrize("label", ["call", "rock"])
def test_photos_of_other_people(label: str, shared_data: Path) -> None:
    found = labels_of(shared_data / "media/gesture_photos/raw_data" / label)
    assert found[label] >= 8, found
    assert set(found) <= {label, ""}, found


def test_four_fingers_are_hardly_ever_taken_for_another_gesture(shared_data: Path) -> None:
    found = labels_of(shared_data / "media/gesture_photos/raw_data/four")
    assert found[""] >= 8, found


def test_the_signer_is_understood_at_60_and_at_15_frames_a_second() -> None:
    script = "palm:1.2,fist:1.2,none:0.8,like:1.2,peace:1.2,ok:1.2,size=480x360,fps="
    fast, slow = events_of(script + "60"), events_of(script + "15")
    assert [event.label for event in fast] == ["palm", "fist", "like", "peace", "ok"]
    assert [event.label for event in slow] == [event.label for event in fast]
    for one, other in zip(fast, slow, strict=True):
        assert abs(one.t_ns - other.t_ns) <= 150_000_000


def test_the_signer_signs_a_word() -> None:
    events = events_of("none:0.5,seeyoulater:3.2,none:1,fps=20", "words")
    assert events
    assert {event.label for event in events} == {"seeyoulater"}
