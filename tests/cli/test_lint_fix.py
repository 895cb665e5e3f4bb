"""`rft lint` with changes, comments, settings, standard input and git: exit code, both streams, and what becomes of files."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from support.outputs import hold

from rft_cli.__main__ import run

HEAD = """\
version: 1
model: rehearsal
dataset: data/train.jsonl
evaluator: judge.py:evaluate
"""

MISTAKEN = f"""\
{HEAD}training:
  lora_rnak: 16  # rank
  epochs: 1.0
"""

MENDED = MISTAKEN.replace("rnak", "rank").replace("1.0", "1")

DIFF = """\
--- run.yaml
+++ run.yaml
@@ -4,4 +4,4 @@
 evaluator: judge.py:evaluate
 training:
   lora_rnak: 16  # rank
-  epochs: 1.0
+  epochs: 1
"""

LEFT = """\
run.yaml:6:3: error RFT020 unknown key lora_rnak in training [unknown-key]
 6 |   lora_rnak: 16  # rank
   |   ^^^^^^^^^
 help: did you mean lora_rank?

1 file checked: 1 error
fixed 1 finding in 1 file
1 finding can be fixed by guessing what was meant: --fix --unsafe-fixes
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for folder in ("data", ".rft"):
        (tmp_path / folder).mkdir()
    write('{"messages": []}\n', "data/train.jsonl")
    write("def evaluate(completion, record):\n    return 1.0\n", "judge.py")
    return tmp_path


def write(text: str, name: str = "run.yaml") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8", newline="")


def read(name: str = "run.yaml") -> str:
    return Path(name).read_bytes().decode()


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["lint", *arguments])
    captured = capsys.readouterr()
    hold(["lint", *arguments], captured.out, code)
    return code, captured.out, captured.err


# --- fixing ------------------------------------------------------------------------------------------------------


def test_fix_makes_safe_changes_and_ends_by_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    write(MISTAKEN)
    assert lint(capsys, "--fix") == (1, LEFT, "")
    assert read() == MISTAKEN.replace("1.0", "1")


def test_unsafe_fixes_make_the_others_too(capsys: pytest.CaptureFixture[str]) -> None:
    write(MISTAKEN)
    code, out, err = lint(capsys, "--fix", "--unsafe-fixes", "--ignore", "RFT601")
    assert (code, out, err) == (0, "1 file checked: no findings\nfixed 2 findings in 1 file\n", "")
    assert read() == MENDED
    assert lint(capsys, "--fix", "--unsafe-fixes", "--ignore", "RFT601") == (
        0,
        "1 file checked: no findings\n",
        "",
    )


def test_diff_shows_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write(MISTAKEN)
    assert lint(capsys, "--fix", "--diff") == (1, DIFF, "would have fixed 1 finding in 1 file\n")
    assert lint(capsys, "--diff", "--quiet") == (1, DIFF, "")
    assert read() == MISTAKEN
    write(HEAD)
    assert lint(capsys, "--diff") == (0, "", "nothing would change\n")


