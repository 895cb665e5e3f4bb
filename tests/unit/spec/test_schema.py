"""What the schema demands of each kind of key, written out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rft_cli.spec.schema import run_config_schema, run_fragment_schema, schema_text

WORDS = {"title", "description", "markdownDescription", "enumDescriptions"}
NAME = r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$(?!\n)"


def demands(path: str) -> dict[str, Any]:
    """The schema of a key without what is there to be read."""
    found: dict[str, Any] = dict(run_config_schema())
    for part in path.split("."):
        sections = [found, *found.get("anyOf", ())]
        found = next(form["properties"][part] for form in sections if "properties" in form)
    return {key: value for key, value in found.items() if key not in WORDS}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("training.learning_rate", {"default": 1e-4, "type": "number", "minimum": 1e-5, "maximum": 5e-4}),
        ("training.epochs", {"default": 1, "type": "integer", "minimum": 1, "maximum": 10}),
        ("training.lora_rank", {"default": 8, "type": "integer", "enum": [4, 8, 16, 32, 64, 128]}),
        ("training.batch_size", {"default": 32768, "type": "integer", "minimum": 1}),
        (
            "training.max_context_length",
            {"default": 8192, "type": "integer", "minimum": 16, "multipleOf": 16},
        ),
        ("rollout.temperature", {"default": 0.7, "type": "number", "minimum": 0.1, "maximum": 2.0}),
        ("rollout.top_p", {"default": 1.0, "type": "number", "minimum": 0, "maximum": 1}),
        ("rollout.top_k", {"default": 40, "type": "integer", "minimum": 0, "maximum": 100}),
        ("rollout.n", {"default": 4, "type": "integer", "minimum": 2, "maximum": 8}),
        ("rollout.max_tokens", {"default": 2048, "type": "integer", "minimum": 16, "maximum": 16384}),
        ("version", {"type": "integer", "enum": [1]}),
        ("name", {"type": "string", "minLength": 1, "pattern": NAME}),
        ("model", {"type": "string", "minLength": 1}),
        ("evaluator.timeout_s", {"default": 30, "type": "number", "minimum": 0.001}),
        (
            "evaluator.on_error",
            {"default": "fail", "type": "string", "minLength": 1, "enum": ["fail", "zero"]},
        ),
        (
            "evaluation.reward_range",
            {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}},
        ),
        ("fireworks.extra_body", {"type": "object"}),
        (
            "fireworks.chunk_size",
            {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": 10_000},
                    {"type": "integer", "enum": [-1]},
                ]
            },
        ),
        (
            "extends",
            {
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
                ]
            },
        ),
    ],
)
def test_what_a_key_demands(path: str, expected: dict[str, Any]) -> None:
    assert demands(path) == expected


def test_an_evaluator_is_a_text_or_a_section_with_an_entry() -> None:
    text, section = demands("evaluator")["anyOf"]
    assert text == {"type": "string", "minLength": 1}
    assert {key: value for key, value in section.items() if key != "properties"} == {
        "type": "object",
        "additionalProperties": False,
        "required": ["entry"],
    }


def test_a_section_without_required_keys_says_nothing_of_them() -> None:
    assert {key: value for key, value in demands("rollout").items() if key != "properties"} == {
        "type": "object",
        "additionalProperties": False,
    }


def test_a_file_that_extends_another_may_leave_required_keys_to_it() -> None:
    schema = run_config_schema()
    assert schema["additionalProperties"] is False
    assert (schema["if"], schema["then"]) == (
        {"not": {"required": ["extends"]}},
        {"required": ["version", "model", "dataset", "evaluator"]},
    )
    assert run_fragment_schema().keys() & {"if", "then", "required"} == set()


def test_choices_with_notes_have_one_note_each() -> None:
    forms = run_config_schema()["properties"]["backend"]["anyOf"]
    assert [len(form.get("enumDescriptions", ())) for form in forms] == [
        len(form.get("enum", ())) for form in forms
    ]
    assert "enumDescriptions" not in run_config_schema()["properties"]["model"]


def test_the_published_text_is_readable_and_ends_its_last_line() -> None:
    text = schema_text({"a": {"b": "–"}})
    assert text == '{\n  "a": {\n    "b": "–"\n  }\n}\n'
    assert json.loads(text) == {"a": {"b": "–"}}
