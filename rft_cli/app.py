"""The Typer app: a table of commands, each imported when it is used."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from rft_cli import __version__
from rft_cli.backends import waits
from rft_cli.boundary import guarded, tell_machine
from rft_cli.command_table import COMMANDS, is_command
from rft_cli.errors import ExitCode


class LazyCommands(MutableMapping[str, Any]):
    """Command name → Typer command, built from its module on first use."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            if not is_command(name):
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
    single.command(name)(import_module(f"rft_cli.commands.{_module(name)}").command)
    command = get_command(single)
    command.name = name
    for parameter in command.params:
        # What cannot be read is told by whoever reads it, alike in every command, and not as wrong usage.
        if hasattr(parameter.type, "readable"):
            parameter.type.readable = False
    return command


def _module(name: str) -> str:
    return f"{name}_" if iskeyword(name) else name


_WORDS = f"{__name__}.words"
"""Where a context keeps the command line."""


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
        ctx.meta[_WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command inside the boundary; Typer presents wrong usage itself."""
        wrong_usage, words = _usage_errors(), ctx.meta[_WORDS]
        presented = (typer.Exit, typer.Abort, *wrong_usage)
        inside = super().invoke
        waits.listen(_tell_wait)
        try:
            code = guarded(lambda: inside(ctx) or 0, words=words, let_through=presented)
        except wrong_usage as error:
            tell_machine(ExitCode.USAGE, getattr(error, "format_message", error.__str__)(), "", words)
            raise
        if code:
            raise typer.Exit(code)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  Typer's signature
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.summary) for entry in COMMANDS])


def _tell_wait(wait: waits.Wait) -> None:
    from rft_cli.render.terminal import terminal

    terminal().talk(f"{wait.why}: waiting {wait.seconds:.0f} s")


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
    epilog="Start with: rft init demo && cd demo && rft launch run.yaml. Every command has --help; "
    "exit codes mean the same everywhere: rft explain exit.",
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
