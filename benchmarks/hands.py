"""What generated hands teach: gestures and letters read on real hands that the training never saw.

    python benchmarks/hands.py --one-signer DIR    only write the one signer's letters as a dataset, to DIR
    python benchmarks/hands.py gestures            gestures that have photos, learned without them
    python benchmarks/hands.py letters             letters, learned from generated hands alone

The tables are in models.md. They need the datasets of `make models` under build/models; --data names the folder of the
raw data. Each row is a network of its own, 8 to 12 epochs at a falling rate; --seeds says how often it is fitted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recognizers import networks
from recognizers.augmentation import varied
from recognizers.bundle import BundleInfo
from recognizers.clips import Clip, ClipHeader, DatasetInfo, iter_clips, write_dataset
from recognizers.examples import Example, HandExample, features_of, gather, split_gathered
from recognizers.export import as_function
from recognizers.features import FLAT, HAND
from recognizers.fitting import FitPlan, falling, refit
from recognizers.generated import generated_hands
from recognizers.lessons import Lesson, Preparer, joined_lessons, normalisation
from recognizers.types import RIGHT, Landmarks

BUILT = Path("build/models")
SIZE = (1280, 720)
LETTERS = tuple("ABCDEFGHIKLMNOPQRSTUVWXY")
UNSHOWN = ("ok", "one", "palm", "peace", "rock")
"""Gestures whose photos only measure in the table of gestures."""


def one_signer(data: Path) -> Iterator[Clip]:
    """Yield the one signer's still letters, un-mirrored and at the aspect that they most likely have.

    x and z are fractions of the width and y of the height, most likely of 16:9, so a picture of that shape undoes it.
    """
    arrays = np.load(data / "poses/asl_letters_one_signer/asl_az_landmarks.npz")
    for points, letter in zip(arrays["X"], arrays["y"], strict=True):
        if letter not in LETTERS:
            continue
        hands = np.full((2, 21, 3), np.nan, np.float32)
        hands[RIGHT] = points * (-1, 1, 1) + (1, 0, 0)
        header = ClipHeader(str(letter), "sign", signer="one signer", source="asl_letters_one_signer", image_size=SIZE)
        yield Clip.of(header, [Landmarks(0, hands, np.full_like(hands, np.nan), image_size=SIZE)])


def write_one_signer(data: Path, folder: Path) -> None:
    """Write them as a dataset."""
    note = "Un-mirrored; 16:9 assumed. One person, consecutive frames: to measure on, not to learn from."
    source = "borisgraudt/asl-ai, still letters"
    write_dataset(folder, DatasetInfo("sign", source, "MIT", note), one_signer(data), replace=True)


@dataclass(frozen=True, slots=True)
class Row:
    """What a network learns from, beside the examples of others."""

    name: str
    drawn: bool = False
    noisy: int = 0
    background: bool = True
    between: bool = True
    features: str = HAND.name


ROWS = (
    Row("landmarks with noise", noisy=300),
    Row("drawn hands", drawn=True),
    Row("both", drawn=True, noisy=300),
)
WITH_PHOTOS = Row("both, and photos of all", drawn=True, noisy=300)
LETTER_ROWS = (
    *(replace(row, features=FLAT.name) for row in ROWS),
    Row("both, with joint angles", drawn=True, noisy=300),
    Row("both, no hands between letters", drawn=True, noisy=300, between=False, features=FLAT.name),
    Row("both, nothing that is no letter", drawn=True, noisy=300, background=False, features=FLAT.name),
)


def stills(folder: Path, row: Row | None = None) -> list[HandExample]:
    """Return a dataset's hands; of drawn ones those that the row takes."""
    clips = [clip for clip in iter_clips(folder) if row is None or _taken(clip, row)]
    return [example for example in gather(clips, "still").examples if isinstance(example, HandExample)]


def _taken(clip: Clip, row: Row) -> bool:
    between = clip.header.source.endswith("between poses")
    return row.drawn and (row.background or clip.header.label != "none") and (row.between or not between)


