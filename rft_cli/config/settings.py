"""The user's settings of rft: `[tool.rft]` in `pyproject.toml`, or `.rft.toml`, at the project root. A closed list.

Says what a setting is and where it was written; what its words mean is for those who use it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from rft_cli.config.root import SETTINGS_FILE, has_tool_table
from rft_cli.errors import UsageError

Kind = Literal["texts", "severity", "texts by path", "table"]


class Setting(NamedTuple):
    """One key of the settings."""

    name: str
    kind: Kind
    summary: str
    default: Any = ()


INCLUDE = (
    "*.yaml",
    "*.yml",
    "configs/**/*.yaml",
    "configs/**/*.yml",
    "**/*.rft.yaml",
    "**/*.rft.yml",
)
"""Where run configs are kept, if nothing else is said."""

SETTINGS: tuple[Setting, ...] = (
    Setting("select", "texts", "Codes that lint reports besides what makes a file illegal; empty: all."),
    Setting("ignore", "texts", "Codes that lint leaves out."),
    Setting("per-file-ignores", "texts by path", "Codes that lint leaves out of some files.", {}),
    Setting("include", "texts", "Where lint looks for run configs when no path is given.", INCLUDE),
    Setting("exclude", "texts", "What lint passes over, unless it is named."),
    Setting("fail-on", "severity", "Least severity that gives exit code 1.", "error"),
    Setting("prices", "table", "Your own prices of tokens, for estimates in money.", {}),
)

SEVERITIES = ("error", "warning", "advice")


class Given(NamedTuple):
    """A setting with the place that it comes from."""

    value: Any
    origin: str
    """``default``, an option of the command line, or ``file:line``."""


class _File(NamedTuple):
    """A file of settings."""

    shown: str
    text: str
    table: tuple[str, ...]
    """The table of it that holds the settings."""


def read_settings(root: str) -> dict[str, Given]:
    """What the project's files set.

    Args:
        root: the project root.

    Returns:
        Name → value of every key that is set, as TOML holds it, lists as tuples.

    Raises:
        UsageError: a file is no TOML, or a key or value is none of ours; with the place (exit 2).
    """
    file = _find(root)
    if file is None:
        return {}
    known = {setting.name: setting for setting in SETTINGS}
    found = {}
    for name, value in _parse(file).items():
        if name not in known:
            raise _unknown(file, name)
        found[name] = Given(_checked(file, known[name], value), _place(file, (name,)).rpartition(":")[0])
    return found


def _find(root: str) -> _File | None:
    own, shared = os.path.join(root, SETTINGS_FILE), os.path.join(root, "pyproject.toml")
    is_shared = has_tool_table(root)
    if not os.path.isfile(own):
        return _File(os.path.relpath(shared), _text(shared), ("tool", "rft")) if is_shared else None
    if is_shared:
        raise UsageError(
            f"settings stand in {os.path.relpath(own)} and in [tool.rft] of {os.path.relpath(shared)}",
            hint="keep them in one of the two",
        )
    return _File(os.path.relpath(own), _text(own), ())


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise UsageError(f"{os.path.relpath(path)} is not UTF-8", hint="save it as UTF-8") from error


def _parse(file: _File) -> Mapping[str, Any]:
    import tomllib

    try:
        table: Any = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        place = re.search(r" \(at line (\d+), column (\d+)\)", words)
        where = f"{file.shown}:{place[1]}:{place[2]}" if place else file.shown
        message = words[: place.start()] if place else words
        raise UsageError(f"{where}: this is no TOML: {message[:1].lower()}{message[1:]}") from error
    for name in file.table:
        table = table.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{file.shown}: tool.rft is no table", hint="write [tool.rft] and its keys below it")
    return table


def _checked(file: _File, setting: Setting, value: Any) -> Any:
    path = (setting.name,)
    if setting.kind == "severity":
        if value not in SEVERITIES:
            raise _wrong(file, path, f"one of {', '.join(SEVERITIES)}", f'{setting.name} = "warning"')
        return value
    if setting.kind == "texts":
        return _texts(file, path, value)
    if not isinstance(value, dict):
        raise _wrong(file, path, "a table", f"[{'.'.join((*file.table, setting.name))}]")
    if setting.kind == "table":
        return value
    return {name: _texts(file, (*path, name), items) for name, items in value.items()}


def _texts(file: _File, path: tuple[str, ...], value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise _wrong(file, path, "a list of texts", f'{_key(path[-1])} = ["…"]')
    return tuple(value)


def _unknown(file: _File, name: str) -> UsageError:
    from rft_cli.config.suggest import closest

    names = tuple(setting.name for setting in SETTINGS)
    meant = closest(name, names)
    known = f"known are {', '.join(names)}"
    return UsageError(
        f"{_place(file, (name,))}: unknown setting {name}",
        hint=f"did you mean {meant}? {known}" if meant else known,
    )


def _wrong(file: _File, path: tuple[str, ...], wanted: str, sample: str) -> UsageError:
    name = ".".join(map(_key, path))
    return UsageError(f"{_place(file, path)}: {name} is not {wanted}", hint=f"write {sample}")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _place(file: _File, path: Sequence[str]) -> str:
    """``file:line:column`` of a key; of the file's first line where the key is written in an unusual form."""
    wanted = (*file.table, *path)
    for line, column, keys in _keys(file.text):
        if keys[: len(wanted)] == wanted:
            return f"{file.shown}:{line}:{column}"
    return f"{file.shown}:1:1"


_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"


def _keys(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Line, column and full path of every key and table that begins a line."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]", line):
            table = _path(header[1])
            yield number, header.start(1) + 1, table
        elif entry := re.match(rf"[ \t]*({_DOTTED})[ \t]*=", line):
            yield number, entry.start(1) + 1, (*table, *_path(entry[1]))


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
