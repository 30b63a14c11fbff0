"""The model card of a bundle: what it is for, what it was made from, how well it does on whom, and what it cannot."""

from __future__ import annotations

from recognizers.bundle_info import BundleInfo
from recognizers.evaluate import Report


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
        _figures(report),
        "## How it was made",
        f"`{info.made.get('command', '')}` with Mudra {info.made.get('mudra')}, seed {info.made.get('seed')}, "
        f"{info.made.get('date')}. Network `{info.network}` {dict(info.network_parameters) or ''}; landmarks by "
        f"{info.landmarker or 'an unknown landmarker'}.",
    ]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _what(info: BundleInfo) -> str:
    window = f", {info.window_steps} steps over {info.window_seconds:g} s" if info.input == "sequence" else ""
    labels = ", ".join(f"`{label}`" for label in info.labels)
    background = ", ".join(f"`{label}`" for label in info.background)
    lines = [
        f"- Input: {info.input}{window}, feature set `{info.features}` version {info.features_version} "
        f"({info.feature_count} numbers).",
        f"- Labels: {labels}.",
        f"- Background, never reported: {background or 'none; it answers with a label for whatever it is shown'}.",
    ]
    return "\n".join(lines)


def _data(info: BundleInfo) -> str:
    if not info.data:
        return "Clips recorded by its user."
    return "\n".join(
        f"- {item.get('name')}: {item.get('source')} Licence: {item.get('licence')}. {item.get('clips')} clips."
        for item in info.data
    )


def _figures(report: Report) -> str:
    rows = [
        f"Accuracy {report.accuracy:.4f}, macro F1 {report.macro_f1:.4f}, on {report.n} held-out examples in which the "
        f"landmarker found a hand. Split: {report.split}.",
        "",
        "| label | precision | recall | F1 | examples | without a hand |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for label, row in report.per_class.items():
        rows.append(
            f"| {label} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['support']} | "
            f"{row['undetected']} |"
        )
    return "\n".join(rows)
