"""The written pages: their links lead somewhere, and each page is found from an index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")


def links(page: Path) -> set[Path]:
    """What a page links to in this project."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {(page.parent / path).resolve() for path, _ in LINK.findall(text) if path}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [str(target) for target in sorted(links(page)) if not target.exists()] == []


def test_every_decision_is_in_the_list() -> None:
    pages = {page.resolve() for page in DECISIONS.glob("0*.md")}
    assert pages - links(DECISIONS / "README.md") == set()


def test_every_page_is_found_from_the_readme() -> None:
    pages = {page.resolve() for page in DOCS.glob("*.md")}
    assert pages - links(ROOT / "README.md") == set()
