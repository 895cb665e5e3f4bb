"""`rft schema`: print the JSON Schema of run configs, or compare a published copy with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import terminal
from rft_cli.spec.schema import run_config_schema, run_fragment_schema, schema_text


def command(
    *,
    fragment: Annotated[
        bool, typer.Option("--fragment", help="The schema of fragments: the same keys, nothing required.")
    ] = False,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare this published copy; exit 1 when it differs.")
    ] = None,
) -> int:
    """Print the JSON Schema of run configs.

    Editors and other tools validate, complete and explain with it: put "# yaml-language-server: $schema=PATH" on the
    first line of a config.
    """
    text = schema_text(run_fragment_schema() if fragment else run_config_schema())
    out = terminal()
    if check is None:
        out.answer(text)
        return ExitCode.DONE
    refresh = f"rft schema{' --fragment' if fragment else ''} > {check}"
    if _read(check, refresh) == text:
        out.talk(f"{check} is up to date")
        return ExitCode.DONE
    out.answer(f"{check} differs from the schema of this version of rft")
    out.talk(f"  help: {refresh}")
    return ExitCode.FINDINGS


def _read(path: Path, refresh: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"{path}: {error.strerror}", hint=f"write it first: {refresh}") from error
