"""The JSON Schemas of run configs and fragments, derived from the table of fields. Draft 2020-12, built in memory.

`schemas/` holds the published copies; nothing reads them at run time.
"""

from __future__ import annotations

import json
from typing import Any

from rft_cli.spec.document import FIELDS, USER_KEY_PREFIX, Field
from rft_cli.spec.guide_text import parameter_markdown

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def run_config_schema() -> Schema:
    """What a launchable file must look like; a file with `extends` may leave required keys to its base."""
    required = [field.name for field in FIELDS if field.required]
    return {
        "$schema": DIALECT,
        "$id": "run-config.schema.json",
        "title": "rft run config",
        "description": "One reinforcement fine-tuning run: what trains, on which rows, scored by what, with which parameters.",
        **_properties(),
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": required},
    }


def run_fragment_schema() -> Schema:
    """What a fragment (a file whose name begins with `_`) must look like: same keys, nothing required."""
    return {
        "$schema": DIALECT,
        "$id": "run-fragment.schema.json",
        "title": "rft run config fragment",
        "description": "A part of run configs, for `extends`; never launched by itself.",
        **_properties(),
    }


def schema_text(schema: Schema) -> str:
    """A schema as published: stable, readable, with the typographic characters of its descriptions."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _properties() -> Schema:
    return {
        "type": "object",
        "properties": {field.name: field_schema(field) for field in FIELDS},
        "patternProperties": {f"^{USER_KEY_PREFIX}": {"description": "Your own; rft does not look inside."}},
        "additionalProperties": False,
    }


def field_schema(field: Field) -> Schema:
    """The schema of one key, with the description that an editor shows."""
    described: Schema = _described(field)
    if field.alternatives:
        forms = [_constraints(form) for form in (field, *field.alternatives)]
        return {**described, "anyOf": forms}
    return {**described, **_constraints(field)}


def _described(field: Field) -> Schema:
    # Without a title of its own a key is shown under the title of the whole document.
    described: Schema = {"title": field.name, "description": field.summary}
    if field.parameter is not None:
        described["title"] = field.parameter.title
        described["markdownDescription"] = parameter_markdown(field.parameter)
    if field.default is not None:
        described["default"] = field.default
    return described


def _constraints(field: Field) -> Schema:
    if field.parameter is not None:
        return _parameter_constraints(field)
    if field.kind == "section":
        section: Schema = {
            "type": "object",
            "properties": {child.name: field_schema(child) for child in field.fields},
            "additionalProperties": False,
        }
        required = [child.name for child in field.fields if child.required]
        return {**section, "required": required} if required else section
    if field.kind == "mapping":
        return {"type": "object"}
    if field.kind == "texts":
        return {"type": "array", "minItems": 1, "items": _text(field)}
    if field.kind == "numbers":
        return {
            "type": "array",
            "minItems": field.length,
            "maxItems": field.length,
            "items": {"type": "number"},
        }
    if field.kind == "text":
        return _text(field)
    if field.kind == "truth":
        return {"type": "boolean"}
    bounds: Schema = {"type": "integer" if field.kind == "whole" else "number"}
    if field.choices:
        bounds["enum"] = list(field.choices)
    if field.low is not None:
        bounds["minimum"] = field.low
    if field.high is not None:
        bounds["maximum"] = field.high
    return bounds


def _text(field: Field) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1}
    if field.pattern:
        schema["pattern"] = field.pattern
    if field.choices:
        schema["enum"] = list(field.choices)
    if field.choice_notes:
        schema["enumDescriptions"] = list(field.choice_notes)
    return schema


def _parameter_constraints(field: Field) -> Schema:
    assert field.parameter is not None
    entry = field.parameter
    schema: Schema = {"type": "integer" if entry.integral else "number"}
    if entry.choices:
        return {**schema, "enum": list(entry.choices)}
    schema["minimum"] = entry.low
    if entry.high is not None:
        schema["maximum"] = entry.high
    if entry.multiple_of > 1:
        schema["multipleOf"] = entry.multiple_of
    return schema
