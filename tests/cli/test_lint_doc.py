"""docs/lint.md is executed: files are written, commands run, and what they say is what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs/lint.md"


class Block(NamedTuple):
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    return [Block(*entry) for entry in found]


def said(folder: Path, page: str) -> Iterator[tuple[str, str]]:
    """What each `text` block says, and what the commands before it said."""
    answer = ""
    for language, text in blocks(page):
        if language in {"yaml", "toml"}:
            first, _, content = text.partition("\n")
            target = folder / first.removeprefix("# ")
            target.parent.mkdir(exist_ok=True)
            target.write_text(content, encoding="utf-8")
        elif language == "sh":
            answer = shell(text, folder)
        else:
            yield text, answer


def shell(script: str, folder: Path) -> str:
    """Both streams of a script, whatever it ends with."""
    author = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    committer = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=folder,
        env={**os.environ, **author, **committer, "GIT_CONFIG_GLOBAL": os.devnull, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def test_the_page_says_what_the_commands_say(tmp_path: Path) -> None:
    shell("rft init . && git init --quiet", tmp_path)
    told = list(said(tmp_path, PAGE.read_text(encoding="utf-8")))
    assert [expected for expected, _ in told] == [actual for _, actual in told]
    assert len(told) >= 8
