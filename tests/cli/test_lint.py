"""Whole outputs of `rft lint`: exit code, standard output, standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.outputs import hold

from rft_cli.__main__ import run

PLANTED = """\
# Five mistakes, one of each kind.
version: 1
model: qwen3-8b
dataset: data/train.jsonl
evaluator: evaluators/judge.py:evaluate
training:
  learning_rate: 2e-3
  lora_rnak: 16
  epochs: 010
rollout:
  temperature: 0
  n: 1
"""

CLEAN = """\
version: 1
model: rehearsal
dataset: data/train.jsonl
evaluator: evaluators/judge.py:evaluate
"""

OPINIONS = (
    f"{CLEAN}rollout:\n\ttemperature: 1.5\n".replace("\t", "  ")
    + "experiment: {hypothesis: 名前, goal: safer}\n"
)

FULL = """\
run.yaml:7:18: error RFT101 training.learning_rate is 2e-3, above the largest legal value 5e-4 [learning-rate-out-of-range]
 7 |   learning_rate: 2e-3
   |                  ^^^^
 help: write 5e-4: below it nothing is learned in a run's time, above it training is unstable

run.yaml:8:3: error RFT020 unknown key lora_rnak in training [unknown-key]
 8 |   lora_rnak: 16
   |   ^^^^^^^^^
 help: did you mean lora_rank?

run.yaml:9:11: error RFT011 010 begins with a zero: some tools read it as octal, others as decimal or as a text [leading-zero]
 9 |   epochs: 010
   |           ^^^
 help: write 10, or "010" for a text

run.yaml:11:16: error RFT106 rollout.temperature is 0, below the smallest legal value 0.1 [temperature-out-of-range]
 11 |   temperature: 0
    |                ^
 help: write 0.1: at 0 every rollout of a prompt is the same answer and nothing is learned, above 2 answers are noise

run.yaml:12:6: error RFT109 rollout.n is 1, below the smallest legal value 2 [rollouts-out-of-range]
 12 |   n: 1
    |      ^
 help: write 2: a single answer has nothing to be compared with and training fails, and beyond 8 little is gained

