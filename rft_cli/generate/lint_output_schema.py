"""The JSON Schema of what `rft lint --json` prints. A contract: fields may be added, none is renamed or removed."""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.render.findings_json import SCHEMA_VERSION
from rft_cli.spec.schema import DIALECT, Schema

_TEXT: Schema = {"type": "string"}
_PLACE: Schema = {"type": "integer", "minimum": 1}
_OFFSET: Schema = {"type": "integer", "minimum": 0}


def lint_output_schema() -> Schema:
    """The schema of the whole document."""
    return {
        "$schema": DIALECT,
        "$id": "lint-output.schema.json",
        "title": "Output of rft lint --json",
        "description": "What was found in how many files. Later versions may add fields; present ones stay as they are.",
        **_object(
            {
                "schema_version": {"const": SCHEMA_VERSION},
                "files_checked": {"type": "integer", "minimum": 0, "description": "Files that were linted."},
                "findings": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/finding"},
                    "description": "In reading order: path, line, column.",
                },
                "suppressed": {
                    "type": "array",
                    "items": {
                        "allOf": [{"$ref": "#/$defs/finding"}],
                        **_object(
                            {
                                "reason": {**_TEXT, "description": "Why it is kept, as the comment says."},
                                "suppressed_on_line": {**_PLACE, "description": "The line of the comment."},
                            }
                        ),
                    },
                    "description": "Findings that a comment in the file takes responsibility for.",
                },
            }
        ),
        "$defs": {"finding": _finding(), "fix": _fix()},
    }


def _finding() -> Schema:
    return _object(
        {
            "code": {"type": "string", "pattern": "^RFT[0-9]{3}$"},
            "name": {**_TEXT, "description": "The code's name in words."},
            "severity": {"enum": list(map(str, Severity))},
            "path": {**_TEXT, "description": "As the user wrote it, or as seen from the working directory."},
            "line": {**_PLACE, "description": "1-based."},
            "column": {**_PLACE, "description": "1-based, in characters."},
            "end_column": {
                "anyOf": [_PLACE, {"type": "null"}],
                "description": "The column after the last character; null where only the start is known.",
            },
            "message": {**_TEXT, "description": "One line: the value, the limit, the unit."},
            "help": {"type": ["string", "null"], "description": "One edit that mends it."},
            "parameter": {"type": ["string", "null"], "description": "The dotted path of the key."},
            "fix": {
                "anyOf": [{"$ref": "#/$defs/fix"}, {"type": "null"}],
                "description": "What `--fix` can do; null where only a person can tell.",
            },
        }
    )


def _fix() -> Schema:
    edit = _object(
        {
            "start": {**_OFFSET, "description": "0-based, in characters, a byte order mark not counted."},
            "end": {**_OFFSET, "description": "The same as `start` where text is inserted."},
            "text": _TEXT,
        }
    )
    return _object(
        {
            "title": _TEXT,
            "safe": {"type": "boolean", "description": "Whether the file means exactly the same afterwards."},
            "edits": {
                "type": "array",
                "items": edit,
                "description": "Made together or not at all, in the file of the finding.",
            },
        }
    )


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
