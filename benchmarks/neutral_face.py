"""What a calibration to a resting face gains and costs, on pictures that the model did not learn from.

FER2013 does not say who is in its pictures, so nobody's own resting face can be set against nobody's own expressions.
Instead a made-up person is a bend of the face, or a light, that all pictures of a whole set have in common: brows drawn
together, corners of the mouth that hang. Some neutral pictures of the set are the resting face, the others are read.
Read are the pictures of FER2013's Training part that set the bundle's thresholds; PublicTest is not looked at.

examples:
  python benchmarks/neutral_face.py --write
  python benchmarks/neutral_face.py --bundle build/models/mine --calibrations 50
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1]))

from recognizers.bundle import Bundle, find_bundle
from recognizers.clips import iter_clips
from recognizers.face_calibration import LEAST, MOST, NEUTRAL, ORDINARY, ORDINARY_OTHER, FaceCalibration
from recognizers.face_crop import SIDE
from recognizers.pictures import crops_of, gather_pictures, split_pictures
from recognizers.types import FloatArray, ImageArray

RECORD = Path(__file__).with_suffix(".md")
SEED = 1
"""Of the split, as the shipped bundle was trained with."""

Move = tuple[float, float, float, float, float]
"""Where, by how much, and how far around, in pixels of the crop: x, y, to the right, down, deviation."""
MOUTH, BROWS = ((17.5, 37.5), (30.5, 37.5)), ((20.0, 14.0), (28.0, 14.0))


def mouth(down: float) -> tuple[Move, ...]:
    """Return a bend that moves the corners of the mouth."""
    return tuple((x, y, 0.0, down, 3.5) for x, y in MOUTH)


def brows(down: float) -> tuple[Move, ...]:
    """Return a bend that moves the inner ends of the brows, and together where it moves them down."""
    inward = 0.4 * max(down, 0.0)
    return tuple((x, y, side * inward, down, 3.5) for (x, y), side in zip(BROWS, (1, -1), strict=True))


AS_THEY_ARE = "nobody: as they are"
RESTING: Mapping[str, tuple[Move, ...]] = {
    "corners of the mouth hang, 1.5 pixels": mouth(1.5),
    "corners of the mouth hang, 3 pixels": mouth(3),
    "brows drawn together, 1.5 pixels": brows(1.5),
    "brows drawn together, 3 pixels": brows(3),
    "inner brows raised, 2 pixels": brows(-2),
    "brows 2.5 and mouth 2 pixels": (*brows(2.5), *mouth(2)),
    "corners of the mouth raised, 2 pixels": mouth(-2),
}
LIGHTS = {"light from one side": (0.9, 0.0), "light from above": (0.0, -0.7)}
"""By name, the logarithm of the brightness at the right and at the lower edge; the opposite edge is as much darker."""


def bent(crops: ImageArray, moves: Sequence[Move]) -> ImageArray:
    """Return crops (n, 48, 48) whose parts stand elsewhere."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    right, down = np.zeros_like(x), np.zeros_like(y)
    for at_x, at_y, to_right, to_down, around in moves:
        weight = np.exp(-((x + 0.5 - at_x) ** 2 + (y + 0.5 - at_y) ** 2) / (2 * around**2))
        right += weight * to_right
        down += weight * to_down
    border = cv2.BORDER_REPLICATE
    return np.stack([cv2.remap(one, x - right, y - down, cv2.INTER_LINEAR, borderMode=border) for one in crops])


def lit(crops: ImageArray, right: float, down: float) -> ImageArray:
    """Return crops (n, 48, 48) under another light."""
    y, x = (np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2) / (SIDE / 2)
    return np.clip(crops * np.exp(right * x + down * y), 0, 255).astype(np.uint8)


Form = Callable[[FloatArray], FloatArray]
"""From the mean log-probabilities of a resting face (C,) to what is taken from later ones (C,)."""


def forms(bundle: Bundle) -> dict[str, Form]:
    """Return the forms that are compared; `lowers` is what Mudra does."""
    labels = bundle.info.labels
    neutral = labels.index(NEUTRAL)
    usual = np.array([ORDINARY.get(label, ORDINARY_OTHER) for label in labels])
    usual[neutral] = 0.0

    def lowers(rest: FloatArray) -> FloatArray:
        resting = tuple(np.exp(rest) / np.exp(rest).sum())
        return FaceCalibration("", "", labels, resting, 1).shift

    def stands_out(rest: FloatArray) -> FloatArray:
        return np.asarray(rest - rest[neutral] - usual, np.float32)

    def enough(rest: FloatArray) -> FloatArray:
        """Lower the others to one height, so that neutral has 0.6."""
        powers = np.exp(rest)
        wanted, others = powers[neutral] * 0.4 / 0.6, np.delete(powers, neutral)
        heights = np.linspace(0, others.max(), 2000)[1:]
        height = heights[np.minimum(others, heights[:, None]).sum(axis=1) <= wanted][-1:]
        shift = np.log(powers / np.minimum(powers, height[0] if len(height) else heights[0]))
        shift[neutral] = 0.0
        return np.asarray(np.minimum(shift, MOST), np.float32)

    return {
        "none": lambda rest: np.zeros(len(labels), np.float32),
        "lowers what stands out": lowers,
        "lowers half of it": lambda rest: np.clip(0.5 * stands_out(rest), 0, MOST),
        "lowers and raises": lambda rest: np.clip(stands_out(rest), -MOST, MOST),
        "lowers until neutral has 0.6": enough,
    }


