"""Shapes that no label knows: gestures hidden from a training, and how many of their photos are taken for others.

    python benchmarks/strange.py

For each row a network learns HaGRID's other gestures, with drawn and noisy hands as `make models` does (one seed,
twelve epochs), at the default threshold. It then sees all photos of the hidden ones, and the test photos of the others.
`doubt` is what bundles do (recognizers/familiarity.py); beside it stands the threshold that costs as many true answers.
The table is in models.md. It needs the datasets of `make models` under build/models; about two minutes a row.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from hands import BUILT, stills
from tables import table

from recognizers import networks
from recognizers.augmentation import varied
from recognizers.clips import iter_clips
from recognizers.examples import Example, HandExample, features_of, gather, split_gathered
from recognizers.export import as_function
from recognizers.familiarity import Familiarity, Limits
from recognizers.familiarity_fit import fit_familiarity, fit_limits, widened
from recognizers.features import HAND
from recognizers.fitting import Data, FitPlan, falling, refit
from recognizers.generated import generated_hands
from recognizers.lessons import normalisation
from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.types import FloatArray

HIDDEN = (("ok", "rock", "call"), ("one", "mute", "palm"), ("fist", "peace", "like"))
SEED, EPOCHS, NOISY, COPIES = 1, 12, 200, 2
BACKGROUND = "none"


class Trial:
    """A network that learned without some gestures.

    Args:
        hidden: the gestures.
    """

    def __init__(self, hidden: Sequence[str]) -> None:
        rng = np.random.default_rng(SEED)
        whole = gather(iter_clips(BUILT / "hagrid-crops"), "still")
        parts, _ = split_gathered(whole, "random", SEED)
        shown, held, test = (
            [whole.examples[int(index)] for index in part] for part in (parts.train, parts.validation, parts.test)
        )
        known, more = _without(shown, hidden), _without(stills(BUILT / "generated-gestures"), hidden)
        self.labels = sorted({example.origin.label for example in (*known, *more)})
        noisy = generated_hands(self.labels, NOISY, rng)
        taught = [*known, *(varied(one, rng) for _ in range(COPIES) for one in known), *more, *noisy]
        mean, deviation = normalisation(features_of(taught), HAND.name)
        self._mean, self._deviation = np.array(mean), np.array(deviation)
        data = self._data(taught)
        networks.seed_everything(SEED)
        network = networks.build("mlp", (HAND.count,), len(self.labels), {"units": (128, 64)})
        refit(network, data, falling(3e-3, EPOCHS), FitPlan(EPOCHS, batch=256, seed=SEED), lambda _: None)
        self._run = as_function(network)
        self.familiarity, self.limits = self._limits(data, self._data(_without(held, hidden)))
        self.test = self._data(_without(test, hidden))
        self.hidden = self._data([one for one in whole.examples if one.origin.label in hidden], known=False)

    def _data(self, examples: Sequence[Example], *, known: bool = True) -> Data:
        x = ((features_of(examples) - self._mean) / self._deviation).astype(np.float32)
        return Data(x, np.array([self.labels.index(one.origin.label) if known else -1 for one in examples]))

    def _limits(self, taught: Data, held: Data) -> tuple[Familiarity, Limits]:
        familiarity = fit_familiarity(taught.x, taught.y, len(self.labels))
        meant = {number: label for number, label in enumerate(self.labels) if label != BACKGROUND}
        limits = fit_limits(familiarity, *self._right(taught), meant, relative=False)
        return familiarity, widened(limits, familiarity, *self._right(held), meant)

    def _right(self, data: Data) -> tuple[FloatArray, np.ndarray]:
        right = self._run(data.x).argmax(axis=1) == data.y
        return data.x[right], data.y[right]

    def said(self, data: Data) -> tuple[np.ndarray, FloatArray, np.ndarray]:
        """Return the answers, their probabilities (0 where it is the background), and which are not doubted."""
        scores = self._run(data.x)
        answers = scores.argmax(axis=1)
        sure = np.where(answers == self.labels.index(BACKGROUND), 0, scores.max(axis=1))
        most = np.array([self.limits.labels.get(label, np.inf) for label in self.labels])
        return answers, sure, self.familiarity.distances(data.x, answers, relative=False) <= most[answers]


def _without(examples: Sequence[Example], hidden: Sequence[str]) -> list[HandExample]:
    return [one for one in examples if isinstance(one, HandExample) and one.origin.label not in hidden]


def row_of(hidden: Sequence[str]) -> tuple[str, ...]:
    """Return a row: the share of others' photos said rightly and of hidden ones said at all, without doubt and with it,
    and at a higher threshold.
    """
    trial = Trial(hidden)
    answers, sure, familiar = trial.said(trial.test)
    meant = trial.test.y != trial.labels.index(BACKGROUND)
    right = meant & (answers == trial.test.y) & (sure >= DEFAULT_THRESHOLD)
    _, strange_sure, strange_familiar = trial.said(trial.hidden)
    said = strange_sure >= DEFAULT_THRESHOLD
    higher = float(np.sort(sure[right])[::-1][max(int((right & familiar).sum()) - 1, 0)])
    shares = (
        right.sum() / meant.sum(),
        said.mean(),
        (right & familiar).sum() / meant.sum(),
        (said & strange_familiar).mean(),
        (strange_sure >= higher).mean(),
    )
    return ", ".join(hidden), *(f"{share:.3f}" for share in shares)


def main() -> None:
    """Print the table."""
    head = (
        "hidden",
        "others right",
        "hidden said",
        "with doubt: right",
        "hidden said",
        "with a higher threshold instead",
    )
    print(table(head, [row_of(hidden) for hidden in HIDDEN]))


if __name__ == "__main__":
    main()
