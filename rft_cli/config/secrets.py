"""Where a text holds what looks like a key, a token or a password, and the same text without it. Pure.

Whole files are searched, comments and the user's own keys included. Only the public forms stand here, never a real secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from rft_cli.diagnostics import Finding, Location

MASK = "*"
"""Stands for each character of a secret, so that columns stay."""

CUT = "…"
"""Where a message that repeats a value has shortened it."""

SHORTEST_ISSUED = 16
"""Characters of the shortest secret with a form of its own; only longer words are looked into."""

SHORTEST_REST = 4
"""Characters of a shortened secret that are hidden; chosen: fewer may be the end of any word."""

FEWEST_CHANGES = 0.25
"""Changes between small letter, capital and digit, per character.

Chosen: random text has 0.4 and more, a long name with a number in it 0.1.
"""

FEWEST_DIGITS = 2
"""Chosen: names in camel case change as often as random text, and have none; 32 random letters and digits have five."""

_ISSUED = {
    "sk-": r"(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}",
    "hf_": r"hf_[A-Za-z0-9]{16,}",
    "fw_": r"fw_[A-Za-z0-9]{16,}",
    "wandb_v1_": r"wandb_v1_[A-Za-z0-9_-]{16,}",
    "ghp_": r"ghp_[A-Za-z0-9]{20,}",
    "gho_": r"gho_[A-Za-z0-9]{20,}",
    "ghs_": r"ghs_[A-Za-z0-9]{20,}",
    "github_pat_": r"github_pat_[A-Za-z0-9_]{20,}",
    "glpat-": r"glpat-[A-Za-z0-9_-]{16,}",
    "xox": r"xox[abeoprs]-[A-Za-z0-9-]{11,}",
    "AKIA": r"AKIA[A-Z0-9]{16}",
    "AIza": r"AIza[A-Za-z0-9_-]{35}",
    "eyJ": r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    "@": r"://([^\s/:@]+:[^\s/@]+)@",
}
"""A part that every secret of a kind has → its form, a group around the secret where more than it is matched.

