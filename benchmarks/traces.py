"""How well signs that a finger draws are found, and how often they are found where nobody draws.

    python benchmarks/traces.py drawn           J and Z of generated people, by frames a second and by what they do
    python benchmarks/traces.py others          false ones: idling, words, letters here and there, pointing
    python benchmarks/traces.py signer          the synthetic signer, looked at by the landmarker
    python benchmarks/traces.py person          a real person's J and Z, and what the person's still letters give
    python benchmarks/traces.py media FILE...   false ones in videos

Everything runs through the recognizer of the bundle (--model, default: letters). --count says how many people.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recognizers.bundle import Bundle, find_bundle
from recognizers.generated_idling import generated_idling
from recognizers.generated_signers import make_person
from recognizers.generated_signs import chosen_style, signed
from recognizers.generated_traces import DRAWINGS, drawn_stream, moved_stream, seen_stream
from recognizers.recognizer import Recognizer
from recognizers.sequence import MAX_GAP_NS
from recognizers.types import RIGHT, Landmarks
from recognizers.word_file import words

RATES = (10.0, 15.0, 30.0, 60.0)
LETTERS = tuple("abcdefghiklmnopqrstuvwxy")
IDLE_SECONDS = 5.0
SIZE = (1280, 720)
Stream = list[Landmarks]


class Seen(NamedTuple):
    """The labels of a stream's events in order, and its seconds."""

    labels: tuple[str, ...]
    seconds: float


def seen(recognizer: Recognizer, stream: Iterable[Landmarks]) -> Seen:
    """Return what a recognizer tells of a stream."""
    frames = list(stream)
    labels = tuple(event.label for event in recognizer.predict_clip(frames))
    return Seen(labels, (frames[-1].t_ns - frames[0].t_ns) / 1e9 if frames else 0.0)


def idling(rng: np.random.Generator) -> Stream:
    """Return somebody who rests, talks with the hands, touches the face, types, or makes other signs."""
    steps = int(IDLE_SECONDS * 30)
    [example] = generated_idling((), 1 + int(rng.integers(3)), rng, steps=steps, seconds=IDLE_SECONDS)[-1:]
    return [
        Landmarks(round((step + 1) / 30 * 1e9), hands=hands, face_points=face, image_size=example.image_size)
        for step, (hands, face) in enumerate(zip(example.hands, example.face_points, strict=True))
    ]


def a_word(rng: np.random.Generator) -> Stream:
    """Return somebody who signs one of the words that ship."""
    styles = [style for each in words().values() for style in each]
    person = make_person(rng)
    return seen_stream(signed(chosen_style(styles, rng), person, rng)[0], person, rng)


def spelled(rng: np.random.Generator) -> Stream:
    """Return somebody who shows five still letters here and there."""
    return moved_stream([str(letter) for letter in rng.choice(LETTERS, 5)], rng)


def shown(rng: np.random.Generator) -> Stream:
    """Return somebody who shows I or D and lets the hand sink."""
    return moved_stream([str(rng.choice(("i", "d")))], rng, way=0.3)


def carried(rng: np.random.Generator) -> Stream:
    """Return somebody who carries I or D to and fro, hardly ever resting."""
    return moved_stream([str(rng.choice(("i", "d")))] * 6, rng, still=(0.0, 0.2))


def pointing(rng: np.random.Generator) -> Stream:
    """Return somebody who points here and there with the index finger, hardly ever resting."""
    return moved_stream([str(rng.choice(("one", "d", "loser", "g")))] * 8, rng, still=(0.0, 0.1), way=1.5)


OTHERS: dict[str, Callable[[np.random.Generator], Stream]] = {
    "idling": idling,
    "words": a_word,
    "still letters": spelled,
    "I or D, then down": shown,
    "I or D, carried about": carried,
    "pointing here and there": pointing,
}


