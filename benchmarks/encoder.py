"""Make an encoder that trainings of movements may start from, out of a made-up language; see recognizers/encoder.py.

    python benchmarks/encoder.py --out build/encoder.npz      about six minutes on one free core

Four hundred words, ten clips of each by eighty people of benchmarks/sign_world.py, and no recording of anybody. The
same seed gives the same encoder on the same machine. sequence_networks.py compares on other words by other people.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sign_world import make_clips

from recognizers import networks
from recognizers.encoder import Encoder, encoder_bytes
from recognizers.examples import MotionExample, gather
from recognizers.features import FEATURES_VERSION, SIGNS
from recognizers.fitting import Data, FitPlan, falling, refit
from recognizers.lessons import normalisation
from recognizers.motion_batches import Variety, copies, stacked

WORDS, PEOPLE, CLIPS, COPIES = 400, 80, 10, 6
EPOCHS, SEEN, BATCH, RATE = 25, 90, 128, 3e-3
DROPOUT = 0.1
PART = 2000


def learned(seed: int, words: int, seen: int) -> Encoder:
    """Return an encoder that has looked at each clip of so many words `seen` times."""
    clips = make_clips(words, PEOPLE, CLIPS, seed)
    examples = [one for one in gather(clips, "sequence").examples if isinstance(one, MotionExample)]
    x = copies(stacked(examples), COPIES, SIGNS.name, Variety(), np.random.default_rng(seed))
    labels = sorted({one.origin.label for one in examples})
    y = np.array([labels.index(one.origin.label) for one in examples] * COPIES, np.int64)
    normal = normalisation(x, SIGNS.name, mirrored=True)
    mean, deviation = (np.array(part, np.float32) for part in normal)
    for start in range(0, len(x), PART):  # in place: twice as much would not fit everywhere
        x[start : start + PART] = np.nan_to_num((x[start : start + PART] - mean) / deviation)
    networks.seed_everything(seed)
    network = networks.build("conv", x.shape[1:], len(labels), {"dropout": DROPOUT})
    steps = math.ceil(len(examples) * seen / EPOCHS / BATCH)
    plan = FitPlan(EPOCHS, rate=RATE, decay=1e-2, smoothing=0.1, batch=BATCH, steps=steps, seed=seed)
    refit(network, Data(x, y), falling(RATE, EPOCHS), plan, lambda news: print(news, flush=True))
    made = f"benchmarks/encoder.py: {words} words by {PEOPLE} people, {CLIPS} clips of each, seed {seed}"
    weights = tuple(np.asarray(weight, np.float32) for weight in networks.inner_weights(network))
    return Encoder(SIGNS.name, FEATURES_VERSION, "conv", {}, mean, deviation, weights, made)


def main() -> None:
    """Make it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--seed", type=int, default=777)
    parser.add_argument("--words", type=int, default=WORDS)
    parser.add_argument("--seen", type=int, default=SEEN, help=f"how often each clip is looked at (default: {SEEN})")
    arguments = parser.parse_args()
    encoder = learned(arguments.seed, arguments.words, arguments.seen)
    arguments.out.write_bytes(encoder_bytes(encoder))


if __name__ == "__main__":
    main()
