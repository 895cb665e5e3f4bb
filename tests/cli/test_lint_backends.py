"""`rft lint` says what the backend of a config thinks of it: in every form, under the same comments and settings as all else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rft_cli.app import app

CONFIG = """\
version: 1
backend: fireworks
model: accounts/fireworks/models/qwen3-8b
dataset: accounts/acme/datasets/sums
evaluator: accounts/acme/evaluators/sums-exact
experiment: {hypothesis: levels off low}
"""
HIGH_RANK = CONFIG.replace("qwen3-8b", "llama-v3p1-8b-instruct") + "training: {lora_rank: 64}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rft(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["lint", *arguments], prog_name="rft", input=stdin)


def codes(*arguments: str, stdin: str | None = None) -> list[str]:
    answer = json.loads(rft(*arguments, "--json", stdin=stdin).stdout)
    return [finding["code"] for finding in answer["findings"]]


def test_an_error_of_the_backend_fails_the_check_in_every_form(folder: Path) -> None:
    (folder / "run.yaml").write_text(CONFIG + "fireworks: {loss_method: dapo, kl_beta: 0.1}\n")
    text = rft("run.yaml", "-f", "concise")
    assert text.exit_code == 1
    assert (
        "run.yaml:7:41: error RFT704 fireworks.kl_beta 0.1 has no KL term to weigh: dapo has none, "
        "and the service refuses it [kl-weight-without-kl]\n"
    ) in text.stdout
    assert codes("run.yaml") == ["RFT706", "RFT704"]
    assert codes("-", stdin=(folder / "run.yaml").read_text()) == ["RFT706", "RFT704"]
    for form in ("github", "gitlab", "sarif", "junit", "full"):
        done = rft("run.yaml", "-f", form)
        assert ("RFT704" in done.stdout, done.exit_code) == (True, 1), form
    assert codes() == ["RFT706", "RFT704"]


@pytest.mark.parametrize(
    ("method", "code"), [("dapo", "RFT704"), ("gspo-token", "RFT704"), ("grpo", None)], ids=str
)
def test_a_kl_weight_is_told_where_the_method_has_no_kl(folder: Path, method: str, code: str | None) -> None:
    text = HIGH_RANK.replace("64", "8") + f"fireworks: {{loss_method: {method}, kl_beta: 0.01}}\n"
    (folder / "run.yaml").write_text(text)
    assert codes("run.yaml") == ([code] if code else [])


def test_a_context_that_is_no_multiple_of_16_is_told_for_every_backend(folder: Path) -> None:
    for backend in ("fireworks", "local"):
        text = CONFIG.replace("fireworks\n", f"{backend}\n") + "training: {max_context_length: 8200}\n"
        (folder / "run.yaml").write_text(text)
        assert codes("run.yaml") == ["RFT105"]


def test_a_model_that_the_local_engine_does_not_have_is_told_before_a_launch(folder: Path) -> None:
    (folder / "run.yaml").write_text(CONFIG.replace("fireworks\n", "local\n"))
    assert codes("run.yaml") == ["RFT703"]


@pytest.mark.parametrize("backend", ["local", "trl", "x-mine"])
def test_the_section_of_another_backend_is_checked_and_has_no_opinions(folder: Path, backend: str) -> None:
    model = "rehearsal" if backend == "local" else "Qwen/Qwen3-8B"
    text = CONFIG.replace("fireworks\n", f"{backend}\n").replace("accounts/fireworks/models/qwen3-8b", model)
    (folder / "run.yaml").write_text(
        text + "fireworks: {loss_method: dapo, kl_beta: 0.1, extra_body: {n: 2}}\n"
    )
    assert codes("run.yaml") == []
    (folder / "run.yaml").write_text(text + "fireworks: {loss_method: ppo}\n")
    assert codes("run.yaml") == ["RFT023"]


def test_comments_select_and_settings_treat_it_as_everything_else(folder: Path) -> None:
    file = folder / "run.yaml"
    file.write_text(HIGH_RANK)
    assert "RFT705" in codes("run.yaml")
    assert codes("run.yaml", "--select", "rank-beyond-service") == ["RFT705"]
    assert "RFT705" not in codes("run.yaml", "--ignore", "RFT70")
    file.write_text(
        HIGH_RANK.replace("}\ntraining", "}\n# rft: ignore[RFT705] because it was accepted before\ntraining")
    )
    assert "RFT705" not in codes("run.yaml")
    assert "RFT040" not in codes("run.yaml")
    file.write_text(HIGH_RANK)
    (folder / ".rft.toml").write_text('[per-file-ignores]\n"run.yaml" = ["RFT7"]\n')
    assert "RFT705" not in codes("run.yaml")
    (folder / ".rft.toml").write_text('select = ["RFT705"]\nfail-on = "warning"\n')
    done = rft("run.yaml", "-f", "concise")
    assert (done.exit_code, done.stdout.count("RFT")) == (1, 1)


def test_add_ignore_takes_responsibility_for_it(folder: Path) -> None:
    (folder / "run.yaml").write_text(HIGH_RANK)
    rft("run.yaml", "--add-ignore", "it was accepted before")
    assert "RFT705" in (folder / "run.yaml").read_text()
    assert codes("run.yaml") == []


def test_an_idle_comment_is_told_where_its_backend_was_asked_and_nowhere_else(folder: Path) -> None:
    text = CONFIG.replace("qwen3-8b", "llama-v3p1-8b-instruct").replace(
        "experiment", "# rft: ignore[RFT705] because it was accepted before\nexperiment"
    )
    (folder / "run.yaml").write_text(text)
    assert codes("run.yaml") == ["RFT040"]
    # Another backend says nothing about it, so the comment may be for the day when that one is back.
    text = text.replace("fireworks\n", "local\n").replace(
        "accounts/fireworks/models/llama-v3p1-8b-instruct", "rehearsal"
    )
    (folder / "run.yaml").write_text(text)
    assert codes("run.yaml") == []


def test_many_files_are_shared_among_processes_with_the_same_answer(folder: Path) -> None:
    from rft_cli.backends.registry import rules_of
    from rft_cli.rules.lint import lint_files

    for number in range(6):
        (folder / f"run-{number}.yaml").write_text(HIGH_RANK if number % 2 else CONFIG)
    files = sorted(path.name for path in folder.glob("*.yaml"))
    alone, shared = (
        lint_files(files, str(folder), rules_of=rules_of, processes=processes) for processes in (1, 2)
    )
    assert alone == shared
    assert {"RFT705", "RFT706"} <= {finding.code for finding in alone.findings}
