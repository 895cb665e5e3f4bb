"""Findings for a reader elsewhere: paths as seen from the top of the checkout, fingerprints that survive moved lines. Pure."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence

from rft_cli.diagnostics import Finding
from rft_cli.render.excerpt import lines_of

FINGERPRINT_DIGITS = 32
"""Hexadecimal digits of a fingerprint; chosen: 128 bits, as long as those that GitLab shows in its documentation."""


def from_checkout(path: str, folder: str) -> str:
    """A path as the user wrote it, as seen from the top of the checkout.

    Args:
        path: relative to `folder`, or absolute, which stays.
        folder: where the user stands, as seen from the top of the checkout.
    """
    plain = path.replace("\\", "/") if "\\" in path and "/" not in path else path
    return posixpath.normpath(posixpath.join(folder, plain))


def fingerprints(findings: Sequence[Finding], sources: Mapping[str, str], folder: str) -> tuple[str, ...]:
    """What stays the same about each finding when lines above it come and go, and when its value changes.

    It is made of the code, the file, and the key that the finding is about, or its line without white space at the ends
    and in a row; findings that agree in all of that are numbered. Different findings have different fingerprints.

    Args:
        findings: in the order of the report.
        sources: path → text, as far as it is known.
        folder: see `from_checkout`.
    """
    lines = {path: lines_of(text) for path, text in sources.items()}
    seen: Counter[tuple[str, str, str]] = Counter()
    made = []
    for finding in findings:
        path = from_checkout(finding.location.path, folder)
        identity = finding.code, path, finding.parameter or _line(finding, lines)
        made.append(_digest(*identity, str(seen[identity])))
        seen[identity] += 1
    return tuple(made)


def _line(finding: Finding, lines: Mapping[str, Sequence[str]]) -> str:
    known = lines.get(finding.location.path, ())
    number = finding.location.line
    return " ".join(known[number - 1].split()) if number <= len(known) else ""


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()[:FINGERPRINT_DIGITS]
