from __future__ import annotations

from typing import Any

import pytest

from rft_cli.compare.difference import Change, Difference, Other, Side, difference, is_raised
from rft_cli.spec.comparison import standing
from rft_cli.spec.document import leaf_paths
from rft_cli.spec.parameters import PARAMETERS, is_parameter

BASE: dict[str, Any] = {
    "version": 1,
    "name": "sums",
    "backend": "local",
    "model": "rehearsal",
    "dataset": "data/sums.jsonl",
    "evaluator": "evaluators/sums.py:evaluate",
}
DIGESTS = {"dataset": "d1", "evaluator": "e1", "evaluation.dataset": "h1"}


def side(changes: dict[str, Any] | None = None, digests: dict[str, str] | None = None) -> Side:
    """The base with dotted paths set."""
    values: dict[str, Any] = {**BASE}
    for path, value in (changes or {}).items():
        *sections, name = path.split(".")
        into = values
        for section in sections:
            into[section] = into = dict(into.get(section, {}))
        into[name] = value
    return Side("x", values, digests or {})


def between(
    old: dict[str, Any],
    new: dict[str, Any],
    old_digests: dict[str, str] | None = None,
    new_digests: dict[str, str] | None = None,
) -> Difference:
    return difference(side(old, old_digests), side(new, new_digests))


def test_a_change_has_old_new_and_ratio() -> None:
    found = between({}, {"training.learning_rate": 3e-4})
    assert found == Difference((Change("training.learning_rate", 1e-4, 3e-4, 3.0),), (), True, ())


def test_changes_come_in_the_order_of_the_spec() -> None:
    found = between({}, {"rollout.n": 8, "rollout.top_k": 0, "training.epochs": 2})
    assert [(change.path, change.old, change.new, change.ratio) for change in found.changes] == [
        ("training.epochs", 1, 2, 2.0),
        ("rollout.top_k", 40, 0, None),
        ("rollout.n", 4, 8, 2.0),
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("training.learning_rate", 0.0001),
        ("training.epochs", 1.0),
        ("rollout.top_p", 1),
        ("evaluation.max_tokens", 2048),
        ("experiment.seed", 0),
        ("evaluator", {"entry": "evaluators/sums.py", "on_error": "fail", "timeout_s": 30}),
        ("evaluator", "evaluators/sums.py::evaluate"),
    ],
)
def test_a_default_that_is_written_out_is_no_difference(path: str, value: Any) -> None:
    assert between({}, {path: value}).is_empty


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "other"),
        ("version", 2),
        ("tracking.wandb", {"project": "p"}),
        ("experiment.hypothesis", "it climbs"),
        ("experiment.reference", "sums.1"),
        ("experiment.goal", "safer"),
        ("x-owner", "us"),
        ("fireworks.region", "eu"),
    ],
)
def test_what_does_not_act_on_the_run_is_no_difference(path: str, value: Any) -> None:
    assert between({}, {path: value}).is_empty


@pytest.mark.parametrize(
    ("path", "value", "old"),
    [
        ("experiment.seed", 7, 0),
        ("evaluation.every", 5, 0),
        ("evaluation.reward_range", [0, 1], None),
        ("ray.address", "http://head", None),
    ],
)
def test_other_differences_leave_runs_comparable(path: str, value: Any, old: Any) -> None:
    assert between({}, {path: value}) == Difference((), (Other(path, old, value),), True, ())


def test_settings_of_the_evaluator_are_other() -> None:
    new = {
        "evaluator": {
            "entry": "evaluators/sums.py:evaluate",
            "env": ["KEY"],
            "timeout_s": 5,
            "concurrency": 8,
        }
    }
    assert between({}, new) == Difference(
        (),
        (
            Other("evaluator.env", [], ["KEY"]),
            Other("evaluator.timeout_s", 30.0, 5.0),
            Other("evaluator.concurrency", 1, 8),
        ),
        True,
        (),
    )


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("backend", "trl", "the backend differs: local and trl"),
        ("model", "big", "the model differs: rehearsal and big"),
        ("dataset", "b.jsonl", "the training data differs: data/sums.jsonl and b.jsonl"),
        ("evaluator", "b.py:evaluate", "the evaluator differs: evaluators/sums.py and b.py"),
        (
            "evaluator",
            "evaluators/sums.py:grade",
            "the evaluator's function differs: evaluate and grade",
        ),
        (
            "evaluator",
            {"entry": "evaluators/sums.py:evaluate", "on_error": "zero"},
            "the score of an evaluator's error differs: fail and zero",
        ),
        (
            "evaluation.dataset",
            "h.jsonl",
            "the evaluation data differs: a part of the training data and h.jsonl",
        ),
        ("evaluation.max_tokens", 64, "the longest held-out answer differs: 2048 and 64"),
    ],
)
def test_another_scope_is_not_comparable(path: str, value: Any, reason: str) -> None:
    found = between({}, {path: value})
    assert (found.changes, found.comparable, found.reasons) == ((), False, (reason,))
    assert found.other != ()


