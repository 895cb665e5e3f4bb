from __future__ import annotations

import pytest

from rft_cli.backends.local.act import LocalBackend
from rft_cli.plan import Digests, make_plan, tuned

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
