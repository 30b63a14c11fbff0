"""The whole evaluation of a bundle on clips: answers, events, and whether the clips can be believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recognizers.answers import backgrounds_of
from recognizers.bundle import Bundle, BundleInfo
from recognizers.clips import Clip
from recognizers.evaluate import Report, evaluate_bundle
from recognizers.event_figures import EventCounter
from recognizers.examples import Example
from recognizers.overlap import clip_name, example_facts
from recognizers.pictures import PictureExample
from recognizers.training_record import read_record


def evaluate_clips(
    bundle: Bundle, clips: Iterable[tuple[str, Clip]], *, split: str, command: str = "", datasets: Sequence[str] = ()
) -> Report:
    """Measure a bundle on recorded clips, once through them.

    Args:
        bundle: what to measure; what it remembers of its training is read from its folder.
        clips: with true labels, each with its name for people.
        split: how these clips were held apart from the training, in words.
        command: to do it again.
        datasets: the names of what the clips are from.

    Returns:
        the report; `extra` tells the answers' figures (`recognizers.answers`), `events` (`EventCounter.figures`),
        `signers`, `sessions`, `seen` and `warnings` (`recognizers.overlap`), and the `history` of the training.

    Raises:
        FormatError: there is nothing in the clips to measure on, or one cannot be read.
    """
    record = read_record(bundle.folder)
    names: list[str] = []
    drawn = {trace.label for trace in bundle.info.traces}
    events = EventCounter(bundle) if bundle.info.face is None else None

    def about(examples: Sequence[Example | PictureExample]) -> tuple[list[str], Mapping[str, Any]]:
        facts = example_facts(examples, record)
        return [clip_name(example.origin, names) for example in examples], facts

    def passing() -> Iterator[Clip]:
        for name, clip in clips:
            if events is not None:
                events.add(clip)
            if len(clip) > 1 and clip.header.label in drawn:
                continue  # no moment of it shows its label: its events tell all
            names.append(name)
            yield _as_known(clip, bundle.info)

    report = evaluate_bundle(bundle, passing(), split=split, command=command, about=about)
    more: dict[str, Any] = {"datasets": list(datasets)}
    if unknown := [label for label in report.labels if label not in bundle.info.labels]:
        warning = f"The model does not know {', '.join(unknown)}: whatever it answers there counts as wrong."
        more["warnings"] = [warning, *report.extra["warnings"]]
    if events is not None and (figures := events.figures()):
        more["events"] = figures
    if record is not None and record.history:
        more["history"] = [dict(row) for row in record.history]
    return replace(report, extra={**report.extra, **more})


def _as_known(clip: Clip, info: BundleInfo) -> Clip:
    """Return a clip of a background under the bundle's own word for it, where it has one."""
    header = clip.header
    if header.label in info.labels or header.label not in backgrounds_of(info) or not info.background:
        return clip
    return replace(clip, header=replace(header, label=info.background[0]))
