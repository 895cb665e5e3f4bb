from __future__ import annotations

import pytest
import yaml

from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.run_yaml import render_run_yaml, scalar


def rendered(**changes: object) -> str:
    values = {
        "backend": "local",
        "model": "rehearsal",
        "dataset": "data/a.jsonl",
        "evaluator": "evaluators/a.py:evaluate",
        "evaluation_dataset": "data/held-out.jsonl",
        "schema_path": "schemas/run-config.schema.json",
    }
    return render_run_yaml("a", **{**values, **changes})


def test_the_first_line_names_the_schema() -> None:
    assert rendered().splitlines()[0] == "# yaml-language-server: $schema=schemas/run-config.schema.json"


def test_all_ten_parameters_stand_one_a_line() -> None:
    lines = [line.split("#")[0].split() for line in rendered().splitlines()]
    for entry in PARAMETERS:
        assert next(line for line in lines if line[:1] == [f"{entry.key}:"])[1] == (
            "1e-4" if entry.key == "learning_rate" else str(entry.default)
        )


def test_every_comment_is_apart_from_its_value() -> None:
    assert [line for line in rendered().splitlines() if "#" in line[1:] and " #" not in line] == []


def test_without_held_out_rows_the_backend_chooses() -> None:
    assert "evaluation" not in rendered(evaluation_dataset="")


def test_the_bounds_of_the_evaluator_stand_with_the_evaluation() -> None:
    document = yaml.safe_load(rendered(reward_range=(0, 1)))
    assert document["evaluation"] == {"dataset": "data/held-out.jsonl", "reward_range": [0, 1]}
    assert yaml.safe_load(rendered(evaluation_dataset="", reward_range=(-1, 0.5)))["evaluation"] == {
        "reward_range": [-1, 0.5]
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("arithmetic", "arithmetic"),
        ("data/held-out.jsonl", "data/held-out.jsonl"),
        ("evaluators/a.py:evaluate", "evaluators/a.py:evaluate"),
        ("accounts/me/models/x", "accounts/me/models/x"),
        ("Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B"),
        ("no", '"no"'),
        ("1e4", '"1e4"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("trailing:", '"trailing:"'),
        ("größer", '"größer"'),
    ],
)
def test_a_text_is_quoted_where_a_reader_could_mistake_it(value: str, text: str) -> None:
    assert scalar(value) == text
    assert yaml.safe_load(text) == value
