"""The documents: links lead somewhere, the map shows every room, the index lists every decision."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").glob("*/*.md")]
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(document.read_text(encoding="utf-8"))]
    local = [link for link in links if link and "://" not in link and not link.startswith("mailto:")]
    lost = [link for link in local if not (document.parent / link).exists()]
    assert not lost


def test_the_map_shows_every_room() -> None:
    shown = set(re.findall(r"`(\w+)/?`", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")))
    rooms = {path.stem for package in ("app", "recognizers") for path in (ROOT / package).iterdir()}
    missing = rooms - shown - {"__init__", "__pycache__", "py"}
    assert not missing, "name them in docs/architecture.md"


def test_the_index_lists_every_decision() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = {path.name for path in folder.glob("[0-9]*.md")}
    assert records and {name for name in records if f"]({name})" not in index} == set()
    numbers = [name[:4] for name in records]
    assert len(set(numbers)) == len(numbers), "two decisions with one number"
