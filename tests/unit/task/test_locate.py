"""Finding an evaluator without running it, and the digest of what it is made of."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rft_cli.diagnostics import Finding, Location, Severity
from rft_cli.task.locate import find_function
from rft_cli.task.sources import digest

if TYPE_CHECKING:
    from pathlib import Path

FOUND = {
    "a function": "def evaluate(completion, record): ...",
    "an async function": "async def evaluate(completion: str, record: dict) -> float: ...",
    "other names": "def evaluate(answer, example, verbose=False): ...",
    "any arguments": "def evaluate(*args): ...",
    "messages": "def evaluate(messages, **kwargs): ...",
    "a row": "@evaluation_test(mode='pointwise')\ndef evaluate(row): ...",
    "another decorator": "@functools.cache\ndef evaluate(anything): ...",
    "an object": "evaluate = Judge()",
    "an import": "from judges import evaluate",
    "a star import": "from judges import *",
    "in a branch": "try:\n    import fast\nexcept ImportError:\n    def evaluate(completion, record): ...",
    "the last of two": "class evaluate: ...\ndef evaluate(completion, record): ...",
    "never run": "import sys; sys.exit(1)\ndef evaluate(completion, record): ...",
}


@pytest.mark.parametrize("name", FOUND)
def test_an_evaluator_is_found(tmp_path: Path, name: str) -> None:
    file = tmp_path / "score.py"
    file.write_text(FOUND[name], encoding="utf-8")
    assert find_function(file, "evaluate", "score.py") == ()


WRONG = {
    "another name": (
        "def evaluat(completion, record): ...",
        (1, 1, "the evaluator has no function `evaluate`", "did you mean `evaluat`?"),
    ),
    "inside a function": (
        "def outer():\n    def evaluate(completion, record): ...",
        (
            1,
            1,
            "the evaluator has no function `evaluate`",
            "it defines outer: name one of them after the colon",
        ),
    ),
    "a syntax error": (
        "def f(): ...\ndef evaluate(completion, record:\n    pass",
        (2, 13, "the evaluator is not valid Python: '(' was never closed", ""),
    ),
    "a class": (
        "\nclass evaluate: ...",
        (
            2,
            1,
            "`evaluate` is a class, not a function",
            "name a function, or make an instance: judge = evaluate()",
        ),
    ),
    "one parameter": (
        "if True:\n    def evaluate(text): ...",
        (
            2,
            5,
            "`evaluate` takes (text); an evaluator takes (completion, record)",
            "write `def evaluate(completion, record)`",
        ),
    ),
    "many rows": (
        "@evaluation_test(mode='all')\ndef evaluate(rows): ...",
        (
            2,
            1,
            "`evaluate` scores many rows at once, which a single answer cannot be given to",
            'score one row: @evaluation_test(mode="pointwise", …) over '
            "`def evaluate(row: EvaluationRow) -> EvaluationRow`",
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_the_source_shows_to_be_wrong_is_an_error_at_its_place(tmp_path: Path, name: str) -> None:
    source, (line, column, message, help_) = WRONG[name]
    file = tmp_path / "score.py"
    file.write_text(source, encoding="utf-8")
    assert find_function(file, "evaluate", "e/score.py") == (
        Finding("RFT702", Severity.ERROR, Location("e/score.py", line, column), message, help_),
    )


def test_a_missing_file_is_a_warning(tmp_path: Path) -> None:
    (finding,) = find_function(tmp_path / "none.py", "evaluate", "none.py")
    assert (finding.severity, finding.message) == (Severity.WARNING, "the evaluator does not exist")


@pytest.mark.parametrize("content", [b"\x00", b"\xff\xfe", b"(" * 10_000, b"# coding: nonsense\n"])
def test_bytes_that_are_no_program_are_a_finding(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "score.py"
    file.write_bytes(content)
    (finding,) = find_function(file, "evaluate", "score.py")
    assert finding.severity is Severity.ERROR


def test_finding_a_function_imports_nothing_heavy() -> None:
    program = (
        "import sys\nbefore = set(sys.modules)\n"
        "import rft_cli.task.locate, rft_cli.task.entry, rft_cli.task.data\n"
        "heavy = {'asyncio', 'dataclasses', 'concurrent.futures', 'inspect', 'ast', 'numpy', 'threading'}\n"
        "print(sorted(heavy & set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_digest_of_one_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "score.py"
    file.write_text("import json\ndef evaluate(completion, record): ...\n", encoding="utf-8")
    assert digest(file) == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        ("import beside", "evaluators/beside.py"),
        ("from beside import x", "evaluators/beside.py"),
        ("from package import part", "evaluators/package/part.py"),
        ("from package import part", "evaluators/package/__init__.py"),
        ("import package.part", "evaluators/package/part.py"),
        ("import package", "evaluators/package/deep.py"),
        ("def evaluate(c, r):\n    import beside", "evaluators/beside.py"),
        ("import at_root", "at_root.py"),
        ("from evaluators import beside", "evaluators/beside.py"),
    ],
)
def test_the_digest_changes_with_each_local_module_that_is_imported(
    tmp_path: Path, statement: str, module: str
) -> None:
    for path, source in {
        "evaluators/score.py": statement,
        "evaluators/beside.py": "",
        "evaluators/unused.py": "",
        "evaluators/package/__init__.py": "from . import deep",
        "evaluators/package/part.py": "",
        "evaluators/package/deep.py": "import part\nfrom .. import beside",
        "at_root.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(source, encoding="utf-8")
    file = tmp_path / "evaluators" / "score.py"
    before = digest(file, tmp_path)
    (tmp_path / "evaluators" / "unused.py").write_text("y = 1", encoding="utf-8")
    assert digest(file, tmp_path) == before
    with (tmp_path / module).open("a", encoding="utf-8") as helper:
        helper.write("\nx = 1\n")
    assert digest(file, tmp_path) != before
