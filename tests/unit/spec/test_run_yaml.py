from __future__ import annotations

import pytest
import yaml

from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.run_yaml import Line, block, render_run_yaml, scalar


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


def test_parameters_stand_with_their_limits_in_columns() -> None:
    training, rollout = rendered(evaluation_dataset="").split("\n\n")[1:3]
    assert training == (
        "training:                     # how the model learns\n"
        "  learning_rate: 1e-4         # size of each step; 1e-5 to 5e-4\n"
        "  epochs: 1                   # passes over the data set; 1 to 10\n"
        "  lora_rank: 8                # width of the adapter; 4, 8, 16, 32, 64, 128\n"
        "  batch_size: 32768           # tokens in each step; 1 or more\n"
        "  max_context_length: 8192    # longest prompt and answer together, in tokens; a multiple of 16"
    )
    assert rollout == (
        "rollout:                      # how answers are sampled while it trains\n"
        "  temperature: 0.7            # randomness of sampling; 0.1 to 2.0\n"
        "  top_p: 1.0                  # share of probability to sample from, 1 is all; 0 to 1\n"
        "  top_k: 40                   # tokens to choose from, 0 is all; 0 to 100\n"
        "  n: 4                        # answers to each prompt, compared with each other; 2 to 8\n"
        "  max_tokens: 2048            # longest answer, in tokens; 16 to 16384\n"
    )


def test_comments_behind_longer_lines_move_by_two() -> None:
    text = block([Line(f"name: {'a' * 30}", "long"), Line("b: 1", "short"), Line("c: 2")])
    assert text == f"name: {'a' * 30}  # long\nb: 1{' ' * 34}# short\nc: 2\n"
