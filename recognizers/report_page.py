"""A report as a page: one file that needs no other, runs nothing, and can be read aloud and printed.

It is made from the plain values of `report.json` alone, so that any report gives its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from recognizers.report_parts import (
    calibration_part,
    confusion_part,
    curves_part,
    events_part,
    labels_part,
    name_of,
    proposal_part,
    share,
    thresholds_part,
    worst_part,
)
from recognizers.report_style import STYLE

PAGE_FILE = "report.html"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is fetched and nothing runs, even if a label were to try."""


def report_page(report: Mapping[str, Any]) -> str:
    """Return the page of a report.

    Args:
        report: the values of `report.json`; what is absent in `extra` is left out.
    """
    extra = report.get("extra") or {}
    parts = [
        _head(report),
        _figures(report, extra),
        _warnings(extra),
        _about(report, extra),
        labels_part(report),
        confusion_part(report),
        worst_part(extra),
        calibration_part(extra),
        thresholds_part(extra),
        events_part(extra),
        proposal_part(extra),
        curves_part(extra),
    ]
    title = escape(f"{report['bundle']}: report")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main></body></html>\n"
    )


def _head(report: Mapping[str, Any]) -> str:
    return f"<h1>{name_of(report['bundle'])}</h1><p class='soft'>How well it tells its labels apart</p>"


def _figures(report: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    figures = [(share(report["accuracy"]) if report["n"] else "–", "right"), (share(report["macro_f1"]), "mean F1")]
    figures.append((str(report["n"]), "examples"))
    events = extra.get("events") or {}
    if signs := events.get("signs"):
        figures.append((share(signs["hits"] / max(signs["clips"], 1)), "of clips recognized"))
    if background := events.get("background"):
        most = background["per_hour_at_most"]
        words = "false fires an hour" + ("" if most is None else f" (at most {most:g})")
        figures.append((f"{background['per_hour'] or 0:g}", words))
    items = "".join(f"<li><b>{value}</b>{name}</li>" for value, name in figures)
    return f'<ul class="figures">{items}</ul>'


def _warnings(extra: Mapping[str, Any]) -> str:
    items = "".join(f"<li>{escape(str(warning))}</li>" for warning in extra.get("warnings") or [])
    return f'<section class="warnings" aria-label="Before you believe this"><ul>{items}</ul></section>' if items else ""


def _about(report: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    undetected = report["n_undetected"]
    facts = {
        "Measured on": escape(str(report["split"])),
        "Examples": f"{report['n']}",
        "Nothing found in": f"{undetected} more; counting those as background "
        f"{share(report['accuracy_with_undetected'])} are right"
        if undetected
        else "none",
        "People": _count(extra.get("signers"), "nobody said who"),
        "Sessions": _count(extra.get("sessions"), "nobody said which"),
        "Seed": "none" if report["seed"] is None else str(report["seed"]),
        "Command": f"<code>{escape(str(report['command']))}</code>" if report["command"] else "not known",
    }
    if sizes := extra.get("parts"):
        words = {"train": "to train", "validation": "to choose when to stop", "test": "to measure"}
        facts["Parts"] = ", ".join(f"{sizes[name]} {word}" for name, word in words.items() if name in sizes)
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items() if value)
    return f"<h2>What was measured</h2><dl>{rows}</dl>"


def _count(number: object, unknown: str) -> str:
    """Return a count as words; nothing where it was not counted."""
    return "" if number is None else str(number) if number else unknown