def test_content_decides_over_the_name_of_a_file() -> None:
    moved = between({}, {"dataset": "new/sums.jsonl"}, DIGESTS, DIGESTS)
    assert moved == Difference((), (Other("dataset", "data/sums.jsonl", "new/sums.jsonl"),), True, ())
    edited = between({}, {}, DIGESTS, {**DIGESTS, "dataset": "d2", "evaluator": "e2"})
    assert edited.other == (Other("digests.dataset", "d1", "d2"), Other("digests.evaluator", "e1", "e2"))
    assert edited.reasons == (
        "the training data differs: the content of data/sums.jsonl",
        "the evaluator differs: the content of evaluators/sums.py",
    )


def test_without_a_digest_on_both_sides_the_names_decide() -> None:
    assert between({}, {}, DIGESTS, {}).is_empty
    assert not between({}, {"dataset": "b.jsonl"}, DIGESTS, {}).comparable


def test_engines_of_two_versions_are_not_comparable() -> None:
    found = difference(side()._replace(scope="s1"), side()._replace(scope="s2"))
    assert found.reasons == ("the engine differs: one of them was made by another version of it",)
    assert difference(side()._replace(scope="s1"), side()).comparable


def test_settings_of_the_own_backend_are_changes_until_the_table_says_otherwise() -> None:
    own, other = {"backend": "trl", "trl.loss": "dapo"}, {"backend": "trl", "trl.loss": "grpo"}
    assert between(own, other).changes == (Change("trl.loss", "dapo", "grpo", None),)
    plugin = between({"backend": "x-mine", "x-mine.k": 2}, {"backend": "x-mine", "x-mine.k": 4})
    assert plugin.changes == (Change("x-mine.k", 2, 4, 2.0),)
    moved = between({"trl.loss": "dapo"}, own)
    assert [entry.path for entry in moved.other] == ["backend"]
    assert between({}, own).other[1:] == (Other("trl.loss", None, "dapo"),)


@pytest.mark.parametrize(
    ("context", "answers", "because"),
    [
        ((4096, 8192), (2048, 4096), "rollout.max_tokens"),
        ((4096, 8192), (2048, 6000), "rollout.max_tokens"),
        ((8192, 16384), (2048, 4096), ""),
        ((8192, 4096), (2048, 8192), ""),
        ((4096, 8192), (4096, 2048), ""),
    ],
)
def test_a_longer_context_that_longer_answers_need_is_not_counted(
    context: tuple[int, int], answers: tuple[int, int], because: str
) -> None:
    old, new = ({"training.max_context_length": context[i], "rollout.max_tokens": answers[i]} for i in (0, 1))
    found = between(old, new)
    assert [change.because for change in found.changes] == [because, ""]
    assert len(found.counted) == (1 if because else 2)


def test_a_longer_context_alone_is_counted() -> None:
    assert len(between({}, {"training.max_context_length": 16384}).counted) == 1


def test_a_known_prompt_needs_its_room_too() -> None:
    old = side({"training.max_context_length": 4096})
    new = side({"training.max_context_length": 8192, "rollout.max_tokens": 4000})
    assert len(difference(old, new).counted) == 2
    assert len(difference(old, new, longest_prompt_tokens=200).counted) == 1


def test_no_limit_ranks_above_every_limit() -> None:
    changes = between({"rollout.top_k": 100}, {"rollout.top_k": 0}).changes
    assert is_raised(changes[0]) is True
    assert is_raised(Change("trl.loss", "a", "b", None)) is None


def test_every_key_of_a_config_has_its_standing() -> None:
    standings = {path: standing(path, frozenset({"local"})) for path in leaf_paths()}
    assert [path for path, found in standings.items() if found == "change"] == [
        entry.path for entry in PARAMETERS
    ]
    assert [path for path, found in standings.items() if found == "other" and is_parameter(path)] == []
    assert {path for path, found in standings.items() if found == "never"} == {
        "version",
        "name",
        "extends",
        "experiment.reference",
        "experiment.hypothesis",
        "experiment.goal",
        "tracking.wandb.project",
        "tracking.wandb.entity",
        *(path for path in leaf_paths() if path.startswith("fireworks.")),
    }


def test_settings_of_the_managed_service_that_only_speed_it_up_are_no_changes() -> None:
    own = [path for path in leaf_paths() if path.startswith("fireworks.")]
    changes = [path for path in own if standing(path, frozenset({"fireworks"})) == "change"]
    assert changes == [
        f"fireworks.{name}"
        for name in ("loss_method", "kl_beta", "chunk_size", "warm_start_from", "extra_body")
    ]
    assert {standing(path, frozenset({"fireworks"})) for path in own if path not in changes} == {"other"}
