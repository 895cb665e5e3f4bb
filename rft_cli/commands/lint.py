"""`rft lint`: check run configs without running anything.

One table of options feeds both a small parser, so that a hook starts without Typer, and Typer's help.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rft_cli.diagnostics import Finding, Severity, worst
from rft_cli.errors import ExitCode
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.spec.codes.tuning import CRASHED_RULE

if TYPE_CHECKING:
    from rft_cli.rules.lint import Linted


class Option(NamedTuple):
    """One option of `lint`."""

    name: str
    """As the code calls it."""
    flag: str
    kind: Literal["switch", "choice", "words"]
    """A switch takes no value, a choice one of `choices`; words may be repeated."""
    help: str
    default: Any = False
    choices: tuple[str, ...] = ()
    metavar: str = ""


OPTIONS: tuple[Option, ...] = (
    Option(
        "output_format",
        "--output-format",
        "choice",
        "With the line and a caret, one finding a line, or as JSON.",
        default="full",
        choices=("full", "concise", "json"),
    ),
    Option("as_json", "--json", "switch", "The same as --output-format json."),
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
        "Least severity that gives exit code 1.",
        default="error",
        choices=tuple(Severity),
    ),
    Option("quiet", "--quiet", "switch", "Findings only, without the summary."),
    Option("no_color", "--no-color", "switch", "No colour, wherever the output goes."),
)

PATHS_HELP = "Files, and folders to search. Without any, the run configs of the project."

_DESCRIPTION = """Check run configs, without running anything: how they are written, whether every value is legal, and what a
    reader who knows reinforcement fine-tuning would remark. The data and the evaluator are looked for, never run.
    Ends with 0 (done), 1 (findings at or above --fail-on), 2 (no such file, nothing to check) or 70 (a rule crashed)."""


def fast_main(arguments: Sequence[str]) -> int | None:
    """Run `lint` without Typer.

    Args:
        arguments: the words after `lint`.

    Returns:
        The exit code; None where Typer has to answer: help, an unknown option, a wrong value.
    """
    parsed = _parse(arguments)
    return None if parsed is None else _lint(*parsed)


def _parse(arguments: Sequence[str]) -> tuple[list[str], dict[str, Any]] | None:
    """Paths and option values; None for whatever is not plainly right."""
    by_flag = {option.flag: option for option in OPTIONS}
    values: dict[str, Any] = {option.name: option.default for option in OPTIONS}
    paths: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            paths += words
            break
        if not word.startswith("-"):
            paths.append(word)
            continue
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag)
        if option is None or (equals and option.kind == "switch"):
            return None
        given = True if option.kind == "switch" else value if equals else next(words, None)
        if given is None or (option.kind == "choice" and given not in option.choices):
            return None
        values[option.name] = (*values[option.name], given) if option.kind == "words" else given
    return paths, values


def _lint(paths: Sequence[str], values: dict[str, Any]) -> int:
    from rft_cli.config.root import root_of
    from rft_cli.rules.discovery import discover
    from rft_cli.rules.lint import lint_files
    from rft_cli.rules.selection import left_out_codes

    left_out = left_out_codes(values["select"], values["ignore"])
    root = root_of(os.curdir)
    linted = lint_files(discover(paths, os.path.relpath(root)), root, left_out)
    out = terminal()
    if values["no_color"]:
        out = out._replace(color=False, talk_color=False)
    output_format = "json" if values["as_json"] else values["output_format"]
    _SHOW[output_format](out, linted, quiet=values["quiet"])
    return _exit_code(linted.findings, Severity(values["fail_on"]))


def _exit_code(findings: tuple[Finding, ...], fail_on: Severity) -> ExitCode:
    if any(finding.code == CRASHED_RULE.code for finding in findings):
        return ExitCode.BUG
    gravest = worst(findings)
    return ExitCode.FINDINGS if gravest and gravest.at_least(fail_on) else ExitCode.DONE


def _show_full(out: Terminal, linted: Linted, *, quiet: bool) -> None:
    from rft_cli.render.findings_formats import render_format
    from rft_cli.render.findings_text import summary_text

    parts = [render_format("full", linted, color=out.color, width=out.width)] if linted.findings else []
    if not quiet:
        parts.append(summary_text(linted.files_checked, linted.findings, color=out.color))
    if parts:
        out.answer("\n".join(parts))


def _show_concise(out: Terminal, linted: Linted, *, quiet: bool) -> None:
    from rft_cli.render.findings_formats import render_format
    from rft_cli.render.findings_text import summary_text

    if linted.findings:
        out.answer(render_format("concise", linted, color=out.color))
    if not quiet:
        out.talk(summary_text(linted.files_checked, linted.findings, color=out.talk_color))


def _show_json(out: Terminal, linted: Linted, *, quiet: bool) -> None:
    del quiet
    from rft_cli.render.findings_formats import render_format

    out.answer(render_format("json", linted))


_SHOW: dict[str, Callable[..., None]] = {"full": _show_full, "concise": _show_concise, "json": _show_json}


def __getattr__(name: str) -> Any:
    """Make `command`, Typer's view of the table, when somebody asks for it."""
    if name != "command":
        raise AttributeError(name)
    return _typer_command()


def _typer_command() -> Callable[..., int]:
    import inspect
    from enum import StrEnum
    from typing import Annotated

    import typer

    def command(paths: list[str] | None = None, **given: Any) -> int:
        values = {option.name: option.default for option in OPTIONS}
        return _lint(
            paths or [], values | {name: value for name, value in given.items() if value is not None}
        )

    types: dict[str, Any] = {
        "switch": lambda _option: bool,
        "words": lambda _option: list[str] | None,
        "choice": lambda option: StrEnum(option.name, [(choice, choice) for choice in option.choices]),
    }
    parameters = [
        inspect.Parameter(
            "paths",
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help=PATHS_HELP)],
        )
    ]
    for option in OPTIONS:
        described = typer.Option(option.flag, help=option.help, metavar=option.metavar or None)
        kind = types[option.kind](option)
        parameters.append(
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None if option.kind == "words" else option.default,
                annotation=Annotated[kind, described],
            )
        )
    command.__doc__ = _DESCRIPTION
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    return command
