"""`rft import`: the run config of a job that was made elsewhere."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import terminal
from rft_cli.workflow.importing import import_job
from rft_cli.workflow.project import open_project

if TYPE_CHECKING:
    from rft_cli.render.outputs.exchange import ImportOutput

SCHEMA_VERSION: Literal[1] = 1


class Service(StrEnum):
    """Where jobs can be imported from."""

    FIREWORKS = "fireworks"


def command(
    service: Annotated[Service, typer.Argument(metavar="fireworks", help="Where the job is.")],
    job: Annotated[str, typer.Argument(metavar="JOB", help="Its id, or its full name.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write it; default: NAME.yaml, here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """Write the run config of a job that was made elsewhere: launched, it would ask for the same training.

    A file that exists is never overwritten. What a run config has no key for is said on standard error.
    """
    del service
    out = terminal()
    imported = import_job(open_project(), job)
    file = output or Path(f"{imported.name}.yaml")
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(imported.text)
    except FileExistsError:
        raise UsageError(f"{file} exists already", hint="name another file: -o FILE") from None
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {error.strerror}", hint="name a file in a folder that exists: -o FILE"
        ) from error
    if as_json:
        answer: ImportOutput = {
            "schema_version": SCHEMA_VERSION,
            "file": str(file),
            "name": imported.name,
            "text": imported.text,
            "notes": list(imported.notes),
        }
        out.answer(json.dumps(answer, indent=2, ensure_ascii=False))
        return ExitCode.DONE
    for note in imported.notes:
        out.talk(f"note: {note}")
    out.talk(f"Wrote {file}. Look at it: rft plan {file}")
    return ExitCode.DONE