@pytest.mark.parametrize(
    "text",
    [
        MISTAKEN,
        MISTAKEN.replace("\n", "\r\n"),
        "\ufeff" + MISTAKEN,
        MISTAKEN.removesuffix("\n"),
        f"model: m\u00e9\n{HEAD.replace('model: rehearsal', '')}training: {{epochs: 1.0}}",
    ],
    ids=["plain", "CRLF", "byte order mark", "no last line end", "another letter"],
)
def test_git_applies_the_diff_to_what_fix_would_have_written(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    write(text, "configs/run.yaml")
    _, diff, _ = lint(capsys, "configs/run.yaml", "--diff", "--unsafe-fixes")
    lint(capsys, "configs/run.yaml", "--fix", "--unsafe-fixes")
    fixed = read("configs/run.yaml")
    write(text, "configs/run.yaml")
    # `git apply` asks for the form of paths that its own diffs have; outside of a repository it takes any folder.
    subprocess.run(["git", "apply", "-p0", "--whitespace=nowarn"], input=diff.encode(), check=True)
    assert read("configs/run.yaml") == fixed != text


def test_the_diff_is_coloured_where_colours_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(MISTAKEN)
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, out, _ = lint(capsys, "--diff")
    assert "\x1b[1m--- run.yaml\x1b[0m\n" in out
    assert "\x1b[1;31m-  epochs: 1.0\x1b[0m\n\x1b[32m+  epochs: 1\x1b[0m\n" in out


def test_a_secret_is_not_shown_by_a_diff(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "not-a-real-key-1"
    write(f"{HEAD}x-judge: {{api_key: {secret}}}\ntraining: {{epochs: 1.0}}\n")
    code, out, err = lint(capsys, "--diff")
    assert code == 1
    assert "+training: {epochs: 1}" in out
    assert secret not in out + err


def test_permissions_and_links_stay(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    write(MISTAKEN, "real.yml")
    Path("real.yml").chmod(0o640)
    Path("run.yaml").symlink_to("real.yml")
    # Two names of one file: its fixes are made once.
    code, out, _ = lint(capsys, "--fix", "run.yaml", "real.yml")
    assert code == 1
    assert "fixed 1 finding in 1 file\n" in out or "fixed 2 findings in 1 file\n" in out
    assert Path("run.yaml").is_symlink()
    assert stat.S_IMODE(Path("real.yml").stat().st_mode) == 0o640
    assert read("real.yml") == MISTAKEN.replace("1.0", "1")
    assert sorted(path.name for path in project.iterdir()) == [
        ".rft",
        "data",
        "judge.py",
        "real.yml",
        "run.yaml",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    write(MISTAKEN)
    Path("run.yaml").chmod(0o440)
    code, _, err = lint(capsys, "--fix")
    assert (code, read()) == (3, MISTAKEN)
    assert err.startswith("rft: ")


def test_what_a_file_builds_on_is_changed_only_when_it_is_linted_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("training: {lora_rnak: 8}\n", "_base.yaml")
    write(f"extends: _base.yaml\n{HEAD}")
    assert lint(capsys, "--fix", "--unsafe-fixes", "run.yaml")[0] == 1
    assert read("_base.yaml") == "training: {lora_rnak: 8}\n"
    assert lint(capsys, "--fix", "--unsafe-fixes") == (
        0,
        "2 files checked: no findings\nfixed 1 finding in 1 file\n",
        "",
    )


def test_a_file_that_is_no_yaml_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    write("version: 1.0\nmodel: [\n")
    code, out, _ = lint(capsys, "--fix", "--unsafe-fixes", "run.yaml")
    assert (code, read()) == (1, "version: 1.0\nmodel: [\n")
    assert out.endswith("1 file checked: 1 error\n")


def test_the_editor_line_is_added_and_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    write("{}", "schemas/run-config.schema.json")
    write("{}", "schemas/run-fragment.schema.json")
    text = HEAD.replace(": data", ": ../../data").replace(": judge", ": ../../judge")
    write(f"\ufeff# ours\r\n{text}", "configs/deep/run.yaml")
    write("# yaml-language-server: $schema=schemas/old.json\ntraining: {epochs: 1}\n", "_part.yaml")
    write(f"# yaml-language-server: $schema=https://example.org/s.json\n{HEAD}", "a.yaml")
    write(f"# ours\n# $schema: schemas/run-config.schema.json\n{HEAD}", "b.yaml")
    code, out, _ = lint(capsys, "-f", "concise")
    assert code == 0
    assert out == (
        "_part.yaml:1:33: advice RFT016 the editor line leads to schemas/old.json, and there is no such file "
        "[missing-editor-line]\n"
        "configs/deep/run.yaml:1:1: advice RFT016 no line leads an editor to the schema [missing-editor-line]\n"
    )
    assert lint(capsys, "--fix") == (0, "4 files checked: no findings\nfixed 2 findings in 2 files\n", "")
    assert read("_part.yaml").startswith(
        "# yaml-language-server: $schema=schemas/run-fragment.schema.json\ntraining"
    )
    assert read("configs/deep/run.yaml").startswith(
        "\ufeff# yaml-language-server: $schema=../../schemas/run-config.schema.json\r\n# ours\r\nversion"
    )


# --- comments ----------------------------------------------------------------------------------------------------

HOT = f"""\
{HEAD}training: {{epochs: 4,
  learning_rate: 4e-4}}
rollout:
  temperature: 1.5
"""

ADOPTED = """\
version: 1
model: rehearsal
dataset: data/train.jsonl
evaluator: judge.py:evaluate
# rft: ignore[RFT202] because not tuned yet
training: {epochs: 4,
  # rft: ignore[RFT201, RFT601] because not tuned yet
  learning_rate: 4e-4}
rollout:
  # rft: ignore[RFT303] because not tuned yet
  temperature: 1.5
"""


def test_a_config_in_json_gets_no_comment(capsys: pytest.CaptureFixture[str]) -> None:
    Path("schemas").mkdir(exist_ok=True)
    Path("schemas/run-config.schema.json").write_text("{}")
    text = json.dumps(
        {"version": 1, "model": "rehearsal", "dataset": "data/train.jsonl", "evaluator": "judge.py:evaluate"}
    )
    Path("run.json").write_text(text)
    assert run(["lint", "--fix", "run.json"]) == 0
    assert "RFT016" not in capsys.readouterr().out
    assert Path("run.json").read_text() == text


def test_add_ignore_takes_responsibility_for_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    write(HOT)
    clean = "1 file checked: no findings\n"
    assert lint(capsys, "--add-ignore", "not tuned yet") == (
        0,
        f"{clean}ignored 4 findings in 1 file\n4 findings ignored by comments\n",
        "",
    )
    assert read() == ADOPTED
    assert lint(capsys, "--add-ignore", "because not tuned yet") == (
        0,
        f"{clean}4 findings ignored by comments\n",
        "",
    )
    assert read() == ADOPTED


def test_add_ignore_keeps_line_ends_and_leaves_errors(capsys: pytest.CaptureFixture[str]) -> None:
    write(HOT.replace("\n", "\r\n"))
    lint(capsys, "--add-ignore", "not tuned yet")
    assert read() == ADOPTED.replace("\n", "\r\n")
    write(HOT.replace("epochs: 4", "epochs: 40"))
    assert lint(capsys, "--add-ignore", "not tuned yet", "--quiet")[0] == 1
    assert read() == HOT.replace("epochs: 4", "epochs: 40")


def test_add_ignore_speaks_of_the_file_where_a_text_runs_over_the_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = '{"version": 1, "model": "rehearsal", "dataset": "data/train.jsonl", "evaluator": "judge.py:evaluate",\n'
    text += ' "experiment": {"hypothesis": "levels\n off"}, "rollout": {"temperature": 1.5}}\n'
    write(text)
    code, out, _ = lint(capsys, "--add-ignore", "not tuned yet")
    assert (code, out.splitlines()[0]) == (0, "1 file checked: no findings")
    assert read() == f"# rft: ignore-file[RFT303] because not tuned yet\n{text}"


def test_suppressed_findings_are_counted_and_idle_comments_removed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = f"{ADOPTED.replace('4e-4', '1e-4')}experiment: {{hypothesis: why}}\n"
    write(text.replace("ignore[RFT303]", "ignore[RFT303, RFT302]"))
    code, out, _ = lint(capsys, "-f", "concise")
    assert (code, out) == (
        0,
        "run.yaml:7:3: warning RFT040 RFT201 and RFT601 are not found on its line [unused-ignore]\n"
        "run.yaml:10:3: warning RFT040 RFT302 is not found on its line [unused-ignore]\n",
    )
    lint(capsys, "--fix")
    expected = text.splitlines(keepends=True)
    del expected[6]
    assert read() == "".join(expected)


def test_plan_obeys_the_comments_that_lint_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"messages": [{"role": "user", "content": f"{number}+1="}]} for number in range(40)]
    write("".join(f"{json.dumps(row)}\n" for row in rows), "data/train.jsonl")
    write(ADOPTED)
    assert run(["plan", "run.yaml", "--json"]) == 0
    codes = [item["code"] for item in json.loads(capsys.readouterr().out)["findings"]]
    assert not {"RFT201", "RFT202", "RFT303", "RFT601"}.intersection(codes)
    write(HOT)
    run(["plan", "run.yaml", "--json"])
    codes = [item["code"] for item in json.loads(capsys.readouterr().out)["findings"]]
    assert {"RFT201", "RFT202", "RFT303", "RFT601"}.issubset(codes)


# --- settings ----------------------------------------------------------------------------------------------------


def test_settings_hold_until_the_command_line_says_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    write(HOT)
    write('[tool.rft]\nselect = ["RFT3"]\nfail-on = "warning"\n', "pyproject.toml")

    def codes(*arguments: str) -> tuple[int, list[str]]:
        code, out, _ = lint(capsys, "--json", *arguments)
        return code, [item["code"] for item in json.loads(out)["findings"]]

    assert codes() == (1, ["RFT303"])
    assert codes("--select", "RFT201") == (0, ["RFT201"])
    assert codes("--fail-on", "error") == (0, ["RFT303"])
    write('[tool.rft]\nselect = ["RFT3"]\nper-file-ignores = {"run.yaml" = ["RFT303"]}\n', "pyproject.toml")
    assert codes() == (0, [])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('selekt = ["RFT3"]', "pyproject.toml:2:1: unknown setting selekt"),
        ('ignore = ["RFT77"]', "pyproject.toml:2: unknown code 'RFT77'"),
        ('per-file-ignores = {"a" = ["RFT77"]}', "pyproject.toml:2: unknown code 'RFT77'"),
    ],
)
def test_wrong_settings_are_wrong_usage(capsys: pytest.CaptureFixture[str], text: str, error: str) -> None:
    write(HEAD)
    write(f"[tool.rft]\n{text}\n", "pyproject.toml")
    code, out, err = lint(capsys)
    assert (code, out) == (2, "")
    assert err.startswith(f"rft: {error}\n  help: ")