def drawn(recognizer: Recognizer, count: int) -> None:
    """Print by letter and rate how many were told, told alone, told twice, and what else was told.

    The last column leaves out those of whose hand the landmarker lost sight for longer than a movement may break off.
    """
    print(
        "| letter | frames a second | told | alone, once | another label before | twice | the other | told, not lost |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for label in DRAWINGS:
        for rate in RATES:
            rng = np.random.default_rng(1)
            streams = [drawn_stream(label, rng, fps=rate) for _ in range(count)]
            rows = [seen(recognizer, stream).labels for stream in streams]
            followed = [label in row for row, stream in zip(rows, streams, strict=True) if not is_lost(stream)]
            told = [row for row in rows if label in row]
            cells = (
                len(told),
                sum(row == (label,) for row in rows),
                sum(row[0] != label for row in told),
                sum(row.count(label) > 1 for row in rows),
                sum(other in row for row in rows for other in DRAWINGS if other != label),
            )
            shares = [*(cell / count for cell in cells), sum(followed) / max(len(followed), 1)]
            print(f"| {label} | {rate:g} | " + " | ".join(f"{share:.1%}" for share in shares) + " |", flush=True)


def is_lost(stream: Stream) -> bool:
    """Return whether the hand is out of sight for longer than `MAX_GAP_NS` between its first and last sight."""
    times = np.array([landmarks.t_ns for landmarks in stream if landmarks.hands_found.any()])
    return len(times) < 2 or bool(np.diff(times).max() > MAX_GAP_NS)


def others(recognizer: Recognizer, count: int) -> None:
    """Print how many J and Z a minute are told where nobody draws."""
    print("| what people do | minutes | J | Z | a minute |\n| --- | --- | --- | --- | --- |")
    for name, make in OTHERS.items():
        rng = np.random.default_rng(2)
        rows = [seen(recognizer, make(rng)) for _ in range(count)]
        minutes = sum(row.seconds for row in rows) / 60
        counts = Counter(label for row in rows for label in row.labels)
        false = counts["J"] + counts["Z"]
        print(f"| {name} | {minutes:.1f} | {counts['J']} | {counts['Z']} | {false / minutes:.2f} |", flush=True)


def signer(recognizer: Recognizer, count: int) -> None:
    """Print what is told of the synthetic signer through the landmarker, by rate; each script with another hand."""
    from recognizers.landmarker import Landmarker
    from recognizers.synthetic import SyntheticSource

    for rate in (15, 30, 60):
        for seed in range(count):
            script = f"b:0.8,j:1.7,a:0.8,z:1.9,none:0.6,left-j:1.7,none:0.6,left-z:1.9,none:0.5,fps={rate},seed={seed}"
            with SyntheticSource(script) as source, Landmarker() as landmarker:
                told = seen(recognizer, (landmarker.detect(frame) for frame in source.items())).labels
            print(f"{rate} frames a second, hand {seed}: {' '.join(told)}", flush=True)


def person(recognizer: Recognizer, data: Path) -> None:
    """Print what a real person's frames give, in the order of their recording, at rates that they may have had."""
    arrays = np.load(data / "poses/asl_letters_one_signer/asl_az_landmarks.npz")
    numbers = np.array([int(Path(str(name)).stem.split("_")[1]) for name in arrays["name"]])
    for rate in (10.0, 15.0, 20.0, 30.0):
        counts: dict[str, Counter[str]] = {}
        for letter in np.unique(arrays["y"]):
            mine = np.flatnonzero(arrays["y"] == letter)
            points = arrays["X"][mine[np.argsort(numbers[mine])]]
            counts[str(letter)] = Counter(seen(recognizer, recorded(points, rate)).labels)
        still = [(letter, label) for letter, found in counts.items() for label in found if letter not in DRAWINGS]
        false = [f"{letter}: {label}" for letter, label in still if label in DRAWINGS]
        for letter in DRAWINGS:
            print(f"{rate:g} frames a second, {letter}: {dict(counts[letter].most_common())}")
        print(f"{rate:g} frames a second, J or Z in still letters: {', '.join(false) or 'none'}", flush=True)


def recorded(points: np.ndarray, rate: float) -> Iterator[Landmarks]:
    """Yield that person's frames (T, 21, 3), un-mirrored, at the aspect that they most likely have."""
    for number, one in enumerate(points):
        hands = np.full((2, 21, 3), np.nan, np.float32)
        hands[RIGHT] = one * (-1, 1, 1) + (1, 0, 0)
        yield Landmarks(round((number + 1) / rate * 1e9), hands=hands, image_size=SIZE)


def media(recognizer: Recognizer, files: Sequence[str]) -> None:
    """Print what is told of videos."""
    from recognizers.landmarker import Landmarker
    from recognizers.sources import open_sources

    for file in files:
        for source in open_sources(file):
            with source, Landmarker() as landmarker:
                told = seen(recognizer, (landmarker.detect(frame) for frame in source.items()))  # type: ignore[arg-type]
            print(f"{file}: {told.seconds:.1f} s, {' '.join(told.labels) or 'nothing'}", flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=("drawn", "others", "signer", "person", "media"))
    parser.add_argument("files", nargs="*", help="media: videos")
    parser.add_argument("--model", default="letters", help="a bundle with traces (default: letters)")
    parser.add_argument("--count", type=int, help="how many people (default: 200; signer: 2)")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the raw data")
    arguments = parser.parse_args()
    recognizer = Recognizer(Bundle.load(find_bundle(arguments.model)))
    if arguments.table == "drawn":
        drawn(recognizer, arguments.count or 200)
    elif arguments.table == "others":
        others(recognizer, arguments.count or 200)
    elif arguments.table == "signer":
        signer(recognizer, arguments.count or 2)
    elif arguments.table == "person":
        person(recognizer, arguments.data)
    else:
        media(recognizer, arguments.files)


if __name__ == "__main__":
    main()
