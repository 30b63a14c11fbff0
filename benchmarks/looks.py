"""What a second look in the mirror brings on photos: the gestures bundle on the photos that did not teach it.

    python benchmarks/looks.py --data ../shared/data --photos 1000

Each photo goes the way that `mudra recognize` goes, with one look, and with a second where hands leave a doubt. Which
photos are held out follows from build/models/hagrid-crops (see `make models`) and from the split of the bundle's card.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tables import table

from recognizers.bundle import Bundle, find_bundle
from recognizers.clips import iter_clips
from recognizers.examples import Origin, gather, split
from recognizers.landmarker import Landmarker
from recognizers.photos import read_photo
from recognizers.recognizer import Recognizer
from recognizers.second_look import second_look
from recognizers.types import Frame, Prediction

HEAD = ("", "among hands found", "no hand as `none`", "no hand as a miss", "said and wrong", "hands found")


class Answer(NamedTuple):
    """What was said of a photo: its label, or None where no hand was found; and whether that was reported."""

    label: str | None
    said: bool


def held_out() -> list[Origin]:
    """Return the photos of the bundle's test, those in which the import found no hand among them."""
    whole = gather(iter_clips(Path("build/models/hagrid-crops")), "still")
    origins = [*(example.origin for example in whole.examples), *whole.missed]
    return [origins[int(index)] for index in split(origins, "random", 1).test]


def answers(photos: Sequence[Path], recognizer: Recognizer) -> tuple[list[Answer], list[Answer]]:
    """Return what is said of each photo after one look, and after a second where there is a doubt."""
    once, twice = [], []
    with Landmarker(stills=True, hands=2) as landmarker:
        for photo in photos:
            frame = Frame(read_photo(photo), 0, 0)
            landmarks = landmarker.detect(frame)
            once.append(_answer(recognizer, recognizer.still(frame, landmarks)))
            again = second_look(frame, landmarker.detect)
            twice.append(_answer(recognizer, recognizer.still(frame, landmarks, again)))
    return once, twice


def _answer(recognizer: Recognizer, prediction: Prediction | None) -> Answer:
    return Answer(None, False) if prediction is None else Answer(prediction.label, recognizer.accepts(prediction))


def row(name: str, found: Sequence[Answer], labels: Sequence[str]) -> list[str]:
    """Return the shares that are right: among hands found, where none found counts as `none`, and as a miss."""
    pairs = list(zip(found, labels, strict=True))
    seen = [answer.label == label for answer, label in pairs if answer.label is not None]
    as_none = [(answer.label or "none") == label for answer, label in pairs]
    wrong = [answer.said and answer.label != label for answer, label in pairs]
    shares = (np.mean(seen), np.mean(as_none), np.sum(seen) / len(pairs), np.mean(wrong), len(seen) / len(pairs))
    return [name, *(f"{share:.4f}" for share in shares)]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the raw data")
    parser.add_argument("--model", default="gestures", help="the bundle (default: gestures)")
    parser.add_argument("--photos", type=int, default=3000, help="at most so many, chosen at random (default: all)")
    arguments = parser.parse_args()
    test = held_out()
    some = np.random.default_rng(1).permutation(len(test))[: arguments.photos]
    chosen = [test[int(index)] for index in some]
    folder = arguments.data / "poses/hagrid_crops/images"
    photos = [folder / origin.label / f"{origin.unit}.jpg" for origin in chosen]
    once, twice = answers(photos, Recognizer(Bundle.load(find_bundle(arguments.model))))
    labels = [origin.label for origin in chosen]
    rows = [row("one look", once, labels), row("a second look where there is a doubt", twice, labels)]
    print(f"{len(chosen)} photos\n")
    print(
        table(
            ("", "among hands found", "no hand as `none`", "no hand as a miss", "said and wrong", "hands found"), rows
        )
    )


if __name__ == "__main__":
    main()
