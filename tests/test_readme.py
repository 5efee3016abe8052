"""What README and documentation quote from the demo's report stands in it."""

import json
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
FOUND = json.loads((PROJECT / "docs" / "demo.json").read_text(encoding="utf-8"))
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def quotes(page: Path) -> list[str]:
    """The block quotes of a page, each on one line."""
    text = page.read_text(encoding="utf-8")
    return [re.sub(r"\n?> ?", " ", block).strip() for block in re.findall(r"^(?:> .*\n)+", text, re.M)]


@pytest.mark.parametrize("page", [page for page in PAGES if quotes(page)], ids=lambda page: page.stem)
def test_every_quoted_claim_is_one_of_the_demos(page: Path) -> None:
    assert [quote for quote in quotes(page) if quote not in FOUND] == []


def test_the_readme_quotes_the_answer() -> None:
    assert quotes(PROJECT / "README.md")[0] == FOUND[0]
