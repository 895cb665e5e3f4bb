from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rft_cli.completion import Answer, answer, candidates

HEAVY = ("typer", "rich", "httpx", "numpy", "jsonschema", "importlib.metadata", "yaml")


def values(before: str, begun: str) -> list[str] | None:
    items = candidates(before.split(), begun)
    return None if items is None else [item.value for item in items]


@pytest.mark.parametrize(
    ("before", "begun", "expected"),
    [
        ("", "la", ["launch"]),
        ("", "r", ["rules", "rehearse", "runs", "rollouts", "resume"]),
        ("--no-color", "exp", ["explain", "export"]),
        ("launch run.yaml --set", "training.l", ["training.learning_rate=", "training.lora_rank="]),
        ("explain", "rollout.top", ["rollout.top_p", "rollout.top_k"]),
        ("explain", "more", ["more-creative"]),
        ("explain", "RFT10", [f"RFT10{digit}" for digit in range(1, 10)]),
        ("lint", "conf", []),
        ("lint", "--fo", None),
    ],
)
def test_the_word_at_the_cursor(before: str, begun: str, expected: list[str] | None) -> None:
    assert values(before, begun) == expected


def test_runs_are_offered_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert values("show", "") == []


def test_each_shell_gets_its_own_form() -> None:
    bash = {"_RFT_COMPLETE": "complete_bash", "COMP_WORDS": "rft la", "COMP_CWORD": "1"}
    line = {"_TYPER_COMPLETE_ARGS": "rft la"}
    assert answer(bash) == Answer("launch")
    assert answer({"_RFT_COMPLETE": "complete_zsh", **line}) == Answer(
        '_arguments \'*: :(("launch":"Train\\\\: check, record, submit, follow."))\''
    )
    fish = {"_RFT_COMPLETE": "complete_fish", **line}
    assert answer({**fish, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}) == Answer(
        "launch\tTrain: check, record, submit, follow."
    )
    assert answer({**fish, "_TYPER_COMPLETE_FISH_ACTION": "is-args"}) == Answer("", 0)
    nothing = {"_RFT_COMPLETE": "complete_fish", "_TYPER_COMPLETE_ARGS": "rft lint x"}
    assert answer({**nothing, "_TYPER_COMPLETE_FISH_ACTION": "is-args"}) == Answer("", 1)


@pytest.mark.parametrize("shell", ["complete_powershell", "source_bash", ""])
def test_other_requests_are_left_to_typer(shell: str) -> None:
    assert answer({"_RFT_COMPLETE": shell, "_TYPER_COMPLETE_ARGS": "rft la"}) is None


def test_bash_really_completes_with_the_installed_script(tmp_path: Path) -> None:
    script = f"""
        rft() {{ {sys.executable} -m rft_cli "$@"; }}
        eval "$(rft --show-completion bash 2>/dev/null || true)"
        COMP_WORDS=(rft exp); COMP_CWORD=1
        COMPREPLY=( $( env COMP_WORDS="rft exp" COMP_CWORD=1 _RFT_COMPLETE=complete_bash {sys.executable} -m rft_cli ) )
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["explain", "export"]


def test_a_tab_loads_nothing_heavy() -> None:
    environment = {**os.environ, "_RFT_COMPLETE": "complete_bash", "COMP_WORDS": "rft la", "COMP_CWORD": "1"}
    code = (
        "import sys; from rft_cli.__main__ import run; run([]); "
        f"print(chr(10), sorted(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[1:] == [" []", ""]
