"""The model card of a bundle: what it is for, what it was made from, how well it does on whom, and what it cannot."""

from __future__ import annotations

from recognizers.bundle_info import BundleInfo
from recognizers.evaluate import Report

_FINGERS = ("thumb", "index finger", "middle finger", "ring finger", "little finger")


def write_card(info: BundleInfo, report: Report, description: str) -> str:
    """Return the card as Markdown, from the bundle and its evaluation alone."""
    sections = [
        f"# {info.id}",
        description or f"A bundle for {info.mode} mode.",
        "## What it reads and says",
        _what(info),
        "## What it was made from",
        _data(info),
        "## How well it does",
        _figures(info, report),
        "## How it was made",
        f"`{info.made.get('command', '')}` with Mudra {info.made.get('mudra')}, seed {info.made.get('seed')}, "
        f"{info.made.get('date')}. Network `{info.network}` {dict(info.network_parameters) or ''}; landmarks by "
        f"{info.landmarker or 'an unknown landmarker'}.{_softened(info)}",
    ]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _what(info: BundleInfo) -> str:
    window = f", {info.window_steps} steps over {info.window_seconds:g} s" if info.input == "sequence" else ""
    labels = ", ".join(f"`{label}`" for label in info.labels)
    background = ", ".join(f"`{label}`" for label in info.background)
    lines = [
        f"- Input: {info.input}{window}, feature set `{info.features}` version {info.features_version} "
        f"({info.feature_count} {'pixels' if info.face else 'numbers'}).",
        f"- Labels: {labels}.",
        f"- Background, never reported: {background or 'none; it answers with a label for whatever it is shown'}.",
    ]
    if info.traces:
        drawn = ", ".join(f"`{trace.label}` ({_FINGERS[(trace.tip - 1) // 4]})" for trace in info.traces)
        lines.append(f"- Drawn through the air by a finger, told in videos and live, not of photos: {drawn}.")
    if info.face:
        limits = ", ".join(f"`{label}` {info.thresholds.get(label, info.default_threshold):g}" for label in info.labels)
        lines.append(f"- Said from these probabilities on, below them nothing is: {limits}.")
    return "\n".join(lines)


def _data(info: BundleInfo) -> str:
    if not info.data:
        return "Clips recorded by its user."
    return "\n".join(
        f"- {item.get('name')}: {item.get('source')} Licence: {item.get('licence')}. {item.get('clips')} clips."
        for item in info.data
    )


def _figures(info: BundleInfo, report: Report) -> str:
    accuracy = f"Accuracy {report.accuracy:.4f}, macro F1 {report.macro_f1:.4f}, on {report.n} held-out"
    if info.face:
        return "\n".join([f"{accuracy} pictures. Split: {report.split}.", "", *_of_pictures(report)])
    rows = [
        f"{accuracy} examples in which the landmarker found a hand. Split: {report.split}.",
        "",
        "| label | precision | recall | F1 | examples | without a hand |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for label, row in report.per_class.items():
        if not row["support"]:  # a share of nothing is no figure
            rows.append(f"| {label} | - | - | - | 0 | {row['undetected']} |")
            continue
        rows.append(
            f"| {label} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['support']} | "
            f"{row['undetected']} |"
        )
    return "\n".join(rows)


def _of_pictures(report: Report) -> list[str]:
    """Return what was said at the thresholds, the figures by label, and which labels were taken for which."""
    extra = report.extra
    said = "" if extra.get("accuracy_of_said") is None else f", of which {extra['accuracy_of_said']:.1%} are right"
    rows = [
        f"At the thresholds something is said of {extra.get('said', 0):.1%} of them{said}; the rest are unsure. In "
        f"{extra.get('not_aligned', 0)} the face detector found no face; these were read as they are.",
        "",
        f"| label | precision | recall | F1 | pictures | {' | '.join(f'as {label}' for label in report.labels)} |",
        "| --- | --- | --- | --- | --- |" + " --- |" * len(report.labels),
    ]
    for (label, row), counts in zip(report.per_class.items(), report.confusion, strict=True):
        figures = f"{row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['support']}"
        rows.append(f"| {label} | {figures} | {' | '.join(map(str, counts))} |")
    return rows


def _softened(info: BundleInfo) -> str:
    temperature = info.made.get("temperature")
    return "" if temperature is None else f" Its probabilities were calibrated with temperature {temperature}."
