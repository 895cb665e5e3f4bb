"""One document against the spec: nothing to say when every value is accepted, else the schema's errors in the user's words.

The only user of jsonschema. It is imported when a document has something wrong with it and not before, and so is whatever
finds the words: a hook checks files that are right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from rft_cli.config.document import UNREAD, Document
from rft_cli.diagnostics import Finding, Location, Severity, by_place
from rft_cli.spec.document import (
    CONFIG_VERSION,
    DOCUMENT,
    USER_KEY_PREFIX,
    Field,
    accepts_document,
    field_at,
)

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from rft_cli.config.explain import Token, Words
    from rft_cli.spec.schema import Schema

Key = tuple[str | int, ...]


def validate(document: Document, *, fragment: bool = False, thorough: bool = False) -> tuple[Finding, ...]:
    """What is wrong with the keys and values of one file.

    Args:
        document: the file; its own findings about YAML are not repeated.
        fragment: nothing is required.
        thorough: ask the schema even when the spec accepts every value.

    Returns:
        The findings in reading order, one for each mistake.
    """
    if not document.has_keys:
        return ()
    if newer := _newer_version(document):
        return (newer,)
    if accepts_document(document.data, fragment=fragment) and not thorough:
        return ()
    validator = schema_validator(fragment=fragment)
    found: dict[Key, Finding] = {}
    for error in validator.iter_errors(document.data):
        for path, finding in _findings(error, document):
            found.setdefault(path, finding)
    return by_place(tuple(found.values()))


@cache
def schema_validator(*, fragment: bool) -> Validator:
    """A validator of the published schema, for which a number is finite, as in JSON."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    from rft_cli.spec.schema import run_config_schema, run_fragment_schema

    def is_number(_checker: Any, instance: Any) -> bool:
        if isinstance(instance, float):
            return math.isfinite(instance)
        return isinstance(instance, int) and not isinstance(instance, bool)

    checker = Draft202012Validator.TYPE_CHECKER.redefine("number", is_number)
    kind: Any = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {}, type_checker=checker
    )
    validator: Validator = kind(run_fragment_schema() if fragment else run_config_schema())
    return validator


def missing_key(path: str, location: Location, document: Document | None = None) -> Finding:
    """The finding about a key that is required and not there, with a fix where the file's document is given."""
    section, _, name = path.rpartition(".")
    place = f" in {section}" if section else ""
    message = f"the key {name} is missing{place}"
    fix = None
    if path == "version" and document is not None:
        from rft_cli.config.mend import version_fix

        fix = version_fix(document)
    return Finding("RFT021", Severity.ERROR, location, message, f"add `{name}: {_SAMPLES[path]}`", path, fix)


_SAMPLES = {
    "version": str(CONFIG_VERSION),
    "model": "rehearsal",
    "dataset": "data/train.jsonl",
    "evaluator": "evaluators/judge.py:evaluate",
    "evaluator.entry": "evaluators/judge.py:evaluate",
    "tracking.wandb.project": "my-project",
}
"""A value of each required key, for the edit that adds it."""


def _newer_version(document: Document) -> Finding | None:
    version = document.data.get("version")
    if isinstance(version, bool) or not isinstance(version, int | float) or version <= CONFIG_VERSION:
        return None
    return Finding(
        "RFT025",
        Severity.ERROR,
        document.location("version"),
        f"this file is of version {version}, and this rft reads version {CONFIG_VERSION}",
        "a newer rft is needed: pip install --upgrade rft-cli",
        "version",
    )


def _findings(error: ValidationError, document: Document) -> Iterator[tuple[Key, Finding]]:
    path: Key = tuple(error.absolute_path)
    value = error.instance
    if value is UNREAD:
        return
    if error.validator == "additionalProperties":
        present: Any = value
        taken: set[str] = set(present)
        for name in _unknown_names(error):
            yield (*path, name), _unknown(document, path, name, taken)
    elif error.validator == "required":
        for name in _absent_names(error):
            location = document.location(path, key=True)
            yield (*path, name), missing_key(dotted((*path, name)), location, document)
    elif error.validator == "anyOf":
        branch = _branch_meant(error)
        inner = [other for other in error.context or () if other.schema_path[0] == branch]
        if any(tuple(other.absolute_path) == path and _is_about_value(other) for other in inner):
            yield path, _about_value(document, path, value)
        else:
            for other in inner:
                yield from _findings(other, document)
    else:
        yield path, _about_value(document, path, value)


def _is_about_value(error: ValidationError) -> bool:
    return error.validator not in {"additionalProperties", "required"}


def _branch_meant(error: ValidationError) -> int:
    """The form of a key that has the type of what was written; the first one when none has."""
    kinds: dict[Any, str] = {dict: "object", list: "array"}
    instance: Any = error.instance
    wanted = kinds.get(type(instance), "string")
    forms: Any = error.validator_value
    return next((index for index, form in enumerate(forms) if form.get("type") == wanted), 0)


def _unknown_names(error: ValidationError) -> list[str]:
    schema: Any = error.schema
    instance: Any = error.instance
    known: Schema = schema["properties"]
    own = "patternProperties" in schema
    return [name for name in instance if name not in known and not (own and name.startswith(USER_KEY_PREFIX))]


def _absent_names(error: ValidationError) -> list[str]:
    required: Any = error.validator_value
    instance: Any = error.instance
    return [name for name in required if name not in instance]


def _unknown(document: Document, section: Key, name: str, taken: set[str]) -> Finding:
    from rft_cli.config.mend import key_fix
    from rft_cli.config.suggest import suggest, unknown_key

    message, mend = unknown_key(name, dotted(section))
    path = (*section, name)
    location = document.location(path, key=True)
    meant = suggest(name, dotted(section))
    fix = key_fix(document, section, name, meant, taken)
    if fix is not None and meant is not None:
        taken.add(meant.path.rpartition(".")[2])
    return Finding("RFT020", Severity.ERROR, location, message, mend, dotted(path), fix)


def _about_value(document: Document, path: Key, value: Any) -> Finding:
    from rft_cli.config.explain import Token
    from rft_cli.config.mend import value_fix

    token = document.token(path)
    words = explain_at(path, value, Token(*token) if token else None)
    fix = value_fix(document, path, _field_of(path), value)
    location = document.location(path)
    return Finding(words.code, Severity.ERROR, location, words.message, words.help, dotted(path), fix)


def explain_at(path: Key, value: Any, token: Token | None) -> Words:
    """Why the spec does not take a value at a path; an item of a list is named by its number."""
    from rft_cli.config.explain import explain

    name = dotted(path)
    if path and isinstance(path[-1], int):
        name = f"item {path[-1] + 1} of {dotted(path[:-1])}"
    return explain(_field_of(path), name, value, token)


def _field_of(path: Key) -> Field:
    """What the value at a path should be."""
    if path and isinstance(path[-1], int):
        from rft_cli.config.explain import item_of

        return item_of(_field_of(path[:-1]))
    return (field_at(dotted(path)) if path else DOCUMENT) or DOCUMENT


def dotted(path: Key) -> str:
    """A path as people write it."""
    return ".".join(str(part) for part in path)
