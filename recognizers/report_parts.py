"""The parts of a report's page, each from the plain values of `report.json`; an empty text where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from recognizers.report_charts import Axis, Line, chart, nice_top

MANY_LABELS = 16
MOST_LABELS = 120
"""A confusion matrix of more labels is no picture any more; the worst confusions tell it."""
DEEPEST = 0.55
"""The darkest shade of a cell, so that its number can be read in light and in dark."""

Values = Mapping[str, Any]


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], text_from: int | None = None) -> str:
    """Return a table whose first column names the rows.

    Args:
        caption: what it shows.
        heads: names of the columns.
        rows: cells as HTML; the first one is the row's head.
        text_from: the first column that holds words.
    """
    looks = ["" if text_from is None or number < text_from else ' class="text"' for number in range(len(heads))]
    head = "".join(f'<th scope="col"{look}>{escape(name)}</th>' for name, look in zip(heads, looks, strict=True))
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td{look}>{cell}</td>" for look, cell in zip(looks[1:], others, strict=True))
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return (
        f'<div class="wide"><table><caption><span>{escape(caption)}</span></caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def name_of(label: object) -> str:
    """Return a label as HTML; labels are any text, in any direction."""
    return f"<bdi>{escape(str(label))}</bdi>"


def share(value: object) -> str:
    """Return 0..1 in percent, or a dash where there is no figure."""
    return f"{float(value):.1%}" if isinstance(value, int | float) else "–"


def labels_part(report: Values) -> str:
    """Return precision, recall, F1 and support by label."""
    rows = [
        [name_of(label), *(share(row[name] if row["support"] else None) for name in ("precision", "recall", "f1"))]
        + [str(row[name]) for name in ("support", "undetected")]
        for label, row in report["per_class"].items()
    ]
    heads = ["Label", "Precision", "Recall", "F1", "Examples", "Nothing found in"]
    caption = "Precision: of what was called so, how much was. Recall: of what was so, how much was called so."
    return f"<h2>Labels</h2>{table(caption, heads, rows)}" if rows else ""


def confusion_part(report: Values) -> str:
    """Return the confusion matrix, shaded by the share of its row."""
    labels, counts = report["labels"], report["confusion"]
    if not labels or len(labels) > MOST_LABELS or not report["n"]:
        return ""
    heads = "".join(f'<th scope="col" class="turned"><span>{name_of(label)}</span></th>' for label in labels)
    lines = []
    for row, (label, numbers) in enumerate(zip(labels, counts, strict=True)):
        whole = max(sum(numbers), 1)
        cells = "".join(_cell(number, DEEPEST * number / whole, row == column) for column, number in enumerate(numbers))
        lines.append(f'<tr><th scope="row">{name_of(label)}</th>{cells}</tr>')
    many = " many" if len(labels) > MANY_LABELS else ""
    return (
        '<h2>Confusion matrix</h2><div class="wide">'
        f'<table class="matrix{many}"><caption><span>Rows: what it was. Columns: what was answered. The darker a '
        "cell, the larger its share of the row; what is right is framed.</span></caption>"
        '<thead><tr><th scope="col">is ↓ called →</th>'
        f"{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(number: int, depth: float, right: bool) -> str:
    looks = " ".join(word for word, true in (("right", right), ("none", not number)) if true)
    return f'<td class="{looks}" style="--share:{depth:.3f}">{number}</td>'


def worst_part(extra: Values) -> str:
    """Return what is taken for what, and in which clips."""
    worst = extra.get("worst")
    if worst is None:
        return ""
    if not worst:
        return "<h2>Worst confusions</h2><p>None: every answer was right.</p>"
    rows = []
    for each in worst:
        clips = ", ".join(f"{name_of(clip['name'])} ({clip['probability']:.2f})" for clip in each["clips"])
        rows.append([name_of(each["truth"]), str(each["n"]), name_of(each["answer"]), clips or "–"])
    caption = "The most frequent first; of each the clips in which the wrong answer was surest, with its probability."
    return f"<h2>Worst confusions</h2>{table(caption, ['It was', 'Times', 'Called', 'Clips'], rows, 2)}"


def calibration_part(extra: Values) -> str:
    """Return the reliability curve with its figures."""
    found = extra.get("calibration")
    if not found or not found["bins"]:
        return ""
    points = [(each["probability"], each["accuracy"]) for each in found["bins"]]
    title = f"Reliability: the share that is right against the probability; expected calibration error {found['ece']}"
    picture = chart(
        title,
        Axis("Probability of the answer", 0, 1, 5),
        Axis("Share right", 0, 1, 5),
        [Line("", points)],
        even=True,
        dots=True,
    )
    rows = [
        [
            f"{each['low']:.1f} to {each['high']:.1f}",
            str(each["n"]),
            share(each["probability"]),
            share(each["accuracy"]),
        ]
        for each in found["bins"]
    ]
    return (
        f"<h2>Calibration</h2><figure>{picture}<figcaption>Does 0.8 mean that four of five are right? On the dashed "
        f"line it does. Expected calibration error: <strong>{found['ece']:.3f}</strong> (0 is perfect). Below the line "
        "the model is surer than it should be; above it, less sure.</figcaption></figure>"
        + table("The same in numbers", ["Probability", "Answers", "Mean probability", "Share right"], rows)
    )


def thresholds_part(extra: Values) -> str:
    """Return what would be reported at the thresholds, and wrongly, and not at all."""
    found = extra.get("at_thresholds")
    if not found:
        return ""
    whole = found["right"] + found["wrong"] + found["unsure"]
    rows = []
    for label, row in found["per_class"].items():
        limit = found["thresholds"].get(label)
        counts = [row["right"], row["unsure"], row["wrong"]]
        rows.append([name_of(label), "–" if limit is None else f"{limit:.2f}", *map(str, counts), _bar(*counts)])
    said = found["right"] / whole, found["wrong"] / whole, found["unsure"] / whole
    return (
        f"<h2>At the thresholds</h2><p>Of single answers <strong>{said[0]:.1%}</strong> are right, "
        f"<strong>{said[1]:.1%}</strong> wrong, and in <strong>{said[2]:.1%}</strong> the model is too unsure to say "
        "anything. Of a background, nothing is the right thing to say.</p>"
        + table("By what it was", ["Label", "Threshold", "Right", "Unsure", "Wrong", "Shares"], rows)
    )


def _bar(right: int, unsure: int, wrong: int) -> str:
    whole = max(right + unsure + wrong, 1)
    parts = {"right": right, "unsure": unsure, "wrong": wrong}
    cells = "".join(f'<i class="{name}" style="width:{100 * n / whole:.1f}%"></i>' for name, n in parts.items())
    return f'<div class="bar" aria-hidden="true">{cells}</div>'


def events_part(extra: Values) -> str:
    """Return hits, misses, doubles, false fires and latency of whole clips."""
    found = extra.get("events")
    if not found:
        return ""
    parts = [
        "<h2>Events</h2><p>Whole clips through the same recognizer that runs live, with its thresholds and vote.</p>"
    ]
    if signs := found.get("signs"):
        rows = [[name_of(label), *(str(row[name]) for name in row)] for label, row in signs["per_class"].items()]
        rows.append(["all", *(str(signs[name]) for name in ("clips", "hits", "misses", "doubles", "others"))])
        heads = ["Label", "Clips", "Hits", "Misses", "Said again", "Others said"]
        parts.append(table("A hit: the label was said at least once", heads, rows))
    if (latency := found.get("latency")) and latency["n"]:
        parts.append(
            f"<p>From a clip's begin to the event: half within <strong>{latency['median']:.2f} s</strong>, nine in ten "
            f"within {latency['p90']:.2f} s.</p>"
        )
    if background := found.get("background"):
        parts.append(_background(background))
    if short := found.get("too_short"):
        parts.append(
            f"<p>{short} clips are shorter than {found['least_seconds']:.1f} s, in which no event can come, and are "
            "not counted here.</p>"
        )
    return "".join(parts)


def _background(found: Values) -> str:
    minutes = found["seconds"] / 60
    most = ", ".join(f"{name_of(label)} {count}" for label, count in found["per_class"].items())
    rate = found["per_hour"]
    words = "" if rate is None else f", {rate:g} an hour; with 95 % certainty at most {found['per_hour_at_most']:g}"
    return (
        f"<p>Background: <strong>{found['false_fires']}</strong> false fires in {found['clips']} clips of together "
        f"{minutes:.1f} minutes{words}.{f' Said: {most}.' if most else ''}</p>"
    )


def proposal_part(extra: Values) -> str:
    """Return thresholds for a stated rate of false fires."""
    found = extra.get("proposal")
    if not found:
        return ""
    rows = [[name_of(label), f"{row['before']:.3f}", f"{row['after']:.3f}"] for label, row in found["labels"].items()]
    notes = "".join(f"<p>{escape(note)}</p>" for note in found["notes"])
    return f"<h2>Thresholds for at most {found['wanted_per_hour']:g} false fires an hour</h2>{notes}" + table(
        "What begins an event", ["Label", "Now", "Proposed"], rows
    )


def curves_part(extra: Values) -> str:
    """Return loss and accuracy over the epochs of the training."""
    rows = [row for row in extra.get("history") or [] if row.get("phase") == "fit"]
    if not rows:
        return ""
    last = max(row["number"] for row in rows)
    across = Axis("Epoch", 0, last, last if last < 6 else 5)
    charts = []
    for name, title in (("loss", "Loss"), ("accuracy", "Accuracy")):
        lines = [
            Line(words, [(row["number"], row[key]) for row in rows if isinstance(row.get(key), int | float)], looks)
            for key, words, looks in ((name, "learned", "one"), (f"validation_{name}", "held out", "two"))
        ]
        top = 1.0 if name == "accuracy" else nice_top([y for line in lines for _, y in line.points])
        words = f"{title} over {last} epochs: " + ", ".join(
            f"{line.name} {line.points[0][1]:.3f} to {line.points[-1][1]:.3f}" for line in lines if line.points
        )
        shown = [line for line in lines if line.points]
        charts.append(f"<figure>{chart(words, across, Axis(title, 0, top), shown)}</figure>")
    again = sum(row.get("phase") == "refit" for row in extra.get("history") or [])
    more = f" After that it learned once more from all, for {again} epochs, with nothing held out." if again else ""
    return (
        f'<h2>Training</h2><div class="charts">{"".join(charts)}</div><p class="soft">Where the lines part, the model '
        f"learns by heart.{more}</p>"
    )
