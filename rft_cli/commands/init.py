"""`rft init`: write a project that trains as it is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import terminal
from rft_cli.runs.place import FOLDER, Place
from rft_cli.templates.project import TASK_NAMES, project_files


class Backend(StrEnum):
    """Backends that a new project can be written for."""

    LOCAL = "local"


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write it; made when missing.")
    ] = Path(),
    *,
    task: Annotated[
        str, typer.Option(metavar="NAME", help=f"The built-in task to start from: {', '.join(TASK_NAMES)}.")
    ] = TASK_NAMES[0],
    backend: Annotated[  # noqa: ARG001  one backend so far; the option keeps its place in scripts
        Backend, typer.Option(help="What will train it.")
    ] = Backend.LOCAL,
) -> int:
    """Write a project that trains as it is.

    A run config with every default written out, data, held-out rows, an evaluator, the JSON Schema for your editor, a
    pre-commit hook, and the folder where its runs will be kept. Nothing that exists is overwritten.
    """
    if task not in TASK_NAMES:
        raise UsageError(f"there is no built-in task {task}", hint=f"choose one of {', '.join(TASK_NAMES)}")
    files = project_files(task)
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise UsageError(
            f"{folder / taken[0]} exists already; nothing was written",
            hint="choose another folder: rft init DIR",
        )
    blocked = next((place for place in (folder, *folder.parents) if place.is_file()), None)
    if blocked:
        raise UsageError(
            f"{blocked} is a file; nothing was written", hint="choose another folder: rft init DIR"
        )
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    # The folder of its runs makes it a project of its own: from its subfolders, and inside a checkout that has others.
    place = Place(folder, folder / FOLDER)
    place.make()
    here = folder == Path()
    steps = [*([] if here else [f"cd {folder}"]), "rft lint", "rft launch run.yaml"]
    out = terminal()
    out.talk("".join(f"wrote {path}\n" for path in (*(folder / name for name in files), place.ignore)))
    out.answer("Next:\n" + "".join(f"  {step}\n" for step in steps))
    return ExitCode.DONE
