"""`rft lint`: check run configs without running anything, and mend what can be mended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rft_cli.commands.lint_options import parse, typer_command
from rft_cli.commands.lint_report import Wanted, report
from rft_cli.diagnostics import Finding, Severity, worst
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.spec.codes.tuning import CRASHED_RULE

if TYPE_CHECKING:
    from rft_cli.config.settings import Given
    from rft_cli.config.source import Reading
    from rft_cli.rules.fixes import Fixed, Lint, Overlay
    from rft_cli.rules.lint import Linted

_DESCRIPTION = """Check run configs, without running anything: how they are written, whether every value is legal, and what a
    reader who knows reinforcement fine-tuning would remark. The data and the evaluator are looked for, never run.
    Ends with 0 (done), 1 (findings at or above --fail-on), 2 (no such file, nothing to check) or 70 (a rule crashed)."""

STDIN = "-"
STDIN_NAME = "<stdin>"


def fast_main(arguments: Sequence[str]) -> int | None:
    """Run `lint` without Typer.

    Args:
        arguments: the words after `lint`.

    Returns:
        The exit code; None where Typer has to answer: help, an unknown option, a wrong value.
    """
    parsed = parse(arguments)
    return None if parsed is None else _lint(*parsed)


def _lint(paths: Sequence[str], values: dict[str, Any]) -> int:
    from rft_cli.backends.registry import rules_of
    from rft_cli.config.root import root_of
    from rft_cli.config.settings import read_settings
    from rft_cli.rules.lint import lint_files
    from rft_cli.rules.settings import in_force, scope_of

    _refuse_contradictions(paths, values)
    root = root_of(os.curdir)
    flags = {"select": values["select"], "ignore": values["ignore"], "fail-on": values["fail_on"]}
    settings = in_force(flags, read_settings(root))
    scope = scope_of(settings, is_whole=not paths and not values["since"])
    if values["show_settings"]:
        return _show_settings(root, settings, as_json=values["as_json"])
    files, note = _files(paths, values, os.path.relpath(root), settings)
    if values["show_files"]:
        return _show_files(files, as_json=values["as_json"])
    wanted = Wanted(
        (*values["output_format"], *(("json",) if values["as_json"] else ())),
        Severity(settings["fail-on"].value),
        values["quiet"],
        values["unsafe_fixes"],
    )

    def lint(read: Reading | None) -> Linted:
        return lint_files(files, root, scope, rules_of=rules_of, read=read, processes=_processes(len(files)))

    given = _standard_input(files[0]) if STDIN in paths else None
    if given is not None or any(values[name] for name in ("fix", "diff", "add_ignore")):
        return _mend(lint, files, given, values, wanted, skipped=note)
    linted = lint(None)
    report(_terminal(values), linted, wanted, note)
    return _exit_code(linted.findings, wanted.fail_on)


def _processes(files: int) -> int:
    from rft_cli.rules.lint import SHARED_FROM

    if files < SHARED_FROM:
        return 1
    from rft_cli.rules.parallel import cores

    return cores()


def _terminal(values: dict[str, Any]) -> Terminal:
    out = terminal()
    return out._replace(color=False, talk_color=False) if values["no_color"] else out


def _refuse_contradictions(paths: Sequence[str], values: dict[str, Any]) -> None:
    if values["unsafe_fixes"] and not (values["fix"] or values["diff"]):
        raise UsageError(
            "--unsafe-fixes says which fixes to make", hint="add --fix to make them, or --diff to see them"
        )
    if values["add_ignore"] and (values["fix"] or values["unsafe_fixes"]):
        raise UsageError(
            "--add-ignore and --fix are two steps", hint="run --fix first, then --add-ignore REASON"
        )
    if STDIN in paths and len(paths) > 1:
        raise UsageError(
            "- is standard input, and stands alone", hint="rft lint - --stdin-filename configs/run.yaml"
        )
    if values["stdin_filename"] and STDIN not in paths:
        raise UsageError(
            "--stdin-filename is for standard input", hint="rft lint - --stdin-filename configs/run.yaml"
        )
    if sum(":" not in entry for entry in values["output_format"]) + values["as_json"] > 1:
        raise UsageError(
            "two output formats would mix", hint="write one into a file: --output-format sarif:lint.sarif"
        )


def _files(
    paths: Sequence[str], values: dict[str, Any], root: str, settings: dict[str, Given]
) -> tuple[tuple[str, ...], str]:
    """The files to check, and a line about those that need no check."""
    if STDIN in paths:
        return (os.path.normpath(values["stdin_filename"] or STDIN_NAME),), ""
    from rft_cli.rules.discovery import discover

    found = discover(paths, root, include=settings["include"].value, exclude=settings["exclude"].value)
    revision = values["since"]
    if not revision:
        return found, ""
    from rft_cli.config.worktree import changed_files
    from rft_cli.rules.since import touched

    files = touched(found, changed_files(revision, os.curdir))
    left = len(found) - len(files)
    return files, f"{left} not checked: not changed since {revision}, nor built on what did\n" if left else ""


def _show_settings(root: str, settings: dict[str, Given], *, as_json: bool) -> int:
    from rft_cli.render.settings_text import settings_object, settings_text
    from rft_cli.render.terminal import terminal

    as_text = settings_text(root, settings, wrap=terminal().wrap)
    _answer(_json(settings_object(root, settings)) if as_json else as_text)
    return ExitCode.DONE


def _show_files(files: Sequence[str], *, as_json: bool) -> int:
    _answer(
        _json({"schema_version": 1, "files": files}) if as_json else "".join(f"{file}\n" for file in files)
    )
    return ExitCode.DONE


def _standard_input(name: str) -> Overlay:
    from rft_cli.rules.fixes import Overlay

    return Overlay({name: sys.stdin.buffer.read()})


def _mend(
    lint: Lint,
    files: Sequence[str],
    given: Overlay | None,
    values: dict[str, Any],
    wanted: Wanted,
    *,
    skipped: str,
) -> int:
    """Lint with changes to make or to show, or from standard input."""
    from rft_cli.render.fixes_text import diff_text, done_text
    from rft_cli.rules.fixes import Overlay, write

    out, overlay = _terminal(values), Overlay() if given is None else given
    done = _changed(lint, files, overlay, values)
    note = done_text(done, "ignored" if values["add_ignore"] else "fixed")
    if values["diff"]:
        _answer(diff_text(done.changes, color=out.color))
        if not wanted.quiet:
            out.talk(f"would have {note}" if note else "nothing would change")
        return ExitCode.FINDINGS if done.changes else _exit_code(done.linted.findings, wanted.fail_on)
    if given is None:
        write(done.changes)
    elif values["fix"] or values["add_ignore"]:
        content = overlay.read(files[0])
        _answer(content if isinstance(content, bytes) else b"")
        wanted = wanted._replace(turned=True)
    report(out, done.linted, wanted, skipped + note)
    return _exit_code(done.linted.findings, wanted.fail_on)


def _changed(lint: Lint, files: Sequence[str], overlay: Overlay, values: dict[str, Any]) -> Fixed:
    from rft_cli.rules.fixes import Fixed, fix_all

    if values["add_ignore"]:
        from rft_cli.rules.adoption import ignore_all

        return ignore_all(lint, files, overlay, values["add_ignore"])
    if values["fix"] or values["diff"]:
        return fix_all(lint, files, overlay, unsafe=values["unsafe_fixes"])
    return Fixed(lint(overlay.reading), (), ())


def _answer(content: str | bytes) -> None:
    """Write to standard output, byte by byte what is given."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content.encode() if isinstance(content, str) else content)


def _json(value: object) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _exit_code(findings: tuple[Finding, ...], fail_on: Severity) -> ExitCode:
    if any(finding.code == CRASHED_RULE.code for finding in findings):
        return ExitCode.BUG
    gravest = worst(findings)
    return ExitCode.FINDINGS if gravest and gravest.at_least(fail_on) else ExitCode.DONE


def __getattr__(name: str) -> Any:
    """Make `command`, Typer's view of the table, when somebody asks for it."""
    if name != "command":
        raise AttributeError(name)
    return typer_command(_lint, _DESCRIPTION)
