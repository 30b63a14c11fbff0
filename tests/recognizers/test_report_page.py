"""The report as a page: well formed, complete, without anything from elsewhere."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from typing import Any, ClassVar
from xml.etree import ElementTree

import numpy as np
import pytest

from recognizers.evaluate import measure
from recognizers.report_charts import Axis, Line, chart, nice_top
from recognizers.report_page import report_page
from tests.recognizers import tiny_bundles as tiny

EVIL = "<script>alert(1)</script>&\"'"
HISTORY = [
    {
        "phase": "fit",
        "number": n,
        "loss": 2.0 / n,
        "accuracy": 0.2 * n,
        "validation_loss": 2.2 / n,
        "validation_accuracy": 0.15 * n,
    }
    for n in (1, 2, 3)
]
EVENTS = {
    "signs": {
        "clips": 4, "hits": 3, "misses": 1, "doubles": 1, "others": 2,
        "per_class": {"palm": {"clips": 4, "hits": 3, "misses": 1, "doubles": 1, "others": 2}},
    },
    "latency": {"n": 3, "median": 1.25, "p90": 1.5},
    "background": {"clips": 2, "seconds": 600.0, "false_fires": 1, "per_hour": 6.0, "per_hour_at_most": 28.5,
                   "per_class": {EVIL: 1}},
    "too_short": 5,
    "least_seconds": 1.3,
}  # fmt: skip


class Page(HTMLParser):
    """Checks that elements are closed in order, and gathers what there is."""

    VOID: ClassVar = {"meta", "path", "circle"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def report(**extra: Any) -> dict[str, Any]:
    truth = ["palm"] * 6 + ["fist"] * 4 + ["none"] * 2
    scores = np.eye(3, dtype=np.float32)[[1, 1, 1, 1, 2, 2, 2, 2, 2, 1, 0, 0]] * 0.7 + 0.1
    names = [f"{EVIL}{number}" for number in range(12)]
    bundle = tiny.still_bundle()
    return dataclasses.asdict(
        measure(bundle, truth, scores, {"fist": 2}, split=f"by {EVIL}", command=EVIL, extra=extra, names=names)
    )


def test_the_page_is_well_formed_and_has_every_part() -> None:
    warning = f"mind {EVIL}"
    page = Page(report_page(report(history=HISTORY, events=EVENTS, warnings=[warning], signers=0, sessions=2)))
    parts = ["What was measured", "Labels", "Confusion matrix", "Worst confusions", "Calibration", "At the thresholds"]
    for words in [
        *parts,
        "Events",
        "Training",
        warning,
        f"by {EVIL}",
        "nobody said who",
        "1 false fires",
        "at most 28.5",
    ]:
        assert words in page.words
    assert page.names.count("svg") == 3 and page.names.count("h1") == 1


def test_nothing_runs_and_nothing_is_fetched() -> None:
    text = report_page(report(history=HISTORY, events=EVENTS, warnings=[EVIL]))
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.names)
    assert not [name for _, name, _ in page.attributes if name in ("src", "href") or name.startswith("on")]
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src 'none'" in text


def test_tables_have_heads_and_charts_have_words() -> None:
    page = Page(report_page(report(history=HISTORY)))
    assert all(value in ("col", "row") for tag, name, value in page.attributes if (tag, name) == ("th", "scope"))
    assert page.names.count("th") == sum(tag == "th" and name == "scope" for tag, name, _ in page.attributes)
    assert page.names.count("table") == page.names.count("caption")
    titles = [value for tag, name, value in page.attributes if (tag, name) == ("svg", "aria-label")]
    assert any("Accuracy over 3 epochs: learned 0.200 to 0.600" in str(title) for title in titles)


def test_light_dark_and_paper() -> None:
    text = report_page(report())
    assert "prefers-color-scheme: dark" in text and "@media print" in text and "color-scheme: light dark" in text


def test_a_report_with_nothing_more_still_is_a_page() -> None:
    plain = {**report(), "extra": {}}
    page = Page(report_page(plain))
    assert "Confusion matrix" in page.words and "Calibration" not in page.words and "Training" not in page.words


def test_the_matrix_shades_by_the_share_of_the_row() -> None:
    cells = re.findall(r'class="([\w ]*)" style="--share:([\d.]+)">(\d+)<', report_page(report()))
    assert ("right", "0.367", "4") in cells and ("", "0.183", "2") in cells and ("right", "0.550", "2") in cells


def test_hundreds_of_labels_are_no_picture() -> None:
    labels = tuple(map(str, range(130)))
    many = {**report(), "labels": labels, "confusion": tuple((0,) * 130 for _ in labels)}
    assert "Confusion matrix" not in Page(report_page(many)).words


def test_a_proposal_is_told() -> None:
    proposal = {"wanted_per_hour": 2.0, "labels": {"palm": {"before": 0.7, "after": 0.85}}, "notes": ["so and so"]}
    words = Page(report_page(report(proposal=proposal))).words
    assert "at most 2 false fires an hour" in words and "0.850" in words and "so and so" in words


def test_a_chart_puts_points_where_they_belong() -> None:
    text = chart("t <", Axis("x", 0, 1, 5), Axis("y", 0, 1, 5), [Line("a&b", [(0, 0), (1, 1)])], even=True)
    root = ElementTree.fromstring(text)
    assert root.attrib["aria-label"] == "t <"
    (line,) = [each for each in root.iter("path") if each.attrib["class"] == "one" and "L" in each.attrib["d"]]
    assert line.attrib["d"] == "M62.0 236.0 L408.0 26.0"


@pytest.mark.parametrize(("values", "top"), [([], 1), ([0.0], 1), ([0.3], 0.5), ([2.0], 2), ([2.1], 2.5), ([6], 10)])
def test_axes_end_at_round_numbers(values: list[float], top: float) -> None:
    assert nice_top(values) == pytest.approx(top)
