from __future__ import annotations

import json

import pytest
from support.outputs import hold

from rft_cli.__main__ import run
from rft_cli.errors import ExitCode
from rft_cli.render.topics import find_topic
from rft_cli.spec.codes import CODES
from rft_cli.spec.coverage import STATEMENTS
from rft_cli.spec.document import leaf_paths
from rft_cli.spec.goals import GOALS
from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.symptoms import SYMPTOM_IDS, SYMPTOMS
from rft_cli.worker import State

TOP_K_CODE = """\
RFT306  slow-top-k (advice)

Top-k is above 50.

Why it matters
  Sampling grows slower with the number of candidates, and the candidates beyond the fiftieth are
  rarely drawn.

When it is fine
  The vocabulary of the task is wide and latency does not matter; top-p below 1 with top_k: 0 adapts
  better.

Bad
    rollout:
      top_k: 80

Good
    rollout:
      top_k: 50

About
  rollout.top_k

The guide says
  TK2  Top-k stays at 50 or less, for latency.
"""


def rft(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    captured = capsys.readouterr()
    hold(arguments, captured.out, code)
    return code, captured.out, captured.err


@pytest.mark.covers("TK2")
def test_a_code_is_explained_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert rft(capsys, "explain", "RFT306") == (0, TOP_K_CODE, "")
    assert rft(capsys, "explain", "slow-top-k") == (0, TOP_K_CODE, "")


@pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.path)
def test_every_parameter_says_all_that_the_table_says(
    capsys: pytest.CaptureFixture[str], entry: object
) -> None:
    code, out, _ = rft(capsys, "explain", entry.path)  # type: ignore[attr-defined]
    text = " ".join(out.split())
    assert code == 0
    assert rft(capsys, "explain", entry.key)[1] == out  # type: ignore[attr-defined]
    effects = [effect.what for effect in entry.effects]  # type: ignore[attr-defined]
    moves = [move.reason for move in (*entry.raise_when, *entry.lower_when)]  # type: ignore[attr-defined]
    told = [entry.summary, entry.keep_when, entry.limits(), *effects, *moves, *entry.interactions]  # type: ignore[attr-defined]
    assert [sentence for sentence in told if sentence not in text] == []


@pytest.mark.covers("EP6", "EP7", "RK6", "RK7", "BS4", "TE7", "TP3", "TK3", "TK4", "NR3", "MT4", "MT5", "IN1")
@pytest.mark.parametrize("entry", STATEMENTS, ids=lambda entry: entry.id)
def test_every_statement_of_the_guide_is_explained(capsys: pytest.CaptureFixture[str], entry: object) -> None:
    code, out, _ = rft(capsys, "explain", entry.id.lower())  # type: ignore[attr-defined]
    assert code == 0
    assert entry.statement in " ".join(out.split())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        *((entry.code.lower(), "code", entry.code) for entry in CODES),
        *((entry.name, "code", entry.code) for entry in CODES),
        *((goal.name, "goal", goal.name) for goal in GOALS),
        *((entry.id, "symptom", entry.id) for entry in SYMPTOMS),
        *((state.value, "state", state.value) for state in State),
        *((f"exit {code.value}", "exit code", f"exit {code.value}") for code in ExitCode),
        *((str(code.value), "exit code", f"exit {code.value}") for code in ExitCode),
        *((path, None, path) for path in leaf_paths()),
        ("302", "code", "RFT302"),
        ("Learning rate", "parameter", "training.learning_rate"),
        ("num_generations", "parameter", "rollout.n"),
        ("Stopped Early", "state", "stopped_early"),
        ("spike then collapse", "symptom", "spike_then_collapse"),
        ("exit code 6", "exit code", "exit 6"),
        ("experiment", "key", "experiment"),
        ("  safer ", "goal", "safer"),
    ],
)
def test_everything_is_found_by_its_names(words: str, kind: str | None, name: str) -> None:
    topic = find_topic(words)
    assert topic is not None
    assert topic.name == name
    assert kind in {None, topic.kind}
    assert topic.summary


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("lerning_rate",), "did you mean training.learning_rate? "),
        (("reward_fn",), "did you mean evaluator? "),
        (("near-gredy-temperature",), "did you mean near-greedy-temperature"),
        (("xyzzy",), "`rft explain` without a word lists"),
        (("",), "`rft explain` without a word lists"),
        (("exit", "9"), "did you mean exit "),
    ],
)
def test_an_unknown_word_gets_a_suggestion(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], hint: str
) -> None:
    code, out, err = rft(capsys, "explain", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"rft: nothing here is called {' '.join(words)!r}\n  help: {hint}")


def test_without_a_word_everything_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = rft(capsys, "explain")
    assert code == 0
    names = [*(entry.path for entry in PARAMETERS), *(goal.name for goal in GOALS), *SYMPTOM_IDS, *State]
    assert [name for name in names if f"\n  {name} " not in out] == []
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize(
    "words", ["learning_rate", "RFT302", "safer", "running", "exit 6", "LR2", "experiment.goal"]
)
def test_json_is_one_object_with_the_row_of_the_table(capsys: pytest.CaptureFixture[str], words: str) -> None:
    code, out, _ = rft(capsys, "explain", words, "--json")
    document = json.loads(out)
    assert code == 0
    assert list(document) == ["schema_version", "kind", "name", "title", "summary", "data"]
    assert document["data"]


def test_json_lists_too(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(rft(capsys, "explain", "--json")[1])
    assert [group["title"] for group in document["groups"]][:2] == ["Parameters", "Goals"]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_text_keeps_to_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = (
        rft(capsys, "explain", "learning_rate")[1]
        + rft(capsys, "explain")[1]
        + rft(capsys, "explain", "safer")[1]
    )
    assert [line for line in out.splitlines() if len(line) > min(width, 100)] == []


def test_rules_lists_every_code_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    code, out, _ = rft(capsys, "rules")
    assert code == 0
    assert [line[:6] for line in out.splitlines() if line.startswith("RFT")] == [
        entry.code for entry in CODES
    ]
    assert "RFT302  warning  near-greedy-temperature " in out


def test_rules_as_json_has_all_that_is_known_of_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(rft(capsys, "rules", "--json")[1])
    assert [entry["code"] for entry in document["codes"]] == [entry.code for entry in CODES]
    assert document["codes"][-1].keys() >= {
        "code",
        "name",
        "severity",
        "summary",
        "why",
        "fine_when",
        "sources",
    }


def test_colour_marks_names_and_is_off_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in rft(capsys, "rules")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1mRFT302\x1b[0m  \x1b[1;33mwarning\x1b[0m" in rft(capsys, "rules")[1]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("exit",), "exit 0"),
        (("exit", "codes"), "exit 0"),
        (("Exit", "code"), "exit 0"),
        (("states",), "submitting"),
        (("parameters",), "training.learning_rate"),
        (("goal",), "faster-convergence"),
    ],
)
def test_a_kind_of_topic_lists_what_there_is_of_it(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], first: str
) -> None:
    code, out, _ = rft(capsys, "explain", *words)
    assert code == 0
    assert out.splitlines()[3].split("  ")[1] == first
    (group,) = json.loads(rft(capsys, "explain", *words, "--json")[1])["groups"]
    assert group["topics"][0]["name"] == first
