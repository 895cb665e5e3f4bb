"""Values from outside the files: the environment, and `--set` on the command line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from rft_cli.config.explain import Token, item_of
from rft_cli.config.resolved import ENVIRONMENT, SET, VARIABLE_PREFIX
from rft_cli.config.scalars import BadScalar, one_line, read_plain
from rft_cli.config.source import parse
from rft_cli.config.suggest import keys_of, suggest_path
from rft_cli.config.validate import explain_at
from rft_cli.diagnostics import Finding, Location, Severity
from rft_cli.spec.document import Field, field_at, leaf_paths

TOOL_VARIABLES = frozenset({"RFT_DIR", "RFT_NO_COLOR", "RFT_DEBUG"})
"""Variables that set up the tool and say nothing about a run."""
_FIXED = {"extends": "it names files, which read each other before any override"}
_STRUCTURED = ("[", "{", '"', "'")


class Override(NamedTuple):
    """One value and where it stands."""

    path: str
    value: Any
    location: Location


class Overrides(NamedTuple):
    """What one source gives."""

    values: tuple[Override, ...]
    findings: tuple[Finding, ...]
    text: str
    """For excerpts: one override a line."""


def from_command_line(entries: Sequence[str]) -> Overrides:
    """Read `path=value` entries; the value is written as in YAML, lists as `[a, b]`."""
    values: list[Override] = []
    findings: list[Finding] = []
    for line, entry in enumerate(entries, 1):
        path, equals, text = entry.partition("=")
        name = path.strip()
        place = Location(SET, line, 1, len(path) + 1)
        if not equals or not name:
            mend = "write path=value, such as training.learning_rate=2e-4"
            findings.append(
                Finding(
                    "RFT033", Severity.ERROR, place, f"{one_line(entry) or 'an override'} sets nothing", mend
                )
            )
        elif problem := _path_problem(name):
            findings.append(Finding(problem[0], Severity.ERROR, place, problem[1], problem[2], name))
        else:
            column = len(path) + 2 + len(text) - len(text.lstrip())
            _read(name, text.strip(), Location(SET, line, column), values, findings)
    shown = "\n".join(" ".join(entry.split("\n")) for entry in entries)
    return Overrides(tuple(values), tuple(findings), shown)


def from_environment(environment: Mapping[str, str]) -> Overrides:
    """Read the variables that begin with RFT_; two underscores stand for the dot of a path."""
    values: list[Override] = []
    findings: list[Finding] = []
    lines: list[str] = []
    names = sorted(name for name in environment if name.startswith(VARIABLE_PREFIX))
    for line, name in enumerate((name for name in names if name not in TOOL_VARIABLES), 1):
        path = _variables().get(name)
        if path is None:
            # The value of an unknown variable may be a secret, so it is not repeated.
            lines.append(f"{name}=…")
            place = Location(ENVIRONMENT, line, 1, len(name) + 1)
            message, mend = f"the variable {name} sets nothing", _variable_meant(name)
            findings.append(Finding("RFT020", Severity.ERROR, place, message, mend))
            continue
        text = environment[name].strip()
        lines.append(f"{name}={' '.join(text.splitlines())}")
        _read(path, text, Location(ENVIRONMENT, line, len(name) + 2), values, findings)
    return Overrides(tuple(values), tuple(findings), "\n".join(lines))


@cache
def _variables() -> dict[str, str]:
    """Name of a variable → path."""
    return {
        f"{VARIABLE_PREFIX}{path.upper().replace('.', '__')}": path
        for path in leaf_paths()
        if path not in _FIXED
    }


def _variable_meant(name: str) -> str:
    found = suggest_path(name.removeprefix(VARIABLE_PREFIX).lower().replace("__", "."))
    if found is not None and found.path not in _FIXED:
        return f"did you mean {VARIABLE_PREFIX}{found.path.upper().replace('.', '__')}?"
    close = difflib.get_close_matches(name.upper(), sorted(TOOL_VARIABLES), 1, 0.8)
    return (
        f"did you mean {close[0]}?"
        if close
        else "unset it; a key is written like RFT_TRAINING__LEARNING_RATE"
    )


def _path_problem(path: str) -> tuple[str, str, str] | None:
    """Code, message and help when a path cannot be set."""
    field = field_at(path)
    if path in _FIXED:
        return "RFT033", f"{path} cannot be set here: {_FIXED[path]}", "write it into a file"
    if field is not None and field.kind != "section":
        return None
    if field is not None:
        keys = keys_of(path)
        mend = f"set one key of it, such as {path}.{keys[0]}=…" if keys else "delete it"
        return "RFT033", f"{path} is a section, and one value is set at a time", mend
    found = suggest_path(path)
    return (
        "RFT020",
        f"unknown key {one_line(path)}",
        f"did you mean {found.path}?" if found else "see `rft explain`",
    )


def _read(path: str, text: str, place: Location, values: list[Override], findings: list[Finding]) -> None:
    """Read one value, check it, and append it or what is wrong with it."""
    location = place._replace(end_column=place.column + len(text))
    value, token, problem = _value(text)
    field: Field | None = field_at(path)
    if problem is None and isinstance(value, dict) and (field is None or field.kind != "mapping"):
        problem = BadScalar("RFT033", f"{path} is set to a section", "set one key at a time")
    if problem is not None:
        findings.append(Finding(problem.code, Severity.ERROR, location, problem.message, problem.help, path))
        return
    if field is not None and field.accepts(value):
        values.append(Override(path, value, location))
        return
    key: tuple[str | int, ...] = tuple(path.split("."))
    words = explain_at(_item_at_fault(field, key, value), _fault(field, value), token)
    mend = "write a value" if value is None else words.help
    findings.append(Finding(words.code, Severity.ERROR, location, words.message, mend, path))


def _value(text: str) -> tuple[Any, Token | None, BadScalar | None]:
    """A value as YAML reads it, its characters, and why it cannot be read."""
    if not text.startswith(_STRUCTURED):
        value = read_plain(text)
        if isinstance(value, BadScalar):
            return None, None, value
        return value, Token(text, quoted=False), None
    document = parse(f"value: {text}".encode(errors="replace"), SET)
    if document.findings:
        first = document.findings[0]
        return None, None, BadScalar(first.code, first.message, first.help)
    token = document.token("value")
    return document.data["value"], Token(*token) if token else None, None


def _item_at_fault(field: Field | None, key: tuple[str | int, ...], value: Any) -> tuple[str | int, ...]:
    """The path of the value itself, or of the first item of a list that is refused."""
    index = _faulty_index(field, value)
    return key if index is None else (*key, index)


def _fault(field: Field | None, value: Any) -> Any:
    index = _faulty_index(field, value)
    return value if index is None else value[index]


def _faulty_index(field: Field | None, value: Any) -> int | None:
    if field is None or not isinstance(value, list) or field.kind not in {"texts", "numbers"}:
        return None
    item = item_of(field)
    return next((index for index, entry in enumerate(value) if not item.accepts(entry)), None)
