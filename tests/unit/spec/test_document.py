from __future__ import annotations

import pytest

from rft_cli.spec.document import DOCUMENT, FIELDS, defaults, field_at, leaf_paths
from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.schema import run_config_schema, run_fragment_schema

REQUIRED = {"version": 1, "model": "rehearsal", "dataset": "data.jsonl", "evaluator": "score.py:evaluate"}


@pytest.mark.parametrize(
    ("path", "legal", "illegal"),
    [
        ("version", (1, 1.0), (2, 0, "1", True)),
        (
            "name",
            ("a", "arithmetic-lr-2e-4", "a" * 63),
            ("", "A", "1a", "-a", "a-", "a.1", "a_b", "a" * 64, "a\n", 7),
        ),
        ("backend", ("local", "fireworks", "trl", "x-mine"), ("x-", "x-Mine", "ray", "x-mine\n", "", None)),
        (
            "evaluator",
            ("a.py:f", {"entry": "a.py:f", "env": ["KEY"]}),
            ("", {}, {"entry": "a.py:f", "other": 1}, 5),
        ),
        ("evaluator.env", (["A", "_b2"],), ([], ["2A"], ["A-B"], ["A\n"], "A")),
        ("evaluator.timeout_s", (0.5, 30), (0, -1, "30", True)),
        ("evaluator.on_error", ("fail", "zero"), ("skip", "")),
        ("evaluation.reward_range", ([0, 1], [-1.5, 1]), ([0], [0, 1, 2], [0, "1"], [], 1)),
        ("evaluation.every", (0, 10, 10.0), (-1, 0.5)),
        ("experiment.seed", (0, 2**32 - 1), (-1, 2**32, 0.5)),
        ("experiment.goal", ("safer",), ("Safer", "fast", "")),
        ("tracking.wandb.project", ("mine",), ("", 1)),
        ("fireworks.loss_method", ("grpo", "dapo", "gspo-token"), ("GRPO", "ppo", "", 1)),
        ("fireworks.kl_beta", (0, 0.04), (-0.1, "0.04", True)),
        ("fireworks.chunk_size", (1, 200, 10_000, -1), (0, 10_001, -2, 0.5, "200")),
        ("fireworks.node_count", (1, 4), (0, 1.5)),
        (
            "fireworks.warm_start_from",
            ("mine", "accounts/a/models/mine"),
            ("accounts/a/datasets/d", "Mine", "-x", "", 1),
        ),
        ("fireworks.extra_body", ({}, {"stop": ["x"], "nested": {"a": None}}), ("{}", [], 1, None)),
        ("fireworks.region", ("US_IOWA_1",), ("us_iowa_1", "", 1)),
        ("extends", ("base.yaml", ["a.yaml", "b.yaml"]), ([], "", [1], 1)),
    ],
)
def test_values_of_the_keys_beside_the_parameters(
    path: str, legal: tuple[object, ...], illegal: tuple[object, ...]
) -> None:
    field = field_at(path)
    assert field is not None
    assert [value for value in legal if not field.accepts(value)] == []
    assert [value for value in illegal if field.accepts(value)] == []


def test_a_document_needs_its_four_required_keys() -> None:
    assert DOCUMENT.accepts(REQUIRED)
    assert [
        key for key in REQUIRED if DOCUMENT.accepts({k: v for k, v in REQUIRED.items() if k != key})
    ] == []


def test_an_unknown_key_is_illegal_everywhere() -> None:
    assert not DOCUMENT.accepts({**REQUIRED, "modle": "m"})
    assert not DOCUMENT.accepts({**REQUIRED, "training": {"lr": 1e-4}})
    assert not DOCUMENT.accepts({**REQUIRED, "tracking": {"wandb": {"project": "p", "team": "t"}}})


def test_every_parameter_is_a_key() -> None:
    assert {entry.path for entry in PARAMETERS} <= set(leaf_paths())


def test_the_parameters_come_first_among_equals_in_their_sections() -> None:
    paths = [path for path in leaf_paths() if path.startswith(("training.", "rollout."))]
    assert paths == [entry.path for entry in PARAMETERS]


def test_defaults_are_those_of_the_design() -> None:
    own = {
        path: value for path, value in defaults().items() if not path.startswith(("training.", "rollout."))
    }
    assert own == {
        "backend": "local",
        "evaluation.max_tokens": 2048,
        "evaluation.every": 0,
        "experiment.seed": 0,
    }


def test_name_and_experiment_are_not_handed_down() -> None:
    assert [field.name for field in FIELDS if not field.inherited] == ["name", "experiment", "extends"]


@pytest.mark.parametrize("path", ["", "training.lr", "nothing", "training.learning_rate.value"])
def test_there_is_no_field_at_an_unknown_path(path: str) -> None:
    assert field_at(path) is None


def test_a_fragment_may_hold_what_a_config_may_and_need_not_hold_anything() -> None:
    config, fragment = run_config_schema(), run_fragment_schema()
    assert config["properties"] == fragment["properties"]
    assert config["then"] == {"required": ["version", "model", "dataset", "evaluator"]}
    assert "required" not in fragment
    assert "then" not in fragment


def test_every_key_and_every_choice_is_described_in_the_schema() -> None:
    def walk(schema: dict[str, object], path: str) -> list[str]:
        properties = schema.get("properties", {})
        assert isinstance(properties, dict)
        missing = [f"{path}.{name}" for name, child in properties.items() if not child.get("description")]
        return missing + [
            place for name, child in properties.items() for place in walk(child, f"{path}.{name}")
        ]

    assert walk(run_config_schema(), "") == []


def test_every_key_has_a_title_of_its_own_in_the_schema() -> None:
    properties = run_config_schema()["properties"]
    assert {name: schema["title"] for name, schema in properties.items()} == {
        field.name: field.name for field in FIELDS
    }
    assert properties["rollout"]["properties"]["n"]["title"] == "Number of rollouts"


def test_every_choice_that_is_described_has_one_description() -> None:
    uneven = [
        field.name for field in FIELDS if field.choice_notes and len(field.choice_notes) != len(field.choices)
    ]
    assert uneven == []
