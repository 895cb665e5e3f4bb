"""What the service's builder makes of an evaluator's archive: whether it builds, and the log of it."""

from __future__ import annotations

import ast
import io
import tarfile
from typing import NamedTuple


class Build(NamedTuple):
    """A build's outcome."""

    problem: str
    """Only the log tells it; the status of the evaluator does not. Empty: it builds."""
    log: str


def build(files: dict[str, bytes], entry_point: str, *, names_source: bool) -> Build:
    """Build an evaluator.

    Args:
        files: what was uploaded, by file name.
        entry_point: ``file.py::function``, as the evaluator says it.
        names_source: whether the evaluator carries `source` or `requirements`, which uploads must not.
    """
    lines = ["Step 1/4: unpacking source", *(f"  {name} ({len(body)} bytes)" for name, body in files.items())]
    problem = _archive_problem(files, entry_point, names_source=names_source)
    if problem:
        return Build(problem, "\n".join([*lines, f"ERROR: {problem}", "build failed", ""]))
    lines += ["Step 2/4: installing requirements", "Step 3/4: importing the entry point", f"  {entry_point}"]
    return Build("", "\n".join([*lines, "Step 4/4: template built", ""]))


def _archive_problem(files: dict[str, bytes], entry_point: str, *, names_source: bool) -> str:
    if names_source:
        return "source and requirements must not be set for uploaded code"
    if len(files) != 1 or not next(iter(files)).endswith(".tar.gz"):
        return f"expected exactly one .tar.gz, got {', '.join(sorted(files)) or 'nothing'}"
    try:
        with tarfile.open(fileobj=io.BytesIO(next(iter(files.values()))), mode="r:gz") as archive:
            members = {each.name: each for each in archive.getmembers() if each.isfile()}
            roots = {name.removeprefix("./").split("/")[0] for name in members}
            if len(roots) != 1 or any("/" not in name.removeprefix("./") for name in members):
                return "the archive must hold one parent directory with everything inside"
            path, _, function = entry_point.partition("::")
            inside = {name.removeprefix("./").partition("/")[2]: each for name, each in members.items()}
            if not function or path not in inside:
                return f"entry point {entry_point!r}: no such file in the archive"
            opened = archive.extractfile(inside[path])
            assert opened is not None
            return _function_problem(opened.read(), path, function)
    except (tarfile.TarError, EOFError, OSError) as problem:
        return f"cannot read the archive: {problem}"


def _function_problem(code: bytes, path: str, function: str) -> str:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError) as problem:
        return f"{path}: {problem}"
    names = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    names |= {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return "" if function in names else f"{path}: no function {function!r}"