Source: the documentation of the services that issue them; lengths chosen.
"""

_ANNOUNCED = {
    "private key-----": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "bearer ": r"[bB]earer ((?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{8,}=*)",
}
"""The same for what several words say; the part in small letters."""

_SECRET_NAMES = (
    "api_key", "apikey", "access_key", "secret_key", "private_key",
    "secret", "password", "passwd", "credential", "credentials", "authorization",
)  # fmt: skip
"""How the name of a key ends whose value is a secret."""

_TOKENS = frozenset(
    f"{kind}token"
    for kind in ("", "auth_", "access_", "api_", "bearer_", "hf_", "secret_", "session_", "wandb_")
)
"""Names of tokens that are secrets; other tokens are what a model reads."""

_NAME_MARKS = (
    "_key", "-key", "apikey", "secret", "passw", "credential", "authorization",
    "token:", "token=", "token :", "token =", 'token"', "token'",
)  # fmt: skip
"""One of them is in every text that names a secret; looked for before anything is compiled."""

_NAMED = r"""([A-Za-z][A-Za-z0-9_-]*)["']?[ \t]*[:=][ \t]*["']?([^\s"',#\[\]{}]{6,})"""
_ELSEWHERE = r"(?:[bB]earer|[bB]asic)|[$<%*!&.~/].*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*|[xX]+|\w*(?:[yY]our|[eE]xample)[-_]?.*"
"""What stands for a secret that is not here: a reference, a path, a variable's name, a hint to the reader."""

_RUN = r"(?<![A-Za-z0-9+])[A-Za-z0-9+]{32,}={0,2}"
"""Letters and digits without a separator. Length chosen: keys of services have 32 and more, names have separators sooner."""
_PUBLIC = r"(?i)(?:sha-?\d*|commit|rev|revision|digest|checksum|fingerprint|hash|ref|etag)\b[^\n]{0,12}$"
"""What stands before a long number that everybody may read."""
_PUBLIC_REACH = 32
"""Characters before it in which that is looked for."""


class Secret(NamedTuple):
    """A stretch of a text, as character offsets."""

    start: int
    end: int


def find_secrets(text: str) -> tuple[Secret, ...]:
    """The stretches that look like secrets, in order, without overlaps."""
    words = [word for word in text.split() if len(word) >= SHORTEST_ISSUED]
    longer, lowered = " ".join(words), text.lower()
    forms = [form for mark, form in _ISSUED.items() if mark in longer]
    forms += [form for mark, form in _ANNOUNCED.items() if mark in lowered]
    found = [match.span(match.lastindex or 0) for form in forms for match in re.finditer(form, text)]
    if any(mark in lowered for mark in _NAME_MARKS):
        found += [match.span(2) for match in re.finditer(_NAMED, text) if _names_a_secret(text, match)]
    if re.search(_RUN, longer):
        found += [match.span() for match in re.finditer(_RUN, text) if _is_random(text, match)]
    return tuple(_joined(sorted(found)))


def masked(text: str) -> str:
    """The text with every secret replaced character by character: lines and columns stay."""
    parts, end = [], 0
    for secret in find_secrets(text):
        parts += [text[end : secret.start], MASK * (secret.end - secret.start)]
        end = secret.end
    return "".join((*parts, text[end:]))


def secret_location(path: str, text: str, secret: Secret) -> Location:
    """Where a secret stands."""
    from rft_cli.config.syntax import position

    line, column = position(text, secret.start)
    return Location(path, line, column, column + secret.end - secret.start)


def without_secrets(findings: Iterable[Finding], texts: Iterable[str]) -> list[Finding]:
    """Findings whose words repeat no secret of the texts that they are about, whole or shortened."""
    told = list(findings)
    secrets = {text[start:end] for text in texts for start, end in find_secrets(text)}
    for secret in sorted(secrets, key=len, reverse=True):
        told = [_without(finding, secret) for finding in told]
    return told


def _without(finding: Finding, secret: str) -> Finding:
    fix = finding.fix
    if fix and any(secret.lower() in edit.text.lower() for edit in fix.edits):
        fix = None
    return finding._replace(
        message=_hidden(finding.message, secret),
        help=_hidden(finding.help, secret),
        parameter=_hidden(finding.parameter, secret),
        fix=fix and fix._replace(title=_hidden(fix.title, secret)),
    )


def _names_a_secret(text: str, match: re.Match[str]) -> bool:
    name, value = match[1].lower().replace("-", "_"), match[2]
    if not (name in _TOKENS or name.endswith(_SECRET_NAMES)) or re.fullmatch(_ELSEWHERE, value):
        return False
    in_comment = "#" in text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    return not in_comment or any(character.isdigit() for character in value)


def _is_random(text: str, match: re.Match[str]) -> bool:
    run = match[0].rstrip("=")
    digits = sum(map(str.isdigit, run))
    kinds = ["0" if character.isdigit() else "A" if character.isupper() else "a" for character in run]
    changes = sum(kind != following for kind, following in pairwise(kinds))
    is_mixed = changes >= FEWEST_CHANGES * len(run) or re.fullmatch("[0-9a-f]*|[0-9A-F]*", run)
    if not is_mixed or not FEWEST_DIGITS <= digits < len(run):
        return False
    return re.search(_PUBLIC, text[max(0, match.start() - _PUBLIC_REACH) : match.start()]) is None


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[Secret]:
    """Sorted stretches, those that overlap as one."""
    last: Secret | None = None
    for start, end in spans:
        if last is not None and start < last.end:
            last = Secret(last.start, max(last.end, end))
            continue
        if last is not None:
            yield last
        last = Secret(start, end)
    if last is not None:
        yield last


def _hidden(words: str, secret: str) -> str:
    """Words without a secret in any case, nor what is left of it where they were cut."""
    if secret.lower() in words.lower():
        words = re.sub(re.escape(secret), MASK * len(secret), words, flags=re.IGNORECASE)
    if CUT in words and secret[:SHORTEST_REST] in words:
        for length in range(len(secret) - 1, SHORTEST_REST - 1, -1):
            words = words.replace(secret[:length] + CUT, MASK * length + CUT)
    return words
