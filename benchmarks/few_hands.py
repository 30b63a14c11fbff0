"""Still hands from few examples: what a network that starts from a base gains over one that starts from nothing.

    python benchmarks/few_hands.py strangers    13 gestures from k photos each, asked for other people's
    python benchmarks/few_hands.py unseen       halves of the gestures, from bases that know nothing like them
    python benchmarks/few_hands.py own          24 letters from k photos or clips of the one person who is asked

The tables are in few_hands.md. They need the datasets of `make models` under build/models. A base is made anew for each
run: made-up gestures, and drawn hands in poses that ship. Nobody's photo teaches it, but in rows that say so.
`--base FILE` writes the first one, with all poses, as what trainings start from (assets/hands.npz).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from few_examples import (
    CLIP_FRAMES,
    Known,
    Numbers,
    Vary,
    drawn_hands,
    draws,
    gestures,
    letters,
    turned,
    with_copies,
)
from made_up_gestures import made_up_hands
from small_networks import Base, Networks, Way, base_of, fitted, nearest_mean
from tables import table

from recognizers.augmentation import varied
from recognizers.encoder import Encoder, encoder_bytes
from recognizers.examples import HandExample, features_of
from recognizers.features import FEATURES_VERSION, HAND
from recognizers.types import FloatArray

MADE_UP, EACH, DRAWN_COPIES = 200, 40, 1
BASE_EPOCHS = 10
BASE_WAY = Way(rate=3e-3, falls=True, batch=128, decay=1e-5, momentum=0.98)
STEPS, MOST_EPOCHS = (300, 150), (60, 30)
"""At most so long do networks learn from nothing, and from a base."""
COPIES = 6
PART = 1000
GROUPS = (
    ("call", "fist", "like", "ok", "peace", "rock", "stop"),
    ("dislike", "mute", "none", "one", "palm", "stop_inverted"),
)
LIKE = {
    "call": ("y",),
    "fist": ("s", "a", "loose_fist", "t", "m", "n", "e"),
    "like": ("a",),
    "mute": ("one", "d", "x"),
    "none": ("relaxed", "holding", "hanging", "between poses"),
    "ok": ("f",),
    "one": ("d", "mute"),
    "palm": ("four",),
    "peace": ("v",),
    "rock": ("ily",),
    "stop": ("b", "b_beside", "two_up"),
    "stop_inverted": ("stop",),
}
"""By gesture, poses of other names that look like it."""

USUAL = Way()


@dataclass(frozen=True, slots=True)
class Row:
    """A way of learning.

    Attributes:
        name: in the table.
        way: how networks are fitted; None for no fit: the nearest mean decides.
        base: what they start from, or None.
        copies, vary: changed copies of each example.
        longer: how many times as long it learns.
    """

    name: str
    way: Way | None = USUAL
    base: Base | None = None
    copies: int = COPIES
    vary: Vary = varied
    longer: int = 1


FROZEN = Way(frozen=True, heads=0.5)
SLOWLY = Way(still=True, heads=0.5, rate=3e-4)


def rows_from(base: Base, name: str = "a base") -> tuple[Row, ...]:
    """Return the ways of starting from a base."""
    return (
        Row(f"{name}: nearest mean", None, base, copies=0),
        Row(f"{name}, only the last layer learns", FROZEN, base),
        Row(f"{name}, all layers learn slowly", SLOWLY, base),
        Row(f"{name}, last layer from means, then as from nothing", Way(heads=0.5), base),
        Row(f"{name}, last layer at random, then as from nothing", Way(), base, longer=2),
    )


NOTHING = Row("nothing (as trainings of many do)")
OTHERS = (
    Row("nothing, 24 copies of each", copies=24),
    Row("nothing, 24 copies turned in space", copies=24, vary=turned),
    Row("nothing: nearest mean of the features", None, copies=0),
)


def base_from(*parts: tuple[FloatArray, Sequence[str]], seed: int) -> Base:
    """Return what a network has learned that tells all these apart; parts have nothing in common."""
    features = np.concatenate([part for part, _ in parts])
    names = [f"{number} {name}" for number, (_, own) in enumerate(parts) for name in own]
    known, numbers = np.unique(names, return_inverse=True)
    wide = features[None].astype(np.float32), numbers[None].astype(np.int64)
    return base_of(fitted(*wide, len(known), BASE_EPOCHS, BASE_WAY, base=None, seed=seed))


def drawn_without(hidden: Sequence[str], rng: np.random.Generator) -> tuple[FloatArray, list[str]]:
    """Return features and poses of drawn hands and of copies of them, without those poses and what is like them."""
    out = {*hidden, *(name for label in hidden for name in LIKE.get(label, ()))}
    found = [(example, name) for example, name in zip(*drawn_hands(), strict=True) if name not in out]
    examples, names = [example for example, _ in found], [name for _, name in found]
    features, _ = with_copies(examples, DRAWN_COPIES, varied, rng)
    return features, names * (1 + DRAWN_COPIES)


def measured(row: Row, known: Known, count: int, times: int, frames: int = 1) -> tuple[float, float]:
    """Return mean and standard deviation over the draws of the share that is right."""
    rng, lessons = np.random.default_rng((count, 7)), []
    for examples in draws(known, count, times, frames):
        features, names = with_copies(examples, row.copies if frames == 1 else min(row.copies, 2), row.vary, rng)
        lessons.append((features, np.array([known.labels.index(name) for name in names], np.int64)))
    features, labels = (np.stack(part) for part in zip(*lessons, strict=True))
    asked, truth = features_of(known.asked), known.truth()
    shares = (_by_means if row.way is None else _by_networks)(row, features, labels, asked, truth)
    return float(np.mean(shares)), float(np.std(shares, ddof=1))


def _by_networks(row: Row, features: FloatArray, labels: Numbers, asked: FloatArray, truth: Numbers) -> list[float]:
    assert row.way is not None
    kind = int(row.base is not None)
    steps = math.ceil(labels.shape[1] / row.way.batch)
    epochs = row.longer * max(4, min(MOST_EPOCHS[kind], STEPS[kind] // steps))
    classes = int(labels.max()) + 1
    networks = fitted(features, labels, classes, epochs, row.way, base=row.base, seed=0)
    parts = [networks.answers(asked[start : start + PART]) for start in range(0, len(asked), PART)]
    return [float(share) for share in (np.concatenate(parts, axis=1) == truth).mean(axis=1)]


def _by_means(row: Row, features: FloatArray, labels: Numbers, asked: FloatArray, truth: Numbers) -> list[float]:
    classes, shares = int(labels.max()) + 1, []
    for own, numbers in zip(features, labels, strict=True):
        if row.base is None:
            mean, deviation = asked.mean(axis=0), np.maximum(asked.std(axis=0), 1e-3)  # the unit, of many hands
            places, others = (own - mean) / deviation, (asked - mean) / deviation
        else:
            inner = Networks(row.base.mean[None, None], row.base.deviation[None, None], _inner(row.base), [])
            places, others = inner.embedded(own)[0], inner.embedded(asked)[0]
        shares.append(float((np.array(nearest_mean(places, numbers, others, classes)) == truth).mean()))
    return shares


def _inner(base: Base) -> list[list[FloatArray]]:
    return [[part[None] if part.ndim == 2 else part[None, None] for part in layer] for layer in base.layers]


def show(title: str, rows: Sequence[Row], known: Known, columns: Sequence[tuple[str, int, int]], times: int) -> None:
    """Print a table; columns are a head, how many of each label, and frames of each."""
    filled = []
    for row in rows:
        pairs = [measured(row, known, count, times, frames) for _, count, frames in columns]
        filled.append([row.name, *(f"{mean:.3f} ± {spread:.3f}" for mean, spread in pairs)])
        print(" | ".join(filled[-1]), file=sys.stderr, flush=True)
    print(f"\n{title}\n\n{table(['from', *(head for head, _, _ in columns)], filled)}", flush=True)


def photos(*counts: int) -> list[tuple[str, int, int]]:
    """Return columns of photos."""
    return [(f"{count} photo{'s' if count > 1 else ''}", count, 1) for count in counts]


def whole_base(seed: int) -> Base:
    """Return a base that knows all poses."""
    rng = np.random.default_rng(seed)
    return base_from(made_up_hands(MADE_UP, EACH, rng), drawn_without((), rng), seed=seed)


def write_base(path: Path, seed: int) -> None:
    """Write it as an encoder."""
    base = whole_base(seed)
    made = f"benchmarks/few_hands.py: {MADE_UP} made-up gestures, drawn hands in poses that ship, seed {seed}"
    weights = tuple(part for layer in base.layers for part in layer)
    path.write_bytes(
        encoder_bytes(Encoder(HAND.name, FEATURES_VERSION, "mlp", {}, base.mean, base.deviation, weights, made))
    )


def strangers(times: int, seed: int) -> None:
    """Thirteen gestures, from a base that knows their poses and from none."""
    base = whole_base(seed)
    show("strangers", (NOTHING, *OTHERS, *rows_from(base)), gestures(), photos(1, 3, 5, 10), times)


def unseen(times: int, seed: int) -> None:
    """Gestures whose poses no base knows, nor letters like them; and with photos of the other gestures in it."""
    known, rng = gestures(), np.random.default_rng(seed)
    made_up = made_up_hands(MADE_UP, EACH, rng)
    for group in GROUPS:
        drawn = drawn_without(group, rng)
        others: list[HandExample] = [one for label in known.labels if label not in group for one in known.taught[label]]
        shown = with_copies(others, 1, varied, rng)
        rows = (
            NOTHING,
            *rows_from(base_from(made_up, drawn, seed=seed))[1:4],
            *rows_from(base_from(made_up, drawn, shown, seed=seed), "a base with photos of the others")[1:4:2],
            *rows_from(base_from(shown, seed=seed), "a base of photos of the others alone")[1:4:2],
        )
        show(", ".join(group), rows, known.only(group), photos(1, 3, 10), times)


def own(times: int, seed: int) -> None:
    """One person's letters, for themselves, from a base that knows no letter and from one that knows them all."""
    known, rng = letters(), np.random.default_rng(seed)
    made_up = made_up_hands(MADE_UP, EACH, rng)
    hidden = [name for name in set(drawn_hands()[1]) if len(name) == 1 or name[1] == "_"]
    rows = (
        NOTHING,
        *rows_from(base_from(made_up, drawn_without(hidden, rng), seed=seed), "a base without letters")[1:],
        *rows_from(whole_base(seed), "a base with letters")[1:],
    )
    clips = [(f"{count} clip{'s' if count > 1 else ''}", count, CLIP_FRAMES) for count in (1, 3)]
    show("own", rows, known, [*photos(1, 3), *clips], times)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", choices=("strangers", "unseen", "own", []), default=[])
    parser.add_argument("--base", type=Path, metavar="FILE", help="where to write what trainings start from")
    parser.add_argument("--draws", type=int, default=10, help="choices of photos or clips a figure (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="of the bases (default: 1)")
    arguments = parser.parse_args()
    if arguments.base is not None:
        write_base(arguments.base, arguments.seed)
    for name in arguments.tables:
        {"strangers": strangers, "unseen": unseen, "own": own}[name](arguments.draws, arguments.seed)


if __name__ == "__main__":
    main()