def answers(
    row: Row, taught: Sequence[Example], measured: Sequence[Example], labels: Sequence[str], *, seed: int, epochs: int
) -> list[str]:
    """Return what a network that learned from `taught` and the row's noisy hands says to `measured`."""
    rng = np.random.default_rng(seed)
    wanted = [label for label in labels if row.background or label != "none"]
    noisy = generated_hands(wanted, row.noisy, rng) if row.noisy else []
    lesson = joined_lessons(*(_lesson(part) for part in (taught, noisy) if part))
    mean, deviation = normalisation(lesson.features, row.features)
    info = BundleInfo(
        id="trial", mode="sign", input="still", labels=tuple(labels), background=(), features=row.features,
        feature_count=HAND.count, mean=mean, deviation=deviation, thresholds={}, default_threshold=0.5, network="mlp",
        network_parameters={}, data=(), licence="", window_steps=1, window_seconds=0.0, landmarker=None, made={},
    )  # fmt: skip
    networks.seed_everything(seed)
    network = networks.build("mlp", info.input_shape, len(labels), {"units": (128, 64)})
    prepare = Preparer(info)
    refit(network, prepare.taught(lesson), falling(3e-3, epochs), FitPlan(epochs, batch=256, seed=seed), lambda _: None)
    scores = as_function(network)(prepare.taught(Lesson(features_of(measured), (labels[0],) * len(measured))).x)
    return [labels[int(best)] for best in scores.argmax(axis=1)]


def _lesson(examples: Sequence[Example]) -> Lesson:
    return Lesson(features_of(examples), tuple(example.origin.label for example in examples))


def letters(data: Path, seeds: int) -> None:
    """Print the table of letters: the share right of the one signer, and of three gestures that are letters."""
    measured = stills(_one_signer_built(data))
    photos = stills(BUILT / "hagrid-crops")
    same = {"ok": "F", "peace": "V", "none": "none"}
    print("| learned from | one signer | ok = F | peace = V | none |\n| --- | --- | --- | --- | --- |")
    for row in LETTER_ROWS:
        taught = stills(BUILT / "generated-letters", row)
        labels = (*LETTERS, "none")
        shares = []
        for seed in range(seeds):
            told = answers(row, taught, [*measured, *photos], labels, seed=seed, epochs=8)
            truth = [example.origin.label for example in (*measured, *photos)]
            right = np.array([same.get(true, true) == answer for true, answer in zip(truth, told, strict=True)])
            groups = [np.arange(len(truth)) < len(measured), *(np.array(truth) == name for name in same)]
            shares.append([float(right[group].mean()) for group in groups])
        print(f"| {row.name} | " + " | ".join(f"{share:.3f}" for share in np.mean(shares, axis=0)) + " |", flush=True)


def _one_signer_built(data: Path) -> Path:
    folder = BUILT / "letters-one-signer"
    if not (folder / "dataset.json").is_file():
        write_one_signer(data, folder)
    return folder


def gestures(seeds: int) -> None:
    """Print the table of gestures that are learned without their photos."""
    whole = gather(iter_clips(BUILT / "hagrid-crops"), "still")
    parts, _ = split_gathered(whole, "random", 1)
    examples = [example for example in whole.examples if isinstance(example, HandExample)]
    shown = [examples[int(index)] for part in (parts.train, parts.validation) for index in part]
    measured = [examples[int(index)] for index in parts.test]
    truth = np.array([example.origin.label for example in measured])
    print(f"| learned from | all | {' | '.join(UNSHOWN)} |\n| --- | --- {'| --- ' * len(UNSHOWN)}|")
    for row in (WITH_PHOTOS, *ROWS):
        drawn = stills(BUILT / "generated-gestures", row)
        hidden = () if row is WITH_PHOTOS else UNSHOWN
        others = [example for example in shown if example.origin.label not in hidden]
        labels = sorted({example.origin.label for example in (*shown, *stills(BUILT / "generated-gestures"))})
        shares = []
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            taught = [*others, *(varied(example, rng) for example in others), *drawn]
            told = np.array(answers(row, taught, measured, labels, seed=seed, epochs=12))
            groups = [truth != "", *(truth == label for label in UNSHOWN)]
            shares.append([float((told == truth)[group].mean()) for group in groups])
        print(f"| {row.name} | " + " | ".join(f"{share:.3f}" for share in np.mean(shares, axis=0)) + " |", flush=True)


def main() -> None:
    """Write or measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", choices=("gestures", "letters"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the raw data")
    parser.add_argument("--one-signer", type=Path, metavar="DIR", help="where to write the one signer's letters")
    parser.add_argument("--seeds", type=int, default=2, help="fits a row (default: 2)")
    arguments = parser.parse_args()
    if arguments.one_signer is not None:
        write_one_signer(arguments.data, arguments.one_signer)
    if arguments.table == "letters":
        letters(arguments.data, arguments.seeds)
    if arguments.table == "gestures":
        gestures(arguments.seeds)


if __name__ == "__main__":
    main()
