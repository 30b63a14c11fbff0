"""What a training is told, and what its bundle remembers of that."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from recognizers.datasets import dataset_info, is_dataset
from recognizers.version import VERSION


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What to train, from what, to where.

    Attributes:
        mode: the mode that the bundle will serve.
        datasets: clips, sample folders or dataset folders.
        measure: datasets that measure and teach nothing, instead of a part of `datasets`; those of hands alone.
        out: the bundle's folder; its name is the bundle's.
        kind: `still`, `sequence` or `face`; None asks the data: clips of one frame are stills, of pixels faces.
        network: its name, or None for the default of the kind; `network_parameters` go to it.
        split: how to hold examples apart; see `recognizers.examples.split`.
        seed: of everything that is random.
        copies: changed copies of each training example, None for as many as suit the kind and the number of examples; a
            face is changed anew in every epoch instead.
        generated: generated hands for each label whose pose ships, or movements for each that is a word that ships,
            added to the training only.
        also: labels that nobody recorded, which are learned from generated hands or movements alone.
        traces: labels of `assets/traces.toml`, signs that a finger tip draws; told in streams by a bundle of stills.
        idle: whether to add an idle label made from the signs themselves; sequences. None: some, where nobody recorded
            a background.
        epochs: at most, None for what suits the kind; training stops early, but on faces.
        refit: whether the network is fitted once more, on the validation part too, for as many epochs as served.
        whole: whether it is in the end fitted once more on everything, the test too, so that no recording is wasted;
            the figures are those of the network before. None: where examples are few, unless `refit` is asked for.
        mirror: whether the other hand may make the same movement, as it may in sign languages.
        features: the feature set's name, or None for the default of the kind.
        teacher: a bundle with the same labels whose answers count as much as the labels do; faces.
        encoder: the file of an encoder that the network starts from, where it fits; None for what ships; see `encoder`.
        start: whether a training of few starts from the encoder that ships for its kind, where there is one.
        logs: a folder for TensorBoard's logs, or None.
        description: what the bundle is for, a sentence for its card.
        command: the command line, for card and report.
    """

    mode: str
    datasets: tuple[Path, ...]
    out: Path
    kind: Literal["still", "sequence", "face"] | None = None
    measure: tuple[Path, ...] = ()
    network: str | None = None
    network_parameters: dict[str, Any] = field(default_factory=dict)
    split: str = "auto"
    seed: int = 0
    copies: int | None = None
    generated: int = 0
    also: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    idle: bool | None = None
    epochs: int | None = None
    refit: bool = False
    whole: bool | None = None
    mirror: bool = True
    features: str | None = None
    teacher: Path | None = None
    encoder: Path | None = None
    start: bool = True
    logs: Path | None = None
    description: str = ""
    command: str = ""


def data_of(options: TrainOptions) -> list[dict[str, Any]]:
    """Return what the datasets say of themselves: name, source, licence, notes, clips."""
    return [_summary(path) for path in options.datasets if is_dataset(path)]


def licence_of(data: Iterable[Mapping[str, Any]]) -> str:
    """Return the licence of a bundle: that of its data, or where they tell none, its recorder's."""
    return ", ".join(sorted({str(item["licence"]) for item in data if item["licence"]})) or "the recorder's own"


def made_of(options: TrainOptions) -> dict[str, Any]:
    """Return how the bundle is made."""
    return {
        "mudra": VERSION,
        "command": options.command,
        "seed": options.seed,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _summary(path: Path) -> dict[str, Any]:
    info = dataset_info(path)
    return {
        "name": path.name,
        "source": info.source,
        "licence": info.licence,
        "notes": info.notes,
        "clips": info.clips,
    }
