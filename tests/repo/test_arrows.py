"""Who may import whom: an arrow points from a room to those that may use it, and each library has its owners.

Every import is read, those inside functions too.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rft_cli"

LEVELS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("worker", "diagnostics"),
    ("spec",),
    ("config", "task", "curves", "templates"),
    ("backends.base",),
    ("estimate",),
    ("compare", "rules", "limit"),
    ("advice",),
    ("plan", "guards"),
    ("backends.shape",),
    ("runs",),
    ("backends",),
    ("workflow",),
    ("tune",),
    ("render",),
    ("commands",),
    ("app",),
    ("generate",),
)
"""Rooms from the bottom to the top; a room may import itself and what stands on a lower level."""

LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}

TRAINER_USES = {"errors", "spec", "worker", "task", "diagnostics", "trainer"}
"""The trainer stands beside the levels: it uses these rooms (diagnostics for what task finds) and nobody uses it."""

APP_MODULES = ("__main__", "boundary", "command_table", "completion")
"""Modules at the top that make up the entry."""

OWNERS = {
    "yaml": {"config"},
    "jsonschema": {"config"},
    "rich": {"render"},
    "httpx": {"backends"},
    "subprocess": {"backends", "config"},
    "sqlite3": {"runs"},
    "numpy": {"trainer", "curves", "compare", "advice"},
    "typer": {"app", "commands", "generate"},
    "msgspec": {"generate"},
}

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


class Import(NamedTuple):
    module: str
    line: int
    target: str


def modules() -> dict[str, Path]:
    """Dotted name inside the package → file; what is copied into a user's project is no module of ours."""
    files = [path for path in PACKAGE.rglob("*.py") if "tasks" not in path.relative_to(PACKAGE).parts[:-1]]
    return {_name(path): path for path in sorted(files)}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = modules()


def room(module: str) -> str:
    """The room of a module: the first part below the package, but for the backends, which have three."""
    parts = module.split(".")[1:]
    if not parts:
        return "package"
    if parts[0] == "backends":
        if parts[1:2] == ["base"]:
            return "backends.base"
        return "backends.shape" if "shape" in parts[2:] else "backends"
    return dict.fromkeys(APP_MODULES, "app").get(parts[0], parts[0])


def imports() -> list[Import]:
    found = []
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [Import(module, node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
                base = node.module or ""
                found += [Import(module, node.lineno, _target(base, alias.name)) for alias in node.names]
    return found


def _target(base: str, name: str) -> str:
    return f"{base}.{name}" if f"{base}.{name}" in MODULES else base


IMPORTS = imports()
OURS = [entry for entry in IMPORTS if entry.target.split(".")[0] == "rft_cli"]


def _told(entries: list[Import]) -> list[str]:
    return [f"{entry.module}:{entry.line} imports {entry.target}" for entry in entries]


def test_every_module_stands_in_a_room() -> None:
    known = {*LEVEL, "trainer", "package"}
    assert [module for module in MODULES if room(module) not in known] == []


def test_arrows_point_down() -> None:
    def allowed(entry: Import) -> bool:
        here, there = room(entry.module), room(entry.target)
        if there in {here, "package"}:
            return True
        if here == "trainer":
            return there in TRAINER_USES
        return there != "trainer" and LEVEL[there] < LEVEL[here]

    assert _told([entry for entry in OURS if not allowed(entry)]) == []


def test_what_is_imported_of_ours_exists() -> None:
    assert _told([entry for entry in OURS if entry.target not in MODULES]) == []


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_is_imported_by_its_owners_only(library: str) -> None:
    users = [entry for entry in IMPORTS if entry.target.split(".")[0] == library]
    strangers = [entry for entry in users if room(entry.module).split(".")[0] not in OWNERS[library]]
    assert _told(strangers) == []


def test_no_other_library_is_imported() -> None:
    known = {*sys.stdlib_module_names, *OWNERS, "rft_cli"}
    assert _told([entry for entry in IMPORTS if entry.target.split(".")[0] not in known]) == []


def test_no_module_is_a_drawer_for_the_rest() -> None:
    assert [module for module in MODULES if FORBIDDEN_NAMES.intersection(module.split("."))] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        module
        for module, path in MODULES.items()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_a_folder_of_one_file_is_a_file() -> None:
    folders = [path for path in PACKAGE.rglob("*") if path.is_dir() and (path / "__init__.py").exists()]
    content = {
        folder: [path for path in folder.iterdir() if path.name not in {"__init__.py", "__pycache__"}]
        for folder in folders
    }
    assert [str(folder.relative_to(ROOT)) for folder, inside in content.items() if not inside] == []
