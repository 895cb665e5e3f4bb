"""Find an evaluator's function in its source without running a line of it: what lint may do with a stranger's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.diagnostics import Finding, Location, Severity
from rft_cli.task.form import Parameters, Unsupported, form_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
    from pathlib import Path

BAD_EVALUATOR = "RFT702"
"""The code of every finding about an evaluator."""

ROW_DECORATOR = "evaluation_test"
"""Source: the decorator of the managed service's evaluation protocol."""


class BadSource(NamedTuple):
    """Why a file is not a Python program."""

    message: str
    line: int
    column: int


class Definition(NamedTuple):
    """Where a module gives a name its value."""

    line: int
    column: int
    """1-based, in characters."""
    parameters: Parameters | None
    """Of a function; None where the source alone does not tell (an assignment, an import)."""
    is_class: bool = False


def find_function(path: str | Path, function: str, shown_path: str) -> tuple[Finding, ...]:
    """What is wrong with an evaluator as far as its source shows it.

    A missing file is a warning, since a config may be checked where its evaluator is not; the rest are errors.

    Args:
        path: the Python file.
        function: the name to look for at the top level of the module.
        shown_path: what findings call the file.
    """

    def finding(
        message: str, help_: str = "", line: int = 1, column: int = 1, severity: Severity = Severity.ERROR
    ) -> tuple[Finding, ...]:
        return (Finding(BAD_EVALUATOR, severity, Location(shown_path, line, column), message, help_),)

    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a hook has not imported pathlib
            source = file.read()
    except FileNotFoundError:
        return finding(
            "the evaluator does not exist", "write it, or correct `evaluator`", severity=Severity.WARNING
        )
    except IsADirectoryError:
        return finding("the evaluator is a folder", "name the Python file in it: folder/file.py:function")
    except OSError as error:
        return finding(f"the evaluator cannot be read: {error.strerror}")
    tree = parse(source)
    if isinstance(tree, BadSource):
        return finding(tree.message, "", tree.line, tree.column)
    found = definitions(tree)
    definition = found.get(function) or found.get("*")
    if definition is None:
        return finding(f"the evaluator has no function `{function}`", suggestion(function, found))
    if definition.is_class:
        return finding(
            f"`{function}` is a class, not a function",
            f"name a function, or make an instance: judge = {function}()",
            definition.line,
            definition.column,
        )
    form = form_of(function, definition.parameters) if definition.parameters else None
    if isinstance(form, Unsupported):
        return finding(form.message, form.help, definition.line, definition.column)
    return ()


def parse(source: bytes) -> ast.Module | BadSource:
    """The syntax tree of a file's bytes, or where it is not Python."""
    import _ast  # what `ast` is made of, without the helpers that a hook would pay for
    import warnings

    try:
        with warnings.catch_warnings():
            # An invalid escape in the user's file is no concern of ours, and with -W error it would stop us.
            warnings.simplefilter("ignore")
            tree: Any = compile(source, "<evaluator>", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
            module: ast.Module = tree
            return module
    except SyntaxError as error:
        return BadSource(
            f"the evaluator is not valid Python: {error.msg}", error.lineno or 1, error.offset or 1
        )
    except ValueError as error:
        return BadSource(f"the evaluator is not valid Python: {error}", 1, 1)
    except (RecursionError, MemoryError):
        return BadSource("the evaluator is nested too deep to be read", 1, 1)


def definitions(tree: ast.Module) -> dict[str, Definition]:
    """Every name that the top level of a module defines; a star import stands under ``*``.

    Branches of ``if`` and ``try`` belong to the top level. A later definition wins, as it does at run time.
    """
    return dict(_defined(tree.body))


def suggestion(function: str, names: dict[str, Definition]) -> str:
    """The edit for a function that is not there."""
    import difflib

    functions = [name for name, definition in names.items() if definition.parameters is not None]
    close = difflib.get_close_matches(function, functions, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    public = [name for name in functions if not name.startswith("_")]
    if public:
        return f"it defines {', '.join(public[:5])}: name one of them after the colon"
    return f"write `def {function}(completion, record)`"


def _defined(body: list[ast.stmt]) -> Iterator[tuple[str, Definition]]:
    import _ast

    for node in body:
        line, column = node.lineno, node.col_offset + 1
        match node:
            case _ast.FunctionDef() | _ast.AsyncFunctionDef():
                yield node.name, Definition(line, column, _parameters(node))
            case _ast.ClassDef():
                yield node.name, Definition(line, column, None, is_class=True)
            case _ast.Assign():
                for name in _assigned(node.targets):
                    yield name, Definition(line, column, None)
            case _ast.AnnAssign(target=_ast.Name(id=name), value=_ast.expr()):
                yield name, Definition(line, column, None)
            case _ast.Import() | _ast.ImportFrom():
                for alias in node.names:
                    yield (alias.asname or alias.name.partition(".")[0]), Definition(line, column, None)
            case _ast.If() | _ast.Try() | _ast.With() | _ast.For() | _ast.While():
                yield from _defined(node.body)
                for handler in getattr(node, "handlers", ()):
                    yield from _defined(handler.body)
                yield from _defined(getattr(node, "orelse", []))
                yield from _defined(getattr(node, "finalbody", []))


def _assigned(targets: list[ast.expr]) -> Iterator[str]:
    """The names among the targets of an assignment, those that are unpacked included."""
    import _ast

    for target in targets:
        match target:
            case _ast.Name():
                yield target.id
            case _ast.Tuple() | _ast.List():
                yield from _assigned(target.elts)
            case _ast.Starred():
                yield from _assigned([target.value])


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Parameters | None:
    """What the function takes; None where a decorator other than the protocol's may change it."""
    names = [_last_name(decorator) for decorator in node.decorator_list]
    if names and ROW_DECORATOR not in names:
        return None
    arguments = node.args
    positional = tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args))
    return Parameters(
        positional,
        len(positional) - len(arguments.defaults),
        takes_more=arguments.vararg is not None,
        keyword_only_required=tuple(
            argument.arg
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is None
        ),
        row_decorated=ROW_DECORATOR in names,
    )


def _last_name(decorator: ast.expr) -> str:
    import _ast

    target = decorator.func if isinstance(decorator, _ast.Call) else decorator
    if isinstance(target, _ast.Attribute):
        return target.attr
    return target.id if isinstance(target, _ast.Name) else ""
