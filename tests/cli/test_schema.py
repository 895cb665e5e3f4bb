from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rft_cli.app import app
from rft_cli.spec.schema import run_config_schema, run_fragment_schema, schema_text


def rft(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["schema", *arguments], prog_name="rft")


@pytest.mark.parametrize(
    ("arguments", "schema"), [((), run_config_schema()), (("--fragment",), run_fragment_schema())]
)
def test_the_schema_is_printed_and_nothing_else(
    arguments: tuple[str, ...], schema: dict[str, object]
) -> None:
    result = rft(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == schema
    assert result.stdout == schema_text(schema)


def test_a_fresh_copy_passes_the_check(tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text(rft().stdout, encoding="utf-8")
    result = rft("--check", str(copy))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{copy} is up to date\n")


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\xfe", b"text"])
def test_a_copy_that_differs_fails_and_the_help_refreshes_it(tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "copy.json"
    copy.write_bytes(content)
    result = rft("--check", str(copy))
    assert result.exit_code == 1
    assert result.stdout == f"{copy} differs from the schema of this version of rft\n"
    assert result.stderr == f"  help: rft schema > {copy}\n"


def test_the_help_for_a_fragments_copy_keeps_its_option(tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text("{}", encoding="utf-8")
    assert rft("--fragment", "--check", str(copy)).stderr == f"  help: rft schema --fragment > {copy}\n"


def test_a_missing_copy_is_wrong_usage(tmp_path: Path) -> None:
    result = rft("--check", str(tmp_path / "none.json"))
    assert result.exit_code == 2
    assert result.stderr == (
        f"rft: {tmp_path / 'none.json'}: No such file or directory\n"
        f"  help: write it first: rft schema > {tmp_path / 'none.json'}\n"
    )


def test_a_folder_is_no_copy(tmp_path: Path) -> None:
    assert rft("--check", str(tmp_path)).exit_code == 2
