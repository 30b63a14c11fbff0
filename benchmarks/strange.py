"""Shapes that no label knows: gestures hidden from a training, and whether a distance tells them from the known.

    python benchmarks/strange.py

For each row a network learns HaGRID's other gestures, with drawn and noisy hands as `make models` does (one seed,
twelve epochs). It then sees all photos of the hidden ones, and the test photos of the others, at the default threshold.
Beside that stands what a distance would refuse: Mahalanobis', of the features from the mean of the label in the scatter
within labels (Lee et al., NeurIPS 2018), beyond which 1 % of what taught that label lies; and the threshold that costs
as many true answers. The last column is why no bundle has it: how much is refused of a thumb held up before another
camera (--thumb names a video of one). The table is in models.md. It needs the datasets of `make models` under
build/models; about two minutes a row.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from hands import BUILT, stills
from no_sign import recorded
from tables import table

from recognizers import networks
from recognizers.augmentation import varied
from recognizers.clips import Clip, iter_clips
from recognizers.examples import Example, HandExample, features_of, gather, relabelled, split_gathered
from recognizers.export import as_function
from recognizers.features import HAND
from recognizers.fitting import Data, FitPlan, falling, refit
from recognizers.generated import generated_hands
from recognizers.lessons import normalisation
from recognizers.smoothing import DEFAULT_THRESHOLD
from recognizers.types import FloatArray

HIDDEN = (("ok", "rock", "call"), ("one", "mute", "palm"), ("fist", "peace", "like"))
SEED, EPOCHS, NOISY, COPIES = 1, 12, 200, 2
BACKGROUND, THUMB = "none", "like"
REFUSED = 0.01
RIDGE = 1e-3


class Scatter:
    """How examples lie about the means of their labels.

    Args:
        data: what was taught.
        labels: how many there are.
    """

    def __init__(self, data: Data, labels: int) -> None:
        self._means = np.stack([data.x[data.y == label].mean(axis=0) for label in range(labels)])
        own = (data.x - self._means[data.y]).astype(np.float64)
        within = own.T @ own / len(own)
        within += RIDGE * np.trace(within) / len(within) * np.eye(len(within))
        self._inverse = np.linalg.inv(within)

    def distances(self, x: FloatArray, answers: np.ndarray) -> np.ndarray:
        """Return the squared distance of each input from its answer's mean."""
        away = x - self._means[answers]
        squared: np.ndarray = ((away @ self._inverse) * away).sum(axis=1)
        return squared


class Trial:
    """A network that learned without some gestures.

    Args:
        hidden: the gestures.
    """

    def __init__(self, hidden: Sequence[str]) -> None:
        rng = np.random.default_rng(SEED)
        whole = gather(iter_clips(BUILT / "hagrid-crops"), "still")
        parts, _ = split_gathered(whole, "random", SEED)
        shown, test = ([whole.examples[int(index)] for index in part] for part in (parts.train, parts.test))
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
        self._scatter = Scatter(data, len(self.labels))
        right = self._run(data.x).argmax(axis=1) == data.y
        far = self._scatter.distances(data.x, data.y)
        self._most = np.array(
            [np.quantile(far[right & (data.y == label)], 1 - REFUSED) for label in range(len(self.labels))]
        )
        self.test = self._data(_without(test, hidden))
        self.hidden = self._data([one for one in whole.examples if one.origin.label in hidden], known=False)

    def _data(self, examples: Sequence[Example], *, known: bool = True) -> Data:
        """Return examples as inputs; the answer of those that no label knows is -1."""
        x = ((features_of(examples) - self._mean) / self._deviation).astype(np.float32)
        return Data(x, np.array([self.labels.index(one.origin.label) if known else -1 for one in examples]))

    def said(self, data: Data) -> tuple[np.ndarray, FloatArray, np.ndarray]:
        """Return the answers, their probabilities (0 where it is the background), and which are not too far."""
        scores = self._run(data.x)
        answers = scores.argmax(axis=1)
        sure = np.where(answers == self.labels.index(BACKGROUND), 0, scores.max(axis=1))
        return answers, sure, self._scatter.distances(data.x, answers) <= self._most[answers]

    def refused(self, examples: Sequence[Example]) -> str:
        """Return the share of what would be said of examples rightly that the distance refuses, in words."""
        data = self._data(examples)
        answers, sure, near = self.said(data)
        right = (answers == data.y) & (sure >= DEFAULT_THRESHOLD)
        return f"{1 - near[right].mean():.3f}" if right.any() else ""


def _without(examples: Sequence[Example], hidden: Sequence[str]) -> list[HandExample]:
    return [one for one in examples if isinstance(one, HandExample) and one.origin.label not in hidden]


def row_of(hidden: Sequence[str], thumb: Sequence[Example]) -> tuple[str, ...]:
    """Return a row.

    It has the shares of others' photos said rightly and of hidden ones said at all; the same where what is far is not
    said; of the hidden ones at a higher threshold; and how much of a thumb up is too far.
    """
    trial = Trial(hidden)
    answers, sure, near = trial.said(trial.test)
    meant = trial.test.y != trial.labels.index(BACKGROUND)
    right = meant & (answers == trial.test.y) & (sure >= DEFAULT_THRESHOLD)
    _, strange_sure, strange_near = trial.said(trial.hidden)
    said = strange_sure >= DEFAULT_THRESHOLD
    higher = float(np.sort(sure[right])[::-1][max(int((right & near).sum()) - 1, 0)])
    shares = (
        right.sum() / meant.sum(),
        said.mean(),
        (right & near).sum() / meant.sum(),
        (said & strange_near).mean(),
        (strange_sure >= higher).mean(),
    )
    told = trial.refused(thumb) if thumb and THUMB not in hidden else ""
    return ", ".join(hidden), *(f"{share:.3f}" for share in shares), told


def thumb_of(clip: Clip) -> list[Example]:
    """Return the hands of a video of a thumb up."""
    return [relabelled(example, THUMB) for example in gather([clip], "still").examples]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--thumb", help="a video of a thumb up")
    parser.add_argument("--cache", type=Path, default=Path("build/no-sign"), help="where its landmarks are kept")
    arguments = parser.parse_args()
    thumb = (
        [each for clip in recorded(arguments.thumb, arguments.cache) for each in thumb_of(clip)]
        if arguments.thumb
        else []
    )
    head = (
        "hidden",
        "others right",
        "hidden said",
        "near: right",
        "near: hidden said",
        "higher threshold: hidden said",
        "thumb refused",
    )
    print(table(head, [row_of(hidden, thumb) for hidden in HIDDEN]))


if __name__ == "__main__":
    main()
