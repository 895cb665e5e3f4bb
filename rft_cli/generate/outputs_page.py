"""docs/outputs.md: what every command prints with `--json`, field by field."""

from __future__ import annotations

from rft_cli.errors import ExitCode
from rft_cli.generate.markdown import NOTICE, anchor, code, table
from rft_cli.generate.output_schemas import output_schema, path_of
from rft_cli.render.outputs.table import OUTPUTS, Output
from rft_cli.spec.schema import Schema

_INTRODUCTION = """# What `--json` prints

Each output has `schema_version` and a published JSON Schema. Fields may be added in later versions; none is renamed or
removed without a new `schema_version`. A field that is not always there says so; every other one is.

`launch`, `watch`, `resume` and `logs` print one object a line, and `event` says what a line is; `launch --dry-run` prints
what `plan` does. The last line is `end`, `detached` or `error`, and its `exit_code` is what the command ends with; `logs` has
an `end` only with `--follow`.

<a id="error"></a>

## When there is no answer

A command that cannot do its work prints one line on standard output, the last one, whether it answers with one object or
with a stream:

```json
{"schema_version": 1, "event": "error", "error": {"kind": "guard", "message": "…", "hint": "…"}, "exit_code": 6}
```

Standard error tells the same to people. Findings in a file are no failure of `lint`, `plan` and `rehearse`: they are in the
answer, and the exit code tells.

"""


def outputs_page() -> str:
    """The text of the page."""
    kinds = table(
        ("`error.kind`", "`exit_code`", "meaning"),
        [(code(entry.name.lower()), str(int(entry)), entry.meaning) for entry in ExitCode if entry],
    )
    return NOTICE + _INTRODUCTION + kinds + "".join(map(_section, OUTPUTS)) + _parts()


def _section(output: Output) -> str:
    schema = output_schema(output)
    definitions = schema["$defs"]
    names = [shape.__name__ for shape in output.shapes if shape.__name__ != "ErrorOutput"]
    tables = "".join(f"\n{anchor(name)}\n{_table(definitions[name])}" for name in names)
    link = f"[{code(path_of(output))}](../{path_of(output)})"
    return f"\n{anchor(output.name)}\n\n## {output.title}\n\n{link}\n{tables}"


def _parts() -> str:
    """The objects inside, each once."""
    whole = {shape.__name__ for output in OUTPUTS for shape in output.shapes}
    every: dict[str, Schema] = {}
    for output in OUTPUTS:
        every |= output_schema(output)["$defs"]
    return "\n## Objects inside\n" + "".join(
        f"\n{anchor(name)}\n\n### {name}\n{_table(every[name])}" for name in sorted(every.keys() - whole)
    )


def _table(schema: Schema) -> str:
    if "enum" in schema:
        return f"\n{_kind(schema)}\n"
    rows = [
        (code(name), _kind(entry), entry.get("description", ""))
        for name, entry in schema["properties"].items()
        if name != "schema_version"
    ]
    return f"\n{schema.get('description', '')}\n\n{table(('field', 'type', 'meaning'), rows)}"


def _kind(entry: Schema) -> str:
    """A type in a few words."""
    if "anyOf" in entry:
        return " or ".join(_kind(each) for each in entry["anyOf"])
    if "$ref" in entry:
        name = str(entry["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in entry:
        return " or ".join(code(str(value)) for value in entry["enum"])
    if entry.get("type") == "array":
        return f"list of {_kind(entry['items'])}" if entry.get("items") else "list"
    return str(entry.get("type", "any"))