def test_show_settings_says_where_each_value_comes_from(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    write('ignore = ["RFT601"]\ninclude = ["runs/*.yaml"]\n', ".rft.toml")
    root = str(project)
    assert lint(capsys, "--show-settings", "--ignore", "RFT5") == (
        0,
        f"project root: {root}\n"
        "select            -            default\n"
        "ignore            RFT5         --ignore\n"
        "per-file-ignores  -            default\n"
        "include           runs/*.yaml  .rft.toml:2\n"
        "exclude           -            default\n"
        "fail-on           error        default\n"
        "prices            -            default\n",
        "",
    )
    document = json.loads(lint(capsys, "--show-settings", "--json")[1])
    assert (document["schema_version"], document["root"]) == (1, root)
    assert document["settings"][1] == {"name": "ignore", "value": ["RFT601"], "origin": ".rft.toml:1"}


def test_show_files_lists_what_would_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    write(HEAD)
    write("services: {}\n", "compose.yaml")
    write(HEAD, "configs/a.yaml")
    assert lint(capsys, "--show-files") == (0, "configs/a.yaml\nrun.yaml\n", "")
    document = json.loads(lint(capsys, "--show-files", "--json", "compose.yaml")[1])
    assert document == {"schema_version": 1, "files": ["compose.yaml"]}


# --- standard input ----------------------------------------------------------------------------------------------


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))


