"""`rft init`: write a project that trains as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.config.root import SETTINGS_FILE, checkout_of, has_tool_table
from rft_cli.errors import ExitCode, SetupError, UsageError
from rft_cli.render.run_json import SCHEMA_VERSION
from rft_cli.render.terminal import terminal
from rft_cli.runs.place import FOLDER, Place
from rft_cli.spec.document import BACKENDS as KNOWN_BACKENDS
from rft_cli.templates.project import (
    BACKENDS,
    FIREWORKS,
    IGNORE_FILE,
    TASK_NAMES,
    ignoring_secrets,
    project_files,
)

if TYPE_CHECKING:
    from rft_cli.render.outputs.exchange import InitOutput

MARK = "# This folder is a project of rft, in every clone too. Settings go here: rft lint --show-settings\n"
"""What marks a project inside of a larger checkout."""


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write it; made when missing.")
    ] = Path(),
    *,
    task: Annotated[
        str, typer.Option(metavar="NAME", help=f"The built-in task to start from: {', '.join(TASK_NAMES)}.")
    ] = TASK_NAMES[0],
    backend: Annotated[
        str, typer.Option(metavar="NAME", help=f"What will train it: {' or '.join(BACKENDS)}.")
    ] = BACKENDS[0],
    as_json: AsJson = False,
) -> int:
    """Write a project that trains as it is.

    A run config with every default written out, data, held-out rows, an evaluator, the JSON Schema for your editor, a
    pre-commit hook, and the folder where its runs will be kept. Nothing that exists is overwritten. For the managed service
    the key goes into .env, which git is told to ignore.
    """
    if task not in TASK_NAMES:
        raise UsageError(f"there is no built-in task {task}", hint=f"choose one of {', '.join(TASK_NAMES)}")
    _require_known(backend)
    files = project_files(task, backend)
    ignored = _ignored_besides(folder, files)
    if _is_inside_checkout(folder):
        files[SETTINGS_FILE] = MARK
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
    if ignored:
        with (folder / IGNORE_FILE).open("a", encoding="utf-8") as file:
            file.write(ignored)
    # The folder of its runs makes it a project of its own, from its subfolders too. Git does not know that folder, so a clone
    # of a checkout that has other things as well goes by the file of settings.
    place = Place(folder, folder / FOLDER)
    place.make()
    out = terminal()
    written = [str(path) for path in (*(folder / name for name in files), place.ignore)]
    steps = _next(folder, backend)
    if as_json:
        answer: InitOutput = {
            "schema_version": SCHEMA_VERSION,
            "folder": str(folder),
            "files": written,
            "extended": [str(folder / IGNORE_FILE)] if ignored else [],
            "next": [command for _, commands in steps for command in commands],
        }
        out.answer(json.dumps(answer, indent=2, ensure_ascii=False))
        return ExitCode.DONE
    out.talk("".join(f"wrote {path}\n" for path in written))
    if ignored:
        out.talk(f"added {ignored.strip()} to {folder / IGNORE_FILE}\n")
    out.answer("".join(_commands(heading, commands) for heading, commands in steps))
    return ExitCode.DONE


def _require_known(backend: str) -> None:
    if backend in BACKENDS:
        return
    if backend in KNOWN_BACKENDS:
        raise SetupError(
            f"the backend {backend} is not part of this version of rft",
            hint=f"this version writes projects for {' and '.join(BACKENDS)}",
        )
    raise UsageError(
        f"rft writes no projects for a backend {backend}", hint=f"choose {' or '.join(BACKENDS)}"
    )


def _is_inside_checkout(folder: Path) -> bool:
    """Whether the folder lies in a git checkout below its top, where nothing that git knows would mark it as a project."""
    here = str(folder.absolute())
    top = checkout_of(here)
    return top != here and (Path(top) / ".git").exists() and not has_tool_table(here)


def _ignored_besides(folder: Path, files: dict[str, str]) -> str:
    """What a .gitignore that is there already still has to say, in place of one of our own."""
    existing = folder / IGNORE_FILE
    if IGNORE_FILE not in files or not existing.is_file():
        return ""
    del files[IGNORE_FILE]
    return ignoring_secrets(existing.read_text(encoding="utf-8"))


def _next(folder: Path, backend: str) -> tuple[tuple[str, list[str]], ...]:
    """What a newcomer needs, in order: a heading and its commands."""
    go = [] if folder == Path() else [f"cd {folder}"]
    if backend != FIREWORKS:
        return (("Next:", [*go, "rft lint", "rft launch run.yaml"]),)
    return (
        ("Next, without a key and without cost:", [*go, "rft rehearse run.yaml", "rft plan run.yaml"]),
        (
            "Then, with your key written into .env, pay for a run:",
            ["cp .env.example .env", "rft launch run.yaml"],
        ),
    )


def _commands(heading: str, commands: list[str]) -> str:
    return f"{heading}\n" + "".join(f"  {each}\n" for each in commands)
