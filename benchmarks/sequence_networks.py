"""Networks of movements in one table: on a made-up language whose signers are held apart, and on few clips of one.

    python benchmarks/sequence_networks.py --few                 all rows
    python benchmarks/sequence_networks.py --rows "conv;linear"   some
    python benchmarks/sequence_networks.py --seeds 2 --write      in two languages; also records the table

Fifty words, six clips of each by fifteen people, train; ten clips of each by twenty-five others measure. The columns of
few clips are of five words of one person, measured on twenty others of each by the same person; with --real DIR also of
six signs that two people recorded, in the folders `ilkerdemir` and `kairess`. `cpu` is the processor's seconds.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sign_world import make_signer, make_words, sign

from recognizers import networks
from recognizers.clips import Clip
from recognizers.encoder import read_encoder
from recognizers.examples import MotionExample, features_of, gather, window_seconds_of
from recognizers.export import as_function, to_litert
from recognizers.features import FEATURE_SETS
from recognizers.fitting import Data, FitPlan, falling, refit
from recognizers.importers import ImportOptions, kairess, mp_data
from recognizers.lessons import Lesson, lesson, normalisation
from recognizers.train_options import TrainOptions

TABLE = Path(__file__).with_suffix(".md")
ENCODER = Path(__file__).parents[1] / "build" / "encoder.npz"
RATE, EPOCHS = 2e-3, 40
FEW, FEW_SEEN = 20, 600
"""So few clips are looked at so often, as `mudra train` does."""
SHOTS = (1, 3, 5, 10)
SEED_LSTM = {"activation": "relu", "dropout": 0.0, "noise": 0.0}


@dataclass(frozen=True)
class Row:
    """One contender.

    Attributes:
        name: for the table.
        network, parameters: what learns.
        features: the feature set.
        copies: changed copies of each movement; 0 learns the recordings alone.
        seen: how often each movement is looked at, in one copy or another.
        seed_like: as the first seed fits: Adam at 0.001, 200 epochs, no smoothing.
        encoder: whether it starts from the encoder that `make encoder` makes.
        mirror: whether the other hand may make the same movement; the networks that can then look at both.
    """

    name: str
    network: str
    features: str = "signs"
    parameters: dict[str, Any] = field(default_factory=dict)
    copies: int = 48
    seen: int = 200
    seed_like: bool = False
    encoder: bool = False
    mirror: bool = True


ROWS = (
    Row("first seed's LSTM", "lstm", "body", SEED_LSTM, copies=0, seen=200, seed_like=True),
    Row("linear", "linear"),
    Row("lstm", "lstm", parameters=SEED_LSTM | {"activation": "tanh", "dropout": 0.3}),
    Row("conv", "conv"),
    Row("conv from the encoder", "conv", encoder=True),
    Row("transformer", "transformer"),
    Row("conv, body features", "conv", "body"),
    Row("conv, no copies", "conv", copies=0),
    Row("conv, not mirrored", "conv", mirror=False),
    Row("conv, two members", "conv", parameters={"members": 2}),
)


def world(seed: int, words: int = 50, each: int = 6, test: int = 10) -> tuple[list[Clip], list[Clip]]:
    """Return the clips of those who train and of those who measure."""
    rng = np.random.default_rng(seed)
    lexicon = make_words(words, rng)
    learned = [make_signer(f"a{number}", rng) for number in range(15)]
    others = [make_signer(f"b{number}", rng) for number in range(25)]
    parts = [
        [sign(word, people[int(one)], rng) for word in lexicon for one in rng.permutation(len(people))[:count]]
        for people, count in ((learned, each), (others, test))
    ]
    return parts[0], parts[1]


def examples_of(clips: Sequence[Clip], seconds: float) -> list[MotionExample]:
    """Return the clips' movements."""
    return [one for one in gather(clips, "sequence", seconds=seconds).examples if isinstance(one, MotionExample)]


def accuracy(row: Row, train: list[MotionExample], test: list[MotionExample], seed: int) -> float:
    """Return how large a share of `test` a network that learned from `train` gets right."""
    rng = np.random.default_rng(seed)
    labels = sorted({one.origin.label for one in train})
    if row.copies:
        options = TrainOptions("sign", (), Path("x"), copies=row.copies, mirror=row.mirror)
        taught = lesson(train, options, row.features, rng)
    else:
        taught = Lesson(features_of(train, row.features), tuple(one.origin.label for one in train))
    either = row.mirror and row.network in networks.EITHER_HAND
    parameters = row.parameters | ({"mirrored": row.features} if either else {})
    normal = normalisation(taught.features, row.features, mirrored=either)
    start = read_encoder(ENCODER) if row.encoder else None
    normal = normal if start is None else (start.mean, start.deviation)
    mean, deviation = (np.array(part, np.float32) for part in normal)

    def inputs(features: np.ndarray) -> np.ndarray:
        return np.nan_to_num((features - mean) / deviation)

    networks.seed_everything(seed)
    network = networks.build(row.network, (30, FEATURE_SETS[row.features].count), len(labels), parameters)
    if start is not None:
        networks.start_from(network, start.weights)
    y = np.array([labels.index(label) for label in taught.labels], np.int64)
    epochs = 200 if row.seed_like else EPOCHS
    batch = 32 if row.seed_like or len(train) <= 150 else 64
    seen = max(row.seen, FEW_SEEN) if len(train) <= FEW else row.seen
    steps = math.ceil(len(train) * seen / epochs / batch)
    if not row.seed_like:
        plan = FitPlan(epochs, rate=RATE, decay=1e-2, smoothing=0.1, batch=batch, steps=steps, seed=seed)
    else:
        plan = FitPlan(epochs, rate=1e-3, smoothing=0.0, batch=batch, steps=steps, seed=seed)
    rates = [1e-3] * epochs if row.seed_like else falling(RATE, epochs)
    refit(network, Data(inputs(taught.features).astype(taught.features.dtype), y), rates, plan, lambda news: None)
    answers = as_function(network)(inputs(features_of(test, row.features)).astype(np.float32)).argmax(axis=1)
    return float(np.mean([labels[answer] == one.origin.label for answer, one in zip(answers, test, strict=True)]))