def test_a_dash_is_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, MISTAKEN)
    code, out, err = lint(capsys, "-", "-f", "concise")
    assert (code, out.splitlines()[0]) == (
        1,
        "<stdin>:6:3: error RFT020 unknown key lora_rnak in training [unknown-key]",
    )
    assert err.startswith("1 file checked: 1 error, 1 piece of advice\n")
    stdin(monkeypatch, HEAD)
    assert lint(capsys, "-") == (0, "1 file checked: no findings\n", "")


def test_standard_input_lies_where_it_is_said_to_lie(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("training: {epochs: 99}\n", "configs/_base.yaml")
    write("not read\n", "configs/run.yaml")
    text = HEAD.replace(": data", ": ../data").replace(": judge", ": ../judge")
    stdin(monkeypatch, f"extends: _base.yaml\n{text}")
    code, out, _ = lint(capsys, "-", "--stdin-filename", "configs/run.yaml", "-f", "concise")
    assert (code, [line.split(" ")[0] for line in out.splitlines()]) == (1, ["configs/_base.yaml:1:20:"])
    stdin(monkeypatch, "training: {epochs: 1}\n")
    assert lint(capsys, "-", "--stdin-filename", "configs/_part.yaml")[0] == 0


def test_fixed_standard_input_is_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    crlf = MISTAKEN.replace("\n", "\r\n")
    stdin(monkeypatch, crlf)
    code, out, err = lint(capsys, "-", "--stdin-filename", "run.yaml", "--fix")
    assert (code, out, err) == (1, crlf.replace("1.0", "1"), LEFT)
    assert not Path("run.yaml").exists()
    stdin(monkeypatch, "a: [\n")
    code, out, err = lint(capsys, "-", "--fix", "--quiet")
    assert (code, out) == (1, "a: [\n")
    assert "RFT003" in err


# --- git ---------------------------------------------------------------------------------------------------------


def test_since_checks_what_changed_or_builds_on_it(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    write("training: {epochs: 1}\n", "_base.yaml")
    write(f"extends: _base.yaml\n{HEAD}", "a.yaml")
    write(HEAD, "b.yaml")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *author, *command], check=True, capture_output=True)
    assert lint(capsys, "--since", "HEAD") == (
        0,
        "0 files checked: no findings\n3 not checked: not changed since HEAD, nor built on what did\n",
        "",
    )
    write("training: {epochs: 99}\n", "_base.yaml")
    assert lint(capsys, "--since", "HEAD", "--show-files")[1] == "_base.yaml\na.yaml\n"
    code, out, _ = lint(capsys, "--since=HEAD")
    assert code == 1
    assert out.endswith(
        "2 files checked: 1 error\n1 not checked: not changed since HEAD, nor built on what did\n"
        "1 finding can be fixed by guessing what was meant: --fix --unsafe-fixes\n"
    )
    assert lint(capsys, "--since", "nowhere")[0] == 2