1 file checked: 5 errors
5 findings can be fixed by guessing what was meant: --fix --unsafe-fixes
"""

SUMMARY = "".join(FULL.splitlines(keepends=True)[-2:])

CONCISE = "".join(f"{line}\n" for line in FULL.splitlines() if line.startswith("run.yaml"))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "evaluators", ".rft"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data/train.jsonl").write_text('{"messages": []}\n', encoding="utf-8")
    judge = "def evaluate(completion, record):\n    return 1.0\n"
    (tmp_path / "evaluators/judge.py").write_text(judge, encoding="utf-8")
    return tmp_path


def write(text: str, name: str = "run.yaml") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["lint", *arguments])
    captured = capsys.readouterr()
    hold(["lint", *arguments], captured.out, code)
    return code, captured.out, captured.err


def test_five_planted_errors_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    write(PLANTED)
    assert lint(capsys, "run.yaml") == (1, FULL, "")


def test_five_planted_errors_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    write(PLANTED)
    assert lint(capsys, "run.yaml", "--output-format", "concise") == (
        1,
        CONCISE,
        SUMMARY,
    )


def test_five_planted_errors_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    write(PLANTED)
    code, out, err = lint(capsys, "--output-format=json", "run.yaml")
    assert (code, err) == (1, "")
    document = json.loads(out)
    assert list(document) == ["schema_version", "files_checked", "findings", "suppressed"]
    assert (document["schema_version"], document["files_checked"]) == (1, 1)
    assert [(item["code"], item["line"], item["column"]) for item in document["findings"]] == [
        ("RFT101", 7, 18),
        ("RFT020", 8, 3),
        ("RFT011", 9, 11),
        ("RFT106", 11, 16),
        ("RFT109", 12, 6),
    ]
    assert document["findings"][0] == {
        "code": "RFT101",
        "name": "learning-rate-out-of-range",
        "severity": "error",
        "path": "run.yaml",
        "line": 7,
        "column": 18,
        "end_column": 22,
        "message": "training.learning_rate is 2e-3, above the largest legal value 5e-4",
        "help": "write 5e-4: below it nothing is learned in a run's time, above it training is unstable",
        "parameter": "training.learning_rate",
        "fix": {
            "title": "write 5e-4 for 2e-3",
            "safe": False,
            "edits": [{"start": 155, "end": 159, "text": "5e-4"}],
        },
    }


def test_json_has_a_short_name_and_keeps_the_contract_without_findings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(CLEAN)
    code, out, err = lint(capsys, "run.yaml", "--json")
    assert (code, json.loads(out), err) == (
        0,
        {"schema_version": 1, "files_checked": 1, "findings": [], "suppressed": []},
        "",
    )


def test_a_clean_project_says_how_many_files_were_checked(capsys: pytest.CaptureFixture[str]) -> None:
    write(CLEAN, "a.yaml")
    write(CLEAN, "b.yaml")
    assert lint(capsys) == (0, "2 files checked: no findings\n", "")
    assert lint(capsys, "--quiet") == (0, "", "")


def test_colours_mark_severity_place_and_caret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(OPINIONS)
    monkeypatch.setenv("FORCE_COLOR", "1")
    code, out, _ = lint(capsys, "--select", "RFT3")
    assert (code, out) == (
        0,
        "\x1b[1mrun.yaml:6:16\x1b[0m: \x1b[1;33mwarning\x1b[0m RFT303 rollout.temperature 1.5 is above 1.2: "
        "answers become incoherent\x1b[2m [incoherent-temperature]\x1b[0m\n"
        " \x1b[34m6\x1b[0m \x1b[34m|\x1b[0m   temperature: 1.5\n"
        "   \x1b[34m|\x1b[0m                \x1b[1;33m^^^\x1b[0m\n"
        " \x1b[32mhelp:\x1b[0m set temperature: 1.0; creative tasks go up to 1.2\n"
        "\n"
        "1 file checked: \x1b[1;33m1 warning\x1b[0m\n",
    )


@pytest.mark.parametrize("arguments", [("--no-color",), ("run.yaml", "--no-color")])
def test_no_color_wins_over_forced_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    write(OPINIONS)
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, out, err = lint(capsys, *arguments)
    assert "\x1b" not in out + err


def test_a_narrow_terminal_cuts_the_line_and_keeps_the_caret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "36")
    write(f"{CLEAN}rollout: {{n: 4, top_p: 1.0, max_tokens: 2048, temperature: 1.5}}\n")
    _, out, _ = lint(capsys, "--select", "RFT303")
    assert out.splitlines()[1:3] == [
        " 5 | …okens: 2048, temperature: 1.5}",
        "   |                            ^^^",
    ]


def test_findings_stand_in_the_file_that_wrote_the_value_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    write("rollout:\n  temperature: 1.9\n", "configs/_base.yaml")
    for name in ("a", "b"):
        text = CLEAN.replace("data/", "../data/").replace("evaluators/", "../evaluators/")
        write(f"extends: _base.yaml\n{text}experiment: {{hypothesis: why}}\n", f"configs/{name}.yaml")
    code, out, err = lint(capsys, "--output-format", "concise")
    assert (code, err) == (0, "3 files checked: 1 warning\n")
    assert out == (
        "configs/_base.yaml:2:16: warning RFT303 rollout.temperature 1.9 is above 1.2: answers become incoherent "
        "[incoherent-temperature]\n"
    )


def test_a_fragment_by_itself_needs_nothing_and_gets_no_opinions(capsys: pytest.CaptureFixture[str]) -> None:
    write("training:\n  epochs: 9\n", "_part.yaml")
    assert lint(capsys, "_part.yaml") == (0, "1 file checked: no findings\n", "")
    write("training:\n  epochs: 90\n", "_part.yaml")
    assert lint(capsys, "_part.yaml", "--quiet")[0] == 1


def test_a_mistake_in_the_evaluator_is_shown_in_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    write(CLEAN)
    write("def evaluate(completion, record:\n    return 1\n", "evaluators/judge.py")
    code, out, _ = lint(capsys)
    assert code == 1
    assert out.startswith("evaluators/judge.py:1:13: error RFT702 the evaluator is not valid Python")
    assert "\n 1 | def evaluate(completion, record:\n" in out


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 0), ("advice", 1)])
def test_fail_on_sets_the_severity_that_fails(
    capsys: pytest.CaptureFixture[str], fail_on: str, code: int
) -> None:
    write(f"{CLEAN}training: {{epochs: 5}}\nexperiment: {{hypothesis: why}}\n")
    assert lint(capsys, "--fail-on", fail_on)[0] == code


def test_select_and_ignore_say_what_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    write(f"{CLEAN}training: {{epochs: 5}}\nrollout: {{temperature: 1.5}}\n")

    def codes(*arguments: str) -> list[str]:
        return [item["code"] for item in json.loads(lint(capsys, "--json", *arguments)[1])["findings"]]

    assert codes() == ["RFT202", "RFT601", "RFT303"]
    assert codes("--select", "RFT3") == ["RFT303"]
    assert codes("--select", "RFT3", "--select=many-epochs") == ["RFT202", "RFT303"]
    assert codes("--ignore", "RFT6,RFT303") == ["RFT202"]


def test_what_makes_a_file_illegal_is_reported_whatever_is_selected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(PLANTED)
    assert lint(capsys, "--select", "RFT6", "--output-format", "concise") == (
        1,
        CONCISE,
        SUMMARY,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.yaml",), "rft: nowhere.yaml: no such file or folder\n"),
        (("--select", "RFT77"), "rft: unknown code 'RFT77'\n"),
        ((), "rft: no run config in the project"),
        (("data",), "rft: no run config in data: nothing was checked\n"),
    ],
)
def test_wrong_usage_ends_with_two_and_a_next_step(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = lint(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert "\n  help: " in err


@pytest.mark.parametrize("arguments", [("--help",), ("-h",)])
def test_typer_answers_for_help(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    code, out, _ = lint(capsys, *arguments)
    assert code == 0
    assert out.startswith("Usage: rft lint [OPTIONS] [PATH]...\n")
    for flag in ("--output-format", "--json", "--select", "--ignore", "--fail-on", "--quiet", "--no-color"):
        assert flag in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nonsense",),
        ("--output-format", "xml"),
        ("--output-format",),
        ("--quiet=yes",),
        ("--fail-on", "ERROR"),
    ],
)
def test_typer_answers_for_a_wrong_option(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    write(CLEAN)
    code, out, err = lint(capsys, *arguments)
    assert (code, out) == (2, "")
    assert arguments[0].partition("=")[0] in err


@pytest.mark.parametrize(
    "extra", [(), ("--json",), ("--output-format", "concise"), ("--select", "RFT1", "--quiet")]
)
def test_typer_and_the_small_parser_give_the_same(
    capsys: pytest.CaptureFixture[str], extra: tuple[str, ...]
) -> None:
    from rft_cli.app import app

    write(PLANTED)
    fast = lint(capsys, "run.yaml", *extra)
    with pytest.raises(SystemExit) as ended:
        app(args=["lint", "run.yaml", *extra], prog_name="rft")
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out, captured.err) == fast


def test_two_dashes_end_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    write(CLEAN, "--quiet")
    assert lint(capsys, "--", "--quiet") == (0, "1 file checked: no findings\n", "")


def test_a_rule_that_crashes_is_told_and_ends_with_seventy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"{CLEAN}rollout: {{temperature: 1.5}}\n")

    def crash(*_: object) -> None:
        raise ValueError("no such thing")

    from rft_cli.rules import lint as linting

    broken = [rule._replace(check=crash) if rule.code == "RFT302" else rule for rule in linting.RULES]
    monkeypatch.setattr(linting, "RULES", tuple(broken))
    code, out, _ = lint(capsys, "--output-format", "concise")
    assert code == 70
    assert [line.split()[2] for line in out.splitlines()] == ["RFT099", "RFT303", "RFT601"]
    assert "rule RFT302 crashed: ValueError: no such thing" in out
    assert lint(capsys, "--ignore", "RFT302")[0] == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"a: [",
        b"a:\n\t- b\n",
        b"--- 1\n--- 2\n",
        b"\x00",
        b"- list\n",
        b"version: 1\nversion: 1\n",
    ],
)
def test_a_file_that_is_no_config_is_a_finding_and_no_traceback(
    capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    Path("run.yaml").write_bytes(content)
    code, out, err = lint(capsys, "run.yaml")
    assert (code, err) == (1, "")
    assert out.startswith("run.yaml:")


def test_a_link_that_leads_nowhere_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.yaml").symlink_to("gone.yaml")
    code, out, err = lint(capsys, "run.yaml")
    assert (code, err) == (1, "")
    assert out.startswith("run.yaml:1:1: error RFT0")
