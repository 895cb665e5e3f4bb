"""What comments to rft do: which finding each takes responsibility for, and what is said about those that do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config import load
from rft_cli.diagnostics import Finding, Severity
from rft_cli.rules.lint import EVERYTHING, Linted, Scope, lint_files
from rft_cli.rules.suppression import SUPPRESSIBLE, unsuppressed
from rft_cli.spec.codes import CODES, find_code
from rft_cli.spec.codes.writing import WRITING_CODES

HEAD = (
    "version: 1\nmodel: rehearsal\ndataset: data/train.jsonl\nevaluator: judge.py:evaluate\n"
    "experiment: {hypothesis: the answers ramble}\n"
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("data/train.jsonl", '{"messages": []}\n')
    write("judge.py", "def evaluate(completion, record):\n    return 1.0\n")
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def lint(text: str, scope: Scope = EVERYTHING) -> Linted:
    write("run.yaml", HEAD + text)
    return lint_files(("run.yaml",), ".", scope)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


HOT = "rollout: {temperature: 1.5}"


@pytest.mark.parametrize(
    "text",
    [
        f"{HOT}  # rft: ignore[RFT303] because it is meant\n",
        f"{HOT}  # hot # rft: ignore[RFT303] because it is meant\n",
        f"# rft: ignore[RFT303] because it is meant\n{HOT}\n",
        f"# rft: ignore[RFT303] because it is meant\n\n# and more\n{HOT}\n",
        f"# rft: ignore-file[RFT303] because it is meant\n{HOT}\n",
        f"{HOT}\n# rft: ignore-file[RFT303] because it is meant\n",
        f"{HOT}  # rft: ignore[incoherent-temperature] because it is meant\n",
        f"{HOT}  #rft:ignore [ rft303 ]: it is meant\n",
        f"{HOT}  # rft: ignore[RFT303] – it is meant\n",
        "rollout:\n  # rft: ignore[RFT303] because it is meant\n  temperature: 1.5\n",
        "rollout:\n  temperature:  # rft: ignore-file[RFT303] because it is meant\n    1.5\n",
    ],
)
def test_a_comment_with_a_reason_takes_responsibility(text: str) -> None:
    linted = lint(text)
    assert linted.findings == ()
    ((finding, suppression),) = linted.suppressed
    assert (finding.code, suppression.reason) == ("RFT303", "it is meant")
    assert suppression.location.path == "run.yaml"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"# rft: ignore[RFT303] because it is meant\nbackend: local\n{HOT}\n", ["RFT040", "RFT303"]),
        (f"backend: local  # rft: ignore[RFT303] because it is meant\n{HOT}\n", ["RFT040", "RFT303"]),
        (f"{HOT}  # rft: ignore[RFT303]\n", ["RFT303", "RFT042"]),
        (f"{HOT}  # rft: ignore[RFT303] because\n", ["RFT303", "RFT042"]),
        (f"{HOT}  # rft: ignore[RFT303]: – .\n", ["RFT303", "RFT042"]),
        (f"{HOT}  # rft: ignore[RFT30] because it is meant\n", ["RFT303", "RFT041"]),
        (f"{HOT}  # rft: ignore[incoherent-temprature] because it is meant\n", ["RFT303", "RFT041"]),
        (f"{HOT}  # rft: ignore[] because it is meant\n", ["RFT303", "RFT044"]),
        (f"{HOT}  # rft: ignore RFT303 because it is meant\n", ["RFT303", "RFT044"]),
        (f"{HOT}  # rft: ignore\n", ["RFT303", "RFT044"]),
        (f"{HOT}  # rft: noqa[RFT303]\n", ["RFT303", "RFT044"]),
        (f"{HOT}  # rft: see the manual\n", ["RFT303"]),
        (f"{HOT}  # draft: ignore[RFT303] because it is meant\n", ["RFT303"]),
        (f'x-note: "# rft: ignore-file[RFT303] because it is meant"\n{HOT}\n', ["RFT303"]),
        (f"x-note: |\n  # rft: ignore-file[RFT303] because it is meant\n{HOT}\n", ["RFT303"]),
        (f"{HOT}  # rft: ignore[RFT303, RFT302] because it is meant\n", ["RFT040"]),
        (f"{HOT}  # rft: ignore[RFT040] because it is meant\n", ["RFT303", "RFT043"]),
        (f"{HOT}  # rft: ignore[RFT099] because it is meant\n", ["RFT303", "RFT043"]),
    ],
)
def test_any_other_comment_leaves_the_finding_and_is_told(text: str, found: list[str]) -> None:
    assert codes(lint(text).findings) == found


def test_one_comment_may_name_several_codes_and_two_comments_may_share_a_line() -> None:
    text = "# rft: ignore[RFT202] because we try\ntraining: {epochs: 5, learning_rate: 4e-4}  # rft: ignore[RFT201] because we try\n"
    assert codes(lint(text).findings) == []
    text = "training: {epochs: 5, learning_rate: 4e-4}  # rft: ignore[RFT201, many-epochs] because we try\n"
    linted = lint(text)
    assert codes(linted.findings) == []
    assert [finding.code for finding, _ in linted.suppressed] == ["RFT202", "RFT201"]


@pytest.mark.parametrize("code", [entry.code for entry in CODES if entry.severity is Severity.ERROR])
def test_an_error_is_never_suppressed(code: str) -> None:
    if code in {"RFT701", "RFT702"}:
        pytest.skip("a warning where a config is only checked")
    assert code not in SUPPRESSIBLE


def test_an_illegal_value_stays_and_the_comment_is_told() -> None:
    linted = lint("rollout: {temperature: 9}  # rft: ignore[RFT106] because we know\n")
    assert codes(linted.findings) == ["RFT106", "RFT043"]
    assert linted.suppressed == ()


def test_a_missing_file_is_ignored_while_it_is_a_warning() -> None:
    write("run.yaml", HEAD.replace("train.jsonl", "gone.jsonl  # rft: ignore[RFT701] because CI has no data"))
    assert lint_files(("run.yaml",), ".").findings == ()
    # The data may be there on another machine, so that the comment is not idle here.
    write("data/gone.jsonl", "{}\n")
    assert lint_files(("run.yaml",), ".").findings == ()


def test_a_finding_on_the_first_line_is_that_of_the_first_line_with_a_key() -> None:
    write("schemas/run-config.schema.json", "{}")
    write("run.yaml", f"# rft: ignore[RFT016] because of the editor's settings\n{HEAD}")
    linted = lint_files(("run.yaml",), str(Path.cwd()))
    assert (codes(linted.findings), len(linted.suppressed)) == ([], 1)


def test_a_comment_in_a_base_speaks_of_the_base_and_is_idle_only_for_the_whole_project() -> None:
    write(
        "_base.yaml",
        "rollout:\n  temperature: 1.5  # rft: ignore[RFT303] because it is meant\n  top_k: 40  # rft: ignore[RFT307] because it was 1\n",
    )
    write("run.yaml", f"extends: _base.yaml\n{HEAD}")
    for files in (("run.yaml",), ("_base.yaml",), ("_base.yaml", "run.yaml")):
        assert codes(lint_files(files, ".").findings) == []
    assert codes(lint_files(("_base.yaml", "run.yaml"), ".", Scope(is_whole=True)).findings) == ["RFT040"]


def test_a_comment_about_what_was_not_asked_is_not_idle() -> None:
    text = "rollout: {top_k: 40}  # rft: ignore[RFT307] because it was 1\n"
    assert codes(lint(text).findings) == ["RFT040"]
    assert codes(lint(text, Scope(left_out=frozenset({"RFT307"}))).findings) == []
    assert codes(lint(text, Scope(left_out=frozenset({"RFT040"}))).findings) == []
    # With an error in the file no rule has been asked.
    assert codes(lint(f"{text}training: {{epochs: 99}}\n").findings) == ["RFT102"]


def test_settings_leave_codes_out_of_some_files() -> None:
    scope = Scope(per_file=(("configs/*", frozenset({"RFT303"})), ("run.yaml", frozenset({"RFT601"}))))
    assert codes(lint(f"{HOT}\n", scope).findings) == ["RFT303"]
    write(
        "configs/run.yaml",
        Path("run.yaml").read_text("utf-8").replace(": data", ": ../data").replace(": judge", ": ../judge"),
    )
    assert codes(lint_files(("configs/run.yaml",), str(Path.cwd()), scope).findings) == []


def test_what_launch_says_heeds_the_same_comments() -> None:
    write("run.yaml", f"{HEAD}{HOT}  # rft: ignore[RFT303] because it is meant\n")
    config = load("run.yaml", root=".").config
    assert config is not None
    hot = Finding("RFT303", Severity.WARNING, config.location("rollout.temperature"), "")
    assert unsuppressed([hot, hot._replace(code="RFT302")], config.documents) == (
        hot._replace(code="RFT302"),
    )
    assert unsuppressed([hot._replace(severity=Severity.ERROR)], config.documents) != ()


@pytest.mark.parametrize("entry", WRITING_CODES, ids=lambda entry: entry.code)
def test_each_code_about_writing_shows_itself(entry: object) -> None:
    code = find_code(entry.code)
    assert code is not None
    write("schemas/run-config.schema.json", "{}")
    write("evaluators/judge.py", "def evaluate(completion, record):\n    return 1.0\n")
    found = {}
    for name, text in (("bad", code.bad), ("good", code.good)):
        write("run.yaml", text)
        findings = lint_files(("run.yaml",), str(Path.cwd())).findings
        found[name] = sorted({item.code for item in findings if item.code != "RFT304"})
    assert found == {"bad": [code.code], "good": []}
