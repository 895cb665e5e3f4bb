"""Layers over layers: who wins, where a value came from, what is inherited, and how paths are seen from the root."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from rft_cli.config import Cache, Config, Loaded, Origin, load
from rft_cli.spec.document import defaults

BASE = "version: 1\nmodel: rehearsal\ndataset: data/rows.jsonl\nevaluator: judge.py:evaluate\n"


class Project:
    """Files in a folder that is the project root and the working directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def load(self, name: str = "run.yaml", **options: Any) -> Loaded:
        return load(Path(name), root=self.root, **options)

    def config(self, name: str = "run.yaml", **options: Any) -> Config:
        loaded = self.load(name, **options)
        assert loaded.findings == ()
        assert loaded.config is not None
        return loaded.config

    def said(self, name: str = "run.yaml", **options: Any) -> list[str]:
        loaded = self.load(name, **options)
        assert loaded.config is None
        return [
            f"{place.path}:{place.line}:{place.column} {code} {message}"
            for code, _, place, message, *_ in loaded.findings
        ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


LAYERS = ["default", "extends", "file", "environment", "set"]
VALUES = {"default": 1, "extends": 2, "file": 3, "environment": 4, "set": 5}
PLACES = {
    "default": ("run.yaml", 1, 1, 0),
    "extends": ("_base.yaml", 2, 11, 12),
    "file": ("run.yaml", 7, 11, 12),
    "environment": ("environment", 1, 22, 23),
    "set": ("--set", 1, 17, 18),
}


@pytest.mark.parametrize(("lower", "higher"), list(itertools.combinations(LAYERS, 2)))
def test_the_higher_layer_wins_and_the_origin_says_so(lower: str, higher: str, project: Project) -> None:
    given = {lower, higher}
    project.write(
        "_base.yaml", f"training:\n  epochs: {VALUES['extends']}\n" if "extends" in given else "x-a: 1\n"
    )
    own = f"training:\n  epochs: {VALUES['file']}\n" if "file" in given else ""
    project.write("run.yaml", f"{BASE}extends: _base.yaml\n{own}")
    config = project.config(
        environment={"RFT_TRAINING__EPOCHS": "4"} if "environment" in given else {},
        overrides=["training.epochs=5"] if "set" in given else [],
    )
    assert config.get("training.epochs") == VALUES[higher]
    assert config.origins["training.epochs"] == Origin(higher, PLACES[higher])


def test_all_layers_together(project: Project) -> None:
    project.write("_base.yaml", "rollout:\n  n: 6\n  top_k: 50\n  top_p: 0.9\n  temperature: 0.8\n")
    project.write(
        "run.yaml", f"{BASE}extends: _base.yaml\nrollout:\n  n: 8\n  top_k: 30\n  temperature: 0.9\n"
    )
    environment = {"RFT_ROLLOUT__TOP_K": "20", "RFT_ROLLOUT__TEMPERATURE": "1.0", "HOME": "/", "RFT_DIR": "x"}
    config = project.config(environment=environment, overrides=["rollout.temperature=1.1"])
    assert config.values["rollout"] == {
        "temperature": 1.1,
        "top_p": 0.9,
        "top_k": 20,
        "n": 8,
        "max_tokens": 2048,
    }
    kinds = {path: config.origins[f"rollout.{path}"].kind for path in config.values["rollout"]}
    assert kinds == {
        "temperature": "set",
        "top_p": "extends",
        "top_k": "environment",
        "n": "file",
        "max_tokens": "default",
    }


def test_every_default_is_filled_in_and_has_one_spelling(project: Project) -> None:
    project.write("run.yaml", BASE)
    config = project.config()
    assert {path: config.get(path) for path in defaults()} == defaults()
    assert list(config.values) == [
        "version",
        "name",
        "backend",
        "model",
        "dataset",
        "evaluator",
        "training",
        "rollout",
        "evaluation",
        "experiment",
    ]
    assert {path for path, origin in config.origins.items() if origin.kind == "default"} == {
        *defaults(),
        "name",
    }


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("training: {epochs: 2.0}", "training.epochs", 2),
        ("training: {lora_rank: 8.0}", "training.lora_rank", 8),
        ("rollout: {top_p: 1}", "rollout.top_p", 1.0),
        ("rollout: {top_p: -0.0}", "rollout.top_p", 0.0),
        ("rollout: {n: 0x4}", "rollout.n", 4),
        ("evaluation: {reward_range: [0, 1]}", "evaluation.reward_range", [0.0, 1.0]),
        ("evaluation: {every: 5.0}", "evaluation.every", 5),
        ("experiment: {seed: 7.0}", "experiment.seed", 7),
    ],
)
def test_equal_values_have_one_spelling(text: str, path: str, value: object, project: Project) -> None:
    project.write("run.yaml", f"{BASE}{text}\n")
    assert repr(project.config().get(path)) == repr(value)


