"""What the files of the project say about each other and about where they are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from rft_cli import __version__

ROOT = Path(__file__).parents[2]

SKIPPED = {".git", ".venv", ".rft", "build", "dist", "__pycache__"}
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".jsonl", ".txt", ".html", ".cfg", ""}

PLACE = re.compile(r"(?<![\w.\-/:])/(?:home|Users|root|work|mnt)/[\w.-]+")
"""An absolute path on somebody's machine."""


def files() -> list[Path]:
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(
            part in SKIPPED or part.endswith(("_cache", ".egg-info", "hypothesis")) for part in parts
        )
        if path.is_file() and not hidden and path.suffix in TEXT:
            found.append(path)
    return found


PAGES = [path for path in files() if path.suffix == ".md"]


def test_the_version_is_stated_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert "version" not in project["project"]
    stated = re.compile(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])")
    code = [path for path in files() if path.suffix == ".py" and "tests" not in path.parts]
    assigned = [
        path.name
        for path in code
        if re.search(rf"^__version__ = .*{stated.pattern}", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert assigned == ["__init__.py"]


def test_the_changelog_has_this_version_or_what_is_coming() -> None:
    heads = re.findall(
        r"^## \[?([^\]\n]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert heads[0] == "Unreleased" or heads[0].startswith(__version__)


def anchors(page: Path) -> set[str]:
    """Places inside a page: explicit ones, and headings as GitHub names them."""
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = [
        re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    ]
    return {*re.findall(r'<a id="([^"]+)">', text), *headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_resolve(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, place = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (place and target.suffix == ".md" and place not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    told = []
    for path in files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            told += [f"{path.relative_to(ROOT)}:{number}: {place}" for place in PLACE.findall(line)]
    assert told == []


def test_the_readme_is_not_shadowed_by_a_second_one() -> None:
    assert [path.name for path in ROOT.iterdir() if path.stem.lower() == "readme"] == ["README.md"]
