"""The published JSON Schemas."""

from __future__ import annotations

from rft_cli.generate.output_schemas import output_schemas
from rft_cli.spec.schema import run_config_schema, run_fragment_schema, schema_text


def schema_files() -> dict[str, str]:
    """Relative path → text of every schema."""
    return {
        "schemas/run-config.schema.json": schema_text(run_config_schema()),
        "schemas/run-fragment.schema.json": schema_text(run_fragment_schema()),
        **{path: schema_text(schema) for path, schema in output_schemas().items()},
    }