# --- formats and wrong usage -------------------------------------------------------------------------------------


def test_several_formats_go_to_files_and_one_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write(MISTAKEN)
    code, out, err = lint(capsys, "-f", "sarif:out.sarif", "--output-format=json:out.json", "-f", "concise")
    assert (code, len(out.splitlines())) == (1, 2)
    assert err.startswith("1 file checked: ")
    assert json.loads(read("out.sarif"))["version"] == "2.1.0"
    assert json.loads(read("out.json"))["files_checked"] == 1
    assert lint(capsys, "-f", "json:out.json") == (1, "", err)


def test_inside_github_actions_the_format_is_theirs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(MISTAKEN)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert lint(capsys)[1].startswith("::error ")
    assert lint(capsys, "-f", "full")[1].startswith("run.yaml:6:3: error")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unsafe-fixes"], "--unsafe-fixes says which fixes to make"),
        (["--fix", "--add-ignore", "why"], "--add-ignore and --fix are two steps"),
        (["--add-ignore", "because "], "--add-ignore needs a reason of one line"),
        (["--add-ignore", "a\nb"], "--add-ignore needs a reason of one line"),
        (["-", "run.yaml"], "- is standard input, and stands alone"),
        (["--stdin-filename", "x.yaml"], "--stdin-filename is for standard input"),
        (["-f", "full", "-f", "concise"], "two output formats would mix"),
        (["-f", "full", "--json"], "two output formats would mix"),
        (
            ["-f", "json:no/such/folder.json"],
            "no/such/folder.json cannot be written: No such file or directory",
        ),
        (["--since", "HEAD"], "--since HEAD: there is no git repository here"),
    ],
)
def test_wrong_usage_is_told_with_a_next_step(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    write(HEAD)
    code, out, err = lint(capsys, *arguments)
    assert code == 2
    assert "--json" in arguments or not out
    assert err.startswith(f"rft: {message}\n  help: ")


@pytest.mark.parametrize(
    "arguments",
    [["--fix", "--diff"], ["-f", "json", "--since="], ["--show-files"], ["-fconcise"], ["--add-ignore=x"]],
)
def test_typer_and_the_small_parser_give_the_same(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    from rft_cli.app import app

    write(MISTAKEN)
    fast = lint(capsys, *arguments)
    write(MISTAKEN)
    with pytest.raises(SystemExit) as ended:
        app(args=["lint", *arguments], prog_name="rft")
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out, captured.err) == fast
