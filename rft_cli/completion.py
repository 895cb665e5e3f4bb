"""Answers of the shell's TAB without Typer, because every TAB starts the program.

Speaks the protocol of the scripts that `rft --install-completion` installs. What it does not know – options, other shells –
it leaves to Typer, which answers through the same scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rft_cli.command_table import COMMANDS

VARIABLE = "_RFT_COMPLETE"
"""Set by the shell's script; Typer derives it from the program's name."""


class Item(NamedTuple):
    """One word that could stand at the cursor."""

    value: str
    help: str = ""


class Answer(NamedTuple):
    """What goes to the shell."""

    text: str
    exit_code: int = 0


def answer(environment: Mapping[str, str]) -> Answer | None:
    """The shell's answer; None when Typer has to give it.

    Args:
        environment: of the process, as the completion script has set it.
    """
    shell = environment.get(VARIABLE, "").partition("complete_")[2]
    words = _bash_words(environment) if shell == "bash" else _line_words(environment)
    if shell not in {"bash", "zsh", "fish"} or words is None:
        return None
    items = candidates(words[:-1], words[-1])
    if items is None:
        return None
    if shell == "bash":
        return Answer("\n".join(item.value for item in items))
    if shell == "zsh":
        return Answer(_zsh(items))
    if environment.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return Answer("", 0 if items else 1)
    return Answer("\n".join(f"{item.value}\t{item.help}" if item.help else item.value for item in items))


def candidates(before: list[str], begun: str) -> list[Item] | None:
    """What could stand at the cursor; empty: a file; None: not known here.

    Args:
        before: the words between `rft` and the cursor's word.
        begun: the cursor's word so far.
    """
    if begun.startswith("-"):
        return None
    return [item for item in _all(before) if item.value.startswith(begun)]


def _all(before: list[str]) -> Iterator[Item]:
    command = next((word for word in before if not word.startswith("-")), "")
    if not command:
        yield from (Item(entry.name, entry.summary) for entry in COMMANDS)
    elif before[-1] == "--set":
        yield from _settable()
    elif command == "explain":
        yield from _explainable()
    elif any(entry.name == command and entry.takes_run for entry in COMMANDS):
        yield from _runs()


def _settable() -> Iterator[Item]:
    from rft_cli.spec.document import field_at, leaf_paths

    for path in leaf_paths():
        field = field_at(path)
        yield Item(f"{path}=", field.summary if field else "")


def _explainable() -> Iterator[Item]:
    from rft_cli.spec.codes import CODES
    from rft_cli.spec.goals import GOALS
    from rft_cli.spec.parameters import PARAMETERS

    yield from (Item(entry.path, entry.summary) for entry in PARAMETERS)
    yield from (Item(entry.name, entry.title) for entry in GOALS)
    yield from (Item(entry.code, entry.summary) for entry in CODES)


def _runs() -> Iterator[Item]:
    from rft_cli.errors import RftError
    from rft_cli.runs.ledger import Ledger
    from rft_cli.workflow.project import open_project

    try:
        with Ledger(open_project().place, read_only=True) as ledger:
            summaries = ledger.summaries()
    except RftError:
        # A TAB has no place to say it; the command itself will.
        return
    yield from (Item(summary.id, summary.state) for summary in reversed(summaries))


def _bash_words(environment: Mapping[str, str]) -> list[str] | None:
    words, position = environment.get("COMP_WORDS", "").split(), environment.get("COMP_CWORD", "")
    if not position.isdigit():
        return None
    index = int(position)
    return [*words[1:index], words[index] if index < len(words) else ""]


def _line_words(environment: Mapping[str, str]) -> list[str] | None:
    line = environment.get("_TYPER_COMPLETE_ARGS", "")
    if '"' in line or "'" in line or "\\" in line:
        return None
    return [*line.split()[1:], ""] if line.endswith(" ") or len(line.split()) < 2 else line.split()[1:]


def _zsh(items: list[Item]) -> str:
    """A command for zsh's ``eval``."""
    if not items:
        return "_files"
    pairs = "\n".join(f'"{_escaped(item.value)}":"{_escaped(item.help)}"' for item in items)
    return f"_arguments '*: :(({pairs}))'"


def _escaped(text: str) -> str:
    for character, replacement in (
        ('"', '""'),
        ("'", "''"),
        ("$", r"\$"),
        ("`", r"\`"),
        (":", r"\\:"),
        ("(", "["),
        (")", "]"),
    ):
        text = text.replace(character, replacement)
    return text
