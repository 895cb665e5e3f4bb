"""docs/commands.md: the help of every command, the exit codes and the states of a run."""

from __future__ import annotations

import inspect
from typing import Any

from typer.main import get_command

from rft_cli.app import app
from rft_cli.command_table import COMMANDS
from rft_cli.errors import ExitCode
from rft_cli.generate.markdown import NOTICE, anchor, code, table
from rft_cli.generate.output_schemas import path_of
from rft_cli.render.outputs.table import output_of
from rft_cli.worker import METRICS, State

_INTRODUCTION = """# Commands

The answer goes to standard output, the talk to standard error. `--no-color`, `NO_COLOR` and the terminal's width are honoured;
nothing asks a question where there is no terminal.

"""


def commands_page() -> str:
    """The text of the page."""
    group: Any = get_command(app)
    overview = table(
        ("command", "what it does"),
        [(f"[{code(f'rft {entry.name}')}](#{entry.name})", entry.summary) for entry in COMMANDS],
    )
    sections = [_section(entry.name, group.commands[entry.name]) for entry in COMMANDS]
    return NOTICE + _INTRODUCTION + overview + "".join(sections) + _exit_codes() + _states() + _metrics()


def _section(name: str, command: Any) -> str:
    arguments = [entry for entry in command.params if entry.param_type_name == "argument"]
    options = [entry for entry in command.params if entry.param_type_name == "option"]
    usage = " ".join(["rft", name, *(["[OPTIONS]"] if options else []), *map(_argument, arguments)])
    rows = [
        *((code(_argument(entry)), entry.help or "") for entry in arguments),
        *((code(_option(entry)), _option_help(entry)) for entry in options),
    ]
    listed = "\n" + table(("argument or option", "meaning"), rows) if rows else ""
    text = inspect.cleandoc(command.help or "")
    return f"\n{anchor(name)}\n\n## rft {name}\n\n`{usage}`\n\n{text}\n{listed}{_printed(name)}"


def _printed(name: str) -> str:
    """Where the schema of what `--json` prints is."""
    output = output_of(name)
    if output is None:
        return ""
    link = f"[{code(path_of(output))}](outputs.md#{output.name})"
    what = "each line of `--json`" if output.is_stream else "`--json`"
    return f"\nThe schema of {what}: {link}\n"


def _argument(entry: Any) -> str:
    shown = (
        entry.metavar or f"{'' if entry.required else '['}{entry.name.upper()}{'' if entry.required else ']'}"
    )
    return f"{shown}…" if entry.nargs == -1 and "..." not in shown and "…" not in shown else shown


def _option(entry: Any) -> str:
    names = ", ".join([*entry.opts, *entry.secondary_opts])
    choices = getattr(entry.type, "choices", None)
    if entry.is_flag or entry.count:
        return names
    if entry.metavar:
        return f"{names} {entry.metavar}"
    if choices:
        return f"{names} {'|'.join(str(getattr(choice, 'value', choice)) for choice in choices)}"
    return f"{names} {'N' if entry.type.name.startswith('int') else entry.type.name.upper()}"


def _option_help(entry: Any) -> str:
    value = getattr(entry.default, "value", entry.default)
    told = isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
    return f"{entry.help or ''}{f' Default: {value}.' if told else ''}"


def _exit_codes() -> str:
    rows = [(str(int(entry)), entry.meaning) for entry in ExitCode]
    return "\n## Exit codes\n\n" + table(("code", "meaning"), rows)


def _states() -> str:
    rows = [(code(entry), "live" if entry.live else "over", entry.meaning) for entry in State]
    return "\n## States of a run\n\n" + table(("state", "", "meaning"), rows)


def _metrics() -> str:
    rows = [(code(entry.canonical), code(entry.name), entry.unit, entry.summary) for entry in METRICS]
    head = "\n## Metrics of a step\n\nThe evaluator's named parts come in addition, as `rewards/<part>/mean`.\n\n"
    return head + table(("in `show --json`", "in the run folder, as TRL names it", "unit", "meaning"), rows)
