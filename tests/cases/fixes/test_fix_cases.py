"""Golden files: `X.yaml` becomes `X.safe` with safe fixes and `X.unsafe` with all. Dropping three files in adds a test.

Each case is also run with Windows line ends, with a byte order mark and without the last line end: all of it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rft_cli.config import load
from rft_cli.rules.fixes import Fixed, Overlay, fix_all, write
from rft_cli.rules.lint import Scope, lint_files

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*.yaml"))

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda content: content,
    "with CRLF": lambda content: content.replace(b"\n", b"\r\n"),
    "with a byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "without a last line end": lambda content: content.removesuffix(b"\n"),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for path, text in {
        "data/train.jsonl": '{"messages": []}\n',
        "evaluators/judge.py": "def evaluate(completion, record):\n    return 1.0\n",
    }.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def fix(unsafe: bool) -> Fixed:
    files = ("run.yaml",)
    done = fix_all(
        lambda read: lint_files(files, ".", Scope(is_whole=True), read=read), files, Overlay(), unsafe=unsafe
    )
    write(done.changes)
    return done


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_file_becomes_what_stands_beside_it(case: Path, unsafe: bool, form: str, project: Path) -> None:
    wanted = case.with_suffix(".unsafe" if unsafe else ".safe").read_bytes()
    file = project / "run.yaml"
    file.write_bytes(FORMS[form](case.read_bytes()))
    done = fix(unsafe)
    assert FORMS[form](wanted).decode() == file.read_bytes().decode()
    assert not [finding for finding in done.linted.findings if finding.fix and (finding.fix.safe or unsafe)]
    assert fix(unsafe).changes == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_safe_fix_changes_no_value(case: Path, project: Path) -> None:
    file = project / "run.yaml"
    file.write_bytes(case.with_suffix(".unsafe").read_bytes())
    before = load("run.yaml", root=project)
    fix(unsafe=False)
    after = load("run.yaml", root=project)
    assert (after.config and after.config.values) == (before.config and before.config.values)


def test_every_result_belongs_to_a_case() -> None:
    results = [path for path in HERE.iterdir() if path.suffix in {".safe", ".unsafe"}]
    assert [path.name for path in results if not path.with_suffix(".yaml").exists()] == []
