"""What the camera doctor says: figures, findings and the report, in words."""

from __future__ import annotations

import math
from html import escape

from app.cameras.advice import Measured
from app.cameras.doctor import CameraReport
from app.findings import Finding
from app.gui.theme import Colours

FIGURES = ("Pictures a second", "Size", "Longest pause", "Brightness", "Contrast", "Blur of edges", "Grain")
STATES = {"ok": "Fine", "warn": "Change", "fail": "Broken"}
NAMES = {
    "pictures": "Pictures",
    "rate": "Rate",
    "evenness": "Evenness",
    "repeats": "Repeated pictures",
    "light": "Light",
    "contrast": "Contrast",
    "sharpness": "Sharpness",
    "grain": "Grain",
    "size": "Size",
    "loss": "Loss",
}


def figures_of(measured: Measured | None) -> tuple[str, ...]:
    """Return the figures as text, in the order of `FIGURES`; a dash for what is not known."""
    if measured is None or not measured.pictures:
        return ("–",) * len(FIGURES)
    return (
        _number(measured.rate, ".1f"),
        f"{measured.width} x {measured.height}",
        _number(measured.longest_gap_ms, ".0f", " ms"),
        _number(measured.brightness, ".0f", " of 255"),
        _number(measured.contrast, ".0f", " of 255"),
        _number(measured.blur_px, ".1f", " pixels"),
        _number(measured.noise, ".1f", " of 255"),
    )


def _number(value: float, form: str, unit: str = "") -> str:
    return "–" if math.isnan(value) else f"{value:{form}}{unit}"


def verdict(report: CameraReport) -> str:
    """Return the outcome in one sentence."""
    wrong = sum(finding.state != "ok" for finding in report.findings)
    if not wrong:
        return "Nothing needs to be changed."
    return "One thing needs a change." if wrong == 1 else f"{wrong} things need a change."


def report_html(report: CameraReport, colours: Colours) -> str:
    """Return the findings as rich text in a theme's colours; the state is said in a word, too."""
    tints = {"ok": colours.good, "warn": colours.warning, "fail": colours.bad}
    rows = "".join(_row(finding, tints[finding.state], colours) for finding in report.findings)
    return f'<table cellspacing="0" cellpadding="4">{rows}</table>'


def _row(finding: Finding, tint: str, colours: Colours) -> str:
    remedy = f'<br><span style="color:{colours.text}"><b>{escape(finding.remedy)}.</b></span>' if finding.remedy else ""
    said = f'<span style="color:{colours.muted}">{escape(_sentence(finding.text))}</span>'
    state = f'<td style="color:{tint}; font-weight:600">{STATES[finding.state]}</td>'
    return f"<tr>{state}<td>{NAMES.get(finding.name, finding.name)}</td><td>{said}{remedy}</td></tr>"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def report_text(name: str, note: str, report: CameraReport) -> str:
    """Return the whole report as plain lines, to be copied.

    Args:
        name: the camera's.
        note: what is to be known of it, or an empty text.
        report: what was found.
    """
    lines = [f"Camera doctor: {name}", *([note] if note else [])]
    lines.append(f"Asked for {report.asked or 'nothing'}, promised {report.given or 'nothing'}")
    lines += [f"{title}: {value}" for title, value in zip(FIGURES, figures_of(report.measured), strict=True)]
    lines += [str(finding) for finding in report.findings]
    return "\n".join(lines) + "\n"