def test_both_forms_of_the_evaluator(project: Project) -> None:
    project.write("run.yaml", BASE)
    assert project.config().get("evaluator") == "judge.py:evaluate"
    project.write("run.yaml", BASE.replace("judge.py:evaluate", "{entry: e.py:f, timeout_s: 5}"))
    config = project.config()
    assert config.get("evaluator") == {
        "entry": "e.py:f",
        "timeout_s": 5.0,
        "concurrency": 1,
        "on_error": "fail",
    }
    assert config.origins["evaluator.timeout_s"].kind == "file"
    assert config.origins["evaluator.concurrency"].kind == "default"
    assert "evaluator" not in config.origins


def test_one_form_of_the_evaluator_replaces_the_other(project: Project) -> None:
    project.write("_base.yaml", "evaluator: {entry: a.py:f, timeout_s: 5}\n")
    project.write("run.yaml", f"{BASE}extends: _base.yaml\n")
    config = project.config()
    assert config.get("evaluator") == "judge.py:evaluate"
    assert [path for path in config.origins if path.startswith("evaluator")] == ["evaluator"]
    project.write("_base.yaml", "evaluator: a.py:f\n")
    project.write("run.yaml", f"{BASE.replace('judge.py:evaluate', '{entry: b.py:g}')}extends: _base.yaml\n")
    config = project.config()
    assert config.get("evaluator.entry") == "b.py:g"
    assert "evaluator" not in config.origins


def test_the_section_form_is_inherited_key_by_key(project: Project) -> None:
    project.write("_base.yaml", "evaluator: {entry: a.py:f, timeout_s: 5, env: [A, B]}\n")
    project.write(
        "run.yaml", f"{BASE.replace('judge.py:evaluate', '{entry: b.py:g, env: [C]}')}extends: _base.yaml\n"
    )
    assert project.config().get("evaluator") == {
        "entry": "b.py:g",
        "env": ["C"],
        "timeout_s": 5.0,
        "concurrency": 1,
        "on_error": "fail",
    }


def test_a_setting_of_an_evaluator_in_text_form_can_be_overridden(project: Project) -> None:
    project.write("run.yaml", BASE)
    config = project.config(overrides=["evaluator.timeout_s=5"])
    assert config.get("evaluator.entry") == "judge.py:evaluate"
    assert config.get("evaluator.timeout_s") == 5.0
    assert config.origins["evaluator.entry"] == Origin("file", ("run.yaml", 4, 12, 29))


def test_users_keys_are_kept_as_they_are(project: Project) -> None:
    project.write("run.yaml", f"{BASE}x-note: {{a: [1.0, null]}}\n")
    config = project.config()
    assert config.values["x-note"] == {"a": [1.0, None]}
    assert config.origins["x-note"].kind == "file"


