"""The JSON Schemas of what `--json` prints, derived from the types of `render/outputs`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any, get_type_hints

import msgspec

from rft_cli.render.outputs.table import OUTPUTS, Output
from rft_cli.spec.schema import DIALECT, Schema

FOLDER = "schemas/output"
_REFERENCE = "#/$defs/{name}"
_RULE = "Later versions may add fields; present ones stay as they are."


def output_schemas() -> dict[str, Schema]:
    """Relative path → schema of every output."""
    return {path_of(output): output_schema(output) for output in OUTPUTS}


def path_of(output: Output) -> str:
    """Where the schema lies in the checkout."""
    return f"{FOLDER}/{output.name}.schema.json"


def output_schema(output: Output) -> Schema:
    """The schema of one document, or of one line of a stream."""
    roots, components = msgspec.json.schema_components(output.shapes, ref_template=_REFERENCE)
    types = _reached(output.shapes)
    definitions = {
        name: _described(schema, types[name]) if name in types else schema
        for name, schema in components.items()
    }
    top = next(iter(roots)) if len(output.shapes) == 1 else {"anyOf": list(roots)}
    return {
        "$schema": DIALECT,
        "$id": f"{output.name}.schema.json",
        "title": output.title,
        "description": f"{'One object a line. ' if output.is_stream else ''}{_RULE}",
        **top,
        "$defs": definitions,
    }


def _reached(shapes: tuple[Any, ...]) -> dict[str, Any]:
    """Name → every typed dictionary in, or below, some."""
    found: dict[str, Any] = {}
    waiting: list[Any] = list(shapes)
    while waiting:
        kind = waiting.pop()
        if hasattr(kind, "__total__"):
            if kind.__name__ not in found:
                found[kind.__name__] = kind
                waiting += get_type_hints(kind).values()
        else:
            waiting += getattr(kind, "__args__", ())
    return found


def _described(schema: Schema, kind: Any) -> Schema:
    """The schema with fields in the order of the type, each with the text below it."""
    texts = _texts(kind)
    order = list(get_type_hints(kind))
    properties = {}
    for name in order:
        entry = schema["properties"][name]
        if texts.get(name):
            entry = {**entry, "description": texts[name]}
        properties[name] = entry
    required = [name for name in order if name in schema.get("required", ())]
    return {**schema, "properties": properties, "required": required}


@cache
def _texts(kind: Any) -> dict[str, str]:
    """Field → the text below it, those of the types that it builds on included."""
    found: dict[str, str] = {}
    for base in getattr(kind, "__orig_bases__", ()):
        if hasattr(base, "__total__"):
            found |= _texts(base)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError):  # made by a call, which has no texts
        return found
    (definition,) = tree.body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, below in pairwise(body):
        match (field, below):
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split())
    return found
