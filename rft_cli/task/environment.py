"""Hands the evaluator the environment variables that its config names. Values are never shown, stored or returned in text."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

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
    if not names:
        return ()
    stored = read_dotenv(root / DOTENV_FILE)
    for name in names:
        value = os.environ.get(name) or stored.get(name)
        if not value:
            state = "empty" if name in os.environ or name in stored else "not set"
            raise SetupError(
                f"the evaluator needs the environment variable {name}, which is {state}",
                hint=f"export {name}=… or write it into {DOTENV_FILE} at the project root (and keep that out of git)",
            )
        os.environ[name] = value
    return tuple(os.environ[name] for name in names)


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
