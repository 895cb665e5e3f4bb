"""The options of `rft lint`: one table, from which both a small parser and Typer's help are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from rft_cli.diagnostics import Severity
from rft_cli.render.findings_formats import FORMATS


class Option(NamedTuple):
    """One option of `lint`."""

    name: str
    """As the code calls it."""
    flag: str
    kind: Literal["switch", "choice", "text", "words", "formats"]
    """A switch takes no value, a choice one of `choices`, a text any; words and formats (a choice, `:` and a file) may be
    repeated."""
    help: str
    default: Any = False
    choices: tuple[str, ...] = ()
    metavar: str = ""
    short: str = ""


OPTIONS: tuple[Option, ...] = (
    Option(
        "output_format",
        "--output-format",
        "formats",
        f"One of {', '.join(FORMATS)}; with :FILE into a file. May be repeated. Default: full, and github in its Actions.",
        default=(),
        choices=FORMATS,
        metavar="NAME[:FILE]",
        short="-f",
    ),
    Option("as_json", "--json", "switch", "The same as --output-format json."),
    Option("fix", "--fix", "switch", "Mend what can be mended without changing what a file means."),
    Option(
        "unsafe_fixes",
        "--unsafe-fixes",
        "switch",
        "With --fix or --diff: also mend by guessing what was meant.",
    ),
    Option(
        "diff",
        "--diff",
        "switch",
        "Show what --fix would change, and change nothing. Ends with 1 if anything.",
    ),
    Option(
        "add_ignore",
        "--add-ignore",
        "text",
        "Write a comment with this reason above everything that is found and is no error.",
        default="",
        metavar="REASON",
    ),
    Option(
        "select",
        "--select",
        "words",
        "Report these codes only, by code, prefix (RFT3) or name. What makes a file illegal is always reported.",
        default=(),
        metavar="CODE,…",
    ),
    Option("ignore", "--ignore", "words", "Leave these codes out.", default=(), metavar="CODE,…"),
    Option(
        "fail_on",
        "--fail-on",
        "choice",
        "Least severity that gives exit code 1. Default: error.",
        default="",
        choices=tuple(Severity),
    ),
    Option(
        "since",
        "--since",
        "text",
        "Only files that changed since a git revision, or build on one that did.",
        default="",
        metavar="REV",
    ),
    Option(
        "stdin_filename",
        "--stdin-filename",
        "text",
        "Where the text of - would lie: for messages and relative paths.",
        default="",
        metavar="PATH",
    ),
    Option(
        "show_settings", "--show-settings", "switch", "Print the settings in force and where each comes from."
    ),
    Option("show_files", "--show-files", "switch", "Print the files that would be checked."),
    Option("quiet", "--quiet", "switch", "Findings only, without the summary."),
    Option("no_color", "--no-color", "switch", "No colour, wherever the output goes."),
)

PATHS_HELP = "Files, folders to search, or - for standard input. Without any, the run configs of the project."

_REPEATED = ("words", "formats")


def parse(arguments: Sequence[str]) -> tuple[list[str], dict[str, Any]] | None:
    """Paths and option values; None for whatever is not plainly right, which Typer then explains."""
    by_flag = {flag: option for option in OPTIONS for flag in (option.flag, option.short) if flag}
    values: dict[str, Any] = {option.name: option.default for option in OPTIONS}
    paths: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            paths += words
            break
        if not word.startswith("-") or word == "-":
            paths.append(word)
            continue
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag)
        if option is None or (equals and option.kind == "switch"):
            return None
        given = True if option.kind == "switch" else value if equals else next(words, None)
        if given is None or not _is_right(option, given):
            return None
        values[option.name] = (*values[option.name], given) if option.kind in _REPEATED else given
    return paths, values


def _is_right(option: Option, given: str | bool) -> bool:  # noqa: FBT001  a switch that is given
    if option.kind == "formats":
        return str(given).partition(":")[0] in option.choices
    return option.kind != "choice" or given in option.choices


def typer_command(
    run: Callable[[Sequence[str], dict[str, Any]], int], description: str
) -> Callable[..., int]:
    """A function that Typer takes for the command.

    Args:
        run: takes paths and option values.
        description: for its help.
    """
    import inspect
    from typing import Annotated

    import typer

    def command(paths: list[str] | None = None, **given: Any) -> int:
        values = {option.name: option.default for option in OPTIONS}
        return run(paths or [], values | {name: value for name, value in given.items() if value is not None})

    parameters = [
        inspect.Parameter(
            "paths",
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help=PATHS_HELP)],
        )
    ]
    for option in OPTIONS:
        flags = [flag for flag in (option.flag, option.short) if flag]
        described = typer.Option(
            *flags,
            help=option.help,
            metavar=option.metavar or None,
            callback=_checked_formats if option.kind == "formats" else None,
        )
        parameters.append(
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if option.kind == "switch" else None,
                annotation=Annotated[_annotation(option), described],
            )
        )
    command.__doc__ = description
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    return command


def _annotation(option: Option) -> Any:
    if option.kind == "switch":
        return bool
    if option.kind in _REPEATED:
        return list[str] | None
    if option.kind == "text":
        return str | None
    from enum import StrEnum

    members = [(choice, choice) for choice in option.choices]
    choices: Any = StrEnum(option.name, members)  # type: ignore[misc]
    return choices | None


def _checked_formats(given: list[str] | None) -> list[str] | None:
    import typer

    for entry in given or ():
        if entry.partition(":")[0] not in FORMATS:
            raise typer.BadParameter(f"{entry!r} is not one of {', '.join(FORMATS)}.")
    return given