class Figures(NamedTuple):
    """What came of one form, all shares from 0 to 1.

    Attributes:
        accuracy: of the label with the highest probability.
        neutral_wrong: of neutral pictures, those of which another label is said.
        neutral_right: of neutral pictures, those of which neutral is said.
        others_right, others_neutral: of other pictures, those of which the right label, and neutral, is said.
        rest_said: of the resting faces, those of which neutral is said.
    """

    accuracy: float
    neutral_wrong: float
    neutral_right: float
    others_right: float
    others_neutral: float
    rest_said: float


def measured(
    logarithms: FloatArray, truth: npt.NDArray[np.int64], bundle: Bundle, shift: Form, *, faces: int, times: int
) -> Figures:
    """Return the mean figures over calibrations, each to some neutral pictures; those are not read themselves.

    Args:
        logarithms: (n, C) log-probabilities of a made-up person's pictures.
        truth: the n labels' indices.
        bundle: what read them.
        shift: the form.
        faces: how many neutral pictures are one resting face.
        times: how many calibrations.
    """
    labels, info = bundle.info.labels, bundle.info
    neutral = labels.index(NEUTRAL)
    limits = np.array([info.thresholds.get(label, info.default_threshold) for label in labels])
    random = np.random.default_rng(0)
    rows = []
    for _ in range(times):
        chosen = random.choice(np.flatnonzero(truth == neutral), faces, replace=False)
        rest = logarithms[chosen].mean(axis=0)
        taken = shift(rest)
        kept = np.ones(len(truth), bool)
        kept[chosen] = False
        scores, true = _softmax(logarithms[kept] - taken), truth[kept]
        answers = scores.argmax(axis=1)
        said, right, calm = scores.max(axis=1) >= limits[answers], answers == true, true == neutral
        resting = _softmax(rest - taken)
        rows.append(
            Figures(
                right.mean(),
                (said & ~right)[calm].mean(),
                (said & right)[calm].mean(),
                (said & right)[~calm].mean(),
                (said & (answers == neutral))[~calm].mean(),
                float(resting.argmax() == neutral and resting[neutral] >= limits[neutral]),
            )
        )
    return Figures(*(float(value) for value in np.mean(rows, axis=0)))


def _softmax(values: FloatArray) -> FloatArray:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and record where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", default="emotions", metavar="B", help="a bundle that reads faces")
    parser.add_argument("--dataset", default="build/models/fer2013", type=Path, metavar="D", help="imported FER2013")
    parser.add_argument("--calibrations", default=150, type=int, metavar="N", help="of each kind (default: 150)")
    parser.add_argument("--write", action="store_true", help=f"record the tables in benchmarks/{RECORD.name}")
    arguments = parser.parse_args(words)
    bundle = Bundle.load(find_bundle(arguments.bundle))
    examples = gather_pictures(iter_clips(arguments.dataset))
    held_out = [examples[number] for number in split_pictures(examples, "usage", SEED).validation]
    truth = np.array([bundle.info.labels.index(one.origin.label) for one in held_out])
    text = _report(bundle, crops_of(held_out), truth, arguments.calibrations)
    print(text)
    if arguments.write:
        RECORD.write_text(text, encoding="utf-8")


def _report(bundle: Bundle, crops: ImageArray, truth: npt.NDArray[np.int64], times: int) -> str:
    people: dict[str, ImageArray] = {AS_THEY_ARE: crops}
    people |= {name: bent(crops, moves) for name, moves in RESTING.items()}
    people |= {name: lit(crops, *light) for name, light in LIGHTS.items()}
    read = {name: np.log(np.maximum(bundle.predict(pictures), LEAST)) for name, pictures in people.items()}
    calm = truth == bundle.info.labels.index(NEUTRAL)
    gaps = read[AS_THEY_ARE][calm].mean(axis=0)
    gaps = gaps - gaps[bundle.info.labels.index(NEUTRAL)]
    ordinary = ", ".join(f"{label} {gap:.2f}" for label, gap in zip(bundle.info.labels, gaps, strict=True))
    parts = [
        "# What a neutral face gains and costs\n\nWritten by `python benchmarks/neutral_face.py`; "
        "[how to read it](README.md#a-neutral-face).",
        f"{datetime.date.today()}, bundle `{bundle.id}` ({bundle.model_hash[:12]}), {len(truth)} held-out pictures of "
        f"FER2013's Training part, {int(calm.sum())} of them neutral; {times} calibrations of each kind.",
        f"Log-probabilities of neutral pictures, less that of neutral, in the mean: {ordinary}.",
    ]
    for faces, title in ((1, "One picture of a stranger"), (8, "Eight pictures, their strangers averaged out")):
        rows = {
            name: {
                form: measured(logarithms, truth, bundle, shift, faces=faces, times=times)
                for form, shift in forms(bundle).items()
            }
            for name, logarithms in read.items()
        }
        parts += [f"## {title}", _table(rows)]
    return "\n\n".join(parts) + "\n"


def _table(rows: Mapping[str, Mapping[str, Figures]]) -> str:
    groups = {AS_THEY_ARE: [AS_THEY_ARE], "resting faces, mean": list(RESTING), "lights, mean": list(LIGHTS)}
    groups |= {name: [name] for name in rows if name != AS_THEY_ARE}
    lines = [
        "| made-up person | calibration | accuracy | neutral: wrong said | neutral said | others: right said "
        "| neutral said | the resting face: neutral said |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for group, names in groups.items():
        shown = rows[names[0]] if len(names) > 1 or group == AS_THEY_ARE else ("none", "lowers what stands out")
        for form in shown:
            figures = np.mean([rows[name][form] for name in names], axis=0)
            lines.append(f"| {group} | {form} | " + " | ".join(f"{100 * value:.1f}" for value in figures) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
