"""Changes one operator, number or truth value of `rft_cli/rules` and `rft_cli/spec` at a time, and runs the tests: do any fail?

Usage: `python benchmarks/mutation.py [--jobs 2] [--seconds 1200] [--only PART] [--sample N] [--quick]`. A mutant that no test
notices has survived: a test is missing, or the change means nothing. Each runs in a process forked from one that has imported the
test tools but nothing of ours. Tests of generated pages do not count here: those would be written anew.
Needs `fork`. Prints Markdown: the score and every survivor.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import io
import itertools
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
MUTATED = ("rft_cli/rules", "rft_cli/spec", "rft_cli/config/secrets.py")
AT_ONCE = (
    "tests/cases/rules/test_rule_cases.py",
    "tests/unit/rules/test_registry.py",
    "tests/unit/rules/test_model_size.py",
    "tests/unit/rules/test_guide_statements.py",
    "tests/unit/rules/test_rule.py",
    "tests/unit/spec/test_*.py",
    "tests/unit/compare/test_difference.py",
    "tests/unit/config/test_secrets.py",
    "tests/unit/rules/test_engine.py",
)
"""Files whose plain tests are called without pytest first, which takes a tenth of its time and notices most."""
AFTERWARDS = (
    "tests/unit/spec",
    "tests/unit/rules",
    "tests/unit/config/test_secrets.py",
    "tests/property/test_spec.py",
)
"""What pytest runs with a mutant that has survived those."""

PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore:Module already imported")

LONGEST_S = 120
"""CPU of one run. Chosen: ten times what it takes; a mutant that never ends is noticed too."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
SKIPPED = (ast.AnnAssign, ast.arg)
"""Whose annotation is not run."""


class Mutant(NamedTuple):
    """One change of one file."""

    path: str
    line: int
    before: str
    after: str
    number: int
    """Which of the file's changes it is."""


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What a node could be instead."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            if type(operator) in COMPARISONS:
                changed = copy.deepcopy(node)
                changed.ops[at] = COMPARISONS[type(operator)]()
                yield changed
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.If | ast.While) and ast.unparse(node.test) != "TYPE_CHECKING":
        changed = copy.copy(node)
        changed.test = ast.UnaryOp(ast.Not(), node.test)
        yield changed
    elif isinstance(node, ast.Constant):
        yield from map(ast.Constant, _other_values(node.value))
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield ast.Name(NAMES[node.id], ast.Load())
    elif isinstance(node, ast.Continue):
        yield ast.Break()
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))


def _other_values(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield value - 1
    elif isinstance(value, float):
        yield value * 1.01 or 0.01
        yield value * 0.99


def sites(tree: ast.Module) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Parent, field, index in the field and node of everything that is run."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        parent = waiting.pop()
        for field, value in ast.iter_fields(parent):
            if field in {"annotation", "returns", "type_params"} or _is_for_types_only(parent, field):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield parent, field, index, child
                    waiting.append(child)


def _is_for_types_only(parent: ast.AST, field: str) -> bool:
    return (
        field in {"test", "body"}
        and isinstance(parent, ast.If)
        and ast.unparse(parent.test) == "TYPE_CHECKING"
    )


def put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    """Put a node into its place."""
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def mutants(path: Path) -> list[Mutant]:
    """All changes of a file, in a fixed order."""
    found: list[Mutant] = []
    for _, _, _, node in sites(ast.parse(path.read_text(encoding="utf-8"))):
        for changed in changes(node):
            line = getattr(node, "lineno", 0)
            before, after = _short(node), _short(changed)
            found.append(Mutant(path.relative_to(ROOT).as_posix(), line, before, after, len(found)))
    return found


def _short(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split("\n")[0][:70]


def mutated(path: Path, number: int) -> ast.Module:
    """The tree of a file with one of its changes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at = 0
    for parent, field, index, node in sites(tree):
        for changed in changes(node):
            if at == number:
                put(parent, field, index, ast.copy_location(changed, node))
                return ast.fix_missing_locations(tree)
            at += 1
    raise IndexError(number)


class Importer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self._path = path
        self._tree = tree
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        self._name = name.removesuffix(".__init__")

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module that is mutated."""
        if fullname != self._name:
            return None
        is_package = self._path.name == "__init__.py"
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(self._path), is_package=is_package)
        if is_package:
            spec.submodule_search_locations = [str(self._path.parent)]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        module.__file__ = str(self._path)
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)


