"""How words learned from generated signers carry over to a real one, and what of it matters.

    python benchmarks/words.py --words DATASET            every row; about twenty minutes of one core
    python benchmarks/words.py --words DATASET --write    also records the table

DATASET is an imported dataset of real recordings of words of `assets/words.toml` (`make models` imports one into
build/models/words-one-signer). Nobody in it trains. A second column are generated signers of another seed, with as many
movements that are no word; of these the third column tells the share taken for a word. What the seeds give is averaged.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recognizers import networks
from recognizers.clips import Clip, iter_named_clips
from recognizers.examples import MotionExample, features_of, gather
from recognizers.export import as_function
from recognizers.features import FEATURE_SETS
from recognizers.fitting import Data, FitPlan, falling, refit
from recognizers.generated_idling import generated_idling
from recognizers.generated_signs import generated_signs
from recognizers.lessons import lesson, normalisation
from recognizers.train_options import TrainOptions

TABLE = Path(__file__).with_suffix(".md")
WORDS = ("hello", "iloveyou", "seeyoulater", "thanks")
LABELS = ("hello", "idle", "iloveyou", "seeyoulater", "thanks")
EPOCHS, BATCH, SEEN = 20, 64, 200_000


@dataclass(frozen=True)
class Row:
    """One contender.

    Attributes:
        name: for the table.
        count: generated movements a word; three times as many are none.
        network, parameters, features: as for a training.
        copies: changed copies of each.
    """

    name: str
    count: int = 600
    network: str = "conv"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    features: str = "signs"
    copies: int = 3


ROWS = (
    Row("convolution over time (`conv`)"),
    Row("the same with attention (`transformer`)", network="transformer"),
    Row(
        "the first seed's LSTM",
        network="lstm",
        features="body",
        parameters={"activation": "relu", "dropout": 0.0, "noise": 0.0},
    ),
    Row("mean over the steps (`linear`)", network="linear"),
    Row("`conv`, 100 movements a word", count=100),
    Row("`conv`, the older features (`body`)", features="body"),
)


def real(path: Path) -> list[MotionExample]:
    """Return the recordings, one window each."""
    clips: list[Clip] = [clip for _, clip in iter_named_clips(path, [])]
    return [one for one in gather(clips, "sequence").examples if isinstance(one, MotionExample)]


def made(count: int, seed: int) -> list[MotionExample]:
    """Return generated movements: `count` a word, three times as many that are none."""
    rng = np.random.default_rng(seed)
    return [*generated_signs(WORDS, count, rng), *generated_idling(WORDS, 3 * count, rng)]


def learned(row: Row, seed: int) -> Any:
    """Return a function from movements to label numbers, learned from generated movements alone."""
    train, rng = made(row.count, 1000 + seed), np.random.default_rng(seed)
    taught = lesson(train, TrainOptions("sign", (), Path("x"), copies=row.copies), row.features, rng)
    mean, deviation = (np.array(part, np.float32) for part in normalisation(taught.features, row.features))

    def inputs(features: Any) -> Any:
        return np.nan_to_num((features - mean) / deviation).astype(np.float32)

    networks.seed_everything(seed)
    network = networks.build(row.network, (30, FEATURE_SETS[row.features].count), len(LABELS), dict(row.parameters))
    data = Data(inputs(taught.features), np.array([LABELS.index(label) for label in taught.labels], np.int64))
    plan = FitPlan(EPOCHS, rate=2e-3, decay=1e-2, smoothing=0.1, batch=BATCH, steps=SEEN // EPOCHS // BATCH, seed=seed)
    refit(network, data, falling(plan.rate, EPOCHS), plan, lambda news: None)
    run = as_function(network)
    return lambda examples: run(inputs(features_of(examples, row.features))).argmax(axis=1)


def share_right(answers: Any, examples: Sequence[MotionExample]) -> float:
    """Return how large a share of the answers is right."""
    return float(np.mean([LABELS[one] == ex.origin.label for one, ex in zip(answers, examples, strict=True)]))


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=Path, required=True, help="a dataset of real recordings")
    parser.add_argument("--seeds", type=int, default=2, help="how many trainings a row (default: 2)")
    parser.add_argument("--write", action="store_true", help=f"append to {TABLE.name}")
    arguments = parser.parse_args()
    recorded, others = real(arguments.words), made(150, 7)
    idle = np.array([one.origin.label == "idle" for one in others])
    lines = []
    for row in ROWS:
        begun, found = time.process_time(), []
        for seed in range(1, arguments.seeds + 1):
            answer = learned(row, seed)
            told = answer(others)
            found.append(
                (
                    share_right(answer(recorded), recorded),
                    share_right(told[~idle], [one for one, no in zip(others, idle, strict=True) if not no]),
                    float(np.mean([LABELS[one] != "idle" for one in told[idle]])),
                )
            )
        cells = [f"{value:.3f}" for value in np.mean(found, axis=0)]
        lines.append(f"| {row.name} | {' | '.join(cells)} | {(time.process_time() - begun) / len(found):.0f} |")
        print(lines[-1], flush=True)
    if arguments.write:
        head = (
            "| learned from generated signers | real signer | other generated signers | idle taken for a word | cpu s |"
        )
        with TABLE.open("a", encoding="utf-8") as file:
            file.write("\n".join([head, "| --- | --- | --- | --- | --- |", *lines, ""]))


if __name__ == "__main__":
    main()