def test_name_experiment_and_users_keys_are_not_inherited(project: Project) -> None:
    project.write(
        "base.yaml", f"{BASE}name: base\nx-a: 1\nexperiment: {{goal: safer, seed: 7}}\ntracking: {{}}\n"
    )
    project.write("run.yaml", "extends: base.yaml\n")
    config = project.config()
    assert config.name == "run"
    assert config.get("experiment") == {"seed": 0}
    assert "x-a" not in config.values
    assert config.get("tracking") == {}
    assert config.location("experiment.goal") == ("run.yaml", 1, 1, 0)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("run.yaml", "run"),
        ("1-Temperature.yaml", "temperature"),
        ("My Run_2.yml", "my-run-2"),
        ("a.b.yaml", "a-b"),
        ("x--.yaml", "x"),
        ("É-lan.yaml", "lan"),
        ("a" * 80 + ".yaml", "a" * 63),
    ],
)
def test_the_name_comes_from_the_files_name(file: str, name: str, project: Project) -> None:
    project.write(file, BASE)
    config = project.config(file)
    assert (config.name, config.values["name"]) == (name, name)
    assert config.origins["name"] == Origin("default", (file, 1, 1, 0))


def test_a_files_name_without_letters_gives_no_name(project: Project) -> None:
    project.write("1.yaml", BASE)
    assert project.said("1.yaml") == [
        "1.yaml:1:1 RFT021 the key name is missing, and the file's name holds no letter to make one of"
    ]
    project.write("1.yaml", f"{BASE}name: one\n")
    assert project.config("1.yaml").name == "one"


def test_bases_apply_in_order_and_each_file_once(project: Project) -> None:
    project.write("_root.yaml", f"{BASE}training: {{epochs: 2, lora_rank: 16}}\n")
    project.write("_a.yaml", "extends: _root.yaml\ntraining: {epochs: 3}\nrollout: {n: 5}\n")
    project.write("_b.yaml", "extends: _root.yaml\ntraining: {batch_size: 8192}\nrollout: {n: 6}\n")
    project.write("run.yaml", "extends: [_a.yaml, _b.yaml]\n")
    config = project.config()
    assert config.values["training"] == {
        "learning_rate": 1e-4,
        "epochs": 3,
        "lora_rank": 16,
        "batch_size": 8192,
        "max_context_length": 8192,
    }
    assert config.get("rollout.n") == 6
    assert [document.path for document in config.documents] == [
        "run.yaml",
        "_b.yaml",
        "_a.yaml",
        "_root.yaml",
    ]


def test_sixteen_files_build_on_each_other_and_no_more(project: Project) -> None:
    project.write("_16.yaml", BASE)
    for number in range(1, 16):
        project.write(f"_{number}.yaml", f"extends: _{number + 1}.yaml\n")
    project.write("run.yaml", "extends: _2.yaml\n")
    assert project.config().get("model") == "rehearsal"
    project.write("run.yaml", "extends: _1.yaml\n")
    assert project.said() == ["_15.yaml:1:10 RFT032 more than 16 files build on each other"]


def test_a_circle_is_named(project: Project) -> None:
    project.write("run.yaml", "extends: sub/_a.yaml\n")
    project.write("sub/_a.yaml", "extends: [../run.yaml]\n")
    assert project.said() == [
        "sub/_a.yaml:1:11 RFT031 extends goes in a circle: run.yaml → _a.yaml → run.yaml"
    ]


def test_a_base_is_looked_for_from_the_file_that_names_it(project: Project) -> None:
    project.write("shared/_base.yaml", BASE)
    project.write("runs/run.yaml", "extends: shared/_base.yaml\n")
    (finding,) = project.load("runs/run.yaml").findings
    assert finding.message == "cannot extend shared/_base.yaml: there is no such file"
    assert finding.help == "write ../shared/_base.yaml: a path is relative to the file that writes it"
    project.write("runs/run.yaml", f"extends: {project.root}/shared/_base.yaml\n")
    assert project.config("runs/run.yaml").get("model") == "rehearsal"


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("nowhere.yaml", "there is no such file"),
        ("folder", "this is a directory, not a file"),
        ("_list.yaml", "the file is a list, not keys with values"),
        ("_empty.yaml", "the file is empty"),
        ('"a\\0b"', "a path cannot hold a NUL character"),
    ],
)
def test_an_unusable_base_is_found_where_it_is_named(base: str, message: str, project: Project) -> None:
    (project.root / "folder").mkdir()
    project.write("_list.yaml", "- a\n")
    project.write("_empty.yaml", "")
    project.write("run.yaml", f"{BASE}extends:\n  - {base}\n")
    (said,) = project.said()
    assert said.startswith("run.yaml:6:5 RFT030 ")
    assert said.endswith(message)