def few(row: Row, count: int, seed: int) -> float:
    """Return the accuracy on one person's clips of five words, learned from `count` others of each."""
    rng = np.random.default_rng(seed + 100)
    words, me = make_words(5, rng), make_signer("me", rng)
    clips = [sign(word, me, rng) for word in words for _ in range(30)]
    train = [clip for number, clip in enumerate(clips) if number % 30 < count]
    test = [clip for number, clip in enumerate(clips) if number % 30 >= 10]
    seconds = window_seconds_of(train)
    return accuracy(row, examples_of(train, seconds), examples_of(test, seconds), seed)


def recorded(folder: Path) -> dict[str, list[MotionExample]]:
    """Return by label the windows of two people's recordings, in the order of time."""
    options = ImportOptions("sign")
    clips = [*mp_data.read(folder / "ilkerdemir", options), *kairess.read(folder / "kairess", options)]
    found: dict[str, list[MotionExample]] = {}
    for one in examples_of(clips, 1.0):
        found.setdefault(one.origin.label, []).append(one)
    return found


def real(row: Row, count: int, found: dict[str, list[MotionExample]], tries: int = 3) -> float:
    """Return the accuracy on the later half of recordings, learned from `count` clips of each in the earlier half.

    Windows of one recording that overlap are one clip; each try learns from others.
    """
    results = []
    for number in range(tries):
        train, test = [], []
        for windows in found.values():
            own = windows if len({one.origin.unit for one in windows}) > 1 else windows[::4]
            half = len(own) // 2
            train += [own[(number * count + index) % half] for index in range(count)]
            test += own[half:]
        results.append(accuracy(row, train, test, number + 1))
    return float(np.mean(results))


def cost(row: Row) -> tuple[int, float]:
    """Return how many numbers a network learns for fifty words, and the milliseconds that a window takes it."""
    from ai_edge_litert.interpreter import Interpreter

    either = {"mirrored": row.features} if row.mirror and row.network in networks.EITHER_HAND else {}
    shape = (30, FEATURE_SETS[row.features].count)
    network = networks.build(row.network, shape, 50, row.parameters | either)
    model = Interpreter(model_content=to_litert(network), num_threads=1)
    model.allocate_tensors()
    place, window, taken = model.get_input_details()[0]["index"], np.zeros((1, *shape), np.float32), []
    for _ in range(300):
        begun = time.perf_counter()
        model.set_tensor(place, window)
        model.invoke()
        taken.append(time.perf_counter() - begun)
    return network.count_params(), 1e3 * float(np.median(taken))


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", help="names of rows, with semicolons")
    parser.add_argument("--seeds", type=int, default=1, help="how many languages (default: 1)")
    parser.add_argument("--few", action="store_true", help="also one person's few clips")
    parser.add_argument("--real", type=Path, metavar="DIR", help="also few clips of two people, from this folder")
    parser.add_argument("--write", action="store_true", help=f"append to {TABLE.name}")
    arguments = parser.parse_args()
    rows = [row for row in ROWS if arguments.rows is None or row.name in arguments.rows.split(";")]
    lines, people = [], recorded(arguments.real) if arguments.real else {}
    for row in rows:
        begun, found = time.process_time(), []
        for seed in range(1, arguments.seeds + 1):
            train, test = world(seed)
            seconds = window_seconds_of(train)
            found.append(accuracy(row, examples_of(train, seconds), examples_of(test, seconds), seed))
        taken = (time.process_time() - begun) / max(arguments.seeds, 1)
        shots = [few(row, count, 1) for count in SHOTS] if arguments.few else []
        shots += [real(row, count, people) for count in SHOTS[:2]] if people else []
        numbers, milliseconds = cost(row)
        cells = [row.name, f"{np.mean(found):.3f}" if found else "", *(f"{shot:.2f}" for shot in shots)]
        lines.append(f"| {' | '.join([*cells, f'{numbers:,}', f'{milliseconds:.2f}', f'{taken:.0f}'])} |")
        print(lines[-1], flush=True)
    if arguments.write:
        with TABLE.open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
