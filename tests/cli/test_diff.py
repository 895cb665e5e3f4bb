"""`rft diff` and `rft export` as a user sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.project import RUN, record_run, write_project
from support.repository import ENVIRONMENT, Repository
from typer.testing import CliRunner

from rft_cli.app import app

RAISED = RUN.replace("name: sums", "name: faster") + "training: {learning_rate: 2e-4}\n"
BOLDER = (
    RUN + "training: {learning_rate: 3e-4, max_context_length: 16384}\nrollout: {n: 8, max_tokens: 8192}\n"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    (tmp_path / "faster.yaml").write_text(RAISED)
    (tmp_path / "bolder.yaml").write_text(BOLDER)
    return tmp_path


@pytest.fixture
def rft():
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


CHANGED_RATE = """\
run.yaml → faster.yaml: 1 change

training.learning_rate  1e-4 → 2e-4  × 2
    raise when the reward levels off early and low, with little KL to the reference (LR3)
    raise when the reward climbs, but so slowly that two more epochs would not be enough (LR6)
    too high: the reward jumps up for a while and then collapses: the steps overshoot
    2e-4 is usual
    raised by the goal faster-convergence
"""


def test_two_files_differ_in_one_value(rft, root) -> None:
    done = rft("diff", "run.yaml", "faster.yaml")
    assert (done.exit_code, done.stdout, done.stderr) == (1, CHANGED_RATE, "")


def test_the_exit_code_can_be_left_out(rft, root) -> None:
    done = rft("diff", "run.yaml", "faster.yaml", "--exit-zero")
    assert (done.exit_code, done.stdout) == (0, CHANGED_RATE)


def test_another_spelling_is_no_difference(rft, root) -> None:
    (root / "same.yaml").write_text(
        "rollout: {n: 4}\ntraining: {learning_rate: 0.0001, epochs: 1.0}\nx-owner: us\n"
        "evaluator: {entry: evaluators/sums.py}\n"
        "dataset: ./data/../data/sums.jsonl\nname: other\nmodel: rehearsal\nversion: 1\n"
    )
    done = rft("diff", "run.yaml", "same.yaml")
    assert (done.exit_code, done.stdout) == (0, "run.yaml → same.yaml: no difference\n")


@pytest.mark.covers("ST3")
def test_several_changes_are_named_with_what_they_cost(rft, root) -> None:
    done = rft("diff", "run.yaml", "bolder.yaml")
    lines = done.stdout.splitlines()
    assert done.exit_code == 1
    assert lines[0] == "run.yaml → bolder.yaml: 3 changes, cost × 8 at most"
    assert [line for line in lines if not line.startswith(" ")][2:6] == [
        "training.learning_rate       1e-4 → 3e-4   × 3",
        "training.max_context_length  8192 → 16384  × 2",
        "rollout.n                    4 → 8         × 2  cost × 2",
        "rollout.max_tokens           2048 → 8192   × 4  cost × 4",
    ]
    assert "    needed by rollout.max_tokens: the two count as one change" in lines
    assert "    3e-4 is not usual; usual: 5e-5–2e-4" in lines
    assert lines[-1] == "3 changes at once: whatever happens, nobody will know which of them did it (ST3)"


def test_other_differences_stand_apart_and_say_what_cannot_be_compared(rft, root) -> None:
    (root / "data/more.jsonl").write_text("{}\n")
    (root / "other.yaml").write_text(
        RUN.replace("data/sums", "data/more")
        + "experiment: {seed: 7}\nevaluation: {dataset: data/sums.jsonl, every: 5}\n"
    )
    done = rft("diff", "run.yaml", "other.yaml")
    assert done.stdout == (
        "run.yaml → other.yaml: no change of a parameter, 5 other differences\n"
        "\n"
        "other differences, not counted\n"
        "  dataset             data/sums.jsonl → data/more.jsonl\n"
        f"  dataset (content)   {DIGEST_OF_SUMS} → ca3d163bab05\n"
        "  evaluation.dataset  a part of the training data → data/sums.jsonl\n"
        "  evaluation.every    0 → 5\n"
        "  experiment.seed     0 → 7\n"
        "\n"
        "not comparable because the training data differs: the content of data/sums.jsonl and data/more.jsonl\n"
        "not comparable because the evaluation data differs: a part of the training data and data/sums.jsonl\n"
    )


DIGEST_OF_SUMS = "1dabd756694a"


def test_as_data(rft, root) -> None:
    document = json.loads(rft("diff", "run.yaml", "bolder.yaml", "--json").stdout)
    assert {
        name: document[name] for name in ("schema_version", "counted", "other", "comparable", "reasons")
    } == {
        "schema_version": 1,
        "counted": 3,
        "other": [],
        "comparable": True,
        "reasons": [],
    }
    assert [
        [change[name] for name in ("parameter", "from", "to", "ratio", "because")]
        for change in document["changes"]
    ] == [
        ["training.learning_rate", 1e-4, 3e-4, 3.0, None],
        ["training.max_context_length", 8192, 16384, 2.0, "rollout.max_tokens"],
        ["rollout.n", 4, 8, 2.0, None],
        ["rollout.max_tokens", 2048, 8192, 4.0, None],
    ]
    assert document["cost_ratio"] == 8.0
    assert document["base"] == {"kind": "file", "label": "run.yaml", "run": None}


def test_as_a_comment_on_a_pull_request(rft, root) -> None:
    (root / "seeded.yaml").write_text(RAISED + "experiment: {seed: 7}\n")
    done = rft("diff", "run.yaml", "seeded.yaml", "--md")
    assert done.stdout == (
        "#### `seeded.yaml` against `run.yaml`\n"
        "\n"
        "1 change, 1 other difference.\n"
        "\n"
        "| change | from | to | ratio | cost |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `training.learning_rate` | `1e-4` | `2e-4` | × 2 |  |\n"
        "\n"
        "| other difference, not counted | from | to |\n"
        "| --- | --- | --- |\n"
        "| `experiment.seed` | `0` | `7` |\n"
        "\n"
        "<details><summary>What the guide says</summary>\n"
        "\n"
        "`training.learning_rate`\n"
        "\n"
        "- raise when the reward levels off early and low, with little KL to the reference (LR3)\n"
        "- raise when the reward climbs, but so slowly that two more epochs would not be enough (LR6)\n"
        "- too high: the reward jumps up for a while and then collapses: the steps overshoot\n"
        "- 2e-4 is usual\n"
        "- raised by the goal faster-convergence\n"
        "\n"
        "</details>\n"
    )


def test_values_cannot_become_markup(rft, root) -> None:
    (root / "odd.yaml").write_text(RUN.replace("model: rehearsal", 'model: "a|b`<b>@team"'))
    text = rft("diff", "run.yaml", "odd.yaml", "--md").stdout
    assert "| `model` | `rehearsal` | a\\|b\\`\\<b\\>@\u200bteam |" in text


def test_the_guides_defaults_stand_in_for_a_missing_baseline(rft, root) -> None:
    done = rft("diff", "faster.yaml")
    assert done.exit_code == 1
    assert done.stdout.startswith("the guide's defaults → faster.yaml: 1 change\n")
    assert done.stdout.endswith("\nnote: compared with the guide's defaults: its scope has no baseline yet\n")
    assert sorted(path.name for path in (root / ".rft").iterdir()) == [".gitignore"]


def test_the_baseline_of_the_scope_is_found(rft, root) -> None:
    record_run(root)
    for arguments in (["faster.yaml"], ["--baseline", "faster.yaml"]):
        done = rft("diff", *arguments)
        assert done.stdout.startswith("sums.1 → faster.yaml: 1 change\n")
        assert done.stdout.endswith("note: compared with sums.1: the baseline of its scope\n")


def test_the_reference_that_was_moved_is_found_and_the_baseline_is_asked_for(rft, root) -> None:
    record_run(root)
    record_run(root, "faster.yaml")
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.place import place_of

    with Ledger(place_of(root, {})) as ledger:
        ledger.set_reference(ledger.run("sums.1").summary.scope, "faster.1")
    done = rft("diff", "bolder.yaml")
    assert done.stdout.startswith("faster.1 → bolder.yaml: 3 changes")
    assert done.stdout.endswith("note: compared with faster.1: the reference of its scope\n")
    assert rft("diff", "--baseline", "bolder.yaml").stdout.startswith("sums.1 → bolder.yaml")


def test_a_run_is_compared_with_what_it_was_launched_against(rft, root) -> None:
    record_run(root)
    record_run(root, "faster.yaml", reference="sums.1")
    done = rft("diff", "faster")
    assert done.stdout.startswith("sums.1 → faster.1: 1 change\n")
    assert done.stdout.endswith("note: compared with sums.1: the reference of faster.1\n")
    assert rft("diff", "sums.1").exit_code == 0


def test_another_data_set_has_another_baseline(rft, root) -> None:
    record_run(root)
    (root / "data/sums.jsonl").write_text("{}\n")
    assert "its scope has no baseline yet" in rft("diff", "faster.yaml").stdout
    done = rft("diff", "sums.1", "faster.yaml")
    assert "not comparable because the training data differs: the content of data/sums.jsonl" in done.stdout


def test_what_is_missing_is_compared_by_name_and_said(rft, root) -> None:
    record_run(root)
    (root / "data/sums.jsonl").unlink()
    assert rft("diff", "sums.1", "run.yaml").stdout == (
        "sums.1 → run.yaml: no difference\n"
        "\n"
        "note: data/sums.jsonl could not be read on both sides: its name was compared, not its content\n"
    )
    assert "its scope is not known here" in rft("diff", "run.yaml").stdout


def test_a_file_wins_over_a_run_of_its_name(rft, root) -> None:
    record_run(root)
    (root / "sums").write_text(RAISED)
    assert rft("diff", "sums.1", "sums").stdout.startswith("sums.1 → sums: 1 change\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is neither a file nor a run nowhere"),
        (["rnu.yaml"], "there is no file rnu.yaml\n  help: did you mean run.yaml?"),
        (["no/such/x.yaml"], "there is no file no/such/x.yaml\n  help: there is no folder no/such either"),
        (["data"], "data is a folder"),
        (["run.yaml", "faster.yaml", "bolder.yaml"], "diff compares two things, not 3"),
        (["--baseline", "run.yaml", "faster.yaml"], "--baseline takes the place of BASE"),
        (["--json", "--md", "run.yaml", "faster.yaml"], "--json and --md exclude each other"),
        (["HEAD:run.yaml"], "HEAD: git finds no repository at "),
        (["broken.json"], "broken.json is not JSON"),
        (
            ["later.json"],
            "the record later.json is from another version of rft: its form is 2, this rft reads 1",
        ),
        (["refers.yaml"], "the reference of refers.yaml: there is no run gone"),
        (["recorded.yaml"], "the reference of recorded.yaml: records/gone.json: there is no such file"),
    ],
)
def test_what_is_not_there_is_said_with_the_next_step(rft, root, arguments, message) -> None:
    (root / "broken.json").write_text('{"kind": "record", ')
    (root / "later.json").write_text('{"kind": "record", "schema_version": 2}')
    (root / "refers.yaml").write_text(RUN + "experiment: {reference: gone}\n")
    (root / "recorded.yaml").write_text(RUN + "experiment: {reference: records/gone.json}\n")
    done = rft("diff", *arguments)
    assert done.exit_code == 2
    assert f"rft: {message}" in done.stderr
    assert "\n  help: " in done.stderr
    assert "--json" in arguments or not done.stdout


def test_an_invalid_config_is_trouble_and_shown(rft, root) -> None:
    (root / "bad.yaml").write_text(RUN + "rollout: {n: 1}\n")
    done = rft("diff", "bad.yaml", "run.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("bad.yaml:6:14: error RFT109 ")
    assert done.stderr.endswith("rft: bad.yaml is not a valid run config, so there is nothing to compare\n")


def test_a_link_out_of_the_project_and_a_project_within_another(rft, root, monkeypatch) -> None:
    outside = root / "outside"
    write_project(outside)
    (outside / "run.yaml").write_text(RAISED)
    record_run(root)
    inner = root / "inner"
    write_project(inner)
    (inner / "link.yaml").symlink_to(outside / "run.yaml")
    monkeypatch.chdir(inner)
    assert rft("diff", "run.yaml", "link.yaml").stdout.startswith("run.yaml → link.yaml: 1 change\n")
    assert "there is neither a file nor a run sums" in rft("diff", "sums").stderr
    monkeypatch.chdir(root)
    assert rft("diff", "sums", "inner/run.yaml").exit_code == 1  # other paths, the same content
    assert "not comparable" not in rft("diff", "sums", "inner/run.yaml").stdout


def test_a_revision_is_compared_with_what_it_extended_and_read_then(rft, root) -> None:
    repository = Repository(root)
    (root / "_base.yaml").write_text("training: {epochs: 2}\n")
    (root / "run.yaml").write_text(RUN + "extends: _base.yaml\n")
    repository.commit({})
    repository.commit({"_base.yaml": "training: {epochs: 3}\n", "data/sums.jsonl": "{}\n"})
    done = rft("diff", "HEAD~1:run.yaml", "run.yaml")
    assert done.exit_code == 1
    assert done.stdout.startswith(
        "HEAD~1:run.yaml → run.yaml: 1 change, 1 other difference, cost × 1.5 at most\n"
    )
    assert f"  dataset (content)  {DIGEST_OF_SUMS} → ca3d163bab05\n" in done.stdout
    assert "not comparable because the training data differs" in done.stdout
    assert rft("diff", "HEAD:run.yaml", "run.yaml").stdout == "HEAD:run.yaml → run.yaml: no difference\n"


def test_an_evaluator_that_changed_with_a_module_beside_it_is_seen(rft, root) -> None:
    repository = Repository(root)
    (root / "evaluators/sums.py").write_text(
        "import rules\ndef evaluate(completion, record):\n    return 1.0\n"
    )
    repository.commit({"evaluators/rules.py": "LIMIT = 1\n"})
    (root / "evaluators/rules.py").write_text("LIMIT = 2\n")
    done = rft("diff", "HEAD:run.yaml", "run.yaml")
    assert "not comparable because the evaluator differs: the content of evaluators/sums.py" in " ".join(
        done.stdout.split()
    )


def test_from_a_folder_within_the_repository_both_ways_of_naming_work(rft, root, monkeypatch) -> None:
    repository = Repository(root)
    repository.commit(
        {"configs/x.yaml": RAISED.replace("data/", "../data/").replace("evaluators/", "../evaluators/")}
    )
    monkeypatch.chdir(root / "configs")
    for name in ("HEAD:configs/x.yaml", "HEAD:x.yaml", "HEAD:./x.yaml"):
        assert rft("diff", name, "x.yaml").stdout == f"{name} → x.yaml: no difference\n"


def test_a_file_that_is_gone_and_an_invalid_one_of_a_revision(rft, root) -> None:
    repository = Repository(root)
    repository.commit({"bad.yaml": RUN + "rollout: {n: 1}\n"})
    repository.commit({"faster.yaml": None})
    assert rft("diff", "run.yaml", "HEAD~1:faster.yaml").stdout.startswith(
        "run.yaml → HEAD~1:faster.yaml: 1 change\n"
    )
    done = rft("diff", "HEAD:faster.yaml", "run.yaml")
    assert (done.exit_code, done.stderr) == (
        2,
        "rft: there is no file faster.yaml at HEAD\n"
        f"  help: looked for {root}/faster.yaml; `git ls-tree -r --name-only HEAD` lists what there is\n",
    )
    done = rft("diff", "HEAD:bad.yaml", "run.yaml")
    assert (done.exit_code, done.stderr.splitlines()[0].partition(" ")[0]) == (2, "HEAD:bad.yaml:6:14:")
    for revision in ("nowhere", "-p", "--output=x"):
        assert rft("diff", "--", f"{revision}:run.yaml", "run.yaml").exit_code == 2
    assert not (root / "x").exists()


# Export.


def test_a_record_serves_as_the_reference_of_a_clone_without_a_ledger(
    rft, root, tmp_path_factory, monkeypatch
) -> None:
    record_run(root)
    done = rft("export", "sums", "--to", "record", "-o", "sums.json")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "Wrote sums.json. Name it as a reference: experiment.reference: sums.json\n"
    clone = tmp_path_factory.mktemp("clone")
    write_project(clone)
    (clone / "records").mkdir()
    (clone / "records/sums.json").write_text((root / "sums.json").read_text())
    (clone / "configs").mkdir()
    (clone / "configs/x.yaml").write_text(
        RAISED.replace("data/", "../data/").replace("evaluators/", "../evaluators/")
        + "experiment: {reference: ../records/sums.json}\n"
    )
    monkeypatch.chdir(clone / "configs")
    done = rft("diff", "x.yaml")
    assert done.exit_code == 1
    assert done.stdout.startswith("../records/sums.json → x.yaml: 1 change\n")
    assert done.stdout.endswith("note: compared with ../records/sums.json: the reference of x.yaml\n")
    assert not (clone / ".rft/ledger.db").exists()


def test_a_record_goes_to_standard_output_without_a_file(rft, root) -> None:
    record_run(root)
    document = json.loads(rft("export", "sums.1", "--to", "record").stdout)
    assert (document["kind"], document["id"], document["config"]["dataset"]) == (
        "record",
        "sums.1",
        "data/sums.jsonl",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody", "--to", "record"], "there is no run nobody"),
        (["sums", "--to", "record", "-o", "no/such/x.json"], "there is no folder no/such"),
        (["sums", "--to", "record", "-o", "data"], "data is a folder"),
        (["sums", "--to", "pickle"], "'pickle' is not"),
        (["sums"], "Missing option '--to'"),
    ],
)
def test_an_export_that_cannot_be(rft, root, arguments, message) -> None:
    record_run(root)
    done = rft("export", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_plan_and_a_record_of_a_revision_are_compared_like_their_configs(rft, root) -> None:
    assert rft("plan", "bolder.yaml", "--out", "plan.json").exit_code == 0
    assert rft("diff", "plan.json", "bolder.yaml").stdout == "plan.json → bolder.yaml: no difference\n"
    assert rft("diff", "run.yaml", "plan.json").stdout.startswith("run.yaml → plan.json: 3 changes")
    record_run(root)
    rft("export", "sums", "--to", "record", "-o", "sums.json")
    Repository(root).commit({})
    (root / "sums.json").unlink()
    assert rft("diff", "HEAD:sums.json", "run.yaml").stdout == "HEAD:sums.json → run.yaml: no difference\n"
    (root / "plan.json").write_text((root / "plan.json").read_text().replace("16384", "32768"))
    done = rft("diff", "plan.json", "run.yaml")
    assert done.exit_code == 2
    assert "rft: the plan plan.json was edited by hand" in done.stderr


def test_a_run_whose_folder_is_gone_is_still_compared_and_exported(rft, root) -> None:
    run = record_run(root)
    assert not (root / ".rft/runs" / run).exists()
    assert rft("diff", run, "run.yaml").stdout == "sums.1 → run.yaml: no difference\n"
    assert rft("export", run, "--to", "record").exit_code == 0


# Git.


@pytest.fixture
def repository(root: Path) -> Repository:
    made = Repository(root)
    driver = f"{sys.executable} -m rft_cli diff --git-driver --"
    made.git("config", "diff.rft.command", driver)
    made.commit({".gitattributes": "*.yaml diff=rft\n", "_base.yaml": "training: {epochs: 2}\n"})
    return made


def test_git_shows_run_configs_by_value(repository) -> None:
    repository.commit({"configs/x.yaml": "extends: ../run.yaml\n"})
    repository.write({"configs/x.yaml": "extends: ../run.yaml\nrollout: {n: 8}  # more signal\n"})
    shown = repository.git("diff").splitlines()
    assert (shown[0][:16], shown[0][23:]) == (
        "configs/x.yaml (",
        ") → configs/x.yaml (work tree): 1 change, cost × 2 at most",
    )
    assert shown[2] == "rollout.n  4 → 8  × 2  cost × 2"
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "n")
    assert repository.git("diff", "HEAD~1", "HEAD").splitlines()[2] == shown[2]


def test_git_shows_comments_and_format_as_no_difference(repository) -> None:
    repository.write({"run.yaml": f"# a comment\n{RUN}training: {{epochs: 1}}\n"})
    assert ": no difference\n" in repository.git("diff")


def test_git_shows_a_new_file_against_the_defaults_and_a_renamed_one_against_itself(repository) -> None:
    repository.write({"new.yaml": RAISED})
    repository.git("add", "-A")
    assert repository.git("diff", "--cached").startswith("the guide's defaults → new.yaml (")
    repository.git("commit", "-q", "-m", "new")
    repository.git("mv", "run.yaml", "sub.yaml")
    repository.write({"sub.yaml": RUN + "rollout: {n: 8}\n"})
    repository.git("add", "-A")
    shown = repository.git("diff", "--cached", "-M20%")
    assert shown.startswith("run.yaml (")
    assert "→ sub.yaml (" in shown
    assert "rollout.n  4 → 8" in shown


def test_git_shows_what_is_no_run_config_line_by_line(repository) -> None:
    repository.commit({"compose.yaml": "services:\n  a: 1\n"})
    repository.write({"compose.yaml": "services:\n  a: 2\n", "faster.yaml": None})
    shown = repository.git("diff")
    assert shown.startswith(
        "--- a/compose.yaml\n+++ b/compose.yaml\n@@ -1,2 +1,2 @@\n services:\n-  a: 1\n+  a: 2\n"
    )
    assert "-training: {learning_rate: 2e-4}\n" in shown


def test_git_shows_fragments_and_a_conflict(repository) -> None:
    repository.write({"_base.yaml": "training: {epochs: 3}\n"})
    assert "training.epochs  2 → 3" in repository.git("diff")
    repository.git("checkout", "-q", "-b", "other")
    repository.git("commit", "-qam", "three")
    repository.git("checkout", "-q", "main")
    repository.write({"_base.yaml": "training: {epochs: 4}\n"})
    repository.git("commit", "-qam", "four")
    done = subprocess.run(
        ["git", "merge", "other"],
        cwd=repository.path,
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert repository.git("diff").startswith("diff --cc _base.yaml\n")
    driven = CliRunner().invoke(app, ["diff", "--git-driver", "--", "_base.yaml"])
    assert (driven.exit_code, driven.stdout) == (0, "_base.yaml: unmerged\n")


def test_the_driver_is_called_by_git_alone(rft, root) -> None:
    done = rft("diff", "--git-driver", "run.yaml", "faster.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert 'git config diff.rft.command "rft diff --git-driver --"' in done.stderr