def test_all_files_are_checked_and_mistakes_stand_in_their_own_file(project: Project) -> None:
    project.write("_a.yaml", "training: {epochs: 11}\n")
    project.write("_b.yaml", "rollout:\n  n: [\n")
    project.write("run.yaml", f"{BASE}extends: [_a.yaml, _b.yaml]\ntraining: {{lora_rank: 9}}\n")
    assert [said.partition(" RFT")[0] for said in project.said()] == [
        "_a.yaml:1:20",
        "_b.yaml:2:6",
        "run.yaml:6:23",
    ]
    assert sorted(project.load().sources) == ["_a.yaml", "_b.yaml", "run.yaml"]


def test_what_is_required_may_come_from_any_layer(project: Project) -> None:
    project.write("_base.yaml", "version: 1\nmodel: rehearsal\n")
    project.write("run.yaml", "extends: _base.yaml\n")
    assert project.said() == [
        "run.yaml:1:1 RFT021 the key dataset is missing",
        "run.yaml:1:1 RFT021 the key evaluator is missing",
    ]
    overrides = ["dataset=rows.jsonl", "evaluator.entry=judge.py:f"]
    assert project.config(overrides=overrides).get("evaluator.entry") == "judge.py:f"


def test_a_refused_override_is_not_missing_too(project: Project) -> None:
    project.write("run.yaml", BASE.replace("model: rehearsal\n", ""))
    assert project.said(overrides=["model=7"]) == ["--set:1:7 RFT022 model is the number 7, not a text"]


def test_an_override_may_not_leave_a_section_incomplete(project: Project) -> None:
    project.write("run.yaml", BASE.replace("evaluator: judge.py:evaluate\n", ""))
    overrides = ["evaluator.timeout_s=5", "tracking.wandb.entity=me"]
    assert [said.split(" ", 1)[1] for said in project.said(overrides=overrides)] == [
        "RFT021 the key entry is missing in evaluator",
        "RFT021 the key project is missing in tracking.wandb",
    ]


def test_a_base_that_is_no_fragment_must_be_complete(project: Project) -> None:
    project.write("base.yaml", "version: 1\nmodel: rehearsal\ndataset: a\n")
    project.write("run.yaml", f"{BASE}extends: base.yaml\n")
    assert project.said() == ["base.yaml:1:1 RFT021 the key evaluator is missing"]


def test_a_fragment_is_read_and_not_launched(project: Project) -> None:
    project.write("_part.yaml", "training: {epochs: 2}\n")
    assert project.config("_part.yaml", fragment=True).get("training.epochs") == 2
    assert project.said("_part.yaml") == [
        "_part.yaml:1:1 RFT034 a file whose name begins with _ is a fragment, and is not launched"
    ]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("rows.jsonl", "sub/rows.jsonl"),
        ("./rows.jsonl", "sub/rows.jsonl"),
        ("../data/rows.jsonl", "data/rows.jsonl"),
        ("../../rows.jsonl", "../rows.jsonl"),
        ("accounts/me/datasets/d", "accounts/me/datasets/d"),
        ("s3://bucket/rows.jsonl", "s3://bucket/rows.jsonl"),
    ],
)
def test_paths_are_seen_from_the_root(written: str, seen: str, project: Project) -> None:
    text = f"version: 1\nmodel: ../m\ndataset: {written}\nevaluator: {written}:f\nevaluation: {{dataset: {written}}}\n"
    project.write("sub/run.yaml", text)
    config = project.config("sub/run.yaml")
    assert config.get("dataset") == seen
    assert config.get("evaluator") == f"{seen}:f"
    assert config.get("evaluation.dataset") == seen
    assert config.get("model") == "../m"


def test_an_absolute_path_is_seen_from_the_root_too(project: Project) -> None:
    project.write("run.yaml", f"{BASE}evaluation: {{dataset: {project.root}/data/held.jsonl}}\n")
    assert project.config().get("evaluation.dataset") == "data/held.jsonl"


