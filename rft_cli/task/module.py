"""Runs an evaluator's file and takes its function out. The only place that imports user code."""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rft_cli.task.blame import EvaluatorError
from rft_cli.task.limits import TimeLimit, TimeLimitReached
from rft_cli.task.locate import BadSource, definitions, parse, suggestion
from rft_cli.task.protocol import PACKAGES, stand_in
from rft_cli.task.sources import local_sources

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.task.blame import Culprit
    from rft_cli.task.limits import Interrupt

IMPORT_LIMIT_S = 300.0
"""Seconds that importing the file may take. Chosen: a large model library on a slow disk takes a minute or two."""


def function_in(culprit: Culprit, interrupt: Interrupt) -> tuple[Any, int]:
    """Run the file and return its function with the line that defines it.

    The bytes that are compiled are the bytes of the file, never a cached translation of an older version.

    Raises:
        EvaluatorError: the file is missing, is not Python, fails while it runs, or has no such function (exit 5).
    """
    source = _source(culprit)
    tree = parse(source)
    if isinstance(tree, BadSource):
        raise EvaluatorError(
            f"{culprit.shown}:{tree.line}: {tree.message}", hint=f"python -m py_compile {culprit.shown}"
        )
    make_importable(culprit.file.parent, culprit.root)
    if any(_mentions_protocol(file) for file in local_sources(culprit.file, culprit.root)):
        stand_in()
    module = _run(culprit, source, interrupt)
    found = definitions(tree)
    if not hasattr(module, culprit.function):
        raise EvaluatorError(
            f"{culprit.shown} has no function `{culprit.function}`", hint=suggestion(culprit.function, found)
        )
    function = getattr(module, culprit.function)
    line = found[culprit.function].line if culprit.function in found else 1
    if not callable(function) or isinstance(function, type):
        what = (
            "is a class, not a function"
            if isinstance(function, type)
            else f"is no function: its type is {type(function).__name__}"
        )
        raise EvaluatorError(
            f"{culprit.shown}:{line}: `{culprit.function}` {what}",
            hint=suggestion(culprit.function, found),
        )
    return function, line


def make_importable(*folders: Path) -> None:
    """Let modules in the folders be imported: after the standard library, before what is installed.

    A file of the user's called ``random.py`` must not replace Python's for the rest of the process.
    """
    installed = (
        index for index, entry in enumerate(sys.path) if "site-packages" in entry or "dist-packages" in entry
    )
    at = next(installed, len(sys.path))
    new = [str(folder) for folder in folders if str(folder) not in sys.path]
    sys.path[at:at] = dict.fromkeys(new)


def _source(culprit: Culprit) -> bytes:
    try:
        return culprit.file.read_bytes()
    except FileNotFoundError:
        raise EvaluatorError(
            f"the evaluator {culprit.shown} does not exist",
            hint="write it, or correct `evaluator` in the config",
        ) from None
    except OSError as error:
        raise EvaluatorError(
            f"the evaluator {culprit.shown} cannot be read: {error.strerror}",
            hint="name a readable Python file",
        ) from None


def _mentions_protocol(file: Path) -> bool:
    content = file.read_bytes()
    return any(package.encode() in content for package in PACKAGES)


def _run(culprit: Culprit, source: bytes, interrupt: Interrupt) -> ModuleType:
    module = ModuleType(f"rft_evaluator_{culprit.file.stem}")
    module.__file__ = str(culprit.file)
    sys.modules[module.__name__] = module  # dataclasses and pickle look a class's module up there
    limit = TimeLimit(IMPORT_LIMIT_S)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            code = compile(source, str(culprit.file), "exec", dont_inherit=True)
        with limit:
            limit.start()
            exec(code, module.__dict__)  # noqa: S102  running the user's evaluator is what the user asked for
    except TimeLimitReached as error:
        raise culprit.error(
            culprit.blamed(error),
            f"the file is still being imported after {IMPORT_LIMIT_S:g} s",
            hint="mend it",
        ) from None
    except BaseException as error:
        if interrupt.is_ours(error):
            raise
        raise culprit.error(
            culprit.blamed(error),
            f"the file does not import: it {culprit.told(error)}",
            hint=_import_hint(error),
        ) from error
    return module


def _import_hint(error: BaseException) -> str:
    if isinstance(error, ImportError):
        package = (error.name or "").partition(".")[0]
        if package in PACKAGES:
            return "the file needs more than a single-turn evaluator does: pip install eval-protocol"
        if isinstance(error, ModuleNotFoundError) and package:
            return f"put {package}.py beside the evaluator, or install what has it: {sys.executable} -m pip install …"
    if isinstance(error, SystemExit):
        return 'put what runs the file as a script under `if __name__ == "__main__":`'
    return "mend it: an evaluator must import without a caller"
