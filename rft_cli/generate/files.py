"""Every generated file as a value, and the comparison with what lies in the checkout."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from rft_cli.generate.advice_page import advice_page
from rft_cli.generate.commands_page import commands_page
from rft_cli.generate.configs import config_files
from rft_cli.generate.guide_page import guide_page
from rft_cli.generate.outputs_page import outputs_page
from rft_cli.generate.parameters_page import parameters_page
from rft_cli.generate.rules_page import FOLDER as RULES_FOLDER
from rft_cli.generate.rules_page import rules_pages
from rft_cli.generate.schemas import schema_files

OWNED_FOLDERS = ("schemas", "configs", RULES_FOLDER)
"""Folders that hold nothing but generated files; what is no longer generated there is removed."""

_LEAVES_OF_RUNS = frozenset({"__pycache__", ".rft"})


class Difference(NamedTuple):
    """One generated file that is not as it should be."""

    path: str
    """Relative to the checkout, POSIX."""
    kind: Literal["missing", "outdated", "stale"]
    """Stale: in an owned folder, and no longer generated."""


def generated_files() -> dict[str, str]:
    """Relative POSIX path → text of every file that is generated."""
    return {
        **schema_files(),
        **config_files(),
        **rules_pages(),
        "docs/parameters.md": parameters_page(),
        "docs/guide.md": guide_page(),
        "docs/advice.md": advice_page(),
        "docs/commands.md": commands_page(),
        "docs/outputs.md": outputs_page(),
    }


def differences(root: Path, files: dict[str, str]) -> tuple[Difference, ...]:
    """What the checkout at `root` has otherwise than `files`, sorted by path."""
    wrong = [_compare(root, path, text) for path, text in files.items()]
    stale = [Difference(path, "stale") for path in _owned(root) if path not in files]
    return tuple(sorted([*(entry for entry in wrong if entry is not None), *stale]))


def write(root: Path, files: dict[str, str], changes: tuple[Difference, ...]) -> None:
    """Bring the checkout up to date: write what is missing or outdated, remove what is stale."""
    for change in changes:
        target = root / change.path
        if change.kind == "stale":
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[change.path].encode())


def _compare(root: Path, path: str, text: str) -> Difference | None:
    try:
        present = (root / path).read_bytes()
    except FileNotFoundError:
        return Difference(path, "missing")
    return None if present == text.encode() else Difference(path, "outdated")


def _owned(root: Path) -> list[str]:
    paths = [
        PurePosixPath(path.relative_to(root))
        for folder in OWNED_FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file()
    ]
    return sorted(str(path) for path in paths if not _LEAVES_OF_RUNS.intersection(path.parts))
