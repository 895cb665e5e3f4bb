"""What an unquoted YAML 1.2 core scalar means, and what a text that looks like a number was probably meant to be. Pure."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

LONGEST_WHOLE_NUMBER = 256
"""Characters; chosen: every whole number of up to 256 digits also fits into a float."""


LONGEST_QUOTE = 40
"""Characters of a text that a message repeats; chosen so that the message stays one line."""


def one_line(text: str) -> str:
    """A text as a message repeats it: without line breaks, and shortened."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"


class BadScalar(NamedTuple):
    """Why a scalar is refused wherever it stands."""

    code: str
    message: str
    help: str
    plain: str = ""
    """The same in a form that is read alike everywhere; empty where there is none."""


class Meant(NamedTuple):
    """The number that somebody probably meant by a text."""

    value: int | float
    why: str
    """Why the text is no number, to be read after the text itself."""


_CONSTANTS: dict[str, bool | None] = {
    "": None,
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_NOT_FINITE = frozenset(
    (".nan", ".NaN", ".NAN", *(sign + name for name in (".inf", ".Inf", ".INF") for sign in ("", "+", "-")))
)

_NUMBER = (
    r"([-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)"
    r"|([-+]?[0-9]+)"
    r"|([-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(0o[0-7]+)"
    r"|(0x[0-9a-fA-F]+)"
)
_LEADING_ZERO, _WHOLE, _REAL, _OCTAL, _HEXADECIMAL = range(1, 6)

MAYBE_NOT_TEXT = frozenset("0123456789+-.~nNtTfF") | {""}
"""How an unquoted scalar begins that may be something else than a text; every other one is a text."""


def read_plain(text: str) -> Any:
    """The value of an unquoted scalar: None, bool, int, float or str; a `BadScalar` when it must not stand anywhere."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if (usual := _usual_number(text)) is not None:
        return usual
    match = re.fullmatch(_NUMBER, text)
    if match is None:
        return _not_finite(text) if text in _NOT_FINITE else text
    kind = match.lastindex
    if kind == _REAL:
        # Adding zero turns -0.0, which would be printed and hashed differently, into 0.0.
        value = float(text) + 0.0
        return _not_finite(text) if math.isinf(value) else value
    if kind == _LEADING_ZERO:
        return _leading_zero(text)
    if len(text) > LONGEST_WHOLE_NUMBER:
        return _not_finite(f"{text[:12]}…")
    return int(text) if kind == _WHOLE else int(text[2:], 8 if kind == _OCTAL else 16)


LONGEST_USUAL_NUMBER = 15
"""Characters; chosen: whatever is as short and has an exponent below 100 is a finite number."""


def _usual_number(text: str) -> int | float | None:
    """A number as nearly all are written, without the pattern, which takes a hook a millisecond to compile; else None."""
    if len(text) > LONGEST_USUAL_NUMBER or not text.isascii():
        return None
    mantissa, has_exponent, exponent = text.partition("e")
    whole, has_fraction, fraction = mantissa.partition(".")
    if not whole.isdigit() or (whole[0] == "0" and whole != "0"):
        return None
    power = exponent.removeprefix("-")
    if has_exponent and not (power.isdigit() and len(power) <= 2):
        return None
    if has_fraction:
        return float(text) if fraction.isdigit() else None
    return float(text) if has_exponent else int(text)


def _not_finite(text: str) -> BadScalar:
    return BadScalar("RFT010", f"{text} is not a finite number", "write a finite number")


def _leading_zero(text: str) -> BadScalar:
    sign = text[0] if text[0] in "+-" else ""
    digits = text.removeprefix(sign).lstrip("0")
    plain = sign.replace("+", "") + (digits if digits[:1].isdigit() else f"0{digits}")
    return BadScalar(
        "RFT011",
        f"{text} begins with a zero: some tools read it as octal, others as decimal or as a text",
        f'write {plain}, or "{text}" for a text',
        plain,
    )


_SUFFIXES = {"k": 1, "ki": 1, "m": 2, "mi": 2}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def number_meant(text: str, *, quoted: bool = False, tokens: bool = False) -> Meant | None:
    """The number behind a text that stands where a number is wanted; None when nothing suggests one.

    Args:
        text: the scalar's content.
        quoted: whether it stands in quotes.
        tokens: whether it counts tokens, of which 1k are 1,024.
    """
    text = text.strip()
    if (value := _number(text)) is not None:
        return Meant(value, "quotes make it a text" if quoted else "it is tagged as a text")
    for pattern, read, why in _MISREAD:
        if match := re.fullmatch(pattern, text):
            value = _number(read(match))
            return None if value is None else Meant(value, why)
    if match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([kKmM]i?)", text):
        power = _SUFFIXES[match[2].lower()]
        scale = 1024 if tokens or match[2].endswith("i") else 1000
        value = float(match[1]) * scale**power
        return Meant(int(value) if value == int(value) else value, "a unit makes it a text")
    straight = text.translate(_DASHES)
    if straight != text and (value := _number(straight)) is not None:
        return Meant(value, "its dash is not the minus sign of the keyboard")
    return None


def _number(text: str) -> int | float | None:
    value = read_plain(text)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _base_60(match: re.Match[str]) -> str:
    total = 0
    for part in match[0].split(":"):
        total = total * 60 + int(part)
    return str(total)


_MISREAD = (
    (
        r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?",
        lambda match: match[0].replace("_", ""),
        "YAML 1.2 numbers have no underscores, so it is a text",
    ),
    (
        r"[1-9][0-9]{0,5}(?::[0-5]?[0-9]){1,3}",
        _base_60,
        "it is a text; only YAML 1.1 tools read it as a base-60 number",
    ),
    (
        r"0b[01]{1,64}",
        lambda match: str(int(match[0], 0)),
        "it is a text; only YAML 1.1 tools read it as a binary number",
    ),
    (
        r"[1-9][0-9]{0,2}(?:,[0-9]{3})+",
        lambda match: match[0].replace(",", ""),
        "a comma between thousands makes it a text",
    ),
    (r"([0-9.]+) ?(?:s|sec|seconds|tok|tokens)", lambda match: match[1], "a unit makes it a text"),
    (r"(.*[^,;])[,;]", lambda match: match[1], "the character at its end makes it a text"),
    (r"([0-9]+),([0-9]+)", lambda match: f"{match[1]}.{match[2]}", "a decimal comma makes it a text"),
    (
        r"([0-9]{1,3}(?:\.[0-9]+)?) ?%",
        lambda match: repr(float(match[1]) / 100),
        "the percent sign makes it a text",
    ),
)
"""Pattern → the number as YAML 1.2 writes it, and why the text is none. First match counts."""