def start(mutant: Mutant | None, deselected: list[str], *, quick: bool) -> int:
    """Fork a process that runs the tests with a mutant, or without any; its id."""
    if child := os.fork():
        return child
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
    if mutant is not None:
        path = ROOT / mutant.path
        sys.meta_path.insert(0, Importer(path, mutated(path, mutant.number)))
    shown = io.StringIO()
    options = [*PYTEST, *(word for name in deselected for word in ("--deselect", name))]
    with redirect_stdout(shown), redirect_stderr(shown):
        code = int(is_noticed_at_once(deselected)) or (0 if quick else pytest.main([*options, *AFTERWARDS]))
    if mutant is None and code:
        os.write(2, shown.getvalue().encode())
    os._exit(int(code))


def is_noticed_at_once(deselected: list[str]) -> bool:
    """Whether a test fails among those that need no more than their parameters."""
    skipped = {name.rpartition("::")[2] for name in deselected}
    try:
        for pattern in AT_ONCE:
            for path in sorted(ROOT.glob(pattern)):
                spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                tests = [
                    item
                    for name, item in vars(module).items()
                    if name.startswith("test_") and name not in skipped
                ]
                for test in tests:
                    for arguments in parameters(test):
                        test(**arguments)
    except Exception:  # noqa: BLE001  whatever a mutant leads to
        traceback.print_exc()
        return True
    return False


def parameters(test: Callable[..., None]) -> Iterator[dict[str, object]]:
    """The arguments of every case of a test; none for one that needs fixtures or Hypothesis."""
    axes = []
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names = (
                [name.strip() for name in mark.args[0].split(",")]
                if isinstance(mark.args[0], str)
                else mark.args[0]
            )
            axes.append([dict(zip(names, _values(names, case), strict=True)) for case in mark.args[1]])
    given = {name for axis in axes for name in (axis[0] if axis else ())}
    if set(inspect.signature(test).parameters) != given or hasattr(test, "hypothesis"):
        return
    for row in itertools.product(*axes):
        yield {name: value for part in row for name, value in part.items()}


def _values(names: Sequence[str], case: object) -> Sequence[object]:
    values = getattr(case, "values", case) if not isinstance(case, dict) else case
    return values if len(names) > 1 or values is not case else [case]


def run(chosen: list[Mutant], given: argparse.Namespace) -> tuple[list[Mutant], int]:
    """Run the tests with each mutant; those that survived, and how many were run before the time was over."""
    waiting, running, survived = list(reversed(chosen)), {}, []
    began = time.monotonic()
    while running or (waiting and time.monotonic() - began < given.seconds):
        while waiting and len(running) < given.jobs and time.monotonic() - began < given.seconds:
            mutant = waiting.pop()
            running[start(mutant, given.deselect, quick=given.quick)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            survived.append(mutant)
            print(
                f"survived: {mutant.path}:{mutant.line}: {mutant.before} -> {mutant.after}", file=sys.stderr
            )
    return sorted(survived), len(chosen) - len(waiting)


def tell(survived: list[Mutant], count: int, total: int, took_s: float) -> None:
    """Print the table."""
    print(f"{count} of {total} mutants run in {took_s:.0f} s; {count - len(survived)} noticed", end="")
    print(f" ({100 * (count - len(survived)) / max(count, 1):.1f} %), {len(survived)} survived.\n")
    print("| place | before | after |\n| --- | --- | --- |")
    for mutant in survived:
        before, after = (text.replace("|", "\\|") for text in (mutant.before, mutant.after))
        print(f"| {mutant.path}:{mutant.line} | `{before}` | `{after}` |")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--only", action="append", default=[], help="a part of the path of files to change")
    parser.add_argument(
        "--quick", action="store_true", help="call plain tests only, and start pytest for none"
    )
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, drawn with a fixed seed")
    parser.add_argument("--deselect", action="append", default=[], help="a test that fails anyway")
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    # Loaded once for all children; what these import is not ours and is not changed.
    import httpx  # noqa: F401
    import hypothesis.strategies  # noqa: F401
    import jsonschema  # noqa: F401
    import numpy as np  # noqa: F401
    import typer  # noqa: F401
    import yaml  # noqa: F401

    _, status = os.waitpid(start(None, given.deselect, quick=given.quick), 0)
    if status:
        print("the tests fail without a mutant", file=sys.stderr)
        return 1
    files = sorted(
        file
        for part in MUTATED
        for file in ([ROOT / part] if part.endswith(".py") else (ROOT / part).rglob("*.py"))
    )
    every = [
        mutant
        for file in files
        if any(part in str(file) for part in given.only or [""])
        for mutant in mutants(file)
    ]
    chosen = random.Random(1).sample(every, given.sample) if given.sample else every
    began = time.monotonic()
    survived, count = run(chosen, given)
    tell(survived, count, len(every), time.monotonic() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
