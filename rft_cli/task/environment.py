"""Hands the evaluator the environment variables that its config names. Values are never shown, stored or returned in text."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path

DOTENV_FILE = ".env"

_ASSIGNMENT = re.compile(
    r"""^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*?))\s*(?:\s\#.*)?$"""
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def provide(names: tuple[str, ...], root: Path) -> tuple[str, ...]:
    """Put each named variable into the environment, from ``.env`` at the project root where it is not set.

    Returns:
        The values, so that they can be kept out of messages.

    Raises:
        SetupError: a variable is set nowhere, or empty (exit 3); it names the variable only.
    """
    require(names, root)
    stored = read_dotenv(root / DOTENV_FILE) if names else {}
    for name in names:
        os.environ[name] = os.environ.get(name) or stored[name]
    return tuple(os.environ[name] for name in names)


def require(names: tuple[str, ...], root: Path) -> None:
    """See that each named variable could be provided.

    Raises:
        SetupError: variables are set nowhere, or empty (exit 3); it names the first of them, as `unset` tells it.
    """
    for problem in unset(names, root):
        raise SetupError(problem.message, hint=problem.help)


class Unset(NamedTuple):
    """A variable that the evaluator needs and nobody sets."""

    message: str
    help: str


def unset(names: tuple[str, ...], root: Path) -> tuple[Unset, ...]:
    """Which of the named variables are neither in the environment nor in ``.env`` at the project root, or empty there.

    Raises:
        SetupError: ``.env`` cannot be read (exit 3).
    """
    if not names:
        return ()
    stored = read_dotenv(root / DOTENV_FILE)
    return tuple(
        Unset(
            f"the evaluator needs the environment variable {name}, which is "
            + ("empty" if name in os.environ or name in stored else "not set"),
            f"export {name}=… or write it into {DOTENV_FILE} at the project root (and keep that out of git)",
        )
        for name in names
        if not (os.environ.get(name) or stored.get(name))
    )


def read_dotenv(path: Path) -> dict[str, str]:
    r"""The assignments of a dotenv file; empty when there is none.

    ``NAME=value`` a line, with an optional ``export``, quotes and comments. Double quotes know ``\n``, ``\t``, ``\"``;
    nothing is substituted, and a value does not span lines.

    Raises:
        SetupError: the file exists and cannot be read (exit 3).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SetupError(f"{path.name} cannot be read: {reason}", hint="correct or remove it") from None
    values = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.match(line)
        if match:
            name, double, single, bare = match.groups()
            values[name] = (
                _unescaped(double) if double is not None else single if single is not None else bare
            )
    return values


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group(1)), text)
