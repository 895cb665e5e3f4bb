"""What is wrong with one value and how to mend it, in the words of the person who wrote it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from rft_cli.config.run_name import name_from
from rft_cli.config.scalars import number_meant, one_line
from rft_cli.config.suggest import closest, keys_of
from rft_cli.spec.document import (
    ENVIRONMENT_NAME,
    NAME_PATTERN,
    PLUGIN_PATTERN,
    SERVICE_CONSTANT,
    SERVICE_MODEL,
    Field,
)
from rft_cli.spec.parameter import Number, Parameter, show

_KEY_AND_VALUE = re.compile(r"([A-Za-z_]\w*) *[ =:] *(\S+)")


class Words(NamedTuple):
    """The speaking parts of a finding."""

    code: str
    message: str
    help: str


class Token(NamedTuple):
    """A scalar as written."""

    text: str
    quoted: bool


def explain(field: Field, path: str, value: Any, token: Token | None = None) -> Words:
    """Why a field does not take a value.

    Args:
        field: what the value should be.
        path: how the message names the place.
        value: the value as read; not one that the field accepts.
        token: the characters that were written, where it is a scalar.
    """
    token = token or Token(show(value), quoted=False)
    if value is None:
        return _empty(field, path)
    if field.parameter is not None:
        return Words(field.parameter.code, *_parameter(field.parameter, path, value, token))
    form = form_meant(field, value)
    return _EXPLAIN[form.kind](form, path, value, token)


def item_of(field: Field) -> Field:
    """What one item of a list field should be."""
    form = next(form for form in (field, *field.alternatives) if form.kind in _ITEM_KINDS)
    return form._replace(kind=_ITEM_KINDS[form.kind], length=0)


_ITEM_KINDS: dict[str, Any] = {"texts": "text", "numbers": "real"}
_PYTHON_TYPES: dict[str, type] = {"section": dict, "texts": list, "numbers": list}


def form_meant(field: Field, value: Any) -> Field:
    """The form of a key that a value is nearest to."""
    forms = (field, *field.alternatives)
    if isinstance(value, str) and value.startswith("x-"):
        forms = tuple(reversed(forms))
    return next((form for form in forms if isinstance(value, _PYTHON_TYPES.get(form.kind, str))), field)


def _empty(field: Field, path: str) -> Words:
    code = field.parameter.code if field.parameter is not None else "RFT013"
    default = "" if field.default is None else f" for the default {show(field.default)}"
    mend = "write a value" if field.required else f"write a value, or delete the line{default}"
    return Words(code, f"{path} has no value", mend)


def _kind(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, bool):
        return show(value)
    if isinstance(value, int | float):
        return f"the number {show(value)}"
    if isinstance(value, str):
        return f"the text {_quote(value)}"
    return "a list" if isinstance(value, list) else "a section"


def _quote(text: str) -> str:
    return f'"{one_line(text)}"'


# --- numbers -----------------------------------------------------------------------------------------------------


def _parameter(entry: Parameter, path: str, value: Any, token: Token) -> tuple[str, str]:
    unit = f" {entry.unit}" if entry.unit else ""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _no_number(path, value, token, entry.limits(), tokens=entry.unit == "tokens", entry=entry)
    nearest = _nearest(entry, value)
    why = f": {entry.why_limits}" if entry.why_limits else ""
    mend = f"write {' or '.join(show(number) for number in nearest)}{why}"
    said = f"{path} is {one_line(token.text)}{unit}"
    if entry.choices:
        return f"{said}, not {entry.limits()}", mend
    if value < entry.low:
        return f"{said}, below the smallest legal value {show(entry.low)}", mend
    if entry.high is not None and value > entry.high:
        return f"{said}, above the largest legal value {show(entry.high)}", mend
    if entry.integral and value != int(value):
        return f"{said}, not a whole number", mend
    return f"{said}, not a multiple of {entry.multiple_of}", mend


def nearest_legal(field: Field, value: Number) -> tuple[Number, ...]:
    """The legal numbers of a field next to an illegal one, one or two."""
    if field.parameter is not None:
        return _nearest(field.parameter, value)
    if field.choices:
        return field.choices
    low = value if field.low is None else max(field.low, value)
    bounded = low if field.high is None else min(field.high, low)
    return (math.floor(bounded),) if field.kind == "whole" else (bounded,)


def _nearest(entry: Parameter, value: Number) -> tuple[Number, ...]:
    """The legal values next to an illegal one, one or two."""
    if entry.choices:
        below = [choice for choice in entry.choices if choice < value]
        above = [choice for choice in entry.choices if choice > value]
        return (*below[-1:], *above[:1])
    step = entry.multiple_of if entry.integral else 0
    bounded = max(entry.low, value if entry.high is None else min(entry.high, value))
    if not step:
        return (entry.normal(bounded),)
    around = (math.floor(bounded / step) * step, math.ceil(bounded / step) * step)
    return tuple(dict.fromkeys(number for number in around if entry.accepts(number)))


def _no_number(
    path: str, value: Any, token: Token, limits: str, *, tokens: bool, entry: Parameter | None = None
) -> tuple[str, str]:
    default = f", such as the default {show(entry.default)}" if entry is not None else ""
    if not isinstance(value, str):
        return f"{path} is {_kind(value)}, not a number", f"write {limits}{default}"
    meant = number_meant(value, quoted=token.quoted, tokens=tokens)
    if meant is None:
        return f"{path} is the text {_quote(value)}, not a number", f"write {limits}{default}"
    message = f"{path} is the text {_quote(value)}: {meant.why}"
    if entry is not None and not entry.accepts(meant.value):
        return f"{message}, and {show(meant.value)} is not {limits}", f"write {limits}{default}"
    return message, f"write {show(meant.value)}"


def _number(field: Field, path: str, value: Any, token: Token) -> Words:
    whole = "a whole number" if field.kind == "whole" else "a number"
    if not isinstance(value, int | float) or isinstance(value, bool):
        return Words(
            "RFT022", *_no_number(path, value, token, _limits(field, whole), tokens="tokens" in path)
        )
    said = f"{path} is {one_line(token.text)}"
    if field.choices:
        legal = " or ".join(show(choice) for choice in field.choices)
        return Words("RFT023", f"{said}, not {legal}", f"write {legal}")
    if field.low is not None and value < field.low:
        return Words("RFT023", f"{said}, below the smallest legal value {field.low}", f"write {field.low}")
    if field.high is not None and value > field.high:
        return Words("RFT023", f"{said}, above the largest legal value {field.high}", f"write {field.high}")
    return Words("RFT022", f"{said}, not a whole number", f"write {math.floor(value)}")


def _limits(field: Field, kind: str) -> str:
    if field.low is None:
        return kind
    return f"{kind} ≥ {field.low}" if field.high is None else f"{kind} from {field.low} to {field.high}"


# --- texts, sections and lists -----------------------------------------------------------------------------------


def _text(field: Field, path: str, value: Any, token: Token) -> Words:
    if not isinstance(value, str):
        forms = " or ".join(dict.fromkeys(_FORMS[form.kind] for form in (field, *field.alternatives)))
        mend = f'write "{token.text}" if it is meant as a text' if not isinstance(value, list | dict) else ""
        return Words("RFT022", f"{path} is {_kind(value)}, not {forms}", mend or f"write {_FORMS['text']}")
    if not value:
        return Words("RFT023", f"{path} is an empty text", "write a value, or delete the line")
    if field.choices:
        legal = ", ".join(field.choices)
        guess = closest(value, field.choices)
        mend = f"did you mean {guess}? Legal are {legal}" if guess else f"legal are {legal}"
        return Words("RFT023", f"{path} is {_quote(value)}, which is no {path.rpartition('.')[2]}", mend)
    if field.pattern == NAME_PATTERN:
        return Words(
            "RFT024",
            f"{path} is {_quote(value)}; a run's name has 1 to 63 of a–z, 0–9 and -, a letter first, no - last",
            f"write {name_from(value) or 'a name such as my-run'}",
        )
    wanted, sample = _PATTERNS[field.pattern]
    return Words("RFT023", f"{path} is {_quote(value)}, which is no {wanted}", f"write one such as {sample}")


_PATTERNS = {
    ENVIRONMENT_NAME: ("name of an environment variable", "OPENAI_API_KEY"),
    SERVICE_MODEL: (
        "name of a model that the service holds",
        "my-model or accounts/my-account/models/my-model",
    ),
    SERVICE_CONSTANT: ("name in the service's capital letters", "US_IOWA_1"),
    PLUGIN_PATTERN: ("name of a plugin: x-, then a–z, 0–9 and -", "x-my-trainer"),
}
"""Pattern → what it describes, and a text that matches."""


def _section(_field: Field, path: str, value: Any, _token: Token) -> Words:
    keys = ", ".join(keys_of(path))
    mend = f"write its keys below it, indented: {keys}" if keys else f"write {path}: {{}}, or delete it"
    if isinstance(value, str) and (match := _KEY_AND_VALUE.fullmatch(value)):
        mend = f"write {match[1]}: {match[2]}"
    return Words("RFT022", f"{path} is {_kind(value)}, not a section", mend)


def _list(field: Field, path: str, value: Any, token: Token) -> Words:
    kind = "numbers" if field.kind == "numbers" else "texts"
    size = f"{field.length} {kind}" if field.length else kind
    if not isinstance(value, list):
        sample = f"[{token.text}]" if isinstance(value, str | int | float) else "[…]"
        return Words("RFT022", f"{path} is {_kind(value)}, not a list of {size}", f"write {sample}")
    if not value:
        return Words("RFT023", f"{path} is an empty list", "write an item, or delete the line")
    return Words(
        "RFT023", f"{path} is a list of {len(value)}, not of {size}", f"write {size}, such as [0, 1]"
    )


def _mapping(_field: Field, path: str, value: Any, _token: Token) -> Words:
    return Words(
        "RFT022",
        f"{path} is {_kind(value)}, not a section",
        f"write {path.rpartition('.')[2]}: {{key: value}}",
    )


def _truth(_field: Field, path: str, value: Any, _token: Token) -> Words:
    return Words("RFT022", f"{path} is {_kind(value)}, not true or false", "write true or false")


_FORMS = {
    "text": "a text",
    "section": "a section",
    "texts": "a list of texts",
    "numbers": "a list of numbers",
}
_EXPLAIN: dict[str, Callable[[Field, str, Any, Token], Words]] = {
    "text": _text,
    "whole": _number,
    "real": _number,
    "truth": _truth,
    "section": _section,
    "mapping": _mapping,
    "texts": _list,
    "numbers": _list,
}
