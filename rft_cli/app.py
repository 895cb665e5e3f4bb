"""The Typer app: a table of commands, each imported when it is used."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command

from rft_cli import __version__
from rft_cli.boundary import guarded


class CommandEntry(NamedTuple):
    """One command of `rft`; its module under `rft_cli.commands` has the same name."""

    name: str
    summary: str


COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("init", "Write a project that trains as it is: config, data, evaluator."),
    CommandEntry("lint", "Check run configs, without running anything."),
    CommandEntry("explain", "What a parameter, code, goal, state or exit code means, and what to do."),
    CommandEntry("rules", "List every code that lint and launch can report."),
    CommandEntry("schema", "Print the JSON Schema of run configs, for editors and other tools."),
    CommandEntry("plan", "What a launch would do: values, schedule, difference, cost, guards, payload."),
    CommandEntry("launch", "Train: check, record, submit, follow."),
    CommandEntry("runs", "List the runs of this project."),
    CommandEntry("show", "One run: what was asked, how it went, how it ended."),
    CommandEntry("watch", "Follow a run that was launched before."),
    CommandEntry("logs", "What a run's worker printed."),
    CommandEntry("rollouts", "Read the answers that a run sampled."),
    CommandEntry(
        "diff", "What differs between two runs, configs or revisions, and what the guide says of it."
    ),
    CommandEntry("baseline", "What the runs of a scope are compared with, and moving it."),
    CommandEntry("cancel", "End runs; what they have trained is saved."),
    CommandEntry("resume", "Let a run go on from its newest checkpoint."),
    CommandEntry("sync", "Bring the ledger up to date with the runs."),
    CommandEntry("note", "Keep a remark with a run."),
    CommandEntry("export", "Write a run down for others: a record to commit."),
    CommandEntry("prune", "Remove the folders of runs that are no longer needed."),
    CommandEntry("doctor", "What works on this machine, and what does not."),
)


class LazyCommands(MutableMapping[str, Any]):
    """Command name → Typer command, built from its module on first use."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            if not any(entry.name == name for entry in COMMANDS):
                raise KeyError(name)
            self._built[name] = _build(name)
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(entry.name for entry in COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _build(name: str) -> Any:
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(import_module(f"rft_cli.commands.{name}").command)
    command = get_command(single)
    command.name = name
    return command


class RftGroup(TyperGroup):
    """The `rft` command itself: lazy commands and the error boundary."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = LazyCommands()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Accept `--no-color` anywhere, because people add it at the end of the line."""
        end = args.index("--") if "--" in args else len(args)
        if "--no-color" in args[:end]:
            os.environ["RFT_NO_COLOR"] = "1"
            args = [word for word in args[:end] if word != "--no-color"] + args[end:]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command inside the boundary; Typer presents wrong usage itself."""
        presented = (typer.Exit, typer.Abort, *_usage_errors())
        inside = super().invoke
        code = guarded(lambda: inside(ctx) or 0, let_through=presented)
        if code:
            raise typer.Exit(code)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  Typer's signature
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.summary) for entry in COMMANDS])


def _usage_errors() -> tuple[type[BaseException], ...]:
    """The base of Typer's own usage errors, which moved between its versions and has no public name."""
    return tuple(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


app = typer.Typer(
    cls=RftGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001  Typer passes it by position
    if value:
        typer.echo(f"rft {__version__}")
        raise typer.Exit


@app.callback(
    epilog="Start with: rft init demo && cd demo && rft launch run.yaml. Every command has --help.",
)
def rft(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colour, wherever the output goes; NO_COLOR does the same.")
    ] = False,
) -> None:
    """Launch and tune reinforcement fine-tuning runs from YAML files kept in git."""