def test_paths_start_at_the_file_that_wrote_them(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("shared/_base.yaml", BASE)
    project.write("runs/run.yaml", "extends: ../shared/_base.yaml\nevaluator: {entry: own.py:f}\n")
    project.write("elsewhere/keep", "")
    monkeypatch.chdir(project.root / "elsewhere")
    loaded = load(
        project.root / "runs/run.yaml",
        root=project.root,
        overrides=["evaluation.dataset=held.jsonl"],
    )
    assert loaded.config is not None
    assert loaded.config.get("dataset") == "shared/data/rows.jsonl"
    assert loaded.config.get("evaluator.entry") == "runs/own.py:f"
    assert loaded.config.get("evaluation.dataset") == "elsewhere/held.jsonl"


def test_findings_point_at_what_supplied_the_value(project: Project) -> None:
    project.write("_base.yaml", "training:\n  epochs: 2\nrollout: {n: 4}\n")
    project.write("run.yaml", f"{BASE}extends: _base.yaml\ntraining:\n  lora_rank: 16\n")
    config = project.config(overrides=["rollout.top_k=50"])
    assert config.location("training.epochs") == ("_base.yaml", 2, 11, 12)
    assert config.location("training.epochs", key=True) == ("_base.yaml", 2, 3, 9)
    assert config.location("training.lora_rank") == ("run.yaml", 7, 14, 16)
    assert config.location("training.batch_size") == ("run.yaml", 6, 1, 9)
    assert config.location("rollout.temperature") == ("_base.yaml", 3, 1, 8)
    assert config.location("rollout.top_k") == ("--set", 1, 15, 17)
    assert config.location("evaluation.every") == ("run.yaml", 1, 1, 0)


def test_values_from_an_anchor_point_into_it(project: Project) -> None:
    project.write("run.yaml", f"{BASE}x-base: &base\n  epochs: 2\ntraining:\n  <<: *base\n")
    config = project.config()
    assert config.get("training.epochs") == 2
    assert config.origins["training.epochs"] == Origin("file", ("run.yaml", 6, 11, 12))
    assert config.location("training.epochs", key=True) == ("run.yaml", 6, 3, 9)


def test_shown_names_the_file_and_its_bases(project: Project) -> None:
    project.write("a/_base.yaml", "training: {epochs: 0}\n")
    project.write("a/run.yaml", "extends: _base.yaml\n")
    loaded = load(project.root / "a/run.yaml", root=project.root, shown="a/run.yaml")
    assert {finding.location.path for finding in loaded.findings} == {"a/_base.yaml", "a/run.yaml"}


def test_a_shared_base_is_read_once(project: Project) -> None:
    project.write("_base.yaml", BASE)
    for name in ("a.yaml", "b.yaml"):
        project.write(name, "extends: _base.yaml\n")
    cache = Cache()
    first, second = project.config("a.yaml", cache=cache), project.config("b.yaml", cache=cache)
    assert first.documents[1] is second.documents[1]
    assert {**first.values, "name": ""} == {**second.values, "name": ""}


def test_configs_of_a_shared_base_do_not_share_what_they_hold(project: Project) -> None:
    project.write("_base.yaml", f"{BASE}evaluation: {{reward_range: [0, 1]}}\n")
    for name in ("a.yaml", "b.yaml"):
        project.write(name, "extends: _base.yaml\n")
    cache = Cache()
    first, second = project.config("a.yaml", cache=cache), project.config("b.yaml", cache=cache)
    first.values["evaluation"]["reward_range"].append(2)
    first.values["training"]["epochs"] = 9
    assert second.get("evaluation.reward_range") == [0.0, 1.0]
    assert second.get("training.epochs") == 1


def test_the_schema_agrees_when_it_is_asked(project: Project) -> None:
    project.write("_base.yaml", BASE)
    project.write("run.yaml", "extends: _base.yaml\nx-a: 1\n")
    assert project.config(thorough=True).get("model") == "rehearsal"


def test_get_answers_for_what_is_not_there(project: Project) -> None:
    project.write("run.yaml", BASE)
    config = project.config()
    assert config.get("experiment.goal") is None
    assert config.get("model.size", "none") == "none"
    assert config.get("training.epochs") == 1
