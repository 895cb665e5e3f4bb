from __future__ import annotations

import pytest

from rft_cli.backends.local.act import LocalBackend
from rft_cli.plan import Digests, as_baseline, make_plan, tuned
from rft_cli.spec.document import field_at

DIGESTS = Digests("d", "e", "h")


@pytest.fixture
def plan(config):
    def make(*overrides: str, digests: Digests = DIGESTS, **more: object):
        return make_plan(config(*overrides), LocalBackend(), rows=256, digests=digests, **more)

    return make


@pytest.mark.parametrize(
    "override",
    [
        "training.learning_rate=0.0001",
        "name=other",
        "experiment.hypothesis=why not",
        "experiment.goal=safer",
        "evaluation.every=5",
        "tracking.wandb.project=mine",
        "experiment.seed=0",
    ],
)
def test_what_trains_nothing_else_is_the_same_run(plan, override) -> None:
    assert (plan(override).scope, plan(override).fingerprint) == (plan().scope, plan().fingerprint)


@pytest.mark.parametrize(
    "override",
    [
        "training.learning_rate=2e-4",
        "training.max_context_length=4096",
        "rollout.top_k=0",
        "experiment.seed=1",
    ],
)
def test_another_value_is_another_run_of_the_same_scope(plan, override) -> None:
    assert plan(override).scope == plan().scope
    assert plan(override).fingerprint != plan().fingerprint


@pytest.mark.parametrize("override", ["evaluation.max_tokens=64", "evaluator=sums.py:other"])
def test_what_measures_differently_is_another_scope(plan, override) -> None:
    assert plan(override).scope != plan().scope


@pytest.mark.parametrize(
    "digests", [Digests("x", "e", "h"), Digests("d", "x", "h"), Digests("d", "e", "x"), Digests("d", "e")]
)
def test_other_files_are_another_scope(plan, digests) -> None:
    assert plan(digests=digests).scope != plan().scope


def test_the_baseline_keeps_context_length_and_seed(plan) -> None:
    assert plan("training.max_context_length=4096", "experiment.seed=3").is_default
    assert not plan("rollout.n=8").is_default


def test_tuned_names_each_value_with_its_default(config) -> None:
    made = config("rollout.n=8", "training.learning_rate=2e-4", "training.max_context_length=4096")
    assert tuned(made.get) == {"training.learning_rate": (1e-4, 2e-4), "rollout.n": (4, 8)}


def test_notes_of_the_data_follow_those_of_the_backend(plan) -> None:
    made = plan(notes=("few rows",))
    assert made.schedule["notes"][-1] == "few rows"
    assert made.payload["schedule"] == made.schedule


def test_a_digest_is_sha256_in_hexadecimal(plan) -> None:
    assert [len(plan().scope), len(plan().fingerprint)] == [64, 64]
    assert set(plan().scope) <= set("0123456789abcdef")


def test_the_name_of_an_evaluators_file_and_the_spelling_of_its_function_are_no_scope(plan) -> None:
    scopes = {
        plan(f"evaluator={entry}").scope
        for entry in ["sums.py", "moved/sums.py", "sums.py:evaluate", "s.py::evaluate"]
    }
    assert len(scopes) == 1


def test_the_baseline_of_a_config_has_the_guides_parameters_at_their_defaults(config) -> None:
    changed = (
        "training.learning_rate=2e-4",
        "rollout.n=8",
        "training.max_context_length=4096",
        "experiment.seed=3",
        "experiment.hypothesis=more signal",
        "experiment.reference=other",
        "evaluation.max_tokens=64",
    )
    made = config(*changed)
    baseline = as_baseline(made)
    assert tuned(baseline.get) == {}
    assert (baseline.name, baseline.get("name")) == ("sums-baseline", "sums-baseline")
    kept = ("training.max_context_length", "experiment.seed", "evaluation.max_tokens", "dataset")
    assert [baseline.get(path) for path in kept] == [4096, 3, 64, "train.jsonl"]
    assert baseline.values["experiment"] == {"seed": 3}
    assert baseline.origins["rollout.n"].kind == "default"
    assert made.get("rollout.n") == 8, "the config itself is not changed"


def test_the_baseline_of_the_defaults_is_the_config_itself(config) -> None:
    made = config("experiment.seed=3")
    assert as_baseline(made) == made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", "a-baseline"),
        ("a-baseline", "a-baseline"),
        ("a" * 63, "a" * 54 + "-baseline"),
        ("a" * 53 + "-" + "b" * 9, "a" * 53 + "-baseline"),
    ],
)
def test_the_name_of_a_baseline_is_a_name(config, name, expected) -> None:
    baseline = as_baseline(config(f"name={name}", "rollout.n=8"))
    assert baseline.name == expected
    assert field_at("name").accepts(baseline.name)
